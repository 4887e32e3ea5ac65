"""Which offer of a product is shown in a region, the sentence about it, and where it is sold out.

In stock first, then the lower price, then the sooner promise, then by offer_id; what is not said
comes last. The index is built by it, and a server uses it for offers that changed since. A product
that has offers, none of them in stock, cannot be bought; one that has no offers can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

_ENDLESS = float("inf")


def rank(offer: Mapping[str, Any]) -> tuple[bool, float, float, str]:
    """The smaller, the better.

    >>> soon = {"offer_id": "b", "price": 5, "delivery_hours": 20}
    >>> late = {"offer_id": "a", "price": 5, "delivery_hours": 70}
    >>> min([late, soon, {"offer_id": "c", "price": 1, "stock": 0}], key=rank) is soon
    True
    """
    price, hours = offer.get("price"), offer.get("delivery_hours")
    return (
        offer.get("stock") == 0,
        _ENDLESS if price is None else float(price),
        _ENDLESS if hours is None else float(hours),
        str(offer["offer_id"]),
    )


class Stock(NamedTuple):
    """The regions in which an offer of a product is in stock, and those in which none is."""

    there: tuple[str, ...] = ()
    out: tuple[str, ...] = ()

    @property
    def sold_out(self) -> bool:
        """Whether there are offers, and none is in stock anywhere."""
        return bool(self.out) and not self.there

    @classmethod
    def of(cls, offers: Iterable[tuple[str, bytes]]) -> Stock:
        """From regions with their best offers as they are kept.

        >>> Stock.of([("DE", b'{"stock":0}'), ("IN", b'{"stock":3}')])
        Stock(there=('IN',), out=('DE',))
        >>> Stock.of([("DE", b'{"stock":0}')]).sold_out, Stock.of([]).sold_out
        (True, False)
        """
        parts: tuple[list[str], list[str]] = ([], [])
        for region, offer in offers:
            parts[not in_stock(offer)].append(region)
        return cls(*map(tuple, parts))


def in_stock(offer: bytes) -> bool:
    """Whether a kept offer can be bought; one that does not say so can.

    >>> in_stock(b'{"offer_id":"a","stock":0}'), in_stock(b'{"offer_id":"b"}')
    (False, True)
    """
    held: dict[str, Any] = msgspec.json.decode(offer)
    return held.get("stock") != 0


def sentence(offer: Mapping[str, Any]) -> str:
    """What is said of the offer that is shown.

    >>> sentence({"region": "IN/KA", "seller": "Rao", "price": 2450.0, "delivery_hours": 20})
    'offered in IN/KA by Rao for 2450, arrives within 20 hours'
    >>> sentence({"region": "IN/KA", "stock": 0})
    'out of stock in IN/KA'
    """
    if offer.get("stock") == 0:
        return f"out of stock in {offer['region']}"
    said = f"offered in {offer['region']}"
    if offer.get("seller"):
        said += f" by {offer['seller']}"
    if offer.get("price") is not None:
        said += f" for {offer['price']:g}"
    if offer.get("delivery_hours") is not None:
        said += f", arrives within {offer['delivery_hours']:g} hours"
    return said
