"""Parcels that arrive, whole: which package a product should travel in, and how items fill one."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "AddressParser": "chowk.delivery.addresses.parser",
    "AddressScorer": "chowk.delivery.addresses.scorer",
    "Assignment": "chowk.delivery.packaging.assignment",
    "PackageRecommender": "chowk.delivery.packaging.recommender",
    "Packing": "chowk.delivery.packaging.items",
    "pack_box": "chowk.delivery.packaging.packing",
    "pack_order": "chowk.delivery.packaging.orders",
    "packing_faults": "chowk.delivery.packaging.checking",
}

__all__ = [
    "AddressParser",
    "AddressScorer",
    "Assignment",
    "PackageRecommender",
    "Packing",
    "pack_box",
    "pack_order",
    "packing_faults",
]

if TYPE_CHECKING:
    from .addresses.parser import AddressParser
    from .addresses.scorer import AddressScorer
    from .packaging.assignment import Assignment
    from .packaging.checking import packing_faults
    from .packaging.items import Packing
    from .packaging.orders import pack_order
    from .packaging.packing import pack_box
    from .packaging.recommender import PackageRecommender


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'chowk.delivery' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
