"""schema.org products as pages carry them: JSON-LD in .json, .jsonl or .html files.

Flows in: documents in any of JSON-LD's usual shapes (one object, arrays, @graph, ItemList,
ProductGroup with hasVariant, references by @id). Flows out: a products row for each Product, and
an offers row for each place that an offer ships to, with handling and transit as delivery hours.
Nothing is fetched; references are followed within the document only. Source: schema.org, Google's
guides to product and merchant-listing markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chowk.errors import ImportFormatError, InputError
from chowk.store.schema import TABLES

from .columnar import read_objects
from .format import Context, Format, Parsed
from .gather import Gather, Row, decoded, document, first, starts_with, text
from .linked import Thing, listed, products_in, said, word
from .markup import ld_blocks
from .measures import centimetres, grams, hours
from .merchant_center import store_price
from .source import Rejected, encoding_of

_CODES = ("gtin", "gtin8", "gtin12", "gtin13", "gtin14")
_IN_STOCK = {"instock", "limitedavailability", "onlineonly", "instoreonly", "presale", "preorder",
             "backorder", "madetoorder"}  # fmt: skip
_OUT = {"outofstock", "soldout", "discontinued", "reserved"}
#: Facts that become attributes, under their own names.
_FACTS = ("color", "size", "material", "pattern", "mpn", "model", "keywords", "countryOfOrigin",
          "productionDate", "releaseDate", "award")  # fmt: skip


class JsonLd(Format):
    """schema.org Product markup; see the module."""

    name = "jsonld"
    title = "schema.org Product JSON-LD, in JSON, JSON lines or HTML pages"
    suffixes = (".jsonld", ".json", ".jsonl", ".ndjson", ".html", ".htm", ".json.gz", ".jsonl.gz")
    signs = (frozenset({"@context", "@type"}), frozenset({"@graph"}))

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        if context.options.mapping:
            raise InputError("--map is not for JSON-LD, whose fields schema.org names.")
        gather = Gather(
            {"products": TABLES["products"].names, "offers": TABLES["offers"].names},
            comma=context.options.decimal == "comma",
        )
        made = 0
        source = self._lines(file, context) if _is_lines(file) else self._documents(file, context)
        for line, item, rejected in source:
            if rejected is not None:
                gather.rejected.append(rejected)
            elif isinstance(item, list):
                made += len(item)
                rows = [tables_of(thing, context) for thing in item]
                offers = [offer for _, given in rows for offer in given]
                gather.add(line, item[0].node, {"products": [p for p, _ in rows], "offers": offers})
            if gather.full:
                yield gather.take()
        if not made and not gather.rejected:
            raise ImportFormatError(
                f"{file} holds no schema.org Product. Save the page's HTML source, or the JSON of "
                'its <script type="application/ld+json">.'
            )
        yield gather.take()

    def _lines(
        self, file: Path, context: Context
    ) -> Iterator[tuple[int, list[Thing] | None, Rejected | None]]:
        """JSON lines: an input row is a line, whatever number of products it describes."""
        encoding = encoding_of(file, context.options.encoding)
        for rows, lines, rejected in read_objects(file, encoding, batch=500):
            for bad in rejected:
                yield bad.line, None, bad
            for row, line in zip(rows, lines, strict=True):
                things = list(products_in(row))
                if things:
                    yield line, things, None
                else:
                    kind = row.get("@type", "no @type")
                    reason = f"the line holds no Product ({str(kind)[:60]})"
                    yield line, None, Rejected(line, reason, text(row) or "")

    def _documents(
        self, file: Path, context: Context
    ) -> Iterator[tuple[int, list[Thing] | None, Rejected | None]]:
        """One document, or the blocks of a page: an input row is a Product, numbered from 1."""
        content = document(file, context)
        number = 0
        if starts_with(file) == "<":
            blocks = ld_blocks(content)
            if not blocks:
                raise ImportFormatError(
                    f'{file} is a page without a <script type="application/ld+json">, so it says '
                    "nothing of its products that can be read."
                )
        else:
            blocks = [(1, content)]
        for line, block in blocks:
            try:
                found = decoded(block)
            except ValueError as error:
                if len(blocks) == 1 and starts_with(file) != "<":
                    raise ImportFormatError(
                        f"{file} is not JSON-LD: {error}. Check the format that you named."
                    ) from None
                reason = f"the JSON-LD block at line {line} cannot be used: {error}"
                number += 1
                yield number, None, Rejected(line, reason, block[:2000])
                continue
            for thing in products_in(found):
                number += 1
                yield number, [thing], None


def tables_of(thing: Thing, context: Context) -> tuple[Row, list[Row]]:
    """The products row of a Product and its offers rows."""
    offers = list(_offers_of(thing))
    priced = next(
        (p for offer in offers if (p := _price(thing, offer))[0] is not None), (None,) * 2
    )
    shown = {word(offer.get("availability")) for offer in offers} - {None}
    known = {str(a).lower() for a in shown}
    available: Any = None
    if known:
        strange = known - _IN_STOCK - _OUT
        available = bool(known & _IN_STOCK) if not strange else next(iter(strange))
    ident = identifier(thing)
    group = None
    if thing.group is not None:
        group = first(
            thing.group.get("productGroupID"), thing.group.get("sku"), thing.group.get("@id")
        )
    group = first(group, thing.node.get("inProductGroupWithID"))
    images = [i for i in (_image(v) for v in listed(thing.get("image"))) if i]
    product: Row = {
        "product_id": ident,
        "title": said(thing.get("name")),
        "description": said(thing.get("description")),
        "brand": said(thing.get("brand")) or said(thing.get("manufacturer")),
        "category": _category(thing),
        "price": priced[0],
        "currency": priced[1],
        "image": images[0] if images else None,
        "attributes": _attributes(thing, images) or None,
        "group_id": group,
        "available": available,
        "weight_g": _measured(thing.get("weight"), grams),
        "length_cm": _measured(thing.get("depth"), centimetres),
        "width_cm": _measured(thing.get("width"), centimetres),
        "height_cm": _measured(thing.get("height"), centimetres),
    }
    return product, _offer_rows(thing, ident, offers, context) if ident is not None else []


def identifier(thing: Thing) -> Any:
    """The product's own id: sku, productID, @id, a GTIN, or its address."""
    node = thing.node
    return first(
        node.get("sku"), node.get("productID"), node.get("@id"), *(node.get(c) for c in _CODES),
        node.get("mpn"), node.get("url"),
    )  # fmt: skip


