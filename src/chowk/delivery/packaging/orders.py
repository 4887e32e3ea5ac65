"""Which box an order travels in: the cheapest that takes it, or as few and cheap as need be.

In go order lines and package types, and a fitted recommender where there is one; out come packed
parcels with what each costs. Boxes are tried from the cheapest up, so that the first that takes
everything is the answer; only an order that no box takes is split.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from chowk.errors import InputError
from chowk.store.frames import arrow_table
from chowk.store.schema import TABLES, Table

from .goods import UNKNOWN, Floats, conformed
from .items import Item, Packing, box_of, read_boxes, read_items
from .packages import Packages
from .packing import filled

if TYPE_CHECKING:
    from .recommender import PackageRecommender


_FLAGS = ("liquid", "hazardous")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One packed box of an order.

    Parameters
    ----------
    package_type : the box.
    packing : what lies where.
    shipping_cost : material and freight, money.
    damage_cost : money that is expected to break in it; 0 without a recommender.
    """

    package_type: str
    packing: Packing
    shipping_cost: float
    damage_cost: float


@dataclass(frozen=True, slots=True)
class PackedOrder:
    """An order in its parcels.

    Parameters
    ----------
    parcels : most often one.
    left : ids of items that no box takes, with why.
    """

    parcels: tuple[Parcel, ...]
    left: tuple[tuple[str, str], ...]

    @property
    def cost(self) -> float:
        """Shipping and expected damage of all parcels, money."""
        return sum(parcel.shipping_cost + parcel.damage_cost for parcel in self.parcels)


def pack_order(
    items: Any,
    package_types: Any = None,
    *,
    recommender: PackageRecommender | None = None,
    support: float = 0.7,
    volumetric_divisor: float | None = 5000.0,
) -> PackedOrder:
    """The cheapest box that takes a whole order; several boxes when none does.

    Cost is material + freight by the heavier of scales and volume, and, with a recommender, what is
    expected to break:  sum over items of p(item, box) x cost of its damage.

    Parameters
    ----------
    items : order lines, as for `pack_box`; `liquid` and `hazardous` are kept to, and with a
        recommender the further columns of products count too.
    package_types : those that may be used; those without inner sides are passed over. By default
        those that the recommender was fitted on.
    recommender : fitted, for the damage.
    support : as for `pack_box`.
    volumetric_divisor : cubic centimetres a billed kilogram; None bills by the scales.

    Raises
    ------
    InputError when there is no package type with a size, or an item has none.

    Examples
    --------
    >>> cup = {"product_id": "cup", "length_cm": 10, "width_cm": 10, "height_cm": 10, "quantity": 4}
    >>> def box(name, side, cost):
    ...     return {"package_type": name, "material_cost": cost, "inner_length_cm": side,
    ...             "inner_width_cm": side, "inner_height_cm": side}
    >>> order = pack_order([cup], [box("small", 10, 0.3), box("big", 40, 1.5), box("mid", 20, 0.7)])
    >>> [(parcel.package_type, len(parcel.packing.placements)) for parcel in order.parcels]
    [('mid', 4)]
    """
    caller = "pack_order"
    if package_types is not None:
        packages = read_boxes(package_types, caller)
    elif recommender is not None:
        packages = recommender.packages_
    else:
        raise InputError(f"{caller} needs package_types, or a recommender that was fitted on some.")
    sized = [j for j in range(len(packages)) if packages.inner[j, 0] != UNKNOWN]
    if not sized:
        raise InputError(
            f"{caller}: no package type has a size. Give inner_length_cm, inner_width_cm and "
            "inner_height_cm."
        )
    rest = read_items(items, caller)
    barred = _barred(items, packages, caller)
    harm = _harm(items, packages, recommender)
    parcels: list[Parcel] = []
    while rest:
        chosen = _next(rest, packages, sized, barred, harm, support, volumetric_divisor)
        if chosen is None:
            break
        parcels.append(chosen)
        rest = list(chosen.packing.left)
    why = "No box takes it: it is too large, too heavy, or not allowed in any."
    return PackedOrder(tuple(parcels), tuple((item.item_id, why) for item in rest))


