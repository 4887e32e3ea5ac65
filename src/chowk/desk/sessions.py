"""Logging in to the console: a ticket for one use, and the session that it gives.

`chowk` on the desk's machine prints a link with a ticket; the browser hands it in and gets a
session token, which goes into a cookie. Neither is stored, only its digest. A ticket in a browser's
history is worth nothing, since it was used; a session ends with its key.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from chowk.errors import KeyRefusedError, NotAtDeskError, parameter

from . import audit, keys, tables, tokens
from .keys import Key
from .texts import moment, stamp


def create_ticket(connection: sa.Connection, now: datetime, key_id: str, minutes: float) -> str:
    """A ticket that lets the bearer in as `key_id`, once, within `minutes`."""
    if not 0 < minutes <= 24 * 60:
        raise parameter("create_ticket", "minutes", "a number in (0, 1440]", minutes)
    found = keys.read(connection, now, tables.keys.c.key_id == key_id)
    if not found:
        raise NotAtDeskError(
            "create_ticket knows no key of that id: it is the k and 12 digits within a secret, "
            "as in k3f9a0b1c2d4e. Desk.keys() lists them."
        )
    key = found[0]
    keys.require_alive(key, now)
    if key.scope == "shop":
        raise KeyRefusedError(
            f"The key {key_id} has the scope shop, and the console needs staff or admin. "
            "Use a key of that scope.",
            "scope",
        )
    ticket_id = tokens.new_id("t")
    ticket = tokens.new_secret("ticket", ticket_id)
    connection.execute(
        tables.tickets.insert().values(
            ticket_id=ticket_id,
            key_id=key_id,
            digest=tokens.digest(ticket),
            expires_at=stamp(now + timedelta(minutes=minutes)),
        )
    )
    _log(connection, now, key, "ticket.created")
    return ticket


def redeem(connection: sa.Connection, now: datetime, ticket: str, hours: float) -> str:
    """Exchange a ticket for a session token that lives `hours`; the ticket is used up."""
    if not 0 < hours <= 30 * 24:
        raise parameter("redeem_ticket", "hours", "a number in (0, 720]", hours)
    ticket_id = tokens.identifier(ticket, of="a log-in ticket", letter="t")
    for table in (tables.tickets, tables.sessions):  # nobody else clears what is over
        connection.execute(table.delete().where(table.c.expires_at <= stamp(now)))
    row = connection.execute(
        sa.select(tables.tickets).where(tables.tickets.c.ticket_id == ticket_id)
    ).one_or_none()
    if row is None or not tokens.same(row.digest, tokens.digest(ticket)):
        raise KeyRefusedError(
            "This log-in ticket was used, has expired, or never was. Ask for a new one: "
            "each lets one browser in, once.",
        )
    connection.execute(tables.tickets.delete().where(tables.tickets.c.ticket_id == ticket_id))
    key = keys.read(connection, now, tables.keys.c.key_id == row.key_id)[0]
    keys.require_alive(key, now)
    session_id = tokens.new_id("s")
    token = tokens.new_secret("session", session_id)
    connection.execute(
        tables.sessions.insert().values(
            session_id=session_id,
            key_id=key.key_id,
            digest=tokens.digest(token),
            expires_at=stamp(now + timedelta(hours=hours)),
        )
    )
    _log(connection, now, key, "session.opened")
    return token


def authenticate(
    connection: sa.Connection, now: datetime, session_id: str, digest: str
) -> tuple[Key, datetime]:
    """The key behind a session, and until when it lives; KeyRefusedError when it is over."""
    row = connection.execute(
        sa.select(tables.sessions).where(tables.sessions.c.session_id == session_id)
    ).one_or_none()
    if row is None or not tokens.same(row.digest, digest):
        raise KeyRefusedError("There is no such session: it has ended. Log in again.")
    if row.expires_at <= stamp(now):
        raise KeyRefusedError(
            f"This session ended at {moment(row.expires_at):%Y-%m-%d %H:%M} UTC. Log in again.",
            "expired",
        )
    key = keys.read(connection, now, tables.keys.c.key_id == row.key_id)[0]
    keys.require_alive(key, now)
    return key, moment(row.expires_at)


def end(connection: sa.Connection, now: datetime, session_id: str, digest: str) -> None:
    """End a session; nothing happens when it is over, or never was."""
    row = connection.execute(
        sa.select(tables.sessions).where(tables.sessions.c.session_id == session_id)
    ).one_or_none()
    if row is None or not tokens.same(row.digest, digest):
        return
    connection.execute(tables.sessions.delete().where(tables.sessions.c.session_id == session_id))
    key = keys.read(connection, now, tables.keys.c.key_id == row.key_id)[0]
    _log(connection, now, key, "session.ended")


def _log(connection: sa.Connection, now: datetime, key: Key, action: str) -> None:
    audit.append(
        connection,
        now,
        actor=key.key_id,
        role=key.role or "none",
        action=action,
        subject=f"key:{key.key_id}",
    )
