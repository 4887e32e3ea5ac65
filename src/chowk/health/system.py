"""`contact_risk`: a store's contacts and tests into everybody's risk, the day's lists, and reasons.

Contacts and infection tests flow in, those of the last days only; traces are drawn once a build;
out come risks by person and day, whom to test and isolate today, and who most likely infected whom.
Nothing of it becomes a table: risks stay in the model's folder, and leave it under pseudonyms.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from chowk.errors import ArtifactError, InputError, NotFittedError, parameter
from chowk.store.disk import write_atomic
from chowk.store.reader import Reader
from chowk.system import Measure, Progress, Scorecard, System, silent

from .arrays import Floats
from .crisp import Crisp
from .privacy import kept
from .proximity import in_quarters
from .records import MOST_CONTACTS, column
from .samples import Samples

#: The one file with ids; others have their places in it.
_PEOPLE = "people.parquet"
METRIC = "AUC of later tests"
#: Traces that are kept: people x samples.
_KEPT = 8_000_000
#: Held-out results that are needed of either kind to judge anything.
_ENOUGH = 5
#: How far back contact tracing looks, days.
_BACK = 7


class ContactRisk(System):
    """Everybody's risk of infection, from the tables `contacts` and `infection_tests`.

    Parameters
    ----------
    p0, p1 : P(infection) from outside a day, and a contact.
    retention_days : only the last so many days are read, and kept in the model.

    Attributes
    ----------
    crisp_, samples_ : the model and its traces. first_day_ : the table's day that is its day 0.
    """

    name: ClassVar[str] = "contact_risk"
    title: ClassVar[str] = "Who is likely infected, and whom to test today"
    needs: ClassVar[frozenset[str]] = frozenset({"contacts", "infection_tests"})
    own_holdout: ClassVar[bool] = True  # the last quarter's results, by their own days

    crisp_: Crisp
    samples_: Samples
    first_day_: int

    def __init__(self, *, p0: float = 1e-3, p1: float = 0.025, retention_days: int = 90) -> None:
        self.p0, self.p1, self.retention_days = p0, p1, retention_days
        self.seed = 0

    # -- learning -----------------------------------------------------------------------------

    def fit(self, store: Reader, *, seed: int, progress: Progress = silent) -> Self:
        self.seed = seed
        progress(0.0, "reading contacts and tests")
        contacts, tests, self.first_day_, days = self._read(store)
        people = _people(contacts, tests)
        self.crisp_ = Crisp(people, days, contacts, tests, p0=self.p0, p1=self.p1)
        progress(0.2, f"drawing traces of {len(people):,} people")
        self.samples_ = self.crisp_.sample(_samples(len(people)), seed=seed)
        progress(1.0, f"{len(people):,} people on {days} days")
        return self

    def _read(self, store: Reader) -> tuple[pa.Table, pa.Table, int, int]:
        """Both tables of the days that may be kept, their days from 0; the first day, how many."""
        if self.retention_days < 1:
            days = self.retention_days
            raise parameter("ContactRisk", "retention_days", "an int of at least 1", days)
        tables = [store.arrow(name) for name in ("contacts", "infection_tests")]
        ends = [pc.max(table["day"]).as_py() or 0 for table in tables]
        last = max(ends)
        if all(table.num_rows for table in tables) and last - min(ends) >= self.retention_days:
            raise InputError(
                f"contacts end on day {ends[0]} and infection_tests on day {ends[1]}, more than "
                f"{self.retention_days} days apart. Count both from the same day 0; a date counts "
                "from 1970-01-01 in the formats proximity and test-results."
            )
        tables = [kept(t, today=last, retention_days=self.retention_days) for t in tables]
        first = max(last - self.retention_days + 1, 0)
        found = []
        for table in tables:
            at = table.column_names.index("day")
            found.append(table.set_column(at, "day", pc.subtract(table["day"], first)))
        contacts, tests = found
        contacts = _bounded(in_quarters(contacts))
        return contacts, tests.select(["person", "day", "positive"]), first, last - first + 1

    # -- judging ------------------------------------------------------------------------------

    def evaluate(self, store: Reader) -> Scorecard:
        self._fitted()
        contacts, tests, _, days = self._read(store)
        day = tests["day"].to_numpy()
        cut = int(np.quantile(day, 0.75)) if len(day) else 0
        later = tests.filter(pc.greater_equal(tests["day"], cut))
        positive = later["positive"].to_numpy()
        if min(positive.sum(), (~positive).sum()) < _ENOUGH:
            return Scorecard(
                name=self.name,
                metric=METRIC,
                value=None,
                baseline_name="contact tracing",
                why=f"fewer than {_ENOUGH} positive or negative results in the last quarter",
            )
        known = tests.filter(pc.less(tests["day"], cut))
        people = _people(contacts, tests)
        crisp = Crisp(people, days, contacts, known, p0=self.p0, p1=self.p1)
        chance = crisp.marginals(_samples(len(people)), seed=self.seed)
        who = np.array([crisp.people.code(person) for person in later["person"].to_pylist()])
        when = later["day"].to_numpy()
        ours = chance[who, when, 2]
        traced = tracing_counts(crisp, who, when)
        value, baseline = auc(ours, positive), auc(traced, positive)
        random = np.random.default_rng(self.seed)
        gains = []
        for _ in range(200):
            some = random.integers(0, len(who), len(who))
            if positive[some].all() or not positive[some].any():
                continue
            gains.append(auc(ours[some], positive[some]) - auc(traced[some], positive[some]))
        low, high = np.quantile(gains, [0.025, 0.975])
        return Scorecard(
            name=self.name,
            metric=METRIC,
            value=value,
            baseline=baseline,
            baseline_name="contact tracing",
            low=float(low),
            high=float(high),
            rows=len(who),
            measures=(
                Measure(
                    case="mean probability of the positive",
                    metric="P(infectious)",
                    value=float(ours[positive].mean()),
                    rows=int(positive.sum()),
                ),
            ),
        )

    # -- answers ------------------------------------------------------------------------------

    def _fitted(self) -> Crisp:
        if not hasattr(self, "crisp_"):
            raise NotFittedError("This ContactRisk was not fitted yet. Call fit(store) first.")
        return self.crisp_

    def met(self, person: Any, *, back: int = 14) -> dict[Any, int]:
        """Whom a person met in the last `back` days, and how often, the most often first."""
        crisp = self._fitted()
        code, contacts = crisp.people.code(person), crisp.contacts
        recent = contacts.day >= crisp.days - back
        found: dict[int, int] = {}
        for one, other in ((contacts.a, contacts.b), (contacts.b, contacts.a)):
            at = np.flatnonzero(recent & (one == code))
            counts = np.ones(len(at)) if contacts.count is None else contacts.count[at]
            for k, n in zip(other[at].tolist(), counts.tolist(), strict=True):
                found[k] = found.get(k, 0) + int(n)
        order = sorted(found, key=lambda k: (-found[k], k))
        return {crisp.people.id(k): found[k] for k in order}

    # -- on disk ------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        crisp = self._fitted()
        # Ids stand in one file alone, so that a person can be forgotten.
        contacts = {
            "person_a": crisp.contacts.a,
            "person_b": crisp.contacts.b,
            "day": crisp.contacts.day,
        }
        if crisp.contacts.count is not None:
            contacts["count"] = crisp.contacts.count
        pq.write_table(pa.table(contacts), folder / "contacts.parquet")
        tests = {
            "person": crisp.tests.person,
            "day": crisp.tests.day,
            "positive": crisp.tests.positive,
        }
        pq.write_table(pa.table(tests), folder / "tests.parquet")
        pq.write_table(pa.table({"person": np.array(crisp.people.ids)}), folder / _PEOPLE)
        np.savez_compressed(folder / "traces.npz", traces=self.samples_.traces)
        told = {
            "p0": self.p0,
            "p1": self.p1,
            "retention_days": self.retention_days,
            "seed": self.seed,
            "first_day": self.first_day_,
            "days": crisp.days,
            "chains": self.samples_.chain_lengths,
        }
        (folder / "risk.json").write_bytes(msgspec.json.encode(told))

    @classmethod
    def forget(cls, folder: Path, person: str) -> Sequence[str]:
        """The person's id becomes one that says nothing; a server knows the old one until it opens
        another build."""
        ids = pq.read_table(folder / _PEOPLE)["person"].to_pylist()
        if person in ids:
            ids[ids.index(person)] = f"erased-{uuid.uuid4().hex[:12]}"
            written = io.BytesIO()
            pq.write_table(pa.table({"person": ids}), written)
            write_atomic(folder / _PEOPLE, written.getvalue())
        return [_PEOPLE]

    @classmethod
    def load(cls, folder: Path) -> Self:
        try:
            told = msgspec.json.decode((folder / "risk.json").read_bytes())
            made = cls(p0=told["p0"], p1=told["p1"], retention_days=told["retention_days"])
            made.seed, made.first_day_ = told["seed"], told["first_day"]
            people = pq.read_table(folder / _PEOPLE)["person"]
            ids = people.to_pylist()
            contacts = _named(pq.read_table(folder / "contacts.parquet"), people)
            tests = _named(pq.read_table(folder / "tests.parquet"), people)
            made.crisp_ = Crisp(ids, told["days"], contacts, tests, p0=made.p0, p1=made.p1)
            with np.load(folder / "traces.npz", allow_pickle=False) as held:
                traces = held["traces"]
        except (OSError, KeyError, ValueError, msgspec.DecodeError, pa.ArrowInvalid) as error:
            raise ArtifactError(
                f"{folder} holds no contact_risk model that can be read: {error}. Build again with "
                "'chowk build STORE --only contact_risk'."
            ) from error
        model = made.crisp_.model
        made.samples_ = Samples(
            traces,
            told["chains"],
            first=model.first,
            end=model.end,
            days=told["days"],
            people=made.crisp_.people,
        )
        return made


def _named(table: pa.Table, people: pa.ChunkedArray) -> pa.Table:
    """The table with ids in place of the codes of persons."""
    for at, name in enumerate(table.column_names):
        if name.startswith("person"):
            table = table.set_column(at, name, people.take(table[name]))
    return table


def _bounded(contacts: pa.Table) -> pa.Table:
    """One row a pair and day, nobody with himself, and no more contacts than `Crisp` takes.

    A table has rows that no import has seen, and one of them shall not stop a store's build: so
    many contacts infect for certain anyway.
    """
    met = contacts.filter(pc.not_equal(contacts["person_a"], contacts["person_b"]))
    pair = [met["person_a"], met["person_b"]]
    count = met["count"] if "count" in met.column_names else np.ones(len(met), np.int64)
    rows = {
        "person_a": pc.min_element_wise(*pair),
        "person_b": pc.max_element_wise(*pair),
        "day": met["day"],
        "count": count,
    }
    keys = ["person_a", "person_b", "day"]
    found = pa.table(rows).group_by(keys, use_threads=False).aggregate([("count", "sum")])
    total = np.minimum(found["count_sum"].to_numpy(), MOST_CONTACTS).astype(np.int64)
    return found.select(keys).append_column("count", pa.array(total))


def _people(contacts: pa.Table, tests: pa.Table) -> list[str]:
    columns = [column(contacts, name, "contacts") for name in ("person_a", "person_b")]
    columns.append(column(tests, "person", "tests"))
    found = {one for values in columns for one in pc.unique(values).to_pylist()}
    return sorted(found)


def _samples(people: int) -> int:
    return int(np.clip(_KEPT // max(people, 1), 40, 400))


def tracing_counts(crisp: Crisp, who: Sequence[int] | NDArray[Any], when: NDArray[Any]) -> Floats:
    """Contact tracing: how often each met, in the week before, people who were found positive."""
    contacts, tests = crisp.contacts, crisp.tests
    known = np.zeros(crisp.people.count, dtype=bool)
    known[tests.person[tests.positive]] = True
    each = np.ones(len(contacts)) if contacts.count is None else contacts.count
    size = (crisp.people.count, crisp.days)
    met = np.zeros(size)
    for one, other in ((contacts.a, contacts.b), (contacts.b, contacts.a)):
        some = known[other]
        np.add.at(met, (one[some], contacts.day[some]), each[some])
    sums = np.concatenate([np.zeros((size[0], 1)), np.cumsum(met, axis=1)], axis=1)
    found: Floats = sums[who, when] - sums[who, np.maximum(when - _BACK, 0)]
    return found


def auc(score: Floats, truth: NDArray[np.bool_]) -> float:
    """Area under the ROC curve; ties count half.

    >>> auc(np.array([0.1, 0.5, 0.5, 0.9]), np.array([False, False, True, True]))
    0.875
    """
    from scipy.stats import rankdata

    ranks, positive = rankdata(score), int(truth.sum())
    area = ranks[truth].sum() - positive * (positive + 1) / 2
    return float(area / (positive * (len(truth) - positive)))
