"""What features say of a product: a unit vector from its text, or the vector that came with it.

Any frame with `product_id` flows in, with text columns, or with a `vector`; out come rows of unit
length, so that a dot product is a cosine. Words weigh log(N / n), the inverse document frequency
of Sparck Jones 1972; vectors that are mostly zeros are weighed alike, as bags of words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import InputError
from chowk.store.frames import arrow_table

from .identity import Id, column

#: Text columns that are read, with the weight of a word in each.
_TEXT = {"title": 1.0, "name": 1.0, "brand": 0.7, "category": 0.7, "attributes": 0.5,
         "description": 0.3, "text": 1.0}  # fmt: skip
_WORD = re.compile(r"\w+")
_NEVER = ("product_id", "vector", "image", "price", "currency", "available", "created_at")
#: Numbers of the shorter rows, in which pairs are compared quickly.
SHORT = 64


class Content:
    """Rows of unit length, one a product; a product without any text has an empty row.

    Parameters
    ----------
    rows : [products, words], sparse, of unit length or empty.
    weights : what a word, or a number of the vector, weighs.
    words : the place of each word; empty when vectors came.
    """

    def __init__(
        self, rows: sparse.csr_array, weights: NDArray[np.float32], words: dict[str, int]
    ) -> None:
        self.rows, self.weights, self.words = rows, weights, words

    def placed(self, places: NDArray[np.int64], n: int) -> Content:
        """The same rows in other places; products without features get empty ones."""
        at = sparse.csr_array(
            (np.ones(len(places), np.float32), (places, np.arange(len(places)))),
            shape=(n, len(places)),
        )
        return Content(unit(at @ self.rows), self.weights, self.words)

    def row(self, features: Any, caller: str) -> sparse.csr_array:
        """[1, words] of one product (a mapping) that was not there at fit."""
        if not isinstance(features, Mapping):
            raise InputError(f"{caller} takes one product's features as a mapping.")
        if self.words or "vector" not in features:
            bag = _bag([dict(features)], [n for n in features if n not in _NEVER])
            known = {self.words[w]: x for w, x in bag[0].items() if w in self.words}
            at, values = list(known), list(known.values())
        else:
            vector = np.asarray(features["vector"], dtype=np.float32)
            if vector.shape != self.weights.shape:
                raise InputError(
                    f"{caller}: the vector must have {len(self.weights)} numbers. "
                    f"Got {vector.shape}."
                )
            at = np.flatnonzero(vector).tolist()
            values = vector[at].tolist()
        made = sparse.csr_array(
            (np.asarray(values, np.float32) * self.weights[at], ([0] * len(at), at)),
            shape=(1, len(self.weights)),
        )
        return unit(made)


def unit(rows: Any) -> sparse.csr_array:
    """Rows of length 1; empty rows stay empty."""
    made = sparse.csr_array(rows, dtype=np.float32)
    length = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
    scaled = sparse.diags_array(1.0 / np.where(length > 0, length, 1.0)) @ made
    return sparse.csr_array(scaled, dtype=np.float32)


def read_content(features: Any, caller: str) -> tuple[list[Id], Content | None]:
    """The ids, and the rows in the order of the frame; of an id that comes twice, both count.

    Of None, and of a frame without columns, there is nothing: no ids, and no rows.
    """
    table = None if features is None else arrow_table(features, caller)
    if table is None or not table.num_columns:
        return [], None
    if "product_id" not in table.column_names:
        raise InputError(
            f"{caller} needs features with the column 'product_id'. "
            f"Got {', '.join(table.column_names)}. Rename it."
        )
    ids = column(table["product_id"], caller, "product_id")
    if "vector" in table.column_names:
        return ids, _from_vectors(table["vector"], caller)
    names = [name for name in table.column_names if name in _TEXT]
    names = names or [
        f.name
        for f in table.schema
        if f.name not in _NEVER and (pa.types.is_string(f.type) or pa.types.is_large_string(f.type))
    ]
    if not names:
        raise InputError(
            f"{caller}: the features have neither a text column ({', '.join(_TEXT)}) nor a "
            f"'vector'. Got {', '.join(table.column_names)}."
        )
    return ids, from_text(table.select(names).to_pylist(), names)


def from_text(products: list[dict[str, Any]], names: list[str]) -> Content:
    """Rows from the named text fields of products."""
    bags = _bag(products, names)
    seen: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            seen[word] = seen.get(word, 0) + 1
    # Words of a single product too: a product that comes later may share them.
    kept = sorted(seen)
    words = {word: place for place, word in enumerate(kept)}
    n = len(bags)
    weights = np.array([np.log((1 + n) / (1 + seen[w])) + 0.1 for w in kept], dtype=np.float32)
    row, at, value = [], [], []
    for place, bag in enumerate(bags):
        for word, count in bag.items():
            if word in words:
                row.append(place)
                at.append(words[word])
                value.append(count * float(weights[words[word]]))
    made = sparse.csr_array(
        (np.asarray(value, np.float32), (np.asarray(row, int), np.asarray(at, int))),
        shape=(n, len(kept)),
    )
    return Content(unit(made), weights, words)


def _bag(products: list[dict[str, Any]], names: list[str]) -> list[dict[str, float]]:
    bags = []
    for product in products:
        bag: dict[str, float] = {}
        for name in names:
            value = product.get(name)
            if value is None:
                continue
            if isinstance(value, Mapping):
                value = " ".join(str(v) for v in value.values())
            elif isinstance(value, (list, tuple)):
                value = " ".join(" ".join(map(str, v[1:])) if isinstance(v, tuple) else str(v)
                                 for v in value)  # fmt: skip
            weight = _TEXT.get(name, 1.0)
            for word in _WORD.findall(str(value).lower()):
                bag[word] = max(bag.get(word, 0.0), weight)
        bags.append(bag)
    return bags


def _lists(values: pa.ChunkedArray) -> bool:
    kind = values.type
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _from_vectors(values: pa.ChunkedArray, caller: str) -> Content:
    lengths: list[int] = []
    if _lists(values):
        lengths = np.unique(pc.list_value_length(values).to_numpy()).tolist()
    if not len(lengths) and not len(values):
        return Content(sparse.csr_array((0, 1), dtype=np.float32), np.ones(1, np.float32), {})
    if len(lengths) != 1 or values.null_count:
        raise InputError(
            f"{caller}: every 'vector' must be a list of as many numbers. Some differ."
        )
    try:
        flat = pc.list_flatten(values).cast(pa.float32()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(f"{caller}: the column 'vector' must hold lists of numbers.") from None
    dense = np.asarray(flat, dtype=np.float32).reshape(len(values), int(lengths[0]))
    if not np.isfinite(dense).all():
        row = int(np.flatnonzero(~np.isfinite(dense).all(axis=1))[0])
        raise InputError(f"{caller}: the vector in row {row} holds a number that is not finite.")
    weights = np.ones(dense.shape[1], dtype=np.float32)
    if dense.size and (dense >= 0).all() and (dense == 0).mean() > 0.5:
        weights = np.log((1 + len(dense)) / (1 + (dense > 0).sum(axis=0))).astype(np.float32)
    return Content(unit(sparse.csr_array(dense * weights)), weights, {})
