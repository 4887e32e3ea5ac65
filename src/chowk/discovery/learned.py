"""The learned ranker: which hidden edges come back, from the evidence that the others leave.

A share of the known edges is hidden, the evidence is made from the rest, and gradient-boosted
trees (Friedman 2001; LightGBM) learn from it which candidates are the hidden ones. Others learn
which way a one-way edge points, and what goes with products whose edges were all hidden: new ones.
Trees are kept as text, which holds data and no code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .evidence import Evidence, Table
from .graph import Codes, Graph
from .sparse_top import at

if TYPE_CHECKING:
    import lightgbm

#: Sources whose candidates are learned from.
MOST_SOURCES = 6_000
#: Candidates that are no edges which are learned from; those that are weigh the more.
_NEGATIVES = 250_000
_TREES: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 47,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}
#: For new products, of which few are learned from: their pairs are many, but not independent. A
#: leaf holds `_SHARE` of the pairs, at least as many as in other trees and at most `_LEAF`.
_CALM = {"learning_rate": 0.05, "num_leaves": 15}
_LEAF, _SHARE = 200, 0.002


class Trees:
    """Boosted trees that say how likely a pair is an edge."""

    def __init__(self, text: str) -> None:
        import lightgbm

        self.text = text
        self._trees: lightgbm.Booster = lightgbm.Booster(model_str=text)

    def probability(self, table: Table) -> NDArray[np.float64]:
        """[pairs], in (0, 1)."""
        if not len(table):
            return np.zeros(0)
        found = self._trees.predict(table, num_threads=_threads(table))
        return np.asarray(found, dtype=np.float64)

    @classmethod
    def learn(
        cls,
        table: Table,
        label: Any,
        weight: Any,
        names: list[str],
        *,
        rounds: int,
        seed: int,
        **settings: Any,
    ) -> Trees:
        """Fit on rows of evidence; `settings` are LightGBM's own."""
        import lightgbm

        rows = lightgbm.Dataset(table, label, weight=weight, feature_name=names)
        told = {**_TREES, **settings, "seed": seed, "num_threads": _threads(table)}
        made = lightgbm.train(told, rows, rounds)
        return cls(made.model_to_string())


def _threads(table: Table) -> int:
    """Threads that wait for each other cost more than they save on small tables."""
    return 2 if len(table) > 50_000 else 1


def hide(graph: Graph, share: float, seed: int) -> NDArray[np.bool_]:
    """Marks of a random `share` of the edges, in the order of `Graph.pairs`."""
    rng = np.random.default_rng(seed)
    hidden: NDArray[np.bool_] = rng.random(graph.forward.nnz) < share
    return hidden


def learn_edges(
    graph: Graph, seen: Evidence, hidden: NDArray[np.bool_], sources: Codes, *, seed: int
) -> Trees:
    """Trees for products that have edges: `seen` is the evidence without the hidden ones."""
    rng = np.random.default_rng(seed)
    if len(sources) > MOST_SOURCES:
        sources = np.sort(rng.choice(sources, MOST_SOURCES, replace=False))
    lost = Graph(graph.places, graph.forward - seen.graph.forward, graph.views, None)
    table, label, weight = _rows(seen, lost, sources, rng)
    return Trees.learn(table, label, weight, seen.names, rounds=150, seed=seed)


def learn_ways(
    graph: Graph, seen: Evidence, hidden: NDArray[np.bool_], *, seed: int
) -> Trees | None:
    """Trees that say which way a one-way edge points: hidden ones beside their reverses."""
    s, t, _ = graph.pairs()
    one_way = hidden & (at(graph.forward, t, s) == 0)
    a, b = s[one_way], t[one_way]
    if len(a) < 50:
        return None
    table = seen.table(np.concatenate([a, b]), np.concatenate([b, a]))
    label = np.concatenate([np.ones(len(a)), np.zeros(len(a))])
    return Trees.learn(
        table,
        label,
        np.ones(len(label)),
        seen.names,
        rounds=250,
        seed=seed,
        num_leaves=15,
        learning_rate=0.06,
        feature_fraction=0.3,
        min_data_in_leaf=40,
    )


def learn_new(graph: Graph, *, share: float = 0.2, seed: int) -> Trees | None:
    """Trees for products without any edge: a share of the products loses all of theirs."""
    rng = np.random.default_rng(seed)
    able = np.flatnonzero(~graph.cold & (np.diff(graph.content.rows.indptr) > 0))  # type: ignore[union-attr]
    if len(able) < 40:
        return None
    gone = np.zeros(len(graph), dtype=bool)
    gone[rng.choice(able, int(share * len(able)), replace=False)] = True
    rest = graph.without_nodes(gone)
    seen = Evidence(rest, seed=seed)
    lost = Graph(graph.places, graph.forward - rest.forward, graph.views, None)
    new = np.flatnonzero(gone)
    old = np.unique(graph.pairs()[0][gone[graph.pairs()[1]]])
    old = old[~gone[old]]
    if len(old) > MOST_SOURCES // 2:
        old = np.sort(rng.choice(old, MOST_SOURCES // 2, replace=False))
    sources = np.sort(np.concatenate([new[:MOST_SOURCES], old]))
    u, v = seen.candidates(sources, cold=gone)
    touched = gone[u] | gone[v]
    table, label, weight = _sampled(seen, lost, u[touched], v[touched], rng)
    if label.sum() < 30:
        return None
    # What stands in every row of a new product would be learned by heart, as its name.
    table[:, seen.own] = 0.0
    least = max(_TREES["min_data_in_leaf"], min(_LEAF, int(_SHARE * len(table))))
    told = {**_CALM, "min_data_in_leaf": least}
    return Trees.learn(table, label, weight, seen.names, rounds=150, seed=seed, **told)


def _rows(seen: Evidence, lost: Graph, sources: Codes, rng: Any) -> Any:
    u, v = seen.candidates(sources)
    return _sampled(seen, lost, u, v, rng)


def _sampled(seen: Evidence, lost: Graph, u: Codes, v: Codes, rng: Any) -> Any:
    forward = lost.forward
    forward.eliminate_zeros()
    forward.sort_indices()
    label = at(forward, u, v) > 0
    share = min(1.0, _NEGATIVES / max(len(u), 1))
    kept = label | (rng.random(len(u)) < share)
    weight = np.where(label[kept], 1.0, 1.0 / share)
    return seen.table(u[kept], v[kept]), label[kept].astype(np.float64), weight
