"""What the packers knew: the strength that they chose, as features of the damage model.

In go the features of products and the packages that they were sent in; out come four columns in
[0, 1] that tell how strong a package packers choose for such a product, and how much stronger they
chose for this one. With the mean choice beside the features, what tells packages apart is products
that were sent in several (Mundlak 1978; Rosenbaum and Rubin 1983 on scores of treatment), so that
the history's "boxes break things" is laid to the goods and not to the boxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from .goods import Floats

_RIDGE = 5.0
#: A product's own choice is taken at most so many levels from what was expected.
_FARTHEST = 3.0
#: Columns of `Packers.habit`.
WIDTH = 4


@dataclass(frozen=True, slots=True)
class Packers:
    """A ridge regression of the mean level that products were sent in, on their features.

    Parameters
    ----------
    middle : the level that is expected of a product whose features are all 0.
    slope : levels [F] that each feature adds.
    top : the strongest level, at least 1.
    """

    middle: float
    slope: Floats
    top: int

    @classmethod
    def of(cls, features: sparse.csr_array, sent: Floats) -> Self:
        """Learnt from parcels [products, levels]; products that were never sent say nothing."""
        rows = np.flatnonzero(sent.sum(axis=1) > 0)
        top = max(sent.shape[1] - 1, 1)
        if not len(rows):
            return cls(top / 2, np.zeros(features.shape[1]), top)
        level = mean_levels(sent[rows])
        some = features[rows]
        middle = np.asarray(some.mean(axis=0)).ravel()
        gram = (some.T @ some).toarray() - len(rows) * np.outer(middle, middle)
        moment = some.T @ (level - level.mean())
        slope = np.linalg.solve(gram + _RIDGE * np.eye(len(gram)), moment)
        return cls(float(level.mean() - middle @ slope), slope, top)

    def expected(self, features: sparse.csr_array) -> Floats:
        """The level that packers choose for such products, within 0 and `top` [products]."""
        return np.asarray(np.clip(self.middle + features @ self.slope, 0.0, self.top))

    def choice(self, features: sparse.csr_array, sent: Floats) -> Floats:
        """How much stronger than expected each product was packed, in levels [products].

        Within three levels; 0 for a product that was never sent.

        Examples
        --------
        >>> alike, sent = sparse.csr_array(np.ones((3, 1))), np.array([[4., 0], [0, 4.], [0, 0]])
        >>> Packers.of(alike, sent).choice(alike, sent)
        array([-0.5,  0.5,  0. ])
        """
        found = np.zeros(len(sent))
        rows = np.flatnonzero(sent.sum(axis=1) > 0)
        away = mean_levels(sent[rows]) - self.expected(features[rows])
        found[rows] = np.clip(away, -_FARTHEST, _FARTHEST)
        return found

    def habit(self, features: sparse.csr_array, choice: Floats) -> Floats:
        """Expected level and choice, each scaled to [0, 1] and beside its complement [products, 4].

        Both ways, since strength may help more what is packed strongly, or less.

        Examples
        --------
        >>> alike, sent = sparse.csr_array(np.ones((1, 1))), np.array([[1., 1.]])
        >>> Packers.of(alike, sent).habit(alike, np.array([3.0]))
        array([[0.5, 0.5, 1. , 0. ]])
        """
        found = np.empty((len(choice), WIDTH))
        found[:, 0] = self.expected(features) / self.top
        found[:, 2] = (choice + _FARTHEST) / (2 * _FARTHEST)
        found[:, 1::2] = 1 - found[:, ::2]
        return found

    def packed(self) -> Floats:
        """All numbers as one vector."""
        return np.concatenate([[self.middle, self.top], self.slope])

    @classmethod
    def unpacked(cls, vector: Floats) -> Self:
        """The regression whose `packed` is `vector`."""
        return cls(float(vector[0]), vector[2:], int(vector[1]))


def mean_levels(sent: Floats) -> Floats:
    """Mean level of each product's parcels [products], each with at least one parcel."""
    return np.asarray((sent @ np.arange(sent.shape[1])) / sent.sum(axis=1))
