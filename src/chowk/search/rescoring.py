"""From candidates to a page: the first few hundred are compared with the query in full.

The index finds candidates by BM25 with popularity; `Matcher` then says how well each answers. What
stands behind the first `CANDIDATES` keeps the index's order, with scores below all of theirs, so
pages of one query join to one list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .asking import Asked
from .matching import Compared, Matcher
from .ranking import Order, Top, top
from .results import Part

#: So many candidates are compared in full.
CANDIDATES = 200
#: And so many of what is suggested while one types.
SUGGESTED = 100


class Placed(NamedTuple):
    """One product of a page: its document, row number, score and the score's summands."""

    address: Any
    row: int
    score: float
    parts: tuple[Part, ...] = ()


class Page(NamedTuple):
    """The places asked for, and how many products match in all."""

    placed: list[Placed]
    total: int


Score = Callable[[Compared, Sequence[Any], NDArray[np.int64]], tuple[NDArray[np.float64], Any]]


def page(
    searcher: Any,
    query: Any,
    asked: Asked,
    matcher: Matcher,
    order: Order,
    offset: int,
    k: int,
    ids: Callable[[Sequence[Any]], list[str]],
    score: Score,
    explain: Callable[[Compared, Any, int], tuple[Part, ...]] | None,
    most: int = CANDIDATES,
) -> Page:
    """The places offset + 1 to offset + k by relevance.

    Parameters
    ----------
    ids : product_ids of documents, for ties.
    score : scores of candidates from how they compare, with what `explain` needs of them.
    explain : the summands of one candidate's score, or None when nobody asks.
    most : candidates that are compared in full.
    """
    found = top(searcher, query, order, 0, max(most, offset + k), ids)
    addresses = [address for _, address in found.hits]
    rows = np.array(searcher.fast_field_values("row", addresses), np.int64)
    head = min(most, len(rows))
    compared = matcher.compare(asked.plan, rows[:head])
    scores, known = score(compared, addresses[:head], rows[:head])
    scores = np.round(scores, 9)
    ranked = _ranked(scores, rows[:head], addresses, ids, matcher.forward.ordered)
    placed = []
    lowest = float(scores.min()) if head else 0.0
    last = float(found.hits[head - 1][0]) if head else 1.0
    for place in range(offset, min(offset + k, len(rows))):
        if place < head:
            i = ranked[place]
            parts = explain(compared, known, i) if explain else ()
            placed.append(Placed(addresses[i], int(rows[i]), float(scores[i]), parts))
        else:
            key = float(found.hits[place][0])
            value = lowest - (1 - min(1.0, key / last) if last > 0 else 0.0)
            parts = (Part(f"beyond the first {most}", value),) if explain else ()
            placed.append(Placed(addresses[place], int(rows[place]), value, parts))
    return Page(placed, found.total)


def _ranked(
    scores: NDArray[np.float64],
    rows: NDArray[np.int64],
    addresses: Sequence[Any],
    ids: Callable[[Sequence[Any]], list[str]],
    saved: int,
) -> list[int]:
    """Candidates by falling score; equals by product_id, which is the order of saved rows."""
    order = np.lexsort((rows, -scores))
    sorted_scores = scores[order]
    ranked: list[int] = order.tolist()
    if not len(rows) or int(rows.max()) < saved:
        return ranked
    start = 0
    while start < len(ranked):
        stop = start + 1
        while stop < len(ranked) and sorted_scores[stop] == sorted_scores[start]:
            stop += 1
        if stop - start > 1 and (rows[ranked[start:stop]] >= saved).any():
            equals = ranked[start:stop]
            names = [name.encode("utf-8") for name in ids([addresses[i] for i in equals])]
            ranked[start:stop] = [i for _, i in sorted(zip(names, equals, strict=True))]
        start = stop
    return ranked


__all__ = ["CANDIDATES", "SUGGESTED", "Page", "Placed", "Top", "page"]
