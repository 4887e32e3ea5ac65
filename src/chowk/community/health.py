"""A community's health over time: from decided items and messages to figures a week, and the next.

Hold rate, agreement between moderators (Cohen's kappa, 1960), time to decision, newcomers' return,
toxicity by hour. Next week's rates are forecast with a local level model on the logit scale
(Harvey, "Forecasting, Structural Time Series Models", 1989): y_t = μ_t + ε_t, μ_t = μ_{t−1} + η_t,
where var ε_t follows from the week's count (1 / (n p (1 − p))) and var η is the likeliest on the
weeks that are known; so a week with few messages moves the forecast little.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chowk.errors import parameter

_WEEK = timedelta(days=7)
#: How much weeks differ beyond counting, as a variance on the logit scale: people's weeks are not
#: coin throws.
_BEYOND = 0.05**2
#: Standard deviations a week of the level, on the logit scale, that are tried.
_STEPS = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8)


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """One week of a community; a figure that nothing tells of is None.

    Parameters
    ----------
    start : its first moment.
    hold_rate : held over all messages.
    agreement : Cohen's kappa of the first and second look at items that had two.
    decision_minutes : median minutes from held to decided.
    return_rate : of those who wrote for the first time in this week, how many wrote in the next.
    kind_acts : how many were marked.
    """

    start: datetime
    messages: int
    held: int
    hold_rate: float | None
    looked_twice: int
    agreement: float | None
    decision_minutes: float | None
    newcomers: int
    return_rate: float | None
    kind_acts: int


def weeks(
    messages: Iterable[Mapping[str, Any]],
    items: Iterable[Mapping[str, Any]] = (),
    kind_acts: Iterable[datetime] = (),
    *,
    until: datetime | None = None,
) -> list[Week]:
    """Figures by week, counted from the first message.

    Parameters
    ----------
    messages : each with `ts` and `author_id`, and `held` (true or false).
    items : decided items, each with `held_at`, `decided_at`, and `first` and `final` (outcomes)
        where two people looked: a trainee's advice and the decision, or a decision and its appeal.
    kind_acts : moments.
    until : nothing after this counts; the last week's newcomers may still return, so their rate is
        None unless a week has passed.
    """
    rows = sorted((row["ts"], str(row["author_id"]), bool(row.get("held"))) for row in messages)
    if until is not None:
        rows = [row for row in rows if row[0] <= until]
    if not rows:
        return []
    start, end = rows[0][0], until or rows[-1][0]
    count = int((end - start) / _WEEK) + 1
    total, held = [0] * count, [0] * count
    wrote: dict[str, set[int]] = defaultdict(set)
    for at, author, was_held in rows:
        week = int((at - start) / _WEEK)
        total[week] += 1
        held[week] += was_held
        wrote[author].add(week)
    new, back = [0] * count, [0] * count
    for seen in wrote.values():
        first = min(seen)
        new[first] += 1
        back[first] += first + 1 in seen
    minutes: dict[int, list[float]] = defaultdict(list)
    twice: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for item in items:
        week = int((item["held_at"] - start) / _WEEK)
        if item.get("decided_at") is not None:
            spent = (item["decided_at"] - item["held_at"]).total_seconds() / 60
            minutes[week].append(max(0.0, spent))
        if item.get("first") and item.get("final"):
            twice[week].append((str(item["first"]), str(item["final"])))
    kind = [int((at - start) / _WEEK) for at in kind_acts if start <= at <= end]
    whole = [start + (week + 2) * _WEEK <= end for week in range(count)]
    return [
        Week(
            start=start + week * _WEEK,
            messages=total[week],
            held=held[week],
            hold_rate=held[week] / total[week] if total[week] else None,
            looked_twice=len(twice[week]),
            agreement=kappa(twice[week]),
            decision_minutes=statistics.median(minutes[week]) if minutes[week] else None,
            newcomers=new[week],
            return_rate=back[week] / new[week] if new[week] and whole[week] else None,
            kind_acts=kind.count(week),
        )
        for week in range(count)
    ]


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two looks at the same items: (p_o − p_e) / (1 − p_e).

    None without items; 1 when both always said one and the same thing.

    >>> kappa([("deny", "deny"), ("deny", "approve"), ("approve", "approve"), ("deny", "deny")])
    0.5
    >>> kappa([]) is None, kappa([("deny", "deny")] * 3)
    (True, 1.0)
    """
    if not pairs:
        return None
    size = len(pairs)
    same = sum(one == other for one, other in pairs) / size
    said = {word for pair in pairs for word in pair}
    chance = sum(
        sum(one == word for one, _ in pairs) * sum(other == word for _, other in pairs)
        for word in said
    ) / (size * size)
    return 1.0 if chance == 1 else round((same - chance) / (1 - chance), 6)


