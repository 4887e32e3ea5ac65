"""What the damage model knows of a product: features in [0, 1], never below zero.

Measures come scaled, each beside its complement, since a package may help the small or the large;
flags, parts of the category path and words of the title are zero or one. They are non-negative
because the order of the packages rests on it (see `ordinal`). Sides are read in order of length,
so a product is the same however it was laid down for measuring.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from .goods import Floats, Goods

_MEASURES = ("weight", "volume", "longest", "density", "slender")
_FLAGS = ("fragile", "liquid", "hazardous")
_WORD_BREAK = r"[^\p{L}\p{N}]+"
#: Products whose features are made at once.
_CHUNK = 100_000


class Features:
    """The features of products, learnt from those that were sent.

    Parameters
    ----------
    least : a word or category is a feature when at least this many sent products have it.
    words, categories : at most so many of each, the most frequent first.

    Attributes
    ----------
    names_ : the features, in the order of the columns.
    low_, high_, middle_ : per measure, what is scaled to 0, to 1, and put for what is unknown.
    words_, categories_ : those that are features.

    Examples
    --------
    >>> from chowk.delivery.packaging.goods import read_goods
    >>> cups = read_goods([{"product_id": "c", "fragile": True, "weight_g": 300}], "fit")
    >>> Features().fit(cups).transform(cups).shape
    (1, 18)
    """

    def __init__(self, *, least: int = 20, words: int = 150, categories: int = 100) -> None:
        self.least = least
        self.words = words
        self.categories = categories

    def fit(self, goods: Goods) -> Features:
        """Learn scales, words and categories."""
        measures = _measures(goods)
        self.low_, self.high_, self.middle_ = (
            np.array([_quantile(column, q) for column in measures.T]) for q in (0.01, 0.99, 0.5)
        )
        self.high_ = np.maximum(self.high_, self.low_ + 1e-9)
        tokens, _ = _tokens(goods.titles)
        self.words_ = _frequent(tokens, self.least, self.words)
        self.categories_ = self._paths(goods)
        return self

    @property
    def names_(self) -> list[str]:
        """One name a column."""
        numeric = [f"{m}{way}" for m in _MEASURES for way in (" high", " low", " unknown")]
        return [
            *numeric,
            *_FLAGS,
            *(f"category {c}" for c in self.categories_),
            *(f"word {w}" for w in self.words_),
        ]

    def transform(self, goods: Goods) -> sparse.csr_array:
        """The features [products, names_], every value in [0, 1]."""
        if len(goods) <= _CHUNK:
            return self._transformed(goods)
        # Arrow and NumPy let go of the interpreter, so two threads are nearly twice as fast.
        starts = range(0, len(goods), _CHUNK)
        with ThreadPoolExecutor(2) as pool:
            parts = pool.map(lambda at: self._transformed(goods.part(at, at + _CHUNK)), starts)
            return sparse.csr_array(sparse.vstack(list(parts), format="csr"))

    def _transformed(self, goods: Goods) -> sparse.csr_array:
        measures = _measures(goods)
        unknown = np.isnan(measures)
        scaled = (measures - self.low_) / (self.high_ - self.low_)
        scaled = np.clip(np.where(unknown, 0.5, scaled), 0.0, 1.0)
        n, numbers = len(goods), 3 * len(_MEASURES)
        plain = np.empty((n, numbers + len(_FLAGS)))
        plain[:, 0:numbers:3], plain[:, 1:numbers:3] = scaled, 1 - scaled
        plain[:, 2:numbers:3] = unknown
        for at, name in enumerate(_FLAGS, numbers):
            plain[:, at] = getattr(goods, name)
        # Nearly all of it is above zero: to look for the zeros takes longer than to keep them.
        width = plain.shape[1]
        begins = np.arange(0, (n + 1) * width, width)
        dense = sparse.csr_array((plain.ravel(), np.tile(np.arange(width), n), begins), (n, width))
        parts = [dense, self._in_categories(goods), self._has_words(goods)]
        return sparse.csr_array(sparse.hstack(parts, format="csr"))

    def settings(self) -> dict[str, Any]:
        """What was learnt, as plain values."""
        return {
            "low": self.low_.tolist(),
            "high": self.high_.tolist(),
            "middle": self.middle_.tolist(),
            "words": self.words_,
            "categories": self.categories_,
        }

    @classmethod
    def of(cls, settings: dict[str, Any]) -> Features:
        """The features that gave `settings`."""
        made = cls()
        made.low_, made.high_, made.middle_ = (
            np.array(settings[name]) for name in ("low", "high", "middle")
        )
        made.words_, made.categories_ = settings["words"], settings["categories"]
        return made

    def _paths(self, goods: Goods) -> list[str]:
        counted: dict[str, int] = {}
        for row in pc.value_counts(goods.categories.drop_null()).to_pylist():
            for prefix in _prefixes(row["values"]):
                counted[prefix] = counted.get(prefix, 0) + row["counts"]
        kept = [p for p, n in counted.items() if n >= self.least]
        return sorted(kept, key=lambda p: (-counted[p], p))[: self.categories]

    def _in_categories(self, goods: Goods) -> sparse.csr_array:
        column = {prefix: j for j, prefix in enumerate(self.categories_)}
        coded = pc.fill_null(goods.categories, "").combine_chunks().dictionary_encode()
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        names = coded.dictionary.to_pylist()
        table = sparse.lil_array((max(len(names), 1), len(column)))
        for i, name in enumerate(names):
            for prefix in _prefixes(name):
                if prefix in column:
                    table[i, column[prefix]] = 1.0
        return sparse.csr_array(table.tocsr()[coded.indices.to_numpy()])

    def _has_words(self, goods: Goods) -> sparse.csr_array:
        tokens, rows = _tokens(goods.titles)
        known = pc.index_in(tokens, value_set=pa.array(self.words_, pa.string()))
        at = pc.fill_null(known, -1).to_numpy(zero_copy_only=False)
        held = at >= 0
        shape = (len(goods), len(self.words_))
        counts = sparse.coo_array((np.ones(int(held.sum())), (rows[held], at[held])), shape)
        found = sparse.csr_array(counts.tocsr())
        found.data[:] = 1.0  # a word counts once
        return found


def _measures(goods: Goods) -> Floats:
    """Logarithms of weight (g), volume (cm3), longest side (mm), density, longest over shortest."""
    sides = -np.sort(-goods.sides, axis=1).astype(np.float64)
    sides[~goods.sized] = np.nan
    volume = sides.prod(axis=1) / 1000
    columns = (
        goods.weight,
        volume,
        sides[:, 0],
        goods.weight / volume,
        sides[:, 0] / sides[:, 2],
    )
    logs: Floats = np.log(np.column_stack(columns))
    return logs


def _quantile(values: Floats, q: float) -> float:
    known = values[~np.isnan(values)]
    return float(np.quantile(known, q)) if len(known) else 0.0


def _prefixes(path: str) -> list[str]:
    parts = [part.strip() for part in path.split(">") if part.strip()]
    return [" > ".join(parts[: depth + 1]) for depth in range(len(parts))]


def _tokens(titles: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """All words of all titles without case, and the row that each is from."""
    lower = pc.utf8_lower(pc.fill_null(titles, ""))
    split = pc.split_pattern_regex(lower, _WORD_BREAK)
    split = split.combine_chunks() if isinstance(split, pa.ChunkedArray) else split
    if isinstance(split, pa.ChunkedArray):  # no chunk at all
        split = pa.array([], pa.list_(pa.string()))
    return pc.list_flatten(split), pc.list_parent_indices(split).to_numpy()


def _frequent(tokens: pa.Array, least: int, most: int) -> list[str]:
    counts = [
        (row["values"], row["counts"])
        for row in pc.value_counts(tokens).to_pylist()
        if row["counts"] >= least and len(row["values"]) > 1 and not row["values"].isdigit()
    ]
    return [word for word, _ in sorted(counts, key=lambda c: (-c[1], c[0]))[:most]]
