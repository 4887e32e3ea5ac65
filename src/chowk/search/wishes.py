"""Which values of attributes the words of queries name: "red" a colour, "laal" the same one.

In go the catalogue and, where there is a log, queries with what was chosen; out come, for a word,
the filters that it stands for, each with the share of its uses. A value's own word starts from the
share of the products having the word that have the value; what was chosen after the word is counted
beside that, and a word that is no value's own must come with the value at least twice as often as
others do (the lift of association rules, Brin et al. 1997).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .analysis import STOP_WORDS, words
from .catalogue import taken

#: Products and pairs of the log that are looked at, evenly drawn and the commonest.
MOST_PRODUCTS, MOST_CHOSEN = 20_000, 30_000
#: What the catalogue says of a word counts as much as so many choices.
CATALOGUE = 5.0
#: After a word that is no value's own so many sessions chose (what few typed may be one person's
#: own), and it comes with the value so much more often than choices do.
LEAST_SESSIONS, LEAST_LIFT = 5, 2.0
#: A value has at least this share of a word's uses.
LEAST_SHARE = 0.5
#: Words that are kept, the commonest, and values of one.
MOST_WORDS, MOST_VALUES = 20_000, 3

Pair = tuple[str, str]
Named = dict[str, list[tuple[str, str, float]]]


class Wish(msgspec.Struct, frozen=True):
    """A value that a word of the query names, as the filter `name` takes it."""

    word: str
    name: str
    value: str
    share: float


def named_values(products: pa.Table, chosen: pa.Table | None = None) -> Named:
    """For each word the filters that it stands for: name, value, and the share of its uses.

    Parameters
    ----------
    products : rows of `products` with attributes, brand and title.
    chosen : rows of `chowk.search.wording.chosen_for`.

    Examples
    --------
    >>> products = pa.table({"product_id": ["a", "b"], "title": ["Red lamp", "Blue lamp"],
    ...     "attributes": pa.array([[("colour", "red")], [("colour", "blue")]],
    ...                            pa.map_(pa.string(), pa.string()))})
    >>> chosen = pa.table({"query": ["laal lamp", "lamp"], "product_id": ["a", "b"],
    ...                    "times": [30, 60], "sessions": [30, 60]})
    >>> found = named_values(products, chosen)
    >>> [(word, *found[word][0][:2]) for word in ("red", "laal")]
    [('red', 'attributes.colour', 'red'), ('laal', 'attributes.colour', 'red')]
    >>> "lamp" in found
    False
    """
    size = min(products.num_rows, MOST_PRODUCTS)
    some = np.unique(np.linspace(0, max(products.num_rows - 1, 0), size).astype(np.int64))
    rows = [(_values(row), row["title"]) for row in _rows(products, some)]
    own: defaultdict[str, set[Pair]] = defaultdict(set)
    for pairs, _ in rows:
        for pair in pairs:
            for word in _meant(pair[1]):
                own[word].add(pair)
    uses: Counter[str] = Counter()
    had: defaultdict[str, Counter[Pair]] = defaultdict(Counter)
    for pairs, title in rows:
        for word in _meant(f"{title} {' '.join(value for _, value in pairs)}"):
            if word in own:
                uses[word] += 1
                had[word].update(own[word].intersection(pairs))
    counted: dict[str, dict[Pair, float]] = {
        word: {pair: CATALOGUE * n / uses[word] for pair, n in found.items()}
        for word, found in had.items()
    }
    typed = _add_choices(counted, own, products, chosen) if chosen is not None else Counter()
    kept: Named = {}
    for word in sorted(counted, key=lambda w: (-(typed[w] + uses[w]), w)):
        total = CATALOGUE + typed[word]
        shares = sorted((-n / total, *pair) for pair, n in counted[word].items())
        found = [(name, value, round(-n, 4)) for n, name, value in shares if -n >= LEAST_SHARE]
        if found and len(kept) < MOST_WORDS:
            kept[word] = found[:MOST_VALUES]
    return kept


def _add_choices(
    counted: dict[str, dict[Pair, float]],
    own: Mapping[str, set[Pair]],
    products: pa.Table,
    chosen: pa.Table,
) -> Counter[str]:
    """Count what was chosen after words; gives how often something was, by word."""
    at = pc.index_in(chosen["product_id"].cast(pa.string()), products["product_id"])
    known = chosen.append_column("at", at).filter(pc.is_valid(at)).slice(0, MOST_CHOSEN)
    numbers = np.unique(known["at"].to_numpy())
    pairs_of = {
        number: _values(row)
        for number, row in zip(numbers.tolist(), _rows(products, numbers), strict=True)
    }
    every: Counter[Pair] = Counter()
    typed: Counter[str] = Counter()
    sessions: Counter[str] = Counter()
    beside: defaultdict[str, Counter[Pair]] = defaultdict(Counter)
    columns = (known[name].to_pylist() for name in ("query", "at", "times", "sessions"))
    for query, number, times, heard in zip(*columns, strict=True):
        more = dict.fromkeys(pairs_of[number], times)
        every.update(more)
        for word in _meant(query):
            typed[word] += times
            sessions[word] += heard
            beside[word].update(more)
    choices = sum(known["times"].to_pylist())
    for word, found in beside.items():
        held = counted.setdefault(word, {})
        for pair, n in found.items():
            often = sessions[word] >= LEAST_SESSIONS and n * choices >= (
                LEAST_LIFT * every[pair] * typed[word]
            )
            if often or pair in own.get(word, ()):
                held[pair] = held.get(pair, 0.0) + n
    return typed


def _rows(products: pa.Table, at: Any) -> Iterable[dict[str, Any]]:
    columns = [name for name in ("title", "brand", "attributes") if name in products.column_names]
    found: list[dict[str, Any]] = taken(products.select(columns), np.asarray(at)).to_pylist()
    return found


def _values(row: Mapping[str, Any]) -> list[Pair]:
    """A product's values, by the names of their filters."""
    found = [(f"attributes.{name}", value) for name, value in row.get("attributes") or () if value]
    return [*found, ("brand", row["brand"])] if row.get("brand") else found


def _meant(text: str) -> list[str]:
    return [word for word in dict.fromkeys(words(text)) if word not in STOP_WORDS]
