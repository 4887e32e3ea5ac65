"""The steps of an item: proposed, claimed, decided, or expired; each with its row in the audit log.

Every function takes the connection of `Database.write()`, of which there is one at a time, so what
it has checked still holds when its change is committed; a process that dies in between leaves
nothing of it. A step that is refused because of an item's state gives the refusal back instead of
raising it, since the transaction may have let a claim or an item expire, which has to stay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from chowk.errors import ItemConflictError, NotAllowedError, NotAtDeskError, parameter

from . import audit, people, queue_items, tables, tokens
from . import queue_rights as rights
from . import roles as matrix
from .people import Actor
from .queue_items import KINDS, OPEN, Item, Kind
from .texts import canonical, checked, impersonal, stamp

#: Characters of a payload or correction, as JSON.
MOST_PAYLOAD = 262_144

_OPEN = tables.items.c.state.in_(sorted(OPEN))


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What is proposed; `chowk.desk.Queue.propose` says what each field means."""

    kind: str
    subject: str
    payload_version: str
    payload: Mapping[str, Any] | None = None
    queue: str | None = None
    party: str | None = None
    priority: int = 0
    expires_at: datetime | None = None
    idempotency_key: str | None = None


def reader(connection: sa.Connection, caller: str, actor: str, now: datetime) -> Actor:
    """The actor with his roles; a stranger has none, and is given no id for looking."""
    if actor in people.SYSTEM_ACTORS:
        return Actor(actor_id=actor, roles=(), scope="admin", unbound=True)
    known = people.find(connection, caller, "actor", actor)
    if known is None:
        return Actor(actor_id="somebody unknown", roles=(), scope="shop")
    return people.actor(connection, caller, known, now)


def propose(
    connection: sa.Connection, now: datetime, given: Proposal, by: Actor, reason: str = ""
) -> Item | ItemConflictError:
    """Put something before the people at the desk; what was proposed already is given as it is."""
    caller = "propose"
    kind = queue_items.checked_kind(caller, given.kind)
    by.require(kind.proposes, f"propose an item of kind {kind.name}")
    subject = impersonal(caller, "subject", checked(caller, "subject", given.subject, limit=300))
    queue = checked(caller, "queue", given.queue or kind.name, limit=128)
    impersonal(caller, "queue", queue)
    of_payload = impersonal(
        caller,
        "payload_version",
        checked(caller, "payload_version", given.payload_version, limit=128),
    )
    party = given.party
    if party is not None:
        checked(caller, "party", party, limit=300)
    if (
        isinstance(given.priority, bool)
        or not isinstance(given.priority, int)
        or abs(given.priority) > 1_000_000
    ):
        rule = "an int in [-1000000, 1000000]"
        raise parameter(caller, "priority", rule, given.priority)
    payload = json_of(caller, "payload", given.payload or {})
    until = _until(caller, kind, given.expires_at, now)
    key = given.idempotency_key
    if key is not None:
        checked(caller, "idempotency_key", key, limit=128)
    digest = hashlib.sha256(
        canonical([kind.name, queue, subject, of_payload, payload, party]).encode()
    ).hexdigest()
    own = tables.items.c
    if key is not None:
        found = rows(connection, own.kind == kind.name, own.idempotency_key == key)
        if found and found[0].digest != digest:
            return ItemConflictError(
                f"The idempotency key {key!r} was used for another proposal of kind {kind.name}, "
                f"the item {found[0].item_id}. Send a new key with new content.",
                "key",
            )
        if found:
            return read_back(connection, found[0].item_id)
    same = rows(connection, own.kind == kind.name, own.subject == subject)
    # Asked here, behind the write lock: of several who propose at once, one is the first.
    if kind.own and any(row.party not in (None, party) for row in same):
        return ItemConflictError(
            f"The {subject!r} that was proposed before is somebody else's, and a newer version of "
            f"it comes from the same party. Propose a {kind.name} of this party's own.",
            "party",
        )
    for row in reversed(same):
        known = row.payload_version == of_payload and row.state != "superseded"
        if known and not (row.state == "expired" and kind.again):
            return read_back(connection, row.item_id)
    for row in same:
        if row.state in OPEN:
            after = {"superseded_by": of_payload}
            step(connection, now, by, row, "item.superseded", after, state="superseded", **FREE)
    item_id = tokens.new_id("q")
    connection.execute(
        tables.items.insert().values(
            item_id=item_id,
            kind=kind.name,
            queue=queue,
            subject=subject,
            payload=payload,
            payload_version=of_payload,
            party=party,
            priority=given.priority,
            state="waiting",
            version=1,
            proposed_by=by.actor_id,
            proposed_at=stamp(now),
            expires_at=until,
            idempotency_key=key,
            digest=digest,
        )
    )
    told: dict[str, Any] = {
        "kind": kind.name,
        "queue": queue,
        "of": subject,
        "payload_version": of_payload,
        "state": "waiting",
        "version": 1,
        "expires_at": until,
    }
    log(connection, now, by, "item.proposed", item_id, None, told, reason)
    return read_back(connection, item_id)


