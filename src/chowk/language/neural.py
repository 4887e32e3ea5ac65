"""The neural form, served with NumPy: characters to words, words in context, intent and labels.

In: tokens. Out: intent scores and label scores a token, from the weights that `network.train`
learned with torch. A word's vector is computed once and kept; context is a bidirectional LSTM, so
that the time is linear in the tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import MissingExtraError

Floats = NDArray[np.float32]
#: Widths of the convolutions over characters.
WIDTHS = (2, 3, 4, 5)
#: Characters of a word that are read; what follows says little.
_LETTERS = 20
_KEPT = 20_000
_NONE: Floats = np.zeros(0, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the network is and how it is trained.

    Attributes
    ----------
    letter, filters, word, hidden, layers : widths of character vectors, of each convolution, of
        word vectors, of each direction's state, and the number of layers.
    dropout : share of inputs dropped in training.
    unknown : how often rare words are hidden: a word seen n times with odds unknown/(unknown+n).
    epochs, batch, rate : passes over the rows, rows a step, and the highest learning rate.
    """

    letter: int = 24
    filters: int = 32
    word: int = 96
    hidden: int = 128
    layers: int = 1
    dropout: float = 0.4
    unknown: float = 1.0
    epochs: int = 15
    batch: int = 64
    rate: float = 3e-3


