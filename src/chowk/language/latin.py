"""How people type another script on a Latin keyboard, and how differently they spell it.

In: tokens in an Indic script, Cyrillic or Greek. Out: Latin letters, and spelling variants as seen
in chats: `acchha`, `acha`. The Indic blocks of Unicode share one layout, that of ISCII, so one
table serves Devanagari, Bengali, Gurmukhi, Gujarati, Odia, Tamil, Telugu, Kannada and Malayalam.
"""

from __future__ import annotations

import random
import re
import unicodedata

#: Vowels, consonants and signs by their place within an Indic block of 128 code points.
_VOWELS = {
    0x05: "a", 0x06: "aa", 0x07: "i", 0x08: "ee", 0x09: "u", 0x0A: "oo", 0x0B: "ri", 0x0E: "e",
    0x0F: "e", 0x10: "ai", 0x0D: "e", 0x11: "o", 0x12: "o", 0x13: "o", 0x14: "au",
}  # fmt: skip
_SIGNS = {
    0x3E: "aa", 0x3F: "i", 0x40: "ee", 0x41: "u", 0x42: "oo", 0x43: "ri", 0x45: "e", 0x46: "e",
    0x47: "e", 0x48: "ai", 0x49: "o", 0x4A: "o", 0x4B: "o", 0x4C: "au",
}  # fmt: skip
_CONSONANTS = dict(
    zip(
        range(0x15, 0x3A),
        (
            "k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m "
            "y r r l l l v sh sh s h"
        ).split(),
        strict=True,
    )
)
_NUKTA_FORMS = {"k": "q", "kh": "kh", "g": "g", "j": "z", "d": "r", "dh": "rh", "ph": "f"}
_PLAIN = {
    **dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcye", strict=True)),
    **dict(zip("αβγδεζηικλμνξοπρσςτυφωάέήίόύώ", "abgdeziiklmnxoprsstyfoaeiioyo", strict=True)),
    "ё": "yo", "ж": "zh", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ь": "", "ю": "yu",
    "я": "ya", "й": "y", "ц": "ts", "θ": "th", "χ": "ch", "ψ": "ps",
}  # fmt: skip
_FIRST_BLOCK, _BLOCKS = 0x0900, 9

#: Spellings that people take for one another, most usual first.
_VARIANTS = (
    ("aa", "a"), ("ee", "i"), ("oo", "u"), ("ai", "e"), ("au", "o"), ("chh", "ch"), ("ph", "f"),
    ("v", "w"), ("w", "v"), ("z", "j"), ("kh", "k"), ("sh", "s"), ("th", "t"), ("dh", "d"),
    ("y", "i"), ("q", "k"), ("i", "ee"), ("u", "oo"), ("ein", "e"), ("e", "ei"),
)  # fmt: skip


def to_latin(token: str) -> str:
    """The token in Latin letters; what is not of a known script stays as it is.

    >>> to_latin("जूते"), to_latin("लाल"), to_latin("обувь"), to_latin("shoes")
    ('joote', 'laal', 'obuv', 'shoes')
    """
    text = unicodedata.normalize("NFC", token)
    if all(ord(c) < 0x370 for c in text):
        return token
    pieces: list[tuple[str, bool]] = []  # a piece, and whether it is a consonant with a bare 'a'
    for character in text:
        code = ord(character) - _FIRST_BLOCK
        if not 0 <= code < 0x80 * _BLOCKS:
            lower = character.lower()
            plain = _PLAIN.get(lower, character)
            pieces.append((plain.capitalize() if lower != character else plain, False))
            continue
        place = code % 0x80
        bare = bool(pieces) and pieces[-1][1]
        if place in _CONSONANTS:
            pieces.append((_CONSONANTS[place], True))
        elif 0x58 <= place <= 0x5F and code < 0x80:
            pieces.append((("q", "kh", "g", "z", "r", "rh", "f", "y")[place - 0x58], True))
        elif place in _SIGNS:
            if bare:
                pieces[-1] = (pieces[-1][0], False)
            pieces.append((_SIGNS[place], False))
        elif place in _VOWELS:
            pieces.append((_VOWELS[place], False))
        elif place == 0x4D and bare:  # virama: no vowel follows
            pieces[-1] = (pieces[-1][0], False)
        elif place == 0x3C and bare:  # nukta
            pieces[-1] = (_NUKTA_FORMS.get(pieces[-1][0], pieces[-1][0]), True)
        elif place in (0x01, 0x02):
            if bare:
                pieces[-1] = (pieces[-1][0] + "a", False)
            pieces.append(("n", False))
        elif 0x66 <= place <= 0x6F:
            pieces.append((str(place - 0x66), False))
    return _spoken(pieces)


def _spoken(pieces: list[tuple[str, bool]]) -> str:
    """Join, with the vowel that consonants carry, left out where it is not spoken."""
    text = ""
    for number, (piece, bare) in enumerate(pieces):
        text += piece
        if not bare:
            continue
        last = number == len(pieces) - 1
        # V C(a) C V: the middle vowel falls silent, as in 'kapda'.
        after_vowel = (
            number > 1 and not pieces[number - 1][1] and pieces[number - 1][0][-1] in "aeiou"
        )
        before = number + 2 < len(pieces) and pieces[number + 1][1] is False
        silent = after_vowel and before and pieces[number + 2][0][0] in "aeiou"
        if (not last or number == 0) and not silent:
            text += "a"
    return text


def misspelt(token: str, rng: random.Random) -> str:
    """One spelling variant of a Latin token; the token itself when it has none.

    >>> misspelt("joote", random.Random(0)) in {"jute", "jote", "jootei"}
    True
    """
    options = [
        (match.start(), old, new) for old, new in _VARIANTS for match in re.finditer(old, token)
    ]
    for match in re.finditer(r"([b-df-hj-np-tv-z])\1", token):
        options.append((match.start(), match.group(), match.group(1)))
    for match in re.finditer(r"oo", token):
        options.append((match.start(), "oo", "o"))
    if len(token) > 3 and token[-1] == "a":
        options.append((len(token) - 1, "a", "ah"))
    if not options:
        return token
    start, old, new = rng.choice(options)
    return token[:start] + new + token[start + len(old) :]
