"""What every file format gives: batches of rows for one or more tables, tied to input lines.

A format is one small class. It reads a file, names its columns by the schema, and says which line
each table row came from. Casting, quarantine, duplicates, accounts and the commit are the same for
all formats and live in `run.py`. One input line may give several table rows (an order event with
ten items, a Shopify row with product and offer): if one of them is refused, the whole line is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import pyarrow as pa

from chowk.errors import InputError, parameter

from .source import Rejected

if TYPE_CHECKING:
    import duckdb

    from chowk.store.settings import Settings

    from .conform import Conformer


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may say about a file.

    Parameters
    ----------
    mapping : the schema's (or format's) column to the file's column or columns.
    table : the table, for the plain formats.
    products : a second file with the catalogue, for order lines.
    encoding, delimiter : when the file's own must not be guessed.
    dates : `auto`, `dmy` or `mdy`.
    decimal : `auto`, `point` or `comma`.
    fees : product codes that are charges and no products; None finds them by their titles.
    """

    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    table: str | None = None
    products: Path | None = None
    encoding: str | None = None
    delimiter: str | None = None
    dates: Literal["auto", "dmy", "mdy"] = "auto"
    decimal: Literal["auto", "point", "comma"] = "auto"
    fees: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for name, allowed in (
            ("dates", ("auto", "dmy", "mdy")),
            ("decimal", ("auto", "point", "comma")),
        ):
            if getattr(self, name) not in allowed:
                raise parameter("import", name, f"one of {allowed}", getattr(self, name))
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise parameter("import", "delimiter", "one character", self.delimiter)


@dataclass(slots=True)
class Parsed:
    """A batch of input rows as rows of tables.

    `lines` has the line of every input row that could be split (rejected ones are apart). Each
    table in `tables` has raw columns under the schema's names and `_line`; columns that start with
    `x_` are kept in the staging area for `Format.derive`. `frame` is the batch as it came (row i
    at `lines[i]`), from which quarantine shows a refused row. `reasons` are lines that the format
    itself refuses although they could be split.
    """

    lines: pa.Array
    tables: dict[str, pa.Table]
    rejected: list[Rejected]
    frame: pa.Table
    reasons: dict[int, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Input rows, the rejected ones included."""
        return len(self.lines) + len(self.rejected)


@dataclass(slots=True)
class Context:
    """What a format may ask while it reads."""

    options: Options
    settings: Settings
    conformer: Conformer
    file: Path
    digest: str
    role: str = "main"

    @property
    def notes(self) -> Counter[str]:
        """Sentences for the report, with how many values each concerns."""
        return self.conformer.notes


@dataclass(slots=True)
class Derived:
    """Where `Format.derive` works: staged tables as DuckDB relations, and the notes.

    `relation(name)` is a table's staged rows (schema columns, `_file`, `_line`, `x_*`), or None.
    `put(name, sql)` stages the rows of a query as further rows of a table.
    """

    sql: duckdb.DuckDBPyConnection
    staged: dict[str, str]
    made: dict[str, str]
    notes: Counter[str]
    options: Options
    settings: Settings

    def relation(self, name: str) -> str | None:
        """A staged table as something SQL can select from."""
        return self.staged.get(name)

    def put(self, name: str, sql: str) -> None:
        """Make the rows of `sql` (the table's columns by name) part of the import."""
        view = f"derived_{name}"
        self.sql.execute(f"CREATE OR REPLACE TEMP TABLE {view} AS {sql}")
        self.made[name] = view


class Format(ABC):
    """A file format by name.

    `suffixes` are what such files are usually called; `signs` are header columns that give the
    format away (all of one set must be there), for `chowk audit FILE` without a format.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]] = ()
    signs: ClassVar[tuple[frozenset[str], ...]] = ()

    @abstractmethod
    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        """Read one file in batches."""

    def derive(self, derived: Derived) -> None:  # noqa: B027 - most formats derive nothing
        """Make further tables from what was staged (products and customers of order lines)."""


_PLACES: dict[str, str] = {
    "csv": "plain:CsvFormat",
    "parquet": "plain:ParquetFormat",
    "jsonl": "plain:JsonlFormat",
    "order-lines": "order_lines:OrderLines",
    "merchant-center": "merchant_center:MerchantCenter",
    "shopify": "shopify:Shopify",
    "jsonld": "jsonld:JsonLd",
    "ga4": "ga4:GA4",
    "segment": "segment:Segment",
    "ubi": "ubi:Ubi",
    "proximity": "proximity:Proximity",
    "test-results": "laboratory:TestResults",
}


def format_names() -> list[str]:
    """The names of all formats."""
    return list(_PLACES)


def format_by_name(name: str) -> Format:
    """A format by name; InputError with the known names."""
    import importlib

    if name not in _PLACES:
        raise InputError(f"There is no format {name!r}. Formats are: {', '.join(_PLACES)}.")
    module, _, attribute = _PLACES[name].partition(":")
    found: type[Format] = getattr(
        importlib.import_module(f"chowk.store.importing.{module}"), attribute
    )
    return found()
