"""GET /v1/substitutes and GET /v1/next: what stands in for a product, and what comes next.

Both leave out what is gone or cannot be bought now, and can cap how many products of one brand an
answer holds. `next` takes the visit so far, so a guest is served like a customer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from litestar import Request, get

from chowk.discovery.rules import Rules
from chowk.serve.keys import needs
from chowk.serve.models import Models
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import not_found

from .search import CARD, FIELDS, card, no_system
from .search_rules import hidden_from

_COMMON = (
    Parameter("k", "int", "How many.", 10, 1, 100),
    Parameter("per_brand", "int", "At most so many of one brand; 0 for no limit.", 0, 0, 100),
    Parameter("exclude", "texts", "Ids that may not be in the answer.", (), high=100),
    Parameter("fields", "texts", "As in /v1/search.", (), high=40, split=True, choices=FIELDS),
    Parameter("region", "text", "Where the shopper is, as in /v1/search.", "", high=200),
)
SUBSTITUTES = Parameters(
    "GET /v1/substitutes",
    Parameter("product_id", "text", "The product that is to be replaced.", required=True),
    *_COMMON,
)
NEXT = Parameters(
    "GET /v1/next",
    Parameter(
        "product_id", "texts", "The products of the visit so far, oldest first.", (), high=100
    ),
    *_COMMON,
)


class Found(msgspec.Struct, frozen=True):
    """A product, where it stands, and why."""

    position: int
    product_id: str
    score: float
    reasons: tuple[str, ...]
    product: dict[str, Any]


class FoundAnswer(msgspec.Struct, frozen=True):
    """Products, the best first."""

    attribution_token: str
    intent: str
    hits: list[Found]


def shown(
    models: Models,
    ranked: Any,
    asked: dict[str, Any],
    why: Callable[[str], list[Any]],
    hidden: frozenset[str] = frozenset(),
) -> list[Found]:
    """The first `k` of a long list that the rules let pass, each with its reasons, in which
    products are called by their titles. `hidden` is what the shop's rules hide."""
    catalogue = models.catalogue
    region = asked.get("region") or ""
    rules = Rules(
        available=lambda one: catalogue.available(one, region),
        hidden=hidden.union(asked["exclude"]),
        per_brand=asked["per_brand"] or None,
        per_category=asked.get("per_category") or None,
    )
    kept = rules.first(ranked, asked["k"], catalogue.product)
    return [
        Found(
            position=place,
            product_id=str(product_id),
            score=float(score),
            reasons=tuple(told(models, r, str(product_id)) for r in why(str(product_id))),
            product=card(catalogue.product(str(product_id)) or {}, asked["fields"] or CARD),
        )
        for place, (product_id, score) in enumerate(kept, start=1)
    ]


#: What stands before a product in a reason; a number elsewhere is a count, and no id.
_BEFORE = "|".join(("after", "and", "before", "like", "of what", "to", "took", "where", "with"))


def told(models: Models, reason: str, target: str) -> str:
    """A reason as shoppers read it: products stand in it by their titles, as in /v1/related."""
    text = str(reason)
    for one in (getattr(reason, "product_id", None), target):
        title = models.catalogue.field(one, "title") if isinstance(one, str) else None
        if title:
            named = rf"(^|\b(?:{_BEFORE}) ){re.escape(str(one))}(?=[\s,:]|$)"
            text = re.sub(named, partial(_with, title), text)
    return text


def _with(title: str, found: re.Match[str]) -> str:
    return f"{found[1]}{title}"


@get(
    "/v1/substitutes",
    opt=needs("shop", "shop.use"),
    operation_class=SUBSTITUTES.operation(),
    summary="What stands in for a product",
    tags=["related"],
)
async def substitutes(request: Request[Any, Any, Any]) -> FoundAnswer:
    """Products of the same type and like price, each with its reasons."""
    asked = SUBSTITUTES.read(request.scope["query_string"])
    serving = request.app.state.serving
    models = serving.models
    model = models.substitutes
    if model is None:
        raise no_system("substitutes", models.lacks.get("substitutes"))
    one = asked["product_id"]
    if one not in models.catalogue:
        raise not_found("product", one, "Send an id that GET /v1/search gives.")
    [ranked] = model.recommend([one], 5 * asked["k"] + 50)
    hidden = hidden_from(request, asked["region"])
    hits = shown(models, ranked, asked, lambda other: model.explain(one, other), hidden)
    _, token = serving.attribution.make("related")
    return FoundAnswer(token, "substitutes", hits)


@get(
    "/v1/next",
    opt=needs("shop", "shop.use"),
    operation_class=NEXT.operation(),
    summary="What a visitor wants next",
    tags=["related"],
)
async def upcoming(request: Request[Any, Any, Any]) -> FoundAnswer:
    """What comes next in a visit, each with its reasons; without a visit, what most look at."""
    asked = NEXT.read(request.scope["query_string"])
    serving = request.app.state.serving
    models = serving.models
    model = models.journey
    if model is None:
        raise no_system("journey", models.lacks.get("journey"))
    visit = list(asked["product_id"])
    ranked = model.next(visit, 5 * asked["k"] + 50)
    hidden = hidden_from(request, asked["region"])
    hits = shown(models, ranked, asked, lambda other: model.explain(visit, other), hidden)
    _, token = serving.attribution.make("related")
    return FoundAnswer(token, "next", hits)


ROUTES = (substitutes, upcoming)
