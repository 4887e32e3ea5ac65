"""Metres from the strength of a radio signal, for logs of phones and badges.

In go decibels (dBm); out come metres by the log-distance path-loss model of radio engineering
(Rappaport, "Wireless Communications", section 4.9).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: What a phone hears of another at one metre, and how fast that falls in the open.
AT_ONE_METRE, EXPONENT = -59.0, 2.0


def metres_of_signal(
    signal_dbm: ArrayLike, *, at_one_metre: float = AT_ONE_METRE, exponent: float = EXPONENT
) -> NDArray[np.float64]:
    """10^((at_one_metre - signal) / (10 exponent)).

    >>> metres_of_signal([-59.0, -79.0])
    array([ 1., 10.])
    """
    signal = np.asarray(signal_dbm, dtype=np.float64)
    found: NDArray[np.float64] = 10 ** ((at_one_metre - signal) / (10 * exponent))
    return found
