"""Changed copies of labelled addresses, as people type them.

In go examples; out come the same ones, and copies with commas left out, words shortened or
misspelt, tokens run together, another script or order. Labels follow their words. What these
changes are was listed by hand from how addresses are written; nothing is learned here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from .labels import Example, Span
from .script import in_devanagari

#: A word with the label of the span that it stands in ("" for none), and whether it opens it.
Piece = tuple[str, str, bool]

_SHORT = {
    "road": ("rd", "raod", "rd."), "street": ("st", "str", "st."),
    "nagar": ("ngr", "nager", "nagr"),
    "colony": ("col", "colny", "clny", "coloney"), "enclave": ("encl", "enclv", "enclve"),
    "apartment": ("apt", "appt", "aptt"), "apartments": ("apts", "apt", "appartments"),
    "society": ("soc", "soc.", "socity"), "building": ("bldg", "bld"), "floor": ("flr", "fl"),
    "extension": ("extn", "ext", "ext."), "sector": ("sec", "sec-", "sect"),
    "block": ("blk", "bl"), "near": ("nr", "neer", "nr."), "opposite": ("opp", "opp."),
    "opp": ("opposite", "opp."), "village": ("vill", "vill."), "house": ("h", "hse"),
    "number": ("no", "no."), "no": ("no.", "num", "number"), "gali": ("gali", "galli", "gully"),
    "ground": ("gr", "grd", "grnd"), "first": ("1st",), "second": ("2nd",), "third": ("3rd",),
    "district": ("dist", "distt", "dist."), "vihar": ("vhr", "vihaar"), "new": ("nw",),
    "khasra": ("kh", "kh."), "plot": ("plt", "pl"), "market": ("mkt",), "cross": ("crs",),
    "mandir": ("mndr", "mandhir"), "school": ("schl", "scool"), "hospital": ("hosp",),
}  # fmt: skip


def pieces_of(example: Example) -> list[Piece]:
    """The words of an example with their labels; separators are words of their own."""
    from .tokens import tokenize

    spans, at, opened = example.spans, 0, -1
    found: list[Piece] = []
    before = 0
    for token in tokenize(example.text):
        while at < len(spans) and spans[at].end <= token.start:
            at += 1
        inside = at < len(spans) and spans[at].start < token.end and token.start < spans[at].end
        # A token that touches the one before is kept glued to it by an empty mark.
        glued = "" if token.start > before or not found else "\u2060"
        label = spans[at].label if inside else ""
        found.append((glued + token.text, label, inside and opened != at))
        opened = at if inside else opened
        before = token.end
    return found


def laid_out(pieces: Sequence[Piece]) -> Example:
    """Words with labels as a text with spans."""
    text, spans = "", []
    label, start = "", 0
    for word, name, opens in pieces:
        glued = word.startswith("\u2060") or word in ",;"
        word = word.lstrip("\u2060")
        if not word:
            continue
        begin = len(text) if glued or not text else len(text) + 1
        if label and (opens or name != label):
            spans.append(Span(label, start, len(text)))
            label = ""
        text += ("" if glued or not text else " ") + word
        if name and not label:
            label, start = name, begin
    if label:
        spans.append(Span(label, start, len(text)))
    return Example(text, tuple(spans))


def _commas_left_out(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    share = rng.choice((0.3, 0.6, 1.0))
    return [p for p in pieces if p[0].strip("\u2060") not in ",;" or rng.random() > share]


def _commas_added(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    out: list[Piece] = []
    for at, piece in enumerate(pieces):
        if at and piece[2] and pieces[at - 1][0].strip("\u2060").isalnum() and rng.random() < 0.5:
            out.append((",", "", False))
        out.append(piece)
    return out


def _shortened(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    out = []
    for word, label, opens in pieces:
        mark = "\u2060" if word.startswith("\u2060") else ""
        other = _SHORT.get(word.strip("\u2060").casefold())
        if other and rng.random() < 0.6:
            chosen = rng.choice(other)
            word = mark + (chosen.upper() if word.isupper() else chosen)
        out.append((word, label, opens))
    return out


def misspelt(word: str, rng: random.Random) -> str:
    """A word with one slip: a letter left out, doubled, swapped with the next, or a vowel changed.

    >>> misspelt("nagar", random.Random(1)) != "nagar"
    True
    """
    if len(word) < 4 or not word.isalpha():
        return word
    for _ in range(8):
        at = rng.randrange(1, len(word) - 1)
        kind = rng.randrange(4)
        if kind == 0:
            changed = word[:at] + word[at + 1 :]
        elif kind == 1:
            changed = word[:at] + word[at] + word[at:]
        elif kind == 2:
            changed = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        else:
            vowels = [n for n, letter in enumerate(word) if n and letter.lower() in "aeiou"]
            if not vowels:
                continue
            at = rng.choice(vowels)
            changed = word[:at] + rng.choice("aeiou") + word[at + 1 :]
        if changed != word:
            return changed
    return word


def _slips(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    return [
        (
            (mark := "\u2060" * word.startswith("\u2060")) + misspelt(word[len(mark) :], rng)
            if rng.random() < 0.2
            else word,
            label,
            opens,
        )
        for word, label, opens in pieces
    ]


def _run_together(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Some neighbours of one part lose the space between them: `NO 12` is `NO12`."""
    out: list[Piece] = []
    for at, (word, label, opens) in enumerate(pieces):
        before = pieces[at - 1] if at else None
        joinable = (
            before is not None
            and label
            and before[1] == label
            and not opens
            and word[:1].isalnum()
            and before[0][-1:].isalnum()
        )
        if joinable and rng.random() < 0.3:
            last = out[-1]
            out[-1] = (last[0] + word, last[1], last[2])
        else:
            out.append((word, label, opens))
    return out


