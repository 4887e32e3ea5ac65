"""The products and offers as they are now: the tables, and what the journal says since.

The two tables come in as Arrow, with the journal's rows in their order; single products and offers
go out as dicts of values that JSON can hold (prices as numbers). The fold of the journal into the
tables (`chowk.journal.folding`) follows the same rules, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chowk.journal import Row
from chowk.search.offering import rank
from chowk.search.regional import path
from chowk.store import schema

Fields = dict[str, Any]

#: Attributes that a page offers as facets.
MOST_ATTRIBUTES = 4

_OF_OFFER = ("stock", "price", "delivery_hours")


class Catalogue:
    """One product or offer by id.

    Parameters
    ----------
    products, offers : the tables.
    position : the journal's position that is folded into them.

    Reading is safe from any thread while one thread applies rows: an id's fields are replaced
    whole, never changed in place.

    Examples
    --------
    >>> from chowk.store.rows import frame
    >>> table = frame(schema.TABLES["products"], [
    ...     {"product_id": "p1", "title": "Clay lamp", "price": "12.5"}])
    >>> held = Catalogue(table)
    >>> held.product("p1")["price"], held.product("p2")
    (12.5, None)
    """

    def __init__(
        self,
        products: pa.Table | None = None,
        offers: pa.Table | None = None,
        *,
        position: int = 0,
    ) -> None:
        self._position = position
        self._products = _Base("products", products)
        self._offers = _Base("offers", offers)
        self._offers_of: dict[str, list[str]] = {}
        for offer_id, product_id in self._offers.pairs("product_id"):
            self._offers_of.setdefault(product_id, []).append(offer_id)

        #: Products whose offers are not what a build saw.
        self.reoffered: set[str] = set()
        #: The names of the commonest attributes, at most `MOST_ATTRIBUTES`.
        self.attributes = _commonest(products)

    def __contains__(self, product_id: object) -> bool:
        return product_id in self._products

    def __len__(self) -> int:
        return len(self._products)

    def words(self) -> Iterator[Fields]:
        """Brand, category and attributes of every product of the tables."""
        names = ("brand", "category", "attributes")
        columns = [dict(self._products.pairs(name)) for name in names if self._products.has(name)]
        held = [name for name in names if self._products.has(name)]
        for key in columns[0] if columns else ():
            yield {name: column[key] for name, column in zip(held, columns, strict=True)}

    def product(self, product_id: str) -> Fields | None:
        """The product's given fields, or None."""
        return self._products.get(product_id)

    def field(self, product_id: str, name: str) -> Any:
        """One field of a product, or None."""
        return self._products.field(product_id, name)

    def available(self, product_id: str, region: str = "") -> bool:
        """Whether it is there and can be bought now, as far as the store says: as in search, what
        has offers (where the shopper is, when a region is given) needs one that is in stock."""
        if product_id not in self._products or self.field(product_id, "available") is False:
            return False
        held = self._offers.field
        stock: dict[str, bool] = {}
        for offer_id in self._offers_of.get(product_id, ()):
            if held(offer_id, "product_id") == product_id:
                where = held(offer_id, "region")
                stock[where] = stock.get(where, False) or held(offer_id, "stock") != 0
        there = [stock[level] for level in path(region) if level in stock]
        return any(there or stock.values()) or not stock

    def offer(self, offer_id: str) -> Fields | None:
        """The offer's given fields, or None."""
        return self._offers.get(offer_id)

    def offers_of(self, product_id: str) -> list[Fields]:
        """The product's offers, the cheapest first."""
        found = [self._offers.get(o) for o in self._offers_of.get(product_id, ())]
        kept = [o for o in found if o is not None and o.get("product_id") == product_id]
        return sorted(kept, key=lambda o: (o.get("price") is None, o.get("price"), o["offer_id"]))

    def best_offer(self, product_id: str, region: str) -> Fields | None:
        """The offer that wins in a region, or in the nearest larger one ('IN/KA', then 'IN'):
        in stock, then cheapest, then soonest there, as when an index is built."""
        offers = self.offers_of(product_id)
        out = None
        while region:
            here = [offer for offer in offers if offer["region"] == region]
            best = min(here, key=rank, default=None)
            if best is not None and best.get("stock") != 0:
                return best
            out = best if out is None else out
            region = region.rpartition("/")[0]
        return out

    def apply(self, rows: Iterable[Row]) -> tuple[set[str], set[str]]:
        """Lay rows of the journal over the tables, in order.

        Rows that the tables hold already (a build may be older than the tables) change nothing
        here, but are among what is given back.

        Returns
        -------
        The ids of products that changed (themselves or their offers) and are there, and of those
        that are gone. An entry that could not become a row (a change of an unknown product without
        a title) changes nothing, as the fold will quarantine it.
        """
        touched: set[str] = set()
        for row in rows:
            touched.update(self._one(row))
        return {p for p in touched if p in self}, {p for p in touched if p not in self}

    def _one(self, row: Row) -> Iterator[str]:
        """Apply one row; the ids of the products that it is about."""
        body, fresh = row.body, row.position > self._position
        match row.kind:
            case "product":
                if fresh:
                    self._products.change(row.key, body)
                yield row.key
            case "product_delete":
                if fresh:
                    self._products.remove(row.key)
                yield row.key
            case "offer":
                yield from self._offer(row.key, body, fresh)
            case "offer_delete":
                old = self._offers.get(row.key)
                self.reoffered.update({old["product_id"]} if old is not None else ())
                if fresh:
                    self._offers.remove(row.key)
                if old is not None:
                    yield old["product_id"]
            case "availability":
                product, offer = body.get("product_id"), body.get("offer_id")
                if product is not None and "available" in body:
                    if fresh:
                        self._products.change(product, {"available": body["available"]})
                    yield product
                fields = {name: body[name] for name in _OF_OFFER if name in body}
                if offer is not None and fields:
                    yield from self._offer(offer, fields, fresh)

    def _offer(self, offer_id: str, fields: Mapping[str, Any], fresh: bool) -> Iterator[str]:
        before = self._offers.get(offer_id)
        if fresh:
            self._offers.change(offer_id, fields)
        after = self._offers.get(offer_id)
        self.reoffered.update(o["product_id"] for o in (before, after) if o is not None)
        if before is not None:
            yield before["product_id"]
        if after is not None:
            product = after["product_id"]
            known = self._offers_of.get(product, [])
            if offer_id not in known:
                self._offers_of[product] = [*known, offer_id]
            yield product


