"""What the documents name is there: modules, commands and options, targets, settings, benches."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path

import click
import pytest

from chowk.cli.main import commands as program
from chowk.desk import PERMISSIONS
from chowk.store.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    path
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
    if path.is_file()
]
#: Dotted names that begin with chowk and are not modules.
FILES = {"chowk.toml"}


def spans(text: str) -> list[str]:
    """What stands in backticks, and the lines of console and python blocks."""
    blocks = re.findall(r"^ *```\w+\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    plain = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", plain) + [line for b in blocks for line in b.splitlines()]


def there(dotted: str) -> bool:
    """Whether `chowk.a.b.c` is a module, or an attribute of one."""
    parts = dotted.split(".")
    for cut in range(len(parts), 0, -1):
        name = ".".join(parts[:cut])
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            continue
        value = importlib.import_module(name)
        for attribute in parts[cut:]:
            if not hasattr(value, attribute):
                return False
            value = getattr(value, attribute)
        return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_modules_and_names_are_there(page):
    for span in spans(page.read_text("utf-8")):
        for dotted in re.findall(r"\bchowk(?:\.[A-Za-z_]\w*)+", span):
            assert dotted in FILES or there(dotted), f"{page.name} names {dotted}"


def commands(span: str) -> list[list[str]]:
    """The words after `chowk` of each command in a span."""
    found = []
    for line in re.split(r"&&|\||;", span.removeprefix("$ ")):
        words = line.split("#")[0].split()
        if len(words) > 1 and words[0].rpartition("/")[2] == "chowk":
            found.append(words[1:])
    return found


def options(command: click.Command) -> set[str]:
    return {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)} | {
        "--help",
        "-h",
    }


def wrong(words: list[str]) -> str | None:
    """What a command line names that is not there, or None."""
    command: click.Command = program
    context = click.Context(program)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(context, name)
        if found is None:
            return f"the command {name!r}"
        command = found
    known = options(command)
    for word in words:
        flag = word.partition("=")[0].rstrip(".,:")
        if re.fullmatch(r"--?[a-z][a-z-]*", flag) and flag not in known:
            return f"the option {flag} of {command.name}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_commands_and_options_are_there(page):
    for span in spans(page.read_text("utf-8")):
        for words in commands(span):
            if re.fullmatch(r"[a-z][a-z-]*|-.*", words[0]):
                assert wrong(words) is None, f"{page.name}: '{span}' names {wrong(words)}"


def test_the_check_of_commands_sees_what_is_wrong():
    assert wrong(["build", "shop", "--only", "search"]) is None
    assert wrong(["bild", "shop"]) == "the command 'bild'"
    assert wrong(["build", "--onely", "search"]) == "the option --onely of build"
    assert commands("$ cd x && .venv/bin/chowk check shop | head") == [["check", "shop"]]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_make_targets_are_there(page):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for span in spans(page.read_text("utf-8")):
        hit = re.match(r"(?:\$ )?make ([a-z]+)", span)
        assert hit is None or hit[1] in targets, f"{page.name} names make {hit[1]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_settings_are_there(page):
    known = {setting.name for setting in SETTINGS}
    sections = {name.partition(".")[0] for name in known if "." in name}
    for span in spans(page.read_text("utf-8")):
        hit = re.fullmatch(r"([a-z]+)\.([a-z_]+)(?: = .*)?", span)
        if hit and hit[1] in sections and hit[2] not in ("py", "db", "json", "toml"):
            named = f"{hit[1]}.{hit[2]}"
            # A permission of the desk is written in the same way.
            assert named in known or named in PERMISSIONS, f"{page.name} names {span}"


def test_every_bench_is_listed_with_its_command():
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    for path in sorted((ROOT / "bench").glob("[a-z]*.py")):
        assert f"bench/{path.name}" in page, f"add bench/{path.name} to docs/benchmarks.md"
