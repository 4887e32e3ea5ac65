"""What was sent: shipments as counts of parcels by product and package.

In go the shipments, products and package types; out come whole and damaged counts, before and
after a moment, and what damages and freight cost. A shipment whose product or package nobody knows
is set aside and counted, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chowk.errors import InputError
from chowk.store.schema import TABLES, Table

from .goods import Flags, Floats, Goods, Ints, conformed, numbers
from .packages import Packages

_USED = "shipment_id ts product_id package_type shipping_cost damaged damage_cost".split()


@dataclass(frozen=True, slots=True)
class History:
    """Shipments as codes; entry k of each array belongs to the k-th shipment that was kept.

    Parameters
    ----------
    product, package : indices into the goods and the packages.
    damaged : it arrived broken.
    moment : microseconds, or the row where no time is given.
    shipping_cost, damage_cost : money, NaN where not given.
    set_aside : one sentence for each reason why shipments were left out.
    """

    product: Ints
    package: Ints
    damaged: Flags
    moment: Ints
    shipping_cost: Floats
    damage_cost: Floats
    set_aside: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.product)

    def rows(self, keep: Flags) -> History:
        """The shipments of a mask."""
        names = ("product", "package", "damaged", "moment", "shipping_cost", "damage_cost")
        return replace(self, **{name: getattr(self, name)[keep] for name in names})

    def counts(self, products: int, packages: Packages) -> tuple[Floats, Floats]:
        """Whole and damaged parcels [products, levels]."""
        shape = (products, packages.levels)
        cell = np.ravel_multi_index((self.product, packages.level[self.package]), shape)
        size = products * packages.levels
        broken = np.bincount(cell[self.damaged], minlength=size).reshape(shape).astype(np.float64)
        every = np.bincount(cell, minlength=size).reshape(shape).astype(np.float64)
        return every - broken, broken

    def used(self, products: int, types: int) -> Ints:
        """Parcels [products, types]."""
        cell = np.ravel_multi_index((self.product, self.package), (products, types))
        return np.bincount(cell, minlength=products * types).reshape(products, types)


def read_history(shipments: Any, goods: Goods, packages: Packages, caller: str) -> History:
    """Shipments as codes.

    Parameters
    ----------
    shipments : `product_id`, `package_type` and `damaged`; `ts`, costs and `shipment_id` where
        they are known. Without `ts` the order of the rows stands for time.

    Raises
    ------
    SchemaError for a value that does not fit its column; InputError when no shipment is left, or
    none, or all of them, are damaged: no rate can be learnt from that.
    """
    declared = TABLES["shipments"]
    required = ("product_id", "package_type", "damaged")
    columns = tuple(replace(declared[name], required=name in required) for name in _USED)
    table = conformed(shipments, Table("shipments", "", columns), caller)
    if not len(table):
        raise InputError(f"{caller}: shipments has no rows, so there is nothing to learn from.")
    product = _codes(table["product_id"], goods.ids)
    package = _codes(table["package_type"], pa.chunked_array([list(packages.ids)], pa.string()))
    said = []
    for codes, column, where in (
        (product, "product_id", "products"),
        (package, "package_type", "package_types"),
    ):
        strange = np.flatnonzero(codes < 0)
        if len(strange):
            first = int(strange[0])
            said.append(
                f"{len(strange):,} of {len(codes):,} shipments name a {column} that {where} does "
                f"not have, the first in row {first}: {table[column][first].as_py()!r}. They were "
                "left out."
            )
    keep = (product >= 0) & (package >= 0)
    if not keep.any():
        raise InputError(f"{caller}: no shipment is left to learn from. {' '.join(said)}")
    moment = table["ts"]
    if moment.null_count:
        stamped = np.arange(len(table))
        if moment.null_count < len(table):
            said.append("Some shipments have no ts: the order of the rows stands for time.")
    else:
        stamped = moment.cast(pa.int64()).to_numpy()
    damaged = table["damaged"].to_numpy().astype(bool)
    whole = History(
        product,
        package,
        damaged,
        stamped,
        numbers(table["shipping_cost"]),
        numbers(table["damage_cost"]),
        tuple(said),
    ).rows(keep)
    broken = int(whole.damaged.sum())
    if broken in (0, len(whole)):
        what = "No shipment" if broken == 0 else "Every shipment"
        lack = "those that arrived broken" if broken == 0 else "those that arrived whole"
        raise InputError(
            f"{what} of {len(whole):,} is damaged, so no rate of damage can be learnt. "
            f"Import {lack} too, or check the column shipments.damaged."
        )
    return whole


def beyond(packages: Packages, used: Ints) -> Flags:
    """Levels weaker or stronger than any that a parcel went in: nothing is known of them.

    Parameters
    ----------
    used : parcels [products, types].
    """
    parcels = np.bincount(packages.level, weights=used.sum(axis=0))
    tried = np.flatnonzero(parcels > 0)
    levels = np.arange(len(parcels))
    return np.asarray((levels < tried[0]) | (levels > tried[-1]))


def untried(packages: Packages, used: Ints) -> list[str]:
    """A sentence on the types of such levels, where there are some."""
    out = beyond(packages, used)[packages.level]
    names = [repr(name) for name, alone in zip(packages.ids, out, strict=True) if alone]
    if not names:
        return []
    return [
        f"No parcel went in {', '.join(names)}, nor in anything as weak or as strong: what breaks "
        "there is an assumption, and no change that hangs on it is called sure. Try it on some "
        "products first."
    ]


def places(ids: pa.ChunkedArray, known: pa.ChunkedArray) -> Ints:
    """Where each id stands in `known`, -1 where it does not."""
    return _codes(ids, known)


def _codes(values: pa.ChunkedArray, known: pa.ChunkedArray) -> Ints:
    found = pc.index_in(values, value_set=known.combine_chunks())
    codes: Ints = pc.fill_null(found, -1).to_numpy().astype(np.int64)
    return codes
