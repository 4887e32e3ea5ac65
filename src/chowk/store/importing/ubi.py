"""User Behavior Insights 1.3, the open log of OpenSearch: queries and what was done with them.

A query line (`user_query`) gives a `search` row, and an impression a product of
`query_response_hit_ids` in the order in which they were shown. An event line (`action_name`) gives
one row. Both may be wrapped as search engines dump them (`_source`). Source: o19s/ubi, schema 1.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chowk.errors import InputError
from chowk.store.schema import TABLES

from .format import Context, Format, Parsed
from .gather import Gather, Row, first, objects, zero_based
from .visits import day_session, placed

KINDS = {
    "click_through": "select_item",
    "click": "select_item",
    "product_click": "select_item",
    "item_click": "select_item",
    "select": "select_item",
    "view": "view_item",
    "watch": "view_item",
    "product_view": "view_item",
    "impression": "view_item_list",
    "on_search": "search",
    "remove_from_cart": "remove_from_cart",
    "buy": "purchase",
    "order": "purchase",
}
_BULK = ("index", "create", "update", "delete")


class Ubi(Format):
    """A dump of ubi_queries or ubi_events; see the module."""

    name = "ubi"
    title = "OpenSearch User Behavior Insights 1.3: queries and events, JSON lines"
    suffixes = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".json.gz")
    signs = (
        frozenset({"action_name"}),
        frozenset({"user_query", "query_id"}),
        frozenset({"query_response_hit_ids"}),
    )

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        if context.options.mapping:
            raise InputError("--map is not for UBI, whose schema names the fields. Leave it out.")
        wanted = ("action_name", "user_query", "query_id", "_source", *_BULK)
        source = objects(file, context, wanted, "a UBI log")
        base = int(zero_based(file, ("ordinal",)))
        if base:
            context.notes["positions count from 0 in this file: 1 was added to each"] += 1
        gather = Gather(
            {"events": TABLES["events"].names}, comma=context.options.decimal == "comma"
        )
        for rows, lines, rejected in source:
            for row, line in zip(rows, lines, strict=True):
                made = _rows(row, f"{context.digest[:12]}-{line}", base, context)
                if isinstance(made, str):
                    gather.refuse(line, row, made)
                else:
                    gather.add(line, row, {"events": made})
            gather.rejected.extend(rejected)
            if gather.full:
                yield gather.take()
        yield gather.take()


def _rows(row: Row, stem: str, base: int, context: Context) -> list[Row] | str:
    if len(row) == 1 and next(iter(row)) in _BULK:
        context.notes["lines of a bulk file that only announce the next one"] += 1
        return []
    body = row.get("_source", row)
    if not isinstance(body, dict):
        return "_source is not an object"
    attributes = _object(body, "event_attributes") | _object(body, "query_attributes")
    client = first(body.get("client_id"))
    moment = body.get("timestamp")
    session = first(body.get("session_id"), attributes.get("session_id"))
    if session is None:
        session = day_session(client, moment, context.settings.text("time_zone"))
        if session is not None:
            context.notes["lines without a session: the visit is the client and the day"] += 1
    common: Row = {
        "ts": moment,
        "session_id": session if session is not None else stem,
        "customer_id": first(body.get("user_id"), attributes.get("user_id"), client),
        "query_id": first(body.get("query_id")),
        "query": first(body.get("user_query")),
        "surface": first(body.get("application")),
        "experiment_id": first(attributes.get("experiment_id")),
        "source": f"ubi:{context.file.name}",
    }
    if first(body.get("action_name")) is not None:
        return [common | {"event_id": stem} | _action(body, attributes, base)]
    if "user_query" not in body and "query_response_hit_ids" not in body:
        return "neither action_name (an event) nor user_query (a query) is given"
    hits = body.get("query_response_hit_ids")
    if hits is not None and not isinstance(hits, list):
        return "query_response_hit_ids is not a list of ids"
    impressions = [
        common
        | {
            "event_id": f"{stem}-{number}",
            "kind": "view_item_list",
            "product_id": hit,
            "position": number,
        }
        for number, hit in enumerate(hits or (), start=1)
        if first(hit) is not None
    ]
    return [common | {"event_id": stem, "kind": "search"}, *impressions]


def _action(body: Row, attributes: Row, base: int) -> Row:
    item, position = _object(attributes, "object"), _object(attributes, "position")
    name = re.sub(r"[^a-z0-9]+", "_", str(body["action_name"]).strip().lower()).strip("_")
    kind = KINDS.get(name, name)
    query = first(body.get("user_query"), attributes.get("user_query"))
    if query is None and (kind == "search" or str(body.get("message_type")).upper() == "QUERY"):
        query = first(body.get("message"))
    facts = {**_object(item, "object_detail"), **attributes}
    return {
        "kind": kind,
        "query": query,
        "product_id": first(item.get("object_id"), body.get("object_id")),
        "position": placed(first(position.get("ordinal")), base),
        "quantity": first(facts.get("quantity")),
        "price": first(facts.get("price")),
        "currency": first(facts.get("currency")),
        "order_id": first(facts.get("order_id")),
    }


def _object(row: Row, name: str) -> dict[str, Any]:
    value = row.get(name)
    return value if isinstance(value, dict) else {}
