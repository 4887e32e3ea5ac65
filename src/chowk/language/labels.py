"""Slots as labels of tokens, checked and carried: `B-x` begins a slot, `I-x` goes on, `O` is none.

In: tokens and labels. Out: spans, labels again, or an error that names the token. Every part of
this wing reads slots through here, so that all of them agree on what a slot is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chowk.errors import InputError


class Span(NamedTuple):
    """A slot over tokens `start` to `end`, the end not included."""

    name: str
    start: int
    end: int


def spans(labels: Sequence[str]) -> list[Span]:
    """The slots that BIO labels mark, from left to right.

    An `I-x` that follows no slot `x` begins one, as the CoNLL scorer reads it.

    >>> spans(["O", "B-artist", "I-artist", "B-artist"])
    [Span(name='artist', start=1, end=3), Span(name='artist', start=3, end=4)]
    """
    found: list[Span] = []
    name, start = "", 0
    for place, label in enumerate(labels):
        kind, _, this = label.partition("-")
        if kind == "I" and this == name:
            continue
        if name:
            found.append(Span(name, start, place))
        name, start = ("", place) if kind == "O" else (this, place)
    if name:
        found.append(Span(name, start, len(labels)))
    return found


def labels_of(slots: Sequence[Span], length: int, where: str = "this row") -> list[str]:
    """BIO labels of spans over `length` tokens; InputError where spans overlap or lie outside.

    >>> labels_of([Span("artist", 1, 3)], 4)
    ['O', 'B-artist', 'I-artist', 'O']
    """
    labels = ["O"] * length
    for name, start, end in slots:
        if not 0 <= start < end <= length:
            raise InputError(
                f"The slot {name!r} of {where} covers tokens {start} to {end}, but there are "
                f"{length}. Give start < end, both inside the utterance."
            )
        taken = next((labels[i] for i in range(start, end) if labels[i] != "O"), None)
        if taken is not None:
            raise InputError(
                f"The slots {taken[2:]!r} and {name!r} of {where} overlap. A token has one slot: "
                "keep the inner or the outer one."
            )
        labels[start:end] = [f"B-{name}"] + [f"I-{name}"] * (end - start - 1)
    return labels


def check_labels(tokens: Sequence[str], labels: Sequence[str], where: str) -> None:
    """InputError, naming the row, when labels do not fit the tokens or are not BIO."""
    if len(tokens) != len(labels):
        raise InputError(
            f"{where} has {len(tokens)} tokens and {len(labels)} labels. Give one label a token."
        )
    for place, label in enumerate(labels):
        if label != "O" and not (label[:2] in ("B-", "I-") and len(label) > 2):
            raise InputError(
                f"The label {label!r} of token {place} ({tokens[place]!r}) in {where} is not one "
                "of O, B-name, I-name."
            )
