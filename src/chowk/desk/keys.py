"""API keys: made, rotated, revoked, looked up; each change with its row in the audit log.

The functions take a connection of `Database` and the moment, and leave the rest to `Desk`. A
secret is returned by the call that makes it and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from chowk.errors import KeyRefusedError, NotAtDeskError, parameter

from . import audit, people, tables, tokens
from . import roles as matrix
from .texts import checked, moment, stamp


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key as the desk knows it; its secret is not among what the desk knows.

    Parameters
    ----------
    key_id : `k` and 12 hexadecimal digits; stands in the secret and in the audit log.
    name : what people call it; None once the person whose key it was is erased.
    scope : `shop`, `staff` or `admin`.
    roles : the roles that it acts in now, the broadest first: its own and its member's, as far as
        its scope reaches.
    member : the id of the person whose key it is, if it is somebody's.
    version : 1, and one more with every rotation.
    """

    key_id: str
    name: str | None
    scope: str
    roles: tuple[str, ...]
    member: str | None
    version: int
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def role(self) -> str | None:
        """The broadest of its roles, or None."""
        return self.roles[0] if self.roles else None

    def allows(self, permission: str) -> bool:
        """Whether one of its roles has `permission` (see `chowk.desk.PERMISSIONS`)."""
        wanted = matrix.checked_permission("Key.allows", permission)
        return wanted in matrix.permissions(self.roles)


def create(
    connection: sa.Connection,
    now: datetime,
    *,
    name: str,
    scope: str,
    actor: str,
    role: str | None,
    expires_at: datetime | None,
    member: str | None,
    reason: str,
) -> tuple[str, str]:
    """Make a key; gives its id and its secret."""
    caller = "create_key"
    label = checked(caller, "name", name, limit=80).strip()
    scope = matrix.checked_scope(caller, scope)
    until = _future(caller, expires_at, now)
    if role is None and member is None:
        role = matrix.DEFAULT_ROLE[scope]
    if role is not None:
        _carries(caller, scope, role)
    by = people.actor(connection, caller, actor, now)
    by.require("keys.manage", "make a key")
    owner = None if member is None else _member(connection, member, now)
    held = () if owner is None else people.roles(connection, owner, now)
    own = () if role is None else (role,)
    by.require_not_below((*held, *own), scope, f"make a key of scope {scope}")
    key_id = tokens.new_id("k")
    secret = tokens.new_secret(scope, key_id)
    connection.execute(
        tables.keys.insert().values(
            key_id=key_id,
            name=label,
            scope=scope,
            member_id=owner,
            digest=tokens.digest(secret),
            version=1,
            created_at=stamp(now),
            created_by=by.actor_id,
            expires_at=until,
        )
    )
    for granted in own:
        connection.execute(
            tables.grants.insert().values(holder=key_id, role=granted, granted_at=stamp(now))
        )
    after = {"scope": scope, "roles": list(own), "member": owner, "version": 1, "expires_at": until}
    _log(connection, now, by, "key.created", key_id, None, after, reason)
    return key_id, secret


def revoke(connection: sa.Connection, now: datetime, key_id: str, actor: str, reason: str) -> None:
    """Refuse a key from now on, and end its sessions. Nothing happens to one that was revoked."""
    row = _row(connection, "revoke_key", key_id)
    by = _handler(connection, "revoke_key", "revoke", row, actor, now)
    if row.revoked_at is not None:
        return
    _change(connection, row.key_id, revoked_at=stamp(now), old_digest=None, old_until=None)
    _log(connection, now, by, "key.revoked", row.key_id, {"version": row.version}, None, reason)


def rotate(
    connection: sa.Connection,
    now: datetime,
    key_id: str,
    actor: str,
    overlap_minutes: float,
    reason: str,
) -> str:
    """Give a key a new secret, and end its sessions; gives the secret."""
    caller = "rotate_key"
    if not 0 <= overlap_minutes <= 7 * 24 * 60:
        raise parameter(caller, "overlap_minutes", "a number in [0, 10080]", overlap_minutes)
    row = _row(connection, caller, key_id)
    by = _handler(connection, caller, "rotate", row, actor, now)
    if row.revoked_at is not None:
        raise KeyRefusedError(
            f"The key {row.key_id} was revoked on {row.revoked_at[:10]} and cannot be rotated. "
            "Make a new one with create_key.",
            "revoked",
        )
    secret = tokens.new_secret(row.scope, row.key_id)
    until = stamp(now + timedelta(minutes=overlap_minutes)) if overlap_minutes else None
    _change(
        connection,
        row.key_id,
        digest=tokens.digest(secret),
        version=row.version + 1,
        old_digest=row.digest if until else None,
        old_until=until,
    )
    before = {"version": row.version}
    after = {"version": row.version + 1, "old_until": until}
    _log(connection, now, by, "key.rotated", row.key_id, before, after, reason)
    return secret


def read(connection: sa.Connection, now: datetime, *where: sa.ColumnElement[bool]) -> list[Key]:
    """The keys that fit, with the roles that they act in at `now`, oldest first."""
    return [_key(rows, now) for rows in _joined(connection, *where)]


