"""`chowk notices`: who is told of a pick-up point, sending it, and what came of it.

A store, a zone or buildings, and pick-up points come in; a preview comes out, and with `send` the
notices go through the hook that the settings name, each once. Nothing that is printed holds a full
address, or where somebody is reached.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

import chowk
from chowk.errors import InputError

from .files import given, lines_of, table_rows
from .output import JSON, columns, emit

if TYPE_CHECKING:
    from chowk.delivery.pickup.people import Person
    from chowk.delivery.pickup.rounds import Asked, Done, Round
    from chowk.store.store import Store

_FILE = click.Path(path_type=Path)
_STORE = click.argument("store", type=_FILE)
_QUIET = re.compile(r"(\d{1,2}:\d{2})-(\d{1,2}:\d{2})")


@click.group("notices")
def notices() -> None:
    """Tell people about their pick-up point, and see whether that helped."""


def _about(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say which round is meant."""
    for option in reversed((
        click.option("--zone", "zones", multiple=True, metavar="PIN[,PIN…]",
                     help="PIN codes, or their first digits."),
        click.option("--buildings", type=_FILE,
                     help="A file with a building a line, perhaps with ', PIN' behind it."),
        click.option("--building", "named", multiple=True, help="One building's name or id."),
        click.option("--points", type=_FILE, help="Pick-up points, in the place of the table."),
        click.option("--addresses", type=_FILE, help="Addresses, in the place of the table."),
        click.option("--people", type=_FILE,
                     help="address_id, and to, language, parcel, consented, opted_out; not kept."),
        click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]),
                     help="The last day at the point."),
        click.option("--stage", type=click.Choice(["ready", "reminder", "last_day", "returned"]),
                     default="ready", show_default=True),
        click.option("--language", help="Of whom none is known; the store's locale if unsaid."),
        click.option("--quiet", default="21:00-9:00", show_default=True,
                     help="When nothing is sent, in the store's time zone."),
        click.option("--hold-back", type=click.FloatRange(0, 1, max_open=True), default=0.1,
                     show_default=True, help="Share that is not told, to compare with."),
    )):  # fmt: skip
        command = option(command)
    return _STORE(command)


@notices.command("preview")
@_about
@JSON
def preview(store: Path, as_json: bool, **words: Any) -> None:
    """Who would be told what, who is held back, and who opted out. Nothing is sent or written."""
    asked, people = _asked(store, words)
    with chowk.open(store) as opened:
        found = _looked(opened, asked, people, words)
    emit(_told(found), as_json, lambda: _tell(found))


@notices.command("send")
@_about
@click.option("--most", type=click.IntRange(1), help="Send no more than so many now.")
@JSON
def send(store: Path, most: int | None, as_json: bool, **words: Any) -> None:
    """Send what is due through the setting notices.hook, each notice once."""
    from chowk.delivery.pickup import rounds
    from chowk.delivery.pickup.hooks import hook_of

    asked, people = _asked(store, words)
    with chowk.open(store) as opened:
        hook = hook_of(opened.settings)
        if hook is None:
            raise InputError(
                "No hook sends notices. Set notices.hook in chowk.toml, or CHOWK_NOTICES_HOOK, to "
                "https://host/path or smtp://user:password@host:587."
            )
        with _desk(opened) as desk:
            found = _looked(opened, asked, people, words, by_id=hook.by_id)
            done = rounds.send(
                opened, found, hook, asked, people=people, opted_out=desk.declined.all(), most=most
            )
            desk.record(
                actor="cli", action="notices.sent", subject=f"notices:{asked.stage}",
                after={**done.counts, "left": done.left},
            )  # fmt: skip
        kept = rounds.states(opened.refresh())
    result = {"sent": done.counts, "left": done.left, "stopped": done.stopped, "states": kept,
              **_told(found)}  # fmt: skip
    emit(result, as_json, lambda: _tell_sent(done, kept, found))
    if done.stopped:
        raise click.exceptions.Exit(1)


