"""An assignment: which package for which product, what it comes to, and why.

`Costs` holds what there is to choose between, product by package; `Assignment` holds the choice, as
a table that any frame library reads, with totals beside those of today and an interval of the
saving. Every reason is read off the same numbers as the choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from chowk.errors import InputError

from .fitting import against
from .goods import Flags, Floats, Goods, Ints
from .packages import Packages
from .tradeoff import Exchange

NOTHING, FORCED, ONLY, BEST, UNSURE, WEAKER, STRONGER, SIZE, NEW, SPENT, BOTH = range(11)

#: Why a package was chosen, one sentence each, for the column `reason`; what is kept low stands
#: for {outlay}. Damage is weighed by the trade-off in force, which is 1 unless an aim moved it.
REASONS = (
    "No package may take it: explain() says what stands against each.",
    "Today's package may not be used for it, so this one is proposed.",
    "Kept: no other package may take it.",
    "Kept: it costs least in {outlay} and weighed damage together.",
    "Kept: another package looks better, but that is not sure enough.",
    "Weaker: it saves more in {outlay} than it adds in weighed damage.",
    "Stronger: it saves more in weighed damage than it adds in {outlay}.",
    "As strong as today's, and takes less in {outlay}.",
    "Not sent before: it costs least in {outlay} and weighed damage together.",
    "Stronger: what was left of the budget pays for it.",
    "Stronger, and takes no more in {outlay}.",
)
_OUTLAYS = {"cost": "shipping", "material": "material", "co2e": "CO2e"}


#: The replicates know nothing of what the history hides; on simulated histories of other seeds an
#: interval of their spread alone held the truth in 10 of 17. Twice as wide is a choice, not a law.
_WIDER = 2.0


@dataclass(frozen=True)
class Costs:
    """What there is to choose between; arrays are [products, types] or [products].

    Parameters
    ----------
    shipping : money a parcel.
    damage : probability of damage.
    doubt : what is added to `damage` when it is compared with today's package, or None.
    damage_cost : money a damaged parcel.
    obstacles : bits of `fitting`; 0 where the package may be used.
    current : today's type, -1 where the product was never sent.
    parcels : how many each product stands for.
    resampled : given the picked types, the money saved against today in each replicate, or None.
    bounds : given the picked types and rows, the doubt of each row at 95 %, or None.
    """

    goods: Goods
    packages: Packages
    shipping: Floats
    damage: Floats
    doubt: Floats | None
    damage_cost: Floats
    obstacles: Any
    current: Ints
    parcels: Floats
    resampled: Callable[[Ints], Floats] | None = None
    bounds: Callable[[Ints, Ints], Floats] | None = None

    @cached_property
    def allowed(self) -> Flags:
        """Which packages may be used."""
        return np.asarray(self.obstacles == 0)

    def outlay(self, least: str) -> Floats:
        """What is to be kept low: money of shipping, or grams, over all parcels."""
        if least == "cost":
            return np.asarray(self.parcels[:, None] * self.shipping)
        name = f"{least}_g"
        grams = self.packages.footprint[("material", "co2e").index(least)]
        for j in np.flatnonzero(np.isnan(grams)):
            raise InputError(
                f"The package type {self.packages.ids[j]!r} has no {name}, so the least {least} "
                f"cannot be found. Fill in package_types.{name}, or its inner sides, or aim at "
                "least='cost'."
            )
        return np.asarray(self.parcels[:, None] * grams[None, :])

    def harm(self) -> Floats:
        """Expected money of damage over all parcels."""
        return np.asarray((self.parcels * self.damage_cost)[:, None] * self.damage)

    def cautious_harm(self) -> Floats:
        """The same, with the doubt about a change counted against it.

        Choosing by it proposes a change exactly when the lower bound of its saving is above zero:
        s_j + k c (p_j + doubt_j) < s_today + k c p_today.
        """
        if self.doubt is None:
            return self.harm()
        doubt = np.where((self.current >= 0)[:, None], self.doubt, 0.0)
        return np.asarray((self.parcels * self.damage_cost)[:, None] * (self.damage + doubt))

    @cached_property
    def before(self) -> Ints:
        """Today's types; for what was never sent, the type of the least expected cost."""
        new = self.current < 0
        found = self.current.copy()
        if new.any():
            harm = (self.parcels * self.damage_cost)[new, None] * self.damage[new]
            found[new] = Exchange(self.outlay("cost")[new], harm, self.allowed[new]).at(1.0).picked
        return found

    def today(self, cells: Floats) -> float:
        """The total of `cells` before any change, over what some package may take."""
        rows = np.flatnonzero(self.allowed.any(axis=1))
        return float(cells[rows, self.before[rows]].sum())

    def measures(self) -> dict[str, Floats | None]:
        """Every total that is reported, as cells; None where a package type has no figure."""
        each = self.parcels[:, None]
        grams = {
            name: None if np.isnan(values).any() else each * values[None, :]
            for name, values in zip(("material_g", "co2e_g"), self.packages.footprint, strict=True)
        }
        return {
            "shipping_cost": each * self.shipping,
            "damage_cost": self.harm(),
            "damages": each * self.damage,
            **grams,
        }


