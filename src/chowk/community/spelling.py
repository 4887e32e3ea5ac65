"""Spelling seen through: leet, masks, repeats, one wrong letter, words run together.

A folded form comes in; the word of the lexicon that it stands for comes out. All of it leads only
towards words that weigh: an ordinary word in disguise is of no interest. What is one slip away is
found by deletions (as Bocek and others, "Fast Similarity Search in Large Dictionaries", 2007).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import pairwise, product

from .lexicon import Entry, Lexicon, lexicon, skeleton

#: Classes towards which spelling is repaired.
WEIGHTY = {"slur", "slurish", "abuse", "group", "harm", "insult", "dehuman", "crime", "sexual",
            "profane", "emotion", "expel", "negadj", "profadv", "die", "groupadj", "person",
             "p2"}  # fmt: skip
_LEET = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
         "2": "z", "@": "a", "$": "s", "!": "il", "|": "li", "+": "t", "(": "c", "<": "c", "{": "c",
         "£": "l", "¥": "y", "%": "x", "#": "h", "^": "a", "?": "", "०": "o", "*": ""}  # fmt: skip
_MASKS = frozenset("*#_")
_RUN = re.compile(r"([^\W\d_])\1+")
_SHORT = set(
    "a i to of in is be an at on we he me my us it do go so no up am or by as if u ur im r".split()
)
#: A word in a form: itself, where it begins and ends, and its entry.
Segment = tuple[str, int, int, Entry | None]


def decoded(text: str) -> str:
    """A text with every digit and sign as the letter that it most often stands for.

    >>> decoded("k1ll4ll")
    'killall'
    """
    return "".join((_LEET[c][:1] if c in _LEET else c) for c in text)


@lru_cache(4096)
def leet_entry(text: str) -> Entry | None:
    """The weighty word that a text with digits, signs or masks stands for."""
    if len(text) > 24 or text.isalpha() or text.isdigit() or sum(map(str.isalpha, text)) < 2:
        return None
    said = text.rstrip("!?")
    if said != text and said.isalpha() and (text[-2:-1] in "!?" or said in lexicon().known):
        return None  # "anna!!" is called out; "ana!" may be a disguise
    if len(text) >= 4 and not _MASKS.isdisjoint(text):
        found = _unmasked(text)
        if found is not None:
            return found
    options = [_LEET.get(c, c) if c in _LEET else c for c in text]
    spots = sum(len(o) > 1 for o in options)
    if spots > 4 or not any(c in _LEET for c in text):
        return None
    lex = lexicon()
    for letters in product(*[o or ("",) for o in options]):
        word = "".join(letters)
        for form in (word, *squeezed(word)):
            entry = lex.words.get(form)
            if entry is None or entry.kind not in WEIGHTY:
                entry = lex.hindi.get(skeleton(form)) if len(form) > 3 else None
            if entry is not None and entry.kind in WEIGHTY and len(form) > 2:
                return entry
        close = near(word)
        if close is not None and close.kind in ("slur", "group", "abuse"):
            return close
    return None


def leet_forms(text: str) -> list[str]:
    """The words that a text with digits and signs may stand for, at most sixteen.

    >>> leet_forms("b4d")
    ['bad']
    """
    if text.isdigit() or len(text) > 40 or not any(c in _LEET for c in text):
        return []
    options = [_LEET.get(c, c) or ("",) for c in text]
    if sum(len(o) > 1 for o in options) > 4:
        options = [o[:1] for o in options]
    return ["".join(letters) for letters in product(*options)]


@cache
def _by_shape() -> dict[tuple[str, int], list[Entry]]:
    shapes: dict[tuple[str, int], list[Entry]] = {}
    lex = lexicon()
    for table in (lex.words, lex.hindi):
        for entry in table.values():
            if entry.kind in WEIGHTY and " " not in entry.form:
                shapes.setdefault((entry.form[0], len(entry.form)), []).append(entry)
    for entries in shapes.values():
        entries.sort(key=lambda e: e.kind not in ("slur", "slurish", "abuse", "group"))
    return shapes


def _unmasked(text: str) -> Entry | None:
    masked = [i for i, c in enumerate(text) if c in _MASKS]
    shown = [(i, c) for i, c in enumerate(text) if c not in _MASKS]
    if len(shown) < 2 or text[0] in _MASKS:
        return None
    for entry in _by_shape().get((text[0], len(text)), ()):
        form = entry.form
        if all(form[i] == c for i, c in shown) and all("a" <= form[i] <= "z" for i in masked):
            return entry
    return None


def squeezed(word: str) -> tuple[str, ...]:
    """A word with its repeats brought to two letters and to one."""
    if not _RUN.search(word):
        return ()
    two = _RUN.sub(lambda m: m.group(1) * 2, word)
    forms = [two, _RUN.sub(r"\1", word)]
    runs = [m.span() for m in _RUN.finditer(two)]
    if 1 < len(runs) <= 4:  # one of several runs may be the word's own
        for keep in runs:
            out, last = "", 0
            for first, end in runs:
                out += two[last : first + 1] + (two[first] if (first, end) == keep else "")
                last = end
            forms.append(out + two[last:])
    return tuple(forms)


@cache
def _deletions() -> dict[str, list[str]]:
    """Every weighty word of five letters or more, by what is left when one letter goes."""
    table: dict[str, list[str]] = {}
    lex = lexicon()
    for words in (lex.words, lex.hindi):
        for word, entry in words.items():
            if entry.kind in WEIGHTY and len(word) >= 5 and word.isalpha() and word.isascii():
                for i in range(len(word) + 1):
                    table.setdefault(word[:i] + word[i + 1 :], []).append(word)
    return table


def near(form: str) -> Entry | None:
    """The weighty word one slip away: a letter more, less, other, or two swapped."""
    if len(form) < 5 or not form.isascii() or not form.isalpha():
        return None
    lex, table = lexicon(), _deletions()
    best: Entry | None = None
    rank = 99
    order = ("slur", "abuse", "group", "slurish", "harm", "emotion", "insult", "dehuman")
    for i in range(len(form) + 1):
        for word in table.get(form[:i] + form[i + 1 :], ()):
            if word[0] != form[0] and word[1:2] != form[0:1]:
                continue
            if not _one_slip(form, word):
                continue
            entry = lex.words.get(word) or lex.hindi.get(word)
            if entry is None:
                continue
            here = order.index(entry.kind) if entry.kind in order else 20
            if here < rank:
                best, rank = entry, here
    return best


def _one_slip(form: str, word: str) -> bool:
    """Whether two words differ by one letter, or by two neighbours swapped.

    >>> _one_slip("musilm", "muslim"), _one_slip("muslm", "muslim"), _one_slip("mslin", "muslim")
    (True, True, False)
    """
    if len(form) == len(word):
        apart = [i for i, (a, b) in enumerate(zip(form, word, strict=True)) if a != b]
        if len(apart) == 1:
            # Another letter makes another word in short ones ("fuss", "funk").
            return len(form) >= 6
        return len(apart) == 2 and apart[1] == apart[0] + 1 and (
            form[apart[0]] == word[apart[1]] and form[apart[1]] == word[apart[0]]
        )  # fmt: skip
    longer, shorter = (form, word) if len(form) > len(word) else (word, form)
    if len(longer) - len(shorter) != 1:
        return False
    i = 0
    while i < len(shorter) and longer[i] == shorter[i]:
        i += 1
    return longer[i + 1 :] == shorter[i:]


def ready() -> None:
    """Build the tables now, so that no message has to wait for them."""
    _by_shape()
    _deletions()
    _beginnings()


#: Letters of the longest run that is parted into words. From how many on some of no word are borne,
#: what one of them costs, and the share that is too much.
_WIDEST, _LONG, _STRAY, _STRAYS = 240, 25, 4.5, 0.2
#: Little words of Hindi, as they stand in a sentence that is run together.
_LITTLE_HINDI = set(
    "ko se ka ki ke ne me mein hai hain ho do aur sab ye wo na hi bhi par tha".split()
)


def segments(form: str) -> list[Segment] | None:
    """The words run together in a form, when nearly all are known and one of them weighs.

    The cheapest way to part it, in time that grows with its length: every place is reached from at
    most sixteen before it. A short run must be made of known words alone; one of a whole sentence
    may hold a name.

    >>> [word for word, *_ in segments("killallthemuslims")]
    ['kill', 'all', 'the', 'muslims']
    """
    size = len(form)
    if not 6 <= size <= _WIDEST or not _may_hold(form):
        return None
    if size < _LONG:
        return _parted(form, _cost, 1e9)
    # "and" is no "gand": Hindi is thought of where English does not do.
    return _parted(form, _cost_of_english, _STRAY) or _parted(form, _cost_of_either, _STRAY)


def _parted(
    form: str, price: Callable[[str, Lexicon], float], stray: float
) -> list[Segment] | None:
    size, lex = len(form), lexicon()
    best: list[float] = [0.0] + [1e9] * size
    back = [0] * (size + 1)
    for end in range(1, size + 1):
        least, begin = best[end - 1] + stray, end - 1
        for start in range(max(0, end - 16), end):
            if best[start] < least:
                cost = best[start] + price(form[start:end], lex)
                if cost < least:
                    least, begin = cost, start
        best[end], back[end] = least, begin
    if best[size] >= 1e9:
        return None
    cuts = [size]
    while cuts[-1]:
        cuts.append(back[cuts[-1]])
    cuts.reverse()
    if len(cuts) == 2 or best[size] / size > 1.8:
        return None
    if len(cuts) == 3 and min(cuts[1], size - cuts[1]) < 4:
        return None  # "retard" with an ending is another word
    made: list[Segment] = []
    strays, begun = 0, -1
    for first, end in pairwise(cuts):
        if end - first == 1 and form[first] not in _SHORT:
            strays += 1
            if begun < 0:
                begun = first
            else:
                made.pop()
            made.append((form[begun:end], begun, end, None))
            continue
        begun = -1
        made.append((form[first:end], first, end, _entry_of(form[first:end])))
    if strays > _STRAYS * size or size / len(made) < 2.8:
        return None
    if any(e is not None and e.kind in WEIGHTY and last - at > 3 for _, at, last, e in made):
        return made
    return None


@cache
def _beginnings() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Weighty words of four letters or more by how they begin: English ones, and Hindi ones'
    skeletons without their last letter, which what follows may change."""
    lex = lexicon()
    english: dict[str, list[str]] = {}
    hindi: dict[str, list[str]] = {}
    for word, entry in lex.words.items():
        if entry.kind in WEIGHTY and len(word) > 3:
            english.setdefault(word[:4], []).append(word)
    for word, entry in lex.hindi.items():
        if entry.kind in WEIGHTY:
            hindi.setdefault(word[:3], []).append(word[:-1] if len(word) > 3 else word)
    return (
        {first: tuple(words) for first, words in english.items()},
        {first: tuple(words) for first, words in hindi.items()},
    )


