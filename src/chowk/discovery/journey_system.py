"""`journey`: what a visitor wants next, from the visit so far, and why.

Events flow in as the steps of customers; out flow answers with reasons. The forms of `Journey` are
learned before a cut inside what `fit` was given and judged on the last product of the visits after
it; the winner is learned again on all of it, with the usual gaps between purchases (`BuyAgain`).
The scorecard judges the last product of held-out visits too, beside popularity.
"""

from __future__ import annotations

import copy
import importlib.util
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError, NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.learn.metrics import binary_ideal, ndcg
from chowk.learn.splits import chosen, midnight
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .identity import Ranked
from .intents import BuyAgain
from .journey import Journey
from .language import LanguageJourney
from .newcomers import with_new
from .reasons import Reason
from .repurchases import UNIT, repurchase_gaps
from .sequences import STRENGTH, Event
from .space import plane
from .visits import customer_steps, visit_lines

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

METRIC = "NDCG@10, last product of a visit"
#: Visits that are judged at most, and that decide between forms at most.
MOST, DECIDING = 3_000, 600
#: With fewer the choice would be chance, and the light form is taken.
_ENOUGH = 30
#: Lines over which a build with the setting `discovery.depth` at `quick` holds no contest: the
#: light form is taken, since the contest would add half to the time of the whole build.
QUICK = 300_000
#: Histories that the ranker learns from, by the setting `discovery.depth`.
_LEARNED = {"quick": 800, "learned": 12_000, "neural": 12_000}
#: What is read of a product's content.
_WORDED = ("title", "brand", "category")


class JourneySystem(System):
    """Next products, for customers and guests alike.

    Parameters
    ----------
    method : as of `Journey`, taken without a contest; None lets the forms compete: `light` and
        `learned`, and with the setting `discovery.depth` at `neural` also `transformer` and
        `blend`, which need torch and take long.

    Attributes
    ----------
    model_ : the served `Journey`.
    again_ : when products are bought again.
    contest_ : each form's figure on the last days of what `fit` saw.
    untried_ : why a form that was asked for took no part, by its name.
    """

    name: ClassVar[str] = "journey"
    title: ClassVar[str] = "What a visitor wants next, and why"
    needs: ClassVar[frozenset[str]] = frozenset({"events"})
    uses: ClassVar[frozenset[str]] = frozenset({"products"})

    model_: Journey
    again_: BuyAgain
    contest_: dict[str, float]

    def __init__(self, *, method: str | None = None) -> None:
        self.method = method
        self.seed = 0
        self.untried_: dict[str, str] = {}

    @classmethod
    def lacks(cls, store: Reader) -> str | None:
        short = super().lacks(store)
        if short is None and not store.engine.scalar(visit_lines(store["events"]).count()):
            short = "events: nothing was looked at or bought"
        return short

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        self.seed = seed
        depth = store.settings.text("discovery.depth")
        progress(0.0, "reading the steps of customers")
        last = store.engine.scalar(store["events"].ts.max())
        self.contest_, method = {}, self.method
        if method is None:
            method = "light"
            if last is not None:
                days = store.settings.integer("build.holdout_days")
                cut = midnight(last - timedelta(days=days))
                method = self._choose(store, cut, depth, progress)
        progress(0.6, f"learning {method}")
        self.model_ = self._learned(store, method, depth)
        if isinstance(self.model_, LanguageJourney):
            for weight, figure in self.model_.language_.items():
                self.contest_[f"texts count {weight:g}"] = figure
        gaps = store.engine.arrow(repurchase_gaps(store["events"]).order_by("product_id"))
        self.again_ = BuyAgain.of(gaps.to_pylist(), unit=UNIT)
        progress(1.0, f"{len(self.model_.ids):,} products, {self.model_.method_} kept")
        return self

    def _choose(self, store: Reader, cut: datetime, depth: str, progress: Progress) -> str:
        """The form that does best on the visits after `cut`, learned on what was before it."""
        visits = _visits(store.since(cut), self.seed, DECIDING)
        past = store.before(cut)
        if len(visits) < _ENOUGH or type(self).lacks(past):
            return "light"
        lines = store.engine.scalar(visit_lines(store["events"]).count())
        if depth == "quick" and lines > QUICK:
            told = f"the setting discovery.depth is quick, and there are {lines:,} lines"
            self.untried_["learned"] = told
            return "light"
        learned = ["learned"]
        if depth == "neural":
            if importlib.util.find_spec("torch") is not None:
                learned.append("blend")
            else:
                self.untried_["transformer"] = "torch is not installed"
        for name in learned:
            progress(0.1, f"learning {name} on the first part")
            model = self._learned(past, name, depth)
            for form in model.forms:
                self.contest_[form] = round(float(_judged(model.in_form(form), visits).mean()), 6)
        # max() keeps the first of equals; the light form comes first.
        return max(self.contest_, key=lambda form: self.contest_[form])

    def _learned(self, store: Reader, method: str, depth: str) -> Journey:
        steps = customer_steps(store["events"])
        features = None
        if store.rows("products"):
            steps = steps.semi_join(store["products"], "product_id")
            shelf = store["products"].select("product_id", *_WORDED)
            features = store.engine.arrow(shelf.order_by("product_id"))
        table = store.engine.arrow(steps.order_by("who", "second", "product_id", "kind"))
        encoder, most = store.settings.text("discovery.encoder"), _LEARNED[depth]
        if encoder and features is not None:
            model: Journey = LanguageJourney(method, encoder=encoder, seed=self.seed, most=most)
        else:
            model = Journey(method, seed=self.seed, most=most)
        return model.fit_events(_sequences(table), features)

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
        theirs = [[one for one in popular if one not in past][:10] for *past, _ in visits]
        value = _judged(model, visits)
        baseline = _gains(theirs, [products[-1] for products in visits])
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
            measures=self._measures(visits, float(value.mean())),
        )

    def _measures(self, visits: list[list[str]], value: float) -> tuple[Measure, ...]:
        """The other forms on the same visits, where they were learned, and the contest."""
        model = self._fitted()
        found = {model.method_: value}
        for form in model.forms:
            if form not in found:
                found[form] = float(_judged(model.in_form(form), visits).mean())
        made = [
            Measure(case=form, metric=METRIC, value=figure, rows=len(visits))
            for form, figure in found.items()
        ]
        made += [
            Measure(case=f"{form}, validation", metric=METRIC, value=figure)
            for form, figure in self.contest_.items()
        ]
        made += [
            Measure(case=f"{form}: {why}", metric=METRIC, value=None)
            for form, why in self.untried_.items()
        ]
        return tuple(made)

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

    def with_new(self, products: Sequence[Mapping[str, Any]], *, most: int = 200) -> Self:
        """A system that also knows rows of the catalogue that are new, the first `most` of them.

        It is itself where none is new; this one answers as before (`chowk.discovery.newcomers`).
        """
        model = with_new(self._fitted(), products, _WORDED, most=most)
        if model is self.model_:
            return self
        made = copy.copy(self)
        made.model_ = model
        return made

    def save(self, folder: Path) -> None:
        self._fitted().save(folder)
        gaps, rates = (
            {str(one): value for one, value in found.items()}
            for found in (self.again_.gaps_, self.again_.rates_)
        )
        told = _Record(self.contest_, self.again_.usual_, gaps, rates)
        (folder / "system.json").write_bytes(msgspec.json.encode(told))

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = cls()
        kind = LanguageJourney if (folder / "language.json").is_file() else Journey
        found.model_ = kind.load(folder)
        found.seed = found.model_.seed
        try:
            told = msgspec.json.decode((folder / "system.json").read_bytes(), type=_Record)
        except FileNotFoundError:  # an earlier build's
            told = _Record({}, 30.0, {}, {})
        except msgspec.MsgspecError as error:
            raise ArtifactError(
                f"The journey in {folder} cannot be read: {error}. Run 'chowk build' again."
            ) from None
        found.contest_ = told.contest
        found.again_ = BuyAgain.from_parts(told.usual, told.gaps, told.rates)
        return found

    def _fitted(self) -> Journey:
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        return self.model_


