"""A pretrained encoder beside the light intent model, for owners who have weights on their disk.

In: a folder of sentence-transformers weights (or any object with `encode`), and labelled texts.
Out: scores a class from a linear model over the vectors, to be added to the light model's as much
as rows that neither learned from say (stacked generalization: Wolpert 1992). Nothing is ever
downloaded: a folder that is not there is an error.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError, MissingExtraError

from .calibration import best_temperature, softmax

Floats = NDArray[np.float32]
#: What opens a folder of weights; it is no extra of Chowk, whose CI has no weights to run it with.
PACKAGE = "sentence-transformers"
#: Texts whose vectors are kept.
_KEPT = 20_000
#: What an encoder may count beside the light model.
SHARES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
#: Rows from which on its share is chosen, and from which on a fifth of them is enough to choose.
FEW, MANY = 50, 2_000
#: Fits the light model on the rows of these numbers; gives its scores of a row's words.
Beside = Callable[[list[int]], Callable[[Sequence[str]], Floats]]


class Encoder(Protocol):
    """Whatever turns texts into vectors."""

    def encode(self, texts: list[str]) -> Any:
        """Vectors [texts, width]."""


class Vectors:
    """An encoder that is asked once for each text."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._seen: dict[str, Floats] = {}

    def of(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1 [texts, width]; InputError where the encoder gives something else."""
        fresh = sorted({text for text in texts if text not in self._seen})
        if len(self._seen) + len(fresh) > _KEPT:
            self._seen.clear()
            fresh = sorted(set(texts))
        if fresh:
            said = np.asarray(self._encoder.encode(fresh), dtype=np.float32)
            if said.ndim != 2 or len(said) != len(fresh) or not np.isfinite(said).all():
                raise InputError(
                    f"The encoder gave an array of shape {said.shape} for {len(fresh)} texts. It "
                    "must give one finite vector a text."
                )
            lengths = np.maximum(np.linalg.norm(said, axis=1, keepdims=True), 1e-12)
            self._seen |= dict(zip(fresh, said / lengths, strict=True))
        return np.stack([self._seen[text] for text in texts])


def opened(setting: str | Path | Encoder | None) -> Vectors:
    """The encoder of a setting: an object with `encode`, or a folder of weights.

    Raises
    ------
    InputError : the folder is not there, or holds no weights.
    MissingExtraError : sentence-transformers is not installed.
    """
    if not isinstance(setting, str | Path):
        if setting is not None and hasattr(setting, "encode"):
            return Vectors(setting)
        raise InputError(
            f"'pretrained' is {setting!r:.60}. Give a folder of weights, or an object with encode."
        )
    folder = Path(setting)
    if not folder.is_dir():
        raise InputError(
            f"'pretrained' is {str(folder)!r}, and there is no such folder. Give the path of "
            "sentence-transformers weights on this machine; nothing is downloaded."
        )
    if not any((folder / name).exists() for name in ("modules.json", "config.json")):
        raise InputError(
            f"{folder} holds no sentence-transformers model: neither modules.json nor config.json "
            "is there. Save one with SentenceTransformer.save(folder)."
        )
    try:
        package = importlib.import_module("sentence_transformers")
    except ModuleNotFoundError as error:
        if error.name != "sentence_transformers":
            raise
        raise MissingExtraError("A pretrained encoder", package=PACKAGE) from None
    found: Encoder = package.SentenceTransformer(str(folder), local_files_only=True)
    return Vectors(found)


class Encoded:
    """Scores of classes from an encoder's vectors: one class against the rest, squared hinge.

    Parameters
    ----------
    vectors : see `opened`.
    strength : penalty of the weights.

    Attributes
    ----------
    share_ : what the scores count beside the light model's, one of `SHARES`; 0 is not at all.
    """

    def __init__(self, vectors: Vectors, strength: float = 0.1) -> None:
        self._vectors = vectors
        self.strength = strength
        self.share_ = 1.0

    def fit(
        self,
        rows: Sequence[Sequence[str]],
        classes: Sequence[int],
        count: int,
        beside: Beside | None = None,
    ) -> Self:
        """Learn from token lists and class numbers.

        `beside` fits the light model on the rows of some numbers, and gives its scores of a row.
        With it `share_` is the one under which both together say most surely what rows are that
        neither has learned from (least mean -log p at its best temperature): a fifth of many rows,
        all of fewer in turn. Below `FEW` rows that would be chance, and both count alike.
        """
        texts = [" ".join(words) for words in rows]
        vectors, truth = self._vectors.of(texts), np.asarray(classes)
        if beside is not None and len(rows) >= FEW:
            parts = [part for part in _parts(texts) if len(part)]
            mine, light, known = [], [], []
            for part in parts[:1] if len(rows) >= MANY else parts:
                left = np.setdiff1d(np.arange(len(rows)), part)
                if not len(left):
                    continue
                self._learn(vectors[left], truth[left], count)
                other = beside(left.tolist())
                mine.append(vectors[part] @ self.weights_ + self.bias_)
                light.append(np.stack([other(rows[number]) for number in part]))
                known.append(truth[part])
            if known:
                self.share_ = _share(*(np.concatenate(each) for each in (light, mine, known)))
        self._learn(vectors, truth, count)
        return self

    def _learn(self, vectors: Floats, classes: NDArray[Any], count: int) -> None:
        from sklearn.svm import LinearSVC

        self.weights_ = np.zeros((vectors.shape[1], count), dtype=np.float32)
        self.bias_ = np.full(count, -1, dtype=np.float32)
        seen = np.unique(classes)
        if len(seen) == 1:
            self.bias_[seen] = 1
            return
        machine = LinearSVC(C=1 / self.strength, random_state=0).fit(vectors, classes)
        weights, bias = machine.coef_, machine.intercept_
        if len(seen) == 2:
            weights, bias = np.stack([-weights[0], weights[0]]), np.array([-bias[0], bias[0]])
        self.weights_[:, seen] = weights.T
        self.bias_[seen] = bias

    def scores(self, words: Sequence[str]) -> Floats:
        """Scores [classes] of one text's tokens."""
        if not self.share_:  # an encoder that brings nothing need not be asked
            return np.zeros(len(self.bias_), dtype=np.float32)
        found: Floats = self._vectors.of([" ".join(words)])[0] @ self.weights_ + self.bias_
        return np.float32(self.share_) * found

    def state(self) -> dict[str, NDArray[Any]]:
        """The linear model as arrays; the encoder stays where it is."""
        share = np.array([self.share_], dtype=np.float32)
        return {"weights": self.weights_, "bias": self.bias_, "share": share}

    @classmethod
    def of(cls, vectors: Vectors, state: Mapping[str, NDArray[Any]]) -> Self:
        """Of saved arrays."""
        found = cls(vectors)
        found.weights_, found.bias_ = state["weights"], state["bias"]
        # Models that were saved before shares were chosen counted both alike.
        found.share_ = float(state["share"][0]) if "share" in state else 1.0
        return found


def _parts(texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """The numbers of rows in five parts; rows of one text are in one, which any order gives."""
    part = np.array([zlib.crc32(text.encode("utf-8", "replace")) % 5 for text in texts])
    return [np.flatnonzero(part == number) for number in range(5)]


def _share(light: Floats, mine: Floats, truth: NDArray[Any]) -> float:
    """The share with the least mean -log p of the true classes; of equals the least."""
    rows = np.arange(len(truth))

    def loss(share: float) -> float:
        scores = light + np.float32(share) * mine
        shares = softmax(scores / best_temperature(scores, truth))
        return -float(np.log(shares[rows, truth] + 1e-12).mean())

    return min(SHARES, key=loss)
