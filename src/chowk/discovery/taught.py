"""What a product's content teaches about its edges, for products that have none.

A graph with content flows in; out come two sparse blocks of scores: of new products as sources, and
as targets. Each is a ridge regression (Hoerl and Kennard 1970) from content to the edges of the
products that have some: which words lead where, where likeness alone says only who is like whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .graph import tidy
from .sparse_top import top

if TYPE_CHECKING:
    from .graph import Graph

#: Columns of content that are taken as they are; wider content is made this narrow.
WIDE, NARROW = 1_024, 256
#: The ridge penalty, for content of length 1.
_PENALTY = 3.0
#: New products that are scored at most; further ones have what products of like content lend.
_MOST = 20_000
_BLOCK = 512


def taught(
    graph: Graph, edges: sparse.csr_array, kept: int
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """[products, products] scores above 0 where the source is new, and where the target is.

    With Z the content of products that have edges and A their edges over the root of how many
    they have, a new product z has z (Z'Z + 3 I)^-1 Z'A: the `kept` best of each are given.
    """
    assert graph.content is not None
    n = len(graph)
    nothing = sparse.csr_array((n, n), dtype=np.float32)
    new = np.flatnonzero(graph.cold & (np.diff(graph.content.rows.indptr) > 0))[:_MOST]
    if not len(new) or graph.cold.all():
        return nothing, nothing
    z = narrow(graph.content.rows)
    old = np.flatnonzero(~graph.cold)
    penalty = _PENALTY * np.eye(z.shape[1], dtype=np.float32)
    teaches = np.linalg.solve(z[old].T @ z[old] + penalty, z[old].T)
    made = []
    for way in (edges, tidy(edges.T)):
        total = np.maximum(np.asarray(way.sum(axis=1)).ravel(), 1.0)
        even = sparse.csr_array(sparse.diags_array((total**-0.5).astype(np.float32)) @ way)
        # (Z'A)' keeps the sparse matrix on the left, where it is quick.
        weights = np.asarray(even[old].T @ teaches.T).T
        rows, columns, data = [], [], []
        for first in range(0, len(new), _BLOCK):
            some = new[first : first + _BLOCK]
            block = top(sparse.csr_array(np.maximum(z[some] @ weights, 0.0)), kept).tocoo()
            rows.append(some[block.coords[0]])
            columns.append(block.coords[1])
            data.append(block.data)
        at = (np.concatenate(rows), np.concatenate(columns))
        made.append(sparse.csr_array((np.concatenate(data), at), shape=(n, n), dtype=np.float32))
    return tidy(made[0]), tidy(made[1].T)


def narrow(rows: sparse.csr_array, *, seed: int = 0) -> NDArray[np.float32]:
    """Content as a dense array of at most `WIDE` columns, each row of length 1 or 0."""
    made: Any
    if rows.shape[1] <= WIDE:
        made = rows.toarray()
    else:
        from sklearn.utils.extmath import randomized_svd

        u, s, _ = randomized_svd(rows, min(NARROW, *rows.shape), n_iter=2, random_state=seed)
        made = u * s
    length = np.sqrt((made**2).sum(axis=1, keepdims=True))
    found: NDArray[np.float32] = (made / np.where(length > 0, length, 1.0)).astype(np.float32)
    return found
