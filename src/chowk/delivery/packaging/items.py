"""What goes into one parcel: items and boxes in whole millimetres, and an arrangement of them.

In go order lines (any frame) and a box; out come items, one each, with their sides sorted where
they may be turned, so that an item is the same however it was measured. Sides of items are rounded
up and those of boxes down, so that a fit is never the work of rounding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chowk.errors import InputError
from chowk.store.frames import arrow_table
from chowk.store.schema import TABLES, Column, Table

from .goods import UNKNOWN, conformed, millimetres, numbers, positive
from .packages import Packages, read_packages

_SIDES = ("length_cm", "width_cm", "height_cm")
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be packed.

    Parameters
    ----------
    length, width, height : millimetres; the longest first, or with the height as the height
        where `upright`.
    weight : grams; None where nobody weighed it.
    upright : this side up: it may only be turned about the vertical.
    fragile : nothing heavier may stand on it.
    item_id : its id; several items may share one.
    """

    length: int
    width: int
    height: int
    weight: float | None
    upright: bool
    fragile: bool
    item_id: str

    @property
    def volume(self) -> int:
        """Cubic millimetres."""
        return self.length * self.width * self.height

    @property
    def grams(self) -> float:
        """Its weight, 0 where it is not known."""
        return 0.0 if self.weight is None else self.weight


@dataclass(frozen=True, slots=True)
class Box:
    """What it is packed in: inner sides in millimetres, the height upwards; `max_weight` grams."""

    name: str
    length: int
    width: int
    height: int
    max_weight: float

    @property
    def volume(self) -> int:
        """Cubic millimetres."""
        return self.length * self.width * self.height


@dataclass(frozen=True, slots=True)
class Placement:
    """An item in its place.

    Parameters
    ----------
    item : which.
    x, y, z : its corner nearest the box's, millimetres along length, width and height.
    length, width, height : its sides as it lies, along the same axes.
    """

    item: Item
    x: int
    y: int
    z: int
    length: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Packing:
    """An arrangement of items in one box.

    Parameters
    ----------
    box : the box.
    placements : from the bottom up, in the order in which they can be put in.
    left : items that found no place.
    """

    box: Box
    placements: tuple[Placement, ...]
    left: tuple[Item, ...]

    @property
    def fill(self) -> float:
        """Share of the box's volume that is taken, in [0, 1]."""
        return sum(place.item.volume for place in self.placements) / self.box.volume

    @property
    def complete(self) -> bool:
        """Whether every item found a place."""
        return not self.left

    @property
    def weight(self) -> float:
        """Grams of what is in it, as far as it was weighed."""
        return math.fsum(place.item.grams for place in self.placements)

    @property
    def table(self) -> pa.Table:
        """One row a placement: item_id, x_cm, y_cm, z_cm, length_cm, width_cm, height_cm."""
        names = ("x", "y", "z", "length", "width", "height")
        return pa.table(
            {
                "item_id": pa.array([p.item.item_id for p in self.placements], pa.string()),
                **{
                    f"{name}_cm": pa.array(
                        [getattr(p, name) / 10 for p in self.placements], pa.float64()
                    )
                    for name in names
                },
            }
        )

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def read_items(items: Any, caller: str) -> list[Item]:
    """Order lines as items, one each, the same list for any order of the lines.

    Parameters
    ----------
    items : any frame or list of dicts with `product_id` or `item_id`, `length_cm`, `width_cm` and
        `height_cm`; `weight_g`, `quantity` (1 when missing), `this_side_up` and `fragile` where
        they are known. A product may stand in several lines. Or `Item`s.

    Raises
    ------
    InputError naming the item that has no size, or a quantity below 1.

    Examples
    --------
    >>> cup = {"item_id": "cup", "length_cm": 8, "width_cm": 12, "height_cm": 9.95, "quantity": 2}
    >>> [(item.item_id, item.length, item.width, item.height) for item in read_items([cup], "pack")]
    [('cup', 120, 100, 80), ('cup', 120, 100, 80)]
    """
    given_items = isinstance(items, Sequence) and len(items) > 0
    if given_items and all(isinstance(item, Item) for item in items):
        return sorted(items, key=_key)
    if isinstance(items, Sequence) and not len(items):
        return []
    given = arrow_table(items, caller)
    if "item_id" in given.column_names:
        given = given.drop_columns([n for n in ("product_id",) if n in given.column_names])
        given = given.rename_columns(
            ["product_id" if n == "item_id" else n for n in given.column_names]
        )
    declared = TABLES["products"]
    columns = (
        declared["product_id"],
        *(declared[name] for name in (*_SIDES, "weight_g", "fragile", "this_side_up")),
        Column("quantity", "int", "How many.", low=1),
    )
    table = conformed(given, Table("items", "", columns), caller)
    measured = np.column_stack([positive(table[name]) for name in _SIDES])
    sides = millimetres(measured.reshape(len(table), 3), up=True)
    ids = table["product_id"].to_pylist()
    for row in np.flatnonzero((sides == UNKNOWN).any(axis=1)):
        raise InputError(
            f"{caller}: the item {ids[row]!r} in row {row} has no size. Give length_cm, width_cm "
            "and height_cm, all above 0."
        )
    weight = numbers(table["weight_g"])
    upright, fragile = (
        pc.fill_null(table[name], False).to_pylist() for name in ("this_side_up", "fragile")
    )
    count = pc.fill_null(table["quantity"], 1).to_pylist()
    if sum(count) > _MOST:
        raise InputError(
            f"{caller}: {sum(count):,} items are too many for one order; at most {_MOST:,} are "
            "packed at once. Split the order."
        )
    found = []
    for line, measures in enumerate(sides.tolist()):
        long, broad, high = measures
        if not upright[line]:
            high, broad, long = sorted(measures)
        turned = (max(long, broad), min(long, broad), high)
        grams = None if math.isnan(weight[line]) else float(weight[line])
        item = Item(*turned, grams, upright[line], fragile[line], ids[line])
        found += [item] * count[line]
    return sorted(found, key=_key)


