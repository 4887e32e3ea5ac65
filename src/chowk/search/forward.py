"""Which terms each product has, and where: what a few hundred candidates are scored with.

The inverted index finds candidates; this is its other direction, mapped from files. A product's
words and joined forms lie one after the other; those of the title know their place, so that it can
be said how much of the title a query covers. Products that changed since lie in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .forms import LONGEST_TITLE, joined
from .lexicon import JOINED, WORD, Lexicon, made, opened, ranges, read
from .schema import FIELDS, Weights, field_words, texts

FOLDER = "text"
_FILES = ("doc_ends", "doc_terms", "doc_starts", "doc_spans", "doc_norm")
#: `starts` of a term outside the title: this plus the place of its field in `FIELDS`.
OUTSIDE = 200


class Entries(NamedTuple):
    """The terms of some products, one after the other.

    `doc` is the product's place among those asked for; `start` the word of the title, or
    `OUTSIDE` and the field; `span` how many words the term stands for, 0 for another form of one.
    """

    doc: NDArray[np.int64]
    term: NDArray[np.int64]
    start: NDArray[np.int64]
    span: NDArray[np.int64]
    norm: NDArray[np.float32]


def listed(product: Mapping[str, Any], weights: Weights) -> list[tuple[str, int, int, int]]:
    """A product's terms as (term, flag, start, span), the title's words first."""
    found: list[tuple[str, int, int, int]] = []
    content = {f: text for f, text in texts(product).items() if getattr(weights, f)}
    title = field_words("title", content.get("title", ""))[:LONGEST_TITLE]
    found += [(word, WORD, i, 1) for i, word in enumerate(title)]
    for form in joined(title):
        found.append((form.term, JOINED, form.start, form.span if form.span > 1 else 0))
    for place, field in enumerate(FIELDS):
        if field != "title" and field in content:
            for word in dict.fromkeys(field_words(field, content[field])):
                found.append((word, WORD, OUTSIDE + place, 1))
    return found


class Forward:
    """The products' terms by row number, and the lexicon they are numbered by."""

    def __init__(
        self, arrays: Mapping[str, NDArray[np.generic]], lexicon: Lexicon, weights: Weights
    ) -> None:
        self.lexicon = lexicon
        self._weights = weights
        self._ends = arrays["doc_ends"]
        self._terms = arrays["doc_terms"]
        self._starts = arrays["doc_starts"]
        self._spans = arrays["doc_spans"]
        self._norm = arrays["doc_norm"]
        self._base = len(self._ends)
        #: Rows below this are in order of product_id.
        self.ordered = self._base
        self._live: dict[int, tuple[NDArray[np.int64], ...]] = {}
        self._live_norm: dict[int, float] = {}

    def put(self, row: int, product: Mapping[str, Any]) -> None:
        """Lay a changed product over, under its new row number."""
        terms = listed(product, self._weights)
        numbers = [self.lexicon.add(term, flag) for term, flag, _, _ in terms]
        self._live[row] = (
            np.array(numbers, np.int64),
            np.array([start for _, _, start, _ in terms], np.int64),
            np.array([span for _, _, _, span in terms], np.int64),
        )
        words = [
            number
            for number, (_, flag, start, _) in zip(numbers, terms, strict=True)
            if start < OUTSIDE and flag == WORD
        ]
        self._live_norm[row] = self.lexicon.norm(words)

    def forget(self, row: int) -> None:
        """Free a live row."""
        self._live.pop(row, None)
        self._live_norm.pop(row, None)

    def entries(self, rows: NDArray[np.int64]) -> Entries:
        """The terms of products by row number."""
        saved = rows < self._base
        places = np.flatnonzero(saved)
        at = rows[places]
        stops = self._ends[at].astype(np.int64) if len(at) else np.zeros(0, np.int64)
        before = np.where(at > 0, self._ends[np.maximum(at - 1, 0)], 0) if len(at) else stops
        starts = before.astype(np.int64)
        picked = ranges(starts, stops)
        doc = np.repeat(places, stops - starts)
        term = self._terms[picked].astype(np.int64)
        start = self._starts[picked].astype(np.int64)
        span = self._spans[picked].astype(np.int64)
        norm = np.zeros(len(rows), np.float32)
        norm[places] = self._norm[at] if len(at) else 0
        late = np.flatnonzero(~saved).tolist()
        if late:
            parts = [self._live[int(rows[place])] for place in late]
            owners = (np.full(len(p[0]), d) for d, p in zip(late, parts, strict=True))
            doc = np.concatenate([doc, *owners])
            term = np.concatenate([term, *(p[0] for p in parts)])
            start = np.concatenate([start, *(p[1] for p in parts)])
            span = np.concatenate([span, *(p[2] for p in parts)])
            norm[late] = [self._live_norm[int(rows[place])] for place in late]
        return Entries(doc, term, start, span, norm)


