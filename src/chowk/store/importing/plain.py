"""Plain CSV, Parquet and JSON lines into a named table, with `--map column=COLUMN`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from chowk.errors import ImportFormatError, InputError
from chowk.store.reader import declared

from .columnar import jsonl_columns, parquet_columns, read_jsonl, read_parquet
from .delimited import delimiter_of, header_of, read_delimited
from .format import Context, Format, Parsed
from .mapping import check_columns, check_targets, extras, find_columns, pick
from .raw import RawBatch
from .source import encoding_of, existing


def read_any(file: Path, context: Context) -> tuple[list[str], Iterator[RawBatch]]:
    """A file's column names and its batches, by its suffix: Parquet, JSON lines, else CSV."""
    existing(file)
    options = context.options
    stem = file.name.removesuffix(".gz").lower()
    if stem.endswith((".parquet", ".pq")):
        return parquet_columns(file), read_parquet(file)
    encoding = encoding_of(file, options.encoding)
    if encoding.note:
        context.notes[encoding.note] += 1
    if stem.endswith((".jsonl", ".ndjson", ".json")):
        return jsonl_columns(file, encoding), read_jsonl(file, encoding)
    delimiter = options.delimiter or delimiter_of(file, encoding)
    return header_of(file, encoding, delimiter), read_delimited(file, encoding, delimiter)


class _Plain(Format):
    """One file, one table."""

    def _batches(self, file: Path, context: Context) -> tuple[list[str], Iterator[RawBatch]]:
        return read_any(file, context)

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        name = context.options.table
        if name is None:
            raise InputError(f"The format {self.name} needs --table, for example --table products.")
        table = declared(name)
        mapping = context.options.mapping
        check_targets(mapping, table.names, f"the table {name}")
        header, batches = self._batches(file, context)
        check_columns(mapping, {file.name: header})
        found = find_columns(header, table.names, mapping)
        lacking = [c for c in table.required if c not in found and not _made(name, c)]
        if lacking:
            tip = f"--map {lacking[0]}=COLUMN"
            if len(header) == 1:
                tip = f"--delimiter, if {header[0][:60]!r} is really several columns, or {tip}"
            raise ImportFormatError(
                f"{file.name}: no column is {lacking[0]!r}, which the table {name} needs. "
                f"Say which one with {tip}. Columns are: {', '.join(header)[:1500]}."
            )
        used = [column for columns in found.values() for column in columns]
        unused = [column for column in header if column not in used]
        if unused and name != "products":
            context.notes[f"columns not used: {', '.join(unused)}"] += 1
        for batch in batches:
            frame = batch.frame
            columns = {
                target: pick(frame, cols, target)
                for target, cols in found.items()
                if all(c in frame.column_names for c in cols)
            }
            if name == "products" and "attributes" not in found:
                more = extras(frame, used)
                if more is not None:
                    columns["attributes"] = more
            if name == "events" and "event_id" not in columns:
                columns["event_id"] = line_ids(context.digest, batch.lines)
            columns["_line"] = batch.lines
            yield Parsed(batch.lines, {name: pa.table(columns)}, batch.rejected, frame)


class CsvFormat(_Plain):
    """Comma, semicolon, tab or bar separated text with a header line."""

    name = "csv"
    title = "CSV or TSV with a header, into one table"
    suffixes = (".csv", ".tsv", ".txt", ".csv.gz")

    def _batches(self, file: Path, context: Context) -> tuple[list[str], Iterator[RawBatch]]:
        existing(file)
        if file.suffix in (".parquet", ".pq"):
            raise ImportFormatError(f"{file.name} is a Parquet file; use the format parquet.")
        encoding = encoding_of(file, context.options.encoding)
        if encoding.note:
            context.notes[encoding.note] += 1
        delimiter = context.options.delimiter or delimiter_of(file, encoding)
        return header_of(file, encoding, delimiter), read_delimited(file, encoding, delimiter)


class ParquetFormat(_Plain):
    """Apache Parquet."""

    name = "parquet"
    title = "Parquet, into one table"
    suffixes = (".parquet", ".pq")

    def _batches(self, file: Path, context: Context) -> tuple[list[str], Iterator[RawBatch]]:
        return parquet_columns(file), read_parquet(file)


class JsonlFormat(_Plain):
    """One JSON object a line."""

    name = "jsonl"
    title = "JSON lines, into one table"
    suffixes = (".jsonl", ".ndjson", ".jsonl.gz")

    def _batches(self, file: Path, context: Context) -> tuple[list[str], Iterator[RawBatch]]:
        existing(file)
        encoding = encoding_of(file, context.options.encoding)
        return jsonl_columns(file, encoding), read_jsonl(file, encoding)


def line_ids(digest: str, lines: pa.Array) -> pa.Array:
    """Event ids from the file's content and the line: the same file gives the same ids again."""
    return pa.array([f"{digest[:12]}-{line}" for line in lines.to_pylist()], pa.string())


def _made(table: str, column: str) -> bool:
    return table == "events" and column == "event_id"
