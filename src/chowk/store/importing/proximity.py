"""Raw proximity logs: who was near whom from when to when, into daily contacts.

A line of a phone's or badge's log names two people, a beginning and perhaps an end, a signal or a
distance; a line of a door's names a person and a place. Stretches of one pair that overlap count
once (both phones wrote them down), stretches are cut at midnight, and a row a pair and day remains,
with minutes and metres. The rules of a contact are those of the table `contacts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chowk.errors import ImportFormatError
from chowk.store.schema import Column

from .days import DAY, seconds_of
from .format import Context, Derived, Format, Parsed
from .mapping import check_columns, check_targets, find_columns, pick
from .plain import read_any
from .raw import RawBatch
from .signals import metres_of_signal

#: What `--map` may name, and what logs call it.
TARGETS = ("person", "other", "place", "start", "end", "seconds", "signal", "metres", "indoors")
_NAMES = {
    "person": ("who", "a", "i", "person_a", "user", "device", "badge", "id"),
    "other": ("whom", "b", "j", "person_b", "peer", "contact", "other_device"),
    "place": ("room", "door", "zone", "location"),
    "start": ("t", "time", "timestamp", "ts", "begin", "from", "in", "entered", "start_time"),
    "end": ("to", "until", "out", "left", "end_time"),
    "seconds": ("duration", "duration_s"),
    "signal": ("rssi", "dbm", "signal_dbm"),
    "metres": ("distance", "meters", "distance_m"),
    "indoors": ("inside",),
}
#: What a record of a moment stands for: badges and phones speak up every twenty seconds.
RECORD_SECONDS = 20.0


class Proximity(Format):
    """Who was near whom, or in which room, from when to when; see the module."""

    name = "proximity"
    title = "Proximity logs: who, whom or where, start, end, signal or distance"
    suffixes = (".csv", ".parquet", ".jsonl")

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        header, batches = read_any(file, context)
        mapping = context.options.mapping
        check_targets(mapping, TARGETS, "a proximity log")
        check_columns(mapping, {file.name: header})
        found = find_columns(header, TARGETS, mapping, _NAMES)
        for target in ("person", "start"):
            if target not in found:
                raise ImportFormatError(_lacking(file, target, header))
        if "other" not in found and "place" not in found:
            raise ImportFormatError(_lacking(file, "other", header, " (or place)"))
        if "other" in found:
            found.pop("place", None)
        if "end" not in found and "seconds" not in found:
            context.notes[f"no column is the end: a record stands for {RECORD_SECONDS:g} s"] += 1
        used = {column for columns in found.values() for column in columns}
        unused = [column for column in header if column not in used]
        if unused:
            context.notes[f"columns not used: {', '.join(unused)}"] += 1
        for batch in batches:
            yield _contacts(batch, found, context)

    def derive(self, derived: Derived) -> None:
        """A row a pair and day in place of a row a stretch."""
        staged = derived.relation("contacts")
        if staged is None:
            return
        derived.staged["contacts"] = f"""(
            WITH stretches AS (
                SELECT person_a AS one, person_b AS other, day, x_start, x_end, metres, indoors,
                    x_signal FROM {staged} WHERE NOT x_place
                UNION ALL
                SELECT p.person_a, q.person_a, p.day, greatest(p.x_start, q.x_start),
                    least(p.x_end, q.x_end), NULL, coalesce(p.indoors, true), false
                FROM {staged} p JOIN {staged} q ON p.x_place AND q.x_place
                    AND p.person_b = q.person_b AND p.day = q.day AND p.person_a < q.person_a
                    AND p.x_start < q.x_end AND q.x_start < p.x_end),
            pairs AS (
                SELECT * EXCLUDE (one, other), least(one, other) AS person_a,
                    greatest(one, other) AS person_b FROM stretches),
            apart AS (
                SELECT *, greatest(x_start, coalesce(max(x_end) OVER (
                    PARTITION BY person_a, person_b, day ORDER BY x_start, x_end
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), x_start)) AS fresh
                FROM pairs)
            SELECT person_a, person_b, day, NULL::BIGINT AS count,
                round(sum(greatest(x_end - fresh, 0)) / 60, 6) AS minutes,
                round(CASE WHEN bool_or(x_signal)
                    THEN exp(sum(ln(metres) * (x_end - x_start)) FILTER (metres > 0)
                        / nullif(sum(x_end - x_start) FILTER (metres > 0), 0))
                    ELSE sum(metres * (x_end - x_start))
                        / nullif(sum(x_end - x_start) FILTER (metres IS NOT NULL), 0)
                    END, 6) AS metres,
                bool_or(indoors) AS indoors
            FROM apart GROUP BY person_a, person_b, day
            HAVING sum(greatest(x_end - fresh, 0)) > 0
            ORDER BY day, person_a, person_b)"""


def _lacking(file: Path, target: str, header: list[str], more: str = "") -> str:
    return (
        f"{file.name}: no column is the {target}{more}. Say which one with --map {target}=COLUMN. "
        f"Columns are: {', '.join(header)[:1500]}."
    )


def _contacts(batch: RawBatch, found: dict[str, tuple[str, ...]], context: Context) -> Parsed:
    """One batch of the log as rows of the table, a row a stretch and day."""
    reasons: dict[int, str] = {}
    part = {target: pick(batch.frame, columns, target) for target, columns in found.items()}
    rows = batch.frame.num_rows
    conform = context.conformer.column
    start = seconds_of(part["start"], "start", context, reasons)
    if "end" in part:
        end = seconds_of(part["end"], "end", context, reasons, required=False)
        end = np.where(np.isnan(end) | (end == start), start + RECORD_SECONDS, end)
    else:
        lasts = np.full(rows, RECORD_SECONDS)
        if "seconds" in part:
            column = Column("seconds", "float", "", False, low=0)
            given = conform(part["seconds"], column, reasons).to_numpy(zero_copy_only=False)
            lasts = np.where(np.isnan(given.astype(float)), lasts, given)
        end = start + lasts
    for row in np.flatnonzero(end < start):
        reasons.setdefault(int(row), "end lies before start; it must be on or after it")
    for row in np.flatnonzero(end - start > DAY):
        reasons.setdefault(int(row), "end lies more than a day after start; give the true end")
    person = conform(part["person"], Column("person", "id", "", True), reasons)
    other_name = "other" if "other" in part else "place"
    other = conform(part[other_name], Column(other_name, "id", "", True), reasons)
    if other_name == "other":
        same = pc.fill_null(pc.equal(person, other), False)
        for row in np.flatnonzero(same.to_numpy(zero_copy_only=False)):
            reasons.setdefault(int(row), "other must be somebody else than person")
    metres = _metres(part, rows, context, reasons)
    good = np.array([row for row in range(rows) if row not in reasons], dtype=np.int64)
    at, day, begin, until = _by_day(good, start, end)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "person_a": person.take(at),
        "person_b": other.take(at),
        "day": pa.array(day),
        "metres": pa.array(metres[at], from_pandas=True),
        "x_start": pa.array(begin),
        "x_end": pa.array(until),
        "x_signal": pa.array(np.full(len(at), "signal" in part)),
        "x_place": pa.array(np.full(len(at), other_name == "place")),
        "_line": batch.lines.take(pa.array(at)),
    }
    if "indoors" in part:
        indoors = conform(part["indoors"], Column("indoors", "bool", "", False), reasons)
        columns["indoors"] = indoors.take(at)
    lines = batch.lines.to_pylist()
    told = {lines[row]: reason for row, reason in reasons.items()}
    return Parsed(batch.lines, {"contacts": pa.table(columns)}, batch.rejected, batch.frame, told)


def _metres(
    part: dict[str, pa.ChunkedArray | pa.Array],
    rows: int,
    context: Context,
    reasons: dict[int, str],
) -> NDArray[np.float64]:
    """Metres as they were given, else from the signal; NaN where neither is known."""
    if "metres" in part:
        column = Column("metres", "float", "", False, low=0)
        found = context.conformer.column(part["metres"], column, reasons)
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.float64)
    if "signal" not in part:
        return np.full(rows, np.nan)
    column = Column("signal", "float", "", False)
    given = context.conformer.column(part["signal"], column, reasons)
    signal = np.asarray(given.to_numpy(zero_copy_only=False), dtype=np.float64)
    # Phones say 127, or 0, when they could not measure.
    unknown = (signal >= 0) | (signal < -150)
    if unknown.any():
        context.notes["signals that are no dBm between -150 and 0: metres unknown"] += int(
            unknown.sum()
        )
    return metres_of_signal(np.where(unknown, np.nan, signal))


def _by_day(
    good: NDArray[np.int64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Stretches of the rows `good`, cut at midnight: row, day, beginning and end, seconds."""
    first = np.floor_divide(start[good], DAY)
    last = np.floor_divide(np.maximum(end[good] - 1e-6, start[good]), DAY)
    over = good[last > first]
    at = np.concatenate([good, over])
    day = np.concatenate([first, last[last > first]]).astype(np.int64)
    begin = np.maximum(start[at], day * DAY)
    until = np.minimum(end[at], (day + 1.0) * DAY)
    return at, day, begin, until
