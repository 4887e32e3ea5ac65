"""The products' vectors: which lie nearest to a query's, and how near some of them are.

In go the encoder's vectors by row number, kept as half floats in a mapped file; out come rows and
cosines. Up to 150,000 products every vector is compared; beyond, faiss finds them in an inverted
file of 8-bit codes (Jégou, Douze and Schmid 2011), which is mapped too. What has changed since the
build lies in memory and is always compared.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .catalogue import taken
from .encoding import MOST_TEXTS, Encoder, TextEncoder, unit
from .lexicon import opened

FOLDER = "vectors"
#: Fewer products teach nothing about words.
LEAST_PRODUCTS = 500
EXACT = 150_000
#: So many products join what the words found, when they are at least so near: by our own encoder,
#: and by a pretrained one, whose cosines are larger.
MOST_NEAR = 100
LEAST_NEAR, LEAST_PRETRAINED = 0.2, 0.5
_AT_ONCE = 10_000
_DOCS, _CODES = "docs.npy", "codes.faiss"
#: Vectors that the lists are learned from: so many, or so many a list, below which faiss warns.
_TRAINED_ON, _A_LIST = 50_000, 39
_PROBED = 24

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def said(product: Mapping[str, Any]) -> str:
    """The text of a product that is encoded: title, brand and the category's last name."""
    leaf = (product.get("category") or "").rpartition(">")[2]
    return f"{product.get('title') or ''} {product.get('brand') or ''} {leaf}"


