"""Variants as one: products of the same `group_id` take one place, and count once in every facet.

In go the rows that match, out come each group's best product and how many groups each value would
give: a shirt in five sizes is one shirt, once under each of its sizes. A product without a group is
one of its own. Counts are exact; the columns they need are read on first use, and
some are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import tantivy
from numpy.typing import NDArray

from . import numeric
from .filters import Clause
from .rescoring import Placed
from .rows import Rows
from .schema import UNIT, exact, path

FOLDER = "groups"
_CODES, _NAMES = "codes.npy", "names.json"

Ints = NDArray[np.int64]
#: So many columns are kept, those that were counted last.
MOST_COLUMNS = 24
Page = Callable[[int], tuple[list[Placed], int]]


def write(work: Path, groups: pa.ChunkedArray) -> None:
    """Write `groups/` of a catalogue's `group_id`s, unless no product has one."""
    if groups.null_count == len(groups):
        return
    encoded = groups.combine_chunks().dictionary_encode()
    numbers = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    # A group is known by the row of its first product.
    there, first = np.unique(numbers, return_index=True)
    known = there >= 0
    start = np.zeros(len(encoded.dictionary), np.int64)
    start[there[known]] = first[known]
    codes = np.where(numbers >= 0, start[numbers], np.arange(len(numbers)))
    (work / FOLDER).mkdir()
    np.save(work / FOLDER / _CODES, codes, allow_pickle=False)
    named = dict(zip(encoded.dictionary.to_pylist(), start.tolist(), strict=True))
    (work / FOLDER / _NAMES).write_bytes(msgspec.json.encode(named))


class Groups:
    """Which group each row is of, and the columns that grouped facets count."""

    def __init__(self, work: Path, rows: Rows) -> None:
        folder = work / FOLDER
        self._rows = rows
        self._there = folder.is_dir()
        self._codes = np.load(folder / _CODES) if self._there else np.zeros(0, np.int64)
        self._names: dict[str, int] | None = None
        self._path = folder / _NAMES
        self._live: dict[int, int] = {}
        self._columns: OrderedDict[str, _Column] = OrderedDict()
        #: How many row numbers are saved, and the attributes they have; read on first use.
        self._size = rows.next
        self._attributes: frozenset[str] | None = None
        self._lock = threading.Lock()

    def put(self, row: int, product: Mapping[str, Any]) -> None:
        """A changed product, under its new row number."""
        group = product.get("group_id")
        if group is None:
            return
        if self._names is None:
            self._names = msgspec.json.decode(self._path.read_bytes()) if self._there else {}
        self._live[row] = self._names.setdefault(group, row)

    def forget(self, row: int) -> None:
        """Free a live row."""
        self._live.pop(row, None)

    def of(self, rows: Ints) -> Ints:
        """The group of each row: a number that its variants share."""
        found = rows.copy()
        saved = rows < len(self._codes)
        found[saved] = self._codes[rows[saved]]
        if self._live:
            for place in np.flatnonzero(~saved).tolist():
                found[place] = self._live.get(int(rows[place]), int(rows[place]))
        return found

    def page(self, asked: Page, offset: int, k: int) -> tuple[list[Placed], Ints]:
        """The first product of each group, and the groups: those of a page.

        asked : gives the first n products by rank, and how many there are.
        """
        size = 2 * (offset + k) + 50
        while True:
            placed, total = asked(size)
            codes = self.of(np.array([place.row for place in placed], np.int64))
            _, first = np.unique(codes, return_index=True)
            if len(first) >= offset + k or len(placed) >= total or len(placed) < size:
                kept = np.sort(first)[offset : offset + k]
                return [placed[i] for i in kept], codes[kept]
            size *= 2

    def sizes(self, rows: Ints, codes: Ints) -> tuple[int, list[int]]:
        """How many groups rows are of, and how many of the rows each of some groups has."""
        there, counts = np.unique(self.of(rows), return_counts=True)
        return len(there), counts[np.searchsorted(there, codes)].tolist()

    def save(self, target: Path, rows: Rows) -> None:
        """Write `groups/` into another folder, live changes included."""
        if not (self._there or self._names):
            return
        found = [(number, row.product.get("group_id")) for number, row in rows.every()]
        held: list[str | None] = [None] * (rows.next if found else 0)
        for number, group in found:
            held[number] = group
        write(target, pa.chunked_array([pa.array(held, pa.string())]))

    def matching(self, searcher: Any, query: Any) -> tuple[list[Any], Ints]:
        """All products that match: their addresses and rows."""
        most = max(1, searcher.num_docs)
        hits = searcher.search(
            query, limit=most, count=False, order_by_field="row", order=tantivy.Order.Asc
        ).hits
        addresses = [address for _, address in hits]
        return addresses, np.array([row for row, _ in hits], np.int64)

    def count(
        self,
        searcher: Any,
        query: Callable[[tuple[Clause, ...]], Any],
        clauses: tuple[Clause, ...],
        facets: Mapping[str, list[float] | None],
        most: int,
    ) -> dict[str, dict[str, int]]:
        """How many groups each value of each facet would give (see `chowk.search.facets`)."""
        known: dict[tuple[Clause, ...], tuple[list[Any], Ints]] = {}
        counts: dict[str, dict[str, int]] = {}
        for name, edges in facets.items():
            remaining = tuple(clause for clause in clauses if clause.name != name)
            if remaining not in known:
                known[remaining] = self.matching(searcher, query(remaining))
            addresses, rows = known[remaining]
            groups = self.of(rows)
            if name in ("price", "available"):
                held = searcher.fast_field_values(name, addresses)
                values = np.array([np.nan if v is None else v for v in held], np.float64)
                there = ~np.isnan(values)
                values, groups = values[there], groups[there]
                if name == "price":
                    at = np.searchsorted(np.array(edges or []) * UNIT, values, "right")
                    labels = numeric.labels(edges) if edges else []
                    found = _distinct(at, groups, len(labels))
                    counts[name] = dict(zip(labels, found, strict=False))
                    continue
                names, codes = ["false", "true"], values.astype(np.int64)
            else:
                column = self._column(name)
                codes, places = column.values_of(rows)
                late = np.flatnonzero(rows >= column.size)
                if len(late):
                    live = self._rows.many(rows[late].tolist())
                    more, at, names = column.more([_values(name, row.product) for row in live])
                    codes = np.concatenate([codes, more])
                    places = np.concatenate([places, late[at]])
                else:
                    names = column.names
                groups = groups[places]
            if edges is not None:
                at, between = numeric.places(names, edges)[codes], numeric.labels(edges)
                found = _distinct(at, groups, len(between))
                counts[name] = dict(zip(between, found, strict=True))
                continue
            found = _distinct(codes, groups, len(names))
            said = ((value, n) for value, n in zip(names, found, strict=True) if n)
            counts[name] = dict(sorted(said, key=lambda one: (-one[1], one[0]))[:most])
        return counts

    def _column(self, name: str) -> _Column:
        """A column; of an attribute that no saved row has nothing is read and nothing kept."""
        with self._lock:
            column = self._columns.get(name)
            if column is None:
                if not self._saved(name):
                    return _Column([], np.broadcast_to(_NONE, self._size), _NONE[:0])
                column = self._columns[name] = _Column.of(_all_values(name, self._rows))
                if len(self._columns) > MOST_COLUMNS:
                    self._columns.popitem(last=False)
            self._columns.move_to_end(name)
            return column

    def _saved(self, name: str) -> bool:
        kind, _, attribute = name.partition(".")
        if kind != "attributes":
            return True
        if self._attributes is None:
            every = (product.get("attributes") or () for _, product in self._rows.saved())
            self._attributes = frozenset(one for attributes in every for one in attributes)
        return attribute in self._attributes


