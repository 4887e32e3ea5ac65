"""The forward simulator: epidemics whose truth is known, over a model's own contacts.

In go a `Crisp` (its contacts, disease and transmission) and a seed; out comes everybody's trace,
and test results as the model has them err. Source: the generative model of arXiv 2006.04942.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from chowk.errors import parameter

from .arrays import Codes, Floats, Model
from .crisp import Crisp
from .disease import Disease
from .records import Tests
from .runs import whole

Ints = NDArray[np.int64]

#: What is drawn has a stream of its own: one seed may stand for the contacts of a world, its
#: epidemic and its tests, and were they drawn from the same numbers, whom a test errs about would
#: hang on who was infected.
_EPIDEMIC, _RESULTS = 1, 2


@dataclass(frozen=True)
class Epidemic:
    """What happened: the days on which exposed, infectious and recovered began, by person.

    A stage that is not reached begins on the day after the person's last.
    """

    e: Ints
    i: Ints
    r: Ints
    days: int
    disease: Disease

    @property
    def states(self) -> NDArray[np.int8]:
        """int8 [people, days]: S, E, I, R as 0 … 3."""
        day = np.arange(self.days)
        begun = (day >= boundary[:, None] for boundary in (self.e, self.i, self.r))
        found: NDArray[np.int8] = np.sum(list(begun), axis=0, dtype=np.int8)
        return found

    def infected(self, day: int) -> NDArray[np.bool_]:
        """Who is exposed or infectious on `day`."""
        return (self.e <= day) & (day < self.r)

    def test(self, people: ArrayLike, day: ArrayLike, *, seed: int) -> Tests:
        """Results of testing `people` on `day` (one day, or one a person), with the test's errors.

        People are numbers from 0, in the order of the model's people.

        >>> epidemic = simulate(Crisp(3, 5, p0=1.0, prevalence=1.0), seed=1)
        >>> epidemic.test([0, 2], 4, seed=1).positive.shape
        (2,)
        """
        whole("Epidemic.test", "seed", seed, 0)
        who = np.atleast_1d(_within(people, "people", len(self.e)))
        when = np.broadcast_to(_within(day, "day", self.days), who.shape).copy()
        infectious = (self.i[who] <= when) & (when < self.r[who])
        rate = np.where(
            infectious, 1 - self.disease.false_negative_rate, self.disease.false_positive_rate
        )
        random = np.random.default_rng([seed, _RESULTS])
        return Tests(who, when, random.random(len(who)) < rate)


def _within(values: ArrayLike, name: str, below: int) -> NDArray[np.int32]:
    """Whole numbers from 0 to `below` - 1; ParameterError otherwise."""
    found = np.asarray(values)
    if not found.size:
        return np.zeros(found.shape, dtype=np.int32)
    rule = f"whole numbers from 0 to {below - 1}"
    if found.dtype.kind not in "iu":
        raise parameter("Epidemic.test", name, rule, values)
    if found.min() < 0 or found.max() >= below:
        raise parameter("Epidemic.test", name, rule, int(found[(found < 0) | (found >= below)][0]))
    return found.astype(np.int32)


def stage_lengths(q: Floats, n: int, random: Generator) -> Ints:
    """`n` lengths of a stage, in days."""
    found: Ints = np.searchsorted(np.cumsum(q), random.random(n), side="right").astype(np.int64)
    return np.minimum(found, len(q) - 1)


def night(
    day: int,
    e: Ints,
    i: Ints,
    r: Ints,
    a: Codes,
    b: Codes,
    hazard: Floats,
    outside: float | Floats,
) -> Floats:
    """P(infected in the night after `day`) of everybody, from that day's contacts a, b."""
    infectious = (i <= day) & (day < r)
    total = np.full(len(e), outside, dtype=np.float64)
    for me, other in ((a, b), (b, a)):
        some = infectious[other]
        total += np.bincount(me[some], hazard[some], len(e)).astype(np.float64)
    found: Floats = -np.expm1(-total)
    return found


def _enter(model: Model, e: Ints, i: Ints, r: Ints, random: Generator) -> None:
    """Draw how those entered who were there before the window began."""
    n_e = len(model.q_e)
    known = np.flatnonzero(model.entry[:, 0] >= 0)
    sums = np.cumsum(model.entry[known], axis=1)
    way = (random.random(len(known))[:, None] >= sums).sum(axis=1)
    first = model.first[known].astype(np.int64)
    end = model.end[known].astype(np.int64)
    healthy = way == sums.shape[1]
    in_e = (way >= 1) & (way <= n_e)
    e[known] = np.where(healthy, end, first)
    lasts = stage_lengths(model.q_i, len(known), random)
    i[known] = np.where(healthy, end, np.where(in_e, first + way - 1, first))
    recovered = np.where(in_e, i[known] + lasts, first + np.maximum(way - 1 - n_e, 0))
    r[known] = np.where(healthy, end, recovered)


def simulate(crisp: Crisp, *, seed: int, infected: Sequence[Any] = ()) -> Epidemic:
    """One epidemic from the model's prior: its tests are not looked at.

    Parameters
    ----------
    crisp : people, days, contacts, disease and transmission.
    seed : of the draws.
    infected : ids of people who are newly infected on their first day for certain (patient zero).

    Examples
    --------
    >>> crisp = Crisp(2, 9, [(0, 1, day, 5) for day in range(9)], p1=0.9, p0=0.0)
    >>> simulate(crisp, seed=1, infected=[0]).e[0]
    np.int64(0)
    """
    random = np.random.default_rng([whole("simulate", "seed", seed, 0), _EPIDEMIC])
    model, disease = crisp.model, crisp.disease
    n, days = crisp.people.count, crisp.days
    first, end = model.first.astype(np.int64), model.end.astype(np.int64)
    stay_e = stage_lengths(disease.q_e, n, random)
    stay_i = stage_lengths(disease.q_i, n, random)
    e = np.where(random.random(n) < np.exp(model.log_first), first, end)
    for person in infected:
        code = crisp.people.code(person)
        e[code] = first[code]
    caught = e < end
    i = np.where(caught, e + stay_e, end)
    r = np.where(caught, i + stay_i, end)
    if len(model.entry):
        _enter(model, e, i, r, random)
    order = np.argsort(crisp.contacts.day, kind="stable")
    offsets = np.searchsorted(crisp.contacts.day[order], np.arange(days + 1))
    hazard = model.hazard[crisp.contact_codes[order]] if len(crisp.contact_codes) else None
    unseen = model.unseen.reshape(-1, days)
    for day in range(crisp.begin, days - 1):
        at = order[offsets[day] : offsets[day + 1]]
        h = (
            np.full(len(at), model.hazard[0])
            if hazard is None
            else hazard[offsets[day] : offsets[day + 1]]
        )
        outside = model.outside + (unseen[:, day].astype(np.float64) if len(unseen) else 0.0)
        p = night(day, e, i, r, crisp.contacts.a[at], crisp.contacts.b[at], h, outside)
        here = (first <= day) & (day + 1 < end) & (e >= end)
        new = here & (random.random(n) < p)
        e[new] = day + 1
        i[new] = e[new] + stay_e[new]
        r[new] = i[new] + stay_i[new]
    return Epidemic(np.minimum(e, end), np.minimum(i, end), np.minimum(r, end), days, disease)
