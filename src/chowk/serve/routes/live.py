"""GET /v1/live and GET /v1/popular: what is on air at this moment, and what a region turns to.

Streams are read from the table `live` as it is now, so one that was written a moment ago is served
and one that ended is not. What is popular is counted once for each state of the events.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get

from chowk.discovery.intents import live_now, popular_here
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters

from .discovery import FoundAnswer, shown

if TYPE_CHECKING:
    from chowk.serve.serving import Serving

LIVE = Parameters(
    "GET /v1/live",
    Parameter("product_id", "texts", "What the visitor looked at.", (), high=100),
    Parameter("language", "text", "The visitor's, as the streams name theirs.", "", high=35),
    Parameter("k", "int", "How many.", 10, 1, 100),
)
POPULAR = Parameters(
    "GET /v1/popular",
    Parameter("region", "text", "Where the visitor is; everywhere without.", "", high=200),
    Parameter("k", "int", "How many.", 10, 1, 100),
    Parameter("per_brand", "int", "At most so many of one brand; 0 for no limit.", 0, 0, 100),
    Parameter("exclude", "texts", "Ids that may not be in the answer.", (), high=100),
    Parameter("fields", "texts", "As in /v1/search.", (), high=40, split=True),
)
_LOOKED = ("view_item", "add_to_cart", "purchase")


class Stream(msgspec.Struct, frozen=True):
    """A stream that is on air."""

    position: int
    channel_id: str
    score: float
    title: str | None
    language: str | None
    tags: tuple[str, ...]
    viewers: int | None


class LiveAnswer(msgspec.Struct, frozen=True):
    """Streams on air, the best first."""

    attribution_token: str
    hits: list[Stream]


def on_air(serving: Serving, asked: dict[str, Any], now: datetime) -> list[Stream]:
    """The best streams at a moment."""
    with serving.reading() as store:
        if not store.rows("live"):
            return []
        rows = serving.remembered(
            ("live", str(store.fingerprint("live"))), lambda: store.arrow("live").to_pylist()
        )
    catalogue = serving.models.catalogue
    taste = []
    for one in asked["product_id"]:
        product = catalogue.product(one) or {}
        taste.append(f"{product.get('title') or ''} {product.get('category') or ''}")
    ranked = live_now(rows, now=now, taste=taste, k=asked["k"], language=asked["language"] or None)
    there = {
        row["channel_id"]: row
        for row in rows
        if row["start"] <= now and (row["end"] is None or row["end"] > now)
    }
    return [
        Stream(
            position=place,
            channel_id=str(channel),
            score=score,
            title=there[channel]["title"],
            language=there[channel]["language"],
            tags=tuple(there[channel]["tags"] or ()),
            viewers=there[channel]["viewers"],
        )
        for place, (channel, score) in enumerate(ranked, start=1)
    ]


@get(
    "/v1/live",
    opt=needs("shop", "shop.use"),
    operation_class=LIVE.operation(),
    summary="Live streams that are on air now",
    tags=["related"],
)
async def live(request: Request[Any, Any, Any]) -> LiveAnswer:
    """Streams on air, by viewers and by what the visitor looked at; ended ones never."""
    asked = LIVE.read(request.scope["query_string"])
    serving = request.app.state.serving
    hits = await run_sync(on_air, serving, asked, datetime.now(UTC))
    _, token = serving.attribution.make("related")
    return LiveAnswer(token, hits)


def _counts(serving: Serving) -> list[dict[str, Any]]:
    with serving.reading() as store:
        if not store.rows("events"):
            return []
        events = store["events"]
        main = events.filter(events.kind.isin(_LOOKED), events.product_id.notnull())
        counted = main.group_by("region", "product_id").agg(count=main.count())
        rows: list[dict[str, Any]] = serving.remembered(
            ("popular", str(store.fingerprint("events"))),
            lambda: store.arrow(counted.order_by("region", "product_id")).to_pylist(),
        )
    return rows


@get(
    "/v1/popular",
    opt=needs("shop", "shop.use"),
    operation_class=POPULAR.operation(),
    summary="What is popular in a region",
    tags=["related"],
)
async def popular(request: Request[Any, Any, Any]) -> FoundAnswer:
    """Products by their share of what the region turns to, shrunk to that everywhere."""
    asked = POPULAR.read(request.scope["query_string"])
    serving = request.app.state.serving

    def work() -> FoundAnswer:
        rows = _counts(serving)
        ranked = popular_here(rows, asked["region"] or None, 5 * asked["k"] + 50)
        where = f"in {asked['region']}" if asked["region"] else "everywhere"
        hits = shown(serving.models, ranked, asked, lambda other: [f"popular {where}"])
        _, token = serving.attribution.make("related")
        return FoundAnswer(token, "popular", hits)

    return await run_sync(work)


ROUTES = (live, popular)
