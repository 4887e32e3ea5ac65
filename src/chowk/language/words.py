"""What a word looks like: its features for the models of this wing.

In: a token in its own spelling. Out: names of features: the word without case, its ends, its shape,
its characters. Features never need a second word, so that they are computed once a word.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from .latin import to_latin


@lru_cache(20_000)
def shape(word: str) -> str:
    """Kinds of characters, runs joined.

    >>> shape("T-shirt"), shape("2,000"), shape("₹99")
    ('X-x', '9,9', '₹9')
    """
    kinds: list[str] = []
    for character in word[:30]:
        if character.isdigit():
            kind = "9"
        elif character.isalpha():
            kind = "X" if character.isupper() else "x"
        else:
            kind = character
        if not kinds or kinds[-1] != kind:
            kinds.append(kind)
    return "".join(kinds)


def slot_features(word: str) -> list[str]:
    """Features of a word where it stands, for slots."""
    key = word.casefold()[:40]
    names = [f"w={key}", f"s={shape(word)}", f"l={min(len(key), 8)}"]
    names += [f"<{key[:n]}" for n in range(1, min(len(key), 5) + 1)]
    names += [f"{key[-n:]}>" for n in range(1, min(len(key), 5) + 1)]
    return names


def neighbour_features(word: str) -> list[str]:
    """Features of a word for its neighbours, for slots."""
    key = word.casefold()[:40]
    return [f"w={key}", f"s={shape(word)}", f"{key[-3:]}>"]


def tag_features(word: str) -> list[str]:
    """Features of a word where it stands, for languages: all runs of 1 to 5 characters.

    A word of another script has those of its Latin spelling too, so that what was learned of
    `dikhao` holds for `दिखाओ`.

    >>> "dikha" in tag_features("दिखाओ"), "k=DEVANAGARI" in tag_features("दिखाओ")
    (True, True)
    """
    key = f"<{word.casefold()[:30]}>"
    names = {f"w={key}", f"s={shape(word)}", f"k={_script(word)}"}
    names |= {key[i : i + n] for n in range(1, 6) for i in range(len(key) - n + 1)}
    latin = key if key.isascii() else f"<{to_latin(word[:30]).casefold()}>"
    if latin != key:
        names |= {latin[i : i + n] for n in range(1, 6) for i in range(len(latin) - n + 1)}
        names.add(f"w={latin}")
    return sorted(names)


def _script(word: str) -> str:
    """The script of the first letter, by its Unicode name."""
    letter = next((character for character in word[:30] if character.isalpha()), "")
    return unicodedata.name(letter, "NONE").split(" ")[0] if letter else "NONE"


def tag_neighbours(word: str) -> list[str]:
    """Features of a word for its neighbours, for languages."""
    key = word.casefold()[:30]
    return [f"w={key}", f"{key[-2:]}>", f"{key[-3:]}>", f"<{key[:2]}"]
