"""The two verbs by which a store is had: `chowk.open` and `chowk.create`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from chowk.errors import parameter

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
    return Store(_place("open", path), engine=engine, flags=flags)


def create(path: str | os.PathLike[str], settings: Mapping[str, Value] | None = None) -> Store:
    """Make a new, empty store at `path`. See `Store.create`."""
    if settings is not None and not isinstance(settings, Mapping):
        raise parameter("create", "settings", 'a dict such as {"currency": "INR"}', settings)
    return Store.create(_place("create", path), settings)


def _place(caller: str, path: Any) -> str | os.PathLike[str]:
    """The path, if it is one that a folder can have."""
    if not isinstance(path, str | os.PathLike) or not str(path) or "\0" in str(path):
        raise parameter(caller, "path", "the path of a folder", path)
    return path
