"""The score of candidates, by what the store's log allows: text, then popularity, then learned.

Without a log a score is how well the text answers. With sales it is

    text · (1 + w · popularity + 0.3 · tanh(lift)) + 0.03 · 2 ** (-hours / 24) + 0.3 · intent

so a sooner promise to the shopper's region never scores lower, and decides between equals. With
enough lists in the log it adds trees (see `chowk.search.ranker`) that beat this formula alone on
lists left out. `step` says which of the three it is. `intent` is how likely the query is for the
product's category, 1 for the likeliest, learned from what was chosen (see `chowk.search.intent`);
an ambiguous query's categories take turns (see `chowk.search.variety`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from . import reasons
from .asking import Step
from .folder import Facts
from .intent import Intent
from .matching import Compared, Plan
from .meanings import Filed, Meanings
from .ranker import FEATURES, NAMES, SCALE, Ranker, features
from .regional import Regions
from .results import Part
from .rows import Row
from .schema import UNIT

REGIONAL, PROMISE, HALF_HOURS, INTENT = 0.3, 0.03, 24.0, 0.3
FOLDER = "regions"
_DAY = 86_400e6
_AT = {name: i for i, name in enumerate(FEATURES)}

STEPS: tuple[Step, ...] = ("text", "popularity", "learned")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Columns(NamedTuple):
    """What is known of candidates beside their text."""

    popularity: Floats
    price: Floats
    created: Floats


class _Names(msgspec.Struct):
    lift: list[str]
    promise: list[str]


def write_regions(
    work: Path,
    lift: tuple[list[str], NDArray[np.generic]],
    promise: tuple[list[str], NDArray[np.generic]],
) -> None:
    """Write `regions/`: names and arrays of `chowk.search.regional`."""
    folder = work / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "names.json").write_bytes(msgspec.json.encode(_Names(lift[0], promise[0])))
    np.save(folder / "lift.npy", lift[1], allow_pickle=False)
    np.save(folder / "promise.npy", promise[1], allow_pickle=False)


def write_meanings(work: Path, intent: Intent, categories: Sequence[str | None]) -> None:
    """Write what queries are for, beside what `write_regions` wrote."""
    Meanings(intent, Filed.of(categories)).save(work / FOLDER, len(categories))


def _days(iso: str | None) -> float:
    return np.nan if not iso else datetime.fromisoformat(iso).timestamp() / 86_400


class Scoring:
    """Scores candidates and says what their scores are made of."""

    def __init__(
        self, facts: Facts, regions: Regions, ranker: Ranker | None, meanings: Meanings
    ) -> None:
        self.regions = regions
        self.ranker = ranker
        self.meanings = meanings
        self._weight = facts.popularity_weight
        self._popular = facts.popular
        self.now = facts.now

    @classmethod
    def read(cls, work: Path, facts: Facts) -> Self:
        """Open what `write_regions` and `Ranker.save` wrote."""
        from .lexicon import opened

        folder = work / FOLDER
        names = msgspec.json.decode((folder / "names.json").read_bytes(), type=_Names)
        regions = Regions(
            names.lift,
            opened(folder / "lift.npy"),
            names.promise,
            opened(folder / "promise.npy"),
        )
        return cls(facts, regions, Ranker.load(work), Meanings.read(folder))

    def save(self, folder: Path, rows: int) -> None:
        """Write the ranker and what queries are for, beside what `write_regions` wrote."""
        self.meanings.save(folder / FOLDER, rows)
        if self.ranker is not None:
            self.ranker.save(folder)

    def moved(self, before: int | None, after: int, product: Mapping[str, Any]) -> None:
        """A changed product: what is known of it stays, its category may be another."""
        self.regions.moved(before, after)
        self.meanings.put(after, product)

    def forget(self, row: int) -> None:
        """Free a live row."""
        self.regions.origin.pop(row, None)
        self.meanings.filed.forget(row)

    @property
    def step(self) -> Step:
        """Which of the three ways of scoring is in use."""
        if self.ranker is not None:
            return "learned"
        return "popularity" if self._popular else "text"

    def at_most(self, step: Step | None) -> Step:
        """The step in use when no later one than `step` is asked for."""
        return min(step or "learned", self.step, key=STEPS.index)

    def columns(self, searcher: Any, addresses: Sequence[Any], rows: Ints) -> Columns:
        """Popularity, price and age of documents."""
        at = list(addresses)

        def column(name: str, none: float) -> Floats:
            values = searcher.fast_field_values(name, at)
            return np.array([none if v is None else v for v in values], np.float64)

        popularity = column("popularity", 0.0)
        if self.ranker is None:
            nothing = np.full(len(rows), np.nan)
            return Columns(popularity, nothing, nothing)
        return Columns(popularity, column("price", 0.0) / UNIT, column("created", np.nan) / _DAY)

    def shown(self, rows: Sequence[Row]) -> Columns:
        """The same from rows as they are shown."""
        return Columns(
            np.array([row.popularity for row in rows], np.float64),
            np.array([row.product.get("price") or 0.0 for row in rows], np.float64),
            np.array([_days(row.product.get("created_at")) for row in rows], np.float64),
        )

    def features(
        self, plan: Plan, compared: Compared, columns: Columns, rows: Ints, region: str | None
    ) -> Floats:
        """[candidates, features], see `chowk.search.ranker.FEATURES`."""
        return features(
            text=compared.score,
            query=compared.query,
            title=compared.title,
            letters=compared.letters,
            intent=self.meanings.likely(plan, rows),
            popularity=columns.popularity,
            lift=self.regions.lift(region, rows),
            hours=self.regions.hours(region, rows),
            price=columns.price,
            created=columns.created,
            now=self.now,
        )

    def score(self, x: Floats, step: Step | None = None) -> Floats:
        """The scores of candidates, by no later step than `step`."""
        if step == "text":
            text: Floats = x[:, _AT["text"]].copy()
            return text
        fixed = self.formula(x)
        learned = self.ranker is not None and step != "popularity"
        return self.ranker.score(x, fixed) if self.ranker and learned else fixed

    def formula(self, x: Floats) -> Floats:
        """The scores without a learned ranker."""
        more = 1 + self._weight * x[:, _AT["popularity"]]
        more = more + REGIONAL * np.tanh(x[:, _AT["regional"]])
        result: Floats = x[:, _AT["text"]] * more + self._bonus(x) + INTENT * x[:, _AT["intent"]]
        return result

    def parts(
        self, plan: Plan, compared: Compared, x: Floats, i: int, step: Step | None = None
    ) -> tuple[Part, ...]:
        """The summands of the score of the i-th candidate; they add up to it."""
        if step == "text":
            return tuple(reasons.parts(plan, compared, i))
        fixed = self._fixed_parts(plan, compared, x, i)
        if self.ranker is None or step == "popularity":
            return fixed
        shares = self.ranker.shares(x[i : i + 1])[0]
        found = [Part(part.name, SCALE * part.value) for part in fixed]
        found += [
            Part(f"learned: {NAMES[name]}", float(share))
            for name, share in zip(FEATURES, shares[:-1], strict=True)
            if share
        ]
        return (*found, Part("learned: all alike", float(shares[-1])))

    def _fixed_parts(self, plan: Plan, compared: Compared, x: Floats, i: int) -> tuple[Part, ...]:
        text = float(x[i, _AT["text"]])
        said: Mapping[str, float] = {
            "popularity": self._weight * float(x[i, _AT["popularity"]]) * text,
            "regional sales": REGIONAL * float(np.tanh(x[i, _AT["regional"]])) * text,
            "delivery promise": float(self._bonus(x[i : i + 1])[0]),
            "category that is meant": INTENT * float(x[i, _AT["intent"]]),
        }
        words = reasons.parts(plan, compared, i)
        return (*words, *(Part(name, value) for name, value in said.items() if value))

    def _bonus(self, x: Floats) -> Floats:
        """A sooner promise adds more; nothing where no candidate has one."""
        hours = np.expm1(x[:, _AT["promise"]])
        if not hours.any():
            return np.zeros(len(x))
        result: Floats = PROMISE * 0.5 ** (hours / HALF_HOURS)
        return result
