"""Google Merchant Center product feeds, TSV or XML: products, and offers from their shipping.

Flows in: one row (TSV) or one <item>/<entry> (RSS 2.0, Atom) a product. Flows out: a products row,
and an offers row for each country or region that the feed states shipping for. What has no column
of its own is kept in `attributes` under Google's name. Source: Google's product data
specification.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chowk.errors import ImportFormatError
from chowk.store.schema import TABLES

from .delimited import delimiter_of, header_of, read_delimited
from .feed_xml import Fields, read_feed
from .format import Context, Format, Parsed
from .gather import Gather, Row, first, starts_with
from .mapping import check_columns, check_targets
from .measures import centimetres, grams, hours
from .money import currency_of, price
from .source import encoding_of, existing

#: The schema's names, which `--map` may use as well as Google's.
SYNONYMS = {"product_id": "id", "category": "product_type", "image": "image_link",
            "group_id": "item_group_id", "available": "availability"}  # fmt: skip
_OWN = frozenset(
    {"id", "title", "description", "brand", "availability", "price", "image_link", "item_group_id",
     "product_type", "shipping_weight", "shipping_length", "shipping_width", "shipping_height",
     "product_weight", "product_length", "product_width", "product_height", "product_detail",
     "additional_image_link"}
)  # fmt: skip
#: Of the elements without Google's mark, those that stand in for a missing one.
_PLAIN = {"id": ("guid", "id"), "title": ("title",), "link": ("link",),
          "description": ("description", "summary", "content")}  # fmt: skip
_NESTED_ORDER = ("country", "region", "service", "price", "min_handling_time",
                 "max_handling_time", "min_transit_time", "max_transit_time")  # fmt: skip
_HEADER = re.compile(r"([a-z_]+)\(([a-z_:]+)\)")
_OFFERS = tuple(TABLES["offers"].names)
_PRODUCTS = tuple(TABLES["products"].names)


class MerchantCenter(Format):
    """A product feed as Google takes it; see the module."""

    name = "merchant-center"
    title = "Google Merchant Center product feed, TSV or XML"
    suffixes = (".tsv", ".txt", ".xml", ".xml.gz", ".rss", ".atom")
    signs = (
        frozenset({"id", "title", "image_link"}),
        frozenset({"id", "title", "image link"}),
        frozenset({"id", "title", "availability", "price"}),
        frozenset({"g:id", "g:title"}),
    )

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        existing(file)
        if starts_with(file) == "<":
            return self._xml(file, context)
        return self._delimited(file, context)

    def _xml(self, file: Path, context: Context) -> Iterator[Parsed]:
        if context.options.mapping:
            raise ImportFormatError(
                f"{file} is XML, whose fields Google names; --map is for TSV feeds. Leave it out."
            )
        gather = Gather({"products": _PRODUCTS, "offers": _OFFERS})
        line = 0
        for items, rejected in read_feed(file):
            for item in items:
                # A feed without line ends has all its items on line 1: then they are numbered.
                line = max(item.line, line + 1)
                fields = {n: v for n, v in item.fields.items() if not n.startswith("plain:")}
                for name, others in _PLAIN.items():
                    for other in others:
                        if name not in fields and f"plain:{other}" in item.fields:
                            fields[name] = item.fields[f"plain:{other}"]
                shown = {n: v[0] if len(v) == 1 else v for n, v in fields.items()}
                if item.reason:
                    gather.refuse(line, {}, item.reason)
                else:
                    gather.add(line, shown, tables_of(fields, context))
            gather.rejected.extend(rejected)
            yield gather.take()

    def _delimited(self, file: Path, context: Context) -> Iterator[Parsed]:
        options = context.options
        encoding = encoding_of(file, options.encoding)
        if encoding.note:
            context.notes[encoding.note] += 1
        delimiter = options.delimiter or delimiter_of(file, encoding)
        header = header_of(file, encoding, delimiter)
        mapping = {SYNONYMS.get(t, t): columns for t, columns in options.mapping.items()}
        known = tuple(sorted({_field(n)[0] for n in header} | _OWN | {"link"}))
        check_targets(mapping, known, "a Merchant Center feed")
        check_columns(mapping, {file.name: header})
        names = {column: _field(column) for column in header}
        for target, columns in mapping.items():
            names = {c: n for c, n in names.items() if n[0] != target}
            names.update(dict.fromkeys(columns, (target, ())))
        held = {name for name, _ in names.values()}
        for needed in ("id", "title"):
            if needed not in held:
                raise ImportFormatError(
                    f"{file} is not a Merchant Center feed: it has no column {needed!r}. Its "
                    f"columns are: {', '.join(header)[:1500]}. Say which one it is with "
                    f"--map {needed}=COLUMN, or name the file's own format."
                )
        gather = Gather({"products": _PRODUCTS, "offers": _OFFERS})
        for batch in read_delimited(file, encoding, delimiter, batch=10_000):
            rows = batch.frame.to_pylist()
            for line, row in zip(batch.lines.to_pylist(), rows, strict=True):
                fields: Fields = {}
                for column, value in row.items():
                    if value is not None and column in names:
                        name, parts = names[column]
                        fields.setdefault(name, []).extend(_values(name, value, parts))
                gather.add(line, {}, tables_of(fields, context))
            made = gather.take()
            made.frame = batch.frame
            made.rejected = batch.rejected
            yield made


def tables_of(fields: Fields, context: Context) -> dict[str, list[Row]]:
    """The products row and the offers rows of one feed item."""
    product = _product(fields)
    offers = list(_offers(fields, product, context)) if product.get("product_id") else []
    return {"products": [product], "offers": offers}


def _product(fields: Fields) -> Row:
    def one(name: str) -> str | None:
        value = first(*fields.get(name, ()))
        return value if isinstance(value, str) else None

    attributes: dict[str, str] = {}
    for name, values in fields.items():
        if name not in _OWN:
            attributes[name] = ", ".join(_shown(value) for value in values)
    for detail in fields.get("product_detail", ()):
        named, value = _detail(detail)
        if named and value:
            attributes.setdefault(named, value)
    images = [str(v) for v in fields.get("additional_image_link", ())]
    if images:
        attributes["additional_images"] = " ".join(images)
    regular, sale = one("price"), one("sale_price")
    if sale is not None and "sale_price_effective_date" not in fields:
        # A sale price without dates is what a shopper pays today.
        attributes.pop("sale_price", None)
        if regular is not None:
            attributes["list_price"] = regular
        regular = sale
    types = one("product_type")
    google = one("google_product_category")
    if types is None and google is not None and not google.isdigit():
        types = google
    product = {
        "product_id": one("id"),
        "title": one("title"),
        "description": one("description"),
        "brand": one("brand"),
        "category": re.sub(r"\s*>\s*", " > ", html.unescape(types)) if types else None,
        "price": regular,
        "image": one("image_link"),
        "group_id": one("item_group_id"),
        "available": (one("availability") or "").replace("_", " ").lower() or None,
        "weight_g": grams(one("shipping_weight") or one("product_weight")),
        "attributes": attributes or None,
    }
    for side in ("length", "width", "height"):
        product[f"{side}_cm"] = centimetres(one(f"shipping_{side}") or one(f"product_{side}"))
    return product


def _offers(fields: Fields, product: Row, context: Context) -> Iterator[Row]:
    """One offer a country or region (and service) that the item says it is shipped to."""
    amount = store_price(product.get("price"), context)
    handling = hours(first(*fields.get("max_handling_time", ())))
    transit = hours(first(*fields.get("max_transit_time", ())))
    used: set[str] = set()
    for value in fields.get("shipping", ()):
        parts = value if isinstance(value, dict) else _shipping(str(value))
        country = str(parts.get("country") or "").strip()
        if not country:
            context.notes["shipping without a country: no offer was made of it"] += 1
            continue
        area = parts.get("region") or parts.get("postal_code") or parts.get("location_group_name")
        region = f"{country}/{str(area).strip()}" if area else country
        takes = hours(parts.get("max_transit_time"))
        takes = transit if takes is None else takes
        prepares = hours(parts.get("max_handling_time"))
        prepares = handling if prepares is None else prepares
        if takes is not None and prepares is None:
            context.notes["delivery_hours holds the transit alone: no handling time is given"] += 1
        service = parts.get("service")
        offer = f"{product['product_id']}@{region}" + (f"@{service}" if service else "")
        if offer in used:
            continue
        used.add(offer)
        yield {
            "offer_id": offer,
            "product_id": product["product_id"],
            "region": region,
            "condition": first(*fields.get("condition", ())),
            "price": amount,
            "delivery_hours": None if takes is None else takes + (prepares or 0.0),
        }


def store_price(shown: Any, context: Context) -> str | None:
    """A price as an amount in the store's currency; None (and a note) in any other."""
    found = price(str(shown)) if shown is not None else None
    if found is None or found[0] < 0:
        return None
    currency = context.settings.text("currency")
    if found[1] and currency_of(found[1], currency) != currency:
        context.notes[
            f"offers.price is left empty where the price is not in the store's {currency}"
        ] += 1
        return None
    return str(found[0])


