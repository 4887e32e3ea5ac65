"""The best products of a query, in an order that does not depend on how the index is cut.

Ties are broken by product_id. Inside one segment of the index documents lie in that order, and
tantivy prefers the earlier one; between segments (after live changes) it does not know, so groups
of equal products are read whole and put in order here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import tantivy

Sort = Literal["price_asc", "price_desc", "newest", "popular"]

#: Groups of equals up to this size are put in order across segments; larger ones keep the order
#: of the segments, which is the same for every page of one state of the index.
TIES = 2000


class Order(NamedTuple):
    """By a column, up or down; or by score, with a column's factor or none."""

    column: str | None = None
    up: bool = False
    factor: str | None = None


SORTS: dict[str, Order] = {
    "price_asc": Order("price", up=True),
    "price_desc": Order("price"),
    "newest": Order("created"),
    "popular": Order("popularity"),
}
BY_ID = Order("product_id", up=True)


class Top(NamedTuple):
    """A page: (key, address) pairs, and how many products match in all."""

    hits: list[tuple[Any, Any]]
    total: int


def top(
    searcher: Any,
    query: Any,
    order: Order,
    offset: int,
    k: int,
    ids: Callable[[Sequence[Any]], list[str]],
) -> Top:
    """The places offset + 1 to offset + k. `ids` gives the product_ids of addresses."""
    if searcher.num_segments <= 1 or order.column == "product_id":
        found = _search(searcher, query, order, k, offset, count=True)
        return Top(found.hits, found.count)
    need = offset + k
    found = _search(searcher, query, order, need + 1, 0, count=True)
    hits = found.hits
    if len(hits) > need and hits[need][0] == hits[need - 1][0]:
        hits = _search(searcher, query, order, need + TIES, 0, count=False).hits
    ordered: list[tuple[Any, Any]] = []
    for _, group in itertools.groupby(hits, key=lambda hit: hit[0]):
        if len(ordered) >= need:
            break
        equals = list(group)
        if 1 < len(equals) <= TIES and len(ordered) + len(equals) > offset:
            names = ids([address for _, address in equals])
            equals = [hit for _, hit in sorted(zip(names, equals, strict=True), key=_first)]
        ordered += equals
    return Top(ordered[offset:need], found.count)


def _first(pair: tuple[str, Any]) -> bytes:
    return pair[0].encode("utf-8")


def _search(searcher: Any, query: Any, order: Order, k: int, offset: int, *, count: bool) -> Any:
    if order.column is not None:
        direction = tantivy.Order.Asc if order.up else tantivy.Order.Desc
        return searcher.search(
            query,
            limit=k,
            offset=offset,
            count=count,
            order_by_field=order.column,
            order=direction,
        )
    return searcher.search(query, limit=k, offset=offset, count=count, weight_by_field=order.factor)
