"""Between a label for every token (BIO) and spans of text.

In go tokens with B-, I- and O labels as annotators leave them; out come spans in code points, and
the other way round. Labels without a prefix are read too, as in the United States' data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chowk.errors import InputError

from .tokens import SEPARATORS, Token


class Span(NamedTuple):
    """One labelled stretch: `text[start:end]`."""

    label: str
    start: int
    end: int


class Example(NamedTuple):
    """One labelled address: its text and the spans in it, in order."""

    text: str
    spans: tuple[Span, ...]


def read_example(row: Mapping[str, Any], number: int) -> Example:
    """One example from a dict of `tokens` and `labels` (or `ner_tags`), perhaps with `text`.

    Raises
    ------
    InputError : there are no tokens or labels, or not one label a token.
    """
    tokens = row.get("tokens")
    labels = next((row[k] for k in ("labels", "ner_tags", "tags") if row.get(k) is not None), None)
    if tokens is None or labels is None:
        raise InputError(
            f"Example {number} needs 'tokens' and 'labels'. Got the keys {sorted(row)!r}. "
            "Give each example one label (B-X, I-X or O) a token."
        )
    words = [str(token) for token in tokens]
    tags = [str(label) for label in labels]
    if len(words) != len(tags):
        raise InputError(
            f"Example {number} has {len(words)} tokens and {len(tags)} labels. "
            "Give one label a token."
        )
    text, places = _laid_out(words, row.get("text"))
    return Example(text, tuple(spans_of(tags, places, text)))


def _laid_out(words: Sequence[str], text: Any) -> tuple[str, list[tuple[int, int]]]:
    """The text and where each word stands in it; joined by spaces if the text is not theirs."""
    if isinstance(text, str):
        places, at = [], 0
        for word in words:
            found = text.find(word, at)
            if found < 0 or text[at:found].strip():
                break
            places.append((found, found + len(word)))
            at = found + len(word)
        else:
            return text, places
    places, at = [], 0
    for word in words:
        places.append((at, at + len(word)))
        at += len(word) + 1
    return " ".join(words), places


def spans_of(
    tags: Sequence[str], places: Sequence[tuple[int, int]], text: str, *, trimmed: bool = True
) -> list[Span]:
    """Spans of a label sequence. A B opens one; an I of another label does too, as annotators slip.

    Labels without B- or I- (`ZipCode`) continue while they repeat. `trimmed` takes separators off
    both ends, and drops what holds nothing else.
    """
    found: list[Span] = []
    label, start, end = "", 0, 0

    def close() -> None:
        if not label:
            return
        first, last = start, end
        if trimmed:
            while first < last and (text[first] in SEPARATORS or text[first].isspace()):
                first += 1
            while last > first and (text[last - 1] in _EDGES or text[last - 1].isspace()):
                last -= 1
        if last > first:
            found.append(Span(label, first, last))

    for tag, (a, b) in zip(tags, places, strict=True):
        prefix, _, name = tag.partition("-") if tag[:2] in ("B-", "I-") else ("I", "", tag)
        if tag in ("O", ""):
            close()
            label = ""
        elif prefix == "B" or name != label:
            close()
            label, start, end = name, a, b
        else:
            end = b
    close()
    return found


#: Taken off the end of a part; a closing bracket or a dot may belong to it ("Borivali (W)").
_EDGES = frozenset(",;|।-–—:/\\([{#*&+")


def tags_of(tokens: Sequence[Token], spans: Sequence[Span]) -> list[str]:
    """BIO labels of `tokens` from spans of the same text; a token belongs where its start lies.

    >>> from chowk.delivery.addresses.tokens import tokenize
    >>> tags_of(tokenize("12, Delhi"), [Span("CITY", 4, 9)])
    ['O', 'O', 'B-CITY']
    """
    tags = []
    at, opened = 0, -1
    for token in tokens:
        while at < len(spans) and spans[at].end <= token.start:
            at += 1
        if at < len(spans) and spans[at].start < token.end and token.start < spans[at].end:
            tags.append(("I-" if opened == at else "B-") + spans[at].label)
            opened = at
        else:
            tags.append("O")
    return tags
