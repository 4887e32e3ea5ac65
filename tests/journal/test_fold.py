"""Folding against a dictionary that does the same by hand."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chowk.errors import JournalError, ParameterError, SchemaError
from chowk.journal import Entry, Folded, Journal, fold
from chowk.store.store import Store

AT = "2026-05-01T10:00:00+00:00"


def event(name: str, **fields: Any) -> Entry:
    row = {"event_id": name, "ts": AT, "session_id": "s", "kind": "view_item", **fields}
    return Entry.checked("event", row)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "shop") as made:
        yield made


@pytest.fixture
def journal(store: Store) -> Iterator[Journal]:
    with Journal.of(store) as opened:
        yield opened


def folded(store: Store, journal: Journal, **how: Any) -> Folded:
    with store.transaction() as change:
        return fold(change, journal, store.manifest.journal, **how)


def rows(store: Store, name: str) -> dict[str, dict[str, Any]]:
    """The table by its key, only the fields that are filled."""
    table = store.arrow(name).to_pylist() if name in store else []
    made = {}
    for row in table:
        key = next(iter(row.values()))
        assert key not in made
        made[key] = {k: v for k, v in row.items() if v is not None}
    return made


def test_events_are_appended_once_whatever_is_sent_again(store: Store, journal: Journal) -> None:
    store.write(
        "events",
        [
            {
                "event_id": "old",
                "ts": datetime(2026, 1, 1, tzinfo=UTC),
                "session_id": "s",
                "kind": "view_item",
                "source": "file",
            }
        ],
    )
    journal.append([event("old"), event("e1", price=9.5, query="lamp"), event("e2")])
    assert folded(store, journal) == Folded(3, {"event": 3})
    held = rows(store, "events")
    assert set(held) == {"old", "e1", "e2"}
    assert held["old"]["source"] == "file"
    assert held["e1"] == {
        "event_id": "e1",
        "ts": datetime(2026, 5, 1, 10, tzinfo=UTC),
        "session_id": "s",
        "kind": "view_item",
        "price": Decimal("9.5"),
        "query": "lamp",
        "source": "journal",
    }
    # Folded again, nothing moves.
    before = store.manifest
    assert folded(store, journal) == Folded(3)
    with store.transaction() as change:
        assert fold(change, journal, 0) == Folded(3)
    assert rows(store, "events") == held and store.manifest.journal == 3
    assert store.manifest.tables == before.tables
    assert store.manifest.accounts == before.accounts
    # Pruned and sent again: the journal forgot it, the table did not.
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert journal.prune(store.manifest.journal, timedelta(0), now=tomorrow) == 3
    assert journal.append([event("e1"), event("e3")]).accepted == 2
    assert folded(store, journal).position == 5
    assert rows(store, "events") == {**held, "e3": {**held["e2"], "event_id": "e3"}}


@pytest.mark.parametrize("batch", [1, 2, 50_000])
def test_a_change_of_some_fields_leaves_the_others(
    store: Store, journal: Journal, batch: int
) -> None:
    store.write(
        "products",
        [
            {"product_id": "a", "title": "Lamp", "price": Decimal("10"), "brand": "Diya",
             "attributes": {"colour": "red"}},
            {"product_id": "b", "title": "Saree", "price": Decimal("20")},
            {"product_id": "c", "title": "Rug"},
        ],
    )  # fmt: skip
    store.write("offers", [{"offer_id": "o", "product_id": "a", "region": "IN", "stock": 3}])
    journal.append(
        [
            Entry.checked("product", {"product_id": "a", "price": 11}),
            Entry.checked("product", {"product_id": "a", "price": 12, "brand": None}),
            Entry.checked("product_delete", {"product_id": "b"}),
            Entry.checked("product", {"product_id": "d", "title": "Bowl",
                                      "attributes": {"size": "L"}}),
            Entry.checked("availability", {"product_id": "c", "available": False}),
            Entry.checked("availability", {"offer_id": "o", "stock": 0, "delivery_hours": 48}),
            Entry.checked("product_delete", {"product_id": "never"}),
            Entry.checked("feedback", {"decision_id": "x", "ts": AT, "content": "b", "slot": "top",
                                       "propensity": 0.5}),
            Entry.checked("feedback", {"decision_id": "x", "reward": 1}),
        ]
    )  # fmt: skip
    assert folded(store, journal, batch=batch).quarantined == 0
    assert rows(store, "products") == {
        "a": {
            "product_id": "a",
            "title": "Lamp",
            "price": Decimal("12"),
            "attributes": [("colour", "red")],
        },
        "c": {"product_id": "c", "title": "Rug", "available": False},
        "d": {"product_id": "d", "title": "Bowl", "attributes": [("size", "L")]},
    }
    assert rows(store, "offers")["o"] == {
        "offer_id": "o",
        "product_id": "a",
        "region": "IN",
        "stock": 0,
        "delivery_hours": 48.0,
    }
    assert rows(store, "placements")["x"]["reward"] == 1.0
    assert rows(store, "placements")["x"]["slot"] == "top"


def test_a_label_takes_the_place_of_an_older_one(store: Store, journal: Journal) -> None:
    store.write(
        "utterances",
        [{"text": "Red shoes", "locale": "en", "intent": "greet"},
         {"text": "hello", "locale": "en", "intent": "greet"}],
    )  # fmt: skip
    one = {"text": "red shoes", "locale": "en", "slots": ["B-colour", "O"]}
    journal.append(
        [
            Entry.checked("utterance", {**one, "intent": "refine"}),
            Entry.checked("utterance", {**one, "intent": "search"}),
            Entry.checked("utterance", {"text": "laal joote", "locale": "hi", "intent": "search"}),
        ]
    )
    assert folded(store, journal).quarantined == 0
    held = {row["text"]: row for row in store.arrow("utterances").to_pylist()}
    assert set(held) == {"hello", "red shoes", "laal joote"}
    assert held["red shoes"]["intent"] == "search"
    assert held["red shoes"]["slots"] == ["B-colour", "O"]
    assert folded(store, journal).rows == 0


def test_a_row_that_was_deleted_and_made_again_has_no_old_fields(
    store: Store, journal: Journal
) -> None:
    store.write("products", [{"product_id": "a", "title": "Lamp", "brand": "Diya"}])
    journal.append(
        [
            Entry.checked("product", {"product_id": "a", "description": "old"}),
            Entry.checked("product_delete", {"product_id": "a"}),
            Entry.checked("product", {"product_id": "a", "title": "Lamp II"}),
        ]
    )
    folded(store, journal)
    assert rows(store, "products") == {"a": {"product_id": "a", "title": "Lamp II"}}


def test_changes_agree_with_a_dictionary_however_they_are_cut(
    store: Store, journal: Journal
) -> None:
    draw = random.Random(7)
    wanted: dict[str, dict[str, Any]] = {}
    for _ in range(12):
        entries = []
        for _ in range(draw.randrange(1, 25)):
            key = f"p{draw.randrange(8)}"
            if draw.random() < 0.25:
                entries.append(Entry.checked("product_delete", {"product_id": key}))
                wanted.pop(key, None)
            elif key in wanted:
                field = draw.choice(["brand", "description", "category"])
                value = draw.choice(["x", "y", None])
                entries.append(Entry.checked("product", {"product_id": key, field: value}))
                wanted[key][field] = value
            else:
                whole = {"product_id": key, "title": str(draw.random())}
                entries.append(Entry.checked("product", whole))
                wanted[key] = whole
        journal.append(entries)
        if draw.random() < 0.6:
            upto = draw.randrange(store.manifest.journal, journal.head() + 1)
            done = folded(store, journal, upto=upto, batch=draw.randrange(1, 30))
            assert done.position == store.manifest.journal == upto
    assert folded(store, journal).position == journal.head()
    assert rows(store, "products") == {
        key: {k: v for k, v in row.items() if v is not None} for key, row in wanted.items()
    }
    accounts = store.manifest.accounts
    assert all(account.adds_up and account.format == "journal" for account in accounts)
    assert sum(account.rows_in for account in accounts) == journal.head()


def test_what_cannot_be_folded_is_quarantined_with_its_reason(
    store: Store, journal: Journal
) -> None:
    journal.append(
        [
            Entry.checked("product", {"product_id": "ghost", "price": 5}),
            Entry.checked("product", {"product_id": "ghost", "brand": "B"}),
            event("good"),
            Entry("event", "untimely", {"kind": "view_item", "session_id": "s"}),
            Entry("event", "soon", {"kind": "v", "session_id": "s", "ts": "soon"}),
            Entry("product", "cheap", {"title": "T", "price": "-1"}),
            Entry("product", "fine", {"product_id": "not the key", "title": "T"}),
            Entry.checked(
                "availability",
                {"product_id": "none", "available": True, "offer_id": "none", "stock": 1},
            ),
        ]
    )
    done = folded(store, journal)
    assert (done.quarantined, done.quarantine, done.rows) == (6, "journal-1-8.csv", 8)
    assert set(rows(store, "events")) == {"good"}
    assert set(rows(store, "products")) == {"fine"}
    with (store.quarantine_path / done.quarantine).open(newline="") as file:
        kept = list(csv.DictReader(file))
    reasons = {int(row["line"]): row["reason"] for row in kept}
    assert sorted(reasons) == [1, 2, 4, 5, 6, 8]
    assert "'ghost', and the change gives no title" in reasons[1] and reasons[1] == reasons[2]
    assert "events.ts must be given in every row" in reasons[4]
    assert "events.ts must be time" in reasons[5]
    assert "products.price must be at least 0" in reasons[6]
    assert kept[0]["body"] == '{"product_id":"ghost","price":"5"}'
    (account,) = store.manifest.accounts
    assert (account.rows_in, account.kept, account.quarantined) == (8, 2, 6)


def test_a_failure_before_the_commit_changes_nothing(store: Store, journal: Journal) -> None:
    journal.append([event("e1")])
    with pytest.raises(RuntimeError), store.transaction() as change:
        fold(change, journal, 0)
        raise RuntimeError
    store.refresh()
    assert store.manifest.journal == 0 and store.tables() == []
    assert folded(store, journal).position == 1
    assert set(rows(store, "events")) == {"e1"}


def test_a_journal_that_ends_below_the_tables_is_refused(store: Store, tmp_path: Path) -> None:
    with Journal.of(store) as journal:
        journal.append([event("e1"), event("e2")])
        folded(store, journal)
    with (
        Journal.open(tmp_path / "other.db") as other,
        store.transaction() as change,
        pytest.raises(JournalError, match="ends at position 0, but the tables"),
    ):
        fold(change, other, store.manifest.journal)
    # A lost journal begins anew above what the tables hold.
    for file in store.path.glob("journal.db*"):
        file.unlink()
    with Journal.of(store) as again:
        assert again.append([event("e3")]).positions == (3,)
        folded(store, again)
    assert set(rows(store, "events")) == {"e1", "e2", "e3"}


def test_a_fold_may_stop_early_and_its_batch_is_checked(store: Store, journal: Journal) -> None:
    journal.append([event(f"e{n}") for n in range(10)])
    assert folded(store, journal, upto=4, batch=3).position == 4
    assert len(rows(store, "events")) == 4
    assert folded(store, journal, upto=2).position == 4
    assert folded(store, journal, upto=99).position == 10
    assert len(rows(store, "events")) == 10
    with store.transaction() as change, pytest.raises(ParameterError, match="'batch'"):
        fold(change, journal, 0, batch=0)


def test_rows_are_deleted_by_key(store: Store) -> None:
    related = [
        {"source": s, "target": t, "kind": "bought_together", "score": 1.0}
        for s, t in (("a", "b"), ("a", "c"), ("b", "a"))
    ]
    store.write("related_pairs", related)
    with store.transaction() as change:
        change.delete("related_pairs", [{k: related[0][k] for k in ("source", "target", "kind")}])
        change.delete("products", [{"product_id": "none"}])
        change.delete("related_pairs", [])
        with pytest.raises(SchemaError, match="has no key"):
            change.delete("calendar", [{"name": "x"}])
    left = store.arrow("related_pairs").select(["source", "target"]).to_pylist()
    assert sorted(map(tuple, (row.values() for row in left))) == [("a", "c"), ("b", "a")]
