"""The border: any Arrow-capable frame, or a list of dicts, becomes a table of the schema.

Casting is strict: a value that does not fit is an error that names the column, the row and the
rule. (Files of owners take the forgiving road of `chowk.store.importing` instead.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chowk.errors import InputError, SchemaError

from .schema import Column, Table
from .texts import MAX_ID, MAX_TEXT, NULL, is_currency


def arrow_table(data: Any, caller: str) -> pa.Table:
    """Any frame as an Arrow table: `__arrow_c_stream__`, a mapping of columns, or dicts."""
    try:
        frame = _read(data)
    except UnicodeEncodeError as error:
        raise InputError(
            f"{caller}: a text holds {error.object[error.start]!r}, half of a character, which is "
            "not valid Unicode. Remove it."
        ) from None
    # TypeError and the others come of values, not of us: a column that is a number, a name that
    # is none, two columns of one name, an object that Arrow does not know, 2**70.
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"{caller}: the rows cannot be read as a table: {'; '.join(map(str, error.args))}. "
            "Give every column a name of its own and values of one type."
        ) from None
    if frame is not None:
        twice = [name for name, count in Counter(frame.column_names).items() if count > 1]
        if twice:
            raise InputError(
                f"{caller}: the column {twice[0]!r} is there more than once. Keep one of them."
            )
        return frame
    raise InputError(
        f"{caller} takes a frame with __arrow_c_stream__ (pandas, polars, pyarrow, DuckDB), a "
        f"mapping of columns, or a list of dicts. Got {type(data).__name__} instead."
    )


def _read(data: Any) -> pa.Table | None:
    """`data` as an Arrow table, None where it is nothing that could be one."""
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    if isinstance(data, Mapping):
        for name, values in data.items():
            if isinstance(values, str | bytes):  # would be a column of its letters
                raise TypeError(f"the column {name!r} is one text; for one row give a list of it")
        return pa.table(dict(data))
    if isinstance(data, str | bytes):
        return None
    if isinstance(data, Sequence) and all(isinstance(row, Mapping) for row in data):
        names = list(dict.fromkeys(name for row in data for name in row))
        return pa.table({name: [row.get(name) for row in data] for name in names})
    return None


def fitted(frame: pa.Table, table: Table, *, null_characters: bool = False) -> pa.Table:
    """`frame` with exactly the columns and types of `table`; SchemaError where it cannot be.

    null_characters : whether texts may hold them, and whatever else no import keeps. What only
        reads a frame may allow them; a store keeps none, for other engines end a text there.
    """
    unknown = [name for name in frame.column_names if name not in table]
    if unknown:
        raise SchemaError(
            f"The table {table.name} has no column {unknown[0]!r}. "
            f"Its columns are: {', '.join(table.names)}."
        )
    missing = [name for name in table.required if name not in frame.column_names]
    if missing:
        raise SchemaError(f"The table {table.name} needs the column {missing[0]!r}. Add it.")
    columns = []
    for column in table.columns:
        if column.name not in frame.column_names:
            columns.append(pa.nulls(frame.num_rows, column.arrow))
            continue
        values = _cast(frame[column.name], column, table.name)
        _check(values, column, table.name, null_characters)
        columns.append(values)
    return pa.Table.from_arrays(columns, schema=table.arrow)


def _cast(values: pa.ChunkedArray, column: Column, table: str) -> pa.ChunkedArray:
    wanted = column.arrow
    if values.type == wanted:
        return values
    try:
        if column.kind == "map" and pa.types.is_struct(values.type):
            return _map_of_struct(values)
        if column.kind == "map" and pa.types.is_list(values.type):
            return _map_of_pairs(values, f"{table}.{column.name}")
        if column.kind == "time" and pa.types.is_timestamp(values.type) and values.type.tz is None:
            raise SchemaError(
                f"The column {table}.{column.name} must carry a time zone. "
                "Localise it first, for example with pyarrow.compute.assume_timezone."
            )
        if column.kind == "money" and pa.types.is_floating(values.type):
            values = pc.round(values, ndigits=4)
        if column.kind == "money" and pa.types.is_integer(values.type):
            # Arrow wants room for the largest int64 before it looks at the values.
            values = values.cast(pa.decimal128(38, 4))
        return values.cast(wanted)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise SchemaError(
            f"The column {table}.{column.name} must be {column.kind} ({wanted}). "
            f"Got {values.type} instead: {error}"
        ) from None


def _map_of_struct(values: pa.ChunkedArray) -> pa.ChunkedArray:
    rows = [
        None if row is None else [(k, str(v)) for k, v in row.items() if v is not None]
        for row in values.to_pylist()
    ]
    return pa.chunked_array([pa.array(rows, pa.map_(pa.string(), pa.string()))])


def _map_of_pairs(values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Rows as `to_pylist` of a map gives them: lists of (key, value)."""
    rows = values.to_pylist()
    for at, row in enumerate(rows):
        if row is not None and not all(isinstance(pair, list) and len(pair) == 2 for pair in row):
            raise SchemaError(
                f"The column {name} must be a map, or a list of pairs. "
                f"Got {str(row)[:80]} in row {at} instead."
            )
    pairs = [
        None if row is None else [(key, value) for key, value in row if value is not None]
        for row in rows
    ]
    return pa.chunked_array([pa.array(pairs, pa.map_(pa.string(), pa.string()))])


