"""What sells better in a region than elsewhere, and how soon it can be there.

**Regional sales.** Of product p with the share q of all sales, n were sold in a region of N sales;
who opens a product or puts it into a cart counts as a part of one who buys it, for there are
several times as many of them. Given a factor λ on q, n is Poisson(λ q N), and λ has a Gamma(κ, κ)
prior around 1, so its mean after the sales is (n + κ) / (q N + κ): near 1 where little is known.
The lift is its logarithm. A city starts from the shares of its state, a state from its country's
(back-off), so the logarithms add up along the path; before the products, kinds of them have their
factors in the same way (see `chowk.search.kinds`). κ is chosen for each depth by the negative
binomial marginal likelihood.
What was chosen loses half its weight every half year towards a floor: where a style is at home
changes slowly, and one month of one region says little.

**Promise.** The delivery hours of the offer that wins in a region, of the nearest larger one where
the region has none. Both are arrays [regions, products], in the rows of the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.store.relational import relational

from .kinds import expected_by_kind

if TYPE_CHECKING:
    import ibis

HALF_LIFE_DAYS = 182.0
#: What a choice counts of its weight however old it is.
FLOOR = 0.25
#: How much of a sale a session says that opened a product, or put it into a cart, or bought it.
OPENED, IN_CART, BOUGHT = 0.3, 0.6, 1.0
_KAPPAS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 200.0)
#: Regions with fewer sales say nothing of their own.
LEAST_SALES = 20
#: More numbers than this are not kept: the smallest regions are left out.
MOST_CELLS = 60_000_000

Floats = NDArray[np.float64]


@relational("events", as_of=datetime(2024, 2, 1, tzinfo=UTC))
def regional_choices(events: ibis.Table, as_of: datetime) -> ibis.Table:
    """Decayed choices by product and region: purchases, and parts of one for what led to them.

    Returns
    -------
    product_id, region, sales: one row a pair that was chosen up to `as_of`. A session counts once
    for a product, by the most that it did; lines that charge a fee are none.
    """
    import ibis

    chosen = events.filter(
        events.region.notnull() & events.product_id.notnull() & ~events.fee.fill_null(False)
    )
    said = ibis.cases(
        (chosen.kind == "purchase", BOUGHT),
        (chosen.kind == "add_to_cart", IN_CART),
        (chosen.kind.isin(("select_item", "view_item")), OPENED),
        else_=0.0,
    )
    seconds = int(as_of.timestamp())
    age = (seconds - chosen.ts.truncate("s").epoch_seconds()).cast("float64") / 86_400.0
    chosen = chosen.select("session_id", "product_id", "region", said=said, age=age)
    chosen = chosen.filter((chosen.age >= 0.0) & (chosen.said > 0.0))
    chosen = chosen.group_by("session_id", "product_id", "region").aggregate(
        said=lambda t: t.said.max(), age=lambda t: t.age.min()
    )
    left = (chosen.age * (-np.log(2.0) / HALF_LIFE_DAYS)).exp() * (1 - FLOOR) + FLOOR
    return chosen.group_by("product_id", "region").aggregate(sales=(chosen.said * left).sum())


def path(region: str) -> list[str]:
    """A region and the larger ones that hold it, the largest first.

    >>> path("IN/KA/Mysuru")
    ['IN', 'IN/KA', 'IN/KA/Mysuru']
    """
    parts = region.split("/")[:6]
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def lifts(
    sold: pa.Table, products: Sequence[str], groups: Sequence[NDArray[np.int64]] = ()
) -> tuple[list[str], NDArray[np.float16]]:
    """Regions and [regions, products] logarithms of how much better each sells there.

    groups : rows of each kind (`chowk.search.kinds.kinds`): a product's own sales are drawn towards
        what its kinds sell in the region.
    """
    place = {product: i for i, product in enumerate(products)}
    counts: dict[str, Floats] = {}
    for product, region, sales in zip(
        sold["product_id"].to_pylist(),
        sold["region"].to_pylist(),
        sold["sales"].to_pylist(),
        strict=True,
    ):
        if product in place and region:
            for level in path(region):
                if level not in counts:
                    if (len(counts) + 1) * len(products) > MOST_CELLS:
                        continue
                    counts[level] = np.zeros(len(products))
                counts[level][place[product]] += sales
    names = sorted(name for name, held in counts.items() if held.sum() >= LEAST_SALES)
    total = np.zeros(len(products))
    for name, held in counts.items():
        if "/" not in name:
            total += held
    if not names or not total.sum():
        return [], np.zeros((0, len(products)), np.float16)
    # Add-half, so that a product that never sold has a share too.
    share = (total + 0.5) / (total + 0.5).sum()
    found: dict[str, Floats] = {}
    depths = sorted({name.count("/") for name in names})
    for depth in depths:
        here = [name for name in names if name.count("/") == depth]
        starts = {name: _start(name, found, share) for name in here}
        if groups:
            starts = _by_kind(here, counts, starts, groups)
        kappa = _kappa([(counts[name], starts[name]) for name in here])
        for name in here:
            expected = starts[name] * counts[name].sum()
            found[name] = np.log(starts[name] / share) + np.log(
                (counts[name] + kappa) / (expected + kappa)
            )
    return names, np.array([found[name] for name in names], np.float16)


def _start(name: str, found: Mapping[str, Floats], share: Floats) -> Floats:
    """The shares that the next larger region has."""
    larger = name.rpartition("/")[0]
    if larger not in found:
        return share
    shares: Floats = share * np.exp(found[larger])
    total: float = shares.sum()
    return np.asarray(shares / total, np.float64)


def _by_kind(
    names: Sequence[str],
    counts: Mapping[str, Floats],
    starts: Mapping[str, Floats],
    groups: Sequence[NDArray[np.int64]],
) -> dict[str, Floats]:
    """The shares that a region's kinds make of the larger region's."""
    observed = np.array([counts[name] for name in names])
    expected = np.array([starts[name] * counts[name].sum() for name in names])
    found = expected_by_kind(observed, expected, groups)
    return {name: row / row.sum() for name, row in zip(names, found, strict=True)}


def _kappa(samples: list[tuple[Floats, Floats]]) -> float:
    """The κ under which the sales are likeliest."""
    from scipy.special import gammaln

    def likelihood(kappa: float) -> float:
        total = 0.0
        for counts, start in samples:
            expected = start * counts.sum()
            total += float(
                (
                    gammaln(counts + kappa)
                    - gammaln(kappa)
                    + kappa * np.log(kappa / (kappa + expected))
                    + counts * np.log(expected / (kappa + expected))
                ).sum()
            )
        return total

    return max(_KAPPAS, key=likelihood)


def promises(
    offers: Sequence[tuple[str, str, float | None]], products: Sequence[str]
) -> tuple[list[str], NDArray[np.float16]]:
    """Regions and [regions, products] hours of (product, region, hours); nan where none is."""
    place = {product: i for i, product in enumerate(products)}
    names = sorted({region for _, region, hours in offers if hours is not None})
    names = names[: max(1, MOST_CELLS // max(1, len(products)))] if names else names
    row = {name: i for i, name in enumerate(names)}
    hours_of = np.full((len(names), len(products)), np.nan, np.float16)
    for product, region, hours in offers:
        if hours is not None and region in row and product in place:
            hours_of[row[region], place[product]] = min(float(hours), 60_000.0)
    return names, hours_of


Named = tuple[list[str], NDArray[np.generic]]


class Regions:
    """Looks up both arrays by row number; rows that came later take those of the row they were.

    Examples
    --------
    >>> held = Regions(["IN"], np.array([[0.5, -0.5]]), ["IN/KA"], np.array([[24.0, np.nan]]))
    >>> held.lift("IN/KA/Mysuru", np.array([0, 1])).tolist()
    [0.5, -0.5]
    >>> held.hours("IN/KA", np.array([0, 1, 7])).tolist()
    [24.0, nan, nan]
    """

    def __init__(
        self,
        lift_regions: Sequence[str],
        lift: NDArray[np.generic],
        promise_regions: Sequence[str],
        promise: NDArray[np.generic],
    ) -> None:
        self.lift_regions = list(lift_regions)
        self.promise_regions = list(promise_regions)
        self._lift, self._promise = lift, promise
        self._lift_row = {name: i for i, name in enumerate(lift_regions)}
        self._promise_row = {name: i for i, name in enumerate(promise_regions)}
        self.origin: dict[int, int] = {}

    def known(self, region: str | None) -> str | None:
        """The region, or the nearest larger one, of which sales are known."""
        levels = reversed(path(region)) if region else ()
        return next((name for name in levels if name in self._lift_row), None)

    def lift(self, region: str | None, rows: NDArray[np.int64]) -> Floats:
        """The logarithm of how much better each product sells there; 0 where nothing is known."""
        name = self.known(region)
        if name is None:
            return np.zeros(len(rows))
        return self._of(self._lift, self._lift_row[name], rows, 0.0)

    def hours(self, region: str | None, rows: NDArray[np.int64]) -> Floats:
        """Hours to the region, nan where there is no promise."""
        found = np.full(len(rows), np.nan)
        for name in reversed(path(region)) if region else ():
            if name in self._promise_row:
                more = self._of(self._promise, self._promise_row[name], rows, np.nan)
                found = np.where(np.isnan(found), more, found)
        return found

    def moved(self, before: int | None, after: int) -> None:
        """A changed product keeps what is known of it under its new row number."""
        if before is not None:
            self.origin[after] = self.origin.get(before, before)

    def at(self, rows: int) -> tuple[Named, Named]:
        """Both arrays, as wide as `rows` row numbers need."""
        every = np.arange(rows)
        lift = [self._of(self._lift, i, every, 0.0) for i in range(len(self.lift_regions))]
        hours = [
            self._of(self._promise, i, every, np.nan) for i in range(len(self.promise_regions))
        ]
        return (
            (self.lift_regions, np.array(lift, np.float16).reshape(-1, rows)),
            (self.promise_regions, np.array(hours, np.float16).reshape(-1, rows)),
        )

    def _of(
        self, table: NDArray[np.generic], at: int, rows: NDArray[np.int64], none: float
    ) -> Floats:
        if self.origin:
            rows = np.array([self.origin.get(int(row), int(row)) for row in rows], np.int64)
        width = table.shape[1]
        known = rows < width
        found = np.full(len(rows), none)
        found[known] = table[at, rows[known]]
        return found
