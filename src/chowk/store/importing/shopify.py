"""Shopify's product CSV: one row a variant or a further picture, in the old and the new columns.

The text of a product stands in the first row of its handle only, so rows are taken a handle at a
time: what a row leaves empty is filled from the first, and the pictures of all rows are collected.
A variant's id is its SKU, else its handle and options. Flows out: products, and offers for the
markets that have columns of their own. Source: Shopify's manual, "Using CSV files to import and
export products".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chowk.errors import ImportFormatError
from chowk.store.schema import TABLES

from .delimited import delimiter_of, header_of, read_delimited
from .format import Context, Format, Parsed
from .gather import Gather, Row
from .mapping import check_columns, check_targets
from .measures import grams
from .money import number
from .source import encoding_of, existing

#: Our name of a column: the names that Shopify gives it, compared without case.
COLUMNS = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "description": ("body (html)", "body html", "body", "description"),
    "vendor": ("vendor",),
    "category": ("product category", "standardized product type"),
    "type": ("type", "custom product type", "product type"),
    "tags": ("tags",),
    "published": ("published", "published on online store"),
    "status": ("status",),
    "sku": ("variant sku", "sku"),
    "grams": ("variant grams", "weight value (grams)"),
    "stock": ("variant inventory qty", "inventory quantity"),
    "tracker": ("variant inventory tracker", "inventory tracker"),
    "policy": ("variant inventory policy", "continue selling when out of stock"),
    "price": ("variant price", "price"),
    "compare": ("variant compare at price", "compare-at price", "compare at price"),
    "barcode": ("variant barcode", "barcode"),
    "image": ("image src", "product image url"),
    "image_position": ("image position",),
    "image_alt": ("image alt text",),
    "variant_image": ("variant image", "variant image url"),
    "cost": ("cost per item",),
    "gift_card": ("gift card",),
    "seo_title": ("seo title",),
    "seo_description": ("seo description",),
} | {
    f"option{n}_{what}": (f"option{n} {what}",) for n in (1, 2, 3) for what in ("name", "value")
}  # fmt: skip
_BY_NAME = {alias: ours for ours, aliases in COLUMNS.items() for alias in aliases}
_MARKET = re.compile(r"(price|compare[- ]at price|included)\s*/\s*(.+)", re.IGNORECASE)
_METAFIELD = re.compile(r"(.+?)\s*\(product\.metafields\.([^.()]+)\.([^()]+)\)")
_GOOGLE = re.compile(r"google shopping\s*/\s*(.+)", re.IGNORECASE)
#: What belongs to the variant or to the picture of a row, and is never filled from the first row.
OF_THE_ROW = frozenset(
    {"sku", "grams", "stock", "tracker", "policy", "price", "compare", "barcode", "image",
     "image_position", "image_alt", "variant_image", "cost",
     "option1_value", "option2_value", "option3_value"}
)  # fmt: skip
_VARIANT = ("sku", "price", "barcode", "grams", "option1_value", "option2_value", "option3_value")
#: Kept as attributes under our name.
KEPT = ("tags", "type", "status", "published", "tracker", "policy", "stock", "compare", "barcode",
        "cost", "gift_card", "seo_title", "seo_description", "image_alt")  # fmt: skip
NAMES = {"compare": "compare_at_price", "cost": "cost_per_item", "type": "product_type",
         "stock": "inventory_quantity", "tracker": "inventory_tracker",
         "policy": "inventory_policy"}  # fmt: skip
#: Our own columns that Shopify has none for travel as metafields of this namespace.
NAMESPACE = "chowk"
TYPED = ("length_cm", "width_cm", "height_cm", "fragile", "liquid", "hazardous", "created_at")
#: How our own export came by a product's options: picked among the attributes, or made up.
CHOSEN, MADE_UP = "chosen", "id"
#: A product with one of these statuses is not for sale.
WITHHELD = ("draft", "archived", "unlisted")
_SYNONYMS = {"product_id": "sku", "group_id": "handle", "brand": "vendor", "weight_g": "grams"}
#: A handle's rows follow one another; no product has more variants and pictures than this.
_MOST_ROWS = 5_000

_Taken = tuple[int, Row]


class Shopify(Format):
    """Shopify's product export; see the module."""

    name = "shopify"
    title = "Shopify product CSV"
    suffixes = (".csv", ".csv.gz")
    signs = (
        frozenset({"Handle", "Title"}),
        frozenset({"URL handle", "Title"}),
        frozenset({"Handle", "Variant SKU"}),
    )

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        existing(file)
        options = context.options
        encoding = encoding_of(file, options.encoding)
        if encoding.note:
            context.notes[encoding.note] += 1
        delimiter = options.delimiter or delimiter_of(file, encoding)
        header = header_of(file, encoding, delimiter)
        names = _named(file, header, context)
        gather = Gather(
            {"products": TABLES["products"].names, "offers": TABLES["offers"].names},
            comma=options.decimal == "comma",
        )
        open_: list[_Taken] = []
        handle: str | None = None
        for batch in read_delimited(file, encoding, delimiter, batch=10_000):
            gather.rejected.extend(batch.rejected)
            rows = batch.frame.to_pylist()
            for line, raw in zip(batch.lines.to_pylist(), rows, strict=True):
                row = {names[n]: v for n, v in raw.items() if v is not None and n in names}
                row["raw"] = raw
                own = (row.get("handle") or "").strip() or None
                if own is None and row.get("title") is not None and "handle" in names.values():
                    own = _slug(row["title"])
                if own is None and handle is None:
                    gather.refuse(line, raw, "Handle is empty; it must be given in the first row")
                    continue
                if (own is not None and own != handle) or len(open_) >= _MOST_ROWS:
                    _product(handle, open_, gather, context)
                    open_, handle = [], own or handle
                open_.append((line, row))
            if gather.full:
                yield gather.take()
        _product(handle, open_, gather, context)
        yield gather.take()


