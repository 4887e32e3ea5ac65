"""Bad actors and raids seen early: floods of one text, waves of joins, mentions, links, evaders.

Messages and joins come in as they happen; alerts come out. The first answer to a flood is to hold,
never to ban, and what comes from people who celebrate is let be: a chant is short and repeats
itself, a raid brings a text. Buckets leak evenly, so there is no moment at which a new burst is
free.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chowk.errors import parameter

from .crowds import Crowd, Crowds, Member
from .evaders import Account, Suspicion, suspicion
from .evidence import Evidence, Told, is_raid
from .shouts import ACCUSES, LINK, MENTION, NOISE, disguised, festive, heat, named, site, tokens
from .similar import Seen, Window, plain, signature, unmarked

_REMEMBERED = 50_000
#: Seconds in which the host is answered, that somebody has been here to be a regular, or to have
#: talked; messages
#: of a group that are looked at; what its messages have to share.
_ANSWERS, _STAYED, _TALKED, _JUDGED, _CORE, _CORE_OF_NOISE = 120.0, 600.0, 120.0, 30, 1.2, 0.9
#: The score from which on a text harms for sure.
_SURE = 0.7
_REPLAYED = "rows with 'author', 'text' and 'at'"
#: Seconds that no clock will ever tell.
_NEVER = 1e15


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know of.

    Attributes
    ----------
    kind : "flood", "join wave", "mentions", "links" or "evader".
    decision : "hold" (what belongs to it waits) or "watch" (only looked at).
    authors : who is part of it.
    reason : a sentence for the moderator.
    """

    kind: str
    decision: Literal["hold", "watch"]
    authors: tuple[str, ...]
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Trace:
    """What a detector needs of a message, without its text.

    Attributes
    ----------
    author : who wrote it, by any name that stays the same.
    mark : [96] the text's `signature`.
    mentions, links : how many there are.
    festive : whether it is what a crowd shouts.
    words : its different words as numbers (`shouts.tokens`).
    names : who is named in it, as numbers.
    hidden : whether letters are disguised in it.
    harmful : whether it would be held by itself; None where that is not known.
    """

    author: str
    mark: NDArray[np.uint64]
    mentions: int
    links: int
    festive: bool
    words: tuple[int, ...] = ()
    names: tuple[int, ...] = ()
    hidden: bool = False
    harmful: bool | None = None

    @classmethod
    def of(cls, author: str, text: str) -> Trace:
        """The trace of a message.

        >>> Trace.of("u1", "@ana see evil.xyz").links
        1
        """
        if not isinstance(text, str):
            raise parameter("message", "text", "a str", text)
        common = said = plain(text)
        seen = text[:20_000]
        links, mentions = len(LINK.findall(seen)), len(MENTION.findall(seen))
        if links or mentions:  # of an address, who is behind it is a word; a name is none
            said = plain(MENTION.sub(" ", LINK.sub(site, text[:2_000])))
        words = tuple(tokens(said).tolist())
        return cls(
            author,
            signature(common),
            mentions,
            links,
            festive(text, common, words),
            words,
            tuple(named(text).tolist()) if mentions else (),
            disguised(text),
        )


class Bucket:
    """A leaky bucket: fills by what comes, leaks evenly, never resets.

    Parameters
    ----------
    size : how much it holds before it runs over.
    seconds : the time in which a full bucket runs dry.

    Examples
    --------
    >>> bucket = Bucket(2, 10)
    >>> [bucket.pour(1, at) for at in (0, 1, 2, 12)]
    [False, False, True, False]
    """

    __slots__ = ("at", "level", "seconds", "size")

    def __init__(self, size: float, seconds: float) -> None:
        self.size, self.seconds, self.level, self.at = size, seconds, 0.0, 0.0

    def pour(self, amount: float, at: float) -> bool:
        """Pour in; True when it runs over. Time that goes back counts as standing still."""
        if at > self.at:
            self.level = max(0.0, self.level - (at - self.at) * self.size / self.seconds)
            self.at = at
        self.level = min(self.level + amount, 10 * self.size)
        return self.level > self.size


