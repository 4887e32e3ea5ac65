"""Who is told of the queue's steps by HTTP: subscriptions, and how far each was told.

A subscription reads the audit log from where it left off, one step at a time, so nothing is missed
and the order holds. `take` lends the next step to one process for a while; `told` moves on, and
`failed` waits longer each time (10 s, doubled, at most an hour) until the step is given up after
`ATTEMPTS`. A process that dies with a step in hand leaves it to be told again: the receiver knows
it by its idempotency key.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import sqlalchemy as sa

from chowk.errors import NotAtDeskError, parameter

from . import audit, people, queue_items, queue_told, tables, tokens
from .queue import Write
from .queue_told import Step
from .texts import canonical, checked, moment, stamp

if TYPE_CHECKING:
    from .database import Database

#: How often a step is tried before it is given up.
ATTEMPTS = 8
#: For how long a process that took a step has it to itself.
LEASE = timedelta(seconds=30)


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription: where, of which kinds, how far it was told, and how the last try went."""

    webhook_id: str
    url: str
    kinds: tuple[str, ...]
    told: int
    attempts: int
    next_at: datetime
    given_up: int
    last_answer: str
    created_at: datetime
    ended_at: datetime | None


class Webhooks:
    """Subscriptions to the queue's steps.

    Get it as the desk\'s `desk.webhooks`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from chowk.desk import Desk
    >>> desk = Desk.open(pathlib.Path(tempfile.mkdtemp()) / "desk.db")
    >>> hook, secret = desk.webhooks.add("https://shop.example/held", actor="cli")
    >>> item = desk.queue.propose("message", "message:m1", payload_version="1")
    >>> desk.webhooks.take()[0][1].action
    'proposed'
    >>> desk.close()
    """

    def __init__(self, database: Database, write: Write, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._write = write
        self._clock = clock

    def add(
        self, url: str, *, actor: str, kinds: Sequence[str] = (), reason: str = ""
    ) -> tuple[Webhook, str]:
        """Tell a URL of all steps from now on; gives the subscription, and the secret with which
        each request is signed, which is shown this once.

        Parameters
        ----------
        kinds : of `chowk.desk.KINDS`; all when none is given.
        """
        checked("add", "url", url, limit=2000)
        try:
            parts = urlsplit(url)
            fine = parts.scheme in ("http", "https") and bool(parts.hostname)
            fine = fine and parts.username is None and parts.port != 0
        except ValueError:
            fine = False
        if not fine:
            rule = "an http or https URL with a host and without a password"
            raise parameter("add", "url", rule, url)
        wanted = [queue_items.checked_kind("add", kind).name for kind in kinds]
        secret = secrets.token_urlsafe(32)
        with self._write() as (connection, now):
            by = people.actor(connection, "add", actor, now)
            by.require("moderation.configure", "add a webhook")
            webhook_id = tokens.new_id("w")
            seq = audit.append(
                connection,
                now,
                actor=by.actor_id,
                role=by.role,
                action="webhook.added",
                subject=f"webhook:{webhook_id}",
                after={"kinds": wanted},
                reason=checked("add", "reason", reason, limit=2000, empty=True, lines=True),
            )
            connection.execute(
                tables.webhooks.insert().values(
                    webhook_id=webhook_id,
                    url=url,
                    secret=secret,
                    kinds=canonical(wanted),
                    told=seq,
                    attempts=0,
                    next_at=stamp(now),
                    given_up=0,
                    last_answer="",
                    created_at=stamp(now),
                    created_by=by.actor_id,
                )
            )
            return _webhook(_row(connection, webhook_id)), secret

    def end(self, webhook_id: str, *, actor: str, reason: str = "") -> Webhook:
        """Tell a URL nothing more; one that has ended stays so."""
        with self._write() as (connection, now):
            by = people.actor(connection, "end", actor, now)
            by.require("moderation.configure", "end a webhook")
            row = _row(connection, webhook_id)
            if row.ended_at is None:
                _change(connection, webhook_id, ended_at=stamp(now), secret="")
                audit.append(
                    connection,
                    now,
                    actor=by.actor_id,
                    role=by.role,
                    action="webhook.ended",
                    subject=f"webhook:{webhook_id}",
                    reason=checked("end", "reason", reason, limit=2000, empty=True, lines=True),
                )
            return _webhook(_row(connection, webhook_id))

    def all(self) -> list[Webhook]:
        """Every subscription, ended ones too, oldest first."""
        own = tables.webhooks.c
        query = sa.select(tables.webhooks).order_by(own.created_at, own.webhook_id)
        with self._database.read() as connection:
            return [_webhook(row) for row in connection.execute(query)]

    def take(self) -> list[tuple[Webhook, Step, str]]:
        """The next step of each subscription whose time has come, with its secret; nobody else
        gets it for `LEASE`."""
        own = tables.webhooks.c
        with self._database.read() as connection:
            rows = list(connection.execute(self._due(self._clock())))
            if not any(self._next(connection, row) for row in rows):
                return []  # the common case, without asking for the writer's lock
        found = []
        with self._write() as (connection, now):
            for row in connection.execute(self._due(now)).all():
                step = self._next(connection, row)
                if step is not None:
                    change = tables.webhooks.update().where(own.webhook_id == row.webhook_id)
                    connection.execute(change.values(next_at=stamp(now + LEASE)))
                    found.append((_webhook(row), step, str(row.secret)))
        return found

    def told(self, webhook_id: str, seq: int, answer: str) -> None:
        """The step of that number arrived."""
        with self._write() as (connection, now):
            row = _row(connection, webhook_id)
            if row.told < seq:
                news = {"told": seq, "attempts": 0, "last_answer": answer[:64]}
                _change(connection, webhook_id, next_at=stamp(now), **news)

    def failed(self, webhook_id: str, seq: int, answer: str) -> None:
        """The step of that number did not arrive: try again later, or give it up."""
        with self._write() as (connection, now):
            row = _row(connection, webhook_id)
            if row.told >= seq:
                return
            attempts = row.attempts + 1
            if attempts >= ATTEMPTS:
                news = {"told": seq, "attempts": 0, "given_up": row.given_up + 1}
                _change(connection, webhook_id, next_at=stamp(now), last_answer=answer[:64], **news)
                return
            wait = min(timedelta(hours=1), timedelta(seconds=10 * 2 ** (attempts - 1)))
            _change(
                connection,
                webhook_id,
                attempts=attempts,
                next_at=stamp(now + wait),
                last_answer=answer[:64],
            )

    def _due(self, now: datetime) -> sa.Select[Any]:
        own = tables.webhooks.c
        return sa.select(tables.webhooks).where(own.ended_at.is_(None), own.next_at <= stamp(now))

    def _next(self, connection: sa.Connection, row: Any) -> Step | None:
        kinds = json.loads(row.kinds)
        where = [queue_items.among(tables.items.c.kind, kinds)] if kinds else []
        found = queue_told.read(connection, *where, after=row.told, limit=1)
        return found[0] if found else None


def _row(connection: sa.Connection, webhook_id: str) -> Any:
    own = tables.webhooks.c
    found = connection.execute(
        sa.select(tables.webhooks).where(own.webhook_id == str(webhook_id)[:16])
    ).one_or_none()
    if found is None:
        raise NotAtDeskError(
            f"There is no webhook {str(webhook_id)[:40]!r}. Webhooks.all() lists them."
        )
    return found


def _change(connection: sa.Connection, webhook_id: str, **values: Any) -> None:
    own = tables.webhooks.c
    connection.execute(
        tables.webhooks.update().where(own.webhook_id == webhook_id).values(**values)
    )


def _webhook(row: Any) -> Webhook:
    return Webhook(
        webhook_id=row.webhook_id,
        url=row.url,
        kinds=tuple(json.loads(row.kinds)),
        told=row.told,
        attempts=row.attempts,
        next_at=moment(row.next_at),
        given_up=row.given_up,
        last_answer=row.last_answer,
        created_at=moment(row.created_at),
        ended_at=None if row.ended_at is None else moment(row.ended_at),
    )
