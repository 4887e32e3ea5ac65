"""Chowk: the applied-science team for stores that do not have one.

    >>> import chowk
    >>> chowk.__version__.count(".")
    2

The public names are loaded when they are first used, so `import chowk` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_PUBLIC = {
    "ChowkError": "chowk.errors",
    "Scorecard": "chowk.system",
    "Store": "chowk.store.store",
    "System": "chowk.system",
    "create": "chowk.store.opening",
    "open": "chowk.store.opening",
}

__all__ = ["ChowkError", "Scorecard", "Store", "System", "__version__", "create", "open"]

if TYPE_CHECKING:
    from chowk.errors import ChowkError
    from chowk.store.opening import create, open  # noqa: A004
    from chowk.store.store import Store
    from chowk.system import Scorecard, System


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'chowk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
