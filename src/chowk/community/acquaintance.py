"""Who is known in a channel, and what of its talk is of every day: the memory of a detector.

Who speaks comes in; since when, how often and in how many crowds comes out. A server keeps it over
a restart (`Background`, and persons by their ids), so that regulars are no strangers after one.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from itertools import islice

#: Seconds that somebody has been here to be a regular, or to have talked; people that are known.
_STAYED, _TALKED, REMEMBERED = 600.0, 120.0, 50_000
#: Of whom, the last ones, is asked when they came; others there have to be for it to tell.
_LATELY, _OTHERS = 1_000, 20


@dataclass(slots=True)
class Person:
    """When somebody spoke first and last, how often (once in half a minute counts), and how many
    crowds it was that said so."""

    first: float
    last: float
    times: int = 0
    crowd: int = -1
    crowds: int = 0

    def speaks(self, now: float, crowd: int) -> None:
        """Somebody said something that was not held."""
        if not self.times or now - self.last >= 30:
            self.times += 1
            self.last = now
        if crowd != self.crowd:
            self.crowds += 1
            self.crowd = crowd

    def is_regular(self, now: float) -> bool:
        """Whether somebody has been here before today's raid."""
        return self.times >= 2 and now - self.first >= _STAYED

    def is_talker(self, now: float) -> bool:
        """Whether somebody has said several things, and not all of them at once."""
        return self.crowds >= 3 and now - self.first >= _TALKED


@dataclass(slots=True)
class Background:
    """What a channel's talk is like, without who said what.

    Attributes
    ----------
    strangers, others : how many of those who spoke lately were strangers, and how many were not.
    words : by word's number, in how many messages it stood.
    past : how many messages those were.
    made : how many crowds there were.
    oldest : when the oldest message came whose words are not among them yet.
    held : for each of those messages, whether it belongs to a crowd that is held.
    """

    strangers: float = 1.0
    others: float = 1.0
    words: Counter[int] = field(default_factory=Counter)
    past: int = 0
    made: int = 0
    oldest: float = float("inf")
    held: tuple[bool, ...] = ()


class People:
    """The people of a channel, those who spoke lately.

    Parameters
    ----------
    recall : gives somebody whom an earlier process knew; None to know nobody.

    Examples
    --------
    >>> people = People()
    >>> people.of("zoe", 5.0).speaks(5.0, 1)
    >>> people.of("zoe", 9.0).first, sorted(people.changed())
    (5.0, ['zoe'])
    """

    def __init__(self, recall: Callable[[str], Person | None] | None = None) -> None:
        self.recall = recall
        self._known: OrderedDict[str, Person] = OrderedDict()
        self._changed: set[str] = set()

    def of(self, author: str, now: float) -> Person:
        """Somebody who speaks now."""
        found = self._known.get(author)
        if found is None:
            kept = None if self.recall is None else self.recall(author)
            found = self._known[author] = kept or Person(now, now)
            if len(self._known) > REMEMBERED:
                gone, _ = self._known.popitem(last=False)
                self._changed.discard(gone)
        self._known.move_to_end(author)
        self._changed.add(author)
        return found

    def share_between(self, low: float, high: float, now: float) -> float:
        """The share of those who talk here that came between two moments; 1 when hardly anybody
        else does."""
        found = known = 0
        for person in islice(reversed(self._known.values()), _LATELY):
            since = now - person.first
            if (since >= _STAYED and person.times >= 2) or (since >= _TALKED and person.crowds > 2):
                known += 1
                found += low <= person.first <= high
        return found / known if known - found >= _OTHERS else 1.0

    def changed(self) -> dict[str, Person]:
        """Who spoke since this was asked last, as they stand now."""
        told = {one: replace(self._known[one]) for one in self._changed if one in self._known}
        self._changed.clear()
        return told

    def forget(self, authors: Collection[str]) -> None:
        """Know some people no more."""
        for author in authors:
            self._known.pop(author, None)
            self._changed.discard(author)

    def take(self, people: People) -> None:
        """Know whom another knows, who is not asked any more: both have the same people."""
        self._known = people._known
        self._changed |= people._changed
