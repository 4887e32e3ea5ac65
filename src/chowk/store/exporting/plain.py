"""One table as CSV, JSON lines or Parquet, in the spelling that the plain imports read back.

A CSV is opened in spreadsheets, and queries, reviews and messages hold what strangers typed: a
text that begins like a formula gets an apostrophe in front, unless `formulas="raw"` is asked for.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from chowk.errors import parameter
from chowk.store.reader import Reader, declared
from chowk.store.schema import Table

from .files import replacing, replacing_text

#: How a spreadsheet knows a formula (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TEXTS = ("id", "text", "map", "list")


def write_csv(
    store: Reader, path: Path, table: str, *, formulas: Literal["escaped", "raw"] = "escaped"
) -> int:
    """Write a table as CSV with a header; maps and lists are JSON. Returns the rows."""
    if formulas not in ("escaped", "raw"):
        raise parameter("write_csv", "formulas", "'escaped' or 'raw'", formulas)
    declaration = declared(table)
    guarded = {c.name for c in declaration.columns if c.kind in _TEXTS and formulas == "escaped"}
    rows = 0
    with replacing_text(path) as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(declaration.names)
        for row in rows_of(store, declaration):
            out.writerow(
                [
                    escaped(shown) if name in guarded else shown
                    for name in declaration.names
                    for shown in (cell(row[name]),)
                ]
            )
            rows += 1
    return rows


def write_jsonl(store: Reader, path: Path, table: str) -> int:
    """Write a table as JSON lines; what is null is left out. Returns the rows."""
    rows = 0
    encode = msgspec.json.Encoder(enc_hook=str, decimal_format="string").encode
    with replacing(path) as beside, beside.open("wb") as handle:
        for row in rows_of(store, declared(table)):
            handle.write(encode({k: v for k, v in row.items() if v is not None}) + b"\n")
            rows += 1
    return rows


def write_parquet(store: Reader, path: Path, table: str) -> int:
    """Write a table as Parquet with the schema's types. Returns the rows."""
    declaration = declared(table)
    rows = 0
    with replacing(path) as beside, pq.ParquetWriter(beside, declaration.arrow) as out:
        for batch in batches_of(store, declaration):
            out.write_table(pa.Table.from_batches([batch]).cast(declaration.arrow))
            rows += batch.num_rows
    return rows


def batches_of(store: Reader, table: Table) -> Iterator[pa.RecordBatch]:
    """A table in batches, in the order of its key (of its time, when it has none)."""
    expression = store[table.name]
    order = table.key or ((table.time,) if table.time else ())
    if order:
        expression = expression.order_by([expression[name] for name in order])
    return store.engine.batches(expression, 20_000)


def rows_of(store: Reader, table: Table) -> Iterator[dict[str, Any]]:
    """A table's rows as Python values; maps are dicts."""
    maps = [column.name for column in table.columns if column.kind == "map"]
    for batch in batches_of(store, table):
        for row in batch.to_pylist():
            for name in maps:
                if row[name] is not None:
                    row[name] = dict(row[name])
            yield row


def cell(value: Any) -> str:
    """A value as it stands in a CSV cell ('' for nothing).

    >>> cell(Decimal("12.5000")), cell(True), cell({"colour": "red"})
    ('12.50', 'true', '{"colour":"red"}')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return amount(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return msgspec.json.encode(value).decode()
    return repr(value)


def amount(value: Decimal) -> str:
    """Money with two decimals, or more where they say something.

    >>> amount(Decimal("12.5000")), amount(Decimal("0.1250"))
    ('12.50', '0.125')
    """
    whole, _, part = f"{value:f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def escaped(text: str) -> str:
    """A text that no spreadsheet runs.

    >>> escaped("=HYPERLINK(1)"), escaped("lamp")
    ("'=HYPERLINK(1)", 'lamp')
    """
    return "'" + text if text.startswith(FORMULA) else text
