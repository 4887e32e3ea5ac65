"""Who wants no pick-up notices: address ids, kept beside the audit log, where they can be erased.

An opt-out outlives every import of the addresses, which is why it is no column of their table. Each
step is a row of the audit log about the remark's id; the address's own id stands only here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from . import audit, people, tables, tokens
from .queue import Write
from .texts import checked, stamp

if TYPE_CHECKING:
    from .database import Database

KIND = "opt_out"
_QUEUE = "notices"
_PERMISSION = "notices.send"


class Declined:
    """The opt-outs of pick-up notices.

    Get it as the desk's `desk.declined`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from chowk.desk import Desk
    >>> desk = Desk.open(pathlib.Path(tempfile.mkdtemp()) / "desk.db")
    >>> desk.declined.add("a7", actor="cli"), desk.declined.add("a7", actor="cli")
    (True, False)
    >>> sorted(desk.declined.all()), desk.declined.remove("a7", actor="cli")
    (['a7'], True)
    >>> desk.close()
    """

    def __init__(self, database: Database, write: Write, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._write = write
        self._clock = clock

    def add(self, address_id: str, *, actor: str, reason: str = "") -> bool:
        """Send this address no notices from now on; False when that was so already."""
        about = checked("add", "address_id", address_id, limit=300)
        with self._write() as (connection, now):
            by = people.actor(connection, "add", actor, now)
            by.require(_PERMISSION, "opt an address out of notices")
            if connection.execute(sa.select(tables.remarks.c.remark_id).where(_held(about))).all():
                return False
            remark_id = tokens.new_id("r")
            connection.execute(
                tables.remarks.insert().values(
                    remark_id=remark_id,
                    kind=KIND,
                    queue=_QUEUE,
                    subject=about,
                    body="{}",
                    written_at=stamp(now),
                    written_by=by.actor_id,
                )
            )
            _log(connection, now, by, "notices.declined", remark_id, reason)
            return True

    def remove(self, address_id: str, *, actor: str, reason: str = "") -> bool:
        """Let notices go to this address again; False when it was not opted out."""
        about = checked("remove", "address_id", address_id, limit=300)
        with self._write() as (connection, now):
            by = people.actor(connection, "remove", actor, now)
            by.require(_PERMISSION, "let notices go to an address again")
            own = tables.remarks.c
            held = list(connection.execute(sa.select(own.remark_id).where(_held(about))).scalars())
            for remark_id in held:
                change = tables.remarks.update().where(own.remark_id == remark_id)
                # Nothing has to be known any more of an opt-out that was taken back.
                connection.execute(change.values(withdrawn_at=stamp(now), subject=None))
                _log(connection, now, by, "notices.accepted", remark_id, reason)
            return bool(held)

    def all(self) -> set[str]:
        """The ids of all addresses that get no notices."""
        own = tables.remarks.c
        query = sa.select(own.subject).where(
            own.kind == KIND, own.withdrawn_at.is_(None), own.subject.is_not(None)
        )
        with self._database.read() as connection:
            return {str(subject) for subject in connection.execute(query).scalars()}


def _held(address_id: str) -> sa.ColumnElement[bool]:
    own = tables.remarks.c
    return sa.and_(own.kind == KIND, own.subject == address_id, own.withdrawn_at.is_(None))


def _log(
    connection: sa.Connection,
    now: datetime,
    by: people.Actor,
    action: str,
    remark_id: str,
    reason: str,
) -> None:
    audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action=action,
        subject=f"remark:{remark_id}",
        before=None,
        after=None,
        reason=checked("desk.declined", "reason", reason, limit=2000, empty=True, lines=True),
    )