def _field(column: str) -> tuple[str, tuple[str, ...]]:
    """A header's name in Google's spelling, and its sub-attributes in order.

    >>> _field("g:Image Link"), _field("shipping(country:price)")
    (('image_link', ()), ('shipping', ('country', 'price')))
    """
    name = column.strip().lower().removeprefix("g:").removeprefix("c:")
    name = re.sub(r"[\s-]+", "_", name)
    found = _HEADER.fullmatch(name)
    return (found[1], tuple(found[2].split(":"))) if found else (name, ())


def _values(name: str, value: str, parts: tuple[str, ...]) -> list[Any]:
    """A TSV cell as values: shipping, details and pictures may stand several times in it."""
    if parts:
        split = [re.split(r"(?<!\\):", item) for item in value.split(",")]
        return [dict(zip(parts, (p.strip() for p in item), strict=False)) for item in split]
    if name in ("shipping", "additional_image_link", "product_detail"):
        return [item.strip() for item in value.split(",") if item.strip()]
    return [value]


def _shipping(value: str) -> dict[str, str]:
    """`country:region:service:price` with optional handling and transit times.

    >>> _shipping("US:CA:Overnight:7.00 USD:0:1:1:2")["max_transit_time"]
    '2'
    >>> _shipping("DE::DHL:4.90 EUR")
    {'country': 'DE', 'service': 'DHL', 'price': '4.90 EUR'}
    """
    parts = [part.strip() for part in value.split(":")]
    if len(parts) in (2, 3) and price(parts[-1]) is not None:
        parts = [parts[0], "", *parts[1:-1], *([""] if len(parts) == 2 else []), parts[-1]]
    return {name: part for name, part in zip(_NESTED_ORDER, parts, strict=False) if part}


def _detail(value: Any) -> tuple[str | None, str | None]:
    """A product detail's name and value, from `section:name:value` or nested elements."""
    if isinstance(value, dict):
        return value.get("attribute_name"), value.get("attribute_value")
    parts = [part.strip() for part in str(value).split(":", 2)]
    return (parts[-2], parts[-1]) if len(parts) >= 2 else (None, None)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        if set(value) <= set(_NESTED_ORDER):
            return ":".join(str(value.get(name, "")) for name in _NESTED_ORDER).rstrip(":")
        return "; ".join(f"{name}: {part}" for name, part in value.items())
    return str(value)
