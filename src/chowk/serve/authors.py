"""Whose an id is of which nothing is kept: of messages that were shown, by keyed digests alone.

A held message lies at the desk with its author. Of one that was shown neither text nor author is
kept, so anybody could send a version under its id, and its author could edit it no more. Here stand
a digest of the id and one of the author, both keyed with the guards' secret: whoever has this file
without the secret can try neither. All workers of a host share it; what is old or too much goes,
and where the secret is lost its rows fit nothing, and go as they age.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chowk import logs
from chowk.errors import DeskError

from .guard_secret import secret_of
from .private import discard, private

_log = logs.get(__name__)

#: Seconds that an id is remembered, how many ids are, and after how many the oldest are let go.
KNOWN, IDS, SWEEP = 30 * 86_400, 500_000, 1_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS ids (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, author BLOB NOT NULL, at INTEGER NOT NULL);
"""


class Authors:
    """The authors of ids.

    Parameters
    ----------
    path : the file that all workers of the host share, `.authors*.db`; its secret is that of the
        guards' log of the same name, `.guard*.key`.
    clock : the seconds now.

    Examples
    --------
    >>> import tempfile
    >>> authors = Authors(Path(tempfile.mkdtemp()) / ".authors.db")
    >>> authors.owns("message:m1", "zoe"), authors.owns("message:m1", "bo")
    (True, False)
    >>> authors.close()
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock = path, clock
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._key, self._added = b"", 0

    def owns(self, subject: str, author: str) -> bool:
        """Whether an id is this author's; one that nobody had is from now on. Where the file
        cannot be asked everybody's word is taken, for a full disk must stop no talk."""
        with self._lock:
            try:
                file = self._open()
                what, who = self._digest(b"id", subject), self._digest(b"author", author)
                # A statement is a transaction: of all workers that say it, one is the first.
                new = file.execute(
                    "INSERT INTO ids (id, author, at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
                    (what, who, int(self._clock())),
                )
                if new.rowcount == 1:
                    self._added += 1
                    if self._added % SWEEP == 0:
                        self._sweep(file)
                    return True
                found = file.execute("SELECT author FROM ids WHERE id = ?", (what,)).fetchone()
            except (sqlite3.Error, OSError) as error:
                _log.error("whose an id is cannot be asked", problem=str(error))
                return True
        return found is None or found[0] == who

    def forget(self, author: str) -> int:
        """Take somebody out; gives how many ids were his."""
        with self._lock:
            file = self._open()
            who = self._digest(b"author", author)
            return file.execute("DELETE FROM ids WHERE author = ?", (who,)).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _digest(self, what: bytes, said: str) -> bytes:
        text = said.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=16, person=what).digest()

    def _sweep(self, file: sqlite3.Connection) -> None:
        """Let go of what is old or too much: rows came in the order of their numbers."""
        before = int(self._clock()) - KNOWN
        file.execute(
            "DELETE FROM ids WHERE seq < coalesce((SELECT seq FROM ids WHERE at >= ? "
            "ORDER BY seq LIMIT 1), 9223372036854775807)",
            (before,),
        )
        file.execute("DELETE FROM ids WHERE seq <= (SELECT max(seq) FROM ids) - ?", (IDS,))

    def _open(self) -> sqlite3.Connection:
        if self._file is None:
            self._key = secret_of(_log_of(self._path))
            private(self._path)
            file = sqlite3.connect(
                self._path, timeout=5.0, isolation_level=None, check_same_thread=False
            )
            try:
                with suppress(sqlite3.OperationalError):
                    file.execute("PRAGMA journal_mode = WAL")
                # What the last seconds held is lost with the machine, and little with it.
                file.execute("PRAGMA synchronous = OFF")
                file.execute("PRAGMA secure_delete = ON")
                file.executescript(_SCHEMA)
                self._sweep(file)
            except sqlite3.Error as error:
                file.close()
                if not isinstance(error, sqlite3.OperationalError):  # damaged: begun anew
                    discard(self._path)
                raise
            self._file = file
        return self._file


def _log_of(path: Path) -> Path:
    """The guards' log whose secret keys a file."""
    return path.with_name(path.name.replace(".authors", ".guard", 1))


def forget(store: Path, author: str) -> int:
    """Take somebody out of all files in a store's folder; gives how many ids were his."""
    gone = 0
    for path in sorted(store.glob(".authors*.db")):
        if not _log_of(path).with_suffix(".key").exists():
            continue  # without the secret its rows name nobody
        authors = Authors(path)
        try:
            gone += authors.forget(author)
        except (sqlite3.Error, OSError) as error:
            raise DeskError(
                f"{path} must be a file from which somebody can be erased. Got: {error}. "
                "Delete it: only whose the ids of shown messages were is lost. Then erase again."
            ) from None
        finally:
            authors.close()
    return gone
