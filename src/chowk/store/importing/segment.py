"""Segment's e-commerce messages, and those of RudderStack and PostHog, which share the spec.

One line is one message, or a batch of them. A track message gives one events row a product of its
`properties.products`, or one row; names become GA4's (`Order Completed` is `purchase`), others are
kept in snake case. Source: Segment's e-commerce spec, version 2; PostHog's capture messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chowk.errors import InputError

from .format import Context, Derived, Format, Parsed
from .gather import Gather, Row, first, objects, zero_based
from .visits import DEVICES, EVENTS, category_path, day_session, derive_catalogue, placed

KINDS = {
    "products_searched": "search",
    "product_list_viewed": "view_item_list",
    "product_list_filtered": "view_item_list",
    "product_clicked": "select_item",
    "product_viewed": "view_item",
    "product_added": "add_to_cart",
    "product_removed": "remove_from_cart",
    "cart_viewed": "view_cart",
    "checkout_started": "begin_checkout",
    "payment_info_entered": "add_payment_info",
    "order_completed": "purchase",
    "order_refunded": "refund",
    "promotion_viewed": "view_promotion",
    "promotion_clicked": "select_promotion",
    "product_added_to_wishlist": "add_to_wishlist",
    "wishlist_product_added_to_cart": "add_to_cart",
    "$pageview": "page_view",
    "page": "page_view",
    "screen": "screen_view",
}
_TYPES = ("track", "page", "screen", "identify", "group", "alias")


class Segment(Format):
    """Customer-data-platform messages of the e-commerce spec; see the module."""

    name = "segment"
    title = "Segment e-commerce messages (also RudderStack, PostHog), JSON lines"
    suffixes = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".json.gz")
    signs = (
        frozenset({"messageId", "type"}),
        frozenset({"event", "properties"}),
        frozenset({"distinct_id", "event"}),
    )

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        if context.options.mapping:
            raise InputError("--map is not for Segment, whose spec names the fields. Leave it out.")
        source = objects(
            file, context, ("messageId", "event", "type", "batch"), "a file of Segment messages"
        )
        base = int(zero_based(file, ("position",)))
        if base:
            context.notes["positions count from 0 in this file: 1 was added to each"] += 1
        gather = Gather({"events": EVENTS}, comma=context.options.decimal == "comma")
        for rows, lines, rejected in source:
            for row, line in zip(rows, lines, strict=True):
                made = _line(row, f"{context.digest[:12]}-{line}", base, context)
                if isinstance(made, str):
                    gather.refuse(line, row, made)
                else:
                    gather.add(line, row, {"events": made})
            gather.rejected.extend(rejected)
            if gather.full:
                yield gather.take()
        yield gather.take()

    def derive(self, derived: Derived) -> None:
        derive_catalogue(derived)


def _line(row: Row, stem: str, base: int, context: Context) -> list[Row] | str:
    """The events rows of one line: a message, or a batch of messages."""
    if "batch" not in row:
        return _message(row, stem, base, context)
    if not isinstance(row["batch"], list):
        return "batch is not a list of messages"
    made: list[Row] = []
    for number, message in enumerate(row["batch"], start=1):
        if not isinstance(message, dict):
            return f"message {number} of the batch is not an object"
        # A batch may say once when it was sent, and in which context.
        rows = _message({k: v for k, v in row.items() if k in ("context", "sentAt")} | message,
                        f"{stem}-{number}", base, context)  # fmt: skip
        if isinstance(rows, str):
            return f"message {number} of the batch: {rows}"
        made.extend(rows)
    return made


def _message(row: Row, stem: str, base: int, context: Context) -> list[Row] | str:
    name = first(row.get("event"))
    if name is None:
        name = first(row.get("type"))
        if name == "track" or name is None:
            return "event is empty; a track message must name it"
    if not isinstance(name, str):
        return "event is not a text"
    properties = first(row.get("properties"), row.get("traits")) or {}
    if not isinstance(properties, dict):
        return "properties is not an object"
    products = properties.get("products")
    if products is not None and not (
        isinstance(products, list) and all(isinstance(p, dict) for p in products)
    ):
        return "properties.products is not a list of objects"
    about = row.get("context")
    about = about if isinstance(about, dict) else {}
    kind = re.sub(r"[^a-z0-9$]+", "_", name.strip().lower()).strip("_")
    kind = KINDS.get(kind, kind)
    moment = first(
        row.get("timestamp"), row.get("originalTimestamp"), row.get("sentAt"), row.get("receivedAt")
    )
    guest = first(row.get("anonymousId"), row.get("distinct_id"), properties.get("distinct_id"))
    who = first(row.get("userId"), properties.get("$user_id"), guest)
    session = first(
        about.get("sessionId"), about.get("session_id"), properties.get("session_id"),
        properties.get("$session_id"),
    )  # fmt: skip
    if session is None:
        session = day_session(first(guest, who), moment, context.settings.text("time_zone"))
        if session is not None:
            context.notes["messages without a session: the visit is the person and the day"] += 1
    ident = first(row.get("messageId"), row.get("uuid"))
    stem = str(ident) if ident is not None else stem
    traits = {**_object(about, "traits"), **_object(row, "traits")}
    common: Row = {
        "ts": moment,
        "session_id": session if session is not None else stem,
        "kind": kind,
        "customer_id": who,
        "query_id": first(properties.get("query_id"), properties.get("search_id")),
        "query": first(properties.get("query"), properties.get("search_term")),
        "list_id": first(properties.get("list_id"), properties.get("list_name")),
        "currency": first(properties.get("currency")),
        "region": _region(about, traits, properties),
        "device": _device(about, properties),
        "collection": first(properties.get("collection_id")),
        "order_id": first(properties.get("order_id"), properties.get("orderId")),
        "attribution_token": first(properties.get("attribution_token")),
        "experiment_id": first(properties.get("experiment_id"), properties.get("variation_id")),
        "source": f"segment:{context.file.name}",
        "x_locale": first(about.get("locale"), traits.get("locale")),
    }
    found = products or ([properties] if _product(properties) is not None else [])
    if not found:
        revenue = None
        if kind in ("purchase", "refund"):
            revenue = first(properties.get("revenue"), properties.get("total"))
        if revenue is not None and common["currency"] is None:
            common["currency"] = context.settings.text("currency")
        return [common | {"event_id": stem, "value": revenue}]
    listed = kind == "view_item_list" and not any("position" in item for item in found)
    rows = []
    for number, item in enumerate(found, start=1):
        position = placed(first(item.get("position")), base)
        if listed:
            context.notes["impressions without a position: their place in the list is used"] += 1
            position = number
        rows.append(
            common
            | {
                "event_id": stem if len(found) == 1 else f"{stem}-{number}",
                "product_id": _product(item),
                "position": position,
                "quantity": item.get("quantity"),
                "price": item.get("price"),
                "currency": first(item.get("currency"), common["currency"]),
                "x_title": first(item.get("name"), item.get("title")),
                "x_brand": first(item.get("brand")),
                "x_category": category_path(item, "category"),
                "x_image": first(item.get("image_url")),
            }
        )
    return rows


def _product(item: Row) -> Any:
    return first(item.get("product_id"), item.get("productId"), item.get("id"), item.get("sku"))


def _object(row: Row, name: str) -> Row:
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def _region(about: Row, traits: Row, properties: Row) -> Any:
    address = _object(traits, "address")
    location = _object(about, "location")
    country = first(
        location.get("country"), address.get("country"), properties.get("$geoip_country_code")
    )
    area = first(location.get("region"), address.get("state"))
    return f"{country}/{area}" if country is not None and area is not None else country


def _device(about: Row, properties: Row) -> str | None:
    shape = first(_object(about, "device").get("type"), properties.get("$device_type"))
    word = str(shape).lower() if shape is not None else ""
    return DEVICES.get(word, word) or None
