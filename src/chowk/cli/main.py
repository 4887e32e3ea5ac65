"""The group of commands, and how errors become one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

import chowk
from chowk.errors import (
    ArtifactError,
    BuildError,
    ChowkError,
    ImportFormatError,
    MissingColumnError,
    MissingFileError,
    StoreDamagedError,
)

_COMMANDS: dict[str, str] = {
    "demo": "chowk.cli.running:demo",
    "new": "chowk.cli.stores:new",
    "import": "chowk.cli.stores:import_",
    "check": "chowk.cli.stores:check",
    "build": "chowk.cli.stores:build",
    "report": "chowk.cli.stores:report",
    "serve": "chowk.cli.running:serve",
    "export": "chowk.cli.stores:export",
    "upgrade": "chowk.cli.keeping:upgrade",
    "backup": "chowk.cli.keeping:backup",
    "restore": "chowk.cli.keeping:restore",
    "erase-customer": "chowk.cli.keeping:erase_customer",
    "config": "chowk.cli.keeping:config",
    "key": "chowk.cli.keeping:key",
    "bench": "chowk.cli.running:bench",
    "audit": "chowk.cli.running:audit",
    "risk": "chowk.cli.risk:risk",
    "mix": "chowk.cli.language:mix",
    "parse": "chowk.cli.language:parse",
    "pack": "chowk.cli.pack:pack",
    "address": "chowk.cli.address:address",
    "notices": "chowk.cli.notices:notices",
    "moderate": "chowk.cli.moderate:moderate",
    "shadow": "chowk.cli.searching:shadow",
}


class _Lazy(click.Group):
    """Loads a command's module when it is called, so that `chowk --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        import importlib

        if name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(chowk.__version__, message="chowk %(version)s")
def commands() -> None:
    """Chowk: audit, search and recommendations from the files that a store already has.

    Start with `chowk demo`, or with your own export:

    \b
      chowk audit orders.csv
      chowk new mystore
      chowk import mystore order-lines orders.csv --map order=InvoiceNo
      chowk build mystore
      chowk serve mystore
    """


def main(arguments: Sequence[str] | None = None) -> Any:
    """Run the command line; errors are one sentence on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        # Without its standalone mode, click gives back the code of an Exit instead of raising it.
        ended = commands.main(_spread(given), prog_name="chowk", standalone_mode=False)
        code = ended if isinstance(ended, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help(), err=True)
        _say(f"Name a command of '{error.ctx.command_path}'.", as_json)
        code = 2
    except click.UsageError as error:
        hint = f" Try '{error.ctx.command_path} --help'." if error.ctx is not None else ""
        said = error.format_message().strip()
        _say(said + ("" if said.endswith((".", "?")) else ".") + hint, as_json)
        code = 2
    except click.Abort:
        _say("Stopped.", as_json)
        code = 130
    except (MissingFileError, MissingColumnError) as error:
        _say(str(error), as_json)
        code = 2
    except (ImportFormatError, BuildError, StoreDamagedError, ArtifactError) as error:
        _say(str(error), as_json)
        code = 1
    except ChowkError as error:
        _say(str(error), as_json)
        code = 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except FileNotFoundError as error:
        if not isinstance(error.filename, str):
            raise
        _say(f"There is no file {error.filename}. Check the path.", as_json)
        code = 2
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        _say(f"The operating system refused: {error.strerror or error}{place}.", as_json)
        code = 1
    except Exception as error:
        stopped = _engine_said(error)
        if stopped is None:
            raise
        _say(stopped, as_json)
        code = 130 if stopped == "Stopped." else 1
    sys.exit(code)


def _engine_said(error: Exception) -> str | None:
    """What a person has to know of an error of the table engine; None when it is no such error."""
    text = str(error)
    if isinstance(error, RuntimeError) and "interrupted" in text.lower():
        return "Stopped."  # Ctrl-C reached the engine before it reached Python
    if not type(error).__module__.startswith(("_duckdb", "duckdb")):
        return None
    if "No space left" in text:
        return "The disk is full. Free some space and run the command again; nothing was written."
    if type(error).__name__ == "OutOfMemoryException":
        return (
            "The table engine ran out of memory. Give it more with the setting engine.memory_mb, "
            "or build on Spark with --engine."
        )
    return f"The table engine stopped: {text.splitlines()[0]}"


def _say(sentence: str, as_json: bool) -> None:
    # On one line, and nothing of a file reaches the terminal as control codes.
    sentence = "".join(c if c.isprintable() else "·" for c in " ".join(sentence.split()))
    click.echo(f"chowk: {sentence}", err=True)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode({"error": sentence}).decode())


def _spread(arguments: list[str]) -> list[str]:
    """`--map a=A b=B` as `--map a=A --map b=B`: what follows and looks like a map is one.

    >>> _spread(["--map", "a=A", "b=B", "--map", "c=C", "--json"])
    ['--map', 'a=A', '--map', 'b=B', '--map', 'c=C', '--json']
    """
    spread: list[str] = []
    mapping = False  # the word before belongs to a --map
    for argument in arguments:
        if spread[-1:] == ["--map"]:
            mapping = True
        elif mapping and "=" in argument and argument[:1] != "-" and not os.path.exists(argument):
            spread.append("--map")
        else:
            mapping = argument.startswith("--map=")
        spread.append(argument)
    return spread
