"""Splits an address into tokens that keep their place in the text.

In goes one address as a person typed it; out come tokens with offsets in code points. Nothing is
normalised away here: what a token looks like to the model is the matter of `features`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

#: A longer text is no address; what is beyond is not read, and takes no time.
LONGEST = 2_000

#: A run of letters and digits (with the marks of Indian scripts), or one other visible character.
_TOKEN = re.compile(
    r"(?:[^\W_]|[\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u200c\u200d])+|[^\s\u200b-\u200f\u202a-\u202e]"
)
#: A town with its PIN typed on: "Delhi110092".
_GLUED = re.compile(r"((?:[^\W\d_]|[\u0900-\u0963\u0970-\u0dff]){3,})([1-9]\d{5})")
#: A word with its number typed on: "GALINO21", "Sector62".
_NUMBERED = re.compile(r"([^\W\d_]{2,}?)(\d[^\W_]*)")
_LEADS = frozenset(
    "no num hno houseno house flat flatno kh khno khasra khasara gali galino galli gno plot plotno "
    "plno pno plt sector sec floor pocket pkt block blk ward lane street st road rd phase ph part "
    "pole shop room unit door dno apt khata killa".split()
)
#: What separates parts, as far as a token can.
SEPARATORS = frozenset(",;|।/\\-–—.:()[]{}#*&+\"'")


class Token(NamedTuple):
    """One token: `text[start:end]`."""

    text: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, in order; of a longer text only the first 2,000 code points.

    >>> [token.text for token in tokenize("H-12, Laxmi Nagar, Delhi110092")]
    ['H', '-', '12', ',', 'Laxmi', 'Nagar', ',', 'Delhi', '110092']
    >>> [token.text for token in tokenize("GaliNo21 B12 5th Sector62A")]
    ['GaliNo', '21', 'B12', '5th', 'Sector', '62A']
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(text[:LONGEST]):
        word, start = match.group(), match.start()
        if len(word) > 8 and word[-1].isdigit():
            glued = _GLUED.fullmatch(word)
            if glued is not None:
                middle = start + len(glued.group(1))
                found.append(Token(glued.group(1), start, middle))
                found.append(Token(glued.group(2), middle, match.end()))
                continue
        if len(word) > 2 and not word.isalpha() and not word.isdigit() and not word[1].isdigit():
            numbered = _NUMBERED.fullmatch(word)
            if numbered is not None and numbered.group(1).casefold() in _LEADS:
                middle = start + numbered.end(1)
                found.append(Token(numbered.group(1), start, middle))
                found.append(Token(numbered.group(2), middle, match.end()))
                continue
        found.append(Token(word, start, match.end()))
    return found


@lru_cache(maxsize=100_000)
def folded(word: str) -> str:
    """A word without case, width or the script of its digits: `२२६` and `226` are one.

    >>> folded("NAGAR"), folded("२२६००४")
    ('nagar', '226004')
    """
    plain = unicodedata.normalize("NFKC", word).casefold()
    if plain.isascii():
        return plain
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in plain
    )
