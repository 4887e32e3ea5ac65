"""`PackageRecommender`: for every product the package that costs least in freight and damage.

In go shipments, products and package types; out come probabilities of damage in the order of the
packages, an assignment with reasons, and the whole curve of cost against damage. The method is of
the kind of Gurumoorthy, Sanyal and Chaoji 2020 (arXiv 2006.03239); the equations are our own.
"""

from __future__ import annotations

from numbers import Integral, Real
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
from scipy import sparse

from chowk.errors import InputError, NotFittedError, parameter
from chowk.store.places import folder_of

from . import files
from .assignment import Assignment, Costs
from .costs import billed_kilograms, damage_costs, shipping_costs
from .damage import Settings, learn
from .features import Features
from .fitting import obstacles
from .goods import Floats, Goods, Ints, read_goods
from .history import History, beyond, places, read_history, untried
from .packages import disagreements, read_packages
from .tradeoff import Exchange

Aim = Literal["cost", "material", "co2e"]

#: Products whose replicates are held in memory at once.
_CHUNK = 50_000

#: A difference of probabilities smaller than this is not told from none.
_LEAST_GAP = 1e-4


class PackageRecommender:
    """Learns how likely each package is to arrive broken, and picks one for every product.

    Parameters
    ----------
    copies : weight, in [0, 1], of what a shipment implies for packages that were not used: broken
        in a box, so broken in a bag; whole in a bag, so whole in a box. None takes 0.03 over the
        root of the damaged parcels.
    volumetric_divisor : cubic centimetres a billed kilogram; None bills by the scales alone.
    replicates : models on resampled products, which say how sure a saving is; 0 says nothing,
        and then changes are proposed without a lower bound.
    seed : of the resampling; the same seed and tables give the same model.

    Attributes
    ----------
    package_types_ : the types' names in rank order, the columns of `damage`.
    notes_ : what a person should know of the tables: rows left out, ranks at odds with costs.

    Examples
    --------
    >>> types = [{"package_type": "bag", "rank": 1, "material_cost": 0.1, "freight_per_kg": 1.0},
    ...          {"package_type": "box", "rank": 2, "material_cost": 0.9, "freight_per_kg": 1.0}]
    >>> products = [{"product_id": "vase", "price": 40.0, "weight_g": 900.0, "fragile": True},
    ...             {"product_id": "sock", "price": 5.0, "weight_g": 90.0, "fragile": False}]
    >>> broken = {("vase", "bag"): 40, ("vase", "box"): 4, ("sock", "bag"): 1}
    >>> shipments = [{"product_id": p, "package_type": t, "damaged": k < count}
    ...              for (p, t), count in broken.items() for k in range(200)]
    >>> recommender = PackageRecommender().fit(shipments, products, types)
    >>> recommender.damage(products).shape
    (2, 2)
    >>> recommender.assign(products)["package_type"].to_pylist()
    ['box', 'bag']
    """

    def __init__(
        self,
        *,
        copies: float | None = None,
        volumetric_divisor: float | None = 5000.0,
        replicates: int = 20,
        seed: int = 0,
    ) -> None:
        self.copies = copies
        self.volumetric_divisor = volumetric_divisor
        self.replicates = replicates
        self.seed = seed

    def fit(self, shipments: Any, products: Any, package_types: Any) -> Self:
        """Learn from what was sent.

        Parameters
        ----------
        shipments, products, package_types : the tables of a store, as any frame or list of dicts.
            Of shipments `product_id`, `package_type` and `damaged` are needed; of products
            `product_id`; of package types `package_type` and `rank` (1 is the flimsiest).

        Raises
        ------
        InputError, SchemaError : naming the column, the row, the rule and the cure.
        """
        self._check()
        caller = "PackageRecommender.fit"
        packages = read_packages(package_types, caller)
        goods = read_goods(products, caller)
        history = read_history(shipments, goods, packages, caller)
        sent = np.unique(history.product)
        # Ten damaged parcels for each word or category: fewer say nothing of it but chance.
        most = max(10, int(history.damaged.sum()) // 10)
        self.features_ = Features(
            least=max(2, min(20, len(sent) // 50)), words=min(150, most), categories=min(100, most)
        ).fit(goods.rows(sent))
        self.packages_ = packages
        self.package_types_ = packages.ids
        settings = Settings(self.copies, True, self.replicates, self.seed)
        self.damage_ = learn(self.features_.transform(goods), goods, packages, history, settings)
        self._remember(goods, history)
        said = (*disagreements(packages), *self.damage_.notes, *untried(packages, self.used_))
        self.notes_ = (*history.set_aside, *said)
        return self

    def damage(self, products: Any) -> Floats:
        """Probability of damage [products, package types in rank order], never rising along a row.

        It is given also where the product does not fit; what fits is `assign`'s matter. A product
        that was sent before keeps what its own history says; any other is judged by its features.
        """
        goods = self._goods(products, "damage")
        return self._probabilities(goods)

    def expected_harm(self, products: Any) -> Floats:
        """Money that is expected to break in one parcel [products, package types in rank order]."""
        costs = self._costs(self._goods(products, "expected_harm"), None, None)
        return np.asarray(costs.damage * costs.damage_cost[:, None])

    def assign(
        self,
        products: Any,
        *,
        budget: float | Literal["today"] | None = None,
        tradeoff: float | None = None,
        damage_target: float | Literal["today"] | None = None,
        least: Aim = "cost",
        confidence: float | None = None,
        parcels: Any = None,
    ) -> Assignment:
        """One package for every product.

        With no aim given, freight and damage together cost least (`tradeoff=1`).

        Parameters
        ----------
        products : whose packages are to be chosen.
        budget : what is kept low (shipping, or the `least` chosen) may come to this; damage is as
            low as that allows. "today" is what the packages of today come to.
        tradeoff : money of shipping that one unit of damage money is worth, at least 0.
        damage_target : damage may cost this in all; shipping is as cheap as it allows.
        least : what is kept low beside damage: "cost" of shipping, grams of "material", or "co2e".
            "Same damage, least waste" is `damage_target="today", least="material"`.
        confidence : a product changes its package only when the lower bound of what that saves,
            at this one-sided confidence and at the trade-off in force, is above zero. None takes
            the probabilities as they are; of those changes, `Assignment.changes` are the ones
            that are sure enough to be proposed.
        parcels : how many parcels each product stands for, one number a product; by default its
            parcels in the history, and 1 for a product that was never sent.

        Raises
        ------
        InputError when a budget or a target cannot be met, with the figure that can be.
        """
        given = [budget is not None, tradeoff is not None, damage_target is not None]
        if sum(given) > 1:
            raise InputError("assign takes one of budget, tradeoff and damage_target, not several.")
        caller = "assign"
        if tradeoff is not None and not (isinstance(tradeoff, Real) and tradeoff >= 0):
            raise parameter(caller, "tradeoff", "a number of at least 0", tradeoff)
        if confidence is not None and not (isinstance(confidence, Real) and 0.5 <= confidence < 1):
            raise parameter(caller, "confidence", "None or a number in [0.5, 1)", confidence)
        if least not in ("cost", "material", "co2e"):
            raise parameter(caller, "least", "'cost', 'material' or 'co2e'", least)
        goods = self._goods(products, caller)
        costs = self._costs(goods, parcels, confidence)
        kept_low = costs.outlay(least)
        exchange = Exchange(kept_low, costs.cautious_harm(), costs.allowed, costs.current)
        if budget is not None:
            limit = costs.today(kept_low) if budget == "today" else budget
            chosen = exchange.within_budget(_amount(caller, "budget", limit))
        elif damage_target is not None:
            harm = costs.cautious_harm()
            limit = costs.today(harm) if damage_target == "today" else damage_target
            chosen = exchange.within_harm(_amount(caller, "damage_target", limit))
        else:
            chosen = exchange.at(1.0 if tradeoff is None else tradeoff)
        plain = exchange.at(chosen.tradeoff).picked
        return Assignment(costs, chosen.picked, chosen.tradeoff, least, plain)

    def frontier(self, products: Any, *, points: int = 200, parcels: Any = None) -> pa.Table:
        """The whole curve of cost against damage, from the cheapest packages to the safest.

        Every row is an assignment that no other beats: less damage costs more.

        Parameters
        ----------
        products : whose packages are to be chosen.
        points : rows at most, even in shipping cost; at least 2.
        parcels : as in `assign`.

        Returns
        -------
        tradeoff, shipping_cost, damage_cost, damages (parcels expected broken), material_g, co2e_g;
        totals over all parcels, grams null when a package type has none. Products that no
        package takes are left out.
        """
        if not isinstance(points, Integral) or points < 2:
            raise parameter("frontier", "points", "an int of at least 2", points)
        costs = self._costs(self._goods(products, "frontier"), parcels, None)
        exchange = Exchange(costs.outlay("cost"), costs.harm(), costs.allowed)
        start, rows, leave, take, price = exchange.steps()
        base = np.flatnonzero(start.picked >= 0)
        spent = None
        columns: dict[str, Any] = {}
        for name, cells in costs.measures().items():
            if cells is None:
                columns[name] = None
                continue
            begin = cells[base, start.picked[base]].sum()
            columns[name] = begin + np.concatenate(
                [[0.0], np.cumsum(cells[rows, take] - cells[rows, leave])]
            )
            if spent is None:
                spent = columns[name]
        assert spent is not None
        kept = np.arange(len(spent))
        if points < len(spent):
            wanted = np.linspace(spent[0], spent[-1], int(points))
            kept = np.append(np.searchsorted(spent, wanted, side="left"), len(spent) - 1)
            kept = np.unique(kept[kept < len(spent)])
        table = {"tradeoff": np.append([0.0], price)[kept]}
        return pa.table(
            {
                **table,
                **{
                    name: pa.nulls(len(kept), pa.float64()) if values is None else values[kept]
                    for name, values in columns.items()
                },
            }
        )

    def save(self, folder: Path | str) -> None:
        """Write the fitted model into a folder: JSON and NPZ, nothing that runs when it is read."""
        if not hasattr(self, "damage_"):
            raise NotFittedError(self)
        files.save(self, folder_of("PackageRecommender.save", folder))

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Open what `save` wrote; it answers as the model that was saved.

        Raises
        ------
        ArtifactError when the folder holds no such model, or a damaged one.
        """
        return files.load(cls, folder_of("PackageRecommender.load", folder))

    # -- inside ------------------------------------------------------------------------------------

    def _check(self) -> None:
        name = type(self).__name__
        if self.copies is not None and not (
            isinstance(self.copies, Real) and 0 <= self.copies <= 1
        ):
            raise parameter(name, "copies", "None or a number in [0, 1]", self.copies)
        if self.volumetric_divisor is not None and not (
            isinstance(self.volumetric_divisor, Real) and self.volumetric_divisor > 0
        ):
            raise parameter(
                name, "volumetric_divisor", "None or a number above 0", self.volumetric_divisor
            )
        if not isinstance(self.replicates, Integral) or self.replicates < 0:
            raise parameter(name, "replicates", "an int of at least 0", self.replicates)
        if not isinstance(self.seed, Integral) or self.seed < 0:
            raise parameter(name, "seed", "an int of at least 0", self.seed)

    def _goods(self, products: Any, caller: str) -> Goods:
        if not hasattr(self, "damage_"):
            raise NotFittedError(self)
        return read_goods(products, f"PackageRecommender.{caller}")

    def _remember(self, goods: Goods, history: History) -> None:
        """Keep of the history what an assignment asks for, by product."""
        n, m = len(goods), len(self.packages_)
        self.known_ = goods.ids
        self.used_ = history.used(n, m)
        # The most used package is today's; of equals the one that was used last.
        last = np.zeros((n, m))
        np.maximum.at(
            last, (history.product, history.package), history.moment - history.moment.min() + 1.0
        )
        favour = self.used_ + 0.5 * last / (last.max() + 1.0)
        self.current_ = np.where(self.used_.any(axis=1), favour.argmax(axis=1), -1)
        costed = history.damaged & ~np.isnan(history.damage_cost)
        product, cost = history.product[costed], history.damage_cost[costed]
        self.damage_sum_ = np.bincount(product, weights=cost, minlength=n)
        self.damage_count_ = np.bincount(product, minlength=n).astype(np.float64)
        price = goods.price[product]
        priced = ~np.isnan(price)
        self.usual_damage_ = float(cost.mean()) if len(cost) else float("nan")
        paid = float(price[priced].sum())
        self.damage_ratio_ = float(cost[priced].sum() / paid) if paid > 0 else 1.0
        known = goods.weight[~np.isnan(goods.weight)]
        self.usual_weight_ = float(np.median(known)) if len(known) else 0.0
        told = ~np.isnan(history.shipping_cost)
        count = np.bincount(history.package[told], minlength=m)
        total = np.bincount(history.package[told], weights=history.shipping_cost[told], minlength=m)
        self.observed_cost_ = np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def _probabilities(self, goods: Goods) -> Floats:
        seen = places(goods.ids, self.known_)
        features = self.features_.transform(goods)
        found = self.damage_
        p = found.probabilities(
            features, _looked_up(found.effects, seen), _looked_up(found.chosen, seen)
        )
        return np.asarray(p[:, self.packages_.level])

    def _costs(self, goods: Goods, parcels: Any, confidence: float | None) -> Costs:
        packages = self.packages_
        seen = places(goods.ids, self.known_)
        used = _looked_up(self.used_, seen)
        count = _parcels(parcels, len(goods), used)
        current = np.where(seen >= 0, self.current_[seen], -1)
        features = self.features_.transform(goods)
        effects = _looked_up(self.damage_.effects, seen)
        chosen = _looked_up(self.damage_.chosen, seen)
        p = self.damage_.probabilities(features, effects, chosen)[:, packages.level]
        doubt, resampled = None, None
        if len(self.damage_.replicates) > 1:
            spread_of = _looked_up(self.damage_.spread, seen)

            def resampled(picked: Ints) -> Floats:
                return self._resampled(costs, features, effects, chosen, spread_of, picked)

        if confidence is not None and len(self.damage_.replicates) > 1:
            doubt = self._doubt(features, effects, chosen, spread_of, current, confidence)
            doubt = doubt[:, packages.level]
            doubt[np.arange(len(goods)), current] = 0.0  # of equal rank, and so equally strong

        billed = billed_kilograms(goods, packages, self.volumetric_divisor, self.usual_weight_)

        def bounds(picked: Ints, rows: Ints) -> Floats:
            spread_of = _looked_up(self.damage_.spread, seen)[rows]
            found = self._doubt(
                features[rows], effects[rows], chosen[rows], spread_of, current[rows], 0.95
            )
            return np.asarray(found[np.arange(len(rows)), packages.level[picked[rows]]])

        costs = Costs(
            goods=goods,
            packages=packages,
            shipping=shipping_costs(packages, billed, self.observed_cost_),
            damage=p,
            doubt=doubt,
            damage_cost=damage_costs(
                goods,
                _looked_up(self.damage_sum_, seen),
                _looked_up(self.damage_count_, seen),
                self.damage_ratio_,
                self.usual_damage_,
            ),
            obstacles=obstacles(goods, packages, used > 0),
            current=current,
            parcels=count,
            resampled=resampled,
            bounds=bounds if len(self.damage_.replicates) > 1 else None,
        )
        return costs

    def _tilts(self) -> Floats:
        """How far each replicate's calibration is turned, in standard errors: evenly spread."""
        from scipy.stats import norm

        count = len(self.damage_.replicates)
        even = norm.ppf((np.arange(count) + 0.5) / max(count, 1))
        # Mixed, so that neither end falls on the replicates without copies alone.
        mixed = np.random.default_rng(self.seed + 1).permutation(count)
        return np.asarray(even[mixed], dtype=np.float64)

    def _resampled(
        self,
        costs: Costs,
        features: sparse.csr_array,
        effects: Floats,
        chosen: Floats,
        spread: Floats,
        picked: Ints,
    ) -> Floats:
        """Money saved against today, over all products, in each replicate."""
        rows = np.flatnonzero((costs.current >= 0) & (picked >= 0) & (picked != costs.current))
        old, new = costs.current[rows], picked[rows]
        level, at = self.packages_.level, np.arange(len(rows))
        freight = costs.shipping[rows, old] - costs.shipping[rows, new]
        rng = np.random.default_rng(self.seed)
        some, saved = features[rows], []
        for model, tilt in zip(self.damage_.replicates, self._tilts(), strict=True):
            drawn = effects[rows] + spread[rows] * rng.standard_normal(len(rows))
            drawn -= spread[rows] ** 2 / 2  # e^drawn is e^effect on average
            p = self.damage_.probabilities(some, drawn, chosen[rows], model, tilt)
            spared = costs.damage_cost[rows] * (p[at, level[old]] - p[at, level[new]])
            saved.append(float((costs.parcels[rows] * (freight + spared)).sum()))
        return np.asarray(saved)

    def _doubt(
        self,
        features: sparse.csr_array,
        effects: Floats,
        chosen: Floats,
        spread: Floats,
        current: Ints,
        confidence: float,
    ) -> Floats:
        """What is added to p of each level [products, levels] when it is compared with today's.

        The order says which way p moves; how far is a positive number, so its bound is taken on
        the logarithm over the replicates: a stronger package is credited with the least of what it
        may spare, a weaker one charged with the most of what it may break.
        """
        from scipy.stats import norm

        z, packages = float(norm.ppf(confidence)), self.packages_
        level = np.where(current >= 0, packages.level[current], 0)
        found, out = np.zeros((len(effects), packages.levels)), beyond(packages, self.used_)
        draws = np.random.default_rng(self.seed).standard_normal(len(self.damage_.replicates))
        for begin in range(0, len(effects), _CHUNK):
            cut = slice(begin, min(begin + _CHUNK, len(effects)))
            rows, here = features[cut], level[cut]
            each = np.arange(len(here))

            def gaps(p: Floats, each: Ints = each, here: Ints = here) -> Floats:
                return np.asarray(np.abs(p - p[each, here][:, None]) + _LEAST_GAP)

            logs = np.stack(
                [
                    np.log(
                        gaps(
                            self.damage_.probabilities(
                                rows, effects[cut] + draw * spread[cut], chosen[cut], model, tilt
                            )
                        )
                    )
                    for draw, tilt, model in zip(
                        draws, self._tilts(), self.damage_.replicates, strict=True
                    )
                ]
            )
            factor = np.exp(z * logs.std(axis=0, ddof=1))
            gap = gaps(p := self.damage_.probabilities(rows, effects[cut], chosen[cut]))
            stronger = np.arange(packages.levels)[None, :] > here[:, None]
            bound = np.where(stronger, gap * (1 - 1 / factor), gap * (factor - 1))
            # Beyond what was tried: stronger may spare nothing, weaker may break everything.
            found[cut] = np.where(out, np.where(stronger, gap - _LEAST_GAP, 1 - p), bound)
        return found


def _looked_up(values: Any, seen: Ints) -> Any:
    """The known products' values in the order of the asked ones; zeros where it is not known."""
    found = values[seen]
    found[seen < 0] = 0
    return found


def _parcels(parcels: Any, n: int, used: Ints) -> Floats:
    if parcels is None:
        return np.asarray(np.maximum(used.sum(axis=1), 1), dtype=np.float64)
    try:
        count = np.asarray(parcels, dtype=np.float64)
    except (TypeError, ValueError):
        count = np.full(0, np.nan)
    if count.shape != (n,) or not (count >= 0).all() or not np.isfinite(count).all():
        raise parameter(
            "PackageRecommender", "parcels", f"{n} numbers of at least 0, one a product", parcels
        )
    return count


def _amount(caller: str, name: str, value: Any) -> float:
    if not isinstance(value, int | float | np.number) or not 0 <= value < np.inf:
        raise parameter(caller, name, "'today' or a finite number of at least 0", value)
    return float(value)
