"""Histories as they come: lists of ids, or events with kind and time; oldest first.

In flow sequences of customers, or one history; out come flat arrays of places, strengths and times.
Events that come without an order are put in the order of their times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError, parameter
from chowk.store.frames import arrow_table

from .identity import Id, Places, listed, plain

#: How much an event of each kind says about taste; kinds that name no product are passed over.
STRENGTH: Mapping[str, float] = {
    "purchase": 1.0, "add_to_cart": 0.8, "add_to_wishlist": 0.7, "begin_checkout": 0.8,
    "view_item": 0.5, "select_item": 0.4, "search": 0.3,
}  # fmt: skip
#: Impressions are what the shop showed, and refunds what was not wanted: no part of a journey.
PASSED = frozenset({"view_item_list", "refund", "remove_from_cart"})
_DEFAULT = 0.5
#: Seconds from 1970 to the year 10000, which no calendar here knows.
_NEVER = 253_402_300_800
#: Only the latest events of a history count, and of what was taken how often the latest `LONG`.
LATEST, LONG = 200, 4_000


@dataclass(frozen=True)
class History:
    """One customer's events that name known products, oldest first.

    Parameters
    ----------
    codes : places of products.
    strength : what each event says, in (0, 1].
    days : days before the latest event, or None where no times came.
    met, moments : places and moments of a longer past, ascending in time, to count what was met
        how often: moments are days since 1970, or numbers of events where no times came. None
        where `codes` is all that is known.
    """

    codes: NDArray[np.int64]
    strength: NDArray[np.float32]
    days: NDArray[np.float32] | None = None
    met: NDArray[np.int64] | None = None
    moments: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def past(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """`met` and `moments`, made of `codes` where they are not there."""
        if self.met is not None and self.moments is not None:
            return self.met, self.moments
        if self.days is None:
            return self.codes, np.arange(len(self.codes))
        return self.codes, -np.ceil(self.days - 1e-6).astype(np.int64)

    def habits(self) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32], int]:
        """What was met how often: places, ascending; at how many moments each; how many moments
        of the customer lie after its last one; and all moments."""
        codes, moments = self.past
        every, place = np.unique(moments, return_inverse=True)
        once = np.unique(codes * max(len(every), 1) + place)
        code, at = once // max(len(every), 1), once % max(len(every), 1)
        found, starts = np.unique(code, return_index=True)
        ends = np.append(starts[1:], len(code))
        last = at[ends - 1] if len(code) else at
        return (
            found,
            (ends - starts).astype(np.float32),
            (len(every) - 1 - last).astype(np.float32),
            len(every),
        )

    def until(self, end: int) -> History:
        """The first `end` events, as if the others had not been; at least one."""
        days = None if self.days is None else self.days[:end] - self.days[end - 1]
        gone = len(self) - end
        met, moments = self.past
        keep = len(met) - gone
        return History(self.codes[:end], self.strength[:end], days, met[:keep], moments[:keep])

    def without(self, code: int) -> History:
        """The history as if this product had never been met."""
        kept = np.flatnonzero(self.codes != code)
        codes, strength = self.codes[kept], self.strength[kept].copy()
        # What stood on both sides of it may now follow itself: that is one event, as in `placed`.
        last = np.append(codes[1:] != codes[:-1], True)[: len(codes)]
        for at in np.flatnonzero(~last):
            strength[at + 1] = max(strength[at], strength[at + 1])
        days = None
        if self.days is not None and last.any():
            days = self.days[kept][last] - self.days[kept][last][-1]
        met, moments = self.past
        other = met != code
        return History(codes[last], strength[last], days, met[other], moments[other])


@dataclass(frozen=True)
class Event:
    """One event of one customer, before its product has a place."""

    product: Id
    strength: float
    seconds: float | None


def events_of(history: Any, caller: str) -> list[Event]:
    """One history's events: ids, or mappings with `product_id`, `kind`, `ts`, or such a frame."""
    if hasattr(history, "__arrow_c_stream__") and hasattr(history, "columns"):
        history = arrow_table(history, caller).to_pylist()
    found: list[Event] = []
    for one in listed(history, caller, "history"):
        if not isinstance(one, Mapping):
            found.append(Event(plain(one, caller, "history"), 1.0, None))
            continue
        kind, product = one.get("kind"), one.get("product_id")
        if kind in PASSED or (product is None and "product_id" in one):
            continue
        if product is None:
            raise parameter(caller, "history", "events with a 'product_id'", dict(one))
        strength = STRENGTH.get(kind, _DEFAULT) if kind is not None else 1.0
        found.append(
            Event(plain(product, caller, "history"), strength, seconds(one.get("ts"), caller))
        )
    if found and all(event.seconds is not None for event in found):
        found.sort(key=lambda event: event.seconds or 0.0)
    return found


