"""Labelled utterances for the models, from whatever form they come in, checked row by row.

In: any frame or dicts with `text` or `tokens`, `intent`, and slots as `labels` (BIO) or as spans
with offsets. Out: examples over this wing's own tokens, so that a model learns what it will see.
Rows that say one thing (translations, the mixes of a pair) may share a `group`, and made ones
may have less `weight` than real ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chowk.errors import InputError
from chowk.store.frames import arrow_table

from .labels import Span, check_labels, labels_of
from .replacing import carried
from .tokens import Token, tokens

#: A row is taken for at most so many.
_MOST_COPIES = 20


@dataclass(frozen=True, slots=True)
class Example:
    """One utterance; `labels` is None when nothing is said about its slots.

    Rows of the same `group` say one thing in several ways, and what one of them holds is no news
    of the world to another; a row without one stands for itself and its copies. `weight` says how
    many rows it counts as.
    """

    words: list[str]
    intent: str
    labels: list[str] | None
    group: str = ""
    weight: float = 1.0


def listed_rows(rows: Any, caller: str) -> list[Any]:
    """The rows of a frame, of columns or of any iterable; InputError for what is none of these."""
    if hasattr(rows, "__arrow_c_stream__") or isinstance(rows, Mapping):
        listed: list[Any] = arrow_table(rows, caller).to_pylist()
        return listed
    if isinstance(rows, str | bytes) or not isinstance(rows, Iterable):
        raise InputError(
            f"{caller} takes a frame or a list of dicts. Got {rows!r:.60}, a {type(rows).__name__}."
        )
    return list(rows)


def read_examples(rows: Any, caller: str = "fit") -> list[Example]:
    """All rows as examples; InputError, with the row's number, where one breaks a rule."""
    return [
        _read(row, f"Row {number} of {caller}")
        for number, row in enumerate(listed_rows(rows, caller))
    ]


def made(rows: Sequence[Example]) -> bool:
    """Whether some rows are made of others: they weigh unequally, or those of a group differ.

    >>> rows = [Example(["a"], "x", None, "g"), Example(["A"], "x", None, "g")]
    >>> made(rows), made([*rows, Example(["b"], "x", None, "g")])
    (False, True)
    """
    groups = {row.group for row in rows}
    texts = {(row.group, " ".join(row.words).casefold()) for row in rows}
    return len(texts) > len(groups) or len({row.weight for row in rows}) > 1


def repeated(rows: Sequence[Example]) -> list[Example]:
    """Rows as often as their weights say, in multiples of the least weight, for what only counts.

    >>> rows = [Example(["a"], "x", None), Example(["b"], "x", None, weight=2.9)]
    >>> [row.words[0] for row in repeated(rows)]
    ['a', 'b', 'b', 'b']
    """
    least = min((row.weight for row in rows), default=1.0)
    return [row for row in rows for _ in range(min(round(row.weight / least), _MOST_COPIES))]


def _read(row: Any, where: str) -> Example:
    if not isinstance(row, Mapping):
        raise InputError(f"{where} is a {type(row).__name__}. Give 'text', 'intent' and 'labels'.")
    found, group = _labelled_row(row, where), _said(row.get("group"))
    own = " ".join(found.words).casefold() if group is None else f"group {group}"
    weight = _said(row.get("weight"))
    if weight is None:
        return replace(found, group=own)
    real = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not real or not 0 < weight < math.inf:
        raise InputError(f"{where} has the weight {weight!r:.40}. Give a number above 0.")
    return replace(found, group=own, weight=float(weight))


def _labelled_row(row: Mapping[str, Any], where: str) -> Example:
    intent, text = row.get("intent"), _said(row.get("text"))
    given, labels = _listed(row.get("tokens")), _listed(row.get("labels"))
    if not isinstance(intent, str) or not intent.strip():
        raise InputError(f"{where} has no 'intent'. Every example says what was meant.")
    if text is not None and not isinstance(text, str):
        raise InputError(f"The 'text' of {where} is {text!r:.60}. Give a str.")
    slots = _said(row.get("slots"))
    if isinstance(slots, str):  # the table of utterances: labels with spaces between
        slots = slots.split()
    slots = _listed(slots)
    if labels is None and slots and isinstance(slots[0], str):
        labels, slots = slots, None
    if given is None and text is None:
        raise InputError(f"{where} has neither 'text' nor 'tokens'.")
    if given is not None:
        odd = next((word for word in given if not isinstance(word, str)), None)
        if odd is not None or None in given:
            raise InputError(f"{where} has the token {odd!r}. Every token is a str.")
    if given is not None and labels is not None:
        return _labelled(given, labels, intent, where)
    if labels is not None:
        assert text is not None
        words = [token.text for token in tokens(text)]
        if len(words) != len(labels) == len(text.split()):
            return _labelled(text.split(), labels, intent, where)
        check_labels(words, labels, where)
        return Example(words, intent, list(labels))
    found = tokens(text if text is not None else " ".join(given or ()))
    words = [token.text for token in found]
    if slots is None:
        return Example(words, intent, None)
    placed = [_span(slot, found, where) for slot in slots]
    return Example(words, intent, labels_of(placed, len(words), where))


def _labelled(given: Sequence[str], labels: Sequence[str], intent: str, where: str) -> Example:
    """Somebody's tokens, cut further as a parsed text will be."""
    check_labels(given, labels, where)
    words: list[str] = []
    own: list[str] = []
    for word, label in zip(given, labels, strict=True):
        pieces = [token.text for token in tokens(word)]
        words += pieces
        own += carried(label, len(pieces)) if pieces else []
    return Example(words, intent, own)


def _span(slot: Any, found: Sequence[Token], where: str) -> Span:
    if not isinstance(slot, Mapping) or not {"name", "start", "end"} <= set(slot):
        raise InputError(
            f"{where} has the slot {slot!r:.80}. Give 'name', 'start' and 'end' (code points)."
        )
    name, start, end = slot["name"], slot["start"], slot["end"]
    whole = all(
        isinstance(at, int | np.integer) and not isinstance(at, bool) for at in (start, end)
    )
    if not isinstance(name, str) or not name or not whole:
        raise InputError(f"{where} has the slot {slot!r:.80}: a name, and two ints, are needed.")
    inside = [i for i, t in enumerate(found) if t.start < end and t.end > start]
    if not inside or not 0 <= start < end <= found[-1].end + 1:
        raise InputError(
            f"{where}: the slot {name!r} from {start} to {end} covers no word of this text, or "
            "reaches past it. Offsets count code points from 0, the end not included."
        )
    return Span(name, inside[0], inside[-1] + 1)


def _said(value: Any) -> Any:
    """None for what a frame puts where nothing was said."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _listed(value: Any) -> list[Any] | None:
    value = _said(value)
    return None if value is None else list(value)
