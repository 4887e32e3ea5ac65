"""The front door: the bounded queue, group commit, cancelled calls, forks, failures, places."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

import pytest

from chowk.errors import InputError, JournalError, JournalFullError, StoreVersionError
from chowk.journal import Entry, Journal, Receipt
from chowk.journal.entries import Packed
from chowk.journal.sqlite import SqliteHome
from chowk.store.store import Store


class SlowHome(SqliteHome):
    """SQLite whose commits wait until the test lets them go; it keeps what each one held."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate = threading.Event()
        self.begun = threading.Event()
        self.batches: list[list[int]] = []

    def append(self, calls: Sequence[Sequence[Packed]], at: int) -> list[Receipt]:
        self.batches.append([len(call) for call in calls])
        self.begun.set()
        assert self.gate.wait(60)
        return super().append(calls, at)


def products(count: int, size: int = 1) -> list[Entry]:
    return [Entry("product", str(n), {"title": "x" * size}) for n in range(count)]


def blocked(journal: Journal, home: SlowHome) -> Future[Receipt]:
    """A first call that is being committed, so that what follows waits."""
    future = journal.submit(products(1))
    assert home.begun.wait(60)
    return future


def test_what_waits_shares_one_transaction(tmp_path: Path) -> None:
    home = SlowHome(tmp_path / "j.db")
    with Journal(home) as journal:
        first = blocked(journal, home)
        rest = [journal.submit(products(n)) for n in (1, 2, 3)]
        assert not first.done()
        home.gate.set()
        assert [future.result().positions for future in rest] == [(2,), (3, 4), (5, 6, 7)]
        assert home.batches == [[1], [1, 2, 3]]


def test_a_transaction_is_bounded(tmp_path: Path) -> None:
    home = SlowHome(tmp_path / "j.db")
    with Journal(home) as journal:
        blocked(journal, home)
        futures = [journal.submit(products(3_000)) for _ in range(3)]
        futures += [journal.submit(products(9, 1_000_000)) for _ in range(2)]
        home.gate.set()
        for future in futures:
            future.result()
        assert home.batches == [[1], [3_000], [3_000], [3_000], [9], [9]]


def test_the_queue_is_bounded_and_says_so(tmp_path: Path) -> None:
    home = SlowHome(tmp_path / "j.db")
    with Journal(home, queue_entries=10, queue_bytes=10_000) as journal:
        blocked(journal, home)
        waiting = journal.submit(products(8))
        with pytest.raises(JournalFullError, match=r"8 entries wait .* no room for 3 more"):
            journal.submit(products(3))
        with pytest.raises(JournalFullError, match="Send them again in a moment"):
            journal.append(products(3), wait=0.05)
        with pytest.raises(JournalFullError):
            journal.submit(products(1, 10_000 - 13))
        for too_many in (products(11), products(1, 10_001)):
            with pytest.raises(InputError, match="Send them in several calls"):
                journal.submit(too_many)
        with ThreadPoolExecutor(1) as pool:
            patient = pool.submit(journal.append, products(3), wait=60)
            home.gate.set()
            assert patient.result().accepted == 3
        assert waiting.result().accepted == 8
        assert journal.head() == 1 + 8 + 3


def test_a_cancelled_call_is_not_written(tmp_path: Path) -> None:
    home = SlowHome(tmp_path / "j.db")
    with Journal(home) as journal:
        blocked(journal, home)
        gone, kept = journal.submit(products(5)), journal.submit(products(1))
        assert gone.cancel()
        home.gate.set()
        assert kept.result().positions == (2,)


def test_close_waits_for_a_caller_that_writes_by_itself(tmp_path: Path) -> None:
    home = SlowHome(tmp_path / "j.db")
    journal = Journal(home)
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(journal.append, products(1))
        assert home.begun.wait(60)
        closing = pool.submit(journal.close)
        with pytest.raises(TimeoutError):
            closing.result(timeout=0.05)
        home.gate.set()
        assert writing.result().positions == (1,)
        closing.result()


