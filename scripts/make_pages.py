"""Write the pages of docs/ that are made from the code: tables, settings, errors, names.

Run it (`make pages`) after the schema, a setting, an error or a public name has changed; a test
compares the committed pages with what this would write. With `--check` it only says which differ.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import chowk.errors
from chowk.store import schema
from chowk.store.settings import SETTINGS, Setting, variable

DOCS = Path(__file__).resolve().parent.parent / "docs"

#: Modules whose `__all__` is public.
PUBLIC = (
    "chowk",
    "chowk.catalog",
    "chowk.search",
    "chowk.discovery",
    "chowk.marketing",
    "chowk.delivery",
    "chowk.storefront",
    "chowk.community",
    "chowk.language",
    "chowk.health",
    "chowk.desk",
    "chowk.sample",
    "chowk.testing",
)

_MADE = "<!-- Made by scripts/make_pages.py; change the code and run 'make pages'. -->"

_KINDS = {
    "id": "the store's own id, as text",
    "text": "any text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "money": "exact decimal, four places",
    "time": "moment, kept in UTC to the microsecond",
    "date": "day",
    "map": "names with values, both text",
    "list": "list of text",
    "vector": "list of numbers",
}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"


def _limits(column: schema.Column) -> str:
    if column.choices:
        return "one of " + ", ".join(column.choices)
    if column.low is not None and column.high is not None:
        return f"{column.low:g} to {column.high:g}"
    if column.low is not None:
        return f"{column.low:g} or more"
    if column.high is not None:
        return f"{column.high:g} or less"
    return ""


def tables() -> str:
    """The tables of a store, from `chowk.store.schema.TABLES`."""
    lines = [
        "# Tables",
        _MADE,
        "",
        "A store has the tables that it has: none is demanded, and each system says which it",
        "needs. A column with a star may not be empty.",
        "",
        "## Kinds of columns",
        "",
        *_table(
            ("kind", "what it holds", "Arrow type"),
            [(kind, _KINDS[kind], f"`{schema.ARROW[kind]}`") for kind in schema.ARROW],
        ),
        "",
        f"Events are named as in GA4. Chowk itself reads {', '.join(schema.EVENT_KINDS)};",
        "other names are kept.",
    ]
    for table in schema.TABLES.values():
        facts = [
            f"One row for each {', '.join(f'`{name}`' for name in table.key)}."
            if table.key
            else "No unique key: identical rows are kept and counted."
        ]
        if table.time:
            facts.append(f"Cut in time by `{table.time}`.")
        if table.writer:
            facts.append(f"Written by the `{table.writer}` system when the store is built.")
        lines += ["", f"## {table.name}", "", table.doc, " ".join(facts), ""]
        lines += _table(
            ("column", "kind", "meaning", "limits"),
            [
                (f"`{c.name}`{' *' if c.required else ''}", c.kind, c.doc, _limits(c))
                for c in table.columns
            ],
        )
    return "\n".join(lines) + "\n"


def _rule(setting: Setting) -> str:
    """The clause with which a setting refuses a value that nobody could mean."""
    nonsense = "\0" if isinstance(setting.default, str) else -1e300
    return setting.rule(nonsense) or ""


def settings() -> str:
    """The settings, from `chowk.store.settings.SETTINGS`."""
    lines = [
        "# Settings",
        _MADE,
        "",
        "A setting is looked for in four places, and the later one wins: its default, the store's",
        "`chowk.toml`, the environment, a flag of the command. `chowk config STORE` prints each",
        "setting with the place that its value came from. A dotted name is a table in the file:",
        "",
        "```toml",
        "format = 1",
        'currency = "INR"',
        'time_zone = "Asia/Kolkata"',
        "",
        "[serve]",
        "port = 8080",
        "```",
        "",
        *_table(
            ("setting", "default", "meaning", "must be", "environment"),
            [
                (
                    f"`{setting.name}`",
                    "empty" if setting.default == "" else f"`{setting.default}`",
                    setting.doc,
                    _rule(setting),
                    f"`{variable(setting.name)}`",
                )
                for setting in SETTINGS
            ],
        ),
    ]
    return "\n".join(lines) + "\n"


def errors() -> str:
    """The tree of errors, from `chowk.errors`."""
    doc = inspect.getdoc(chowk.errors) or ""
    tree = doc[doc.index("The tree::") + len("The tree::") :].strip("\n")
    classes = [
        cls
        for cls in vars(chowk.errors).values()
        if isinstance(cls, type) and cls.__module__ == "chowk.errors"
    ]
    lines = [
        "# Errors",
        _MADE,
        "",
        "Everything that Chowk refuses on purpose is a `ChowkError`. Its text is a sentence for a",
        "person: the thing, the rule, what came, and what to do. Where Python has a name for the",
        "kind of mistake, the error is one of those too, so both of these catch it:",
        "",
        "```python",
        "import chowk",
        "",
        "try:",
        '    store = chowk.open("there-is-no-such-store")',
        "except chowk.ChowkError as error:",
        "    print(error)",
        "",
        "try:",
        '    store = chowk.open("there-is-no-such-store")',
        "except FileNotFoundError as error:",
        "    print(error)",
        "```",
        "",
        "```text",
        inspect.cleandoc("\n" + tree),
        "```",
        "",
        *_table(
            ("error", "also a", "when"),
            [
                (
                    f"`{cls.__name__}`",
                    ", ".join(
                        f"`{base.__name__}`"
                        for base in cls.__bases__
                        if base.__module__ == "builtins" and base is not Exception
                    ),
                    (inspect.getdoc(cls) or "").splitlines()[0],
                )
                for cls in classes
            ],
        ),
    ]
    return "\n".join(lines) + "\n"


def public() -> dict[str, list[str]]:
    """The public names by module, of the modules that are there."""
    found = {}
    for name in PUBLIC:
        if importlib.util.find_spec(name) is not None:
            names = getattr(importlib.import_module(name), "__all__", None)
            if names:
                found[name] = sorted(names)
    return found


def _summary(module: ModuleType, name: str) -> str:
    value = getattr(module, name)
    if isinstance(value, type) or callable(value):
        return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())
    return "The version of this Chowk." if name == "__version__" else f"A {type(value).__name__}."


def names() -> str:
    """The public names, from each module's `__all__`."""
    lines = [
        "# Public names",
        _MADE,
        "",
        "These names are what the [compatibility promise](compatibility.md) covers in Python. What",
        "is not listed here, or starts with an underscore, may change in any release.",
    ]
    for module_name, listed in public().items():
        module = importlib.import_module(module_name)
        lines += ["", f"## {module_name}", ""]
        lines += _table(
            ("name", "what it is"), [(f"`{name}`", _summary(module, name)) for name in listed]
        )
    return "\n".join(lines) + "\n"


PAGES = {"tables.md": tables, "settings.md": settings, "errors.md": errors, "names.md": names}


def main() -> int:
    """Write the pages, or with `--check` name those that differ."""
    check = "--check" in sys.argv[1:]
    stale = []
    for file, make in PAGES.items():
        path, text = DOCS / file, make()
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(file)
        if not check:
            path.write_text(text, "utf-8")
    print(", ".join(stale) if stale else "every page is up to date")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
