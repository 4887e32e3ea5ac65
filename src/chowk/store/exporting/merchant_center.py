"""A supplemental feed for Google Merchant Center: id, and only what Chowk can say of the product.

Google joins a supplemental feed to the owner's main one by `id`, and takes from it what it holds.
Flows in: sources, each a relation (product_id, attribute, value) made from the store's tables; the
first source that knows an attribute of a product wins. Flows out: TSV, or RSS 2.0 for a path that
ends in .xml. A wing that finds attributes adds a source here and nothing else.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape

from chowk.store.reader import Reader

from .files import replacing_text

if TYPE_CHECKING:
    import ibis

#: What a feed may hold, in the order of its columns: Google's names.
ATTRIBUTES = ("product_type", "brand", "description", "availability", "item_group_id")
#: Gives (product_id, attribute, value) without nulls, or None when the store lacks its tables.
Source = Callable[[Reader], "ibis.Table | None"]

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XMLNS = "http://base.google.com/ns/1.0"


def catalogue(store: Reader) -> ibis.Table | None:
    """What the products table says: the import has cleaned it, and the audit has mended it."""
    import ibis

    if "products" not in store:
        return None
    t = store["products"]
    stock = ibis.cases((t.available, "in_stock"), (~t.available, "out_of_stock"))
    values = {
        "product_type": t.category,
        "brand": t.brand,
        "description": t.description,
        "availability": stock,
        "item_group_id": t.group_id,
    }
    said = [
        t.select(product_id=t.product_id, attribute=ibis.literal(name), value=value)
        for name, value in values.items()
    ]
    whole = said[0].union(*said[1:])
    return whole.filter(whole.value.notnull())


#: Asked in this order; a derived table that knows more than the catalogue goes before it.
SOURCES: tuple[Source, ...] = (catalogue,)


def write_merchant_center_supplemental(
    store: Reader, path: Path, *, attributes: tuple[str, ...] = ATTRIBUTES
) -> int:
    """Write the feed and return its rows; products of which nothing is known are left out.

    Parameters
    ----------
    attributes : the columns after `id`, of `ATTRIBUTES`. Leave `availability` out when the main
        feed knows the stock better than the last import did.
    """
    rows = 0
    with replacing_text(path) as handle:
        write = _xml if path.suffix.lower() == ".xml" else _tsv
        for _ in write(handle, _products(store, attributes), attributes):
            rows += 1
    return rows


def _products(store: Reader, attributes: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each product with what the sources say of it."""
    import ibis

    found = [relation for source in SOURCES if (relation := source(store)) is not None]
    if not found:
        store["products"]  # says how to get it
    ranked = [relation.mutate(rank=ibis.literal(n)) for n, relation in enumerate(found)]
    whole = ranked[0].union(*ranked[1:]) if len(ranked) > 1 else ranked[0]
    whole = whole.filter(whole.attribute.isin(attributes))
    whole = whole.order_by([whole.product_id, whole.rank])
    rows = (row for batch in store.engine.batches(whole, 20_000) for row in batch.to_pylist())
    for product, group in groupby(rows, key=lambda row: row["product_id"]):
        values: dict[str, str] = {}
        for row in group:
            values.setdefault(row["attribute"], row["value"])
        yield product, values


def _tsv(
    handle: TextIO,
    products: Iterator[tuple[str, dict[str, str]]],
    attributes: tuple[str, ...],
) -> Iterator[None]:
    out = csv.writer(handle, delimiter="\t", lineterminator="\n")
    out.writerow(("id", *attributes))
    for product, values in products:
        # A tab or a line end within a field breaks Google's reading of the row.
        out.writerow([_line(text) for text in (product, *(values.get(a, "") for a in attributes))])
        yield


def _xml(
    handle: TextIO,
    products: Iterator[tuple[str, dict[str, str]]],
    attributes: tuple[str, ...],
) -> Iterator[None]:
    handle.write(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:g="{_XMLNS}">\n'
        "<channel>\n<title>Supplemental feed</title>\n"
    )
    for product, values in products:
        parts = [("id", product), *((a, values[a]) for a in attributes if a in values)]
        body = "".join(f"<g:{n}>{escape(_NO_XML.sub('', v))}</g:{n}>" for n, v in parts)
        handle.write(f"<item>{body}</item>\n")
        yield
    handle.write("</channel>\n</rss>\n")


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip() if re.search(r"[\t\r\n]", text) else text
