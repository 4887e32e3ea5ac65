"""A message as a sentence: who is spoken of, what is said of them, and what turns it round.

Words come in; marks come out, one for each word or phrase that weighs, with its class in place of
the word, and from them the features that the severity model reads. Every group of people is the
same mark, so what the model learns of one holds for all. A negation turns the marks in its scope; a
"they" after a group stands for the group.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from .folding import Chunk, chunks
from .joining import joined_halves, joined_letters, written_letter
from .lexicon import Entry, lexicon, skeleton
from .words import ENDS, Mark, Word, seen, words_of

#: Marks that a negation turns round.
_TURNED = {"emotion", "harm", "die", "expel", "negadj", "negnoun", "insult", "dehuman", "crime",
           "good", "deserve", "restrict", "negverb", "denounce", "without", "slur",
           "slurish"}  # fmt: skip
#: Marks that stand in the core sequence; the rest only joins words.
_CORE = _TURNED | {"group", "groupadj", "ref", "person", "abuse", "nothing", "p1", "p2", "p3",
                   "they", "modal", "report", "sexual", "profane", "thing", "job", "if", "quote",
                   "question", "neg", "gslur", "who", "was",
                   "can", "menace"}  # fmt: skip
#: Marks that stand in no sequence: they stress, or have done their work by turning another.
UNSEEN = {"like", "opinion", "profadv", "not"}
#: Words that part nothing: "is a rat" and "are rats" say the same.
ARTICLES = {"a", "an", "the"}
FUNCTION = set("the a an of to in for with and or at from on by about into over than then out up "

                "off back here there now again more much own let go get got make made "
                "want aur और".split())  # fmt: skip
#: Marks of which none could harm by itself.
EASY = {"_", "stop", "comma", "copula", "det", "p1", "like", "who", "question", "thing", "good",
        "report", "opinion", "p3", "if", "modal", "can", "was", "they", "quote"}  # fmt: skip
_RUDE = {"profane", "profadv", "abuse", "sexual", "slur", "slurish", "insult"}
_SCOPE = 5
#: Words that are a slur to some and nobody's name.
_NO_NAMES = set("bitch bitches hoes homos negro negros retarded cripples nicca niccas".split())
#: What stands between a negation and what it turns without using up its reach.
_LIGHT = {"copula", "was", "det", "like", "opinion", "profadv", "modal", "can"}
_MOST = 400


@dataclass(slots=True)
class Reading:
    """A message read: its words, its marks by sentence, and where to find them in the text."""

    text: str
    words: list[Word]
    homes: list[int]
    marks: list[Mark] = field(default_factory=list)
    hindi: bool = False
    cut: bool = False
    rude: bool = False
    easy: bool = True
    chunks: list[tuple[int, Chunk]] | None = None

    def span(self, mark: Mark) -> tuple[int, int]:
        """The stretch of the original that a mark covers, in code points."""
        if self.chunks is None:
            self.chunks = chunks(self.text)
        found = self.chunks
        spots: list[int] = []
        for i in range(mark.first, mark.last + 1):
            word, home = self.words[i], self.homes[i]
            if home >= len(found):
                continue
            where = found[home][1].places
            spots += (
                where[word.start :]
                if word.tail
                else where[word.start : max(word.end, word.start + 1)]
            )
            for later in range(home + 1, min(home + word.tail + 1, len(found))):
                spots += found[later][1].places
        return (min(spots), max(spots) + 1) if spots else (0, len(self.text))


def read(text: str) -> Reading:
    """Read a message.

    Examples
    --------
    >>> [mark.symbol for mark in read("I don't hate Muslims").marks]
    ['p1', 'not', '~emotion', 'group']
    >>> [mark.symbol for mark in read("Black people are vermin, they should leave.").marks][:4]
    ['group', 'copula', 'dehuman', 'comma']
    """
    if "<" in text:
        text = _TAG.sub(_unseen, text)
    parts = [c.text for _, c in chunks(text)] if "\u202e" in text else text.split()
    words: list[Word] = []
    homes: list[int] = []
    singles = 0
    known = seen.get
    for home, part in enumerate(parts):
        found = known(part) or words_of(part)
        if len(found) == 1:
            words.append(found[0])
            homes.append(home)
        else:
            words.extend(found)
            homes.extend([home] * len(found))
        size = len(part)
        if (
            size < 4
            and (size == 1 or part[1] in ".,!?;:" or part > "\u08ff")
            and written_letter(part)
        ):
            singles += 1
    if singles >= 3:
        words, homes = joined_letters(text, parts, words, homes)
    before: set[str] | None = None
    for word in words:
        if before is not None and word.raw in before:
            words, homes = joined_halves(words, homes)
            break
        before = word.halves
    reading = Reading(text, words[:_MOST], homes[:_MOST], cut=len(words) > _MOST)
    _mark(reading)
    return reading


#: An HTML tag: those that only dress letters, and those that part words.
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})\b[^<>]{0,300}>")
_DRESSES = set("a abbr b big cite code del em font i ins kbd mark q s small span strike strong sub "
               "sup tt u var wbr".split())  # fmt: skip


def _unseen(tag: re.Match[str]) -> str:
    """What stands for a tag, of the same length: nothing a reader sees, or white space."""
    return ("\u200b" if tag.group(1).lower() in _DRESSES else " ") * len(tag.group())


def _phrase(
    tables: dict[str, dict[str, list[tuple[tuple[str, ...], Entry]]]], forms: list[str], at: int
) -> tuple[Entry, int] | None:
    """The longest phrase that begins at a word; phrases are kept by their first two words."""
    if at + 1 >= len(forms):
        return None
    for parts, entry in tables[forms[at]].get(forms[at + 1], ()):
        size = len(parts)
        if size == 2 or tuple(forms[at : at + size]) == parts:
            return entry, size
    return None


def _mark(reading: Reading) -> None:
    lex = lexicon()
    words = reading.words
    forms = [word.form for word in words]
    sure = both = strange = 0
    for at, word in enumerate(words):
        bits = word.bits
        if bits:
            sure += bits & 1 and not (word.title and at)
            both += bits >> 1 & 1
            strange += bits >> 2
    foreign = len(words) >= 4 and strange * 2 >= len(words)
    reading.hindi = sure >= 2 or (sure >= 1 and both >= 3) or (sure >= 1 and len(words) <= 3)
    hindi = reading.hindi
    stems = [skeleton(f) for f in forms] if hindi else forms
    marks: list[Mark] = []
    add = marks.append
    at, count = 0, len(words)
    scope = quotes = 0
    group_seen = ""
    turner: Mark | None = None
    while at < count:
        word = words[at]
        form = word.form
        if word.plain is not None:
            add(word.plain)
            if scope and form not in FUNCTION and form != "ever":
                scope -= 1
            at += 1
            continue
        size = 1
        entry = word.entry
        if (hindi and word.hindi is not None) or (
            entry is None
            and not word.known
            and word.hindi is not None
            and word.hindi.kind in ("abuse", "slur")
            and not (word.title and at)
        ):
            entry = word.hindi
        if (
            word.title
            and at
            and entry is not None
            and entry.kind == "slurish"
            and not hindi
            and form not in _NO_NAMES
        ):
            entry = None  # a name, as "Mr Dyke"
        if form in lex.phrases:
            longer = _phrase(lex.phrases, forms, at)
            if longer is not None:
                entry, size = longer
        if hindi and stems[at] in lex.hindi_phrases:
            longer = _phrase(lex.hindi_phrases, stems, at)
            if longer is not None and longer[1] > size:
                entry, size = longer
        last = at + size - 1
        if entry is None:
            end = ENDS.get(form)
            if end is not None:
                if end == "quote":
                    quotes += 1
                else:
                    scope = 0 if end != "comma" else max(scope - 2, 0)
                if not marks or marks[-1].kind != end:
                    add(Mark(end, "", form, at, last))
            else:
                add(Mark("_", "", form, at, last))
                if scope and form not in FUNCTION and form != "ever":
                    scope -= 1
            at += size
            continue
        kind, category = entry.kind, entry.category
        if form == "like" and size == 1 and not _liking(marks):
            kind = "like"
        if kind == "groupadj":
            after = _after(words, at + size, hindi)
            if after is not None and after[0] in ("person", "job", "group"):
                last = after[1]
                size = last - at + 1
                kind = "group"
        if kind == "person" and marks and marks[-1].kind == "group" and marks[-1].last == at - 1:
            marks[-1].last = last  # "Jewish people" are one group
            at += size
            continue
        if kind in ("group", "slur", "slurish"):
            group_seen = category
        elif kind == "they" and group_seen:
            kind, category = "ref", group_seen
        if hindi and kind == "neg":
            # In Hindi the negation follows what it turns ("nafrat nahi").
            for before in marks[-2:]:
                if before.kind in _TURNED:
                    before.turned = True
        if kind == "neg" and any(
            w.form in ("why", "how", "when") for w in words[max(at - 3, 0) : at]
        ):
            kind = "who"  # "why has nobody …" asks for it
        if foreign and not hindi and kind not in ("slur", "abuse", "group"):
            kind = "_"  # another language: a word that looks like one of ours is not
        mark = Mark(kind, category, entry.form, at, last)
        if kind in _RUDE:
            reading.rude = True
        if kind not in EASY:
            reading.easy = False
        if scope and kind in _TURNED:
            mark.turned = True
            if turner is not None:
                turner.kind, turner = "not", None
        if kind == "neg":
            scope, turner = _SCOPE, mark
        elif kind == "if":
            scope = 0
        elif scope and kind not in _LIGHT:
            scope -= 1
        add(mark)
        at += size
    reading.marks = marks
    if quotes > 1:
        _quote(marks)


#: What somebody says of a quotation has at least one of these outside it.
_SPOKEN = _CORE - {"question", "quote", "if"}


def _quote(marks: list[Mark]) -> None:
    """Tell what stands between quotation marks, where there is something outside them too."""
    ends = [i for i, mark in enumerate(marks) if mark.kind == "quote"]
    inside = [(first, last) for first, last in itertools.pairwise(ends)][::2]
    within = {i for first, last in inside for i in range(first + 1, last)}
    if not any(i not in within and m.kind in _SPOKEN for i, m in enumerate(marks)):
        return
    for i in within:
        if marks[i].kind not in ("_", "stop", "comma", "question"):
            marks[i].quoted = True


#: Who likes, and what may stand between: behind anything else "like" compares.
_LIKERS = {"p1", "p2", "p3", "they", "ref", "group", "groupadj", "person", "job", "who", "neg",
           "modal", "can", "profadv", "opinion"}  # fmt: skip


def _liking(marks: list[Mark]) -> bool:
    """Whether "like" is the verb here ("I really like them"), not "breed like rats"."""
    for mark in reversed(marks):
        if mark.kind != "like" and not (mark.kind == "_" and mark.form.endswith(("ly", "so"))):
            return mark.kind in _LIKERS or mark.form in ("also", "still", "to", "and")
    return True


def _after(words: list[Word], at: int, hindi: bool) -> tuple[str, int] | None:
    """The class of the next word that is no filler, and its place."""
    for i in range(at, min(at + 2, len(words))):
        entry = words[i].entry
        if entry is None:
            return None
        if entry.kind == "groupadj":
            continue
        return entry.kind, i
    return None


def features(reading: Reading) -> list[str]:
    """What the severity model reads: classes in order, in pairs, and plain words.

    >>> "group copula dehuman" in features(read("those gays are rats"))
    True
    """
    core: list[str] = []
    sentences: list[list[str]] = [core]
    full: list[str] = []
    out: list[str] = []
    kinds: set[str] = set()
    plain: list[str] = []
    for mark in reading.marks:
        kind = mark.kind
        if kind in UNSEEN:
            kinds.add("+" + kind)
            continue
        if kind == "stop" or kind == "comma":
            if kind == "stop" and core:
                core = []
                sentences.append(core)
            full.append(",")
            continue
        if kind == "_":
            form = mark.form
            plain.append(form)
            if form in ARTICLES:
                continue
            if form in FUNCTION:
                full.append(form)
            elif not full or full[-1] != "_":
                full.append("_")
            continue
        symbol = mark.symbol
        full.append(symbol)
        plain.append(
            "<" + kind + ">" if kind in ("group", "groupadj", "slur", "ref") else mark.form
        )
        if kind in _CORE and kind != "neg":
            core.append(symbol)
            kinds.add(symbol)
        elif kind == "neg":
            kinds.add("neg")
    flat: list[str] = []
    for one in sentences:
        flat.extend(one)
        _grams(one, out)
    out.extend(kinds)
    if len(sentences) > 1 and len(flat) < 40:
        seen = list(dict.fromkeys(flat))[:14]
        out += [f"{a}>>{b}" for i, a in enumerate(seen) for b in seen[i + 1 :]]
    for i in range(len(full) - 1):
        pair = full[i] + " " + full[i + 1]
        out.append("f " + pair)
        if i + 2 < len(full):
            out.append(pair + " " + full[i + 2])
            if i + 3 < len(full):
                out.append(pair + " " + full[i + 2] + " " + full[i + 3])
    out += ["w " + form for form in plain]
    out += [f"w {a} {b}" for a, b in itertools.pairwise(plain)]
    out.append(length_name(len(flat)))
    return out


def _grams(core: list[str], out: list[str]) -> None:
    """Runs of two to four, and pairs further apart, of one sentence's classes."""
    size = len(core)
    if not size:
        return
    out.append("^ " + core[0])
    out.append(core[-1] + " $")
    for i in range(size - 1):
        run = core[i] + "-" + core[i + 1]
        out.append(run)
        if i + 2 < size:
            run += "-" + core[i + 2]
            out.append(run)
            if i + 3 < size:
                out.append(run + "-" + core[i + 3])
    for i in range(min(size, 20)):
        first = core[i]
        out += [first + ">" + core[j] for j in range(i + 1, min(i + 8, size))]


def in_core(kind: str) -> bool:
    """Whether a class stands in the core sequence."""
    return kind in _CORE and kind != "neg"


def length_name(count: int) -> str:
    """The feature that says how many classes a message has."""
    return f"core {min(count, 12) // 2}"
