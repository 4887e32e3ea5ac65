"""Finds the damaged file behind an error of the engine, so that a person is told which one it is.

Readers do not check what they read against the manifest's checksums, which would cost a pass over
every file; an engine that stumbles over a damaged file says so in its own words. Then, and only
then, every file is compared with its record.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chowk.errors import StoreDamagedError

from .disk import sha256
from .manifest import Version

_CURE = "Restore the store from a backup with 'chowk restore'."


def damaged(root: Path, tables: Mapping[str, Version]) -> StoreDamagedError | None:
    """The first file below `root` (a store's `tables/`) that is not as recorded, as an error."""
    for name in tables:
        for file in tables[name].files:
            path = root / file.path
            if not path.is_file():
                return StoreDamagedError(f"{path} is missing. {_CURE}")
            if path.stat().st_size != file.bytes or sha256(path) != file.sha256:
                return StoreDamagedError(
                    f"{path} does not match its checksum: it was damaged. {_CURE}"
                )
    return None


def from_engine(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, is DuckDB's or Arrow's own and not Chowk's.

    >>> import pyarrow
    >>> from_engine(pyarrow.ArrowInvalid("corrupt")), from_engine(KeyError("a"))
    (True, False)
    """
    while error is not None:
        if type(error).__module__.partition(".")[0] in ("_duckdb", "duckdb", "pyarrow"):
            return True
        error = error.__cause__
    return False
