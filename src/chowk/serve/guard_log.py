"""What the guards of all workers saw, in one file that they share, and whom they know.

Each message and join is a row before it is judged, and each worker takes in all rows of a channel,
in their order, before it judges its own: so all count the same, and a raid is seen as early behind
eight workers as behind one. An author is a keyed digest, a text is its MinHash signature and its
words, each a keyed number. The key is made with a secret that lies in a file of its own
(`guard_secret`), so that nobody can try texts on a copy of this one. Rows go soon after no guard
counts them; who spoke, and what a channel's talk is like, is kept for a while longer, so that
regulars are no strangers after a restart.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from chowk import logs
from chowk.community.acquaintance import Background, Person
from chowk.community.shouts import MARKS
from chowk.community.traces import Trace
from chowk.errors import StoreDamagedError, StoreError, StoreLockedError

from .guard_rows import Row, Talk, row_of, talk_of, written
from .guard_secret import digest_of, key_of, proof_of, secret_of
from .private import discard, private

_log = logs.get(__name__)

#: Rows, and seconds, after which old ones are looked for; most rows of a channel that are taken in
#: at once; seconds that a row stays when nobody counts it, until what it told is kept.
SWEEP, SWEEP_SECONDS, MOST, KEEP = 500, 60.0, 5_000, 60.0
#: Seconds that a regular, and that anybody else, is known; how many people are.
KNOWN, PASSING, PEOPLE = 30 * 86_400.0, 86_400.0, 200_000
_WORDS = 20_000
#: Seconds that it stays written down who was erased, a day longer than anybody is known, and of
#: how many; seconds that an erasure waits for who writes.
ERASED, ERASED_MOST, PATIENCE = KNOWN + 86_400.0, 100_000, 10.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS proof (id INTEGER PRIMARY KEY CHECK (id = 1), digest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, at REAL NOT NULL,
    until REAL NOT NULL, row BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS seen_channel ON seen (channel, seq);
CREATE INDEX IF NOT EXISTS seen_until ON seen (until);
CREATE TABLE IF NOT EXISTS people (
    channel TEXT NOT NULL, author TEXT NOT NULL, first REAL NOT NULL, last REAL NOT NULL,
    times INTEGER NOT NULL, crowd INTEGER NOT NULL, crowds INTEGER NOT NULL,
    PRIMARY KEY (channel, author)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS people_last ON people (last);
CREATE TABLE IF NOT EXISTS talk (
    channel TEXT PRIMARY KEY, seq INTEGER NOT NULL, at REAL NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS erased (
    number INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT NOT NULL, at REAL NOT NULL);
"""
_TABLES = ("seen", "people", "talk", "erased")
#: Whether the file is still written with the key that a worker has.
_MINE = "(SELECT digest FROM proof) = ?"


class OtherKeyError(Exception):
    """The file is written with another key by now: its secret was deleted while this one ran."""


