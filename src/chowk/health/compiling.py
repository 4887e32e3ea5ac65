"""The loops of the contact model, compiled where numba is installed.

`compiled` marks a function for numba; without numba the function stays what it is, and `Crisp`
takes the NumPy road of `chowk.health.plain` instead, which obeys the same law and is slower.
Nothing is compiled before the first call; what was compiled is kept on disk for the next process.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, TypeVar

Loop = TypeVar("Loop", bound=Callable[..., Any])

#: Whether the compiled road is there.
AVAILABLE = importlib.util.find_spec("numba") is not None


def compiled(loop: Loop) -> Loop:
    """`loop` as machine code that lets go of the interpreter's lock, or `loop` without numba."""
    if not AVAILABLE:
        return loop
    numba: Any = importlib.import_module("numba")
    options = {"nogil": True, "error_model": "numpy"}
    fast: Loop
    try:
        fast = numba.njit(cache=True, **options)(loop)
    except RuntimeError:  # no folder to keep it in: compiled anew in every process
        fast = numba.njit(**options)(loop)
    return fast
