"""What the sample store packs in, what it sent in what, and what arrived broken.

Damage is a matter of how easily a product breaks, its weight and the package; packers see more of
the first than any column holds, and box what looks fragile, as packers do. The probabilities are
truth that the store never sees. All numbers stand here, and were set before a system saw them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy import special

from chowk.store import schema

from .chapter import Pages
from .world import World

#: package_type, rank, material, freight/kg, grams, grams CO2e, inner sides (cm), kilograms, liquid,
#: hazardous, rigid. Made up, in the proportions that parcels have.
TYPES = (
    ("paper bag", 1, 0.06, 1.10, 20, 22, (40, 30, 12), 2, False, False, False),
    ("padded mailer", 2, 0.22, 1.12, 45, 70, (45, 35, 15), 4, False, False, False),
    ("bubble mailer", 3, 0.34, 1.12, 60, 120, (50, 40, 20), 5, True, False, False),
    ("small carton", 4, 0.60, 1.15, 180, 160, (30, 25, 15), 10, True, True, True),
    ("carton", 5, 0.85, 1.15, 300, 270, (45, 35, 30), 20, True, True, True),
    ("padded carton", 6, 1.30, 1.18, 420, 450, (45, 35, 30), 25, True, True, True),
    ("double-wall carton", 7, 2.20, 1.20, 900, 820, (60, 50, 50), 90, True, True, True),
)
_SIDES = ("length", "width", "height")
#: Parcels a product in the year; some are sent hundreds of times and many a few times.
_EACH = 15
#: Log-odds of damage: of a sturdy product in the strongest package, and what a step of strength
#: takes off, of everything and by how easily it breaks.
_BASE, _STEP, _FRAGILE_STEP = -4.8, 0.15, 0.35
#: How easily things break: standard deviation of what no column shows, and what packers see of it.
_HIDDEN, _SEEN = 0.15, 0.6


def parcels(world: World, rng: np.random.Generator) -> Pages:
    """`package_types` and `shipments`; the true probability of damage as truth."""
    rows, n, m = world.shelf.rows, len(world.shelf), len(TYPES)
    fragile, liquid, hazardous = (
        np.array([bool(v) for v in rows[name]]) for name in ("fragile", "liquid", "hazardous")
    )
    weight = np.array([w or 500.0 for w in rows["weight_g"]], dtype=np.float64)
    sides = np.array([[v or 10.0 for v in rows[f"{side}_cm"]] for side in _SIDES]).T
    unseen = rng.normal(0, _HIDDEN, n)
    breaks = np.clip(np.where(fragile, 0.7, 0.15) + unseen, 0, 1)
    heavy = np.clip(np.log(weight / 50) / 6, 0, 1)
    steps = np.arange(m - 1, -1, -1.0)[None, :]
    odds = _BASE + (1.2 * breaks + 0.6 * heavy)[:, None]
    truth = special.expit(odds + steps * (_STEP + _FRAGILE_STEP * breaks)[:, None])

    turned = -np.sort(-sides, axis=1)
    inner = -np.sort(-np.array([t[6] or (np.inf,) * 3 for t in TYPES]), axis=1)
    fits = (turned[:, None, :] <= inner[None, :, :]).all(axis=2)
    fits &= weight[:, None] <= np.array([t[7] for t in TYPES])[None, :] * 1000
    fits &= np.array([t[8] for t in TYPES])[None, :] | ~liquid[:, None]
    fits &= np.array([t[9] for t in TYPES])[None, :] | ~hazardous[:, None]
    fits[:, -1] = True  # what nothing takes goes into the strongest, as best it can
    looks = np.where(fragile, 0.7, 0.15) + _SEEN * unseen
    wanted = 1.0 + (m - 2.0) * looks + rng.normal(0, 0.8, n)
    distance = np.abs(np.arange(m)[None, :] - wanted[:, None]) + 100 * ~fits
    ranked = np.argsort(distance, axis=1)

    count = n * _EACH
    popularity = np.asarray(rng.pareto(1.5, n)) + 0.3
    product = rng.choice(n, count, p=popularity / popularity.sum())
    several = (rng.random(n) < 0.4) & (fits.sum(axis=1) > 1)
    other = several[product] & (rng.random(count) < 0.3)
    package = ranked[product, other.astype(np.int64)]
    broken = rng.random(count) < truth[product, package]
    price = np.array([float(p) for p in rows["price"]])
    cost = np.round(price[product] * rng.lognormal(0.05, 0.2, count) + 3, 2)
    material, by_weight, grams = (np.array([t[k] for t in TYPES]) for k in (2, 3, 4))
    freight = material[package] + by_weight[package] * (weight[product] + grams[package]) / 1000
    start, end = (int(at.timestamp()) for at in (world.numbers.start, world.numbers.end))
    moment = np.sort(rng.integers(start, end, count)) * 1_000_000
    ids = pa.array(world.shelf.ids)
    names = pa.array([t[0] for t in TYPES])
    declared = schema.TABLES["shipments"].arrow
    shipments = {
        "shipment_id": pa.array([f"S{k:07d}" for k in range(count)]),
        "ts": pa.array(moment, pa.int64()).cast(declared.field("ts").type),
        "product_id": ids.take(pa.array(product)),
        "package_type": names.take(pa.array(package)),
        "shipping_cost": _money(np.round(freight, 2)),
        "damaged": pa.array(broken),
        "damage_cost": _money(cost, ~broken),
    }
    told = {
        "product_id": ids.take(pa.array(np.repeat(np.arange(n), m))),
        "package_type": names.take(pa.array(np.tile(np.arange(m), n))),
        "damage": pa.array(truth.ravel()),
    }
    return Pages(
        {"package_types": _types(), "shipments": pa.table(shipments, schema=declared)},
        {"damage": pa.table(told)},
    )


def _types() -> pa.Table:
    keys = ("package_type", "rank", "material_cost", "freight_per_kg", "material_g", "co2e_g")
    flags = ("allows_liquid", "allows_hazardous", "rigid")
    rows = [
        {
            **dict(zip(keys, kind[:6], strict=True)),
            **{f"inner_{side}_cm": kind[6] and kind[6][k] for k, side in enumerate(_SIDES)},
            "max_weight_g": kind[7] * 1000,
            **dict(zip(flags, kind[8:], strict=True)),
        }
        for kind in TYPES
    ]  # fmt: skip
    declared = schema.TABLES["package_types"]
    columns = {}
    for column in declared.columns:
        values = [row[column.name] for row in rows]
        if column.kind == "money":
            columns[column.name] = _money(np.array(values, dtype=np.float64))
        else:
            columns[column.name] = pa.array(values, column.arrow)
    return pa.table(columns, schema=declared.arrow)


def _money(values: np.ndarray, empty: np.ndarray | None = None) -> pa.Array:
    floats = pa.array(values, pa.float64(), mask=empty)
    return floats.cast(pa.decimal128(18, 4), safe=False)
