"""EASE: item weights in closed form, from the Gram matrix of baskets and products.

Each product is predicted from the others in the basket by ridge regression with a zero diagonal,
which takes out what a third product explains. Source: Steck 2019, "Embarrassingly shallow
autoencoders for sparse data" (WWW); the spreading of popular items follows its later relatives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from chowk.errors import parameter


def solve(
    gram: NDArray[np.float64], *, ridge: float = 1.0, spread: float = 0.0
) -> NDArray[np.float64]:
    """Weights B [items, items]; B[s, t] is what having s adds to the score of t.

    With G = D^(-spread) gram D^(-spread), D = diag(gram), and P = (G + lambda I)^(-1), the
    minimiser of |X - XB|^2 + lambda |B|^2 with diag(B) = 0 is B[s, t] = -P[s, t] / P[t, t].
    Lambda is `ridge` times the mean of G's diagonal, so that it fits stores of any size.

    Parameters
    ----------
    gram : symmetric, positive semidefinite, with a positive diagonal.
    ridge : above 0; larger trusts pairs less.
    spread : in [0, 0.5]; above 0, popular products pull less.

    Examples
    --------
    >>> solve(np.array([[2.0, 1.0], [1.0, 2.0]]), ridge=1.0).round(3)
    array([[0.  , 0.25],
           [0.25, 0.  ]])
    """
    if not ridge > 0:
        raise parameter("ease.solve", "ridge", "a number above 0", ridge)
    n = len(gram)
    if n == 0:
        return np.zeros((0, 0))
    scale = np.diag(gram) ** -spread
    system = gram * scale[:, None] * scale[None, :]
    system[np.diag_indices(n)] += ridge * np.diag(system).mean()
    factor, broken = linalg.lapack.dpotrf(system.T, lower=1, overwrite_a=1)
    if not broken:
        inverse, broken = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    if broken:
        raise parameter("ease.solve", "gram", "positive semidefinite", f"shape {gram.shape}")
    # Both fill the lower half only and leave zeros above it.
    inverse = inverse + inverse.T
    inverse[np.diag_indices(n)] /= 2.0
    weights: NDArray[np.float64] = inverse
    weights /= -np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)
    return weights
