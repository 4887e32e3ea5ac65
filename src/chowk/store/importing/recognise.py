"""Finds out what a file is from its name and its first bytes, for `chowk audit FILE`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from chowk.errors import ImportFormatError
from chowk.store.texts import is_currency

from .columnar import jsonl_columns, parquet_columns, read_jsonl, read_parquet
from .delimited import delimiter_of, header_of, read_delimited
from .format import format_by_name, format_names
from .mapping import find_columns
from .money import currency_of, price
from .order_lines import SYNONYMS, TARGETS
from .source import encoding_of, existing, open_bytes

#: Rows that are looked at, where the header alone does not say what a file is.
SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Guess:
    """A format, and the table for the plain ones.

    `columns` says which of the file's columns are which, and `currency` is the one that the first
    rows mostly name, '' for none.
    """

    format: str
    table: str | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    currency: str = ""

    def sentence(self, file: str) -> str:
        """What the file is taken for, and what to say if it is something else."""
        what = "order lines" if self.format == "order-lines" else (
            f"a catalogue ({self.format})" if self.table == "products" else self.format
        )  # fmt: skip
        shown = ", ".join(f"{name}: {' + '.join(cols)}" for name, cols in self.columns.items())
        return (
            f"{file} is read as {what}{f' ({shown})' if shown else ''}. If that is wrong, say what "
            "it is with --format, and which column is what with --map column=COLUMN."
        )


def recognise(file: Path, mapping: Mapping[str, tuple[str, ...]] | None = None) -> Guess:
    """What the file most probably is; ImportFormatError when nothing fits.

    XML is a Merchant Center feed and HTML or a JSON document is JSON-LD; else the header decides:
    the columns that give a format away, then order, product and time make order lines, then
    product and title make a catalogue, unless it has what only orders have: an order, a customer
    or a line total, or the same product on several rows.
    """
    existing(file)
    mapping = mapping or {}
    stem = file.name.removesuffix(".gz").lower()
    with open_bytes(file) as handle:
        head = handle.read(4096).lstrip(b"\xef\xbb\xbf \r\n\t")
    if stem.endswith(".xml") or head.startswith(b"<?xml"):
        return Guess("merchant-center")
    if stem.endswith((".html", ".htm")) or head[:15].lower().startswith((b"<!doctype", b"<html")):
        return Guess("jsonld")
    if head.startswith((b"{", b"[")) and b"schema.org" in head:
        return Guess("jsonld")
    if stem.endswith((".parquet", ".pq")):
        plain, header = "parquet", parquet_columns(file)
    elif head.startswith(b"{"):
        plain = "jsonl"
        header = jsonl_columns(file, encoding_of(file))
    else:
        plain = "csv"
        encoding = encoding_of(file)
        header = header_of(file, encoding, delimiter_of(file, encoding))
    names = {_plain(name) for name in header}
    for name in format_names():
        if name in ("csv", "parquet", "jsonl", "order-lines"):
            continue
        try:
            signs = format_by_name(name).signs
        except (ImportError, AttributeError):
            continue
        if any({_plain(column) for column in sign} <= names for sign in signs):
            named = find_columns(header, ("price", "currency"), {})
            return Guess(name, currency=_currency(_sample(file, plain), named))
    meant = {SYNONYMS.get(target, target): columns for target, columns in mapping.items()}
    lines = find_columns(header, TARGETS, {t: c for t, c in meant.items() if t in TARGETS})
    sample = _sample(file, plain)
    currency = _currency(sample, lines)
    if {"order", "product", "time"} <= set(lines):
        return Guess("order-lines", None, lines, currency)
    if {"order", "time", "customer", "total"} & set(meant):
        return Guess("order-lines", None, lines, currency)  # so the reader says what is wrong
    if {"product", "title"} <= set(lines):
        _no_orders(file, header, lines, sample)
        found = {name: lines[name] for name in _OF_CATALOGUE if name in lines}
        return Guess(plain, "products", found, currency)
    raise ImportFormatError(
        f"{file.name}: it is not clear what this is. Say which column is what, for example "
        f"--map order=COLUMN --map product=COLUMN --map time=COLUMN, or name the format with "
        f"--format. Columns are: {', '.join(header)[:1500]}."
    )


#: Of what order lines may have, what a catalogue has too.
_OF_CATALOGUE = ("product", "title", "price", "category", "brand", "currency")
#: What only orders have.
_OF_ORDERS = ("order", "customer", "total")


def _no_orders(
    file: Path, header: list[str], lines: Mapping[str, tuple[str, ...]], sample: pa.Table
) -> None:
    """ImportFormatError when what could be a catalogue looks like order lines."""
    signs = [f"{name} ({lines[name][0]})" for name in _OF_ORDERS if name in lines]
    column = lines["product"][0]
    ids = sample[column].drop_null() if column in sample.column_names else sample.columns[0][:0]
    if not signs and len(ids.unique()) == len(ids):
        return
    why = (
        f"it has {' and '.join(signs)}" if signs
        else f"the same {column} stands on several rows"
    )  # fmt: skip
    lacks = [name for name in ("order", "time") if name not in lines]
    say = " ".join(f"--map {name}=COLUMN" for name in lacks)
    raise ImportFormatError(
        f"{file.name} looks like order lines, because {why}, but no column is clearly the "
        f"{' or the '.join(lacks)}. Say which: {say}. If it is a catalogue, pass --format csv "
        f"--table products instead. Columns are: {', '.join(header)[:1500]}."
    )


def _sample(file: Path, plain: str) -> pa.Table:
    """The first rows of a plain file."""
    if plain == "parquet":
        batches = read_parquet(file, batch=SAMPLE)
    else:
        encoding = encoding_of(file)
        batches = (
            read_jsonl(file, encoding, batch=SAMPLE)
            if plain == "jsonl"
            else read_delimited(file, encoding, delimiter_of(file, encoding), batch=SAMPLE)
        )
    first = next(batches, None)
    return first.frame if first is not None else pa.table({"chowk_nothing": pa.nulls(0)})


def _currency(sample: pa.Table, lines: Mapping[str, tuple[str, ...]]) -> str:
    """The currency that the first rows mostly name: in a column, or beside the price."""
    said: Counter[str] = Counter()
    for target in ("currency", "price", "total"):
        column = lines.get(target, ("",))[0]
        if column not in sample.column_names or said:
            continue
        for value in sample[column].to_pylist():
            text = str(value or "").strip().upper()
            if target == "currency":
                said[text] += is_currency(text)
            elif (found := price(text)) is not None and found[1]:
                said[currency_of(found[1], "")] += 1
    best = max(said, key=lambda code: said[code], default="")
    return best if said[best] else ""


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
