"""The catalogue's own words: which there are, how rare each is, and which are spelt nearly alike.

Terms lie sorted in one block of bytes, so that a term's number is found by bisection and all that
begin alike are neighbours; nothing is read before it is asked for. Spelling follows SymSpell (Garbe
2012): each word is filed under itself with one letter left out, so that the words within one edit
of another (Damerau 1964) are found without walking the vocabulary.
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .forms import grams, kind, one_edit, same_model, without_one
from .scripts import meet, sounds

#: Bits of `flags`: the term stands as a word; it stands as a joined form.
WORD, JOINED = 1, 2
#: Shorter words are not corrected.
SHORTEST_CORRECTED = 4
BUCKETS = 1 << 18
_FILES = (
    "terms",
    "ends",
    "heads",
    "idf",
    "flags",
    "gram_ends",
    "grams",
    "gram_idf",
    "near_keys",
    "near_terms",
    "sound_keys",
    "sound_terms",
)


@lru_cache(maxsize=200_000)
def bucket(gram: str) -> int:
    """The number of a run of letters among 262,144."""
    return zlib.crc32(b"gram" + gram.encode("utf-8", "replace")) & (BUCKETS - 1)


def _key(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace"))


def _head(raw: bytes) -> int:
    """The first eight bytes as a number that sorts as they do."""
    return int.from_bytes(raw[:8].ljust(8, b"\0"), "big")


class Lexicon:
    """A frozen vocabulary, with what was added since in memory.

    `idf(number)` is log(1 + (N - n + 0.5) / (n + 0.5)) over documents; a word that came later
    counts as the rarest.
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]], documents: int) -> None:
        self._terms = np.asarray(arrays["terms"])
        self._ends = np.asarray(arrays["ends"])
        self._heads = np.asarray(arrays["heads"])
        self._flags = np.asarray(arrays["flags"])
        self.base = len(arrays["ends"])
        self.rarest = math.log(1 + (documents + 0.5) / 0.5)
        self._idf = np.asarray(arrays["idf"])
        self._gram_ends = np.asarray(arrays["gram_ends"])
        self._grams = np.asarray(arrays["grams"])
        self._gram_idf = np.asarray(arrays["gram_idf"])
        self._near = np.asarray(arrays["near_keys"]), np.asarray(arrays["near_terms"])
        self._sounds = np.asarray(arrays["sound_keys"]), np.asarray(arrays["sound_terms"])
        self._added: dict[str, int] = {}
        self._added_terms: list[str] = []
        self._added_flags: list[int] = []
        self._added_grams: list[NDArray[np.uint32]] = []
        self._added_near: dict[int, list[int]] = {}
        self._added_sounds: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return self.base + len(self._added_terms)

    def term(self, number: int) -> str:
        """The text of a term."""
        if number >= self.base:
            return self._added_terms[number - self.base]
        return self._raw(number).decode("utf-8")

    def numbers(self, terms: Sequence[str]) -> list[int]:
        """The number of each term, -1 for those that are not there."""
        raws = [term.encode("utf-8", "replace") for term in terms]
        heads = np.array([_head(raw) for raw in raws], dtype=np.uint64)
        lows = np.searchsorted(self._heads, heads, "left").tolist()
        highs = np.searchsorted(self._heads, heads, "right").tolist()
        found = []
        for term, raw, low, high in zip(terms, raws, lows, highs, strict=True):
            number = self._bisect(raw, low, high)
            if number < high and self._raw(number) == raw:
                found.append(number)
            else:
                found.append(self._added.get(term, -1))
        return found

    def number(self, term: str) -> int:
        """The number of a term, or -1."""
        return self.numbers([term])[0]

    def beginning(self, prefix: str) -> tuple[int, int]:
        """The saved terms that begin so: from the first number to before the second."""
        raw = prefix.encode("utf-8", "replace")
        top = raw + b"\xff"
        low = int(np.searchsorted(self._heads, np.uint64(_head(raw)), "left"))
        high = int(np.searchsorted(self._heads, np.uint64(_head(top.ljust(8, b"\xff"))), "right"))
        return self._bisect(raw, low, high), self._bisect(top, low, high)

    def longer(self, prefix: str, letters: int) -> NDArray[np.int64]:
        """The words that begin so and go on for so many bytes or more."""
        low, high = self.beginning(prefix)
        ends = self._ends[max(low - 1, 0) : high].astype(np.int64)
        lengths = np.diff(ends if low else np.concatenate([[0], ends]))
        least = len(prefix.encode("utf-8", "replace")) + letters
        saved = low + np.flatnonzero((lengths >= least) & (self._flags[low:high] & WORD > 0))
        added = [n for n in self.later(prefix) if len(self.term(n)) >= len(prefix) + letters]
        return np.concatenate([saved, np.array(added, np.int64)])

    def later(self, prefix: str) -> list[int]:
        """The terms added since that begin so."""
        # A change may add terms while a search reads them: a copy is made in one step.
        added = list(self._added.items())
        return [number for term, number in added if term.startswith(prefix)]

    def idf(self, number: int) -> float:
        """How rare a term is."""
        return float(self._idf[number]) if number < self.base else self.rarest

    def idfs(self, numbers: NDArray[np.integer]) -> NDArray[np.float32]:
        """How rare each of many terms is."""
        if not len(numbers) or int(numbers.max()) < self.base:
            return np.asarray(self._idf[numbers], np.float32)
        return np.where(
            numbers < self.base,
            self._idf[np.minimum(numbers, max(self.base - 1, 0))] if self.base else self.rarest,
            np.float32(self.rarest),
        ).astype(np.float32)

    def flags(self, number: int) -> int:
        """Whether the term stands as a word, as a joined form, or both."""
        if number >= self.base:
            return self._added_flags[number - self.base]
        return int(self._flags[number])

    def near(self, word: str) -> list[int]:
        """The words within one edit of a word, the commonest first; never of a plain number, and
        of a model number only those that are the same but for a slip of the finger."""
        what = kind(word)
        if len(word) < SHORTEST_CORRECTED or what == "number" or word.isdigit():
            return []
        found = set()
        for text in (word, *without_one(word)):
            found.update(self._filed(self._near, self._added_near, _key(text)))
        kept = []
        for number in found:
            other = self.term(number)
            if one_edit(word, other) and (
                same_model(word, other) if "model" in (what, kind(other)) else True
            ):
                kept.append(number)
        return sorted(kept, key=lambda n: (self.idf(n), n))

    def sounding(self, word: str) -> list[int]:
        """The words of other scripts and spellings that sound so, the commonest first."""
        found = set()
        for key in sounds(word):
            found.update(self._filed(self._sounds, self._added_sounds, _key(key)))
        kept = [n for n in found if self.term(n) != word and meet(word, self.term(n))]
        return sorted(kept, key=lambda n: (self.idf(n), n))

    def add(self, term: str, flag: int) -> int:
        """The number of a term of a product that came or changed since; a new one if need be."""
        number = self.number(term)
        if number < 0:
            number = len(self)
            self._added_terms.append(term)
            self._added_flags.append(0)
            self._added_grams.append(np.zeros(0, np.uint32))
            self._added[term] = number
        if number >= self.base:
            place = number - self.base
            if flag == WORD and not self._added_flags[place] & WORD:
                self._added_grams[place] = np.array([bucket(g) for g in grams(term)], np.uint32)
                for key in sounds(term):
                    self._added_sounds.setdefault(_key(key), []).append(number)
            if not self._added_flags[place]:
                for text in _filings(term, flag):
                    self._added_near.setdefault(_key(text), []).append(number)
            self._added_flags[place] |= flag
        return number

    def gram_weights(
        self, words: Iterable[str]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], float]:
        """A query's letter runs, the weight of each, and its length as a vector."""
        held = Counter(bucket(gram) for word in words for gram in grams(word))
        unique = np.fromiter(held, np.int64, len(held))
        counts = np.fromiter(held.values(), np.float64, len(held))
        idf = self._gram_idf[unique]
        weights = (counts * idf * idf).astype(np.float32)
        return unique, weights, float(np.sqrt(((counts * idf) ** 2).sum()))

    def gram_scores(
        self, numbers: NDArray[np.integer], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The product of each word's letter runs with a query's weights (one a bucket)."""
        if len(numbers) and int(numbers.max()) >= self.base:
            late = numbers >= self.base
            result = np.zeros(len(numbers), np.float32)
            result[~late] = self.gram_scores(numbers[~late], weights)
            result[late] = [
                weights[self._added_grams[n - self.base]].sum() for n in numbers[late].tolist()
            ]
            return result
        if not len(numbers):
            return np.zeros(0, np.float32)
        stops = self._gram_ends[numbers].astype(np.int64)
        starts = np.where(numbers > 0, self._gram_ends[np.maximum(numbers - 1, 0)], 0)
        starts = starts.astype(np.int64)
        return summed(weights[self._grams[ranges(starts, stops)]], stops - starts)

    def norm(self, numbers: Sequence[int]) -> float:
        """The length of a text's vector of letter runs, from its words."""
        parts = []
        for number in numbers:
            if number >= self.base:
                parts.append(self._added_grams[number - self.base])
            else:
                start = int(self._gram_ends[number - 1]) if number else 0
                parts.append(np.asarray(self._grams[start : int(self._gram_ends[number])]))
        if not parts:
            return 0.0
        unique, counts = np.unique(np.concatenate(parts), return_counts=True)
        return float(np.sqrt(((counts * self._gram_idf[unique]) ** 2).sum()))

    def _raw(self, number: int) -> bytes:
        start = int(self._ends[number - 1]) if number else 0
        return self._terms[start : int(self._ends[number])].tobytes()

    def _bisect(self, raw: bytes, low: int, high: int) -> int:
        while low < high:
            middle = (low + high) // 2
            if self._raw(middle) < raw:
                low = middle + 1
            else:
                high = middle
        return low

    @staticmethod
    def _filed(
        saved: tuple[NDArray[np.generic], NDArray[np.generic]],
        added: Mapping[int, list[int]],
        key: int,
    ) -> list[int]:
        keys, terms = saved
        low = int(np.searchsorted(keys, np.uint32(key), "left"))
        high = low
        while high < len(keys) and int(keys[high]) == key:
            high += 1
        return [*np.asarray(terms[low:high]).tolist(), *added.get(key, ())]


def ranges(starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """All numbers from each start to before its stop, one after the other.

    >>> ranges(np.array([5, 0]), np.array([7, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    lengths = stops - starts
    before = np.cumsum(lengths) - lengths
    found: NDArray[np.int64] = np.arange(int(lengths.sum())) + np.repeat(starts - before, lengths)
    return found


def summed(values: NDArray[np.float32], lengths: NDArray[np.int64]) -> NDArray[np.float32]:
    """Sums of runs of these lengths, 0 for empty ones.

    >>> summed(np.array([1, 2, 3], np.float32), np.array([2, 0, 1])).tolist()
    [3.0, 0.0, 3.0]
    """
    total = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    ends = np.cumsum(lengths)
    sums: NDArray[np.float32] = (total[ends] - total[ends - lengths]).astype(np.float32)
    return sums


def _filings(word: str, flags: int) -> list[str]:
    """Under what a term is filed for spelling; joined forms only where they are model numbers."""
    what = kind(word)
    if len(word) < SHORTEST_CORRECTED or what == "number" or word.isdigit() or word[0] == "#":
        return []
    if not flags & WORD and (what != "model" or not 6 <= len(word) <= 20):
        return []
    return [word, *without_one(word)]


def made(
    terms: Mapping[str, int],
    frequency: NDArray[np.integer],
    flags: NDArray[np.uint8],
    n: int,
) -> tuple[dict[str, NDArray[Any]], NDArray[np.int32]]:
    """The arrays of a lexicon from terms by provisional number, and each one's final number.

    `frequency` counts the documents of each provisional number, of `n`; `flags` say what it is.
    """
    names = list(terms)  # in order of their provisional numbers
    raws = [term.encode("utf-8", "replace") for term in names]
    order = sorted(range(len(raws)), key=raws.__getitem__)
    final = np.zeros(len(order), np.int32)
    final[order] = np.arange(len(order), dtype=np.int32)
    counts, flags = frequency[order], flags[order]
    ends = np.cumsum(np.array([len(raws[at]) for at in order], np.int64))
    runs, near, filed = array("I"), array("Q"), array("Q")
    gram_ends = np.zeros(len(order), np.int64)
    for place, at in enumerate(order):
        term, flag = names[at], int(flags[place])
        if flag & WORD:
            runs.extend(map(bucket, grams(term)))
            filed.extend(_key(key) << 32 | place for key in sounds(term))
        near.extend(_key(text) << 32 | place for text in _filings(term, flag))
        gram_ends[place] = len(runs)
    held = np.array(runs, np.uint32)
    lengths = np.diff(gram_ends, prepend=0)
    # In how many documents a run of letters stands is at most the sum over its words.
    in_documents = np.bincount(held, np.repeat(counts, lengths), minlength=BUCKETS)
    gram_idf = np.log((1 + n) / (1 + np.minimum(in_documents, n))) + 1
    # By key, then by place: the key is the upper half.
    near_array, sound_array = (np.sort(np.array(found, np.uint64)) for found in (near, filed))
    return {
        "terms": np.frombuffer(b"".join(raws[at] for at in order), np.uint8),
        "ends": ends,
        "heads": np.array([_head(raws[at]) for at in order], np.uint64),
        "idf": np.log(1 + (n - counts + 0.5) / (counts + 0.5)).astype(np.float32),
        "flags": flags,
        "gram_ends": gram_ends,
        "grams": held,
        "gram_idf": gram_idf.astype(np.float32),
        "near_keys": (near_array >> np.uint64(32)).astype(np.uint32),
        "near_terms": near_array.astype(np.uint32).astype(np.int32),
        "sound_keys": (sound_array >> np.uint64(32)).astype(np.uint32),
        "sound_terms": sound_array.astype(np.uint32).astype(np.int32),
    }, final


def read(folder: Path, documents: int) -> Lexicon:
    """Open a saved lexicon; its arrays are mapped, not read."""
    return Lexicon({name: opened(folder / f"{name}.npy") for name in _FILES}, documents)


def opened(path: Path) -> NDArray[np.generic]:
    """An array of a file, mapped where it is large."""
    small = path.stat().st_size < 1 << 16  # what is empty cannot be mapped
    array = np.load(path, mmap_mode=None if small else "r", allow_pickle=False)
    # A plain view of the mapped pages: memmap's own indexing costs 10 µs a time.
    view: NDArray[np.generic] = array.view(np.ndarray)
    return view
