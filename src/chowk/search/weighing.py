"""How much a word of each field should count, learned from what was chosen after queries.

In go queries with the products that were chosen for them; out come `Weights` for the next build.
Starting from those in force, one field's weight is changed at a time as long as the chosen products
move up among what is found (coordinate ascent on NDCG@10, as Taylor et al. 2006 tune BM25F). Half
of the queries choose; the other half must agree (paired bootstrap, 95 %), else all stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from chowk.learn import metrics
from chowk.learn.bootstrap import paired_interval

from .matching import Matcher, Plan
from .schema import FIELDS, Weights

#: Fewer queries with a choice teach nothing; more are not looked at.
LEAST_QUERIES, MOST_QUERIES = 40, 600
#: The title counts as it does: only what stands beside it is weighed.
_WEIGHED = tuple(field for field in FIELDS if field != "title")
_TRIED = (1, 2, 3)
_PLACES = 10


class Case(NamedTuple):
    """A query, the rows that it finds, and how good each was to those who asked."""

    plan: Plan
    rows: NDArray[np.int64]
    gains: NDArray[np.float64]


def learned_weights(
    cases: Sequence[Case], now: Weights, matcher: Callable[[Weights], Matcher], *, seed: int = 0
) -> Weights:
    """The weights under which chosen products stand highest; `now` when none are surely better.

    matcher : compares under given weights. A field that `now` leaves out stays out.
    """
    told = [case for case in cases if case.gains.any() and not case.gains.all()]
    if len(told) < LEAST_QUERIES:
        return now
    order = np.random.default_rng(seed).permutation(len(told))[:MOST_QUERIES]
    half = len(order) // 2
    first, second = ([told[i] for i in part] for part in (order[:half], order[half:]))
    best, value = now, _values(first, matcher(now)).mean()
    moved = True
    while moved:
        moved = False
        for field in _WEIGHED:
            for weight in _TRIED:
                if not getattr(now, field) or getattr(best, field) == weight:
                    continue
                other = msgspec.structs.replace(best, **{field: weight})
                found = _values(first, matcher(other)).mean()
                if found > value + 1e-6:
                    best, value, moved = other, found, True
    if best == now:
        return now
    better = paired_interval(
        _values(second, matcher(best)), _values(second, matcher(now)), seed=seed
    )
    return best if better.low > 0 else now


def _values(cases: Sequence[Case], matcher: Matcher) -> NDArray[np.float64]:
    """NDCG@10 of each case."""
    gains = np.zeros((len(cases), _PLACES))
    ideal = np.zeros((len(cases), _PLACES))
    for i, case in enumerate(cases):
        scores = np.round(matcher.compare(case.plan, case.rows).score, 9)
        top = case.gains[np.lexsort((case.rows, -scores))][:_PLACES]
        best = np.sort(case.gains)[::-1][:_PLACES]
        gains[i, : len(top)], ideal[i, : len(best)] = top, best
    return metrics.ndcg(gains, ideal)