class Vocabulary:
    """Numbers of words (without case) and of characters; 0 is none and 1 unknown."""

    def __init__(self, words: Sequence[str], letters: Sequence[str], counts: Sequence[int]) -> None:
        self.words = {word: number for number, word in enumerate(words, 2)}
        self.letters = {letter: number for number, letter in enumerate(letters, 2)}
        #: How often each number was seen; unknown counts as never.
        self.counts = np.array([1, 1, *counts], dtype=np.float64)

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> Self:
        """The vocabulary of token lists."""
        listed = [word for row in rows for word in row]
        words = Counter(word.casefold() for word in listed)
        letters = sorted({letter for word in listed for letter in word[:_LETTERS]})
        ordered = sorted(words)
        return cls(ordered, letters, [words[word] for word in ordered])

    def numbers(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The numbers of words."""
        return np.array([self.words.get(word.casefold(), 1) for word in words], dtype=np.int64)

    def spell(self, words: Sequence[str]) -> NDArray[np.int64]:
        """Numbers of characters [words, places]: a 0 before the word, and zeros after it.

        There are so many after it that every convolution also sees zeros alone; so a word's vector
        is the same beside longer words.
        """
        width = max(min(len(word), _LETTERS) for word in words) + 1 + WIDTHS[-1]
        found = np.zeros((len(words), width), dtype=np.int64)
        for row, word in zip(found, words, strict=True):
            numbers = [self.letters.get(letter, 1) for letter in word[:_LETTERS]]
            row[1 : len(numbers) + 1] = numbers
        return found


class NeuralModel:
    """Intent and label scores of token lists.

    Parameters
    ----------
    intents : number of intents; 0 for labels alone.
    labels : the labels, in the order of their scores.
    sizes : see `Sizes`.
    seed : of weights and batches.
    """

    def __init__(
        self, intents: int, labels: Sequence[str], sizes: Sizes | None = None, *, seed: int = 0
    ) -> None:
        self.intents = intents
        self.labels = list(labels)
        #: The number of each label.
        self.place = {label: number for number, label in enumerate(self.labels)}
        self.sizes = sizes or Sizes()
        self.seed = seed
        self._last: tuple[tuple[str, ...], tuple[Floats, Floats]] = ((), (_NONE, _NONE))

    def fit(
        self,
        rows: Sequence[Sequence[str]],
        intents: Sequence[int],
        labels: Sequence[Sequence[str] | None],
        *,
        warm: Any = None,
        device: str = "cpu",
        keep: Path | None = None,
    ) -> Self:
        """Learn; needs torch. `warm(words)` may give vectors to begin with, one a word.

        `keep` is a file in which the training is kept after each pass: one that was cut short
        goes on from there.
        """
        try:
            from .network import Lesson, train
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise MissingExtraError("The neural form of language", "neural") from None
        lessons = [
            Lesson(
                tuple(words),
                intent,
                None if own is None else tuple(self.place[label] for label in own),
            )
            for words, intent, own in zip(rows, intents, labels, strict=True)
            if words
        ]
        vocabulary = Vocabulary.of(lesson.words for lesson in lessons)
        vectors = None if warm is None else warm(list(vocabulary.words))
        weights = train(
            lessons,
            vocabulary,
            self.intents,
            len(self.labels),
            self.sizes,
            seed=self.seed,
            warm=vectors,
            device=device,
            keep=keep,
        )
        return self._set(vocabulary, weights)

    def scores(self, words: Sequence[str]) -> tuple[Floats, Floats]:
        """Intent scores [intents] and label scores [tokens, labels], not to be changed."""
        key = tuple(words)
        last, found = self._last  # intent and slots of one text are asked for one after the other
        if last != key:
            found = self._scores(words)
            self._last = (key, found)
        return found

    def _scores(self, words: Sequence[str]) -> tuple[Floats, Floats]:
        inputs = np.stack([self._vector(word) for word in words])
        context = inputs
        for forward, backward in self._cells:
            ahead = _run(forward, context)
            behind = _run(backward, context[::-1])[::-1]
            context = np.concatenate([ahead, behind], axis=1)
        weights = self.weights_
        if self.intents:
            pooled = np.concatenate([context.max(axis=0), context.mean(axis=0)])
            intents = weights["intent.weight"] @ pooled + weights["intent.bias"]
        else:
            intents = np.zeros(0, dtype=np.float32)
        both = np.concatenate([context, inputs], axis=1)
        return intents, both @ weights["slots.weight"].T + weights["slots.bias"]

    @property
    def moves(self) -> Floats:
        """Scores [from, to] of one label after another."""
        found: Floats = self.weights_["moves"]
        return found

    @property
    def begins(self) -> Floats:
        """Scores of labels at the beginning."""
        found: Floats = self.weights_["begins"]
        return found

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Names for JSON, and arrays in half precision."""
        names = {
            "intents": self.intents,
            "labels": self.labels,
            "sizes": asdict(self.sizes),
            "seed": self.seed,
            "words": list(self.vocabulary_.words),
            "letters": [ord(letter) for letter in self.vocabulary_.letters],
        }
        return names, {name: w.astype(np.float16) for name, w in self.weights_.items()}

    @classmethod
    def restore(cls, names: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """The model of a saved state."""
        model = cls(names["intents"], names["labels"], Sizes(**names["sizes"]), seed=names["seed"])
        words = names["words"]
        letters = [chr(number) for number in names["letters"]]
        return model._set(Vocabulary(words, letters, [1] * len(words)), arrays)

    def _set(self, vocabulary: Vocabulary, weights: dict[str, NDArray[Any]]) -> Self:
        self.vocabulary_ = vocabulary
        self.weights_: dict[str, Floats] = {
            name: np.ascontiguousarray(value, dtype=np.float32) for name, value in weights.items()
        }
        self._kept: dict[str, Floats] = {}
        self._last = (), (_NONE, _NONE)
        self._cells = [
            tuple(
                (
                    np.ascontiguousarray(self.weights_[f"context.weight_ih_l{layer}{side}"].T),
                    np.ascontiguousarray(self.weights_[f"context.weight_hh_l{layer}{side}"].T),
                    self.weights_[f"context.bias_ih_l{layer}{side}"]
                    + self.weights_[f"context.bias_hh_l{layer}{side}"],
                )
                for side in ("", "_reverse")
            )
            for layer in range(self.sizes.layers)
        ]
        return self

    def _vector(self, word: str) -> Floats:
        found = self._kept.get(word)
        if found is not None:
            return found
        letters = self.weights_["letters.weight"][self.vocabulary_.spell([word])[0]]
        parts = []
        for number, width in enumerate(WIDTHS):
            kernel = self.weights_[f"filters.{number}.weight"]  # [filters, letter, width]
            windows = np.lib.stride_tricks.sliding_window_view(letters, width, axis=0)
            raised = np.tensordot(windows, kernel, axes=([1, 2], [1, 2]))
            raised = raised + self.weights_[f"filters.{number}.bias"]
            parts.append(np.maximum(raised, 0).max(axis=0))
        parts.append(self.weights_["words.weight"][self.vocabulary_.numbers([word])[0]])
        vector: Floats = np.concatenate(parts).astype(np.float32)
        if len(self._kept) < _KEPT:
            self._kept[word] = vector
        return vector


def _run(cell: tuple[Floats, Floats, Floats], inputs: Floats) -> Floats:
    """One direction of an LSTM (Hochreiter & Schmidhuber 1997): outputs [tokens, hidden]."""
    into, again, bias = cell
    size = again.shape[0]
    gates_of = inputs @ into + bias
    hidden = np.zeros(size, dtype=np.float32)
    cell_state = np.zeros(size, dtype=np.float32)
    found = np.empty((len(inputs), size), dtype=np.float32)
    for place, gates in enumerate(gates_of):
        total = gates + hidden @ again
        opened = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
        fresh = np.tanh(total[2 * size : 3 * size])
        cell_state = opened[size : 2 * size] * cell_state + opened[:size] * fresh
        hidden = opened[3 * size :] * np.tanh(cell_state)
        found[place] = hidden
    return found


def principal(rows: Floats, columns: int) -> Floats:
    """The first principal directions of rows, of standard deviation 0.3: [rows, columns at most].

    >>> principal(np.eye(3, dtype=np.float32), 2).shape
    (3, 2)
    """
    centred = rows - rows.mean(axis=0)
    values, directions = np.linalg.eigh(centred.T @ centred)
    found = centred @ directions[:, np.argsort(-values)[:columns]]
    scaled: Floats = (0.3 * found / max(float(found.std()), 1e-6)).astype(np.float32)
    return scaled
