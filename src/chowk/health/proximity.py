"""Raw proximity records into daily contacts.

In go records (time, a, b, perhaps the strength of the radio signal), one every so many seconds in
which two devices were near; out comes one row a pair and day with minutes and metres, as `Crisp`
takes them. Source of the distance: the log-distance path-loss model of radio engineering.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from chowk.errors import InputError, parameter
from chowk.store.importing.signals import AT_ONE_METRE, EXPONENT, metres_of_signal

from .disease import Floats
from .records import CONTACT, amounts, column, filled, integers, refuse, table_of

#: Minutes that count as one contact where nobody counted.
_QUARTER = 15.0


class Distance(NamedTuple):
    """Metres: the median, and the range that holds two thirds of what the signal allows."""

    metres: Floats
    low: Floats
    high: Floats


def distance(
    signal_dbm: ArrayLike,
    *,
    at_one_metre: float = AT_ONE_METRE,
    exponent: float = EXPONENT,
    noise_db: float = 6.0,
) -> Distance:
    """Metres from the strength of a Bluetooth signal.

    metres = 10^((at_one_metre - signal) / (10 exponent)). Bodies and pockets move a signal by
    `noise_db` decibels (one standard deviation), so metres are known to a factor of
    10^(noise_db / (10 exponent)), a factor of 2 as it is set, and not better.

    >>> distance([-59.0, -79.0]).metres
    array([ 1., 10.])
    """
    if exponent <= 0 or noise_db < 0:
        raise parameter("distance", "exponent", "above 0, and noise_db at least 0", exponent)
    signal = np.asarray(signal_dbm, dtype=np.float64)
    metres = metres_of_signal(signal, at_one_metre=at_one_metre, exponent=exponent)
    factor = 10 ** (noise_db / (10 * exponent))
    return Distance(metres, metres / factor, metres * factor)


def daily_contacts(
    records: Any,
    *,
    every_seconds: float = 20.0,
    day_seconds: int = 86_400,
    start: int | None = None,
) -> pa.Table:
    """One row a pair and day: person_a, person_b, day, minutes, and metres where signals came.

    Parameters
    ----------
    records : rows (t, a, b[, signal]); t in seconds, signal in dBm. A record that both devices
        wrote down counts once.
    every_seconds : the time that one record stands for.
    start : the second at which day 0 begins; the first record's midnight when None.

    Raises
    ------
    InputError : a device with itself, a time before `start`, with the row.

    Examples
    --------
    >>> daily_contacts([(0, 1, 2), (20, 2, 1), (20, 1, 2), (90_000, 1, 2)]).to_pylist()[0]
    {'person_a': 1, 'person_b': 2, 'day': 0, 'minutes': 0.6666666666666666}
    """
    if not 0 < every_seconds <= day_seconds:
        rule = f"above 0 and at most {day_seconds}"
        raise parameter("daily_contacts", "every_seconds", rule, every_seconds)
    frame = table_of(records, ("t", "a", "b", "signal"), "records")
    t = integers(column(frame, "t", "records"), "records", "t", "a whole number of seconds")
    if not len(t):
        names = ("person_a", "person_b", "day", "minutes")
        return pa.table({name: pa.array([], pa.int64()) for name in names})
    a, b = (_ids(column(frame, name, "records")) for name in ("a", "b"))
    refuse("records", "b", "another device than a", a == b, frame["b"])
    begin = int(t.min()) // day_seconds * day_seconds if start is None else start
    refuse("records", "t", f"at least {begin}, where day 0 begins", t < begin, frame["t"])
    low, high = np.where(a < b, a, b), np.where(a < b, b, a)
    keys = {
        "person_a": low,
        "person_b": high,
        "day": (t - begin) // day_seconds,
        "slot": ((t - begin) // every_seconds).astype(np.int64),
    }
    signals = []
    if "signal" in frame.column_names:
        keys["signal"] = frame["signal"].to_numpy().astype(np.float64)
        if not np.isfinite(keys["signal"]).all():
            row = int(np.argmin(np.isfinite(keys["signal"])))
            raise InputError(f"records: row {row}: signal must be a number of dBm.")
        signals = [("signal", "mean")]
    once = pa.table(keys).group_by(["person_a", "person_b", "day", "slot"], use_threads=False)
    slots = once.aggregate(signals)
    grouped = slots.group_by(["person_a", "person_b", "day"], use_threads=False)
    found = grouped.aggregate(
        [("slot", "count"), *([("signal_mean", "mean")] if signals else [])]
    ).sort_by([("day", "ascending"), ("person_a", "ascending"), ("person_b", "ascending")])
    out = {name: found[name] for name in ("person_a", "person_b", "day")}
    out["minutes"] = found["slot_count"].to_numpy() * every_seconds / 60
    if signals:
        out["metres"] = distance(found["signal_mean_mean"].to_numpy()).metres
    return pa.table(out)


def in_quarters(contacts: pa.Table) -> pa.Table:
    """Contacts whose count is known: the one that is given, else a contact a quarter of an hour.

    Where all counts are missing and minutes are not, a row counts ceil(minutes / 15) contacts, one
    where its minutes are missing; where both are missing every row is one contact. Other columns
    than person_a, person_b, day and count are left out.

    >>> met = pa.table({"person_a": [1], "person_b": [2], "day": [0], "minutes": [40.0]})
    >>> in_quarters(met).to_pylist()
    [{'person_a': 1, 'person_b': 2, 'day': 0, 'count': 3}]
    """
    plain = contacts.select(["person_a", "person_b", "day"])
    given = {
        name: contacts[name]
        for name in ("count", "minutes")
        if name in contacts.column_names and contacts[name].null_count < len(contacts)
    }
    if "count" in given:
        return plain.append_column("count", filled(given["count"], 1))
    if "minutes" in given:
        found = amounts(given["minutes"], "contacts", "minutes")
        found = np.where(np.isnan(found), 1.0, found)
        return plain.append_column("count", pa.array(np.ceil(found / _QUARTER).astype(np.int64)))
    return plain


def unobserved(
    p0: float, share_missing: float, prevalence: float, contacts_a_day: float, p1: float
) -> float:
    """p0 with what people without a device add: their contacts are seen by nobody.

    1 - (1 - p0) (1 - p1)^(contacts x share_missing x prevalence), for `prevalence` infectious.

    >>> round(unobserved(0.001, 0.4, 0.02, 10, 0.1), 5)
    0.00939
    """
    for name, value in (("share_missing", share_missing), ("prevalence", prevalence)):
        if not 0 <= value <= 1:
            raise parameter("unobserved", name, "a number in [0, 1]", value)
    missed = contacts_a_day * share_missing * prevalence
    return float(1 - (1 - p0) * (1 - p1) ** missed)


def unrecorded(
    contacts: Any,
    *,
    p1: float,
    prevalence: float,
    share_missing: float = 0.0,
    heard: Any = None,
) -> pa.Table:
    """Contacts that nobody recorded, as `Crisp(unobserved=...)` takes them.

    Rows (person, day, contacts, probability): how many contacts a person had on a day, by
    expectation, that stand in no record, and how likely he was infected by one of them,
    1 - (1 - p1 prevalence)^contacts. Two kinds of phone are missing. `share_missing` of the people
    carry none: every recorded contact stands for share / (1 - share) more. And a phone may be off
    for a day: then nothing was recorded of its owner, who is taken to have met as many as on his
    other days.

    Parameters
    ----------
    contacts : rows (person_a, person_b, day[, count]), from `daily_contacts` for one.
    p1 : P(infection) a contact with somebody infectious. prevalence : share of the unseen who are.
    share_missing : of the people, in [0, 1).
    heard : rows (person, day) of the days on which a phone was on, whether or not it met another;
        without it, a phone was off on a day on which it recorded nothing and half of all did.

    Examples
    --------
    >>> met = [("ann", "bob", 0, 2), ("ann", "bob", 1, 4), ("bob", "cid", 1, 2)]
    >>> unrecorded(met, p1=0.1, prevalence=0.05).to_pylist()
    [{'person': 'cid', 'day': 0, 'contacts': 2.0, 'probability': 0.00997...}]
    """
    for name, value in (("p1", p1), ("prevalence", prevalence), ("share_missing", share_missing)):
        if not 0 <= value <= 1 or (name == "share_missing" and value == 1):
            raise parameter("unrecorded", name, "a number in [0, 1]", value)
    frame = table_of(contacts, CONTACT, "contacts")
    day = integers(column(frame, "day", "contacts"), "contacts", "day", "a whole number")
    each = np.ones(len(day))
    if "count" in frame.column_names:
        each = amounts(filled(frame["count"], 1), "contacts", "count")
    ends = [_ids(column(frame, name, "contacts")) for name in ("person_a", "person_b")]
    people, code = np.unique(np.concatenate(ends), return_inverse=True)
    days = int(day.max(initial=-1)) + 1
    size = (len(people), days)
    place = code * days + np.concatenate([day, day])
    count = np.bincount(place, np.concatenate([each, each]), len(people) * days).reshape(size)
    on = count > 0
    if heard is None:
        on |= on.mean(axis=0, where=True) < 0.5 if len(people) else False
    else:
        awake = table_of(heard, ("person", "day", "on"), "heard") if len(heard) else None
        if awake is not None:
            who, when = _ids(column(awake, "person", "heard")), awake["day"].to_numpy()
            known = np.isin(who, people) & (when >= 0) & (when < days)
            on[np.searchsorted(people, who[known]), when[known].astype(np.int64)] = True
    usual = count.sum(axis=1) / np.maximum(on.sum(axis=1), 1)
    met = np.where(on, count, usual[:, None])
    missed = met / (1 - share_missing) - np.where(on, count, 0.0)
    who, when = np.nonzero(missed > 1e-12)
    found = missed[who, when]
    return pa.table(
        {
            "person": people[who],
            "day": when,
            "contacts": found,
            "probability": -np.expm1(found * np.log1p(-p1 * prevalence)),
        }
    )


def _ids(values: pa.ChunkedArray) -> NDArray[Any]:
    found: NDArray[Any] = values.to_numpy()
    return found.astype(str) if found.dtype == object else found
