"""`pickup_notices`: from a zone or some buildings to the notices that their people should get.

In go addresses, pick-up points, and what is locked or quarantined; out comes one notice an address:
the nearest point, words in the customer's language, a time outside the quiet hours, and a key by
which nothing is sent twice. A drawn share is held back, so that the effect can be told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from numbers import Real
from typing import Any

from chowk.delivery.addresses.joining import wing_of
from chowk.delivery.addresses.parser import AddressParser
from chowk.delivery.addresses.register import BuildingRegister
from chowk.errors import InputError, parameter
from chowk.store.frames import arrow_table

from .points import Point, nearest, pin_of
from .wording import STAGES, Stage, spoken, worded


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice about a parcel at a pick-up point.

    `notice_id` is the idempotency key: the same address, point, stage and parcel give the same one.
    `held_back` notices are not sent; they are the group that the others are compared with.
    `kilometres` is the distance from the address's PIN to the point, None where it is not known.
    """

    notice_id: str
    address_id: str
    point_id: str
    stage: Stage
    language: str
    subject: str
    text: str
    send_at: datetime
    held_back: bool
    kilometres: float | None


def pickup_notices(
    addresses: Any,
    points: Any,
    *,
    zone: Collection[str] | None = None,
    buildings: Collection[str | tuple[str, str]] | None = None,
    at: datetime,
    until: date,
    stage: Stage = "ready",
    parcels: Mapping[str, str] | None = None,
    languages: Mapping[str, str] | None = None,
    opted_out: Iterable[str] | None = None,
    already: Iterable[str] | None = None,
    quiet: tuple[time, time] = (time(21, 0), time(9, 0)),
    hold_back: float = 0.1,
    seed: int = 0,
    register: BuildingRegister | None = None,
) -> list[Notice]:
    """The notices for the people of a zone or of some buildings.

    Parameters
    ----------
    addresses : the addresses table: address_id, text, perhaps postcode and `language`.
    points : the pickup_points table: point_id, name, latitude and longitude, or postcode.
    zone : PIN codes, or their first digits; `buildings` : ids of the register, names in any
        spelling, or pairs of a name and its PIN code (a name alone is taken in every PIN code).
        A building is all of its wings; a name with a wing (`Sai Krupa, B Wing`) leaves out those
        who live in another one.
        One of the two at least; with both, an address is taken that is in either.
    at : now, with a zone; quiet hours are in this zone. `until` : the last day at the point.
    stage : `ready`, `reminder`, `last_day` or `returned`. What is said on the last day is sent on
        that day; `ready` and `reminder` go out by then.
    parcels : the parcel's own id by address_id, a part of the key; `languages` : BCP 47 by
        address_id.
    opted_out : address_ids that get nothing; `already` : keys that went out before.
    quiet : from when to when nothing is sent; it may run over midnight.
    hold_back : share in [0, 1) of addresses that are not told, drawn by address and `seed`.

    Raises
    ------
    InputError : no zone and no buildings, no points, a column is missing, or the last day is over
        before anything may be sent.

    Examples
    --------
    >>> from datetime import timezone
    >>> notices = pickup_notices(
    ...     [{"address_id": "a", "text": "Flat 2, Sai Krupa Apartments, Baner, Pune 411045"}],
    ...     [{"point_id": "p", "name": "Corner Shop", "postcode": "411045"}], zone=["411045"],
    ...     at=datetime(2026, 5, 1, 12, tzinfo=timezone.utc), until=date(2026, 5, 3), hold_back=0)
    >>> notices[0].text
    'Your parcel waits at Corner Shop. Please fetch it by 3 May.'
    """
    if zone is None and buildings is None:
        raise InputError("pickup_notices needs 'zone' (PIN codes) or 'buildings' (names).")
    if stage not in STAGES:
        raise parameter("pickup_notices", "stage", f"one of {', '.join(STAGES)}", stage)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise parameter("pickup_notices", "at", "a datetime with a time zone", at)
    if not isinstance(hold_back, Real) or not 0 <= hold_back < 1:
        raise parameter("pickup_notices", "hold_back", "a number in [0, 1)", hold_back)
    send_at = _due(at, until, stage, quiet)
    starts = tuple(_starts(zone))
    named = _many("buildings", buildings)
    shut = {str(one) for one in _many("opted_out", opted_out)}
    sent = {str(one) for one in _many("already", already)}
    rows = _rows(addresses, ("address_id", "text"), "addresses")
    listed = _rows(points, ("point_id", "name"), "points")
    places = [Point.of(row, number) for number, row in enumerate(listed)]
    if not places:
        raise InputError("pickup_notices got no pick-up points. Give it at least one.")
    concerned = _concerned(rows, starts, named, register)
    notices = []
    for row, pin in concerned:
        address_id = str(row["address_id"])
        if address_id in shut:
            continue
        point, distance = nearest(pin, places)
        parcel = str((parcels or {}).get(address_id, ""))
        notice_id = key_of(address_id, point.point_id, stage, parcel)
        if notice_id in sent:
            continue
        sent.add(notice_id)
        language = str((languages or {}).get(address_id) or row.get("language") or "en")
        shown = f"{until.day} {until:%b}" if spoken(language) == "en" else f"{until:%d/%m}"
        subject, text = worded(stage, language, point.name, shown)
        draw = int(hashlib.sha256(f"{seed}:{address_id}".encode()).hexdigest()[:12], 16) / 16**12
        notices.append(
            Notice(notice_id, address_id, point.point_id, stage, language, subject, text, send_at,
                   draw < hold_back, distance)
        )  # fmt: skip
    return notices


