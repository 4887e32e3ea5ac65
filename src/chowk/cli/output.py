"""What commands print: tables for people, one JSON object for machines, progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec

JSON = click.option("as_json", "--json", is_flag=True, help="Print one JSON object, and no prose.")
#: For commands that answer row by row: their rows are JSON Lines with and without it.
JSON_LINES = click.option(
    "as_json",
    "--json",
    is_flag=True,
    help="After the rows, one JSON line each, print a last JSON object that sums up.",
)


def emit(result: dict[str, Any], as_json: bool, tell: Callable[[], None]) -> None:
    """Print `result` as the last line, or let `tell` speak to a person."""
    if as_json:
        click.echo(msgspec.json.encode(result, enc_hook=str).decode())
    else:
        tell()


def columns(rows: Sequence[Sequence[object]], header: Sequence[str]) -> None:
    """Print a table whose columns fit the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in header:
        numeric = bool(rows) and all(
            str(r[header.index(name)]).replace(",", "").replace(".", "").strip("-+ %").isdigit()
            or str(r[header.index(name)]) == ""
            for r in rows
        )
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_safe(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 140, highlight=False).print(table)


def _safe(cell: object) -> str:
    """Text of a file never reaches the terminal as control codes or markup."""
    from rich.markup import escape

    text = "" if cell is None else str(cell)
    return escape("".join(c if c.isprintable() else "·" for c in text))


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error; a function (what is being done, share) moves it."""
    if quiet or not sys.stderr.isatty():
        yield lambda doing, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda doing, share: bar.update(task, description=doing[:60], completed=share)


def money(amount: float, currency: str) -> str:
    """An amount with thousands and its currency.

    >>> money(10272118.874, "GBP")
    '10,272,118.87 GBP'
    """
    return f"{amount:,.2f} {currency}"


def counted(count: int, name: str) -> str:
    """A number of a table's rows, in the singular for one.

    >>> counted(1, "products"), counted(1200, "events"), counted(1, "calendar")
    ('1 product', '1,200 events', '1 calendar')
    """
    return f"{count:,} {name.removesuffix('s') if count == 1 else name}"
