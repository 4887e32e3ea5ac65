"""A pretrained encoder beside the light intent model, for owners who have weights on their disk.

In: a folder of sentence-transformers weights (or any object with `encode`), and labelled texts.
Out: scores a class from a linear model over the vectors, to be added to the light model's. Nothing
is ever downloaded: a folder that is not there is an error.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError, MissingExtraError

Floats = NDArray[np.float32]
#: Texts whose vectors are kept.
_KEPT = 20_000


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
        raise MissingExtraError("A pretrained encoder", "pretrained") from None
    found: Encoder = package.SentenceTransformer(str(folder), local_files_only=True)
    return Vectors(found)


class Encoded:
    """Scores of classes from an encoder's vectors: one class against the rest, squared hinge.

    Parameters
    ----------
    vectors : see `opened`.
    strength : penalty of the weights.
    """

    def __init__(self, vectors: Vectors, strength: float = 0.1) -> None:
        self._vectors = vectors
        self.strength = strength

    def fit(self, rows: Sequence[Sequence[str]], classes: Sequence[int], count: int) -> Self:
        """Learn from token lists and class numbers."""
        from sklearn.svm import LinearSVC

        vectors = self._vectors.of([" ".join(words) for words in rows])
        self.weights_ = np.zeros((vectors.shape[1], count), dtype=np.float32)
        self.bias_ = np.full(count, -1, dtype=np.float32)
        seen = np.unique(np.asarray(classes))
        if len(seen) == 1:
            self.bias_[seen] = 1
            return self
        machine = LinearSVC(C=1 / self.strength, random_state=0).fit(vectors, classes)
        weights, bias = machine.coef_, machine.intercept_
        if len(seen) == 2:
            weights, bias = np.stack([-weights[0], weights[0]]), np.array([-bias[0], bias[0]])
        self.weights_[:, seen] = weights.T
        self.bias_[seen] = bias
        return self

    def scores(self, words: Sequence[str]) -> Floats:
        """Scores [classes] of one text's tokens."""
        found: Floats = self._vectors.of([" ".join(words)])[0] @ self.weights_ + self.bias_
        return found

    def state(self) -> dict[str, NDArray[Any]]:
        """The linear model as arrays; the encoder stays where it is."""
        return {"weights": self.weights_, "bias": self.bias_}

    @classmethod
    def of(cls, vectors: Vectors, state: Mapping[str, NDArray[Any]]) -> Self:
        """Of saved arrays."""
        found = cls(vectors)
        found.weights_, found.bias_ = state["weights"], state["bias"]
        return found
