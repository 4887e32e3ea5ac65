"""The desk: keys, roles and the audit log of what people decide, behind one object.

Every change is one transaction of the desk's only writer, together with its row in the audit log:
both are on the disk when the call returns, or neither is. `docs/desk.md` says how the parts fit.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import sqlalchemy as sa

from chowk.errors import AuditChainError, parameter

from . import audit, exports, keys, membership, people, sessions, tables, tokens
from . import roles as matrix
from .audit import AuditRow, Checked
from .database import Database
from .declined import Declined
from .keys import Key
from .people import Member
from .queue import Queue
from .queue_seats import Seats
from .records import Records
from .remembered import Remembered
from .texts import Facts, checked, facts, impersonal
from .webhooks import Webhooks

_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
#: Seconds for which a server uses an answer about a key before it asks again.
CACHE_SECONDS = 2.0


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """An open desk. Use `Desk.open`; safe to use from several threads, not across a fork.

    An `actor` is a person's name or id, a key's id, `cli` (whoever runs a command on the desk's
    machine) or `system` (Chowk itself); the last two may do everything, so pass on nobody's
    text as an actor. Every call that changes something raises NotAllowedError when the actor's
    roles do not allow it, and ParameterError when a text or number is outside its limits.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> desk = Desk.open(pathlib.Path(tempfile.mkdtemp()) / "desk.db")
    >>> key, secret = desk.create_key("shop front", "shop", actor="cli")
    >>> desk.check_key(secret, scope="shop").name
    'shop front'
    >>> desk.grant("asha", "merchandiser", actor="cli")
    True
    >>> desk.allows("asha", "collections.decide"), desk.allows("asha", "keys.manage")
    (True, False)
    >>> [row.action for row in desk.audit()], desk.verify_audit()
    (['key.created', 'role.granted'], 2)
    >>> desk.close()
    """

    def __init__(
        self, database: Database, *, clock: Callable[[], datetime], cache_seconds: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._remembered = Remembered(cache_seconds)
        write = partial(self._write, keys_change=False)
        #: What waits for people to decide.
        self.queue = Queue(database, write, clock)
        #: Who sits where in the community, and what each seat may do.
        self.seats = Seats(database, write, clock)
        #: Documents, remarks and surveys.
        self.records = Records(database, write, clock)
        #: Who wants no pick-up notices.
        self.declined = Declined(database, write, clock)
        #: Who is told of the queue's steps by HTTP.
        self.webhooks = Webhooks(database, write, clock)

    @classmethod
    def open(
        cls,
        url_or_path: str | os.PathLike[str],
        *,
        clock: Callable[[], datetime] = _utc_now,
        cache_seconds: float = CACHE_SECONDS,
    ) -> Desk:
        """Open the desk at a file path or a `postgresql://` URL; make or migrate it first.

        Parameters
        ----------
        url_or_path : a path means SQLite, in a folder that exists.
        clock : gives the time, with a zone.
        cache_seconds : how long `check_key` and `check_session` may use an answer, in [0, 60];
            what another process revokes is refused here at most that much later.

        Raises
        ------
        DeskError, MissingExtraError
        """
        if not 0 <= cache_seconds <= 60:
            raise parameter("Desk.open", "cache_seconds", "a number in [0, 60]", cache_seconds)
        return cls(Database(url_or_path), clock=clock, cache_seconds=cache_seconds)

    def close(self) -> None:
        """Close the database."""
        self._remembered.forget()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def place(self) -> str:
        """Where the desk is, for people: a path, or a URL without its password."""
        return self._database.name

    # Keys

    def create_key(
        self,
        name: str,
        scope: str,
        *,
        actor: str,
        role: str | None = None,
        expires_at: datetime | None = None,
        member: str | None = None,
        reason: str = "",
    ) -> tuple[Key, str]:
        """Make a key; gives it and its secret, which is shown this once.

        Parameters
        ----------
        name : what people call it, 1 to 80 characters.
        scope : `shop`, `staff` or `admin`.
        role : the role that it acts in; without one and without a member, `shop`, `viewer` or
            `admin` by its scope.
        expires_at : a moment in the future, with a time zone; None for no end.
        member : the person whose key it is: it acts in that person's roles too, as they are when
            it is used, and ends when the person is erased.
        """
        with self._write() as (connection, now):
            key_id, secret = keys.create(
                connection,
                now,
                name=name,
                scope=scope,
                actor=actor,
                role=role,
                expires_at=expires_at,
                member=member,
                reason=_reason("create_key", reason),
            )
            return self._key(connection, key_id, now), secret

    def check_key(self, secret: str, *, scope: str | None = None) -> Key:
        """The key that a secret belongs to.

        Raises
        ------
        KeyRefusedError : its `why` is `unknown`, `revoked`, `expired`, or `scope` when the key's
            scope is smaller than `scope`.
        """
        key_id = tokens.identifier(secret, of="a key", letter="k")
        key = self._authenticated(keys.authenticate, key_id, tokens.digest(secret))
        keys.require_scope(key, scope)
        return key

    def revoke_key(self, key_id: str, *, actor: str, reason: str = "") -> Key:
        """Refuse a key from now on and end its sessions. One that was revoked stays so.

        This process refuses it at once, others within their `cache_seconds`.
        """
        with self._write() as (connection, now):
            keys.revoke(connection, now, key_id, actor, _reason("revoke_key", reason))
            return self._key(connection, key_id, now)

    def rotate_key(
        self, key_id: str, *, actor: str, overlap_minutes: float = 0, reason: str = ""
    ) -> tuple[Key, str]:
        """Give a key a new secret and end its sessions; gives the key and the secret.

        The old secret is refused at once, or works for `overlap_minutes` more (at most a week),
        so that a shop can change over without an outage.
        """
        with self._write() as (connection, now):
            text = _reason("rotate_key", reason)
            secret = keys.rotate(connection, now, key_id, actor, overlap_minutes, text)
            return self._key(connection, key_id, now), secret

    def keys(self) -> list[Key]:
        """Every key, revoked ones too, oldest first."""
        with self._database.read() as connection:
            return keys.read(connection, self._now())

    # Logging in

    def create_ticket(self, key_id: str, *, minutes: float = 10) -> str:
        """A log-in ticket for the console: lets one browser in as that key, once.

        It asks for no actor: it is for whoever holds the key, or runs a command on this machine.
        """
        with self._write() as (connection, now):
            return sessions.create_ticket(connection, now, key_id, minutes)

    def redeem_ticket(self, ticket: str, *, hours: float = 12) -> str:
        """Use up a ticket; gives a session token that is good for `hours`.

        Raises KeyRefusedError when the ticket was used, has expired, or its key has ended.
        """
        with self._write() as (connection, now):
            return sessions.redeem(connection, now, ticket, hours)

    def check_session(self, token: str) -> Key:
        """The key behind a session; KeyRefusedError when the session or its key has ended."""
        session_id = tokens.identifier(token, of="a session token", letter="s")
        return self._authenticated(sessions.authenticate, session_id, tokens.digest(token))

    def end_session(self, token: str) -> None:
        """End a session, as at a log-out; one that has ended stays so."""
        session_id = tokens.identifier(token, of="a session token", letter="s")
        with self._write() as (connection, now):
            sessions.end(connection, now, session_id, tokens.digest(token))

    # Roles and people

    def grant(self, member: str, role: str, *, actor: str, reason: str = "") -> bool:
        """Give a person, or a key, a role that is not above the actor's own.

        False when it was held already. A name that is new is given an id.
        """
        with self._write() as (connection, now):
            text = _reason("grant", reason)
            return membership.grant(connection, now, member, role, actor, text)

    def withdraw(self, member: str, role: str, *, actor: str, reason: str = "") -> bool:
        """Take a role that is not above the actor's own; False when it was not held."""
        with self._write() as (connection, now):
            text = _reason("withdraw", reason)
            return membership.withdraw(connection, now, member, role, actor, text)

    def roles(self, member: str) -> tuple[str, ...]:
        """The roles of a person (name or id) or a key, the broadest first; () for a stranger."""
        with self._database.read() as connection:
            found = people.find(connection, "roles", "member", member)
            return () if found is None else people.roles(connection, found, self._now())

    def allows(self, role_or_member: str, permission: str) -> bool:
        """Whether a role, a person or a key has a permission of `chowk.desk.PERMISSIONS`."""
        wanted = matrix.checked_permission("allows", permission)
        if role_or_member in people.SYSTEM_ACTORS:
            return True
        held = (role_or_member,) if role_or_member in matrix.ROLES else self.roles(role_or_member)
        return wanted in matrix.permissions(held)

    def members(self) -> list[Member]:
        """Everybody who was ever at the desk, oldest first; the erased without their names."""
        with self._database.read() as connection:
            return membership.members(connection)

    def pseudonym(self, name: str) -> str:
        """The id under which a person's doings are kept; a new name is given one."""
        with self._write() as (connection, now):
            return people.identify(connection, "pseudonym", "name", name, now)

    def erase(self, member: str, *, actor: str = "cli") -> None:
        """Forget a person: the name, the reasons typed by and about him, roles and sessions; his
        keys are revoked. The audit log still verifies, about an id that leads nowhere.
        """
        with self._write() as (connection, now):
            membership.erase(connection, now, member, actor)
        self._database.forget()

    # The audit log

    def record(
        self,
        *,
        actor: str,
        role: str | None = None,
        action: str,
        subject: str,
        before: Facts | None = None,
        after: Facts | None = None,
        reason: str = "",
    ) -> AuditRow:
        """Append a row to the audit log; it is on the disk when this returns.

        Parameters
        ----------
        role : the role the actor acted in; None for the broadest that he holds.
        action : lower-case words with dots: `collection.published`.
        subject : what it was done to, as `kind:id`; no personal data.
        before, after : ids, versions, counts and states; no personal data, no free text.
        reason : what the actor typed, up to 2000 characters; it can be erased later.
        """
        if not isinstance(action, str) or len(action) > 64 or not _ACTION.fullmatch(action):
            rule = "lower-case words with dots, at most 64 characters: 'collection.published'"
            raise parameter("record", "action", rule, action)
        if action in audit.ERASING:
            raise parameter("record", "action", "one that the desk does not write itself", action)
        if role is not None and role not in ("system", "none"):
            matrix.checked_role("record", role)
        about = impersonal("record", "subject", checked("record", "subject", subject, limit=300))
        change = (facts("record", "before", before), facts("record", "after", after))
        text = _reason("record", reason)
        with self._write(keys_change=False) as (connection, now):
            by = people.actor(connection, "record", actor, now)
            seq = audit.append(
                connection,
                now,
                actor=by.actor_id,
                role=by.role if role is None else role,
                action=action,
                subject=about,
                before=change[0],
                after=change[1],
                reason=text,
            )
            return audit.rows(connection, after=seq - 1, limit=1)[0]

    def audit(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        subject: str | None = None,
        actor: str | None = None,
    ) -> list[AuditRow]:
        """Rows of the audit log with a number above `after`, oldest first, at most `limit`
        (1 to 10000); only those about `subject`, or by `actor` (name or id), when given."""
        if not isinstance(limit, int) or not 1 <= limit <= 10_000:
            raise parameter("audit", "limit", "an int in [1, 10000]", limit)
        if not isinstance(after, int) or not 0 <= after < 2**63:
            raise parameter("audit", "after", "an int, 0 or more", after)
        with self._database.read() as connection:
            by = actor
            if actor is not None and actor not in people.SYSTEM_ACTORS:
                by = people.find(connection, "audit", "actor", actor)
                if by is None:
                    return []
            return audit.rows(connection, after=after, limit=limit, subject=subject, actor=by)

    def audit_end(self) -> Checked:
        """How many rows there are, and the last one's hash. Kept elsewhere (in a mail, on paper)
        and given to `verify_audit` later, it shows that nothing before it was rewritten."""
        with self._database.read() as connection:
            return audit.head(connection)

    def verify_audit(self, *, anchor: Checked | None = None) -> int:
        """Recompute the whole chain; gives the number of rows.

        Raises AuditChainError, which names the first row that was changed, removed or added.
        """
        with self._database.read() as connection:
            end = audit.head(connection)
            found = audit.verify(audit.stored(connection), anchor=anchor)
        if found != end:
            raise AuditChainError(
                f"The audit log ends with row {found.rows}, and its head says row {end.rows}: "
                "rows were removed or added at its end. Restore the desk from a backup, and find "
                "out who could write to its database."
            )
        return found.rows

    def export_audit(self, file: str | os.PathLike[str] | IO[str], *, reasons: bool = True) -> int:
        """Write the audit log as JSON lines to a path or an open text file; gives the rows.

        `chowk.desk.verify_export` checks such a file without a desk. What was exported is out of
        reach of `erase`: leave the typed reasons out with `reasons=False` where that matters.
        """
        with exports.opened(file) as handle, self._database.read() as connection:
            count = 0
            for line in exports.lines(audit.stored(connection), reasons=reasons):
                handle.write(line)
                count += 1
            return count

    def erase_reason(self, seq: int, *, actor: str) -> None:
        """Forget the reason typed for row `seq`; the audit log still verifies."""
        with self._write(keys_change=False) as (connection, now):
            membership.erase_reason(connection, now, seq, actor)
        self._database.forget()

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy a SQLite desk, as it is now, to a new file, while others go on writing.

        Raises DeskError for a file that exists, and on PostgreSQL (use pg_dump there).
        """
        self._database.backup(Path(path))

    # How it is done

    def _now(self) -> datetime:
        return self._clock()

    @contextlib.contextmanager
    def _write(self, *, keys_change: bool = True) -> Iterator[tuple[sa.Connection, datetime]]:
        with self._database.write() as connection:
            yield connection, audit.present(connection, self._now())
        if keys_change:
            self._remembered.forget()

    def _authenticated(
        self,
        ask: Callable[[sa.Connection, datetime, str, str], tuple[Key, datetime | None]],
        identifier: str,
        digest: str,
    ) -> Key:
        """The key that `ask` finds, or that it found a moment ago."""
        now = self._now()
        remembered = self._remembered.find(identifier, digest, now)
        if remembered is not None:
            return remembered
        mark = self._remembered.mark()
        with self._database.read() as connection:
            key, ends = ask(connection, now, identifier, digest)
        self._remembered.keep(mark, identifier, digest, key, ends)
        return key

    def _key(self, connection: sa.Connection, key_id: str, now: datetime) -> Key:
        return keys.read(connection, now, tables.keys.c.key_id == key_id)[0]


def _reason(caller: str, reason: str) -> str:
    return checked(caller, "reason", reason, limit=2000, empty=True, lines=True)
