"""The plain rivals: what a careful analyst would do with a spreadsheet.

`CategoryRates` are rates of damage by category and package, smoothed and made to fall with
strength by isotonic regression; `cheapest` takes the cheapest package that fits and looks at
nothing else. The learnt model has to be better than both to be worth its while.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pyarrow.compute as pc
from scipy import optimize

from .goods import Flags, Floats, Ints, read_goods
from .history import read_history
from .packages import read_packages
from .tradeoff import Exchange


class CategoryRates:
    """Damage by category and rank, never rising with rank.

    A cell's rate is drawn towards the rate of its rank over all categories, as strongly as
    `prior` parcels would; isotonic regression (Barlow et al. 1972), weighted by parcels, then
    puts each category's rates in order.

    Parameters
    ----------
    prior : parcels, above 0.

    Examples
    --------
    >>> types = [{"package_type": "bag", "rank": 1}, {"package_type": "box", "rank": 2}]
    >>> sent = [{"product_id": "a", "package_type": t, "damaged": k < 2}
    ...         for t in ("bag", "box", "box") for k in range(10)]
    >>> rates = CategoryRates().fit(sent, [{"product_id": "a"}], types)
    >>> rates.damage([{"product_id": "b"}]).round(2)
    array([[0.2, 0.2]])
    """

    def __init__(self, prior: float = 50.0) -> None:
        self.prior = prior

    def fit(self, shipments: Any, products: Any, package_types: Any) -> Self:
        """Count and smooth."""
        packages = read_packages(package_types, "CategoryRates.fit")
        goods = read_goods(products, "CategoryRates.fit")
        whole, broken = read_history(shipments, goods, packages, "CategoryRates.fit").counts(
            len(goods), packages
        )
        names = pc.fill_null(goods.categories, "").to_pylist()
        self.categories_, code = np.unique(np.asarray(names, dtype=object), return_inverse=True)
        size = len(self.categories_)
        lost, sent = (np.zeros((size, packages.levels)) for _ in range(2))
        np.add.at(lost, code, broken)
        np.add.at(sent, code, whole + broken)
        every = lost.sum() / sent.sum()
        usual = _falling(
            (lost.sum(axis=0) + self.prior * every) / (sent.sum(axis=0) + self.prior),
            sent.sum(axis=0) + self.prior,
        )
        rates = (lost + self.prior * usual) / (sent + self.prior)
        self.rates_ = np.array(
            [_falling(row, weight + self.prior) for row, weight in zip(rates, sent, strict=True)]
        )
        self.usual_, self.level_ = usual, packages.level
        return self

    def damage(self, products: Any) -> Floats:
        """Probability of damage [products, package types in rank order]."""
        goods = read_goods(products, "CategoryRates.damage")
        at = {name: k for k, name in enumerate(self.categories_)}
        names = pc.fill_null(goods.categories, "").to_pylist()
        rows = [self.rates_[at[name]] if name in at else self.usual_ for name in names]
        return np.asarray(np.array(rows).reshape(len(rows), len(self.usual_))[:, self.level_])

    def settings(self) -> dict[str, Any]:
        """What was learnt, as plain values."""
        return {
            "categories": list(self.categories_),
            "rates": self.rates_.tolist(),
            "usual": self.usual_.tolist(),
            "level": self.level_.tolist(),
        }

    @classmethod
    def of(cls, settings: dict[str, Any]) -> CategoryRates:
        """The rates that gave `settings`."""
        made = cls()
        made.categories_ = np.array(settings["categories"], dtype=object)
        made.rates_, made.usual_ = np.array(settings["rates"]), np.array(settings["usual"])
        made.level_ = np.array(settings["level"], dtype=np.int64)
        return made


def cheapest(shipping: Floats, allowed: Flags) -> Ints:
    """The cheapest package that fits, whatever it breaks; -1 where none does.

    >>> cheapest(np.array([[1.0, 2.0]]), np.array([[False, True]]))
    array([1])
    """
    return Exchange(shipping, np.zeros_like(shipping), allowed).at(0.0).picked


def _falling(rates: Floats, weights: Floats) -> Floats:
    found = optimize.isotonic_regression(rates, weights=weights, increasing=False)
    return np.asarray(found.x)
