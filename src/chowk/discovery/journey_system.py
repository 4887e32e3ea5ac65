"""`journey`: what a visitor wants next, from the visit so far, and why.

Events flow in as the steps of customers; out flow answers with reasons. It is judged on the last
product of held-out visits, from those before it, beside popularity.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.learn.metrics import binary_ideal, ndcg
from chowk.learn.splits import chosen
from chowk.store.reader import Reader
from chowk.system import Progress, Scorecard, System, silent

from .identity import Ranked
from .journey import Journey
from .reasons import Reason
from .sequences import STRENGTH, Event
from .space import plane
from .visits import customer_steps, visit_lines

if TYPE_CHECKING:
    import pyarrow as pa

METRIC = "NDCG@10, last product of a visit"
#: Visits that are judged at most.
MOST = 3_000


class JourneySystem(System):
    """Next products, for customers and guests alike.

    Attributes
    ----------
    model_ : the served `Journey`, in its light form: it learns in seconds and answers in less
        than a millisecond. The learned form is there for who fits it himself.
    """

    name: ClassVar[str] = "journey"
    title: ClassVar[str] = "What a visitor wants next, and why"
    needs: ClassVar[frozenset[str]] = frozenset({"events"})
    uses: ClassVar[frozenset[str]] = frozenset({"products"})

    model_: Journey

    def __init__(self, *, method: str = "light") -> None:
        self.method = method
        self.seed = 0

    @classmethod
    def lacks(cls, store: Reader) -> str | None:
        short = super().lacks(store)
        if short is None and not store.engine.scalar(visit_lines(store["events"]).count()):
            short = "events: nothing was looked at or bought"
        return short

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        self.seed = seed
        progress(0.0, "reading the steps of customers")
        steps = customer_steps(store["events"])
        features = None
        if store.rows("products"):
            steps = steps.semi_join(store["products"], "product_id")
            shelf = store["products"].select("product_id", "title", "brand", "category")
            features = store.engine.arrow(shelf.order_by("product_id"))
        table = store.engine.arrow(steps.order_by("who", "second", "product_id", "kind"))
        progress(0.5, "counting what follows what")
        self.model_ = Journey(self.method, seed=seed).fit_events(_sequences(table), features)
        progress(1.0, f"{len(self.model_.ids):,} products, {self.model_.method_} kept")
        return self

    def evaluate(self, store: Reader) -> Scorecard:
        model = self._fitted()
        visits = _visits(store, self.seed)
        if not visits:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name="popularity",
                why="no visit of two products or more in the held-out days",
            )
        popular = [one for one, _ in model.next([], 200)]
        ours, theirs = [], []
        for products in visits:
            past = products[:-1]
            ours.append([one for one, _ in model.next(past, 10)])
            theirs.append([one for one in popular if one not in past][:10])
        value, baseline = (
            _gains(lists, [products[-1] for products in visits]) for lists in (ours, theirs)
        )
        gain = paired_interval(value, baseline, seed=self.seed)
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(value.mean()),
            baseline=float(baseline.mean()),
            baseline_name="popularity",
            low=gain.low,
            high=gain.high,
            rows=len(visits),
        )

    def next(self, history: Any, k: int = 10, exclude: Any = None) -> Ranked:
        """What comes next; see `Journey.next`."""
        return self._fitted().next(history, k, exclude)

    def explain(self, history: Any, product_id: str) -> list[Reason]:
        """Why; see `Journey.explain`."""
        return self._fitted().explain(history, product_id)

    def space(self, most: int = 400) -> list[tuple[str, float, float]]:
        """The commonest products on a plane, as (product_id, x, y) in [0, 1]; see `plane`."""
        model = self._fitted()
        codes, where = plane(*model.vectors, most)
        ids = model.ids
        return [
            (str(ids[code]), float(x), float(y))
            for code, (x, y) in zip(codes, where.tolist(), strict=True)
        ]

    def save(self, folder: Path) -> None:
        self._fitted().save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = cls()
        found.model_ = Journey.load(folder)
        found.seed = found.model_.seed
        return found

    def _fitted(self) -> Journey:
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        return self.model_


def _sequences(table: pa.Table) -> list[list[Event]]:
    by: dict[str, list[Event]] = {}
    for who, product, kind, second in zip(
        *(table[name].to_pylist() for name in ("who", "product_id", "kind", "second")), strict=True
    ):
        by.setdefault(who, []).append(Event(product, STRENGTH.get(kind, 0.5), float(second)))
    return list(by.values())


def _visits(store: Reader, seed: int) -> list[list[str]]:
    """The products of held-out visits in order of time, for visits of two or more."""
    lines = visit_lines(store["events"])
    table = store.engine.arrow(lines.order_by("visit", "second", "product_id"))
    by: dict[str, list[str]] = {}
    for visit, product in zip(
        table["visit"].to_pylist(), table["product_id"].to_pylist(), strict=True
    ):
        by.setdefault(visit, []).append(product)
    able = sorted(visit for visit, products in by.items() if len(products) > 1)
    if len(able) > MOST:
        able = chosen(able, MOST, seed=seed)
    return [by[visit] for visit in able]


def _gains(lists: list[list[Any]], wanted: list[str]) -> NDArray[np.float64]:
    found = np.zeros((len(lists), 10))
    for row, (ranked, one) in enumerate(zip(lists, wanted, strict=True)):
        if one in ranked:
            found[row, ranked.index(one)] = 1.0
    return ndcg(found, binary_ideal([1] * len(lists), 10))
