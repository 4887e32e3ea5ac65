"""Which way pairs go, by their types: a phone leads to a case, whichever was bought first once.

Directed counts and each product's type flow in; out flow the same counts with those pairs turned
round whose types, with their own counts, speak for the other way. How much types count beside a
pair's own counts is the beta prior that makes the counts likeliest (empirical Bayes; Morris 1983).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import betaln

from .graph import Codes, tidy
from .sparse_top import at

#: Edges that two types are taken to have more, half either way.
_SHRINK = 10.0
#: How many edges of a pair its types may be worth.
_WORTH = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 200.0)
#: With fewer edges between two types they say nothing of pairs that were never seen.
_SEEN = 20.0
#: Nearer to a half than this, they say nothing of them either.
_APART = 0.1
#: More types than this are too many for a table of pairs of them.
MOST_TYPES = 2_000


class Ways:
    """Chances of either way between types.

    Parameters
    ----------
    types : [products], codes of 0 or more, -1 where unknown.
    forward : [products, products], counts from source to target.
    """

    def __init__(self, types: NDArray[np.int64], forward: sparse.csr_array) -> None:
        n, kinds = len(types), int(types.max(initial=-1)) + 1
        known = np.flatnonzero(types >= 0)
        belongs = sparse.csr_array(
            (np.ones(len(known)), (known, types[known])), shape=(n, max(kinds, 1))
        )
        counts = np.asarray((belongs.T @ forward @ belongs).toarray(), dtype=np.float64)
        self._set(types, counts, 2.0)
        self.worth = self._worth(forward)

    def _set(self, types: NDArray[np.int64], counts: NDArray[np.float64], worth: float) -> None:
        self.types, self.counts, self.worth = types, counts, worth
        self.seen = counts + counts.T
        self.chance = (counts + _SHRINK / 2) / (self.seen + _SHRINK)

    @classmethod
    def from_parts(
        cls, types: NDArray[np.int64], counts: NDArray[np.float64], worth: float
    ) -> Ways:
        """What was kept of one."""
        made = cls.__new__(cls)
        made._set(types, counts, worth)
        return made

    def _worth(self, forward: sparse.csr_array) -> float:
        """The prior's size under which the pairs' counts are likeliest."""
        rows = np.repeat(np.arange(forward.shape[0], dtype=np.int64), np.diff(forward.indptr))
        s, t = rows, forward.indices.astype(np.int64)
        ahead, back = forward.data.astype(np.float64), at(forward, t, s).astype(np.float64)
        chance = self.of(s, t)
        # Each pair once; one edge alone says nothing of how much pairs differ.
        once = ((s < t) | (back == 0)) & (chance != 0.5) & (ahead + back > 1)
        if once.sum() < 30:
            return 2.0
        a, b, p = ahead[once], back[once], chance[once]
        likely = [
            float((betaln(a + c * p, b + c * (1 - p)) - betaln(c * p, c * (1 - p))).sum())
            for c in _WORTH
        ]
        return _WORTH[int(np.argmax(likely))]

    def of(self, s: Codes, t: Codes) -> NDArray[np.float64]:
        """[pairs], the chance of s to t by types alone; 0.5 within a type or where unknown."""
        a, b = self.types[s], self.types[t]
        there = (a >= 0) & (b >= 0) & (a != b)
        made: NDArray[np.float64] = np.where(there, self.chance[a, b], 0.5)
        return made

    def told(self, s: Codes, t: Codes) -> NDArray[np.int8]:
        """[pairs], 1 or -1 where types speak for or against this way, 0 where they do not."""
        chance, sure = self.of(s, t), self.sure(s, t)
        made = np.zeros(len(s), dtype=np.int8)
        made[sure & (chance > 0.5 + _APART)] = 1
        made[sure & (chance < 0.5 - _APART)] = -1
        return made

    def sure(self, s: Codes, t: Codes) -> NDArray[np.bool_]:
        """[pairs], whether their types were seen together often enough to speak for others."""
        a, b = self.types[s], self.types[t]
        made: NDArray[np.bool_] = (a >= 0) & (b >= 0) & (self.seen[a, b] >= _SEEN)
        return made

    def usual(self, s: Codes, t: Codes) -> NDArray[np.float64]:
        """[pairs], in [0, 1]: the share of the edges out of s's type that lead to t's type.

        0 where the other way is the likelier one.
        """
        total = np.maximum(self.counts.sum(axis=1), 1.0)
        share = self.counts[self.types[s], self.types[t]] / total[self.types[s]]
        return np.where(self.sure(s, t) & (self.of(s, t) > 0.5), share, 0.0)

    def turned(self, forward: sparse.csr_array) -> sparse.csr_array:
        """`forward` with the counts of both ways swapped where the posterior is for the other way.

        With w and w' the pair's counts, p the chance by types and c the prior's size, the chance
        of s to t is (w + c p) / (w + w' + c); p is a half where `told` is 0.
        """
        rows: Any = np.repeat(np.arange(forward.shape[0], dtype=np.int64), np.diff(forward.indptr))
        s, t = rows, forward.indices.astype(np.int64)
        ahead, back = forward.data.astype(np.float64), at(forward, t, s).astype(np.float64)
        types = np.where(self.told(s, t) != 0, self.of(s, t), 0.5)
        chance = (ahead + self.worth * types) / (ahead + back + self.worth)
        wrong = ((chance < 0.5) & (ahead > back)) | ((chance > 0.5) & (ahead < back))
        made = sparse.coo_array(
            (forward.data, (np.where(wrong, t, s), np.where(wrong, s, t))), shape=forward.shape
        )
        return tidy(made)