def _in_devanagari(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    return [
        (("\u2060" if w.startswith("\u2060") else "") + in_devanagari(w.strip("\u2060")), n, o)
        for w, n, o in pieces
    ]


Change = Callable[[list[Piece], random.Random], list[Piece]]
_CHANGES: tuple[tuple[Change, float], ...] = (
    (_commas_left_out, 0.5),
    (_commas_added, 0.2),
    (_shortened, 0.4),
    (_slips, 0.4),
    (_run_together, 0.2),
)


def changed(example: Example, rng: random.Random, *, devanagari: float = 0.0) -> Example:
    """One changed copy of an example."""
    pieces = pieces_of(example)
    if devanagari and rng.random() < devanagari:
        pieces = _in_devanagari(pieces, rng)
    for change, chance in _CHANGES:
        if rng.random() < chance:
            pieces = change(pieces, rng)
    return laid_out(pieces)


def crowded(example: Example) -> float:
    """The share of part boundaries that no separator marks: 0 for a form, near 1 for real hands."""
    inner = bare = 0
    for left, right in zip(example.spans, example.spans[1:], strict=False):
        inner += 1
        bare += not set(example.text[left.end : right.start]) & set(",;|")
    return bare / inner if inner else 0.0


def thinned(examples: Sequence[Example], rng: random.Random) -> list[Example]:
    """The examples with at most half as many forms as hands, where there are both.

    A row whose boundaries are all marked (or none is) was filled into a form or made by a
    generator, and says little that the next one does not; rows of real hands are mixed. Without
    this, three thousand generated rows teach their own habits over a hundred real ones.
    """
    shares = [crowded(example) for example in examples]
    hands = [example for example, share in zip(examples, shares, strict=True) if 0 < share < 1]
    forms = [example for example, share in zip(examples, shares, strict=True) if not 0 < share < 1]
    most = len(hands) // 2
    if len(hands) < 50 or len(forms) <= most:
        return list(examples)
    return hands + [forms[at] for at in sorted(rng.sample(range(len(forms)), most))]


#: Copies are made as long as there are fewer examples than this, so that learning stays short.
MOST = 20_000
#: Fewer examples than this get more copies each.
FEW = 600


def augmented(
    examples: Sequence[Example], *, seed: int = 0, copies: int | None = None
) -> Iterator[Example]:
    """The examples, thinned, and up to `copies` changed copies of each: 8 of few, 3 of many."""
    rng = random.Random(seed)
    kept = thinned(examples, rng)
    yield from kept
    if copies is None:
        copies = 8 if len(kept) < FEW else 3
    budget = min(copies * len(kept), max(0, MOST - len(kept)))
    while budget > 0:
        for example in rng.sample(kept, min(budget, len(kept))):
            yield changed(example, rng)
        budget -= len(kept)
