"""A linear-chain conditional random field over attribute lists, kept as one crfsuite file.

In go sequences of attributes with labels; out comes the likeliest label sequence (Viterbi).
Source: Lafferty, McCallum and Pereira 2001; learned by L-BFGS with an L1 and an L2 penalty
(CRFsuite, Okazaki 2007).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from chowk.errors import ArtifactError

Attributes = Sequence[Sequence[str]]


class Field:
    """A trained field. Make one with `train` or `open`."""

    def __init__(self, content: bytes) -> None:
        import pycrfsuite

        self.content = content
        self._tagger: Any = pycrfsuite.Tagger()
        try:
            self._tagger.open_inmemory(content)
        except ValueError as error:
            raise ArtifactError(
                f"The address model cannot be read: {error}. Save it again with AddressParser.save."
            ) from None
        self.labels: list[str] = sorted(self._tagger.labels())

    @classmethod
    def open(cls, path: Path) -> Field:
        """A field from the file that `save` wrote."""
        if not path.is_file():
            raise ArtifactError(f"{path} is not there. Save the model with AddressParser.save.")
        return cls(path.read_bytes())

    def save(self, path: Path) -> None:
        """Write the field to one file."""
        path.write_bytes(self.content)

    def tag(self, sequence: Attributes) -> list[str]:
        """One label an item."""
        if not sequence:
            return []
        tags: list[str] = self._tagger.tag(sequence)
        return tags

    def marginals(self, sequence: Attributes) -> list[dict[str, float]]:
        """Of every item, the probability of every label, given the whole sequence."""
        self._tagger.set(sequence)
        return [
            {label: self._tagger.marginal(label, at) for label in self.labels}
            for at in range(len(sequence))
        ]


def train(
    sequences: Iterable[tuple[Attributes, Sequence[str]]],
    *,
    l1: float = 0.1,
    l2: float = 0.05,
    iterations: int = 80,
    least: int = 1,
) -> Field:
    """Learn a field; attributes seen fewer than `least` times are left out."""
    import pycrfsuite

    trainer = pycrfsuite.Trainer(
        algorithm="lbfgs",
        params={
            "c1": l1,
            "c2": l2,
            "max_iterations": iterations,
            "feature.minfreq": least,
            "feature.possible_transitions": False,
            "period": 5,
        },
        verbose=False,
    )
    for attributes, labels in sequences:
        trainer.append(attributes, labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.crfsuite"
        trainer.train(str(path))
        return Field.open(path)
