"""The oracle: every joint trace of a few people, weighed by the model's own words.

Nothing here is shared with the sampler. A trace is written out day by day; each transition and
each test contributes the factor that the model gives it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Case:
    """A small world. `hazard` of a contact is count x -log(1 - p1)."""

    people: int
    days: int
    contacts: tuple  # (a, b, day, count)
    tests: tuple  # (person, day, positive)
    incubation: tuple = (0.0, 0.6, 0.4)
    infectious: tuple = (0.0, 0.2, 0.5, 0.3)
    false_negative_rate: float = 0.1
    false_positive_rate: float = 0.05
    p0: float = 0.05
    p1: float = 0.4
    first_day: str = "exposed"
    present: dict = field(default_factory=dict)
    unobserved: tuple = ()  # (person, day, probability)

    @property
    def law(self):
        names = (
            "incubation infectious false_negative_rate false_positive_rate p0 p1 first_day"
        ).split()
        return {name: getattr(self, name) for name in names}

    def stay(self, person):
        first, last = self.present.get(person, (0, self.days - 1))
        return first, last + 1


def traces(case, person):
    """Every (e, i, r) of a person that fits, with the probability of its stages' lengths."""
    first, end = case.stay(person)

    def lengths(begin, q):
        for k, p in enumerate(q):
            if p > 0 and begin + k < end:
                yield begin + k, p
        tail = sum(p for k, p in enumerate(q) if begin + k >= end)
        if tail > 0:
            yield end, tail

    found = [((end, end, end), 1.0)]
    for e in range(first, end):
        for i, p in lengths(e, case.incubation):
            if i == end:
                found.append(((e, end, end), p))
                continue
            for r, q in lengths(i, case.infectious):
                found.append(((e, i, r), p * q))
    return found


def own_weight(case, person, trace, stages):
    """First day, stages and tests: what does not depend on others."""
    first, _ = case.stay(person)
    e, i, r = trace
    weight = stages
    if case.first_day == "exposed":
        weight *= case.p0 if e == first else 1 - case.p0
    elif e == first:
        return 0.0
    for who, day, positive in case.tests:
        if who == person:
            if i <= day < r:
                weight *= 1 - case.false_negative_rate if positive else case.false_negative_rate
            else:
                weight *= case.false_positive_rate if positive else 1 - case.false_positive_rate
    return weight


def joint(case):
    """All joint traces with their probabilities: arrays [n, people, 3] and [n]."""
    lists = [traces(case, person) for person in range(case.people)]
    shape = [len(found) for found in lists]
    weight = np.ones(shape)
    infectious = []
    for person, found in enumerate(lists):
        along = [1] * case.people
        along[person] = len(found)
        own = np.array([own_weight(case, person, trace, p) for trace, p in found])
        weight = weight * own.reshape(along)
        i = np.array([trace[1] for trace, _ in found])
        r = np.array([trace[2] for trace, _ in found])
        infectious.append([((i <= t) & (t < r)).reshape(along) for t in range(case.days)])
    for person, found in enumerate(lists):
        first, end = case.stay(person)
        along = [1] * case.people
        along[person] = len(found)
        e = np.array([trace[0] for trace, _ in found]).reshape(along)
        for t in range(first, end - 1):
            escape = np.full([1] * case.people, 1 - case.p0)
            for who, day, probability in case.unobserved:
                if day == t and who == person:
                    escape = escape * (1 - probability)
            for a, b, day, count in case.contacts:
                if day == t and person in (a, b):
                    other = b if person == a else a
                    escape = escape * np.where(infectious[other][t], (1 - case.p1) ** count, 1.0)
            weight = weight * np.where(e > t + 1, escape, np.where(e == t + 1, 1 - escape, 1.0))
    keep = np.flatnonzero(weight.reshape(-1) > 0)
    at = np.unravel_index(keep, shape)
    all_traces = np.stack(
        [np.array([trace for trace, _ in found])[k] for found, k in zip(lists, at, strict=True)],
        axis=1,
    )
    weights = weight.reshape(-1)[keep]
    return all_traces, weights / weights.sum(), weights.sum()


def states(all_traces, days):
    """[n, people, days] of 0 … 3."""
    day = np.arange(days)
    return sum((day >= all_traces[..., k, None]).astype(np.int8) for k in range(3))


def marginals(case):
    """[people, days, 4]."""
    found, weights, _ = joint(case)
    state = states(found, case.days)
    return np.stack([(weights[:, None, None] * (state == s)).sum(0) for s in range(4)], axis=-1)


def conditional(case, person, others):
    """Every trace of `person` with its probability given the traces of the others (a dict)."""
    found, weights, _ = joint(case)
    keep = np.ones(len(found), dtype=bool)
    for other, trace in others.items():
        keep &= (found[:, other] == trace).all(axis=1)
    return {
        tuple(trace): weight / weights[keep].sum()
        for trace, weight in zip(found[keep][:, person].tolist(), weights[keep], strict=True)
    }


def random_case(random, people=None, days=None, **fixed):
    """A random small world: who met whom, who was tested."""
    people = int(random.integers(2, 5)) if people is None else people
    days = int(random.integers(2, 7)) if days is None else days
    pairs = list(itertools.combinations(range(people), 2))
    contacts = tuple(
        (*pair, day, int(random.integers(1, 4)))
        for pair in pairs
        for day in range(days)
        if random.random() < 0.35
    )
    tests = tuple(
        (person, int(random.integers(days)), bool(random.random() < 0.6))
        for person in range(people)
        if random.random() < 0.5
    )
    return Case(people, days, contacts, tests, **fixed)
