"""The pairs of products that were bought together, counted by the engine, as arrays of model size.

Lines of baskets flow in as an expression; out comes `Pairs`: one row a directed pair, sorted by
source and target, with the plain scores that the engine made and the closed-form scores on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.store.engines import Engine

from . import ease, expressions

if TYPE_CHECKING:
    import ibis

Codes = NDArray[np.int32]
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How baskets are weighed and pairs are kept.

    Parameters
    ----------
    half_life : days in which a basket's weight halves.
    power : a basket of n products weighs n^(-power).
    largest : baskets of more products are left out: they are a reseller's, not one need's.
    target_power : how much of the division is by the target's count (0.5: item cosine).
    most_pairs : when there are more undirected pairs, those in fewest baskets are dropped.
    dense_items : the most bought products, for which the closed form is solved.
    spread : exponent by which the closed form evens out popular products.
    """

    half_life: float = 120.0
    power: float = 0.8
    largest: int = 1000
    target_power: float = 0.45
    most_pairs: int = 4_000_000
    dense_items: int = 6000
    spread: float = 0.3


@dataclass(frozen=True, slots=True)
class Pairs:
    """Directed pairs in the order of (source, target), and the products by code.

    `ids` are in ascending order, so that a smaller code is a smaller id.
    """

    ids: list[str]
    counts: NDArray[np.int64]
    total: int
    source: Codes
    target: Codes
    baskets: NDArray[np.int32]
    plain: dict[str, Scores]
    gram: sparse.csr_array
    spread: float

    def scores(self, rival: str) -> Scores:
        """One score a pair: `conditional`, `cosine`, `weighted`, `shrunk <s>`, `ease <ridge>`.

        `shrunk` is the part of the pair, n_ij / (n_i + s); `pulls` has popularity's.
        """
        if rival in self.plain:
            return self.plain[rival]
        if rival.startswith("shrunk "):
            return self.baskets / (self.counts[self.source] + float(rival.removeprefix("shrunk ")))
        ridge = float(rival.removeprefix("ease "))
        dense = self.gram.diagonal() > 0
        place = np.cumsum(dense) - 1
        weights = ease.solve(self.gram[dense][:, dense].toarray(), ridge=ridge, spread=self.spread)
        both = dense[self.source] & dense[self.target]
        scores = np.zeros(len(self.source))
        scores[both] = weights[place[self.source[both]], place[self.target[both]]]
        return scores

    def pulls(self, rival: str) -> tuple[Scores, float]:
        """What popularity weighs, of each source and of one that stands in no basket.

        `shrunk s` estimates the share of source i's baskets that hold j as if s more baskets had
        been seen with the store's usual content: (n_ij + s p_j) / (n_i + s), p_j the share of all
        baskets with j. So s / (n_i + s) of it is popularity, all of it where n_i is 0.
        """
        if not rival.startswith("shrunk "):
            return np.zeros(len(self.ids)), 0.0
        s = float(rival.removeprefix("shrunk "))
        pulls: Scores = s / (self.counts.astype(np.float64) + s)
        return pulls, 1.0


def count_pairs(engine: Engine, lines: ibis.Table, counting: Counting) -> Pairs:
    """Count products and pairs of `lines` (`basket`, `product_id`, `second`) on the engine."""
    now = engine.scalar(lines.second.max())
    weighted = engine.cache(
        expressions.weighted_lines(
            lines,
            now=int(now or 0),
            half_life=counting.half_life,
            power=counting.power,
            largest=counting.largest,
        )
    )
    items = engine.cache(expressions.item_counts(weighted))
    pairs = engine.cache(expressions.pair_counts(weighted, items))
    try:
        products = engine.arrow(items.order_by("item"))
        directed = engine.arrow(
            expressions.directed_pairs(
                pairs,
                items,
                least=_least(engine, pairs, counting.most_pairs),
                target_power=counting.target_power,
            )
        )
        total = int(engine.scalar(weighted.basket.nunique()))
        weights = products["weight"].to_numpy()
        return Pairs(
            ids=products["product_id"].to_pylist(),
            counts=products["baskets"].to_numpy(),
            total=total,
            spread=counting.spread,
            gram=_gram(engine, pairs, items, weights, counting.dense_items),
            **_sorted(directed),
        )
    finally:
        engine.forget(pairs, items, weighted)


def _least(engine: Engine, pairs: ibis.Table, most: int) -> int:
    """The fewest baskets a pair must be in, so that at most `most` pairs are left."""
    tally = engine.arrow(pairs.group_by("baskets").agg(pairs=pairs.count()))
    baskets, number = tally["baskets"].to_numpy(), tally["pairs"].to_numpy()
    order = np.argsort(-baskets)
    within = np.cumsum(number[order]) <= most
    if within.all():
        return 1
    return int(baskets[order][within].min()) if within.any() else int(baskets.max())


def _gram(
    engine: Engine,
    pairs: ibis.Table,
    items: ibis.Table,
    weights: NDArray[np.int64],
    most: int,
) -> sparse.csr_array:
    """The weighted Gram matrix of the `most` heaviest products; empty rows for the others.

    It holds every pair of theirs: with pairs left out it would not be positive semidefinite, and
    the closed form would give nonsense.
    """
    n = len(weights)
    dense = np.zeros(n, dtype=bool)
    dense[np.lexsort((np.arange(n), -weights))[:most]] = True
    found = engine.arrow(expressions.heaviest_pairs(pairs, items, most=most))
    low, high = found["low"].to_numpy(), found["high"].to_numpy()
    half = sparse.coo_array(
        (found["weight"].to_numpy() / expressions.UNIT, (low, high)), shape=(n, n)
    )
    diagonal = sparse.diags_array(np.where(dense, weights / expressions.UNIT, 0.0))
    return sparse.csr_array(half + half.T + diagonal)


def _sorted(directed: Any) -> dict[str, Any]:
    """The columns of directed pairs in the order of (source, target)."""
    source = directed["source"].to_numpy().astype(np.int32)
    target = directed["target"].to_numpy().astype(np.int32)
    order = np.argsort((source.astype(np.int64) << 32) | target)
    plain = {
        name: directed[name].to_numpy()[order] for name in ("conditional", "cosine", "weighted")
    }
    return {
        "source": source[order],
        "target": target[order],
        "baskets": directed["baskets"].to_numpy().astype(np.int32)[order],
        "plain": plain,
    }
