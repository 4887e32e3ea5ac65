"""Roles given and taken, and people erased; each with its row in the audit log.

Nobody gives or takes a role above his own. Erasing a person removes the name, and the reasons that
he typed or that were typed about him, takes his roles and revokes his keys; the rows of the audit
log stay, about an id that leads nowhere.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from chowk.errors import NotAllowedError, NotAtDeskError, parameter

from . import audit, keys, people, tables
from . import roles as matrix
from .texts import moment, stamp


def grant(
    connection: sa.Connection, now: datetime, member: str, role: str, actor: str, reason: str
) -> bool:
    """Give a person, or a key, a role; False when it was held already."""
    wanted = matrix.checked_role("grant", role)
    by = people.actor(connection, "grant", actor, now)
    holder = _holder(connection, "grant", member, by, now)
    _allowed(by, wanted, "grant", holder)
    if holder.startswith("k"):
        scope = connection.execute(
            sa.select(tables.keys.c.scope).where(tables.keys.c.key_id == holder)
        ).scalar_one()
        if not matrix.scope_covers(scope, wanted.scope):
            raise parameter("grant", "role", f"one that a key of scope {scope} can act in", role)
    before = _granted(connection, holder)
    if role in before:
        return False
    connection.execute(
        tables.grants.insert().values(holder=holder, role=role, granted_at=stamp(now))
    )
    _log(connection, now, by, "role.granted", holder, before, reason)
    return True


def withdraw(
    connection: sa.Connection, now: datetime, member: str, role: str, actor: str, reason: str
) -> bool:
    """Take a role from a person or a key; False when it was not held."""
    wanted = matrix.checked_role("withdraw", role)
    by = people.actor(connection, "withdraw", actor, now)
    holder = people.find(connection, "withdraw", "member", member)
    if holder is None:
        raise _nobody("withdraw")
    _allowed(by, wanted, "withdraw", holder)
    before = _granted(connection, holder)
    if role not in before:
        return False
    connection.execute(
        tables.grants.delete().where(tables.grants.c.holder == holder, tables.grants.c.role == role)
    )
    _log(connection, now, by, "role.withdrawn", holder, before, reason)
    return True


def erase(connection: sa.Connection, now: datetime, member: str, actor: str) -> None:
    """Forget a person: name, typed reasons, roles, keys' names, sessions."""
    by = people.actor(connection, "erase", actor, now)
    by.require("people.erase", "erase a person")
    identifier = people.find(connection, "erase", "member", member)
    if identifier is None:
        raise _nobody("erase")
    if identifier.startswith("k"):
        raise parameter("erase", "member", "a person's name or id (a key is revoked)", member)
    own = list(
        connection.execute(
            sa.select(tables.keys.c.key_id).where(tables.keys.c.member_id == identifier)
        ).scalars()
    )
    by.require_not_below(people.roles(connection, identifier, now), "shop", "erase this person")
    for key_id in own:
        keys.revoke(connection, now, key_id, "system", "")
    connection.execute(
        tables.keys.update().where(tables.keys.c.member_id == identifier).values(name=None)
    )
    ids = [identifier, *own]
    connection.execute(tables.grants.delete().where(tables.grants.c.holder.in_(ids)))
    connection.execute(
        tables.people.update()
        .where(tables.people.c.member_id == identifier)
        .values(name=None, erased_at=stamp(now))
    )
    log = tables.audit.c
    about = [f"member:{identifier}", *(f"key:{key_id}" for key_id in own)]
    gone = _forget_reasons(connection, sa.or_(log.actor.in_(ids), log.subject.in_(about)))
    audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action="person.erased",
        subject=f"member:{identifier}",
        after={"keys": own, "reasons": gone},
    )


def erase_reason(connection: sa.Connection, now: datetime, seq: int, actor: str) -> None:
    """Forget the reason that was typed for one row of the audit log."""
    by = people.actor(connection, "erase_reason", actor, now)
    by.require("people.erase", "erase a reason")
    gone = _forget_reasons(connection, tables.audit.c.seq == seq)
    if not gone:
        raise NotAtDeskError(
            f"Row {seq} of the audit log is not there, has no reason, or its reason was erased. "
            "Desk.audit() shows the rows."
        )
    audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action="reason.erased",
        subject=f"audit:{seq}",
        after={"reasons": gone},
    )


def members(connection: sa.Connection) -> list[people.Member]:
    """Everybody who was ever at the desk, oldest first, with their roles."""
    granted: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(tables.grants.c.holder, tables.grants.c.role)):
        granted.setdefault(row.holder, []).append(row.role)
    table = tables.people
    return [
        people.Member(
            member_id=row.member_id,
            name=row.name,
            roles=matrix.by_breadth(granted.get(row.member_id, ())),
            created_at=moment(row.created_at),
            erased_at=None if row.erased_at is None else moment(row.erased_at),
        )
        for row in connection.execute(
            sa.select(table).order_by(table.c.created_at, table.c.member_id)
        )
    ]


def _holder(
    connection: sa.Connection, caller: str, member: str, by: people.Actor, now: datetime
) -> str:
    # Whoever may not grant at all must not be able to add people by trying.
    by.require("roles.grant", "grant a role")
    return people.identify(connection, caller, "member", member, now)


def _allowed(by: people.Actor, role: matrix.Role, verb: str, holder: str) -> None:
    doing = f"{verb} the role {role.name}"
    by.require("roles.grant", doing)
    by.require_not_below([role.name], role.scope, doing)
    if by.actor_id == holder and verb == "grant":
        raise NotAllowedError(
            f"{by.actor_id} may not {doing} to itself: a role comes from somebody else. "
            "Ask somebody who holds it."
        )


def _granted(connection: sa.Connection, holder: str) -> list[str]:
    held = connection.execute(
        sa.select(tables.grants.c.role).where(tables.grants.c.holder == holder)
    )
    return sorted(held.scalars())


def _forget_reasons(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[int]:
    reasons, log = tables.reasons, tables.audit
    gone = list(
        connection.execute(
            sa.select(reasons.c.seq)
            .join(log, log.c.seq == reasons.c.seq)
            .where(where)
            .order_by(reasons.c.seq)
        ).scalars()
    )
    for start in range(0, len(gone), 500):  # SQLite binds a limited number of values
        some = gone[start : start + 500]
        connection.execute(reasons.delete().where(reasons.c.seq.in_(some)))
    return gone


def _log(
    connection: sa.Connection,
    now: datetime,
    by: people.Actor,
    action: str,
    holder: str,
    before: list[str],
    reason: str,
) -> None:
    kind = "key" if holder.startswith("k") else "member"
    audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action=action,
        subject=f"{kind}:{holder}",
        before={"roles": before},
        after={"roles": _granted(connection, holder)},
        reason=reason,
    )


def _nobody(caller: str) -> NotAtDeskError:
    return NotAtDeskError(
        f"{caller} knows nobody of that name. Desk.members() lists everybody with names and ids."
    )
