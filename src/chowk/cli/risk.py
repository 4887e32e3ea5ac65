"""`chowk risk CONTACTS TESTS`: who is likely infected, from two files and without a store."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from chowk.errors import ImportFormatError, InputError, parameter

from .output import JSON, emit, progress

_FILE = click.Path(path_type=Path, allow_dash=True)


@click.command("risk")
@click.argument("contacts", type=_FILE)
@click.argument("tests", type=_FILE)
@click.option("mapping", "--map", multiple=True, metavar="column=COLUMN")
@click.option("--day", type=int, help="Risk on this day; the last one if unsaid.")
@click.option("--p0", type=float, default=1e-3, show_default=True, help="From outside, a day.")
@click.option("--p1", type=float, default=0.025, show_default=True, help="A contact.")
@click.option("--false-negative-rate", type=float, default=0.001, show_default=True)
@click.option("--false-positive-rate", type=float, default=0.01, show_default=True)
@click.option("--samples", type=int, default=400, show_default=True)
@click.option("--burn-in", type=int, default=50, show_default=True)
@click.option("--pair-moves", type=float, default=0.0, help="Joint moves of pairs, a person.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("capacity", "--tests", type=int, default=0, help="How many can be tested today.")
@click.option("--places", type=int, default=0, help="How many can be in quarantine.")
@click.option("--threshold", type=float, default=0.3, show_default=True, help="To quarantine.")
@click.option("quarantined", "--quarantined", multiple=True, help="Who is in quarantine now.")
@click.option(
    "--by", type=click.Choice(["risk", "information"]), default="risk", help="Whom to test first."
)
@click.option(
    "--pseudonyms",
    "key_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Print pseudonyms made with the key in this file in place of ids.",
)
@click.option(
    "--sources", "asked", multiple=True, metavar="PERSON", help="Who may have infected this person."
)
@click.option(
    "--every",
    type=float,
    default=20.0,
    show_default=True,
    help="Seconds that one raw proximity record stands for.",
)
@click.option("--retention-days", type=int, help="Read only the last so many days.")
@click.option(
    "--missing",
    type=float,
    default=0.0,
    help="Share of people who carry no phone: their contacts stand in no record.",
)
@click.option(
    "--prevalence",
    type=float,
    default=0.01,
    show_default=True,
    help="Share of the unrecorded who are infectious, with --missing.",
)
@JSON
def risk(
    contacts: Path,
    tests: Path,
    mapping: tuple[str, ...],
    day: int | None,
    p0: float,
    p1: float,
    false_negative_rate: float,
    false_positive_rate: float,
    samples: int,
    burn_in: int,
    pair_moves: float,
    seed: int,
    capacity: int,
    places: int,
    threshold: float,
    quarantined: tuple[str, ...],
    by: Any,
    key_file: Path | None,
    asked: tuple[str, ...],
    every: float,
    retention_days: int | None,
    missing: float,
    prevalence: float,
    as_json: bool,
) -> None:
    """Print everybody's risk of infection as JSON lines, the highest first.

    CONTACTS has the columns person_a, person_b, day and perhaps count or minutes (then a quarter of
    an hour is one contact); or raw proximity records: t (seconds), a, b and perhaps signal (dBm),
    one every --every seconds. TESTS has person, day and positive. CSV, Parquet and JSON lines are
    read ("-" is JSON lines from standard input); a day is a number or a date. With --tests and
    --places, the lists of whom to test, quarantine and release follow, each line with its reason.
    Nothing leaves this machine.
    """
    from chowk.health import Crisp, MixingWarning, infectors, pseudonyms, today, unrecorded

    raw, results = _read(contacts, mapping), _read(tests, mapping)
    met, tested, begin = _on_days(_daily(raw, results, every), results)
    if retention_days is not None:
        met, tested, begin = _recent(met, tested, begin, retention_days)
    people = sorted(
        {
            str(one)
            for table, names in ((met, ("person_a", "person_b")), (tested, ("person",)))
            for name in names
            for one in _column(table, name).unique().to_pylist()
            if one is not None
        }
    )
    if not people:
        raise InputError("There is nobody in these files. Give at least one contact or test.")
    days = 1 + max((_last(table) for table in (met, tested)), default=0)
    if day is not None and not 0 <= day < days:
        raise parameter("risk", "day", f"a day from 0 to {days - 1}", day)
    at = days - 1 if day is None else day
    with progress(as_json) as show:
        show("reading", 0.1)
        unseen = None
        if missing and len(met):
            unseen = unrecorded(met, p1=p1, prevalence=prevalence, share_missing=missing)
        crisp = Crisp(
            people,
            days,
            met,
            tested,
            p0=p0,
            p1=p1,
            false_negative_rate=false_negative_rate,
            false_positive_rate=false_positive_rate,
            unobserved=unseen,
        )
        show("sampling", 0.3)
        drawn = crisp.sample(samples, burn_in=burn_in, seed=seed, pair_moves=pair_moves)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MixingWarning)
        judged = drawn.diagnostics()
    shown = {one: one for one in people}
    if key_file is not None:
        key = key_file.read_bytes().strip()
        shown = dict(zip(people, pseudonyms(people, key), strict=True))
    if judged.warning:
        # Ids are for standard output alone: standard error goes to logs.
        click.echo(
            f"chowk: mixing is slow for {len(judged.slow)} of {len(people)} people. Take more "
            "--samples and a longer --burn-in, or --pair-moves 1.",
            err=True,
        )
    chance = drawn.marginals()[:, at]
    when = {} if begin is None else {"date": _date(begin, at)}
    lines: list[dict[str, Any]] = [
        {
            "person": shown[people[code]],
            "day": at,
            **when,
            "risk": round(float(row[1] + row[2]), 4),
            **{
                name: round(float(p), 4)
                for name, p in zip(
                    ("susceptible", "exposed", "infectious", "recovered"), row, strict=True
                )
            },
        }
        for code, row in enumerate(chance)
    ]
    lines.sort(key=lambda line: (-line["risk"], line["person"]))
    lists = today(
        crisp,
        drawn,
        tests=capacity,
        places=places,
        threshold=threshold,
        quarantined=quarantined,
        by=by,
        day=at,
        name=shown.__getitem__,
    )
    advice = [
        {
            "action": a.action,
            "person": shown[a.person],
            "risk": round(a.risk, 4),
            "reason": a.reason,
        }
        for a in (*lists.tests, *lists.quarantine)
    ]
    found = [
        {
            "infected": shown[one],
            "by": shown.get(source.person, source.person),
            "probability": round(source.probability, 4),
            "day": source.day,
        }
        for one in asked
        for source in infectors(crisp, drawn, one)
    ]
    result = {
        "people": lines,
        "sources": found,
        "advice": advice,
        "day": at,
        "days": days,
        "contacts": len(crisp.contacts),
        "tests": len(crisp.tests),
        "samples": samples,
        "slow": [shown[one] for one in judged.slow],
        "engine": crisp.engine,
    }
    emit(result, as_json, lambda: _lines([*lines, *advice, *found]))


def _recent(met: Any, tested: Any, begin: int | None, days: int) -> tuple[Any, Any, int | None]:
    """Both tables without what is older than `days` days, and the new day 0."""
    import pyarrow.compute as pc

    from chowk.health import kept

    last = max(_last(table) for table in (met, tested))
    first = max(last - days + 1, 0)
    tables = []
    for table in (kept(table, today=last, retention_days=days) for table in (met, tested)):
        at = table.column_names.index("day")
        tables.append(table.set_column(at, "day", pc.subtract(table["day"], first)))
    return tables[0], tables[1], None if begin is None else begin + first


def _lines(lines: list[dict[str, Any]]) -> None:
    import msgspec

    for line in lines:
        click.echo(msgspec.json.encode(line).decode())


def _read(path: Path, mapping: tuple[str, ...]) -> Any:
    """A file as an Arrow table, its columns renamed as the maps say."""
    import io

    import pyarrow as pa
    from pyarrow import csv, json, parquet

    from chowk.store.importing.source import existing

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
            tab = kind.endswith((".tsv", ".tab"))
            table = csv.read_csv(
                str(path), parse_options=csv.ParseOptions(delimiter="\t" if tab else ",")
            )
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ImportFormatError(f"{path} cannot be read: {error}.") from None
    named: Mapping[str, str] = {}
    for entry in mapping:
        column, equals, theirs = entry.partition("=")
        if not equals:
            raise InputError(f"--map takes column=COLUMN. Got {entry!r} instead.")
        named = {**named, theirs: column}
    return table.rename_columns([named.get(name, name) for name in table.column_names])


def _daily(given: Any, tests: Any, every: float) -> Any:
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


def _column(table: Any, name: str) -> Any:
    from chowk.health.records import column

    return column(table, name, "contacts" if name != "person" else "tests")


def _on_days(met: Any, tested: Any) -> tuple[Any, Any, int | None]:
    """Both tables with days as numbers, people as text; and the date of day 0 where dates came."""
    import pyarrow as pa
    import pyarrow.compute as pc

    tables = []
    for table, name in ((met, "contacts"), (tested, "tests")):
        if "day" not in table.column_names:
            raise InputError(f"{name}: the column 'day' is missing. Name it with --map day=COLUMN.")
        values = table["day"]
        if pa.types.is_string(values.type) or pa.types.is_timestamp(values.type):
            try:
                values = values.cast(pa.date32())
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                try:
                    values = values.cast(pa.timestamp("s")).cast(pa.date32(), safe=False)
                except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                    raise InputError(
                        f"{name}: day must be numbers from 0, or dates like 2026-11-20."
                    ) from None
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


def _last(table: Any) -> int:
    import pyarrow.compute as pc

    found = pc.max(table["day"]).as_py()
    return 0 if found is None or found != found else max(int(found), 0)


def _date(begin: int, day: int) -> str:
    from datetime import date, timedelta

    return (date(1970, 1, 1) + timedelta(days=begin + day)).isoformat()
