"""How a product becomes a document of the index: one weighted text field, and columns.

The text of all fields goes into one field in which a word of the title counts `weights.title`
times, and so on. BM25 over it is BM25F in its simple form (Robertson, Zaragoza and Taylor 2004,
"Simple BM25 extension to multiple weighted fields"): frequencies and lengths are weighted before
they are saturated, so one postings list a word serves ranking, totals and facets alike.
Joined spellings of the title's words stand in a field of their own (see `chowk.search.forms`).
Filters and facets are columns of exact values beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
import tantivy

from chowk.errors import parameter

from .analysis import words
from .forms import joined
from .offering import Stock

#: The fields that are searched, in the order in which reasons name them.
FIELDS = ("title", "brand", "category", "attributes", "description")

#: Attribute values are stored behind this sign: tantivy reads a bare value that looks like a
#: time as one, and then no longer finds it as text.
SIGN = "="

#: Longer values of brands, categories and attributes are cut, in documents and filters alike.
LONGEST_VALUE = 200
#: Of a description the first so many distinct words are indexed.
LONGEST_DESCRIPTION = 100
#: Money is kept as whole ten-thousandths.
UNIT = 10_000
_NO_OFFERS = Stock()


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """How often a word of each field counts: whole numbers in [0, 10]; 0 leaves a field out."""

    title: int = 3
    brand: int = 2
    category: int = 2
    attributes: int = 2
    description: int = 1

    @classmethod
    def said(cls, text: str) -> Weights:
        """Weights from the setting `search.weights`; what it does not name keeps its default.

        >>> Weights.said("title=4, description=0")
        Weights(title=4, brand=2, category=2, attributes=2, description=0)
        """
        pairs = (part.split("=") for part in text.replace(" ", "").split(",") if "=" in part)
        return cls(**{name: int(value) for name, value in pairs})

    def __post_init__(self) -> None:
        for name in FIELDS:
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= 10:
                raise parameter("Weights", name, "an int in [0, 10]", value)


def schema() -> Any:
    """The index's schema."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("product_id", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("row", fast=True)
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("joint", tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("brand", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("category", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("attributes", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("price", fast=True, indexed=True)
    builder.add_integer_field("created", fast=True)
    builder.add_text_field("regions", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("sold_out", tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("available", fast=True, indexed=True)
    builder.add_float_field("popularity", fast=True)
    builder.add_float_field("boost", fast=True)
    return builder.build()


@lru_cache(maxsize=10_000)
def path(category: str) -> tuple[str, ...]:
    """A category and its ancestors, from the root.

    >>> path("Women >Sarees > Silk")
    ('Women', 'Women > Sarees', 'Women > Sarees > Silk')
    """
    parts = [part.strip() for part in category.split(">")]
    parts = [part for part in parts if part]
    return tuple(exact(" > ".join(parts[: i + 1])) for i in range(len(parts)))


def exact(value: str) -> str:
    """A value as it is stored for filters: cut, and fit for UTF-8."""
    cut = value[:LONGEST_VALUE]
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=10_000)
def code(attribute: str) -> str:
    """An attribute's name as a key that needs no escaping.

    >>> code("color"), code("screen size")
    ('color', 'screen_20_size')
    """
    return "".join(
        c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in attribute[:LONGEST_VALUE]
    )


def units(price: Any) -> int | None:
    """Money in ten-thousandths; None stays None."""
    return None if price is None else round(Decimal(str(price)) * UNIT)


def boost(popularity: float, weight: float) -> float:
    """The value v of the `boost` column, for which tantivy's factor log2(2 + v) becomes
    1 + weight * popularity.

    >>> import math
    >>> round(math.log2(2 + boost(0.5, 0.4)), 6)
    1.2
    """
    return float(2.0 ** (1.0 + weight * popularity) - 2.0)


def texts(product: Mapping[str, Any]) -> dict[str, str]:
    """The searched text of each field that the product has."""
    return {name: text for name in FIELDS if (text := text_of(product, name))}


def text_of(product: Mapping[str, Any], field: str) -> str:
    """The searched text of one field; empty when the product has none."""
    held: Any = product.get(field)
    if field == "attributes":
        return " ".join(held.values()) if held else ""
    return held or ""


def field_words(field: str, text: str) -> tuple[str, ...]:
    """The words of one field as they are indexed (of a description, each once)."""
    return _long(text) if field == "description" else _short(text)


@lru_cache(maxsize=256)
def _long(text: str) -> tuple[str, ...]:
    """A description is asked for twice while it is indexed."""
    return tuple(dict.fromkeys(words(text)))[:LONGEST_DESCRIPTION]


@lru_cache(maxsize=50_000)
def _short(text: str) -> tuple[str, ...]:
    """Brands and categories recur, and so do the titles that are shown."""
    return tuple(words(text))


def document(
    row: int,
    product: Mapping[str, Any],
    popularity: float,
    weights: Weights,
    strength: float,
    stock: Stock = _NO_OFFERS,
) -> Any:
    """The document of one product; where it has offers and none is in stock, it is not available.

    tantivy's writer thread dies of a value of the wrong type, so every value is converted here.
    """
    doc = tantivy.Document()
    doc.add_text("product_id", str(product["product_id"]))
    doc.add_unsigned("row", int(row))
    text: list[str] = []
    for field, content in texts(product).items():
        text += field_words(field, content) * getattr(weights, field)
    doc.add_text("text", " ".join(text))
    if weights.title and product.get("title"):
        title = field_words("title", product["title"])
        doc.add_text("joint", " ".join(form.term for form in joined(title)))
    if product.get("brand"):
        doc.add_text("brand", exact(product["brand"]))
    for level in path(product.get("category") or ""):
        doc.add_text("category", level)
    attributes = product.get("attributes")
    if attributes:
        doc.add_json(
            "attributes", {code(name): SIGN + exact(value) for name, value in attributes.items()}
        )
    price = units(product.get("price"))
    if price is not None:
        doc.add_integer("price", price)
    if product.get("created_at"):
        doc.add_integer("created", _microseconds(product["created_at"]))
    for region in stock.there:
        doc.add_text("regions", exact(region))
    for region in stock.out:
        doc.add_text("sold_out", exact(region))
    doc.add_boolean("available", product.get("available") is not False and not stock.sold_out)
    if not math.isfinite(popularity):
        popularity = 0.0
    doc.add_float("popularity", float(popularity))
    doc.add_float("boost", boost(popularity, strength))
    return doc


def _microseconds(iso: str) -> int:
    from datetime import UTC, datetime, timedelta

    since = datetime.fromisoformat(iso) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)
