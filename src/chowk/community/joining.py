"""Words that blanks part: letters spelt out one by one, and a word that is cut in two.

The chunks of a message and their words come in; the words come out as they are meant, each with the
chunk where it begins and how many chunks it covers. Only words that weigh are put together.
"""

from __future__ import annotations

import re

from .lexicon import lexicon, skeleton
from .words import Word, halves, words_of


def written_letter(part: str) -> bool:
    """One written letter: a character, or a Devanagari letter with its vowel signs."""
    if len(part) == 1 or (len(part) == 2 and part[1] in ".,!?;:"):
        return part[0].isalnum() or part[0] in "@$!*"
    return "\u0900" <= part[0] <= "\u097f" and all(
        "\u093a" <= c <= "\u094f" or c in "\u0900\u0901\u0902\u0903" for c in part[1:]
    )


_WIDE = re.compile(r"\s{2,}|\S+")


def joined_letters(
    text: str, parts: list[str], words: list[Word], homes: list[int]
) -> tuple[list[Word], list[int]]:
    """Runs of letters parted by spaces as the words they spell; wider gaps part words.

    What is wide is told by the run itself: letters that all stand three blanks apart are one word.
    """
    gaps: dict[int, int] = {}
    if "\u202e" not in text:
        home = 0
        for piece in _WIDE.findall(text):
            if piece.isspace():
                gaps[home] = len(piece)
            else:
                home += 1
    wide = set(gaps)
    runs: list[tuple[int, int]] = []
    start = 0
    while start < len(parts):
        end = start
        while end < len(parts) and len(parts[end]) <= 3 and written_letter(parts[end]):
            end += 1
        if end - start >= 3:
            inside = [gaps.get(i, 1) for i in range(start + 1, end)]
            wide -= {start + 1 + i for i, gap in enumerate(inside) if gap == min(inside)}
            cut = start
            for i in range(start + 1, end + 1):
                if i == end or i in wide:
                    if i - cut >= 2:
                        runs.append((cut, i))
                    cut = i
        start = max(end, start + 1)
    taken: dict[int, tuple[int, tuple[Word, ...]]] = {}
    for first, end in runs:
        at = first
        while at < end - 1:
            # The longest stretch that spells a word that weighs; what is before may be other words.
            for last in range(min(end, at + 24), at + (1 if first in wide else 2), -1):
                found = words_of("".join(parts[at:last]))
                if any((w.entry or w.hindi) and len(w.form) > 2 for w in found) and (
                    last - at > 2 or (at in wide or at == first)
                ):
                    if last < end and not _exact(found):
                        continue
                    taken[at] = (last, found)
                    at = last - 1
                    break
            at += 1
    if not taken:
        return words, homes
    out: list[Word] = []
    places: list[int] = []
    stop = -1
    for word, home in zip(words, homes, strict=True):
        if home < stop:
            continue
        if home in taken:
            stop, spelt = taken[home]
            # Which part each letter of the spelt-out word stands in.
            within = [i for i in range(home, stop) for _ in parts[i]]
            for w in spelt:
                first = within[min(w.start, len(within) - 1)]
                last = within[min(max(w.end, w.start + 1), len(within)) - 1]
                made = Word(w.form, 0, len(parts[first]), w.entry, w.hindi, w.known)
                made.tail = max(last - first, 0)
                out.append(made)
                places.append(first)
            continue
        out.append(word)
        places.append(home)
    return out, places


def _exact(found: tuple[Word, ...]) -> bool:
    """Whether letters spell one word that weighs, and nothing is left over."""
    return len(found) == 1


def joined_halves(words: list[Word], homes: list[int]) -> tuple[list[Word], list[int]]:
    """A weighty word with one space in it as the word: one half is no word by itself."""
    begun = halves()
    lex = lexicon()
    out: list[Word] = []
    places: list[int] = []
    for word, home in zip(words, homes, strict=True):
        before = out[-1] if out else None
        if (
            before is not None
            and places[-1] != home
            and word.raw in begun.get(before.raw, ())
            and word.start == 0
        ):
            joined = before.raw + word.raw
            odd = _odd(before) or _odd(word)
            odd = odd or (
                len(joined) >= 8 and before.raw not in _LITTLE and word.raw not in _LITTLE
            )
            entry = lex.words.get(joined) or lex.hindi.get(skeleton(joined))
            if odd and entry is not None:
                own, hindi = (None, entry) if entry.hindi else (entry, None)
                out[-1] = Word(joined, before.start, before.end, own, hindi)
                out[-1].tail = home - places[-1]
                continue
        out.append(word)
        places.append(home)
    return out, places


_LITTLE = set(
    "in to a i no so me do is as at on of be we he it an or up us my by go if and the non".split()
)


def _odd(word: Word) -> bool:
    """No word as written: repaired from something, Hindi only, or unknown."""
    return not word.known and len(word.form) < 12
