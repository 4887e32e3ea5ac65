"""What truly goes with what: complements and substitutes, for the truth folder.

A complement is directed: `source` draws `target`. Its strength is the chance that a buyer of the
source looks for the target's kind, times the target's share among the products of that kind when
only quality and fit count. A substitute's strength is its share among the products that somebody
who wants the source would take instead, by style, colour, price and hidden taste.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .chapter import Pages
from .goods import AT_HOME, COMPLEMENTS, GOODS, KEYS
from .market import FIT_BY, Market
from .world import World

#: Targets that are kept for each source.
KEPT = 10
_ROWS = 512  # sources that are compared at once


def relations(world: World, rng: np.random.Generator) -> Pages:
    """The truth's `complements`, `substitutes` and `regional_taste`; no table of the store."""
    market = Market(world)
    numbers = world.numbers
    by_kind = {key: np.flatnonzero(world.shelf.kind == k) for k, key in enumerate(KEYS)}

    complements = []
    for source, target, chance, by in COMPLEMENTS:
        sources, targets = by_kind[source], by_kind[target]
        if not len(sources) or not len(targets):
            continue
        for at in range(0, len(sources), _ROWS):
            rows = sources[at : at + _ROWS]
            liking = np.tile(numbers.quality * market.quality[targets], (len(rows), 1))
            if by:
                asked = market.gives[rows, FIT_BY.index(by)][:, None]
                offered = market.takes[targets, FIT_BY.index(by)]
                liking += numbers.fit * ((asked >= 0) & (asked == offered))
            complements.append(_best(rows, targets, liking, chance))

    substitutes = []
    shelf = world.shelf
    for rows in by_kind.values():
        for at in range(0, len(rows), _ROWS):
            some = rows[at : at + _ROWS]
            if len(rows) < 2:
                continue
            liking = numbers.taste * market.latent[some] @ shelf.latent[rows].T
            liking += numbers.wish * _same(shelf.style, some, rows)
            liking += numbers.wish * _same(shelf.colour, some, rows)
            apart = market.level[some][:, None] - market.level[rows]
            liking -= numbers.price * np.minimum(0.5 * apart * apart, 4.0)
            liking += numbers.quality * market.quality[rows]
            liking[some[:, None] == rows] = -np.inf
            substitutes.append(_best(some, rows, liking, 1.0))

    taste = [
        {
            "region": region,
            "category": GOODS[KEYS.index(key)].path,
            "style": style,
            "logit": numbers.regional,
        }
        for (key, style), regions in AT_HOME.items()
        for region in regions
    ]
    ids = pa.array(shelf.ids)
    return Pages(
        truth={
            "complements": _pairs(ids, complements),
            "substitutes": _pairs(ids, substitutes),
            "regional_taste": pa.Table.from_pylist(taste),
        }
    )


def _same(codes: np.ndarray, some: np.ndarray, rows: np.ndarray) -> np.ndarray:
    same: np.ndarray = (codes[some][:, None] == codes[rows]) & (codes[some][:, None] >= 0)
    return same


def _best(
    sources: np.ndarray, targets: np.ndarray, liking: np.ndarray, chance: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The `KEPT` most liked targets of each source: (sources, targets, strengths), flat."""
    share = np.exp(liking - liking.max(axis=1, keepdims=True))
    share *= chance / share.sum(axis=1, keepdims=True)
    k = min(KEPT, len(targets))
    top = np.argsort(-share, axis=1, kind="stable")[:, :k]
    strength = np.take_along_axis(share, top, 1).ravel()
    kept = strength > 0
    return np.repeat(sources, k)[kept], targets[top].ravel()[kept], strength[kept]


def _pairs(ids: pa.Array, parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> pa.Table:
    empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    source, target, strength = (
        np.concatenate(column) for column in zip(*(parts or [empty]), strict=True)
    )
    return pa.table(
        {
            "source": ids.take(pa.array(source)),
            "target": ids.take(pa.array(target)),
            "strength": strength,
        }
    )
