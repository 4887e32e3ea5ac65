"""POST /v1/recommendations: what a page wants, by the name of its intent.

The intent comes in with the products, the cart or the visitor's own history; products come out with
their reasons. Nothing of the history is kept: the shop sends it, so a guest is served like a
customer, and no key can ask what somebody else did.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, post

from chowk.discovery.identity import Ranked
from chowk.discovery.intents import recently_viewed
from chowk.discovery.sequences import STRENGTH, seconds
from chowk.serve.keys import needs
from chowk.serve.models import Models
from chowk.serve.problems import Fault, Problem, not_found
from chowk.serve.structs import read_as

from .discovery import FoundAnswer, shown
from .live import Popular, now_of
from .search import FIELDS, no_system
from .search_rules import hidden_from

ROUTE = "POST /v1/recommendations"
INTENTS = ("RELATED", "COMPLEMENTARY", "CART_COMPLETION", "NEXT", "BUY_IT_AGAIN",
           "RECENTLY_VIEWED", "POPULAR_HERE")  # fmt: skip
#: Most events of a history, and most products, in one request.
MOST_EVENTS, MOST_PRODUCTS = 1_000, 100
_DAY = 86_400.0
#: Products that lend what goes with one of which nothing is known.
_LIKE = 5

Why = Callable[[str], list[Any]]


class Met(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One event of the visitor: what, which kind, and when (ISO 8601, or seconds from 1970)."""

    product_id: str
    kind: str = "view_item"
    ts: str | float | None = None


