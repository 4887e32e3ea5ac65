"""GET /v1/live and GET /v1/popular: what is on air at this moment, and what a region turns to.

Streams are those of the table `live` as it is now, so one that was written a moment ago is served
and one that ended is not. Both tables are read once for each state of theirs and answered from
memory; a request looks at the manifest's file alone, and waits for no page of the console.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get

from chowk.discovery.identity import Id, Ranked
from chowk.discovery.intents import popular_here, turned_to
from chowk.discovery.streams import country, live_now, usual_words
from chowk.search.regional import path
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.store.opening import open as open_store

from .discovery import FoundAnswer, shown
from .search import FIELDS
from .search_rules import hidden_from

if TYPE_CHECKING:
    from pathlib import Path

    from chowk.serve.models import Models
    from chowk.store.store import Store

LIVE = Parameters(
    "GET /v1/live",
    Parameter("product_id", "texts", "What the visitor looked at.", (), high=100),
    Parameter("language", "text", "The visitor's, as the streams name theirs.", "", high=35),
    Parameter("region", "text", "Where the visitor is; everywhere without.", "", high=200),
    Parameter("k", "int", "How many.", 10, 1, 100),
)
POPULAR = Parameters(
    "GET /v1/popular",
    Parameter("region", "text", "Where the visitor is; everywhere without.", "", high=200),
    Parameter("k", "int", "How many.", 10, 1, 100),
    Parameter("per_brand", "int", "At most so many of one brand; 0 for no limit.", 0, 0, 100),
    Parameter("exclude", "texts", "Ids that may not be in the answer.", (), high=100),
    Parameter("fields", "texts", "As in /v1/search.", (), high=40, split=True, choices=FIELDS),
)
_LOOKED = ("view_item", "add_to_cart", "purchase")
#: Of a region's products so many are kept, the most popular: more than any page asks for.
_KEPT = 5 * 100 + 50


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


class Rows:
    """A table's rows in memory, read again when the table changed.

    One request reads, through a store of its own; others get the old rows meanwhile.
    """

    def __init__(self, path: Path, table: str, read: Callable[[Store], list[dict[str, Any]]]):
        self._path, self._table, self._read = path, table, read
        self._reading = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self._fingerprint = ""
        self.held: list[dict[str, Any]] = []

    def newest(self) -> list[dict[str, Any]]:
        """The rows; the same list as before while the table is the same."""
        seen = self._manifest()
        if seen != self._seen and self._reading.acquire(blocking=self._seen is None):
            try:
                if seen != self._seen:
                    self._look()
                    self._seen = seen  # what was there before: a change meanwhile is read next
            finally:
                self._reading.release()
        return self.held

    def _manifest(self) -> tuple[int, ...]:
        """What changes when the store's manifest is replaced."""
        try:
            found = (self._path / "tables" / "manifest.json").stat()
        except FileNotFoundError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def _look(self) -> None:
        with open_store(self._path) as store:
            fingerprint = store.fingerprint(self._table)
            if fingerprint != self._fingerprint:
                self.held = self._read(store) if fingerprint and store.rows(self._table) else []
                self._fingerprint = fingerprint


class Popular:
    """The ranked products of each region that was asked for, while the events are the same."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows
        self._regions = {level for row in rows for level in path(row["region"] or "") if level}
        self._ranked: dict[str | None, Ranked] = {}
        self._local: dict[str, set[Id]] = {}

    def of(self, region: str) -> Ranked:
        """The products of a region, the best first; where nobody of it was seen, those of the
        nearest larger one ('IN/KA', then 'IN'), and then everywhere's."""
        key = self._seen(region)
        if key not in self._ranked:
            self._ranked[key] = popular_here(self.rows, key, _KEPT)
        return self._ranked[key]

    def why(self, region: str, one: Id) -> list[str]:
        """Where it is popular: in the region whose figures these are, if it is turned to there at
        least as much as everywhere."""
        key = self._seen(region)
        if key is not None and key not in self._local:
            here, every = turned_to(self.rows, key)
            own, total = max(1, sum(here.values())), sum(every.values())
            local = {product for product, n in here.items() if n * total >= every[product] * own}
            self._local[key] = local
        local_there = key is not None and one in self._local[key]
        return [f"popular in {key}" if local_there else "popular everywhere"]

    def _seen(self, region: str) -> str | None:
        levels = reversed(path(region)) if region else ()
        return next((level for level in levels if level in self._regions), None)


