"""Gathering the products' terms while an index is written, in memory that does not grow with them.

In go products one after the other, out come the arrays that `chowk.search.forward` and
`chowk.search.lexicon` map. Terms are numbered as they come and laid into files; when all are there
the vocabulary is sorted, and the files are read once more to give each term its final number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .forward import OUTSIDE, listed
from .lexicon import BUCKETS, JOINED, WORD, made
from .schema import Weights

#: Entries that are held before they are written, and products that are summed at once.
_AT_ONCE = 1_000_000
_STEP = 20_000
_RAW = {"doc_terms": np.int32, "doc_starts": np.uint8, "doc_spans": np.uint8}


class Collector:
    """Gathers products while an index is written, and saves the two directions' arrays."""

    def __init__(self, weights: Weights, folder: Path) -> None:
        self._weights = weights
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {name: (folder / f"{name}.raw").open("wb") for name in _RAW}
        self._documents = 0
        self._numbers: dict[str, int] = {}
        self._frequency = np.zeros(0, np.int64)
        self._flags = np.zeros(0, np.uint8)
        self._ends: list[NDArray[np.int64]] = []
        self._size = 0
        self._rows = 0
        self._stops: list[int] = []
        self._held: tuple[list[int], bytearray, bytearray] = ([], bytearray(), bytearray())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, file in self._files.items():
            file.close()
            (self._folder / f"{name}.raw").unlink(missing_ok=True)

    def add(self, row: int, product: Mapping[str, Any]) -> None:
        """One more product; row numbers rise, and those that are left out stay empty."""
        terms, starts, spans = self._held
        self._stops += [len(terms)] * (row - self._rows - len(self._stops))
        self._documents += 1
        numbers = self._numbers
        held = listed(product, self._weights)
        terms += [numbers.setdefault(entry[0], len(numbers)) for entry in held]
        starts += bytes([entry[2] for entry in held])
        spans += bytes([entry[3] for entry in held])
        self._stops.append(len(terms))
        if len(terms) > _AT_ONCE:
            self._flush()

    def save(self) -> None:
        """Write `text/` into an index's folder."""
        self._flush()
        for file in self._files.values():
            file.flush()
        ends = np.concatenate([np.zeros(0, np.int64), *self._ends])
        arrays, final = made(self._numbers, self._frequency, self._flags, self._documents)
        self._numbers = {}
        for name, dtype in _RAW.items():
            held = np.lib.format.open_memmap(
                self._folder / f"{name}.npy", "w+", dtype=dtype, shape=(self._size,)
            )
            for low, block in _blocks(self._folder / f"{name}.raw", dtype, self._size):
                held[low : low + len(block)] = final[block] if name == "doc_terms" else block
            arrays[name] = held
        arrays |= {"doc_ends": ends, **_sums(arrays, ends)}
        for name, array in arrays.items():
            if name not in _RAW:
                np.save(self._folder / f"{name}.npy", array, allow_pickle=False)

    def _flush(self) -> None:
        """Write what is held, and count it."""
        terms, starts, spans = self._held
        held = np.array(terms, np.int32)
        span = np.frombuffer(bytes(spans), np.uint8)
        for file, raw in zip(
            self._files.values(), (held.tobytes(), bytes(starts), bytes(spans)), strict=True
        ):
            file.write(raw)
        more = len(self._numbers) - len(self._frequency)
        self._frequency = np.concatenate([self._frequency, np.zeros(more, np.int64)])
        self._flags = np.concatenate([self._flags, np.zeros(more, np.uint8)])
        stops = np.array(self._stops, np.int64)
        doc = np.repeat(np.arange(len(stops)), np.diff(stops, prepend=0))
        # Each term once a document. Sorted in place: `unique` would hash, at four times the cost.
        pairs = doc * len(self._numbers) + held
        pairs.sort()
        once = pairs[np.diff(pairs, prepend=-1) > 0] % max(len(self._numbers), 1)
        self._frequency += np.bincount(once, minlength=len(self._numbers))
        self._flags[held[span == 1]] |= WORD
        self._flags[held[span != 1]] |= JOINED
        self._ends.append(stops + self._size)
        self._size += len(terms)
        self._rows += len(stops)
        self._held, self._stops = ([], bytearray(), bytearray()), []


def _blocks(path: Path, dtype: Any, size: int) -> Iterator[tuple[int, NDArray[Any]]]:
    with path.open("rb") as file:
        for low in range(0, size, _AT_ONCE):
            yield low, np.fromfile(file, dtype, _AT_ONCE)


def _sums(
    arrays: Mapping[str, NDArray[Any]], ends: NDArray[np.int64]
) -> dict[str, NDArray[np.generic]]:
    """Of each title: its words, the sum of their rarities, and the length of its vector of
    letter runs."""
    from scipy import sparse

    gram_ends = arrays["gram_ends"]
    grams = arrays["grams"].astype(np.int64)
    weights = arrays["gram_idf"].astype(np.float32)
    idf = arrays["idf"].astype(np.float64)
    lengths = np.diff(gram_ends, prepend=0)
    vocabulary = sparse.csr_array(
        (weights[grams], grams, np.concatenate([[0], gram_ends])), shape=(len(lengths), BUCKETS)
    )
    size = len(ends)
    words, norm = np.zeros(size, np.uint8), np.zeros(size, np.float32)
    whole = np.zeros(size, np.float32)
    for low in range(0, size, _STEP):
        high = min(low + _STEP, size)
        span = slice(int(ends[low - 1]) if low else 0, int(ends[high - 1]))
        some = is_word(arrays["doc_starts"][span], arrays["doc_spans"][span])
        doc = np.repeat(np.arange(high - low), np.diff(ends[low:high], prepend=span.start))
        rows, columns = doc[some], np.asarray(arrays["doc_terms"][span])[some]
        words[low:high] = np.bincount(rows, minlength=high - low)
        whole[low:high] = np.bincount(rows, idf[columns], minlength=high - low)
        held = sparse.csr_array(
            (np.ones(len(rows), np.float32), (rows, columns)), shape=(high - low, len(lengths))
        )
        product = held @ vocabulary
        product.sum_duplicates()
        squares = sparse.csr_array(product.multiply(product))
        norm[low:high] = np.sqrt(np.asarray(squares.sum(axis=1)).ravel())
    return {"doc_words": words, "doc_whole": whole, "doc_norm": norm}


def is_word(starts: NDArray[np.integer], spans: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which entries are words of titles."""
    found: NDArray[np.bool_] = (starts < OUTSIDE) & (spans == 1)
    return found