def _offers_of(thing: Thing) -> Iterator[Row]:
    """Offers, those inside an AggregateOffer first; the aggregate itself when it has none."""
    for offer in thing.nodes(thing.get("offers")):
        inner = thing.nodes(offer.get("offers"))
        yield from inner or [offer]


def _price(thing: Thing, offer: Row) -> tuple[Any, Any]:
    price, currency = first(offer.get("price"), offer.get("lowPrice")), offer.get("priceCurrency")
    for spec in thing.nodes(offer.get("priceSpecification")):
        price = first(price, spec.get("price"), spec.get("minPrice"))
        currency = first(currency, spec.get("priceCurrency"))
    return first(price), first(currency)


def _offer_rows(thing: Thing, ident: Any, offers: list[Row], context: Context) -> list[Row]:
    made: dict[str, Row] = {}
    for offer in offers:
        promises = list(_promises(thing, offer))
        if not promises:
            continue
        amount, currency = _price(thing, offer)
        shown = None if amount is None else f"{text(amount)} {currency or ''}".strip()
        price = store_price(shown, context)
        seller = said(thing.follow(offer.get("seller"))) or said(
            thing.follow(offer.get("offeredBy"))
        )
        stock = next(
            (n.get("value") for n in thing.nodes(offer.get("inventoryLevel"))),
            offer.get("inventoryLevel") if isinstance(offer.get("inventoryLevel"), int) else None,
        )
        for region, delivery in promises:
            stem = f"{ident}@{region}" + (f"@{seller}" if seller else "")
            key, serial = stem, 1
            while key in made:
                serial += 1
                key = f"{stem}#{serial}"
            made[key] = {
                "offer_id": key,
                "product_id": ident,
                "region": region,
                "seller": seller,
                "condition": _condition(offer.get("itemCondition")),
                "price": price,
                "stock": stock,
                "delivery_hours": delivery,
            }
    return list(made.values())


