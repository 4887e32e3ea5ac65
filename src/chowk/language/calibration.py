"""Confidence that means what it says: a temperature for probabilities, a threshold for rejection.

In: scores and truth of held-out rows. Out: the temperature at which probabilities are likeliest
(Guo et al. 2017), and the confidence below which an utterance is taken to be out of scope.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar


def softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Probabilities over the last axis.

    >>> softmax(np.array([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    shifted = np.exp(scores.astype(np.float64) - scores.max(axis=-1, keepdims=True))
    found: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return found


def best_temperature(scores: NDArray[Any], truth: NDArray[Any]) -> float:
    """The temperature in [0.05, 20] with the least mean −log p of the true classes."""
    rows = np.arange(len(truth))

    def loss(log: float) -> float:
        shares = softmax(scores / np.exp(log))
        return -float(np.log(shares[rows, truth] + 1e-12).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def surprise(scores: NDArray[Any], truth: NDArray[Any]) -> float:
    """Mean −log p of the true classes at the best temperature: the less, the surer.

    >>> surprise(np.array([[9.0, 0.0], [0.0, 9.0]]), np.array([0, 1])) < 1e-6
    True
    """
    shares = softmax(scores / best_temperature(scores, truth))
    return -float(np.log(shares[np.arange(len(truth)), truth] + 1e-12).mean())


def threshold(
    shares: NDArray[np.float64], truth: NDArray[Any], out: int, false_rejections: float
) -> float:
    """The highest certainty at which at most that share of in-scope rows is rejected.

    Certainty is the highest probability of a class in scope, less that of being out of scope.

    Parameters
    ----------
    shares : probabilities [rows, classes].
    truth : class of each row.
    out : class number of what is out of scope, or -1.
    false_rejections : share of in-scope rows, in [0, 1).
    """
    inside = shares[truth != out]
    if not len(inside):
        return -1.0
    certain = np.sort(certainty(inside, out))
    return float(certain[int(false_rejections * len(certain))])


def certainty(shares: NDArray[np.float64], out: int) -> NDArray[np.float64]:
    """The highest probability in scope less that of out of scope, over the last axis.

    >>> certainty(np.array([0.5, 0.3, 0.2]), 2)
    np.float64(0.3)
    """
    if out < 0:
        return np.asarray(shares.max(axis=-1))
    inside = np.delete(shares, out, axis=-1)
    found: NDArray[np.float64] = inside.max(axis=-1) - shares[..., out]
    return found
