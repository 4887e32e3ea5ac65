"""Words out of a message, with their disguises seen through.

A chunk (no white space) goes in; its words come out, each with its class from the lexicon and its
place in the message. What a chunk means does not depend on its neighbours here, so it is
remembered: most messages are put together from chunks seen before. Leet, masks, repeats, one wrong
letter, letters parted by marks and words run together are tried only where the chunk as written is
no ordinary word, and only towards words that weigh.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .folding import fold
from .lexicon import Entry, lexicon, skeleton
from .spelling import WEIGHTY, decoded, leet_entry, near, segments, squeezed

_JOINED = {"slur", "slurish", "abuse", "group", "harm", "insult", "dehuman", "emotion", "expel"}
_LETTERS = (
    r"a-z\u00df-\u024f\u0400-\u04ff\u0590-\u06ff\u0900-\u0dff\u0e00-\u0eff"
    r"\u1000-\u109f\u3040-\u9fff\uac00-\ud7af"
)
_PLAIN = re.compile(r"[a-z]+\Z")
_ENDED = re.compile(r"[a-z]+[.,;:?\"]{1,2}\Z")
_PIECE = re.compile(rf"[{_LETTERS}0-9'@$!|+(<£¥%#^*०\u200c\u200d]+|[.!?,;:\"()]")
_SIMPLE = re.compile(rf"[{_LETTERS}0-9'\u200c\u200d]+|[.!?,;:\"()]")
_LINK = re.compile(
    r"(https?:|www\.)|[^@\s]+@[^@\s]+\.[a-z]{2,}|\w[\w-]*\.(com|org|net|in|co|io)(/|\Z)"
)
_STOPS = set('.!?,;:"()')
_SPLIT = re.compile(r"[.\-_*~+|/\\,:;'^=•]+")
_LONG_RUN = re.compile(r"(.)\1\1")
_DOTS = re.compile(r"([.\-_*~])\1\1")
_PIECE_SIZE = 240
_CACHE_LIMIT, _LONGEST = 60_000, 60


ENDS = {".": "stop", "!": "stop", "?": "question", ";": "stop", ",": "comma", ":": "comma",
        '"': "quote", "(": "comma", ")": "comma"}  # fmt: skip


@dataclass(slots=True)
class Mark:
    """A word or phrase as the model sees it.

    `kind` is its class, `category` its category of harm, `first` and `last` the words it covers;
    `turned` says that a negation stands before it, `quoted` that it stands between quotation marks
    with something said of them. A word that is in no list has the kind "_" and
    covers nothing (-1): its mark is shared by all messages.
    """

    kind: str
    category: str
    form: str
    first: int
    last: int
    turned: bool = False
    quoted: bool = False

    @property
    def symbol(self) -> str:
        """The class, with ~ when it is turned round and ' when it is quoted."""
        if self.quoted:
            return "'~" + self.kind if self.turned else "'" + self.kind
        return "~" + self.kind if self.turned else self.kind


class Word:
    """One word: its form, its entry in the lexicon, and where it stands in the chunk.

    `plain` is the mark of a word that is in no list, made once; `halves` what would make it whole
    if it were the first half of a word that weighs.
    """

    __slots__ = (
        "bits",
        "end",
        "entry",
        "form",
        "halves",
        "hindi",
        "known",
        "plain",
        "raw",
        "start",
        "tail",
        "title",
    )

    def __init__(self, form: str, start: int, end: int, entry: Entry | None = None,
                 hindi: Entry | None = None, known: bool = True) -> None:  # fmt: skip
        self.form, self.start, self.end = form, start, end
        self.entry, self.hindi, self.known = entry, hindi, known
        self.raw, self.title, self.tail, self.bits = form, False, 0, 0
        self.plain: Mark | None = None
        self.halves: set[str] | None = None

    def __repr__(self) -> str:
        kind = self.entry.kind if self.entry else self.hindi.kind if self.hindi else "-"
        return f"{self.form}/{kind}"


#: Chunks read before.
seen: dict[str, tuple[Word, ...]] = {}


def words_of(chunk: str) -> tuple[Word, ...]:
    """The words of a chunk, remembered.

    >>> words_of("H4te,"), words_of("killallmuslims")
    ((hate/emotion, ,/-), (kill/harm, all/det, muslims/group))
    """
    found = seen.get(chunk)
    if found is None:
        if len(seen) > _CACHE_LIMIT:
            seen.clear()
        found = _read(chunk)
        if "ν" in chunk and not any(_weighs(w) for w in found):
            # A nu stands for n as well as for v.
            other = _read(chunk.replace("ν", "n"))
            found = other if any(_weighs(w) for w in other) else found
        title = titled(chunk)
        for word in found:
            word.title = title
            word.bits = _bits(word)
            word.halves = halves().get(word.raw)
            if _in_no_list(word):
                word.plain = Mark("_", "", word.form, -1, -1)
        if len(chunk) <= _LONGEST:
            seen[chunk] = found
    return found


def _in_no_list(word: Word) -> bool:
    """Whether a word means nothing by itself and begins no phrase, in either language."""
    lex, form = lexicon(), word.form
    return (
        word.entry is None
        and word.hindi is None
        and form not in ENDS
        and form not in lex.phrases
        and (len(form) > _LONGEST or skeleton(form) not in lex.hindi_phrases)
    )