class Assignment:
    """One package for every product; made by `PackageRecommender.assign`.

    It is a table to anything that reads Arrow (`pyarrow.table`, `polars.DataFrame`, DuckDB), and
    `assignment["package_type"]` is one of its columns.

    Attributes
    ----------
    tradeoff : what is kept low (money of shipping, or grams) that one unit of damage money was
        worth; infinite when the budget paid for the least damage there is.
    picked : type indices in rank order, -1 where nothing may take the product.
    """

    def __init__(
        self, costs: Costs, picked: Ints, tradeoff: float, least: str, plain: Ints
    ) -> None:
        self._costs = costs
        self.picked = picked
        self.tradeoff = tradeoff
        self._least = least
        #: What the trade-off alone would pick, before the rest of a budget was spent.
        self._plain = plain

    def __len__(self) -> int:
        return len(self.picked)

    def __getitem__(self, column: str) -> pa.ChunkedArray:
        return self.table[column]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows as dicts, in the products' order."""
        yield from self.table.to_pylist()

    def to_pandas(self) -> Any:
        """The table as a pandas frame."""
        return self.table.to_pandas()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        changed = int(self._changed.sum())
        return f"<Assignment: {len(self):,} products, {changed:,} change their package>"

    def to_pylist(self) -> list[dict[str, Any]]:
        """The table's rows as dicts."""
        rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows

    @cached_property
    def table(self) -> pa.Table:
        """One row a product, in the order given.

        product_id, package_type (null where nothing may take it), today, changed, parcels, damage
        and damage_today (probabilities), shipping_cost and shipping_cost_today (money a parcel),
        damage_cost (money a damaged parcel), saving (money over all parcels, freight and damage),
        saving_low (its lower bound; null where none was asked for), reason.
        """
        costs, rows = self._costs, np.arange(len(self))
        picked, today = self.picked, costs.current
        names = pa.array([*costs.packages.ids, None], pa.string())
        saving, low = self._savings
        unsure = costs.doubt is None
        return pa.table(
            {
                "product_id": costs.goods.ids,
                "package_type": names.take(pa.array(picked % len(names))),
                "today": names.take(pa.array(today % len(names))),
                "changed": self._changed,
                "parcels": costs.parcels,
                "damage": _or_null(costs.damage[rows, picked], picked >= 0),
                "damage_today": _or_null(costs.damage[rows, today], today >= 0),
                "shipping_cost": _or_null(costs.shipping[rows, picked], picked >= 0),
                "shipping_cost_today": _or_null(costs.shipping[rows, today], today >= 0),
                "damage_cost": costs.damage_cost,
                "saving": _or_null(saving, self._compared),
                "saving_low": _or_null(low, self._compared & (not unsure)),
                "reason": pa.DictionaryArray.from_arrays(
                    pa.array(self._reasons.astype(np.int8)),
                    pa.array([self._sentence(code) for code in range(len(REASONS))]),
                ),
            }
        )

    @cached_property
    def totals(self) -> Mapping[str, float | None]:
        """Totals over all parcels of products that a package takes.

        shipping_cost, damage_cost, damages, material_g, co2e_g, each also with `_today` (products
        that were never sent count there in the package of the least expected cost), products,
        changed, unassigned, saving, and its 95 % interval saving_low to saving_high (null without
        replicates).
        """
        rows = np.flatnonzero(self.picked >= 0)
        picked, before = self.picked[rows], self._costs.before[rows]
        found: dict[str, float | None] = {}
        for name, cells in self._costs.measures().items():
            found[name] = None if cells is None else float(cells[rows, picked].sum())
            found[f"{name}_today"] = None if cells is None else float(cells[rows, before].sum())
        found["products"] = len(self)
        found["changed"] = int(self._changed.sum())
        found["unassigned"] = int((self.picked < 0).sum())
        saving = float(self._savings[0][self._compared].sum())
        found["saving"] = saving
        low: float | None = None
        high: float | None = None
        if self._costs.resampled is not None:
            draws = self._costs.resampled(self.picked)
            # A normal interval: a few dozen replicates know a spread, not a tail.
            middle = float(draws.mean())
            spread = _WIDER * 1.96 * float(draws.std(ddof=1)) if len(draws) > 1 else float("nan")
            low, high = min(middle - spread, saving), max(middle + spread, saving)
        found["saving_low"], found["saving_high"] = low, high
        return found

    @property
    def changes(self) -> pa.Table:
        """The changes that are sure enough to be proposed, the largest saving first.

        Of each the lower bound of the saving in money, `saving_low`, is above zero at 95 %
        one-sided, or at the `confidence` that was asked for. Without replicates nothing is known
        of the bound, and every change stands.
        """
        changed = self._changed
        table = self.table
        if self._costs.doubt is None and self._costs.bounds is not None:
            rows = np.flatnonzero(changed)
            doubt = self._costs.bounds(self.picked, rows)
            money = (self._costs.parcels * self._costs.damage_cost)[rows]
            low = np.full(len(self), np.nan)
            low[rows] = self._savings[0][rows] - money * doubt
            # A package that may not be used any more has to go, whatever that saves.
            forced = ~self._costs.allowed[np.arange(len(self)), self._costs.current]
            at = table.column_names.index("saving_low")
            table = table.set_column(at, "saving_low", _or_null(low, changed))
            changed = changed & ((low > 0) | forced)
        return table.filter(pa.array(changed)).sort_by([("saving", "descending")])

    def explain(self, product_id: str) -> list[str]:
        """Why a product got its package: one sentence for the choice, one for each package."""
        found = self._costs.goods.ids.index(str(product_id)).as_py()
        if found < 0:
            raise InputError(f"The product {product_id!r} is not among those that were assigned.")
        costs, packages = self._costs, self._costs.packages
        said = [self._sentence(int(self._reasons[found]))]
        cost = costs.damage_cost[found]
        for j, name in enumerate(packages.ids):
            words = against(int(costs.obstacles[found, j]))
            marks = [
                word
                for word, holds in (
                    ("chosen", self.picked[found] == j),
                    ("today's", costs.current[found] == j),
                )
                if holds
            ]
            mark = f" ({', '.join(marks)})" if marks else ""
            p, freight = costs.damage[found, j], costs.shipping[found, j]
            said.append(
                f"{name}{mark}: {words}."
                if words
                else f"{name}{mark}: shipping {freight:.2f}, damage {p:.2%} of {cost:.2f}, "
                f"together {freight + p * cost:.2f} a parcel."
            )
        return said

    def _sentence(self, code: int) -> str:
        return REASONS[code].format(outlay=_OUTLAYS[self._least])

    @cached_property
    def _changed(self) -> Flags:
        return np.asarray((self._costs.current != self.picked) & self._compared)

    @cached_property
    def _compared(self) -> Flags:
        return np.asarray((self._costs.current >= 0) & (self.picked >= 0))

    @cached_property
    def _savings(self) -> tuple[Floats, Floats]:
        """Money saved against today, and its lower bound [products]."""
        costs, rows = self._costs, np.arange(len(self))
        picked, today = self.picked, costs.current
        freight = costs.shipping[rows, today] - costs.shipping[rows, picked]
        spared = costs.damage[rows, today] - costs.damage[rows, picked]
        doubt = 0.0 if costs.doubt is None else costs.doubt[rows, picked]
        saving = costs.parcels * (freight + costs.damage_cost * spared)
        return saving, saving - costs.parcels * costs.damage_cost * doubt

    @cached_property
    def _reasons(self) -> Ints:
        costs, rows = self._costs, np.arange(len(self))
        picked, today = self.picked, costs.current
        level = costs.packages.level
        found = np.full(len(self), BEST, dtype=np.int64)
        kept = self._compared & ~self._changed
        if costs.doubt is not None and np.isfinite(self.tradeoff):
            whole = costs.outlay(self._least) + self.tradeoff * costs.harm()
            least = np.where(costs.allowed, whole, np.inf).min(axis=1)
            here = whole[rows, picked]
            found[kept & (least < here - 1e-9 * np.abs(here))] = UNSURE
        found[kept & (costs.allowed.sum(axis=1) == 1)] = ONLY
        moved = self._changed
        found[moved & (level[picked] < level[today])] = WEAKER
        found[moved & (level[picked] > level[today])] = STRONGER
        found[moved & (level[picked] == level[today])] = SIZE
        found[moved & (picked != self._plain)] = SPENT
        outlay = costs.outlay(self._least)
        stronger = moved & (level[picked] > level[today])
        found[stronger & (outlay[rows, picked] <= outlay[rows, today])] = BOTH
        found[moved & ~costs.allowed[rows, today]] = FORCED
        found[today < 0] = NEW
        found[picked < 0] = NOTHING
        return found


def _or_null(values: Floats, known: Flags) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~known)
