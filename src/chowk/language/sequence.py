"""Labels for a row of tokens: a conditional random field over words and their neighbours.

In: token lists with labels. Out: the best labels of a new list, in a time linear in its length.
Training is crfsuite's (Okazaki 2007); answers are computed here from its weights: what a word adds
at each offset is a row that is computed once and kept, and a slot never goes on that did not begin.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError

Floats = NDArray[np.float32]
#: Names of features, a list a token.
Names = Sequence[Sequence[str]]
_KEPT = 50_000
#: Tokens that are scored at once.
_BLOCK = 4_096
_EDGE = "<s>"
_LOCK = threading.Lock()
#: Offsets at which a neighbour's features count.
_OFFSETS = (-2, -1, 1, 2)


class _Met:
    """What the words that were met add to labels: [words, offsets, labels], and their numbers.

    Several threads may ask at once: a table only grows, and a word has its number when its row is
    there.
    """

    def __init__(self, labels: int) -> None:
        self.number: dict[str, int] = {}
        self.table: Floats = np.empty((64, 5, labels), dtype=np.float32)

    def add(self, word: str, row: Floats) -> None:
        """Put a word's row behind the others."""
        with _LOCK:
            if word in self.number:
                return
            count = len(self.number)
            if count == len(self.table):
                self.table = np.concatenate([self.table, np.empty_like(self.table)])
            self.table[count] = row
            self.number[word] = count


