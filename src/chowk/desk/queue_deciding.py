"""What a person says of an item: approved, denied, corrected, or turned over after an appeal.

A decision is carried out when the one who says it holds the claim, may decide in that queue, and
gives a reason and, where the kind asks, a norm of the queue. Said again it changes nothing. What a
trainee says is kept as advice, until somebody else has said so too.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from chowk.errors import ItemConflictError, parameter

from . import queue_items, tables
from . import queue_rights as rights
from . import queue_steps as steps
from .people import Actor
from .queue_items import KINDS, OPEN, OUTCOMES, Item, Kind
from .texts import checked, impersonal, stamp


def decide(
    connection: sa.Connection,
    now: datetime,
    row: Any,
    by: Actor,
    *,
    outcome: str,
    reason: str,
    norm: str | None,
    correction: str | None,
    payload_version: str | None,
    many: bool = False,
) -> Item | ItemConflictError:
    """Carry out a person's decision on an item that he has claimed."""
    kind, state = KINDS[row.kind], OUTCOMES[outcome]
    steps.require(connection, by, row, "queue.many" if many else "queue.decide")
    me = rights.person(connection, by.actor_id)
    if row.state == state and (outcome != "correct" or row.correction == correction):
        return steps.read_back(connection, row.item_id)  # said again, by whomever: nothing changes
    conflict = steps.closed(row) or steps.not_yours(connection, row, by, me)
    if row.advice == outcome and row.not_by == me:
        return steps.read_back(connection, row.item_id)  # a trainee says it again
    if conflict is not None:
        return conflict
    if payload_version is not None and payload_version != row.payload_version:
        return ItemConflictError(
            f"The item {row.item_id} now holds version {row.payload_version!r}, and the decision "
            f"is on version {payload_version!r}. Look at it again and decide on what is there.",
            "version",
        )
    free = many and row.state == "waiting"
    if not free and (row.state != "claimed" or row.claimed_by != me):
        whose = f"claimed by {row.claimed_by}" if row.state == "claimed" else "not claimed"
        return ItemConflictError(
            f"The item {row.item_id} is {whose}. Claim it before deciding; a claim ends after a "
            "while, and then it is somebody else's turn.",
            "claimed" if row.state == "claimed" else "unclaimed",
        )
    check_norm(connection, kind, row.queue, norm)
    alone = not kind.seated or kind.name == "appeal"
    if not alone and not rights.has(connection, by, "queue.alone", row.queue):
        if outcome == "correct":
            raise parameter("decide", "outcome", "'approve' or 'deny' for a trainee", outcome)
        after = {"advice": outcome, "norm": norm}
        advice = {**steps.FREE, "not_by": me, "advice": outcome, "advice_norm": norm}
        steps.step(
            connection, now, by, row, "item.advised", after, reason, state="waiting", **advice
        )
        return steps.read_back(connection, row.item_id)
    if row.advice is not None and not rights.has(connection, by, "queue.second", row.queue):
        rights.require(connection, by, "queue.second", row.queue)
    settle(connection, now, row, by, "item.decided", state, reason, norm, correction)
    if row.kind == "appeal" and state == "approved":
        overturn_for(connection, now, row, by, reason, norm)
    return steps.read_back(connection, row.item_id)


def settle(
    connection: sa.Connection,
    now: datetime,
    row: Any,
    by: Actor,
    action: str,
    state: str,
    reason: str,
    norm: str | None,
    correction: str | None = None,
) -> None:
    """Write a decision down: the item's end state, and the row of the audit log with its reason."""
    me = rights.person(connection, by.actor_id)
    after: dict[str, Any] = {"norm": norm, "payload_version": row.payload_version}
    if correction is not None:
        after["correction"] = hashlib.sha256(correction.encode()).hexdigest()
    change = {"decided_by": me, "decided_at": stamp(now), "norm": norm, "correction": correction}
    seq = steps.step(
        connection, now, by, row, action, after, reason, state=state, **change, **steps.FREE
    )
    connection.execute(
        tables.items.update().where(tables.items.c.item_id == row.item_id).values(decided_seq=seq)
    )


def overturn_for(
    connection: sa.Connection, now: datetime, appeal: Any, by: Actor, reason: str, norm: str | None
) -> None:
    """An appeal was granted: turn the decision over that it is about, while it still stands."""
    about = queue_items.one(connection, "decide", appeal.subject.removeprefix("item:"))
    if json.loads(appeal.payload or "{}").get("state", about.state) != about.state:
        return  # it was turned over already: to do so again would bring it back
    state = "denied" if about.state in ("approved", "corrected") else "approved"
    settle(connection, now, about, by, "item.overturned", state, reason, norm)