_NONE = np.zeros(1, np.int64)


class _Column:
    """The values of a facet by row: numbers of `names`, one row's after another's."""

    def __init__(self, names: list[str], ends: Ints, codes: Ints) -> None:
        self.names, self._ends, self._codes = names, ends, codes
        self._number = {name: i for i, name in enumerate(names)}
        self.size = len(ends)

    @classmethod
    def of(cls, rows: Iterator[Sequence[str]]) -> _Column:
        number: dict[str, int] = {}
        codes: list[int] = []
        ends: list[int] = []
        for values in rows:
            codes += [number.setdefault(value, len(number)) for value in values]
            ends.append(len(codes))
        return cls(list(number), np.array(ends, np.int64), np.array(codes, np.int64))

    def values_of(self, rows: Ints) -> tuple[Ints, Ints]:
        """The values of rows, and the place of the row that each is of."""
        places = np.flatnonzero(rows < self.size)
        at = rows[places]
        stops = self._ends[at] if len(at) else np.zeros(0, np.int64)
        starts = np.where(at > 0, self._ends[at - 1], 0) if len(at) else stops
        lengths = stops - starts
        before = np.cumsum(lengths) - lengths
        picked = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
        return self._codes[picked], np.repeat(places, lengths)

    def more(self, rows: Sequence[Sequence[str]]) -> tuple[Ints, Ints, list[str]]:
        """The values of rows that came later, as `values_of` gives them, and the names with those
        that are new. The column stays as it is: others may be counting by it."""
        codes, places = [], []
        new: dict[str, int] = {}
        for place, values in enumerate(rows):
            for value in values:
                number = self._number.get(value)
                if number is None:
                    number = new.setdefault(value, len(self.names) + len(new))
                codes.append(number)
                places.append(place)
        names = [*self.names, *new] if new else self.names
        return np.array(codes, np.int64), np.array(places, np.int64), names


def _values(name: str, product: Mapping[str, Any]) -> Sequence[str]:
    """A product's values of a facet, as filters have them."""
    if name == "category":
        return path(product.get("category") or "")
    if name == "brand":
        return (exact(product["brand"]),) if product.get("brand") else ()
    value = (product.get("attributes") or {}).get(name.partition(".")[2])
    return () if value is None else (exact(value),)


def _all_values(name: str, rows: Rows) -> Iterator[Sequence[str]]:
    """The values of every saved row, and nothing for rows that are not there."""
    place = 0
    for number, product in rows.saved():
        while place < number:
            yield ()
            place += 1
        yield _values(name, product)
        place += 1


def _distinct(codes: Ints, groups: Ints, size: int) -> list[int]:
    """How many groups there are beside each code, of `size` codes."""
    wide = int(groups.max(initial=0)) + 1
    once = np.unique(codes * wide + groups) // wide
    found: list[int] = np.bincount(once, minlength=size)[:size].tolist()
    return found
