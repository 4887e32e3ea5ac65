"""Who acts: people, keys, and the two that are neither.

A person is known outside by a name and inside by a random id (`m` and 12 hexadecimal digits); only
this table joins the two, so erasing the name here leaves every other row, the audit log included,
as it is and about nobody. A key has an id (`k…`) too. `cli` is whoever can open the desk itself
and `system` is Chowk; both are held to no role, because they could edit the database anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

import msgspec
import sqlalchemy as sa

from chowk.errors import NotAllowedError, NotAtDeskError, parameter

from . import roles as matrix
from . import tables, tokens
from .texts import checked, stamp

#: Actors that are neither people nor keys.
SYSTEM_ACTORS: tuple[str, ...] = ("cli", "system")

_MEMBER = re.compile(r"m[0-9a-f]{12}")
_KEY = re.compile(r"k[0-9a-f]{12}")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person at the desk: id, name (None once erased) and roles, the broadest first."""

    member_id: str
    name: str | None
    roles: tuple[str, ...]
    created_at: datetime
    erased_at: datetime | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for a change, and what he may do at this moment."""

    actor_id: str
    roles: tuple[str, ...]
    scope: str
    #: `cli` and `system` may do everything.
    unbound: bool = False

    @property
    def role(self) -> str:
        """The role that the audit log names: the broadest."""
        return "system" if self.unbound else (self.roles[0] if self.roles else "none")

    def require(self, permission: str, doing: str) -> None:
        """NotAllowedError unless one of the roles has `permission`."""
        if self.unbound or permission in matrix.permissions(self.roles):
            return
        able = [name for name, role in matrix.ROLES.items() if permission in role.permissions]
        raise NotAllowedError(
            f"{self.actor_id} may not {doing}: that needs the permission {permission!r}, and "
            f"{self._has()}. Somebody with one of these roles can: {', '.join(able)}; and whoever "
            "runs chowk on the desk's own machine, as the actor 'cli'."
        )

    def require_not_below(self, roles: Iterable[str], scope: str, doing: str) -> None:
        """NotAllowedError when `roles` may do something that this actor may not, or `scope` is
        wider than his."""
        if self.unbound:
            return
        beyond = sorted(matrix.permissions(roles) - matrix.permissions(self.roles))
        if beyond:
            raise NotAllowedError(
                f"{self.actor_id} may not {doing}: nobody gives, takes or touches a role above "
                f"his own, and this one may {', '.join(beyond)}, while {self._has()}. "
                "Somebody who holds that role can do it."
            )
        if not matrix.scope_covers(self.scope, scope):
            raise NotAllowedError(
                f"{self.actor_id} may not {doing}: its scope is {self.scope}, and this needs "
                f"{scope}. Use a key of that scope."
            )

    def _has(self) -> str:
        return f"it holds {', '.join(self.roles)}" if self.roles else "it holds no role"


def actor(connection: sa.Connection, caller: str, name: object, now: datetime) -> Actor:
    """The actor of that name or id, with the roles that he holds now; a new name gets an id."""
    text = checked(caller, "actor", name, limit=200)
    if text in SYSTEM_ACTORS:
        return Actor(actor_id=text, roles=(), scope="admin", unbound=True)
    identifier = identify(connection, caller, "actor", text, now)
    held = roles(connection, identifier, now)
    if _KEY.fullmatch(identifier):
        scope = connection.execute(
            sa.select(tables.keys.c.scope).where(tables.keys.c.key_id == identifier)
        ).scalar_one()
    else:
        scope = max(
            (matrix.ROLES[role].scope for role in held), key=matrix.SCOPES.index, default="shop"
        )
    return Actor(actor_id=identifier, roles=held, scope=str(scope))


def find(connection: sa.Connection, caller: str, parameter_name: str, name: object) -> str | None:
    """The id of a person or key, by name or id; None for a name that is not known.

    Raises NotAtDeskError for an id that is not known.
    """
    text = unicodedata.normalize("NFC", checked(caller, parameter_name, name, limit=200)).strip()
    if _KEY.fullmatch(text):
        known = sa.select(tables.keys.c.key_id).where(tables.keys.c.key_id == text)
    elif _MEMBER.fullmatch(text):
        people = tables.people.c
        known = sa.select(people.member_id).where(
            people.member_id == text, people.erased_at.is_(None)
        )
    else:
        found = connection.execute(
            sa.select(tables.people.c.member_id).where(tables.people.c.name == text)
        ).scalar()
        return None if found is None else str(found)
    if connection.execute(known).scalar() is None:
        what = "key" if text.startswith("k") else "person"
        raise NotAtDeskError(
            f"{caller} knows no {what} {text}, or it was erased. "
            + (
                "`chowk key list STORE` lists the keys."
                if what == "key"
                else "Desk.members() lists those that there are."
            )
        )
    return text


def named(
    connection: sa.Connection, caller: str, parameter_name: str, name: object, now: datetime
) -> str:
    """The id of whoever is meant by an id, a person's name, or the name of a key that works.

    `chowk key create --name asha` makes a key and no person, and its name is what people know. Keys
    of one person count as that person; shop keys are in pages, and nobody decides with one.

    Raises
    ------
    ParameterError : the name is that of several, whose ids it tells.
    NotAtDeskError : it is nobody's.
    """
    found = find(connection, caller, parameter_name, name)
    if found is not None and (_KEY.fullmatch(found) or found == str(name).strip()):
        return found
    text = unicodedata.normalize("NFC", str(name)).strip()
    keys = tables.keys.c
    works = sa.or_(keys.expires_at.is_(None), keys.expires_at > stamp(now))
    held = connection.execute(
        sa.select(keys.key_id, keys.member_id)
        .where(keys.name == text, keys.scope != "shop", keys.revoked_at.is_(None), works)
        .order_by(keys.key_id)
    ).all()
    ids = list(dict.fromkeys(key.member_id or key.key_id for key in held))
    if found is not None and found not in ids:
        ids.insert(0, found)
    if len(ids) > 1:
        rule = f"the id of one of the {len(ids)} of that name: {', '.join(ids[:10])}"
        raise parameter(caller, parameter_name, rule, name)
    if not ids:
        raise NotAtDeskError(
            f"{caller} knows nobody of that name: neither a person nor a staff or admin key that "
            "works. `chowk key list STORE` lists the keys with ids and names, Desk.members() the "
            "people that were given a role by name."
        )
    return str(ids[0])


def identify(
    connection: sa.Connection, caller: str, parameter_name: str, name: object, now: datetime
) -> str:
    """The id of a person or key; a name that is new gets one. Needs a writing connection."""
    found = find(connection, caller, parameter_name, name)
    if found is not None:
        return found
    text = unicodedata.normalize("NFC", str(name)).strip()
    if text.casefold() in {*SYSTEM_ACTORS, *matrix.ROLES, "none"}:
        raise parameter(caller, parameter_name, "a name that is no role and no part of Chowk", name)
    member_id = tokens.new_id("m")
    connection.execute(
        tables.people.insert().values(member_id=member_id, name=text, created_at=stamp(now))
    )
    return member_id


def roles(connection: sa.Connection, identifier: str, now: datetime) -> tuple[str, ...]:
    """The roles of a member or key, the broadest first.

    A key has its own and its member's, as far as its scope reaches; none once it is revoked or
    has expired.
    """
    grants = tables.grants.c
    if not _KEY.fullmatch(identifier):
        return matrix.by_breadth(
            connection.execute(sa.select(grants.role).where(grants.holder == identifier)).scalars()
        )
    key = connection.execute(sa.select(tables.keys).where(tables.keys.c.key_id == identifier)).one()
    if key.revoked_at is not None or (key.expires_at or "9") <= stamp(now):
        return ()
    holders = [held for held in (key.key_id, key.member_id) if held is not None]
    granted = connection.execute(sa.select(grants.role).where(grants.holder.in_(holders)))
    return within(key.scope, granted.scalars())


def within(scope: str, held: Iterable[str]) -> tuple[str, ...]:
    """Those of the roles that a key of `scope` can act in, the broadest first."""
    return tuple(
        role
        for role in matrix.by_breadth(held)
        if matrix.scope_covers(scope, matrix.ROLES[role].scope)
    )
