"""Texts of many that say one thing in other words: crowds of messages by the words they share.

A message's words come in as numbers (`shouts.tokens`); the crowd that it belongs to comes out. A
crowd is known by how often each word stands in it, so that a text with slots that are filled one
way or another is one crowd though two of its messages share little; what nobody else says (a random
tail) counts hardly, nor what the channel says all day. Overlaps are those of a message with a
random other one of the crowd, as in the purity of a cluster.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from .evidence import Evidence
from .shouts import JOINS, KNOWN, NOISE

_JOINING, _UNKNOWN, _KNOWN_ONCE = 0.3, 0.25, 0.6
_LEAST_SHARED, _LEAST_OF_ONE, _FEW = 1.2, 0.9, 0.12
#: A crowd that is held takes in what is less near.
_HELD = 0.6
_LOOKED_AT, _TRIED = 24, 5
_BACKGROUND = 40_000
#: The share of messages from which on a word is the channel's own.
_OWN = 0.02


@dataclass(slots=True)
class Member:
    """One message of a crowd; `counts` is whether its words do, its author's first ones."""

    order: int
    author: str
    at: float
    words: Sequence[int]
    counts: bool
    home: Crowd
    evidence: Evidence


@dataclass(slots=True, eq=False)
class Crowd:
    """Messages that share their words.

    Attributes
    ----------
    number : which one it is.
    members : its messages, oldest first.
    counts : by word, how many authors say it.
    authors : by author, how many messages are here.
    held : whether it was held; what it says is then not what the channel says.
    sums : by name, a figure over all its words and how many authors it had then.
    """

    number: int
    members: deque[Member] = field(default_factory=deque)
    counts: dict[int, int] = field(default_factory=dict)
    authors: dict[str, int] = field(default_factory=dict)
    held: bool = False
    sums: dict[str, tuple[float, int]] = field(default_factory=dict)


