"""What a request means in a store's own words: a query and filters that search understands.

In: a parse and the store's products. Out: brands, colours, categories and attributes as the
catalogue writes them, price limits, sizes, measures and days, and the words that are left to search
for. The filters are named as search names them; this module knows nothing else of search.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, Self

import msgspec

from .amounts import Measure, day_named, measures, price_limit
from .examples import listed_rows
from .parsed import Parse
from .tokens import Token, says, tokens

_COLOUR_NAMES = ("colour", "color", "Colour", "Color", "Farbe", "couleur")
_SORTS = {
    "cheapest": "price_asc", "sasta": "price_asc", "sabse sasta": "price_asc",
    "lowest price": "price_asc", "most expensive": "price_desc", "mehnga": "price_desc",
    "newest": "newest", "latest": "newest", "naya": "newest", "popular": "popular",
    "best selling": "popular", "trending": "popular",
}  # fmt: skip


class SearchRequest(msgspec.Struct, frozen=True):
    """What to search for.

    Attributes
    ----------
    query : the words that are left, in the catalogue's language where a word list knows them.
    filters : `brand`, `category`, `attributes.NAME` to lists of values; `price` to `min` and `max`.
    sort : None for relevance, else `price_asc`, `price_desc`, `newest` or `popular`.
    measures : sizes and measures that no attribute of the catalogue holds, as (value, unit).
    day : the day by which it is wanted, as ISO text.
    reasons : how each part was understood, in words.
    """

    query: str
    filters: dict[str, Any]
    sort: str | None = None
    measures: tuple[tuple[str, str], ...] = ()
    day: str | None = None
    reasons: tuple[str, ...] = ()


class _Known(NamedTuple):
    """A phrase of the catalogue: the filter and the value that it stands for."""

    filter: str
    value: str


class Catalogue:
    """The words of a store: brands, categories and attribute values, and what stands for them.

    Parameters
    ----------
    products : any frame or dicts with `title`, and `brand`, `category`, `attributes` if known.
    words : further words that stand for catalogue words, such as {"joote": "shoes"}; the built-in
        Hinglish list where None.

    Examples
    --------
    >>> shop = Catalogue([{"product_id": "1", "title": "Red running shoes", "brand": "Bata",
    ...                    "category": "Shoes > Running shoes", "attributes": {"colour": "Red"}}])
    >>> found = shop.resolve("mere liye lal wali bata running shoes dikhao under 2000")
    >>> found.query, found.filters["attributes.colour"], found.filters["price"]
    ('running shoes', ['Red'], {'max': 2000.0})
    """

    def __init__(self, products: Any, *, words: Mapping[str, str] | None = None) -> None:
        said = _lists()
        self.words = {
            key.casefold(): value.casefold()
            for key, value in (said["words"] if words is None else words).items()
        }
        self._carriers = frozenset(said["carriers"])
        self._known: dict[tuple[str, ...], list[_Known]] = {}
        for row in listed_rows(products, "Catalogue"):
            self._read(row)

    def fits(self, product: Mapping[str, Any], request: SearchRequest) -> bool:
        """Whether a product keeps to a request's filters and holds the words of its query.

        A plain stand-in for a search, for tests of conversations without a store.
        """
        price = request.filters.get("price", {})
        cost = float(product.get("price") or 0)
        if not price.get("min", -math.inf) <= cost <= price.get("max", math.inf):
            return False
        attributes = product.get("attributes") or {}
        held = {
            f"attributes.{k}": v
            for k, v in (attributes.items() if isinstance(attributes, Mapping) else attributes)
        }
        held["brand"] = product.get("brand")
        category = str(product.get("category") or "")
        for name, values in request.filters.items():
            if name == "category":
                if not any(category == v or category.startswith(f"{v} >") for v in values):
                    return False
            elif name != "price" and held.get(name) not in values:
                return False
        words = (product.get("title"), product.get("brand"), category, *held.values())
        said = " ".join(str(word) for word in words if word)
        stems = {_stem(token.text) for token in tokens(said)}
        return all(_stem(word) in stems for word in request.query.split())

    def phrases(self) -> list[list[str]]:
        """All phrases as rows for JSON: filter, value, words."""
        return [
            [known.filter, known.value, *key]
            for key, entries in self._known.items()
            for known in entries
        ]

    @classmethod
    def of_phrases(cls, rows: Iterable[Sequence[str]]) -> Self:
        """The catalogue of saved phrases."""
        found = cls([])
        for name, value, *key in rows:
            found._known.setdefault(tuple(key), []).append(_Known(name, value))
        return found

    def resolve(
        self, said: Parse | str, *, today: dt.date | None = None, keep: frozenset[str] = frozenset()
    ) -> SearchRequest:
        """A parse, or a text, as a search.

        Parameters
        ----------
        today : the day on which it was said; without it no day is read.
        keep : words that are never taken for mere politeness.
        """
        text = said if isinstance(said, str) else said.text
        slots = () if isinstance(said, str) else said.slots
        gone: list[tuple[int, int]] = []
        filters: dict[str, Any] = {}
        reasons: list[str] = []
        price = price_limit(text)
        if price is not None:
            gone.append((price.start, price.end))
            limits = {"min": price.least, "max": price.most}
            filters["price"] = {k: float(v) for k, v in limits.items() if v is not None}
            reasons.append(f"{text[price.start : price.end].strip()!r} is a price limit")
        day = None if today is None else day_named(text, today)
        if day is not None:
            gone.append((day.start, day.end))
            reasons.append(f"{text[day.start : day.end]!r} is {day.day.isoformat()}")
        left = []
        for measure in measures(text):
            if not _overlaps(measure.start, measure.end, gone):
                left += self._measured(measure, filters, reasons)
                gone.append((measure.start, measure.end))
        found = [token for token in tokens(text) if not _overlaps(token.start, token.end, gone)]
        sort, found = _sorted_by(found)
        wanted: dict[int, str] = {}
        place = 0
        for slot in slots:  # both run from left to right
            while place < len(found) and found[place].end <= slot.start:
                place += 1
            for later in range(place, len(found)):
                if found[later].start >= slot.end:
                    break
                wanted[later] = slot.name
        query = self._matched(found, wanted, filters, reasons, keep)
        return SearchRequest(
            query=" ".join(query),
            filters=filters,
            sort=sort,
            measures=tuple(left),
            day=None if day is None else day.day.isoformat(),
            reasons=tuple(reasons),
        )

    def _matched(
        self,
        found: list[Token],
        slots: Mapping[int, str],
        filters: dict[str, Any],
        reasons: list[str],
        keep: frozenset[str],
    ) -> list[str]:
        """The words that are left for the query, once catalogue phrases became filters."""
        said = [self.words.get(token.text.casefold(), token.text.casefold()) for token in found]
        keys = [_stem(word) for word in said]
        query: list[str] = []
        place = 0
        while place < len(keys):
            size, known = 1, None
            for length in range(min(5, len(keys) - place), 0, -1):
                entries = self._known.get(tuple(keys[place : place + length]))
                known = entries and _chosen(entries, slots.get(place))
                if known:
                    size = length
                    break
            words = said[place : place + size]
            if known:
                values = filters.setdefault(known.filter, [])
                if known.value not in values:
                    values.append(known.value)
                heard = " ".join(token.text for token in found[place : place + size])
                reasons.append(f"{heard!r} is {known.filter.rpartition('.')[2]} {known.value}")
                if known.filter == "category":  # the words rank inside of the category
                    query += words
            elif (slots.get(place) or words[0] in keep or words[0] not in self._carriers) and any(
                c.isalnum() for c in words[0]
            ):
                query += words
            place += size
        return query

    def _measured(
        self, measure: Measure, filters: dict[str, Any], reasons: list[str]
    ) -> list[tuple[str, str]]:
        """A measure as a filter when an attribute has that very value; else what is left."""
        forms = [measure.value] if measure.unit == "size" else [
            f"{measure.value} {measure.unit}", f"{measure.value}{measure.unit}"
        ]  # fmt: skip
        for form in forms:
            key = tuple(_stem(token.text) for token in tokens(form))
            for known in self._known.get(key, ()):
                if known.filter.startswith("attributes."):
                    filters.setdefault(known.filter, []).append(known.value)
                    reasons.append(f"{form!r} is {known.filter.rpartition('.')[2]} {known.value}")
                    return []
        return [(measure.value, measure.unit)]

    def _read(self, row: Mapping[str, Any]) -> None:
        brand, category = row.get("brand"), row.get("category")
        if isinstance(brand, str):
            self._add(brand, _Known("brand", brand))
        if isinstance(category, str):
            steps = [step.strip() for step in category.split(">") if step.strip()]
            for depth, step in enumerate(steps, 1):
                self._add(step, _Known("category", " > ".join(steps[:depth])))
        attributes = row.get("attributes") or {}
        pairs = attributes.items() if isinstance(attributes, Mapping) else attributes
        for name, value in pairs:
            if isinstance(value, str):
                self._add(value, _Known(f"attributes.{name}", value))

    def _add(self, phrase: str, known: _Known) -> None:
        key = tuple(_stem(token.text) for token in tokens(phrase) if says(token.text))
        if key:
            entries = self._known.setdefault(key, [])
            if known not in entries:
                entries.append(known)


def _chosen(entries: list[_Known], slot: str | None) -> _Known | None:
    """The entry that the slot speaks for; of others only what can hardly be meant otherwise."""
    if slot is not None:
        for entry in entries:
            name = entry.filter.rpartition(".")[2].casefold()
            if name == slot.casefold() or (slot in _COLOUR_NAMES and name in _COLOUR_NAMES):
                return entry
    sure = [
        entry
        for entry in entries
        if entry.filter in ("brand", "category")
        or entry.filter.rpartition(".")[2] in _COLOUR_NAMES
        or slot is None
    ]
    return sure[0] if sure else None


def _sorted_by(found: list[Token]) -> tuple[str | None, list[Token]]:
    """The order that is asked for, and the tokens without the words that ask for it."""
    words = [token.text.casefold() for token in found]
    for size in (2, 1):
        for place in range(len(words) - size + 1):
            sort = _SORTS.get(" ".join(words[place : place + size]))
            if sort is not None:
                return sort, found[:place] + found[place + size :]
    return None, found


def _overlaps(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return any(a < end and start < b for a, b in taken)


def _stem(word: str) -> str:
    """A word without its plural, so that `shoes` finds the category `Shoe`.

    >>> _stem("Watches"), _stem("sarees"), _stem("dress")
    ('watch', 'saree', 'dress')
    """
    key = word.casefold()
    if len(key) > 4 and key.endswith(("ches", "shes", "xes", "sses")):
        return key[:-2]
    if len(key) > 3 and key.endswith("s") and not key.endswith("ss"):
        return key[:-1]
    return key


def language_of(word: str) -> str:
    """`hi`, `en` or `other`: by script, and by the built-in word list for Latin letters.

    >>> language_of("joote"), language_of("जूते"), language_of("shoes"), language_of("2000")
    ('hi', 'hi', 'en', 'other')
    """
    if not any(character.isalpha() for character in word):
        return "other"
    if any("\u0900" <= character <= "\u097f" for character in word):
        return "hi"
    lists = _lists()
    return "hi" if word.casefold() in lists["hindi"] else "en"


@cache
def _lists() -> dict[str, Any]:
    """Hinglish words with their English, and words that carry no wish."""
    file = resources.files("chowk.language.shop").joinpath("words.json")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found
