"""The two verbs by which a store is had: `chowk.open` and `chowk.create`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .engines import Engine
from .settings import Value
from .store import Store


def open(  # noqa: A001 - the public name is chowk.open
    path: str | os.PathLike[str],
    *,
    engine: str | Engine | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Store:
    """Open the store at `path`. See `Store` for the parameters and errors."""
    return Store(path, engine=engine, flags=flags)


def create(path: str | os.PathLike[str], settings: Mapping[str, Value] | None = None) -> Store:
    """Make a new, empty store at `path`. See `Store.create`."""
    return Store.create(path, settings)