def seconds(moment: Any, caller: str) -> float | None:
    """Seconds from 1970 of a datetime, a number of seconds or ISO text.

    None where there is none: of None, and of what frames put in its place (NaN, NaT).
    """
    if moment is None or (isinstance(moment, (float, datetime, np.generic)) and moment != moment):
        return None
    if isinstance(moment, np.datetime64):
        return float(moment.astype("datetime64[us]").astype(np.int64)) / 1e6
    if isinstance(moment, (int, float, np.number)) and not isinstance(moment, bool):
        if not np.isfinite(moment) or abs(float(moment)) >= _NEVER:
            rule = "a time: seconds (not milliseconds) from 1970, before the year 10000"
            raise parameter(caller, "ts", rule, moment)
        return float(moment)
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise parameter(caller, "ts", "an ISO 8601 time", moment) from None
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    raise parameter(caller, "ts", "a datetime, seconds from 1970, or ISO 8601 text", moment)


def placed(events: Sequence[Event], places: Places) -> History:
    """The latest events as arrays; unknown products are passed over, repeats in a row are one."""
    codes: list[int] = []
    strength: list[float] = []
    times: list[float | None] = []
    for event in events[-LONG:]:
        if event.product not in places:
            continue
        code = places[event.product]
        if codes and codes[-1] == code:
            strength[-1], times[-1] = max(strength[-1], event.strength), event.seconds
            continue
        codes.append(code)
        strength.append(event.strength)
        times.append(event.seconds)
    met = np.array(codes, dtype=np.int64)
    timed = bool(times) and all(moment is not None for moment in times)
    if timed:
        moments = (np.array(times, dtype=np.float64) // 86_400).astype(np.int64)
    else:
        moments = np.arange(len(met))
    codes, strength, times = codes[-LATEST:], strength[-LATEST:], times[-LATEST:]
    days = None
    if timed:
        stamp = np.array(times, dtype=np.float64)
        days = ((stamp[-1] - stamp) / 86_400).astype(np.float32)
    return History(met[-LATEST:], np.array(strength, dtype=np.float32), days, met, moments)


def read_sequences(sequences: Any, caller: str) -> list[list[Event]]:
    """One list of events a customer, from lists of histories, a mapping of them, or events.

    A frame of events has `product_id` and `customer_id` (or `session_id`, which stands in where
    there is no customer), with `ts` and `kind` where they are known.
    """
    if isinstance(sequences, Mapping) and "product_id" not in sequences:
        sequences = list(sequences.values())
    if hasattr(sequences, "to_pylist") and not hasattr(sequences, "column_names"):
        sequences = sequences.to_pylist()  # a column of lists
    elif hasattr(sequences, "to_list") and not hasattr(sequences, "columns"):
        sequences = sequences.to_list()  # a series of lists
    if isinstance(sequences, (str, bytes)) or not (
        isinstance(sequences, Iterable) or hasattr(sequences, "__arrow_c_stream__")
    ):
        raise parameter(caller, "sequences", "a list of histories, or a frame of events", sequences)
    frame = hasattr(sequences, "__arrow_c_stream__") or isinstance(sequences, Mapping)
    if not frame:
        rows = list(sequences)
        if not (rows and all(isinstance(row, Mapping) for row in rows)):
            return [events_of(row, caller) for row in rows]
        sequences = rows
    table = arrow_table(sequences, caller)
    if not table.num_columns:
        return []
    who = [name for name in ("customer_id", "session_id") if name in table.column_names]
    if "product_id" not in table.column_names or not who:
        raise InputError(
            f"{caller} needs events with 'product_id' and 'customer_id' or 'session_id'. "
            f"Got {', '.join(table.column_names)}. Rename them, or give one list of ids a customer."
        )
    kept = [n for n in ("product_id", "kind", "ts", *who) if n in table.column_names]
    by: dict[Any, list[dict[str, Any]]] = {}
    for row in table.select(kept).to_pylist():
        key = next(((n, row[n]) for n in who if row[n] is not None), None)
        if key is not None:
            by.setdefault(key, []).append(row)
    return [events_of(rows, caller) for rows in by.values()]
