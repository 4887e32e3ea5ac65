"""Different names for one kind of goods, from titles alone: "car" and "automobile".

In go the titles of a category; out come rows of `query_terms`. A title's head is the word before
its first comma, dash, bracket, number or preposition. Two heads are names of one kind when between
them they head most titles of a category, never stand in one title, and keep the same company: the
cosine of the other words' weights (tf · idf; the distributional hypothesis, Harris 1954). Brands
and words count alike, so "boots" and "sandals", which other brands make of other stuff, stay apart.
What the log teaches is surer, so these terms count less.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pyarrow as pa

from .analysis import STOP_WORDS, words
from .synonyms import QueryTerm

#: A category has so many titles at least, and a head so many of them.
LEAST_TITLES, LEAST_HEADED = 8, 4
#: The heads of one kind head this share of a category's titles.
COVERED = 0.8
#: How alike the company of two heads is.
ALIKE = 0.6
#: What a name of the same kind counts of the word itself.
WEIGHT = 0.6
_MOST_HEADS = 3
_END = re.compile(r"[,;:|/()\[\]]| [-–—] |\b(?:with|for|in|of|by|to|from)\b|\d", re.IGNORECASE)


def head(title: str) -> str:
    """The word that says what it is.

    >>> head("Red toy car, 1:18"), head("Automobile for children"), head("USB-C charger 20 W")
    ('car', 'automobile', 'charger')
    """
    first = next((part for part in _END.split(title) if words(part)), "")
    found = words(first)
    return found[-1] if found else ""


def title_terms(products: pa.Table) -> list[QueryTerm]:
    """Names of the same kind, each way.

    Examples
    --------
    >>> titles = [f"{maker} red toy {noun}" for noun in ("car", "automobile")
    ...           for maker in ("Asha", "Nord", "Sol", "Lumio")]
    >>> table = pa.table({"product_id": [str(n) for n in range(8)], "title": titles,
    ...                   "category": ["Toys > Vehicles"] * 8})
    >>> [(t.term, t.stands_for) for t in title_terms(table)]
    [('automobile', 'car'), ('car', 'automobile')]
    """
    if "category" not in products.column_names:
        return []
    titles: dict[str, list[str]] = {}
    columns = zip(products["category"].to_pylist(), products["title"].to_pylist(), strict=True)
    for category, title in columns:
        if category and title:
            titles.setdefault(category, []).append(title)
    found: dict[tuple[str, str], QueryTerm] = {}
    for some in titles.values():
        if len(some) < LEAST_TITLES:
            continue
        for a, b in _names(some):
            for term, meaning in ((a, b), (b, a)):
                found[term, meaning] = QueryTerm(term, meaning, WEIGHT)
    return [found[pair] for pair in sorted(found)]


def _names(titles: list[str]) -> list[tuple[str, str]]:
    """Pairs of heads of a category that are names of one kind."""
    heads = [head(title) for title in titles]
    counts = Counter(word for word in heads if word)
    kept = [w for w, n in counts.most_common(_MOST_HEADS) if n >= LEAST_HEADED]
    if len(kept) < 2 or sum(counts[w] for w in kept) < COVERED * len(titles):
        return []
    held = [set(words(title)) - STOP_WORDS for title in titles]
    frequency = Counter(word for some in held for word in some)
    company: dict[str, Counter[str]] = {word: Counter() for word in kept}
    together: set[tuple[str, str]] = set()
    for word, some in zip(heads, held, strict=True):
        for other in kept:
            if other in some:
                together |= {(other, third) for third in kept if third in some and third != other}
        if word in company:
            company[word].update(some - set(kept))
    names = sorted(frequency)
    rarity = np.log(1 + len(titles) / np.array([frequency[name] for name in names], float))
    vectors = {
        word: np.array([company[word][name] / counts[word] for name in names]) * rarity
        for word in kept
    }
    pairs = []
    for i, a in enumerate(kept):
        for b in kept[i + 1 :]:
            lengths = float(np.linalg.norm(vectors[a]) * np.linalg.norm(vectors[b]))
            alike = float(vectors[a] @ vectors[b]) / lengths if lengths else 0.0
            if (a, b) not in together and alike >= ALIKE:
                pairs.append((a, b))
    return pairs
