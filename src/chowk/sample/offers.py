"""Who sells what where: several sellers a product, each with a price and a promise by region.

A seller offers in its own state ('IN/Gujarat') soonest, in its own country ('IN') later, and, if
it ships abroad, in the other countries ('DE') latest. The first seller of each product ships
abroad, so that everything can be had everywhere.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from chowk.store import schema

from .chapter import Pages
from .goods import GOODS
from .places import BORDER, COUNTRIES, HOURS, SELLERS
from .world import World

_MOST = 4  # sellers of a product


def offers(world: World, rng: np.random.Generator) -> Pages:
    """The `offers` table; prices in the store's currency."""
    shelf = world.shelf
    n = len(shelf)
    # Indian goods are sold by Indian houses more often than by others, and the other way round.
    indian = np.array([s.home.startswith("IN") for s in SELLERS])
    abroad = np.array([s.abroad for s in SELLERS])
    lean = np.array([g.india / (g.india + g.europe) for g in GOODS])[shelf.kind]
    weight = np.where(indian, lean[:, None], 1 - lean[:, None]) + 0.05
    keys = np.log(weight) + rng.gumbel(0, 1, weight.shape)
    keys[np.arange(n), np.where(abroad, keys, -np.inf).argmax(axis=1)] = np.inf
    ranked = np.argsort(-keys, axis=1)[:, :_MOST]
    count = 1 + rng.binomial(_MOST - 1, 0.45, n)
    row, place = np.nonzero(np.arange(_MOST) < count[:, None])
    seller = ranked[row, place]
    price = shelf.price[row] * np.array([s.price for s in SELLERS])[seller]
    price *= np.exp(rng.normal(0, 0.03, len(row)))
    device = np.array([g.trade == "devices" for g in GOODS])[shelf.kind[row]]
    used = device & (place > 0) & (rng.random(len(row)) < 0.2)
    price[used] *= 0.75
    sold_out = shelf.gone[row] < int(world.numbers.end.timestamp() * 1e6)
    stock = np.where(sold_out, 0, rng.negative_binomial(2, 0.05, len(row)))
    pace = np.exp(rng.normal(0, 0.15, len(row)))

    pair, region, hours, border = _reach(seller)
    hours = np.maximum(np.round(hours * pace[pair]), 4)
    charged = np.maximum(np.round(price[pair] * np.where(border, BORDER, 1.0), 2), 0.1)
    declared = schema.TABLES["offers"].arrow
    digits = pa.array([f"O{i:07d}" for i in range(len(pair))])
    columns = {
        "offer_id": digits,
        "product_id": pa.array(shelf.ids).take(pa.array(row[pair])),
        "region": pa.array(region),
        "seller": pa.array([s.name for s in SELLERS]).take(pa.array(seller[pair])),
        "condition": pa.array(["new", "refurbished"]).take(pa.array(used[pair].astype(int))),
        "price": pa.array(charged).cast(pa.decimal128(18, 4), safe=False),
        "stock": pa.array(stock[pair], pa.int64()),
        "delivery_hours": pa.array(hours),
    }
    arrays = [
        columns[f.name] if f.name in columns else pa.nulls(len(pair), f.type) for f in declared
    ]
    return Pages({"offers": pa.Table.from_arrays(arrays, schema=declared)})


def _reach(
    seller: np.ndarray,
) -> tuple[np.ndarray, list[str], np.ndarray, np.ndarray]:
    """Where each of the given sellers delivers: (row of `seller`, region, hours, over a border)."""
    places: list[list[tuple[str, float, bool]]] = []
    for one in SELLERS:
        home = one.home.partition("/")[0]
        where = [(one.home, HOURS[0], False), (home, HOURS[1], False)]
        if one.abroad:
            for other in COUNTRIES:
                if other != home:
                    near = (home == "IN") == (other == "IN")
                    where.append((other, HOURS[2] if near else HOURS[3], True))
        places.append(where)
    counts = np.array([len(where) for where in places])[seller]
    pair = np.repeat(np.arange(len(seller)), counts)
    flat = [place for s in seller.tolist() for place in places[s]]
    return (
        pair,
        [place[0] for place in flat],
        np.array([place[1] for place in flat]),
        np.array([place[2] for place in flat]),
    )
