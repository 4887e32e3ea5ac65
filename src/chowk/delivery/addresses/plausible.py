"""Is this a word, or a hand dropped on the keyboard? A letter-pair model of place names.

In goes a word in Latin letters; out comes whether it looks typed to get past a form. The pairs are
counted over the gazetteer's own names and the cue words; other scripts are never judged.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from .cues import CLASSES
from .gazetteer import india, key

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_REPEATED = re.compile(r"(.)\1\1\1|^(..)\2\2|^(...)\3\3|^(.)\4\4$")
#: A word whose mean log-probability a letter pair is below this is not one. Of the gazetteer's own
#: 10,000 words 2 in a thousand fall below it, of random letters 87 in a hundred.
_LIMIT = -3.75


@lru_cache(maxsize=1)
def _pairs() -> dict[str, float]:
    counts: Counter[str] = Counter()
    for name in (*india().places, *india().cities, *india().state_names, *CLASSES):
        for word in name.split():
            if word.isascii() and word.isalpha() and len(word) > 3:
                marked = f"^{word}$"
                counts.update(a + b for a, b in pairwise(marked))
    firsts: Counter[str] = Counter()
    for pair, count in counts.items():
        firsts[pair[0]] += count
    letters = "abcdefghijklmnopqrstuvwxyz$"
    return {
        a + b: math.log((counts[a + b] + 0.3) / (firsts[a] + 0.3 * 27))
        for a in "^abcdefghijklmnopqrstuvwxyz"
        for b in letters
    }


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    known = (key(name) for some in india().localities.values() for name in some)
    names = (*india().places, *india().cities, *india().state_names, *CLASSES, *known)
    listed = (files(__package__) / "india" / "words.txt").read_text("utf-8").lower()
    return frozenset(w for name in names for w in name.split()) | set(re.findall(r"\w+", listed))


def _less_one(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


@lru_cache(maxsize=1)
def _shorter() -> frozenset[str]:
    """Known words of five letters and more with any one letter left out."""
    return frozenset(s for word in _known() if len(word) > 4 for s in _less_one(word))


def _slip_of_a_word(word: str) -> bool:
    """Whether a word is a known one with one slip, or two known ones run together.

    >>> [_slip_of_a_word(word) for word in ("lnae", "eaast", "bldgno", "xkqjzv")]
    [True, True, True, False]
    """
    known = _known()
    if any(word[:at] in known and word[at:] in known for at in range(2, len(word) - 1)):
        return True
    swapped = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))
    if not known.isdisjoint(swapped) or word in _shorter():
        return True
    shorter = _less_one(word)
    if any(len(less) > 3 and less in known for less in shorter):
        return True
    return len(word) > 6 and not _shorter().isdisjoint(shorter)


@lru_cache(maxsize=50_000)
def mashed(word: str) -> bool:
    """Whether a folded Latin word of at least four letters is no word of any kind.

    >>> [mashed(word) for word in ("asdf", "koramangala", "xkqjzv", "aaaaa", "strength")]
    [True, False, True, True, False]
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha() or word in _known():
        return False
    if _REPEATED.search(word):
        return True
    for row in _ROWS:
        if word in row or word in row[::-1] or (len(word) > 5 and set(word) <= set(row[:5])):
            return True
    pairs = _pairs()
    marked = f"^{word}$"
    if _slip_of_a_word(word):
        return False
    mean = sum(pairs[a + b] for a, b in pairwise(marked)) / (len(word) + 1)
    vowels = sum(letter in "aeiouy" for letter in word)
    return mean < _LIMIT or (vowels == 0 and len(word) > 5)
