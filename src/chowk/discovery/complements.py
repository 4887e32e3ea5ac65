"""Complementary pairs as a file that a store platform takes.

`related_pairs` and the catalogue flow in; out comes a CSV with one row a product page and the pages
that complement it. Shopify makes related products by itself, but complementary ones have to be
given; its column is the metafield of the app Search & Discovery, filled with handles.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Collection
from pathlib import Path

from chowk.store.exporting.files import replacing_text
from chowk.store.reader import Reader

from .identity import check_k

#: The columns, as Shopify's product CSV names a handle and a metafield.
HEAD = (
    "Handle",
    "Complementary products "
    "(product.metafields.shopify--discovery--product_recommendation.complementary_products)",
)


def write_complementary(
    store: Reader,
    path: str | os.PathLike[str],
    *,
    k: int = 10,
    least: int = 2,
    hidden: Collection[str] = (),
) -> int:
    """Write the file, and return its rows.

    Parameters
    ----------
    store : with `related_pairs`, which a build of `related` writes, and `products`.
    path : the file; an old one is replaced when the new one is whole.
    k : complements of a page, at least 1; Shopify shows at most 10.
    least : baskets that a pair has to be in.
    hidden : products that may not be shown, such as those that the merchandiser's rules hide.

    A page is a group of variants, or a product without a group; pairs within a page are left out,
    and so is what cannot be bought (not available, or out of stock in every offer) or is hidden. A
    page's complements are in the order of their best scores.
    """
    check_k(k, "write_complementary")
    products = store["products"]
    table = store.engine.arrow(products.select("product_id", "group_id", "available"))
    page = {row["product_id"]: row["group_id"] or row["product_id"] for row in table.to_pylist()}
    gone = {row["product_id"] for row in table.to_pylist() if row["available"] is False}
    gone |= _sold_out(store)
    shut = frozenset(hidden)
    pairs = store["related_pairs"]
    often = pairs.filter(pairs.baskets >= least).select("source", "target", "score")
    best: dict[str, dict[str, float]] = {}
    for row in store.engine.arrow(often).to_pylist():
        source, target = page.get(row["source"]), page.get(row["target"])
        if source is None or target is None or source == target or row["target"] in gone:
            continue
        if row["source"] in shut or row["target"] in shut:
            continue
        found = best.setdefault(source, {})
        found[target] = max(found.get(target, row["score"]), row["score"])
    with replacing_text(Path(path)) as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(HEAD)
        for source in sorted(best):
            ranked = sorted(best[source].items(), key=lambda pair: (-pair[1], pair[0]))[:k]
            out.writerow([source, "; ".join(one for one, _ in ranked)])
    return len(best)


def _sold_out(store: Reader) -> set[str]:
    """Products that have offers, and none that is in stock."""
    if not store.rows("offers"):
        return set()
    table = store.engine.arrow(store["offers"].select("product_id", "stock"))
    has: dict[str, bool] = {}
    for row in table.to_pylist():
        has[row["product_id"]] = has.get(row["product_id"], False) or row["stock"] != 0
    return {product_id for product_id, stocked in has.items() if not stocked}
