"""How alike two products are in what leads where, told from content, for products without edges.

Content and the edges of some products flow in; kernels between those products, and from new ones to
them, flow out. A word counts by how much of it the graph explains (its R^2 on the graph's factors),
and two products are alike by such words and by the factors that content foretells: those of a
product with edges are foretold as if it had none, by the closed form of leaving one out of a kernel
ridge regression (Allen 1974), so that old and new products are compared by the same kind of guess.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .content import unit

Floats = NDArray[np.float32]
#: Columns of content that are taken as they are; wider content is made this narrow.
WIDE, NARROW = 1_024, 256
#: Factors of each side of an edge: at most, and one for so many products with edges; with fewer of
#: them than `_LEAST` the graph says too little, and content counts alone. So many weigh words.
_FACTORS, _EACH, _LEAST, _WORDS = 256, 8, 16, 64
#: How fast likeness falls: exp(-_FALL (1 - cosine)) of content, exp(-_FORETOLD (1 - cosine)) of
#: factors; how often they are foretold, each time by the kernel of the time before.
_FALL, _FORETOLD, _ROUNDS = 2.0, 3.0, 2
#: The ridge penalties: of content and of what is foretold, and of edges where factors count too.
_RIDGE, _LAST = 0.3, 1.5
#: The least that a word counts, beside the mean's 1.
_FLOOR = 0.01


def kernels(
    rows: sparse.csr_array, edges: sparse.csr_array, old: NDArray[Any], new: NDArray[Any]
) -> tuple[Floats, Floats]:
    """K + c I, [old, old], and k, [new, old]: exp(2 (cos z - 1) + 3 (cos f - 1)), and c = 1.5.

    With z the content, each column times its R^2, and f what kernel ridge regression foretells of
    the factors U: for a new product k (K + 0.3 I)^-1 U, for one with edges U - a / diag(G) where
    G = (K + 0.3 I)^-1 and a = G U, which is what the others alone foretell of it. K is first the
    kernel of z alone, then this one. With fewer than 128 products with edges it is the plain kernel
    of content, and c is 0.3.

    Parameters
    ----------
    rows : [products, words] of unit length or empty.
    edges : [products, products]; the rows of `new` hold none.
    old, new : places of the products.
    """
    factors = graph_factors(edges, min(_FACTORS, len(old) // _EACH))
    if factors is None:
        z = narrow(rows)
        return _penalised(_kernel(z, old, old, _FALL), _RIDGE), _kernel(z, new, old, _FALL)
    few = _unit(np.concatenate([side[:, :_WORDS] for side in factors], axis=1))
    z = narrow(unit(rows @ sparse.diags_array(explained(rows[old], few[old]))))
    whole = _unit(np.concatenate(factors, axis=1))
    content, across = _kernel(z, old, old, _FALL), _kernel(z, new, old, _FALL)
    inner, outer = content, across
    for _ in range(_ROUNDS):
        ours, theirs = foretold(inner, outer, whole[old])
        inner = content * _kernel(ours, None, None, _FORETOLD)
        outer = across * np.exp(_FORETOLD * (theirs @ ours.T - 1.0))
    return _penalised(inner, _LAST), outer


def foretold(inner: Floats, outer: Floats, factors: Floats) -> tuple[Floats, Floats]:
    """Rows of length 1: of products with edges as if each had none, and of new ones."""
    from scipy import linalg

    back = linalg.inv(_penalised(inner, _RIDGE), overwrite_a=True, check_finite=False)
    weights = back @ factors
    left_out = factors - weights / np.maximum(np.diag(back), 1e-9)[:, None]
    return _unit(left_out), _unit(outer @ weights)


def graph_factors(edges: sparse.csr_array, many: int) -> tuple[Floats, Floats] | None:
    """Source and target vectors of the degree-normalised graph; None with too few products."""
    if many < _LEAST:
        return None
    from sklearn.utils.extmath import randomized_svd

    out, into = (
        np.maximum(np.asarray(edges.sum(axis=axis)).ravel(), 1.0) ** -0.5 for axis in (1, 0)
    )
    even = sparse.csr_array(sparse.diags_array(out) @ edges @ sparse.diags_array(into))
    u, s, vt = randomized_svd(even, many, n_iter=3, random_state=0)
    root = np.sqrt(np.maximum(s, 0.0))
    return (u * root).astype(np.float32), (vt.T * root).astype(np.float32)


def explained(rows: sparse.csr_array, factors: Floats) -> Floats:
    """[words], mean 1: how much of where each word stands, and where not, the factors explain.

    R^2 less the share that as many columns of noise would explain, at least 0.01; a column that
    stands everywhere or nowhere counts as the mean, so dense vectors stay as they are.
    """
    n = len(factors)
    u = (factors - factors.mean(axis=0)).astype(np.float64)
    marks = rows.astype(bool).astype(np.float64)
    counts = np.asarray(marks.sum(axis=0)).ravel()
    total = counts * (1.0 - counts / n)
    shared = np.asarray((marks.T @ u).T)
    found = np.linalg.solve(u.T @ u + 1e-3 * np.eye(u.shape[1]), shared)
    share = (found * shared).sum(axis=0) / np.maximum(total, 1e-9)
    varies = total > 0
    share = np.clip(share - u.shape[1] / n, _FLOOR, 1.0)
    middle = float(share[varies].mean()) if varies.any() else 1.0
    made: Floats = np.where(varies, share / middle, 1.0).astype(np.float32)
    return made


def narrow(rows: sparse.csr_array, *, seed: int = 0) -> Floats:
    """Content as a dense array of at most `WIDE` columns, each row of length 1 or 0."""
    made: Any
    if rows.shape[1] <= WIDE:
        made = rows.toarray()
    else:
        from sklearn.utils.extmath import randomized_svd

        u, s, _ = randomized_svd(rows, min(NARROW, *rows.shape), n_iter=2, random_state=seed)
        made = u * s
    return _unit(made)


def _kernel(z: Floats, left: Any, right: Any, fall: float) -> Floats:
    """exp(-fall (1 - z z')) between two sets of rows; of all rows where they are None."""
    one, other = (z if at is None else z[at] for at in (left, right))
    made: Floats = one @ other.T
    made -= 1.0
    made *= fall
    return np.exp(made, out=made)


def _penalised(inner: Floats, ridge: float) -> Floats:
    made = inner.copy()
    made[np.diag_indices(len(made))] += ridge
    return made


def _unit(rows: Any) -> Floats:
    length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    made: Floats = (rows / np.where(length > 1e-12, length, 1.0)).astype(np.float32)
    return made
