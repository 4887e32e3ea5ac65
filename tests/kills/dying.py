"""A process that kills itself at one place: right before, or right after, the n-th sync or rename.

Importing and building end in a handful of `os.fsync` and `os.replace` calls; a kill that is drawn
over the whole time seldom falls between two of them, so these are asked for one by one.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

#: The calls that make something durable or visible.
CALLS = ("fsync", "replace")


def count(say: Callable[[str], None]) -> Callable[[], None]:
    """Count the calls from now on; the returned function says how many there were."""
    seen = dict.fromkeys(CALLS, 0)
    for name in CALLS:
        _wrap(name, lambda name=name: seen.__setitem__(name, seen[name] + 1), lambda: None)
    return lambda: say(f"calls {seen['fsync']} {seen['replace']}")


def die_at(place: str) -> None:
    """`fsync:before:3` kills this process right before its third `os.fsync`."""
    name, when, nth = place.split(":")
    left = int(nth)

    def before() -> None:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)

    def after() -> None:
        if left == 0 and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    _wrap(name, before, after)


def _wrap(name: str, before: Callable[[], None], after: Callable[[], None]) -> None:
    real = getattr(os, name)

    def wrapped(*given: Any, **named: Any) -> Any:
        before()
        result = real(*given, **named)
        after()
        return result

    setattr(os, name, wrapped)
