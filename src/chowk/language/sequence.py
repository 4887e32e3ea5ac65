"""Labels for a row of tokens: a conditional random field over words and their neighbours.

In: token lists with labels. Out: the best labels of a new list, in a time linear in its length.
Training is crfsuite's (Okazaki 2007); answers are computed here from its weights: what a word adds
at each offset is a row that is computed once and kept, and a slot never goes on that did not begin.
"""

from __future__ import annotations

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
_EDGE = "<s>"
#: Offsets at which a neighbour's features count.
_OFFSETS = (-2, -1, 1, 2)


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
        return (self._rows.get(word) or self._row(word))[2]

    def emissions(self, words: Sequence[str], known: Names | None = None) -> Floats:
        """Scores [tokens, labels] before transitions."""
        scores = np.empty((len(words), len(self.labels_)), dtype=np.float32)
        padded = [_EDGE, _EDGE, *words, _EDGE, _EDGE]
        kept = [self._rows.get(word) or self._row(word) for word in padded]
        for place in range(len(words)):
            total = kept[place][0] + kept[place + 1][1]
            total += kept[place + 3][3]
            total += kept[place + 4][4]
            if self.reach != 1:
                total *= self.reach
            total += kept[place + 2][2]
            for name in _pairs(padded[place + 1], padded[place + 2], padded[place + 3]):
                row = self._attribute.get(name)
                if row is not None:
                    total += self._weights[row]
            for name in known[place] if known is not None else ():
                row = self._attribute.get(name)
                if row is not None:
                    total += self._weights[row]
            scores[place] = total
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
        self._rows: dict[str, tuple[Floats, ...]] = {}
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

    def _row(self, word: str) -> tuple[Floats, ...]:
        """What a word adds to the token two after it, one after, itself, one and two before."""
        own = ["b", *self.own(word)]
        near = self.near(word)
        rows = tuple(
            self._sum(own if offset == 0 else [f"{offset}:{name}" for name in near])
            for offset in (-2, -1, 0, 1, 2)
        )
        if len(self._rows) < _KEPT:
            self._rows[word] = rows
        return rows

    def _sum(self, names: Sequence[str]) -> Floats:
        known = [self._attribute[name] for name in names if name in self._attribute]
        total: Floats = self._weights[known].sum(axis=0)
        return total


def _pairs(before: str, word: str, after: str) -> list[str]:
    return [f"p:{before} {word}", f"n:{word} {after}", f"t:{before} {word} {after}"]
