"""Channels' guards: raids, waves of joins and banned people who come back, as messages come in.

`chowk.community.ProactiveDetector` sees them; here each channel has one, with the settings that its
moderators wrote down at the desk (a document of kind `guard`). A guard holds and never bans; what
only may be is watched and holds nothing. All workers of a host count together (`guard_log`), and
what was in their windows, who is a regular and what the channel's talk is like outlive a restart
and a change of settings. New settings, terms and levels can be tried on past messages before they
hold for new ones.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from chowk import logs
from chowk.community.acquaintance import Person
from chowk.community.evaders import Account, Suspicion, suspicion
from chowk.community.proactive import Alert, ProactiveDetector
from chowk.community.traces import Trace
from chowk.desk import STATES
from chowk.errors import ParameterError, parameter

from .guard_accounts import account_of as account_of
from .guard_log import KEEP, GuardLog, OtherKeyError
from .guard_rows import Joined, Row, Said, Waits

if TYPE_CHECKING:
    from chowk.desk import Desk

    from .serving import Serving

#: Seconds after which a channel's settings are read anew, and that what a wave posts is held.
FRESH, WAVE = 2.0, 600.0
#: Channels and accounts that are remembered, and past messages that a rule is tried on.
CHANNELS, ACCOUNTS, PAST = 1_000, 20_000, 20_000
#: Banned accounts of a channel that are known, the last ones; past items that a rule is tried on.
BANS, ITEMS = 1_000, 10_000
_log = logs.get(__name__)

#: The categories under which a guard holds.
CATEGORIES = ("flood", "join wave", "mentions", "links", "evader")


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's guard.

    Parameters
    ----------
    on : whether it holds anything.
    window : seconds in which variants of one text are counted, in [5, 3600].
    accounts : how many accounts post them before it is a flood, in [3, 1000].
    joins : joins in a minute before they are a wave, in [3, 10000].
    mentions, links : of one author in a minute, in [1, 1000].
    hosts : the ids of the authors whom many may answer, at most 100.
    """

    on: bool = True
    window: int = 60
    accounts: int = 8
    joins: int = 30
    mentions: int = 12
    links: int = 6
    hosts: tuple[str, ...] = ()


_LIMITS = {
    "window": (5, 3_600),
    "accounts": (3, 1_000),
    "joins": (3, 10_000),
    "mentions": (1, 1_000),
    "links": (1, 1_000),
}


