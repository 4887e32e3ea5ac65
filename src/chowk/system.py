"""The contract that every system keeps, the scorecard, and the list of systems.

A system reads tables from a store, learns, writes derived tables and a model back, and answers
questions with reasons. Systems do not call each other: what one finds, others read as a table.
`chowk.testing.check_system` runs the contract on any system, also on one of your own.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Self

import msgspec
import pyarrow as pa

from chowk.errors import InputError
from chowk.store.reader import Reader

#: Called with the share done, in [0, 1], and what is being done now.
Progress = Callable[[float, str], None]


def silent(share: float, doing: str) -> None:
    """A `Progress` that shows nothing."""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One further row of a scorecard: another metric, rival or ablation."""

    case: str
    metric: str
    value: float | None
    rows: int = 0


class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """Is this better than what the owner has? One metric on held-out rows, beside a baseline.

    Parameters
    ----------
    metric : the name of the measure, such as `recall@10`.
    value, baseline : ours, and the named simple rival's, on the same held-out rows; None when the
        tables cannot give them, and then `why` says so.
    baseline_name : what the rival is: `popularity`, `BM25`.
    better : whether `higher` or `lower` values are better.
    low, high : 95 % bootstrap interval of value minus baseline.
    rows : held-out rows (baskets, queries) that were judged.
    seconds : time of fit and evaluation on the held-out split (set by the build).
    served_on_all : the serving model was fitted again on every row (set by the build).
    measures : further rivals and metrics, for the report.
    """

    name: str
    metric: str
    value: float | None
    baseline: float | None = None
    baseline_name: str = ""
    better: Literal["higher", "lower"] = "higher"
    low: float | None = None
    high: float | None = None
    rows: int = 0
    seconds: float = 0.0
    enabled: bool = True
    why: str = ""
    cut: str = ""
    served_on_all: bool = True
    measures: tuple[Measure, ...] = ()

    @property
    def loses(self) -> bool:
        """True when the baseline is better: then the system is not switched on by itself."""
        if self.value is None or self.baseline is None:
            return False
        gain = self.value - self.baseline
        return gain < 0 if self.better == "higher" else gain > 0


class System(ABC):
    """One of the store's sciences: reads tables, learns, writes tables, answers questions.

    Class attributes
    ----------------
    name : the key in builds, scorecards and URLs.
    title : one line for people.
    needs : tables that it cannot do without (rows, not only the table).
    uses : tables that make it better when they are there.
    writes : derived tables that it adds to the store.
    own_holdout : it holds back rows by itself, of tables that no cut of the events' time divides:
        `evaluate` gets the whole store, whether or not there are events.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    needs: ClassVar[frozenset[str]]
    uses: ClassVar[frozenset[str]] = frozenset()
    writes: ClassVar[frozenset[str]] = frozenset()
    own_holdout: ClassVar[bool] = False

    @abstractmethod
    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        """Learn from the tables of `store`, and from nothing else. Same tables and seed, same
        model. Returns self."""

    @abstractmethod
    def evaluate(self, store: Reader) -> Scorecard:
        """Judge what was fitted on rows that `fit` has not seen: `store` is the held-out part
        (`since` the cut), with the whole catalogue; all of it where `own_holdout` is True."""

    def tables(self) -> Mapping[str, pa.Table]:
        """The derived tables named in `writes`, from what was fitted."""
        return {}

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model into the empty folder, as data: JSON, Parquet, NPZ, an index. Never a
        pickle."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """Open a saved model; it answers as the one that was saved."""

    @classmethod
    def forget(cls, folder: Path, person: str) -> Sequence[str]:
        """Take a person's id out of a saved model, where models of this kind hold ids.

        Returns the names of the files that hold ids, whether or not this one was among them: they
        are sealed again.
        """
        return ()

    @classmethod
    def lacks(cls, store: Reader) -> str | None:
        """What `store` lacks for this system, as a clause ("shipments: 0 rows"), or None."""
        short = [name for name in sorted(cls.needs) if store.rows(name) == 0]
        return ", ".join(f"{name}: 0 rows" for name in short) if short else None


#: Where each system lives; imported when it is first asked for.
_PLACES: dict[str, str] = {
    "search": "chowk.search.system:SearchSystem",
    "related": "chowk.discovery.system:RelatedSystem",
    "complements": "chowk.discovery.complements_system:ComplementsSystem",
    "substitutes": "chowk.discovery.substitutes_system:SubstitutesSystem",
    "journey": "chowk.discovery.journey_system:JourneySystem",
    "language": "chowk.language.system:LanguageSystem",
    "packaging": "chowk.delivery.packaging_system:PackagingSystem",
    "contact_risk": "chowk.health.system:ContactRisk",
    "addresses": "chowk.delivery.system:AddressSystem",
    "moderation": "chowk.community.system:ModerationSystem",
    "reviews": "chowk.community.reviews_system:ReviewsSystem",
}


def system_names() -> list[str]:
    """The names of all systems."""
    return list(_PLACES)


def system_class(name: str) -> type[System]:
    """The class of a system by name; InputError with the known names."""
    if name not in _PLACES:
        raise InputError(f"There is no system {name!r}. Systems are: {', '.join(_PLACES)}.")
    module, _, attribute = _PLACES[name].partition(":")
    found: type[System] = getattr(importlib.import_module(module), attribute)
    return found
