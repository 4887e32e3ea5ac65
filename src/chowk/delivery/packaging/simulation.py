"""A simulated packing history whose truth is known: nobody publishes real shipping damage.

In go a difficulty and a seed (and real products, where there are some); out come shipments,
products and package types as a store has them, and beside them the true probabilities. All
parameters stand here, and were set before any model was fitted: fragility is only partly visible,
packers see more of it than the tables do and boxed what looked fragile, damage is rare, and most
products were sent in one or two packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from chowk.errors import parameter

Floats = NDArray[np.float64]

#: package_type, rank, material, freight/kg, grams, grams CO2e, inner sides (cm), kilograms,
#: liquid, hazardous. Made up, in the proportions that parcels have. Bags and mailers give way to
#: what is in them; folders and cartons are there in every size, so they name none.
_TYPES = (
    ("paper bag", 1, 0.06, 1.10, 20, 22, (40, 30, 12), 2, False, False),
    ("poly bag", 2, 0.09, 1.10, 25, 60, (50, 40, 20), 4, False, False),
    ("padded mailer", 3, 0.22, 1.12, 45, 70, (45, 35, 15), 4, False, False),
    ("bubble mailer", 4, 0.34, 1.12, 60, 120, (50, 40, 20), 5, True, False),
    ("T-folder", 5, 0.55, 1.15, 140, 130, None, 8, True, False),
    ("carton", 6, 0.80, 1.15, 260, 240, None, 20, True, True),
    ("padded carton", 7, 1.25, 1.18, 380, 420, None, 30, True, True),
    ("double-wall carton", 8, 1.90, 1.20, 620, 570, None, 70, True, True),
)

#: What each step of strength takes off the log-odds: of everything, and by fragility and weight.
_STEPS = (0.05, 0.25, 0.20, 0.15, 0.40, 0.20, 0.10)
_FRAGILE_STEPS = (0.05, 0.30, 0.25, 0.15, 0.50, 0.30, 0.15)
_HEAVY_STEPS = (0.15, 0.05, 0.10, 0.10, 0.35, 0.15, 0.20)

#: material word of the title, mean fragility, liquid, hazardous
_MATERIALS = (
    ("glass", 0.85, 0.10, 0.00),
    ("ceramic", 0.80, 0.02, 0.00),
    ("plastic", 0.35, 0.10, 0.03),
    ("metal", 0.20, 0.03, 0.06),
    ("wooden", 0.30, 0.00, 0.00),
    ("cotton", 0.05, 0.00, 0.00),
    ("paper", 0.10, 0.00, 0.00),
)


@dataclass(frozen=True)
class Difficulty:
    """How much the tables show, and how rare damage is.

    Parameters
    ----------
    hidden : standard deviation of the part of fragility that no column shows.
    packers : how much of that part packers see when they choose a package, in [0, 1].
    base : log-odds of damage of a sturdy product in the strongest package.
    several : share of products that were sent in more than one package.
    """

    hidden: float
    packers: float
    base: float
    several: float


DIFFICULTIES = {
    "easy": Difficulty(hidden=0.05, packers=0.3, base=-5.3, several=0.6),
    "middle": Difficulty(hidden=0.12, packers=0.6, base=-6.0, several=0.35),
    "hard": Difficulty(hidden=0.20, packers=0.9, base=-6.6, several=0.2),
}


@dataclass(frozen=True)
class Simulated:
    """A history, and the truth about it.

    Parameters
    ----------
    shipments, products, package_types : as a store has them.
    truth : the true probability of damage [products, package types in rank order].
    """

    shipments: pa.Table
    products: pa.Table
    package_types: pa.Table
    truth: Floats


def simulate(
    products: int | dict[str, Any] = 2000,
    shipments: int = 40_000,
    *,
    difficulty: str = "middle",
    seed: int = 0,
) -> Simulated:
    """A packing history over `products`.

    Parameters
    ----------
    products : how many to make up; or real ones, as columns `product_id`, `category`, `length_cm`,
        `width_cm`, `height_cm`, `weight_g` (arrays of one length, no gaps).
    shipments : rows of history; popular products have more.
    difficulty : "easy", "middle" or "hard".
    seed : of all draws.

    Examples
    --------
    >>> made = simulate(50, 500)
    >>> made.truth.shape, bool((np.diff(made.truth, axis=1) <= 0).all())
    ((50, 8), True)
    """
    if difficulty not in DIFFICULTIES:
        raise parameter("simulate", "difficulty", f"one of {list(DIFFICULTIES)}", difficulty)
    level, rng = DIFFICULTIES[difficulty], np.random.default_rng(seed)
    given = _made_up(products, rng) if isinstance(products, int) else products
    n = len(given["weight_g"])
    material = rng.integers(0, len(_MATERIALS), n)
    word, mean, liquid, hazardous = zip(*_MATERIALS, strict=True)
    # A category leans to some materials, as kitchens do to glass.
    codes = np.unique(np.asarray(given["category"], dtype=str), return_inverse=True)[1]
    leaning = rng.integers(0, len(_MATERIALS), codes.max() + 1)
    material = np.where(rng.random(n) < 0.5, leaning[codes], material)
    visible = np.asarray(mean)[material] + rng.normal(0, 0.1, n)
    unseen = rng.normal(0, level.hidden, n)
    fragility = np.clip(visible + unseen, 0, 1)
    weight = np.asarray(given["weight_g"], dtype=np.float64)
    heavy = np.clip(np.log(weight / 50) / np.log(400), 0, 1)
    steps = np.asarray(_STEPS) + np.outer(fragility, _FRAGILE_STEPS) + np.outer(heavy, _HEAVY_STEPS)
    guard = np.hstack([np.cumsum(steps[:, ::-1], axis=1)[:, ::-1], np.zeros((n, 1))])
    bump = rng.normal(0, level.hidden * 3, n)  # how it is stacked and handled: nobody's column
    truth = special.expit(
        level.base + (0.3 + 1.2 * fragility + 0.8 * heavy + bump)[:, None] + guard
    )
    price = np.round(np.exp(rng.normal(2.8, 0.8, n)), 2)
    flags = {
        "fragile": (visible > 0.6) ^ (rng.random(n) < 0.1),
        "liquid": rng.random(n) < np.asarray(liquid)[material],
        "hazardous": rng.random(n) < np.asarray(hazardous)[material],
    }
    sides = np.column_stack([given[f"{s}_cm"] for s in ("length", "width", "height")])
    fits = _fits(np.asarray(sides, dtype=np.float64), weight, flags)
    product, package = _packed(fits, visible + level.packers * unseen, level, shipments, rng)
    broken = rng.random(shipments) < truth[product, package]
    cost = np.round(price[product] * rng.lognormal(0.1, 0.2, shipments) + 3, 2)
    names = [kind[0] for kind in _TYPES]
    start = np.datetime64("2024-01-01T00:00:00", "us")
    ids = list(given["product_id"])
    return Simulated(
        shipments=pa.table(
            {
                "shipment_id": [f"s{k:07d}" for k in range(shipments)],
                "ts": pa.array(
                    start + np.sort(rng.integers(0, 365 * 86_400, shipments)) * 1_000_000,
                    pa.timestamp("us", tz="UTC"),
                ),
                "product_id": pa.array(ids).take(pa.array(product)),
                "package_type": pa.array(names).take(pa.array(package)),
                "damaged": broken,
                "damage_cost": pa.array(cost, pa.float64(), mask=~broken),
            }
        ),
        products=pa.table(
            {
                "product_id": ids,
                "title": [
                    f"{word[m].title()} {str(c).split(' > ')[-1]}"
                    for m, c in zip(material, given["category"], strict=True)
                ],
                "category": list(given["category"]),
                "price": price,
                **{f"{s}_cm": sides[:, k] for k, s in enumerate(("length", "width", "height"))},
                "weight_g": weight,
                **flags,
            }
        ),
        package_types=_types(),
        truth=truth,
    )


def _made_up(n: int, rng: np.random.Generator) -> dict[str, Any]:
    longest = np.clip(np.exp(rng.normal(3.1, 0.45, n)), 4, 110)
    shares = rng.uniform(0.15, 1.0, (n, 2))
    volume = longest**3 * shares.prod(axis=1)
    tops = ("Home", "Kitchen", "Toys", "Beauty", "Garden")
    return {
        "product_id": [f"p{i:06d}" for i in range(n)],
        "category": [
            f"{tops[k % 5]} > {tops[k % 5]} kind {k // 5}" for k in rng.integers(0, 30, n)
        ],
        "length_cm": np.round(longest, 1),
        "width_cm": np.round(np.maximum(longest * shares[:, 0], 1), 1),
        "height_cm": np.round(np.maximum(longest * shares[:, 1], 1), 1),
        "weight_g": np.round(np.clip(volume * rng.lognormal(-1.6, 0.5, n), 20, 60_000)),
    }


def _types() -> pa.Table:
    name, rank, material, freight, grams, co2e, inner, kilos, liquid, hazard = zip(
        *_TYPES, strict=True
    )
    return pa.table(
        {
            "package_type": name,
            "rank": rank,
            "material_cost": material,
            "freight_per_kg": freight,
            "material_g": np.asarray(grams, dtype=np.float64),
            "co2e_g": np.asarray(co2e, dtype=np.float64),
            **{
                f"inner_{side}_cm": pa.array([i and float(i[k]) for i in inner], pa.float64())
                for k, side in enumerate(("length", "width", "height"))
            },
            "rigid": [i is None for i in inner],
            "max_weight_g": np.asarray(kilos, dtype=np.float64) * 1000,
            "allows_liquid": liquid,
            "allows_hazardous": hazard,
        }
    )


def _fits(sides: Floats, weight: Floats, flags: dict[str, Any]) -> NDArray[np.bool_]:
    turned = -np.sort(-sides, axis=1)
    columns = []
    for _, _, _, _, _, _, inner, kilos, liquid, hazard in _TYPES:
        column = weight <= kilos * 1000
        if inner is not None:
            column &= (turned <= -np.sort(-np.asarray(inner))).all(axis=1)
        column &= liquid | ~flags["liquid"]
        column &= hazard | ~flags["hazardous"]
        columns.append(column)
    return np.column_stack(columns)


def _packed(
    fits: NDArray[np.bool_], looks: Floats, level: Difficulty, rows: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which product went out in which package: what looks fragile was put into strong boxes."""
    n, m = fits.shape
    wanted = np.clip(1.0 + 6.5 * looks + rng.normal(0, 1.0, n), 0, m - 1)
    distance = np.abs(np.arange(m)[None, :] - wanted[:, None])
    distance[~fits] = 100 + np.broadcast_to(np.arange(m, 0, -1), fits.shape)[~fits]
    ranked = np.argsort(distance, axis=1)
    second = (rng.random(n) < level.several) & (fits.sum(axis=1) > 1)
    popularity: Floats = np.asarray(rng.pareto(1.2, n)) + 0.2
    product = rng.choice(n, rows, p=popularity / popularity.sum())
    other = second[product] & (rng.random(rows) < 0.3)
    return product.astype(np.int64), ranked[product, other.astype(np.int64)].astype(np.int64)
