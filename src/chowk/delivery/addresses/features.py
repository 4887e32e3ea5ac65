"""What the parser sees of a token: its word, sound, shape, cue, gazetteer, place and neighbours.

In go the tokens of one address; out comes a list of attribute strings a token, for a linear-chain
CRF. Nothing here looks at case, so an address typed in capitals is the same address. What a word
is by itself is worked out once and remembered; that is what makes 5,000 addresses a second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from .cues import classes_of
from .gazetteer import Gazetteer, india
from .script import romanised, skeleton
from .tokens import Token, folded

_PIN = re.compile(r"[1-9]\d{5}")
_ROMAN = re.compile(r"(?=[ivx])(x{0,2})(ix|iv|v?i{0,3})")
_BREAKS = frozenset(",;|।\n")


#: Cue classes that a number, or a name, belongs to, the most telling first.
_GOVERNS = (
    *("khasra", "plot", "pole", "sector", "floor", "unit", "street", "block", "ward"),
    *("village", "post", "tehsil", "district", "house", "pin", "relation", "number"),
)


class Word(NamedTuple):
    """What is known of a word wherever it stands."""

    folded: str
    cue: str
    shape: str
    here: tuple[str, ...]
    before: tuple[str, ...]
    before2: tuple[str, ...]
    after: tuple[str, ...]
    after2: tuple[str, ...]
    opens: str
    numeral: bool
    numberlike: bool
    relates: bool


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
    near = (f"w={known}", f"sh={form}", f"c={cue}") if plain[:1].isalnum() else (f"w={known}",)
    far = (f"w={known}", f"c={cue}")
    return Word(
        plain,
        cue,
        form,
        tuple(here),
        tuple("-1" + name for name in (*near, *((f"k={bones}",) if len(bones) > 2 else ()))),
        tuple("-2" + name for name in far),
        tuple("+1" + name for name in (*near, *((f"k={bones}",) if len(bones) > 2 else ()))),
        tuple("+2" + name for name in far),
        next((kind for kind in _GOVERNS if kind in classes), ""),
        any(letter.isdigit() for letter in plain),
        _numberlike(plain),
        "relation" in classes,
    )


@lru_cache(maxsize=200_000)
def _placed(
    number: int, from_end: int, low: int, high: int, at: int, rest: int, opening: str,
    closing: str, length: int,
) -> tuple[str, ...]:  # fmt: skip
    """Where a token stands, as attributes; all numbers are cut off by the caller."""
    return (
        f"sg={number}",
        f"se={from_end}",
        f"ps={low}",
        f"pe={high}",
        f"at={at}",
        f"to={rest}",
        f"so={opening}",
        f"sc={closing}",
        f"sc={closing}|{high}",
        f"sl={length}",
    )


@lru_cache(maxsize=20_000)
def _governed(governor: str, form: str) -> tuple[str, str]:
    return f"gv={governor}", f"gv={governor}|{form}"


@lru_cache(maxsize=50_000)
def _joint(before: str, here: str, form: str) -> str:
    return f"1:{before}|{here}|{form}"


@lru_cache(maxsize=50_000)
def _next(here: str, after: str) -> str:
    return f"2:{here}|{after}"


def attributes(tokens: Sequence[Token], gazetteer: Gazetteer | None = None) -> list[list[str]]:
    """One list of attribute strings a token."""
    words = [word_of(token.text) for token in tokens]
    count = len(words)
    named = _names([word.folded for word in words], gazetteer or india())
    first = _segment_firsts(words)
    segments = max(first) + 1 if first else 0
    bounds = _bounds(first, segments)
    governors, chains = _governors(words), _chains(words)
    last_seen = {word.folded: at for at, word in enumerate(words)}
    out: list[list[str]] = []
    relation = ""
    for at, word in enumerate(words):
        number = first[at]
        low, high = bounds[number]
        if at == low:
            relation = ""
        found = list(word.here)
        if at:
            found += words[at - 1].before
        else:
            found.append("first")
        if at > 1:
            found += words[at - 2].before2
        if at + 1 < count:
            found += words[at + 1].after
            found.append(_next(word.cue, words[at + 1].cue))
        else:
            found.append("last")
        if at + 2 < count:
            found += words[at + 2].after2
        if at:
            found.append(_joint(words[at - 1].cue, word.cue, word.shape))
        from_end = segments - 1 - number
        found += _placed(
            number if number < 4 else 4,
            from_end if from_end < 4 else 4,
            at - low if at - low < 3 else 3,
            high - 1 - at if high - 1 - at < 3 else 3,
            at if at < 5 else 5,
            count - 1 - at if count - 1 - at < 8 else 8,
            words[low].cue,
            words[high - 1].cue,
            high - low if high - low < 6 else 6,
        )
        if named[at]:
            found.append(f"g={named[at]}")
            found.append(f"g={named[at]}|{min(from_end, 3)}")
        found += _governed(governors[at], word.shape)
        if chains[at]:
            found.append(f"ch={chains[at]}")
        if last_seen[word.folded] > at and word.shape == "a+":
            found.append("again")
        if relation:
            found.append(f"rel={relation}")
        if word.relates:
            relation = "1"
        elif relation:
            relation = str(min(int(relation) + 1, 5))
        out.append(found)
    return out


def _names(words: list[str], gazetteer: Gazetteer) -> list[str]:
    """Of every word, whether it is in a known name: `B` or `I` and the kinds of the name."""
    out = [""] * len(words)
    for start, stop, kinds in gazetteer.matches(words):
        kind = "state" if "state" in kinds else "city" if "city" in kinds else "place"
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
        if word.folded in _BREAKS:
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


_JOINS = frozenset("/-\\&.")


def _chains(words: Sequence[Word]) -> list[str]:
    """Of every word, its place in a number of several tokens (`12/4-A`), if it is in one."""
    out = [""] * len(words)
    at = 0
    while at < len(words):
        if not words[at].folded[:1].isalnum() or not words[at].numberlike:
            at += 1
            continue
        stop = at + 1
        while stop + 1 < len(words) and words[stop].folded in _JOINS and words[stop + 1].numberlike:
            stop += 2
        if stop - at > 1:
            out[at] = "B"
            out[at + 1 : stop] = ["I"] * (stop - at - 1)
            if stop < len(words):
                out[stop] = "after"
        at = stop
    return out


def _numberlike(word: str) -> bool:
    return len(word) <= 2 or any(letter.isdigit() for letter in word)


def _segment_firsts(words: Sequence[Word]) -> list[int]:
    """Of every word, the number of its segment; a comma ends the segment that it stands in."""
    numbers, number = [], 0
    for at, word in enumerate(words):
        numbers.append(number)
        if word.folded in _BREAKS and at + 1 < len(words):
            number += 1
    return numbers


def _bounds(numbers: Sequence[int], segments: int) -> list[tuple[int, int]]:
    bounds = [(0, 0)] * segments
    for at, number in enumerate(numbers):
        low, high = bounds[number]
        bounds[number] = (low if high else at, at + 1)
    return bounds
