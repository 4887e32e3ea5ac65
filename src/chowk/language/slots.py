"""Slots of an utterance whose intent is known: one field an intent, or one that rare intents share.

In: examples with labels; then tokens and their intent. Out: the best labels together. The neural
form's scores are added to the field's where there is one: the product of two experts (Hinton 1999).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .examples import Example, repeated
from .gazetteer import Gazetteer
from .neural import Floats, NeuralModel
from .sequence import SequenceModel
from .words import neighbour_features, slot_features

#: What a network's scores weigh beside a field's. The field knows the values of slots, and is the
#: surer of the two where examples are few.
BESIDE = np.float32(0.3)


class SlotModel:
    """Labels of tokens, by intent.

    Parameters
    ----------
    own_from : intents with so many labelled rows have a field of their own.
    rounds : iterations of training, at most.
    """

    def __init__(self, own_from: int, rounds: int) -> None:
        self.own_from = own_from
        self.rounds = rounds

    def fit(self, rows: Sequence[Example]) -> Self:
        """Learn from the rows that have labels."""
        groups: dict[str, list[Example]] = defaultdict(list)
        for example in rows:
            if example.labels is not None:
                groups[example.intent].append(example)
        #: Intents with a slot in some example; the parses of others have none.
        self.slotted_ = {
            name for name, own in groups.items() if any(set(e.labels or ()) - {"O"} for e in own)
        }
        self.gazetteer_ = Gazetteer.of(example for own in groups.values() for example in own)
        parts: dict[str, list[Example]] = defaultdict(list)
        for name in sorted(self.slotted_):
            parts[name if len(groups[name]) >= self.own_from else ""] += groups[name]
        self.taggers_ = {
            name: self._tagger().fit(
                [e.words for e in part],
                [e.labels or [] for e in part],
                [self.gazetteer_.features(e.words, e) for e in part],
            )
            for name, part in ((name, repeated(rows)) for name, rows in parts.items())
        }
        return self

    def labels(
        self, words: Sequence[str], intent: str, beside: NeuralModel | None = None
    ) -> list[str]:
        """One label a token; `beside` adds its scores."""
        tagger = self.taggers_.get(intent) or self.taggers_.get("")
        if intent not in self.slotted_ or not words or tagger is None:
            return ["O"] * len(words)
        known = self.gazetteer_.features(words)
        if beside is None:
            return tagger.predict(words, known=known)
        columns = [beside.place[label] for label in tagger.labels_]
        scores = beside.scores(words)[1][:, columns]
        scores[0] += beside.begins[columns]
        moves = beside.moves[np.ix_(columns, columns)]
        return tagger.predict(words, BESIDE * scores, BESIDE * moves, known)

    def vectors(self, words: Sequence[str]) -> Floats:
        """What each word says about labels where it stands, [words, labels of all fields]."""
        return np.stack(
            [np.concatenate([t.own_row(word) for t in self.taggers_.values()]) for word in words]
        )

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Names for JSON, and arrays."""
        fields: dict[str, Any] = {}
        arrays: dict[str, NDArray[Any]] = {}
        for number, (name, model) in enumerate(sorted(self.taggers_.items())):
            said, values = model.state()
            fields[name] = {**said, "number": number}
            arrays |= {f"{number}.{key}": value for key, value in values.items()}
        values_of = self.gazetteer_.values
        return {"slotted": sorted(self.slotted_), "fields": fields, "values": values_of}, arrays

    def restore(self, names: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Self:
        """Take a saved state."""
        self.slotted_ = set(names["slotted"])
        self.gazetteer_ = Gazetteer(names["values"])
        self.taggers_ = {
            name: self._tagger().restore(said, part(arrays, f"{said['number']}."))
            for name, said in names["fields"].items()
        }
        return self

    def _tagger(self) -> SequenceModel:
        return SequenceModel(slot_features, neighbour_features, rounds=self.rounds)


def part(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    """The arrays whose names begin so, under the rest of their names."""
    return {k[len(prefix) :]: v for k, v in arrays.items() if k.startswith(prefix)}
