"""Rows that people keep in one file of the store's folder, seen by every process.

The file is replaced by a rename; others' changes are seen at the next look. Whoever changes rows
holds a lock on the folder meanwhile, so no change of another process or thread is lost.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

Kept = TypeVar("Kept")


class Book(Generic[Kept]):
    """Rows of one kind in a JSON file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "words.json"
    >>> Book(path, str).write(["a", "b"])
    >>> Book(path, str).rows()
    ('a', 'b')
    """

    def __init__(self, path: Path, kind: type[Kept]) -> None:
        self._path = path
        self._kind = kind
        self._seen: tuple[int, int] | None = None
        self._rows: tuple[Kept, ...] = ()

    def rows(self) -> tuple[Kept, ...]:
        """All rows, as they were written."""
        try:
            facts = self._path.stat()
        except FileNotFoundError:
            self._rows, self._seen = (), None
            return ()
        seen = (facts.st_mtime_ns, facts.st_ino)
        if seen != self._seen:
            found = msgspec.json.decode(self._path.read_bytes(), type=list[self._kind])  # type: ignore[name-defined]
            self._rows, self._seen = tuple(found), seen
        return self._rows

    @contextmanager
    def changing(self) -> Iterator[tuple[Kept, ...]]:
        """The rows as they are now, which nobody else changes until the block ends."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            self._seen = None
            yield self.rows()
        finally:
            os.close(folder)

    def write(self, rows: Iterable[Kept]) -> None:
        """Put these rows in the place of all that were there."""
        with tempfile.NamedTemporaryFile(dir=self._path.parent, delete=False) as file:
            file.write(msgspec.json.format(msgspec.json.encode(list(rows)), indent=1))
            file.flush()
            os.fsync(file.fileno())
        os.replace(file.name, self._path)
