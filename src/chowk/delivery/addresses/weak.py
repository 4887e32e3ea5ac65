"""Weak labels: what gazetteers and cue words alone say of an address, as an example to learn from.

In go a store's own addresses, that nobody labelled; out come examples for `AddressParser.fit`, one
part a comma-separated piece, as far as a rule is sure of it. A rule looks at the piece alone, so it
errs; a field that learns from many of them evens that out. Source: distant supervision, Mintz and
others 2009.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from chowk.store.listed import column_of

from .cues import classes_of
from .gazetteer import Gazetteer, india
from .labels import Span, tags_of
from .personal import personal_spans
from .tokens import Token, folded, tokenize

_BREAKS = frozenset(",;|।\n")
_PIN = re.compile(r"[1-9]\d{5}")
#: The part that a piece is when its first word is of a class and a number follows.
_LED = {
    "khasra": "KHASRA", "plot": "PLOT", "sector": "SECTOR", "pole": "POLE", "unit": "UNIT",
    "house": "HOUSE_NUMBER", "block": "BLOCK", "street": "STREET", "number": "HOUSE_NUMBER",
}  # fmt: skip
#: The part that a piece is when it begins so, whatever follows.
_BEGUN = {
    "village": "VILLAGE", "district": "DISTRICT", "tehsil": "TEHSIL", "post": "POST_OFFICE",
    "police": "POLICE_STATION",
}  # fmt: skip
#: The part that a piece is when its last word is of a class, the surest first.
_ENDED = (("floor", "FLOOR"), ("building", "BUILDING"), ("street", "STREET"),
          ("locality", "LOCALITY"), ("ending", "LOCALITY"))  # fmt: skip
#: Classes of words that begin a part of their own: a building's name has none of them.
_OTHERS = frozenset({"floor", "unit", "plot", "house", "street", "sector", "khasra", "pole"})


def weak_labels(
    texts: Iterable[str], *, gazetteer: Gazetteer | None = None
) -> list[dict[str, Any]]:
    """Examples with `text`, `tokens` and `labels` (BIO), of the texts that the rules explain.

    A text of which the rules leave more than two words in five without a part is left out: what
    they do not know would be taught as no part.

    Examples
    --------
    >>> row = weak_labels(["Flat 12, Sai Krupa Apartments, near SBI ATM, Pune 411045"])[0]
    >>> [label for label in row["labels"] if label.startswith("B-")]
    ['B-UNIT', 'B-BUILDING', 'B-LANDMARK', 'B-CITY', 'B-PINCODE']
    """
    known = gazetteer or india()
    found = []
    for text in column_of(iter(texts) if isinstance(texts, dict) else texts, "weak_labels"):
        if not isinstance(text, str):
            continue
        tokens = tokenize(text)
        spans = _spans(text, tokens, known)
        labels = tags_of(tokens, spans)
        words = [tag for token, tag in zip(tokens, labels, strict=True) if token.text[0].isalnum()]
        if spans and words.count("O") <= 0.4 * len(words):
            found.append({"text": text, "tokens": [t.text for t in tokens], "labels": labels})
    return found


def _spans(text: str, tokens: list[Token], known: Gazetteer) -> list[Span]:
    private = personal_spans(text)
    spans: list[Span] = []
    piece: list[Token] = []
    for token in (*tokens, Token(",", len(text), len(text))):
        if token.text not in _BREAKS:
            if not any(p.start < token.end and token.start < p.end for p in private):
                piece.append(token)
            continue
        spans += _piece(piece, known)
        piece = []
    return sorted([*spans, *private], key=lambda span: span.start)


def _piece(tokens: list[Token], known: Gazetteer) -> list[Span]:
    """The parts of one piece: PIN, state and city off its end, then what the rest is."""
    spans: list[Span] = []
    rest = [t for t in tokens if t.text[0].isalnum() or t.text in "#/-&."]
    while rest:
        last = folded(rest[-1].text)
        if _PIN.fullmatch(last):
            spans.append(_span("PINCODE", rest[-1:]))
            rest = rest[:-1]
        elif not last[0].isalnum() or "pin" in classes_of(last):
            rest = rest[:-1]
        else:
            break
    while rest:
        names = [
            (start, kinds)
            for start, stop, kinds in known.matches([folded(t.text) for t in rest])
            if stop == len(rest) and kinds & {"state", "city"}
        ]
        # A name that is the whole piece, or that a PIN code, state or city follows.
        if not names or (names[0][0] and not spans):
            break
        start, kinds = names[0]
        spans.append(_span("CITY" if "city" in kinds else "STATE", rest[start:]))
        rest = rest[:start]
        while rest and not rest[-1].text[0].isalnum():
            rest = rest[:-1]
    label, first = _kind(rest, known)
    if label:
        spans.append(_span(label, rest[first:]))
    return spans


def _kind(tokens: list[Token], known: Gazetteer) -> tuple[str, int]:
    """What a piece is, and where in it the part begins; no label when no rule is sure."""
    if not tokens:
        return "", 0
    words = [folded(token.text) for token in tokens]
    opening, closing = classes_of(words[0]), classes_of(words[-1])
    related = [at for at, word in enumerate(words[:-1]) if "relation" in classes_of(word)]
    if related:  # what stands before the relation, for want of a comma, is left open
        at = related[-1] + 1
        while at < len(words) - 1 and words[at] in ("to", "of", "the", "."):
            at += 1
        return "LANDMARK", at
    numbered = any(letter.isdigit() for word in words for letter in word)
    for kind, label in _BEGUN.items():
        if kind in opening and len(words) > 1:
            return label, 0
    for kind, label in _LED.items():
        if kind in opening and numbered and len(words) < 7:
            return label, 0
    if numbered and len(words) < 6 and not any(len(w) > 2 and w.isalpha() for w in words):
        return "HOUSE_NUMBER", 0
    for kind, label in _ENDED:
        if kind in closing and len(words) > 1:
            if label == "BUILDING" and (numbered or _unsure(words)):
                return "", 0
            return label, 0
    if any((start, stop) == (0, len(words)) for start, stop, _ in known.matches(words)):
        return "LOCALITY", 0
    return "", 0


def _unsure(words: list[str]) -> bool:
    """Whether what ends as a building may be an area ("Kunj"), or holds another part as well."""
    if "locality" in classes_of(words[-1]):
        return True
    return any(set(classes_of(word)) & _OTHERS for word in words[:-1])


def _span(label: str, tokens: list[Token]) -> Span:
    return Span(label, tokens[0].start, tokens[-1].end)
