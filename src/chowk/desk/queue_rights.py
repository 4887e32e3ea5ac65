"""Who may do what in the community: seven seats, and a matrix of rights that the owner edits.

A role of `roles.py` says that somebody moderates at all; a seat says in which way, and in which
queues (channels). Both have to allow an act: the seats narrow what the role permits and never widen
it. The matrix below is what a new store has; the owner's edits are rows of `desk_rights`, each with
its row in the audit log. That moderators of one community do different work, and learn from each
other, is the finding of Cullen and Kairam, "Practicing Moderation" (CSCW 2022).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import sqlalchemy as sa

from chowk.errors import NotAllowedError, parameter

from . import audit, people, tables
from .people import Actor
from .texts import checked, stamp

#: Every right of the matrix, with what it allows.
RIGHTS: Mapping[str, str] = MappingProxyType(
    {
        "queue.see": "See the items of the queue",
        "queue.claim": "Claim an item",
        "queue.decide": "Say how an item should be decided",
        "queue.alone": "Decide without a second person",
        "queue.second": "Confirm or change what a trainee said",
        "queue.many": "Decide on many items at once, and undo it",
        "queue.assign": "Hand a claimed item to somebody else",
        "authors.see": "See an author's name, history and strikes",
        "strikes.give": "Give an author a strike",
        "strikes.lift": "Take a strike back",
        "notes.read": "Read notes and hand-overs",
        "notes.write": "Write notes and hand-overs",
        "kindness.mark": "Mark a kind or helpful act",
        "norms.edit": "Edit the channel's norms",
        "settings.edit": "Change levels, terms and rules",
        "raids.act": "Switch a channel's guard against raids on and off",
        "appeals.decide": "Decide on appeals",
        "precedents.read": "Read how similar items were decided",
        "precedents.share": "Share precedents and guides with other channels",
        "health.see": "See the community's health over time",
    }
)

#: Every seat, with whose work it is.
SEATS: Mapping[str, str] = MappingProxyType(
    {
        "queue_reviewer": "Reads what is held and decides, item by item",
        "conversation_host": "Is in the conversation: sees who speaks, marks what is kind",
        "incident_responder": "Stands in when there is a raid: many items at once, strikes",
        "norm_keeper": "Keeps the norms, the settings and the precedents",
        "trainee": "Learns: says how he would decide, and somebody seconds it",
        "appeals_judge": "Looks again at what others decided",
        "outside_reviewer": "Works for another company: his own queue's items and nothing else",
    }
)

_READ = ("queue.see", "notes.read", "precedents.read")
_DECIDE = ("queue.claim", "queue.decide", "queue.alone", "queue.second")

#: The matrix of a new store.
DEFAULT_MATRIX: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "queue_reviewer": frozenset({*_READ, *_DECIDE, "notes.write", "kindness.mark"}),
        "conversation_host": frozenset(
            {*_READ, *_DECIDE, "authors.see", "notes.write", "kindness.mark", "health.see"}
        ),
        "incident_responder": frozenset(
            {
                *_READ,
                *_DECIDE,
                "queue.many",
                "queue.assign",
                "authors.see",
                "strikes.give",
                "strikes.lift",
                "notes.write",
                "raids.act",
                "health.see",
            }
        ),
        "norm_keeper": frozenset(
            {
                *_READ,
                "authors.see",
                "notes.write",
                "norms.edit",
                "settings.edit",
                "precedents.share",
                "health.see",
            }
        ),
        "trainee": frozenset({*_READ, "queue.claim", "queue.decide", "kindness.mark"}),
        "appeals_judge": frozenset(
            {
                *_READ,
                "authors.see",
                "strikes.lift",
                "notes.write",
                "appeals.decide",
                "health.see",
            }
        ),
        "outside_reviewer": frozenset({"queue.see", "queue.claim", "queue.decide", "queue.alone"}),
    }
)

#: The seats of a role that was given none, in all queues.
BY_ROLE: Mapping[str, tuple[str, ...]] = MappingProxyType({"moderator": ("queue_reviewer",)})
#: Roles that stand above the seats: they have every right.
ABOVE: frozenset[str] = frozenset({"owner", "admin", "moderation_lead"})
#: Every queue.
ALL = "*"


def matrix(connection: sa.Connection) -> dict[str, frozenset[str]]:
    """The rights of each seat now: the matrix of a new store with the owner's edits."""
    found = {seat: set(held) for seat, held in DEFAULT_MATRIX.items()}
    for row in connection.execute(sa.select(tables.rights)):
        if row.seat in found and row.permitted in RIGHTS:
            (found[row.seat].add if row.held else found[row.seat].discard)(row.permitted)
    return {seat: frozenset(held) for seat, held in found.items()}


def edit(
    connection: sa.Connection,
    now: datetime,
    seat: str,
    right: str,
    held: bool,
    actor: str,
    reason: str,
) -> bool:
    """Give a seat a right, or take it; False when it was so already. For owners and admins."""
    caller = "set_right"
    _checked(caller, "seat", seat, SEATS)
    _checked(caller, "right", right, RIGHTS)
    if not isinstance(held, bool):
        raise parameter(caller, "held", "True or False", held)
    by = people.actor(connection, caller, actor, now)
    by.require("roles.grant", "edit the matrix of rights")
    before = right in matrix(connection)[seat]
    if before == held:
        return False
    table = tables.rights
    connection.execute(table.delete().where(table.c.seat == seat, table.c.permitted == right))
    connection.execute(table.insert().values(seat=seat, permitted=right, held=int(held)))
    _log(connection, now, by, "right.changed", f"seat:{seat}", right, before, held, reason)
    return True


