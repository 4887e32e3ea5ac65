"""What a product's content teaches about its edges, for products that have none.

A graph with content flows in; out come three sparse blocks of scores: of new products as sources,
as targets, and as both. Each is a kernel ridge regression (Saunders, Gammerman and Vovk 1998) from
content to the edges of the products that have some: which words lead where, where likeness alone
says only who is like whom. What is found so is spread to what is found together with it (Zhou et
al. 2004).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .foretold import kernels, narrow
from .graph import tidy
from .sparse_top import product, top

if TYPE_CHECKING:
    from .graph import Graph

#: The ridge penalty of the linear form, for content of length 1. It is taken where more products
#: have edges than `_KERNEL`, since the kernel's time grows with their cube, and where more are new,
#: since it holds every pair.
_PENALTY, _KERNEL = 3.0, 12_000
#: What is spread to what stands with a target, each of two times; of so many such products.
_SPREAD, _BESIDE = 0.5, 200
#: Of more products in all, nothing is spread, and pairs of two new ones have no score.
_LARGE = 20_000
#: New products that are scored at most; further ones have what products of like content lend.
_MOST = 20_000
_BLOCK = 512


def taught(
    graph: Graph, edges: sparse.csr_array, kept: int
) -> tuple[sparse.csr_array, sparse.csr_array, sparse.csr_array]:
    """[products, products] scores above 0 where the source is new, the target is, and both are.

    With K the kernel between products that have edges and c its penalty (`foretold.kernels`), k
    that of a new one with them, A their edges over the root of how many they have, and C how often
    two targets share a source over the roots of their counts, each row over its sum, it has
    p + p C / 2 with p likewise of k (K + c I)^-1 A: the `kept` best of each are given. A new source
    has with a new target what (K + c I)^-1 k of the target makes of its scores.
    """
    assert graph.content is not None
    n = len(graph)
    nothing = sparse.csr_array((n, n), dtype=np.float32)
    new = np.flatnonzero(graph.cold & (np.diff(graph.content.rows.indptr) > 0))[:_MOST]
    if not len(new) or graph.cold.all():
        return nothing, nothing, nothing
    old = np.flatnonzero(~graph.cold)
    left, right = _weights(graph.content.rows, edges, old, new)
    made: list[sparse.csr_array] = []
    both: list[sparse.csr_array] = []
    for way in (edges, tidy(edges.T)):
        even = sparse.csr_array(_over_root(way, 1) @ way)[old]
        beside = _beside(way) if n <= _LARGE else None
        blocks = []
        for first in range(0, len(new), _BLOCK):
            some = new[first : first + _BLOCK]
            # (A' w')' keeps the sparse array on the left, where it is quick.
            weighs = left[first : first + _BLOCK]
            block = np.asarray(even.T @ (weighs if right is None else weighs @ right).T)
            for _ in range(0 if beside is None else 2):
                block = block + _SPREAD * np.asarray(beside @ block)
                block = np.maximum(block, 0.0)
            blocks.append(_best(np.maximum(block.T, 0.0), some, n, kept))
            if not made and n <= _LARGE:
                across = np.zeros((n, len(some)), dtype=np.float32)
                own = block[old] if right is None else right @ block[old]
                across[new] = np.maximum(left @ own, 0.0)
                both.append(_best(across.T, some, n, kept))
        made.append(tidy(sum(blocks[1:], start=blocks[0])))
    return made[0], tidy(made[1].T), tidy(sum(both, start=nothing))


def _best(scores: Any, rows: Any, n: int, kept: int) -> sparse.csr_array:
    """The `kept` best of each row of scores, in those rows of an array [n, n]."""
    best = top(sparse.csr_array(scores), kept).tocoo()
    at = (rows[best.coords[0]], best.coords[1])
    return sparse.csr_array((best.data, at), shape=(n, n), dtype=np.float32)


def _weights(
    rows: sparse.csr_array, edges: sparse.csr_array, old: Any, new: Any
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """[new, old], what each product with edges says of each new one; or two factors of it."""
    if max(len(old), len(new)) > _KERNEL:
        z = narrow(rows)
        penalty = _PENALTY * np.eye(z.shape[1], dtype=np.float32)
        return z[new], np.linalg.solve(z[old].T @ z[old] + penalty, z[old].T)
    from scipy import linalg

    inner, across = kernels(rows, edges, old, new)
    solved = linalg.solve(inner, across.T, assume_a="pos", overwrite_a=True)
    return np.ascontiguousarray(solved.T, dtype=np.float32), None


def _beside(way: sparse.csr_array) -> sparse.csr_array:
    """C': column t holds what stands with target t, and sums to 1."""
    marks = way.astype(bool).astype(np.float32)
    even = sparse.csr_array(marks @ _over_root(marks, 0))
    shared = product(even.T, even, _BESIDE, diagonal=False)
    total = np.asarray(shared.sum(axis=1)).ravel()
    over = sparse.diags_array((1.0 / np.maximum(total, 1e-9)).astype(np.float32))
    return tidy((over @ shared).T)


def _over_root(way: sparse.csr_array, axis: int) -> Any:
    total = np.maximum(np.asarray(way.sum(axis=axis)).ravel(), 1.0)
    return sparse.diags_array((total**-0.5).astype(np.float32))
