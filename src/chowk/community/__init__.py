"""Community: which messages wait for a person, and those who decide on them.

The names are loaded when they are first used, so that a detector alone costs no more than itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "Account": "evaders",
    "Alert": "proactive",
    "AutoMod": "automod",
    "ChannelSettings": "settings",
    "Context": "context",
    "ProactiveDetector": "proactive",
    "ReviewClassifier": "reviews",
    "Term": "terms",
    "TermList": "terms",
    "Verdict": "automod",
    "normalise": "folding",
}

__all__ = [
    "Account",
    "Alert",
    "AutoMod",
    "ChannelSettings",
    "Context",
    "ProactiveDetector",
    "ReviewClassifier",
    "Term",
    "TermList",
    "Verdict",
    "normalise",
]

if TYPE_CHECKING:
    from .automod import AutoMod, Verdict
    from .context import Context
    from .evaders import Account
    from .folding import normalise
    from .proactive import Alert, ProactiveDetector
    from .reviews import ReviewClassifier
    from .settings import ChannelSettings
    from .terms import Term, TermList


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
