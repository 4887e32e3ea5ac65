"""`complements`: what goes with a product in that direction, and why; a phone wants a case.

Visits, carts and orders flow in as directed pairs in order of time (`visits.taken_after`), and
as baskets; out flow lists with reasons. The forms of `directed_forms` are learned before a cut
inside what `fit` was given, judged on what was taken after it, and the winner is learned again on
all of it. The scorecard's baseline is the best form that only knows what is bought together, which
is what `related` does.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec
import numpy as np

from chowk.errors import ArtifactError, NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.learn.splits import chosen, midnight
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .directed import Directed
from .directed_forms import (
    BOTH,
    IN_ORDER,
    LIMIT,
    TOGETHER,
    Counts,
    as_lists,
    directed,
    figures,
)
from .directed_new import WithNew
from .expressions import basket_lines, catalogue_lines
from .graph import matrix
from .identity import Ranked
from .pairs import Counting, count_pairs
from .reasons import Reason
from .related_products import RelatedProducts
from .visits import taken_after

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

METRIC = "recall@10/min(10,size), what is taken after a product"
#: Days within which something is taken after something else.
DAYS = 14
#: Visits that took more are a reseller's, not one need's, and have very many pairs.
LARGEST = 40
#: Sources that are judged at most.
MOST = 2_000
#: Lines of carts and orders that a build with the setting `discovery.depth` at `quick` counts: more
#: would double the time of the whole build.
QUICK = 300_000
#: With fewer sources to judge on, the choice would be chance; then this form is taken.
_ENOUGH = 30
_DEFAULT = "in order 50"
GRAPH = "learned graph"


class ComplementsSystem(System):
    """What goes with a product, in that direction.

    Attributes
    ----------
    model_ : the served lists.
    graph_ : the learned `RelatedProducts`, where it won; only with the setting
        `discovery.depth` at `learned` or `neural`, since it takes minutes.
    winner_ : the form that was kept.
    contest_ : each form's figure on the last days of what `fit` saw.
    """

    name: ClassVar[str] = "complements"
    title: ClassVar[str] = "What is taken after a product, and why"
    needs: ClassVar[frozenset[str]] = frozenset({"events"})
    uses: ClassVar[frozenset[str]] = frozenset({"products"})

    model_: Directed
    winner_: str
    contest_: dict[str, float]

    def __init__(self) -> None:
        self.seed = 0
        self.graph_: RelatedProducts | None = None
        self._counts: Counts | None = None
        self._baseline: Directed | None = None

    @classmethod
    def lacks(cls, store: Reader) -> str | None:
        short = super().lacks(store)
        if short is None:
            events = store["events"]
            taken = events.kind.isin(("add_to_cart", "purchase")) & events.product_id.notnull()
            lines = store.engine.scalar((taken & ~events.fee.fill_null(False)).sum())
            if not lines:
                short = "events: nothing was put into a cart or bought"
            elif lines > QUICK and store.settings.text("discovery.depth") == "quick":
                short = f"the setting discovery.depth = learned: {lines:,} lines take minutes"
        return short

    # -- learning -----------------------------------------------------------------------------

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        self.seed = seed
        deep = store.settings.text("discovery.depth") != "quick"
        progress(0.0, "reading what was taken after what")
        last = store.engine.scalar(store["events"].ts.max())
        days = store.settings.integer("build.holdout_days")
        self.contest_, self.winner_ = {}, _DEFAULT
        self._best = (_DEFAULT, TOGETHER[-1])
        if last is not None:
            cut = midnight(last - timedelta(days=days))
            held = _held(store.since(cut), seed)
            if len(held) >= _ENOUGH:
                self._choose(store.before(cut), held, deep, progress)
        progress(0.6, f"counting for {self.winner_}")
        counts = self._counts = _counts(store)
        if self.winner_ == GRAPH:
            self.graph_ = _graph(store, counts, seed)
            self.model_ = _listed(self.graph_, counts)
        else:
            self.model_ = self._lists(counts, self.winner_)
        progress(1.0, f"{len(counts.ids):,} products, {self.winner_} kept")
        return self

    def _choose(
        self, past: Reader, held: list[tuple[str, set[str]]], deep: bool, progress: Progress
    ) -> None:
        """Learn each form on the past, judge it on what came after, keep the best."""
        if type(self).lacks(past):
            return
        counts = _counts(past)
        asked = {source for source, _ in held}
        progress(0.2, "judging forms")
        for name in (*IN_ORDER, *TOGETHER):
            self.contest_[name] = _mean(directed(counts, name, only=asked), held)
        # max() keeps the first of equals, which is the simplest.
        first, second = (
            max(names, key=lambda name: self.contest_[name]) for names in (IN_ORDER, TOGETHER)
        )
        self._best = (first, second)
        self.contest_[BOTH] = _mean(directed(counts, first, second, only=asked), held)
        if deep:
            progress(0.3, "learning the graph")
            self.contest_[GRAPH] = _mean(_listed(_graph(past, counts, self.seed), counts), held)
        self.winner_ = max(self.contest_, key=lambda name: self.contest_[name])

    def _lists(self, counts: Counts, name: str, only: Collection[str] | None = None) -> Directed:
        return directed(counts, *(self._best if name == BOTH else (name,)), only=only)

    def _together(self) -> Directed:
        """The baseline: the best form that only knows what is bought together."""
        if self._baseline is None:
            assert self._counts is not None
            self._baseline = self._lists(self._counts, self._best[1])
        return self._baseline

    # -- judging ------------------------------------------------------------------------------

    def evaluate(self, store: Reader) -> Scorecard:
        model = self._fitted()
        held = _held(store, self.seed)
        if not held:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name="bought together",
                why="nothing was taken after another product in the held-out days",
            )
        ours = figures(model, held)
        theirs = figures(self._together(), held)
        found = {self.winner_: ours, self._best[1]: theirs}
        if self._counts is not None:
            asked = {source for source, _ in held}
            for name in (self._best[0], BOTH):
                if name not in found:
                    found[name] = figures(self._lists(self._counts, name, asked), held)
        gain = paired_interval(ours, theirs, seed=self.seed)
        measures = [
            Measure(case=name, metric=METRIC, value=float(value.mean()), rows=len(held))
            for name, value in found.items()
        ]
        measures += [
            Measure(case=f"{name}, validation", metric=METRIC, value=value)
            for name, value in self.contest_.items()
        ]
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(ours.mean()),
            baseline=float(theirs.mean()),
            baseline_name=f"bought {self._best[1]}",
            low=gain.low,
            high=gain.high,
            rows=len(held),
            measures=tuple(measures),
        )

    # -- answers ------------------------------------------------------------------------------

    def recommend(
        self, ids: str | Sequence[str], k: int = 10, *, exclude: Collection[str] | None = None
    ) -> list[Ranked]:
        """For each id the `k` best targets; see `Directed.recommend`."""
        return self._fitted().recommend(ids, k, exclude=exclude)

    def for_basket(
        self, ids: str | Sequence[str], k: int = 10, *, exclude: Collection[str] | None = None
    ) -> Ranked:
        """What goes with several products together; see `Directed.for_basket`."""
        return self._fitted().for_basket(ids, k, exclude=exclude)

    def explain(self, source: str, target: str) -> list[Reason]:
        """Why `target` goes with `source`; see `Directed.explain`."""
        model = self._fitted()
        if self.graph_ is None or (isinstance(model, WithNew) and model.takes(target)):
            return model.explain(source, target)
        return self.graph_.explain(source, target)

    def explain_basket(self, ids: Sequence[str], target: str) -> list[Reason]:
        """Why `target` goes with a basket: the reasons of the product that speaks most for it."""
        model = self._fitted()
        best = max(ids, key=lambda one: model.score(one, target), default=None)
        return [] if best is None else self.explain(best, target)

    def with_new(self, like: Mapping[str, Sequence[tuple[Any, float]]]) -> Self:
        """A system that also names new products, where those like them go; see `WithNew`.

        This one answers as before, and is what is given back where none is new.
        """
        if all(one in self._fitted() for one in like):
            return self
        made = copy.copy(self)
        made.model_ = WithNew(self._fitted(), like)
        return made

    # -- what is kept -------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        self._fitted().save(folder)
        (folder / "baseline").mkdir()
        self._together().save(folder / "baseline")
        if self.graph_ is not None:
            self.graph_.save(folder / "graph")
        told = _Record(winner=self.winner_, seed=self.seed, contest=self.contest_, best=self._best)
        (folder / "complements.json").write_bytes(msgspec.json.encode(told))

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = cls()
        try:
            told = msgspec.json.decode((folder / "complements.json").read_bytes(), type=_Record)
        except (OSError, msgspec.MsgspecError) as error:
            raise ArtifactError(
                f"The complements in {folder} cannot be read: {error}. Run 'chowk build' again."
            ) from None
        found.model_ = Directed.load(folder)
        found.winner_, found.seed, found.contest_ = told.winner, told.seed, told.contest
        found._best = told.best
        found._baseline = Directed.load(folder / "baseline")
        if told.winner == GRAPH:
            found.graph_ = RelatedProducts.load(folder / "graph")
        return found

    def _fitted(self) -> Directed:
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        return self.model_


class _Record(msgspec.Struct):
    """What is kept beside the lists."""

    winner: str
    seed: int
    contest: dict[str, float]
    best: tuple[str, str]


def _mean(model: Directed, held: list[tuple[str, set[str]]]) -> float:
    return round(float(figures(model, held).mean()), 6)


def _held(store: Reader, seed: int) -> list[tuple[str, set[str]]]:
    """What was taken after each product in these days, of at most `MOST` products."""
    table = store.engine.arrow(_ordered(store))
    by: dict[str, set[str]] = {}
    for source, target in zip(
        table["source"].to_pylist(), table["target"].to_pylist(), strict=True
    ):
        by.setdefault(source, set()).add(target)
    names = sorted(by)
    if len(names) > MOST:
        names = sorted(chosen(names, MOST, seed=seed))
    return [(name, by[name]) for name in names]


def _ordered(store: Reader) -> ibis.Table:
    """Directed pairs; only of the catalogue's products, where there is a catalogue."""
    pairs = taken_after(store["events"], days=DAYS, largest=LARGEST)
    if store.rows("products"):
        shelf = store["products"].select("product_id")
        pairs = pairs.semi_join(shelf.select(source="product_id"), "source")
        pairs = pairs.semi_join(shelf.select(target="product_id"), "target")
    return pairs


