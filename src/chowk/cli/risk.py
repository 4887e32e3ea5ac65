"""`chowk risk CONTACTS TESTS`: who is likely infected, from two files and without a store."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import click

from chowk.errors import InputError, parameter

from .files import given
from .output import JSON, emit, progress
from .risk_files import column_of, daily, date_of, last_day, on_days, read, recent, stays

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
    type=click.Path(path_type=Path),
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
    "--present",
    type=_FILE,
    help="A file of those who joined late or left early: person, first_day, last_day.",
)
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
    present: Path | None,
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
    given(contacts, tests, present, key_file)
    from chowk.health import Crisp, MixingWarning, infectors, pseudonyms, today, unrecorded
    from chowk.health.advice import day_named

    raw, results = read(contacts, mapping), read(tests, mapping)
    met, tested, begin = on_days(daily(raw, results, every), results)
    zero = 0 if begin is None else begin
    if retention_days is not None:
        met, tested, dropped = recent(met, tested, retention_days)
        zero += dropped
        begin = None if begin is None else zero
    people = sorted(
        {
            str(one)
            for table, names in ((met, ("person_a", "person_b")), (tested, ("person",)))
            for name in names
            for one in column_of(table, name).unique().to_pylist()
            if one is not None
        }
    )
    if not people:
        raise InputError("There is nobody in these files. Give at least one contact or test.")
    days = 1 + max((last_day(table) for table in (met, tested)), default=0)
    there = None
    if present is not None:
        there = stays(read(present, mapping), set(people), days, zero, dated=begin is not None)
        people = sorted({*people, *(person for person, _, _ in there)})
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
            present=there,
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
    when = {} if begin is None else {"date": date_of(begin, at)}
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
        if row[0] == row[0]  # whoever is not there on the day has no risk to tell
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
        when=day_named if begin is None else lambda day: date_of(begin, day),
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
        "away": len(people) - len(lines),
        "engine": crisp.engine,
    }
    emit(result, as_json, lambda: _lines([*lines, *advice, *found]))


def _lines(lines: list[dict[str, Any]]) -> None:
    import msgspec

    for line in lines:
        click.echo(msgspec.json.encode(line).decode())
