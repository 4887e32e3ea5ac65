"""Parquet and JSON lines as batches of raw columns.

Parquet keeps its types (a row's line is its number from 1). JSON lines become text columns, lists
and objects as JSON text; a line that is not a JSON object is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from chowk.errors import ImportFormatError

from .raw import RawBatch
from .source import Encoding, Lines, Rejected, existing

BATCH = 50_000


def parquet_columns(path: Path) -> list[str]:
    """The column names of a Parquet file."""
    with _opened(path) as file:
        return list(file.schema_arrow.names)


def read_parquet(
    path: Path, *, columns: set[str] | None = None, batch: int = BATCH
) -> Iterator[RawBatch]:
    """Read a Parquet file in batches."""
    with _opened(path) as file:
        wanted = [n for n in file.schema_arrow.names if columns is None or n in columns]
        start = 1
        parts = file.iter_batches(batch_size=batch, columns=wanted or None)
        while True:
            try:
                part = next(parts, None)
            except (pa.ArrowException, OSError) as error:
                raise ImportFormatError(
                    f"{path} is damaged after row {start - 1:,} ({_first_line(error)}). Copy or "
                    "export it again."
                ) from None
            if part is None:
                return
            frame = pa.Table.from_batches([part])
            yield RawBatch(frame, pa.array(range(start, start + frame.num_rows), pa.int64()))
            start += frame.num_rows


def _opened(path: Path) -> pq.ParquetFile:
    existing(path)
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ImportFormatError(
            f"{path} is not a Parquet file ({_first_line(error)}). Check the format that you named."
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".")


def jsonl_columns(path: Path, encoding: Encoding) -> list[str]:
    """The names in the first objects of a JSON lines file; ImportFormatError when it has none."""
    for objects, _, rejected in read_objects(path, encoding, batch=1_000):
        if objects:
            return list(dict.fromkeys(name for item in objects for name in item))
        if rejected:
            raise ImportFormatError(
                f"{path} holds no JSON lines: line {rejected[0].line} cannot be used, because "
                f"{rejected[0].reason}. Check the format that you named."
            )
    raise ImportFormatError(f"{path} holds no lines. Export it again.")


def read_jsonl(path: Path, encoding: Encoding, *, batch: int = BATCH) -> Iterator[RawBatch]:
    """Read JSON lines in batches of text columns."""
    for objects, numbers, rejected in read_objects(path, encoding, batch=batch):
        names = list(dict.fromkeys(name for item in objects for name in item))
        frame = pa.table(
            {name: pa.array([_text(o.get(name)) for o in objects], pa.string()) for name in names}
            or {"chowk_nothing": pa.nulls(len(objects), pa.string())}
        )
        yield RawBatch(frame, pa.array(numbers, pa.int64()), rejected)


def read_objects(
    path: Path, encoding: Encoding, *, batch: int = BATCH
) -> Iterator[tuple[list[dict[str, Any]], list[int], list[Rejected]]]:
    """Read JSON lines as objects, with their line numbers and the lines that are refused."""
    decoder = msgspec.json.Decoder()
    lines = Lines(path, encoding)
    objects: list[dict[str, Any]] = []
    numbers: list[int] = []
    rejected: list[Rejected] = []

    def flush() -> tuple[list[dict[str, Any]], list[int], list[Rejected]]:
        refused = sorted(rejected + lines.rejected, key=lambda r: r.line)
        made = (list(objects), list(numbers), refused)
        objects.clear()
        numbers.clear()
        rejected.clear()
        lines.rejected.clear()
        return made

    for number, text in lines:
        if not text.strip():
            continue
        try:
            item = decoder.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            rejected.append(Rejected(number, f"the line is not JSON: {error}", text[:2000]))
            continue
        if not isinstance(item, dict):
            rejected.append(Rejected(number, "the line is JSON but not an object {…}", text[:2000]))
            continue
        objects.append(item)
        numbers.append(number)
        if len(objects) >= batch:
            yield flush()
    if objects or rejected or lines.rejected:
        yield flush()


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return msgspec.json.encode(value).decode()
