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
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        with suppress(OSError):
            path.with_name(name).chmod(0o600)