class Nearest:
    """Vectors of the products, and what finds the nearest."""

    def __init__(self, encoder: Encoder, docs: NDArray[np.generic], codes: Path | None) -> None:
        self.encoder = encoder
        self._docs = docs
        self._codes_path = codes
        self._codes: Any = None
        self._whole: NDArray[np.float32] | None = None
        #: Live rows that are compared, and those that a search under way may still ask for.
        self._live: dict[int, NDArray[np.float32]] = {}
        self._left: dict[int, NDArray[np.float32]] = {}
        #: Which saved rows were replaced or deleted since; None while none was.
        self._gone: NDArray[np.bool_] | None = None
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path, encoder: Encoder | None) -> Self | None:
        """What `write` wrote, or None when there is nothing."""
        if not (folder / _DOCS).is_file():
            return None
        codes = folder / _CODES
        held = encoder if encoder is not None else TextEncoder.load(folder)
        return cls(held, opened(folder / _DOCS), codes if codes.is_file() else None)

    def encode(self, text: str) -> NDArray[np.float32] | None:
        """A query as a vector, or None where nothing is known of it."""
        encoded = np.asarray(self.encoder.encode([text]), np.float32)
        # Our own encoder says by the length how much of the text it knows.
        vector = encoded[0] if isinstance(self.encoder, TextEncoder) else unit(encoded)[0]
        return vector if vector.any() else None

    def put(self, row: int, product: Mapping[str, Any]) -> None:
        """Lay a changed product over."""
        self._live[row] = unit(np.asarray(self.encoder.encode([said(product)])))[0]

    def leave(self, row: int | None) -> None:
        """A row was replaced or deleted: it is not among the nearest any more."""
        if row is None:
            return
        if row >= len(self._docs):
            if row in self._live:
                self._left[row] = self._live[row]
                del self._live[row]
            return
        gone = np.zeros(len(self._docs), bool) if self._gone is None else self._gone
        gone[row] = True
        self._gone = gone

    def forget(self, row: int) -> None:
        """Free a live row that was left."""
        self._left.pop(row, None)

    def cosines(self, vector: NDArray[np.float32], rows: Ints) -> Floats:
        """How near each product is, in [-1, 1]."""
        saved = rows < len(self._docs)
        found = np.zeros(len(rows))
        found[saved] = np.vecdot(self._docs[rows[saved]].astype(np.float32), vector)
        for place in np.flatnonzero(~saved).tolist():
            row = int(rows[place])
            # In this order: a row that is left meanwhile is put there before it is taken here.
            held = self._live.get(row)
            held = self._left.get(row) if held is None else held
            found[place] = 0.0 if held is None else held @ vector
        return found

    def nearest(
        self,
        vector: NDArray[np.float32],
        k: int = MOST_NEAR,
        least: float | None = None,
        within: Ints | None = None,
    ) -> Ints:
        """Rows of the nearest products that are at least so near, the nearest first.

        within : only among these rows; up to `EXACT` of them are all compared, of more those that
            faiss finds with the others left out inside its search.
        """
        if least is None:
            least = LEAST_NEAR if isinstance(self.encoder, TextEncoder) else LEAST_PRETRAINED
        # A change may come while this reads: rows and vectors are taken together, in one step.
        live = list(self._live.items())
        if within is None:
            rows, near = self._of_saved(vector, k)
        else:
            rows, near = self._of_some(vector, k, within[within < len(self._docs)])
            asked_for = set(within[within >= len(self._docs)].tolist())
            live = [(row, held) for row, held in live if row in asked_for]
        if live:
            rows = np.concatenate([rows, np.array([row for row, _ in live], np.int64)])
            near = np.concatenate([near, np.stack([held for _, held in live]) @ vector])
        kept = near >= least
        rows, near = rows[kept], near[kept]
        found: Ints = rows[np.lexsort((rows, -near))][:k]
        return found

    def save(self, work: Path, target: Path, rows: int) -> None:
        """Write the vectors into another folder, live ones included, `rows` in all."""
        shutil.copytree(work, target)
        if rows <= len(self._docs) and self._gone is None:
            return
        docs = np.zeros((max(rows, len(self._docs)), self._docs.shape[1]), np.float16)
        docs[: len(self._docs)] = self._docs
        if self._gone is not None:
            # A vector of zeros is near to nothing.
            docs[: len(self._docs)][self._gone] = 0
        for row, vector in self._live.items():
            docs[row] = vector
        (target / _DOCS).unlink()
        np.save(target / _DOCS, docs, allow_pickle=False)
        if len(docs) > EXACT:
            _write_codes(target / _CODES, docs)

    def _of_saved(self, vector: NDArray[np.float32], k: int) -> tuple[Ints, NDArray[np.float32]]:
        if self._codes_path is not None:
            return self._by_codes(vector, k)
        if self._whole is None:
            self._whole = np.asarray(self._docs, np.float32)
        # Not `@`: its threads gain nothing here, and wait in a loop that takes a core from others.
        near = np.vecdot(self._whole, vector)
        if self._gone is not None:
            near[self._gone] = -np.inf
        if len(near) > k:
            rows = np.argpartition(-near, k)[:k].astype(np.int64)
            return rows, near[rows]
        return np.arange(len(near)), near

    def _of_some(
        self, vector: NDArray[np.float32], k: int, rows: Ints
    ) -> tuple[Ints, NDArray[np.float32]]:
        if self._codes_path is not None and len(rows) > EXACT:
            there = np.zeros(len(self._docs), bool)
            there[rows] = True
            if self._gone is not None:
                there &= ~self._gone
            return self._by_codes(vector, k, there)
        if self._gone is not None:
            rows = rows[~self._gone[rows]]
        near = self.cosines(vector, rows).astype(np.float32)
        if len(near) > k:
            kept = np.argpartition(-near, k)[:k]
            rows, near = rows[kept], near[kept]
        return rows, near

    def _by_codes(
        self, vector: NDArray[np.float32], k: int, there: NDArray[np.bool_] | None = None
    ) -> tuple[Ints, NDArray[np.float32]]:
        import faiss

        with self._lock:
            if self._codes is None:
                self._codes = faiss.read_index(
                    str(self._codes_path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY
                )
                self._codes.nprobe = _PROBED
        asked = None
        if there is None and self._gone is not None:
            there = ~self._gone
        if there is not None:
            bits = np.packbits(there, bitorder="little")
            # The wrappers that faiss makes when it is imported take other arguments than its types
            # say.
            made: Any = faiss
            chosen = made.IDSelectorBitmap(bits)
            asked = made.SearchParametersIVF(sel=chosen, nprobe=_PROBED)
        _, found = self._codes.search(vector[None, :], 4 * k, params=asked)
        rows = found[0][found[0] >= 0].astype(np.int64)
        # The codes are rough: the order is that of the vectors.
        return rows, self.cosines(vector, rows).astype(np.float32)


def write(
    folder: Path, table: pa.Table, queries: list[str], encoder: Encoder | None, *, seed: int = 0
) -> None:
    """Train an encoder, unless one is given, and write the vectors of a catalogue.

    table : the checked products. queries : texts of the log that are learned from too.
    """
    if encoder is None and table.num_rows < LEAST_PRODUCTS:
        return
    folder.mkdir(parents=True, exist_ok=True)
    if encoder is None:
        rows = np.arange(table.num_rows)
        if len(rows) > MOST_TEXTS:
            chosen = np.random.default_rng(seed).choice(len(rows), MOST_TEXTS, replace=False)
            rows = np.sort(chosen)
        own = TextEncoder.fit([*queries, *(t for b in _texts(table, rows) for t in b)], seed=seed)
        own.save(folder)
        encoder = own
    write_docs(folder, _texts(table, np.arange(table.num_rows)), table.num_rows, encoder)


def write_docs(folder: Path, batches: Iterator[list[str]], rows: int, encoder: Encoder) -> None:
    """Write the vectors of texts, in order of their rows."""
    docs: Any = None
    low = 0
    for texts in batches:
        vectors = unit(np.asarray(encoder.encode(texts)))
        if docs is None:
            docs = np.lib.format.open_memmap(
                folder / _DOCS, "w+", dtype=np.float16, shape=(rows, vectors.shape[1])
            )
        docs[low : low + len(texts)] = vectors
        low += len(texts)
    if docs is not None:
        docs.flush()
        if rows > EXACT:
            _write_codes(folder / _CODES, docs)


def _write_codes(path: Path, docs: NDArray[np.float16]) -> None:
    import faiss

    rows, size = docs.shape
    lists = int(2 * np.sqrt(rows))
    flat = faiss.IndexFlatIP(size)
    codes = faiss.IndexIVFScalarQuantizer(
        flat, size, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    least = max(_TRAINED_ON, _A_LIST * lists)
    chosen = np.random.default_rng(0).choice(rows, min(rows, least), replace=False)
    codes.train(np.asarray(docs[np.sort(chosen)], np.float32))
    for low in range(0, rows, _AT_ONCE):
        codes.add(np.asarray(docs[low : low + _AT_ONCE], np.float32))
    faiss.write_index(codes, str(path))


def _texts(table: pa.Table, rows: Ints) -> Iterator[list[str]]:
    columns = table.select(["title", "brand", "category"])
    for low in range(0, len(rows), _AT_ONCE):
        yield [said(product) for product in taken(columns, rows[low : low + _AT_ONCE]).to_pylist()]
