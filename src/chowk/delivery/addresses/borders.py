"""A last look at borders: of all the spans that a field holds possible, which ones stand.

A field's likeliest labels are not its most reliable spans. In go, of each address, the chances of
every span under every label (forward and backward sums of the field); out come the spans, apart
from each other, whose chances of being right add up to the most. Those chances are corrected by a
logistic regression over whole spans (semi-Markov: Sarawagi and Cohen 2004), learned from fields
that have not seen the address; what is less likely than half of the F1 to be had is left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError

from .crf import Bundles, Field
from .labels import Example, Span
from .tokens import SEPARATORS, Token, tokenize

#: What a span must be worth: half of an entity F1 of about 0.82 (0.35 to 0.5 on three folds of
#: Delhi's training rows: within 0.01).
WORTH = 0.4
#: Less likely spans are not looked at, nor longer ones.
_LEAST, LONGEST = 0.03, 16
#: Inverse of the penalty (0.03 to 1 on those folds: within 0.01).
_LOOSE = 0.1
#: Beside a constant and a slope a group: comma inside, break left, right, both, end of the text,
#: tokens.
_SHARED = 6
#: Tokens of all texts that are looked at together.
_AT_ONCE = 4_096

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Spans:
    """Possible spans of some addresses, one after the other: the address's number, first and last
    token in it, group, chance, and the likeliest label's number."""

    text: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    group: NDArray[np.int64]
    chance: Floats
    label: NDArray[np.int64]


class Borders:
    """Chooses among the spans of a field. Make one with `learned` or `open`.

    Parameters
    ----------
    groups : G groups of labels; those of one share a chance, as a name may stand under any.
    weights : [2 G + 6], for each group a constant and a slope on the logit of the chance; then of
        what all spans share.
    """

    def __init__(self, groups: Sequence[Sequence[str]], weights: Floats) -> None:
        self.groups = [list(group) for group in groups]
        self.weights = np.asarray(weights, dtype=np.float64)

    @classmethod
    def learned(
        cls,
        held_out: Sequence[tuple[Field, Sequence[Example], Sequence[Bundles]]],
        groups: Sequence[Sequence[str]],
    ) -> Borders | None:
        """From labelled addresses with their bundles, each with a field that has not seen it."""
        named = sorted({name for field, _, _ in held_out for name in names_of(field)})
        together = {label for group in groups for label in group}
        every = [*groups, *([label] for label in named if label not in together)]
        of = {label: at for at, group in enumerate(every) for label in group}
        shell = cls(every, np.zeros(2 * len(every) + _SHARED))
        rows: list[Floats] = []
        truth: list[bool] = []
        for field, examples, seen in held_out:
            tokens = [tokenize(example.text) for example in examples]
            right = [_right(*pair, of) for pair in zip(examples, tokens, strict=True)]
            for start, stop in _batches(seen):
                spans = shell._possible(field, seen[start:stop])
                rows.append(shell._rows(tokens[start:stop], spans))
                places = zip(spans.text, spans.first, spans.last, spans.group, strict=True)
                truth += [
                    (int(a), int(b), int(g)) in right[start + int(t)] for t, a, b, g in places
                ]
        if len(set(truth)) < 2:
            return None
        return cls(every, _fitted(np.concatenate(rows), np.array(truth, dtype=float), len(every)))

    def choose(
        self, field: Field, tokens: Sequence[Sequence[Token]], seen: Sequence[Bundles]
    ) -> list[list[Span]]:
        """The spans of each address, in order; `seen` are the bundles of its tokens."""
        names = names_of(field)
        out: list[list[Span]] = []
        for start, stop in _batches(seen):
            some = tokens[start:stop]
            spans = self._possible(field, seen[start:stop])
            worth = self._worth(some, spans)
            kept = np.flatnonzero(worth > 0)
            cuts = np.searchsorted(spans.text[kept], np.arange(stop - start + 1)).tolist()
            for each, (a, b) in zip(some, pairwise(cuts), strict=True):
                mine = kept[a:b]
                columns = (spans.first, spans.last, spans.label, worth)
                out.append(_best(each, names, *(column[mine].tolist() for column in columns)))
        return out

    def _possible(self, field: Field, seen: Sequence[Bundles]) -> _Spans:
        """The spans that are not too unlikely."""
        names = names_of(field)
        columns = [[names.index(x) for x in group if x in names] for group in self.groups]
        chance = chances(field, seen)
        shared = np.zeros((*chance.shape[:3], len(columns)))
        for at, some in enumerate(columns):
            for column in some:
                shared[..., at] += chance[..., column]
        text, first, size, group = np.nonzero(shared > _LEAST)
        value = shared[text, first, size, group]
        label = np.zeros(len(text), np.int64)
        for at, some in enumerate(columns):
            of = np.flatnonzero(group == at)
            each = chance[text[of], first[of], size[of]][:, some]
            label[of] = np.array(some, np.int64)[each.argmax(axis=1)] if some else 0
        return _Spans(text, first, first + size, group, value, label)

    def _worth(self, tokens: Sequence[Sequence[Token]], spans: _Spans) -> Floats:
        """How likely each span is right, beyond what it must be worth."""
        logit = self.weights[2 * spans.group] + self.weights[2 * spans.group + 1] * _logit(spans)
        logit += np.vecdot(_shared(tokens, spans), self.weights[-_SHARED:])
        result: Floats = 1 / (1 + np.exp(-logit)) - WORTH
        return result

    def _rows(self, tokens: Sequence[Sequence[Token]], spans: _Spans) -> Floats:
        """What is seen of each span, a row each: with the weights, the logit in `_worth`."""
        every = np.arange(len(spans.first))
        rows = np.zeros((len(every), len(self.weights)))
        rows[every, 2 * spans.group] = 1.0
        rows[every, 2 * spans.group + 1] = _logit(spans)
        rows[:, -_SHARED:] = _shared(tokens, spans)
        return rows

    def save(self, path: Path) -> None:
        """Write it to one file (NPZ)."""
        buffer = io.BytesIO()
        names = np.array(["\t".join(group) for group in self.groups])
        np.savez_compressed(buffer, groups=names, weights=self.weights)
        path.write_bytes(buffer.getvalue())

    @classmethod
    def open(cls, path: Path) -> Borders:
        """From the file that `save` wrote."""
        try:
            with np.load(path, allow_pickle=False) as held:
                return cls([str(line).split("\t") for line in held["groups"]], held["weights"])
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise ArtifactError(
                f"The address model {path} cannot be read: {error}. "
                "Save it again with AddressParser.save."
            ) from None


