"""Facets: how many products each value would give, counted exactly by the index.

A facet is disjunctive: its own filter does not narrow its own counts, so that a shopper who chose
red still sees how many blue ones there are. Facets without a filter of their own are counted
together in one pass over the matches; each one that has a filter takes one pass more. The ranges of
an attribute are sums of its values' counts (see `chowk.search.numeric`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from chowk.errors import parameter

from . import numeric
from .filters import Clause, column, known
from .schema import SIGN, UNIT

#: Large enough that no segment's count is cut before segments are added up.
_ALL = 60_000
_NAMES = "brand, category, price, available, attributes.NAME"
MOST_FACETS = 50


def wanted(facets: Any, edges: list[float]) -> dict[str, list[float] | None]:
    """The facets asked for, checked: a name to None, or to the edges of its ranges (`price`,
    attributes).

    `edges` are those of the catalogue, used where the caller gives none.
    """
    rule = (
        f"names among {_NAMES}, or a mapping of 'price' or 'attributes.NAME' to the edges of its "
        "ranges"
    )
    if isinstance(facets, str) or not isinstance(facets, Iterable):
        raise parameter("search", "facets", rule, facets)
    names = list(facets)
    if len(names) > MOST_FACETS:
        raise parameter("search", "facets", f"at most {MOST_FACETS} names", f"{len(names)} names")
    found: dict[str, list[float] | None] = {}
    for name in names:
        if not known(name) or name == "region":
            raise parameter("search", "facets", rule, name)
        found[name] = edges if name == "price" else None
        given = facets[name] if isinstance(facets, Mapping) else None
        if given is not None:
            ranged = name == "price" or name.startswith("attributes.")
            if not ranged or not _ascending(given):
                raise parameter("search", f"facets[{name!r}]", "ascending numbers", given)
            found[name] = [float(edge) for edge in given]
    return found


def count(
    aggregate: Callable[[Any, dict[str, Any]], dict[str, Any]],
    query: Callable[[tuple[Clause, ...]], Any],
    clauses: tuple[Clause, ...],
    facets: Mapping[str, list[float] | None],
    most: int,
) -> dict[str, dict[str, int]]:
    """Count the facets.

    Parameters
    ----------
    aggregate : tantivy's aggregation over a query.
    query : the query of the words with the given clauses required.
    most : values kept of each facet, the commonest.
    """
    filtered = {clause.name for clause in clauses}
    together = [name for name in facets if name not in filtered]
    passes = [(tuple(together), clauses)] if together else []
    passes += [
        ((name,), tuple(clause for clause in clauses if clause.name != name))
        for name in facets
        if name in filtered
    ]
    counts: dict[str, dict[str, int]] = {name: {} for name in facets}
    for names, remaining in passes:
        # Asked for by number: a name may be any text.
        asked = {
            # Of ranges all values are needed.
            str(i): _aggregation(
                name, facets[name], most if facets[name] is None else numeric.MOST_DIFFERENT
            )
            for i, name in enumerate(names)
        }
        asked = {number: what for number, what in asked.items() if what is not None}
        if not asked:
            continue
        for number, answer in aggregate(query(remaining), asked).items():
            name = names[int(number)]
            counts[name] = _values(name, facets[name], answer["buckets"])
    return counts


def nice_edges(prices: Any) -> list[float]:
    """Four or fewer round prices that part a catalogue about evenly.

    >>> nice_edges(np.arange(1, 1001))
    [200.0, 500.0, 1000.0]
    """
    values = np.asarray(prices, dtype=np.float64)
    if not len(values):
        return []
    edges = []
    for quantile in np.quantile(values, [0.2, 0.4, 0.6, 0.8]):
        cut = float(quantile)
        if cut > 0:
            scale: float = 10.0 ** math.floor(math.log10(cut))
            steps = [abs(math.log(cut / (step * scale))) for step in (1.0, 2.0, 5.0, 10.0)]
            edges.append(round((1.0, 2.0, 5.0, 10.0)[steps.index(min(steps))] * scale, 4))
    return sorted(set(edges))


def _ascending(edges: Any) -> bool:
    if not isinstance(edges, list | tuple) or not 1 <= len(edges) <= 100:
        return False
    if not all(isinstance(e, int | float | Decimal) and abs(float(e)) < 1e12 for e in edges):
        return False
    return all(a < b for a, b in itertools.pairwise(edges))


def _ranges(edges: list[float]) -> list[tuple[str, dict[str, float]]]:
    ends: list[float | None] = [None, *edges, None]
    found = []
    for label, (low, high) in zip(numeric.labels(edges), itertools.pairwise(ends), strict=True):
        limits = {}
        if low is not None:
            limits["from"] = float(low * UNIT)
        if high is not None:
            limits["to"] = float(high * UNIT)
        found.append((label, limits))
    return found


def _aggregation(name: str, edges: list[float] | None, most: int) -> dict[str, Any] | None:
    if name == "price":
        if not edges:
            return None
        ranges = [{"key": label, **limits} for label, limits in _ranges(edges)]
        return {"range": {"field": "price", "ranges": ranges}}
    return {"terms": {"field": column(name), "size": most, "segment_size": _ALL}}


def _values(name: str, edges: list[float] | None, buckets: list[dict[str, Any]]) -> dict[str, int]:
    if name == "price":
        held = {bucket["key"]: int(bucket["doc_count"]) for bucket in buckets}
        return {label: held.get(label, 0) for label, _ in _ranges(edges or [])}
    if name == "available":
        pairs = [("true" if b["key"] else "false", int(b["doc_count"])) for b in buckets]
    elif name.startswith("attributes."):
        pairs = [(str(b["key"]).removeprefix(SIGN), int(b["doc_count"])) for b in buckets]
    else:
        pairs = [(str(b["key"]), int(b["doc_count"])) for b in buckets]
    if edges is not None:
        return numeric.summed(dict(pairs), edges)
    return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