class Collector:
    """Gathers products while an index is written, and saves the two directions' arrays."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._documents = 0
        self._numbers: dict[str, int] = {}
        self._frequency: list[int] = []
        self._words: set[str] = set()
        self._joins: set[str] = set()
        self._ends: list[int] = []
        self._blocks: list[tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.uint8]]] = []
        self._terms: list[int] = []
        self._starts = bytearray()
        self._spans = bytearray()
        self._size = 0

    def add(self, row: int, product: Mapping[str, Any]) -> None:
        """One more product; row numbers rise, and those that are left out stay empty."""
        self._ends += [self._size + len(self._terms)] * (row - len(self._ends))
        self._documents += 1
        seen = set()
        for term, flag, start, span in listed(product, self._weights):
            number = self._numbers.get(term)
            if number is None:
                number = self._numbers[term] = len(self._frequency)
                self._frequency.append(0)
            (self._words if flag == WORD else self._joins).add(term)
            self._terms.append(number)
            self._starts.append(start)
            self._spans.append(span)
            if number not in seen:
                seen.add(number)
                self._frequency[number] += 1
        self._ends.append(self._size + len(self._terms))
        if len(self._terms) > 1_000_000:
            self._flush()

    def save(self, folder: Path) -> None:
        """Write `text/` into an index's folder."""
        self._flush()
        folder.mkdir(parents=True, exist_ok=True)
        frequency = np.array(self._frequency, np.int64)
        arrays, final = made(self._numbers, frequency, self._words, self._joins, self._documents)
        terms = np.concatenate([block[0] for block in self._blocks] or [np.zeros(0, np.int32)])
        starts = np.concatenate([block[1] for block in self._blocks] or [np.zeros(0, np.uint8)])
        spans = np.concatenate([block[2] for block in self._blocks] or [np.zeros(0, np.uint8)])
        numbers = final[terms].astype(np.int32) if len(terms) else terms
        ends = np.array(self._ends, np.int64)
        arrays |= {
            "doc_ends": ends,
            "doc_terms": numbers,
            "doc_starts": starts,
            "doc_spans": spans,
            "doc_norm": _norms(arrays, ends, numbers, starts, spans),
        }
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    def _flush(self) -> None:
        self._size += len(self._terms)
        self._blocks.append(
            (
                np.array(self._terms, np.int32),
                np.frombuffer(bytes(self._starts), np.uint8),
                np.frombuffer(bytes(self._spans), np.uint8),
            )
        )
        self._terms, self._starts, self._spans = [], bytearray(), bytearray()


def _norms(
    arrays: Mapping[str, NDArray[np.generic]],
    ends: NDArray[np.int64],
    terms: NDArray[np.int32],
    starts: NDArray[np.uint8],
    spans: NDArray[np.uint8],
) -> NDArray[np.float32]:
    """The lengths of the titles' vectors of letter runs."""
    from scipy import sparse

    gram_ends = arrays["gram_ends"]
    grams = arrays["grams"].astype(np.int64)
    weights = arrays["gram_idf"].astype(np.float32)
    lengths = np.diff(gram_ends, prepend=0)
    vocabulary = sparse.csr_array(
        (weights[grams], grams, np.concatenate([[0], gram_ends])), shape=(len(lengths), 1 << 18)
    )
    doc = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    kept = is_word(starts, spans)
    result = np.zeros(len(ends), np.float32)
    step = 20_000
    for low in range(0, len(ends), step):
        high = min(low + step, len(ends))
        span = slice(int(ends[low - 1]) if low else 0, int(ends[high - 1]))
        some = kept[span]
        rows, columns = doc[span][some] - low, terms[span][some]
        held = sparse.csr_array(
            (np.ones(len(rows), np.float32), (rows, columns)), shape=(high - low, len(lengths))
        )
        product = held @ vocabulary
        product.sum_duplicates()
        squares = sparse.csr_array(product.multiply(product))
        result[low:high] = np.sqrt(np.asarray(squares.sum(axis=1)).ravel())
    return result


def is_word(starts: NDArray[np.integer], spans: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which entries are words of titles."""
    found: NDArray[np.bool_] = (starts < OUTSIDE) & (spans == 1)
    return found


def load(folder: Path, documents: int, weights: Weights) -> Forward:
    """Open what `Collector.save` wrote."""
    arrays = {name: opened(folder / f"{name}.npy") for name in _FILES}
    return Forward(arrays, read(folder, documents), weights)