class _Record(msgspec.Struct):
    """What is kept beside the model."""

    contest: dict[str, float]
    usual: float
    gaps: dict[str, float]
    rates: dict[str, float]


def _judged(model: Journey, visits: list[list[str]]) -> NDArray[np.float64]:
    """NDCG@10 of the last product of each visit, from those before it."""
    found = model.next_many([past for *past, _ in visits], 10)
    lists = [[one for one, _ in ranked] for ranked in found]
    return _gains(lists, [products[-1] for products in visits])


def _sequences(table: pa.Table) -> list[list[Event]]:
    by: dict[str, list[Event]] = {}
    for who, product, kind, second in zip(
        *(table[name].to_pylist() for name in ("who", "product_id", "kind", "second")), strict=True
    ):
        by.setdefault(who, []).append(Event(product, STRENGTH.get(kind, 0.5), float(second)))
    return list(by.values())


def _visits(store: Reader, seed: int, most: int = MOST) -> list[list[str]]:
    """The products of held-out visits in order of time, for visits of two or more."""
    lines = visit_lines(store["events"])
    table = store.engine.arrow(lines.order_by("visit", "second", "product_id"))
    by: dict[str, list[str]] = {}
    for visit, product in zip(
        table["visit"].to_pylist(), table["product_id"].to_pylist(), strict=True
    ):
        by.setdefault(visit, []).append(product)
    able = sorted(visit for visit, products in by.items() if len(products) > 1)
    if len(able) > most:
        able = chosen(able, most, seed=seed)
    return [by[visit] for visit in able]


def _gains(lists: list[list[Any]], wanted: list[str]) -> NDArray[np.float64]:
    found = np.zeros((len(lists), 10))
    for row, (ranked, one) in enumerate(zip(lists, wanted, strict=True)):
        if one in ranked:
            found[row, ranked.index(one)] = 1.0
    return ndcg(found, binary_ideal([1] * len(lists), 10))
