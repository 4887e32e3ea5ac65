"""Which offer of a product is shown in a region, and the sentence about it: one rule for all.

In stock first, then the lower price, then the sooner promise, then by offer_id; what is not said
comes last. The index is built by it, and a server uses it for offers that changed since.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    """
    said = f"offered in {offer['region']}"
    if offer.get("seller"):
        said += f" by {offer['seller']}"
    if offer.get("price") is not None:
        said += f" for {offer['price']:g}"
    if offer.get("delivery_hours") is not None:
        said += f", arrives within {offer['delivery_hours']:g} hours"
    return said
