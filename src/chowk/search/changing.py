"""How an engine takes changes: products put in, replaced and deleted, whole and visible at once.

Changes are small segments beside the saved ones, and rows laid over the saved rows; what was
replaced stays readable for a while, for a search that is under way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from chowk.errors import InputError, parameter

from .catalogue import product_rows, products_table
from .folder import Facts
from .grouping import Groups
from .learning import best_offers
from .matching import Matcher
from .rows import Row, Rows
from .schema import document
from .scoring import Scoring

_LIVE_HEAP = 15_000_000
#: A replaced product can still be shown by a search that began this many seconds before.
_GRACE_SECONDS = 30.0


class Changes:
    """What an engine does to change; it holds the attributes."""

    _facts: Facts
    _rows: Rows
    _index: Any
    _searcher: Any
    _matcher: Matcher
    _scoring: Scoring
    _groups: Groups
    _changing: threading.Lock
    _writer: Any

    def upsert(self, products: Any, *, offers: Any = None) -> int:
        """Add products, or replace those whose product_id is there; gives how many.

        The change is whole and visible when this returns (some 10 ms). A product keeps the
        popularity that it had; a new one has none until the next build.

        offers : rows of the table `offers`: all that these products have now. Without it they keep
            those that they had.

        Raises
        ------
        SchemaError, InputError as `build` does; then nothing has changed.
        """
        table = products_table(products, "SearchEngine.upsert")
        facts = self._facts
        given = None if offers is None else _by_product(offers, table)
        with self._changing:
            if given is not None:
                self._rows.offered(given)
            changed = []
            for number, product in enumerate(product_rows(table), self._rows.next):
                was = self._rows.get(product["product_id"], deleted=True)
                row = Row(product=product)
                if was is not None:
                    row = Row(product=product, popularity=was.popularity, bought=was.bought)
                doc = document(
                    number,
                    product,
                    row.popularity,
                    facts.weights,
                    facts.popularity_weight,
                    self._rows.stock(product["product_id"]),
                )
                changed.append((row, doc))
            if changed:
                writer = self._open_writer()
                for row, doc in changed:
                    writer.delete_documents_by_term("product_id", row.product["product_id"])
                    writer.add_document(doc)
                    was_at = self._rows.number(row.product["product_id"])
                    now = self._rows.put(row)
                    self._matcher.forward.put(now, row.product)
                    self._groups.put(now, row.product)
                    if self._matcher.vectors is not None:
                        self._matcher.vectors.put(now, row.product)
                        self._matcher.vectors.leave(was_at)
                    self._scoring.moved(was_at, now, row.product)
                self._commit()
        return len(changed)

    def delete(self, ids: Iterable[str]) -> int:
        """Take products out; gives how many were there. Unknown ids are passed over."""
        if isinstance(ids, str):
            ids = [ids]
        if not isinstance(ids, Iterable):
            raise parameter("delete", "ids", "a product_id or several", ids)
        wanted = list(ids)
        wrong = [one for one in wanted if not isinstance(one, str)]
        if wrong:
            raise parameter("delete", "ids", "texts", wrong[0])
        with self._changing:
            there = [one for one in dict.fromkeys(wanted) if self._rows.get(one) is not None]
            if there:
                writer = self._open_writer()
                for product_id in there:
                    writer.delete_documents_by_term("product_id", product_id)
                    if self._matcher.vectors is not None:
                        self._matcher.vectors.leave(self._rows.number(product_id))
                    self._rows.drop(product_id)
                self._commit()
        return len(there)

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(_LIVE_HEAP, 1)
        return self._writer

    def _commit(self) -> None:
        self._writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()
        for row in self._rows.forget(time.monotonic() - _GRACE_SECONDS):
            self._matcher.forward.forget(row)
            self._groups.forget(row)
            self._scoring.forget(row)
            if self._matcher.vectors is not None:
                self._matcher.vectors.forget(row)

    def _settle(self) -> None:
        """Let merges under way end, so that no file changes."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None
            self._index.reload()
            self._searcher = self._index.searcher()


def _by_product(offers: Any, products: pa.Table) -> dict[str, dict[str, bytes]]:
    """The best offer a region of each product, empty where a product has none."""
    found: dict[str, dict[str, bytes]] = {one: {} for one in products["product_id"].to_pylist()}
    for product_id, region, data in best_offers(offers, "SearchEngine.upsert"):
        if product_id not in found:
            raise InputError(
                f"SearchEngine.upsert: an offer is of the product {product_id!r}, which is not "
                "among those that are put in. Give the product too."
            )
        found[product_id][region] = data
    return found
