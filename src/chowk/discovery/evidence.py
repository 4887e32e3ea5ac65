"""What a graph says of a pair of products: walks, neighbours, content, and who is popular.

A `Graph` flows in; out come candidates for each source, and for any pairs a table of numbers that a
learned ranker weighs. Each number is one plain recommender: item-kNN on either side of the edge
(Deshpande and Karypis 2004), two-step walks, a truncated singular value decomposition of the
directed, degree-normalised graph (source and target vectors, as in APP and HOPE), and the same
through products of like content, which is all that a new product has.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .content import SHORT
from .graph import Codes, Graph, tidy
from .sparse_top import at, product, top
from .taught import taught

Table = NDArray[np.float32]
#: Numbers of the source and target vectors.
FACTORS = 64
#: Values of a walk that are looked at in both directions.
_BOTH = ("target_knn", "source_knn", "two_steps", "knn_in", "knn_out", "any_knn")


class Evidence:
    """Sparse walks over one graph.

    Parameters
    ----------
    graph : the edges that may be used; hidden ones are not in it.
    seed : of the decomposition.
    neighbours : of each product in the neighbourhood models.
    whole : False makes only what reasons are told from, in a fraction of the time.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        seed: int = 0,
        neighbours: int | None = None,
        whole: bool = True,
    ) -> None:
        n = len(graph)
        kept = neighbours or (100 if n <= 20_000 else 40)
        wide = 600 if n <= 20_000 else 150
        self.graph, self.kept = graph, kept
        self.walks: dict[str, sparse.csr_array]
        a = graph.forward.copy()
        a.data = np.log1p(a.data) / np.log(2.0)
        back = tidy(a.T)
        rows_out, rows_in = _unit(a), _unit(back)
        like_out = product(rows_out, rows_out.T, kept, diagonal=False)
        like_in = product(rows_in, rows_in.T, kept, diagonal=False)
        self.short: Table | None = None
        if graph.content is not None:
            self._add_lent(graph, kept)
        if not whole:
            self.walks = {"known_back": back, "alike_out": like_out, "alike_in": like_in}
            return
        any_way = tidy(a + back)
        any_way.data[:] = 1.0
        rows_any = _unit(any_way)
        like_any = product(rows_any, rows_any.T, kept, diagonal=False)
        self.out_degree = np.diff(a.indptr).astype(np.float32)
        self.in_degree = np.diff(back.indptr).astype(np.float32)
        any_degree = np.diff(any_way.indptr).astype(np.float32)
        even = tidy(_over_root(self.out_degree) @ a @ _over_root(self.in_degree))
        self.walks = {
            "known_back": back,
            "source_knn": product(like_out, a, wide),
            "target_knn": product(a, like_in.T, wide),
            "any_knn": product(like_any, any_way, wide),
            "knn_in": product(like_in, a, wide),
            "knn_out": product(a, like_out.T, wide),
            "two_steps": product(even, even, wide),
            "alike_out": like_out,
            "alike_in": like_in,
            "alike_any": like_any,
        }
        if graph.views.nnz:
            self.walks["view"] = graph.views
            self.walks["buy_view"] = product(a, graph.views, wide)
            self.walks["view_buy"] = product(graph.views, a, wide)
        if graph.content is not None:
            self._add_content(graph, a, wide, seed)
        self.left, self.right = _factors(even, seed)
        self._add_nodes(graph, a, back, any_degree)

    def _add_lent(self, graph: Graph, kept: int) -> None:
        assert graph.content is not None
        rows = graph.content.rows
        alike = product(rows, rows.T, max(kept // 2, 20), diagonal=False)
        warm = sparse.diags_array((~graph.cold).astype(np.float32))
        self.alike = alike
        close = alike.copy()
        close.data = np.maximum(close.data, 0.0) ** 3
        total = np.asarray(close.sum(axis=1)).ravel()
        # Only products with edges can lend them.
        lent = tidy(sparse.diags_array(1.0 / np.maximum(total, 1e-6)) @ close @ warm)
        self.lent = lent

    def _add_content(self, graph: Graph, a: sparse.csr_array, wide: int, seed: int) -> None:
        assert graph.content is not None
        rows, alike, lent = graph.content.rows, self.alike, self.lent
        self.walks["content"] = alike
        self.walks["lent_source"] = product(lent, a, wide)
        self.walks["lent_target"] = product(a, lent.T, wide)
        names = ("taught_source", "taught_target", "taught_both")
        self.walks.update(zip(names, taught(graph, a, wide), strict=True))
        self.walks["lent_both"] = product(top(self.walks["lent_source"], 100), lent.T, wide)
        self.short = _short(rows, seed)

    def _add_nodes(
        self, graph: Graph, a: sparse.csr_array, back: sparse.csr_array, any_degree: Table
    ) -> None:
        logs_in, logs_out = np.log1p(self.in_degree), np.log1p(self.out_degree)
        over_out = 1.0 / np.maximum(np.asarray(a.sum(axis=1)).ravel(), 1.0)
        over_in = 1.0 / np.maximum(np.asarray(back.sum(axis=1)).ravel(), 1.0)
        mutual = np.asarray(a.minimum(back).astype(bool).sum(axis=1)).ravel()
        columns = {
            "in": logs_in,
            "out": logs_out,
            "any": np.log1p(any_degree),
            "in_of_targets": over_out * (a @ logs_in),
            "in_of_sources": over_in * (back @ logs_in),
            "out_of_targets": over_out * (a @ logs_out),
            "out_of_sources": over_in * (back @ logs_out),
            "mutual": mutual / np.maximum(self.out_degree, 1.0),
            "rank": np.log(_page_rank(a, self.out_degree)),
        }
        if graph.content is not None:
            columns["lent_in"] = self.lent @ logs_in
            columns["lent_out"] = self.lent @ logs_out
        self.nodes = np.stack(list(columns.values()), axis=1).astype(np.float32)
        self.node_names = list(columns)

    # -- answers ------------------------------------------------------------------------------

    def candidates(
        self, sources: Codes, each: int = 50, *, cold: NDArray[np.bool_] | None = None
    ) -> tuple[Codes, Codes]:
        """Pairs worth a look, as (sources, targets) sorted by both; known edges are left out.

        With `cold`, the new products that fit best are always among them.
        """
        names = ("target_knn", "source_knn", "any_knn", "two_steps", "knn_in", "buy_view",
                 "lent_source", "lent_target", "lent_both", "taught_source", "taught_target",
                 "taught_both", "content")  # fmt: skip
        pick = sparse.csr_array(
            (np.ones(len(sources), np.float32), (np.arange(len(sources)), sources)),
            shape=(len(sources), len(self.graph)),
        )
        found = _marks(pick @ self.walks["known_back"])
        for name in names:
            if name in self.walks:
                found = found + _marks(top(pick @ self.walks[name], each))
        if cold is not None and cold.any() and "lent_target" in self.walks:
            only = sparse.diags_array(cold.astype(np.float32))
            for name in ("lent_target", "lent_both", "taught_target", "taught_both"):
                found = found + _marks(top(pick @ self.walks[name] @ only, 20))
        known = _marks(pick @ self.graph.forward) + _marks(pick)
        found = tidy(found - found.multiply(known.astype(bool).astype(np.float32)))
        rows = np.repeat(sources, np.diff(found.indptr))
        return rows.astype(np.int64), found.indices.astype(np.int64)

    def table(self, source: Codes, target: Codes) -> Table:
        """One row a pair; the columns are `names`."""
        columns = []
        for name, walk in self.walks.items():
            there = at(walk, source, target)
            columns.append(there)
            if name in _BOTH:
                columns.append(there - at(walk, target, source))
        ahead = _dots(self.left, self.right, source, target)
        columns += [ahead, ahead - _dots(self.left, self.right, target, source)]
        if self.short is not None:
            columns.append(_dots(self.short, self.short, source, target))
        u, v = self.nodes[source], self.nodes[target]
        return np.concatenate([np.stack(columns, axis=1), u, v, v - u], axis=1)

    @property
    def names(self) -> list[str]:
        """The columns of `table`."""
        made: list[str] = []
        for name in self.walks:
            made += [name, f"{name}_more"] if name in _BOTH else [name]
        made += ["factors", "factors_more"] + (["words"] if self.short is not None else [])
        for side in ("source", "target", "more"):
            made += [f"{name}_{side}" for name in self.node_names]
        return made

    @property
    def own(self) -> NDArray[np.bool_]:
        """Marks of the columns of what a product's content lends it, whatever the other product."""
        found: NDArray[np.bool_] = np.array(
            [name.startswith(("lent_in_", "lent_out_")) for name in self.names]
        )
        return found


def _unit(rows: sparse.csr_array) -> sparse.csr_array:
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return tidy(sparse.diags_array(1.0 / np.where(length > 0, length, 1.0)) @ rows)


def _over_root(degree: Table) -> Any:
    return sparse.diags_array((1.0 / np.sqrt(np.maximum(degree, 1.0))).astype(np.float32))


def _marks(rows: Any) -> sparse.csr_array:
    made = tidy(rows)
    made.data[:] = 1.0
    return made


def _dots(left: Table, right: Table, source: Codes, target: Codes) -> Table:
    made = np.empty(len(source), dtype=np.float32)
    for first in range(0, len(source), 200_000):
        rows = slice(first, first + 200_000)
        made[rows] = np.einsum("ij,ij->i", left[source[rows]], right[target[rows]])
    return made


def _factors(even: sparse.csr_array, seed: int) -> tuple[Table, Table]:
    """Source and target vectors: even ≈ left @ right.T with `FACTORS` columns."""
    n = even.shape[0]
    if n < 3 * FACTORS or even.nnz < FACTORS:
        zero = np.zeros((n, 1), dtype=np.float32)
        return zero, zero
    from sklearn.utils.extmath import randomized_svd

    u, s, vt = randomized_svd(even, FACTORS, n_iter=3, random_state=seed)
    return (u * s).astype(np.float32), np.ascontiguousarray(vt.T, dtype=np.float32)


def _short(rows: sparse.csr_array, seed: int) -> Table:
    if min(rows.shape) <= SHORT:
        dense: Table = rows.toarray().astype(np.float32)
        return dense
    from sklearn.utils.extmath import randomized_svd

    u, s, _ = randomized_svd(rows, SHORT, n_iter=2, random_state=seed)
    made: Table = (u * s).astype(np.float32)
    return made


def _page_rank(a: sparse.csr_array, out_degree: Table, rounds: int = 30) -> NDArray[np.float64]:
    """The stationary share of a walk that starts anew with chance 0.15 (Brin and Page 1998)."""
    n = a.shape[0]
    total = np.asarray(a.sum(axis=1)).ravel()
    step = sparse.csr_array((sparse.diags_array(1.0 / np.maximum(total, 1e-9)) @ a).T)
    rank = np.full(n, 1.0 / max(n, 1))
    if not n:
        return rank
    for _ in range(rounds):
        rank = 0.15 / n + 0.85 * (step @ rank + rank[out_degree == 0].sum() / n)
    return rank
