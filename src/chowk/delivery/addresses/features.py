"""What the parser sees of a token: its word, sound, shape, cue, gazetteer, place and neighbours.

In go the tokens of one address; out comes a list of attribute strings a token, for a linear-chain
CRF. Nothing here looks at case, so an address typed in capitals is the same address. What a word
is by itself is worked out once and remembered; that is what makes 5,000 addresses a second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .crf import NOTHING, Bundle
from .cues import classes_of
from .gazetteer import Gazetteer, india
from .script import romanised, skeleton
from .tokens import Token, folded

_PIN = re.compile(r"[1-9]\d{5}")
_ROMAN = re.compile(r"(?=[ivx])(x{0,2})(ix|iv|v?i{0,3})")
_BREAKS = frozenset(",;|।\n")
#: What holds a number of several tokens together.
_JOINS = frozenset("/-\\&.")


#: Cue classes that a number, or a name, belongs to, the most telling first.
_GOVERNS = (
    *("khasra", "plot", "pole", "sector", "floor", "unit", "street", "block", "ward"),
    *("village", "post", "tehsil", "district", "house", "pin", "relation", "number"),
)


@dataclass(slots=True)
class Word:
    """What is known of a word wherever it stands."""

    folded: str
    cue: str
    shape: str
    here: Bundle
    before: Bundle
    before2: Bundle
    after: Bundle
    after2: Bundle
    opens: str
    numeral: bool
    numberlike: bool
    relates: bool
    breaks: bool
    joins: bool
    builds: bool


def shape(word: str) -> str:
    """Letters as `a`, digits as `d` with their count, other marks as themselves.

    >>> shape("110092"), shape("b12"), shape("nagar"), shape("/")
    ('d6', 'ad2', 'a+', '/')
    """
    if word.isdigit():
        return f"d{min(len(word), 9)}"
    if word.isalpha():
        return "a" if len(word) == 1 else "aa" if len(word) == 2 else "a+"
    if word.isalnum():
        return "".join(
            f"d{min(len(run), 4)}" if run[0].isdigit() else "a" if len(run) == 1 else "a+"
            for run in re.findall(r"\d+|\D+", word)
        )
    return word if len(word) == 1 else "m+"


@lru_cache(maxsize=60_000)
def word_of(text: str) -> Word:
    """The attributes that a word carries to its own place and to its neighbours'."""
    plain = folded(text)
    if plain.isdigit() and len(plain) > 1:
        # Of a longer number only its length is seen: those of one length are one word.
        return _seen(("0" if plain[0] == "0" else "1") * len(plain))
    return _seen(plain)


@lru_cache(maxsize=60_000)
def _seen(plain: str) -> Word:
    sound, bones, form = romanised(plain), skeleton(plain), shape(plain)
    classes = classes_of(plain)
    cue = "+".join(classes) or "-"
    numeric = plain.isdigit()
    known = form if numeric and len(plain) > 1 else sound
    here = [f"w={known}", f"sh={form}", *(f"c={kind}" for kind in classes)]
    if plain[:1].isalnum() and not numeric:
        here += [f"k={bones}", f"p2={sound[:2]}", f"p3={sound[:3]}", f"p4={sound[:4]}"]
        here += [f"s2={sound[-2:]}", f"s3={sound[-3:]}", f"s4={sound[-4:]}"]
        here.append(f"n={min(len(sound), 8)}")
    if numeric and _PIN.fullmatch(plain):
        here.append("pin")
    if any(letter.isdigit() for letter in plain):
        here.append("hasd")
    if _ROMAN.fullmatch(plain):
        here.append("roman")
    near: tuple[str, ...] = (f"w={known}",)
    if plain[:1].isalnum():
        near += (f"sh={form}", f"c={cue}")
    if len(bones) > 2 and not numeric:
        near += (f"k={bones}",)
    far = (f"w={known}", f"c={cue}")
    return Word(
        plain,
        cue,
        form,
        Bundle(*here),
        Bundle(*("-1" + name for name in near)),
        Bundle(*("-2" + name for name in far)),
        Bundle(*("+1" + name for name in near)),
        Bundle(*("+2" + name for name in far)),
        next((kind for kind in _GOVERNS if kind in classes), ""),
        any(letter.isdigit() for letter in plain),
        len(plain) <= 2 or any(letter.isdigit() for letter in plain),
        "relation" in classes,
        plain in _BREAKS,
        plain in _JOINS,
        "building" in classes,
    )


