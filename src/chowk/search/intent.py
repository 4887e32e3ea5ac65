"""Which categories a query is for: learned from what was chosen after it, and from the catalogue.

In go queries with the products that were chosen, and the catalogue; out come, for the words of a
query, its categories with their probabilities. Each word is a vote (naive Bayes over words, Maron
1961), drawn towards what the catalogue's titles say of it; a query that was asked often is drawn
towards what was chosen after that very query. The entropy of the answer says how ambiguous the
query is (Clough et al. 2009, "Multiple approaches to analysing query diversity").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .analysis import STOP_WORDS, words
from .wishes import Named, named_values

#: What the catalogue says of a word counts as much as so many choices.
CATALOGUE = 5.0
#: What all queries say counts as much as so many choices, for a word; what the words say, for a
#: query that was asked as a whole.
OF_ALL, OF_WORDS = 2.0, 10.0
#: Words and whole queries that are kept, the commonest.
MOST_WORDS, MOST_QUERIES = 50_000, 20_000
#: Categories that are kept for each, the likeliest; the others share their sum under `REST`.
MOST_KEPT, REST = 64, -1
#: Categories of an answer.
MOST_CATEGORIES = 12
#: A query that fewer asked is one person's own.
LEAST_SESSIONS = 5

Floats = NDArray[np.float64]


class Meant(msgspec.Struct, frozen=True):
    """What a query is for: categories by falling probability, at most `MOST_CATEGORIES`."""

    categories: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()

    @property
    def entropy(self) -> float:
        """Bits; 0 when there is one category or nothing is known."""
        return -sum(p * math.log2(p) for p in self.probabilities if p > 0)


NOTHING = Meant()


class Intent(msgspec.Struct):
    """Categories, how common each is, and what words and whole queries were chosen for.

    `of_words` and `of_queries` map to pairs of a category's number and a count; `choices` counts
    what was learned from; `of_values` maps words to the values of attributes that they name.
    """

    categories: list[str] = []
    prior: list[float] = []
    of_words: dict[str, list[tuple[int, float]]] = {}
    of_queries: dict[str, list[tuple[int, float]]] = {}
    choices: float = 0.0
    of_values: Named = {}

    @classmethod
    def learned(cls, products: pa.Table, chosen: pa.Table | None = None) -> Self:
        """From the tables `products` and, where there is a log, `chowk.search.wording.chosen_for`.

        Examples
        --------
        >>> products = pa.table({"product_id": ["m", "d"], "title": ["Optical mouse", "Grey mouse"],
        ...                      "category": ["Devices > Mice", "Toys > Animals"]})
        >>> chosen = pa.table({"query": ["mouse"], "product_id": ["m"], "times": [30],
        ...                    "sessions": [30]})
        >>> Intent.learned(products, chosen).of(["mouse"]).categories
        ('Devices > Mice', 'Toys > Animals')
        """
        values = named_values(products, chosen)
        if "category" not in products.column_names:
            return cls(of_values=values)
        ids = products["product_id"].to_pylist()
        filed = products["category"].to_pylist()
        names = sorted({category for category in filed if category})
        number = {name: i for i, name in enumerate(names)}
        category_of = {
            product_id: number[category]
            for product_id, category in zip(ids, filed, strict=True)
            if category
        }
        size = np.full(len(names), 0.5)
        np.add.at(size, list(category_of.values()), 1.0)
        sold = np.zeros(len(names))
        voices: dict[str, dict[int, float]] = {}
        for product_id, title in zip(ids, products["title"].to_pylist(), strict=True):
            category = category_of.get(product_id)
            if category is not None:
                # A category counts alike however many products it has.
                for word in _meant(words(f"{title} {names[category].rpartition('>')[2]}")):
                    held = voices.setdefault(word, {})
                    held[category] = held.get(category, 0.0) + 1.0 / size[category]
        of_words = {word: _scaled(counts, CATALOGUE) for word, counts in voices.items()}
        of_queries: dict[str, dict[int, float]] = {}
        if chosen is not None:
            asked: dict[str, float] = {}
            columns = ("query", "product_id", "times", "sessions")
            rows = zip(*(chosen[c].to_pylist() for c in columns), strict=True)
            for query, product_id, times, sessions in rows:
                category = category_of.get(product_id)
                if category is None:
                    continue
                typed = _meant(words(query))
                sold[category] += times
                for word in typed:
                    held = of_words.setdefault(word, {})
                    held[category] = held.get(category, 0.0) + times
                if len(typed) > 1:
                    held = of_queries.setdefault(_key(typed), {})
                    held[category] = held.get(category, 0.0) + times
                    asked[_key(typed)] = asked.get(_key(typed), 0.0) + sessions
            of_queries = {q: held for q, held in of_queries.items() if asked[q] >= LEAST_SESSIONS}
        prior = (sold + 1.0) / (sold + 1.0).sum()
        return cls(
            names,
            prior.tolist(),
            _kept(of_words, MOST_WORDS),
            _kept(of_queries, MOST_QUERIES),
            float(sold.sum()),
            values,
        )

    def of(self, typed: Sequence[str]) -> Meant:
        """What words of a query (as `chowk.search.analysis.words` gives them) are for.

        With P(c) how common category c is and n(w, c) how often it was chosen after word w,

            P(c | w) = (n(w, c) + 2 P(c)) / (n(w) + 2)
            P(c | words) ~ P(c) · product over w of P(c | w) / P(c)
            P(c | query) = (n(query, c) + 10 P(c | words)) / (n(query) + 10)

        Words that nobody typed and no title has say nothing; when none says anything, nothing is
        known.
        """
        known = [self.of_words[word] for word in _meant(typed) if word in self.of_words]
        if not known:
            return NOTHING
        prior = np.array(self.prior)
        logs = np.log(prior)
        for counts in known:
            votes = _counted(OF_ALL * prior, counts, prior)
            logs += np.log(votes / votes.sum()) - np.log(prior)
        found = np.exp(logs - logs.max())
        found /= found.sum()
        whole = self.of_queries.get(_key(_meant(typed)))
        if whole is not None:
            found = _counted(OF_WORDS * found, whole, prior)
            found /= found.sum()
        order = np.argsort(-found, kind="stable")[:MOST_CATEGORIES]
        order = order[found[order] >= 0.005]
        shares = found[order] / found[order].sum()
        return Meant(tuple(self.categories[i] for i in order), tuple(shares.tolist()))


def _meant(typed: Iterable[str]) -> list[str]:
    return [word for word in dict.fromkeys(typed) if word not in STOP_WORDS]


def _key(typed: Iterable[str]) -> str:
    return " ".join(sorted(typed))


def _scaled(counts: Mapping[int, float], total: float) -> dict[int, float]:
    whole = sum(counts.values())
    return {category: total * count / whole for category, count in counts.items()}


def _counted(start: Floats, counts: Iterable[tuple[int, float]], prior: Floats) -> Floats:
    """`start` with counts added."""
    for category, count in counts:
        if category == REST:
            start = start + count * prior
        else:
            start[category] += count
    return start


def _kept(
    counts: Mapping[str, Mapping[int, float]], most: int
) -> dict[str, list[tuple[int, float]]]:
    """The commonest, each with its likeliest categories."""
    by_use = sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))[:most]
    return {word: _likeliest(held) for word, held in by_use}


def _likeliest(held: Mapping[int, float]) -> list[tuple[int, float]]:
    ranked = sorted(held.items(), key=lambda c: (-c[1], c[0]))
    kept = [(category, round(float(count), 3)) for category, count in ranked[:MOST_KEPT]]
    rest = sum(count for _, count in ranked[MOST_KEPT:])
    return [*kept, (REST, round(float(rest), 3))] if rest else kept