class Crowds:
    """The crowds of a sliding window.

    Parameters
    ----------
    seconds : how long a message stays.
    least : the overlap from which on a message belongs to a crowd.
    most : messages kept at most; the oldest go first.

    Examples
    --------
    >>> from chowk.community.shouts import tokens
    >>> crowds = Crowds()
    >>> texts = ["join evilstream now", "xkqjwprt join evilstream", "what a save that was"]
    >>> [len(crowds.put(str(i), tokens(t).tolist(), i).authors) for i, t in enumerate(texts)]
    [1, 2, 1]
    """

    def __init__(self, seconds: float = 60.0, least: float = 0.22, most: int = 2_000) -> None:
        self.seconds, self.least, self.most = seconds, least, most
        self._seen: deque[Member] = deque()
        self._where: dict[int, dict[int, Crowd]] = {}
        self._before: Counter[int] = Counter()
        self._past = 0
        self._made = self._order = 0

    def put(
        self, author: str, words: Sequence[int], at: float, evidence: Evidence | None = None
    ) -> Crowd | None:
        """Put a message in; gives its crowd as it stands now, None when it has no word."""
        return self.place(author, words, at, self.find(words, at), evidence)

    def find(self, words: Sequence[int], at: float) -> list[Crowd]:
        """The crowds that a message may belong to, the nearest first."""
        self._forget(at)
        return self._nearest(words, {word: self.weight(word) for word in words})

    def place(
        self,
        author: str,
        words: Sequence[int],
        at: float,
        best: Sequence[Crowd],
        evidence: Evidence | None = None,
    ) -> Crowd | None:
        """Put a message into the crowds that `find` found for it at that moment, as one."""
        if not words:
            return None
        if not best:
            self._made += 1
            home = Crowd(self._made)
        else:
            home = best[0]
            for other in best[1:]:
                home = self._joined(home, other)
        fresh = author not in home.authors
        self._order += 1
        member = Member(self._order, author, at, words, fresh, home, evidence or Evidence())
        home.members.append(member)
        home.authors[author] = home.authors.get(author, 0) + 1
        self._seen.append(member)
        if fresh:
            for word in words:
                home.counts[word] = home.counts.get(word, 0) + 1
                self._where.setdefault(word, {})[home.number] = home
        return home

    def forget(self, authors: Collection[str]) -> None:
        """Take out all messages of some authors, as if they had not been said."""
        gone = [one for one in self._seen if one.author in authors]
        if gone:
            self._seen = deque(one for one in self._seen if one.author not in authors)
        for old in gone:
            home = old.home
            home.authors.pop(old.author, None)
            home.members = deque(one for one in home.members if one.author not in authors)
            if old.counts:
                self._uncount(old, home)

    def weight(self, word: int) -> float:
        """What a word tells: 1 for what is never said here, less the more it is said."""
        told = _JOINING if word & JOINS else 1.0
        often = self._before.get(word, 0)
        if often and self._past >= 50:
            told *= max(-math.log(often / self._past + 1e-3) / 6.9, 0.1)
        return told

    def usual(self, words: Collection[int]) -> bool:
        """Whether there are words and all are the channel's own: each in one of 50 messages."""
        least = max(3.0, _OWN * self._past)
        return (
            self._past >= 50
            and len(words) > 0
            and all(self._before.get(word, 0) >= least for word in words)
        )

    def background(self) -> tuple[Counter[int], int, int]:
        """By word, in how many messages before the window it stood; how many those were; and how
        many crowds there were."""
        return self._before, self._past, self._made

    def remember(self, words: Mapping[int, int], past: int, made: int = 0) -> None:
        """Begin with a background that was kept."""
        self._before, self._past, self._made = Counter(words), past, max(made, self._made)

    def held(self) -> tuple[bool, ...]:
        """Of each message of the window, the oldest first, whether its crowd is held."""
        return tuple(member.home.held for member in self._seen)

    @property
    def oldest(self) -> float:
        """When the oldest message of the window came."""
        return self._seen[0].at if self._seen else math.inf

    def names(self, crowd: Crowd, known: Collection[int]) -> bool:
        """Whether a quarter of a crowd says a word that is in no list and not among the known."""

        def told() -> float:
            least = max(2.0, 0.25 * len(crowd.authors))
            return any(
                n >= least and not word & KNOWN and word not in known
                for word, n in crowd.counts.items()
            )

        return bool(_summed(crowd, f"names {hash(frozenset(known))}", told))

    def alone(self, word: int) -> bool:
        """Whether one message alone says a word."""
        here = self._where.get(word, {})
        return len(here) < 2 and all(crowd.counts[word] < 2 for crowd in here.values())

    def purity(self, crowd: Crowd) -> float:
        """How much of a message the others of its crowd say too, from 0 to 1."""
        return _summed(crowd, "purity", lambda: self._purity(crowd.counts, len(crowd.authors)))

    def core(self, crowd: Crowd) -> float:
        """How many words a message shares with the crowd, by what they tell."""

        def told() -> float:
            size = len(crowd.authors)
            return sum(self.weight(w) * n for w, n in crowd.counts.items() if n > 1) / size

        return _summed(crowd, "core", told)

    def expected(self, crowd: Crowd) -> float:
        """How many such messages the channel would have had in a window like those before."""
        if self._past < 50:
            return 0.0
        half = 0.5 * len(crowd.authors)
        said = [w for w, n in crowd.counts.items() if n >= half and not w & JOINS]
        if not said:
            return 0.0
        return min(self._before.get(w, 0) for w in said) / self._past * len(self._seen)

    def _purity(self, counts: dict[int, int], size: int) -> float:
        if size < 2:
            return 0.0
        shared = every = 0.0
        for word, count in counts.items():
            if count > 1:
                told = self.weight(word)
                shared += told * count * (count - 1)
                every += told * count
            else:
                every += self.weight(word) * _alone(word)
        return shared / ((size - 1) * every) if every else 0.0

    def _nearest(self, words: Sequence[int], weights: dict[int, float]) -> list[Crowd]:
        """The crowds that a message may belong to, the nearest first."""
        partial: dict[int, float] = {}
        found: dict[int, Crowd] = {}
        for word in words:
            here = self._where.get(word)
            if here is None or word & JOINS:
                continue
            told = weights[word]
            for number, crowd in islice(reversed(here.items()), _LOOKED_AT):
                found[number] = crowd
                partial[number] = partial.get(number, 0.0) + told * crowd.counts[word] / len(
                    crowd.authors
                )
        near = []
        told_apart = sum(
            not word & JOINS and (word & KNOWN > 0 or word in self._where) for word in words
        )
        least_shared = _LEAST_OF_ONE if told_apart == 1 and len(words) > 1 else _LEAST_SHARED
        for number in sorted(partial, key=partial.__getitem__, reverse=True)[:_TRIED]:
            crowd = found[number]
            size, counts = len(crowd.authors), crowd.counts
            overlap = shared = every = 0.0
            for word in words:
                count, told = counts.get(word, 0), weights[word]
                overlap += told * count / size
                if count >= _FEW * size and count:
                    shared += told
                every += told if count or word in self._where else told * _alone(word)
            if (
                shared >= least_shared
                and overlap >= (_HELD if crowd.held else 1.0) * self.least * every
            ):
                near.append((overlap / every, crowd))
        near.sort(key=lambda one: one[0], reverse=True)
        return [crowd for _, crowd in near]

    def _joined(self, one: Crowd, other: Crowd) -> Crowd:
        """Two crowds as one, when they are as pure together as a crowd must be; else the first."""
        first = one
        if len(one.members) < len(other.members):
            one, other = other, one
        if len(other.members) > 200:
            return first
        counts = dict(one.counts)
        for word, count in other.counts.items():
            counts[word] = counts.get(word, 0) + count
        apart = self._purity(one.counts, len(one.authors))
        together = self._purity(counts, len(one.authors) + len(other.authors))
        if together < self.least or together < 0.6 * apart:
            return first
        for member in other.members:
            fresh = member.counts and member.author not in one.authors
            one.authors[member.author] = one.authors.get(member.author, 0) + 1
            for word in member.words if member.counts else ():
                if fresh:
                    one.counts[word] = one.counts.get(word, 0) + 1
                    self._where[word][one.number] = one
            member.counts, member.home = fresh, one
        for word in other.counts:
            self._where[word].pop(other.number, None)
            if not self._where[word]:
                del self._where[word]
        one.members = deque(sorted([*one.members, *other.members], key=lambda m: m.order))
        one.held = one.held or other.held
        return one

    def _forget(self, now: float) -> None:
        while self._seen and (
            now - self._seen[0].at > self.seconds or len(self._seen) >= self.most
        ):
            old = self._seen.popleft()
            home = old.home
            home.members.popleft()
            left = home.authors[old.author] - 1
            if left:
                home.authors[old.author] = left
            else:
                del home.authors[old.author]
            if old.counts:
                self._uncount(old, home)
            if not home.held:
                self._before.update(old.words)
                self._past += 1
        if len(self._before) > _BACKGROUND or self._past > _BACKGROUND:
            self._before = Counter({w: n // 2 for w, n in self._before.items() if n > 1})
            self._past //= 2

    def _uncount(self, old: Member, home: Crowd) -> None:
        """Take the words of a message out; another of its author's counts in its place."""
        for word in old.words:
            count = home.counts[word] - 1
            if count:
                home.counts[word] = count
                continue
            del home.counts[word]
            here = self._where[word]
            del here[home.number]
            if not here:
                del self._where[word]
        if old.author in home.authors:
            for member in home.members:
                if member.author == old.author:
                    member.counts = True
                    for word in member.words:
                        home.counts[word] = home.counts.get(word, 0) + 1
                        self._where.setdefault(word, {})[home.number] = home
                    break


def _summed(crowd: Crowd, name: str, told: Callable[[], float]) -> float:
    """A figure over all words of a crowd, taken anew when it has a twentieth more or fewer authors:
    a raid that is padded with words would else cost more with each message."""
    size = len(crowd.authors)
    figure, then = crowd.sums.get(name, (0.0, 0))
    if not then or abs(size - then) > size // 20:
        figure = told()
        crowd.sums[name] = figure, size
    return figure


def _alone(word: int) -> float:
    """What a word weighs that one alone says: a random tail hardly anything."""
    return 0.1 if word & NOISE else _KNOWN_ONCE if word & KNOWN else _UNKNOWN
