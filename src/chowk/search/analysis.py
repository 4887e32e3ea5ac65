"""From text to the words that are indexed and searched, the same on both sides.

In goes any Unicode text, out come folded words. Words are runs of letters, digits and combining
marks (so that the vowel signs of Indic scripts stay inside their word), compatibility-normalised,
case-folded and without accents; English plurals lose their ending and nothing else is stemmed.
Sources: Unicode UAX 15 (normalisation) and UAX 29 (what a word is, here without a dictionary:
scripts that write no spaces stay whole runs); Harman 1991, "How effective is suffixing?", for the
plural rules, with the sibilant plurals (dresses, boxes) mended.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: No word is longer; what follows is cut, on both sides.
LONGEST_WORD = 48

#: Words that carry no wish of their own; dropped from a query that has others.
STOP_WORDS = frozenset("a an and at by for from in is of on or the to with".split())

#: Letters that do not decompose, joiners that only shape, and what Hindi shoppers leave out
#: (nukta; chandrabindu is written as anusvara).
_FOLD = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "\u00ad": None,
        "\u200c": None,
        "\u200d": None,
        "'": None,
        "\u2019": None,
        "\u02bc": None,
        "_": " ",
        "\u093c": None,
        "\u0901": "\u0902",
    }
)
_ASCII_FOLD = str.maketrans({"'": None, "_": " "})
_ACCENTS = re.compile("[\u0300-\u036f]+")


def _mark_ranges() -> str:
    """The combining marks of the first two planes as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x20000):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


_NUMBER = r"\d+(?:[.,]\d+)+"
_GROUPED = re.compile(r"\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?")
_WORD = re.compile(rf"{_NUMBER}|[\w{_mark_ranges()}]+")
_ASCII_WORD = re.compile(rf"{_NUMBER}|[a-z0-9]+", re.ASCII)


def surfaces(text: str) -> list[str]:
    """The folded words of a text, as written.

    >>> surfaces("Crème brûlée, 15,6-inch, 1,29,900 rupees")
    ['creme', 'brulee', '15.6', 'inch', '129900', 'rupees']
    >>> surfaces("रेशमी साड़ी") == ["रेशमी", "साडी"]
    True
    """
    if text.isascii():
        found = _ASCII_WORD.findall(text.lower().translate(_ASCII_FOLD))
    else:
        folded = unicodedata.normalize("NFKC", text).casefold()
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", folded)).translate(_FOLD)
        found = _WORD.findall(unicodedata.normalize("NFC", bare))
    return [(_number(word) if "," in word else word)[:LONGEST_WORD] for word in found]


def _number(word: str) -> str:
    """Commas between thousands (or lakhs) go; any other is a decimal one."""
    return word.replace(",", "" if _GROUPED.fullmatch(word) else ".")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """An English plural without its ending; any other word as it is.

    Only words of ASCII letters change, and never below three letters.

    >>> [stem(w) for w in ("sarees", "dresses", "boxes", "babies", "shoes", "glass", "bus", "5s")]
    ['saree', 'dress', 'box', 'baby', 'shoe', 'glass', 'bus', '5s']
    """
    if len(word) < 4 or word[-1] != "s" or not word.isascii() or not word.isalpha():
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word[-2] in "siu":
        return word
    return word[:-1]


def words(text: str) -> list[str]:
    """The words of a text as they are indexed.

    >>> words("Women's Silk Sarees")
    ['women', 'silk', 'saree']
    """
    return [stem(word) for word in surfaces(text)]
