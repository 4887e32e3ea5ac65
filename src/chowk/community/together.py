"""Words that are written together: "FreeCoins", "#UnfollowAnna", "joinnow".

A text comes in; it comes out with such words parted where they call for something or accuse. All
others stay as they are: the names of emotes are written together too, and are what they are.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .lexicon import lexicon
from .shouts import ACCUSES, CALLS, kind_of

_LONG = re.compile(r"#?(?<![^\W_])[A-Za-z_]{6,40}(?![^\W_])")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
#: Words of this rank may stand within one; those of less than three letters when they are these.
_COMMON, _SHORTEST, _MOST = 8_000, 3, 4
_LITTLE = frozenset("at by he im in is it me my of on or our so to up us we".split())
#: Letters from which on a word that accuses is known within a hashtag beside any name.
_TELLING = 6


def parted(text: str) -> str:
    """A text with the words apart that call for something or accuse and are written together.

    >>> parted("FreeCoins joinnow #UnfollowAnna #boycottanna")
    'Free Coins join now  Unfollow Anna  boycott anna'
    >>> parted("PogChamp rexaGift FeelsGoodMan followers")
    'PogChamp rexaGift FeelsGoodMan followers'
    """
    return _LONG.sub(lambda found: _apart(found.group()), text)


@lru_cache(20_000)
def _apart(word: str) -> str:
    tag = word.startswith("#")
    bare = word.removeprefix("#")
    written = _PARTS.findall(bare)
    small = bare.lower()
    if len(written) > 1:
        # A channel's emotes begin with its own small letters.
        free = tag or bare[:1].isupper() or "_" in bare
        if any(_weighs(one.lower()) for one in written) and (
            free or all(_may(one.lower()) for one in written)
        ):
            return " " * tag + " ".join(written)
        if not tag:
            return word
    if small in lexicon().known or kind_of(small):
        return word
    found = _words(small)
    if found is None and tag:
        found = _beside(small)
    return word if found is None else " " * tag + " ".join(found)


def _weighs(word: str) -> bool:
    return len(word) >= _SHORTEST and bool(kind_of(word) & (CALLS | ACCUSES))


def _words(whole: str) -> list[str] | None:
    """The fewest common words that make up one, of which some weigh; None when there are none."""
    best: list[list[str] | None] = [[]] + [None] * len(whole)
    for end in range(2, len(whole) + 1):
        for start in range(end):
            before = best[start]
            if before is None or len(before) >= _MOST or not _may(whole[start:end]):
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = [*before, whole[start:end]]
    found = best[-1]
    if found is None or len(found) < 2 or not any(map(_weighs, found)):
        return None
    return found


def _may(part: str) -> bool:
    if len(part) < _SHORTEST:
        return part in _LITTLE
    return part in _common() or kind_of(part) != 0


def _beside(whole: str) -> list[str] | None:
    for at in range(len(whole) - 2, _TELLING - 1, -1):
        if kind_of(whole[:at]) & ACCUSES:
            return [whole[:at], whole[at:]]
        if kind_of(whole[-at:]) & ACCUSES:
            return [whole[:-at], whole[-at:]]
    return None


@cache
def _common() -> frozenset[str]:
    return frozenset(list(lexicon().known)[:_COMMON])
