"""Products by number and by id, for showing hits: a small SQLite file that is never changed.

An analytical file needs 19 ms for one row where SQLite needs 0.002; the file is opened read-only
and immutable, so every process shares its pages and none takes a lock. Live changes are kept
beside it in memory.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from .offering import Stock, in_stock

FILE = "products.db"


class Row(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A product as it is shown, with what is known of its sales.

    `popularity` is in [0, 1]; `bought` counts purchases in the window before the log's end.
    """

    product: dict[str, Any]
    popularity: float = 0.0
    bought: int = 0


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Row).decode
_decode_offer = msgspec.json.Decoder(dict[str, Any]).decode


def write(
    path: Path,
    rows: Iterable[tuple[int, Row]],
    offers: Iterable[tuple[str, str, bytes]],
    *,
    next_number: int = 0,
) -> None:
    """Make the file from numbered rows and (product_id, region, offer) triples; numbers below
    `next_number` are never given again, for what lies beside the file may still speak of them."""
    db = sqlite3.connect(path)
    try:
        db.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE products (row INTEGER PRIMARY KEY, product_id TEXT NOT NULL, data BLOB);"
            "CREATE TABLE offers (product_id TEXT, region TEXT, data BLOB,"
            " PRIMARY KEY (product_id, region)) WITHOUT ROWID;"
        )
        db.executemany(
            "INSERT INTO products VALUES (?, ?, ?)",
            ((number, row.product["product_id"], _encode(row)) for number, row in rows),
        )
        db.executemany("INSERT INTO offers VALUES (?, ?, ?)", offers)
        db.execute("CREATE UNIQUE INDEX by_id ON products (product_id)")
        db.execute(f"PRAGMA user_version = {int(next_number)}")
        db.commit()
    finally:
        db.close()


