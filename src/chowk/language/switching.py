"""The ways to mix one pair: every mix that a theory allows, counted, listed or drawn.

In: a `Pair` of tokens, slots and links. Out: mixes as lists of parts (side, place, label); side 0
is the source and 1 the target. Under the equivalence constraint a mix is a path over legal cuts
that alternates sides; in the matrix-language frame, one side keeps its order and its closed-class
words, and fragments of it are replaced whole. Draws are uniform over what the theory allows.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeVar

from .alignment import Link
from .boundaries import Cut, Fragment, fragments, legal_cuts, slots_agree
from .constituents import Parts, closed_places
from .labels import Span, labels_of

_Option = TypeVar("_Option")
#: Bits of a count that a float still holds, with room for the sum of many.
_MOST_BITS = 1_000


def _drawn(rng: random.Random, options: Sequence[_Option], ways: Sequence[int]) -> _Option:
    """One option, by its number of ways; of a long pair these are beyond what a float can hold."""
    beyond = max(0, max(ways).bit_length() - _MOST_BITS)
    return rng.choices(options, [count >> beyond for count in ways] if beyond else ways)[0]


class Part(NamedTuple):
    """One token of a mix: of side 0 (source) or 1 (target), at that place, with its BIO label."""

    side: int
    place: int
    label: str = "O"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two renderings of one utterance, aligned, with parses as `read_parse` gives them."""

    source: Sequence[str]
    target: Sequence[str]
    links: Collection[Link]
    source_slots: Sequence[Span] = ()
    target_slots: Sequence[Span] = ()
    parse: Sequence[Parts] = ()
    target_parse: Sequence[Parts] = ()

    @property
    def labels(self) -> tuple[list[str], list[str]]:
        """The BIO labels of source and target."""
        return (
            labels_of(self.source_slots, len(self.source)),
            labels_of(self.target_slots, len(self.target)),
        )


class Equivalence:
    """All mixes of a pair under the equivalence constraint.

    A mix is a sequence of at least two fragments, of alternating sides, between legal cuts that
    keep slots whole or cut them on both sides; every fragment holds a link, so that it says
    something that the other side says too. Where a side has a parse, no cut lies below a
    constituent whose parts stand in another order on the other side (see `constituents`).
    """

    def __init__(self, pair: Pair) -> None:
        n, m = len(pair.source), len(pair.target)
        closed = closed_places(pair.parse, pair.links, 0)
        closed_there = closed_places(pair.target_parse, pair.links, 1)
        self.cuts = [
            cut
            for cut in legal_cuts(pair.links, n, m)
            if cut.source not in closed
            and cut.target not in closed_there
            and slots_agree(pair.source_slots, pair.target_slots, cut)
        ]
        self._labels = pair.labels
        self._end = Cut(n, m)
        # The links left of a legal cut are those of its first source tokens.
        self._linked = [0] * (n + 1)
        for i, _ in pair.links:
            self._linked[i + 1] += 1
        self._linked = list(accumulate(self._linked))
        self._next: dict[Cut, list[Cut]] = {}
        self._ways: dict[Cut, int] = {}
        for cut in reversed(self.cuts):
            later = [
                other
                for other in self.cuts
                if other.source > cut.source
                and other.target > cut.target
                and self._linked[other.source] > self._linked[cut.source]
            ]
            self._next[cut] = later
            self._ways[cut] = 1 if cut == self._end else sum(self._ways[c] for c in later)

    @property
    def count(self) -> int:
        """How many mixes there are, as ways to cut (some may read the same)."""
        start = Cut(0, 0)
        if start not in self._ways or start == self._end:
            return 0
        whole = 1 if self._end in self._next[start] else 0
        return 2 * (self._ways[start] - whole)

    def __iter__(self) -> Iterator[list[Part]]:
        def onward(path: list[Cut]) -> Iterator[list[Cut]]:
            if path[-1] == self._end:
                if len(path) > 2:
                    yield path
                return
            for cut in self._next.get(path[-1], ()):
                yield from onward([*path, cut])

        for path in onward([Cut(0, 0)]) if self.count else ():
            for side in (0, 1):
                yield self._parts(path, side)

    def draw(self, rng: random.Random) -> list[Part]:
        """One mix, each way to cut as likely as any other."""
        while True:
            path = [Cut(0, 0)]
            while path[-1] != self._end:
                later = self._next[path[-1]]
                path.append(_drawn(rng, later, [self._ways[cut] for cut in later]))
            if len(path) > 2:
                return self._parts(path, rng.randrange(2))

    def _parts(self, path: Sequence[Cut], side: int) -> list[Part]:
        # A slot that is cut is cut on both sides, so that each token's own label is right here too.
        parts = []
        for start, end in pairwise(path):
            own = self._labels[side]
            parts += [Part(side, place, own[place]) for place in range(start[side], end[side])]
            side = 1 - side
        return parts


