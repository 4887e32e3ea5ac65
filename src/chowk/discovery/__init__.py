"""What goes with what: the systems that let a shopper find the next product.

`RelatedProducts`, `Substitutes` and `Journey` are models, usable on any frame; `system` adapts
what a store's purchases say to the store.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "Journey": "chowk.discovery.journey",
    "RelatedProducts": "chowk.discovery.related_products",
    "Substitutes": "chowk.discovery.substitutes",
}

__all__ = ["Journey", "RelatedProducts", "Substitutes"]

if TYPE_CHECKING:
    from .journey import Journey
    from .related_products import RelatedProducts
    from .substitutes import Substitutes


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'chowk.discovery' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
