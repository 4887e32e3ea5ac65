"""/v1/offers and /v1/availability: who sells what where, and what can be bought now."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, patch, put
from litestar.params import PathParameter

from chowk.journal import Entry
from chowk.serve.bodies import document, each, several
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters, path_id
from chowk.serve.problems import not_found
from chowk.store import schema

from .products import keep, named, whole

MOST = 1_000

_TABLE = schema.TABLES["offers"]
_WRITE = needs("staff", "offers.write")
_KNOWN = "GET /v1/offers?product_id=… lists a product's offers."
OfferId = Annotated[str, PathParameter(description="The offer's id.")]

OFFERS = Parameters(
    "GET /v1/offers",
    Parameter("product_id", "text", "The product on offer.", required=True),
    Parameter("region", "text", "Only offers of this region.", None, high=200),
)


class OffersAnswer(msgspec.Struct, frozen=True):
    """A product's offers, the cheapest first."""

    offers: list[dict[str, Any]]


class OffersChanged(msgspec.Struct, frozen=True):
    """What was kept: the ids, and a journal position for each."""

    offer_ids: list[str]
    positions: tuple[int, ...]


class AvailabilityChanged(msgspec.Struct, frozen=True):
    """What was kept: of each row the offer's id or the product's, and a journal position."""

    keys: list[str]
    positions: tuple[int, ...]


@get(
    "/v1/offers",
    opt=needs("shop", "shop.use"),
    operation_class=OFFERS.operation(),
    summary="Offers of a product",
    tags=["offers"],
)
async def of_product(request: Request[Any, Any, Any]) -> OffersAnswer:
    """Every offer of one product, or those of one region."""
    asked = OFFERS.read(request.scope["query_string"])
    serving = request.app.state.serving
    catalogue = serving.models.catalogue
    if asked["product_id"] not in catalogue:
        catalogue = (await serving.newest()).catalogue
    if asked["product_id"] not in catalogue:
        raise not_found("product", asked["product_id"], "Send an id that GET /v1/search gives.")
    found = catalogue.offers_of(asked["product_id"])
    region = asked["region"]
    return OffersAnswer([o for o in found if region is None or o["region"] == region])


@get(
    "/v1/offers/{offer_id:path}",
    opt=needs("shop", "shop.use"),
    summary="One offer",
    tags=["offers"],
)
async def read(request: Request[Any, Any, Any], offer_id: OfferId) -> dict[str, Any]:
    """The offer's columns as they are now."""
    offer_id = path_id(request, "/v1/offers/", offer_id)
    serving = request.app.state.serving
    found = serving.models.catalogue.offer(offer_id)
    if found is None:
        found = (await serving.newest()).catalogue.offer(offer_id)
    if found is None:
        raise not_found("offer", offer_id, _KNOWN)
    shown: dict[str, Any] = found
    return shown


@put("/v1/offers/{offer_id:path}", opt=_WRITE, summary="Add or replace one", tags=["offers"])
async def replace(request: Request[Any, Any, Any], offer_id: OfferId) -> OffersChanged:
    """The body is the whole offer; columns that it does not give are emptied."""
    offer_id = path_id(request, "/v1/offers/", offer_id)
    row = named(await document(request), "offer_id", offer_id, "offer")
    entry = whole(row, "offer", _TABLE, "offer")
    return OffersChanged([entry.key], await keep(request, [entry]))


@patch("/v1/offers/{offer_id:path}", opt=_WRITE, summary="Change one", tags=["offers"])
async def change(request: Request[Any, Any, Any], offer_id: OfferId) -> OffersChanged:
    """The body holds the columns to change; null empties one."""
    offer_id = path_id(request, "/v1/offers/", offer_id)
    row = named(await document(request), "offer_id", offer_id, "offer")
    entry = Entry.checked("offer", row, where="offer")
    if (await request.app.state.serving.newest()).catalogue.offer(offer_id) is None:
        raise not_found("offer", offer_id, _KNOWN)
    return OffersChanged([entry.key], await keep(request, [entry]))


@delete(
    "/v1/offers/{offer_id:path}",
    status_code=200,
    opt=_WRITE,
    summary="Take one out",
    tags=["offers"],
)
async def remove(request: Request[Any, Any, Any], offer_id: OfferId) -> OffersChanged:
    """The offer leaves at once, and the table with the next build."""
    offer_id = path_id(request, "/v1/offers/", offer_id)
    if (await request.app.state.serving.newest()).catalogue.offer(offer_id) is None:
        raise not_found("offer", offer_id, _KNOWN)
    entry = Entry.checked("offer_delete", {"offer_id": offer_id})
    return OffersChanged([offer_id], await keep(request, [entry]))


@put("/v1/availability", opt=_WRITE, summary="Say what can be bought now", tags=["offers"])
async def availability(request: Request[Any, Any, Any]) -> AvailabilityChanged:
    """One row or up to 1,000: `product_id` with `available`, or `offer_id` with `stock`, `price`
    or `delivery_hours`. A product that is not available leaves search and related."""
    rows = several(await document(request), name="availability", most=MOST)
    entries = each(
        rows, "availability", lambda row, place: Entry.checked("availability", row, where=place)
    )
    catalogue = (await request.app.state.serving.newest()).catalogue
    for entry in entries:
        product, offer = entry.body.get("product_id"), entry.body.get("offer_id")
        if product is not None and product not in catalogue:
            raise not_found("product", product, "Add it with PUT /v1/products first.")
        if offer is not None and catalogue.offer(offer) is None:
            raise not_found("offer", offer, _KNOWN)
    return AvailabilityChanged([e.key for e in entries], await keep(request, entries))
