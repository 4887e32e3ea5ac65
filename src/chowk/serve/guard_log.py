"""What the guards of all workers saw, in one file that they share.

Each message and join is a row before it is judged, and each worker takes in all rows of a channel,
in their order, before it judges its own: so all count the same, and a raid is seen as early behind
eight workers as behind one. An author is a keyed digest, a text is its MinHash signature and keyed
numbers of its words. A signature can be guessed back into stretches of its text, so the file is
for nobody but the server; rows go soon after no guard counts them.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from chowk import logs
from chowk.community.proactive import Trace
from chowk.community.shouts import MARKS

_log = logs.get(__name__)

#: Rows after which old ones are looked for, and most rows of a channel that are taken in at once.
SWEEP, MOST = 500, 5_000
_WORDS = 20_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (id INTEGER PRIMARY KEY CHECK (id = 1), salt BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS seen (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, at REAL NOT NULL,
    until REAL NOT NULL, row BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS seen_channel ON seen (channel, seq);
CREATE INDEX IF NOT EXISTS seen_until ON seen (until);
"""


class Said(msgspec.Struct, frozen=True, tag="m", array_like=True):
    """A message: the fields of a `Trace`."""

    author: str
    mark: bytes
    mentions: int
    links: int
    festive: bool
    words: bytes = b""
    names: bytes = b""
    hidden: bool = False
    harmful: bool | None = None
    host: bool = False

    @classmethod
    def of(cls, trace: Trace, *, host: bool = False) -> Said:
        """The row of a trace."""
        return cls(
            trace.author,
            trace.mark.astype("<u8").tobytes(),
            trace.mentions,
            trace.links,
            trace.festive,
            np.array(trace.words, "<u8").tobytes(),
            np.array(trace.names, "<u8").tobytes(),
            trace.hidden,
            trace.harmful,
            host,
        )

    def trace(self) -> Trace:
        """The trace of a row."""
        return Trace(
            self.author,
            np.frombuffer(self.mark, "<u8").astype(np.uint64),
            self.mentions,
            self.links,
            self.festive,
            tuple(np.frombuffer(self.words, "<u8").tolist()),
            tuple(np.frombuffer(self.names, "<u8").tolist()),
            self.hidden,
            self.harmful,
        )


class Joined(msgspec.Struct, frozen=True, tag="j", array_like=True):
    """An account that joined, and when it was made."""

    author: str
    created: float | None


class Waits(msgspec.Struct, frozen=True, tag="w", array_like=True):
    """What an account posts waits until then, since it resembles a banned one."""

    author: str
    until: float
    of: str


Row = Said | Joined | Waits
_read = msgspec.msgpack.Decoder(Row).decode
_written = msgspec.msgpack.Encoder().encode


class GuardLog:
    """The shared file.

    Parameters
    ----------
    path : a file that all workers of the host can write; None for this process alone. A file that
        is damaged is begun anew: what it holds is worth an hour.

    Examples
    --------
    >>> log = GuardLog(None)
    >>> _ = log.add("lobby", 10.0, 70.0, Joined(log.digest("zoe"), None))
    >>> [(at, row.created) for _, at, row in log.since("lobby", 0)]
    [(10.0, None)]
    >>> log.close()
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._added = 0
        self._words: dict[int, int] = {}
        for wait in (0.05, 0.2, 0.8, None):
            try:
                self._open(path)
                return
            except sqlite3.OperationalError as error:
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
                for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                    with suppress(OSError):
                        path.with_name(name).unlink()

    def _open(self, path: Path | None) -> None:
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
        self._salt: bytes = self._held.execute("SELECT salt FROM key").fetchone()[0]
        if path is not None:
            with suppress(OSError):
                path.chmod(0o600)

    def digest(self, author: str) -> str:
        """What an author goes by here."""
        said = author.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, key=self._salt, digest_size=12).hexdigest()

    def keyed(self, trace: Trace, harmful: bool | None) -> Trace:
        """A trace whose words are keyed, with what is known of its text."""
        return replace(
            trace,
            words=tuple(map(self._word, trace.words)),
            names=tuple(map(self._word, trace.names)),
            harmful=harmful,
        )

    def _word(self, word: int) -> int:
        """A word's number under this file's key; its last bits tell its kind and stay."""
        known = self._words.get(word)
        if known is None:
            if len(self._words) >= _WORDS:
                self._words.clear()
            body = hashlib.blake2b(word.to_bytes(8, "little"), key=self._salt, digest_size=8)
            mixed = int.from_bytes(body.digest(), "little")
            known = self._words[word] = mixed & ~MARKS | word & MARKS
        return known

    def add(self, channel: str, at: float, until: float, row: Row) -> int:
        """Append a row that is counted until then; its number."""
        values = self._name(channel), at, until, _written(row)
        with self._lock:
            told = self._held.execute(
                "INSERT INTO seen (channel, at, until, row) VALUES (?, ?, ?, ?)", values
            )
            self._added += 1
            if self._added % SWEEP == 0:
                self._held.execute("DELETE FROM seen WHERE until < ?", (time.time(),))
            return int(told.lastrowid or 0)

    def since(self, channel: str, after: int) -> list[tuple[int, float, Row]]:
        """Rows of a channel behind a number, oldest first; of many, the newest."""
        query = (
            "SELECT seq, at, row FROM seen WHERE channel = ? AND seq > ? ORDER BY seq DESC LIMIT ?"
        )
        with self._lock:
            found = self._held.execute(query, (self._name(channel), after, MOST)).fetchall()
        made = []
        for seq, at, row in reversed(found):
            try:
                made.append((int(seq), float(at), _read(row)))
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
