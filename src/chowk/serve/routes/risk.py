"""GET /v1/risk …: who is likely infected, whom to test today, and one person's course.

For staff who may see rows about single people, and never with a shop's key. People stand under
pseudonyms; whose one is, only an admin's key may ask.
"""

from __future__ import annotations

from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get
from litestar.params import FromPath

from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters, path_id
from chowk.serve.problems import bad_parameter
from chowk.serve.risks import RiskHit, RiskLine, RiskPerson, Risks

from .search import no_system

_STAFF = needs("staff", "customers.read")
_DAY = Parameter("day", "int", "The table's day; the last one if unsaid.", None, 0, 10**6)
RISK = Parameters("GET /v1/risk", Parameter("k", "int", "How many people.", 20, 1, 1_000), _DAY)
TODAY = Parameters(
    "GET /v1/risk/today",
    Parameter("tests", "int", "How many can be tested.", 10, 0, 10_000),
    Parameter("places", "int", "How many can be in quarantine at once.", 10, 0, 100_000),
    Parameter("threshold", "int", "Quarantine above this risk, in percent.", 30, 1, 100),
    Parameter("by", "text", "Whom to test first.", "risk", choices=("risk", "information")),
    Parameter(
        "quarantined", "texts", "Pseudonyms of those in quarantine now.", (), high=100, split=True
    ),
)


class RiskAnswer(msgspec.Struct, frozen=True):
    """People by risk, the highest first."""

    day: int
    people: int
    hits: list[RiskHit]


class TodayAnswer(msgspec.Struct, frozen=True):
    """The two lists of a day."""

    day: int
    tests: list[RiskLine]
    quarantine: list[RiskLine]


class Identity(msgspec.Struct, frozen=True):
    """Whose pseudonym it is."""

    person: str
    id: str


def risks_of(request: Request[Any, Any, Any]) -> Risks:
    """The served build's risks; Problem 503."""
    models = request.app.state.serving.models
    if models.risk is None:
        raise no_system("contact_risk", models.lacks.get("contact_risk"))
    found: Risks = models.risk
    return found


@get(
    "/v1/risk",
    opt=_STAFF,
    operation_class=RISK.operation(),
    summary="Who is likely infected",
    tags=["risk"],
)
async def risk(request: Request[Any, Any, Any]) -> RiskAnswer:
    """People by their risk on a day, the highest first, under pseudonyms."""
    asked = RISK.read(request.scope["query_string"])
    risks = risks_of(request)
    first, last = risks.days
    day = last if asked["day"] is None else asked["day"]
    if not first <= day <= last:
        raise bad_parameter("GET /v1/risk", "day", f"a day from {first} to {last}", day)
    return RiskAnswer(day, risks.people, await run_sync(risks.highest, asked["k"], day))


@get(
    "/v1/risk/today",
    opt=_STAFF,
    operation_class=TODAY.operation(),
    summary="Whom to test, quarantine and release today",
    tags=["risk"],
)
async def today(request: Request[Any, Any, Any]) -> TodayAnswer:
    """The two lists of the day at the capacities that are given, each line with its reason."""
    asked = TODAY.read(request.scope["query_string"])
    risks = risks_of(request)

    def work() -> tuple[list[RiskLine], list[RiskLine]]:
        return risks.lists(
            asked["tests"],
            asked["places"],
            threshold=asked["threshold"] / 100,
            by=asked["by"],
            quarantined=asked["quarantined"],
        )

    tests, quarantine = await run_sync(work)
    return TodayAnswer(risks.days[1], tests, quarantine)


@get(
    "/v1/risk/people/{person:str}",
    opt=_STAFF,
    summary="One person's course, likely sources and contacts",
    tags=["risk"],
)
async def person(request: Request[Any, Any, Any], person: FromPath[str]) -> RiskPerson:
    """P(S, E, I, R) by day, who may have infected the person, and whom he met of late."""
    who = path_id(request, "/v1/risk/people/", person)
    return await run_sync(risks_of(request).person, who)


@get(
    "/v1/risk/identities/{person:str}",
    opt=needs("admin", "customers.read"),
    summary="Whose pseudonym it is",
    tags=["risk"],
)
async def identity(request: Request[Any, Any, Any], person: FromPath[str]) -> Identity:
    """The id behind a pseudonym, for an admin's key alone."""
    who = path_id(request, "/v1/risk/identities/", person)
    return Identity(who, risks_of(request).identity(who))
