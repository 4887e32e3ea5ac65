"""Contact risk as it leaves the server: people under pseudonyms, lists, courses, and neighbours.

In go the built `contact_risk` system and the store's secret; out come plain values for the API and
the console. A pseudonym is keyed with the store's own secret: the same for every worker and after
every restart, and of no use to whoever has not that file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from .problems import not_found

if TYPE_CHECKING:
    from chowk.health.system import ContactRisk

#: Most neighbours that a picture or an answer shows.
NEIGHBOURS = 24
#: A day's sums over fewer people are not shown.
SMALLEST_GROUP = 10


class RiskHit(msgspec.Struct, frozen=True):
    """One person's chances on a day."""

    person: str
    risk: float
    susceptible: float
    exposed: float
    infectious: float
    recovered: float


class RiskLine(msgspec.Struct, frozen=True):
    """One line of a daily list, with its reason."""

    action: str
    person: str
    risk: float
    reason: str


class RiskSource(msgspec.Struct, frozen=True):
    """Who may have infected somebody: a pseudonym, "outside", "unrecorded" or "earlier"."""

    person: str
    probability: float
    day: int


class RiskNeighbour(msgspec.Struct, frozen=True):
    """Somebody who was met in the last two weeks."""

    person: str
    meetings: int
    risk: float


class RiskPerson(msgspec.Struct, frozen=True):
    """One person: the course by day, who may have infected him, and whom he met."""

    person: str
    first_day: int
    course: list[tuple[float, float, float, float]]
    tests: list[tuple[int, bool]]
    sources: list[RiskSource]
    neighbours: list[RiskNeighbour]


class Risks:
    """Answers of one built `contact_risk`, in pseudonyms.

    Parameters
    ----------
    system : the loaded system.
    secret : the store's secret, from which pseudonyms are keyed.
    """

    def __init__(self, system: ContactRisk, secret: bytes) -> None:
        from chowk.health import pseudonyms

        self._system = system
        ids = system.crisp_.people.ids or []
        self._shown = dict(zip(ids, pseudonyms(ids, b"risk:" + secret), strict=True))
        self._ids = {shown: one for one, shown in self._shown.items()}

    @cached_property
    def chances(self) -> NDArray[np.float64]:
        """P(S, E, I, R) by person and day."""
        return self._system.samples_.marginals()

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self._shown)

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day, as the tables number them."""
        first = self._system.first_day_
        return first, first + self._system.crisp_.days - 1

    def identity(self, pseudonym: str) -> str:
        """The id behind a pseudonym; Problem 404."""
        if pseudonym not in self._ids:
            raise not_found("person", pseudonym, "Send a pseudonym that GET /v1/risk gives.")
        return str(self._ids[pseudonym])

    def highest(self, k: int, day: int | None = None) -> list[RiskHit]:
        """The `k` people of the highest risk on a day; the last one when None."""
        first, last = self.days
        chance = self.chances[:, (last if day is None else day) - first]
        risk = np.nan_to_num(chance[:, 1] + chance[:, 2], nan=-1.0)
        order = np.argsort(-risk, kind="stable")[:k]
        names = self._system.crisp_.people
        return [
            RiskHit(
                self._shown[names.id(int(code))],
                round(float(risk[code]), 4),
                *(round(float(p), 4) for p in chance[code]),
            )
            for code in order
            if risk[code] >= 0
        ]

    def lists(
        self,
        tests: int,
        places: int,
        *,
        threshold: float,
        by: Literal["information", "risk"],
        quarantined: Sequence[str] = (),
    ) -> tuple[list[RiskLine], list[RiskLine]]:
        """Whom to test, and whom to quarantine or release, today."""
        from chowk.health import today
        from chowk.health.advice import day_named

        first, _ = self.days
        found = today(
            self._system.crisp_,
            self._system.samples_,
            tests=tests,
            places=places,
            threshold=threshold,
            by=by,
            quarantined=[self.identity(one) for one in quarantined],
            name=self._shown.__getitem__,
            when=lambda day: day_named(first + day),
        )

        def lines(given: Any) -> list[RiskLine]:
            return [
                RiskLine(a.action, self._shown[a.person], round(a.risk, 4), a.reason) for a in given
            ]

        return lines(found.tests), lines(found.quarantine)

    def person(self, pseudonym: str) -> RiskPerson:
        """One person's course, sources and neighbours; Problem 404."""
        from chowk.health import infectors

        person = self.identity(pseudonym)
        crisp, first = self._system.crisp_, self._system.first_day_
        code = crisp.people.code(person)
        now = self.chances[:, -1]
        met = list(self._system.met(person).items())[:NEIGHBOURS]
        sources = infectors(crisp, self._system.samples_, person)[:10]
        mine = np.flatnonzero(crisp.tests.person == code)
        return RiskPerson(
            pseudonym,
            first,
            [
                (round(s, 4), round(e, 4), round(i, 4), round(r, 4))
                for s, e, i, r in self.chances[code].tolist()
            ],
            [(first + int(crisp.tests.day[k]), bool(crisp.tests.positive[k])) for k in mine],
            [
                RiskSource(
                    self._shown.get(s.person, str(s.person)), round(s.probability, 4), first + s.day
                )
                for s in sources
            ],
            [
                RiskNeighbour(
                    self._shown[one], n, round(float(now[crisp.people.code(one), 1:3].sum()), 4)
                )
                for one, n in met
            ],
        )

    def course(self) -> list[tuple[int, float, float]]:
        """Day, expected exposed, expected infectious: sums over all; none for too few people."""
        if self.people < SMALLEST_GROUP:
            return []
        first, _ = self.days
        sums = np.nansum(self.chances, axis=0)
        return [
            (first + day, round(float(row[1]), 2), round(float(row[2]), 2))
            for day, row in enumerate(sums)
        ]