def _bits(word: Word) -> int:
    """What a word says of its message's language: 1 surely Hindi, 2 maybe Hindi, 4 unknown."""
    bare = word.entry is None and not word.known
    sure = word.form in lexicon().hinglish or (word.hindi is not None and bare)
    unknown = bare and word.hindi is None and word.form[:1].isalpha()
    maybe = word.hindi is not None or (
        bare and len(word.form) <= _LONGEST and skeleton(word.form) in lexicon().hindi_phrases
    )
    return sure + 2 * maybe + 4 * unknown


@cache
def halves() -> dict[str, set[str]]:
    """First halves of weighty words with the second halves that make them whole."""
    made: dict[str, set[str]] = {}
    lex = lexicon()
    forms = [word for word, entry in lex.words.items() if entry.kind in _JOINED]
    forms += [entry.form for entry in lex.hindi.values() if entry.kind in _JOINED]
    for form in forms:
        if form.isalpha() and 5 <= len(form) <= 24:
            for cut in range(2, len(form)):
                made.setdefault(form[:cut], set()).add(form[cut:])
    return made


def _read(chunk: str, *, folded: bool = False) -> tuple[Word, ...]:
    if len(chunk) > _PIECE_SIZE:
        form, places = (chunk, None) if folded else fold(chunk)
        if places is not None and len(form) < len(chunk):
            # What nobody sees takes no room: a word is whole however many marks stand in it.
            return tuple(_shifted(list(_read(form, folded=True)), 0, places, 0))
        # Patterns look back and forth within a chunk; a chunk without end is read in pieces.
        pieces: list[Word] = []
        for at in range(0, min(len(chunk), 40 * _PIECE_SIZE), _PIECE_SIZE):
            for word in _read(chunk[at : at + _PIECE_SIZE]):
                word.start, word.end = word.start + at, word.end + at
                pieces.append(word)
            if len(pieces) > 400:
                break
        return tuple(pieces)
    form, places = fold(chunk)
    if _PLAIN.match(form) and len(form) <= _LONGEST:
        return tuple(_placed(resolve(form, titled(chunk)), form, places))
    if _ENDED.match(form) and len(form) <= _LONGEST:
        core = form.rstrip('.,;:?"')
        ended = _placed(resolve(core, titled(chunk)), form, places)
        stops = [Word(form[i], i, i + 1) for i in range(len(core), len(form))]
        ended += _placed(stops, form, places)
        return tuple(ended)
    if ("." in form or ":" in form) and _LINK.search(form):
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
    if chunk.islower():
        return False
    letters = chunk.strip(".,!?;:\"'()@#")
    return letters[:1].isupper() and letters[1:].islower()


def words_in(form: str) -> bool:
    """Whether a form with leet or masks stands for a weighty word."""
    return leet_entry(form) is not None


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
    entry = lex.words.get(joined) or leet_entry(joined) or lex.hindi.get(skeleton(joined))
    if entry is not None and entry.kind in WEIGHTY and len(joined) > 3:
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
    return entry is not None and entry.kind in WEIGHTY


def _made(entry: Entry, start: int, end: int) -> Word:
    if entry.hindi:
        return Word(entry.form, start, end, None, entry, False)
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
    entry = leet_entry(text)
    if entry is not None:
        return [_made(entry, 0, len(text))]
    if _PLAIN.match(bare):
        return resolve(bare, title)
    plain = decoded(text)
    if len(plain) > 6:
        words = _run_together(plain)
        if words:
            return _stretched(words, len(text))
    return resolve(text, title)


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
        for other in others if size > 3 else ():
            hindi = lex.hindi.get(skeleton(other))
            if hindi is not None and hindi.kind in WEIGHTY and other not in lex.known:
                return [Word(other, 0, size, None, hindi, False)]
    for other in others:
        if other in lex.known:
            return [Word(other, 0, size)]
    if size > 3:
        close = near(form) if size <= _LONGEST else None
        spelt_so = skeleton(form) if 5 < size <= _LONGEST else form
        if close is None and spelt_so != form and spelt_so not in lex.known:
            spelt = near(spelt_so)
            close = spelt if spelt is not None and spelt.hindi else None
        if close is not None and (not title or close.kind in ("group", "emotion")):
            made = _made(close, 0, size)
            made.known, made.raw = False, form
            return [made]
        if size >= 7:
            words = _run_together(form)
            for other in others[1:2] if not words else ():
                words = _run_together(other)
            if words and (not title or _no_name(words)):
                return _stretched(words, size)
    return [Word(form, 0, size, None, None, False)]


def _run_together(form: str) -> list[Word]:
    """The words that were run together in a form; none when it is something else."""
    lex = lexicon()
    return [
        Word(piece, first, end, lex.words.get(piece), entry if entry and entry.hindi else None)
        for piece, first, end, entry in segments(form) or ()
    ]


def _no_name(words: list[Word]) -> bool:
    """Whether what is written as a name is a sentence run together all the same."""
    kinds = {word.entry.kind for word in words if word.entry}
    return len(words) > 2 and bool(kinds & {"group", "harm", "emotion"})