class GuardLog:
    """The shared file.

    Parameters
    ----------
    path : a file that all workers of the host can write; None for this process alone. A file that
        is damaged, or that was written with another secret, is begun anew.

    Examples
    --------
    >>> from chowk.serve.guard_rows import Joined
    >>> log = GuardLog(None)
    >>> _ = log.add("lobby", 10.0, 70.0, Joined(log.digest("zoe"), None))
    >>> [(at, row.created) for _, at, row in log.since("lobby", 0)]
    [(10.0, None)]
    >>> log.close()
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._added, self._swept = 0, time.monotonic()
        self._words: dict[int, int] = {}
        for wait in (0.05, 0.2, 0.8, None):
            try:
                self._open(path)
                return
            except (sqlite3.OperationalError, OSError) as error:
                if wait is not None and path is not None and path.parent.is_dir():
                    time.sleep(wait)  # all workers may begin it at the same moment
                    continue
                _log.error("guards count alone", problem=str(error))
                self._open(None)
                return
            except sqlite3.DatabaseError as error:
                if path is None or wait is None:
                    raise
                _log.error("what guards had seen is begun anew", problem=str(error))
                discard(path)

    def _open(self, path: Path | None) -> None:
        if path is not None:
            private(path)
        self._held = sqlite3.connect(
            ":memory:" if path is None else path,
            timeout=5.0,
            isolation_level=None,
            check_same_thread=False,
        )
        weakref.finalize(self, self._held.close)
        # Nothing is lost that matters when the machine dies: a raid goes on, and is seen again.
        self._held.execute("PRAGMA journal_mode = WAL")
        self._held.execute("PRAGMA synchronous = OFF")
        self._held.executescript(_SCHEMA)
        self._held.execute("INSERT OR IGNORE INTO key VALUES (1, ?)", (os.urandom(16),))
        salt: bytes = self._held.execute("SELECT salt FROM key").fetchone()[0]
        secret = os.urandom(32) if path is None else secret_of(path)
        self._key = key_of(salt, secret)
        self._proof = proof_of(self._key)
        self._marker = hashlib.blake2b(key=self._key, digest_size=8, person=b"mark")
        self._prove()
        self._sweep(time.time())

    def _prove(self) -> None:
        """Begin anew where the file was written with another secret: its rows name nobody now."""
        self._held.execute("BEGIN IMMEDIATE")
        with self._held:
            found = self._held.execute("SELECT digest FROM proof").fetchone()
            if found is None or found[0] != self._proof:
                for table in _TABLES:
                    self._held.execute(f"DELETE FROM {table}")
                self._held.execute("INSERT OR REPLACE INTO proof VALUES (1, ?)", (self._proof,))

    def digest(self, author: str) -> str:
        """What an author goes by here."""
        return digest_of(self._key, author)

    def keyed(self, trace: Trace, harmful: bool | None) -> Trace:
        """A trace whose signature and words are keyed, with what is known of its text.

        Equal places of two signatures stay equal, and tell no more: which stretch of a text a
        place stands for, nobody can try without the key.
        """
        return replace(
            trace,
            mark=self._mark(trace.mark),
            words=tuple(map(self._word, trace.words)),
            names=tuple(map(self._word, trace.names)),
            harmful=harmful,
        )

    def _mark(self, mark: NDArray[np.uint64]) -> NDArray[np.uint64]:
        told = []
        raw = mark.astype("<u8").tobytes()
        for at in range(0, len(raw), 8):
            one = self._marker.copy()
            one.update(raw[at : at + 8])
            told.append(one.digest())
        return np.frombuffer(b"".join(told), "<u8").astype(np.uint64)

    def _word(self, word: int) -> int:
        """A word's number under this file's key; its last bits tell its kind and stay."""
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _WORDS:
                self._words.clear()
            body = hashlib.blake2b(word.to_bytes(8, "little"), key=self._key, digest_size=8)
            mixed = int.from_bytes(body.digest(), "little")
            known = self._words[word] = mixed & ~MARKS | word & MARKS
        return known

    def add(self, channel: str, at: float, until: float, row: Row) -> int:
        """Append a row that is counted until then; its number.

        Raises
        ------
        OtherKeyError : the file is written with another key by now; nothing was appended.
        """
        values = self._name(channel), at, until, written(row), self._proof
        with self._lock:
            told = self._held.execute(
                f"INSERT INTO seen (channel, at, until, row) SELECT ?, ?, ?, ? WHERE {_MINE}",
                values,
            )
            if not told.rowcount:
                raise OtherKeyError
            self._added += 1
            if self._added % SWEEP == 0 or time.monotonic() - self._swept >= SWEEP_SECONDS:
                self._sweep(time.time())
            return int(told.lastrowid or 0)

    def _sweep(self, now: float) -> None:
        """Delete what is of no use any more."""
        self._swept = time.monotonic()
        run = self._held.execute
        run("DELETE FROM seen WHERE until < ?", (now - 2 * KEEP,))
        run("DELETE FROM talk WHERE at < ?", (now - KNOWN,))
        run("DELETE FROM erased WHERE at < ?", (now - ERASED,))
        run(
            "DELETE FROM erased WHERE number <= (SELECT max(number) FROM erased) - ?",
            (ERASED_MOST,),
        )
        run("DELETE FROM people WHERE last < ?", (now - KNOWN,))
        run("DELETE FROM people WHERE last < ? AND times < 2", (now - PASSING,))
        over = run("SELECT count(*) FROM people").fetchone()[0] - PEOPLE
        if over > 0:
            run(
                "DELETE FROM people WHERE (channel, author) IN "
                "(SELECT channel, author FROM people ORDER BY last LIMIT ?)",
                (over,),
            )

    def keep(
        self,
        channel: str,
        known: int,
        at: float,
        kept: Background,
        people: dict[str, Person],
        erased: int | None = None,
    ) -> None:
        """Keep what a guard knew when it had taken in the rows up to one, and the erasures up to
        one (None: all); what another worker knew later stays, and who was erased since is left
        out."""
        name, body = self._name(channel), written(Talk.of(kept))
        rows = [
            (name, author, p.first, p.last, p.times, p.crowd, p.crowds)
            for author, p in people.items()
            if p.times
        ]
        with self._lock:
            self._held.execute("BEGIN IMMEDIATE")
            with self._held:
                found = self._held.execute("SELECT seq FROM talk WHERE channel = ?", (name,))
                later = found.fetchone()
                if (later is not None and later[0] > known) or not self._is_mine():
                    return
                gone = set() if erased is None else self._erased(erased)[1]
                self._held.execute(
                    "INSERT OR REPLACE INTO talk VALUES (?, ?, ?, ?)", (name, known, at, body)
                )
                self._held.executemany(
                    "INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [row for row in rows if row[1] not in gone],
                )

    def _is_mine(self) -> bool:
        return bool(self._held.execute(f"SELECT {_MINE}", (self._proof,)).fetchone()[0])

    def erased(self, after: int) -> tuple[int, set[str]]:
        """The number of the last erasure, and who was erased behind a number, by their digests."""
        with self._lock:
            return self._erased(after)

    def _erased(self, after: int) -> tuple[int, set[str]]:
        query = "SELECT number, author FROM erased WHERE number > ?"
        found = self._held.execute(query, (after,)).fetchall()
        return max((number for number, _ in found), default=after), {who for _, who in found}

    def kept(self, channel: str) -> tuple[int, Background]:
        """The row up to which a guard of the channel had taken in all, and what it knew then."""
        with self._lock:
            query = f"SELECT seq, body FROM talk WHERE channel = ? AND {_MINE}"
            found = self._held.execute(query, (self._name(channel), self._proof)).fetchone()
        try:
            return (
                (0, Background()) if found is None else (found[0], talk_of(found[1]).background())
            )
        except (msgspec.MsgspecError, ValueError) as error:
            _log.error("what a guard knew cannot be read", problem=str(error))
            return 0, Background()

    def person(self, channel: str, author: str) -> Person | None:
        """Somebody whom a guard of the channel knew, by his digest."""
        query = (
            "SELECT first, last, times, crowd, crowds FROM people WHERE channel = ? AND author = ?"
        )
        with self._lock:
            found = self._held.execute(query, (self._name(channel), author)).fetchone()
        return None if found is None else Person(*found)

    def since(self, channel: str, after: int) -> list[tuple[int, float, Row]]:
        """Rows of a channel behind a number, oldest first; of many, the newest."""
        query = (
            f"SELECT seq, at, row FROM seen WHERE channel = ? AND seq > ? AND {_MINE} "
            "ORDER BY seq DESC LIMIT ?"
        )
        values = self._name(channel), after, self._proof, MOST
        with self._lock:
            found = self._held.execute(query, values).fetchall()
        made = []
        for seq, at, row in reversed(found):
            try:
                made.append((int(seq), float(at), row_of(row)))
            except msgspec.MsgspecError as error:
                # One damaged row must not stop a channel: what it told is not counted.
                _log.error("a row of the guards' log cannot be read", row=seq, problem=str(error))
        return made

    def _name(self, channel: str) -> str:
        return channel if channel.isascii() else self.digest(channel)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._held.close()


def forget(store: Path, author: str) -> int:
    """Take somebody out of all guards' logs in a store's folder; gives how many rows it were.

    Servers that run take him out of what they remember with their next message, and write nothing
    of before down again.

    Raises
    ------
    StoreLockedError : another process holds a log.
    StoreError : a log, or its secret, cannot be read, so that nobody can tell who is in it.
    """
    return sum(_forget(path, author) for path in sorted(store.glob(".guard*.db")))


def _forget(path: Path, author: str) -> int:
    secret = path.with_name(f"{path.stem}.key")
    told = "The guards' file {} cannot be opened to erase from it: {}. {}, then erase again."
    try:
        held = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", PATIENCE, isolation_level=None, uri=True
        )
        try:
            held.executescript(_SCHEMA)
            return _forget_in(held, path, author)
        finally:
            held.close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            cure = "Wait for the process that holds it, or end it"
            problem = "another process is writing it"
            raise StoreLockedError(told.format(path, problem, cure)) from error
        cure = "Become the user whose server it is"
        raise StoreError(told.format(path, error, cure)) from error
    except sqlite3.DatabaseError as error:
        cure = f"Stop the server and delete {path.name}, which the guards begin anew"
        raise StoreDamagedError(told.format(path, error, cure)) from error
    except OSError as error:
        problem = f"{secret.name} beside it cannot be read ({error.strerror or error})"
        cure = "Become the user whose server it is"
        raise StoreError(told.format(path, problem, cure)) from error


def _forget_in(held: sqlite3.Connection, path: Path, author: str) -> int:
    held.execute("BEGIN IMMEDIATE")
    with held:
        salt = held.execute("SELECT salt FROM key").fetchone()
        proof = held.execute("SELECT digest FROM proof").fetchone()
        secret = secret_of(path, make=False)
        key = b"" if salt is None else key_of(salt[0], secret)
        # A new secret would find nobody, and leave him in: who erases makes none.
        if not secret or proof != (proof_of(key),):
            if any(held.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in _TABLES):
                raise StoreError(
                    f"The guards' file {path} must lie beside the secret that it is written with, "
                    f"and {path.stem}.key is {'another' if secret else 'not there'}: nobody can "
                    "tell who is in it. Start the server anew, which begins the file anew with "
                    f"nobody in it, or stop it and delete {path.name}; then erase again."
                )
            return 0
        who = digest_of(key, author)
        gone = held.execute("DELETE FROM people WHERE author = ?", (who,)).rowcount
        gone += held.execute("DELETE FROM seen WHERE instr(row, ?)", (who.encode(),)).rowcount
        # Workers that run read it, also those whose file did not know him yet.
        held.execute("INSERT INTO erased (author, at) VALUES (?, ?)", (who, time.time()))
    return int(gone)
