"""Google Analytics 4 events, as BigQuery exports them: JSON lines or Parquet.

One row or line is one event. An event with items gives one events row an item (an impression is a
view_item_list row a product and position); one without gives one row under its own name.
`view_search_results` becomes `search`. Visits are `user_pseudo_id` and `ga_session_id`; who has no
`user_id` is known by the pseudonym. Source: Google's BigQuery export schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from chowk.errors import ImportFormatError, InputError
from chowk.store.schema import TABLES

from .columnar import parquet_columns, read_parquet
from .format import Context, Derived, Format, Parsed
from .gather import Gather, Row, first, objects, text, zero_based
from .source import Rejected
from .visits import DEVICES, EVENTS, category_path, derive_catalogue, placed

KINDS = {"view_search_results": "search"}
_INDEX = ("item_list_index", "index")
_LOOK_ROWS = 200_000
#: Who came from where is said once a visit, or once a person.
_ARRIVALS = ("session_start", "first_visit", "first_open")


class GA4(Format):
    """The BigQuery export of a GA4 property; see the module."""

    name = "ga4"
    title = "Google Analytics 4 BigQuery export, JSON lines or Parquet"
    suffixes = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".json.gz", ".parquet")
    signs = (
        frozenset({"event_name", "event_timestamp"}),
        frozenset({"event_name", "event_params"}),
    )

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        if context.options.mapping:
            raise InputError("--map is not for GA4, whose columns Google names. Leave it out.")
        parquet = file.name.endswith((".parquet", ".pq"))
        source = _rows(file) if parquet else objects(
            file, context, ("event_name", "event_params"), "a GA4 export"
        )  # fmt: skip
        base = int(_parquet_zero(file) if parquet else zero_based(file, _INDEX))
        if base:
            context.notes["positions count from 0 in this file: 1 was added to each"] += 1
        gather = Gather(
            {"events": EVENTS, "touches": TABLES["touches"].names},
            comma=context.options.decimal == "comma",
        )
        for rows, lines, rejected in source:
            for row, line in zip(rows, lines, strict=True):
                made = _event(row, line, base, context)
                if isinstance(made, str):
                    gather.refuse(line, row, made)
                else:
                    gather.add(line, row, made)
            gather.rejected.extend(rejected)
            if gather.full:
                yield gather.take()
        yield gather.take()

    def derive(self, derived: Derived) -> None:
        derive_catalogue(derived)


def _event(row: Row, line: int, base: int, context: Context) -> dict[str, list[Row]] | str:
    """The events rows (and a touch) of one GA4 event, or why there are none."""
    items, params = _listed(row.get("items")), _params(row.get("event_params"))
    if items is None:
        return "items is not a list of objects, as the export writes it"
    if params is None:
        return "event_params is not a list of key and value, as the export writes it"
    if first(row.get("event_name")) is None:
        return "event_name is empty; it must be given"
    commerce, geo = _object(row, "ecommerce"), _object(row, "geo")
    device = _object(row, "device")
    kind = str(row["event_name"])
    pseudonym, session = first(row.get("user_pseudo_id")), first(params.get("ga_session_id"))
    stem = f"{context.digest[:12]}-{line}"
    if pseudonym is not None:
        visit = f"{pseudonym}.{session}" if session is not None else str(pseudonym)
    else:
        context.notes["events without user_pseudo_id (no consent): each is its own visit"] += 1
        visit = stem
    region = first(geo.get("country"))
    if region is not None and first(geo.get("region")) is not None:
        region = f"{region}/{geo['region']}"
    platform = str(row.get("platform") or "").lower()
    shape = "app" if platform in ("ios", "android") else str(first(device.get("category")) or "")
    moment = row.get("event_timestamp")
    common: Row = {
        "ts": moment.isoformat() if isinstance(moment, datetime) else text(moment),
        "session_id": visit,
        "kind": KINDS.get(kind, kind),
        "customer_id": first(row.get("user_id"), pseudonym),
        "query": first(params.get("search_term")),
        "list_id": first(params.get("item_list_id"), params.get("item_list_name")),
        "currency": first(params.get("currency")),
        "region": region,
        "device": DEVICES.get(shape, shape) or None,
        "order_id": first(commerce.get("transaction_id"), params.get("transaction_id")),
        "source": f"ga4:{context.file.name}",
        "x_locale": first(device.get("language")),
    }
    indexed = any(first(*(item.get(n) for n in _INDEX)) is not None for item in items)
    rows = []
    for number, item in enumerate(items, start=1):
        position = placed(first(*(item.get(n) for n in _INDEX)), base)
        if position is None and kind == "view_item_list" and not indexed:
            context.notes["impressions without an index: their place in the list is used"] += 1
            position = number
        rows.append(
            common
            | {
                "event_id": f"{stem}-{number}",
                "product_id": first(item.get("item_id"), item.get("item_name")),
                "position": position,
                "list_id": first(
                    item.get("item_list_id"), item.get("item_list_name"), common["list_id"]
                ),
                "quantity": item.get("quantity"),
                "price": item.get("price"),
                "value": item.get(
                    {"purchase": "item_revenue", "refund": "item_refund"}.get(kind, "")
                ),
                "x_title": first(item.get("item_name")),
                "x_brand": first(item.get("item_brand")),
                "x_category": category_path(item),
            }
        )
    if not rows:
        revenue = {
            "purchase": first(commerce.get("purchase_revenue"), params.get("value")),
            "refund": first(commerce.get("refund_value"), params.get("value")),
        }.get(kind)
        if revenue is not None and common["currency"] is None:
            common["currency"] = context.settings.text("currency")
        rows = [common | {"event_id": stem, "value": revenue}]
    return {"events": rows, "touches": _touches(row, params, common, kind)}


def _touches(row: Row, params: Row, common: Row, kind: str) -> list[Row]:
    """Where a visit came from, on the events that begin one."""
    if kind not in _ARRIVALS or common["customer_id"] is None:
        return []
    collected, person = _object(row, "collected_traffic_source"), _object(row, "traffic_source")
    medium = first(collected.get("manual_medium"), params.get("medium"))
    source = first(collected.get("manual_source"), params.get("source"))
    campaign = first(collected.get("manual_campaign_name"), params.get("campaign"))
    if medium is None and source is None and kind != "session_start":
        medium, source = first(person.get("medium")), first(person.get("source"))
        campaign = first(person.get("name"))
    if medium is None and source is None:
        return []
    channel = " / ".join(str(part) for part in (source, medium) if part is not None)
    return [
        {
            "ts": common["ts"],
            "customer_id": common["customer_id"],
            "channel": channel,
            "campaign": campaign,
        }
    ]


def _params(given: Any) -> Row | None:
    """event_params (key and typed value) as a plain dict."""
    listed = _listed(given)
    if listed is None:
        return None
    found: Row = {}
    for param in listed:
        value = param.get("value")
        if isinstance(value, dict):
            value = first(*(value.get(f"{kind}_value") for kind in _TYPES))
        if isinstance(param.get("key"), str):
            found.setdefault(param["key"], value)
    return found


_TYPES = ("string", "int", "double", "float")


def _listed(given: Any) -> list[Row] | None:
    """A list of objects; older Parquet exports wrap it as `{"list": [{"element": …}]}`."""
    if isinstance(given, dict) and "list" in given:
        given = given["list"]
    if given is None:
        return []
    if not isinstance(given, list):
        return None
    items = [
        item.get("element", item) if isinstance(item, dict) and len(item) == 1 else item
        for item in given
    ]
    return items if all(isinstance(item, dict) for item in items) else None


def _object(row: Row, name: str) -> Row:
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def _rows(file: Path) -> Iterator[tuple[list[Row], list[int], list[Rejected]]]:
    """A Parquet export as rows of Python values."""
    names = parquet_columns(file)
    if "event_name" not in names:
        raise ImportFormatError(
            f"{file} is not a GA4 export: it has no column 'event_name'. Its columns are: "
            f"{', '.join(names)[:1500]}. Name the file's own format."
        )
    for batch in read_parquet(file, batch=5_000):
        yield batch.frame.to_pylist(), batch.lines.to_pylist(), batch.rejected


def _parquet_zero(file: Path) -> bool:
    """Whether an item stands at index 0 among the first rows."""
    if "items" not in parquet_columns(file):
        return False
    seen = 0
    for batch in read_parquet(file, columns={"items"}, batch=5_000):
        for items in batch.frame["items"].to_pylist():
            for item in _listed(items) or ():
                if str(first(*(item.get(n) for n in _INDEX))) == "0":
                    return True
        seen += batch.frame.num_rows
        if seen >= _LOOK_ROWS:
            break
    return False
