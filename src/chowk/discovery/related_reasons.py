"""Why a target goes with a source: the pieces of evidence, each with what it adds.

Evidence flows in; sentences flow out, the weightiest first. A sentence names the product through
which the two are related, and is given only where taking that product away takes weight away.
"""

from __future__ import annotations

import numpy as np

from .evidence import Evidence
from .graph import Graph
from .reasons import Reason
from .sparse_top import at

#: Reasons that are given at most.
MOST = 4


def reasons(evidence: Evidence, graph: Graph, s: int, t: int) -> list[Reason]:
    """Reasons for the pair of places (s, t)."""
    ids = graph.places.ids
    forward = graph.forward
    one = (np.array([s]), np.array([t]))
    weight = float(at(forward, *one)[0])
    if weight > 0:
        total = float(forward.data[forward.indptr[s] : forward.indptr[s + 1]].sum())
        share = weight / total
        return [
            Reason(
                f"bought with {ids[s]}: {100 * share:.0f} % of what {ids[s]} leads to",
                kind="known",
                product_id=ids[t],
                fall=share,
            )
        ]
    n = len(evidence.graph)
    if s >= n or t >= n:
        return [Reason(f"like what goes with {ids[s]}", kind="content")]
    found: list[Reason] = []
    walks = evidence.walks
    if float(at(walks["known_back"], *one)[0]) > 0:
        found.append(
            Reason(f"{ids[t]} leads to {ids[s]}", kind="back", product_id=ids[t], fall=1.0)
        )
    a = evidence.graph.forward
    mid, fall = _strongest(a[[s]], walks["alike_in"][[t]])
    if mid >= 0:
        text = f"{ids[s]} leads to {ids[mid]}, and {ids[t]} is bought where {ids[mid]} is"
        found.append(Reason(text, kind="with", product_id=ids[mid], fall=fall))
    mid, fall = _strongest(walks["alike_out"][[s]], walks["known_back"][[t]])
    if mid >= 0:
        text = f"{ids[mid]} leads to {ids[t]}, and to much of what {ids[s]} leads to"
        found.append(Reason(text, kind="like", product_id=ids[mid], fall=fall))
    if evidence.graph.content is not None and not found:
        mid, fall = _strongest(evidence.lent[[s]], walks["known_back"][[t]])
        if mid >= 0:
            text = f"{ids[mid]}, which is like {ids[s]}, leads to {ids[t]}"
            found.append(Reason(text, kind="content", product_id=ids[mid], fall=fall))
        mid, fall = _strongest(a[[s]], evidence.lent[[t]])
        if mid >= 0:
            text = f"{ids[s]} leads to {ids[mid]}, which {ids[t]} is like"
            found.append(Reason(text, kind="content", product_id=ids[mid], fall=fall))
    found.sort(key=lambda reason: -reason.fall)
    return found[:MOST]


def _strongest(left: object, right: object) -> tuple[int, float]:
    """Of a sum over products, the one that adds most, and what it adds; (-1, 0) without any."""
    both = left.multiply(right).tocoo()  # type: ignore[attr-defined]
    if not both.nnz:
        return -1, 0.0
    best = int(np.argmax(both.data))
    return int(both.coords[1][best]), float(both.data[best])
