"""Text as a reader sees it: one letter for all its disguises, with the way back to the original.

A chunk of text (no white space) goes in; its folded form and, for every folded letter, its place in
the original come out. Folding is NFKC and NFKD without combining marks (Unicode UAX #15), without
default-ignorable and bidi controls (UAX #44), confusable letters as their Latin look-alikes (after
UTS #39), emoji letters as letters, case folded. Marks, ZWJ and ZWNJ of Indic scripts stay: without
them the word would be another.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

#: Letters of other scripts that a reader takes for a Latin one.
_LOOKS = {
    "a": "аαɑ⍺ᴀạ",
    "b": "ьвЬвʙБβ",
    "c": "сϲᴄҫⅽ¢ç",
    "d": "ԁɗᴅđð",
    "e": "еєεҽᴇℯ€ё℮",
    "f": "ſғϝꞙƒ",
    "g": "ɡցɢǥ",
    "h": "һнհʜħ",
    "i": "іιıɩїɪӏ",
    "j": "јϳʝᴊ",
    "k": "кκқᴋҝ",
    "l": "ⅼʟłŀ|ǀ",
    "m": "мⅿᴍ",
    "n": "пηոռɴνŋ",
    "o": "оοօσ๐ᴏøө०০੦૦",
    "p": "рρᴘþ",
    "q": "ԛզ",
    "r": "гʀᴦɼя",
    "s": "ѕꜱʂş",
    "t": "тτᴛŧț",
    "u": "υսᴜц",
    "v": "ѵᴠⅴ",
    "w": "ԝωшᴡɯ",
    "x": "хχⅹ×ҳ",
    "y": "уүγʏɏỵ",
    "z": "ᴢʐƶ",
}
_LATIN = {other: latin for latin, others in _LOOKS.items() for other in others if other != "|"}
_LATIN["ν"] = "v"
_LATIN.update({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"'})
_LATIN.update({"»": '"', "„": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "…": "."})
_LATIN.update({"।": ".", "॥": ".", "॰": ".", "¿": "?", "¡": "!", "·": ".", "•": "."})
#: Invisible letters that are not of the categories Cf and Cc.
_INVISIBLE = {*"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"}
#: Combining marks of scripts that write with them; everywhere else they are decoration.
_DECORATION = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF),
               (0xFE20, 0xFE2F), (0x0483, 0x0489))  # fmt: skip
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_JOINERS = "\u200c\u200d"
_folded: dict[str, str] = {}


def folded_letter(letter: str) -> str:
    """What a letter is to a reader; empty when it is invisible or a decoration.

    >>> folded_letter("Ａ"), folded_letter("е"), folded_letter("\\u200b"), folded_letter("के"[1])
    ('a', 'e', '', 'े')
    """
    known = _folded.get(letter)
    if known is None:
        known = _folded[letter] = _fold(letter)
    return known


def _fold(letter: str) -> str:
    code = ord(letter)
    if letter in _INVISIBLE or 0xFE00 <= code <= 0xFE0F or 0xE0000 <= code <= 0xE0FFF:
        return ""
    for first in (0x1F1E6, 0x1F150, 0x1F170):  # regional, negative circled, negative squared
        if first <= code < first + 26:
            return chr(code - first + 97)
    category = unicodedata.category(letter)
    if category in ("Cf", "Cc", "Cs"):
        return ""
    if letter in _LATIN:
        return _LATIN[letter]
    out = []
    for part in unicodedata.normalize("NFKD", letter).casefold():
        point = ord(part)
        if any(low <= point <= high for low, high in _DECORATION):
            continue
        out.append(_LATIN.get(part, part))
    return "".join(out)


def _indic(letter: str) -> bool:
    return 0x0900 <= ord(letter) <= 0x0DFF


def fold(chunk: str) -> tuple[str, tuple[int, ...] | None]:
    """The folded form of a chunk, and the place of each of its letters; None when all stay put.

    >>> fold("ΡlеаsΕ")
    ('please', None)
    >>> fold("b\\u200ba&#100;")
    ('bad', (0, 2, 3))
    """
    if chunk.isascii() and "&" not in chunk:
        return chunk.lower(), None
    letters: list[str] = []
    places: list[int] = []
    entities = {m.start(): m for m in _ENTITY.finditer(chunk)} if "&" in chunk else {}
    at, size = 0, len(chunk)
    while at < size:
        letter, step = chunk[at], 1
        if at in entities:
            found = entities[at]
            letter, step = html.unescape(found.group()), found.end() - found.start()
        for one in letter:
            if one in _JOINERS and 0 < at < size - 1 and _indic(chunk[at - 1]):
                # A joiner between two Indic letters shapes the word only after a virama.
                kept = one if unicodedata.combining(chunk[at - 1]) == 9 else ""
            else:
                kept = folded_letter(one)
            for part in kept:
                letters.append(part)
                places.append(at)
        at += step
    same = len(places) == size and places == list(range(size))
    return "".join(letters), None if same else tuple(places)


@dataclass(frozen=True, slots=True)
class Normalised:
    """Folded text, and the way back.

    Attributes
    ----------
    text : the folded text, words parted by one space.
    offsets : for each letter of `text`, the place in the original it comes from.
    ends : for each letter of `text`, the place where its original ends.
    """

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's stretch for letters `start` to `end` of the folded text.

        >>> normalise("so ｂａｄ!").span(3, 6)
        (3, 6)
        """
        return self.offsets[start], self.offsets[end - 1] + 1


def normalise(text: str) -> Normalised:
    """Fold a whole text.

    Examples
    --------
    >>> found = normalise("ｈｅ\\u00adＬＬo   wörld")
    >>> found.text
    'hello world'
    >>> found.span(0, 5), found.span(6, 11)
    ((0, 6), (9, 14))
    """
    letters: list[str] = []
    offsets: list[int] = []
    for start, chunk in chunks(text):
        form, places = fold(chunk.text)
        if not form:
            continue
        if letters:
            letters.append(" ")
            offsets.append(start)
        letters.append(form)
        where = places if places is not None else range(len(form))
        offsets.extend(chunk.places[p] for p in where)
    return Normalised("".join(letters), tuple(offsets))


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch without white space, and the original place of each letter."""

    text: str
    places: range | tuple[int, ...]


_GAP = re.compile(r"\S+")
_REVERSED = re.compile("[\u202e\u2067\u202b]([^\u202c\u2069]*)[\u202c\u2069]?")


def chunks(text: str) -> list[tuple[int, Chunk]]:
    """The chunks of a text with where each begins; what an override shows backwards is turned.

    >>> [(start, chunk.text) for start, chunk in chunks("ab  \\u202efe dc\\u202c")]
    [(0, 'ab'), (9, 'cd'), (6, 'ef')]
    """
    if "\u202e" not in text:
        return [(m.start(), Chunk(m.group(), range(m.start(), m.end())))
                for m in _GAP.finditer(text)]  # fmt: skip
    order: list[int] = []
    last = 0
    for found in _REVERSED.finditer(text):
        if text[found.start()] != "\u202e":
            continue
        order.extend(range(last, found.start()))
        first, end = found.span(1)
        order.extend(_turned(text, first, end))
        last = found.end()
    order.extend(range(last, len(text)))
    shown = "".join(text[i] for i in order)
    return [(order[m.start()], Chunk(m.group(), tuple(order[m.start() : m.end()])))
            for m in _GAP.finditer(shown)]  # fmt: skip


def _turned(text: str, first: int, end: int) -> list[int]:
    """The places from `end` to `first`."""
    return list(range(end - 1, first - 1, -1))