def _batches(seen: Sequence[Bundles]) -> Iterator[tuple[int, int]]:
    """Where addresses begin and end that are looked at together."""
    start = 0
    while start < len(seen):
        stop, longest = start + 1, len(seen[start])
        while stop < len(seen):
            longest = max(longest, len(seen[stop]))
            if longest * (stop + 1 - start) >= _AT_ONCE:
                break
            stop += 1
        yield start, stop
        start = stop


def _right(
    example: Example, tokens: Sequence[Token], of: Mapping[str, int]
) -> set[tuple[int | None, int | None, int]]:
    """First and last token, and group, of each span that was labelled."""
    starts = {token.start: at for at, token in enumerate(tokens)}
    ends = {token.end: at for at, token in enumerate(tokens)}
    return {(starts.get(s.start), ends.get(s.end), of.get(s.label, -1)) for s in example.spans}


def _logit(spans: _Spans) -> Floats:
    chance = np.clip(spans.chance, 1e-4, 1 - 1e-4)
    result: Floats = np.log(chance / (1 - chance))
    return result


def _shared(tokens: Sequence[Sequence[Token]], spans: _Spans) -> Floats:
    """[spans, 6]: what is seen of a span whatever its group."""
    sizes = np.array([len(each) for each in tokens], np.int64)
    # Each address has a place before its first token and one behind its last: both are breaks.
    texts = [t for each in tokens for t in ("", *(token.text for token in each), "")]
    breaks = np.array([text in SEPARATORS or not text for text in texts], bool)
    commas = np.cumsum([text == "," for text in texts])
    begin = np.concatenate([[0], np.cumsum(sizes + 2)[:-1]])[spans.text] if len(sizes) else 0
    first, last = begin + 1 + spans.first, begin + 1 + spans.last
    left, right = breaks[first - 1], breaks[last + 1]
    columns = (
        commas[last] > commas[first - 1],
        left,
        right,
        left & right,
        spans.last + 1 == sizes[spans.text],
        np.minimum(spans.last - spans.first, 5) / 5,
    )
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)


def _best(
    tokens: Sequence[Token],
    names: Sequence[str],
    firsts: Sequence[int],
    lasts: Sequence[int],
    labels: Sequence[int],
    worth: Sequence[float],
) -> list[Span]:
    """The spans apart from each other that are worth the most, by dynamic programming."""
    ending: dict[int, list[int]] = {}
    for number, last in enumerate(lasts):
        ending.setdefault(last, []).append(number)
    best, taken = [0.0], [-1]
    for at in range(len(tokens)):
        value, chosen = best[-1], -1
        for number in ending.get(at, ()):
            other = best[firsts[number]] + worth[number]
            if other > value:
                value, chosen = other, number
        best.append(value)
        taken.append(chosen)
    out: list[Span] = []
    at = len(tokens)
    while at > 0:
        number = taken[at]
        if number < 0:
            at -= 1
            continue
        begin, end = tokens[firsts[number]], tokens[lasts[number]]
        out.append(Span(names[labels[number]], begin.start, end.end))
        at = firsts[number]
    return out[::-1]


