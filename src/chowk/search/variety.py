"""Ambiguous queries: a page that holds each meaning, and chips that ask which was meant.

In go the scores of candidates, their categories and what the query is for; out come scores in whose
order the categories take turns by their probability. Every further product of a meaning counts half
of the one before, which is what alpha-NDCG counts (Clarke et al. 2008); the choice is greedy, as in
xQuAD (Santos, Macdonald and Ounis 2010). Within a category the order stays. A query with one
meaning is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from .intent import Meant

#: A query is ambiguous when two categories have at least this probability each, and all such
#: together at least `CLEAR`: a query of which little is known has many categories, not meanings.
LEAST, CLEAR = 0.2, 0.75
#: Places that are shared out among meanings; behind them the order is that of the scores.
PLACES = 20
#: What a product counts of the one before in the same category.
HALF = 0.5
#: Chips that are shown.
MOST_CHIPS = 6
#: Equal scores become unequal by so much a place, or their turns would be lost.
STEP = 1e-7

Floats = NDArray[np.float64]


class Chip(msgspec.Struct, frozen=True, kw_only=True):
    """A meaning to choose: what stands on it, the filter that it sets, and how likely it is."""

    label: str
    name: str
    value: str
    share: float


def ambiguous(meant: Meant) -> bool:
    """Whether a query has two meanings or more.

    >>> ambiguous(Meant(("A", "B"), (0.6, 0.4))), ambiguous(Meant(("A", "B"), (0.95, 0.05)))
    (True, False)
    """
    meanings = [p for p in meant.probabilities if p >= LEAST]
    return len(meanings) > 1 and sum(meanings) >= CLEAR


def chips(meant: Meant) -> tuple[Chip, ...]:
    """What asks for the meaning of an ambiguous query; nothing for any other.

    >>> [c.label for c in chips(Meant(("Home > Mice", "Toys > Mice", "Tea"), (0.5, 0.4, 0.1)))]
    ['Home > Mice', 'Toys > Mice']
    """
    if not ambiguous(meant):
        return ()
    pairs = zip(meant.categories, meant.probabilities, strict=True)
    shown = [(path, p) for path, p in pairs if p >= LEAST][:MOST_CHIPS]
    leaves = [path.rpartition(" > ")[2] for path, _ in shown]
    return tuple(
        Chip(
            label=leaf if leaves.count(leaf) == 1 else path,
            name="category",
            value=path,
            share=round(p, 4),
        )
        for (path, p), leaf in zip(shown, leaves, strict=True)
    )


def shared_out(
    scores: Floats,
    category: Sequence[int],
    shares: dict[int, float],
    ties: NDArray[np.integer] | None = None,
) -> Floats:
    """Scores of the same values (but for `STEP`) in whose order meanings take turns.

    Parameters
    ----------
    scores : [candidates], higher is better.
    category : [candidates] a number each.
    shares : the probability of each category that the query may mean.
    ties : [candidates] among equal scores the smaller goes first; their order without.

    Examples
    --------
    >>> scores = np.array([9.0, 8.0, 7.0, 6.0])
    >>> shared_out(scores, [1, 1, 1, 2], {1: 0.6, 2: 0.4}).round(3).tolist()
    [9.0, 7.0, 6.0, 8.0]
    """
    ranked = np.lexsort((np.arange(len(scores)) if ties is None else ties, -scores))
    queues: dict[int, list[int]] = {number: [] for number in shares}
    for i in ranked.tolist():
        if category[i] in queues:
            queues[category[i]].append(i)
    left = dict(shares)
    order: list[int] = []
    most = min(PLACES, sum(map(len, queues.values())))
    while len(order) < most:
        open_ = [number for number in queues if queues[number]]
        best = max(open_, key=lambda number: (left[number], scores[queues[number][0]]))
        order.append(queues[best].pop(0))
        left[best] *= HALF
    taken = set(order)
    order += [i for i in ranked.tolist() if i not in taken]
    result = np.empty_like(scores)
    result[order] = scores[ranked] - STEP * np.arange(len(ranked))
    return result