def toxicity_by_hour(
    messages: Iterable[Mapping[str, Any]],
) -> list[tuple[int, int, float | None]]:
    """For each hour of the day (0 to 23, in the messages' own zone): the hour, how many messages,
    and the share of them that was held.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    >>> toxicity_by_hour([{"ts": at, "held": True}, {"ts": at, "held": False}])[9]
    (9, 2, 0.5)
    """
    total, held = [0] * 24, [0] * 24
    for row in messages:
        total[row["ts"].hour] += 1
        held[row["ts"].hour] += bool(row.get("held"))
    return [
        (hour, total[hour], held[hour] / total[hour] if total[hour] else None) for hour in range(24)
    ]


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Next week's rate, with an interval in which it lies about 9 times of 10: it grows with how
    much the weeks before missed what was expected of them."""

    rate: float
    low: float
    high: float


def forecast(hits: Sequence[int], totals: Sequence[int]) -> Forecast:
    """Next week's rate from the weeks so far, oldest first.

    Parameters
    ----------
    hits, totals : how many of how many, a week: held of messages, returned of newcomers. A week
        with nothing is one about which nothing is known.

    Examples
    --------
    >>> calm = forecast([10, 12, 9, 11, 10, 30], [1000, 1000, 1000, 1000, 1000, 1000])
    >>> 0.010 < calm.rate < 0.030
    True
    >>> forecast([0, 0], [0, 0]).rate
    0.5
    """
    if len(hits) != len(totals):
        raise parameter("forecast", "totals", f"{len(hits)} counts, as many as hits", len(totals))
    for hit, total in zip(hits, totals, strict=True):
        if not 0 <= hit <= total:
            raise parameter("forecast", "hits", "counts in [0, total]", (hit, total))
    known = [(hit, total) for hit, total in zip(hits, totals, strict=True) if total]
    if not known:
        return Forecast(rate=0.5, low=0.0, high=1.0)
    whole = (sum(hit for hit, _ in known) + 0.5) / (sum(total for _, total in known) + 1)
    seen: list[tuple[float, float] | None] = []
    for hit, total in zip(hits, totals, strict=True):
        # The week's own noise, with the mean rate so that a lucky week does not look certain.
        rate = (hit + whole) / (total + 1)
        noise = 1 / (max(total, 1) * whole * (1 - whole))
        seen.append((_logit(rate), noise) if total else None)
    best = max(_STEPS, key=lambda step: _filtered(seen, step)[2])
    level, spread, _, strain = _filtered(seen, best)
    # The week itself will be counted, and differ, as the weeks before: the rate that is seen lies
    # about the level as theirs did.
    few = [total for _, total in known[-4:]]
    p = _rate(level)
    counting = 1 / (max(sum(few) / len(few), 1) * max(p * (1 - p), 1e-4))
    width = 1.645 * strain * math.sqrt(spread + _BEYOND + counting)
    return Forecast(rate=_rate(level), low=_rate(level - width), high=_rate(level + width))


def _filtered(
    seen: Sequence[tuple[float, float] | None], step: float
) -> tuple[float, float, float, float]:
    """Level and variance for the next week, the log-likelihood of the weeks (Kalman filter), and by
    how much the weeks missed their forecasts more than the model expects, 1 or more."""
    first = next(one for one in seen if one is not None)
    level, spread, likelihood = first[0], 1.0, 0.0
    missed: list[float] = []
    for one in seen:
        spread += step * step
        if one is None:
            continue
        value, noise = one
        total = spread + noise + _BEYOND
        missed.append((value - level) ** 2 / total)
        likelihood -= 0.5 * (math.log(total) + missed[-1])
        gain = spread / total
        level += gain * (value - level)
        spread *= 1 - gain
    # The first week was forecast by nothing.
    strain = math.sqrt(max(1.0, sum(missed[1:]) / max(len(missed) - 1, 1)))
    return level, spread + step * step, likelihood, strain


def _logit(rate: float) -> float:
    rate = min(max(rate, 1e-6), 1 - 1e-6)
    return math.log(rate / (1 - rate))


def _rate(level: float) -> float:
    return 1 / (1 + math.exp(-level))
