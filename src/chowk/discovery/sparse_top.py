"""The best few entries of each row of a sparse product, without ever holding it whole.

Neighbourhood models multiply large sparse arrays, and of each row only the heaviest entries count.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

#: Rows that are multiplied at once.
BLOCK = 1024


def top(rows: Any, k: int) -> sparse.csr_array:
    """The `k` largest entries of each row; the others become 0.

    >>> top(np.array([[3.0, 1.0, 2.0]]), 2).toarray().tolist()
    [[3.0, 0.0, 2.0]]
    """
    made = sparse.csr_array(rows, dtype=np.float32)
    counts = np.diff(made.indptr)
    if not len(counts) or counts.max() <= k:
        made.sort_indices()
        return made
    kept = np.ones(len(made.data), dtype=bool)
    for row in np.flatnonzero(counts > k):
        a, b = made.indptr[row], made.indptr[row + 1]
        out = np.argpartition(made.data[a:b], b - a - k)[: b - a - k]
        kept[a + out] = False
    starts = np.concatenate([[0], np.cumsum(np.minimum(counts, k))])
    found = sparse.csr_array((made.data[kept], made.indices[kept], starts), shape=made.shape)
    found.sort_indices()
    return found


def product(left: Any, right: Any, k: int, *, diagonal: bool = True) -> sparse.csr_array:
    """The `k` largest entries of each row of left @ right; without the diagonal if so asked."""
    left, right = sparse.csr_array(left), sparse.csr_array(right)
    parts = []
    for first in range(0, left.shape[0], BLOCK):
        block = sparse.csr_array(left[first : first + BLOCK] @ right)
        if not diagonal:
            own = np.arange(first, first + block.shape[0])
            row = np.repeat(own, np.diff(block.indptr))
            block.data[block.indices == row] = 0
            block.eliminate_zeros()
        parts.append(top(block, k))
    if not parts:
        return sparse.csr_array((left.shape[0], right.shape[1]), dtype=np.float32)
    stacked = sparse.csr_array(sparse.vstack(parts, format="csr"))
    stacked.sort_indices()
    return stacked


def at(values: sparse.csr_array, row: Any, column: Any) -> NDArray[np.float32]:
    """The entries at (row, column), one a pair."""
    if not len(row) or not values.nnz:
        return np.zeros(len(row), dtype=np.float32)
    keys = values.indices.astype(np.int64)
    n = values.shape[1]
    if "_keys" not in values.__dict__:
        lines = np.repeat(np.arange(values.shape[0], dtype=np.int64), np.diff(values.indptr))
        values.__dict__["_keys"] = lines * n + keys
    held = values.__dict__["_keys"]
    asked = np.asarray(row, dtype=np.int64) * n + np.asarray(column, dtype=np.int64)
    place = np.minimum(np.searchsorted(held, asked), len(held) - 1)
    found: NDArray[np.float32] = np.where(held[place] == asked, values.data[place], 0.0)
    return found.astype(np.float32)