@lru_cache(maxsize=20_000)
def _placed(number: int, from_end: int, low: int, high: int, length: int) -> Bundle:
    """Where a token stands in its segment, and that in the address; cut off by the caller."""
    return Bundle(f"sg={number}", f"se={from_end}", f"ps={low}", f"pe={high}", f"sl={length}")


@lru_cache(maxsize=1_000)
def _ended(at: int, rest: int) -> Bundle:
    return Bundle(f"at={at}", f"to={rest}")


@lru_cache(maxsize=50_000)
def _framed(opening: str, closing: str, high: int) -> Bundle:
    return Bundle(f"so={opening}", f"sc={closing}", f"sc={closing}|{high}")


@lru_cache(maxsize=1_000)
def _ahead(closing: str, built: bool) -> Bundle:
    """Of a number: how the next segment ends, and whether a building is yet to be named."""
    return Bundle(f"nx={closing}", f"hb={built:d}")


@lru_cache(maxsize=50_000)
def _standing(
    governor: str, form: str, named: str, from_end: int, chain: str, again: bool, relation: int
) -> Bundle:
    """What the words before and around say of a token, and the name that it is part of."""
    found = [f"gv={governor}", f"gv={governor}|{form}"]
    if named:
        found += [f"g={named}", f"g={named}|{min(from_end, 3)}"]
    if chain:
        found.append(f"ch={chain}")
    if again:
        found.append("again")
    if relation:
        found.append(f"rel={relation}")
    return Bundle(*found)


@lru_cache(maxsize=50_000)
def _joint(before: str, here: str, form: str) -> Bundle:
    return Bundle(f"1:{before}|{here}|{form}")


@lru_cache(maxsize=50_000)
def _next(here: str, after: str) -> Bundle:
    return Bundle(f"2:{here}|{after}")


def attributes(tokens: Sequence[Token], gazetteer: Gazetteer | None = None) -> list[list[str]]:
    """One list of attribute strings a token, as a field learns from them."""
    return [
        [name for bundle in item for name in bundle.names] for item in bundles(tokens, gazetteer)
    ]


def bundles(tokens: Sequence[Token], gazetteer: Gazetteer | None = None) -> list[list[Bundle]]:
    """The same attributes, kept together as they come: each bundle is made once and remembered."""
    words = [word_of(token.text) for token in tokens]
    count = len(words)
    named = _names([word.folded for word in words], gazetteer or india())
    first = _segment_firsts(words)
    segments = first[-1] + 1 if first else 0
    bounds = _bounds(first, segments)
    governors, chains = _governors(words), _chains(words)
    last_seen = {word.folded: at for at, word in enumerate(words)}
    ahead = [_closing(words, low, high) for low, high in bounds[1:]] + ["-"]
    built = next((at for at in range(count - 1, -1, -1) if words[at].builds), -1)
    out: list[list[Bundle]] = []
    relation = 0
    for at, word in enumerate(words):
        number = first[at]
        low, high = bounds[number]
        if at == low:
            relation = 0
        from_end = segments - 1 - number
        from_end = from_end if from_end < 4 else 4
        to_high = high - 1 - at if high - 1 - at < 3 else 3
        before = words[at - 1] if at else None
        after = words[at + 1] if at + 1 < count else None
        found = [
            word.here,
            _placed(
                number if number < 4 else 4,
                from_end,
                at - low if at - low < 3 else 3,
                to_high,
                high - low if high - low < 6 else 6,
            ),
            _ended(at if at < 5 else 5, count - 1 - at if count - 1 - at < 8 else 8),
            _framed(words[low].cue, words[high - 1].cue, to_high),
            _ahead(ahead[number], built > at) if word.numberlike and not word.breaks else NOTHING,
            _standing(
                governors[at],
                word.shape,
                named[at],
                from_end,
                chains[at],
                last_seen[word.folded] > at and word.shape == "a+",
                relation,
            ),
            before.before if before else _FIRST,
            _joint(before.cue, word.cue, word.shape) if before else NOTHING,
            words[at - 2].before2 if at > 1 else NOTHING,
            after.after if after else _LAST,
            _next(word.cue, after.cue) if after else NOTHING,
            words[at + 2].after2 if at + 2 < count else NOTHING,
        ]
        if word.relates:
            relation = 1
        elif relation:
            relation = min(relation + 1, 5)
        out.append(found)
    return out


