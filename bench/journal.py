"""How many events a second the journal acknowledges, each call with one event and one sync.

Callers append one event at a time and wait for the acknowledgement, as a shop's requests do. The
peer is what one writes without a journal: SQLite with the same settings (WAL, synchronous FULL)
and one commit an event, in the same run on the same disk. `fdatasync` alone is the disk's ceiling
for anything that syncs each event by itself.

    python bench/journal.py [--seconds 3] [--folder PATH] [--postgres URL] [--json FILE]
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from _report import Row, arguments, emit
from chowk.journal import Entry, Journal

THREADS = (1, 32)
ROUNDS = 5
Append = Callable[[int, int], object]


def body(thread: int, number: int) -> dict[str, object]:
    """An event as a shop sends it."""
    return {
        "event_id": f"{thread}-{number}",
        "ts": "2026-05-01T10:00:00+00:00",
        "session_id": f"session-{thread}",
        "kind": "view_item",
        "customer_id": f"customer-{thread}",
        "product_id": f"product-{number % 1000}",
        "position": 1 + number % 24,
        "price": "149.9",
        "currency": "INR",
        "region": "IN/Gujarat",
        "device": "phone",
    }


def event(thread: int, number: int) -> Entry:
    """The same as a checked entry, which is what the server does with it."""
    return Entry.checked("event", body(thread, number))


@contextmanager
def journal(place: str | Path) -> Iterator[Append]:
    """Our journal: threads share it, its writer commits what waits."""
    with Journal.open(place) as opened:
        yield lambda thread, number: opened.append([event(thread, number)])


@contextmanager
def naive(place: Path) -> Iterator[Append]:
    """One commit an event: one connection, its users take turns."""
    sql = sqlite3.connect(place, isolation_level=None, check_same_thread=False)
    sql.execute("PRAGMA journal_mode = WAL")
    sql.execute("PRAGMA synchronous = FULL")
    sql.execute(
        "CREATE TABLE entries (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, key TEXT, "
        "body TEXT, at INTEGER)"
    )
    sql.execute("CREATE UNIQUE INDEX once ON entries (key) WHERE kind = 'event'")
    insert = "INSERT INTO entries (kind, key, body, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    turn = threading.Lock()

    def append(thread: int, number: int) -> None:
        made = event(thread, number)
        text = msgspec.json.encode(made.body).decode()
        with turn:
            sql.execute(insert, (made.kind, made.key, text, time.time_ns() // 1000))

    try:
        yield append
    finally:
        sql.close()


def sync_rate(folder: Path, seconds: float) -> float:
    """How many times a second the disk syncs 4 KiB."""
    handle = os.open(folder / "sync", os.O_RDWR | os.O_CREAT)
    sync = getattr(os, "fdatasync", os.fsync)
    done, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < seconds:
        os.pwrite(handle, b"x" * 4096, 4096 * done)
        sync(handle)
        done += 1
    os.close(handle)
    return done / took


class Case:
    """One way to append with a number of callers; it gathers the time of every call."""

    def __init__(self, append: Append, threads: int) -> None:
        self.append = append
        self.threads = threads
        self.times: list[float] = []
        self.elapsed = 0.0

    def measure(self, seconds: float) -> None:
        """Let the callers append for a while."""
        start = threading.Barrier(self.threads + 1)
        stop = threading.Event()

        def caller(thread: int, number: int) -> list[float]:
            took = []
            start.wait()
            while not stop.is_set():
                began = time.perf_counter()
                self.append(thread, number)
                took.append(time.perf_counter() - began)
                number += 1
            return took

        with ThreadPoolExecutor(self.threads) as pool:
            first = time.time_ns()
            callers = [pool.submit(caller, thread, first) for thread in range(self.threads)]
            start.wait()
            began = time.perf_counter()
            time.sleep(seconds)
            stop.set()
            for done in callers:
                self.times += done.result()
            self.elapsed += time.perf_counter() - began

    @property
    def rate(self) -> float:
        """Acknowledged appends a second."""
        return len(self.times) / self.elapsed

    @property
    def p99(self) -> float:
        """The 99th percentile of one append, in milliseconds."""
        return 1000 * sorted(self.times)[int(0.99 * (len(self.times) - 1))]


def main() -> None:
    """Run every case and print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--folder", type=Path, help="where the files lie; a temporary folder")
    parser.add_argument("--postgres", help="also measure the journal at this postgresql:// URL")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        folder = Path(made)
        peer = "SQLite, one commit an event"
        for threads in THREADS:
            case = f"SQLite, {threads} caller{'s' * (threads > 1)}"
            with (
                naive(folder / f"naive{threads}.db") as theirs,
                journal(folder / f"journal{threads}.db") as ours,
            ):
                peers, own, syncs = Case(theirs, threads), Case(ours, threads), 0.0
                for _ in range(ROUNDS):  # in turns, because the disk's speed changes
                    for measured in (peers, own):
                        measured.measure(given.seconds / ROUNDS)
                    syncs += sync_rate(folder, given.seconds / ROUNDS) / ROUNDS
            rows.append(Row(case, "appends/s", "higher", own.rate, peer, peers.rate))
            rows.append(Row(case, "p99 ms", "lower", own.p99, peer, peers.p99))
            rows.append(Row(case, "appends/s", "higher", own.rate, "fdatasync of 4 KiB", syncs))
        for threads in THREADS if given.postgres else ():
            case = f"PostgreSQL, {threads} caller{'s' * (threads > 1)}"
            with journal(given.postgres) as ours:
                own = Case(ours, threads)
                own.measure(given.seconds)
            rows.append(Row(case, "appends/s", "higher", own.rate))
            rows.append(Row(case, "p99 ms", "lower", own.p99))
    emit("journal", rows, given.json)


if __name__ == "__main__":
    main()
