"""The product space on a plane: products that the same people turn to lie near each other.

Product vectors flow in; out come places in the unit square for the commonest products. They are
the two directions in which unit vectors differ most (Pearson 1901, principal components), spread
by rank, so that no crowd hides in a corner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def plane(
    vectors: NDArray[np.float32], counts: NDArray[np.float32], most: int = 400
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `most` commonest products with a vector, and where they lie: [products, 2] in [0, 1].

    >>> vectors = np.array([[1, 0, 0], [1, .1, 0], [0, 1, 0], [0, 1, .1]], dtype=np.float32)
    >>> codes, where = plane(vectors, np.array([4, 3, 2, 1], dtype=np.float32))
    >>> near, far = abs(where[0] - where[1])[0], abs(where[0] - where[2])[0]
    >>> codes.tolist(), bool(near < far)
    ([0, 1, 2, 3], True)
    """
    length = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1))
    able = np.flatnonzero((length > 0) & (counts > 0))
    codes = np.sort(able[np.argsort(-counts[able], kind="stable")[:most]])
    if len(codes) < 3 or vectors.shape[1] < 2:
        return codes[:0].astype(np.int64), np.zeros((0, 2))
    unit = vectors[codes] / length[codes, None]
    middle = unit - unit.mean(axis=0)
    _, _, ways = np.linalg.svd(middle, full_matrices=False)
    # The sign of a direction is arbitrary: the largest entry is made positive.
    ways = ways[:2] * np.sign(ways[:2][np.arange(2), np.abs(ways[:2]).argmax(axis=1)])[:, None]
    flat = middle @ ways.T
    ranks = np.argsort(np.argsort(flat, axis=0, kind="stable"), axis=0)
    return codes.astype(np.int64), ranks / (len(codes) - 1)
