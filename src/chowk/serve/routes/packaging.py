"""/v1/packaging: what should travel in what, the curve of cost against damage, a packed order.

For staff. Nothing is changed by asking; a change goes through the desk.
"""

from __future__ import annotations

from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get, post

from chowk.errors import InputError
from chowk.serve.bodies import document
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.parcels import AIMS, Change, Chosen, Parcels, chosen
from chowk.serve.problems import Fault, Problem

from .search import no_system

_STAFF = needs("staff", "delivery.read")
_AIM = Parameter("aim", "text", "What is aimed at.", "cost", choices=tuple(AIMS))
ASSIGN = Parameters(
    "GET /v1/packaging/changes", _AIM, Parameter("k", "int", "How many changes.", 50, 0, 10_000)
)
FRONTIER = Parameters(
    "GET /v1/packaging/frontier", Parameter("points", "int", "How many, about.", 50, 2, 200)
)
#: Most lines of one order.
_LINES = 500


class ChangesAnswer(msgspec.Struct, frozen=True):
    """What would change, and what it comes to."""

    aim: str
    totals: dict[str, float | None]
    changes: list[Change]


class FrontierPoint(msgspec.Struct, frozen=True):
    """One assignment that no other beats; totals over all parcels of the history."""

    tradeoff: float
    shipping_cost: float
    damage_cost: float
    damages: float
    material_g: float | None
    co2e_g: float | None


class Placed(msgspec.Struct, frozen=True):
    """Where an item lies, millimetres from the corner; `sides` along length, width and height."""

    item_id: str
    at: tuple[int, int, int]
    sides: tuple[int, int, int]


class PackedParcel(msgspec.Struct, frozen=True):
    """One box, packed; the items from the bottom up."""

    package_type: str
    fill: float
    shipping_cost: float
    damage_cost: float
    items: list[Placed]


class PackAnswer(msgspec.Struct, frozen=True):
    """An order in its boxes."""

    cost: float
    parcels: list[PackedParcel]
    left: dict[str, str]


def parcels_of(request: Request[Any, Any, Any]) -> Parcels:
    """The served build's packaging; Problem 503."""
    models = request.app.state.serving.models
    if models.parcels is None:
        raise no_system("packaging", models.lacks.get("packaging"))
    found: Parcels = models.parcels
    return found


@get(
    "/v1/packaging/changes",
    opt=_STAFF,
    operation_class=ASSIGN.operation(),
    summary="Which products should change their package",
    tags=["packaging"],
)
async def changes(request: Request[Any, Any, Any]) -> ChangesAnswer:
    """Changes that are sure to save, the largest first, with totals beside today's."""
    asked = ASSIGN.read(request.scope["query_string"])
    parcels = parcels_of(request)

    def work() -> ChangesAnswer:
        try:
            found = parcels.proposal(asked["aim"])
            rows = parcels.changes(asked["aim"])[: asked["k"]]
        except InputError as error:
            raise Problem(400, "parameter", "The aim cannot be met", str(error)) from None
        return ChangesAnswer(asked["aim"], dict(found.totals), rows)

    return await run_sync(work)


@get(
    "/v1/packaging/frontier",
    opt=_STAFF,
    operation_class=FRONTIER.operation(),
    summary="Cost against damage",
    tags=["packaging"],
)
async def frontier(request: Request[Any, Any, Any]) -> list[FrontierPoint]:
    """The whole curve, from the cheapest packages to the safest."""
    asked = FRONTIER.read(request.scope["query_string"])
    rows = await run_sync(parcels_of(request).frontier, asked["points"])
    return [FrontierPoint(**row) for row in rows]


@get(
    "/v1/packaging/approved",
    opt=_STAFF,
    summary="The packages that people approved",
    tags=["packaging"],
)
async def approved(request: Request[Any, Any, Any]) -> list[Chosen]:
    """One row a product, the latest decision on it: what the packing table should use from now."""
    return await run_sync(chosen, request.app.state.serving.desk)


@post(
    "/v1/packaging/pack",
    opt=_STAFF,
    status_code=200,
    summary="The cheapest boxes for an order",
    tags=["packaging"],
)
async def pack(request: Request[Any, Any, Any]) -> PackAnswer:
    """Pack an order: `items` with `product_id`, `quantity`, and sizes where the catalogue has none.

    Every base rests on at least 70 % of its area, and nothing heavier stands on what is fragile.
    """
    body = await document(request)
    items = body.get("items") if isinstance(body, dict) else None
    rule = f"a list of 1 to {_LINES} objects with product_id"
    lines = items if isinstance(items, list) else []
    good = 0 < len(lines) <= _LINES and all(
        isinstance(line, dict) and isinstance(line.get("product_id"), str) for line in lines
    )
    if not good:
        raise Problem(
            400, "body", "The body breaks a rule", f"'items' must be {rule}.",
            errors=[Fault("items", rule, str(items)[:80], "Correct it and send it again.")],
        )  # fmt: skip
    try:
        order = await run_sync(parcels_of(request).pack, lines)
    except InputError as error:
        raise Problem(400, "body", "The order cannot be packed", str(error)) from None
    return PackAnswer(
        round(order.cost, 4),
        [
            PackedParcel(
                parcel.package_type,
                round(parcel.packing.fill, 4),
                round(parcel.shipping_cost, 4),
                round(parcel.damage_cost, 4),
                [
                    Placed(p.item.item_id, (p.x, p.y, p.z), (p.length, p.width, p.height))
                    for p in parcel.packing.placements
                ],
            )
            for parcel in order.parcels
        ],
        dict(order.left),
    )


ROUTES = (changes, frontier, approved, pack)
