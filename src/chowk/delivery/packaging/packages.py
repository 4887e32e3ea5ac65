"""What one packs in: package types in rank order, what they cost, hold and weigh.

In goes the package_types table; out come arrays of one entry a type, the flimsiest first. Types of
equal rank are equally strong (a small and a large carton), and share one level of the damage model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow.compute as pc

from chowk.errors import InputError
from chowk.store.schema import TABLES

from .goods import UNKNOWN, Flags, Floats, Ints, conformed, millimetres, no_repeats, numbers
from .material import estimates, footprint

_INNER = ("inner_length_cm", "inner_width_cm", "inner_height_cm")


@dataclass(frozen=True, slots=True)
class Packages:
    """Package types in rank order; entry j of each array belongs to the j-th type.

    Parameters
    ----------
    ids : their names.
    rank : as given, rising.
    level : 0 for the flimsiest rank, 1 for the next …; equal for equal ranks.
    material_cost, freight_per_kg : money, NaN where not given.
    material_g, co2e_g : grams, NaN where not given.
    inner : millimetres [m, 3] (length, width, height), rounded down; -1 in all three where no
        size is given, and then any size fits.
    rigid : keeps its own volume, as a box does; false for a bag, which is billed by what is in it.
    max_weight : grams, infinite where not given.
    allows_liquid, allows_hazardous : false where nothing is said.
    """

    ids: tuple[str, ...]
    rank: Ints
    level: Ints
    material_cost: Floats
    freight_per_kg: Floats
    material_g: Floats
    co2e_g: Floats
    inner: Ints
    rigid: Flags
    max_weight: Floats
    allows_liquid: Flags
    allows_hazardous: Flags

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def footprint(self) -> tuple[Floats, Floats]:
        """Grams of material and of CO2e [m]: as given, else estimated, else NaN."""
        return footprint(self.ids, self.inner, self.rigid, self.material_g, self.co2e_g)

    @property
    def levels(self) -> int:
        """How many distinct ranks there are."""
        return int(self.level[-1]) + 1

    def place(self, package_type: str) -> int:
        """The index of a type by its name; InputError with the known names."""
        if package_type not in self.ids:
            raise InputError(
                f"There is no package type {package_type!r}. Types are: {', '.join(self.ids)}."
            )
        return self.ids.index(package_type)


def read_packages(package_types: Any, caller: str) -> Packages:
    """The package types, sorted by rank; equal ranks stay in the order given.

    Raises
    ------
    SchemaError, InputError : naming the row and the rule, when a rank or a cost is missing, a
        side is zero, a size is given in part, or a name comes twice.

    Examples
    --------
    >>> rows = [{"package_type": "box", "rank": 5}, {"package_type": "bag", "rank": 1}]
    >>> types = read_packages(rows, "fit")
    >>> types.ids, types.level
    (('bag', 'box'), array([0, 1]))
    """
    table = conformed(package_types, TABLES["package_types"], caller)
    if not len(table):
        raise InputError(f"{caller}: package_types has no rows. Give one row a package type.")
    no_repeats(table["package_type"], "package_types.package_type")
    inner = np.column_stack([numbers(table[name]) for name in _INNER])
    limit = numbers(table["max_weight_g"])
    names = table["package_type"].to_pylist()
    for row, name in enumerate(names):
        given = ~np.isnan(inner[row])
        for column, value, known in zip(_INNER, inner[row], given, strict=True):
            if known and value <= 0:
                _refuse(column, "above 0", value, row, name, "leave all three sides empty")
            if not known and given.any():
                _refuse(column, "given when another side is", None, row, name, "measure it")
        if limit[row] <= 0:
            _refuse("max_weight_g", "above 0", limit[row], row, name, "leave it empty for no limit")
    rank = np.asarray(table["rank"].to_numpy(), dtype=np.int64)
    order = np.argsort(rank, kind="stable")
    sides = millimetres(inner, up=False)
    sides[(sides == UNKNOWN).any(axis=1)] = UNKNOWN
    flags = {
        name: pc.fill_null(table[name], False).to_numpy(zero_copy_only=False).astype(bool)[order]
        for name in ("allows_liquid", "allows_hazardous")
    }
    return Packages(
        ids=tuple(names[i] for i in order),
        rank=rank[order],
        level=np.unique(rank[order], return_inverse=True)[1].astype(np.int64),
        material_cost=numbers(table["material_cost"])[order],
        freight_per_kg=numbers(table["freight_per_kg"])[order],
        material_g=numbers(table["material_g"])[order],
        co2e_g=numbers(table["co2e_g"])[order],
        inner=sides[order],
        rigid=pc.fill_null(table["rigid"], True).to_numpy(zero_copy_only=False)[order].astype(bool),
        max_weight=np.where(np.isnan(limit), np.inf, limit)[order],
        **flags,
    )


def disagreements(packages: Packages) -> list[str]:
    """What an owner should look at: ranks at odds with costs, and grams that are estimates.

    One sentence for each type that costs no more than a flimsier one, and is as large.

    It is not an error, since the ranks are the owner's word on strength; but it may be a slip.
    """
    said = []
    for strong in range(len(packages)):
        for weak in range(strong):
            cheaper = (
                packages.material_cost[strong] < packages.material_cost[weak]
                and packages.freight_per_kg[strong] <= packages.freight_per_kg[weak]
            )
            if cheaper and packages.level[strong] > packages.level[weak]:
                said.append(
                    f"{packages.ids[strong]!r} (rank {packages.rank[strong]}) is stronger than "
                    f"{packages.ids[weak]!r} (rank {packages.rank[weak]}) and costs less: if that "
                    "is so, the flimsier one is never the better choice where both fit; if not, "
                    "correct the rank or the cost."
                )
    grams, co2e = packages.footprint
    said += estimates(packages.ids, packages.material_g, grams, "material_g")
    return said + estimates(packages.ids, packages.co2e_g, co2e, "co2e_g")


def _refuse(column: str, rule: str, got: float | None, row: int, name: str, cure: str) -> None:
    raise InputError(
        f"The column package_types.{column} must be {rule}. "
        f"Got {got if got is None else f'{got:g}'} in row {row} ({name}) instead; {cure}."
    )
