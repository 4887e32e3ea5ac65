"""Random schedules of a community's day: send, claim, approve, deny, expire, and kill.

A small model, written apart from the desk, says after each step what must hold: who has which item,
what viewers may read, what each sender is told. Kills come in three ways: a crash at a random
statement of a transaction, one between the commit and its acknowledgement, and (in `fleet.py`) real
processes and SIGKILL. A step that was cut off has happened whole or not at all.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chowk.community.holding import Holding
from chowk.desk import AuditRow, Desk, audit
from chowk.errors import DeskError, ItemConflictError, NotAllowedError

MODERATORS = ("asha", "ravi", "meera", "lead")
ENDS = ("approved", "denied", "expired", "superseded", "corrected")


class Crash(BaseException):
    """The process dies here."""


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True)
class Message:
    """What the model knows of one held message."""

    text: str
    state: str
    expires: datetime
    holder: str | None = None
    until: datetime | None = None

    def at(self, now: datetime) -> Message:
        """As it is when whatever is over has ended."""
        if self.state in ("waiting", "claimed") and self.expires <= now:
            return replace(self, state="expired", holder=None, until=None)
        if self.state == "claimed" and self.until is not None and self.until <= now:
            return replace(self, state="waiting", holder=None, until=None)
        return self


Model = dict[str, Message]


class World:
    """One desk and the model of it, through many schedules.

    Parameters
    ----------
    folder : where the desk lies; in memory-backed storage it runs faster, since what is tried here
        is a process that dies, not a disk.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.place = folder / "desk.db"
        self.random = random.Random(seed)
        self.clock = Clock()
        self.model: Model = {}
        self.count = dict.fromkeys(
            ("schedules", "steps", "crashes", "approved", "denied", "expired", "refused"), 0
        )
        self._fuse: int | None = None
        self._sent = 0
        self._open()
        for name in MODERATORS:
            role = "moderation_lead" if name == "lead" else "moderator"
            self.desk.grant(name, role, actor="cli")
        self.ids = {name: self.desk.pseudonym(name) for name in MODERATORS}

    def close(self) -> None:
        self.desk.close()

    def _open(self) -> None:
        self.desk = Desk.open(self.place, clock=self.clock)
        self.holding = Holding(self.desk.queue)
        engine = self.desk._database._engine
        sa.event.listen(engine, "before_cursor_execute", self._burn)
        sa.event.listen(engine, "commit", self._burn)

    def _burn(self, *_: Any) -> None:
        if self._fuse is not None:
            self._fuse -= 1
            if self._fuse < 0:
                self._fuse = None
                raise Crash

    # -- one schedule ---------------------------------------------------------------------------

    def schedule(self, steps: int = 12) -> None:
        """Play one schedule; AssertionError where a promise is broken."""
        self.model = {}
        self.channel = f"c{self.count['schedules']}"
        self.revoked: set[str] = set()
        acts = [self.send] * 2 + [self.claim] * 4 + [self.decide] * 7
        acts += [self.release, self.expire, self.again, self.mass, self.revoke, self.pick]
        while not self.model:
            self.send()
        for _ in range(steps):
            self._pass()
            self.random.choice(acts)()
            self.count["steps"] += 1
            self.look()
        self.clock.now = self.now() + timedelta(hours=2)
        self.try_to(self.desk.queue.expire, self.same)
        self.model = {name: one.at(self.now()) for name, one in self.model.items()}
        self.look(thorough=True)
        for name, one in self.model.items():
            assert one.state in ENDS, name
            self.count[one.state] = self.count.get(one.state, 0) + 1
        for name in self.revoked:
            role = "moderation_lead" if name == "lead" else "moderator"
            self.desk.grant(name, role, actor="cli")
        self.count["schedules"] += 1

    def now(self) -> datetime:
        """The moment as the desk takes it: a clock that went back a little stands still."""
        with self.desk._database.read() as connection:
            return audit.present(connection, self.clock.now)

    def _pass(self) -> None:
        minutes = self.random.choice([0, 0, 0, 1, 2, 4, 12, -2])
        self.clock.now += timedelta(minutes=minutes)

    # -- what is tried --------------------------------------------------------------------------

    def try_to(self, act: Callable[[], Any], then: Callable[[Model, Any], Model]) -> Any:
        """Do something, perhaps dying in it; the model follows, or stays where it was.

        `then` gives the model after the act, from the model before and what the act gave (None
        when nobody lived to see it).
        """
        before = dict(self.model)
        draw = self.random.random()
        lost = draw < 0.08
        self._fuse = self.random.randrange(14) if 0.08 <= draw < 0.3 else None
        try:
            given = act()
            self._fuse = None
            if lost:
                raise Crash
        except Crash:
            self._fuse = None
            self.count["crashes"] += 1
            # A process that dies takes its connections with it; the queue keeps nothing in memory.
            self.desk._database._engine.dispose()
            if self.count["crashes"] % 10 == 0:
                self.desk.close()
                self._open()
            after = then(dict(before), None)
            seen = self.seen(after)
            if seen == self.ended(after):
                self.model = after
            else:
                assert not lost, "an act whose answer was lost did not happen"
                assert seen == self.ended(before), "half of an act happened"
            return None
        except (ItemConflictError, NotAllowedError) as error:
            self._fuse = None
            self.count["refused"] += 1
            return error
        self.model = then(dict(before), given)
        return given

    def ended(self, model: Model) -> Model:
        """The model when whatever is over has ended. The desk ends it with its next step, so the
        model keeps what it has: a clock that goes back a little may find it alive."""
        now = self.now()
        return {name: one.at(now) for name, one in model.items()}

    def same(self, model: Model, _: Any) -> Model:
        return model

    def send(self) -> None:
        self._sent += 1
        name, text = f"m{self._sent}", f"text {self._sent}"
        until = self.now() + timedelta(minutes=self.random.choice([10, 30, 60]))

        def act() -> Any:
            return self.hold(name, text, until)

        def then(model: Model, _: Any) -> Model:
            return {**model, name: Message(text, "waiting", until)}

        given = self.try_to(act, then)
        if given is not None:
            assert given.status == "held"

    def hold(self, name: str, text: str, until: datetime) -> Any:
        verdict = {"decision": "hold", "level": self.random.randrange(5)}
        return self.holding.send(name, self.channel, f"by-{name}", text, verdict, expires_at=until)

    def again(self) -> None:
        """A sender that heard nothing sends again: nothing comes to life, nothing is doubled."""
        name = self.random.choice(sorted(self.model))
        one = self.model[name]
        self.try_to(lambda: self.hold(name, one.text, one.expires), self.same)

    def claim(self) -> None:
        """The next item, for anybody."""
        who = self.random.choice(MODERATORS)
        now = self.now()
        until = now + timedelta(minutes=5)
        taken: list[str] = []

        def act() -> Any:
            item = self.desk.queue.claim(actor=who, minutes=5)
            if item is not None:
                taken.append(item.subject.removeprefix("message:"))
            return item

        def then(model: Model, given: Any) -> Model:
            name = taken[0] if taken else self.mine(model, until)
            if name is None:
                return model
            one = model[name].at(now)
            assert one.state == "waiting", f"{name} was claimed while {one.state}"
            assert who not in self.revoked
            return {**model, name: replace(one, state="claimed", holder=who, until=until)}

        crashes = self.count["crashes"]
        given = self.try_to(act, then)
        if given is None and crashes == self.count["crashes"] and who not in self.revoked:
            ended = self.ended(self.model)
            left = [name for name, one in ended.items() if one.state == "waiting"]
            assert left == [], f"{who} was given nothing, and {left} wait"

    def mine(self, model: Model, until: datetime) -> str | None:
        """Which item a claim took whose answer was lost, by asking the desk."""
        for item in self.desk.queue.items(state="claimed", queues=[self.channel]):
            name = item.subject.removeprefix("message:")
            free = name in model and model[name].at(self.now()).state == "waiting"
            if free and item.claimed_until == until:
                return name
        return None

    def pick(self) -> None:
        """A certain item, which may be somebody else's."""
        who, name = self.random.choice(MODERATORS), self.random.choice(sorted(self.model))
        now = self.now()
        until = now + timedelta(minutes=5)
        one = self.model[name].at(now)
        free = one.state == "waiting" or (one.state == "claimed" and one.holder == who)
        may = free and who not in self.revoked

        def then(model: Model, _: Any) -> Model:
            if not may:
                return model
            return {**model, name: replace(one, state="claimed", holder=who, until=until)}

        item_id = self.item(name).item_id
        given = self.try_to(lambda: self.desk.queue.claim(item_id, actor=who, minutes=5), then)
        assert given is None or isinstance(given, DeskError) is not may

    def decide(self) -> None:
        """Anybody says something of any item; it counts only from its holder, and once."""
        claimed = [name for name, one in self.ended(self.model).items() if one.holder]
        if not claimed or self.random.random() < 0.3:
            claimed = list(self.model)
        name = self.random.choice(sorted(claimed))
        one = self.model[name].at(self.now())
        holder = one.holder if one.holder and self.random.random() < 0.85 else None
        who = holder or self.random.choice(MODERATORS)
        outcome = self.random.choice(["approve", "deny"])
        end = "approved" if outcome == "approve" else "denied"
        counts = one.state == "claimed" and one.holder == who and who not in self.revoked
        fine = counts or (one.state == end and who not in self.revoked)

        def then(model: Model, _: Any) -> Model:
            if not counts:
                return model
            return {**model, name: replace(one, state=end, holder=None, until=None)}

        item_id = self.item(name).item_id
        given = self.try_to(
            lambda: self.desk.queue.decide(
                item_id, outcome, actor=who, reason="as the norm says", norm="kind"
            ),
            then,
        )
        assert given is None or isinstance(given, DeskError) is not fine, (given, one, who)

    def mass(self) -> None:
        """The lead decides on all that nobody has."""
        names = sorted(self.model)
        outcome = self.random.choice(["approve", "deny"])
        end = "approved" if outcome == "approve" else "denied"

        def then(model: Model, _: Any) -> Model:
            if "lead" in self.revoked:
                return model
            for name, one in self.ended(model).items():
                if one.state == "waiting" or (one.state == "claimed" and one.holder == "lead"):
                    model[name] = replace(one, state=end, holder=None, until=None)
            return model

        ids = [self.item(name).item_id for name in names]
        self.try_to(
            lambda: self.desk.queue.decide_many(
                ids, outcome, count=len(ids), actor="lead", reason="a raid", norm="raid"
            ),
            then,
        )

    def release(self) -> None:
        claimed = [name for name, one in self.model.items() if one.at(self.now()).holder]
        if not claimed:
            return
        name = self.random.choice(sorted(claimed))
        one = self.model[name].at(self.now())

        def then(model: Model, _: Any) -> Model:
            if one.holder in self.revoked:
                return model
            return {**model, name: replace(one, state="waiting", holder=None, until=None)}

        item_id = self.item(name).item_id
        who = str(one.holder)
        self.try_to(lambda: self.desk.queue.release(item_id, actor=who), then)

    def expire(self) -> None:
        self.try_to(self.desk.queue.expire, self.same)

    def revoke(self) -> None:
        """A moderator loses his role, and with it what he has claimed."""
        if self.random.random() < 0.7:
            return
        who = self.random.choice(MODERATORS)
        self.desk.withdraw(who, "moderation_lead" if who == "lead" else "moderator", actor="cli")
        self.revoked.add(who)
        self.desk.queue.expire()
        for name, one in self.model.items():
            held = one.at(self.now())
            if held.holder == who:
                held = replace(held, state="waiting", holder=None, until=None)
            self.model[name] = held

    # -- what must hold -------------------------------------------------------------------------

    def item(self, name: str) -> Any:
        found = self.desk.queue.items(subject=f"message:{name}")
        assert len(found) == 1, f"{name} is at the desk {len(found)} times"
        return found[0]

    def seen(self, names: Model) -> Model:
        """The desk's own state in the model's words; a message may be missing."""
        found: Model = {}
        whose = {identifier: name for name, identifier in self.ids.items()}
        now = self.now()
        for item in self.desk.queue.items(queues=[self.channel], limit=1000):
            name = item.subject.removeprefix("message:")
            assert name not in found, f"{name} is at the desk twice"
            holder = None if item.claimed_by is None else whose[item.claimed_by]
            text = (item.payload or {})["text"]
            expires = names[name].expires if name in names else item.expires_at
            assert item.expires_at == expires
            mine = Message(text, item.state, item.expires_at, holder, item.claimed_until)
            found[name] = mine.at(now)
        return found

    def look(self, thorough: bool = False) -> None:
        """Every promise, for every message of the schedule."""
        model = self.ended(self.model)
        assert self.seen(model) == model
        names = sorted(self.model)
        for name in names if thorough else self.random.sample(names, 1):
            text, one = self.holding.shown(name), model[name]
            assert text == (one.text if one.state == "approved" else None), f"{name} is {one}"
        if not thorough and self.random.random() < 0.7:
            return
        some = self.random.choice(sorted(self.model))
        news = [notice.status for notice in self.holding.notices(f"by-{some}")]
        assert news[:1] == ["held"] and len(news) <= 2
        if len(news) == 2:
            assert news[1] == model[some].state


