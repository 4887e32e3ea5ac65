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
    "Care": "care",
    "ChannelSettings": "settings",
    "Context": "context",
    "Digest": "moderators",
    "Forecast": "health",
    "Held": "holding",
    "Holding": "holding",
    "Precedents": "precedents",
    "ProactiveDetector": "proactive",
    "ReviewClassifier": "reviews",
    "Standing": "strikes",
    "Suggestion": "moderators",
    "Term": "terms",
    "TermList": "terms",
    "Verdict": "automod",
    "Week": "health",
    "digest": "moderators",
    "forecast": "health",
    "kappa": "health",
    "normalise": "folding",
    "standing": "strikes",
    "suggest_moderators": "moderators",
    "survey_results": "care",
    "toxicity_by_hour": "health",
    "view": "moderators",
    "weeks": "health",
}

__all__ = [
    "Account",
    "Alert",
    "AutoMod",
    "Care",
    "ChannelSettings",
    "Context",
    "Digest",
    "Forecast",
    "Held",
    "Holding",
    "Precedents",
    "ProactiveDetector",
    "ReviewClassifier",
    "Standing",
    "Suggestion",
    "Term",
    "TermList",
    "Verdict",
    "Week",
    "digest",
    "forecast",
    "kappa",
    "normalise",
    "standing",
    "suggest_moderators",
    "survey_results",
    "toxicity_by_hour",
    "view",
    "weeks",
]

if TYPE_CHECKING:
    from .automod import AutoMod, Verdict
    from .care import Care, survey_results
    from .context import Context
    from .evaders import Account
    from .folding import normalise
    from .health import Forecast, Week, forecast, kappa, toxicity_by_hour, weeks
    from .holding import Held, Holding
    from .moderators import Digest, Suggestion, digest, suggest_moderators, view
    from .precedents import Precedents
    from .proactive import Alert, ProactiveDetector
    from .reviews import ReviewClassifier
    from .settings import ChannelSettings
    from .strikes import Standing, standing
    from .terms import Term, TermList


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f".{_PUBLIC[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