class Rows:
    """The immutable file with live changes over it. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        self._db.execute("PRAGMA mmap_size = 1073741824")
        self.next = max(
            int(self._one("SELECT coalesce(max(row), -1) FROM products")[0]) + 1,
            int(self._one("PRAGMA user_version")[0]),
        )
        self._live: dict[int, bytes] = {}
        #: product_id to its live row, or to None when it was deleted.
        self._current: dict[str, int | None] = {}
        self._superseded: deque[tuple[float, int]] = deque()
        #: product_id to region to offer, where offers changed.
        self._offers: dict[str, dict[str, bytes]] = {}

    def many(self, numbers: Sequence[int]) -> list[Row]:
        """The rows with these numbers, in the order asked for."""
        found: dict[int, bytes] = {}
        base = []
        for number in numbers:
            data = self._live.get(number)
            if data is None:
                base.append(number)
            else:
                found[number] = data
        for start in range(0, len(base), 500):
            part = base[start : start + 500]
            marks = ",".join("?" * len(part))
            with self._lock:
                found.update(
                    self._db.execute(
                        f"SELECT row, data FROM products WHERE row IN ({marks})", part
                    ).fetchall()
                )
        return [_decode(found[number]) for number in numbers]

    def get(self, product_id: str, *, deleted: bool = False) -> Row | None:
        """One product by id; with `deleted`, also what it was before it was deleted."""
        number = self._current.get(product_id, -1)
        if number is None and not deleted:
            return None
        if number is not None and number >= 0:
            return _decode(self._live[number])
        found = self._one("SELECT data FROM products WHERE product_id = ?", product_id)
        return _decode(found[0]) if found else None

    def names(self, numbers: Sequence[int]) -> list[str]:
        """The product_ids of those rows that are there now, in the order asked for."""
        marks = ",".join("?" * len(numbers))
        sql = f"SELECT row, product_id FROM products WHERE row IN ({marks})"
        with self._lock:
            found = dict(self._db.execute(sql, list(numbers)).fetchall())
        for number in numbers:
            if (data := self._live.get(number)) is not None:
                found[number] = _decode(data).product["product_id"]
        at = ((number, found[number]) for number in numbers if number in found)
        return [name for number, name in at if self._current.get(name, number) == number]

    def number(self, product_id: str) -> int | None:
        """The row number of a product, or None when it is not there."""
        number = self._current.get(product_id, -1)
        if number is None or number >= 0:
            return number
        found = self._one("SELECT row FROM products WHERE product_id = ?", product_id)
        return int(found[0]) if found else None

    def offer(self, product_id: str, region: str) -> dict[str, Any] | None:
        """The best offer in a region, or in the nearest larger one ('IN/KA', then 'IN'); one that
        is in stock before any that is not."""
        held = self._offers.get(product_id)
        levels = region[:200].split("/")[:6]
        out = None
        for depth in range(len(levels), 0, -1):
            level = "/".join(levels[:depth])
            if held is not None:
                data = held.get(level)
            else:
                sql = "SELECT data FROM offers WHERE product_id = ? AND region = ?"
                data = (self._one(sql, product_id, level) or (None,))[0]
            if data is not None and in_stock(data):
                return _decode_offer(data)
            out = data if out is None else out
        return None if out is None else _decode_offer(out)

    def stock(self, product_id: str) -> Stock:
        """Where a product is in stock, and where it is not any more."""
        held = self._offers.get(product_id)
        if held is not None:
            return Stock.of(held.items())
        known = product_id.encode("utf-8", "replace").decode("utf-8")
        with self._lock:
            sql = "SELECT region, data FROM offers WHERE product_id = ?"
            return Stock.of(self._db.execute(sql, (known,)).fetchall())

    def offered(self, offers: Mapping[str, Mapping[str, bytes]]) -> None:
        """The offers of some products as they are now, by product_id and region."""
        self._offers.update({product_id: dict(held) for product_id, held in offers.items()})

    def put(self, row: Row) -> int:
        """Lay a changed product over the file; gives its new number."""
        number, self.next = self.next, self.next + 1
        self._live[number] = _encode(row)
        self._supersede(row.product["product_id"])
        self._current[row.product["product_id"]] = number
        return number

    def drop(self, product_id: str) -> None:
        """Delete a product."""
        self._supersede(product_id)
        self._current[product_id] = None

    def forget(self, older_than: float) -> list[int]:
        """Free rows that were replaced before a `time.monotonic()` moment, and give their numbers;
        a search that is under way may still show what was replaced a moment ago."""
        freed = []
        while self._superseded and self._superseded[0][0] < older_than:
            freed.append(self._superseded.popleft()[1])
            self._live.pop(freed[-1], None)
        return freed

    def saved(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """All saved products by number, changed or deleted ones included."""
        last = -1
        while True:
            with self._lock:
                sql = "SELECT row, data FROM products WHERE row > ? ORDER BY row LIMIT 5000"
                found = self._db.execute(sql, (last,)).fetchall()
            if not found:
                return
            for number, data in found:
                yield number, _decode(data).product
            last = found[-1][0]

    def every(self) -> Iterator[tuple[int, Row]]:
        """All products that are there now, by number."""
        with self._lock:
            base = self._db.execute("SELECT row, product_id, data FROM products ORDER BY row")
            base_rows = base.fetchall()
        for number, product_id, data in base_rows:
            if product_id not in self._current:
                yield number, _decode(data)
        for live in sorted(n for n in self._current.values() if n is not None):
            yield live, _decode(self._live[live])

    @property
    def changed(self) -> bool:
        """Whether there are live changes."""
        return bool(self._current) or bool(self._offers)

    def offers(self) -> list[tuple[str, str, bytes]]:
        """All offers, as `write` takes them."""
        with self._lock:
            sql = "SELECT product_id, region, data FROM offers"
            saved = [row for row in self._db.execute(sql) if row[0] not in self._offers]
        changed = self._offers.items()
        live = [(one, region, data) for one, held in changed for region, data in held.items()]
        return [*saved, *live]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _supersede(self, product_id: str) -> None:
        old = self._current.get(product_id)
        if old is not None:
            self._superseded.append((time.monotonic(), old))

    def _one(self, sql: str, *values: str) -> Any:
        # A lone surrogate, which no id holds, would be refused by SQLite.
        known = [value.encode("utf-8", "replace").decode("utf-8") for value in values]
        with self._lock:
            return self._db.execute(sql, known).fetchone()
