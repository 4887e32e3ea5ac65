"""Writing an index from nothing: documents and shown rows in one pass over the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import tantivy

from .catalogue import product_rows
from .collecting import Collector
from .folder import INDEX, Facts
from .forward import FOLDER as TEXT
from .learning import Learned
from .offering import Stock
from .rows import FILE as ROWS
from .rows import Row, write
from .schema import document, schema

_HEAP = 256_000_000


def write_index(
    work: Path,
    table: pa.Table,
    learned: Learned,
    facts: Facts,
    offers: list[tuple[str, str, bytes]],
) -> None:
    """Write `index/`, `text/` and `products.db` of a checked catalogue into the folder `work`."""
    (work / INDEX).mkdir()
    index = tantivy.Index(schema(), path=str(work / INDEX), sort_by_field="product_id")
    # One thread and one heap: documents keep their order, and the same catalogue gives the
    # same index.
    writer = index.writer(_HEAP, 1)

    offered: dict[str, list[tuple[str, bytes]]] = {}
    for product_id, region, offer in offers:
        offered.setdefault(product_id, []).append((region, offer))

    def indexed() -> Iterator[tuple[int, Row]]:
        for number, row in enumerate(_rows(table, learned)):
            collector.add(number, row.product)
            writer.add_document(
                document(
                    number,
                    row.product,
                    row.popularity,
                    facts.weights,
                    facts.popularity_weight,
                    Stock.of(offered.get(row.product["product_id"], ())),
                )
            )
            yield number, row

    with Collector(facts.weights, work / TEXT) as collector:
        write(work / ROWS, indexed(), offers)
        collector.save()
    writer.commit()
    writer.wait_merging_threads()


def _rows(table: pa.Table, learned: Learned) -> Iterator[Row]:
    counts = zip(learned.popularity.tolist(), learned.bought.tolist(), strict=True)
    for product, (popularity, bought) in zip(product_rows(table), counts, strict=True):
        yield Row(product=product, popularity=popularity, bought=bought)