def lapse(connection: sa.Connection, now: datetime, *where: sa.ColumnElement[bool]) -> list[Item]:
    """Let claims and items end whose time is over, and claims of people who may no longer decide;
    gives the items that expired."""
    own, system = tables.items.c, Actor(actor_id="system", roles=(), scope="admin", unbound=True)
    expired = []
    over = sa.and_(_OPEN, own.expires_at <= stamp(now))
    for row in rows(connection, over, *where):
        step(connection, now, system, row, "item.expired", {}, state="expired", **FREE)
        expired.append(row.item_id)
    held = rows(connection, own.state == "claimed", *where)
    may: dict[tuple[str, str, str], bool] = {}
    for row in held:
        who = (row.claimed_by, row.kind, row.queue)
        if who not in may:
            may[who] = _still(connection, now, row)
        if row.claimed_until <= stamp(now) or not may[who]:
            after = {"claimed_by": row.claimed_by, "because": "time" if may[who] else "rights"}
            step(connection, now, system, row, "item.lapsed", after, state="waiting", **FREE)
    return [read_back(connection, item_id) for item_id in expired]


def give_up(connection: sa.Connection, now: datetime, row: Any, because: str = "erased") -> None:
    """End an open item whose party is erased, or an appeal whose decision was undone: nobody
    decides on what is not there any more."""
    system = Actor(actor_id="system", roles=(), scope="admin", unbound=True)
    after = {"because": because}
    step(connection, now, system, row, "item.expired", after, state="expired", **FREE)


def _still(connection: sa.Connection, now: datetime, row: Any) -> bool:
    """Whether the holder of a claim may still have it."""
    try:
        by = people.actor(connection, "expire", row.claimed_by, now)
    except NotAtDeskError:  # erased
        return False
    return refusal(connection, by, KINDS[row.kind], row.queue, "queue.claim") is None


def refusal(
    connection: sa.Connection, by: Actor, kind: Kind, queue: str, right: str
) -> NotAllowedError | None:
    """Why the actor may not do this to items of that kind and queue; None when he may."""
    try:
        by.require(kind.permission, f"decide on items of kind {kind.name}")
        if kind.seated:
            wanted = "appeals.decide" if kind.name == "appeal" else right
            rights.require(connection, by, wanted, queue)
    except NotAllowedError as error:
        return error
    return None


def require(connection: sa.Connection, by: Actor, row: Any, right: str) -> None:
    """NotAllowedError unless the actor may do this to the item of that row."""
    error = refusal(connection, by, KINDS[row.kind], row.queue, right)
    if error is not None:
        raise error


