"""Bad actors and raids seen early: floods of one text, waves of joins, mentions, links, evaders.

Messages and joins come in as they happen; alerts come out. The first answer to a flood is to hold,
never to ban, and what comes from people who celebrate is let be: a chant is short and repeats
itself, a raid brings a text. Buckets leak evenly, so there is no moment at which a new burst is
free.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, Literal

from chowk.errors import parameter

from .acquaintance import REMEMBERED, Background, People, Person
from .buckets import Bucket, Buckets
from .crowds import Crowd, Crowds, Member
from .evaders import Account, Suspicion, suspicion
from .evidence import Evidence, Told, is_raid
from .shouts import ACCUSES, NOISE, heat
from .similar import Cluster, Seen, Window, unmarked
from .traces import Trace

__all__ = ["Alert", "Bucket", "ProactiveDetector", "Trace", "harms"]

#: Seconds in which the host is answered; messages of a group that are looked at; what its messages
#: have to share, and what they share at most that are answers.
_ANSWERS, _JUDGED, _CORE, _CORE_OF_NOISE, _SHORT = 120.0, 30, 1.2, 0.9, 8.0
#: Seconds within which those came who came together, and the share of the channel's people from
#: which on all came so.
_AT_ONCE, _ALL = 300.0, 0.6
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


class ProactiveDetector:
    """Sees floods, waves and evaders in one channel's stream.

    Parameters
    ----------
    window : seconds that a flood is looked for in.
    accounts : accounts that post one text before it is a flood.
    joins : joins in a minute before they are a wave.
    mentions, links : mentions, and links, of one author in a minute.
    harmful : says of a text whether it would be held by itself; such a flood is seen at a third of
        the accounts (AutoMod's check, for one). It is asked while others may go on.
    recall : gives somebody whom an earlier process knew by his id; None to know nobody.

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
        recall: Callable[[str], Person | None] | None = None,
    ) -> None:
        for name, value in (("window", window), ("accounts", accounts), ("joins", joins),
                            ("mentions", mentions), ("links", links)):  # fmt: skip
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
                raise parameter("ProactiveDetector", name, "a number above 0", value)
        self.accounts, self.harmful = accounts, harmful
        self._window, self._crowds = Window(window), Crowds(window)
        self._joins = Bucket(joins, 60.0)
        self._sizes = {"mentions": (mentions, 60.0), "links": (links, 60.0)}
        self._buckets = Buckets(self._sizes, REMEMBERED)
        self._people = People(recall)
        #: Of the messages that are to be followed again, which belonged to a crowd that was held.
        self._held: deque[bool] = deque()
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
        again: bool = False,
    ) -> Alert | None:
        """A message by its trace, as another process may have made it.

        Parameters
        ----------
        seen : what is known of the message.
        at, age_days, host : as `message` takes them.
        text : its text where it is known; `harmful` is asked about it, and the alert names it.
        again : whether an earlier process took it in, whose memory this one has (`remember`).
        """
        # A judge takes its time: others go on meanwhile, and a message has its place from when it
        # is known what the judge says.
        told: dict[Callable[[str], bool], bool] = {}
        while True:
            with self._lock:
                now = self._time(at)
                if host:
                    if seen.invites:
                        self._asked = now, frozenset(seen.words)
                    return None
                cluster = self._window.find(seen.mark, now)
                near = self._crowds.find(seen.words, now)
                judge = self._wanted(seen, text, cluster, near)
                if judge is None or judge in told:
                    return self._take(seen, now, text, age_days, again, cluster, near, told)
            told[judge] = judge(text)

    def _wanted(
        self, seen: Trace, text: str, cluster: Cluster | None, near: Sequence[Crowd]
    ) -> Callable[[str], bool] | None:
        """Who has to be asked about a text before it is taken in, where it goes."""
        if not text or seen.harmful is not None:
            return None
        most = 1 + max(
            0 if cluster is None else len(cluster.authors), sum(len(c.authors) for c in near)
        )
        if self.harmful is not None:
            return self.harmful if most >= self._few else None
        return _harms if most >= self.accounts else None

    @property
    def _few(self) -> int:
        """How many accounts make a flood of what harms."""
        return int(min(max(self.accounts // 3, 2), self.accounts))

    def _take(
        self,
        seen: Trace,
        now: float,
        text: str,
        age_days: float | None,
        again: bool,
        cluster: Cluster | None,
        near: Sequence[Crowd],
        told: Mapping[Callable[[str], bool], bool],
    ) -> Alert | None:
        author = seen.author
        person = self._people.of(author, now)
        stranger = now - person.first <= self._window.seconds
        evidence = self._evidence(seen, now, person, stranger)
        mine = self._window.place(author, seen.mark, now, cluster, evidence)
        crowd = self._crowds.place(author, seen.words, now, near, evidence)
        alert = self._flood(seen, evidence, text, now, mine, crowd, told)
        number = -2 if crowd is None else crowd.number
        if again:
            if crowd is not None and self._held:
                crowd.held = self._held.popleft() or crowd.held
            person.crowd = number if alert is None else person.crowd
        elif alert is None:
            person.speaks(now, number)
            self._strangers = 0.995 * self._strangers + stranger
            self._others = 0.995 * self._others + (not stranger)
        young = age_days is not None and age_days < 1 and now - person.first < 600
        fresh = 2.0 if young else 1.0
        for kind, count in (("mentions", seen.mentions), ("links", seen.links)):
            if count and self._buckets.pour(kind, author, count * fresh, now) and alert is None:
                alert = Alert(
                    kind, "hold", (author,),
                    f"{author} sent more {kind} a minute than {self._sizes[kind][0]}.", now,
                )  # fmt: skip
        return alert

    def kept(self, *, whom: bool = True) -> tuple[Background, dict[str, Person]]:
        """What a process that comes after this one should know: what the channel's talk is like,
        and, if `whom`, who spoke since this was asked last."""
        with self._lock:
            words, past, made = self._crowds.background()
            told = Background(
                self._strangers,
                self._others,
                words.copy(),
                past,
                made,
                self._crowds.oldest,
                self._crowds.held(),
            )
            return told, self._people.changed() if whom else {}

    def remember(self, kept: Background, people: ProactiveDetector | None = None) -> None:
        """Begin with what was kept, and with whom another detector knows. What was in the window
        then is to be followed again."""
        with self._lock:
            self._strangers, self._others = kept.strangers, kept.others
            self._crowds.remember(kept.words, kept.past, kept.made)
            self._held = deque(kept.held)
            if people is not None:
                self._people.take(people._people)

    def forget(self, authors: Collection[str]) -> None:
        """Erase some authors: who they were, and what they said within the window."""
        with self._lock:
            for part in (self._people, self._window, self._crowds, self._buckets):
                part.forget(authors)
            self._joined = [one for one in self._joined if one[1] not in authors]

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

    def _evidence(self, seen: Trace, now: float, person: Person, stranger: bool) -> Evidence:
        asked, said = self._asked
        own = [w for w in seen.words if w not in said] if now - asked <= _ANSWERS else seen.words
        linked = 4 if seen.links else 0
        warmth = heat(own) + linked
        return Evidence(
            festive=seen.festive,
            heat=warmth,
            names=() if seen.festive else seen.names,
            accuses=bool(seen.links) or any(w & ACCUSES for w in own),
            hidden=seen.hidden,
            regular=person.is_regular(now),
            talker=person.is_talker(now),
            stranger=stranger,
            asks=seen.asks or self._crowds.usual(seen.owned),
            fails=seen.fails,
            said=hash(seen.words),
            answered=heat(seen.words) + linked - warmth,
            first=person.first,
            harmful=seen.harmful,
        )

    def _flood(
        self,
        seen: Trace,
        evidence: Evidence,
        text: str,
        now: float,
        cluster: Cluster,
        crowd: Crowd | None,
        told: Mapping[Callable[[str], bool], bool],
    ) -> Alert | None:
        """The flood that a message belongs to."""
        evidence.noise = any(w & NOISE and self._crowds.alone(w) for w in seen.words)
        most = max(len(cluster.authors), 0 if crowd is None else len(crowd.authors))
        if most < self._few:
            return None
        if self.harmful is not None and evidence.harmful is None:
            evidence.harmful = told.get(self.harmful)
        authors: Mapping[str, int] = cluster.authors
        sure = told.get(_harms)
        found = self._raids(cluster.members, len(authors), now, crowd, True, sure)
        if not found and crowd is not None:
            found = self._raids(crowd.members, len(crowd.authors), now, crowd, False, sure)
        if not found:
            return None
        if crowd is not None:
            crowd.held = True
            authors = max(authors, crowd.authors, key=len)
        shown = text if len(text) <= 60 else text[:57] + "..."
        return Alert(
            "flood", "hold", tuple(sorted(authors)),
            f"{len(authors)} accounts posted variants of {shown!r} within "
            f"{self._window.seconds:.0f} seconds.", now,
        )  # fmt: skip

    def _raids(
        self,
        members: Sequence[Seen | Member],
        accounts: int,
        now: float,
        crowd: Crowd | None,
        alike: bool,
        sure: bool | None,
    ) -> bool:
        """Whether a group is a raid; its last message is the one that came in, and `sure` whether
        its text harms for sure, where that is known."""
        last = members[-1].evidence
        # Of what a crowd shouts, one verdict tells little.
        if last.harmful and sure is None and accounts >= max(self.accounts // 3, 2):
            return True
        if accounts < self.accounts:
            return False
        # Who takes up the host's words and names what the host did not is no answer.
        asked, said = self._asked
        lately = crowd is not None and now - asked <= _ANSWERS
        answers = crowd is None or not lately or not self._crowds.names(crowd, said)
        told = self._told(members, answers).unless_posed(members, self.accounts)
        purity, expected = 1.0, 0.0
        if crowd is not None:
            expected = self._crowds.expected(crowd)
            if not alike:
                least = _CORE_OF_NOISE if told.noise >= 0.4 and told.heat >= 2 else _CORE
                if self._crowds.core(crowd) < least:
                    return False
                purity = self._crowds.purity(crowd)
        usual = self._strangers / (self._strangers + self._others)
        at_once = self._at_once(members, now) if told.at_home else 1.0
        home = told.at_home and at_once > _ALL
        if not told.bad and (told.cheered or home or self._answers(members, now, crowd)):
            # What many say gladly may still harm somebody.
            if sure is None or last.harmful is not None:
                return False
            last.harmful = sure
            told = self._told(members, answers)
            if not told.bad:
                return False
        if told.at_home and not home:
            told, usual = replace(told, stranger=1.0), at_once
        return is_raid(told, accounts, self.accounts, purity, usual=usual, expected=expected)

    def _told(self, members: Sequence[Seen | Member], answers: bool) -> Told:
        last = islice(reversed(members), _JUDGED)
        return Told.of((one.evidence for one in last), answers=answers)

    def _at_once(self, members: Sequence[Seen | Member], now: float) -> float:
        """The share of the channel's people who came when a group's authors did; 1 when those did
        not come together. Who came within minutes of each other, where others did not, did not
        come to talk."""
        last = islice(reversed(members), _JUDGED)
        first = sorted({one.author: one.evidence.first for one in last}.values())
        low, high = first[len(first) // 15], first[-1 - len(first) // 15]
        if high - low > _AT_ONCE:
            return 1.0
        middle = (low + high) / 2
        return self._people.share_between(middle - _AT_ONCE / 2, middle + _AT_ONCE / 2, now)

    def _answers(self, members: Sequence[Seen | Member], now: float, crowd: Crowd | None) -> bool:
        """Whether a group answers the host: it began after the host asked something, while it was
        to be answered, and is short; at length many say one thing in as many ways."""
        asked = self._asked[0]
        if now - asked > _ANSWERS or members[0].at < asked:
            return False
        return crowd is None or self._crowds.core(crowd) <= _SHORT


@cache
def _packaged() -> Callable[[str], bool]:
    from .automod import AutoMod

    automod = AutoMod.load("en")
    return lambda text: harms(automod.check(text).scores)


def _harms(text: str) -> bool:
    """Whether the packaged AutoMod is sure of a text."""
    return _packaged()(unmarked(text))


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
