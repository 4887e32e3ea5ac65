"""Traces drawn from the posterior, and what they say: states, marginals, risk, diagnostics.

In go the boundaries of sampled traces; out come shares of samples and measures of how well the
chains mixed. Sources: Gelman et al. 2013 (split R-hat), Geyer 1992 (initial positive sequence).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import parameter

from .arrays import Floats, Shorts
from .records import People

#: Above this split R-hat, or below this many effective samples, mixing is called slow.
SLOW_RHAT, FEW_SAMPLES = 1.1, 25.0


class MixingWarning(UserWarning):
    """The chains moved so slowly that the answer for some people is not to be trusted yet."""


@dataclass(frozen=True)
class Diagnostics:
    """How well the chains mixed, person by person, judged by the day of infection.

    `rhat` (near 1 is good; NaN with too few samples) and `effective_samples` are arrays by person;
    `slow` holds the ids of those who mixed slowly, the worst first; `warning` is one sentence with
    the cure, or ''.
    """

    rhat: Floats
    effective_samples: Floats
    slow: list[Any]
    warning: str


class Tally:
    """Counts of boundaries by person and day: all that marginals need, whatever the samples.

    Parameters
    ----------
    first, end : the first day of each person and the day after the last.
    days : how many days there are.
    """

    def __init__(self, first: Shorts, end: Shorts, days: int) -> None:
        self.first, self.end, self.days = first, end, days
        self.samples = 0
        self._counts = np.zeros((3, len(first), days + 1), dtype=np.int32)
        self._people = np.arange(len(first))

    def add(self, e: Shorts, i: Shorts, r: Shorts) -> None:
        """Count one sample: the first exposed, infectious and recovered day of everybody."""
        self.samples += 1
        for counts, boundary in zip(self._counts, (e, i, r), strict=True):
            counts[self._people, boundary] += 1

    def merged(self, other: Tally) -> Tally:
        """Both tallies' counts, in this one."""
        self._counts += other._counts
        self.samples += other.samples
        return self

    def reached(self, boundary: int, day: int) -> Floats:
        """Share of samples in which each person had reached E, I, R (0, 1, 2) by `day`."""
        found: Floats = self._counts[boundary, :, : day + 1].sum(axis=1) / self.samples
        return found

    def marginals(self) -> Floats:
        """P(S, E, I, R), an array [people, days, 4]; NaN where a person is not there."""
        found = np.empty((len(self.first), self.days, 4))
        found[:, :, 0] = 1.0
        for k, counts in enumerate(self._counts):
            reached = np.cumsum(counts[:, : self.days], axis=1) / self.samples
            found[:, :, k] -= reached
            found[:, :, k + 1] = reached
        day = np.arange(self.days)
        away = (day < self.first[:, None]) | (day >= self.end[:, None])
        if away.any():
            found[away] = np.nan
        return found

    def risk(self, day: int) -> Floats:
        """P(exposed or infectious on `day`) of each person; NaN where a person is not there."""
        found = self.reached(0, day) - self.reached(2, day)
        found[(day < self.first) | (day >= self.end)] = np.nan
        return found


class Samples:
    """Traces drawn by `Crisp.sample`.

    Attributes
    ----------
    traces : int16 [samples, people, 3], the days on which exposed, infectious and recovered begin
        (the day after the person's last where a stage is not reached). Chains stand one after the
        other.
    chain_lengths : how many samples each chain gave.
    """

    def __init__(
        self,
        traces: Shorts,
        chain_lengths: list[int],
        *,
        first: Shorts,
        end: Shorts,
        days: int,
        people: People,
    ) -> None:
        self.traces = traces
        self.chain_lengths = chain_lengths
        self._first, self._end, self._days, self._people = first, end, days, people

    def __len__(self) -> int:
        return len(self.traces)

    @property
    def states(self) -> NDArray[np.int8]:
        """int8 [samples, people, days]: S, E, I, R as 0 … 3, and -1 where a person is not there."""
        samples, people, _ = self.traces.shape
        day = np.arange(self._days, dtype=np.int16)
        found = np.zeros((samples, people, self._days), dtype=np.int8)
        for k in range(3):
            found += day >= self.traces[:, :, k, None]
        away = (day < self._first[:, None]) | (day >= self._end[:, None])
        if away.any():
            found[:, away] = -1
        return found

    def _tally(self) -> Tally:
        tally = Tally(self._first, self._end, self._days)
        for trace in self.traces:
            tally.add(trace[:, 0], trace[:, 1], trace[:, 2])
        return tally

    def marginals(self) -> Floats:
        """P(S, E, I, R), an array [people, days, 4]; NaN where a person is not there."""
        return self._tally().marginals()

    def risk(self, day: int) -> Floats:
        """P(exposed or infectious on `day`), an array by person."""
        if not 0 <= day < self._days:
            raise parameter("risk", "day", f"a day from 0 to {self._days - 1}", day)
        return self._tally().risk(day)

    def diagnostics(self) -> Diagnostics:
        """R-hat and effective samples a person; a `MixingWarning` when mixing is slow."""
        found = diagnose(self.traces[:, :, 0], self.chain_lengths, self._people)
        if found.warning:
            warnings.warn(found.warning, MixingWarning, stacklevel=2)
        return found


