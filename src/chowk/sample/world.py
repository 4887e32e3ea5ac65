"""The world that all chapters share: its numbers, its products and its people.

Drawn once, from the seed. A chapter gets the world and random numbers of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from .customers import Folk, folk
from .parameters import Difficulty, Parameters, parameters
from .products import Shelf, shelf


@dataclass(frozen=True, slots=True)
class World:
    """Seed, numbers, products and customers of one simulated market."""

    seed: int
    numbers: Parameters
    shelf: Shelf
    folk: Folk


def world(
    *,
    seed: int = 0,
    difficulty: Difficulty = "middle",
    products: int = 2000,
    customers: int = 5000,
) -> World:
    """Draw a world."""
    numbers = parameters(difficulty)
    goods = shelf(products, seed, numbers)
    return World(seed, numbers, goods, folk(customers, seed, numbers))
