"""The experiments of a store: which are running, who saw what, and what came of it.

An experiment has two variants or more, each a way of scoring. Sessions are shared out among them
(`split`), or both fill one page in turns (`interleave`). Whoever answers writes an event of kind
`experience_impression` with `experiment_id` "name/variant" for each exposure; the report counts
sessions that clicked and bought. Experiments are kept in one file, as rules are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pyarrow as pa

from chowk.errors import parameter
from chowk.store.relational import relational

from .asking import Step
from .book import Book
from .experiments import Outcome, assigned, report, wilson

if TYPE_CHECKING:
    import ibis

#: The kind of the event that says who saw which variant (GA4's name).
EXPOSURE = "experience_impression"
MOST_EXPERIMENTS = 100


class Variant(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way of answering: its share of the sessions, the last step of scoring, turns or not."""

    share: float = 1.0
    step: Step | None = None
    variety: bool = True


class Experiment(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """One experiment. The first variant by name is what the others are compared with.

    Parameters
    ----------
    name : 1 to 60 letters, digits, '-' or '_'.
    variants : two to five by name; `interleave` takes two.
    start, end : from when, and until when (not included).
    """

    name: str
    variants: dict[str, Variant]
    mode: Literal["split", "interleave"] = "split"
    start: datetime | None = None
    end: datetime | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for name in (self.name, *self.variants):
            if not 1 <= len(name) <= 60 or not name.replace("-", "a").replace("_", "a").isalnum():
                raise parameter("Experiment", "name", "1 to 60 letters, digits, '-' or '_'", name)
        most = 2 if self.mode == "interleave" else 5
        if not 2 <= len(self.variants) <= most:
            rule = "two variants" if most == 2 else "two to five variants"
            raise parameter("Experiment", "variants", rule, f"{len(self.variants)}")
        for name, variant in self.variants.items():
            if not 0 < variant.share <= 1e6:
                rule = "a number above 0, at most a million"
                raise parameter("Experiment", f"variants.{name}.share", rule, variant.share)
        for name, moment in (("start", self.start), ("end", self.end)):
            if moment is not None and moment.tzinfo is None:
                raise parameter("Experiment", name, "a moment with a time zone", moment.isoformat())

    def running(self, now: datetime) -> bool:
        """Whether it runs at a moment."""
        begun = self.start is None or now >= self.start
        return begun and (self.end is None or now < self.end)

    def variant(self, session_id: str) -> str:
        """The variant of a session: the same every time.

        >>> both = Experiment(name="lift", variants={"a": Variant(), "b": Variant(share=3.0)})
        >>> both.variant("s1") == both.variant("s1")
        True
        """
        shares = {name: self.variants[name].share for name in sorted(self.variants)}
        return assigned(self.name, session_id, shares)


class Trials:
    """The experiments of a store in one file; others' changes are seen at the next look."""

    def __init__(self, path: Path) -> None:
        self._book = Book(path, Experiment)

    def every(self) -> tuple[Experiment, ...]:
        """All experiments, by name."""
        return self._book.rows()

    def running(self, now: datetime | None = None) -> Experiment | None:
        """The experiment that runs: of several the first by name."""
        moment = now or datetime.now(UTC)
        return next((one for one in self.every() if one.running(moment)), None)

    def put(self, experiment: Experiment) -> Experiment:
        """Add an experiment, or replace the one with its name."""
        if experiment.start and experiment.end and experiment.start >= experiment.end:
            when = f"a moment after the start, {experiment.start.isoformat()}"
            raise parameter("Experiment", "end", when, experiment.end.isoformat())
        with self._book.changing() as every:
            others = [one for one in every if one.name != experiment.name]
            if len(others) >= MOST_EXPERIMENTS:
                rule = f"one of at most {MOST_EXPERIMENTS} experiments"
                raise parameter("put", "experiment", rule, experiment.name)
            self._book.write(sorted([*others, experiment], key=lambda one: one.name))
        return experiment

    def remove(self, name: str) -> bool:
        """Take an experiment out; whether it was there."""
        with self._book.changing() as every:
            others = [one for one in every if one.name != name]
            if len(others) == len(every):
                return False
            self._book.write(others)
        return True


@relational("events", name="lift")
def outcomes(events: ibis.Table, *, name: str) -> ibis.Table:
    """One row a session that saw an experiment.

    Returns
    -------
    session_id, variant (of its first exposure by name), clicked and bought (0 or 1): whether it
    chose or bought anything from its first exposure on.
    """
    seen = events.filter((events.kind == EXPOSURE) & events.experiment_id.startswith(f"{name}/"))
    seen = seen.group_by(exposed="session_id").agg(
        variant=lambda t: t.experiment_id.min(), since=lambda t: t.ts.min()
    )
    joined = seen.left_join(
        events,
        (seen.exposed == events.session_id)
        & (events.ts >= seen.since)
        & events.kind.isin(("select_item", "view_item", "purchase")),
    )
    return (
        joined.group_by("exposed", "variant")
        .agg(
            clicked=lambda t: t.kind.isin(("select_item", "view_item")).cast("int64").max(),
            bought=lambda t: (t.kind == "purchase").cast("int64").max(),
        )
        .rename(session_id="exposed")
    )


@relational("events", name="lift")
def credited(events: ibis.Table, *, name: str) -> ibis.Table:
    """Clicks of interleaved pages: one row an answer and variant.

    Returns
    -------
    query_id, variant ("name/variant"), clicks
    """
    clicks = events.filter(
        (events.kind == "select_item")
        & events.query_id.notnull()
        & events.experiment_id.startswith(f"{name}/")
    )
    return clicks.group_by("query_id", variant=clicks.experiment_id).agg(clicks=lambda t: t.count())


class Preference(msgspec.Struct, frozen=True):
    """Interleaved pages: answers that each variant won; the second's share and its interval."""

    first: str
    second: str
    first_won: int
    second_won: int
    share: float
    low: float
    high: float


def found(
    experiment: Experiment, sessions: pa.Table, clicks: pa.Table
) -> tuple[dict[str, list[Outcome]], Preference | None]:
    """Outcomes by what sessions did, from `outcomes`; and who won, from `credited`."""
    rows = sessions.to_pylist()
    did = {
        name: report((row["variant"].rpartition("/")[2], bool(row[name])) for row in rows)
        for name in ("clicked", "bought")
    }
    if experiment.mode != "interleave":
        return did, None
    return did, _preferred(sorted(experiment.variants), clicks.to_pylist())


def _preferred(names: list[str], rows: Iterable[Mapping[str, Any]]) -> Preference:
    first, second = names
    pages: dict[str, dict[str, int]] = {}
    for row in rows:
        page = pages.setdefault(row["query_id"], {})
        page[row["variant"].rpartition("/")[2]] = int(row["clicks"])
    won = {first: 0, second: 0}
    for page in pages.values():
        a, b = page.get(first, 0), page.get(second, 0)
        if a != b:
            won[first if a > b else second] += 1
    decided = sum(won.values())
    low, high = wilson(won[second], decided) if decided else (0.0, 1.0)
    share = won[second] / decided if decided else 0.5
    return Preference(first, second, won[first], won[second], share, low, high)
