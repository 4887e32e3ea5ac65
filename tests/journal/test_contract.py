"""What every home of the journal keeps, SQLite and PostgreSQL alike."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chowk.errors import InputError, JournalConflictError, JournalError, ParameterError
from chowk.journal import Entry, Journal, Once, Receipt


def event(name: str, **fields: object) -> Entry:
    return Entry("event", name, {"event_id": name, "kind": "view_item", **fields})


def product(name: str, **fields: object) -> Entry:
    return Entry("product", name, {"product_id": name, **fields})


def keys(journal: Journal, after: int = 0) -> list[str]:
    return [row.key for row in journal.read(after, 100_000)]


def test_what_is_appended_is_read_in_order_by_everyone(place: str) -> None:
    entries = [event("e1", query="diya ✨"), product("p1", price=None), event("e2")]
    before = datetime.now(UTC)
    with Journal.open(place) as one, Journal.open(place) as other:
        assert one.append(entries) == Receipt((1, 2, 3), accepted=3, repeated=0)
        rows = other.read(0)
        assert [(r.position, r.kind, r.key, r.body) for r in rows] == [
            (n, e.kind, e.key, e.body) for n, e in enumerate(entries, 1)
        ]
        assert all(before <= row.at <= datetime.now(UTC) for row in rows)
        assert other.read(1, limit=1) == rows[1:2]
        assert other.read(3) == []
        assert one.head() == other.head() == 3
    with Journal.open(place) as later:
        assert later.read(0) == rows


def test_an_event_is_kept_once_and_acknowledged_again(place: str) -> None:
    with Journal.open(place) as one, Journal.open(place) as other:
        one.append([event("e1"), event("e2")])
        again = other.append([event("e2"), event("e3"), event("e3"), event("e1")])
        assert again == Receipt((2, 3, 3, 1), accepted=1, repeated=3)
        assert keys(one) == ["e1", "e2", "e3"]
        assert one.append([event("e3")]) == Receipt((3,), accepted=0, repeated=1)
        assert one.head() == 3


def test_a_named_call_is_for_one_digest(place: str) -> None:
    with Journal.open(place) as one, Journal.open(place) as other:
        first = one.append([event("e1"), product("p1")], once=Once("call", "aa"))
        assert first == Receipt((1, 2), accepted=2, repeated=0)
        calls = [
            other.submit([event("e2")], once=Once("call", "bb")),
            other.submit([event("e3")], once=Once("new", "cc")),
            other.submit([event("e4")], once=Once("new", "dd")),  # perhaps in the same commit
            other.submit([event("e1")], once=Once("call", "aa")),
        ]
        assert isinstance(calls[0].exception(), JournalConflictError)
        assert calls[1].result() == Receipt((3,), accepted=1, repeated=0)
        assert isinstance(calls[2].exception(), JournalConflictError)
        assert calls[3].result() == Receipt((1,), accepted=0, repeated=1)
        assert keys(one) == ["e1", "p1", "e3"] and one.head() == 3
        # A prune forgets names with the rows of their time.
        one.prune(3, timedelta(0), now=datetime.now(UTC) + timedelta(seconds=1))
        assert one.append([event("e2")], once=Once("call", "bb")).positions == (4,)


def test_other_changes_of_the_same_key_are_all_kept(place: str) -> None:
    with Journal.open(place) as journal:
        journal.append([product("x"), Entry("product_delete", "x", {"product_id": "x"})])
        journal.append([product("x"), event("x")])
        assert [row.kind for row in journal.read(0)] == [
            "product",
            "product_delete",
            "product",
            "event",
        ]


def test_a_call_is_kept_whole_or_not_at_all(place: str) -> None:
    bad = [
        Entry("sale", "e2", {}),
        Entry("event", "", {}),
        Entry("event", "a\0b", {}),
        Entry("event", "x" * 513, {}),
        Entry("event", "\ud800", {}),
        Entry("event", "e2", {"query": "\ud800"}),
        Entry("event", "e2", {"query": object()}),
        Entry("event", "e2", {"query": "x" * 1_100_000}),
    ]
    with Journal.open(place) as journal:
        for entry in bad:
            with pytest.raises(InputError, match=r"entries\[1\]"):
                journal.append([event("e1"), entry])
        assert journal.head() == 0
        assert journal.append([]) == Receipt()
        with pytest.raises(ParameterError, match="'limit' parameter of read"):
            journal.read(0, limit=0)


def test_positions_go_on_after_a_prune_and_a_pruned_event_may_come_again(place: str) -> None:
    with Journal.open(place) as journal:
        journal.append([event(f"e{n}") for n in range(5)])
        assert journal.prune(3, timedelta(hours=1)) == 0
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        assert journal.prune(3, timedelta(hours=1), now=tomorrow) == 3
        assert keys(journal) == ["e3", "e4"]
        assert journal.prune(99, timedelta(0), now=tomorrow) == 2
        assert journal.head() == 5
    with Journal.open(place) as journal:
        assert journal.head() == 5
        assert journal.append([event("e0")]) == Receipt((6,), accepted=1)


def test_a_prune_takes_many_rows(place: str) -> None:
    with Journal.open(place) as journal:
        for start in range(0, 25_000, 5_000):
            journal.append([product(str(n)) for n in range(start, start + 5_000)])
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        assert journal.prune(24_999, timedelta(0), now=tomorrow) == 24_999
        assert keys(journal) == ["24999"]


def test_a_new_journal_starts_above_what_the_tables_hold(place: str) -> None:
    with Journal.open(place, start=41) as journal:
        assert journal.head() == 41
        assert journal.append([event("e1")]).positions == (42,)
    with Journal.open(place, start=10) as journal:
        assert journal.head() == 42
    with Journal.open(place, start=50) as journal:
        assert journal.append([event("e2")]).positions == (51,)
        assert keys(journal) == ["e1", "e2"]


def test_a_customer_is_erased_from_waiting_events_only(place: str) -> None:
    with Journal.open(place) as journal:
        journal.append(
            [
                event("e1", customer_id="anna", query="anna's gift", product_id="p1"),
                event("e2", customer_id="annabel", query="lamp"),
                event("e3", customer_id="ben", query="anna"),
                event("e4", customer_id='a"n\\na', query="x"),
            ]
        )
        assert journal.erase_customer("anna") == 1
        assert journal.erase_customer('a"n\\na') == 1
        assert journal.erase_customer("anna") == 0
        assert [row.body for row in journal.read(0)] == [
            {"event_id": "e1", "kind": "view_item", "product_id": "p1"},
            {"event_id": "e2", "kind": "view_item", "customer_id": "annabel", "query": "lamp"},
            {"event_id": "e3", "kind": "view_item", "customer_id": "ben", "query": "anna"},
            {"event_id": "e4", "kind": "view_item"},
        ]


def test_waiting_ends_with_another_writers_commit(place: str) -> None:
    with Journal.open(place) as reader, Journal.open(place) as writer:
        assert reader.wait(0, timeout=0.0) is False
        assert reader.wait(0, timeout=0.06) is False
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(reader.wait, 0, 30.0)
            writer.append([event("e1")])
            assert waiting.result() is True
        assert reader.wait(0, timeout=0.0) is True
        assert reader.wait(1, timeout=0.0) is False


def test_no_gap_ever_fills_while_many_write(place: str) -> None:
    """Readers that go on from the last position they saw must see every row, in order."""
    writers, calls = 4, 25
    done = threading.Event()

    def write(writer: int) -> list[int]:
        positions: list[int] = []
        with Journal.open(place) as journal:
            for call in range(calls):
                names = [f"{writer}-{call}-{n}" for n in range(1 + call % 3)]
                shared = event(f"shared-{call}")  # every writer sends it; one keeps it
                receipt = journal.append([event(name) for name in names] + [shared])
                positions += receipt.positions[:-1]
        return positions

    def follow() -> list[tuple[int, str]]:
        seen: list[tuple[int, str]] = []
        with Journal.open(place) as journal:
            while True:
                last = done.is_set()
                rows = journal.read(seen[-1][0] if seen else 0, limit=7)
                seen += [(row.position, row.key) for row in rows]
                if last and not rows:
                    return seen

    with ThreadPoolExecutor(writers + 2) as pool:
        followers = [pool.submit(follow) for _ in range(2)]
        writing = [pool.submit(write, writer) for writer in range(writers)]
        try:
            positions = [p for future in writing for p in future.result()]
        finally:
            done.set()
        with Journal.open(place) as journal:
            kept = [(row.position, row.key) for row in journal.read(0, 100_000)]
        for follower in followers:
            assert follower.result() == kept
    own = writers * sum(1 + call % 3 for call in range(calls))
    assert len(kept) == len({key for _, key in kept}) == own + calls
    assert len(positions) == len(set(positions)) == own
    assert [position for position, _ in kept] == sorted(position for position, _ in kept)


def test_many_threads_share_one_journal(place: str) -> None:
    with Journal.open(place) as journal, ThreadPoolExecutor(16) as pool:
        names = [f"e{n}" for n in range(200)]
        receipts = list(pool.map(lambda name: journal.append([event(name)]), names))
        by_position = {row.position: row.key for row in journal.read(0)}
        assert [by_position[receipt.positions[0]] for receipt in receipts] == names
        assert sorted(by_position) == list(range(1, 201))


def test_close_writes_what_waits_and_then_refuses(place: str) -> None:
    journal = Journal.open(place)
    futures = [journal.submit([event(f"e{n}")]) for n in range(50)]
    journal.close()
    assert sorted(future.result().positions[0] for future in futures) == list(range(1, 51))
    journal.close()
    for act in (lambda: journal.append([event("late")]), journal.head, lambda: journal.read(0)):
        with pytest.raises(JournalError, match=r"is closed\. Open it again"):
            act()
    with Journal.open(place) as again:
        assert again.head() == 50
