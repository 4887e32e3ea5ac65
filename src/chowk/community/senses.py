"""Whether a blocked word stands for what it is blocked for: "spotted dick" is a dish, Dick a name.

A term's word and what stands around it come in; out comes whether it is said in a sense that harms
nobody. Three things tell it: a set phrase of data/senses.txt around the word, a word that is also a
name and is written and placed as names are, and an address or an identifier that the word is a part
of. Nothing is spared that is said *to* somebody ("you spotted dick") or that is disguised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files

#: Words before a phrase that turn it on somebody.
_AIMED = set(
    "you your yours u ur ya yer youre you're these those such fucking fuckin bloody stupid "
    "filthy dirty damn damned goddamn ugly fat dumb silly little absolute total complete "
    "utter suck sucking sucks lick licking eat eating kiss kissing ride ima imma call called "
    "calling".split()
)
#: Words before a name: titles, greetings, and what places and people stand behind.
_BEFORE = (
    set(
        "mr mrs ms miss mx dr prof professor sir madam lord lady uncle aunt auntie captain capt "
        "coach sergeant inspector detective judge reverend father brother sister saint st "
        "president senator in at to from near of via past through around outside towards leaving "
        "visit visited visiting reach reached reaches with by for and met meet meets ask asked "
        "tell told saw thank thanks cheers hi hello dear morning evening bye named surnamed mount "
        "lake river village town hamlet station port fort north south east west upper lower old "
        "young little great".split()
    )
    - _AIMED
)
#: What is said before a name and before an insult alike.
_GREETING = set("hi hello thanks cheers dear bye and for with to".split())
_LETTERS = re.compile(r"[^\W\d_][\w.'-]*")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[\w-]+(?:\.[\w-]+)+/\S*"
)
_CALL = re.compile(r"[A-Za-z_][\w.]*\.[A-Za-z_]\w*\(|\w+::\w+|[\w.]+/[\w./]+\.\w{1,4}\Z")

Phrase = tuple[tuple[str, ...], int]


def lines() -> tuple[list[str], set[str]]:
    """The set phrases and the names of the package's list, as they are written there."""
    text = (files("chowk.community") / "data" / "senses.txt").read_text("utf-8")
    found: dict[str, list[str]] = {"phrases": [], "names": []}
    section = "phrases"
    for line in text.splitlines():
        bare = line.strip()
        if bare.startswith("["):
            section = bare.strip("[]")
        elif bare and not bare.startswith("#"):
            found[section] += [part.strip() for part in bare.split(",") if part.strip()]
    return found["phrases"], set(found["names"])


@cache
def _phrases() -> dict[str, tuple[Phrase, ...]]:
    """Phrases by each of their words, with its place."""
    made: dict[str, list[Phrase]] = {}
    for phrase in lines()[0]:
        words = tuple(phrase.replace(".", "").split(" "))
        for place, word in enumerate(words):
            if len(words) > 1:
                made.setdefault(word, []).append((words, place))
    return {word: tuple(many) for word, many in made.items()}


@cache
def _names() -> frozenset[str]:
    return frozenset(lines()[1])


def harmless(
    text: str, start: int, end: int, words: Sequence[tuple[str, int, int]], at: int
) -> bool:
    """Whether the word at a place is said in a sense that harms nobody.

    Parameters
    ----------
    text : the message as it was sent.
    start, end : the word's stretch of it, in code points.
    words : the message's folded words, each with where it begins and ends in the folded text.
    at : which of them it is.

    Examples
    --------
    >>> words = [("we", 0, 2), ("had", 3, 6), ("spotted", 7, 14), ("dick", 15, 19)]
    >>> harmless("we had spotted dick", 15, 19, words, 3)
    True
    >>> words = [("you", 0, 3), ("spotted", 4, 11), ("dick", 12, 16)]
    >>> harmless("you spotted dick", 12, 16, words, 2)
    False
    """
    word = words[at][0]
    for phrase, place in _phrases().get(word, ()):
        first = at - place
        if first < 0 or first + len(phrase) > len(words):
            continue
        if all(words[first + i][0] == one for i, one in enumerate(phrase)):
            return not _turned_on_somebody(words, first)
    if _CALL.search(_chunk(text, start, end)):
        return True  # a line of code
    if word.lstrip("@") not in _names():
        return False
    return _in_address(text, start, end) or _as_name(text, start, end, words, at)


def _turned_on_somebody(words: Sequence[tuple[str, int, int]], first: int) -> bool:
    return any(word in _AIMED for word, _, _ in words[max(first - 2, 0) : first])


def _chunk(text: str, start: int, end: int) -> str:
    """What stands between the blanks around a word."""
    left = text.rfind(" ", max(0, start - 80), start) + 1 or max(0, start - 80)
    right = text.find(" ", end, end + 80)
    return text[left : right if right >= 0 else end + 80].strip(".,!?\"'<>()[]")


def _in_address(text: str, start: int, end: int) -> bool:
    """Whether a name is a part of an address, and not all there is of it."""
    # "dick@x.com" may be made to say it; "dick.holland@x.com" is somebody's name.
    chunk = _chunk(text, start, end)
    return _ADDRESS.fullmatch(chunk) is not None and text[end : end + 1] != "@"


@lru_cache(8)
def _shouted(text: str) -> bool:
    """Whether most words of a message have a capital, so that a capital says nothing."""
    written = _LETTERS.findall(text)
    return bool(sum(one[:1].isupper() for one in written) * 2 > len(written) > 3)


def _as_name(
    text: str, start: int, end: int, words: Sequence[tuple[str, int, int]], at: int
) -> bool:
    """Whether the word is written and placed as a name is."""
    own = text[start:end].lstrip("@")
    if not (own[:1].isupper() and own[1:].islower()) or _shouted(text):
        return False
    before = words[at - 1][0] if at else ""
    if before in _AIMED or (at > 1 and words[at - 2][0] in _AIMED and before not in _BEFORE):
        return False
    if text[start : start + 1] == "@" or before in _BEFORE - _GREETING:
        return True
    behind = text[end : end + 40]
    ahead = text[max(0, start - 40) : start]
    # A first name or a surname beside it; a greeting, and then no more than the name.
    if re.match(r"[ -](?:van |de |der |von )?[A-Z][a-z]", behind) and at + 1 < len(words):
        return words[at + 1][0] not in _LOW
    if re.search(r"(?:\A|[a-z,] )[A-Z][a-z]+ \Z|[A-Z]\. \Z", ahead) and before not in _LOW:
        return before not in _OPENERS
    return before in _GREETING and at > 0


#: Second halves that make an insult of a name, and words that begin a sentence before one.
_LOW = set(
    "head heads face faces hole holes wad wads bag bags weed sucker suckers licker breath".split()
)
_OPENERS = set(
    "what a an the this that such my his her their our is are was were be big huge massive "
    "tiny small suck eat lick kiss hey oi yo stop shut no yes oh ok and but so why who how he "
    "she it they we i all every another some".split()
)
