"""How well a product's text answers a query: what is covered of either by the other.

score = (2 · Q + T + L) / 4, each part in [0, 1]:

- Q, the share of the query that the product has, its words weighted by their rarity (idf), numbers
  and model numbers half as much again, for another number is another product, and what is named
  first more than what follows; where fewer than ten products have all the words, those that have
  less than half of it get up to 0.3 more for being near in meaning (`chowk.search.nearest`);
- T, the share of the title that the query has, weighted alike; what a title says besides counts
  less and less, by its logarithm in units of a word of the query, for one shop appends what the
  next leaves out;
- L, the cosine of the letter runs (two to four letters within words, tf · idf) of query and title.

A word counts as had in full when it is there, also joined or parted otherwise or as the same
quantity, and in part when only something spelt, sounding or meaning nearly alike is there, another
way of writing the same version ("9", "9.0", "v9", "ix"), or a word cut short ("upg", "upgrade").
What is asked counts as much as both others; no pair of texts was learned from (queries made of a
collection's own titles, `bench/known_items.py --split made`, find these numbers as good as any near
them). The idea of counting coverage in both directions is that of Monge and Elkan 1996 and of soft
TF-IDF (Cohen, Ravikumar and Fienberg 2003).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .forms import Form, joined, kind, versions
from .forward import OUTSIDE, Entries, Forward
from .lexicon import BUCKETS, JOINED, WORD, Lexicon
from .nearest import Nearest
from .schema import FIELDS, Weights
from .scripts import script
from .synonyms import Synonyms

QUERY, TITLE, LETTERS = 0.5, 0.25, 0.25
#: How much a number of the query counts beside a word that is as rare.
NUMBER = 1.5
#: What is named first counts so much more, what comes second half of that more, and so on.
FIRST = 0.4
#: How much nearness in meaning counts where no word of the query is there; from half on nothing.
MEANING = 0.3
#: How much of a word counts that is not the word that was asked for.
NEAR, NEAR_HEAD, NEAR_MODEL, SOUND, BEGUN = 0.8, 0.7, 0.7, 0.8, 0.8
#: How much of a version counts that is written otherwise, and of a word that is cut short.
VERSION, CUT = 0.8, 0.6
#: So many letters of a word that is cut short are there, and so many are not.
CUT_KEEPS, CUT_LEAVES = 3, 2
#: The share of the rarest word's weight that a word counts which nothing is like.
UNKNOWN = 0.8
#: Alternatives of one word that are kept of each kind.
MOST_ALIKE = 8
#: A model number has others of which it is the beginning; so many letters must be alike.
MODEL_HEAD = 5
_MODEL_LEAST = 0.5


class Add(Protocol):
    """Takes an alternative: a term's number, the words it stands for, how much it counts."""

    def __call__(
        self, number: int, slots: tuple[int, ...], likeness: float, *, sure: bool = True
    ) -> None: ...


Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_NONE: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A term that stands for words of the query: `likeness` in (0, 1], 1 for the word itself.

    `sure` says whether it also makes a product a match (or only a better one)."""

    number: int
    term: str
    slots: tuple[int, ...]
    likeness: float
    flags: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """A query, ready to be compared: its words, their weights, and all that may stand for them.

    `begun` is the slot of a word that may only be begun, with the lexicon's span of numbers; `cut`
    has, for each word, the numbers of those that it cuts short or that cut it short;
    `vector` is the query's where words alone may not find what is meant.
    """

    words: tuple[str, ...]
    weights: Floats
    alternatives: tuple[Alternative, ...]
    begun: int | None = None
    beginnings: tuple[int, int] = (0, 0)
    begun_later: tuple[int, ...] = ()
    cut: tuple[Ints, ...] = ()
    grams: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    gram_weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    length: float = 0.0
    vector: NDArray[np.float32] | None = None


class Compared(NamedTuple):
    """The scores of some products, in the order asked for, and what they are made of.

    `had` is [products, words]: how much of each word of the query a product has; `meaning` is how
    much of `query` comes from nearness in meaning.
    """

    score: Floats
    had: Floats
    query: Floats
    title: Floats
    letters: Floats
    meaning: Floats


class Matcher:
    """Plans queries and compares products with them."""

    def __init__(
        self,
        forward: Forward,
        weights: Weights,
        synonyms: Synonyms,
        vectors: Nearest | None = None,
    ) -> None:
        self.forward = forward
        self.vectors = vectors
        self.lexicon: Lexicon = forward.lexicon
        self.synonyms = synonyms
        # A field whose words count once in the index counts 0.6 here, twice 0.8, else 1.
        self._field = np.array(
            [min(1.0, 0.4 + 0.2 * getattr(weights, name)) for name in FIELDS], np.float64
        )
        self._kept = threading.local()

    def plan(self, typed: list[str], *, begun: int | None, spelling: bool) -> Plan:
        """What a query's words (stemmed, in order, each once) may mean.

        begun : the word that may be only begun. spelling : whether words may be read as others.
        """
        lexicon = self.lexicon
        found: dict[int, Alternative] = {}

        def add(number: int, slots: tuple[int, ...], likeness: float, *, sure: bool = True) -> None:
            flags = 0 if number < 0 else lexicon.flags(number) & (WORD | JOINED * spelling)
            if flags and (number not in found or found[number].likeness < likeness):
                term = lexicon.term(number)
                found[number] = Alternative(number, term, slots, likeness, flags, sure)

        own = lexicon.numbers(typed) if typed else []
        known = {i for i, number in enumerate(own) if number >= 0}
        for i, number in enumerate(own):
            add(number, (i,), 1.0)
        if spelling:
            forms = joined(typed)
            for form, number in zip(forms, lexicon.numbers([f.term for f in forms]), strict=True):
                slots = tuple(range(form.start, form.start + max(form.span, 1)))
                add(number, slots, 1.0)
                if number >= 0 and kind(form.term) == "model":
                    known.update(slots)
            for i, word in enumerate(typed):
                if i not in known and i != begun:
                    self._near(word, i, add)
                self._alike(word, i, add, known=i in known)
            self._models(typed, forms, known, add)
            for i, word in enumerate(typed):
                for number in lexicon.numbers(versions(word)):
                    add(number, (i,), VERSION, sure=False)
            for slots, terms, weight in self.synonyms.of(typed):
                for number in lexicon.numbers(list(terms)):
                    add(number, slots, weight)
        weights = np.zeros(len(typed))
        for i, number in enumerate(own):
            if number >= 0:
                weights[i] = lexicon.idf(number)
        for i in range(len(typed)):
            if own[i] < 0:
                alike = [a for a in found.values() if a.slots == (i,)]
                best = max(alike, key=lambda a: (a.likeness, -lexicon.idf(a.number)), default=None)
                weights[i] = UNKNOWN * lexicon.rarest if best is None else lexicon.idf(best.number)
            if kind(typed[i]) != "word":
                weights[i] *= NUMBER
        weights *= 1 + FIRST / np.arange(1, len(typed) + 1)
        span = (0, 0)
        later: tuple[int, ...] = ()
        if begun is not None:
            span = lexicon.beginning(typed[begun])
            later = tuple(lexicon.later(typed[begun]))
            if own[begun] < 0:
                weights[begun] = 0.5 * lexicon.rarest * (1 + FIRST / (begun + 1))
        cut: tuple[Ints, ...] = ()
        if spelling:
            cut = tuple(_NONE if i == begun else self._cut(word) for i, word in enumerate(typed))
        runs = lexicon.gram_weights(typed)
        return Plan(tuple(typed), weights, tuple(found.values()), begun, span, later, cut, *runs)

    def compare(self, plan: Plan, rows: Ints) -> Compared:
        """The scores of products by row number."""
        entries = self.forward.entries(rows)
        n, words = len(rows), len(plan.words)
        had, covered = self._had(plan, entries, n)
        there = np.flatnonzero(covered)
        rarity = self.lexicon.idfs(entries.word_term[there])
        part = np.bincount(entries.word_doc[there], rarity * covered[there], minlength=n)
        more = np.maximum(entries.whole - part, 0.0)
        unit = plan.weights.mean() if words else 0.0
        if unit > 0:
            more = unit * np.log1p(more / unit)
        whole = part + more
        title = np.divide(part, whole, out=np.zeros(n), where=whole > 0)
        lengths = entries.norm.astype(np.float64) * plan.length
        letters = self._letters(plan, entries, n)
        letters = np.divide(letters, lengths, out=np.zeros(n), where=lengths > 0)
        letters = np.minimum(letters, 1.0)
        total = plan.weights.sum()
        # Not `@`, whose threads would wait in a loop and take a core from others.
        sums = np.vecdot(had, plan.weights)
        query = sums / total if words and total > 0 else np.zeros(n)
        meaning = np.zeros(n)
        if plan.vector is not None and self.vectors is not None:
            near = np.maximum(self.vectors.cosines(plan.vector, rows), 0.0)
            meaning = MEANING * near * np.maximum(1 - 2 * query, 0.0)
            query = query + meaning
        score = QUERY * query + TITLE * title + LETTERS * letters
        return Compared(score, had, query, title, letters, meaning)

    def _letters(self, plan: Plan, entries: Entries, n: int) -> Floats:
        """The product of the query's letter runs with each title's."""
        words = entries.word_term
        if not len(words):
            return np.zeros(n)
        marks, runs = self._arrays()
        # Each word once: the last place where it stands is remembered for it.
        order = np.arange(len(words), dtype=np.int32)
        marks[words] = order
        last = marks[words]
        marks[words] = 0
        once = np.flatnonzero(last == order)
        runs[plan.grams] = plan.gram_weights
        values = np.zeros(len(words))
        values[once] = self.lexicon.gram_scores(words[once], runs)
        runs[plan.grams] = 0
        sums: Floats = np.bincount(entries.word_doc, values[last], minlength=n).astype(np.float64)
        return sums

    def _had(self, plan: Plan, entries: Entries, n: int) -> tuple[Floats, Floats]:
        """How much of each word of the query, and of each word of a title, is there."""
        words = len(plan.words)
        marks, _ = self._arrays()
        numbers = np.array([a.number for a in plan.alternatives], np.int64)
        size = len(numbers)
        low, high = plan.beginnings
        later = np.array(plan.begun_later, np.int64)
        for slot, terms in enumerate(plan.cut):
            marks[terms] = size + 2 + slot
        marks[low:high] = size + 1
        marks[later] = size + 1
        marks[numbers] = np.arange(1, size + 1)
        which = marks[entries.term]
        marks[low:high] = 0
        marks[later] = 0
        marks[numbers] = 0
        for terms in plan.cut:
            marks[terms] = 0
        hit = np.flatnonzero(which)
        at = which[hit] - 1
        start, span = entries.places(hit)
        doc = entries.doc[hit]
        # A joined form begins as its first word does: that is no word that was begun. And what is
        # cut short is so in titles.
        kept = (at < size) | ((span == 1) & ((at == size) | (start < OUTSIDE)))
        at, start, span, doc = at[kept], start[kept], span[kept], doc[kept]
        likeness = np.array([a.likeness for a in plan.alternatives] + [BEGUN] + [CUT] * words)
        value = likeness[at]
        outside = start >= OUTSIDE
        factor = np.where(outside, self._field[np.where(outside, start - OUTSIDE, 0)], 1.0)
        had = np.zeros(n * words if words else 0)
        slots = [a.slots for a in plan.alternatives]
        slots.append(() if plan.begun is None else (plan.begun,))
        slots += [(slot,) for slot in range(words)]
        for column in range(max(map(len, slots))):
            nth = np.array([held[column] if len(held) > column else -1 for held in slots])
            slot = nth[at]
            there = slot >= 0
            np.maximum.at(had, doc[there] * words + slot[there], (value * factor)[there])
        covered = np.zeros(len(entries.word_term))
        inside = ~outside
        places, value = entries.base[doc[inside]] + start[inside], value[inside]
        np.maximum.at(covered, places, value)
        span = span[inside]
        for ahead in range(1, int(span.max(initial=1))):
            longer = span > ahead
            np.maximum.at(covered, places[longer] + ahead, value[longer])
        return had.reshape(n, words), covered

    def _arrays(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """A number a term and one a bucket of letter runs, all 0 between calls, kept for each
        thread."""
        size = len(self.lexicon)
        marks: NDArray[np.int32] | None = getattr(self._kept, "marks", None)
        if marks is None or len(marks) < size:
            marks = self._kept.marks = np.zeros(size + 1024, np.int32)
            self._kept.runs = np.zeros(BUCKETS, np.float32)
        return marks, self._kept.runs

    def _cut(self, word: str) -> Ints:
        """The words of titles that are a word cut short, or that it cuts short."""
        lexicon = self.lexicon
        if kind(word) != "word" or len(word) < CUT_KEEPS:
            return _NONE
        heads = [word[:n] for n in range(CUT_KEEPS, len(word) - CUT_LEAVES + 1)]
        found = [n for n in lexicon.numbers(heads) if n >= 0] if heads else []
        return np.concatenate([np.array(found, np.int64), lexicon.longer(word, CUT_LEAVES)])

    def _near(self, word: str, slot: int, add: Add) -> None:
        model = kind(word) == "model"
        for number in self.lexicon.near(word)[:MOST_ALIKE]:
            other = self.lexicon.term(number)
            likeness = NEAR_MODEL if model or kind(other) == "model" else NEAR
            if other[0] != word[0]:
                likeness -= NEAR - NEAR_HEAD
            add(number, (slot,), likeness)

    def _alike(self, word: str, slot: int, add: Add, *, known: bool) -> None:
        own = script(word)
        for number in self.lexicon.sounding(word)[:MOST_ALIKE]:
            # A word of the catalogue keeps its meaning within its own script.
            if not known or script(self.lexicon.term(number)) != own:
                add(number, (slot,), SOUND)

    def _models(self, typed: list[str], forms: list[Form], known: set[int], add: Add) -> None:
        """Model numbers of which one is the beginning of the other (a colour or country behind)."""
        lexicon = self.lexicon
        asked: list[tuple[str, tuple[int, ...]]] = [(word, (i,)) for i, word in enumerate(typed)]
        asked += [(f.term, tuple(range(f.start, f.start + max(f.span, 1)))) for f in forms]
        for text, slots in asked:
            if len(text) < MODEL_HEAD or kind(text) != "model" or text.startswith("#"):
                continue
            sure = not all(slot in known for slot in slots)
            heads = [text[:n] for n in range(len(text) - 1, MODEL_HEAD - 1, -1)]
            heads = [h for h in heads if kind(h) == "model"]
            for head, number in zip(heads, lexicon.numbers(heads) if heads else [], strict=True):
                add(number, slots, max(_MODEL_LEAST, len(head) / len(text)), sure=sure)
            low, high = lexicon.beginning(text)
            for number in range(low, min(high, low + 4 * MOST_ALIKE)):
                longer = lexicon.term(number)
                if longer != text and kind(longer) == "model":
                    add(number, slots, max(_MODEL_LEAST, len(text) / len(longer)), sure=sure)


__all__ = ["JOINED", "WORD", "Alternative", "Compared", "Matcher", "Plan"]
