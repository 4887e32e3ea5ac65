"""Finds out what a file is from its name and its first bytes, for `chowk audit FILE`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chowk.errors import ImportFormatError

from .columnar import jsonl_columns, parquet_columns
from .delimited import delimiter_of, header_of
from .format import format_by_name, format_names
from .mapping import find_columns
from .order_lines import SYNONYMS, TARGETS
from .source import encoding_of, existing, open_bytes


@dataclass(frozen=True, slots=True)
class Guess:
    """A format, and the table for the plain ones."""

    format: str
    table: str | None = None


def recognise(file: Path, mapping: Mapping[str, tuple[str, ...]] | None = None) -> Guess:
    """What the file most probably is; ImportFormatError when nothing fits.

    XML is a Merchant Center feed and HTML or a JSON document is JSON-LD; else the header decides:
    the columns that give a format away, then order, product and time make order lines, then
    product and title make a catalogue.
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
            return Guess(name)
    meant = {SYNONYMS.get(target, target): columns for target, columns in mapping.items()}
    lines = find_columns(header, TARGETS, {t: c for t, c in meant.items() if t in TARGETS})
    if {"order", "product", "time"} <= set(lines):
        return Guess("order-lines")
    if {"product", "title"} <= set(lines):
        return Guess(plain, "products")
    raise ImportFormatError(
        f"{file.name}: it is not clear what this is. Say which column is what, for example "
        f"--map order=COLUMN --map product=COLUMN --map time=COLUMN, or name the format with "
        f"--format. Columns are: {', '.join(header)[:1500]}."
    )


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
