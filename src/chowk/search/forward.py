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
from .lexicon import JOINED, WORD, Lexicon, opened, ranges, read
from .schema import FIELDS, Weights, field_words, texts

FOLDER = "text"
_FILES = (
    "doc_ends",
    "doc_terms",
    "doc_starts",
    "doc_spans",
    "doc_words",
    "doc_whole",
    "doc_norm",
)
#: `starts` of a term outside the title: this plus the place of its field in `FIELDS`.
OUTSIDE = 200


class Entries(NamedTuple):
    """The terms of some products, and the words of their titles.

    `doc` is the product's place among those asked for and `term` the number of a term of it; where
    it stands is looked up for few of them (`places`). `word_doc` and `word_term` are the titles'
    words alone, those of product i from `base[i]` on; `whole` is the sum of their rarities and
    `norm` the length of their vector of letter runs.
    """

    doc: NDArray[np.int32]
    term: NDArray[np.int32]
    word_doc: NDArray[np.int32]
    word_term: NDArray[np.int32]
    base: NDArray[np.int64]
    whole: NDArray[np.float32]
    norm: NDArray[np.float32]
    at: NDArray[np.int64]
    saved: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    live: tuple[NDArray[np.uint8], NDArray[np.uint8]]

    def places(self, some: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where entries stand: the word of the title they start at, or `OUTSIDE` and the field;
        and how many words they stand for, 0 for another form of one."""
        size = len(self.at)
        first, second = (some[some < size], some[some >= size]) if len(self.live[0]) else (some, _0)
        found = [array[self.at[first]] for array in self.saved]
        if len(second):
            found = [
                np.concatenate([mine, array[second - size]])
                for mine, array in zip(found, self.live, strict=True)
            ]
        return found[0].astype(np.int64), found[1].astype(np.int64)


_0 = np.zeros(0, np.int64)


class _Live(NamedTuple):
    """A changed product: its terms, their places and spans, its title's words, their sums."""

    terms: NDArray[np.int32]
    starts: NDArray[np.uint8]
    spans: NDArray[np.uint8]
    words: NDArray[np.int32]
    whole: float
    norm: float


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
            said = dict.fromkeys(field_words(field, content[field]))
            found += [(word, WORD, OUTSIDE + place, 1) for word in said]
    return found


class Forward:
    """The products' terms by row number, and the lexicon they are numbered by."""

    def __init__(
        self, arrays: Mapping[str, NDArray[np.generic]], lexicon: Lexicon, weights: Weights
    ) -> None:
        self.lexicon = lexicon
        self._weights = weights
        self._ends = np.asarray(arrays["doc_ends"], np.int64)
        self._terms = np.asarray(arrays["doc_terms"], np.int32)
        self._places = (
            np.asarray(arrays["doc_starts"], np.uint8),
            np.asarray(arrays["doc_spans"], np.uint8),
        )
        self._words = np.asarray(arrays["doc_words"], np.uint8)
        self._whole = np.asarray(arrays["doc_whole"], np.float32)
        self._norm = np.asarray(arrays["doc_norm"], np.float32)
        self._base = len(self._ends)
        #: Rows below this are in order of product_id.
        self.ordered = self._base
        self._live: dict[int, _Live] = {}

    def put(self, row: int, product: Mapping[str, Any]) -> None:
        """Lay a changed product over, under its new row number."""
        terms = listed(product, self._weights)
        numbers = [self.lexicon.add(term, flag) for term, flag, _, _ in terms]
        words = [
            number
            for number, (_, flag, start, _) in zip(numbers, terms, strict=True)
            if start < OUTSIDE and flag == WORD
        ]
        held = np.array(words, np.int32)
        self._live[row] = _Live(
            np.array(numbers, np.int32),
            np.array([start for _, _, start, _ in terms], np.uint8),
            np.array([span for _, _, _, span in terms], np.uint8),
            held,
            float(self.lexicon.idfs(held).sum()),
            self.lexicon.norm(words),
        )

    def forget(self, row: int) -> None:
        """Free a live row."""
        self._live.pop(row, None)

    def entries(self, rows: NDArray[np.int64]) -> Entries:
        """The terms of products by row number."""
        if not self._live or int(rows.max(initial=-1)) < self._base:
            return self._saved(rows, np.arange(len(rows), dtype=np.int32), len(rows))
        there = rows < self._base
        late = np.flatnonzero(~there)
        found = self._saved(rows[there], np.flatnonzero(there).astype(np.int32), len(rows))
        parts = [self._live[int(row)] for row in rows[late]]
        doc, word_doc = [found.doc], [found.word_doc]
        size = len(found.word_doc)
        for place, part in zip(late.tolist(), parts, strict=True):
            doc.append(np.full(len(part.terms), place, np.int32))
            word_doc.append(np.full(len(part.words), place, np.int32))
            found.base[place] = size
            found.whole[place], found.norm[place] = part.whole, part.norm
            size += len(part.words)
        return found._replace(
            doc=np.concatenate(doc),
            term=np.concatenate([found.term, *(part.terms for part in parts)]),
            word_doc=np.concatenate(word_doc),
            word_term=np.concatenate([found.word_term, *(part.words for part in parts)]),
            live=(
                np.concatenate([part.starts for part in parts]),
                np.concatenate([part.spans for part in parts]),
            ),
        )

    def _saved(self, at: NDArray[np.int64], places: NDArray[np.int32], n: int) -> Entries:
        """The entries of saved rows `at`, the answer's `places` of its `n`."""
        stops = self._ends[at]
        starts = np.where(at > 0, self._ends[at - 1], 0) if len(at) else stops
        picked = ranges(starts, stops)
        counts = self._words[at].astype(np.int64)
        base = np.zeros(n, np.int64)
        base[places] = np.cumsum(counts) - counts
        whole, norm = np.zeros(n, np.float32), np.zeros(n, np.float32)
        whole[places], norm[places] = self._whole[at], self._norm[at]
        return Entries(
            np.repeat(places, stops - starts),
            self._terms[picked],
            np.repeat(places, counts),
            self._terms[ranges(starts, starts + counts)],
            base,
            whole,
            norm,
            picked,
            self._places,
            (_EMPTY, _EMPTY),
        )


_EMPTY = np.zeros(0, np.uint8)


def load(folder: Path, documents: int, weights: Weights) -> Forward:
    """Open what `Collector.save` wrote."""
    arrays = {name: opened(folder / f"{name}.npy") for name in _FILES}
    return Forward(arrays, read(folder, documents), weights)
