"""Strikes that fade: how an author stands, from the strikes that moderators gave him.

A strike of weight w that was given t days ago counts w · 2^(−t / half_life), so nobody is held to
an old mistake for ever. The standing says what the next step could be; a person takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from chowk.errors import parameter

#: From which sum of strikes a step is worth a thought.
STEPS: tuple[tuple[float, str], ...] = (
    (0.0, "fine"),
    (1.0, "remind of the norms"),
    (2.5, "hold what he writes"),
    (5.0, "ask the lead"),
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an author stands: the sum of faded strikes, how many count, and the step it suggests.

    `clear_at` is when the sum falls below the first step, if no strike is added; None when it is.
    """

    strikes: float
    count: int
    step: str
    clear_at: datetime | None


def standing(
    strikes: Iterable[Mapping[str, Any]], now: datetime, *, half_life_days: float = 30
) -> Standing:
    """How an author stands at a moment.

    Parameters
    ----------
    strikes : each with `at` (a moment with a zone) and `weight` (0 to 10, 1 if not given). Those
        after `now` (a clock that went back) count as given now.
    half_life_days : after how long a strike counts half, above 0.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> now = datetime(2026, 3, 1, tzinfo=UTC)
    >>> given = [{"at": now, "weight": 1}, {"at": now - timedelta(days=30), "weight": 1}]
    >>> standing(given, now).strikes, standing(given, now).step
    (1.5, 'remind of the norms')
    >>> standing([], now).step
    'fine'
    """
    from datetime import timedelta
    from math import log2

    if not half_life_days > 0:
        raise parameter("standing", "half_life_days", "a number above 0", half_life_days)
    total, count = 0.0, 0
    for strike in strikes:
        weight = float(strike.get("weight", 1))
        if not 0 <= weight <= 10:
            raise parameter("standing", "weight", "a number in [0, 10]", weight)
        days = max(0.0, (now - strike["at"]).total_seconds() / 86_400)
        total += weight * 2 ** (-days / half_life_days)
        count += 1
    step = [name for least, name in STEPS if total >= least][-1]
    first = STEPS[1][0]
    clear = None
    if total >= first:
        clear = now + timedelta(days=half_life_days * log2(total / first))
    return Standing(strikes=round(total, 6), count=count, step=step, clear_at=clear)
