"""The journal in one SQLite file: WAL, `synchronous=FULL`, one transaction for many callers.

With these two settings SQLite syncs the write-ahead log before COMMIT returns
(https://sqlite.org/pragma.html#pragma_synchronous). Writers of all processes take turns on a lock
file: they wait in line instead of polling the database, and a checkpoint never runs beside
another process's write (https://sqlite.org/wal.html, "the WAL-reset bug", tells why that matters
before SQLite 3.51.3).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from chowk.errors import JournalError, StoreVersionError
from chowk.store.disk import sync

from .entries import CALL, Packed, Receipt, Stored, assigned, of_kind, without_customer
from .home import Home

T = TypeVar("T")

#: The version of the file's layout, in `PRAGMA user_version`.
LAYOUT = 1
#: How long a writer waits for its turn, seconds.
PATIENCE = 30.0
#: Rows that one transaction of a prune removes, so that appends get in between.
_PRUNED_AT_ONCE = 10_000
_IDLE_READERS = 4

_TABLES = """
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    key      TEXT NOT NULL,
    body     TEXT NOT NULL,
    at       INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS event_once ON entries (key) WHERE kind = 'event';
"""
#: The names that clients gave their calls. An older Chowk of this layout leaves the table alone.
_CALLS = """
CREATE TABLE IF NOT EXISTS calls (
    key    TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    at     INTEGER NOT NULL
) WITHOUT ROWID
"""


class SqliteHome(Home):
    """A journal in the file at `path`, made when it is not there."""

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path
        self.place = str(path)
        self._patience = patience
        self._readers: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        try:
            self._lock_file = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise JournalError(
                f"The journal {path} cannot be opened: {error.strerror}. "
                "Check that its folder is there and can be written."
            ) from None
        try:
            with self._turn():
                self._sync_log()
            self._write(self._prepare)
        except BaseException:
            self.close()
            raise

    # -- the promises -------------------------------------------------------------------------

    def append(self, calls: Sequence[Sequence[Packed]], at: int) -> list[Receipt]:
        def act(sql: sqlite3.Connection) -> list[Receipt]:
            known: dict[str, int] = {}
            if events := of_kind(calls, "event"):
                found = sql.execute(
                    "SELECT key, position FROM entries WHERE kind = 'event' "
                    "AND key IN (SELECT value FROM json_each(?))",
                    (msgspec.json.encode(events).decode(),),
                )
                known = dict(found)
            named: dict[str, str] = {}
            if names := of_kind(calls, CALL):
                found = sql.execute(
                    "SELECT key, digest FROM calls WHERE key IN (SELECT value FROM json_each(?))",
                    (msgspec.json.encode(names).decode(),),
                )
                named = dict(found)
            before = set(named)
            rows, receipts = assigned(calls, _head(sql), known, at, named)
            sql.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", rows)
            new = [(key, digest, at) for key, digest in named.items() if key not in before]
            sql.executemany("INSERT INTO calls VALUES (?, ?, ?)", new)
            return receipts

        return self._write(act)

    def read(self, after: int, limit: int) -> list[Stored]:
        with self._reader() as sql:
            found = sql.execute(
                "SELECT position, kind, key, body, at FROM entries "
                "WHERE position > ? ORDER BY position LIMIT ?",
                (after, limit),
            ).fetchall()
        return [Stored(*row) for row in found]

    def head(self) -> int:
        with self._reader() as sql:
            return _head(sql)

    def lift(self, start: int) -> None:
        def act(sql: sqlite3.Connection) -> None:
            if _head(sql) < start:
                sql.execute("DELETE FROM sqlite_sequence WHERE name = 'entries'")
                sql.execute("INSERT INTO sqlite_sequence VALUES ('entries', ?)", (start,))

        if self.head() < start:
            self._write(act)

    def prune(self, upto: int, before: int) -> int:
        def act(sql: sqlite3.Connection) -> int:
            return sql.execute(
                "DELETE FROM entries WHERE position IN (SELECT position FROM entries "
                "WHERE position <= ? AND at < ? ORDER BY position LIMIT ?)",
                (upto, before, _PRUNED_AT_ONCE),
            ).rowcount

        removed = 0
        while True:
            now = self._write(act)
            removed += now
            if now < _PRUNED_AT_ONCE:
                break

        def forget(sql: sqlite3.Connection) -> None:
            sql.execute("DELETE FROM calls WHERE at < ?", (before,))

        self._write(forget)
        return removed

    def erase_customer(self, customer_id: str) -> int:
        written = msgspec.json.encode(customer_id).decode()

        def act(sql: sqlite3.Connection) -> int:
            found = sql.execute(
                "SELECT position, body FROM entries WHERE kind = 'event' AND instr(body, ?) > 0",
                (written,),
            ).fetchall()
            blank = [
                (body, position)
                for position, old in found
                if (body := without_customer(old, customer_id)) is not None
            ]
            sql.executemany("UPDATE entries SET body = ? WHERE position = ?", blank)
            return len(blank)

        erased = self._write(act)
        if erased:
            # The old pages leave the log too, unless a reader holds them at this moment; then the
            # next checkpoint takes them.
            with self._alone() as sql:
                sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return erased

    def close(self) -> None:
        with self._writing:
            # The last connection to close runs a checkpoint: it, too, waits for its turn.
            with contextlib.suppress(JournalError), self._turn():
                self._drop_writer()
                with self._guard:
                    for sql in self._readers:
                        sql.close()
                    self._readers.clear()
            self._drop_writer()
            if self._lock_file >= 0:
                os.close(self._lock_file)
                self._lock_file = -1

    # -- connections --------------------------------------------------------------------------

    def _write(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """Run `act` in one durable transaction."""
        with self._alone() as sql:
            sql.execute("BEGIN IMMEDIATE")
            result = act(sql)
            sql.execute("COMMIT")
            return result

    @contextlib.contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """The connection that writes, in this thread's and this process's turn."""
        with self._writing, self._turn():
            try:
                if self._writer is None:
                    self._writer = self._connect()
                yield self._writer
            except BaseException as error:
                # After a failed write or sync the connection's state is not to be trusted.
                self._drop_writer()
                if isinstance(error, sqlite3.Error):
                    raise self._failed(error) from error
                raise

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if self._lock_file < 0:
            raise self._closed()
        deadline = time.monotonic() + self._patience
        pause = 0.0005
        while True:
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise JournalError(
                        f"The journal {self.place} was held by another process for "
                        f"{self._patience:g} seconds; nothing was written. Look for a process "
                        "that hangs while it holds the file, then send again."
                    ) from None
                time.sleep(pause)
                pause = min(0.01, pause * 1.5)
        try:
            yield
        finally:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        if self._lock_file < 0:
            raise self._closed()
        try:
            with self._guard:
                sql = self._readers.pop() if self._readers else None
            if sql is None:
                sql = self._connect()
            try:
                yield sql
            except BaseException:
                sql.close()
                raise
            with self._guard:
                if len(self._readers) < _IDLE_READERS and self._lock_file >= 0:
                    self._readers.append(sql)
                    return
            sql.close()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _connect(self) -> sqlite3.Connection:
        # It holds customers' events: its owner alone may read it, and the log beside it.
        self.path.touch(mode=0o600)
        sql = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=self._patience
        )
        try:
            sql.execute("PRAGMA synchronous = FULL")
            sql.execute("PRAGMA fullfsync = ON")  # macOS: through the drive's own cache
            sql.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        except BaseException:
            sql.close()
            raise
        return sql

    def _sync_log(self) -> None:
        """Sync a log that killed processes left, before SQLite recovers it.

        A process that dies between the write and the sync of a commit leaves rows that recovery
        makes visible; a repeated event among them would be acknowledged although a power cut
        could still take it.
        """
        log = Path(f"{self.path}-wal")
        if log.exists():
            sync(log)
            sync(log.parent)

    def _prepare(self, sql: sqlite3.Connection) -> None:
        version = int(sql.execute("PRAGMA user_version").fetchone()[0])
        if version > LAYOUT:
            raise StoreVersionError(
                f"The journal {self.place} has layout {version}; this Chowk reads up to {LAYOUT}. "
                "Install a newer Chowk."
            )
        if version < LAYOUT:
            sql.execute("COMMIT")  # the mode cannot change inside a transaction
            mode = sql.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if mode != "wal":
                raise JournalError(
                    f"The journal {self.place} cannot use a write-ahead log (mode {mode!r}). "
                    "Put it on a local disk, or set journal.url to a PostgreSQL server."
                )
            sql.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";\n"):
                sql.execute(statement)
            sql.execute(f"PRAGMA user_version = {LAYOUT}")
            sync(self.path.parent)  # the file's name is on disk too
        sql.execute(_CALLS)

    def _drop_writer(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(sqlite3.Error):
                self._writer.close()  # rolls back
            self._writer = None

    def _closed(self) -> JournalError:
        return JournalError(f"The journal {self.place} is closed. Open it again.")

    def _failed(self, error: sqlite3.Error) -> JournalError:
        return JournalError(
            f"The journal {self.place} could not be used: {error}. Nothing was acknowledged. "
            "Check the disk's space and rights, then send again."
        )


def _head(sql: sqlite3.Connection) -> int:
    found = sql.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    return int(found[0]) if found else 0