def diagnose(values: NDArray[Any], chain_lengths: list[int], people: People) -> Diagnostics:
    """Judge series [samples, people] of chains that stand one after the other."""
    n = min(chain_lengths)
    ends = np.cumsum(chain_lengths)
    # float32 holds days exactly, and halves the memory of a city.
    chains = np.stack([values[end - n : end] for end in ends]).astype(np.float32)
    rhat = split_rhat(chains)
    effective = effective_samples(chains)
    slow = np.flatnonzero((rhat > SLOW_RHAT) | (effective < min(FEW_SAMPLES, n)))
    slow = slow[np.argsort(effective[slow], kind="stable")]
    ids = [people.id(int(code)) for code in slow]
    warning = ""
    if ids:
        shown = ", ".join(map(str, ids[:5])) + (" and others" if len(ids) > 5 else "")
        warning = (
            f"Mixing is slow for {len(ids)} of {people.count} people ({shown}): R-hat is up to "
            f"{np.nanmax(rhat[slow]):.2f}, the fewest effective samples are "
            f"{effective[slow].min():.0f}. Take more samples and a longer burn_in, or let pairs "
            "who met move together with pair_moves=1."
        )
    return Diagnostics(rhat, effective, ids, warning)


def split_rhat(chains: NDArray[Any]) -> Floats:
    """R-hat of each chain's two halves, for series [chains, samples, people]; 1 where all agree.

    >>> split_rhat(np.zeros((2, 8, 1)))
    array([1.])
    """
    half = chains.shape[1] // 2
    if half < 2:
        return np.full(chains.shape[2], np.nan)
    halves = np.concatenate([chains[:, :half], chains[:, -half:]])
    within = halves.var(axis=1, ddof=1).mean(axis=0, dtype=np.float64)
    between = halves.mean(axis=1, dtype=np.float64).var(axis=0, ddof=1)
    # Chains that stand still in different places never met: infinitely far from mixed.
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.sqrt((half - 1) / half + between / within)
    found[(within == 0) & (between == 0)] = 1.0
    return found


def effective_samples(chains: NDArray[Any]) -> Floats:
    """How many independent samples the chains are worth, for series [chains, samples, people].

    Autocorrelations are summed in pairs while a pair's sum is positive (Geyer). A series that never
    moved counts as independent when all chains agree, since there is nothing to estimate.

    >>> effective_samples(np.zeros((1, 10, 1)))
    array([10.])
    """
    m, n, people = chains.shape
    total = float(m * n)
    centred = chains - chains.mean(axis=(0, 1), dtype=np.float64).astype(chains.dtype)
    variance = (centred**2).mean(axis=(0, 1), dtype=np.float64)
    moving = np.flatnonzero(variance > 0)
    found = np.full(people, total)
    centred, variance = centred[:, :, moving], variance[moving]
    time = np.full(len(moving), -1.0)
    smallest = np.full(len(moving), np.inf)
    going = np.arange(len(moving))
    for lag in range(0, n - 1, 2):
        some = centred[:, :, going]
        pair = np.zeros(len(going))
        for k in (lag, lag + 1):
            products = (some[:, : n - k] * some[:, k:]).sum(axis=(0, 1), dtype=np.float64)
            pair += products / (m * n) / variance[going]
        # The sums of pairs fall in theory, so noise that makes them rise is cut off.
        pair = np.minimum(pair, smallest[going])
        smallest[going] = pair
        going = going[pair > 0]
        time[going] += 2 * pair[pair > 0]
        if not len(going):
            break
    found[moving] = np.clip(total / np.maximum(time, 1.0 / np.log10(max(total, 10))), 1.0, None)
    return found