def _fitted(rows: Floats, truth: Floats, groups: int) -> Floats:
    """Logistic regression drawn to the field's own chances: every slope to 1, all else to 0."""
    from scipy.optimize import minimize

    start = np.zeros(rows.shape[1])
    start[1 : 2 * groups : 2] = 1.0

    def loss(w: Floats) -> tuple[float, Floats]:
        z = rows @ w
        value = np.logaddexp(0, z).sum() - truth @ z + 0.5 / _LOOSE * (w - start) @ (w - start)
        slope = rows.T @ (1 / (1 + np.exp(-z)) - truth) + (w - start) / _LOOSE
        return float(value), slope

    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def names_of(field: Field) -> list[str]:
    """The labels of a field without B- and I-, sorted: the last axis of `chances`."""
    return sorted({label[2:] for label in field.labels if label != "O"})


def chances(field: Field, sequences: Sequence[Bundles]) -> Floats:
    """[N, T, sizes, names]: the field's probability of a span of size + 1 tokens from each token.

    A span of `X` begins with B-X, or with I-X after another label, goes on with I-X, and ends
    before any other label. With forward sums a and backward sums b of e^ψ, both scaled by the
    token: P = begin_i · Π e^ψ(I-X)+w(I-X, I-X) / scale · Σ over what is not I-X of e^w e^ψ b.
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    count, longest, width = len(sequences), int(lengths.max(initial=0)), len(field.labels)
    names = names_of(field)
    size = max(1, min(LONGEST, longest))
    out = np.zeros((count, longest, size, len(names)))
    if not longest:
        return out
    real = np.arange(longest) < lengths[:, None]
    scores = field.scores(sequences).astype(np.float64)
    emit = np.ones((count, longest, width))
    emit[real] = np.exp(scores - scores.max(axis=1, keepdims=True))
    step = np.exp(field._steps.astype(np.float64))
    forward, scale = np.zeros_like(emit), np.ones((count, longest, 1))
    for at in range(longest):
        row = emit[:, at] if at == 0 else (forward[:, at - 1] @ step) * emit[:, at]
        scale[:, at] = row.sum(axis=1, keepdims=True)
        forward[:, at] = row / scale[:, at]
    backward = np.ones_like(emit)
    for at in range(longest - 2, -1, -1):
        row = (emit[:, at + 1] * backward[:, at + 1] / scale[:, at + 1]) @ step.T
        backward[:, at] = np.where((at + 1 < lengths)[:, None], row, 1.0)
    # A label that a field lacks (an I of what is always one word) is a last one of no weight.
    place = {label: at for at, label in enumerate(field.labels)}
    first = np.array([place.get(f"B-{name}", width) for name in names])
    inner = np.array([place.get(f"I-{name}", width) for name in names])
    step = np.pad(step, ((0, 1), (0, 1)))
    wide = ((0, 0), (0, 0), (0, 1))
    forward, backward = np.pad(forward, wide), np.pad(backward, wide)
    onward = np.pad(emit / scale, wide)[..., inner]
    go, stay = step[first, inner], step[inner, inner]
    opened, begun = forward[..., first], np.zeros_like(onward)
    begun[:, 0] = forward[:, 0][:, inner]
    before = forward[:, :-1] @ step[:, inner] - opened[:, :-1] * go
    begun[:, 1:] = np.maximum(before - forward[:, :-1][..., inner] * stay, 0.0) * onward[:, 1:]
    ahead = np.zeros_like(onward)
    ahead[:, :-1] = onward[:, 1:] * backward[:, 1:][..., inner]
    final = (np.arange(longest) == lengths[:, None] - 1)[..., None]
    ahead = np.where(final, 0.0, ahead)
    shut_first = np.maximum(backward[..., first] - go * ahead, 0.0)
    shut_inner = np.maximum(backward[..., inner] - stay * ahead, 0.0)
    out[:, :, 0] = opened * shut_first + begun * shut_inner
    within = opened * go + begun * stay
    for more in range(1, size):
        within = within[:, :-1] * onward[:, more:]
        out[:, : longest - more, more] = within * shut_inner[:, more:]
        within = within * stay
    ends = np.arange(longest)[:, None] + np.arange(size)
    result: Floats = out * (ends < lengths[:, None, None])[..., None]
    return result


def apart(groups: Sequence[Sequence[int]], count: int, folds: int) -> list[list[int]]:
    """The numbers under `count` in folds, those of one group in one fold.

    >>> apart([[0, 3]], 5, 2)
    [[0, 3, 2], [1, 4]]
    """
    grouped = {number for group in groups for number in group}
    units = [*groups, *([number] for number in range(count) if number not in grouped)]
    return [[n for unit in units[fold::folds] for n in unit] for fold in range(folds)]
