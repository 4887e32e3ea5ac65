"""A channel's own words: those that hold a message and those that may always be said.

Terms come in as people write them, with * for the rest of a word at either end; what is found in a
message comes out with its stretch of the original. A term is compared with the folded text, so that
one spelling stands for its disguises; single words are looked up, the rest runs through one
automaton, so that the time does not depend on how many terms there are.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chowk.errors import InputError, parameter

from .folding import normalise
from .matching import Automaton
from .senses import harmless
from .spelling import leet_forms, squeezed

MOST = 100_000
_LONGEST = 100
#: Words of a message that are looked at in their sense; later ones are held as they stand.
_LOOKS = 50
_WORD = re.compile(r"[^\s.,!?;:\"()\[\]{}]+")
_MARKS = re.compile(r"[.\-_*~+|/\\,:;'^=•]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One term: what is looked for, for whom it is, until when.

    `allow` terms may always be said; the others hold a message. A `private` term is not shown to
    those who look at the channel's rules.
    """

    text: str
    kind: Literal["block", "allow"] = "block"
    expires_at: datetime | None = None
    private: bool = False
    by: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("block", "allow"):
            raise parameter("Term", "kind", '"block" or "allow"', self.kind)
        if self.expires_at is not None and not isinstance(self.expires_at, datetime):
            raise parameter("Term", "expires_at", "a datetime, or None", self.expires_at)
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise InputError(
                f"The expiry of the term {self.text!r} has no time zone: {self.expires_at}. Give "
                "one, as datetime(2026, 1, 1, tzinfo=UTC)."
            )

    def live(self, now: datetime) -> bool:
        """Whether the term still holds at `now`."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Found:
    """A term in a message, and where."""

    term: Term
    start: int
    end: int


def checked(text: str) -> tuple[str, bool, bool]:
    """The folded term, and whether it is open at the front and at the end.

    Raises
    ------
    InputError : nothing to look for, `*` inside, too long, or a single letter with a wildcard.

    Examples
    --------
    >>> checked("Bad*"), checked("two  words")
    (('bad', False, True), ('two words', False, False))
    >>> checked("*")
    Traceback (most recent call last):
    ...
    chowk.errors.InputError: The term '*' would hold every message. Write the word that you mean.
    """
    if not isinstance(text, str):
        raise InputError(f"A term must be text. Got {text!r} instead.")
    bare = text.strip()
    front, end = bare.startswith("*"), bare.endswith("*") and len(bare) > 1
    core = bare.removeprefix("*")
    core = core.removesuffix("*") if end else core
    form = normalise(core).text
    if not form.replace("*", "").strip():
        if bare.strip("*").strip() or not bare:
            raise InputError(f"The term {text!r} holds no letter that could be looked for.")
        raise InputError(
            f"The term {text!r} would hold every message. Write the word that you mean."
        )
    if "*" in core:
        raise InputError(
            f"The term {text!r} has a * inside. It may stand at the front and at the end only."
        )
    if len(form) > _LONGEST:
        raise InputError(f"The term {text[:30]!r}… is longer than {_LONGEST} letters.")
    if len(form) == 1 and (front or end):
        raise InputError(
            f"The term {text!r} would hold nearly every message: one letter takes no *."
        )
    return form, front, end


class TermList:
    """The terms of one channel. Adding and removing is safe from several threads.

    Parameters
    ----------
    terms : texts, or `Term`s.

    Examples
    --------
    >>> terms = TermList(["spoil*", Term("spoiled milk", kind="allow")])
    >>> [(f.term.text, f.start, f.end) for f in terms.find("no SPO1LERS please")]
    [('spoil*', 3, 11)]
    >>> terms.find("spoiled milk is sour")
    []
    """

    def __init__(self, terms: Iterable[str | Term] = ()) -> None:
        self._lock = threading.Lock()
        self._terms: dict[tuple[str, str], Term] = {}
        self._words: dict[str, list[Term]] | None = None
        self._automaton: Automaton | None = None
        self._parts: list[tuple[Term, bool, bool]] = []
        self.add(terms)

    def __len__(self) -> int:
        return len(self._terms)

    def __iter__(self) -> Iterator[Term]:
        return iter(list(self._terms.values()))

    def add(self, terms: Iterable[str | Term] | str | Term) -> None:
        """Add terms; one that is there already is replaced. Either all are added or none."""
        many = [terms] if isinstance(terms, (str, Term)) else list(terms)
        made = [t if isinstance(t, Term) else Term(t) for t in many]
        for term in made:
            checked(term.text)
        with self._lock:
            if len(self._terms) + len(made) > MOST:
                raise InputError(f"A channel may have {MOST:,} terms. This would be more.")
            for term in made:
                self._terms[term.text.strip().casefold(), term.kind] = term
            self._words = None

    def remove(self, text: str) -> bool:
        """Take a term out, blocked or allowed; False when it was not there."""
        with self._lock:
            gone = [self._terms.pop((text.strip().casefold(), k), None) for k in ("block", "allow")]
            self._words = None
        return any(gone)

    def _ready(self) -> tuple[dict[str, list[Term]], Automaton, list[tuple[Term, bool, bool]]]:
        with self._lock:
            if self._words is None or self._automaton is None:
                words: dict[str, list[Term]] = {}
                parts: list[tuple[Term, bool, bool]] = []
                patterns: list[str] = []
                for term in self._terms.values():
                    form, front, end = checked(term.text)
                    if front or end or " " in form or _WORD.fullmatch(form) is None:
                        parts.append((term, front, end))
                        patterns.append(form)
                    else:
                        words.setdefault(form, []).append(term)
                self._automaton, self._parts, self._words = Automaton(patterns), parts, words
            return self._words, self._automaton, self._parts

    def find(self, text: str, now: datetime | None = None) -> list[Found]:
        """The blocked terms in a text; what an allowed term covers is left out."""
        return self.both(text, now)[0]

    def both(self, text: str, now: datetime | None = None) -> tuple[list[Found], list[Found]]:
        """The blocked terms that no allowed one covers, and the allowed ones."""
        if not self._terms:
            return [], []
        moment = now or datetime.now(UTC)
        if moment.tzinfo is None:
            raise parameter("check", "now", "a datetime with a time zone", now)
        every = [found for found in self._all(text) if found.term.live(moment)]
        allowed = [found for found in every if found.term.kind == "allow"]
        blocked = [
            found
            for found in every
            if found.term.kind == "block"
            and not any(a.start <= found.start and found.end <= a.end for a in allowed)
        ]
        return sorted(blocked, key=lambda f: (f.start, f.end)), allowed

    def _all(self, text: str) -> Iterator[Found]:
        words, automaton, parts = self._ready()
        folded = normalise(text)
        pieces = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(folded.text)]
        written = pieces
        if words:
            pieces = [*pieces, *_spelt(pieces, words)]
        looks = _LOOKS
        seen: set[tuple[str, int, int]] = set()
        # The automaton reads the text as it stands, and again with each word undone.
        variants: list[tuple[str, list[int]]] = [(folded.text, list(range(len(folded.text) + 1)))]
        readings: list[tuple[int, int, tuple[str, ...]]] = []
        for at, (piece, start, end) in enumerate(pieces):
            forms = forms_of(piece)
            for form in forms if words else ():
                for term in words.get(form, ()):
                    spot = folded.span(start, end)
                    if (
                        term.kind == "block"
                        and at < len(written)
                        and piece.strip("@'").isalpha()
                        and looks > 0
                    ):
                        looks -= 1
                        if harmless(text, *spot, written, at):
                            continue  # "spotted dick": undisguised, and in another sense
                    if (term.text, *spot) not in seen:
                        seen.add((term.text, *spot))
                        yield Found(term, *spot)
            readings.append((start, end, forms))
        if not parts:
            return
        for number in range(1, min(max((len(f) for _, _, f in readings), default=1), 6)):
            undone = [forms[min(number, len(forms) - 1)] for _, _, forms in readings]
            places = [
                [*(min(start + i, end - 1) for i in range(len(word))), end]
                for word, (start, end, _) in zip(undone, readings, strict=True)
            ]
            variants.append((" ".join(undone), [spot for one in places for spot in one]))
        for body, spots in variants:
            for first, last, number in automaton.matches(body):
                term, front, end_open = parts[number]
                if not front and first and _letter(body[first - 1]):
                    continue
                if not end_open and last < len(body) and _letter(body[last]):
                    continue
                while front and first and _letter(body[first - 1]):
                    first -= 1
                while end_open and last < len(body) and _letter(body[last]):
                    last += 1
                spot = folded.span(spots[first], max(spots[last - 1] + 1, spots[first] + 1))
                if (term.text, *spot) not in seen:
                    seen.add((term.text, *spot))
                    yield Found(term, *spot)


def _letter(letter: str) -> bool:
    # An accented letter or a vowel sign is a letter: "abc" is not in "abcödef".
    return letter.isalnum() or "\u0900" <= letter <= "\u0dff"


def forms_of(piece: str) -> tuple[str, ...]:
    """What a folded word may stand for: itself, without marks, leet undone, repeats squeezed.

    >>> forms_of("b.a.d")[1:], forms_of("baaad")[1:]
    (('bad',), ('baad', 'bad'))
    """
    forms = [piece]
    if not piece.isalpha():
        bare = piece.strip("-_*~'`@#$%^&+=<>|/\\")
        forms.append(bare)
        whole = _MARKS.sub("", piece)
        forms.append(whole)
        forms.extend(leet_forms(whole))
    for form in list(forms):
        forms.extend(squeezed(form))
    return tuple(dict.fromkeys(f for f in forms if f))


def _spelt(
    pieces: list[tuple[str, int, int]], words: dict[str, list[Term]]
) -> Iterator[tuple[str, int, int]]:
    """Known words that runs of single letters spell ("b a d"), whatever word was before them."""
    run: list[tuple[str, int, int]] = []
    for piece in [*pieces, ("", 0, 0)]:
        if len(piece[0]) == 1:
            run.append(piece)
            continue
        for first in range(len(run) - 2):
            for last in range(first + 3, min(first + 25, len(run) + 1)):
                form = "".join(p[0] for p in run[first:last])
                if form in words:
                    yield form, run[first][1], run[last - 1][2]
        run = []
