"""A text encoder that a store's own titles and queries train in seconds.

In go texts, out come vectors in which words that stand in like titles lie close together: latent
semantic analysis (Deerwester et al. 1990) of words and of three letters that stand together, its
decomposition by random projections (Halko, Martinsson and Tropp 2011). Directions count as much as
texts lie along them, so that two words are near that stand beside the same ones, though never
together. Any other encoder with `encode(texts)` can take its place.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from chowk.errors import parameter

from .analysis import STOP_WORDS, words
from .lexicon import opened

DIMENSIONS = 64
#: Texts that are learned from, and words that have a place of their own.
MOST_TEXTS, MOST_WORDS = 100_000, 100_000
_BUCKETS = 1 << 14
#: How much a run of letters counts beside a word that is as rare.
_LETTERS = 0.3
_WORDS = "words.json"

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What turns texts into vectors: `sentence_transformers.SentenceTransformer` is one."""

    def encode(self, texts: list[str]) -> Any:
        """[texts, dimensions] numbers, one row a text."""


def unit(vectors: NDArray[np.floating]) -> Vectors:
    """Rows of length 1; those of length 0 stay."""
    held = np.nan_to_num(np.asarray(vectors, np.float32))
    length = np.linalg.norm(held, axis=1, keepdims=True)
    result: Vectors = np.divide(held, length, out=np.zeros_like(held), where=length > 0)
    return result


