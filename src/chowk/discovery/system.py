"""`related`: what is bought together, in which direction, and why.

Purchases flow in; rivals are counted from them (directed conditional probability, item cosine, a
weighted form of both, a share that shrinks to popularity, and the closed form EASE), judged on the
last weeks of what `fit` was given, and the winner is learned again on all of it. Out flow
`related_pairs` and answers with reasons.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.errors import ArtifactError, NotFittedError
from chowk.learn.bootstrap import paired_interval
from chowk.learn.splits import midnight
from chowk.store import schema
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .baskets import held_out
from .expressions import basket_lines, catalogue_lines
from .neighbours import Neighbours, Ranked
from .neighbours_new import NeighboursWithNew
from .pairs import Counting, Pairs, count_pairs

if TYPE_CHECKING:
    import ibis

#: The rivals, simplest first: of two that do equally well the first is kept.
RIVALS = (
    "conditional",
    "cosine",
    "weighted",
    "shrunk 200",
    "shrunk 50",
    "shrunk 10",
    "shrunk 2",
    "ease 2",
    "ease 1",
)
METRIC = "recall@10/min(10,size)"
#: Item cosine is the one form that favours products bought once or twice: with long lists they
#: stand in many of them and crowd the rest out of a basket's sum. So its lists are short.
_SHORT = {"cosine": 50}
#: Contests of this process by what they were held on (see `RelatedSystem._place`), the newest last.
#: A build judges the rivals on its held-out days, and the serving model's contest is that very one.
_HELD: dict[tuple[object, ...], dict[str, float]] = {}
_MOST_HELD = 8
#: With fewer baskets to judge on, the choice would be chance.
_ENOUGH = 30
#: Then orders are few, and most products are in too few of them to say what goes with them: the
#: form that falls back on what is bought most cannot be led far astray by a pair seen once.
_DEFAULT = "shrunk 50"


class RelatedSystem(System):
    """Products that go with a product, or with a basket, with their reasons.

    Parameters
    ----------
    counting : how baskets are weighed and pairs are kept.
    limit : targets kept for each product.
    rivals : the forms that compete; a single one is taken without a contest.

    Attributes
    ----------
    model_ : the served `Neighbours`.
    winner_ : the rival that was kept.
    contest_ : each rival's figure on the validation window, inside the rows that `fit` saw.
    """

    name: ClassVar[str] = "related"
    title: ClassVar[str] = "What goes with a product, and why"
    needs: ClassVar[frozenset[str]] = frozenset({"events"})
    uses: ClassVar[frozenset[str]] = frozenset({"products"})
    writes: ClassVar[frozenset[str]] = frozenset({"related_pairs"})

    model_: Neighbours
    winner_: str
    contest_: dict[str, float]

    def __init__(
        self,
        *,
        counting: Counting | None = None,
        limit: int = 200,
        rivals: Sequence[str] = RIVALS,
    ) -> None:
        self.counting = counting or Counting()
        self.limit = limit
        self.rivals = tuple(rivals)
        self.seed = 0
        self._pairs: Pairs | None = None
        self._seen: Reader | None = None

    @classmethod
    def lacks(cls, store: Reader) -> str | None:
        short = super().lacks(store)
        if short is None:
            events = store["events"]
            if not store.engine.scalar((events.kind == "purchase").sum()):
                short = "events: no purchases"
        return short

    # -- learning -----------------------------------------------------------------------------

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        self.seed, self._seen = seed, store
        engine = store.engine
        progress(0.0, "reading baskets")
        lines = engine.cache(_lines(store))
        try:
            last = engine.scalar(lines.second.max())
            days = store.settings.integer("build.holdout_days")
            self.winner_, self.contest_ = self.rivals[0], {}
            if len(self.rivals) > 1 and last is not None:
                cut = midnight(datetime.fromtimestamp(last, UTC) - timedelta(days=days))
                self._choose(store, cut, progress)
            progress(0.7, "counting pairs")
            self._pairs = count_pairs(engine, lines, self.counting)
        finally:
            engine.forget(lines)
        progress(0.85, f"learning {self.winner_}")
        self.model_ = self._neighbours(self._pairs, self.winner_)
        progress(1.0, f"{len(self.model_):,} products, {self.winner_} kept")
        return self

    def _choose(self, store: Reader, cut: datetime, progress: Progress) -> None:
        """Learn each rival before `cut`, judge it after, keep the best.

        The lines are made anew from each side of the cut: a refund after it must not take away a
        line before it, which nobody could have known then.
        """
        past, later = store.before(cut), store.since(cut)
        judged = held_out(store.engine, _lines(later), seed=self.seed)
        if len(judged) < _ENOUGH:
            self.winner_ = _DEFAULT if _DEFAULT in self.rivals else self.rivals[0]
            return
        place = self._place(past, later)
        if place in _HELD:
            self.contest_ = dict(_HELD[place])
        else:
            progress(0.1, "counting pairs of the first part")
            pairs = count_pairs(store.engine, _lines(past), self.counting)
            for number, rival in enumerate(self.rivals):
                progress(0.3 + 0.4 * number / len(self.rivals), f"judging {rival}")
                figure = float(judged.recall(self._neighbours(pairs, rival)).mean())
                self.contest_[rival] = round(figure, 6)
        # max() keeps the first of equals, which is the simplest.
        self.winner_ = max(self.contest_, key=lambda rival: self.contest_[rival])

    def _place(self, past: Reader, later: Reader) -> tuple[object, ...]:
        """What a contest is held on: the tables' versions and cuts, and the parameters.

        The empty tuple when a table says no version, so that nothing is known to be the same.
        """
        marks = [
            view.fingerprint(name) for view in (past, later) for name in ("events", "products")
        ]
        if "overlay" in marks or not marks[0]:
            return ()
        return (*marks, self.seed, self.counting, self.limit, self.rivals)

    def _neighbours(self, pairs: Pairs, rival: str) -> Neighbours:
        pulls, cold = pairs.pulls(rival)
        return Neighbours.best(
            pairs.ids,
            pairs.counts,
            pairs.total,
            pairs.source,
            pairs.target,
            pairs.scores(rival),
            pairs.baskets,
            pulls=pulls,
            cold=cold,
            limit=min(self.limit, _SHORT.get(rival, self.limit)),
        )

    # -- judging ------------------------------------------------------------------------------

    def evaluate(self, store: Reader) -> Scorecard:
        model = self._fitted()
        judged = held_out(store.engine, _lines(store), seed=self.seed)
        if not len(judged):
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name="popularity",
                why="no basket of two products or more in the held-out days",
            )
        ours, popular = judged.recall(model), judged.popularity(model)
        gain = paired_interval(ours, popular, seed=self.seed)
        measures = [Measure(case=self.winner_, metric=METRIC, value=float(ours.mean()))]
        # The rivals are there after `fit`; a model opened from disk has only the winner.
        if self._pairs is not None:
            found = {self.winner_: float(ours.mean())}
            for rival in self.rivals:
                if rival != self.winner_:
                    found[rival] = float(judged.recall(self._neighbours(self._pairs, rival)).mean())
                    measures.append(Measure(case=rival, metric=METRIC, value=found[rival]))
            if self._seen is not None and (place := self._place(self._seen, store)):
                while len(_HELD) >= _MOST_HELD:
                    _HELD.pop(next(iter(_HELD)))
                _HELD[place] = {rival: round(found[rival], 6) for rival in self.rivals}
        measures += [
            Measure(case=f"{rival}, validation", metric=METRIC, value=figure)
            for rival, figure in self.contest_.items()
        ]
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=float(ours.mean()),
            baseline=float(popular.mean()),
            baseline_name="popularity",
            low=gain.low,
            high=gain.high,
            rows=len(judged),
            measures=tuple(
                msgspec.structs.replace(measure, rows=len(judged))
                if not measure.case.endswith("validation")
                else measure
                for measure in measures
            ),
        )

    # -- answers ------------------------------------------------------------------------------

    def recommend(
        self,
        ids: str | Sequence[str],
        k: int = 10,
        *,
        exclude: Collection[str] | None = None,
        fallback: bool = False,
    ) -> list[Ranked]:
        """For each id the `k` best targets; see `Neighbours.recommend`."""
        return self._fitted().recommend(ids, k, exclude=exclude, fallback=fallback)

    def for_basket(
        self,
        ids: str | Sequence[str],
        k: int = 10,
        *,
        exclude: Collection[str] | None = None,
        fallback: bool = False,
    ) -> Ranked:
        """What goes with several products together; see `Neighbours.for_basket`."""
        return self._fitted().for_basket(ids, k, exclude=exclude, fallback=fallback)

    def explain(self, source: str, target: str) -> list[str]:
        """Why `target` goes with `source`; see `Neighbours.explain`."""
        return self._fitted().explain(source, target)

    def explain_basket(self, ids: str | Sequence[str], target: str) -> list[str]:
        """Why `target` goes with a basket; see `Neighbours.explain_basket`."""
        return self._fitted().explain_basket(ids, target)

    def with_new(self, like: Mapping[str, Sequence[tuple[Any, float]]]) -> Self:
        """A system that also knows new products, by those they are like: `NeighboursWithNew`.

        This one answers as before, and is what is given back where none is new.
        """
        if all(one in self._fitted() for one in like):
            return self
        made = copy.copy(self)
        made.model_ = NeighboursWithNew(self._fitted(), like)
        return made

    # -- what is kept -------------------------------------------------------------------------

    def tables(self) -> Mapping[str, pa.Table]:
        return {"related_pairs": _table(self._fitted())}

    def save(self, folder: Path) -> None:
        self._fitted().save(folder)
        record = _Record(winner=self.winner_, seed=self.seed, contest=self.contest_)
        (folder / "related.json").write_bytes(msgspec.json.encode(record))

    @classmethod
    def load(cls, folder: Path) -> Self:
        found = cls()
        found.model_ = Neighbours.load(folder)
        try:
            record = msgspec.json.decode((folder / "related.json").read_bytes(), type=_Record)
        except (OSError, msgspec.MsgspecError) as error:
            raise ArtifactError(
                f"The related model in {folder} cannot be read: {error}. Run 'chowk build' again."
            ) from None
        found.winner_, found.seed, found.contest_ = record.winner, record.seed, record.contest
        return found

    def _fitted(self) -> Neighbours:
        if not hasattr(self, "model_"):
            raise NotFittedError(self)
        return self.model_


class _Record(msgspec.Struct):
    """What is kept beside the arrays."""

    winner: str
    seed: int
    contest: dict[str, float]


def _lines(store: Reader) -> ibis.Table:
    """The lines of baskets; only of the catalogue's products, where there is a catalogue."""
    lines = basket_lines(store["events"])
    if store.rows("products"):
        lines = catalogue_lines(lines, store["products"])
    return lines


def _table(model: Neighbours) -> pa.Table:
    """`related_pairs`, one row a kept pair."""
    source = np.repeat(np.arange(len(model)), np.diff(model.starts))
    n_s = model.counts[source].astype(np.float64)
    n_t = model.counts[model.targets].astype(np.float64)
    together = model.together.astype(np.float64)
    ids = pa.array(model.ids, pa.string())

    def named(codes: NDArray[np.generic]) -> pa.Array:
        return ids.take(pa.array(codes, pa.int64()))

    columns = {
        "source": named(source),
        "target": named(np.asarray(model.targets)),
        "kind": pa.repeat(pa.scalar("bought_together"), len(source)),
        "score": pa.array(model.scores + model.pulls[source] * model.shares[model.targets]),
        "baskets": pa.array(np.asarray(model.together, dtype=np.int64)),
        "confidence": pa.array(together / n_s),
        "lift": pa.array(together * model.total / (n_s * n_t)),
    }
    return pa.table(columns, schema=schema.TABLES["related_pairs"].arrow)
