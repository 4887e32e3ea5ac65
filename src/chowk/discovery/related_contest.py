"""Who is kept: the learned ranker and the plain rivals, judged on edges that were hidden from all.

A graph flows in; out come the hit rates, and the ranker that was learned on the other hidden edges.
The hit rate is the share of hidden edges whose target stands among the first ten for their source,
all products ranked, known targets left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .evidence import Evidence
from .graph import Codes, Graph
from .learned import Trees, hide, learn_edges, learn_ways
from .rivals import Rival, make_rival

#: Sources that are judged at most.
MOST = 1_500
K = 10
SHARE = 0.2


class Contest(NamedTuple):
    """Figures by name; the trees that rank, and those that say which way an edge points."""

    figures: dict[str, float]
    trees: Trees
    ways: Trees | None


def contest(graph: Graph, names: Sequence[str], *, seed: int) -> Contest:
    """Hit rate@10 of each plain rival in `names` and of `learned`, and the trees that did it."""
    rng = np.random.default_rng(seed)
    hidden = hide(graph, SHARE, seed)
    seen = Evidence(graph.without(hidden), seed=seed)
    source, target, _ = graph.pairs()
    source, target = source[hidden], target[hidden]
    asked = rng.permutation(np.unique(source))
    judged = np.sort(asked[: min(MOST, max(1, len(asked) // 5))])
    trees = learn_edges(graph, seen, hidden, np.sort(asked[len(judged) :]), seed=seed)
    own = np.isin(source, judged)
    lost = sparse.csr_array(
        (np.ones(own.sum(), dtype=np.float32), (source[own], target[own])),
        shape=(len(graph), len(graph)),
    )
    figures = {name: _plain(make_rival(name, seen), seen.graph, lost, judged) for name in names}
    u, v = seen.candidates(judged)
    scores = trees.probability(seen.table(u, v))
    figures["learned"] = _found(u, v, scores, lost)
    ways = learn_ways(graph, seen, hidden, seed=seed)
    return Contest({name: round(figure, 6) for name, figure in figures.items()}, trees, ways)


def _plain(rival: Rival, graph: Graph, lost: sparse.csr_array, judged: Codes) -> float:
    hits = 0.0
    for first in range(0, len(judged), 256):
        rows = judged[first : first + 256]
        hits += float(lost[rows].multiply(_marks(best(rival, graph, rows), lost.shape[1])).sum())
    return hits / max(int(lost.nnz), 1)


def best(rival: Rival, graph: Graph, rows: Codes, k: int = K) -> NDArray[np.int64]:
    """The `k` best products of each row that are no known targets; -1 where there are no more."""
    block = rival.block(rows).copy()
    for at, row in enumerate(rows):
        known = graph.forward.indices[graph.forward.indptr[row] : graph.forward.indptr[row + 1]]
        block[at, known] = 0.0
        block[at, row] = 0.0
    k = min(k, block.shape[1])
    found = np.argpartition(-block, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(block, found, axis=1)
    order = np.lexsort((found, -values), axis=1)
    found = np.take_along_axis(found, order, axis=1).astype(np.int64)
    found[np.take_along_axis(values, order, axis=1) <= 0] = -1
    return found


def _marks(found: NDArray[np.int64], n: int) -> sparse.csr_array:
    rows = np.repeat(np.arange(len(found)), found.shape[1])
    there = found.ravel() >= 0
    return sparse.csr_array(
        (np.ones(there.sum(), np.float32), (rows[there], found.ravel()[there])),
        shape=(len(found), n),
    )


def _found(u: Codes, v: Codes, scores: NDArray[np.float64], lost: sparse.csr_array) -> float:
    order = np.lexsort((v, -scores, u))
    u, v = u[order], v[order]
    place = np.arange(len(u)) - np.searchsorted(u, u)
    first = place < K
    made = sparse.csr_array(
        (np.ones(first.sum(), np.float32), (u[first], v[first])), shape=lost.shape
    )
    return float(made.multiply(lost).sum()) / max(int(lost.nnz), 1)
