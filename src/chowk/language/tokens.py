"""Text into tokens, with their places in code points.

In: any text. Out: words, numbers and marks. Punctuation at the ends of a word is a token of its
own, inside a word it stays (`don't`, `t-shirt`, `9:30`); Han and kana are tokens one by one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_PIECE = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")
# Marks that combine (vowel signs of Indic scripts) are no punctuation, though \w leaves them out.
_EDGE = r"""[!-#%-/:-@\[-`{-~¡-©«-¬®-±´¶-¹»¿‐-‧‰-⁞।॥،؛؟]"""
_LEFT = re.compile(rf"{_EDGE}+")
_RIGHT = re.compile(rf"{_EDGE}+$")


class Token(NamedTuple):
    """A token, and where it stands in the text, in code points."""

    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a text, from left to right.

    >>> [token.text for token in tokens("Don't show ₹2,000 t-shirts!")]
    ["Don't", 'show', '₹2,000', 't-shirts', '!']
    """
    found = []
    for match in _PIECE.finditer(text):
        piece, start = match.group(), match.start()
        if piece.isalnum() and piece.isascii():  # most are; they have no edges
            found.append(Token(piece, start, match.end()))
            continue
        left = _LEFT.match(piece)
        head = left.end() if left else 0
        right = _RIGHT.search(piece, head)
        tail = right.start() if right else len(piece)
        if head:
            found.append(Token(piece[:head], start, start + head))
        if tail > head:
            found.append(Token(piece[head:tail], start + head, start + tail))
        if tail < len(piece) and tail >= head:
            found.append(Token(piece[tail:], start + tail, match.end()))
    return found


def says(word: str) -> bool:
    """Whether a word is more than punctuation.

    >>> says("t-shirts"), says("!")
    (True, False)
    """
    return any(character.isalnum() for character in word)