def key_of(address_id: str, point_id: str, stage: str, parcel: str = "") -> str:
    """The idempotency key of a notice: 32 hex digits.

    >>> key_of("a", "p", "ready") == key_of("a", "p", "ready") != key_of("a", "p", "reminder")
    True
    """
    joined = "\x1f".join((address_id, point_id, stage, parcel))
    return hashlib.sha256(joined.encode()).hexdigest()[:32]


def after_quiet(at: datetime, quiet: tuple[time, time]) -> datetime:
    """`at`, or the end of the quiet hours that it falls into; equal ends mean no quiet hours.

    >>> after_quiet(datetime(2026, 5, 1, 23, 30), (time(21), time(9)))
    datetime.datetime(2026, 5, 2, 9, 0)
    """
    start, stop = quiet
    now = at.timetz().replace(tzinfo=None)
    if start == stop:
        return at
    over_midnight = start > stop
    inside = now >= start or now < stop if over_midnight else start <= now < stop
    if not inside:
        return at
    day = at.date() + timedelta(days=1) if over_midnight and now >= start else at.date()
    return datetime.combine(day, stop, tzinfo=at.tzinfo)


def _due(at: datetime, until: date, stage: Stage, quiet: tuple[time, time]) -> datetime:
    """When to send: outside the quiet hours, and on a day on which the words are true."""
    if not isinstance(until, date):
        raise parameter("pickup_notices", "until", "a date", until)
    pair = isinstance(quiet, tuple | list) and len(quiet) == 2
    if not pair or not all(isinstance(end, time) and end.tzinfo is None for end in quiet):
        raise parameter("pickup_notices", "quiet", "two times of the day without a zone", quiet)
    last = until.date() if isinstance(until, datetime) else until
    if stage == "last_day" and at.date() < last:
        at = datetime.combine(last, time(0), tzinfo=at.tzinfo)
    due = after_quiet(at, quiet)
    if stage != "returned" and due.date() > last:
        raise InputError(
            f"pickup_notices: the last day, {last}, is over before a notice may be sent: {due}. "
            "Give a later 'until', an earlier 'at', shorter 'quiet' hours, or stage='returned'."
        )
    return due


def _many(name: str, given: Any) -> list[Any]:
    """The members of a list, none of None; a single text would be its letters."""
    if given is None:
        return []
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise parameter("pickup_notices", name, "a list", given)
    return list(given)


def _starts(zone: Any) -> Iterable[str]:
    for one in _many("zone", zone):
        pin = pin_of(one)
        if not pin:
            raise parameter("pickup_notices", "zone", "a list of PIN codes or first digits", zone)
        yield pin


def _concerned(
    rows: Sequence[Mapping[str, Any]],
    starts: tuple[str, ...],
    buildings: Sequence[Any],
    register: BuildingRegister | None,
) -> Iterable[tuple[Mapping[str, Any], str]]:
    parser = AddressParser.load("in")
    wanted: set[str] = set()
    if buildings:
        if register is None:
            ids = [str(row["address_id"]) for row in rows]
            register = BuildingRegister.of(ids, [row["text"] for row in rows], parser=parser)
        for one in buildings:
            name, pin = one if isinstance(one, tuple | list) and len(one) == 2 else (one, None)
            lived: set[str] = set()
            for building in register.find(str(name), None if pin is None else pin_of(pin)):
                lived.update(building.address_ids)
            wing = wing_of(str(name))
            wanted |= lived if not wing else {
                address_id for row in rows
                if (address_id := str(row["address_id"])) in lived
                and wing_of(row["text"] or "") in ("", wing)
            }  # fmt: skip
    told = [pin_of(row.get("postcode")) for row in rows]
    # Only a text that has to say its PIN code itself is read for it.
    asked = [
        at for at, row in enumerate(rows)
        if not told[at] and (starts or str(row["address_id"]) in wanted)
    ]  # fmt: skip
    for at, parts in zip(asked, parser.parse_many([rows[at]["text"] for at in asked]), strict=True):
        told[at] = pin_of(next((part.value for part in parts if part.label == "PINCODE"), ""))
    for row, pin in zip(rows, told, strict=True):
        if str(row["address_id"]) in wanted or (starts and pin.startswith(starts)):
            yield row, pin


def _rows(data: Any, needed: Sequence[str], what: str) -> list[dict[str, Any]]:
    table = arrow_table(data, f"pickup_notices ({what})")
    for column in needed:
        if column not in table.column_names and table.num_rows:
            raise InputError(
                f"pickup_notices: {what} needs the column {column!r}. Got {table.column_names}."
            )
    rows: list[dict[str, Any]] = table.to_pylist()
    for number, row in enumerate(rows):
        if row[needed[0]] is None:
            raise InputError(
                f"pickup_notices: {needed[0]} of {what} must be given. Got None in row {number} "
                "instead. Give every row its id."
            )
    return rows