def authenticate(
    connection: sa.Connection, now: datetime, key_id: str, digest: str
) -> tuple[Key, datetime | None]:
    """The key with that digest, and when the digest ends before the key does (the one before a
    rotation); KeyRefusedError when there is none, or it is over."""
    for rows in _joined(connection, tables.keys.c.key_id == key_id):
        row = rows[0]
        old = tokens.same(row.old_digest, digest) and (row.old_until or "") > stamp(now)
        if tokens.same(row.digest, digest) or old:
            key = _key(rows, now)
            require_alive(key, now)
            return key, moment(row.old_until) if old else None
    # The same sentence for an unknown id and a wrong secret: neither tells which ids there are.
    raise KeyRefusedError(
        "The desk knows no such key. Use one that 'chowk' printed when it was made; "
        "a secret that was lost cannot be shown again, but its key can be rotated."
    )


def require_alive(key: Key, now: datetime) -> None:
    """KeyRefusedError when the key was revoked, or has expired by `now`."""
    if key.revoked_at is not None:
        raise KeyRefusedError(
            f"The key {key.key_id} was revoked on {key.revoked_at:%Y-%m-%d}. "
            "Ask whoever runs the store for a new one.",
            "revoked",
        )
    if key.expires_at is not None and key.expires_at <= now:
        raise KeyRefusedError(
            f"The key {key.key_id} expired at {key.expires_at:%Y-%m-%d %H:%M} UTC. "
            "Ask whoever runs the store for a new one.",
            "expired",
        )


def require_scope(key: Key, scope: str | None) -> None:
    """KeyRefusedError when the key's scope is smaller than `scope`."""
    if scope is not None and not matrix.scope_covers(
        key.scope, matrix.checked_scope("check_key", scope)
    ):
        raise KeyRefusedError(
            f"The key {key.key_id} has the scope {key.scope}, and this needs {scope}. "
            "Use a key of that scope.",
            "scope",
        )


def end_sessions(connection: sa.Connection, key_id: str) -> None:
    """Remove a key's log-in tickets and sessions."""
    for table in (tables.tickets, tables.sessions):
        connection.execute(table.delete().where(table.c.key_id == key_id))


def _joined(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Iterable[list[Any]]:
    """For each key, its rows joined with its and its member's grants (at least one row)."""
    keys, grants = tables.keys, tables.grants
    query = (
        sa.select(keys, grants.c.role)
        .outerjoin(
            grants, sa.or_(grants.c.holder == keys.c.key_id, grants.c.holder == keys.c.member_id)
        )
        .where(*where)
        .order_by(keys.c.created_at, keys.c.key_id)
    )
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.key_id, []).append(row)
    return found.values()


def _key(rows: list[Any], now: datetime) -> Key:
    row = rows[0]
    over = row.revoked_at is not None or (row.expires_at or "9") <= stamp(now)
    held = () if over else (each.role for each in rows if each.role is not None)
    return Key(
        key_id=row.key_id,
        name=row.name,
        scope=row.scope,
        roles=people.within(row.scope, held),
        member=row.member_id,
        version=row.version,
        created_at=moment(row.created_at),
        created_by=row.created_by,
        expires_at=None if row.expires_at is None else moment(row.expires_at),
        revoked_at=None if row.revoked_at is None else moment(row.revoked_at),
    )


def _row(connection: sa.Connection, caller: str, key_id: str) -> Any:
    found = connection.execute(
        sa.select(tables.keys).where(
            tables.keys.c.key_id == checked(caller, "key_id", key_id, limit=200)
        )
    ).one_or_none()
    if found is None:
        shown = key_id if len(key_id) <= 16 else "of that id"  # it may be a whole secret
        raise NotAtDeskError(
            f"{caller} knows no key {shown}. A key's id is its k and 12 digits, as in "
            "k3f9a0b1c2d4e; Desk.keys() lists them."
        )
    return found


def _handler(
    connection: sa.Connection, caller: str, verb: str, row: Any, actor: str, now: datetime
) -> people.Actor:
    """Who handles a key: itself, or one who manages keys and stands no lower than it does."""
    by = people.actor(connection, caller, actor, now)
    if by.actor_id != row.key_id:
        doing = f"{verb} the key {row.key_id}"
        by.require("keys.manage", doing)
        by.require_not_below(people.roles(connection, row.key_id, now), row.scope, doing)
    return by


def _change(connection: sa.Connection, key_id: str, **values: Any) -> None:
    connection.execute(tables.keys.update().where(tables.keys.c.key_id == key_id).values(**values))
    end_sessions(connection, key_id)


def _log(
    connection: sa.Connection,
    now: datetime,
    by: people.Actor,
    action: str,
    key_id: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    reason: str,
) -> None:
    audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action=action,
        subject=f"key:{key_id}",
        before=before,
        after=after,
        reason=reason,
    )


def _member(connection: sa.Connection, member: str, now: datetime) -> str:
    identifier = people.identify(connection, "create_key", "member", member, now)
    if identifier.startswith("k"):
        raise parameter("create_key", "member", "a person's name or id, not a key's", member)
    return identifier


def _carries(caller: str, scope: str, role: str) -> None:
    needed = matrix.checked_role(caller, role).scope
    if not matrix.scope_covers(scope, needed):
        raise parameter(caller, "role", f"one that a key of scope {scope} can act in", role)


def _future(caller: str, expires_at: datetime | None, now: datetime) -> str | None:
    if expires_at is None:
        return None
    if not isinstance(expires_at, datetime) or expires_at.tzinfo is None or expires_at <= now:
        raise parameter(
            caller, "expires_at", "a datetime with a time zone, in the future", expires_at
        )
    return stamp(expires_at)