@notices.command("report")
@_STORE
@JSON
def report(store: Path, as_json: bool) -> None:
    """Notices by state; sent, opened, used and refused with 95 % intervals, beside those held
    back."""
    from chowk.delivery.pickup import rounds
    from chowk.delivery.pickup.reporting import notice_report, outcomes_of

    with chowk.open(store) as opened:
        kept = rounds.states(opened)
        rows = opened.arrow("notices") if kept else []
        with _desk(opened) as desk:
            shut = len(desk.declined.all())
    said = notice_report(outcomes_of(rows) if kept else [])
    rates = {name: rate._asdict() for name, rate in said.rates().items()}
    result = {"states": kept, "opted_out": shut, "rates": rates,
              "difference": said.difference, "effect": said.effect}  # fmt: skip

    def tell() -> None:
        columns([(state, f"{count:,}") for state, count in kept.items()], ("state", "notices"))
        columns(
            [(name.replace("_", " "), f"{r.hits:,} of {r.of:,}",
              "–" if r.value is None else f"{r.value:.1%}", f"{r.low:.1%} to {r.high:.1%}")
             for name, r in said.rates().items()],
            ("what", "notices", "share", "95 %"),
        )  # fmt: skip
        if said.effect is not None:
            gap, low, high = (100 * part for part in said.effect)
            chance = " That may be chance." if low <= 0 <= high else ""
            click.echo(
                f"Telling changed what is fetched by {gap:+.1f} points ({low:+.1f} to "
                f"{high:+.1f}), of all who were to be told.{chance}"
            )
        click.echo(f"Opted out: {shut:,}.")

    emit(result, as_json, tell)


@notices.command("record")
@_STORE
@click.argument("file", type=_FILE)
@JSON
def record(store: Path, file: Path, as_json: bool) -> None:
    """Keep what became of notices: rows of notice_id, outcome (opened, used, refused), at."""
    from chowk.delivery.pickup import rounds

    given(file)
    rows = []
    for number, row in enumerate(table_rows(file), 1):
        if not row.get("notice_id") or row.get("outcome") not in tuple(rounds.OUTCOMES):
            raise InputError(
                f"Row {number} of {file} needs notice_id, and outcome as one of "
                f"{', '.join(rounds.OUTCOMES)}. Got {row.get('outcome')!r:.40} instead."
            )
        rows.append({**row, "at": _moment(row.get("at"), f"row {number} of {file}")})
    with chowk.open(store) as opened:
        counts = rounds.record(opened, rows)
        with _desk(opened) as desk:
            desk.record(
                actor="cli", action="notices.recorded", subject="notices:outcomes", after=counts
            )
    emit(counts, as_json, lambda: click.echo(
        f"Kept {counts['kept']:,}; {counts['unknown']:,} are of no notice of this store, "
        f"{counts['without_consent']:,} were opened by somebody who did not consent to be asked."
    ))  # fmt: skip


@notices.command("opt-out")
@_STORE
@click.argument("address_id")
@click.option("--back", is_flag=True, help="Take the opt-out back.")
@JSON
def opt_out(store: Path, address_id: str, back: bool, as_json: bool) -> None:
    """Send an address no notices from now on."""
    from chowk.delivery.pickup import rounds

    with chowk.open(store) as opened, _desk(opened) as desk:
        step = desk.declined.remove if back else desk.declined.add
        changed = step(address_id, actor="cli")
        shut = len(desk.declined.all())
        known = rounds.knows(opened, address_id)
    said = "gets notices again" if back else "gets no notices"
    note = "" if known else (
        " No address of this store has this id now: look whether it is typed as in the table."
    )  # fmt: skip
    result = {"changed": changed, "opted_out": shut, "known": known}
    emit(result, as_json, lambda: click.echo(
        f"The address {said}{'' if changed else ', as before'}. Opted out in all: {shut:,}.{note}"
    ))  # fmt: skip


def _desk(store: Store):  # type: ignore[no-untyped-def]
    from chowk.desk import Desk

    return Desk.open(store.settings.text("desk.url") or store.path / "desk.db")


