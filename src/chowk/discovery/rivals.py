"""The plain recommenders over a directed graph, behind the same calls as the learned one.

A graph and its evidence flow in; each rival gives one number a pair and a block of rows. Sources:
directed lift (Brin et al. 1997), item-kNN (Sarwar et al. 2001; Deshpande and Karypis 2004), EASE
(Steck 2019), and LightGCN's limit of infinitely many layers, the ideal low-pass filter of the
normalised graph (Shen et al. 2021, "How powerful is graph convolution for recommendation?").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import parameter

from . import ease
from .evidence import Evidence
from .graph import Codes, tidy
from .sparse_top import at

Block = NDArray[np.float32]
#: Beyond this many products the closed form takes the most linked ones.
_DENSE = 8_000


class Rival:
    """One plain score: a sparse or dense array, or a product of two thin ones.

    Parameters
    ----------
    name : as in `RIVALS`.
    whole : [products, products].
    thin : left and right factors, where the array is their product.
    """

    def __init__(self, name: str, whole: Any = None, thin: tuple[Block, Block] | None = None):
        self.name, self.whole, self.thin = name, whole, thin

    def block(self, sources: Codes) -> Block:
        """[sources, products], dense."""
        if self.thin is not None:
            return self.thin[0][sources] @ self.thin[1].T
        rows = self.whole[sources]
        made: Block = rows.toarray() if sparse.issparse(rows) else np.asarray(rows)
        return made.astype(np.float32)

    def pairs(self, source: Codes, target: Codes) -> NDArray[np.float64]:
        """One number a pair."""
        if self.thin is not None:
            found = np.einsum("ij,ij->i", self.thin[0][source], self.thin[1][target])
        elif sparse.issparse(self.whole):
            found = at(self.whole, source, target)
        else:
            found = self.whole[source, target]
        return np.asarray(found, dtype=np.float64)


def _popularity(e: Evidence) -> Rival:
    n = len(e.graph)
    return Rival("popularity", thin=(np.ones((n, 1), np.float32), e.in_degree[:, None]))


def _lift(e: Evidence) -> Rival:
    """w(u,v) W / (w(u) w(v)), shrunk as if one more edge had been seen; 0 for what was not."""
    a = e.graph.forward
    out, into = (np.asarray(a.sum(axis=i)).ravel() for i in (1, 0))
    source = np.repeat(np.arange(len(e.graph)), np.diff(a.indptr))
    chance = out[source] * into[a.indices] / max(float(a.sum()), 1e-9)
    data = (a.data / (chance + 1.0)).astype(np.float32)
    return Rival("lift", sparse.csr_array((data, a.indices, a.indptr), shape=a.shape))


def _undirected(e: Evidence) -> Rival:
    return Rival("undirected knn", e.walks["any_knn"])


def _directed(e: Evidence) -> Rival:
    return Rival("directed knn", e.walks["target_knn"])


def _directed_sources(e: Evidence) -> Rival:
    return Rival("directed knn of sources", e.walks["source_knn"])


def _back_first(e: Evidence) -> Rival:
    """Whom a product leads to leads back, where the graph's edges often go both ways.

    Where fewer than a tenth do, a known edge speaks against its reverse: a case wants no phone.
    """
    knn, back = e.walks["target_knn"], e.walks["known_back"].astype(bool).astype(np.float32)
    mutual = back.multiply(e.graph.forward.astype(bool)).sum() / max(back.nnz, 1)
    if mutual < 0.1:
        only = knn - knn.multiply(back)
        return Rival("directed knn, reverse edges first", tidy(only))
    first = float(knn.data.max(initial=0.0)) + 1.0
    return Rival("directed knn, reverse edges first", sparse.csr_array(knn + first * back))


def _ease(e: Evidence) -> Rival:
    """Targets from a source's other targets by ridge regression without a diagonal."""
    n = len(e.graph)
    a = e.graph.forward.astype(bool).astype(np.float64)
    some = np.sort(np.argsort(-e.in_degree, kind="stable")[:_DENSE])
    some = some[e.in_degree[some] > 0]
    part = sparse.csr_array(a[:, some])
    weights = ease.solve((part.T @ part).toarray(), ridge=1.5)
    whole = np.zeros((n, n), dtype=np.float32)
    whole[:, some] = part.astype(np.float32) @ weights.astype(np.float32)
    return Rival("ease", whole)


def _low_pass(e: Evidence) -> Rival:
    return Rival("lightgcn, closed form", thin=(e.left, e.right))


def _content(e: Evidence) -> Rival:
    if "content" not in e.walks:
        return Rival("content", sparse.csr_array((len(e.graph), len(e.graph)), dtype=np.float32))
    return Rival("content", e.walks["content"])


_MAKERS: dict[str, Callable[[Evidence], Rival]] = {
    "popularity": _popularity,
    "lift": _lift,
    "undirected knn": _undirected,
    "directed knn": _directed,
    "directed knn of sources": _directed_sources,
    "directed knn, reverse edges first": _back_first,
    "ease": _ease,
    "lightgcn, closed form": _low_pass,
    "content": _content,
}
#: Names of the plain rivals.
RIVALS = tuple(_MAKERS)


def make_rival(name: str, evidence: Evidence) -> Rival:
    """A plain rival by name, from the evidence of one graph."""
    if name not in _MAKERS:
        raise parameter("rivals", "method", f"one of {', '.join(_MAKERS)}", name)
    return _MAKERS[name](evidence)
