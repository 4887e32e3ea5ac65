"""The build: what runs, in which order, judged on what, and what stays when something fails."""

import json
import subprocess
import sys
from datetime import timedelta
from typing import ClassVar

import pyarrow as pa
import pytest

import chowk
from chowk import artifacts, build, system
from chowk.errors import ArtifactError, BuildError, InputError, StoreLockedError
from chowk.system import Scorecard, System
from small_store import START, small_store


class Counts(System):
    """A system that counts: what it saw, and whether it may break."""

    name = "search"
    title = "counts purchases"
    needs = frozenset({"events"})
    breaks = ""
    card: ClassVar[dict] = {"value": 0.5, "baseline": 0.25}
    seen: ClassVar[list] = []

    def fit(self, store, *, seed, progress=lambda share, doing: None):
        if self.breaks == "fit":
            raise RuntimeError("out of cheese")
        self.rows = store.rows("events")
        Counts.seen.append(("fit", self.name, self.rows, seed))
        return self

    def evaluate(self, store):
        Counts.seen.append(("evaluate", self.name, store.rows("events")))
        if self.breaks == "evaluate":
            raise RuntimeError("no ruler")
        return Scorecard(
            name=self.name, metric="m", baseline_name="b", low=0, high=1, rows=3, **self.card
        )

    def save(self, folder):
        if self.breaks == "save":
            raise OSError("disk full")
        (folder / ("model.pkl" if self.breaks == "pickle" else "rows.json")).write_text(
            json.dumps(self.rows)
        )

    @classmethod
    def load(cls, folder):
        made = cls()
        made.rows = json.loads((folder / "rows.json").read_text())
        return made


class Reads(Counts):
    """A system that reads what another one writes."""

    name = "related"
    title = "reads related_pairs of the first"
    needs = frozenset({"events"})
    uses = frozenset({"related_pairs"})

    def fit(self, store, *, seed, progress=lambda share, doing: None):
        Counts.seen.append(("reads", store.rows("related_pairs")))
        return super().fit(store, seed=seed)


class Writes(Counts):
    writes = frozenset({"related_pairs"})

    def tables(self):
        ids = [f"p{n}" for n in range(self.rows)]
        return {
            "related_pairs": pa.table(
                {"source": ids, "target": ids, "kind": ["x"] * len(ids), "score": [1.0] * len(ids)}
            )
        }


@pytest.fixture
def store(tmp_path):
    with small_store(tmp_path / "s", orders=60, days=40) as made:
        yield made


@pytest.fixture
def toy(monkeypatch):
    """Replaces the list of systems by toys, which the test can break."""
    classes = {"search": Counts, "related": Reads}
    monkeypatch.setattr(system, "_PLACES", dict.fromkeys(classes, ""))

    def by_name(name):
        if name not in classes:
            raise InputError(f"There is no system {name!r}.")
        return classes[name]

    for module in (build, system):
        monkeypatch.setattr(module, "system_class", by_name)
    monkeypatch.setattr(Counts, "seen", [])
    monkeypatch.setattr(Counts, "breaks", "")
    return classes


def test_judged_on_the_rest_and_served_on_all(store, toy):
    record = build.build(store)
    cut = build.holdout_cut(store)
    past, rest = store.before(cut).rows("events"), store.since(cut).rows("events")
    assert past and rest and past + rest == store.rows("events")
    steps = [step for step in Counts.seen if step[1] == "search"]
    assert steps == [
        ("fit", "search", past, 0),
        ("evaluate", "search", rest),
        ("fit", "search", past + rest, 0),
    ]
    built = record.system("search")
    folder = store.models_path / built.folder
    assert Counts.load(folder).rows == store.rows("events")
    assert built.scorecard.cut == cut.isoformat() and built.scorecard.served_on_all
    seal = artifacts.verify(folder)
    assert seal.fingerprints == {"events": store.fingerprint("events")}
    assert artifacts.current(store.models_path) == record


def test_a_system_reads_what_another_wrote_in_the_same_pass(store, toy):
    toy["search"] = Writes
    assert build.order(["related", "search"]) == ["search", "related"]
    build.build(store)
    past = store.before(build.holdout_cut(store)).rows("events")
    assert [s[1] for s in Counts.seen if s[0] == "reads"] == [past, store.rows("events")]
    assert store.rows("related_pairs") == store.rows("events")
    assert "related_pairs" in artifacts.current(store.models_path).tables


def test_systems_in_a_circle_are_named(toy):
    class Round(Reads):
        writes = frozenset({"related_pairs"})
        uses = frozenset({"products"})

    class Trip(Counts):
        writes = frozenset({"products"})
        uses = frozenset({"related_pairs"})

    toy.update(related=Round, search=Trip)
    with pytest.raises(BuildError, match="wait for each other"):
        build.order(["related", "search"])


@pytest.mark.parametrize("where", ["fit", "evaluate", "save", "pickle"])
def test_a_failure_leaves_what_was_served(store, toy, monkeypatch, where):
    first = build.build(store)
    before = store.manifest.version
    monkeypatch.setattr(Counts, "breaks", where)
    with pytest.raises(BuildError, match=r"The system search failed .* The store serves what"):
        build.build(store)
    assert artifacts.current(store.models_path) == first
    assert store.refresh().manifest.version == before
    artifacts.verify(store.models_path / first.system("search").folder)


def test_a_loser_is_off_unless_insisted(store, toy, monkeypatch):
    monkeypatch.setattr(Counts, "card", {"value": 0.1, "baseline": 0.3})
    assert not build.build(store).system("search").enabled
    assert build.build(store, insist=["search"]).system("search").enabled
    monkeypatch.setattr(Counts, "card", {"value": 0.1, "baseline": 0.3, "better": "lower"})
    assert build.build(store).system("search").enabled


