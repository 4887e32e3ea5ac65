"""The journal in PostgreSQL, for several serving hosts; one database (or schema) a store.

A sequence would hand out numbers before the commit, and a reader could see 8 before 7 is there.
So positions come from one head row that each writer holds locked until its commit: whoever comes
next waits, then counts on from there. `synchronous_commit` is switched on for the connection, so
COMMIT returns when the write-ahead log is on disk.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

from chowk.errors import JournalError, MissingExtraError, StoreVersionError

from .entries import CALL, Packed, Receipt, Stored, assigned, of_kind, without_customer
from .home import Home

try:
    import psycopg
except ImportError as error:
    raise MissingExtraError("The PostgreSQL journal", "postgres") from error

if TYPE_CHECKING:
    Sql = psycopg.Connection[tuple[Any, ...]]

T = TypeVar("T")

#: The version of the tables, in the head row.
LAYOUT = 1
#: How long a writer waits for its turn, and a connection for the server, seconds.
PATIENCE = 30.0
#: The advisory lock under which the tables are made.
_MAKING = 0x63686F776B
_PRUNED_AT_ONCE = 10_000
_IDLE_READERS = 4

_TABLES = """
CREATE TABLE IF NOT EXISTS chowk_journal (
    position bigint PRIMARY KEY,
    kind     text NOT NULL,
    key      text NOT NULL,
    body     text NOT NULL,
    at       bigint NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS chowk_journal_event_once
    ON chowk_journal (key) WHERE kind = 'event';
CREATE TABLE IF NOT EXISTS chowk_journal_head (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL,
    layout   integer NOT NULL
);
CREATE TABLE IF NOT EXISTS chowk_journal_calls (
    key    text PRIMARY KEY,
    digest text NOT NULL,
    at     bigint NOT NULL
);
"""


class PostgresHome(Home):
    """A journal in the database at `url` (postgresql://…), its tables made when not there."""

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        # SQLAlchemy writes the driver into the scheme; libpq does not know it.
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self.place = without_password(self._url)
        self._patience = patience
        self._readers: list[Sql] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._writer: Sql | None = None
        self._closed = False
        try:
            self._write(self._prepare)
        except BaseException:
            self.close()
            raise

    # -- the promises -------------------------------------------------------------------------

    def append(self, calls: Sequence[Sequence[Packed]], at: int) -> list[Receipt]:
        def act(sql: Sql) -> list[Receipt]:
            head = _locked_head(sql)
            known: dict[str, int] = {}
            if events := of_kind(calls, "event"):
                # A statement after the lock sees what the lock's last holder committed.
                found = sql.execute(
                    "SELECT key, position FROM chowk_journal "
                    "WHERE kind = 'event' AND key = ANY(%s)",
                    (events,),
                )
                known = dict(found.fetchall())
            named: dict[str, str] = {}
            if names := of_kind(calls, CALL):
                told = sql.execute(
                    "SELECT key, digest FROM chowk_journal_calls WHERE key = ANY(%s)", (names,)
                )
                named = dict(told.fetchall())
            before = set(named)
            rows, receipts = assigned(calls, head, known, at, named)
            new = [(key, digest, at) for key, digest in named.items() if key not in before]
            if new:
                sql.cursor().executemany("INSERT INTO chowk_journal_calls VALUES (%s, %s, %s)", new)
            if rows:
                sql.execute(
                    "INSERT INTO chowk_journal SELECT * FROM "
                    "unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[])",
                    [list(column) for column in zip(*rows, strict=True)],
                )
                sql.execute("UPDATE chowk_journal_head SET position = %s", (rows[-1].position,))
            return receipts

        return self._write(act)

    def read(self, after: int, limit: int) -> list[Stored]:
        with self._reader() as sql:
            found = sql.execute(
                "SELECT position, kind, key, body, at FROM chowk_journal "
                "WHERE position > %s ORDER BY position LIMIT %s",
                (after, limit),
            ).fetchall()
        return [Stored(*row) for row in found]

    def head(self) -> int:
        with self._reader() as sql:
            return _head(sql, "")

    def lift(self, start: int) -> None:
        def act(sql: Sql) -> None:
            sql.execute(
                "UPDATE chowk_journal_head SET position = %s WHERE position < %s", (start, start)
            )

        if self.head() < start:
            self._write(act)

    def prune(self, upto: int, before: int) -> int:
        def act(sql: Sql) -> int:
            _locked_head(sql)  # all writers take this lock first, so none can deadlock
            return sql.execute(
                "DELETE FROM chowk_journal WHERE position IN (SELECT position FROM chowk_journal "
                "WHERE position <= %s AND at < %s ORDER BY position LIMIT %s)",
                (upto, before, _PRUNED_AT_ONCE),
            ).rowcount

        removed = 0
        while True:
            now = self._write(act)
            removed += now
            if now < _PRUNED_AT_ONCE:
                break

        def forget(sql: Sql) -> None:
            sql.execute("DELETE FROM chowk_journal_calls WHERE at < %s", (before,))

        self._write(forget)
        return removed

    def erase_customer(self, customer_id: str) -> int:
        written = msgspec.json.encode(customer_id).decode()

        def act(sql: Sql) -> int:
            _locked_head(sql)  # so that no event of this customer arrives meanwhile
            found = sql.execute(
                "SELECT position, body FROM chowk_journal "
                "WHERE kind = 'event' AND strpos(body, %s) > 0",
                (written,),
            ).fetchall()
            blank = [
                (body, position)
                for position, old in found
                if (body := without_customer(old, customer_id)) is not None
            ]
            if blank:
                sql.cursor().executemany(
                    "UPDATE chowk_journal SET body = %s WHERE position = %s", blank
                )
            return len(blank)

        return self._write(act)

    def close(self) -> None:
        with self._writing, self._guard:
            self._closed = True
            for sql in self._readers:
                sql.close()
            self._readers.clear()
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    # -- connections --------------------------------------------------------------------------

    def _write(self, act: Callable[[Sql], T]) -> T:
        """Run `act` in one durable transaction.

        A connection that broke while it was idle is opened again. One that breaks during the
        commit is not: whether the rows are there is unknown, so the caller is told to send again.
        """
        with self._writing:
            try:
                if self._writer is not None and not _alive(self._writer):
                    self._writer.close()
                    self._writer = None
                if self._writer is None:
                    self._writer = self._connect()
                with self._writer.transaction():
                    return act(self._writer)
            except BaseException as error:
                if self._writer is not None:
                    self._writer.close()
                    self._writer = None
                if isinstance(error, psycopg.Error):
                    raise self._failed(error) from error
                raise

    @contextlib.contextmanager
    def _reader(self) -> Iterator[Sql]:
        try:
            with self._guard:
                sql = self._readers.pop() if self._readers else None
            if sql is not None and not _alive(sql):
                sql.close()
                sql = None
            if sql is None:
                sql = self._connect()
            try:
                yield sql
            except BaseException:
                sql.close()
                raise
            with self._guard:
                if len(self._readers) < _IDLE_READERS and not self._closed:
                    self._readers.append(sql)
                    return
            sql.close()
        except psycopg.Error as error:
            raise self._failed(error) from error

    def _connect(self) -> Sql:
        if self._closed:
            raise JournalError(f"The journal {self.place} is closed. Open it again.")
        sql = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
        try:
            sql.execute("SET synchronous_commit = on")
            sql.execute(f"SET lock_timeout = '{self._patience:g}s'")
            sql.execute("SET default_transaction_isolation = 'read committed'")
        except BaseException:
            sql.close()
            raise
        return sql

    def _prepare(self, sql: Sql) -> None:
        if sql.execute("SHOW fsync").fetchone() == ("off",):
            raise JournalError(
                f"The server of the journal {self.place} runs with fsync = off: what it "
                "acknowledges can be lost with the power. Set fsync = on in postgresql.conf."
            )
        # CREATE IF NOT EXISTS of two sessions at once can still collide.
        sql.execute("SELECT pg_advisory_xact_lock(%s)", (_MAKING,))
        sql.execute(_TABLES)
        sql.execute(
            "INSERT INTO chowk_journal_head (position, layout) VALUES (0, %s) "
            "ON CONFLICT DO NOTHING",
            (LAYOUT,),
        )
        found = sql.execute("SELECT layout FROM chowk_journal_head").fetchone()
        if found is not None and found[0] > LAYOUT:
            raise StoreVersionError(
                f"The journal {self.place} has layout {found[0]}; this Chowk reads up to "
                f"{LAYOUT}. Install a newer Chowk."
            )

    def _failed(self, error: psycopg.Error) -> JournalError:
        said = " ".join(str(error).split()) or type(error).__name__
        return JournalError(
            f"The journal {self.place} could not be used: {said}. Nothing was acknowledged. "
            "Check that the server runs and that journal.url is right, then send again."
        )


def without_password(url: str) -> str:
    """The URL as a message may show it.

    >>> without_password("postgresql://chowk:secret@db:5432/shop?password=secret")
    'postgresql://chowk@db:5432/shop'
    """
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, f"{user}{parts.hostname or ''}{port}", parts.path, "", ""))


def _head(sql: Sql, suffix: str) -> int:
    found = sql.execute(f"SELECT position FROM chowk_journal_head {suffix}").fetchone()
    if found is None:
        raise JournalError(
            "The journal's head row is gone from chowk_journal_head, so positions cannot be "
            "given. Restore the database from a backup."
        )
    return int(found[0])


def _locked_head(sql: Sql) -> int:
    return _head(sql, "FOR UPDATE")


def _alive(sql: Sql) -> bool:
    """False when the server has hung up while the connection was idle."""
    if sql.closed:
        return False
    try:
        sql.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True