class TextEncoder:
    """Words and runs of letters as vectors; a text is the sum of its words'."""

    def __init__(
        self,
        known: Sequence[str],
        of_words: Any,
        of_letters: Any,
        rarity: NDArray[np.float32],
        strength: NDArray[np.float32],
    ) -> None:
        self._number = {word: i for i, word in enumerate(known)}
        self._of_words = of_words
        self._of_letters = np.asarray(of_letters, np.float32)
        # Squares of how much each word, each run of letters, and last an unknown word weighs.
        self._squares = np.asarray(rarity, np.float32) ** 2
        # How much of all texts lies along each direction.
        self._strength = np.asarray(strength, np.float32)

    @classmethod
    def fit(cls, texts: Iterable[str], *, seed: int = 0) -> Self:
        """Learn from texts (titles, queries): which words stand where others do."""
        from scipy import sparse

        counts: dict[str, int] = {}
        held: list[int] = []
        ends = [0]
        for text in texts:
            if len(ends) > MOST_TEXTS:
                break
            held += [counts.setdefault(word, len(counts)) for word in _words(text)]
            ends.append(len(held))
        known = list(counts)
        documents = sparse.csr_array(
            (np.ones(len(held), np.float32), np.array(held, np.int64), np.array(ends, np.int64)),
            shape=(len(ends) - 1, len(known)),
        )
        documents.sum_duplicates()
        inside = np.bincount(documents.indices, minlength=len(known))
        # A word that stands once tells nothing of others, and its letters are there anyway.
        several = np.flatnonzero(inside > 1)
        several = several[np.argsort(-inside[several], kind="stable")][:MOST_WORDS]
        place = np.full(len(known), -1)
        place[several] = np.arange(len(several))
        rows, columns, values = [], [], []
        for number, word in enumerate(known):
            if place[number] >= 0:
                rows.append(number)
                columns.append(int(place[number]))
                values.append(1.0)
            runs = _letters(word)
            rows += [number] * len(runs)
            columns += [len(several) + run for run in runs]
            values += [_LETTERS] * len(runs)
        width = len(several) + _BUCKETS
        spelt = sparse.csr_array(
            (np.array(values, np.float32), (np.array(rows, int), np.array(columns, int))),
            shape=(len(known), width),
        )
        features = sparse.csr_array(documents @ spelt)
        stands = np.bincount(features.indices, minlength=width)
        rarity = np.log((1 + features.shape[0]) / (1 + stands)).astype(np.float32) + 1
        weighted = sparse.csr_array(features * rarity)
        length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
        scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0)
        axes, strength = _axes(sparse.csr_array(weighted * scale[:, None]), seed)
        axes *= rarity[:, None]
        of_letters = _LETTERS * axes[len(several) :]
        chosen = [known[i] for i in several]
        of_words = axes[: len(several)] + np.array(
            [of_letters[_letters(word)].sum(axis=0) for word in chosen], np.float32
        ).reshape(len(chosen), of_letters.shape[1])
        rarity[len(several) :] *= _LETTERS
        weight = np.append(rarity, np.float32(np.log(1 + features.shape[0]) + 1))
        halves = of_words.astype(np.float16), of_letters.astype(np.float16)
        return cls(chosen, *halves, weight, strength)

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""
        return int(self._of_letters.shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """[texts, dimensions] vectors, none longer than 1: the shorter, the less of a text is
        known. A text without words is all zeros."""
        from scipy import sparse

        seen: dict[str, int] = {}
        held: list[int] = []
        ends = [0]
        for text in texts:
            held += [seen.setdefault(word, len(seen)) for word in _words(text)]
            ends.append(len(held))
        words, squares = self._each(list(seen))
        shape = (len(texts), len(seen))
        counts = sparse.csr_array((np.ones(len(held), np.float32), held, ends), shape=shape)
        sums = np.asarray(counts @ words, np.float32)
        whole = np.sqrt(counts @ squares)
        length = np.linalg.norm(sums, axis=1)
        share = np.divide(length, whole, out=np.zeros_like(length), where=whole > 0)
        result: Vectors = unit(sums * self._strength) * share[:, None]
        return result

    def _each(self, found: list[str]) -> tuple[Vectors, Vectors]:
        """Each word's vector, and the square of how much it weighs with its letters."""
        size = len(self._number)
        vectors = np.zeros((len(found), self.dimensions), np.float32)
        squares = np.zeros(len(found), np.float32)
        letters = self._squares[size:-1]
        for i, word in enumerate(found):
            number, runs = self._number.get(word, -1), _letters(word)
            squares[i] = self._squares[number] + letters[runs].sum()
            if number >= 0:
                vectors[i] = self._of_words[number]
            else:
                vectors[i] = self._of_letters[runs].sum(axis=0)
        return vectors, squares

    def save(self, folder: Path) -> None:
        """Write the encoder into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _WORDS).write_bytes(msgspec.json.encode(list(self._number)))
        np.save(folder / "of_words.npy", np.asarray(self._of_words, np.float16))
        np.save(folder / "of_letters.npy", self._of_letters.astype(np.float16))
        np.save(folder / "rarity.npy", np.sqrt(self._squares))
        np.save(folder / "strength.npy", self._strength)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open what `save` wrote."""
        known = msgspec.json.decode((folder / _WORDS).read_bytes(), type=list[str])
        of_words, letters = opened(folder / "of_words.npy"), opened(folder / "of_letters.npy")
        rarity, strength = (np.load(folder / f"{n}.npy") for n in ("rarity", "strength"))
        return cls(known, of_words, letters, rarity, strength)


def pretrained(name: str) -> Encoder:
    """A model of `sentence-transformers` by its folder or name.

    Raises
    ------
    ParameterError when the package is not installed, with the line that installs it.
    """
    try:
        models: Any = importlib.import_module("sentence_transformers")
    except ImportError:
        raise parameter(
            "build",
            "encoder",
            "an encoder, or a model for which sentence-transformers is "
            "installed (pip install sentence-transformers)",
            name,
        ) from None
    model: Encoder = models.SentenceTransformer(name)
    return model


def given_encoder(encoder: Any, vectors: Any) -> tuple[str | None, Encoder | None]:
    """What `build` was given, checked: the name of a pretrained model, and the encoder."""
    if not isinstance(vectors, bool):
        raise parameter("build", "vectors", "True or False", vectors)
    if isinstance(encoder, str):
        return encoder, pretrained(encoder)
    if encoder is not None and not callable(getattr(encoder, "encode", None)):
        raise parameter("build", "encoder", "what has encode(texts), a name, or None", encoder)
    return None, encoder


def _words(text: str) -> list[str]:
    return [word for word in words(text)[:64] if word not in STOP_WORDS]


def _letters(word: str) -> list[int]:
    held = f" {word} ".encode("utf-8", "replace") if word.isascii() else None
    if held is None:
        text = f" {word} "
        return [zlib.crc32(text[i : i + 3].encode()) % _BUCKETS for i in range(len(text) - 2)]
    return [zlib.crc32(held[i : i + 3]) % _BUCKETS for i in range(len(held) - 2)]


def _axes(texts: Any, seed: int) -> tuple[Vectors, Vectors]:
    """[features, dimensions] the directions in which the texts differ most, and [dimensions] how
    much along each."""
    size = min(DIMENSIONS + 10, *texts.shape)
    rng = np.random.default_rng(seed)
    turned = texts.T.tocsr()
    basis = rng.standard_normal((texts.shape[1], size)).astype(np.float32)
    for _ in range(3):
        basis, _ = np.linalg.qr(turned @ (texts @ basis))
    # The singular values by the small square matrix: that of all texts is a thousand times as tall.
    short = (texts @ basis).astype(np.float64)
    squares, right = np.linalg.eigh(short.T @ short)
    values = np.sqrt(np.maximum(squares[::-1], 0))
    found: Vectors = np.zeros((texts.shape[1], DIMENSIONS), np.float32)
    axes = basis @ right[:, ::-1][:, :DIMENSIONS].astype(np.float32)
    found[:, : axes.shape[1]] = axes
    strength = np.zeros(DIMENSIONS, np.float32)
    strength[: axes.shape[1]] = values[:DIMENSIONS]
    return found, strength
