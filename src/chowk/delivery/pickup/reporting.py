"""Did the notices help? Sent, opened, used and refused, beside those who were not told.

In go what became of each notice; out come rates with Wilson's intervals, and the difference to the
held-back group with Newcombe's (1998, method 10). Opened counts only where it was consented to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Rate(NamedTuple):
    """A share with its 95 % interval; `value` is None of none."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one notice. `opened` is None without the person's consent to know."""

    notice_id: str
    held_back: bool
    sent: bool
    opened: bool | None = None
    used: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class NoticeReport:
    """The report: rates of those told, use of those held back, and the difference of use."""

    sent: Rate
    opened: Rate
    used: Rate
    refused: Rate
    used_without: Rate
    difference: tuple[float, float, float] | None


def rate(count: int, of: int) -> Rate:
    """A share with Wilson's 95 % interval.

    >>> rate(5, 10).value
    0.5
    """
    if of == 0:
        return Rate(0, 0, None, 0.0, 1.0)
    z = 1.959964
    p = count / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return Rate(count, of, p, max(0.0, middle - half), min(1.0, middle + half))


def notice_report(outcomes: Iterable[Outcome]) -> NoticeReport:
    """The report of some outcomes. The published figure is that half of the notices are opened.

    >>> report = notice_report([Outcome("a", False, True, True, True), Outcome("b", True, False)])
    >>> report.used.value, report.used_without.value
    (1.0, 0.0)
    """
    rows = list(outcomes)
    told = [row for row in rows if not row.held_back]
    sent = [row for row in told if row.sent]
    asked = [row for row in sent if row.opened is not None]
    held = [row for row in rows if row.held_back]
    used = rate(sum(row.used for row in sent), len(sent))
    without = rate(sum(row.used for row in held), len(held))
    difference = None
    if used.value is not None and without.value is not None:
        gap = used.value - without.value
        low = math.hypot(used.value - used.low, without.high - without.value)
        high = math.hypot(used.high - used.value, without.value - without.low)
        difference = (gap, gap - low, gap + high)
    return NoticeReport(
        rate(len(sent), len(told)),
        rate(sum(bool(row.opened) for row in asked), len(asked)),
        used,
        rate(sum(row.refused for row in sent), len(sent)),
        without,
        difference,
    )
