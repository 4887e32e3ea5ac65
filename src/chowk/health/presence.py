"""Who was there on which days, and infections by contacts that nobody recorded.

In go rows (person, first_day, last_day) and (person, day, probability); out come the first and last
day of everybody, and hazards by person and day. What lies outside a person's stay is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError

from .records import Codes, Floats, People, amounts, column, read_days, refuse, table_of

PRESENCE = ("person", "first_day", "last_day")
UNOBSERVED = ("person", "day", "probability")


@dataclass(frozen=True)
class Unobserved:
    """How likely infection was a person and day by contacts that nobody recorded, as hazards."""

    person: Codes
    day: Codes
    hazard: Floats

    def where(self, keep: NDArray[np.bool_]) -> Unobserved:
        """Some of these rows."""
        return Unobserved(self.person[keep], self.day[keep], self.hazard[keep])

    def joined(self, more: Unobserved) -> Unobserved:
        """These, and then `more`."""
        return Unobserved(
            np.concatenate([self.person, more.person]),
            np.concatenate([self.day, more.day]),
            np.concatenate([self.hazard, more.hazard]),
        )

    def spread(self, people: int, days: int) -> Floats:
        """Hazard by person x days + day; empty when there is none."""
        if not len(self.person):
            return np.zeros(0)
        at = self.person.astype(np.int64) * days + self.day
        return np.bincount(at, self.hazard, people * days).astype(np.float64)


def read_presence(rows: Any, people: People, days: int) -> tuple[Codes, Codes]:
    """First and last day of everybody, from rows (person, first_day, last_day) of some."""
    first = np.zeros(people.count, dtype=np.int32)
    last = np.full(people.count, days - 1, dtype=np.int32)
    if rows is not None:
        frame = table_of(rows, PRESENCE, "present")
        who = people.codes(column(frame, "person", "present"), "present", "person")
        begin = read_days(column(frame, "first_day", "present"), days, "present", "first_day")
        end = read_days(column(frame, "last_day", "present"), days, "present", "last_day")
        refuse("present", "last_day", "on or after first_day", end < begin, end)
        _, counts = np.unique(who, return_counts=True)
        if len(counts) and counts.max() > 1:
            raise InputError("present: a person may stand once. Give one stay a person.")
        first[who], last[who] = begin, end
    return first, last


def read_unobserved(rows: Any, people: People, days: int) -> Unobserved:
    """Rows (person, day, probability) of infection by contacts that nobody recorded.

    Rows of one person and day add their hazards: the chances to escape are multiplied.

    Raises
    ------
    InputError : an unknown person or day, a probability outside of [0, 1].
    """
    frame = table_of(() if rows is None else rows, UNOBSERVED, "unobserved")
    person = people.codes(column(frame, "person", "unobserved"), "unobserved", "person")
    day = read_days(column(frame, "day", "unobserved"), days, "unobserved")
    values = column(frame, "probability", "unobserved")
    refuse("unobserved", "probability", "a number in [0, 1]", values.is_null().to_numpy(), values)
    found = amounts(values, "unobserved", "probability")
    refuse("unobserved", "probability", "a number in [0, 1]", found > 1, values)
    with np.errstate(divide="ignore"):
        hazard = np.minimum(-np.log1p(-found), 1000.0)
    return Unobserved(person, day, hazard)


def check_presence(
    people: People,
    first: Codes,
    last: Codes,
    begin: int,
    tables: Sequence[tuple[str, Codes, Codes]],
) -> None:
    """Every row (table, who, day) lies in the person's stay and not before day `begin`."""
    for name, who, day in tables:
        old = day < begin
        if old.any():
            raise InputError(
                f"{name}: day {day[int(np.argmax(old))]} lies before day {begin}, where the window "
                "begins: what was before is summed up. Give a wider window to advance, or leave "
                "the row out."
            )
        away = (day < first[who]) | (day > last[who])
        if away.any():
            row = int(np.argmax(away))
            person = people.id(int(who[row]))
            raise InputError(
                f"{name}: {person!r} was not there on day {day[row]}, but from day "
                f"{first[who[row]]} to day {last[who[row]]}. Correct the row or 'present'."
            )
