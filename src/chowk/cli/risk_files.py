"""The files of `chowk risk`: contacts, tests and stays, their days counted alike.

In go CSV, Parquet or JSON lines, with days as numbers or dates; out come Arrow tables whose day 0
is the first that came, people as text, and the stays of those who were not there all the time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chowk.errors import ImportFormatError, InputError


def recent(met: Any, tested: Any, days: int) -> tuple[Any, Any, int]:
    """Both tables without what is older than `days` days, and how many days fell away."""
    import pyarrow.compute as pc

    from chowk.health import kept

    last = max(last_day(table) for table in (met, tested))
    first = max(last - days + 1, 0)
    tables = []
    for table in (kept(table, today=last, retention_days=days) for table in (met, tested)):
        at = table.column_names.index("day")
        tables.append(table.set_column(at, "day", pc.subtract(table["day"], first)))
    return tables[0], tables[1], first


def stays(
    table: Any, named: set[str], days: int, zero: int, *, dated: bool
) -> list[tuple[str, int, int]]:
    """Rows (person, first_day, last_day) within the days that are read; an empty day is open."""
    import pyarrow as pa

    ends = []
    for name in ("person", "first_day", "last_day"):
        if name not in table.column_names:
            raise InputError(
                f"present: the column {name!r} is missing. Name it with --map {name}=COLUMN."
            )
        if name != "person":
            values = table[name]
            if values.null_count < len(values):
                values = dates(values, f"present: {name}")
                if pa.types.is_date(values.type) != dated:
                    rule = "dates" if dated else "numbers of days"
                    raise InputError(
                        f"present: {name} must be {rule}, as days are in the other files."
                    )
                if not pa.types.is_date(values.type) and not pa.types.is_integer(values.type):
                    raise InputError(f"present: {name} must be whole numbers, or dates.")
                values = values.cast(pa.int32())
            ends.append(values.to_pylist())
    found = []
    rows = zip(table["person"].cast(pa.string()).to_pylist(), *ends, strict=True)
    for row, (person, first, last) in enumerate(rows):
        if not person:
            raise InputError(f"present: row {row}: person is missing. Give the id.")
        first = 0 if first is None else first - zero
        last = days - 1 if last is None else last - zero
        if last < first:
            raise InputError(f"present: row {row}: last_day must be on or after first_day.")
        if last < 0 or first >= days:
            if person in named:
                raise InputError(
                    f"present: row {row}: somebody with contacts or tests is there on none of the "
                    f"{days} days that are read. Correct the row, or leave it out."
                )
            continue
        found.append((person, max(first, 0), min(last, days - 1)))
    return found


def read(path: Path, mapping: tuple[str, ...]) -> Any:
    """A file as an Arrow table, its columns renamed as the maps say."""
    import io

    import pyarrow as pa
    from pyarrow import csv, json, parquet

    from chowk.store.importing.delimited import delimiter_of
    from chowk.store.importing.source import encoding_of, existing

    kind = path.name.lower()
    if str(path) != "-":
        existing(path)
    try:
        if str(path) == "-":
            text = sys.stdin.buffer.read()
            table = json.read_json(io.BytesIO(text)) if text.strip() else pa.table({})
        elif kind.endswith(".parquet"):
            table = parquet.read_table(path)
        elif kind.endswith((".jsonl", ".ndjson", ".json")):
            table = json.read_json(str(path))
        else:
            mark = delimiter_of(path, encoding_of(path))
            table = csv.read_csv(str(path), parse_options=csv.ParseOptions(delimiter=mark))
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ImportFormatError(f"{path} cannot be read: {error}.") from None
    named: Mapping[str, str] = {}
    for entry in mapping:
        column, equals, theirs = entry.partition("=")
        if not equals:
            raise InputError(f"--map takes column=COLUMN. Got {entry!r} instead.")
        named = {**named, theirs: column}
    return table.rename_columns([named.get(name, name) for name in table.column_names])


def daily(given: Any, tests: Any, every: float) -> Any:
    """Contacts with their counts; raw proximity records become such first.

    Their days are dates where the tests have dates, and numbers from the first record's midnight
    where the tests have numbers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from chowk.health.proximity import daily_contacts, in_quarters

    names = set(given.column_names)
    if {"t", "a", "b"} <= names and "person_a" not in names:
        met = daily_contacts(given, every_seconds=every)
        dated = "day" in tests.column_names and not pa.types.is_integer(tests["day"].type)
        if dated and len(met):
            first = int(pc.min(given["t"]).as_py()) // 86_400
            days = pc.add(met["day"], first).cast(pa.int32()).cast(pa.date32())
            met = met.set_column(met.column_names.index("day"), "day", days)
        given = met
    for name in ("person_a", "person_b", "day"):
        if name not in given.column_names:
            return given  # what is missing is said where it is read
    return in_quarters(given)


def column_of(table: Any, name: str) -> Any:
    """A column of contacts or tests; InputError when it is missing."""
    from chowk.health.records import column

    return column(table, name, "contacts" if name != "person" else "tests")


def on_days(met: Any, tested: Any) -> tuple[Any, Any, int | None]:
    """Both tables with days as numbers, people as text; and the date of day 0 where dates came."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tables = []
    for table, name in ((met, "contacts"), (tested, "tests")):
        if "day" not in table.column_names:
            raise InputError(f"{name}: the column 'day' is missing. Name it with --map day=COLUMN.")
        values = dates(table["day"], f"{name}: day")
        for person in ("person_a", "person_b", "person"):
            if person in table.column_names:
                at = table.column_names.index(person)
                table = table.set_column(at, person, table[person].cast(pa.string()))
        tables.append(table.set_column(table.column_names.index("day"), "day", values))
    dated = [pa.types.is_date(table["day"].type) for table in tables if len(table)]
    if any(dated) and not all(dated):
        raise InputError("One file has dates and the other has numbers of days. Give both alike.")
    if not any(dated):
        return tables[0], tables[1], None
    numbers = [table["day"].cast(pa.int32()) for table in tables]
    begin = min(pc.min(days).as_py() for days in numbers if len(days))
    first, second = (
        table.set_column(table.column_names.index("day"), "day", pc.subtract(days, begin))
        for table, days in zip(tables, numbers, strict=True)
    )
    return first, second, begin


def dates(values: Any, what: str) -> Any:
    """Text and times as dates; numbers as they are."""
    import pyarrow as pa

    if not (pa.types.is_string(values.type) or pa.types.is_timestamp(values.type)):
        return values
    try:
        return values.cast(pa.date32())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        try:
            return values.cast(pa.timestamp("s")).cast(pa.date32(), safe=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise InputError(f"{what} must be numbers from 0, or dates like 2026-11-20.") from None


def last_day(table: Any) -> int:
    """The last day that stands in a table; 0 in an empty one."""
    import pyarrow.compute as pc

    found = pc.max(table["day"]).as_py()
    return 0 if found is None or found != found else max(int(found), 0)


def date_of(begin: int, day: int) -> str:
    """The date of a day, for day 0 that is `begin` days after 1970-01-01."""
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=begin + day)).isoformat()
