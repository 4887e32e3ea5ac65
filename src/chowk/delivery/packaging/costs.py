"""What a parcel costs to send in each package, and what it costs when it arrives broken.

Freight is billed by the heavier of the scales and the volumetric weight, as carriers do; where the
package table names no price, the history's own shipping costs stand in. All is per parcel.
"""

from __future__ import annotations

import numpy as np

from chowk.errors import InputError

from .goods import UNKNOWN, Floats, Goods
from .packages import Packages


def billed_kilograms(
    goods: Goods, packages: Packages, divisor: float | None, usual_weight: float
) -> Floats:
    """Billed weight [products, types], kilograms: the heavier of real and volumetric.

    volumetric kg = length x width x height in cm / divisor, of the package where it is rigid and
    its size is known, else of the product. The wall of a box is not known and not counted.

    Parameters
    ----------
    divisor : cubic centimetres a kilogram, 5000 with most air carriers; None bills by the scales.
    usual_weight : grams, for products whose weight is not known.

    Examples
    --------
    >>> from chowk.delivery.packaging.goods import read_goods
    >>> from chowk.delivery.packaging.packages import read_packages
    >>> pillow = read_goods([{"product_id": "p", "weight_g": 500.0}], "")
    >>> box = read_packages([{"package_type": "b", "rank": 1, "inner_length_cm": 50,
    ...                       "inner_width_cm": 40, "inner_height_cm": 20}], "")
    >>> billed_kilograms(pillow, box, 5000, 0.0)
    array([[8.]])
    """
    weight = np.where(np.isnan(goods.weight), usual_weight, goods.weight)
    scales = (weight[:, None] + np.nan_to_num(packages.material_g)) / 1000
    if divisor is None:
        return np.asarray(scales)
    own = np.where(goods.sized, goods.sides.astype(np.float64).prod(axis=1), 0.0)
    sized = packages.rigid & (packages.inner[:, 0] != UNKNOWN)
    outer = packages.inner.astype(np.float64).prod(axis=1)
    volume = np.where(sized[None, :], outer[None, :], own[:, None]) / 1000
    return np.asarray(np.maximum(scales, volume / divisor))


def shipping_costs(packages: Packages, billed: Floats, observed: Floats) -> Floats:
    """Material and freight of one parcel [products, types], money.

    Parameters
    ----------
    observed : mean shipping cost in the history by type, NaN where there is none; used for a
        type whose row has neither material_cost nor freight_per_kg.

    Raises
    ------
    InputError naming the type that has no cost anywhere.
    """
    unpriced = np.isnan(packages.material_cost) & np.isnan(packages.freight_per_kg)
    for j in np.flatnonzero(unpriced & np.isnan(observed)):
        raise InputError(
            f"The package type {packages.ids[j]!r} has no cost: give material_cost or "
            "freight_per_kg in package_types, or shipping_cost in shipments that used it."
        )
    costs = np.nan_to_num(packages.material_cost) + np.nan_to_num(packages.freight_per_kg) * billed
    costs[:, unpriced] = observed[unpriced]
    return np.asarray(costs)


def damage_costs(
    goods: Goods, own_sum: Floats, own_count: Floats, ratio: float, usual: float
) -> Floats:
    """Cost of one broken parcel [products], money.

    The mean of the product's own recorded damages, drawn towards its price times what damages
    usually cost for each unit of price, as strongly as two damages would; the usual damage where
    there is no price.

    Parameters
    ----------
    own_sum, own_count : recorded damage costs of each product, and how many there are.
    ratio, usual : damage cost over price, and mean damage cost, in the whole history; NaN when
        there is none.

    Raises
    ------
    InputError naming a product for which nothing says what a damage costs.
    """
    expected = np.where(np.isnan(goods.price), usual, goods.price * ratio)
    found = (own_sum + 2 * expected) / (own_count + 2)
    found = np.where(
        np.isnan(expected) & (own_count > 0), own_sum / np.maximum(own_count, 1), found
    )
    unknown = np.flatnonzero(np.isnan(found))
    if len(unknown):
        raise InputError(
            f"Nothing says what a damage of the product {goods.ids[int(unknown[0])].as_py()!r} "
            "costs: give price in products, or damage_cost in shipments."
        )
    return np.asarray(found)