def test_it_can_be_awaited(tmp_path: Path) -> None:
    async def many(journal: Journal) -> list[Receipt]:
        calls = [journal.submit(products(2)) for _ in range(20)]
        return await asyncio.gather(*map(asyncio.wrap_future, calls))

    with Journal.open(tmp_path / "j.db") as journal:
        receipts = asyncio.run(many(journal))
        assert sorted(p for r in receipts for p in r.positions) == list(range(1, 41))


def test_a_failure_reaches_every_caller_and_the_next_call_works(tmp_path: Path) -> None:
    home = SlowHome(tmp_path / "j.db")
    with Journal(home) as journal:
        first = blocked(journal, home)
        home.gate.set()
        first.result()
        for error, words in (
            (sqlite3.OperationalError("database or disk is full"), "disk is full.*send again"),
            (KeyError("odd"), "KeyError.*send again"),
        ):
            home.gate.clear()
            home.begun.clear()
            with patch("chowk.journal.sqlite.assigned", side_effect=error):
                held = blocked(journal, home)
                rest = [journal.submit(products(1)) for _ in range(2)]
                home.gate.set()
                raised = [future.exception() for future in (held, *rest)]
            assert len({id(e) for e in raised}) == 3
            for one in raised:
                assert isinstance(one, JournalError)
                with pytest.raises(JournalError, match=words):
                    raise one
            assert journal.head() == 1
        assert journal.append(products(1)).positions == (2,)


def test_a_fork_must_open_its_own(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "j.db") as journal:
        journal.append(products(1))
        with patch("os.getpid", return_value=os.getpid() + 1):
            for act in (
                lambda: journal.append(products(1)),
                lambda: journal.read(0),
                journal.head,
                lambda: journal.erase_customer("c"),
            ):
                with pytest.raises(JournalError, match="Open it in each process"):
                    act()
        assert journal.append(products(1)).positions == (2,)


def test_places_that_cannot_hold_a_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"not at mysql://.*journal\.url"):
        Journal.open("mysql://host/shop")
    with pytest.raises(JournalError, match="Check that its folder is there"):
        Journal.open(tmp_path / "none" / "j.db")
    (tmp_path / "text.db").write_text("this is no database, but it is long enough " * 50)
    with pytest.raises(JournalError, match="not a database"):
        Journal.open(tmp_path / "text.db")
    with sqlite3.connect(tmp_path / "new.db") as sql:
        sql.execute("PRAGMA user_version = 9")
    sql.close()
    with pytest.raises(StoreVersionError, match=r"layout 9.*Install a newer Chowk"):
        Journal.open(tmp_path / "new.db")


def test_a_process_that_hangs_with_the_file_is_named_after_a_while(tmp_path: Path) -> None:
    holder, waiter = SqliteHome(tmp_path / "j.db"), SqliteHome(tmp_path / "j.db", patience=0.05)
    with (
        Journal(holder),
        Journal(waiter) as journal,
        holder._turn(),
        pytest.raises(JournalError, match=r"held by another process for 0\.05 seconds"),
    ):
        journal.append(products(1))


def test_an_erased_customer_is_gone_from_the_files(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "j.db") as journal:
        secret = {"customer_id": "anna-of-ahmedabad", "query": "ring for my secret love"}
        journal.append([Entry("event", "e", {"event_id": "e", **secret})])
        assert journal.erase_customer("anna-of-ahmedabad") == 1
        journal.append(products(1))
        for file in tmp_path.glob("j.db*"):
            for text in secret.values():
                assert text.encode() not in file.read_bytes(), file


def test_the_stores_own_journal_and_the_one_by_url(tmp_path: Path) -> None:
    elsewhere = str(tmp_path / "elsewhere.db")
    with Store.create(tmp_path / "shop") as store, Journal.of(store) as journal:
        assert repr(journal) == f"<Journal {tmp_path / 'shop' / 'journal.db'}>"
        other = Store(store.path, flags={"journal.url": elsewhere})
        with Journal.of(other) as moved:
            assert repr(moved) == f"<Journal {elsewhere}>"
