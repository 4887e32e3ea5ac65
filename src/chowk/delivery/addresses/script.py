"""Devanagari as Latin letters, and a skeleton of a word that survives spelling.

In goes a word in either script; `romanised` gives plain Latin letters, `skeleton` the consonants
as they sound, so that `nagar`, `Nager`, `NGR` and `नगर` meet; `in_devanagari` writes Latin words
the other way, roughly, to make training addresses. The letter table is the scripts' own.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .tokens import folded

_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलळवशषसह",
        "k kh g gh n ch chh j jh n t th d dh n t th d dh n p ph b bh m y r l l v sh sh s h".split(),
        strict=True,
    )
)
_VOWELS = dict(zip("अआइईउऊऋएऐओऔऑ", "a a i i u u ri e ai o au o".split(), strict=True))
_SIGNS = dict(zip("ािीुूृेैोौॉ", "a i i u u ri e ai o au o".split(), strict=True))
_VIRAMA, _NUKTA = "\u094d", "\u093c"
#: Letters that are one sound with a dot below.
_DOTTED = {"ड": "d", "ढ": "dh", "ज": "z", "फ": "f", "क": "q", "ख": "kh", "ग": "g"}


@lru_cache(maxsize=50_000)
def romanised(word: str) -> str:
    """A Devanagari word in Latin letters, the last silent `a` left off; others as they are.

    >>> romanised("नगर"), romanised("दिल्ली"), romanised("Road")
    ('nagar', 'dilli', 'Road')
    """
    if not any("\u0900" <= letter <= "\u097f" for letter in word):
        return word
    letters = unicodedata.normalize("NFD", word)
    out: list[str] = []
    inherent = False  # the last consonant still waits for its vowel
    for at, letter in enumerate(letters):
        if letter in _CONSONANTS:
            if inherent:
                out.append("a")
            dotted = letters[at + 1 : at + 2] == _NUKTA
            out.append(_DOTTED.get(letter, _CONSONANTS[letter]) if dotted else _CONSONANTS[letter])
            inherent = True
        elif letter in _SIGNS:
            out.append(_SIGNS[letter])
            inherent = False
        elif letter == _VIRAMA:
            inherent = False
        elif letter in _VOWELS:
            if inherent:
                out.append("a")
            out.append(_VOWELS[letter])
            inherent = False
        elif letter in "ंँ":
            if inherent:
                out.append("a")
                inherent = False
            out.append("n")
        elif letter != _NUKTA and not unicodedata.combining(letter):
            if inherent:
                out.append("a")
                inherent = False
            out.append(letter)
    return "".join(out)


_SOUNDS = (
    (re.compile(r"x"), "ks"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"(ch|c)h?(?=[ei])|chh?"), "j"),
    (re.compile(r"ck|c|q"), "k"),
    (re.compile(r"w"), "v"),
    (re.compile(r"z"), "j"),
    (re.compile(r"h"), ""),
    (re.compile(r"(?<=.)[aeiouy]+"), ""),
    (re.compile(r"(.)\1+"), r"\1"),
)


@lru_cache(maxsize=50_000)
def skeleton(word: str) -> str:
    """The consonants of a word as they sound, with its first letter.

    >>> skeleton("nagar") == skeleton("Nager") == skeleton("नगर")
    True
    """
    sound = romanised(folded(word))
    for pattern, sounds in _SOUNDS:
        sound = pattern.sub(sounds, sound)
    return sound


_WRITTEN = {
    "road": "रोड", "marg": "मार्ग", "nagar": "नगर", "colony": "कॉलोनी", "vihar": "विहार",
    "flat": "फ्लैट", "house": "मकान", "no": "नं", "gali": "गली", "sector": "सेक्टर",
    "plot": "प्लॉट", "floor": "मंजिल", "apartment": "अपार्टमेंट", "apartments": "अपार्टमेंट",
    "society": "सोसायटी", "tower": "टावर", "village": "ग्राम", "vill": "ग्राम", "post": "पोस्ट",
    "district": "जिला", "dist": "जिला", "tehsil": "तहसील", "block": "ब्लॉक", "mandir": "मंदिर",
    "temple": "मंदिर", "school": "स्कूल", "hospital": "अस्पताल", "bank": "बैंक", "bus": "बस",
    "stand": "स्टैंड", "station": "स्टेशन", "market": "मार्केट", "street": "स्ट्रीट",
    "park": "पार्क", "khasra": "खसरा", "shop": "दुकान", "ward": "वार्ड", "new": "नई",
    "complex": "कॉम्प्लेक्स", "bhawan": "भवन", "bhavan": "भवन", "bazar": "बाजार", "chowk": "चौक",
    "delhi": "दिल्ली", "mumbai": "मुंबई", "first": "प्रथम", "second": "द्वितीय",
}  # fmt: skip
_TO_CONSONANTS = sorted(
    {
        **{latin: letter for letter, latin in reversed(_CONSONANTS.items())},
        "f": "फ",
        "w": "व",
        "z": "ज",
        "q": "क",
        "c": "क",
        "x": "क्स",
        "t": "त",
        "th": "थ",
        "d": "द",
        "dh": "ध",
        "n": "न",
        "sh": "श",
        "l": "ल",
    }.items(),
    key=lambda pair: -len(pair[0]),
)
_TO_VOWELS = (
    *(("aa", "आ", "ा"), ("ee", "ई", "ी"), ("oo", "ऊ", "ू"), ("ai", "ऐ", "ै"), ("au", "औ", "ौ")),
    *(("a", "अ", ""), ("i", "इ", "ि"), ("u", "उ", "ु"), ("e", "ए", "े"), ("o", "ओ", "ो")),
    ("y", "य", "ी"),
)


def in_devanagari(word: str) -> str:
    """A Latin word written in Devanagari, roughly: known words as they are written, others by ear.

    >>> in_devanagari("nagar"), in_devanagari("ram")
    ('नगर', 'रम')
    """
    plain = folded(word)
    if plain in _WRITTEN:
        return _WRITTEN[plain]
    if not plain.isalpha() or not plain.isascii():
        return word
    out, at, after_consonant = "", 0, False
    while at < len(plain):
        for latin, alone, sign in _TO_VOWELS:
            if plain.startswith(latin, at) and not (latin == "y" and at == 0):
                out += sign if after_consonant else alone
                if latin == "a" and after_consonant and at + 1 == len(plain):
                    out += "ा"
                at += len(latin)
                after_consonant = False
                break
        else:
            for latin, letter in _TO_CONSONANTS:
                if plain.startswith(latin, at):
                    out += (_VIRAMA if after_consonant else "") + letter
                    at += len(latin)
                    after_consonant = True
                    break
            else:
                at += 1
    return out
