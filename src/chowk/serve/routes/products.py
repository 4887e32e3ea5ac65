"""/v1/products: the catalogue, read and changed one by one or in batches.

Changes go into the journal, and are acknowledged when they are on disk and the worker that took
them shows them; the other workers follow, the tables with the next build. What is refused as
unknown is known to no worker: before that is said, all that was acknowledged is taken in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from litestar import Request, delete, get, patch, post, put
from litestar.params import PathParameter

from chowk.journal import Entry
from chowk.serve.bodies import document, each, several
from chowk.serve.keys import needs
from chowk.serve.parameters import path_id
from chowk.serve.problems import Problem, not_found
from chowk.store import schema
from chowk.store.rows import RowError, check_row

MOST = 1_000

_TABLE = schema.TABLES["products"]
_WRITE = needs("staff", "catalogue.write")
ProductId = Annotated[str, PathParameter(description="The store's own id.")]


class Changed(msgspec.Struct, frozen=True):
    """What was kept: the ids, and a journal position for each."""

    product_ids: list[str]
    positions: tuple[int, ...]


def whole(row: Any, place: str, table: schema.Table, kind: Any) -> Entry:
    """The entry of a row that replaces what was there: columns not given are emptied."""
    key = table.key[0]
    clean = check_row(table, row, where=place)
    empty = {name: None for name in table.names if name not in table.required}
    return Entry(kind, clean[key], {**empty, **clean})


def named(row: Any, key: str, value: str, place: str) -> dict[str, Any]:
    """The row with the id of its path; RowError when it holds another."""
    if not isinstance(row, dict):
        raise RowError(place, place, "an object with named fields", row, "Send {…}.")
    if row.get(key) not in (None, value):
        raise RowError(
            place, key, f"{value!r}, as in the path", row[key], "Leave it out of the body."
        )
    return {**row, key: value}


async def keep(request: Request[Any, Any, Any], entries: Iterable[Entry]) -> tuple[int, ...]:
    """Write to the journal; the positions, when all is on disk and this worker shows it."""
    serving = request.app.state.serving
    receipt = await asyncio.wrap_future(serving.journal.submit(list(entries)))
    positions: tuple[int, ...] = receipt.positions
    # It is kept, shown in time or not: whoever misses it looks again up to the journal's head.
    await serving.shown(max(positions, default=0))
    return positions


@get(
    "/v1/products/{product_id:path}",
    opt=needs("shop", "shop.use"),
    summary="One product",
    tags=["products"],
)
async def read(request: Request[Any, Any, Any], product_id: ProductId) -> dict[str, Any]:
    """The product's columns as they are now."""
    product_id = path_id(request, "/v1/products/", product_id)
    serving = request.app.state.serving
    found = serving.models.catalogue.product(product_id)
    if found is None:
        # Another worker may just have added it.
        found = (await serving.newest()).catalogue.product(product_id)
    if found is None:
        raise not_found("product", product_id, "Send an id that GET /v1/search gives.")
    shown: dict[str, Any] = found
    return shown


@put("/v1/products/{product_id:path}", opt=_WRITE, summary="Add or replace one", tags=["products"])
async def replace(request: Request[Any, Any, Any], product_id: ProductId) -> Changed:
    """The body is the whole product; columns that it does not give are emptied."""
    product_id = path_id(request, "/v1/products/", product_id)
    row = named(await document(request), "product_id", product_id, "product")
    entry = whole(row, "product", _TABLE, "product")
    return Changed([entry.key], await keep(request, [entry]))


@patch("/v1/products/{product_id:path}", opt=_WRITE, summary="Change one", tags=["products"])
async def change(request: Request[Any, Any, Any], product_id: ProductId) -> Changed:
    """The body holds the columns to change; null empties one."""
    product_id = path_id(request, "/v1/products/", product_id)
    row = named(await document(request), "product_id", product_id, "product")
    entry = Entry.checked("product", row, where="product")
    if product_id not in (await request.app.state.serving.newest()).catalogue:
        raise not_found("product", product_id, "Add it whole with PUT.")
    if len(entry.body) == 1:
        raise Problem(
            400,
            "body",
            "The body cannot be read",
            "The body names no column to change. Send at least one.",
        )
    return Changed([entry.key], await keep(request, [entry]))


@delete(
    "/v1/products/{product_id:path}",
    status_code=200,
    opt=_WRITE,
    summary="Take one out",
    tags=["products"],
)
async def remove(request: Request[Any, Any, Any], product_id: ProductId) -> Changed:
    """It leaves search and related at once, and the table with the next build."""
    product_id = path_id(request, "/v1/products/", product_id)
    if product_id not in (await request.app.state.serving.newest()).catalogue:
        raise not_found("product", product_id, "It may have been taken out before.")
    entry = Entry.checked("product_delete", {"product_id": product_id})
    return Changed([product_id], await keep(request, [entry]))


@post(
    "/v1/products",
    status_code=200,
    opt=_WRITE,
    summary="Add or replace many",
    tags=["products"],
)
async def batch(request: Request[Any, Any, Any]) -> Changed:
    """Up to 1,000 whole products, all or none; the last of one id counts."""
    rows = several(await document(request), name="products", most=MOST)
    entries = each(rows, "products", lambda row, place: whole(row, place, _TABLE, "product"))
    return Changed([entry.key for entry in entries], await keep(request, entries))
