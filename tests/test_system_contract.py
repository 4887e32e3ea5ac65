"""Every system of the list keeps the contract, on a small store; and the contract can fail."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from chowk import testing
from chowk.learn.splits import last_days
from chowk.system import Scorecard, System, system_class, system_names
from small_store import (
    small_store,
    with_addresses,
    with_contacts,
    with_messages,
    with_reviews,
    with_utterances,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with small_store(tmp_path_factory.mktemp("contract") / "s") as made:
        made = with_messages(with_addresses(with_utterances(with_contacts(made))))
        yield with_reviews(made)


# Packaging keeps it on parcels of its own, in tests/delivery.
@pytest.mark.parametrize("name", [name for name in system_names() if name != "packaging"])
def test_a_system_keeps_the_contract(name, store):
    testing.check_system(system_class(name), store, last_days(store, 14))


@pytest.mark.parametrize("name", system_names())
def test_a_system_says_what_it_lacks(name, tmp_path):
    import chowk

    with chowk.create(tmp_path / "empty") as empty:
        lacks = system_class(name).lacks(empty)
    assert lacks is not None and "0 rows" in lacks


class Peeks(System):
    """Looks at everything, whatever the view says: the poison must show it."""

    name = "related"
    title = "a cheat"
    needs = frozenset({"events"})
    writes = frozenset({"related_pairs"})

    def fit(self, store, *, seed, progress=lambda share, doing: None):
        base = getattr(store, "_base", store)
        rows = base.arrow("events")["product_id"].to_pylist()
        self.ids = sorted({r for r in rows[-50:] if r})
        return self

    def evaluate(self, store):
        return Scorecard(name=self.name, metric="m", value=None, why="never judged")

    def tables(self):
        return {
            "related_pairs": pa.table(
                {
                    "source": self.ids,
                    "target": self.ids,
                    "kind": ["x"] * len(self.ids),
                    "score": [1.0] * len(self.ids),
                }
            )
        }

    def save(self, folder):
        (folder / "ids.json").write_text(str(self.ids))

    @classmethod
    def load(cls, folder):
        made = cls()
        made.ids = __import__("ast").literal_eval((folder / "ids.json").read_text())
        return made


def test_the_poison_finds_a_cheat(store):
    cut = last_days(store, 14)
    with pytest.raises(AssertionError, match="poisoned"):
        testing.check_poison(Peeks, store, cut, Peeks().fit(store.before(cut), seed=7))


@pytest.mark.parametrize(
    ("card", "word"),
    [
        (Scorecard(name="x", metric="m", value=None), "why"),
        (Scorecard(name="x", metric="m", value=1.0, rows=3), "baseline"),
        (
            Scorecard(name="x", metric="m", value=1.0, rows=3, baseline=0.5, baseline_name="b"),
            "interval",
        ),
        (Scorecard(name="x", metric="m", value=1.0, rows=0), "rows"),
    ],
)
def test_a_thin_scorecard_is_refused(card, word):
    with pytest.raises(AssertionError, match=word):
        testing.check_scorecard(card)


def test_progress_that_runs_backwards_is_refused(store):
    class Backwards(Peeks):
        def fit(self, store, *, seed, progress=lambda share, doing: None):
            progress(0.9, "")
            progress(0.1, "")
            return self

    with pytest.raises(AssertionError, match="backwards"):
        testing.check_progress(Backwards, store)


def test_the_small_store_has_both_sides(store):
    cut = last_days(store, 14)
    assert cut < datetime(2024, 6, 1, tzinfo=UTC) + timedelta(days=100)
    assert store.before(cut).rows("events") and store.since(cut).rows("events")