def _named(file: Path, header: list[str], context: Context) -> dict[str, str]:
    """What each column of the file is to us: a name of `COLUMNS`, a market, a metafield."""
    names: dict[str, str] = {}
    for column in header:
        plain = re.sub(r"\s+", " ", column.strip().lower())
        if plain in _BY_NAME:
            names.setdefault(column, _BY_NAME[plain])
        elif found := _METAFIELD.fullmatch(column.strip()):
            typed = found[2] == NAMESPACE and found[3] in (*TYPED, "options")
            names[column] = f"typed:{found[3]}" if typed else f"attribute:{found[1].strip()}"
        elif found := _MARKET.fullmatch(column.strip()):
            names[column] = f"market:{found[1].lower().replace('-', ' ')}:{found[2].strip()}"
        elif found := _GOOGLE.fullmatch(column.strip()):
            names[column] = "attribute:google_" + re.sub(r"\W+", "_", found[1].strip().lower())
    mapping = {_SYNONYMS.get(t, t): c for t, c in context.options.mapping.items()}
    check_targets(mapping, tuple(COLUMNS), "a Shopify product CSV")
    check_columns(mapping, {file.name: header})
    for target, columns in mapping.items():
        names = {c: n for c, n in names.items() if n != target} | dict.fromkeys(columns, target)
    held = set(names.values())
    if "handle" not in held or not held & {"title", "sku", "price", "option1_value", "image"}:
        raise ImportFormatError(
            f"{file} is not a Shopify product CSV: it has no column 'Handle' (or 'URL handle') "
            f"beside 'Title'. Its columns are: {', '.join(header)[:1500]}. Say which one it is "
            "with --map handle=COLUMN, or name the file's own format."
        )
    unused = [column for column in header if column not in names]
    if unused:
        context.notes[f"columns not used: {', '.join(unused)[:1000]}"] += 1
    return names


def _product(handle: str | None, rows: list[_Taken], gather: Gather, context: Context) -> None:
    """Give the rows of one handle to `gather`."""
    if not rows or handle is None:
        return
    top: Row = {}
    for _, row in rows:
        for name, value in row.items():
            if name not in OF_THE_ROW and name != "raw":
                top.setdefault(name, value)
    pictures = [
        (_order(row.get("image_position")), row["image"]) for _, row in rows if row.get("image")
    ]
    images = list(dict.fromkeys(image for _, image in sorted(pictures, key=lambda p: p[0])))
    alone = sum(1 for _, row in rows if _is_variant(row)) <= 1
    for line, row in rows:
        if not _is_variant(row):
            if row.get("image") is None:
                gather.refuse(line, row["raw"], "the row has neither a variant nor a picture")
            else:
                context.notes["rows with a further picture: it was added to the product"] += 1
                gather.add(line, row["raw"], {})
            continue
        filled = top | {n: v for n, v in row.items() if n != "raw"}
        gather.add(line, row["raw"], _tables(handle, filled, images, alone, context))