def seat(
    connection: sa.Connection,
    now: datetime,
    member: str,
    wanted: str,
    queue: str,
    given: bool,
    actor: str,
    reason: str,
) -> bool:
    """Give a person a seat in a queue ('*' for all), or take it; False when it was so already."""
    caller = "seat" if given else "unseat"
    _checked(caller, "seat", wanted, SEATS)
    where = checked(caller, "queue", queue, limit=128)
    by = people.actor(connection, caller, actor, now)
    by.require("moderation.configure", f"{caller} a moderator")
    # A name that is nobody's is refused, so a slip of the pen gives nobody a seat.
    holder = person(connection, people.named(connection, caller, "member", member, now))
    if by.actor_id == holder or person(connection, by.actor_id) == holder:
        raise NotAllowedError(
            f"{by.actor_id} may not {caller} itself: a seat comes from somebody else. "
            "Ask another lead, an admin or the owner."
        )
    table = tables.seats.c
    mine = sa.and_(table.holder == holder, table.seat == wanted, table.queue == where)
    before = connection.execute(sa.select(table.seat).where(mine)).scalar() is not None
    if before == given:
        return False
    if given:
        connection.execute(
            tables.seats.insert().values(
                holder=holder, seat=wanted, queue=where, given_at=stamp(now)
            )
        )
    else:
        connection.execute(tables.seats.delete().where(mine))
    action = "seat.given" if given else "seat.taken"
    at = f"{wanted}@{where}"
    _log(connection, now, by, action, f"member:{holder}", at, before, given, reason)
    return True


def seats(connection: sa.Connection, by: Actor) -> list[tuple[str, str]]:
    """The (seat, queue) pairs of an actor; those of his role when he was given none."""
    holder = person(connection, by.actor_id)
    query = sa.select(tables.seats.c.seat, tables.seats.c.queue).where(
        tables.seats.c.holder.in_([holder, by.actor_id])
    )
    given = [(row.seat, row.queue) for row in connection.execute(query) if row.seat in SEATS]
    if given:
        return sorted(given)
    return [(name, ALL) for role in by.roles for name in BY_ROLE.get(role, ())]


def everywhere(by: Actor) -> bool:
    """Whether the actor stands above the seats."""
    return by.unbound or not ABOVE.isdisjoint(by.roles)


def queues(connection: sa.Connection, by: Actor, right: str) -> frozenset[str] | None:
    """The queues in which the actor has a right; None for all of them."""
    if everywhere(by):
        return None
    held = matrix(connection)
    found = {queue for name, queue in seats(connection, by) if right in held[name]}
    return None if ALL in found else frozenset(found)


def has(connection: sa.Connection, by: Actor, right: str, queue: str) -> bool:
    """Whether the actor has a right in a queue."""
    where = queues(connection, by, right)
    return where is None or queue in where


def require(connection: sa.Connection, by: Actor, right: str, queue: str) -> None:
    """NotAllowedError unless the actor has the right in that queue."""
    _checked("require", "right", right, RIGHTS)
    if has(connection, by, right, queue):
        return
    able = sorted(name for name, held in matrix(connection).items() if right in held)
    sits = ", ".join(f"{name} in {at}" for name, at in seats(connection, by)) or "no seat"
    raise NotAllowedError(
        f"{by.actor_id} may not do this in the queue {queue!r}: it needs the right {right!r} "
        f"({RIGHTS[right][0].lower()}{RIGHTS[right][1:]}), and it has {sits}. These seats have "
        f"it: {', '.join(able) or 'none'}; an owner edits the matrix with Queue.set_right."
    )


def person(connection: sa.Connection, identifier: str) -> str:
    """The id of the person behind a key, when it is somebody's; else the id as it is.

    Two keys of one person are one person: what one has claimed, the other may decide.
    """
    if not identifier.startswith("k"):
        return identifier
    query = sa.select(tables.keys.c.member_id).where(tables.keys.c.key_id == identifier)
    return str(connection.execute(query).scalar() or identifier)


def table(held: Mapping[str, Iterable[str]]) -> str:
    """A matrix of rights as a Markdown table, a row a right, a column a seat."""
    lines = [
        "| right | " + " | ".join(name.replace("_", " ") for name in SEATS) + " |",
        "|---|" + ":-:|" * len(SEATS),
    ]
    lines += [
        f"| {right} | " + " | ".join("✓" if right in held[name] else "" for name in SEATS) + " |"
        for right in RIGHTS
    ]
    return "\n".join(lines)


def _checked(caller: str, name: str, value: object, known: Mapping[str, str]) -> None:
    if not isinstance(value, str) or value not in known:
        raise parameter(caller, name, f"one of {', '.join(known)}", value)


def _log(
    connection: sa.Connection,
    now: datetime,
    by: Actor,
    action: str,
    subject: str,
    what: str,
    before: bool,
    held: bool,
    reason: str,
) -> None:
    audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action=action,
        subject=subject,
        before={what: before},
        after={what: held},
        reason=reason,
    )
