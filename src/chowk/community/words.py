"""Words out of a message, with their disguises seen through.

A chunk (no white space) goes in; its words come out, each with its class from the lexicon and its
place in the message. What a chunk means does not depend on its neighbours here, so it is
remembered: most messages are put together from chunks seen before. Leet, masks, repeats, one wrong
letter, letters parted by marks and words run together are tried only where the chunk as written is
no ordinary word, and only towards words that weigh.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise, product

from .folding import fold
from .lexicon import Entry, Lexicon, lexicon, skeleton

#: Classes towards which spelling is repaired.
_WEIGHTY = {"slur", "slurish", "abuse", "group", "harm", "insult", "dehuman", "crime", "sexual",
            "profane", "emotion", "expel", "negadj", "profadv", "die", "groupadj", "person",
             "p2"}  # fmt: skip
_LEET = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g",
         "2": "z", "@": "a", "$": "s", "!": "il", "|": "li", "+": "t", "(": "c", "<": "c", "{": "c",
         "£": "l", "¥": "y", "%": "x", "#": "h", "^": "a", "?": "", "०": "o", "*": ""}  # fmt: skip
_LETTERS = (
    r"a-z\u00df-\u024f\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff"
    r"\u1000-\u109f\u3040-\u9fff\uac00-\ud7af"
)
_PLAIN = re.compile(r"[a-z]+\Z")
_PIECE = re.compile(rf"[{_LETTERS}0-9'@$!|+(<£¥%#^*०\u200c\u200d]+|[.!?,;:\"()]")
_SIMPLE = re.compile(rf"[{_LETTERS}0-9'\u200c\u200d]+|[.!?,;:\"()]")
_LINK = re.compile(
    r"(https?:|www\.)|[^@\s]+@[^@\s]+\.[a-z]{2,}|\w[\w-]*\.(com|org|net|in|co|io)(/|\Z)"
)
_STOPS = set('.!?,;:"()')
_SPLIT = re.compile(r"[.\-_*~+|/\\,:;'^=•]+")
_RUN = re.compile(r"([^\W\d_])\1+")
_LONG_RUN = re.compile(r"(.)\1\1")
_DOTS = re.compile(r"([.\-_*~])\1\1")
_SHORT = set(
    "a i to of in is be an at on we he me my us it do go so no up am or by as if u ur im r".split()
)
_CACHE_LIMIT, _LONGEST = 60_000, 60


class Word:
    """One word: its form, its entry in the lexicon, and where it stands in the chunk."""

    __slots__ = ("end", "entry", "form", "hindi", "known", "raw", "start", "tail", "title")

    def __init__(self, form: str, start: int, end: int, entry: Entry | None = None,
                 hindi: Entry | None = None, known: bool = True) -> None:  # fmt: skip
        self.form, self.start, self.end = form, start, end
        self.entry, self.hindi, self.known = entry, hindi, known
        self.raw, self.title, self.tail = form, False, 0

    def __repr__(self) -> str:
        kind = self.entry.kind if self.entry else self.hindi.kind if self.hindi else "-"
        return f"{self.form}/{kind}"


_seen: dict[str, tuple[Word, ...]] = {}


def words_of(chunk: str) -> tuple[Word, ...]:
    """The words of a chunk, remembered.

    >>> words_of("H4te,"), words_of("killallmuslims")
    ((hate/emotion, ,/-), (kill/harm, all/det, muslims/group))
    """
    found = _seen.get(chunk)
    if found is None:
        if len(_seen) > _CACHE_LIMIT:
            _seen.clear()
        found = _read(chunk)
        if "ν" in chunk and not any(_weighs(w) for w in found):
            # A nu stands for n as well as for v.
            other = _read(chunk.replace("ν", "n"))
            found = other if any(_weighs(w) for w in other) else found
        if titled(chunk):
            for word in found:
                word.title = True
        if len(chunk) <= _LONGEST:
            _seen[chunk] = found
    return found


def _read(chunk: str) -> tuple[Word, ...]:
    form, places = fold(chunk)
    if _PLAIN.match(form) and len(form) <= _LONGEST:
        return tuple(_placed(resolve(form, titled(chunk)), form, places))
    if _LINK.search(form):
        return (Word("<link>", 0, len(chunk)),)
    if form[:1] == "@" and re.fullmatch(r"@[a-z][\w.]*[:,.!?]*", form) and not words_in(form[1:]):
        return (Word("<user>", 0, len(chunk)),)
    found: list[Word] = []
    if form[:1] == "#" and len(form) > 2:
        found.append(Word("<tag>", 0, 1))
        form, shift = form[1:], 1
        places = places[1:] if places is not None else None
    else:
        shift = 0
    if _DOTS.search(form):
        groups = [
            (g.group(), g.start()) for g in re.finditer(r"(?:[^.\-_*~]|([.\-_*~])(?!\1\1))+", form)
        ]
        many = [(_as_one(text.strip(".-_*~")), text, at) for text, at in groups]
        if len(many) > 1 and any(words for words, _, _ in many):
            for words, text, at in many:
                lead = len(text) - len(text.lstrip(".-_*~"))
                body = text.strip(".-_*~")
                got = words or (resolve(body) if _PLAIN.match(body) else [])
                found += _shifted(got, at + lead, places, shift)
            return tuple(found)
    whole = _as_one(form)
    if whole is not None:
        stop = re.search(r"[.!?,;:\"]+\Z", form)
        words = _placed(whole, form, places, shift)
        if stop:
            words += [Word(stop.group()[0], stop.start(), len(form))]
        return (*found, *words)
    pattern = _SIMPLE if not re.search(r"[@$!|+(<£¥%#^*०]", form) else _PIECE
    for piece in pattern.finditer(form):
        text = piece.group()
        at = piece.start()
        if text in _STOPS:
            words = [Word(text, 0, 1)]
        else:
            core = text.strip("!+(<|#*%^'@$" if not words_in(text) else "'")
            lead = text.find(core) if core else 0
            words = _pieces(core, titled(chunk)) if core else []
            for word in words:
                word.start, word.end = word.start + lead, word.end + lead
            words += [Word(c, len(text) - 1, len(text)) for c in text[lead + len(core) :][:1]
                      if c in _STOPS]  # fmt: skip
        found += _shifted(words, at, places, shift)
        if len(found) > 400:
            break
    return tuple(found)


def titled(chunk: str) -> bool:
    """Whether a chunk is written as names are.

    >>> titled("Shital"), titled("SHIT"), titled("shit")
    (True, False, False)
    """
    letters = chunk.strip(".,!?;:\"'()@#")
    return letters[:1].isupper() and letters[1:].islower()


def words_in(form: str) -> bool:
    """Whether a form with leet or masks stands for a weighty word."""
    return _leet_entry(form) is not None


def _shifted(words: list[Word], at: int, places: tuple[int, ...] | None, shift: int) -> list[Word]:
    for word in words:
        first, last = word.start + at, word.end + at
        if places is not None and places:
            word.start = places[min(first, len(places) - 1)]
            word.end = places[min(last, len(places)) - 1] + 1
        else:
            word.start, word.end = first + shift, last + shift
    return words


def _placed(
    words: list[Word], form: str, places: tuple[int, ...] | None, shift: int = 0
) -> list[Word]:
    return _shifted(words, 0, places, shift)


def _as_one(form: str) -> list[Word] | None:
    """A chunk whose marks only part the letters of one weighty word ("f.u.c.k", "mus-lim")."""
    body = form.rstrip('.!?,;:"')
    parts = [part for part in _SPLIT.split(body) if part]
    if len(parts) < 2 or len(body) > _LONGEST:
        return None
    joined = "".join(parts)
    ones = sum(len(part) <= 2 for part in parts)
    lex = lexicon()
    if ones >= len(parts) - 1 and len(parts) >= 3:
        words = resolve(joined, False)
        if any(_weighs(w) for w in words):
            return _stretched(words, len(body))
        return None
    if all(part in lex.words or part in lex.known for part in parts):
        return None
    entry = lex.words.get(joined) or _leet_entry(joined) or lex.hindi.get(skeleton(joined))
    if entry is not None and entry.kind in _WEIGHTY and len(joined) > 3:
        return [_made(entry, 0, len(body))]
    return None


def _stretched(words: list[Word], size: int) -> list[Word]:
    """Words of a joined text, laid over the longer text that they were in."""
    total = max(words[-1].end, 1)
    for word in words:
        word.start, word.end = word.start * size // total, max(word.end * size // total, 1)
    return words


def _weighs(word: Word) -> bool:
    entry = word.entry or word.hindi
    return entry is not None and entry.kind in _WEIGHTY


def _made(entry: Entry, start: int, end: int) -> Word:
    if entry.hindi:
        return Word(entry.form, start, end, None, entry)
    return Word(entry.form, start, end, entry, None)


def _pieces(text: str, title: bool) -> list[Word]:
    if _PLAIN.match(text):
        return resolve(text, title)
    lex = lexicon()
    if text in lex.words:
        return [Word(text, 0, len(text), lex.words[text], lex.hindi.get(skeleton(text)))]
    if text.endswith("'s"):
        base = resolve(text[:-2], title)
        return [*base, Word("'s", len(text) - 2, len(text))]
    if text.endswith("n't"):
        return [Word(text, 0, len(text), lex.words["not"])]
    bare = text.replace("'", "")
    entry = _leet_entry(text)
    if entry is not None:
        return [_made(entry, 0, len(text))]
    if _PLAIN.match(bare):
        return resolve(bare, title)
    decoded = _decoded(text)
    if decoded and len(decoded) > 6:
        words = _segments(decoded)
        if words:
            return _stretched(words, len(text))
    return resolve(text, title)


def _decoded(text: str) -> str:
    return "".join((_LEET[c][:1] if c in _LEET else c) for c in text)


def _leet_entry(text: str) -> Entry | None:
    """The weighty word that a text with digits, signs or masks stands for."""
    if len(text) > 24 or text.isdigit() or sum(c.isalpha() for c in text) < 2:
        return None
    masked = [i for i, c in enumerate(text) if c in "*#" or c == "_"]
    if masked and len(text) >= 4:
        found = _unmasked(text)
        if found is not None:
            return found
    options = [_LEET.get(c, c) if c in _LEET else c for c in text]
    spots = sum(len(o) > 1 for o in options)
    if spots > 4 or not any(c in _LEET for c in text):
        return None
    lex = lexicon()
    # A word that ends in "!" or "?" is a word with a mark, not a disguise.
    for letters in product(*[o or ("",) for o in options]):
        word = "".join(letters)
        for form in (word, *squeezed(word)):
            entry = lex.words.get(form)
            if entry is None or entry.kind not in _WEIGHTY:
                entry = lex.hindi.get(skeleton(form)) if len(form) > 3 else None
            if entry is not None and entry.kind in _WEIGHTY and len(form) > 2:
                return entry
        near = _near(word)
        if near is not None and near.kind in ("slur", "group", "abuse"):
            return near
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
            if entry.kind in _WEIGHTY and " " not in entry.form:
                shapes.setdefault((entry.form[0], len(entry.form)), []).append(entry)
    for entries in shapes.values():
        entries.sort(key=lambda e: e.kind not in ("slur", "slurish", "abuse", "group"))
    return shapes


def _unmasked(text: str) -> Entry | None:
    pattern = re.compile("".join("[a-z]" if c in "*#_" else re.escape(c) for c in text))
    letters = sum(c not in "*#_" for c in text)
    if letters < 2 or text[0] in "*#_":
        return None
    for entry in _by_shape().get((text[0], len(text)), ()):
        if pattern.fullmatch(entry.form):
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


def resolve(form: str, title: bool = False) -> list[Word]:
    """A plain form as one word, or as the words that were run together in it."""
    lex = lexicon()
    size = len(form)
    entry = lex.words.get(form)
    hindi = lex.hindi.get(skeleton(form)) if size > 1 and size <= _LONGEST else None
    if entry is not None or form in lex.known:
        return [Word(form, 0, size, entry, hindi)]
    if hindi is not None:
        return [Word(form, 0, size, None, hindi, False)]
    others = squeezed(form)
    if others and not (title and not _LONG_RUN.search(form)):
        for other in others:
            entry = lex.words.get(other)
            if entry is not None:
                return [Word(other, 0, size, entry, lex.hindi.get(skeleton(other)))]
    for other in others:
        if other in lex.known:
            return [Word(other, 0, size)]
    if size > 3 and size <= _LONGEST:
        near = _near(form)
        if near is None and size > 5:
            spelt = _near(skeleton(form))
            near = spelt if spelt is not None and spelt.hindi else None
        if near is not None and (not title or near.kind in ("group", "emotion")):
            made = _made(near, 0, size)
            made.known, made.raw = False, form
            return [made]
        if size >= 7:
            words = _segments(form) or next(filter(None, map(_segments, squeezed(form)[1:2])), None)
            if (
                words
                and title
                and not (
                    len(words) > 2
                    and any(w.entry and w.entry.kind in ("group", "harm", "emotion") for w in words)
                )
            ):
                words = None
            if words:
                return _stretched(words, size)
    return [Word(form, 0, size, None, None, False)]


@cache
def _deletions() -> dict[str, list[str]]:
    """Every weighty word of five letters or more, by what is left when one letter goes."""
    table: dict[str, list[str]] = {}
    lex = lexicon()
    for words in (lex.words, lex.hindi):
        for word, entry in words.items():
            if entry.kind in _WEIGHTY and len(word) >= 5 and word.isalpha() and word.isascii():
                for i in range(len(word) + 1):
                    table.setdefault(word[:i] + word[i + 1 :], []).append(word)
    return table


def _near(form: str) -> Entry | None:
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


def _segments(form: str) -> list[Word] | None:
    """The words run together in a form, when all are known and one of them weighs."""
    if not 6 <= len(form) <= 40:
        return None
    lex = lexicon()
    size = len(form)
    best: list[float] = [0.0] + [1e9] * size
    back = [0] * (size + 1)
    for end in range(1, size + 1):
        for start in range(max(0, end - 16), end):
            piece = form[start:end]
            if best[start] >= 1e9:
                continue
            cost = _cost(piece, lex)
            if best[start] + cost < best[end]:
                best[end], back[end] = best[start] + cost, start
    if best[size] >= 1e9:
        return None
    cuts = [size]
    while cuts[-1]:
        cuts.append(back[cuts[-1]])
    cuts.reverse()
    if len(cuts) == 2 or size / (len(cuts) - 1) < 2.8 or best[size] / size > 1.8:
        return None
    if len(cuts) == 3 and min(cuts[1], size - cuts[1]) < 4:
        return None  # "retard" with an ending is another word
    words: list[Word] = []
    for first, end in pairwise(cuts):
        piece = form[first:end]
        entry = lex.words.get(piece)
        hindi = lex.hindi.get(skeleton(piece)) if len(piece) > 3 else None
        words.append(Word(piece, first, end, entry, hindi))
    return words if any(_weighs(w) and w.end - w.start > 3 for w in words) else None


def _cost(piece: str, lex: Lexicon) -> float:
    if len(piece) <= 2:
        return 4.0 if piece in _SHORT else 1e9
    if piece in lex.words:
        return 5.0
    rank = lex.known.get(piece)
    if rank is not None:
        return 5.0 + rank / 2500 + (2.0 if len(piece) == 3 else 0.0)
    if len(piece) > 4 and skeleton(piece) in lex.hindi:
        return 6.0
    return 1e9
