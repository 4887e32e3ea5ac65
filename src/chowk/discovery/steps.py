"""What follows what: for each product its likely companions, with several counts of each.

Sequences flow in as flat arrays; out comes `Steps`, one row a pair of products that were near each
other in time: how often the second came next, came soon after, came before, and the cosine of who
has both (Sarwar et al. 2001; first-order Markov transitions as in Rendle et al. 2010, FPMC).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .sparse_top import product

#: The columns of `Steps.values`.
COLUMNS = ("next", "ahead", "back", "together", "words")
_WINDOW = 12
_DECAY = 0.75
_SHRINK = 5.0


@dataclass(frozen=True)
class Steps:
    """Companions of each product.

    Parameters
    ----------
    starts : companions of product i stand in places starts[i] to starts[i + 1].
    targets : their places.
    values : [pairs, len(COLUMNS)].
    counts : [products], in how many sequences each stands.
    left : [products, factors], a vector of each product from who has what.
    moved : rows that products which came later have changed, or are: (targets, values) by product.
        So a new product costs its few rows, not a copy of all.
    """

    starts: NDArray[np.int64]
    targets: NDArray[np.int32]
    values: NDArray[np.float32]
    counts: NDArray[np.float32]
    left: NDArray[np.float32]
    moved: Mapping[int, tuple[NDArray[np.int32], NDArray[np.float32]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.counts)

    def row(self, code: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """The companions of a product and their values."""
        if code in self.moved:
            return self.moved[code]
        part = slice(self.starts[code], self.starts[code + 1])
        return self.targets[part], self.values[part]

    def rows(
        self, codes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
        """For each of several products its companions: which of `codes`, targets, values."""
        if self.moved and not self.moved.keys().isdisjoint(codes.tolist()):
            found = [self.row(code) for code in codes.tolist()]
            lengths = np.array([len(targets) for targets, _ in found], dtype=np.int64)
            return (
                np.repeat(np.arange(len(codes)), lengths),
                np.concatenate([targets for targets, _ in found]).astype(np.int64),
                np.concatenate([values for _, values in found]),
            )
        starts = self.starts[codes]
        lengths = self.starts[codes + 1] - starts
        offset = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        at = np.repeat(starts, lengths) + offset
        event = np.repeat(np.arange(len(codes)), lengths)
        return event, self.targets[at].astype(np.int64), self.values[at]

    def flat(self) -> Steps:
        """The same with every row in its place, as it is kept on disk."""
        if not self.moved:
            return self
        found = [self.row(code) for code in range(len(self))]
        return Steps(
            np.cumsum([0, *(len(targets) for targets, _ in found)]).astype(np.int64),
            np.concatenate([targets for targets, _ in found]),
            np.concatenate([values for _, values in found]),
            self.counts,
            self.left,
        )


def count_steps(
    sequences: list[NDArray[np.int64]],
    n: int,
    words: sparse.csr_array | None = None,
    *,
    kept: int = 120,
    factors: int = 48,
    seed: int = 0,
) -> Steps:
    """Count the steps of sequences of places in [0, n).

    Parameters
    ----------
    sequences : places, oldest first.
    words : [products, products], how alike products are in content.
    kept : companions of each product, at least 1.
    factors : numbers of the product vectors.
    """
    flat = np.concatenate(sequences) if sequences else np.zeros(0, dtype=np.int64)
    lengths = np.array([len(one) for one in sequences], dtype=np.int64)
    who = np.repeat(np.arange(len(sequences)), lengths)
    has = sparse.csr_array((np.ones(len(flat), np.float32), (who, flat)), shape=(len(sequences), n))
    has.data[:] = 1.0
    counts = np.asarray(has.sum(axis=0)).ravel()
    ahead = sparse.csr_array((n, n), dtype=np.float32)
    following = ahead
    for gap in range(1, _WINDOW + 1):
        same = np.flatnonzero(who[gap:] == who[:-gap]) if len(flat) > gap else np.zeros(0, int)
        if not len(same):
            break
        weight = np.full(len(same), _DECAY ** (gap - 1), dtype=np.float32)
        step = sparse.csr_array((weight, (flat[same], flat[same + gap])), shape=(n, n))
        following = step if gap == 1 else following
        ahead = ahead + step
    shrunk = sparse.diags_array((1.0 / (counts + _SHRINK)).astype(np.float32))
    root = sparse.diags_array((1.0 / np.sqrt(np.maximum(counts, 1.0))).astype(np.float32))
    # Whoever has much says less about each pair.
    even = sparse.diags_array(
        1.0 / np.sqrt(np.log2(np.bincount(who, minlength=len(sequences)) + 2))
    )
    usual = sparse.csr_array(even @ has @ root)
    together = product(usual.T, usual, kept, diagonal=False)
    parts = [
        sparse.csr_array(part)
        for part in (shrunk @ following, shrunk @ ahead, shrunk @ ahead.T, together)
    ]
    parts.append(words if words is not None else sparse.csr_array((n, n), dtype=np.float32))
    return _joined(parts, counts, _vectors(usual, factors, seed), kept)


def _joined(
    parts: list[sparse.csr_array],
    counts: NDArray[np.float32],
    left: NDArray[np.float32],
    kept: int,
) -> Steps:
    """The pairs of all parts as one table, with the `kept` best of each product."""
    n = len(counts)
    keys, data = [], []
    for part in parts:
        row = np.repeat(np.arange(n, dtype=np.int64), np.diff(part.indptr))
        keys.append(row * n + part.indices)
        data.append(part.data)
    every = np.concatenate(keys) if n else np.zeros(0, dtype=np.int64)
    every.sort()  # np.unique would hash, which takes several times as long
    every = every[np.diff(every, prepend=-1) > 0]
    every = every[every // max(n, 1) != every % max(n, 1)]
    values = np.zeros((len(every), len(parts)), dtype=np.float32)
    for column, (key, value) in enumerate(zip(keys, data, strict=True)):
        at = np.searchsorted(every, key)
        there = at < len(every)
        there[there] = every[at[there]] == key[there]
        np.add.at(values[:, column], at[there], value[there])
    source = every // max(n, 1)
    weight = np.einsum("pc,c->p", values, np.array([2.0, 1.0, 0.3, 1.0, 0.3], dtype=np.float32))
    order = np.lexsort((every, -weight, source))
    place = np.arange(len(order)) - np.searchsorted(source[order], source[order])
    picked = np.sort(order[place < kept])
    source = source[picked]
    return Steps(
        np.searchsorted(source, np.arange(n + 1)).astype(np.int64),
        (every[picked] % max(n, 1)).astype(np.int32),
        values[picked],
        counts.astype(np.float32),
        left,
    )


def _vectors(usual: sparse.csr_array, factors: int, seed: int) -> NDArray[np.float32]:
    """Right singular vectors of who has what, scaled: pure taste, without the order."""
    n = usual.shape[1]
    factors = min(factors, min(usual.shape) // 3)
    if factors < 1:
        return np.zeros((n, 1), dtype=np.float32)
    from sklearn.utils.extmath import randomized_svd

    _, s, vt = randomized_svd(usual, factors, n_iter=3, random_state=seed)
    made: NDArray[np.float32] = (vt.T * np.sqrt(s)).astype(np.float32)
    return made