def overturn(
    connection: sa.Connection,
    now: datetime,
    row: Any,
    by: Actor,
    outcome: str,
    reason: str,
    norm: str | None,
) -> Item | ItemConflictError:
    """Change a decision, or let through what expired."""
    by.require(KINDS[row.kind].permission, "overturn a decision")
    if KINDS[row.kind].seated:
        own = rights.person(connection, by.actor_id) == row.decided_by
        judge = not own and rights.has(connection, by, "appeals.decide", row.queue)
        if not judge:
            rights.require(connection, by, "queue.many", row.queue)
    if row.state in OPEN or row.state == "superseded":
        return ItemConflictError(
            f"The item {row.item_id} is {row.state}, so there is no decision to overturn.",
            "unclaimed",
        )
    state = OUTCOMES[outcome]
    if row.state != state:
        check_norm(connection, KINDS[row.kind], row.queue, norm)
        settle(connection, now, row, by, "item.overturned", state, reason, norm)
    return steps.read_back(connection, row.item_id)


def reopen(
    connection: sa.Connection, now: datetime, row: Any, by: Actor, reason: str
) -> Item | ItemConflictError:
    """Undo a decision: the item waits again, for as long as its kind does, and appeals against
    what was decided end."""
    steps.require(connection, by, row, "queue.many")
    if not KINDS[row.kind].seated:
        by.require(KINDS[row.kind].permission, "undo a decision")
    if row.state == "waiting" and _was_reopened(connection, row):
        return steps.read_back(connection, row.item_id)  # said again
    if row.state not in OUTCOMES.values():
        return ItemConflictError(
            f"The item {row.item_id} is {row.state}, so there is no decision to undo.", "unclaimed"
        )
    hours = KINDS[row.kind].hours
    change: dict[str, Any] = {
        "decided_by": None, "decided_at": None, "decided_seq": None, "norm": None,
        "correction": None, "advice": None, "advice_norm": None,
        "expires_at": None if hours is None else stamp(now + timedelta(hours=hours)),
    }  # fmt: skip
    after = {"was": row.state}
    steps.step(
        connection, now, by, row, "item.reopened", after, reason,
        state="waiting", **change, **steps.FREE,
    )  # fmt: skip
    own = tables.items.c
    about = sa.and_(own.kind == "appeal", own.subject == f"item:{row.item_id}")
    for one in steps.rows(connection, about, own.state.in_(sorted(OPEN))):
        steps.give_up(connection, now, one, "reopened")
    return steps.read_back(connection, row.item_id)


def _was_reopened(connection: sa.Connection, row: Any) -> bool:
    """Whether a decision on an item was undone before."""
    log = tables.audit.c
    query = sa.select(log.seq).where(
        log.subject == f"item:{row.item_id}", log.action == "item.reopened"
    )
    return connection.execute(query.limit(1)).scalar() is not None


def appeal(
    connection: sa.Connection, now: datetime, row: Any, by: Actor, said: str, key: str | None
) -> Item | ItemConflictError:
    """Propose another look at a decision, by somebody who did not make it."""
    if row.state in OPEN or row.state == "superseded" or row.kind == "appeal":
        return ItemConflictError(
            f"The item {row.item_id} is of kind {row.kind} and {row.state}: there is no decision "
            "to appeal against.",
            "unclaimed",
        )
    given = steps.Proposal(
        kind="appeal",
        subject=f"item:{row.item_id}",
        payload_version=f"{row.item_id}.{row.version}",
        payload={"said": said, "item_id": row.item_id, "state": row.state},
        queue=row.queue,
        party=row.party,
        idempotency_key=key,
    )
    done = steps.propose(connection, now, given, by)
    if isinstance(done, Item) and row.decided_by is not None:
        own = tables.items.c.item_id == done.item_id
        connection.execute(tables.items.update().where(own).values(not_by=row.decided_by))
    return done


def check_norm(connection: sa.Connection, kind: Kind, queue: str, norm: str | None) -> None:
    """A norm that the kind asks for, and that stands among the queue's norms when it has some."""
    if norm is not None:
        impersonal("decide", "norm", checked("decide", "norm", norm, limit=64))
    if not kind.needs_norm:
        return
    if norm is None:
        rule = f"the id of a norm, for a decision on a {kind.name} stands on one"
        raise parameter("decide", "norm", rule, norm)
    table = tables.documents.c
    query = sa.select(table.body).where(table.kind == "norms", table.name == queue)
    body = connection.execute(query.order_by(table.version.desc()).limit(1)).scalar()
    known = None if body is None else [entry.get("id") for entry in json.loads(body)["norms"]]
    if known is not None and norm not in known:
        rule = f"one of the norms of {queue!r}: {', '.join(map(str, known))}"
        raise parameter("decide", "norm", rule, norm)


def correction_of(outcome: str, value: object) -> str | None:
    """The JSON of a correction, which `correct` needs and nothing else may have."""
    if outcome != "correct":
        if value is not None:
            raise parameter("decide", "correction", f"None for the outcome {outcome!r}", value)
        return None
    if value is None:
        raise parameter("decide", "correction", "a dict with what it should be instead", value)
    return steps.json_of("decide", "correction", value)
