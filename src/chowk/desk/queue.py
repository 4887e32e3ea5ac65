"""The queue of what people decide, behind one object: `desk.queue`.

A wing proposes an item; one person claims it, and approves, denies or corrects it with a reason; or
it expires. `docs/desk.md` shows the whole way, for a held message and for a package change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chowk.errors import ItemConflictError, parameter

from . import people, queue_items, tables
from . import queue_deciding as deciding
from . import queue_steps as steps
from .queue_items import OUTCOMES, Batch, Item
from .queue_looking import MOST, Looking
from .queue_steps import Proposal
from .texts import checked

if TYPE_CHECKING:
    from .database import Database

Write = Callable[[], AbstractContextManager[tuple[sa.Connection, datetime]]]


class Queue(Looking):
    """What waits for people, and what they decided.

    Get it as the desk\'s `desk.queue`.

    An `actor` is a key's id, a person's name or id, `cli` or `system`, as everywhere at the desk.
    Every call is one transaction with its rows of the audit log: when it returns, both are on the
    disk; when the process dies before, neither is. All calls may be repeated safely.

    Raises
    ------
    NotAllowedError : the actor's roles, or his seats in that queue, do not allow it.
    ItemConflictError : the item is somebody else's, expired, or was decided otherwise; see `why`.
    NotAtDeskError : there is no such item.
    ParameterError : a text or number is outside its limits.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from chowk.desk import Desk
    >>> desk = Desk.open(pathlib.Path(tempfile.mkdtemp()) / "desk.db")
    >>> desk.grant("ravi", "operations_lead", actor="cli")
    True
    >>> item = desk.queue.propose("packaging", "product:p1", payload_version="build-7",
    ...     payload={"from": "box", "to": "bag", "saves": 3.2}, actor="system")
    >>> item.state, item.allowed
    ('waiting', False)
    >>> mine = desk.queue.claim(actor="ravi")
    >>> done = desk.queue.decide(mine.item_id, "approve", actor="ravi", reason="tried it, holds")
    >>> done.state, done.allowed, done.reason
    ('approved', True, 'tried it, holds')
    >>> [row.action for row in desk.queue.history(item.item_id)]
    ['item.proposed', 'item.claimed', 'item.decided']
    >>> desk.close()
    """

    def __init__(self, database: Database, write: Write, clock: Callable[[], datetime]) -> None:
        super().__init__(database, clock)
        self._write = write

    # Proposing

    def propose(
        self,
        kind: str,
        subject: str,
        *,
        payload_version: str,
        payload: Mapping[str, Any] | None = None,
        queue: str | None = None,
        party: str | None = None,
        priority: int = 0,
        expires_at: datetime | None = None,
        idempotency_key: str | None = None,
        actor: str = "system",
        reason: str = "",
    ) -> Item:
        """Put something before the people at the desk.

        The same version of the same subject is asked once: proposed again, the item is given as it
        is, decided or not. A newer version replaces one that still waits; of a message, a review
        or a question it comes from the same party, else it is refused.

        Parameters
        ----------
        kind : of `chowk.desk.KINDS`.
        subject : what it is about, as `kind:id`, at most 300 characters; it stays in the audit log
            for good, so no personal data.
        payload_version : names what was proposed (a build, a hash, an edit's number), at most 128
            characters; a decision holds for this version alone.
        payload : what the person has to see, as JSON, at most 262144 characters. It may hold
            personal data: it lies beside the audit log and can be erased.
        queue : the part of the kind's work: a channel, a warehouse. The kind's name if not given.
        party : whose it is, an author's or customer's id, so that it can be erased.
        priority : higher comes first.
        expires_at : when it expires if nobody decided; the kind's own time if not given.
        idempotency_key : the caller's own; a second proposal with it gives the first's item.
        """
        given = Proposal(
            kind=kind,
            subject=subject,
            payload_version=payload_version,
            payload=payload,
            queue=queue,
            party=party,
            priority=priority,
            expires_at=expires_at,
            idempotency_key=idempotency_key,
        )
        with self._write() as (connection, now):
            by = people.actor(connection, "propose", actor, now)
            return _given(steps.propose(connection, now, given, by, _text("propose", reason)))

    def propose_many(self, proposals: Sequence[Proposal], *, actor: str = "system") -> list[Item]:
        """`propose` for up to 1000 at once, all or none, in the order given."""
        if not isinstance(proposals, Sequence) or len(proposals) > MOST:
            raise parameter("propose_many", "proposals", f"at most {MOST} proposals", proposals)
        with self._write() as (connection, now):
            by = people.actor(connection, "propose_many", actor, now)
            return [_given(steps.propose(connection, now, one, by)) for one in proposals]

    # Claiming

    def claim(
        self,
        item_id: str | None = None,
        *,
        actor: str,
        kinds: Iterable[str] | None = None,
        queues: Iterable[str] | None = None,
        minutes: float = 10,
    ) -> Item | None:
        """Take an item, so that nobody else gets it while the claim lasts.

        With `item_id` that one, or longer when it is the actor's already; else the most urgent
        that waits and that the actor may decide on. None when nothing waits.

        Parameters
        ----------
        kinds, queues : only of these, when no item is named.
        minutes : how long the claim lasts, in (0, 1440].
        """
        _minutes("claim", minutes)
        with self._write() as (connection, now):
            by = people.actor(connection, "claim", actor, now)
            if item_id is None:
                steps.lapse(connection, now)
                row = steps.next_of(connection, by, kinds, queues)
                if row is None:
                    return None
            else:
                row = self._row(connection, now, "claim", item_id)
            done = steps.claim(connection, now, row, by, minutes)
        return _given(done)

    def release(self, item_id: str, *, actor: str, reason: str = "") -> Item:
        """Give a claimed item back to the queue; somebody else's, with the right to hand over."""
        with self._write() as (connection, now):
            row = self._row(connection, now, "release", item_id)
            by = people.actor(connection, "release", actor, now)
            done = steps.release(connection, now, row, by, _text("release", reason))
        return _given(done)

    def assign(
        self, item_id: str, to: str, *, actor: str, minutes: float = 60, reason: str = ""
    ) -> Item:
        """Hand an item to somebody else, by name or id, who must be allowed to decide on it."""
        _minutes("assign", minutes)
        with self._write() as (connection, now):
            row = self._row(connection, now, "assign", item_id)
            by = people.actor(connection, "assign", actor, now)
            known = people.named(connection, "assign", "to", to, now)
            heir = people.actor(connection, "assign", known, now)
            text = _text("assign", reason)
            done = steps.assign(connection, now, row, by, heir, minutes, text)
        return _given(done)

    # Deciding

    def decide(
        self,
        item_id: str,
        outcome: str,
        *,
        actor: str,
        reason: str,
        norm: str | None = None,
        correction: Mapping[str, Any] | None = None,
        payload_version: str | None = None,
    ) -> Item:
        """Decide on an item that the actor has claimed. Said twice, it counts once.

        What somebody without the right to decide alone says (a trainee) is kept as `advice`, and
        the item waits for a second person.

        Parameters
        ----------
        outcome : `approve`, `deny`, or `correct` with a `correction`.
        reason : why, 1 to 2000 characters; it can be erased later.
        norm : the id of the norm it stands on, where the kind asks for one; of the queue's own
            norms when it has some.
        correction : what it should be instead of what was proposed.
        payload_version : the version that was looked at; refused when there is another by now.
        """
        said = _decision(outcome, reason, correction)
        with self._write() as (connection, now):
            row = self._row(connection, now, "decide", item_id)
            by = people.actor(connection, "decide", actor, now)
            done = deciding.decide(
                connection,
                now,
                row,
                by,
                outcome=outcome,
                reason=said[0],
                norm=norm,
                correction=said[1],
                payload_version=payload_version,
            )
        return _given(done)

    def decide_many(
        self,
        item_ids: Sequence[str],
        outcome: str,
        *,
        count: int,
        actor: str,
        reason: str,
        norm: str | None = None,
    ) -> Batch:
        """Approve or deny up to 1000 at once, claimed or not; those that others have are left.

        `count` is the number that the person was shown before; it must be the number of items.
        """
        wanted = _counted("decide_many", item_ids, count)
        said = _decision(outcome, reason, None)
        decided, left = [], {}
        with self._write() as (connection, now):
            by = people.actor(connection, "decide_many", actor, now)
            for item_id in wanted:
                done = deciding.decide(
                    connection,
                    now,
                    self._row(connection, now, "decide_many", item_id),
                    by,
                    outcome=outcome,
                    reason=said[0],
                    norm=norm,
                    correction=None,
                    payload_version=None,
                    many=True,
                )
                if isinstance(done, Item):
                    decided.append(done)
                else:
                    left[item_id] = done.why
        return Batch(decided=decided, left=left)

    def reopen_many(self, item_ids: Sequence[str], *, count: int, actor: str, reason: str) -> Batch:
        """Undo decisions on up to 1000 items: they wait again, and nothing of them is carried out
        until somebody decides anew. For those who may decide on many; `count` as there.

        What was never decided, expired or was replaced has no decision to undo, and is left; what
        waits since it was undone is given as it is. Open appeals against the decisions expire.
        """
        wanted = _counted("reopen_many", item_ids, count)
        text = checked("reopen_many", "reason", reason, limit=2000, lines=True)
        decided, left = [], {}
        with self._write() as (connection, now):
            by = people.actor(connection, "reopen_many", actor, now)
            for item_id in wanted:
                row = self._row(connection, now, "reopen_many", item_id)
                done = deciding.reopen(connection, now, row, by, text)
                if isinstance(done, Item):
                    decided.append(done)
                else:
                    left[item_id] = done.why
        return Batch(decided=decided, left=left)

    def overturn(
        self, item_id: str, outcome: str, *, actor: str, reason: str, norm: str | None = None
    ) -> Item:
        """Change a decision, or let through what expired: for those who decide on appeals, if
        somebody else had decided, or who may decide on many and undo it."""
        said = _decision(outcome, reason, None)
        with self._write() as (connection, now):
            row = self._row(connection, now, "overturn", item_id)
            by = people.actor(connection, "overturn", actor, now)
            done = deciding.overturn(connection, now, row, by, outcome, said[0], norm)
        return _given(done)

    def appeal(self, item_id: str, said: str, *, actor: str, idempotency_key: str = "") -> Item:
        """Ask for another look at a decision; gives the appeal, an item of its own.

        It waits for somebody who decides on appeals and who did not decide before. When it is
        approved, the decision is turned over in the same transaction. One decision is appealed
        once.
        """
        text = checked("appeal", "said", said, limit=4000, lines=True)
        with self._write() as (connection, now):
            row = self._row(connection, now, "appeal", item_id)
            by = people.actor(connection, "appeal", actor, now)
            done = deciding.appeal(connection, now, row, by, text, idempotency_key or None)
        return _given(done)

    def expire(self) -> list[Item]:
        """Let everything end whose time is over; gives the items that expired.

        Claims end too, also those of people who lost the right to decide. The server calls this
        every few seconds; nothing depends on how often, as no step is taken on what is over.
        """
        with self._write() as (connection, now):
            return steps.lapse(connection, now)

    def close(self, queue: str, *, actor: str, reason: str = "") -> int:
        """End what is open in a queue that is no more, a deleted channel's say: it expires, as if
        denied; gives how many. For those who may decide on many there."""
        text = _text("close", reason)
        own = tables.items.c
        with self._write() as (connection, now):
            by = people.actor(connection, "close", actor, now)
            rows = steps.rows(connection, own.queue == queue, own.state.in_(queue_items.OPEN))
            for row in rows:
                steps.require(connection, by, row, "queue.many")
                after = {"because": "closed"}
                steps.step(
                    connection, now, by, row, "item.expired", after, text,
                    state="expired", **steps.FREE,
                )  # fmt: skip
        return len(rows)

    def forget(self, party: str) -> int:
        """Erase what items hold of a person: payloads, corrections, and whose they are; gives how
        many. The audit log still verifies; an item that was open is given up first."""
        own = tables.items.c
        with self._write() as (connection, now):
            rows = steps.rows(connection, own.party == party)
            for row in rows:
                if row.state in queue_items.OPEN:
                    steps.give_up(connection, now, row)
            connection.execute(
                tables.items.update()
                .where(own.party == party)
                .values(payload=None, correction=None, party=None)
            )
        self._database.forget()
        return len(rows)

    # How it is done

    def _row(self, connection: sa.Connection, now: datetime, caller: str, item_id: str) -> Any:
        """An item's row, after whatever of it is over has ended."""
        row = queue_items.one(connection, caller, item_id)
        steps.lapse(connection, now, tables.items.c.item_id == row.item_id)
        return queue_items.one(connection, caller, item_id)


def _given(done: Item | ItemConflictError) -> Item:
    if isinstance(done, ItemConflictError):
        raise done
    return done


def _decision(
    outcome: object, reason: str, correction: Mapping[str, Any] | None
) -> tuple[str, str | None]:
    if not isinstance(outcome, str) or outcome not in OUTCOMES:
        raise parameter("decide", "outcome", f"one of {', '.join(OUTCOMES)}", outcome)
    text = checked("decide", "reason", reason, limit=2000, lines=True)
    return text, deciding.correction_of(outcome, correction)


def _counted(caller: str, item_ids: Sequence[str], count: int) -> list[str]:
    """The ids of a batch, each once; ParameterError unless they are as many as the person saw."""
    wanted = list(dict.fromkeys(item_ids))
    if len(wanted) > MOST:
        raise parameter(caller, "item_ids", f"at most {MOST} items", len(wanted))
    if count != len(wanted):
        raise parameter(caller, "count", f"the number of items, {len(wanted)}", count)
    return wanted


def _text(caller: str, reason: str) -> str:
    return checked(caller, "reason", reason, limit=2000, empty=True, lines=True)


def _minutes(caller: str, minutes: float) -> None:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 < minutes <= 1440:
        raise parameter(caller, "minutes", "a number in (0, 1440]", minutes)
