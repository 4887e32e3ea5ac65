"""Files beside the store that the server alone may read, from the moment that they exist."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def private(path: Path) -> None:
    """Make a SQLite file that nobody else may read, and close one that others could.

    SQLite gives `-wal` and `-shm` the mode that the file has when they are made, so this comes
    before it is opened; they are closed too where an earlier run left them open to others. What
    cannot be made or closed is left to whoever opens it: he tells what is wrong.
    """
    with suppress(OSError):
        path.touch(mode=0o600)
    for file in _files(path):
        with suppress(OSError):
            file.chmod(0o600)


def discard(path: Path) -> None:
    """Remove a SQLite file with its `-wal` and `-shm`: one that is damaged is begun anew."""
    for file in _files(path):
        with suppress(OSError):
            file.unlink()


def _files(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{end}") for end in ("", "-wal", "-shm")]
