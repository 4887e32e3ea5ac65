"""A window over a long history: what lies before it is summed up, person by person.

In go a `Crisp` and a day; out comes what everybody was on that day given all that was known before
it, as a table of ways to enter (`Model.entry`). From there on the model begins on that day, and its
cost no longer grows with the history. What is given up is that people's states on that one day are
then independent of each other: assumed-density filtering (Boyen and Koller 1998, "Tractable
inference for complex stochastic processes").
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .arrays import Floats, State

if TYPE_CHECKING:
    from .crisp import Crisp

#: Sweeps behind a summary, in two chains.
SAMPLES = 200
#: Samples that are added to them, half healthy and half recovered, so that what none of them showed
#: stays possible; few, since every summary adds them again.
_DOUBT = 0.1


def left_after(q: Floats) -> Floats:
    """P(a stage lasts k more days), row by age in days on the day, for one that has not ended.

    >>> left_after(np.array([0.0, 0.6, 0.4]))
    array([[0. , 0.6, 0.4],
           [0. , 1. , 0. ],
           [0. , 0. , 0. ]])
    """
    n = len(q)
    found = np.zeros((n, n))
    for age in range(n):
        rest = q[age + 1 :].sum()
        if rest > 0:
            found[age, 1 : n - age] = q[age + 1 :] / rest
    return found


class _Seen:
    """Counts by person of what the samples show of one day: the stage, and its age in days."""

    def __init__(self, people: int, n_e: int, n_i: int, carried: NDArray[np.bool_]) -> None:
        self.recovered = np.zeros(people)
        self.exposed = np.zeros((people, n_e))
        self.infectious = np.zeros((people, n_i))
        #: still in the stage in which the last window began
        self.still = np.zeros((people, 2))
        self._carried = carried

    def add(self, state: State, day: int, first: NDArray[np.int16]) -> None:
        """Count one sample."""
        e, i, r = state
        self.recovered += r <= day
        old = self._carried & (e == first)
        in_e = (e <= day) & (day < i)
        in_i = (i <= day) & (day < r)
        old_i = old & (i == first)
        self.still[:, 0] += in_e & old
        self.still[:, 1] += in_i & old_i
        for table, here, begun in (
            (self.exposed, in_e & ~old, e),
            (self.infectious, in_i & ~old_i, i),
        ):
            who = np.flatnonzero(here)
            np.add.at(table, (who, np.minimum(day - begun[who], table.shape[1] - 1)), 1)


def summed_up(crisp: Crisp, day: int, *, seed: int, samples: int = SAMPLES) -> NDArray[np.float32]:
    """What everybody was on `day` given what happened before it: the rows of `Model.entry`.

    Samples give the stage and its age; how long it goes on follows from the age by the law of its
    length. People who were not there yet have a row of -1.
    """
    before = copy.copy(crisp)
    before.days = day + 1
    before._last_day = np.minimum(crisp._last_day, day)
    before._first_day = np.minimum(crisp._first_day, before._last_day + 1)
    before.contacts = crisp.contacts.where(crisp.contacts.day < day)
    before.tests = crisp.tests.where(crisp.tests.day < day)
    before.unobserved = crisp.unobserved.where(crisp.unobserved.day < day)
    before.model, before._groups = before._made(), None
    first, end = before.model.first, before.model.end
    before._last = []
    before._warm = [State(*(np.minimum(part, end) for part in s)) for s in crisp._last] or None
    n, n_e, n_i = crisp.people.count, len(crisp.disease.q_e), len(crisp.disease.q_i)
    carried = crisp.entry[:, 0] >= 0 if len(crisp.entry) else np.zeros(n, dtype=bool)
    chains = [_Seen(n, n_e, n_i, carried) for _ in range(2)]

    def keep(chain: int, number: int, state: State) -> None:
        chains[chain].add(state, day, first)

    run = before._planned(samples, burn_in=20 if before._warm else 50, seed=seed)
    before._run(run, keep)
    one, two = chains
    e_left, i_left = left_after(crisp.disease.q_e), left_after(crisp.disease.q_i)
    recovered = one.recovered + two.recovered
    exposed = (one.exposed + two.exposed) @ e_left
    infectious = (one.infectious + two.infectious) @ i_left
    # A stage of which the last day was its last possible one counts as ended with it.
    still = one.still + two.still
    if carried.any():
        passed = day - crisp.begin
        for k, table, width, at in ((0, exposed, n_e, 1), (1, infectious, n_i, 1 + n_e)):
            ways = crisp.entry[:, at + passed + 1 : at + width].astype(np.float64)
            total = ways.sum(axis=1)
            some = (total > 0) & (still[:, k] > 0)
            share = np.zeros(n)
            share[some] = still[some, k] / total[some]
            table[:, 1 : 1 + ways.shape[1]] += ways * share[:, None]
    found = np.column_stack([recovered + _DOUBT / 2, exposed, infectious]) / (samples + _DOUBT)
    found[crisp._first_day >= day] = -1
    return found.astype(np.float32)


def shortened(crisp: Crisp, window: int, *, seed: int, samples: int = SAMPLES) -> None:
    """Let `crisp` begin at most one and a half windows, and at least one, before its end."""
    if crisp.days - crisp.begin <= window + max(window // 2, 1):
        return
    day = crisp.days - window
    entry = summed_up(crisp, day, seed=seed, samples=samples)
    crisp.entry, crisp.begin = entry, day
    crisp._first_day = np.minimum(np.maximum(crisp._first_day, day), crisp._last_day + 1)
    crisp.contacts = crisp.contacts.where(crisp.contacts.day >= day)
    crisp.tests = crisp.tests.where(crisp.tests.day >= day)
    crisp.unobserved = crisp.unobserved.where(crisp.unobserved.day >= day)
    crisp.model, crisp._groups = crisp._made(), None
    first = crisp.model.first
    warm = crisp._warm is not None
    crisp._last = [State(*(np.maximum(part, first) for part in state)) for state in crisp._last]
    crisp._warm = crisp._last if warm else None