class Wanted(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a page asks for."""

    intent: str
    product_ids: list[str] = []
    history: list[Met] = []
    region: str = ""
    k: int = 10
    exclude: list[str] = []
    per_brand: int = 0
    per_category: int = 0
    serendipity: float = 0.0
    fields: list[str] = []


def _broken(name: str, rule: str, got: object) -> Problem:
    said = f"The field {name!r} of {ROUTE} must be {rule}. Got {got!r} instead."
    return Problem(400, "field", "A field breaks its rule", said, errors=[Fault(name, rule, None)])


def checked(asked: Wanted) -> Wanted:
    """The same, with every limit kept; Problem 400."""
    if asked.intent not in INTENTS:
        more = " Streams are at GET /v1/live." if asked.intent == "LIVE" else ""
        raise _broken("intent", f"one of {', '.join(INTENTS)}.{more}".rstrip("."), asked.intent)
    for name, low, high in (("k", 1, 100), ("per_brand", 0, 100), ("per_category", 0, 100),
                            ("serendipity", 0, 1)):  # fmt: skip
        if not low <= getattr(asked, name) <= high:
            raise _broken(name, f"a number in [{low}, {high}]", getattr(asked, name))
    for name, most in (("product_ids", MOST_PRODUCTS), ("exclude", MOST_PRODUCTS),
                       ("history", MOST_EVENTS), ("fields", len(FIELDS))):  # fmt: skip
        if len(getattr(asked, name)) > most:
            raise _broken(name, f"a list of at most {most}", f"{len(getattr(asked, name))} of them")
    for one in asked.fields:
        if one not in FIELDS:
            raise _broken("fields", f"of {', '.join(FIELDS)}", one)
    known = {*STRENGTH, "view_item_list", "refund", "remove_from_cart"}
    for met in asked.history:
        if met.kind not in known:
            raise _broken("history", f"events of a kind of {', '.join(sorted(known))}", met.kind)
        seconds(met.ts, ROUTE)
    if asked.intent in ("RELATED", "COMPLEMENTARY") and len(asked.product_ids) != 1:
        raise _broken("product_ids", f"one id for {asked.intent}", asked.product_ids)
    if asked.intent == "CART_COMPLETION" and not asked.product_ids:
        raise _broken("product_ids", "the ids of the cart", [])
    return asked


def found(
    models: Models, asked: Wanted, popular: Callable[[], Popular], now: datetime
) -> tuple[Ranked, Why]:
    """A long list for the intent, and how each of its products is explained."""
    ids = list(dict.fromkeys(asked.product_ids))
    many = min(1_000, 5 * asked.k + 50)
    history = [msgspec.to_builtins(met) for met in asked.history]
    if asked.intent in ("RELATED", "COMPLEMENTARY") and ids[0] not in models.catalogue:
        raise not_found("product", ids[0], "Send an id that GET /v1/search gives.")
    if asked.intent == "RELATED":
        stand_in = models.substitutes
        if stand_in is None:
            raise no_system("substitutes", models.lacks.get("substitutes"))
        return stand_in.recommend(ids, many)[0], lambda one: stand_in.explain(ids[0], one)
    if asked.intent in ("COMPLEMENTARY", "CART_COMPLETION"):
        # What is learned in order of time, where the build kept it; else what is bought together.
        goes: Any = models.complements or models.related
        if goes is None:
            raise no_system("complements", models.lacks.get("complements"))
        given = _known(models, goes, ids)
        ranked = [pair for pair in goes.for_basket(given, many) if pair[0] not in ids]
        if len(given) == 1:
            return ranked, lambda one: goes.explain(given[0], one)
        return ranked, lambda one: goes.explain_basket(given, one)
    if asked.intent == "RECENTLY_VIEWED":
        looked = [one for one in history if one["kind"] not in ("view_item_list", "refund")]
        looked = looked or [{"product_id": one} for one in asked.product_ids]
        return recently_viewed(looked, many), lambda one: ["looked at before"]
    if asked.intent == "POPULAR_HERE":
        here = popular()
        return here.of(asked.region)[:many], lambda one: here.why(asked.region, one)
    journey = models.journey
    if journey is None:
        raise no_system("journey", models.lacks.get("journey"))
    if asked.intent == "BUY_IT_AGAIN":
        again, last = journey.again_, _last_bought(history)
        if any(one["kind"] == "purchase" and one["ts"] is None for one in history):
            raise _broken("history", "purchases with a 'ts', for BUY_IT_AGAIN", "one without")

        def due(one: str) -> list[Any]:
            since = max(0, round((now.timestamp() - last[one]) / _DAY))
            usual = max(1, round(again.gap(one)))
            return [f"usually bought again after {usual} days", f"last bought {since} days ago"]

        return again.due(history, now=now, k=many), due
    past: list[Any] = history or ids
    ranked = journey.model_.next(past, many, serendipity=asked.serendipity)
    return ranked, lambda one: journey.explain(past, one)


def _known(models: Models, goes: Any, ids: list[str]) -> list[str]:
    """The ids, with what stands in for it in the place of one of which nothing is known to go
    with it, such as a new product; reasons then name what stands in."""
    made: list[str] = []
    for one in ids:
        if models.substitutes is None or goes.recommend([one], 1)[0]:
            made.append(one)
        else:
            [like] = models.substitutes.recommend([one], _LIKE)
            made += [str(other) for other, _ in like] or [one]
    return list(dict.fromkeys(made))


def _last_bought(history: list[dict[str, Any]]) -> dict[str, float]:
    last: dict[str, float] = {}
    for one in history:
        when = seconds(one["ts"], ROUTE)
        if one["kind"] == "purchase" and when is not None:
            last[one["product_id"]] = max(when, last.get(one["product_id"], when))
    return last


@post(
    "/v1/recommendations",
    status_code=200,
    opt=needs("shop", "shop.use"),
    summary="What a page wants, by intent",
    tags=["related"],
)
async def recommendations(request: Request[Any, Any, Any]) -> FoundAnswer:
    """Products for an intent, each with its reasons; the body is described in the guide."""
    asked = checked(await read_as(request, Wanted))
    serving = request.app.state.serving
    models, now = serving.models, now_of(request)
    hidden = hidden_from(request, asked.region)

    def work() -> FoundAnswer:
        ranked, why = found(models, asked, now.popular, datetime.now(UTC))
        rules = {
            "k": asked.k,
            "exclude": asked.exclude,
            "per_brand": asked.per_brand,
            "per_category": asked.per_category,
            "fields": asked.fields,
            "region": asked.region,
        }
        hits = shown(models, ranked, rules, why, hidden)
        surface = "basket" if asked.intent == "CART_COMPLETION" else "related"
        return FoundAnswer(serving.attribution.make(surface)[1], asked.intent, hits)

    return await run_sync(work)


ROUTES = (recommendations,)