def _tables(
    handle: str, row: Row, images: list[str], alone: bool, context: Context
) -> dict[str, list[Row]]:
    options: dict[str, str] = {}
    for n in (1, 2, 3):
        value, name = row.get(f"option{n}_value"), row.get(f"option{n}_name")
        if value is not None and not (name in (None, "Title") and value == "Default Title"):
            options[str(name or f"option{n}")] = value
    sku = _bare(row.get("sku"))
    ident = sku or "/".join([handle, *options.values()])
    attributes: dict[str, str] = {
        name.removeprefix("attribute:"): value
        for name, value in row.items()
        if name.startswith("attribute:")
    }
    for name in KEPT:
        if row.get(name) is not None:
            value = _bare(row[name]) if name == "barcode" else row[name]
            attributes[NAMES.get(name, name)] = value or row[name]
    how = row.get("typed:options")  # written by our own export, see `exporting.shopify`
    if options and how != MADE_UP:
        attributes |= options
        if how != CHOSEN:
            attributes["shopify_options"] = ", ".join(options)
    if str(attributes.get("status")).strip().lower() == "active":
        attributes.pop("status")
    if not (_withheld(row) and str(row.get("published")).strip().lower() in ("false", "no")):
        attributes.pop("published", None)  # `available` says the same
    main = row.get("variant_image") or (images[0] if images else None)
    if row.get("category") is None:
        attributes.pop("product_type", None)
    others = images[1:]
    if others:
        attributes["additional_images"] = " ".join(others)
    if images and main != images[0]:
        attributes["product_image"] = images[0]
    category = row.get("category") or row.get("type")
    product: Row = {
        "product_id": ident,
        "title": row.get("title"),
        "description": row.get("description"),
        "brand": row.get("vendor"),
        "category": re.sub(r"\s*>\s*", " > ", category) if category else None,
        "price": row.get("price"),
        "image": main,
        "attributes": attributes or None,
        # A product whose id is its handle stands alone: a group would say nothing more.
        "group_id": None if alone and ident == handle else handle,
        "available": _available(row),
        "weight_g": grams(row.get("grams"), "g"),
    }
    for name in TYPED:
        if f"typed:{name}" in row:
            product[name] = row[f"typed:{name}"]
    return {"products": [product], "offers": list(_offers(row, ident))}


def _offers(row: Row, ident: str) -> Iterator[Row]:
    """An offer in each market that is included, at its own price or else the general one."""
    markets = dict.fromkeys(n.split(":", 2)[2] for n in row if n.startswith("market:"))
    for market in markets:
        included = str(row.get(f"market:included:{market}") or "").strip().lower()
        price = row.get(f"market:price:{market}")
        if included in ("false", "no") or (not included and price is None):
            continue
        stock = number(str(row["stock"])) if row.get("stock") is not None else None
        yield {
            "offer_id": f"{ident}@{market}",
            "product_id": ident,
            "region": market,
            "price": price or row.get("price"),
            "stock": None if stock is None else str(max(stock, 0 * stock)),
        }


def _available(row: Row) -> Any:
    """Whether it can be bought: active, published, and in stock or sold on; None if unsaid."""
    if _withheld(row) or str(row.get("published") or "").strip().lower() in ("false", "no"):
        return False
    said = ("status", "published", "tracker", "stock")
    return True if any(row.get(name) is not None for name in said) else None


def _withheld(row: Row) -> bool:
    """Whether the status, or the stock with the policy, keep it from sale."""
    if str(row.get("status") or "").strip().lower() in WITHHELD:
        return True
    policy = str(row.get("policy") or "").strip().lower()
    stock = number(str(row["stock"])) if row.get("stock") is not None else None
    tracked = row.get("tracker") is not None
    return tracked and stock is not None and stock <= 0 and policy in ("deny", "false", "no", "")


def _is_variant(row: Row) -> bool:
    return row.get("title") is not None or any(row.get(name) is not None for name in _VARIANT)


def _bare(value: str | None) -> str | None:
    """A code without the apostrophe by which spreadsheets keep it a text."""
    return value.strip().removeprefix("'") or None if value is not None else None


def _order(position: str | None) -> int:
    return int(position) if position is not None and position.strip().isdecimal() else 10**6


def _slug(title: str) -> str | None:
    """The handle that Shopify makes of a title when none is given."""
    return re.sub(r"[^\w]+", "-", title.strip().lower()).strip("-") or None
