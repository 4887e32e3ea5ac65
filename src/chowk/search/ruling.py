"""How rules change a search's query and page (see `chowk.search.rules`).

Hidden products leave the query, so that totals and facets do not count them. Pinned ones join it,
so that they do; they pass the filters like any other product, and are put in their places after the
rest has been ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from .rescoring import Placed

Query = tantivy.Query
Occur = tantivy.Occur


def of_products(schema: Any, product_ids: Iterable[str]) -> Any:
    """The query of some products."""
    terms = [
        (Occur.Should, Query.term_query(schema, "product_id", p, "basic")) for p in product_ids
    ]
    return Query.boolean_query(terms) if terms else Query.empty_query()


def without(query: Any, schema: Any, product_ids: Iterable[str]) -> Any:
    """The query without some products."""
    ids = list(product_ids)
    if not ids:
        return query
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, of_products(schema, ids))])


def joined_by(query: Any, schema: Any, product_ids: Iterable[str]) -> Any:
    """The query and some products."""
    ids = list(product_ids)
    if not ids:
        return query
    pinned = Query.const_score_query(of_products(schema, ids), 0.0)
    return Query.boolean_query([(Occur.Should, query), (Occur.Should, pinned)])


def merged(
    ranked: Sequence[Placed], pinned: Mapping[int, Placed], offset: int, k: int
) -> list[Placed]:
    """The page when pins stand in their places, counted from 1, and the others around them.

    `ranked` begins at the first place. A pin behind the last product comes last.
    """
    rest = list(ranked)
    found: list[Placed] = []
    left = dict(sorted(pinned.items()))
    while (rest or left) and len(found) < offset + k:
        place = len(found) + 1
        if place in left:
            found.append(left.pop(place))
        elif rest:
            found.append(rest.pop(0))
        else:
            found.append(left.pop(next(iter(left))))
    return found[offset : offset + k]


def pushed(
    scores: NDArray[np.float64], ids: Sequence[str], push: Mapping[str, float]
) -> NDArray[np.float64]:
    """What boosts and buries add: their weight times the span of the candidates' scores."""
    span = float(np.ptp(scores)) if len(scores) else 0.0
    weights = np.array([push.get(one, 0.0) for one in ids])
    result: NDArray[np.float64] = weights * (span or 1.0)
    return result
