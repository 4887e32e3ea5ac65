"""Results of infection tests with a day, a date or a time, into the table `infection_tests`.

A line says who was tested, when, and what was found. A date is the day since 1970-01-01 in the
store's zone, as in proximity logs, so that both tables count the same days; whole numbers of days
are taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from chowk.errors import ImportFormatError
from chowk.store.schema import Column

from .days import DAY, numbers, seconds_of
from .format import Context, Format, Parsed
from .mapping import ALIASES, check_columns, check_targets, find_columns, pick
from .plain import read_any

TARGETS = ("person", "day", "time", "positive")
_NAMES = {"person": ("who", "user", "id"), "positive": ("result", "outcome")}
_WORDS = {"positive": "true", "pos": "true", "+": "true", "detected": "true", "reactive": "true",
          "negative": "false", "neg": "false", "-": "false", "not detected": "false",
          "non-reactive": "false"}  # fmt: skip


class TestResults(Format):
    """Who was tested when, and what was found; see the module."""

    __test__ = False  # for pytest: this is no test

    name = "test-results"
    title = "Test results: person, day or time, positive"
    suffixes = (".csv", ".parquet", ".jsonl")

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        header, batches = read_any(file, context)
        mapping = context.options.mapping
        check_targets(mapping, TARGETS, "a list of test results")
        check_columns(mapping, {file.name: header})
        found = find_columns(header, TARGETS, mapping, {**ALIASES, **_NAMES})
        when = "day" if "day" in found else "time"
        for target in ("person", when, "positive"):
            if target not in found:
                raise ImportFormatError(
                    f"{file.name}: no column is the {target}. Say which one with "
                    f"--map {target}=COLUMN. Columns are: {', '.join(header)[:1500]}."
                )
        for batch in batches:
            reasons: dict[int, str] = {}
            part = {target: pick(batch.frame, found[target], target) for target in found}
            columns = {
                "person": part["person"],
                "day": _days(part[when], when, context, reasons),
                "positive": _said(part["positive"]),
                "_line": batch.lines,
            }
            lines = batch.lines.to_pylist()
            yield Parsed(
                batch.lines,
                {"infection_tests": pa.table(columns)},
                batch.rejected,
                batch.frame,
                {lines[row]: reason for row, reason in reasons.items()},
            )


def _days(
    values: pa.ChunkedArray | pa.Array, name: str, context: Context, reasons: dict[int, str]
) -> pa.Array | pa.ChunkedArray:
    """Whole days: numbers of a column `day` as they are, times as days since 1970-01-01."""
    if name == "day" and numbers(values):
        return context.conformer.column(values, Column("day", "int", "", True, low=0), reasons)
    seconds = seconds_of(values, name, context, reasons)
    days = np.floor_divide(np.where(np.isnan(seconds), 0, seconds), DAY).astype(np.int64)
    return pa.array(days, mask=np.isnan(seconds))


def _said(values: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """Laboratories' words as true and false; what is none of them is left to the table's rule."""
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return values
    words = values.to_pylist()
    known = [None if w is None else _WORDS.get(w.strip().lower(), w) for w in words]
    return pa.array(known, pa.string())
