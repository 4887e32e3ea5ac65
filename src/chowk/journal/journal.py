"""The journal's front door: many callers, one writer thread a process, one sync for all that wait.

A call puts its entries into a bounded queue. The writer takes what has gathered while the last
sync ran and commits it in one transaction, so under load the price of a sync is shared (group
commit: Gawlick and Kinkade, "Varieties of Concurrency Control in IMS/VS Fast Path", 1985). A lone
caller of `append` writes by itself.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from chowk.errors import (
    InputError,
    JournalConflictError,
    JournalError,
    JournalFullError,
    parameter,
)

from .entries import CALL, Entry, Once, Packed, Receipt, Row, packed, unpacked
from .home import Home

if TYPE_CHECKING:
    from chowk.store.store import Store

#: What may wait, and what one transaction takes: entries, and bytes of their bodies.
QUEUE_ENTRIES, QUEUE_BYTES = 50_000, 64 << 20
BATCH_ENTRIES, BATCH_BYTES = 5_000, 8 << 20
#: How often `wait` looks for rows of other processes, seconds.
LOOK = 0.02
#: How long `append` waits for room in the queue, seconds.
ROOM = 10.0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Call:
    entries: list[Packed]
    bytes: int
    done: Future[Receipt]


class Journal:
    """What changed since the last build: append-only, durable, the same for every worker.

    Open one a process (after a fork, open it again) and use it from any thread. It is a context
    manager; `close` writes what waits.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "journal.db"
    >>> view = {"event_id": "e1", "ts": "2026-11-08T18:30:00+05:30", "session_id": "s1",
    ...         "kind": "view_item", "product_id": "p1"}
    >>> with Journal.open(path) as journal:
    ...     receipt = journal.append([Entry.checked("event", view)])
    ...     again = journal.append([Entry.checked("event", view)])
    ...     rows = journal.read(0)
    >>> receipt.positions, receipt.accepted, again.positions, again.repeated
    ((1,), 1, (1,), 1)
    >>> rows[0].kind, rows[0].body["ts"]
    ('event', '2026-11-08T13:00:00+00:00')
    """

    def __init__(
        self,
        home: Home,
        *,
        queue_entries: int = QUEUE_ENTRIES,
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        self._home = home
        self._queue_entries = queue_entries
        self._queue_bytes = queue_bytes
        self._queue: deque[_Call] = deque()
        self._waiting_entries = 0
        self._waiting_bytes = 0
        self._change = threading.Condition()
        self._committed = threading.Condition()
        self._commits = 0
        self._writing = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    @classmethod
    def open(cls, place: str | os.PathLike[str], *, start: int = 0) -> Journal:
        """The journal at a path (SQLite) or a postgresql:// URL; made when it is not there.

        Positions go on above `start`: give it the position that a store's tables already hold, so
        that a journal which was lost and begins anew is not mistaken for the old one.

        Raises
        ------
        JournalError, StoreVersionError, MissingExtraError
        """
        text = os.fspath(place)
        home: Home
        if "://" in text:
            if text.split("://", 1)[0].split("+")[0] not in ("postgresql", "postgres"):
                raise JournalError(
                    f"A journal lies at a path or at postgresql://…, not at {text.split('://')[0]}"
                    "://. Correct the setting journal.url."
                )
            from .postgres import PostgresHome

            home = PostgresHome(text)
        else:
            from .sqlite import SqliteHome

            home = SqliteHome(Path(text))
        try:
            home.lift(start)
        except BaseException:
            home.close()
            raise
        return cls(home)

    @classmethod
    def of(cls, store: Store) -> Journal:
        """The journal of a store: the setting `journal.url`, else the store's own journal.db."""
        url = store.settings.text("journal.url")
        return cls.open(url or store.path / "journal.db", start=store.manifest.journal)

    # -- writing ------------------------------------------------------------------------------

    def append(
        self, entries: Iterable[Entry], *, wait: float = ROOM, once: Once | None = None
    ) -> Receipt:
        """Keep the entries, all or none; returns when they are on disk.

        An event whose id the journal holds is acknowledged again and kept once. With `once`, the
        call has a name, which is remembered until a prune takes what came at its time.

        Raises
        ------
        JournalConflictError : a call of this name came before with another digest.
        JournalError : nothing was acknowledged; send the same entries again.
        JournalFullError : for `wait` seconds there was no room in the queue.
        InputError : an entry of an unknown kind, without a key, or too large.
        """
        call = self._call(entries, once)
        if call.entries and self._enqueue(call, wait, lead=True):
            # Nobody is writing: a lone caller needs no other thread.
            self._commit([call])
        return call.done.result()

    def submit(
        self, entries: Iterable[Entry], *, wait: float = 0.0, once: Once | None = None
    ) -> Future[Receipt]:
        """Like `append`, but gives a Future, for `asyncio.wrap_future` and for overlap.

        It does not block, unless `wait` allows it to wait that many seconds for room.
        """
        call = self._call(entries, once)
        if call.entries:
            self._enqueue(call, wait)
        return call.done

    def _call(self, entries: Iterable[Entry], once: Once | None) -> _Call:
        """The entries ready to be written; a call without any is done already."""
        ready = packed(entries)
        if ready and once is not None:
            ready.insert(0, Packed(CALL, once.key, once.digest))
        call = _Call(ready, sum(len(entry.body) for entry in ready), Future())
        if not ready:
            call.done.set_result(Receipt())
        if len(ready) > self._queue_entries or call.bytes > self._queue_bytes:
            raise InputError(
                f"One call may hold at most {self._queue_entries:,} entries and "
                f"{self._queue_bytes:,} bytes. Got {len(ready):,} entries of {call.bytes:,} bytes. "
                "Send them in several calls."
            )
        return call

    def _enqueue(self, call: _Call, wait: float, *, lead: bool = False) -> bool:
        """Leave the call to the writer; True when, with `lead`, the caller is to write it."""
        deadline = time.monotonic() + wait
        count = len(call.entries)
        with self._change:
            self._alive()
            if lead and not self._writing and not self._queue:
                self._writing = True
                return True
            while (
                self._waiting_entries + count > self._queue_entries
                or self._waiting_bytes + call.bytes > self._queue_bytes
            ):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise JournalFullError(
                        f"{self._waiting_entries:,} entries wait to be written to the journal "
                        f"{self._home.place}; there is no room for {count:,} more. Nothing "
                        "was acknowledged. Send them again in a moment."
                    )
                self._change.wait(left)
                self._alive()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="chowk-journal", daemon=True)
                self._thread.start()
            self._queue.append(call)
            self._waiting_entries += count
            self._waiting_bytes += call.bytes
            self._change.notify_all()
        return False

    # -- reading ------------------------------------------------------------------------------

    def read(self, after: int, limit: int = 1000) -> list[Row]:
        """Up to `limit` rows with positions above `after`, oldest first.

        Positions may have gaps, but a gap never fills: whoever has read up to n has read all of
        n and below that was not pruned.
        """
        if not isinstance(limit, int) or limit < 1:
            raise parameter("read", "limit", "an int of at least 1", limit)
        self._same_process()
        return [unpacked(row) for row in self._home.read(after, limit)]

    def head(self) -> int:
        """The highest position that was ever given; 0 before the first."""
        self._same_process()
        return self._home.head()

    def wait(self, after: int, timeout: float) -> bool:
        """True as soon as there is a position above `after`; False after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while True:
            commits = self._commits
            if self.head() > after:
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._committed:
                if commits == self._commits:
                    self._committed.wait(min(LOOK, left))

    # -- keeping house ------------------------------------------------------------------------

    def prune(self, upto: int, older_than: timedelta, *, now: datetime | None = None) -> int:
        """Remove rows up to position `upto` that are older; returns how many.

        `upto` must be folded, and no build that is still served may need what lies below it: give
        the smaller one of the manifest's and the served build's position.
        """
        self._same_process()
        horizon = (now or datetime.now(UTC)) - older_than
        return self._home.prune(upto, _microseconds(horizon))

    def erase_customer(self, customer_id: str) -> int:
        """Blank who it was and what was typed in this customer's waiting events; returns how many.

        The events stay as a guest's, so counts hold. Hold the store's write lock meanwhile, so
        that no fold carries the old rows into the tables.
        """
        self._same_process()
        return self._home.erase_customer(customer_id)

    def close(self) -> None:
        """Write what waits, end the writer, free the connections."""
        with self._change:
            self._closing = True
            self._change.notify_all()
        if self._process != os.getpid():
            return  # the connections belong to the parent
        if self._thread is not None:
            self._thread.join()
        with self._change:
            while self._writing:
                self._change.wait()
        self._home.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Journal {self._home.place}>"

    # -- the writer ---------------------------------------------------------------------------

    def _same_process(self) -> None:
        if self._process != os.getpid():
            raise JournalError(
                f"The journal {self._home.place} was opened before this process was forked. "
                "Open it in each process."
            )

    def _alive(self) -> None:
        self._same_process()
        if self._closing:
            raise JournalError(f"The journal {self._home.place} is closed. Open it again.")

    def _run(self) -> None:
        while True:
            with self._change:
                while self._writing or not self._queue:
                    if self._closing and not self._queue:
                        return
                    self._change.wait()
                self._writing = True
                calls = self._taken()
                self._change.notify_all()
            self._commit(calls)

    def _commit(self, calls: list[_Call]) -> None:
        """Write the calls and answer them; whoever set `_writing` does this, one at a time."""
        try:
            # A call whose Future was cancelled before this moment is not written.
            calls = [call for call in calls if call.done.set_running_or_notify_cancel()]
            at = _microseconds(datetime.now(UTC))
            receipts = self._home.append([c.entries for c in calls], at) if calls else []
        except BaseException as error:
            for call in calls:
                call.done.set_exception(self._refused(error))
            if not isinstance(error, Exception):
                raise  # Ctrl-C while the caller itself was writing
            return
        finally:
            with self._change:
                self._writing = False
                self._change.notify_all()
        with self._committed:
            self._commits += 1
            self._committed.notify_all()
        for call, receipt in zip(calls, receipts, strict=True):
            if receipt.refused:
                call.done.set_exception(_another())
            else:
                call.done.set_result(receipt)

    def _refused(self, error: BaseException) -> JournalError:
        """An error of its own for each call, because each is raised in another thread."""
        if isinstance(error, JournalError):
            mine = JournalError(*error.args)
        else:
            mine = JournalError(
                f"The journal {self._home.place} could not be written "
                f"({type(error).__name__}: {error}). Nothing was acknowledged; send again."
            )
        mine.__cause__ = error
        return mine

    def _taken(self) -> list[_Call]:
        """The calls at the queue's front that fit into one transaction; at least one."""
        calls: list[_Call] = []
        entries = size = 0
        while self._queue:
            call = self._queue[0]
            entries += len(call.entries)
            size += call.bytes
            if calls and (entries > BATCH_ENTRIES or size > BATCH_BYTES):
                break
            calls.append(self._queue.popleft())
            self._waiting_entries -= len(call.entries)
            self._waiting_bytes -= call.bytes
        return calls


def _another() -> JournalConflictError:
    return JournalConflictError(
        "A call of this name came before with another body. Nothing of this one was kept. Send a "
        "new name for a new call, and the same body for a retry."
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
