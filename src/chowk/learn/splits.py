"""Splits that do not cheat: by time, and baskets into halves by a hash.

A cut in time is a moment for `store.before(cut)` and `store.since(cut)`. The halves of a basket
are a pure function of the seed and the ids, so they are the same in any order of rows, on any
engine and on any machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError, parameter
from chowk.store.reader import Reader

Objects = NDArray[np.object_]


def last_days(store: Reader, days: int) -> datetime:
    """The moment that keeps the last `days` days of events back.

    It is the last event's time minus `days` days, at midnight UTC before it: the held-out part
    holds whole days, and at least `days` of them.

    Raises
    ------
    InputError when the store has no events.

    Examples
    --------
    >>> cut = last_days(store, 28)                                   # doctest: +SKIP
    >>> model.fit(store.before(cut), seed=0)                         # doctest: +SKIP
    """
    if days < 1:
        raise parameter("last_days", "days", "an int of at least 1", days)
    last = store.engine.scalar(store.table("events").ts.max())
    if last is None:
        raise InputError("This store has no events, so there is no time to cut. Import some.")
    return midnight(last - timedelta(days=days))


def midnight(moment: datetime) -> datetime:
    """The start of the moment's day in UTC.

    >>> midnight(datetime(2024, 5, 1, 13, tzinfo=UTC)).isoformat()
    '2024-05-01T00:00:00+00:00'
    """
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def halves(
    baskets: Sequence[str] | Objects, items: Sequence[str] | Objects, *, seed: int = 0
) -> NDArray[np.bool_]:
    """Which rows of (basket, item) are given; the others are to be found.

    Of a basket of n items, n // 2 are given (so a basket of one gives nothing). Items are ranked
    by a hash of seed, basket and item, the lower half is given.

    Parameters
    ----------
    baskets, items : ids, one pair a row; a pair stands once.
    seed : another seed gives other halves.

    Returns
    -------
    bool [rows]

    Examples
    --------
    >>> halves(["b", "b", "b"], ["x", "y", "z"]).sum()
    np.int64(1)
    """
    if len(baskets) != len(items):
        raise parameter("halves", "items", f"as long as 'baskets', {len(baskets)}", len(items))
    basket_ids, basket = np.unique(np.asarray(baskets, dtype=object), return_inverse=True)
    item_ids, item = np.unique(np.asarray(items, dtype=object), return_inverse=True)
    mixed = _mix(_hashes(basket_ids, f"basket {seed}")[basket] ^ _hashes(item_ids, "item")[item])
    order = np.lexsort((item, mixed, basket))
    sizes = np.bincount(basket, minlength=len(basket_ids))
    starts = np.cumsum(sizes) - sizes
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    given: NDArray[np.bool_] = place < sizes[basket] // 2
    return given


def chosen(ids: Sequence[str], count: int, *, seed: int = 0) -> list[str]:
    """A sample of `count` ids by a hash of seed and id, in the order of ids.

    >>> chosen(["a", "b", "c"], 2) == chosen(["c", "a", "b"], 2)
    True
    """
    names = np.unique(np.asarray(ids, dtype=object))
    order = np.argsort(_mix(_hashes(names, f"sample {seed}")), kind="stable")
    return sorted(names[order[:count]].tolist())


def _hashes(ids: Objects, salt: str) -> NDArray[np.uint64]:
    """64 bits of each id; the interpreter's own `hash` changes from run to run."""
    salted = salt.encode()[:16]
    digests = b"".join(
        hashlib.blake2b(str(i).encode(), digest_size=8, salt=salted.ljust(16, b"\0")).digest()
        for i in ids
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014): spreads every bit over all of them."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