def read_boxes(package_types: Any, caller: str) -> Packages:
    """Package types for packing; without a `rank` all are equally strong."""
    table = arrow_table(package_types, caller)
    if "rank" not in table.column_names:
        table = table.append_column("rank", pa.array([1] * len(table), pa.int64()))
    if "package_type" not in table.column_names:
        names = [f"box {row + 1}" for row in range(len(table))]
        table = table.append_column("package_type", pa.array(names, pa.string()))
    return read_packages(table, caller)


def read_box(box: Any, caller: str) -> Box:
    """One box: three inner sides in centimetres, or a row of package_types, or a `Box`.

    >>> read_box((90, 40, 30), "pack_box")
    Box(name='box', length=900, width=400, height=300, max_weight=inf)
    """
    if isinstance(box, Box):
        return box
    if isinstance(box, Mapping):
        row = {"package_type": "box", **box}
    elif isinstance(box, Sequence) and not isinstance(box, str) and len(box) == 3:
        row = {"package_type": "box"}
        row |= {f"inner_{side}": float(v) for side, v in zip(_SIDES, box, strict=True)}
    else:
        raise InputError(
            f"{caller}: box must be three inner sides in centimetres or a row of package_types "
            f"with inner_length_cm, inner_width_cm and inner_height_cm. Got {box!r} instead."
        )
    packages = read_boxes([row], caller)
    return box_of(packages, 0, caller)


def box_of(packages: Packages, at: int, caller: str) -> Box:
    """The box of a package type; InputError when its size is not known."""
    if packages.inner[at, 0] == UNKNOWN:
        raise InputError(
            f"{caller}: the package type {packages.ids[at]!r} has no size. Give inner_length_cm, "
            "inner_width_cm and inner_height_cm."
        )
    length, width, height = packages.inner[at].tolist()
    return Box(packages.ids[at], length, width, height, float(packages.max_weight[at]))


def _key(item: Item) -> tuple[Any, ...]:
    sides = (item.length, item.width, item.height)
    return (*sides, item.weight is None, item.grams, item.upright, item.fragile, item.item_id)