def _check(
    values: pa.ChunkedArray, column: Column, table: str, null_characters: bool = False
) -> None:
    def refuse(row: int, rule: str) -> None:
        shown = repr(values[row].as_py())
        if len(shown) > 80:
            shown = shown[:77] + "..."
        raise SchemaError(
            f"The column {table}.{column.name} must be {rule}. Got {shown} in row {row} instead."
        )

    if column.required and values.null_count:
        refuse(pc.index(pc.is_null(values), True).as_py(), "given in every row")
    if not null_characters and column.kind in ("id", "text", "map", "list"):
        _check_texts(values, column, refuse)
    if column.low is not None or column.high is not None:
        number = values.cast(pa.float64())
        for limit, worse, word in (
            (column.low, pc.less, "at least"),
            (column.high, pc.greater, "at most"),
        ):
            if limit is not None:
                at = pc.index(pc.fill_null(worse(number, limit), False), True).as_py()
                if at >= 0:
                    refuse(at, f"{word} {limit:g}")


def _check_texts(
    values: pa.ChunkedArray, column: Column, refuse: Callable[[int, str], None]
) -> None:
    """The rules of `chowk.store.texts`, of which an import keeps each too."""

    def first(mask: pa.ChunkedArray) -> int:
        at: int = pc.index(pc.fill_null(mask, False), True).as_py()
        return at

    at = _first_with_null(values)
    if at >= 0:
        refuse(at, "text without null characters")
    if column.kind in ("id", "text"):
        most = MAX_ID if column.kind == "id" else MAX_TEXT
        length = pc.utf8_length(values)
        if (at := first(pc.greater(length, most))) >= 0:
            refuse(at, f"at most {most:,} characters long")
        if column.required and column.kind == "id" and (at := first(pc.equal(length, 0))) >= 0:
            refuse(at, "given in every row, and no empty text")
    if column.name == "currency":
        odd = [c for c in pc.unique(values).to_pylist() if c is not None and not is_currency(c)]
        if odd:
            at = pc.index(values, pa.scalar(odd[0], values.type)).as_py()
            refuse(at, "an ISO 4217 code in capitals, such as EUR or INR")


def _first_with_null(values: pa.ChunkedArray) -> int:
    """The first row whose text, or a text in whose map or list, holds U+0000; -1 for none."""
    before = 0
    for chunk in values.chunks:
        texts = [chunk]
        if pa.types.is_map(chunk.type):
            texts = [chunk.keys, chunk.items]
        elif pa.types.is_list(chunk.type):
            texts = [chunk.values]
        if any(pc.any(pc.match_substring(text, NULL)).as_py() for text in texts):
            rows = enumerate(chunk.to_pylist())
            at = next((n for n, row in rows if NULL in _flat(row)), -1)
            if at >= 0:
                return before + at
        before += len(chunk)
    return -1


def _flat(value: Any) -> str:
    """All text of a value in one."""
    if value is None or isinstance(value, str):
        return value or ""
    return " ".join(_flat(part) for part in value)
