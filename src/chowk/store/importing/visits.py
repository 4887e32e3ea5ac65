"""What GA4 and Segment share: events that carry products, and the tables that follow from them.

Flows in: one message with its items. Flows out: one events row an item (or one row when there are
none), with what the item says of its product beside it under `x_` names; `derive` makes products
and customers of those, which only fill in what the store does not know yet.
"""

from __future__ import annotations

import re
from typing import Any

from chowk.store.schema import TABLES

from .format import Derived
from .gather import Row, first
from .moments import clock

#: What an item says of its product, kept beside the event.
FACTS = ("title", "brand", "category", "image", "group_id", "price", "locale")
EVENTS = (*TABLES["events"].names, *(f"x_{name}" for name in FACTS))
DEVICES = {"mobile": "phone", "smartphone": "phone", "smart tv": "tv", "ios": "app",
           "android": "app"}  # fmt: skip
_MOST_CATEGORIES = 5


def category_path(item: Row, stem: str = "item_category") -> str | None:
    """The parts `item_category`, `item_category2` … `5` as one path."""
    names = [stem, *(f"{stem}{n}" for n in range(2, _MOST_CATEGORIES + 1))]
    parts = [str(value) for name in names if (value := first(item.get(name))) is not None]
    return re.sub(r"\s*>\s*", " > ", " > ".join(parts)) or None


def day_session(who: Any, moment: Any, zone: str) -> str | None:
    """A visit for logs that name none: the person and the (UTC) day.

    >>> day_session("u1", "2026-11-08T23:30:00Z", "UTC")
    'u1.2026-11-08'
    """
    if first(who) is None:
        return None
    found = clock(zone).moment(str(moment)) if first(moment) is not None else ""
    return str(who) if isinstance(found, str) else f"{who}.{found.date().isoformat()}"


def placed(position: Any, base: int) -> Any:
    """A position counted from 1; `base` is 1 when the file counts from 0."""
    if base and isinstance(position, bool) is False:
        if isinstance(position, int):
            return position + base
        if isinstance(position, str) and position.strip().isdecimal():
            return int(position) + base
    return position


def derive_catalogue(derived: Derived) -> None:
    """Products from the items' own facts (the newest of each), customers from who was seen."""
    events = derived.relation("events")
    if events is None:
        return

    def newest(name: str) -> str:
        return f"arg_max(x_{name}, (ts, event_id)) FILTER (x_{name} IS NOT NULL)"

    derived.put(
        "products",
        f"""
        SELECT * FROM (
            SELECT product_id, {newest("title")} title, {newest("brand")} brand,
                {newest("category")} category, {newest("image")} image,
                {newest("group_id")} group_id, min(ts) created_at,
                arg_max(price, (ts, event_id)) FILTER (price IS NOT NULL AND kind <> 'refund')
                    price,
                arg_max(currency, (ts, event_id)) FILTER (price IS NOT NULL AND kind <> 'refund')
                    currency
            FROM {events} WHERE product_id IS NOT NULL GROUP BY product_id)
        WHERE title IS NOT NULL""",
    )
    derived.put(
        "customers",
        f"""
        SELECT customer_id, min(ts) created_at, {newest("locale")} locale,
            arg_max(region, (ts, event_id)) FILTER (region IS NOT NULL) region
        FROM {events} WHERE customer_id IS NOT NULL GROUP BY customer_id""",
    )
    untitled = derived.sql.execute(
        f"SELECT count(DISTINCT product_id) FROM {events} WHERE product_id IS NOT NULL AND "
        "product_id NOT IN (SELECT product_id FROM derived_products)"
    ).fetchall()[0][0]
    if untitled:
        derived.notes["products that no event gives a title: none was made of them"] = int(untitled)
