"""Whether a review is written in English, in which the lists of aspects and feelings are.

A text comes in; yes or no comes out, and what may be said of its aspects: where a feeling was found
it is told in any language, but that nothing was felt is told of English alone, since elsewhere it
only means that the lists do not know the words. What tells languages apart in a line or two are
their small words (Grefenstette, "Comparing two language identification schemes", JADT 1995):
English ones are counted against those of the languages that shops' reviews are often in. Where
there are none, the share of words that English lists know decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .folding import normalise
from .lexicon import lexicon
from .reviews import Aspect

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ENGLISH = frozenset(
    "the is was were are been it its it's this that these those and but not very my our you your "
    "with for of to from have has had will would they them he she we when which there after before "
    "because only just too again never always be at by as if than did didn't don't doesn't isn't "
    "wasn't can't cannot could should what how all any out up no".split()
)
#: Small words of other languages that are no English ones: French, German, Spanish, Portuguese,
#: Italian, Dutch, and Hindi in Latin letters.
_OTHER = frozenset(
    "le la les des du un une est sont pas très mais avec pour dans sur cette ce ces je qui que "
    "plus der das den dem und ist nicht sehr ein eine mit auch aber ich war wir wird zu von auf "
    "el los las muy pero es una por del con este esta lo se mi fue para como "
    "não nao muito uma os foi eu ao na produto il che di molto per della sono ho "
    "het een niet erg van ik zeer dit wel hai hain nahi nahin bahut bohot aur ka ki ke ko tha thi "
    "mein yeh ye bhi raha rahi accha acha achha kharab hua hui kya kar karo bilkul sab tum".split()
)
#: From this share of known words on, a text without small words is taken for English.
_KNOWN = 0.6


def _known(word: str) -> bool:
    """Whether English lists have a word; what Hindi in Latin letters has too says nothing."""
    lists = lexicon()
    return (word in lists.known or word in lists.words) and word not in lists.hinglish


def english(text: str) -> bool:
    """Whether a text reads as English; one without a word does, since there is nothing to misread.

    Examples
    --------
    >>> english("Great fabric, but delivery was slow"), english("Great value")
    (True, True)
    >>> english("Très bonne qualité, livraison rapide"), english("delivery bahut late thi")
    (False, False)
    """
    short = text[:5_000]
    words = _WORD.findall(normalise(short).text.lower())
    if not words:
        return not any(letter.isalpha() for letter in short)
    latin = sum(letter.isascii() for word in words for letter in word)
    if latin < 0.8 * sum(map(len, words)):
        return False
    # Small words of the text as it was written: folding takes the marks off letters.
    own = _WORD.findall(short.lower())
    ours = sum(word in _ENGLISH for word in own)
    theirs = sum(word in _OTHER for word in own)
    if ours != theirs:
        return ours > theirs
    if not short.isascii() and any(letter.isalpha() and not letter.isascii() for letter in short):
        return False
    return sum(map(_known, words)) >= _KNOWN * len(words)


def sayable(text: str, found: Iterable[Aspect]) -> list[Aspect]:
    """The aspects of a review that may be told.

    Examples
    --------
    >>> dull = Aspect("delivery", 0.0, 0, 8)
    >>> sayable("delivery came on tuesday, as they said", [dull]) == [dull]
    True
    >>> sayable("delivery bohot der se aayi", [dull])
    []
    """
    told = list(found)
    if any(not one.sentiment for one in told) and not english(text):
        return [one for one in told if one.sentiment]
    return told
