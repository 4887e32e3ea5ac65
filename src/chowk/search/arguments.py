"""What callers may give to an engine, and what a closed one answers: errors that say the cure."""

from __future__ import annotations

import math
from typing import Any

from chowk.errors import InputError, parameter

from .intent import Intent
from .ranker import Ranker
from .rules import Effects
from .schema import Weights


def whole(name: str, value: Any, low: int, high: int, *, caller: str = "search") -> None:
    """ParameterError unless `value` is an int of the range."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise parameter(caller, name, f"an int in [{low}, {high}]", value)


def finite(value: Any) -> float | None:
    """A value of somebody's row as a number, 0 where there is none; None for what is no number.

    >>> finite("2.5"), finite(None), finite("many"), finite(float("nan"))
    (2.5, 0.0, None, None)
    """
    try:
        found = float(value or 0)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def decided(rules: Any, caller: str) -> None:
    """ParameterError unless `rules` is what `chowk.search.rules.effects` gives."""
    if not isinstance(rules, Effects):
        raise parameter(caller, "rules", "what chowk.search.rules.effects gives", rules)


def learned_elsewhere(weights: Any, intent: Any, ranker: Any) -> None:
    """ParameterError for what is of no kind that `build` takes."""
    for name, value, kind, whose in (
        ("weights", weights, Weights, "Weights(title=3, …)"),
        ("intent", intent, Intent, "another engine's 'intent'"),
        ("ranker", ranker, Ranker, "another engine's 'ranker'"),
    ):
        if value is not None and not isinstance(value, kind):
            raise parameter("build", name, f"{whose}, or None", value)


class Closed:
    """What stands in the place of what `close` gave back.

    >>> Closed().num_docs
    Traceback (most recent call last):
    chowk.errors.InputError: This search engine is closed. Open it again, or build another.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise InputError("This search engine is closed. Open it again, or build another.")


def closed() -> Any:
    """One that may stand for any of them."""
    return Closed()
