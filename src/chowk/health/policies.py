"""Policies against an epidemic, day by day: how many are infected, and at what quarantine.

In go a policy (symptoms alone, contact tracing, CRISP) and a setting; out come the share infected
and the days spent in quarantine, and which policies no other beats in both. Source: the experiment
of arXiv 2006.04942, section 5.2, whose numbers are the defaults of `Setting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from chowk.errors import InputError, parameter

from .disease import Disease, probability
from .forward import night, stage_lengths
from .runs import whole

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Setting:
    """What the experiment fixes.

    Parameters
    ----------
    people, days : how many. start : the day from which the policy decides.
    tests : most tests a day. symptoms : P(who becomes infectious feels ill, and asks for a test).
    p0, p1 : infection from outside a day, and a contact. reproduction : people whom one infects at
        first; contacts a day follow from it. infected_first : newly infected people on day 0.
    disease : stages and test errors.
    """

    people: int = 1000
    days: int = 150
    start: int = 30
    tests: int = 10
    symptoms: float = 0.5
    p0: float = 1e-4
    p1: float = 0.025
    reproduction: float = 2.5
    infected_first: int = 1
    disease: Disease = field(default_factory=Disease)

    def __post_init__(self) -> None:
        for name, low in (("people", 2), ("days", 2), ("tests", 0), ("infected_first", 0)):
            whole("Setting", name, getattr(self, name), low)
        if not isinstance(self.start, int) or not 0 < self.start < self.days:
            raise parameter("Setting", "start", f"a day from 1 to {self.days - 1}", self.start)
        for name in ("symptoms", "p0", "p1"):
            probability("Setting", name, getattr(self, name))
        for name in ("p1", "reproduction"):
            if not getattr(self, name) > 0:
                raise parameter("Setting", name, "a number above 0", getattr(self, name))

    @property
    def contacts_a_day(self) -> float:
        """Contacts a person and day: reproduction / (mean infectious days x p1)."""
        return self.reproduction / (self.disease.mean_infectious * self.p1)


class Evening(NamedTuple):
    """What a policy sees at the end of a day: who met, who was tested and found what, and who
    began to feel ill."""

    day: int
    a: Codes
    b: Codes
    tested: Codes
    positive: Flags
    ill: Codes


class Policy(Protocol):
    """Chooses whom to test with the tests that symptoms leave, and who is in quarantine."""

    name: str

    def begin(self, setting: Setting, seed: int) -> None:
        """A new epidemic."""

    def whom(self, day: int, spare: int) -> Codes:
        """At most `spare` people to test today."""

    def decide(self, evening: Evening) -> Flags:
        """Who is in quarantine tomorrow, by person."""


class Outcome(NamedTuple):
    """One epidemic under one policy."""

    policy: str
    seed: int
    infected: float
    quarantine_days: int
    tests: int


class Nothing:
    """Nobody is ever in quarantine."""

    name = "nothing"

    def begin(self, setting: Setting, seed: int) -> None:
        self._people = setting.people

    def whom(self, day: int, spare: int) -> Codes:
        return np.zeros(0, np.int64)

    def decide(self, evening: Evening) -> Flags:
        return np.zeros(self._people, bool)


class Lockdown(Nothing):
    """Everybody is always in quarantine."""

    name = "lockdown"

    def decide(self, evening: Evening) -> Flags:
        return np.ones(self._people, bool)


class Symptoms:
    """Who feels ill is tested; who is found positive is in quarantine for `stay` days."""

    def __init__(self, stay: int) -> None:
        self.stay = whole(type(self).__name__, "stay", stay, 1)
        self.name = f"symptoms, {stay} days"

    def begin(self, setting: Setting, seed: int) -> None:
        self._until = np.full(setting.people, -1)

    def whom(self, day: int, spare: int) -> Codes:
        return np.zeros(0, np.int64)

    def decide(self, evening: Evening) -> Flags:
        self._until[evening.tested[evening.positive]] = evening.day + self.stay
        return self._until > evening.day


class Tracing(Symptoms):
    """As symptoms, and everybody whom a positive met in the last `back` days as well.

    Spare tests go to those in quarantine, those with most positive contacts first; who is found
    negative is let out.
    """

    def __init__(self, stay: int, back: int = 7) -> None:
        super().__init__(stay)
        self.back = whole("Tracing", "back", back, 1)
        self.name = f"tracing, {stay} days"

    def begin(self, setting: Setting, seed: int) -> None:
        super().begin(setting, seed)
        self._met: list[tuple[Codes, Codes]] = []
        self._positives = np.zeros(setting.people, dtype=np.int64)
        self._found = np.zeros(setting.people, dtype=bool)

    def whom(self, day: int, spare: int) -> Codes:
        inside = np.flatnonzero((self._until >= day) & ~self._found)
        return inside[np.argsort(-self._positives[inside], kind="stable")][:spare]

    def decide(self, evening: Evening) -> Flags:
        self._met = [*self._met, (evening.a, evening.b)][-self.back :]
        ill = np.zeros(len(self._until), dtype=bool)
        ill[evening.tested[evening.positive]] = True
        until = evening.day + self.stay
        for a, b in self._met:
            for one, other in ((a, b), (b, a)):
                met = other[ill[one]]
                np.add.at(self._positives, met, 1)
                self._until[met] = np.maximum(self._until[met], until)
        well = evening.tested[~evening.positive]
        self._until[well] = -1
        self._positives[well] = 0
        self._until[ill] = until
        self._found |= ill
        # Who was found positive once may be tested again after his quarantine.
        self._found &= self._until >= evening.day
        return self._until > evening.day


def simulate_policy(policy: Policy, setting: Setting | None = None, *, seed: int) -> Outcome:
    """One epidemic of `setting` (the paper's when None) under `policy`.

    The same seed gives all policies the same stages and symptoms, so that they are compared on the
    same people.

    Examples
    --------
    >>> small = Setting(people=50, days=20, start=5, tests=2)
    >>> simulate_policy(Lockdown(), small, seed=1).quarantine_days
    750
    """
    setting = Setting() if setting is None else setting
    whole("simulate_policy", "seed", seed, 0)
    people, random = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    n, disease = setting.people, setting.disease
    never = setting.days + 1000
    stay_e = stage_lengths(disease.q_e, n, people)
    stay_i = stage_lengths(disease.q_i, n, people)
    feels_ill = people.random(n) < setting.symptoms
    e = np.full(n, never)
    e[people.permutation(n)[: setting.infected_first]] = 0
    i = np.where(e < never, e + stay_e, never)
    r = np.where(e < never, i + stay_i, never)
    outside = -float(np.log1p(-setting.p0))
    each = -float(np.log1p(-setting.p1))
    inside = np.zeros(n, dtype=bool)
    waiting: list[int] = []
    quarantine = tested_in_all = 0
    policy.begin(setting, seed)
    for day in range(setting.days):
        a, b = _meetings(setting, inside, random)
        quarantine += int(inside.sum())
        # Who feels ill waits for a free test, the first come first; spare ones are the policy's.
        ill = np.flatnonzero(feels_ill & (i == day))
        waiting += ill.tolist()
        tested = np.zeros(0, np.int64)
        if day >= setting.start:
            own, waiting = waiting[: setting.tests], waiting[setting.tests :]
            tested = np.asarray(own, dtype=np.int64)
            more = policy.whom(day, setting.tests - len(own))
            tested = np.concatenate(
                [tested, np.setdiff1d(more, tested)[: setting.tests - len(own)]]
            )
        infectious = (i[tested] <= day) & (day < r[tested])
        rate = np.where(infectious, 1 - disease.false_negative_rate, disease.false_positive_rate)
        positive = random.random(len(tested)) < rate
        tested_in_all += len(tested)
        decided = policy.decide(Evening(day, a, b, tested, positive, ill))
        hazard = np.full(len(a), each)
        p = night(day, e, i, r, a.astype(np.int32), b.astype(np.int32), hazard, outside)
        new = np.flatnonzero((e == never) & (random.random(n) < p))
        e[new] = day + 1
        i[new] = e[new] + stay_e[new]
        r[new] = i[new] + stay_i[new]
        if day + 1 >= setting.start:
            inside = decided
    return Outcome(policy.name, seed, float((e < setting.days).mean()), quarantine, tested_in_all)


def _meetings(setting: Setting, inside: Flags, random: Generator) -> tuple[Codes, Codes]:
    """Who meets today: Binomial(n (n - 1) / 2, c / (n - 1)) pairs, none with those inside."""
    n = setting.people
    pairs = random.binomial(n * (n - 1) // 2, min(setting.contacts_a_day / (n - 1), 1.0))
    a = random.integers(0, n, pairs)
    b = (a + random.integers(1, n, pairs)) % n
    out = ~(inside[a] | inside[b])
    return a[out], b[out]


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Which points no other point beats, where both numbers are to be small.

    >>> pareto_front([(1.0, 9.0), (2.0, 9.0), (3.0, 1.0), (1.0, 9.0)])
    [0, 2, 3]
    """
    kept = []
    if np.isnan(np.asarray(points, dtype=np.float64)).any():
        raise InputError("pareto_front: a point is NaN. Leave it out.")
    for k, (x, y) in enumerate(points):
        beaten = any(u <= x and v <= y and (u < x or v < y) for u, v in points)
        if not beaten:
            kept.append(k)
    return kept
