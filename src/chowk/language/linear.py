"""A linear model over hashed words and characters: which of some hundred classes a text is of.

In: token lists with classes. Out: a score a class in a time linear in the tokens. One class against
the rest with squared hinge loss, by dual descent (Hsieh et al. 2008; liblinear) on distinct rows
with their counts: the same loss as on all rows. What a word or a pair of words adds to the scores
is a row that is computed once and kept. Where it is known which words carry a request, the runs of
its frame (see `carriers`) are features beside them, of the same length in all.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Collection, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .carriers import frame_steps, runs_to
from .deduplication import deduplicated

Floats = NDArray[np.float32]
#: Words and pairs whose rows are kept; beyond them rows are computed again.
_KEPT = 50_000


class HashedLinear:
    """Scores of classes from hashed words, pairs of words and characters of words.

    Parameters
    ----------
    buckets : size of the hashed space, a power of 2.
    strength : L2 penalty on the weights.
    rounds : passes over the rows, at most.
    carrying : words without case whose frames are features too; none is no such features.

    Attributes
    ----------
    weights_ : float32 [spaces, classes]; bias_ : float32 [classes]; idf_ : float32 [spaces]. The
        spaces are the buckets, and behind them as many for frames if words carry.
    """

    def __init__(
        self,
        buckets: int = 1 << 16,
        strength: float = 0.5,
        rounds: int = 200,
        carrying: Collection[str] = (),
    ) -> None:
        self.buckets = buckets
        self.strength = strength
        self.rounds = rounds
        self.carrying = frozenset(carrying)

    def fit(
        self,
        rows: Sequence[Sequence[str]],
        classes: Sequence[int],
        *,
        count: int = 0,
        weights: Sequence[float] | None = None,
    ) -> Self:
        """Learn from token lists and their class numbers; `count` classes if more than are seen.

        The loss is Σ_i n_i Σ_c max(0, 1 − t_ic s_ic)² + strength/2 · |W|², n_i how often row i
        came (or the sum of its `weights`, of mean 1), and t_ic = 1 for its class and −1 for the
        others; the bias is a weight as others are.
        """
        distinct = deduplicated(
            (tuple(row), number) for row, number in zip(rows, classes, strict=True)
        )
        kept = [words for words, _ in distinct.unique]
        targets = np.array([number for _, number in distinct.unique])
        count = max(int(max(classes)) + 1, count)
        blocks, weighed = [], []
        for read in (self._ids, self._frame_ids) if self.carrying else (self._ids,):
            block, idf = _weighed([read(words) for words in kept], self.buckets)
            blocks.append(block)
            weighed.append(idf)
        self.idf_ = np.concatenate(weighed)
        whole = sparse.hstack(blocks, format="csr") if len(blocks) > 1 else blocks[0]
        used, columns = np.unique(whole.indices, return_inverse=True)
        matrix = sparse.csr_array((whole.data, columns, whole.indptr), shape=(len(kept), len(used)))
        # liblinear takes 32 bits; 64 come from numpy's places, never from how many there are.
        matrix.indices = matrix.indices.astype(np.int32)
        matrix.indptr = matrix.indptr.astype(np.int32)
        each = None if weights is None else np.asarray(weights) / np.mean(weights)
        counts = np.bincount(distinct.inverse, each, minlength=len(distinct))
        found = self._learn(matrix, targets, counts, count)
        self.weights_ = np.zeros((len(self.idf_), count), dtype=np.float32)
        self.weights_[used] = found[:-1]
        self.bias_ = found[-1].copy()
        return self._ready()

    def scores(self, words: Sequence[str]) -> Floats:
        """Scores [classes] of one text's tokens."""
        total = np.zeros(len(self.bias_), dtype=np.float32)
        square = 0.0
        before = "<s>"
        for word in words:
            for key in (word, f"{before} {word}"):
                row = self._rows.get(key)
                if row is None:
                    row = self._row(key)
                total += row[0]
                square += row[1]
            before = word
        found: Floats = total / np.float32(max(square, 1e-12) ** 0.5) + self.bias_
        return found + self._framed(words) if self.carrying else found

    def _framed(self, words: Sequence[str]) -> Floats:
        """What the frame of a text adds to the scores [classes]."""
        total = np.zeros(len(self.bias_), dtype=np.float32)
        square = 0.0
        for step in frame_steps(words, self.carrying):
            row = self._frames.get(step)
            if row is None:
                row = self._step(step)
            total += row[0]
            square += row[1]
        found: Floats = total / np.float32(max(square, 1e-12) ** 0.5)
        return found

    def row(self, word: str) -> Floats:
        """What a word alone adds to the scores [classes], before the length is divided out."""
        found: Floats = self._row(word)[0]
        return found

    def vector(self, words: Sequence[str]) -> Any:
        """The hashed, weighted features of a text at length 1, a sparse row [1, buckets]."""
        ids, counts = np.unique(self._ids(words), return_counts=True)
        values = self.idf_[ids] * counts
        length = float(np.sqrt((values * values).sum())) or 1.0
        shape = (1, self.buckets)
        places = (np.zeros(len(ids), dtype=np.int32), ids.astype(np.int32))
        return sparse.csr_array(((values / length).astype(np.float32), places), shape=shape)

    def knows(self, words: Sequence[str]) -> bool:
        """Whether any word, or a part of one, was seen in training."""
        return any(
            bool(self._seen[number])
            for word in words
            if any(character.isalnum() for character in word)
            for number in _features(word, self.buckets)
        )

    def state(self) -> dict[str, NDArray[Any]]:
        """The model as arrays, weights in 8 bits a class."""
        scale = np.abs(self.weights_).max(axis=0) / 127
        scale[scale == 0] = 1
        used = np.flatnonzero(self.weights_.any(axis=1))
        return {
            "used": used.astype(np.int32),
            "weights": np.round(self.weights_[used] / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            "bias": self.bias_,
            "idf": self.idf_.astype(np.float16),
        }

    @classmethod
    def of(cls, state: dict[str, NDArray[Any]], carrying: Collection[str] = ()) -> Self:
        """The model of saved arrays, and of the words that carry if there were any."""
        idf = state["idf"].astype(np.float32)
        model = cls(len(idf) // 2 if carrying else len(idf), carrying=carrying)
        model.idf_ = idf
        model.bias_ = state["bias"]
        model.weights_ = np.zeros((len(idf), len(model.bias_)), dtype=np.float32)
        model.weights_[state["used"]] = state["weights"] * state["scale"]
        return model._ready()

    def _ready(self) -> Self:
        self._rows: dict[str, tuple[Floats, float]] = {}
        self._frames: dict[tuple[str, str, str], tuple[Floats, float]] = {}
        self._seen: NDArray[np.bool_] = (self.weights_ != 0).any(axis=1)
        return self

    def _learn(
        self, matrix: Any, targets: NDArray[Any], counts: NDArray[Any], count: int
    ) -> Floats:
        """Weights with the bias as their last row, [columns + 1, classes]."""
        from sklearn.svm import LinearSVC

        found = np.zeros((matrix.shape[1] + 1, count), dtype=np.float32)
        found[-1] = -1  # a class without a row is never likely
        seen = np.unique(targets)
        if len(seen) == 1:
            found[:-1, seen] = 1e-6  # nothing to tell apart; but these words are known
            found[-1, seen] = 1
            return found
        machine = LinearSVC(C=1 / self.strength, tol=1e-3, max_iter=self.rounds, random_state=0)
        with warnings.catch_warnings():  # near the optimum is near enough
            warnings.filterwarnings("ignore", message="Liblinear failed to converge")
            machine.fit(matrix, targets, sample_weight=counts.astype(np.float64))
        weights, bias = machine.coef_, machine.intercept_
        if len(seen) == 2:
            weights, bias = np.stack([-weights[0], weights[0]]), np.array([-bias[0], bias[0]])
        found[:-1, seen] = weights.T
        found[-1, seen] = bias
        return found

    def _ids(self, words: Sequence[str]) -> NDArray[np.int64]:
        found: list[int] = []
        before = "<s>"
        for word in words:
            found += _features(word, self.buckets)
            found += _features(f"{before} {word}", self.buckets)
            before = word
        return np.array(found or [0], dtype=np.int64)

    def _frame_ids(self, words: Sequence[str]) -> NDArray[np.int64]:
        steps = frame_steps(words, self.carrying)
        runs = [_bucket(run, self.buckets) for step in steps for run in runs_to(step)]
        return np.array(runs, dtype=np.int64)

    def _step(self, step: tuple[str, str, str]) -> tuple[Floats, float]:
        """What the runs that end at a word of the frame add, and their squared length."""
        ids = [self.buckets + _bucket(run, self.buckets) for run in runs_to(step)]
        idf = self.idf_[ids]
        row = (idf @ self.weights_[ids], float((idf * idf).sum()))
        if len(self._frames) < _KEPT:
            self._frames[step] = row
        return row

    def _row(self, key: str) -> tuple[Floats, float]:
        ids = _features(key, self.buckets)
        idf = self.idf_[ids]
        row = (idf @ self.weights_[ids], float((idf * idf).sum()))
        if len(self._rows) < _KEPT:
            self._rows[key] = row
        return row


def _weighed(ids: Sequence[NDArray[np.int64]], buckets: int) -> tuple[Any, Floats]:
    """Features by their rarity at length 1, a sparse matrix [rows, buckets], and the rarities."""
    flat = np.concatenate(ids)
    rows_of = np.repeat(np.arange(len(ids)), [len(each) for each in ids])
    seen = np.unique(rows_of.astype(np.int64) * buckets + flat) % buckets
    frequency = np.bincount(seen, minlength=buckets)
    idf = (np.log((1 + len(ids)) / (1 + frequency)) + 1).astype(np.float32)
    norms = np.sqrt(np.bincount(rows_of, idf[flat] ** 2.0, minlength=len(ids)))
    values = (idf[flat] / norms[rows_of]).astype(np.float32)
    return sparse.csr_array((values, (rows_of, flat)), shape=(len(ids), buckets)), idf


def _bucket(name: str, buckets: int) -> int:
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % buckets


def _features(key: str, buckets: int) -> list[int]:
    """Buckets of a pair of words (with a space in it), or of a word and its characters."""
    if " " in key:
        return [_bucket(key, buckets)]
    names = [f"w={key}"]
    if len(key) < 40:  # of a longer run of characters, its beginning says enough
        padded = f"<{key}>"
    else:
        padded = f"<{key[:40]}"
    names += [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]
    return [_bucket(name, buckets) for name in names]
