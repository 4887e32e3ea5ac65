"""How many messages were shown, by channel and hour: the other half of a hold rate.

A message that is shown is not kept, neither its text nor whose it was; that there was one is
counted here, in a small file that all workers of the host share. A worker adds up in memory and
writes every few seconds, so a crash loses seconds of counts and few requests wait for a disk.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from chowk import logs

from .private import private

_log = logs.get(__name__)

#: Seconds between writes, and of an hour.
EVERY, HOUR = 2.0, 3_600
_SCHEMA = """
CREATE TABLE IF NOT EXISTS shown (
    channel TEXT NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL,
    PRIMARY KEY (channel, hour)) WITHOUT ROWID;
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
                rows = self._open().execute(query, (_kept(channel), first)).fetchall()
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
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self) -> None:
        self._written = time.monotonic()
        if not self._waiting:
            return
        rows = [(_kept(name), hour, count) for (name, hour), count in self._waiting.items()]
        try:
            file = self._open()
            with file:
                file.executemany(
                    "INSERT INTO shown VALUES (?, ?, ?) ON CONFLICT (channel, hour) "
                    "DO UPDATE SET count = count + excluded.count",
                    rows,
                )
        except sqlite3.Error as error:  # a full disk, say: they go on waiting, in bounds
            _log.error("what was shown cannot be counted", problem=str(error))
            if len(self._waiting) > 100_000:
                self._waiting.clear()
            return
        self._waiting.clear()

    def _open(self) -> sqlite3.Connection:
        if self._file is None:
            place = ":memory:" if self._path is None else str(self._path)
            if self._path is not None:
                private(self._path)  # who spoke how often in which channel is nobody else's
            file = sqlite3.connect(place, timeout=5.0, check_same_thread=False)
            try:
                with suppress(sqlite3.OperationalError):
                    file.execute("PRAGMA journal_mode=WAL")
                file.execute("PRAGMA synchronous=NORMAL")
                file.executescript(_SCHEMA)
            except sqlite3.Error:
                file.close()
                raise
            self._file = file
        return self._file


def _kept(channel: str) -> str:
    return channel.encode("utf-8", "replace").decode()