def guard_of(body: Mapping[str, Any] | None) -> Guard:
    """The guard of a document's body; what it does not say is as in a new channel.

    >>> guard_of({"accounts": 20}).accounts, guard_of(None).on
    (20, True)
    >>> guard_of({"accounts": 1})
    Traceback (most recent call last):
    chowk.errors.ParameterError: The 'accounts' parameter of guard must be a whole number in \
[3, 1000]. Got 1 instead.
    """
    given = dict(body or {})
    unknown = sorted(set(given) - set(Guard.__struct_fields__))
    if unknown:
        known = ", ".join(Guard.__struct_fields__)
        raise parameter("guard", str(unknown[0]), f"one of {known}", unknown[0])
    for name, value in given.items():
        if name == "on":
            if not isinstance(value, bool):
                raise parameter("guard", "on", "true or false", value)
            continue
        if name == "hosts":
            given["hosts"] = _hosts(value)
            continue
        low, high = _LIMITS[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise parameter("guard", name, f"a whole number in [{low}, {high}]", value)
    return Guard(**given)


def _hosts(value: Any) -> tuple[str, ...]:
    """The authors that a channel names as its hosts."""
    fine = isinstance(value, list | tuple) and len(value) <= 100
    if not fine or not all(isinstance(one, str) and 1 <= len(one) <= 300 for one in value):
        raise parameter("guard", "hosts", "a list of at most 100 authors' ids", value)
    return tuple(dict.fromkeys(value))


def detector(
    guard: Guard, recall: Callable[[str], Person | None] | None = None
) -> ProactiveDetector:
    """A detector with a guard's settings; `recall` knows whom an earlier process knew."""
    return ProactiveDetector(
        window=guard.window,
        accounts=guard.accounts,
        joins=guard.joins,
        mentions=guard.mentions,
        links=guard.links,
        recall=recall,
    )


class _Watched:
    """One channel as this process knows it, with what `log` kept of it, or `before` knew."""

    def __init__(
        self, name: str, guard: Guard, log: GuardLog, before: _Watched | None = None
    ) -> None:
        self.name, self.guard, self.log, self.read_at = name, guard, log, time.monotonic()
        #: One for a channel, whatever its settings are: those before have the same people.
        self.lock: threading.Lock = threading.Lock() if before is None else before.lock
        self.detector = detector(guard, partial(log.person, name))
        #: The last row of the shared log that was taken in; the last one whose author is counted.
        self.known = 0
        #: By author: until when, why, and the banned account that it resembles.
        self.waits: OrderedDict[str, tuple[float, str, str]] = OrderedDict()
        #: By author who joined: when the account was made.
        self.made: OrderedDict[str, float] = OrderedDict()
        #: By the remark that tells of the ban.
        self.banned: dict[str, Account] = {}
        #: The last erasure that was taken in.
        self.erased: int = log.erased(0)[0] if before is None else before.erased
        if before is None:
            self.counted, kept = log.kept(name)
            self.detector.remember(kept)
        else:
            with before.lock:
                self.counted, (kept, _) = before.known, before.detector.kept(whom=False)
                self.detector.remember(kept, before.detector)
                self.waits, self.made, self.banned = before.waits, before.made, before.banned
        self.oldest, self.kept_at = kept.oldest, time.monotonic()

    def take(self, row: Row, at: float, number: int) -> Alert | None:
        """Take in what happened; whichever worker saw it, all take in the same."""
        if isinstance(row, Said):
            made = self.made.get(row.author)
            age = None if made is None else max(at - made, 0.0) / 86_400
            again = number <= self.counted
            if again and at < self.oldest and not row.host:
                return None  # it had left the window, and its words are among those of every day
            return self.detector.follow(row.trace(), at, age_days=age, host=row.host, again=again)
        if isinstance(row, Waits):
            self._wait(row.author, row.until, "evader", row.of)
            return None
        if row.created is not None:
            self.made[row.author] = row.created
            while len(self.made) > ACCOUNTS:
                self.made.popitem(last=False)
        alert = self.detector.join(row.author, at, created_at=row.created)
        for author in () if alert is None else alert.authors:
            self._wait(author, at + WAVE, "join wave")
        return alert

    def forget(self) -> None:
        """Take out who was erased since this was asked last."""
        self.erased, gone = self.log.erased(self.erased)
        if not gone:
            return
        self.detector.forget(gone)
        self.banned.clear()  # they are read anew from the desk, where who was erased is no more
        for author in gone:
            self.made.pop(author, None)
        for author in [a for a, (_, _, of) in self.waits.items() if a in gone or of in gone]:
            del self.waits[author]

    def keep(self) -> None:
        """Write down what is known here, for who comes after."""
        self.kept_at = time.monotonic()
        try:
            kept, people = self.detector.kept()
            self.log.keep(self.name, self.known, time.time(), kept, people, self.erased)
        except sqlite3.Error as error:  # it is learned anew, then
            _log.error("what a guard knows cannot be kept", problem=str(error))

    def _wait(self, author: str, until: float, kind: str, of: str = "") -> None:
        self.waits[author] = until, kind, of
        self.waits.move_to_end(author)
        while len(self.waits) > ACCOUNTS:
            self.waits.popitem(last=False)


class Guards:
    """The guards of all channels, in one process.

    Parameters
    ----------
    desk : keeps their settings, and who was banned.
    path : the file that all workers of the host share; None to count alone.
    """

    def __init__(self, desk: Desk, path: Path | None = None) -> None:
        self._desk, self._path = desk, path
        self._log = GuardLog(path)
        self._channels: OrderedDict[str, _Watched] = OrderedDict()
        self._lock = threading.Lock()

    def message(
        self,
        channel: str,
        author: str,
        text: str,
        at: datetime,
        *,
        held: bool = False,
        harmful: bool | None = None,
        host: bool = False,
    ) -> dict[str, Any] | None:
        """Why a message has to wait, as a verdict; None when the guard has nothing against it.

        `held` says that it waits anyway, so that it only counts; `harmful`, that its text leaves
        little doubt; `host`, that the channel's host says it, whom many may answer, as the guard's
        own `hosts` do.
        """
        now = at.timestamp()

        def made(own: _Watched) -> tuple[Row, float]:
            trace = own.log.keyed(Trace.of(own.log.digest(author), text), harmful)
            row = Said.of(trace, host=host or author in own.guard.hosts)
            return row, now + max(own.guard.window, 60)

        own, alert = self._saw(channel, made, now)
        if held or not own.guard.on:
            return None
        if alert is not None:
            return verdict_of(alert, own.guard)
        who = own.log.digest(author)
        until, kind, of = own.waits.get(who, (0.0, "", ""))
        if now < until:
            if kind == "evader" and of not in self._banned_digests(channel, own):
                with own.lock:
                    own.waits.pop(who, None)  # the ban was taken back
                return None
            why = {
                "join wave": "The account came with a wave of joins.",
                "evader": "The account is likely one that was banned and came back.",
            }[kind]
            return _hold(kind, why)
        return None

    def join(
        self, channel: str, account: Account, at: datetime
    ) -> tuple[Alert | None, Suspicion | None]:
        """An account that joined: the wave that it belongs to, and whom it resembles.

        Of a wave, and of a likely evader, what they post waits for a while; a possible evader is
        only watched.
        """
        now = at.timestamp()

        def joined(own: _Watched) -> tuple[Row, float]:
            return Joined(own.log.digest(account.account_id), account.created), now + WAVE

        own, alert = self._saw(channel, joined, now)
        banned = self._know_banned(channel, own)
        seen = suspicion(account, list(banned.values())) if banned else None
        if seen is not None and seen.verdict == "likely":
            until, of = now + 7 * WAVE, seen.of

            def waits(own: _Watched) -> tuple[Row, float]:
                who = own.log.digest(account.account_id)
                return Waits(who, until, own.log.digest(of)), until

            self._saw(channel, waits, now)
        return alert, seen

    def _saw(
        self, channel: str, made: Callable[[_Watched], tuple[Row, float]], at: float
    ) -> tuple[_Watched, Alert | None]:
        """Tell all workers what happened, take in what they told before, and say what it is;
        `made` gives the row and until when it is counted."""
        for _ in range(3):
            own = self._channel(channel)
            with own.lock:
                # While another had the lock, the settings may have changed, and who has them.
                now = self._channels.get(channel)
                if now is not None and now.lock is own.lock:
                    own = now
                try:
                    return own, self._counted(channel, own, *made(own), at)
                except OtherKeyError:
                    log = own.log
            with self._lock:
                if self._log is log:
                    _log.warning("guards begin anew, since their secret was changed")
                    # Others may be about to write with the old one, and are told the same.
                    self._log, self._channels = GuardLog(self._path), OrderedDict()
        with own.lock:
            return own, own.take(made(own)[0], at, own.counted + 1)

    def _counted(
        self, channel: str, own: _Watched, row: Row, until: float, at: float
    ) -> Alert | None:
        alert = None
        try:
            number = own.log.add(channel, at, until, row)
            own.forget()
            for seq, then, told in own.log.since(channel, own.known):
                found = own.take(told, then, seq)
                own.known = seq
                if seq >= number:
                    alert = found
                    break
        except sqlite3.Error as error:  # a full disk, say: this worker counts alone
            _log.error("a guard counts alone", problem=str(error))
            alert = own.take(row, at, own.counted + 1)
        if time.monotonic() - own.kept_at >= KEEP:
            own.keep()
        return alert

    def _channel(self, name: str) -> _Watched:
        with self._lock:
            own = self._channels.get(name)
            if own is not None and time.monotonic() - own.read_at < FRESH:
                self._channels.move_to_end(name)
                return own
        found = self._desk.records.read("guard", name)
        try:
            guard = guard_of(None if found is None else found.body)
        except ParameterError as error:  # written by hand: a guard that is odd still guards
            _log.error("a guard's settings are none", problem=str(error))
            guard = Guard()
        with self._lock:
            own = self._channels.get(name)
            if own is None or own.guard != guard:
                # It takes in what the log holds with its first message.
                own = self._channels[name] = _Watched(name, guard, self._log, own)
            own.read_at = time.monotonic()
            self._channels.move_to_end(name)
            gone = None
            if len(self._channels) > CHANNELS:
                gone = self._channels.popitem(last=False)[1]
        if gone is not None:
            with gone.lock:
                gone.keep()
        return own

    def _banned_digests(self, channel: str, own: _Watched) -> set[str]:
        return {own.log.digest(one) for one in self._know_banned(channel, own)}

    def close(self) -> None:
        """Keep what is known, and close the shared file."""
        with self._lock:
            channels, self._channels = list(self._channels.values()), OrderedDict()
        for own in channels:
            with own.lock:
                own.keep()
        self._log.close()

    def _know_banned(self, channel: str, own: _Watched) -> dict[str, Account]:
        """The accounts whose bans stand now, by their ids."""
        stand = self._desk.records.remarks("ban", queue=channel, limit=BANS, newest=True)
        known = own.banned
        own.banned = {
            one.remark_id: known.get(one.remark_id)
            or account_of(one.subject.removeprefix("author:"), one.body, banned=one.written_at)
            for one in stand
            if one.body is not None and one.subject is not None
        }
        return {account.account_id: account for account in own.banned.values()}


def verdict_of(alert: Alert, guard: Guard) -> dict[str, Any]:
    """An alert as a verdict; who is part of it is not said, since not every seat sees authors."""
    if alert.kind == "flood":
        why = (
            f"{len(alert.authors)} accounts posted variants of one text within {guard.window} "
            "seconds."
        )
    else:
        limit = {"mentions": guard.mentions, "links": guard.links}[alert.kind]
        why = f"More {alert.kind} of one author within a minute than {limit}."
    return _hold(alert.kind, why)


def _hold(category: str, reason: str) -> dict[str, Any]:
    return {"decision": "hold", "category": category, "level": 2, "reasons": [reason]}


def past_messages(serving: Serving, channel: str, *, days: int = 30) -> list[dict[str, Any]]:
    """What was said in a channel lately, oldest first, the last `PAST` at most: from the store's
    messages, and from the last `ITEMS` that were held; each with `author`, `text`, `at`, and how
    it was decided."""
    since = datetime.now(UTC) - timedelta(days=days)
    found: dict[str, dict[str, Any]] = {}
    with serving.reading() as store:
        if "messages" in store.tables():
            table = store["messages"]
            wanted = table.filter((table.channel_id == channel) & (table.ts >= since))
            wanted = wanted.order_by(wanted.ts.desc()).limit(PAST)
            rows = wanted.select("message_id", "ts", "author_id", "text").to_pyarrow().to_pylist()
            for row in rows:
                said = {"author": str(row["author_id"]), "text": row["text"], "at": row["ts"]}
                found[str(row["message_id"])] = {
                    **said,
                    "state": None,
                    "held_by": None,
                    "scores": {},
                }
    items = serving.desk.queue.latest(
        STATES, kinds=["message"], queues=[channel], since=since, limit=ITEMS
    )
    for item in reversed(items):  # of a message that was edited, the newest text stays
        text = (item.payload or {}).get("text")
        if isinstance(text, str) and item.proposed_at >= since:
            verdict = (item.payload or {}).get("verdict") or {}
            found[item.subject.partition(":")[2]] = {
                "author": item.party or item.item_id,
                "text": text,
                "at": item.proposed_at,
                "state": item.state,
                "held_by": verdict.get("category"),
                "scores": verdict.get("scores") or {},
            }
    return sorted(found.values(), key=lambda row: row["at"])[-PAST:]


def unheld(rows: list[dict[str, Any]]) -> int:
    """How many past messages nobody had held."""
    return sum(row["state"] is None for row in rows)


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule would have done to past messages.

    Parameters
    ----------
    messages : how many it was tried on; `days` back.
    shown : of these, how many nobody had held. The server keeps no text that was shown, so these
        are the ones that the store's table `messages` holds, as far as it was imported.
    held, held_now : how many it would hold, and how many were held.
    new : would be held and were not; `freed` : were held and would not be.
    approved, denied : of those it would hold, what people had decided.
    by_category : what it would hold, by category.
    """

    messages: int
    shown: int
    days: int
    held: int
    held_now: int
    new: int
    freed: int
    approved: int
    denied: int
    by_category: dict[str, int]


def tried(
    rows: list[dict[str, Any]], categories: list[str], *, shown: int, days: int = 30
) -> Tried:
    """The figures of a trial; `categories` holds, a row, what would hold it, or ''. `shown` is how
    many of the rows nothing had held, whoever's the hold was."""
    pairs = list(zip(rows, categories, strict=True))
    return Tried(
        messages=len(rows),
        shown=shown,
        days=days,
        held=sum(bool(kind) for kind in categories),
        held_now=sum(row["state"] is not None for row in rows),
        new=sum(bool(kind) and row["state"] is None for row, kind in pairs),
        freed=sum(not kind and row["state"] is not None for row, kind in pairs),
        approved=sum(
            bool(kind) and row["state"] in ("approved", "corrected") for row, kind in pairs
        ),
        denied=sum(bool(kind) and row["state"] in ("denied", "expired") for row, kind in pairs),
        by_category=dict(Counter(kind for kind in categories if kind).most_common()),
    )