class ProactiveDetector:
    """Sees floods, waves and evaders in one channel's stream.

    Parameters
    ----------
    window : seconds that a flood is looked for in.
    accounts : accounts that post one text before it is a flood.
    joins : joins in a minute before they are a wave.
    mentions, links : mentions, and links, of one author in a minute.
    harmful : says of a text whether it would be held by itself; such a flood is seen at a third of
        the accounts (AutoMod's check, for one).

    Examples
    --------
    >>> detector = ProactiveDetector()
    >>> raid = [detector.message(f"u{i}", f"join the free coin drop at my channel {i}", at=i / 10)
    ...         for i in range(20)]
    >>> raid[-1].decision, raid[-1].kind
    ('hold', 'flood')
    >>> any(detector.message(f"fan{i}", "GOOOAL " * 3, at=10 + i / 10) for i in range(60))
    False
    """

    def __init__(
        self,
        *,
        window: float = 60.0,
        accounts: int = 8,
        joins: int = 30,
        mentions: int = 12,
        links: int = 6,
        harmful: Callable[[str], bool] | None = None,
    ) -> None:
        for name, value in (("window", window), ("accounts", accounts), ("joins", joins),
                            ("mentions", mentions), ("links", links)):  # fmt: skip
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise parameter("ProactiveDetector", name, "a number above 0", value)
        self.accounts, self.harmful = accounts, harmful
        self._window, self._crowds = Window(window), Crowds(window)
        self._joins = Bucket(joins, 60.0)
        self._sizes = {"mentions": (mentions, 60.0), "links": (links, 60.0)}
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()
        self._people: OrderedDict[str, _Person] = OrderedDict()
        #: How many of those who spoke lately were strangers and how many were not.
        self._strangers, self._others = 1.0, 1.0
        #: What the host said last: when, and the words.
        self._asked: tuple[float, frozenset[int]] = -_NEVER, frozenset()
        self._joined: list[tuple[float, str]] = []
        self._banned: dict[str, Account] = {}
        self._now = 0.0
        self._lock = threading.Lock()

    def message(
        self,
        author: str,
        text: str,
        at: float | datetime,
        *,
        age_days: float | None = None,
        host: bool = False,
    ) -> Alert | None:
        """A message that was posted.

        Parameters
        ----------
        author : the account's id.
        text : what was posted.
        at : when, in seconds or as a moment. An earlier time than the last counts as the last.
        age_days : the account's age, when known.
        host : whether it is the channel's host who says it. What many answer in the two minutes
            after is no flood, unless it harms, hides, or calls for what the host did not name.

        Returns
        -------
        The alert that the message belongs to; None when there is none.
        """
        return self.follow(Trace.of(author, text), at, text=text, age_days=age_days, host=host)

    def follow(
        self,
        seen: Trace,
        at: float | datetime,
        *,
        text: str = "",
        age_days: float | None = None,
        host: bool = False,
    ) -> Alert | None:
        """A message by its trace, as another process may have made it.

        Parameters
        ----------
        seen : what is known of the message.
        at, age_days, host : as `message` takes them.
        text : its text where it is known; `harmful` is asked about it, and the alert names it.
        """
        with self._lock:
            now, author = self._time(at), seen.author
            if host:
                self._asked = now, frozenset(seen.words)
                return None
            person = self._person(author, now)
            stranger = now - person.first <= self._window.seconds
            evidence = self._evidence(seen, now, person, stranger)
            alert, crowd = self._flood(seen, evidence, text, now)
            if alert is None:
                person.speaks(now, crowd)
                self._strangers = 0.995 * self._strangers + stranger
                self._others = 0.995 * self._others + (not stranger)
            young = age_days is not None and age_days < 1 and now - person.first < 600
            fresh = 2.0 if young else 1.0
            for kind, count in (("mentions", seen.mentions), ("links", seen.links)):
                if count and self._bucket(kind, author).pour(count * fresh, now) and alert is None:
                    alert = Alert(
                        kind, "hold", (author,),
                        f"{author} sent more {kind} a minute than {self._sizes[kind][0]}.", now,
                    )  # fmt: skip
            return alert

    def join(
        self, author: str, at: float | datetime, *, created_at: float | datetime | None = None
    ) -> Alert | None:
        """An account that joined; an alert when so many join that it is a wave."""
        with self._lock:
            now = self._time(at)
            weight = 1.0
            if created_at is not None and now - _seconds(created_at) < 86_400:
                weight = 2.0
            self._joined = [(t, a) for t, a in self._joined[-2_000:] if now - t <= 60]
            self._joined.append((now, author))
            if not self._joins.pour(weight, now):
                return None
            who = tuple(a for _, a in self._joined)
            return Alert(
                "join wave", "hold", who,
                f"{len(who)} accounts joined within a minute; what they post waits.", now,
            )  # fmt: skip

    def ban(self, account: Account | Mapping[str, Any]) -> None:
        """Remember a banned account, to know it when it comes back under another name."""
        made = account if isinstance(account, Account) else Account(**account)
        with self._lock:
            self._banned[made.account_id] = made

    def suspicion(self, account: Account | Mapping[str, Any]) -> Suspicion:
        """Whether an account is likely, or possibly, a banned one that came back."""
        made = account if isinstance(account, Account) else Account(**account)
        return suspicion(made, list(self._banned.values()))

    def replay(self, messages: Iterable[Mapping[str, Any]]) -> list[Alert]:
        """A new rule over past messages (author, text, at; maybe host): what it would have held.

        Raises
        ------
        ParameterError : a message without author, text or moment.
        """
        alerts = []
        if not isinstance(messages, Iterable):
            raise parameter("replay", "messages", _REPLAYED, messages)
        for row in messages:
            if not isinstance(row, Mapping) or not {"author", "text", "at"} <= set(row):
                raise parameter("replay", "messages", _REPLAYED, row)
            alert = self.message(
                str(row["author"]), row["text"], row["at"], host=row.get("host") is True
            )
            if alert is not None:
                alerts.append(alert)
        return alerts

    def _time(self, at: float | datetime) -> float:
        self._now = max(self._now, _seconds(at))
        return self._now

    def _bucket(self, kind: str, author: str) -> Bucket:
        key = kind, author
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = Bucket(*self._sizes[kind])
            if len(self._buckets) > _REMEMBERED:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return found

    def _person(self, author: str, now: float) -> _Person:
        found = self._people.get(author)
        if found is None:
            found = self._people[author] = _Person(now, now)
            if len(self._people) > _REMEMBERED:
                self._people.popitem(last=False)
        self._people.move_to_end(author)
        return found

    def _evidence(self, seen: Trace, now: float, person: _Person, stranger: bool) -> Evidence:
        asked, said = self._asked
        own = [w for w in seen.words if w not in said] if now - asked <= _ANSWERS else seen.words
        warmth = heat(own) + (4 if seen.links else 0)
        return Evidence(
            festive=seen.festive,
            heat=warmth,
            names=() if seen.festive else seen.names,
            accuses=bool(seen.links) or any(w & ACCUSES for w in own),
            hidden=seen.hidden,
            regular=person.is_regular(now),
            talker=person.is_talker(now),
            stranger=stranger,
            harmful=seen.harmful,
        )

    def _flood(
        self, seen: Trace, evidence: Evidence, text: str, now: float
    ) -> tuple[Alert | None, int]:
        """The flood that a message belongs to, and the number of its crowd."""
        cluster = self._window.put(seen.author, seen.mark, now, evidence)
        crowd = self._crowds.put(seen.author, seen.words, now, evidence)
        number = -2 if crowd is None else crowd.number
        evidence.noise = any(w & NOISE and self._crowds.alone(w) for w in seen.words)
        most = max(len(cluster.authors), 0 if crowd is None else len(crowd.authors))
        if most < min(max(self.accounts // 3, 2), self.accounts):
            return None, number
        if text and self.harmful is not None and evidence.harmful is None:
            evidence.harmful = self.harmful(text)
        authors: Mapping[str, int] = cluster.authors
        found = self._raids(cluster.members, len(authors), text, now, crowd, True)
        if not found and crowd is not None:
            found = self._raids(crowd.members, len(crowd.authors), text, now, crowd, False)
        if not found:
            return None, number
        if crowd is not None:
            crowd.held = True
            authors = max(authors, crowd.authors, key=len)
        shown = text if len(text) <= 60 else text[:57] + "..."
        return Alert(
            "flood", "hold", tuple(sorted(authors)),
            f"{len(authors)} accounts posted variants of {shown!r} within "
            f"{self._window.seconds:.0f} seconds.", now,
        ), number  # fmt: skip

    def _raids(
        self,
        members: Sequence[Seen | Member],
        accounts: int,
        text: str,
        now: float,
        crowd: Crowd | None,
        alike: bool,
    ) -> bool:
        """Whether a group is a raid; its last message is the one that came in."""
        last = members[-1].evidence
        if last.harmful and accounts >= max(self.accounts // 3, 2):
            return True
        if accounts < self.accounts:
            return False
        told = self._told(members)
        purity, expected = 1.0, 0.0
        if crowd is not None:
            expected = self._crowds.expected(crowd)
            if not alike:
                least = _CORE_OF_NOISE if told.noise >= 0.4 and told.heat >= 2 else _CORE
                if self._crowds.core(crowd) < least:
                    return False
                purity = self._crowds.purity(crowd)
        if not told.bad and (told.glad or self._answers(members, now)):
            # What many say gladly may still harm somebody.
            if not text or last.harmful is not None:
                return False
            last.harmful = _packaged()(unmarked(text))
            told = self._told(members)
            if not told.bad:
                return False
        usual = self._strangers / (self._strangers + self._others)
        return is_raid(told, accounts, self.accounts, purity, usual=usual, expected=expected)

    def _told(self, members: Sequence[Seen | Member]) -> Told:
        return Told.of(one.evidence for one in islice(reversed(members), _JUDGED))

    def _answers(self, members: Sequence[Seen | Member], now: float) -> bool:
        """Whether a group began after the host said something, and while it was to be answered."""
        asked = self._asked[0]
        return now - asked <= _ANSWERS and members[0].at >= asked


@dataclass(slots=True)
class _Person:
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


@cache
def _packaged() -> Callable[[str], bool]:
    from .automod import AutoMod

    automod = AutoMod.load("en")
    return lambda text: harms(automod.check(text).scores)


def harms(scores: Mapping[str, float]) -> bool:
    """Whether AutoMod's scores leave little doubt of an attack, a threat or harassment.

    What is only doubtful makes no raid of what a crowd shouts.

    >>> harms({"hate": 0.9, "threat": 0.0}), harms({"hate": 0.5, "insult": 0.9})
    (True, False)
    """
    return max(scores.get(kind, 0.0) for kind in ("hate", "threat", "sexual")) >= _SURE


def _seconds(at: float | datetime) -> float:
    if isinstance(at, datetime):
        return at.timestamp()
    # A moment without end would leave every bucket and window there for good.
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not abs(at) < _NEVER:
        raise parameter("ProactiveDetector", "at", "seconds or a datetime", at)
    return float(at)