def _promises(thing: Thing, offer: Row) -> Iterator[tuple[str, float | None]]:
    """Where an offer holds, and in how many hours it arrives there at the latest."""
    details = thing.nodes(offer.get("shippingDetails"))
    for detail in details:
        hours_ = _delivery(thing, detail)
        for region in _regions(thing, detail.get("shippingDestination")):
            yield region, hours_
    if not details:
        for region in _regions(thing, first(offer.get("eligibleRegion"), offer.get("areaServed"))):
            yield region, None


def _delivery(thing: Thing, detail: Row) -> float | None:
    transit, handling = None, None
    for time in thing.nodes(detail.get("deliveryTime")):
        transit = _duration(thing, time.get("transitTime"))
        handling = _duration(thing, time.get("handlingTime"))
    if handling is None:
        handling = _duration(thing, detail.get("handlingTime"))
    if transit is None:
        transit = _duration(thing, detail.get("transitTime"))
    return None if transit is None else transit + (handling or 0.0)


def _duration(thing: Thing, value: Any) -> float | None:
    """The most hours of a QuantitativeValue or an ISO 8601 duration."""
    value = thing.follow(value)
    if isinstance(value, dict):
        if isinstance(value.get("duration"), dict):
            return _duration(thing, value["duration"])
        unit = first(value.get("unitCode"), value.get("unitText"))
        return hours(
            first(value.get("maxValue"), value.get("value")), None if unit is None else str(unit)
        )
    return hours(value)


def _regions(thing: Thing, value: Any) -> Iterator[str]:
    for place in listed(value):
        place = thing.follow(place)
        if isinstance(place, str) and place.strip():
            yield place.strip()
        elif isinstance(place, dict):
            country = said(thing.follow(first(place.get("addressCountry"), place.get("name"))))
            areas = [
                said(a) for a in listed(first(place.get("addressRegion"), place.get("postalCode")))
            ]
            if country is not None:
                yield from [f"{country}/{area}" for area in areas if area] or [country]


def _attributes(thing: Thing, images: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}

    def put(name: str, value: Any) -> None:
        shown = said(value)
        if shown is not None:
            found.setdefault(name, shown)

    for name in _FACTS:
        put(name, thing.get(name))
    for name in _CODES:
        put("gtin", thing.node.get(name))
    put("link", thing.get("url"))
    for extra in thing.nodes(thing.get("additionalProperty")):
        named = said(extra.get("name")) or said(extra.get("propertyID"))
        if named is not None:
            unit = first(extra.get("unitText"), extra.get("unitCode"))
            shown = said(extra.get("value"))
            put(named, f"{shown} {unit}" if shown is not None and unit is not None else shown)
    for rating in thing.nodes(thing.get("aggregateRating")):
        put("rating", rating.get("ratingValue"))
        put("review_count", first(rating.get("reviewCount"), rating.get("ratingCount")))
    if len(images) > 1:
        found["additional_images"] = " ".join(images[1:])
    return found


def _category(thing: Thing) -> str | None:
    for value in listed(thing.get("category")):
        shown = said(thing.follow(value))
        if shown is not None and not shown.isdigit() and "://" not in shown:
            return " > ".join(part.strip() for part in shown.split(">") if part.strip())
    return None


def _condition(value: Any) -> str | None:
    name = word(value)
    return None if name is None else name.removesuffix("Condition").lower() or None


def _measured(value: Any, unit_of: Any) -> Any:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        unit = first(value.get("unitCode"), value.get("unitText"))
        return unit_of(
            first(value.get("value"), value.get("maxValue")), str(unit) if unit else None
        )
    return unit_of(value)


def _image(value: Any) -> str | None:
    if isinstance(value, dict):
        value = first(value.get("contentUrl"), value.get("url"), value.get("@id"))
    return value.strip() or None if isinstance(value, str) else None


def _is_lines(file: Path) -> bool:
    name = file.name.lower().removesuffix(".gz")
    return name.endswith((".jsonl", ".ndjson")) and starts_with(file) == "{"