def claim(
    connection: sa.Connection, now: datetime, row: Any, by: Actor, minutes: float
) -> Item | ItemConflictError:
    """Give an open item to one person, who may decide on it until the claim ends."""
    require(connection, by, row, "queue.claim")
    me = rights.person(connection, by.actor_id)
    conflict = closed(row) or not_yours(connection, row, by, me)
    if conflict is not None:
        return conflict
    if row.state == "claimed" and row.claimed_by != me:
        return ItemConflictError(
            f"The item {row.item_id} is claimed by {row.claimed_by} until {row.claimed_until}. "
            "Claim another one, or ask for a hand-over.",
            "claimed",
        )
    until = stamp(now + timedelta(minutes=minutes))
    after = {"claimed_by": me, "claimed_until": until}
    change = {"claimed_by": me, "claimed_at": stamp(now), "claimed_until": until}
    step(connection, now, by, row, "item.claimed", after, state="claimed", **change)
    return read_back(connection, row.item_id)


def next_of(
    connection: sa.Connection,
    by: Actor,
    kinds: Iterable[str] | None,
    queues: Iterable[str] | None,
) -> Any:
    """The row of the most urgent waiting item that the actor may claim; None when there is none."""
    own = tables.items.c
    me = rights.person(connection, by.actor_id)
    where = [own.state == "waiting", sa.or_(own.not_by.is_(None), own.not_by != me)]
    if queues is not None:
        where.append(own.queue.in_(list(queues)))
    within = visible(connection, by, kinds, "queue.claim")
    seconds = rights.queues(connection, by, "queue.second")
    if seconds is not None:  # what a trainee said goes to somebody who may second it
        where.append(sa.or_(own.advice.is_(None), own.queue.in_(sorted(seconds))))
    query = sa.select(tables.items).where(within, *where)
    query = query.order_by(own.priority.desc(), own.proposed_at, own.item_id).limit(1)
    return connection.execute(query).one_or_none()


def visible(
    connection: sa.Connection, by: Actor, kinds: Iterable[str] | None, right: str
) -> sa.ColumnElement[bool]:
    """The condition of being an item in whose queue the actor has that right."""
    own = tables.items.c
    parts = []
    for name in KINDS if kinds is None else kinds:
        kind = queue_items.checked_kind("Queue", name)
        if not (by.unbound or kind.permission in matrix.permissions(by.roles)):
            continue
        where = None
        if kind.seated:
            wanted = "appeals.decide" if kind.name == "appeal" else right
            where = rights.queues(connection, by, wanted)
        here = own.kind == kind.name
        parts.append(here if where is None else sa.and_(here, own.queue.in_(sorted(where))))
    return sa.or_(sa.false(), *parts)


def release(
    connection: sa.Connection, now: datetime, row: Any, by: Actor, reason: str
) -> Item | ItemConflictError:
    """Give a claimed item back to the queue."""
    me = rights.person(connection, by.actor_id)
    if row.state != "claimed":
        return closed(row) or read_back(connection, row.item_id)
    if row.claimed_by != me:
        require(connection, by, row, "queue.assign")
        if not KINDS[row.kind].seated:
            by.require("queue.assign", "give back somebody else's item")
    after = {"claimed_by": row.claimed_by}
    step(connection, now, by, row, "item.released", after, reason, state="waiting", **FREE)
    return read_back(connection, row.item_id)


def assign(
    connection: sa.Connection,
    now: datetime,
    row: Any,
    by: Actor,
    to: Actor,
    minutes: float,
    reason: str,
) -> Item | ItemConflictError:
    """Hand an open item to somebody else, who must be allowed to claim it."""
    require(connection, by, row, "queue.assign")
    if not KINDS[row.kind].seated:
        by.require("queue.assign", "hand an item to somebody else")
    require(connection, to, row, "queue.claim")
    person = rights.person(connection, to.actor_id)
    conflict = closed(row) or not_yours(connection, row, to, person)
    if conflict is not None:
        return conflict
    until = stamp(now + timedelta(minutes=minutes))
    after = {"claimed_by": person, "claimed_until": until}
    change = {"claimed_by": person, "claimed_at": stamp(now), "claimed_until": until}
    step(connection, now, by, row, "item.assigned", after, reason, state="claimed", **change)
    return read_back(connection, row.item_id)


