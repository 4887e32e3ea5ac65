"""What is known about the infection itself: how long its stages last, and how tests err.

In go probabilities by number of days and the error rates of a test; out come the arrays that the
sampler reads. Source: Herbrich, Rastogi, Vollgraf, "CRISP" (arXiv 2006.04942); the tables of days
are the ones published with it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chowk.errors import InputError, parameter

Floats = NDArray[np.float64]
FirstDay = Literal["exposed", "susceptible"]

#: What stands for log 0. A trace that breaks a certainty is e^1000 times less likely than one that
#: does not, so it is never drawn while another exists, and sums stay finite when none does.
NEVER = -1000.0

#: P(days between infection and becoming infectious); mean 4.8 days.
INCUBATION: tuple[float, ...] = (
    *(0.0, 0.05908981283, 0.1656874653, 0.1819578343, 0.154807057, 0.1198776096, 0.08938884645),
    *(0.06572939883, 0.04819654533, 0.03543733758, 0.02620080839, 0.01950646727, 0.01463254844),
    *(0.0110616426, 0.008426626119),
)
#: P(days of being infectious); mean 19.9 days.
INFECTIOUS: tuple[float, ...] = (
    *(0.0, 0.0, 0.0, 0.0, 0.0, 0.0001178655952, 0.0006658439543, 0.002319264193, 0.005825713197),
    *(0.01160465163, 0.01949056696, 0.02877007836, 0.03842711373, 0.04743309657, 0.05496446107),
    *(0.06050719418, 0.06386313651, 0.065094874, 0.06444537162, 0.06225794729, 0.0589104177),
    *(0.05476817903, 0.05015542853, 0.0453410888, 0.04053528452, 0.03589255717, 0.03151878504),
    *(0.02747963753, 0.02380914891, 0.02051758911, 0.01759822872, 0.01503287457, 0.0127962154),
    *(0.01085910889, 0.009190974483, 0.007761463001, 0.006541562648, 0.005504277076),
)


@dataclass(frozen=True)
class Disease:
    """The stages of the infection and the errors of its test.

    Parameters
    ----------
    incubation, infectious : probabilities by number of days from 0; each sums to 1.
    false_negative_rate : P(negative | infectious), in [0, 1].
    false_positive_rate : P(positive | not infectious), in [0, 1].
    p0 : P(infected from outside) a person and day, in [0, 1].
    first_day : `exposed`: on the first day a person is newly infected with probability
        `prevalence`; `susceptible`: everybody starts healthy.
    prevalence : P(infected on the first day) under `exposed`; p0 when None.

    Raises
    ------
    ParameterError : a number outside its limits.
    InputError : days that do not sum to one.

    Examples
    --------
    >>> round(Disease().mean_infectious, 2)
    19.86
    """

    incubation: Sequence[float] | Floats = INCUBATION
    infectious: Sequence[float] | Floats = INFECTIOUS
    false_negative_rate: float = 0.001
    false_positive_rate: float = 0.01
    p0: float = 1e-4
    first_day: FirstDay = "exposed"
    prevalence: float | None = None
    q_e: Floats = field(init=False, repr=False, compare=False)
    q_i: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("false_negative_rate", "false_positive_rate", "p0", "prevalence"):
            rate = getattr(self, name)
            if not (name == "prevalence" and rate is None):
                probability("Crisp", name, rate)
        if self.first_day not in ("exposed", "susceptible"):
            raise parameter("Crisp", "first_day", "'exposed' or 'susceptible'", self.first_day)
        object.__setattr__(self, "q_e", distribution("incubation", self.incubation))
        object.__setattr__(self, "q_i", distribution("infectious", self.infectious))

    @property
    def mean_infectious(self) -> float:
        """Mean number of infectious days."""
        return float(self.q_i @ np.arange(len(self.q_i)))

    @property
    def outside_hazard(self) -> float:
        """-log(1 - p0): the hazard of infection from outside, a day."""
        return -log(1.0 - self.p0)

    @property
    def first_day_logs(self) -> tuple[float, float]:
        """log P(infected on the first day), log P(not)."""
        if self.first_day == "susceptible":
            return NEVER, 0.0
        rate = self.p0 if self.prevalence is None else self.prevalence
        return log(rate), log(1.0 - rate)

    def test_ratios(self, positive: NDArray[np.bool_], rates: Floats | None = None) -> Floats:
        """log P(outcome | infectious) - log P(outcome | not) of each test.

        `rates` [tests, 2] are false-negative and false-positive rates, NaN for the disease's own.
        """
        own = np.array([self.false_negative_rate, self.false_positive_rate])
        each = np.broadcast_to(own, (len(positive), 2))
        each = each if rates is None else np.where(np.isnan(rates), own, rates)
        alpha, beta = each[:, 0], each[:, 1]
        infectious = np.where(positive, 1 - alpha, alpha)
        healthy = np.where(positive, beta, 1 - beta)
        with np.errstate(divide="ignore"):
            found: Floats = np.maximum(np.log(infectious), NEVER) - np.maximum(
                np.log(healthy), NEVER
            )
        return found


def log(probability: float) -> float:
    """The logarithm, with `NEVER` where it is not finite.

    >>> log(0.0)
    -1000.0
    """
    return max(float(np.log(probability)), NEVER) if probability > 0 else NEVER


def tails(q: Floats, days: int) -> Floats:
    """P(at least n days) for n = 0 … days + 1.

    >>> tails(np.array([0.0, 0.6, 0.4]), 3)
    array([1. , 1. , 0.4, 0. , 0. ])
    """
    found = np.zeros(days + 2)
    sums = np.cumsum(q[::-1])[::-1]
    found[: len(sums)] = sums[: days + 2]
    return found


def probability(caller: str, name: str, rate: object) -> float:
    """`rate` as a float when it is in [0, 1]; ParameterError otherwise."""
    good = isinstance(rate, int | float | np.floating | np.integer) and 0 <= rate <= 1
    if not good or isinstance(rate, bool):
        raise parameter(caller, name, "a number in [0, 1]", rate)
    return float(rate)  # type: ignore[arg-type]


def distribution(name: str, given: ArrayLike) -> Floats:
    """Probabilities by number of days, summing to one.

    A sum that is off by less than a thousandth is scaled, with a warning when it is off by more
    than rounding of the published tables gives; a sum that is further off is refused.
    """
    try:
        q = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise parameter("Crisp", name, "probabilities by number of days from 0", given) from None
    if q.ndim != 1 or not len(q):
        raise parameter("Crisp", name, "probabilities by number of days from 0", given)
    bad = np.flatnonzero(~(np.isfinite(q) & (q >= 0)))
    if len(bad):
        raise InputError(
            f"{name}: the probability of {bad[0]} days must be a number of at least 0. "
            f"Got {q[bad[0]]} instead."
        )
    total = float(q.sum())
    if abs(total - 1) > 1e-3:
        raise InputError(
            f"{name}: the probabilities must sum to 1. They sum to {total:.6g}. "
            "Divide them by their sum if that is what you mean."
        )
    if abs(total - 1) > 1e-6:
        warnings.warn(
            f"{name}: the probabilities sum to {total:.6g}; they were divided by that.",
            stacklevel=4,
        )
    q = np.trim_zeros(q / total, "b")
    return q
