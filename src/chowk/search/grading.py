"""A merchandiser judges the store's own top queries; out comes NDCG with its interval.

A grade says how well a product answers a query: 0 not at all, 1 a little, 2 well, 3 exactly. A page
is worth the grades of its first ten places (gain 2^grade - 1), beside the best order of all that
was judged for the query; what nobody judged counts as 0, and the share that was judged is said. The
interval is a bootstrap over queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from chowk.errors import parameter
from chowk.learn import metrics

from .analysis import words
from .book import Book

HIGHEST = 3
K = 10
MOST_QUERIES, MOST_PRODUCTS = 2000, 200
_ROUNDS = 2000


class Graded(msgspec.Struct, frozen=True, kw_only=True):
    """The grades of one query, by product_id."""

    query: str
    grades: dict[str, int]
    by: str = ""

    def __post_init__(self) -> None:
        if not words(self.query) or len(self.query) > 512:
            rule = "a text with a word, of at most 512 characters"
            raise parameter("Graded", "query", rule, self.query[:80])
        if len(self.grades) > MOST_PRODUCTS:
            rule = f"at most {MOST_PRODUCTS} products"
            raise parameter("Graded", "grades", rule, f"{len(self.grades)}")
        for product_id, grade in self.grades.items():
            if not 0 <= grade <= HIGHEST:
                raise parameter("Graded", product_id, f"an int in [0, {HIGHEST}]", grade)


class Scored(msgspec.Struct, frozen=True):
    """NDCG@10 over graded queries with its 95 % interval, and the share of places judged."""

    queries: int
    ndcg: float | None
    low: float | None
    high: float | None
    judged: float


class Grades:
    """The grades of a store, in one file."""

    def __init__(self, path: Path) -> None:
        self._book = Book(path, Graded)

    def every(self) -> tuple[Graded, ...]:
        """All that was graded, by query."""
        return self._book.rows()

    def of(self, query: str) -> dict[str, int]:
        """The grades of a query, whatever the order and form of its words."""
        key = _key(query)
        return next((dict(g.grades) for g in self.every() if _key(g.query) == key), {})

    def put(self, graded: Graded) -> Graded:
        """Add grades to those of the query; the newer wins."""
        held = {_key(one.query): one for one in self.every()}
        key = _key(graded.query)
        if key not in held and len(held) >= MOST_QUERIES:
            raise parameter("put", "query", f"one of at most {MOST_QUERIES}", graded.query)
        before = held[key].grades if key in held else {}
        kept = Graded(query=graded.query, grades={**before, **graded.grades}, by=graded.by)
        held[key] = kept
        self._book.write(held[one] for one in sorted(held))
        return kept


def scored(
    graded: Iterable[Graded], search: Callable[[str, int], Sequence[str]], *, seed: int = 0
) -> Scored:
    """How good a search's pages are by these grades.

    Queries for which nothing has a grade above 0 say nothing, and are left out.

    >>> grades = [Graded(query="lamp", grades={"a": 3, "b": 0})]
    >>> scored(grades, lambda query, k: ["b", "a"]).ndcg < 1
    True
    >>> scored(grades, lambda query, k: ["a", "b"]).ndcg
    1.0
    """
    gains, ideals, judged, places = [], [], 0, 0
    for one in graded:
        best = sorted((2.0**grade - 1 for grade in one.grades.values()), reverse=True)[:K]
        if not best or not best[0]:
            continue
        page = list(search(one.query, K))[:K]
        judged += sum(product_id in one.grades for product_id in page)
        places += len(page)
        row = [2.0 ** one.grades.get(product_id, 0) - 1 for product_id in page]
        gains.append(row + [0.0] * (K - len(row)))
        ideals.append(best + [0.0] * (K - len(best)))
    if not gains:
        return Scored(0, None, None, None, 0.0)
    values = metrics.ndcg(np.array(gains), np.array(ideals))
    drawn = np.random.default_rng(seed).integers(0, len(values), (_ROUNDS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    share = judged / places if places else 0.0
    return Scored(len(values), float(values.mean()), float(low), float(high), share)


def _key(query: str) -> str:
    return " ".join(sorted(set(words(query))))