class MatrixFrame:
    """All mixes of a pair in the frame of one matrix language.

    The matrix side keeps its order; fragments that do not overlap are replaced by their
    counterparts. A fragment needs a word outside the closed classes on either side, and may not
    cut a slot: it lies inside one, around whole ones, or outside, and so does its counterpart.

    Parameters
    ----------
    matrix : the side that frames, 0 or 1.
    closed : the closed-class words of source and target.
    longest : tokens that a fragment may have.
    """

    def __init__(
        self,
        pair: Pair,
        matrix: int = 0,
        *,
        closed: tuple[Collection[str], Collection[str]] = ((), ()),
        longest: int = 4,
    ) -> None:
        self.matrix = matrix
        sides = (pair.source, pair.target)
        slots = (pair.source_slots, pair.target_slots)
        links = pair.links if matrix == 0 else [(j, i) for i, j in pair.links]
        own, other = sides[matrix], sides[1 - matrix]
        self._length = len(own)
        self._labels = pair.labels
        self._slots = slots[matrix]
        self.fragments = [
            f
            for f in fragments(links, len(own), len(other), longest)
            if _content(own[f.start : f.end], closed[matrix])
            and _content(other[f.from_ : f.to], closed[1 - matrix])
            and _same_slots(slots[matrix], slots[1 - matrix], f)
        ]
        # Ways to go on from each place, with and without replacing what begins there.
        self._starting: dict[int, list[Fragment]] = {}
        for fragment in self.fragments:
            self._starting.setdefault(fragment.start, []).append(fragment)
        self._ways = [1] * (self._length + 1)
        for place in range(self._length - 1, -1, -1):
            self._ways[place] = self._ways[place + 1] + sum(
                self._ways[f.end] for f in self._starting.get(place, ())
            )

    @property
    def count(self) -> int:
        """How many mixes there are: sets of fragments to replace, the empty set left out."""
        return self._ways[0] - 1

    def __iter__(self) -> Iterator[list[Part]]:
        def onward(place: int, parts: list[Part], any_: bool) -> Iterator[list[Part]]:
            if place == self._length:
                if any_:
                    yield parts
                return
            yield from onward(place + 1, [*parts, self._framing(place)], any_)
            for f in self._starting.get(place, ()):
                yield from onward(f.end, parts + self._embedded(f), True)

        yield from onward(0, [], False)

    def draw(self, rng: random.Random) -> list[Part]:
        """One mix, each set of fragments as likely as any other."""
        while True:
            place, parts, any_ = 0, [], False
            while place < self._length:
                options = [None, *self._starting.get(place, ())]
                weights = [self._ways[place + 1 if f is None else f.end] for f in options]
                chosen = _drawn(rng, options, weights)
                if chosen is None:
                    parts.append(self._framing(place))
                    place += 1
                else:
                    parts += self._embedded(chosen)
                    place, any_ = chosen.end, True
            if any_:
                return parts

    def _framing(self, place: int) -> Part:
        return Part(self.matrix, place, self._labels[self.matrix][place])

    def _embedded(self, fragment: Fragment) -> list[Part]:
        side = 1 - self.matrix
        labels = self._labels[side][fragment.from_ : fragment.to]
        wider = _around(self._slots, fragment.start, fragment.end)[1]
        if wider:  # it begins the slot only where it stands first in the frame's slot
            first = self._labels[self.matrix][fragment.start]
            labels = [first, *[f"I-{wider[0]}"] * (len(labels) - 1)]
        return [
            Part(side, place, label)
            for place, label in zip(range(fragment.from_, fragment.to), labels, strict=True)
        ]


def _content(words: Sequence[str], closed: Collection[str]) -> bool:
    return any(w.casefold() not in closed and any(c.isalpha() for c in w) for w in words)


def _same_slots(ours: Sequence[Span], theirs: Sequence[Span], f: Fragment) -> bool:
    """Whether replacing the fragment keeps every slot once and whole."""
    for slots, start, end in ((ours, f.start, f.end), (theirs, f.from_, f.to)):
        for span in slots:
            touches = span.start < end and start < span.end
            holds = start <= span.start and span.end <= end
            within = span.start <= start and end <= span.end
            if touches and not holds and not within:
                return False
    return _around(ours, f.start, f.end) == _around(theirs, f.from_, f.to)


def _around(slots: Sequence[Span], start: int, end: int) -> tuple[list[str], list[str]]:
    """Names of slots wholly inside (in any order), and of one that is wider than the fragment."""
    inside = sorted(s.name for s in slots if start <= s.start and s.end <= end)
    wider = [
        s.name
        for s in slots
        if s.start <= start and end <= s.end and (s.start, s.end) != (start, end)
    ]
    return inside, wider
