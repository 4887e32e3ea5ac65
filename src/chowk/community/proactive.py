"""Bad actors and raids seen early: floods of one text, waves of joins, mentions, links, evaders.

Messages and joins come in as they happen; alerts come out. The first answer to a flood is to hold,
never to ban, and what comes from people who celebrate is let be: a chant is short and repeats
itself, a raid brings a text. Buckets leak evenly, so there is no moment at which a new burst is
free.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chowk.errors import parameter

from .evaders import Account, Suspicion, suspicion
from .similar import Cluster, Window, plain, signature

_MENTION = re.compile(r"(?<!\w)@\w+")
_LINK = re.compile(
    r"https?://\S+|www\.\S+|\b[\w-]+\.(?:com|net|org|io|gg|ru|xyz|link|me|tv)\b", re.I
)
_REMEMBERED = 50_000
#: What many say at once when they are glad; and what asks for something or accuses, which makes a
#: text of many a raid whatever else stands in it.
_JOY = (
    "happy congratulations congrats congratz grats champion champions champs victory birthday hbd "
    "anniversary christmas xmas diwali deepavali eid mubarak holi onam pongal merry easter "
    "newyear hurray hooray hurrah yay bravo proud welcome jai jay zindabad morya vande mataram "
    "jeetega badhai shubh glory marching legend legends insane clutch goal goals winner winners"
)
_CALLS = (
    "free buy sell click join follow subscribe visit link site website shop channel stream "
    "discord telegram whatsapp instagram dm code promo claim gift prize lottery coin coins crypto "
    "cash money earn viewers followers cheap price offer sale report unfollow leave ban banned "
    "scam scammer scammers thief fraud fake liar stole steal stolen ask worst trash loser losers "
    "ugly stupid idiot hate die kill dead clown cringe chor report karo chhodo paisa muft"
)
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
    """What a detector needs of a message; its text cannot be read from it.

    Attributes
    ----------
    author : who wrote it, by any name that stays the same.
    mark : [96] the text's `signature`.
    mentions, links : how many there are.
    festive : whether it is what a crowd shouts.
    """

    author: str
    mark: NDArray[np.uint64]
    mentions: int
    links: int
    festive: bool

    @classmethod
    def of(cls, author: str, text: str) -> Trace:
        """The trace of a message.

        >>> Trace.of("u1", "@ana see evil.xyz").links
        1
        """
        if not isinstance(text, str):
            raise parameter("message", "text", "a str", text)
        common = plain(text)
        return cls(
            author,
            signature(common),
            len(_MENTION.findall(text[:20_000])),
            len(_LINK.findall(text[:20_000])),
            _festive(text, common),
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
        self._window = Window(window)
        self._joins = Bucket(joins, 60.0)
        self._sizes = {"mentions": (mentions, 60.0), "links": (links, 60.0)}
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()
        self._regulars: OrderedDict[str, float] = OrderedDict()
        self._joined: list[tuple[float, str]] = []
        self._banned: dict[str, Account] = {}
        self._now = 0.0
        self._lock = threading.Lock()

    def message(
        self, author: str, text: str, at: float | datetime, *, age_days: float | None = None
    ) -> Alert | None:
        """A message that was posted.

        Parameters
        ----------
        author : the account's id.
        text : what was posted.
        at : when, in seconds or as a moment. An earlier time than the last counts as the last.
        age_days : the account's age, when known.

        Returns
        -------
        The alert that the message belongs to; None when there is none.
        """
        return self.follow(Trace.of(author, text), at, text=text, age_days=age_days)

    def follow(
        self, seen: Trace, at: float | datetime, *, text: str = "", age_days: float | None = None
    ) -> Alert | None:
        """A message by its trace, as another process may have made it.

        Parameters
        ----------
        seen : what is known of the message.
        at, age_days : as `message` takes them.
        text : its text where it is known; `harmful` is asked about it, and the alert names it.
        """
        with self._lock:
            now, author = self._time(at), seen.author
            first = self._regulars.setdefault(author, now)
            if len(self._regulars) > _REMEMBERED:
                self._regulars.popitem(last=False)
            cluster = self._window.put(author, seen.mark, now)
            alert = self._flood(cluster, seen.festive, text, now)
            fresh = 2.0 if age_days is not None and age_days < 1 and now - first < 600 else 1.0
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
        """A new rule over past messages (author, text, at): what it would have held.

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
            alert = self.message(str(row["author"]), row["text"], row["at"])
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

    def _flood(self, cluster: Cluster, shouted: bool, text: str, now: float) -> Alert | None:
        authors = cluster.authors
        least = self.accounts
        if len(authors) < max(least // 3, 2):
            return None
        harmful = bool(text) and self.harmful is not None and self.harmful(text)
        if len(authors) < (max(least // 3, 2) if harmful else least):
            return None
        if not harmful and shouted:
            return None
        shown = text if len(text) <= 60 else text[:57] + "..."
        return Alert(
            "flood", "hold", tuple(sorted(authors)),
            f"{len(authors)} accounts posted variants of {shown!r} within "
            f"{self._window.seconds:.0f} seconds.", now,
        )  # fmt: skip


def festive(text: str) -> bool:
    """Whether a text is what a crowd shouts: few different words, no address, nobody named.

    >>> festive("Kappa Kappa Kappa"), festive("LETS GO BLUES LETS GO"), festive("🎉🎉🎉")
    (True, True, True)
    >>> festive("Congratulations on the win guys, so proud"), festive("PogChamp KEKW catJAM LUL EZ")
    (True, True)
    >>> festive("this streamer stole my money, ask for it back"), festive("come to evil.xyz")
    (False, False)
    >>> festive("congratulations, claim your free gift at my channel")
    False
    """
    return _festive(text, plain(text))


def _festive(text: str, common: str) -> bool:
    if _LINK.search(text[:2_000]) or _MENTION.search(text[:2_000]):
        return False
    words = [w for w in common.split() if len(w) > 1]
    different = set(words)
    if len(different) <= 4 or _emotes(text[:2_000]):
        return True
    joy, calls = _lists()
    if "!" in text:  # a mark, not the letter that it stands for elsewhere
        words = [w for w in plain(text.replace("!", " ")).split() if len(w) > 1]
        different |= set(words)
    if not different & calls and (different & joy or _refrain(words)):
        return True
    # A song: long, but made of its own repetitions.
    return len(words) >= 3 * len(set(words))


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    """Words of joy and words that call for something, as `plain` leaves them."""
    return frozenset(plain(_JOY).split()), frozenset(plain(_CALLS).split())


def _refrain(words: list[str]) -> bool:
    """Whether half of the words stand in pairs that come again ("let's go Blues let's go")."""
    pairs = Counter(itertools.pairwise(words))
    again = [pairs[a] > 1 for a in itertools.pairwise(words)]
    inside = [x or y for x, y in zip([False, *again], [*again, False], strict=True)]
    return 2 * sum(inside) >= len(words)


def _emotes(text: str) -> bool:
    """Whether names of emotes are all there is: each begins or goes on with a capital, a third of
    them go on with one ("PogChamp", "catJAM")."""
    words = text.split()
    within = [not w.isupper() and any(c.isupper() for c in w[1:]) for w in words]
    return all(w[:1].isupper() or inner for w, inner in zip(words, within, strict=True)) and (
        3 * sum(within) >= len(words)
    )


def _seconds(at: float | datetime) -> float:
    if isinstance(at, datetime):
        return at.timestamp()
    # A moment without end would leave every bucket and window there for good.
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not abs(at) < _NEVER:
        raise parameter("ProactiveDetector", "at", "seconds or a datetime", at)
    return float(at)