def test_only_one_is_built_and_the_others_kept(store, toy):
    first = build.build(store)
    second = build.build(store, only=["search"])
    assert second.system("related").folder == first.system("related").folder
    assert second.system("related").kept and not second.system("search").kept
    assert second.system("search").folder != first.system("search").folder
    with pytest.raises(InputError, match="no system 'nope'"):
        build.build(store, only=["nope"])


def test_a_name_alone_is_one_name(store, toy):
    first = build.build(store, insist="search")
    second = build.build(store, only="search")
    assert second.system("related").kept and not second.system("search").kept
    for name in ("only", "insist"):
        with pytest.raises(InputError, match="no system 'nope'"):
            build.build(store, **{name: "nope"})
        for wrong in (7, [None]):
            with pytest.raises(InputError, match=f"'{name}' parameter of build must be a system"):
                build.build(store, **{name: wrong})
    with pytest.raises(InputError, match="'store' parameter of build must be a store"):
        build.build(None)
    assert first.build != second.build


def test_old_builds_are_pruned_but_never_what_is_served(store, toy):
    first = build.build(store)
    for _ in range(5):
        last = build.build(store, only=["search"])
    assert len(list((store.models_path / "builds").iterdir())) == 3
    assert len(list((store.models_path / "search").iterdir())) == 3
    assert [p.name for p in (store.models_path / "related").iterdir()] == [first.build]
    artifacts.verify(store.models_path / last.system("related").folder)
    assert not list((store.path / ".staging").iterdir())


def test_what_is_missing_is_said(tmp_path):
    with chowk.create(tmp_path / "empty") as empty:
        with pytest.raises(BuildError, match="products: 0 rows"):
            build.build(empty)
        empty.write("products", [{"product_id": "a", "title": "Clay lamp"}])
        record = build.build(empty)
    assert record.system("search").enabled and not record.system("related").folder
    assert record.system("related").lacks == "events: 0 rows"
    assert record.system("search").scorecard.value is None
    assert "two days" in record.system("search").scorecard.why


def test_short_histories_hold_out_a_quarter(tmp_path):
    with small_store(tmp_path / "s", orders=40, days=20) as store:
        cut = build.holdout_cut(store)
    assert START + timedelta(days=14) <= cut <= START + timedelta(days=15)


def test_the_journal_is_folded_first(store, toy):
    from chowk.journal import Entry, Journal

    before = store.rows("events")
    body = {
        "event_id": "live-1",
        "ts": "2024-07-01T10:00:00+00:00",
        "session_id": "s",
        "kind": "view_item",
    }
    with Journal.of(store) as journal:
        journal.append([Entry("event", "live-1", body)])
        head = journal.head()
    record = build.build(store)
    assert store.rows("events") == before + 1 and record.journal == head
    assert build.build(store).journal == head and store.rows("events") == before + 1


def test_a_kept_system_says_what_it_has_not_seen(store, toy):
    from chowk.journal import Entry, Journal

    first = build.build(store)
    for n in range(3):
        body = {
            "event_id": f"live-{n}",
            "ts": "2024-07-01T10:00:00+00:00",
            "session_id": "s",
            "kind": "view_item",
        }
        with Journal.of(store) as journal:
            journal.append([Entry("event", f"live-{n}", body)])
    second = build.build(store, only=["related"])
    assert second.journal == 3 and second.system("related").journal == 3
    assert second.system("search").journal == first.journal == second.replay_from
    with Journal.of(store) as journal:
        assert len(journal.read(second.replay_from)) == 3  # not pruned: search needs them
    assert build.build(store).replay_from == 3


def test_the_record_says_what_was_read(store, toy, monkeypatch):
    def late(self, judged):
        if len(Counts.seen) < 3:  # somebody imports while the build runs
            with chowk.open(store.path) as other:
                other.write("customers", [{"customer_id": "late"}])
        return Scorecard(name=self.name, metric="", value=None, why="not judged")

    monkeypatch.setattr(Counts, "evaluate", late)
    read = store.manifest
    record = build.build(store, only=["search"])
    assert record.manifest == read.version < chowk.open(store.path).manifest.version
    assert record.tables["events"] == read.tables["events"]
    assert "customers" not in record.tables


def test_a_cut_hides_what_was_made_from_everything(store, toy):
    toy["search"] = Writes
    build.build(store)
    cut = build.holdout_cut(store)
    assert "related_pairs" in store
    for view in (store.before(cut), store.since(cut)):
        assert "related_pairs" not in view and view.fingerprint("related_pairs") == ""
        with pytest.raises(KeyError, match="made from all rows"):
            view["related_pairs"]
        assert "related_pairs" in view.overlay({"related_pairs": store["related_pairs"]})


HOLD = """
import sys
from pathlib import Path
from chowk.store.disk import write_lock
with write_lock(Path(sys.argv[1]) / ".build.lock"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_builds_do_not_run_at_once(store):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreLockedError, match="written by process"):
            build.build(store)
        other.kill()


def test_a_damaged_model_is_noticed(store, toy):
    record = build.build(store)
    folder = store.models_path / record.system("search").folder
    (folder / "rows.json").write_text("7")
    with pytest.raises(ArtifactError, match="does not match its checksum"):
        artifacts.verify(folder)
    (folder / "rows.json").unlink()
    with pytest.raises(ArtifactError, match="missing"):
        artifacts.verify(folder)
    (folder / "seal.json").unlink()
    with pytest.raises(ArtifactError, match="not a finished model"):
        artifacts.verify(folder)
