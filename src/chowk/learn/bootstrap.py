"""Is the difference real? A paired bootstrap interval of a mean difference.

In go two arrays of one value a unit (query, basket), judged on the same units; out comes the mean
difference with its percentile interval. Source: Efron and Tibshirani 1993, chapter 13.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from chowk.errors import parameter


class Interval(NamedTuple):
    """A mean difference, and the interval that holds it at the chosen level."""

    difference: float
    low: float
    high: float


def paired_interval(
    ours: ArrayLike, theirs: ArrayLike, *, seed: int = 0, rounds: int = 2000, level: float = 0.95
) -> Interval:
    """Bootstrap interval of mean(ours - theirs), units drawn with replacement.

    Parameters
    ----------
    ours, theirs : one value a unit, the same units in the same order; at least one.
    seed : of the draws; the same seed gives the same interval.
    rounds : resamples, at least 100.
    level : coverage, in (0, 1).

    Examples
    --------
    >>> paired_interval([1.0, 1.0], [0.5, 0.5])
    Interval(difference=0.5, low=0.5, high=0.5)
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape or not len(a):
        raise parameter(
            "paired_interval", "theirs", f"as many values as 'ours', {a.shape}", b.shape
        )
    if not 0 < level < 1:
        raise parameter("paired_interval", "level", "a number in (0, 1)", level)
    if rounds < 100:
        raise parameter("paired_interval", "rounds", "an int of at least 100", rounds)
    difference = a - b
    rng = np.random.default_rng(seed)
    at_once = max(1, 4_000_000 // len(difference))  # bounds the memory of the draws
    means = np.concatenate(
        [
            difference[
                rng.integers(0, len(difference), size=(min(at_once, rounds - done), len(a)))
            ].mean(axis=1)
            for done in range(0, rounds, at_once)
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(difference.mean()), float(low), float(high))