def _commonest(products: pa.Table | None) -> tuple[str, ...]:
    if products is None or not products.num_rows or "attributes" not in products.column_names:
        return ()
    names = pa.chunked_array(
        [chunk.keys for chunk in products["attributes"].chunks] or [pa.array([], pa.string())]
    )
    counted = pc.value_counts(names).to_pylist()
    counted.sort(key=lambda entry: (-entry["counts"], entry["values"]))
    return tuple(entry["values"] for entry in counted[:MOST_ATTRIBUTES])


class _Base:
    """One keyed table: Arrow columns, the row number of each id, and what is laid over."""

    def __init__(self, name: str, table: pa.Table | None) -> None:
        declared = schema.TABLES[name]
        self._declared = declared
        self._key = declared.key[0]
        table = declared.arrow.empty_table() if table is None else table.combine_chunks()
        self._columns: dict[str, pa.ChunkedArray] = {
            column.name: table[column.name]
            for column in declared.columns
            if column.name in table.column_names
        }
        self._number = {key: n for n, key in enumerate(self._columns[self._key].to_pylist())}
        self._over: dict[str, Fields | None] = {}
        #: Changes of what is not there and not whole yet; a later one may make it whole.
        self._waiting: dict[str, Fields] = {}
        self._size = len(self._number)

    def __len__(self) -> int:
        return self._size

    def __contains__(self, key: object) -> bool:
        if key in self._over:
            return self._over[key] is not None
        return key in self._number

    def get(self, key: str) -> Fields | None:
        if key in self._over:
            return self._over[key]
        number = self._number.get(key)
        return None if number is None else self._row(number)

    def field(self, key: str, name: str) -> Any:
        if key in self._over:
            over = self._over[key]
            return None if over is None else over.get(name)
        number = self._number.get(key)
        if number is None or name not in self._columns:
            return None
        return plain(self._declared[name], self._columns[name][number].as_py())

    def has(self, name: str) -> bool:
        """Whether the Arrow table has a column."""
        return name in self._columns

    def pairs(self, name: str) -> Iterator[tuple[str, Any]]:
        """Every id of the Arrow table, with one column's value."""
        return zip(self._number, self._columns[name].to_pylist(), strict=True)

    def change(self, key: str, fields: Mapping[str, Any]) -> None:
        held = self.get(key)
        merged = {**(held or self._waiting.get(key, {})), self._key: key}
        for name, value in fields.items():
            if name in self._declared:
                merged[name] = plain(self._declared[name], value)
        merged = {name: value for name, value in merged.items() if value is not None}
        if all(name in merged for name in self._declared.required):
            self._size += held is None
            self._over[key] = merged
            self._waiting.pop(key, None)
        elif held is None:
            self._waiting[key] = merged

    def remove(self, key: str) -> None:
        self._size -= key in self
        self._waiting.pop(key, None)
        self._over[key] = None

    def _row(self, number: int) -> Fields:
        fields = {}
        for name, values in self._columns.items():
            value = plain(self._declared[name], values[number].as_py())
            if value is not None:
                fields[name] = value
        return fields


def plain(column: schema.Column, value: Any) -> Any:
    """A value of the column as JSON shows it: money as a number, times as text, maps as objects.

    >>> from decimal import Decimal
    >>> plain(schema.TABLES["products"]["price"], Decimal("12.5000"))
    12.5
    """
    if value is None:
        return None
    if column.kind == "money":
        return float(value)
    if column.kind in ("time", "date") and not isinstance(value, str):
        return value.isoformat()
    if column.kind == "map" and not isinstance(value, dict):
        return dict(value)
    return value
