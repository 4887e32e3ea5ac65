"""Products as Shopify's product CSV, such that importing the file gives the same products again.

A group is a handle; its variants follow one another. A variant's text is written in full in the
first row, and later only where it differs: Shopify keeps one text a handle. Attributes go to the
columns that Shopify has for them, to options, or to metafields. Texts are written exactly as they
are: an apostrophe against formulas would become part of the title.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from chowk.errors import InputError
from chowk.store.importing.shopify import CHOSEN, KEPT, MADE_UP, NAMES, NAMESPACE, TYPED, WITHHELD
from chowk.store.reader import Reader

from .files import replacing_text
from .plain import amount, cell

#: Shopify's name of each of our columns, in the order of its own export.
_HEAD = {
    "handle": "Handle", "title": "Title", "description": "Body (HTML)", "vendor": "Vendor",
    "category": "Product Category", "type": "Type", "tags": "Tags", "published": "Published",
    "option1_name": "Option1 Name", "option1_value": "Option1 Value",
    "option2_name": "Option2 Name", "option2_value": "Option2 Value",
    "option3_name": "Option3 Name", "option3_value": "Option3 Value",
    "sku": "Variant SKU", "grams": "Variant Grams", "tracker": "Variant Inventory Tracker",
    "stock": "Variant Inventory Qty", "policy": "Variant Inventory Policy",
    "price": "Variant Price", "compare": "Variant Compare At Price",
    "barcode": "Variant Barcode", "image": "Image Src", "image_position": "Image Position",
    "image_alt": "Image Alt Text", "gift_card": "Gift Card", "seo_title": "SEO Title",
    "seo_description": "SEO Description", "variant_image": "Variant Image",
    "cost": "Cost per item", "status": "Status",
}  # fmt: skip
#: Written once a handle, unless a variant says otherwise.
_ONCE = ("title", "description", "vendor", "category", "type", "tags", "published", "gift_card",
         "seo_title", "seo_description", "status", "option1_name", "option2_name",
         "option3_name")  # fmt: skip
_COLUMN_OF = {NAMES.get(name, name): name for name in KEPT}
_OWN = {"shopify_options", "additional_images", "product_image", *_COLUMN_OF}
_MOST_OPTIONS = 3
_LINE_ENDS = re.compile(r"[\r\n]+")

_Row = dict[str, str]


def write_shopify_csv(store: Reader, path: Path) -> int:
    """Write every product and return the rows (variants and further pictures).

    Raises InputError when a product's price is not in the store's currency, which is the only one
    that the file can mean.
    """
    products = store["products"]
    currency = store.settings.text("currency")
    foreign = products.filter(products.currency != currency)
    row = store.arrow(foreign.order_by(foreign.product_id).limit(1)).to_pylist()
    if row:
        raise InputError(
            f"The product {row[0]['product_id']!r} is priced in {row[0]['currency']}, and the "
            f"store counts in {currency}. Shopify's file names no currency, so every price must be "
            "in the store's; convert those prices, or change the setting 'currency'."
        )
    keys = products.filter(products.attributes.notnull())
    keys = keys.select(name=keys.attributes.keys().unnest()).distinct()
    names = sorted(set(store.arrow(keys)["name"].to_pylist()) - _OWN - {None})
    grouped = products.filter(products.group_id.notnull()).select("group_id").distinct()
    groups = set(store.arrow(grouped)["group_id"].to_pylist())
    header = _metafields(names)
    typed = {n: f"{n} (product.metafields.{NAMESPACE}.{n})" for n in (*TYPED, "options")}
    columns = [*_HEAD, *(f"attribute:{n}" for n in names), *(f"typed:{n}" for n in typed)]
    rows = 0
    with replacing_text(path) as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow([*_HEAD.values(), *header.values(), *typed.values()])
        for group in _groups(store):
            for row_ in _rows(group, groups):
                out.writerow([row_.get(name, "") for name in columns])
                rows += 1
    return rows


def _groups(store: Reader) -> Iterator[list[dict[str, Any]]]:
    """Products that share a handle, together; those without a group one by one."""
    t = store["products"]
    order = t.order_by([t.group_id.fill_null(t.product_id), t.group_id, t.product_id])
    rows = (row for batch in store.engine.batches(order, 20_000) for row in batch.to_pylist())
    for _, group in groupby(rows, key=lambda r: (r["group_id"] is None and r["product_id"],
                                                 r["group_id"])):  # fmt: skip
        yield [row | {"attributes": dict(row["attributes"] or ())} for row in group]


def _rows(group: list[dict[str, Any]], groups: set[str]) -> Iterator[_Row]:
    """The rows of one handle: its variants, then the pictures that found no place beside them."""
    handle = group[0]["group_id"]
    if handle is None:
        handle = group[0]["product_id"]
        while handle in groups:  # another product's handle: it must not become its variant
            handle += "-alone"
    options, how = _options(group)
    lead = group[0]["attributes"]
    pictures = [p for p in [lead.get("product_image") or group[0]["image"]] if p]
    pictures += [p for p in lead.get("additional_images", "").split(" ") if p]
    top: _Row = {}
    made: list[_Row] = []
    for product in group:
        row = _variant(product, handle, options, how)
        if pictures and product["image"] and product["image"] != pictures[0]:
            row["variant_image"] = product["image"]
        if made:
            row = {n: v for n, v in row.items() if n not in _top(row) or top.get(n) != v}
        else:
            top = {n: row[n] for n in _top(row)}
        made.append(row)
    made += [{"handle": handle} for _ in range(len(pictures) - len(made))]
    for number, (row, picture) in enumerate(zip(made, pictures, strict=False), start=1):
        row |= {"image": picture, "image_position": str(number)}
    yield from made


def _top(row: _Row) -> list[str]:
    return [n for n in row if n in _ONCE or n.startswith(("attribute:", "typed:"))]


def _variant(
    product: dict[str, Any], handle: str, options: tuple[str, ...], how: str | None
) -> _Row:
    """One product as a full row; what is null has no cell."""
    attributes: dict[str, str] = product["attributes"]
    ident, category = product["product_id"], product["category"]
    values: dict[str, str | None] = {
        "title": product["title"],
        "description": _body(product["description"]),
        "vendor": product["brand"],
        "price": None if product["price"] is None else amount(product["price"]),
        "grams": None if product["weight_g"] is None else _plain_number(product["weight_g"]),
    }
    for name, column in _COLUMN_OF.items():
        values[column] = attributes.get(name)
    # Shopify's category is a path of its taxonomy, its type a word of the owner's.
    if category is not None:
        path = " > " in category or values["type"] is not None
        values["category" if path else "type"] = category
    values |= _sale(product["available"], attributes)
    if how == MADE_UP:
        values |= {"option1_name": "Variant", "option1_value": ident}
    elif options:
        for n, name in enumerate(options, start=1):
            values |= {f"option{n}_name": name, f"option{n}_value": attributes[name]}
    else:
        values |= {"option1_name": "Title", "option1_value": "Default Title"}
    implied = [handle, *(attributes[n] for n in options if how != MADE_UP)]
    if ident != "/".join(implied) or how == MADE_UP:
        values["sku"] = ("'" if ident.startswith("'") else "") + ident
    if values["barcode"] is not None and values["barcode"].startswith("'"):
        values["barcode"] = "'" + values["barcode"]
    for name, value in attributes.items():
        if name not in _OWN and (how == MADE_UP or name not in options):
            values[f"attribute:{name}"] = value
    for name in TYPED:
        if product[name] is not None:
            values[f"typed:{name}"] = cell(product[name])
    if how is not None:
        values["typed:options"] = how
    return {"handle": handle, **{n: v for n, v in values.items() if v is not None}}


def _options(group: list[dict[str, Any]]) -> tuple[tuple[str, ...], str | None]:
    """The attributes that tell the variants apart, and how they were found.

    Shopify's own, where the import remembers them; else those that all variants have and that
    differ; else, for a group, one made up of the ids, because Shopify wants different options.
    """
    maps = [product["attributes"] for product in group]
    own = tuple(n for n in maps[0].get("shopify_options", "").split(", ") if n)
    if own and all(
        m.get("shopify_options") == maps[0]["shopify_options"] and all(n in m for n in own)
        for m in maps
    ):
        return own[:_MOST_OPTIONS], None
    if len(group) == 1:
        return (), None
    shared = set.intersection(*(set(m) for m in maps)) - _OWN
    telling = tuple(sorted(n for n in shared if len({m[n] for m in maps}) > 1))[:_MOST_OPTIONS]
    if len({tuple(m[n] for n in telling) for m in maps}) == len(group) and telling:
        return telling, CHOSEN
    return ("Variant",), MADE_UP


def _sale(available: bool | None, attributes: dict[str, str]) -> dict[str, str | None]:
    """Published and Status, such that the import finds `available` again."""
    if available is None:
        return {}
    status = attributes.get("status", "active")
    withheld = status.strip().lower() in WITHHELD or _sold_out(attributes)
    if withheld and not available:
        return {"status": status, "published": attributes.get("published", "TRUE")}
    return {"status": status, "published": "TRUE" if available else "FALSE"}


def _sold_out(attributes: dict[str, str]) -> bool:
    try:
        stock = Decimal(attributes.get("inventory_quantity", "1"))
    except ArithmeticError:
        return False
    policy = attributes.get("inventory_policy", "").strip().lower()
    tracked = "inventory_tracker" in attributes
    return tracked and stock <= 0 and policy in ("deny", "false", "no", "")


def _body(text: str | None) -> str | None:
    """Plain text as HTML; a reader who strips HTML gets the same text."""
    if text is None or not any(mark in text for mark in "<&"):
        return text
    return html.escape(text, quote=False)


def _plain_number(value: float) -> str:
    return f"{Decimal(repr(value)):f}".removesuffix(".0")


def _metafields(names: list[str]) -> dict[str, str]:
    """A column for each attribute: its name, and a key of its own."""
    made: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        key = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")
        key, serial = key or "attribute", 1
        while key in used:
            serial += 1
            key = f"{key.rstrip('0123456789_')}_{serial}"
        used.add(key)
        made[name] = f"{_LINE_ENDS.sub(' ', name)} (product.metafields.custom.{key})"
    return made
