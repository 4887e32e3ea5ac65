"""Are two tables equal, whatever the order of their rows? Floats within 1e-9, all else exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

TOLERANCE = 1e-9


def assert_equal(ours: pa.Table, theirs: pa.Table) -> None:
    """AssertionError that names the first row and column that differ."""
    assert ours.schema.remove_metadata() == theirs.schema.remove_metadata()
    assert ours.num_rows == theirs.num_rows
    for row, (a, b) in enumerate(zip(_sorted(ours), _sorted(theirs), strict=True)):
        for name in ours.column_names:
            assert _same(a[name], b[name]), f"row {row}, {name}: {a[name]!r} is not {b[name]!r}"


def _sorted(table: pa.Table) -> list[dict[str, Any]]:
    # Floats come last and blurred: their last digits may differ and must not move a row.
    exact = [f.name for f in table.schema if not pa.types.is_floating(f.type)]
    loose = [name for name in table.column_names if name not in exact]

    def key(row: dict[str, Any]) -> tuple[str, ...]:
        blurred = (f"{row[name]:.6e}" if row[name] is not None else "" for name in loose)
        return (*(repr(row[name]) for name in exact), *blurred)

    return sorted(table.to_pylist(), key=key)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        if math.isnan(a) or math.isnan(b):
            return math.isnan(a) and math.isnan(b)
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(_same(x, y) for x, y in _pairs(a, b))
    return type(a) is type(b) and bool(a == b)


def _pairs(a: Any, b: Any) -> Iterator[tuple[Any, Any]]:
    yield from zip(a, b, strict=True)
