"""Writing to disk so that a crash at any moment leaves either the old or the new, never half.

A file is written beside its place, synced, renamed over it, and the folder is synced. `WriteLock`
is the one-writer rule: an advisory lock on a file, freed by the operating system when the process
dies, however it dies.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from chowk.errors import StoreLockedError

#: Seconds that a new working folder may stand before its lock is taken.
_NEWBORN = 60.0


def sync(path: Path) -> None:
    """Flush a file's, or a folder's, content to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomic(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one durable rename."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        with beside.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def write_file(path: Path, source: Path) -> None:
    """Copy `source` to `path` durably, visible only when it is whole."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    shutil.copyfile(source, beside)
    sync(beside)
    os.replace(beside, path)
    sync(path.parent)


def sync_tree(folder: Path) -> None:
    """Sync every file below `folder`, then the folders, then the parent that names it."""
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)
    sync(folder.parent)


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextlib.contextmanager
def write_lock(path: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path` alone; wait up to `wait` seconds for another holder.

    Raises StoreLockedError with the other process's number when it stays held.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + wait
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    holder = os.pread(handle, 64, 0).decode("ascii", "replace").strip()
                    raise StoreLockedError(
                        f"{path.parent} is being written by process {holder or 'unknown'}. "
                        "Wait until it ends, or stop it; a dead process frees the lock by itself."
                    ) from None
                time.sleep(0.05)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)  # closing frees the lock


@contextlib.contextmanager
def working_folder(parent: Path, purpose: str) -> Iterator[Path]:
    """A folder of this process's own below `parent`, removed at the end.

    It is held by a lock, which the operating system frees when the process dies: `clear_dead`
    then knows that nobody works in it, on whatever machine the process ran.
    """
    folder = parent / f"{purpose}-{uuid.uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    try:
        with write_lock(folder / ".held"):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_dead(parent: Path) -> None:
    """Remove the working folders below `parent` whose process is gone."""
    if not parent.is_dir():
        return
    for left in parent.iterdir():
        held = left / ".held"
        if not held.exists() and time.time() - left.stat().st_mtime < _NEWBORN:
            continue  # made a moment ago, and about to be held
        with contextlib.suppress(StoreLockedError, FileNotFoundError, NotADirectoryError):
            with write_lock(held):
                pass
            shutil.rmtree(left, ignore_errors=True)