def _may_hold(form: str) -> bool:
    """Whether a weighty word can begin somewhere in a form; most forms are done with here."""
    english, hindi = _beginnings()
    for i in range(len(form) - 3):
        words = english.get(form[i : i + 4])
        if words is not None and form.startswith(words, i):
            return True
    spelt = skeleton(form)
    for i in range(max(len(spelt) - 2, 1)):
        words = hindi.get(spelt[i : i + 3])
        if words is not None and spelt.startswith(words, i):
            return True
    return False


def _entry_of(piece: str) -> Entry | None:
    lex = lexicon()
    return lex.words.get(piece) or (lex.hindi.get(skeleton(piece)) if len(piece) > 3 else None)


def _cost(piece: str, lex: Lexicon) -> float:
    cost = _cost_of_english(piece, lex)
    if cost == 1e9 and len(piece) > 4 and skeleton(piece) in lex.hindi:
        return 6.0
    return cost


@cache
def _hindi_spellings() -> set[str]:
    lex = lexicon()
    return {*lex.hindi, *(entry.form for entry in lex.hindi.values()), *lex.hinglish}


def _cost_of_english(piece: str, lex: Lexicon) -> float:
    if len(piece) <= 2:
        return 4.0 if piece in _SHORT else 1e9
    if piece in lex.words:
        return 5.0
    rank = lex.known.get(piece)
    return 1e9 if rank is None else 5.0 + rank / 2500 + (2.0 if len(piece) == 3 else 0.0)


def _cost_of_either(piece: str, lex: Lexicon) -> float:
    # Without a skeleton for every stretch, which would take a message's whole time.
    if piece in _LITTLE_HINDI:
        return 4.5
    if len(piece) > 2 and piece in _hindi_spellings():
        return 6.0
    return _cost_of_english(piece, lex)
