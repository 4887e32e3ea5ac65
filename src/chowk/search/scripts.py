"""Where spellings meet: one key for how a word sounds, whatever script it is written in.

A word of Latin letters, of one of the nine main Brahmic scripts or of Perso-Arabic becomes keys
made of its consonants and two kinds of vowel. Words with a key in common are candidates for one
another: "साड़ी", "saree" and "sari"; "सिल्क", "silk" and "سلک". The Brahmic blocks of Unicode are
laid out alike (they follow ISCII 1991), so one table by offset serves all nine. What the scripts do
not
write decides which keys they share: Perso-Arabic leaves out short vowels (`~`, consonants alone),
Tamil does not tell voiced from voiceless stops (`=`, all voiceless).
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

#: The first code point of each Brahmic script's block.
BLOCKS = {
    0x0900: "Devanagari",
    0x0980: "Bengali",
    0x0A00: "Gurmukhi",
    0x0A80: "Gujarati",
    0x0B00: "Odia",
    0x0B80: "Tamil",
    0x0C00: "Telugu",
    0x0C80: "Kannada",
    0x0D00: "Malayalam",
}
#: By the offset in a block; a doubtful letter has several readings.
_BRAHMIC: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((0x07, 0x08, 0x0E, 0x0F, 0x10, 0x3F, 0x40, 0x46, 0x47, 0x48, 0x2F), ("i",)),
    **dict.fromkeys((0x09, 0x0A, 0x12, 0x13, 0x14, 0x41, 0x42, 0x4A, 0x4B, 0x4C), ("u",)),
    **dict.fromkeys((0x0B, 0x43), ("ri",)),
    **dict.fromkeys((0x11, 0x49), ("u",)),
    **dict.fromkeys((0x15, 0x16, 0x58, 0x59), ("k",)),
    **dict.fromkeys((0x17, 0x18, 0x5A), ("g",)),
    **dict.fromkeys((0x19, 0x1E, 0x23, 0x28, 0x29, 0x01, 0x02, 0x70), ("n",)),
    **dict.fromkeys((0x1A, 0x1B), ("c",)),
    **dict.fromkeys((0x1C, 0x1D, 0x5B), ("j",)),
    **dict.fromkeys((0x1F, 0x20, 0x24, 0x25), ("t",)),
    **dict.fromkeys((0x21, 0x22), ("d", "r")),
    **dict.fromkeys((0x26, 0x27), ("d",)),
    0x2A: ("p",),
    **dict.fromkeys((0x2B, 0x5E), ("f",)),
    **dict.fromkeys((0x2C, 0x2D), ("b",)),
    0x2E: ("m",),
    **dict.fromkeys((0x30, 0x31, 0x5C, 0x5D), ("r",)),
    **dict.fromkeys((0x32, 0x33, 0x34), ("l",)),
    0x35: ("v",),
    **dict.fromkeys((0x36, 0x37, 0x38), ("s",)),
    0x39: ("h",),
    0x5F: ("i",),
}
#: Letters outside the common layout.
_ODD = {
    "\u09f0": "r",
    "\u09f1": "v",
    "\u0b5c": "r",
    "\u0b5d": "r",
    "\u0b5f": "i",
    "\u0b71": "v",
    "\u0d7a": "n",
    "\u0d7b": "n",
    "\u0d7c": "r",
    "\u0d7d": "l",
    "\u0d7e": "l",
    "\u0d7f": "k",
}
_ARABIC = {
    letter: sound
    for sound, letters in {
        "b": "بٻڀ",
        "p": "پ",
        "t": "تٹطٿٽٺ",
        "s": "سشصث",
        "j": "جزذضظژڄ",
        "c": "چڇ",
        "h": "حہه",
        "k": "کكخقڪ",
        "d": "دڈڊڌڍ",
        "r": "رڑڙ",
        "g": "گغڳ",
        "f": "فڦ",
        "l": "ل",
        "m": "م",
        "n": "نںڃڱڻ",
        "v": "و",
    }.items()
    for letter in letters
}
_LATIN = (
    ("chh", "c"),
    ("tch", "c"),
    ("sch", "s"),
    ("ch", "c"),
    ("sh", "s"),
    ("kh", "k"),
    ("gh", "g"),
    ("jh", "j"),
    ("zh", "l"),
    ("th", "t"),
    ("dh", "d"),
    ("ph", "f"),
    ("bh", "b"),
    ("ck", "k"),
    ("qu", "k"),
    ("ee", "i"),
    ("ea", "i"),
    ("ai", "i"),
    ("ay", "i"),
    ("ei", "i"),
    ("ey", "i"),
    ("oo", "u"),
    ("ou", "u"),
    ("au", "u"),
    ("aw", "u"),
)
_SINGLE = {
    "a": "a",
    "e": "i",
    "i": "i",
    "y": "i",
    "o": "u",
    "u": "u",
    "c": "k",
    "q": "k",
    "x": "ks",
    "w": "v",
    "z": "j",
}
_LATIN_STEP = re.compile("|".join(pair for pair, _ in _LATIN) + "|.", re.DOTALL)
_LATIN_OF = dict(_LATIN)
_DEVOICED = str.maketrans("gjdbsfh", "kctpcph")
_VOWELS = re.compile("[aiu]")
_REPEATED = re.compile(r"(.)\1+")
#: Keys of fewer consonants say too little.
_LEAST, _LEAST_BARE = 2, 3
_MOST_READINGS = 4


def script(word: str) -> str | None:
    """The script of a word, by its first letter: one of `BLOCKS`, `Latin`, `Arabic` or None.

    >>> [script(w) for w in ("saree", "साड़ी", "ಸೀರೆ", "سلک", "дом", "42")]
    ['Latin', 'Devanagari', 'Kannada', 'Arabic', None, None]
    """
    for letter in word:
        code = ord(letter)
        if 0x0900 <= code < 0x0D80:
            return BLOCKS[code & ~0x7F]
        if 0x0600 <= code < 0x0780 and letter.isalpha():
            return "Arabic"
        if letter.isascii() and letter.isalpha():
            return "Latin"
    return None


@lru_cache(maxsize=100_000)
def sounds(word: str) -> tuple[str, ...]:
    """The keys of a word; none for a word with digits, of another script, or too short.

    >>> sounds("saree")[0] in sounds("साड़ी"), sounds("laal") == sounds("lal")
    (True, True)
    >>> set(sounds("سلک")) & set(sounds("silk"))
    {'~slk'}
    >>> set(sounds("பட்டு")) & set(sounds("pattu"))
    {'=ptu'}
    """
    kind = script(word)
    if kind is None or any(letter.isdigit() for letter in word):
        return ()
    keys: list[str] = []
    for reading in _readings(word, kind):
        full = _tidy(reading)
        bare = _VOWELS.sub("", full)
        bare = bare[:1] + bare[1:].replace("v", "")
        if kind not in ("Arabic", "Tamil") and len(_VOWELS.sub("", full)) >= _LEAST:
            keys.append(full)
        if kind != "Arabic" and len(_VOWELS.sub("", full)) >= _LEAST:
            keys.append("=" + full.translate(_DEVOICED))
        if kind != "Tamil" and len(bare) >= _LEAST_BARE:
            keys.append("~" + bare)
    return tuple(dict.fromkeys(keys))


def meet(asked: str, held: str) -> bool:
    """Whether two words are spellings of one another.

    Two Latin spellings meet by the full key alone, words of two scripts by any key in common.

    >>> meet("laal", "lal"), meet("silk", "slack"), meet("joote", "जूते")
    (True, False, True)
    """
    shared = set(sounds(asked)) & set(sounds(held))
    if script(asked) == script(held):
        return any(key[0] not in "~=" for key in shared)
    if "Arabic" in (script(asked), script(held)):
        return bool(shared)
    return any(key[0] != "~" for key in shared)


def _readings(word: str, kind: str) -> list[str]:
    if kind == "Latin":
        return [_latin(word)]
    if kind == "Arabic":
        return ["".join(_ARABIC.get(letter, "") for letter in word)]
    choices: list[tuple[str, ...]] = []
    for i, letter in enumerate(word):
        if letter in _ODD:
            choices.append((_ODD[letter],))
            continue
        offset = ord(letter) & 0x7F if 0x0900 <= ord(letter) < 0x0D80 else -1
        found = _BRAHMIC.get(offset, ())
        if offset in (0x21, 0x22) and ord(word[i + 1 : i + 2] or " ") & 0x7F == 0x3C:
            found = ("r",)
        # A vowel that is not written stands between two consonants: it keeps them apart.
        if found:
            written = i + 1 < len(word) and ord(word[i + 1]) & 0x7F == 0x4D
            consonant = found[0] not in ("i", "u", "ri") and offset not in (0x01, 0x02, 0x70)
            choices.append(tuple(f + ("a" if consonant and not written else "") for f in found))
    return [
        "".join(parts) for parts in itertools.islice(itertools.product(*choices), _MOST_READINGS)
    ]


def _latin(word: str) -> str:
    parts = []
    for step in _LATIN_STEP.findall(word):
        parts.append(_LATIN_OF.get(step) or _SINGLE.get(step, step))
    return "".join(parts)


def _tidy(reading: str) -> str:
    """Runs of a sound once, m before another consonant as n, no a, h only in front."""
    text = _REPEATED.sub(r"\1", reading)
    text = re.sub(r"m(?=[bcdfgjkpst])", "n", text)
    # An unwritten vowel before a written one is none.
    text = re.sub(r"a+(?=[iu])", "", text)
    text = text[:1] + text[1:].replace("h", "")
    head = "a" if text[:1] == "a" else ""
    return re.sub(r"([iu])\1+", r"\1", head + text.replace("a", ""))