def _next(
    rest: list[Item],
    packages: Packages,
    sized: list[int],
    barred: dict[str, Any],
    harm: dict[str, Floats],
    support: float,
    divisor: float | None,
) -> Parcel | None:
    """The cheapest box for all that is left, or the one that takes the most of it."""
    options = []
    for j in sized:
        able = [item for item in rest if not barred[item.item_id][j]]
        if able:
            options.append((len(able) < len(rest), *_costs(able, packages, j, harm, divisor), j))
    options.sort(key=lambda option: (option[0], option[1] + option[2], option[3]))
    best: tuple[float, Parcel] | None = None
    for partly, _, _, j in options:
        box = box_of(packages, j, "pack_order")
        able = [item for item in rest if not barred[item.item_id][j]]
        volume = sum(item.volume for item in able)
        weight = sum(item.grams for item in able)
        whole = not partly and volume <= box.volume and weight <= box.max_weight
        if not whole and best is not None and best[0] >= min(volume, box.volume):
            continue
        found = filled(able, box, support)
        if not found.placements:
            continue
        inside = [place.item for place in found.placements]
        shipping, broken = _costs(inside, packages, j, harm, divisor)
        left = (*found.left, *(item for item in rest if barred[item.item_id][j]))
        packing = Packing(box, found.placements, left)
        parcel = Parcel(packages.ids[j], packing, shipping, broken)
        if not left:
            return parcel
        taken = float(sum(item.volume for item in inside))
        if best is None or taken > best[0]:
            best = (taken, parcel)
    return best[1] if best else None


def _costs(
    items: list[Item],
    packages: Packages,
    j: int,
    harm: dict[str, Floats],
    divisor: float | None,
) -> tuple[float, float]:
    """Shipping and expected damage of these items in type j."""
    grams = sum(item.grams for item in items) + float(np.nan_to_num(packages.material_g[j]))
    billed = grams / 1000
    if divisor is not None:
        own = float(sum(item.volume for item in items))
        outer = float(packages.inner[j].astype(np.float64).prod())
        billed = max(billed, (outer if packages.rigid[j] else own) / 1000 / divisor)
    fixed, by_weight = packages.material_cost[j], packages.freight_per_kg[j]
    shipping = float(np.nan_to_num(fixed) + np.nan_to_num(by_weight) * billed)
    return shipping, float(sum(harm[item.item_id][j] for item in items)) if harm else 0.0


def _barred(items: Any, packages: Packages, caller: str) -> dict[str, Any]:
    """By item, the types that its liquids or dangers are not allowed in."""
    table = _lines(items)
    nothing = np.zeros(len(packages), dtype=bool)
    found: dict[str, Any] = {}
    if table is None:
        return {item.item_id: nothing for item in read_items(items, caller)}
    ids = table["product_id"].to_pylist()
    held = [name for name in _FLAGS if name in table.column_names]
    declared = Table("items", "", tuple(TABLES["products"][name] for name in _FLAGS))
    read = conformed(table.select(held), declared, caller) if held else None
    flags = {
        name: [False] * len(ids) if read is None else [bool(v) for v in read[name].to_pylist()]
        for name in _FLAGS
    }
    for row, name in enumerate(ids):
        bars = found.get(str(name), nothing)
        if flags["liquid"][row]:
            bars = bars | ~packages.allows_liquid
        if flags["hazardous"][row]:
            bars = bars | ~packages.allows_hazardous
        found[str(name)] = bars
    return found


def _harm(
    items: Any, packages: Packages, recommender: PackageRecommender | None
) -> dict[str, Floats]:
    """By item, the money that is expected to break in each type."""
    table = _lines(items)
    if recommender is None or table is None:
        return {}
    at = [recommender.package_types_.index(n) if n in recommender.package_types_ else -1
          for n in packages.ids]  # fmt: skip
    unknown = [n for n, j in zip(packages.ids, at, strict=True) if j < 0]
    if unknown:
        raise InputError(
            f"pack_order: the recommender was not fitted on the package type {unknown[0]!r}. Fit "
            "it on all that may be used, or leave package_types out."
        )
    first: dict[str, int] = {}
    for row, name in enumerate(table["product_id"].to_pylist()):
        first.setdefault(str(name), row)
    once = table.take(pa.array(list(first.values())))
    harm = recommender.expected_harm(once)[:, at]
    return dict(zip(first, harm, strict=True))


def _lines(items: Any) -> pa.Table | None:
    """The order lines as a table with `product_id`; None for bare `Item`s."""
    try:
        table = arrow_table(items, "pack_order")
    except InputError:
        return None
    if "item_id" in table.column_names:
        kept = [n for n in table.column_names if n != "product_id"]
        table = table.select(kept).rename_columns(
            ["product_id" if n == "item_id" else n for n in kept]
        )
    return table if "product_id" in table.column_names else None