class Now:
    """What both routes answer from, kept for the life of the application."""

    def __init__(self, path: Path) -> None:
        self.live = Rows(path, "live", lambda store: store.arrow("live").to_pylist())
        self._events = Rows(path, "events", _counts)
        self._popular = Popular([])
        self._usual: dict[str, dict[str, float]] = {}
        self._usual_of: tuple[object, ...] = ()

    def popular(self) -> Popular:
        """What is popular as the events are now."""
        rows = self._events.newest()
        found = self._popular
        if found.rows is not rows:
            found = self._popular = Popular(rows)
        return found

    def usual(self, models: Models, region: str) -> dict[str, float]:
        """What the region's country turns to, by the words of the catalogue; kept while both are
        the same."""
        rows, where = self._events.newest(), country(region)
        if self._usual_of != (id(rows), models.name):
            self._usual, self._usual_of = {}, (id(rows), models.name)
        found = self._usual.get(where)
        if found is None:
            named = {row["product_id"] for row in rows}
            texts = {one: _text(models, one) for one in named if one in models.catalogue}
            places = {country(row["region"]) for row in rows}
            found = usual_words(rows, texts, where if where in places else "")
            if where in places or not where:  # made-up countries take no memory
                self._usual[where] = found
        return found


def _text(models: Models, one: str) -> str:
    product = models.catalogue.product(one) or {}
    return f"{product.get('title') or ''} {product.get('category') or ''}"


def now_of(request: Request[Any, Any, Any]) -> Now:
    """The application's one."""
    state = request.app.state
    if not hasattr(state, "now"):
        state.now = Now(state.serving.store.path)
    kept: Now = state.now
    return kept


def on_air(
    rows: list[dict[str, Any]],
    models: Models,
    asked: dict[str, Any],
    now: datetime,
    usual: dict[str, float],
) -> list[Stream]:
    """The best streams at a moment."""
    ranked = live_now(
        rows,
        now=now,
        taste=[_text(models, one) for one in asked["product_id"]],
        k=asked["k"],
        language=asked["language"] or None,
        usual=usual,
    )
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
    """Streams on air, by viewers, what the visitor looked at and what his country turns to;
    ended ones never."""
    asked = LIVE.read(request.scope["query_string"])
    serving = request.app.state.serving
    now = now_of(request)

    def work() -> list[Stream]:
        models, rows = serving.models, now.live.newest()
        usual = now.usual(models, asked["region"]) if rows else {}
        return on_air(rows, models, asked, datetime.now(UTC), usual)

    hits = await run_sync(work)
    _, token = serving.attribution.make("related")
    return LiveAnswer(token, hits)


def _counts(store: Store) -> list[dict[str, Any]]:
    events = store["events"]
    main = events.filter(events.kind.isin(_LOOKED), events.product_id.notnull())
    counted = main.group_by("region", "product_id").agg(count=main.count())
    rows: list[dict[str, Any]] = store.arrow(counted.order_by("region", "product_id")).to_pylist()
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

    now, hidden = now_of(request), hidden_from(request, asked["region"])

    def work() -> FoundAnswer:
        popular, region = now.popular(), asked["region"]
        ranked = popular.of(region)[: 5 * asked["k"] + 50]
        hits = shown(
            serving.models, ranked, asked, lambda other: popular.why(region, other), hidden
        )
        _, token = serving.attribution.make("related")
        return FoundAnswer(token, "popular", hits)

    return await run_sync(work)


ROUTES = (live, popular)