def log(
    connection: sa.Connection,
    now: datetime,
    by: Actor,
    action: str,
    item_id: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    reason: str = "",
) -> int:
    """A row of the audit log about an item."""
    return audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action=action,
        subject=f"item:{item_id}",
        before=before,
        after=after,
        reason=reason,
    )


#: What is empty in an item that nobody has claimed.
FREE: dict[str, Any] = {"claimed_by": None, "claimed_at": None, "claimed_until": None}


def step(
    connection: sa.Connection,
    now: datetime,
    by: Actor,
    row: Any,
    action: str,
    after: Mapping[str, Any],
    reason: str = "",
    **change: Any,
) -> int:
    """Change an item, with its row of the audit log; gives the row's number."""
    version = row.version + 1
    connection.execute(
        tables.items.update()
        .where(tables.items.c.item_id == row.item_id)
        .values(version=version, **change)
    )
    before = {"state": row.state, "version": row.version}
    state = change.get("state", row.state)
    told = {**after, "state": state, "version": version, "kind": row.kind, "queue": row.queue}
    return log(connection, now, by, action, row.item_id, before, told, reason)


def rows(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Any]:
    """The rows of the items that fit, oldest first."""
    own = tables.items.c
    query = sa.select(tables.items).where(*where).order_by(own.proposed_at, own.item_id)
    return list(connection.execute(query))


def read_back(connection: sa.Connection, item_id: str) -> Item:
    """An item as it is after a step."""
    return queue_items.item_of(queue_items.one(connection, "Queue", item_id))


def closed(row: Any) -> ItemConflictError | None:
    """Why nothing can be said of an item any more; None while it is open."""
    if row.state in OPEN:
        return None
    if row.state in ("expired", "superseded"):
        how = "has expired" if row.state == "expired" else "was replaced by a newer version"
        return ItemConflictError(
            f"The item {row.item_id} {how}, so it can be neither claimed nor decided. "
            "Take the next one.",
            row.state,
        )
    return ItemConflictError(
        f"The item {row.item_id} was {row.state} by {row.decided_by} at {row.decided_at}. "
        "A decision is changed by an appeal, or with Queue.overturn.",
        "decided",
    )


def not_yours(connection: sa.Connection, row: Any, by: Actor, me: str) -> ItemConflictError | None:
    """Why this item is for somebody else; None when it is not."""
    if row.not_by == me:
        return ItemConflictError(
            f"The item {row.item_id} is about what {me} said, so somebody else has to decide it.",
            "own",
        )
    seconds = row.advice is None or rights.has(connection, by, "queue.second", row.queue)
    if not seconds:
        return ItemConflictError(
            f"The item {row.item_id} waits for somebody who may second a trainee.", "own"
        )
    return None


def _until(caller: str, kind: Kind, given: datetime | None, now: datetime) -> str | None:
    if given is None:
        return None if kind.hours is None else stamp(now + timedelta(hours=kind.hours))
    if not isinstance(given, datetime) or given.tzinfo is None:
        raise parameter(caller, "expires_at", "a moment with a time zone", given)
    return stamp(given)


def json_of(caller: str, name: str, value: object) -> str:
    """JSON of a dict that every database keeps, whatever text is in it."""
    try:
        if not isinstance(value, Mapping):
            raise TypeError
        text = json.dumps(dict(value), ensure_ascii=True, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        raise parameter(caller, name, "a dict that JSON can hold", value) from None
    if len(text) > MOST_PAYLOAD:
        raise parameter(caller, name, f"at most {MOST_PAYLOAD} characters as JSON", len(text))
    return text
