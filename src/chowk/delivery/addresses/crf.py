"""A linear-chain conditional random field over attributes, its weights in NumPy arrays.

In go sequences of attributes with labels, which CRFsuite learns from; out comes the likeliest label
sequence (Viterbi). Attributes come in bundles that repeat from text to text, so the weights of a
bundle are added up once and remembered, and many texts are decoded together. Sources: Lafferty,
McCallum and Pereira 2001; L-BFGS with an L1 and an L2 penalty (CRFsuite, Okazaki 2007).
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError


class Bundle:
    """Attributes that always come together: what a word carries, where a token stands.

    Two are the same only if they are one object, which makes looking one up cheap.
    """

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names


#: What stands where there is no bundle.
NOTHING = Bundle()

#: Of every item, its bundles: as many of every item.
Bundles = Sequence[Sequence[Bundle]]
Attributes = Sequence[Sequence[str]]
Floats = NDArray[np.float32]

#: Bundles that are remembered; beyond, memory is emptied.
_REMEMBERED = 120_000
#: Sequences that are decoded together.
_TOGETHER = 64


class Field:
    """A trained field. Make one with `train`, `mean` or `open`.

    Parameters
    ----------
    labels : the L labels.
    names : the attributes; `weights` [attributes, L] as (row, column, value) arrays.
    steps : [L, L], the weight of going from one label to the next.
    """

    def __init__(
        self,
        labels: Sequence[str],
        names: Sequence[str],
        weights: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        steps: NDArray[Any],
    ) -> None:
        self.labels = list(labels)
        self.names = list(names)
        rows, columns, values = weights
        order = np.argsort(rows, kind="stable")
        self._rows = np.asarray(rows, dtype=np.int32)[order]
        self._columns = np.asarray(columns, dtype=np.int16)[order]
        # Halves of a float are what a saved field keeps: rounded here, so that it answers the same.
        self._values = np.asarray(values, dtype=np.float16)[order].astype(np.float32)
        self._steps = np.asarray(steps, dtype=np.float16).astype(np.float32)
        self._into = np.ascontiguousarray(self._steps.T)
        self._known = {name: at for at, name in enumerate(self.names, 1)}
        # A row an attribute, after one of nothing.
        self._weights = np.zeros((len(self.names) + 1, len(self.labels)), dtype=np.float32)
        self._weights[self._rows + 1, self._columns] = self._values
        self._memory = _Memory(len(self.labels))

    def save(self, path: Path) -> None:
        """Write the field to one file (NPZ)."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            labels=_packed(self.labels),
            names=_packed(self.names),
            counts=np.bincount(self._rows, minlength=len(self.names)).astype(np.uint16),
            columns=self._columns.astype(np.uint8 if len(self.labels) < 256 else np.uint16),
            values=self._values.astype(np.float16),
            steps=self._steps.astype(np.float16),
        )
        path.write_bytes(buffer.getvalue())

    @classmethod
    def open(cls, path: Path) -> Field:
        """A field from the file that `save` wrote."""
        if not path.is_file():
            raise ArtifactError(f"{path} is not there. Save the model with AddressParser.save.")
        try:
            with np.load(path, allow_pickle=False) as held:
                counts = held["counts"].astype(np.int64)
                rows = np.repeat(np.arange(len(counts)), counts)
                return cls(
                    _unpacked(held["labels"]),
                    _unpacked(held["names"]),
                    (rows, held["columns"], held["values"]),
                    held["steps"],
                )
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise ArtifactError(
                f"The address model {path} cannot be read: {error}. "
                "Save it again with AddressParser.save."
            ) from None

    def tag(self, sequence: Bundles) -> list[str]:
        """One label an item."""
        return self.tag_many([sequence])[0]

    def tag_many(self, sequences: Sequence[Bundles]) -> list[list[str]]:
        """One label an item, for each sequence; sequences of like length are decoded together."""
        lengths = [len(sequence) for sequence in sequences]
        order = sorted(range(len(sequences)), key=lengths.__getitem__)
        out: list[list[str]] = [[]] * len(sequences)
        for first in range(0, len(order), _TOGETHER):
            chosen = order[first : first + _TOGETHER]
            paths = self._best([sequences[at] for at in chosen])
            for at, path in zip(chosen, paths, strict=True):
                out[at] = [self.labels[label] for label in path]
        return out

    def scores(self, sequences: Sequence[Bundles]) -> Floats:
        """[items, L]: what each item alone says for each label; sequences one after the other."""
        memory = self._memory
        if len(memory.places) > _REMEMBERED:
            memory = self._memory = _Memory(len(self.labels))
        wanted = [bundle for sequence in sequences for item in sequence for bundle in item]
        places = memory.places
        fresh = list(dict.fromkeys(bundle for bundle in wanted if bundle not in places))
        if fresh:
            memory.keep(fresh, self._sums(fresh))
        count = sum(map(len, sequences))
        at = np.fromiter(map(places.__getitem__, wanted), np.int32, len(wanted))
        slots = at.reshape(count, -1).T
        table = memory.table
        total: Floats = table[slots[0]]
        for slot in slots[1:]:
            total += table[slot]
        return total

    def _sums(self, bundles: Sequence[Bundle]) -> Floats:
        known = self._known.get
        numbers = [[at for name in b.names if (at := known(name)) is not None] for b in bundles]
        flat = np.array([at for some in numbers for at in (*some, 0)], dtype=np.int64)
        ends = np.cumsum([len(some) + 1 for some in numbers])
        # Every bundle ends with row 0, which is of nothing, so that none is empty.
        starts = np.concatenate([[0], ends[:-1]])
        sums: Floats = np.add.reduceat(self._weights[flat], starts, axis=0)
        return sums

    def _best(self, sequences: Sequence[Bundles]) -> list[list[int]]:
        """Viterbi: δ_t(y) = ψ(x_t, y) + max over y' of δ_{t-1}(y') + w(y', y)."""
        lengths = np.array([len(sequence) for sequence in sequences])
        if not lengths.any():
            return [[] for _ in sequences]
        scores = self.scores(sequences)
        count, longest = len(sequences), int(lengths.max())
        delta = np.zeros((count, longest, len(self.labels)), dtype=np.float32)
        delta[np.arange(longest) < lengths[:, None]] = scores
        for at in range(1, longest):
            delta[:, at] += (delta[:, at - 1, :, None] + self._steps).max(axis=1)
        paths = np.zeros((count, longest), dtype=np.int64)
        ends = lengths - 1
        every = np.arange(count)
        here = np.zeros(count, dtype=np.int64)
        for at in range(longest - 1, -1, -1):
            row = delta[:, at]
            if at + 1 < longest:
                row = row + np.where((ends > at)[:, None], self._into[here], 0)
            here = row.argmax(axis=1)
            paths[every, at] = here
        return [path[:length] for path, length in zip(paths.tolist(), lengths, strict=True)]


