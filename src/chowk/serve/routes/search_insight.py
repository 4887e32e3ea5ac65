"""GET /v1/search/explain and GET /v1/search/analytics: why an answer is so, and how searches fare.

The explanation comes from the served index, live changes included; analytics from the tables, so
what the journal holds since the last build is not in them.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get

from chowk.search.explaining import Explained, explained
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.store.store import Store

from .search import no_system
from .search_rules import effects_of

EXPLAIN = Parameters(
    "GET /v1/search/explain",
    Parameter("q", "text", "What the shopper typed.", "", high=512),
    Parameter("region", "text", "Where the shopper is.", None, high=200),
    Parameter("product_id", "text", "The product whose place is explained.", None, high=512),
)
ANALYTICS = Parameters(
    "GET /v1/search/analytics",
    Parameter("queries", "int", "Queries that are listed, the commonest.", 100, 1, 1000),
)


#: Who asks for the same figures waits for them; nobody else does.
_COUNTING = threading.Lock()


class Rates(msgspec.Struct, frozen=True):
    """How many searches, and which share found nothing, were clicked, typed again otherwise, sold;
    `position` is the mean place of first clicks. Null where the log cannot say."""

    searches: int
    nothing: float | None
    clicked: float | None
    again: float | None
    bought: float | None
    position: float | None


class OfDay(Rates, frozen=True, kw_only=True):
    """The rates of a day, as days since 1970 (UTC)."""

    day: int


class OfQuery(Rates, frozen=True, kw_only=True):
    """The rates of a query that several sessions typed."""

    query: str


class Analytics(msgspec.Struct, frozen=True):
    """The whole log, its days, and its commonest queries; `why` says what a null rate lacks."""

    total: Rates
    why: dict[str, str]
    days: tuple[OfDay, ...]
    queries: tuple[OfQuery, ...]


def analytics_of(serving: Any) -> Analytics:
    """The analytics of the tables as they are; kept until a table changes."""
    from chowk.search.analytics import report

    with serving.reading() as store:
        events = store.fingerprint("events")

    def made() -> Analytics:
        # With an engine of its own: every page waits for the shared one.
        with Store(serving.store.path) as apart:
            return msgspec.convert(report(apart.table("events"), apart.engine), Analytics)

    with _COUNTING:
        held: Analytics = serving.remembered(("analytics", events), made)
        return held


@get(
    "/v1/search/explain",
    opt=needs("staff", "catalogue.read"),
    operation_class=EXPLAIN.operation(),
    summary="Why a search answers as it does",
    tags=["search"],
)
async def explain(request: Request[Any, Any, Any]) -> Explained:
    """How the query was read; for a product its place, or what keeps it from the page."""
    asked = EXPLAIN.read(request.scope["query_string"])
    models = request.app.state.serving.models
    if models.search is None:
        raise no_system("search", models.lacks.get("search"))
    rules = effects_of(request, asked["q"], asked["region"])

    def work() -> Explained:
        return explained(
            models.search,
            asked["q"],
            region=asked["region"],
            product_id=asked["product_id"],
            rules=rules,
        )

    return await run_sync(work)


@get(
    "/v1/search/analytics",
    opt=needs("staff", "store.read"),
    operation_class=ANALYTICS.operation(),
    summary="How searches fare",
    tags=["search"],
)
async def analytics(request: Request[Any, Any, Any]) -> Analytics:
    """Searches that found nothing, where was clicked, what was typed again; by day and query."""
    asked = ANALYTICS.read(request.scope["query_string"])
    found = await run_sync(analytics_of, request.app.state.serving)
    return msgspec.structs.replace(found, queries=found.queries[: asked["queries"]])
