"""What the understander's numbers may be, as questions; what breaks a rule is not converted.

In: anything that a caller gave. Out: whether it is a number of the kind that was asked for.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np


def is_share(value: Any) -> bool:
    """Whether it is a number in [0, 1).

    >>> is_share(0.03), is_share(1), is_share("0.5")
    (True, False, False)
    """
    return isinstance(value, int | float | np.number) and bool(0 <= value < 1)


def is_above(value: Any) -> bool:
    """Whether it is a finite number above 0."""
    return isinstance(value, int | float | np.number) and bool(0 < value < math.inf)


def is_count(value: Any) -> bool:
    """Whether it is an int of at least 0."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 0)


def is_power(value: Any) -> bool:
    """Whether it is a power of 2 from 256 on."""
    return isinstance(value, int | np.integer) and bool(value >= 256 and not value & (value - 1))


def is_asked(value: Any) -> bool:
    """Whether it is True, False or `auto`."""
    return isinstance(value, bool) or (isinstance(value, str) and value == "auto")


def is_heard(one: Any) -> bool:
    """Whether it is a (text, confidence) of recognised speech."""
    return (
        isinstance(one, tuple | list)
        and len(one) == 2
        and isinstance(one[0], str)
        and isinstance(one[1], int | float)
        and abs(one[1]) <= sys.float_info.max  # math.isfinite cannot take every int
    )
