"""How soon each product can be with a shopper: hours by product and region.

The offer that is shown in a region is the cheapest one in stock; where its state has none, the
country's. The offers are those of the table `offers`, drawn from the same stream of random numbers.
"""

from __future__ import annotations

import numpy as np

from .offers import offers
from .parameters import generator
from .places import COUNTRIES, REGIONS
from .world import World


def hours(world: World) -> np.ndarray:
    """[products, regions] hours from order to door; nan where nobody delivers."""
    table = offers(world, generator(world.seed, "chapter offers")).tables["offers"]
    places = [*COUNTRIES, *(region.name for region in REGIONS)]
    row_of = {product_id: row for row, product_id in enumerate(world.shelf.ids)}
    place_of = {name: place for place, name in enumerate(places)}
    row = np.array([row_of[i] for i in table["product_id"].to_pylist()], np.int64)
    place = np.array([place_of[name] for name in table["region"].to_pylist()], np.int64)
    soon = table["delivery_hours"].to_numpy()
    price = table["price"].cast("float64").to_numpy()
    empty = table["stock"].to_numpy() == 0
    # The last of equal keys stays, so the best stands last.
    order = np.lexsort((-soon, -price, ~empty))
    held = np.full((len(world.shelf), len(places)), np.nan)
    held[row[order], place[order]] = soon[order]
    countries, own = held[:, : len(COUNTRIES)], held[:, len(COUNTRIES) :]
    country = np.array([COUNTRIES.index(region.country) for region in REGIONS])
    found: np.ndarray = np.where(np.isnan(own), countries[:, country], own)
    return found