_FIRST, _LAST = Bundle("first"), Bundle("last")


def _closing(words: Sequence[Word], low: int, high: int) -> str:
    """The cue of the last word of a segment, which its comma belongs to."""
    while high > low + 1 and words[high - 1].breaks:
        high -= 1
    return words[high - 1].cue


#: Kinds of known names, the most telling first.
_KINDS = ("state", "city", "locality", "place")


def _names(words: list[str], gazetteer: Gazetteer) -> list[str]:
    """Of every word, whether it is in a known name: `B` or `I` and the kinds of the name."""
    out = [""] * len(words)
    for start, stop, kinds in gazetteer.matches(words):
        kind = next(kind for kind in _KINDS if kind in kinds)
        if kinds >= {"state", "city"}:
            kind = "both"
        for at in range(start, stop):
            out[at] = f"{'B' if at == start else 'I'}:{kind}"
    return out


def _governors(words: Sequence[Word]) -> list[str]:
    """Of every word, the cue that it may belong to, and how that cue has been served so far.

    `khasra.n` follows `KHASRA NO`; once a number has come it is `khasra.d`, and a long word after
    that closes it (`khasra.x`), as in `KH NO 12/4 RAM NAGAR`.
    """
    out: list[str] = []
    cue, state = "", ""
    for word in words:
        opened = word.opens
        if word.breaks:
            out.append(f"{cue}.{state}," if cue else "-")
            cue, state = ("", "") if state != "n" else (cue, state)
            continue
        if opened and not (opened == "number" and cue):
            cue, state = opened, "n"
        elif cue and word.numeral:
            state = "d" if state in ("n", "d") else state
        elif cue and word.shape == "a+" and state in ("d", "n"):
            state = "x" if state == "d" else "w"
        out.append(f"{cue}.{state}" if cue else "-")
    return out


def _chains(words: Sequence[Word]) -> list[str]:
    """Of every word, its place in a number of several tokens (`12/4-A`), if it is in one."""
    out = [""] * len(words)
    at = 0
    while at < len(words):
        if words[at].joins or not words[at].numberlike or not words[at].folded[0].isalnum():
            at += 1
            continue
        stop = at + 1
        while stop + 1 < len(words) and words[stop].joins and words[stop + 1].numberlike:
            stop += 2
        if stop - at > 1:
            out[at] = "B"
            out[at + 1 : stop] = ["I"] * (stop - at - 1)
            if stop < len(words):
                out[stop] = "after"
        at = stop
    return out


def _segment_firsts(words: Sequence[Word]) -> list[int]:
    """Of every word, the number of its segment; a comma ends the segment that it stands in."""
    numbers, number = [], 0
    for at, word in enumerate(words):
        numbers.append(number)
        if word.breaks and at + 1 < len(words):
            number += 1
    return numbers


def _bounds(numbers: Sequence[int], segments: int) -> list[tuple[int, int]]:
    bounds = [(0, 0)] * segments
    for at, number in enumerate(numbers):
        low, high = bounds[number]
        bounds[number] = (low if high else at, at + 1)
    return bounds
