"""How many messages were shown, by channel and hour: the other half of a hold rate.

A message that is shown is not kept, neither its text nor whose it was; that there was one is
counted here, in a small file that all workers of the host share. A worker adds up in memory and
writes every few seconds, so a crash loses seconds of counts and few requests wait for a disk.

The file stays small whatever ids a shop's key makes up: of an hour, channels beyond a bound are
counted under one, and hours that nobody reads any more are deleted. A damaged file is begun anew.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from chowk import logs

from .private import discard, private

_log = logs.get(__name__)

#: Seconds between writes, and of an hour.
EVERY, HOUR = 2.0, 3_600
#: Hours that are kept, a week more than are read; seconds between looks for older ones; channels
#: of an hour that are told apart, and what the others count under.
KEPT, SWEEP, CHANNELS, OTHERS = 27 * 7 * 24, 3_600.0, 1_000, ""
_DAMAGED = sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB
_T = TypeVar("_T")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS shown (
    channel TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (channel, hour)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shown_hour ON shown (hour, channel);
"""


class Tally:
    """Counts of what was shown.

    Parameters
    ----------
    path : the file that all workers of the host share; None to count in memory alone.

    Examples
    --------
    >>> tally, at = Tally(None), datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    >>> for _ in range(3):
    ...     tally.add("lobby", at)
    >>> tally.since("lobby", datetime(2026, 3, 1, tzinfo=UTC))
    {datetime.datetime(2026, 3, 1, 9, 0, tzinfo=datetime.timezone.utc): 3}
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._waiting: Counter[tuple[str, int]] = Counter()
        self._written = time.monotonic()
        self._file: sqlite3.Connection | None = None
        #: Which file it is: another worker may have begun it anew.
        self._which: int | None = None
        self._swept = 0.0

    def add(self, channel: str, at: datetime) -> None:
        """One more was shown."""
        with self._lock:
            self._waiting[channel, int(at.timestamp()) // HOUR] += 1
            if time.monotonic() - self._written >= EVERY:
                self._write()

    def since(self, channel: str, at: datetime) -> dict[datetime, int]:
        """How many were shown, by the hour's first moment, in the hours that begin at `at` or
        later, the oldest first."""
        first = -(-int(at.timestamp()) // HOUR)
        with self._lock:
            self._write()
            rows: list[tuple[int, int]] = []
            try:
                query = "SELECT hour, count FROM shown WHERE channel = ? AND hour >= ?"
                asked = _kept(channel), first
                rows = self._with(lambda file: file.execute(query, asked).fetchall())
            except sqlite3.Error as error:
                _log.error("what was shown cannot be counted", problem=str(error))
            found = Counter(dict(rows))
            for (name, hour), count in self._waiting.items():
                if name == channel and hour >= first:
                    found[hour] += count
        return {datetime.fromtimestamp(h * HOUR, UTC): found[h] for h in sorted(found)}

    def close(self) -> None:
        """Write what waits, and close the file."""
        with self._lock:
            self._write()
            self._drop()

    def _write(self) -> None:
        self._written = time.monotonic()
        if not self._waiting:
            return
        try:
            self._with(self._put)
        except sqlite3.Error as error:  # a full disk, say: they go on waiting, in bounds
            _log.error("what was shown cannot be counted", problem=str(error))
            if len(self._waiting) > 100_000:
                self._waiting.clear()
            return
        self._waiting.clear()

    def _put(self, file: sqlite3.Connection) -> None:
        rows: Counter[tuple[str, int]] = Counter()
        known: dict[int, set[str]] = {}
        for (channel, hour), count in self._waiting.items():
            name, here = _kept(channel), known.get(hour)
            if here is None:
                found = file.execute("SELECT channel FROM shown WHERE hour = ?", (hour,))
                here = known[hour] = {one for (one,) in found}
            if name not in here and len(here) >= CHANNELS:
                name = OTHERS
            here.add(name)
            rows[name, hour] += count
        with file:
            file.executemany(
                "INSERT INTO shown VALUES (?, ?, ?) ON CONFLICT (channel, hour) "
                "DO UPDATE SET count = count + excluded.count",
                [(*key, count) for key, count in rows.items()],
            )
            if time.monotonic() - self._swept >= SWEEP:
                self._sweep(file)

    def _sweep(self, file: sqlite3.Connection) -> None:
        """Delete what nobody reads any more. A clock that once told a far day deletes nothing."""
        self._swept = time.monotonic()
        newest = file.execute("SELECT max(hour) FROM shown").fetchone()[0]
        if newest is not None:
            least = min(int(newest), int(time.time()) // HOUR) - KEPT
            file.execute("DELETE FROM shown WHERE hour < ?", (least,))

    def _with(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do something with the file; with a new one, where it is damaged."""
        try:
            return work(self._open())
        except sqlite3.DatabaseError as error:
            # An interface's own errors have no code.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if self._path is None or code not in _DAMAGED:
                raise
            _log.error("what was shown is counted anew", problem=str(error))
            self._drop()
            if self._which == _which(self._path):  # else another worker was first
                discard(self._path)
            return work(self._open())

    def _drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> sqlite3.Connection:
        if self._file is not None and self._path and _which(self._path) != self._which:
            self._drop()  # what is written into a file without a name is lost
        if self._file is None:
            place = ":memory:" if self._path is None else str(self._path)
            if self._path is not None:
                private(self._path)  # who spoke how often in which channel is nobody else's
            self._which = None if self._path is None else _which(self._path)
            file = sqlite3.connect(place, timeout=5.0, check_same_thread=False)
            try:
                with suppress(sqlite3.OperationalError):
                    file.execute("PRAGMA journal_mode=WAL")
                file.execute("PRAGMA synchronous=NORMAL")
                file.executescript(_SCHEMA)
                with file:
                    self._sweep(file)
            except sqlite3.Error:
                file.close()
                raise
            self._file = file
            self._which = None if self._path is None else _which(self._path)
        return self._file


def _which(path: Path) -> int | None:
    with suppress(OSError):
        return path.stat().st_ino
    return None


def _kept(channel: str) -> str:
    return channel.encode("utf-8", "replace").decode()
