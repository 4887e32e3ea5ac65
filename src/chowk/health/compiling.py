"""The loops of the contact model, compiled where numba is installed.

`compiled` marks a function for numba; without numba the function stays what it is, and `Crisp`
takes the NumPy road of `chowk.health.plain` instead, which obeys the same law and is slower.
Nothing is compiled before the first call; what was compiled is kept on disk for the next process.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Loop = TypeVar("Loop", bound=Callable[..., Any])

#: Whether the compiled road is there.
AVAILABLE = importlib.util.find_spec("numba") is not None


def _forget_old() -> None:
    """Drop what was compiled before the newest file here: a loop in one file calls those of others,
    and numba looks at its own file alone."""
    folder = Path(__file__).parent
    written = [path.stat().st_mtime for path in folder.glob("*.py")]
    newest = max((at for at in written if at <= time.time()), default=0.0)
    for index in (folder / "__pycache__").glob("*.nbi"):
        with contextlib.suppress(OSError):  # somebody else did, or may
            if index.stat().st_mtime < newest:
                index.unlink()


if AVAILABLE:
    _forget_old()


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