def _asked(store: Path, words: dict[str, Any]) -> tuple[Asked, dict[str, Person]]:
    from chowk.delivery.pickup.people import people_of
    from chowk.delivery.pickup.rounds import Asked, building_of

    given(words["buildings"], words["points"], words["addresses"], words["people"])
    zone = tuple(pin.strip() for one in words["zones"] for pin in one.split(",") if pin.strip())
    lines = [] if words["buildings"] is None else list(lines_of(words["buildings"]))
    named = tuple(building_of(one) for one in (*lines, *words["named"]) if one.strip())
    if not zone and not named:
        raise click.UsageError("Say whom: --zone PIN, --buildings FILE or --building NAME.")
    quiet = _QUIET.fullmatch(words["quiet"].replace(" ", ""))
    try:
        ends = [time.fromisoformat(one.zfill(5)) for one in quiet.groups()] if quiet else []
    except ValueError:
        ends = []
    if len(ends) != 2:
        raise InputError(
            f"--quiet takes two times of the day, as 21:00-9:00. Got {words['quiet']!r} instead."
        )
    people = people_of(list(table_rows(words["people"]))) if words["people"] else {}
    settings = chowk.open(store).settings
    asked = Asked(
        until=words["until"].date(), zone=zone, buildings=named, stage=words["stage"],
        quiet=(ends[0], ends[1]), hold_back=words["hold_back"],
        language=words["language"] or settings.text("locale"),
    )  # fmt: skip
    return asked, people


def _looked(
    store: Store, asked: Asked, people: dict[str, Person], words: dict[str, Any], *,
    by_id: bool = True,
) -> Round:  # fmt: skip
    from chowk.delivery.pickup.rounds import look

    at = datetime.now(ZoneInfo(store.settings.text("time_zone")))
    files = {name: list(table_rows(words[name])) for name in ("points", "addresses") if words[name]}
    with _desk(store) as desk:
        shut = desk.declined.all()
    return look(store, asked, at=at, people=people, opted_out=shut, by_id=by_id, **files)


def _moment(value: Any, place: str) -> datetime:
    if value is None or value == "":
        return datetime.now(UTC)
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InputError(
            f"'at' of {place} must be a time with a zone, such as 2026-11-08T18:30:00+05:30. Got "
            f"{str(value)[:40]!r} instead."
        )
    return found


def _told(found: Round) -> dict[str, Any]:
    return {
        "counts": found.counts(),
        "unknown_buildings": list(found.unknown),
        "unknown_people": found.strangers,
        "points": [
            dict(zip(("point_id", "name", "notices", "farthest_km"), row, strict=True))
            for row in found.points()
        ],
        "texts": [
            {"language": language, "notices": count, "subject": first.subject, "text": first.text}
            for language, count, first in found.words()
        ],
        "send_at": found.notices[0].send_at.isoformat() if found.notices else None,
    }


def _tell(found: Round) -> None:
    counts = found.counts()
    columns([(n.replace("_", " "), f"{c:,}") for n, c in counts.items()], ("addresses", ""))
    if not counts["concerned"]:
        click.echo("Nobody is concerned: no address has such a PIN code or such a building.")
    _tell_unknown(found)
    columns(
        [(one, name, f"{count:,}", "" if far is None else f"{far:.1f} km")
         for one, name, count, far in found.points()],
        ("point", "name", "notices", "farthest"),
    )  # fmt: skip
    for language, count, first in found.words():
        click.echo(f"\n{language} ({count:,}): {first.subject}\n  {first.text}")
    if found.notices:
        click.echo(f"\nDue at {found.notices[0].send_at:%Y-%m-%d %H:%M %Z}.")


def _tell_unknown(found: Round) -> None:
    for name in found.unknown:
        click.echo(f"No address names the building {name!r}.")
    if found.strangers:
        click.echo(f"{found.strangers:,} ids of --people are of no address: they were passed over.")


def _tell_sent(done: Done, kept: dict[str, int], found: Round) -> None:
    _tell_unknown(found)
    said = ", ".join(f"{c:,} {n.replace('_', ' ')}" for n, c in done.counts.items()) or "nothing"
    click.echo(f"Now: {said}. {done.left:,} are left to send.")
    if done.stopped:
        click.echo(done.stopped, err=True)
    columns([(state, f"{count:,}") for state, count in kept.items()], ("state", "notices"))
