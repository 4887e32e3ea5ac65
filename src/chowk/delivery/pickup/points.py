"""Pick-up points: where each is, and which is nearest to a PIN code.

In go rows of the table `pickup_points`; out comes the nearest point and how far it is. PIN codes
are compared as digits, however they were typed: `४११०४५`, `411 045`, and 411045.0, which is what
a frame makes of a column of numbers with a gap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chowk.delivery.addresses.gazetteer import Place, india, kilometres
from chowk.delivery.addresses.tokens import folded
from chowk.errors import InputError


@dataclass(frozen=True, slots=True)
class Point:
    """A pick-up point; `at` is latitude and longitude, None where neither is known."""

    point_id: str
    name: str
    postcode: str
    at: tuple[float, float] | None

    @classmethod
    def of(cls, row: Mapping[str, Any], number: int) -> Point:
        """A point from row `number` of the table; InputError where it breaks a rule."""
        for column in ("point_id", "name"):
            if row.get(column) is None or not str(row[column]).strip():
                raise InputError(
                    f"pickup_notices: {column} of points must be given. Got {row.get(column)!r} in "
                    f"row {number} instead. Name the point."
                )
        pin = pin_of(row.get("postcode"))
        where = _position(pin)
        latitude, longitude = (_degrees(row, number, *axis) for axis in _AXES)
        if latitude is not None and longitude is not None:
            where = latitude, longitude
        return cls(str(row["point_id"]), str(row["name"]), pin, where)


_AXES = (("latitude", 90.0), ("longitude", 180.0))


def _degrees(row: Mapping[str, Any], number: int, column: str, most: float) -> float | None:
    given = row.get(column)
    if given is None or given != given:
        return None
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = math.inf
    if not abs(value) <= most:
        raise InputError(
            f"pickup_notices: {column} of points must be a number of degrees in [{-most:g}, "
            f"{most:g}]. Got {given!r} in row {number} instead. Correct it, or leave it empty."
        )
    return value


def pin_of(value: Any) -> str:
    """A PIN code or its beginning as plain digits (or letters, elsewhere); empty for none.

    >>> pin_of("४११ ०४५"), pin_of(411045.0), pin_of(None)
    ('411045', '411045', '')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "".join(folded(str(value)).split())


def _position(pin: str) -> tuple[float, float] | None:
    place: Place | None = india().near(pin)
    if place is None or place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


def nearest(pin: str, points: Sequence[Point]) -> tuple[Point, float | None]:
    """The point nearest to a PIN code; one in the same PIN wins, then distance, then the id."""
    here = _position(pin)

    def distance(point: Point) -> float | None:
        return None if here is None or point.at is None else kilometres(here, point.at)

    def order(point: Point) -> tuple[bool, float, int, str]:
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
