"""The desk's database: SQLite in the store's folder, or PostgreSQL by URL, behind two verbs.

`read()` gives a connection that sees one state; `write()` gives the only writer's connection, on
either engine: SQLite takes its write lock at `BEGIN IMMEDIATE`, PostgreSQL locks the one row of
`desk_audit_head`. So a rule that is checked in `write()` still holds when its change is committed,
and the audit log has one end. Both wait up to `WAIT` seconds for another writer. A committed
change is on the disk.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chowk.errors import DeskError, MissingExtraError
from chowk.store.disk import sync

from . import tables
from .migrations import migrate

#: Seconds that a writer waits for another one.
WAIT = 30
#: The number of the advisory lock under which a PostgreSQL desk is migrated ("desk" in ASCII).
_MIGRATION_LOCK = 0x6465736B


class Database:
    """An open database with the desk's schema at this version.

    Parameters
    ----------
    place : a file path, or a URL: `sqlite:///…`, `postgresql://user:password@host:port/name`.

    Raises
    ------
    DeskError : it cannot be reached, is no desk, or was written by a newer Chowk.
    MissingExtraError : PostgreSQL without the `postgres` extra.
    """

    def __init__(self, place: str | os.PathLike[str]) -> None:
        url = _url(place)
        self.dialect = url.get_backend_name()
        #: The place for people: a path, or a URL without its password.
        self.name = (
            str(url.database)
            if self.dialect == "sqlite"
            else url.set(drivername="postgresql").render_as_string(hide_password=True)
        )
        self._engine = _sqlite(url) if self.dialect == "sqlite" else _postgresql(url)
        try:
            with self._translated(), self._engine.connect() as connection, connection.begin():
                if self.dialect == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
                migrate(connection, self.name)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the desk, however long it reads."""
        with self._translated(), self._engine.connect() as connection:
            if self.dialect == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            else:
                connection = connection.execution_options(chowk_begin="DEFERRED")
            with connection.begin():
                yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """The one writer's connection; commits at the end, or leaves everything as it was."""
        with self._translated(), self._engine.connect() as connection, connection.begin():
            if self.dialect == "postgresql":
                connection.execute(sa.select(tables.head.c.one).with_for_update())
            yield connection

    def forget(self) -> None:
        """Let go of the disk's own copies of rows that were deleted, as far as the engine can."""
        if self.dialect == "sqlite":
            with self._outside() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def backup(self, path: Path) -> None:
        """Copy the database, as it is now, to a new file that only its owner can read."""
        if self.dialect != "sqlite":
            raise DeskError(
                f"The desk at {self.name} is backed up with PostgreSQL's own pg_dump, for only "
                "that sees one state of the whole database."
            )
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise DeskError(
                f"The desk's backup {path} cannot be made: {error.strerror}. "
                "Name a new file in a folder that exists."
            ) from None
        with self._outside() as cursor:
            cursor.execute("VACUUM INTO ?", (str(path),))
        sync(path)
        sync(path.parent)

    @contextlib.contextmanager
    def _outside(self) -> Iterator[Any]:
        """A cursor of SQLite outside any transaction, where VACUUM and checkpoints have to be."""
        connection = self._engine.raw_connection()
        try:
            yield connection.cursor()
        except sqlite3.Error as error:
            raise DeskError(f"The desk at {self.name} could not be used: {error}.") from error
        finally:
            connection.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Say what the database says in one sentence, without statements or values."""
        try:
            yield
        except sa.exc.TimeoutError:  # every connection of this process waits
            raise self._held() from None
        except sa.exc.DBAPIError as error:
            said = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
            if "database is locked" in said or "lock timeout" in said:
                raise self._held() from None
            raise DeskError(f"The desk at {self.name} could not be used: {said}.") from error

    def _held(self) -> DeskError:
        return DeskError(
            f"The desk at {self.name} is held by another writer for more than {WAIT} seconds. "
            "Find the process that hangs in a transaction and end it; then retry."
        )


def _url(place: str | os.PathLike[str]) -> sa.URL:
    text = os.fspath(place)
    if "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        url = sa.URL.create("")
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg") and url.database:
        if importlib.util.find_spec("psycopg") is None:
            raise MissingExtraError("A desk on PostgreSQL", "postgres")
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database and url.database != ":memory:":
        return url
    # The text may hold a password, so only its beginning is shown.
    raise DeskError(
        "A desk lives in a file or at a URL like postgresql://user:password@host:5432/name. "
        f"Got one that begins with {text.split('://')[0]!r} and is not of that form. "
        "Set desk.url accordingly, or leave it empty for the store's own desk.db."
    )


def _sqlite(url: sa.URL) -> sa.Engine:
    path = Path(str(url.database))
    if not path.parent.is_dir():
        raise DeskError(
            f"The desk {path} cannot be made: the folder {path.parent} does not exist. "
            "Make it, or name a file in one that does."
        )
    try:  # made here so that only its owner can read it; the -wal file takes the same mode
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DeskError(
            f"The desk {path} cannot be opened for writing: {error.strerror}. "
            "Check what the path is and who may write it."
        ) from None
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        # The driver's own BEGIN comes too late and is deferred; ours is in `begin` below.
        connection.isolation_level = None
        for pragma in ("foreign_keys = ON", "secure_delete = ON", "recursive_triggers = ON"):
            connection.execute(f"PRAGMA {pragma}")
        _wal(connection)
        connection.execute("PRAGMA synchronous = FULL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        mode = connection.get_execution_options().get("chowk_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _wal(connection: Any) -> None:
    """Switch to write-ahead logging. SQLite does not wait here for others that do the same."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _postgresql(url: sa.URL) -> sa.Engine:
    # A client that was stopped in the middle gives the lock back after the second time-out.
    options = (
        f"-c lock_timeout={WAIT}s -c idle_in_transaction_session_timeout={2 * WAIT}s "
        "-c synchronous_commit=on"
    )
    return sa.create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 10, "options": options},
    )
