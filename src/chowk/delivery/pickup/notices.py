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
from typing import Any

from chowk.delivery.addresses.gazetteer import Place, india, kilometres
from chowk.delivery.addresses.parser import AddressParser
from chowk.delivery.addresses.register import BuildingRegister
from chowk.errors import InputError, parameter
from chowk.store.frames import arrow_table

from .wording import STAGES, Stage, worded


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
    buildings: Collection[str] | None = None,
    at: datetime,
    until: date,
    stage: Stage = "ready",
    parcels: Mapping[str, str] | None = None,
    languages: Mapping[str, str] | None = None,
    opted_out: Collection[str] = (),
    already: Collection[str] = (),
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
    zone : PIN codes, or their first digits; `buildings` : ids of the register, or names. One of
        the two at least; with both, an address is taken that is in either.
    at : now, with a zone; quiet hours are in this zone. `until` : the last day at the point.
    stage : `ready`, `reminder`, `last_day` or `returned`.
    parcels : the parcel's own id by address_id, a part of the key; `languages` : BCP 47 by
        address_id.
    opted_out : address_ids that get nothing; `already` : keys that went out before.
    quiet : from when to when nothing is sent; it may run over midnight.
    hold_back : share in [0, 1) of addresses that are not told, drawn by address and `seed`.

    Raises
    ------
    InputError : no zone and no buildings, no points, or a column is missing.

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
    if not 0 <= hold_back < 1:
        raise parameter("pickup_notices", "hold_back", "a number in [0, 1)", hold_back)
    rows = _rows(addresses, ("address_id", "text"), "addresses")
    places = [_Point.of(row) for row in _rows(points, ("point_id", "name"), "points")]
    if not places:
        raise InputError("pickup_notices got no pick-up points. Give it at least one.")
    concerned = _concerned(rows, zone, buildings, register)
    send_at = after_quiet(at, quiet)
    shut = {str(one) for one in opted_out}
    sent = {str(one) for one in already}
    notices = []
    for row, pin in concerned:
        address_id = str(row["address_id"])
        if address_id in shut:
            continue
        point, distance = nearest(pin, places)
        parcel = (parcels or {}).get(address_id, "")
        notice_id = key_of(address_id, point.point_id, stage, parcel)
        if notice_id in sent:
            continue
        sent.add(notice_id)
        language = str((languages or {}).get(address_id) or row.get("language") or "en")
        shown = f"{until.day} {until:%b}" if language.startswith("en") else f"{until:%d/%m}"
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


@dataclass(frozen=True, slots=True)
class _Point:
    point_id: str
    name: str
    postcode: str
    at: tuple[float, float] | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> _Point:
        latitude, longitude = row.get("latitude"), row.get("longitude")
        pin = str(row.get("postcode") or "")
        if latitude is not None and longitude is not None:
            where: tuple[float, float] | None = (float(latitude), float(longitude))
        else:
            where = _position(pin)
        return cls(str(row["point_id"]), str(row["name"]), pin, where)


def _position(pin: str) -> tuple[float, float] | None:
    place: Place | None = india().near(pin)
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


def nearest(pin: str, points: Sequence[_Point]) -> tuple[_Point, float | None]:
    """The point nearest to a PIN code; one in the same PIN wins, then distance, then the id."""
    here = _position(pin)

    def distance(point: _Point) -> float | None:
        return None if here is None or point.at is None else kilometres(here, point.at)

    def order(point: _Point) -> tuple[bool, float, int, str]:
        apart = distance(point)
        shared = next((n for n in range(6, 0, -1) if point.postcode[:n] == pin[:n]), 0)
        return (
            not (pin and point.postcode == pin),
            float("inf") if apart is None else apart,
            -shared,
            point.point_id,
        )

    best = min(points, key=order)
    return best, distance(best)


def _concerned(
    rows: Sequence[Mapping[str, Any]],
    zone: Collection[str] | None,
    buildings: Collection[str] | None,
    register: BuildingRegister | None,
) -> Iterable[tuple[Mapping[str, Any], str]]:
    parser = AddressParser.load("in")
    parsed = parser.parse_many([str(row["text"]) for row in rows])
    pins = []
    for row, parts in zip(rows, parsed, strict=True):
        pin = next((part.value for part in parts if part.label == "PINCODE"), "")
        pins.append(str(row.get("postcode") or "".join(pin.split())))
    wanted: set[str] = set()
    if buildings is not None:
        ids = [str(row["address_id"]) for row in rows]
        known = register or BuildingRegister.of(ids, [""] * len(rows), parsed=parsed)
        for name in buildings:
            for building in known.find(str(name)):
                wanted.update(building.address_ids)
    starts = tuple(str(one) for one in zone) if zone is not None else ()
    for row, pin in zip(rows, pins, strict=True):
        if str(row["address_id"]) in wanted or (starts and pin and pin.startswith(starts)):
            yield row, pin


def _rows(data: Any, needed: Sequence[str], what: str) -> list[dict[str, Any]]:
    table = arrow_table(data, f"pickup_notices ({what})")
    for column in needed:
        if column not in table.column_names and table.num_rows:
            raise InputError(
                f"pickup_notices: {what} needs the column {column!r}. Got {table.column_names}."
            )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
