"""A file that appears whole or not at all: written beside its place, synced, renamed over it."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from chowk.errors import InputError
from chowk.store.disk import sync


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; it takes the place of `path` when the block ends well."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        try:
            yield beside
            sync(beside)
            os.replace(beside, path)
        except PermissionError as error:
            raise InputError(f"{path} cannot be written ({error.strerror}).") from None
    finally:
        beside.unlink(missing_ok=True)
    sync(path.parent)


@contextlib.contextmanager
def replacing_text(path: Path) -> Iterator[TextIO]:
    """A UTF-8 handle of such a file; line ends are written as they are given."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="") as handle:
        yield handle
        handle.flush()
