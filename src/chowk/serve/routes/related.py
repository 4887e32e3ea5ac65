"""GET /v1/related: what goes with a product, or with a basket, and why.

One product's id gives its neighbours; several give what goes with all of them together. What is
gone or cannot be bought now is left out.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get

from chowk.serve.keys import needs
from chowk.serve.models import Models
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import not_found

from .search import CARD, FIELDS, card, no_system
from .search_rules import hidden_from

RELATED = Parameters(
    "GET /v1/related",
    Parameter(
        "product_id",
        "texts",
        "The product; given several times, the basket.",
        (),
        high=100,
        required=True,
    ),
    Parameter("k", "int", "How many.", 10, 1, 100),
    Parameter(
        "intent", "text", "What relates them.", "bought_together", choices=("bought_together",)
    ),
    Parameter("fields", "texts", "As in /v1/search.", (), high=40, split=True, choices=FIELDS),
    Parameter("region", "text", "Where the shopper is, as in /v1/search.", "", high=200),
)


class RelatedHit(msgspec.Struct, frozen=True):
    """A product that goes with those given."""

    position: int
    product_id: str
    score: float
    reasons: tuple[str, ...]
    product: dict[str, Any]


class RelatedAnswer(msgspec.Struct, frozen=True):
    """Related products, the best first."""

    attribution_token: str
    intent: str
    hits: list[RelatedHit]


def related_to(
    models: Models,
    ids: list[str],
    k: int,
    fields: Any = CARD,
    *,
    region: str = "",
    hidden: frozenset[str] = frozenset(),
) -> list[RelatedHit]:
    """The `k` best products that are there and can be bought (in the region, where one is given),
    without those given and those hidden."""
    assert models.related is not None
    barred, margin = hidden.union(ids), k + 20  # some will be gone, or unavailable
    while True:
        found = models.related.for_basket(ids, margin, exclude=barred)
        kept = [one for one in found if models.catalogue.available(one[0], region)]
        if len(kept) >= k or len(found) < margin:
            break
        barred |= {product_id for product_id, _ in found} - {one[0] for one in kept}
        margin = min(1_000, margin * 2)
    hits: list[RelatedHit] = []
    for product_id, score in kept[:k]:
        product = models.catalogue.product(product_id) or {}
        if len(ids) == 1:
            reasons = models.related.explain(ids[0], product_id)
        else:
            reasons = models.related.explain_basket(ids, product_id)
        hits.append(
            RelatedHit(
                position=len(hits) + 1,
                product_id=product_id,
                score=float(score),
                reasons=_titled(models, reasons, ids),
                product=card(product, fields),
            )
        )
    return hits


def _titled(models: Models, reasons: list[str], ids: list[str]) -> tuple[str, ...]:
    """Reasons that end in a product's id end in its title instead, for shoppers."""
    told = []
    for reason in reasons:
        source = next((one for one in ids if reason.endswith(f" with {one}")), None)
        if source is None and " with " in reason:  # one that a new product is like
            source = reason.rpartition(" with ")[2]
        title = models.catalogue.field(source, "title") if source is not None else None
        if source is not None and title:
            reason = f"{reason.removesuffix(source)}{title}"
        told.append(reason)
    return tuple(told)


@get(
    "/v1/related",
    opt=needs("shop", "shop.use"),
    operation_class=RELATED.operation(),
    summary="What goes with a product or a basket",
    tags=["related"],
)
async def related(request: Request[Any, Any, Any]) -> RelatedAnswer:
    """Products bought together with those given, each with its reasons."""
    asked = RELATED.read(request.scope["query_string"])
    serving = request.app.state.serving
    models = serving.models
    if models.related is None:
        raise no_system("related", models.lacks.get("related"))
    ids = list(dict.fromkeys(asked["product_id"]))
    if len(ids) == 1 and ids[0] not in models.catalogue:
        raise not_found("product", ids[0], "Send an id that GET /v1/search gives.")
    hits = related_to(
        models,
        ids,
        asked["k"],
        asked["fields"] or CARD,
        region=asked["region"],
        hidden=hidden_from(request, asked["region"]),
    )
    surface = "related" if len(ids) == 1 else "basket"
    _, token = serving.attribution.make(surface)
    return RelatedAnswer(token, asked["intent"], hits)
