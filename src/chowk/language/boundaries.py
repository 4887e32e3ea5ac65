"""Where two languages may change places in a sentence: the equivalence constraint, by alignment.

In: two token lists, the links between them, and their slots. Out: legal cuts, and fragments that
may be replaced whole. A cut (a, b), after a source tokens and b target tokens, is legal when every
link stays on one side: the flat-tree case of the equivalence constraint (Poplack 1980; Rizvi et al.
2021). A fragment may be replaced when its links lead into one fragment of the other side and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from chowk.errors import InputError

from .alignment import Link
from .labels import Span


class Cut(NamedTuple):
    """A boundary after `source` tokens of one side and `target` tokens of the other."""

    source: int
    target: int


class Fragment(NamedTuple):
    """Source tokens `start` to `end` stand for target tokens `from_` to `to`, ends not included."""

    start: int
    end: int
    from_: int
    to: int


def parse_links(links: str | Iterable[Sequence[int]], where: str = "the pair") -> list[Link]:
    """Links from the `0-0 1-2` notation, or from pairs of numbers.

    >>> parse_links("0-0 1-2")
    [(0, 0), (1, 2)]
    """
    parts = [p.split("-") for p in links.split()] if isinstance(links, str) else list(links)
    try:
        return sorted({(int(i), int(j)) for i, j in parts})
    except (TypeError, ValueError):
        raise InputError(
            f"The alignment of {where} is not a list of links. Write it as '0-0 1-2', or as pairs "
            "of token numbers from 0."
        ) from None


def check_links(links: Iterable[Link], source: int, target: int, where: str = "the pair") -> None:
    """InputError for a link to a token that is not there."""
    for i, j in links:
        if not (0 <= i < source and 0 <= j < target):
            raise InputError(
                f"The link {i}-{j} of {where} is out of range: the source has {source} tokens and "
                f"the target {target}, counted from 0."
            )


def legal_cuts(links: Collection[Link], source: int, target: int) -> list[Cut]:
    """All cuts at which every link stays on one side: i < a exactly when j < b.

    >>> legal_cuts([(0, 0), (1, 2), (2, 1)], 3, 3)
    [Cut(source=0, target=0), Cut(source=1, target=1), Cut(source=3, target=3)]
    """
    # Links of the first a source tokens must all lie left of b, and the others must not.
    reach = [0] * (source + 1)
    floor = [target] * (source + 1)
    furthest: dict[int, int] = {}
    nearest: dict[int, int] = {}
    for i, j in links:
        furthest[i] = max(furthest.get(i, -1), j)
        nearest[i] = min(nearest.get(i, target), j)
    for a in range(1, source + 1):
        reach[a] = max(reach[a - 1], furthest.get(a - 1, -1) + 1)
    for a in range(source - 1, -1, -1):
        floor[a] = min(floor[a + 1], nearest.get(a, target))
    return [Cut(a, b) for a in range(source + 1) for b in range(reach[a], floor[a] + 1)]


def slots_agree(ours: Sequence[Span], theirs: Sequence[Span], cut: Cut) -> bool:
    """Whether a mix cut here keeps every slot once: the same slots left of it, the same one cut."""
    left = Counter(s.name for s in ours if s.end <= cut.source)
    right = Counter(s.name for s in theirs if s.end <= cut.target)
    open_here = [s.name for s in ours if s.start < cut.source < s.end]
    open_there = [s.name for s in theirs if s.start < cut.target < s.end]
    return left == right and open_here == open_there


def fragments(
    links: Collection[Link], source: int, target: int, longest: int = 4
) -> list[Fragment]:
    """Fragments of at most `longest` source tokens that may be replaced by their counterpart.

    The counterpart is the smallest one; its links lead back into the fragment, and both ends of
    the fragment have links, so that it says what its counterpart says.

    >>> fragments([(0, 1), (1, 0)], 2, 2)
    [Fragment(start=0, end=1, from_=1, to=2), Fragment(start=0, end=2, from_=0, to=2), \
Fragment(start=1, end=2, from_=0, to=1)]
    """
    of_source: dict[int, list[int]] = {}
    of_target: dict[int, list[int]] = {}
    for i, j in links:
        of_source.setdefault(i, []).append(j)
        of_target.setdefault(j, []).append(i)
    found = []
    for start in range(source):
        if start not in of_source:
            continue
        low, high = target, -1
        for end in range(start + 1, min(start + longest, source) + 1):
            reached = of_source.get(end - 1)
            if not reached:
                continue
            low, high = min(low, *reached), max(high, *reached)
            back = (i for j in range(low, high + 1) for i in of_target.get(j, ()))
            if all(start <= i < end for i in back):
                found.append(Fragment(start, end, low, high + 1))
    return found


def projected(
    slots: Sequence[Span], links: Collection[Link], source: int, target: int
) -> tuple[list[Span], str]:
    """The slots of the source carried to the target, and why not when they cannot be.

    A slot's counterpart runs from its first to its last linked token, and no link from outside
    may lead into it.

    >>> projected([Span("size", 0, 1)], [(0, 1), (1, 0)], 2, 2)
    ([Span(name='size', start=1, end=2)], '')
    """
    carried = []
    for name, start, end in slots:
        ends = [j for i, j in links if start <= i < end]
        if not ends:
            return [], f"the slot {name!r} has no aligned words"
        low, high = min(ends), max(ends) + 1
        if any(low <= j < high and not start <= i < end for i, j in links):
            return [], f"the words of slot {name!r} are not together in the target"
        carried.append(Span(name, low, high))
    carried.sort(key=lambda span: span.start)
    for one, two in pairwise(carried):
        if two.start < one.end:
            return [], f"the slots {one.name!r} and {two.name!r} overlap in the target"
    return carried, ""