def _counts(store: Reader) -> Counts:
    """What is counted on a store: directed pairs, baskets, kinds."""
    pairs = store.engine.arrow(_ordered(store))
    lines = basket_lines(store["events"])
    kinds: dict[str, str] = {}
    known: set[str] = set()
    if store.rows("products"):
        lines = catalogue_lines(lines, store["products"])
        shelf = store.engine.arrow(store["products"].select("product_id", "category"))
        ids, categories = shelf["product_id"].to_pylist(), shelf["category"].to_pylist()
        known.update(ids)
        kinds = {one: kind for one, kind in zip(ids, categories, strict=True) if kind}
    together = count_pairs(store.engine, lines, Counting(dense_items=1))
    source, target = pairs["source"].to_pylist(), pairs["target"].to_pylist()
    ids = sorted({*known, *together.ids, *source, *target})
    code = {one: place for place, one in enumerate(ids)}
    names = sorted(set(kinds.values()))
    place = {name: at for at, name in enumerate(names)}
    own = np.array([place[kinds[one]] if one in kinds else -1 for one in ids], dtype=np.int64)
    rows, columns = (
        np.array([code[one] for one in side], dtype=np.int64) for side in (source, target)
    )
    forward, times = (
        matrix(rows, columns, pairs[name].to_numpy(), len(ids)) for name in ("weight", "times")
    )
    return Counts(ids, forward, times, own, names, together)


def _graph(store: Reader, counts: Counts, seed: int) -> RelatedProducts:
    """The learned model on the same directed pairs."""
    features = None
    if store.rows("products"):
        shelf = store["products"].select("product_id", "title", "brand", "category")
        features = store.engine.arrow(shelf.order_by("product_id"))
    edges: pa.Table = store.engine.arrow(_ordered(store).order_by("source", "target"))
    return RelatedProducts(seed=seed).fit(edges, features)


def _listed(model: RelatedProducts, counts: Counts) -> Directed:
    """The learned model's lists, in the form in which they are served."""
    place = {one: at for at, one in enumerate(counts.ids)}
    rows, columns, values = [], [], []
    for s, ranked in enumerate(model.recommend(counts.ids, LIMIT)):
        for target, score in ranked:
            rows.append(s)
            columns.append(place[str(target)])
            values.append(score)
    n = len(counts.ids)
    none = matrix(np.zeros(0, np.int64), np.zeros(0, np.int64), [], n)
    whole = matrix(np.array(rows), np.array(columns), values, n)
    return as_lists(counts, [whole, none, none])