class SequenceModel:
    """A linear-chain model of token labels.

    Parameters
    ----------
    own : features of a word where it stands.
    near : features of a word for its neighbours.
    ridge, lasso : penalties of the weights.
    rounds : iterations at most.
    hold : how much transitions count; below 1 a label is given up more readily.
    bio : whether labels are BIO, so that `I-x` may only follow `B-x` or `I-x`.
    pairs : whether pairs and triples of neighbours are features.
    reach : how much neighbours count in answers; below 1 a word speaks more for itself.
    """

    def __init__(
        self,
        own: Callable[[str], list[str]],
        near: Callable[[str], list[str]],
        *,
        ridge: float = 0.05,
        lasso: float = 0.05,
        rounds: int = 120,
        bio: bool = True,
        hold: float = 1.0,
        pairs: bool = True,
        reach: float = 1.0,
    ) -> None:
        self.own = own
        self.near = near
        self.ridge = ridge
        self.lasso = lasso
        self.rounds = rounds
        self.bio = bio
        self.hold = hold
        self.pairs = pairs
        self.reach = np.float32(reach)

    def fit(
        self,
        rows: Sequence[Sequence[str]],
        labels: Sequence[Sequence[str]],
        known: Sequence[Names] | None = None,
    ) -> Self:
        """Learn from token lists and one label a token.

        `known` are further features of every token of every row, such as those of a gazetteer.
        """
        import pycrfsuite

        trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
        trainer.set_params(
            {"c1": self.lasso, "c2": self.ridge, "max_iterations": self.rounds,
             "feature.possible_transitions": False}
        )  # fmt: skip
        for number, (words, own) in enumerate(zip(rows, labels, strict=True)):
            if words:
                further = None if known is None else known[number]
                trainer.append(self._attributes(words, further), list(own))
        with TemporaryDirectory() as folder:
            path = str(Path(folder) / "model.crfsuite")
            trainer.train(path)
            tagger = pycrfsuite.Tagger()
            tagger.open(path)
            try:
                found = tagger.info()
                names = tagger.labels()
            finally:
                tagger.close()
        if not names:
            raise InputError("A sequence model needs rows with tokens and labels. Got none.")
        self.labels_ = list(names)
        place = {label: number for number, label in enumerate(self.labels_)}
        attributes: dict[str, int] = {}
        for name, _ in found.state_features:
            attributes.setdefault(name, len(attributes))
        weights = np.zeros((len(attributes), len(place)), dtype=np.float32)
        for (name, label), value in found.state_features.items():
            weights[attributes[name], place[label]] = value
        moves = np.zeros((len(place), len(place)), dtype=np.float32)
        for (one, two), value in found.transitions.items():
            moves[place[one], place[two]] = self.hold * value
        return self._set(attributes, weights, moves)

    def predict(
        self,
        words: Sequence[str],
        more: Floats | None = None,
        moves: Floats | None = None,
        known: Names | None = None,
    ) -> list[str]:
        """The likeliest labels of the tokens together.

        Parameters
        ----------
        more, moves : another model's scores [tokens, labels] and [from, to], to be added.
        known : further features a token, as in `fit`.
        """
        if not words:
            return []
        scores = self.emissions(words, known)
        if more is not None:
            scores += more
        back = np.empty(scores.shape, dtype=np.int32)
        best = scores[0] + self._start
        into = self._into if moves is None else self._into + moves.T
        columns = np.arange(len(self.labels_))
        for place in range(1, len(words)):
            reach = into + best  # [to, from]
            source = reach.argmax(axis=1)
            back[place] = source
            best = reach[columns, source] + scores[place]
        label = int(best.argmax())
        path = [label]
        for place in range(len(words) - 1, 0, -1):
            label = int(back[place, label])
            path.append(label)
        return [self.labels_[number] for number in reversed(path)]

    def own_row(self, word: str) -> Floats:
        """What a word adds to the labels where it stands, [labels]."""
        numbers, table = self._looked_up([word])
        found: Floats = table[numbers[0], 2]
        return found

    def emissions(self, words: Sequence[str], known: Names | None = None) -> Floats:
        """Scores [tokens, labels] before transitions."""
        padded = [_EDGE, _EDGE, *words, _EDGE, _EDGE]
        if len(words) <= _BLOCK:
            return self._emitted(padded, known)
        blocks = []  # so that no text keeps more words than are kept
        for start in range(0, len(words), _BLOCK):
            more = None if known is None else known[start : start + _BLOCK]
            blocks.append(self._emitted(padded[start : start + _BLOCK + 4], more))
        return np.concatenate(blocks)

    def _emitted(self, padded: list[str], known: Names | None) -> Floats:
        """Scores of all tokens but the first two and the last two, which stand around them."""
        count = len(padded) - 4
        said, table = self._looked_up(padded)
        numbers = np.array(said)
        scores: Floats = table[numbers[:count], 0]
        for offset in (1, 3, 4):
            scores += table[numbers[offset : offset + count], offset]
        if self.reach != 1:
            scores *= self.reach
        scores += table[numbers[2 : 2 + count], 2]
        further: list[int] = []
        starts: list[int] = []
        places: list[int] = []
        attribute = self._attribute.get
        for place in range(count):
            names: Sequence[str] = _pairs(padded[place + 1], padded[place + 2], padded[place + 3])
            if known is not None and known[place]:
                names = [*names, *known[place]]
            found = [row for row in map(attribute, names) if row is not None]
            if found:
                places.append(place)
                starts.append(len(further))
                further += found
        if further:
            scores[places] += np.add.reduceat(self._weights[further], starts)
        return scores

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Names for JSON, and arrays."""
        used = np.argwhere(self._weights)
        return (
            {"labels": self.labels_, "attributes": list(self._attribute), "bio": self.bio},
            {
                "places": used.astype(np.int32),
                "values": self._weights[used[:, 0], used[:, 1]].astype(np.float16),
                "moves": self._moves,
            },
        )

    def restore(self, names: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """Take a saved state."""
        self.labels_ = list(names["labels"])
        self.bio = bool(names["bio"])
        attributes = {name: number for number, name in enumerate(names["attributes"])}
        weights = np.zeros((len(attributes), len(self.labels_)), dtype=np.float32)
        weights[arrays["places"][:, 0], arrays["places"][:, 1]] = arrays["values"]
        return self._set(attributes, weights, arrays["moves"])

    def _set(self, attributes: dict[str, int], weights: Floats, moves: Floats) -> Self:
        self._attribute = attributes
        self._weights = weights
        self._moves = moves
        self._met = _Met(len(self.labels_))
        self._start = np.zeros(len(self.labels_), dtype=np.float32)
        allowed = moves.T.copy()
        if self.bio:
            for to, label in enumerate(self.labels_):
                if label.startswith("I-"):
                    self._start[to] = -1e9
                    for source, before in enumerate(self.labels_):
                        if before[2:] != label[2:] or before == "O":
                            allowed[to, source] = -1e9
        self._into = allowed
        return self

    def _attributes(self, words: Sequence[str], known: Names | None = None) -> list[list[str]]:
        padded = [_EDGE, _EDGE, *words, _EDGE, _EDGE]
        near = [self.near(word) for word in padded]
        found = []
        for place, word in enumerate(words, 2):
            names = ["b", *self.own(word)]
            for offset in _OFFSETS:
                names += [f"{offset}:{name}" for name in near[place + offset]]
            if self.pairs:
                names += _pairs(padded[place - 1], word, padded[place + 1])
            if known is not None:
                names += known[place - 2]
            found.append(names)
        return found

    def _looked_up(self, words: Sequence[str]) -> tuple[list[int], Floats]:
        """Which rows of a table each word has, and the table."""
        met = self._met
        if len(met.number) > _KEPT:
            self._met = met = _Met(len(self.labels_))
        number = met.number
        for word in words:
            if word not in number:
                met.add(word, self._row(word))
        return [number[word] for word in words], met.table

    def _row(self, word: str) -> Floats:
        """What a word adds to the token two after it, one after, itself, one and two before."""
        own = ["b", *self.own(word)]
        near = self.near(word)
        return np.stack(
            [
                self._sum(own if offset == 0 else [f"{offset}:{name}" for name in near])
                for offset in (-2, -1, 0, 1, 2)
            ]
        )

    def _sum(self, names: Sequence[str]) -> Floats:
        known = [self._attribute[name] for name in names if name in self._attribute]
        total: Floats = self._weights[known].sum(axis=0)
        return total


def _pairs(before: str, word: str, after: str) -> list[str]:
    return [f"p:{before} {word}", f"n:{word} {after}", f"t:{before} {word} {after}"]