class _Memory:
    """Summed weights of bundles: a row of `table` each; row 0 is of nothing."""

    def __init__(self, width: int) -> None:
        self.places: dict[Bundle, int] = {NOTHING: 0}
        self.table: Floats = np.zeros((1024, width), dtype=np.float32)
        self._used = 1
        self._lock = Lock()

    def keep(self, bundles: Sequence[Bundle], rows: Floats) -> None:
        """Keep rows. Their places are known to other threads only once the rows are there."""
        with self._lock:
            start, self._used = self._used, self._used + len(bundles)
            while self._used > len(self.table):
                self.table = np.concatenate([self.table, np.zeros_like(self.table)])
            self.table[start : self._used] = rows
            self.places.update(zip(bundles, range(start, self._used), strict=True))


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
    # Numbers stand for names: CRFsuite tells its weights as lines of text, which a name may break.
    names: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for attributes, labels in sequences:
        trainer.append(
            [[names.setdefault(name, str(len(names))) for name in item] for item in attributes],
            [kinds.setdefault(label, str(len(kinds))) for label in labels],
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.crfsuite"
        trainer.train(str(path))
        tagger = pycrfsuite.Tagger()
        tagger.open(str(path))
        told = tagger.info()
        tagger.close()
    named, kind = list(names), list(kinds)
    return _from_parts(
        sorted(kinds),
        {(named[int(n)], kind[int(k)]): value for (n, k), value in told.state_features.items()},
        {(kind[int(a)], kind[int(b)]): value for (a, b), value in told.transitions.items()},
    )


def mean(fields: Sequence[Field]) -> Field:
    """One field with the mean weights of several: as steady as all of them, as fast as one.

    Fields of other draws of changed copies err elsewhere; what they agree on stays (averaged
    parameters, as Collins 2002 does over the steps of one learner). A weight that a field does not
    have counts as 0.
    """
    if len(fields) == 1:
        return fields[0]
    weights: dict[tuple[str, str], float] = {}
    steps: dict[tuple[str, str], float] = {}
    for field in fields:
        entries = np.stack([field._rows, field._columns, field._values], axis=1, dtype=np.float64)
        for row, column, value in entries.tolist():
            key = field.names[int(row)], field.labels[int(column)]
            weights[key] = weights.get(key, 0.0) + value / len(fields)
        for before, values in zip(field.labels, field._steps.tolist(), strict=True):
            for after, value in zip(field.labels, values, strict=True):
                pair = before, after
                steps[pair] = steps.get(pair, 0.0) + value / len(fields)
    labels = sorted({label for field in fields for label in field.labels})
    return _from_parts(labels, weights, steps)


def _from_parts(
    labels: Sequence[str],
    weights: dict[tuple[str, str], float],
    steps: dict[tuple[str, str], float],
) -> Field:
    column = {label: at for at, label in enumerate(labels)}
    names = sorted({name for name, _ in weights})
    row = {name: at for at, name in enumerate(names)}
    table = np.zeros((len(labels), len(labels)))
    for (before, after), value in steps.items():
        table[column[before], column[after]] = value
    ordered = sorted((row[name], column[label], value) for (name, label), value in weights.items())
    # Where all examples have one and the same label nothing weighs anything: no entry is left.
    kinds = (np.int64, np.int64, np.float64)
    rows, columns, values = (
        np.array([entry[at] for entry in ordered], dtype=kind) for at, kind in enumerate(kinds)
    )
    return Field(labels, names, (rows, columns, values), table)


def _packed(names: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)


def _unpacked(held: NDArray[np.uint8]) -> list[str]:
    return held.tobytes().decode().split("\n")
