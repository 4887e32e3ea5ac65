"""What may leave the room: pseudonyms, aggregates of enough people, and nothing old.

In go ids, rows and risks; out come keyed pseudonyms, means of groups that are large enough, and
the rows that may still be kept. Nothing here writes, logs or sends anything.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike

from chowk.errors import InputError, parameter

from .records import column


def pseudonyms(ids: Iterable[Any], key: bytes) -> list[str]:
    """A pseudonym for each id: the same for the same key, and of no use without it.

    HMAC-SHA256, 96 bits of it. A hash without a key would be undone by hashing all phone numbers.

    Raises
    ------
    ParameterError : a key of fewer than 16 bytes.

    Examples
    --------
    >>> pseudonyms(["ann"], b"a key of 16 bytes or more")
    ['p_642e3427cc57b7b92e827ce0']
    """
    if not isinstance(key, bytes) or len(key) < 16:
        raise parameter("pseudonyms", "key", "at least 16 bytes", "fewer")
    return ["p_" + hmac.new(key, str(one).encode(), hashlib.sha256).hexdigest()[:24] for one in ids]


def group_risk(
    risk: ArrayLike, groups: Sequence[Any], *, minimum: int = 10
) -> dict[Any, float | None]:
    """Mean risk by group; None for a group of fewer than `minimum` people.

    Whoever is not there (a risk of NaN) counts in no group.

    When exactly one group is too small, the next smallest is withheld too: otherwise the small
    one could be had by taking the others from the whole.

    >>> group_risk([0.5, 0.1, 0.3, 0.1, 0.2], ["a", "b", "b", "c", "c"], minimum=2)
    {'a': None, 'b': None, 'c': 0.15000000000000002}
    """
    if isinstance(minimum, bool) or not isinstance(minimum, int) or minimum < 2:
        raise parameter("group_risk", "minimum", "an int of at least 2", minimum)
    values = np.asarray(risk, dtype=np.float64)
    if len(values) != len(groups):
        raise InputError(f"group_risk: {len(values)} risks and {len(groups)} groups. Give as many.")
    members: dict[Any, list[float]] = {}
    for name, value in zip(groups, values, strict=True):
        found = members.setdefault(name, [])
        if value == value:
            found.append(float(value))
    small = [name for name, found in members.items() if len(found) < minimum]
    if len(small) == 1:
        others = [name for name in members if name not in small]
        small += sorted(others, key=lambda name: len(members[name]))[:1]
    return {
        name: None if name in small else float(np.mean(found)) for name, found in members.items()
    }


def kept(rows: pa.Table, *, today: int, retention_days: int) -> pa.Table:
    """The rows of contacts or tests that may still be kept: those of the last days.

    >>> kept(pa.table({"day": [1, 8, 9]}), today=9, retention_days=2)["day"].to_pylist()
    [8, 9]
    """
    if isinstance(retention_days, bool) or retention_days < 1:
        raise parameter("kept", "retention_days", "an int of at least 1", retention_days)
    return rows.filter(pc.greater(column(rows, "day", "rows"), today - retention_days))
