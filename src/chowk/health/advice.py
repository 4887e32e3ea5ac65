"""What to do today: who infected whom, which test tells most, whom to test, isolate and release.

In go a model and its samples; out come shares of samples and lists at the capacities that the user
gives, each line with its reason. Source of the rule: arXiv 2006.04942, section 5.2 (test by
P(infectious), isolate above a threshold of P(exposed or infectious), release above P(S or R) 0.9).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from chowk.errors import parameter

from .crisp import Crisp
from .disease import Floats
from .samples import Samples

#: Who infected when no contact did.
OUTSIDE = "outside"
#: Who infected by a contact that nobody recorded; and before the window began.
UNRECORDED, EARLIER = "unrecorded", "earlier"

#: Above this P(infectious) a test would only say what is known.
KNOWN = 0.95


class Infector(NamedTuple):
    """A possible source of somebody's infection.

    `person` is an id, or "outside", "unrecorded" (a contact that nobody wrote down) or "earlier"
    (before the window of `Crisp.advance` began).
    """

    person: Any
    probability: float
    day: int


class Advice(NamedTuple):
    """One line of a daily list."""

    action: Literal["test", "quarantine", "release"]
    person: Any
    risk: float
    reason: str


class Today(NamedTuple):
    """The two lists of a day: whom to test, and whom to quarantine or release."""

    tests: list[Advice]
    quarantine: list[Advice]


def day_named(day: int) -> str:
    """How a day is spoken of: by its number, or by its date where days count from 1970-01-01.

    Ten thousand days are 27 years: no list of contacts that begins at 0 comes so far.

    >>> day_named(4), day_named(20_000)
    ('day 4', '2024-10-04')
    """
    return f"day {day}" if day < 10_000 else str(np.datetime64(day, "D"))


def infectors(crisp: Crisp, samples: Samples, person: Any) -> list[Infector]:
    """Who most likely infected `person`, the likeliest first; probabilities sum to P(infected).

    In every sample in which the person is infected, its cause is shared between that night's
    infectious contacts and the outside in proportion to their hazards. `day` is the likeliest day
    of the meeting. Who was infected on the first day was infected outside.

    Examples
    --------
    >>> crisp = Crisp(2, 9, [(0, 1, 4, 3)], [(0, 4, True), (1, 8, True)], p1=0.5)
    >>> infectors(crisp, crisp.sample(200, seed=1), 1)[0].person
    0
    """
    code = crisp.people.code(person)
    model = crisp.model
    first, end = int(model.first[code]), int(model.end[code])
    found: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = {}

    def add(source: int, day: int, share: float) -> None:
        found.setdefault(source, np.zeros(crisp.days))[day] += share

    for trace in samples.traces:
        e = int(trace[code, 0])
        if e == end:
            continue
        if e == first:
            add(-3 if crisp.begin and first == crisp.begin else -1, e, 1.0)
            continue
        row = code * model.days + e - 1
        at = slice(model.indptr[row], model.indptr[row + 1])
        met = model.neighbour[at]
        active = (trace[met, 1] < e) & (e - 1 < trace[met, 2])
        hazard = model.hazard[model.code[at]] if len(model.code) else model.hazard[0]
        hazard = np.where(active, hazard, 0.0)
        unseen = float(model.unseen[row]) if len(model.unseen) else 0.0
        total = model.outside + unseen + hazard.sum()
        add(-1, e - 1, model.outside / total)
        if unseen:
            add(-2, e - 1, unseen / total)
        for k in np.flatnonzero(active):
            add(int(met[k]), e - 1, float(hazard[k]) / total)
    n = len(samples)
    lines = [
        Infector(
            (OUTSIDE, UNRECORDED, EARLIER)[-1 - source] if source < 0 else crisp.people.id(source),
            float(by_day.sum()) / n,
            int(by_day.argmax()),
        )
        for source, by_day in found.items()
    ]
    return sorted((line for line in lines if line.probability > 0), key=lambda i: -i.probability)


def expected_information(
    infectious: ArrayLike, *, false_negative_rate: float, false_positive_rate: float
) -> Floats:
    """Bits that a test of each person is expected to tell about everybody's state.

    A result depends on the others only through the tested person, so what it tells about all is
    what it tells about him: H(result) - E H(result | infectious or not).

    >>> expected_information([0.0, 0.5], false_negative_rate=0.0, false_positive_rate=0.0)
    array([0., 1.])
    """
    p = np.asarray(infectious, dtype=np.float64)
    positive = p * (1 - false_negative_rate) + (1 - p) * false_positive_rate
    given = p * _entropy(np.asarray(false_negative_rate)) + (1 - p) * _entropy(
        np.asarray(false_positive_rate)
    )
    return np.maximum(_entropy(positive) - given, 0.0)


def _entropy(p: Floats) -> Floats:
    q = np.clip(p, 1e-300, 1.0)
    r = np.clip(1 - p, 1e-300, 1.0)
    found: Floats = -(p * np.log2(q) + (1 - p) * np.log2(r))
    return found


def today(
    crisp: Crisp,
    samples: Samples,
    *,
    tests: int = 10,
    places: int = 10,
    threshold: float = 0.3,
    release: float = 0.9,
    quarantined: Collection[Any] = (),
    by: Literal["information", "risk"] = "risk",
    day: int | None = None,
    name: Callable[[Any], str] = str,
    when: Callable[[int], str] = day_named,
) -> Today:
    """The two lists of a day.

    Parameters
    ----------
    crisp, samples : the model and what it sampled.
    tests : how many can be tested. places : how many can be in quarantine at once.
    threshold : whoever is exposed or infectious with more than this is isolated, the likeliest
        first. release : whoever in quarantine is healthy or recovered with more than this goes.
    quarantined : ids of those in quarantine now.
    by : tests go to those most likely infectious (`risk`), or to those whose result is expected
        to tell most (`information`). Who is infectious with more than 0.95 needs no test.
    day : the last one when None.
    name : how a reason names another person; a pseudonym, for one.
    when : how a reason names a day of the model.

    Examples
    --------
    >>> crisp = Crisp(["ann", "bob"], 9, [("ann", "bob", 4, 3)], [("ann", 4, True)], p0=0.02)
    >>> lists = today(crisp, crisp.sample(200, seed=1), tests=1, places=1)
    >>> [(line.action, line.person) for line in lists.quarantine]
    [('quarantine', 'ann')]
    >>> lists.quarantine[0].reason.partition("; ")[2]
    'tested positive on day 4'
    >>> [line.person for line in today(crisp, crisp.sample(200, seed=1), tests=2).tests]
    ['ann', 'bob']
    """
    day = crisp.days - 1 if day is None else day
    for capacity, value in (("tests", tests), ("places", places)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
            raise parameter("today", capacity, "an int of at least 0", value)
    if by not in ("risk", "information"):
        raise parameter("today", "by", "'risk' or 'information'", by)
    for bound, chosen in (("threshold", threshold), ("release", release)):
        if not isinstance(chosen, int | float | np.floating) or not 0 <= chosen <= 1:
            raise parameter("today", bound, "a number in [0, 1]", chosen)
    if not isinstance(day, int | np.integer) or not 0 <= day < crisp.days:
        raise parameter("today", "day", f"a day from 0 to {crisp.days - 1}", day)
    chance = samples.marginals()[:, day]
    here = ~np.isnan(chance[:, 0])
    chance = np.where(here[:, None], chance, 0.0)
    risk = chance[:, 1] + chance[:, 2]
    disease = crisp.disease
    bits = expected_information(
        chance[:, 2],
        false_negative_rate=disease.false_negative_rate,
        false_positive_rate=disease.false_positive_rate,
    )
    unknown = here & (chance[:, 2] <= KNOWN)
    worth = np.where(unknown, chance[:, 2] if by == "risk" else bits, -1.0)
    testing = [
        Advice(
            "test",
            crisp.people.id(int(code)),
            float(risk[code]),
            f"infectious with probability {chance[code, 2]:.2f}, a result tells "
            f"{bits[code]:.2f} bits; {_because(crisp, samples, int(code), name, when)}",
        )
        for code in np.argsort(-worth, kind="stable")[:tests]
        if worth[code] > 0
    ]
    inside = [crisp.people.code(person) for person in quarantined]
    healthy = chance[:, 0] + chance[:, 3]
    leaving = [code for code in inside if healthy[code] > release]
    lines = [
        Advice(
            "release",
            crisp.people.id(code),
            float(risk[code]),
            f"healthy or recovered with probability {healthy[code]:.2f}",
        )
        for code in leaving
    ]
    free = places - (len(inside) - len(leaving))
    wanted = [
        int(code)
        for code in np.argsort(-risk, kind="stable")
        if risk[code] > threshold and code not in set(inside)
    ]
    lines += [
        Advice(
            "quarantine",
            crisp.people.id(code),
            float(risk[code]),
            f"exposed or infectious with probability {risk[code]:.2f}; "
            + _because(crisp, samples, code, name, when),
        )
        for code in wanted[: max(free, 0)]
    ]
    return Today(testing, lines)


def _because(
    crisp: Crisp,
    samples: Samples,
    code: int,
    name: Callable[[Any], str],
    when: Callable[[int], str],
) -> str:
    """What speaks for somebody's infection: own tests first, then the likeliest source."""
    mine = np.flatnonzero(crisp.tests.person == code)
    positive = mine[crisp.tests.positive[mine]]
    if len(positive):
        return f"tested positive on {when(int(crisp.tests.day[positive].max()))}"
    found = infectors(crisp, samples, crisp.people.id(code))
    if found and found[0].person == EARLIER:
        return "infected before the window began"
    sources = [s for s in found if s.person not in (OUTSIDE, UNRECORDED, EARLIER)]
    if not sources:
        return "no contact explains it: infection from outside"
    best = sources[0]
    return (
        f"most likely infected by {name(best.person)} on {when(best.day)} "
        f"(probability {best.probability:.2f})"
    )