# -- the log by itself ----------------------------------------------------------------------------


def replayed(rows: Iterator[AuditRow]) -> dict[str, dict[str, Any]]:
    """What the audit log says of each item, step by step; AssertionError for a step that cannot be.

    At most one holder at a time, one decision an item, and nothing after an end.
    """
    items: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not row.action.startswith("item."):
            continue
        after = row.after or {}
        action = row.action.removeprefix("item.")
        if action == "proposed":
            assert row.subject not in items
            items[row.subject] = {"state": "waiting", "version": 1, "of": after["of"], "by": None}
            continue
        one = items[row.subject]
        assert row.before == {"state": one["state"], "version": one["version"]}, row
        assert one["state"] in ("waiting", "claimed"), f"{row.subject}: {action} after its end"
        if action == "claimed":
            assert one["state"] == "waiting" or one["by"] == after["claimed_by"], row
            one["by"] = after["claimed_by"]
        elif action == "decided":
            assert after["state"] in ("approved", "denied")
            assert one["state"] == "waiting" or one["by"] == row.actor, row
            one["by"] = None
        else:
            assert action in ("lapsed", "released", "expired"), row
            one["by"] = None
        one["state"], one["version"] = after["state"], after["version"]
    return items


def all_rows(desk: Desk) -> Iterator[AuditRow]:
    after = 0
    while rows := desk.audit(after=after, limit=5000):
        yield from rows
        after = rows[-1].seq


@contextlib.contextmanager
def world(folder: Path, seed: int) -> Iterator[World]:
    made = World(folder, seed)
    try:
        yield made
        made.desk.verify_audit()
        states = replayed(all_rows(made.desk))
        for item in made.desk.queue.items(limit=1000):
            assert states[f"item:{item.item_id}"]["state"] == item.state
    finally:
        made.close()
