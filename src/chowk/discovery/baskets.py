"""Held-out baskets: half of each is given, the other half is to be found.

Lines of baskets flow in; `Baskets` judges a model by them, one value a basket. Which half is given
is a hash of seed and ids, so every model in any run is judged on the same halves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.learn.metrics import basket_recall, hits
from chowk.learn.splits import chosen, halves
from chowk.store.engines import Engine

from .neighbours import Neighbours

if TYPE_CHECKING:
    import ibis

#: Beyond this many baskets, a hash picks the ones that are judged.
MOST = 20_000


class Baskets:
    """Baskets of two products or more, cut in halves.

    Parameters
    ----------
    baskets, products : one row a line; a pair stands once.
    seed : of the halving.
    """

    def __init__(self, baskets: list[str], products: list[str], *, seed: int = 0) -> None:
        names, basket = np.unique(np.asarray(baskets, dtype=object), return_inverse=True)
        sizes = np.bincount(basket, minlength=len(names))
        # Kept baskets are numbered from 0, in the order of their ids.
        number = np.cumsum(sizes >= 2) - 1
        kept = sizes[basket] >= 2
        self.basket = number[basket[kept]].astype(np.int64)
        self.products = np.asarray(products, dtype=object)[kept]
        self.given = halves(np.asarray(baskets, dtype=object)[kept], self.products, seed=seed)
        self.count = int((sizes >= 2).sum())
        #: Products to be found in each basket, also those that no model can know.
        self.sizes = np.bincount(self.basket[~self.given], minlength=self.count)

    def __len__(self) -> int:
        return self.count

    def recall(self, model: Neighbours, k: int = 10) -> NDArray[np.float64]:
        """Found among the first `k`, over min(k, size): one value a basket."""
        given, hidden = self.matrices(model.ids)
        sizes = np.bincount(self.basket[self.given], minlength=self.count)
        ranked = model.rank(given, k, sizes - np.diff(given.indptr))
        return basket_recall(hits(ranked, hidden), self.sizes)

    def popularity(self, model: Neighbours, k: int = 10) -> NDArray[np.float64]:
        """The same for the most bought products that are not in the given half."""
        given, hidden = self.matrices(model.ids)
        ranked = np.full((self.count, k), -1, dtype=np.int64)
        for row, (a, b) in enumerate(_rows(given)):
            head = model.popular[: k + b - a]
            free = head[~np.isin(head, given.indices[a:b])][:k]
            ranked[row, : len(free)] = free
        return basket_recall(hits(ranked, hidden), self.sizes)

    def matrices(self, ids: Sequence[str]) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Given and hidden products, [baskets, products] in places of `ids`; others are out."""
        place = {product: code for code, product in enumerate(ids)}
        codes = np.array([place.get(one, -1) for one in self.products], dtype=np.int64)
        known = codes >= 0

        def matrix(rows: NDArray[np.bool_]) -> sparse.csr_array:
            at = (self.basket[rows & known], codes[rows & known])
            shape = (self.count, max(len(ids), 1))
            return sparse.csr_array((np.ones(len(at[0]), dtype=np.int8), at), shape=shape)

        return matrix(self.given), matrix(~self.given)


def held_out(engine: Engine, lines: ibis.Table, *, seed: int = 0, most: int = MOST) -> Baskets:
    """The baskets of `lines`, at most `most` of them, chosen by a hash of their ids."""
    table = engine.arrow(lines.select("basket", "product_id"))
    baskets, products = table["basket"].to_pylist(), table["product_id"].to_pylist()
    names = sorted(set(baskets))
    if len(names) > most:
        picked = set(chosen(names, most, seed=seed))
        rows = [i for i, basket in enumerate(baskets) if basket in picked]
        baskets, products = [baskets[i] for i in rows], [products[i] for i in rows]
    return Baskets(baskets, products, seed=seed)


def _rows(matrix: sparse.csr_array) -> list[tuple[int, int]]:
    return list(zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True))
