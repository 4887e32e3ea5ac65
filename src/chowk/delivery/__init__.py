"""Parcels that arrive, whole: which package a product should travel in."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "Assignment": "chowk.delivery.packaging.assignment",
    "PackageRecommender": "chowk.delivery.packaging.recommender",
}

__all__ = ["Assignment", "PackageRecommender"]

if TYPE_CHECKING:
    from .packaging.assignment import Assignment
    from .packaging.recommender import PackageRecommender


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'chowk.delivery' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
