"""Labelled utterances for the models, from whatever form they come in, checked row by row.

In: any frame or dicts with `text` or `tokens`, `intent`, and slots as `labels` (BIO) or as spans
with offsets. Out: examples over this wing's own tokens, so that a model learns what it will see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chowk.errors import InputError
from chowk.store.frames import arrow_table

from .labels import Span, check_labels, labels_of
from .replacing import carried
from .tokens import tokens


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance; `labels` is None when nothing is said about its slots."""

    words: list[str]
    intent: str
    labels: list[str] | None


def read_examples(rows: Any, caller: str = "fit") -> list[Example]:
    """All rows as examples; InputError, with the row's number, where one breaks a rule."""
    if hasattr(rows, "__arrow_c_stream__") or isinstance(rows, Mapping):
        listed: Any = arrow_table(rows, caller).to_pylist()
    else:
        listed = rows
    return [_read(row, f"Row {number} of {caller}") for number, row in enumerate(listed)]


def _read(row: Any, where: str) -> Example:
    if not isinstance(row, Mapping):
        raise InputError(f"{where} is a {type(row).__name__}. Give 'text', 'intent' and 'labels'.")
    intent, text, given = row.get("intent"), row.get("text"), row.get("tokens")
    if not isinstance(intent, str) or not intent:
        raise InputError(f"{where} has no 'intent'. Every example says what was meant.")
    labels = row.get("labels")
    if given is not None and labels is not None:
        check_labels(given, labels, where)
        words: list[str] = []
        own: list[str] = []
        for word, label in zip(given, labels, strict=True):
            pieces = [token.text for token in tokens(word)]
            words += pieces
            own += carried(label, len(pieces)) if pieces else []
        return Example(words, intent, own)
    if labels is not None:
        if not isinstance(text, str):
            raise InputError(f"{where} has 'labels' without 'tokens' or 'text'.")
        words = [token.text for token in tokens(text)]
        check_labels(words, labels, where)
        return Example(words, intent, list(labels))
    if not isinstance(text, str):
        if given is None:
            raise InputError(f"{where} has neither 'text' nor 'tokens'.")
        text = " ".join(given)
    found = tokens(text)
    words = [token.text for token in found]
    slots = row.get("slots")
    if slots is None:
        return Example(words, intent, None)
    if isinstance(slots, Sequence) and slots and isinstance(slots[0], str):
        check_labels(words, slots, where)
        return Example(words, intent, list(slots))
    placed = []
    for slot in slots:
        inside = [i for i, t in enumerate(found) if t.start < slot["end"] and t.end > slot["start"]]
        if not inside:
            raise InputError(
                f"{where}: the slot {slot['name']!r} from {slot['start']} to {slot['end']} covers "
                f"no word of {text[:60]!r}. Offsets count code points from 0, the end not included."
            )
        placed.append(Span(slot["name"], inside[0], inside[-1] + 1))
    return Example(words, intent, labels_of(placed, len(words), where))
