"""Looking into the queue: one item, lists, counts, histories, batches, and what happened since.

Everything here reads only. With an `actor`, what that one's roles and seats let him see; without,
everything, which is for Chowk itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from chowk.errors import parameter

from . import audit, people, queue_items, queue_told, tables
from . import queue_rights as rights
from . import queue_steps as steps
from .audit import AuditRow
from .queue_items import STATES, Item
from .queue_told import Step
from .texts import checked, moment, stamp

if TYPE_CHECKING:
    from .database import Database

#: Most items of one list or batch.
MOST = 1_000


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What one person decided at one moment on several items, which may be undone.

    `kind` and `queue` are None where the items are of several; `kinds` and `queues` name them all.
    """

    kind: str | None
    queue: str | None
    kinds: list[str]
    queues: list[str]
    state: str
    by: str
    at: datetime
    item_ids: list[str]


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """Two looks at one item: a trainee's advice and the decision, or a decision and its appeal."""

    item_id: str
    first_by: str
    first: str
    first_at: datetime
    final_by: str
    final: str
    overturned: bool


class Looking:
    """The part of `chowk.desk.Queue` that reads."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def due(self) -> bool:
        """Whether `expire` would find anything by the clock; reads only."""
        own, now = tables.items.c, stamp(self._clock())
        over = sa.or_(
            sa.and_(own.state.in_(sorted(queue_items.OPEN)), own.expires_at <= now),
            sa.and_(own.state == "claimed", own.claimed_until <= now),
        )
        with self._database.read() as connection:
            query = sa.select(own.item_id).where(over).limit(1)
            return connection.execute(query).scalar() is not None

    def item(self, item_id: str, *, actor: str | None = None) -> Item:
        """One item; NotAllowedError when `actor` may not see it."""
        with self._database.read() as connection:
            row = queue_items.one(connection, "item", item_id)
            if actor is not None:
                by = steps.reader(connection, "item", actor, self._clock())
                steps.require(connection, by, row, "queue.see")
            return queue_items.item_of(row)

    def items(
        self,
        *,
        state: str | None = None,
        kinds: Iterable[str] | None = None,
        queues: Iterable[str] | None = None,
        subject: str | None = None,
        party: str | None = None,
        claimed_by: str | None = None,
        after: str | None = None,
        limit: int = 100,
        actor: str | None = None,
    ) -> list[Item]:
        """Items, the most urgent first and of those the oldest, at most `limit` (1 to 1000).

        Parameters
        ----------
        state : of `chowk.desk.STATES`, or `open` for those that wait or are claimed.
        after : the id of the last item that was read; the list goes on behind it.
        actor : only what this one may see; None for everything, which is for Chowk itself.
        """
        _limit("items", limit)
        own = tables.items.c
        where: list[sa.ColumnElement[bool]] = []
        if state == "open":
            where.append(own.state.in_(sorted(queue_items.OPEN)))
        elif state is not None:
            if state not in STATES:
                raise parameter("items", "state", f"'open' or one of {', '.join(STATES)}", state)
            where.append(own.state == state)
        if kinds is not None:
            named = [queue_items.checked_kind("items", kind).name for kind in kinds]
            where.append(queue_items.among(own.kind, named))
        if queues is not None:
            where.append(queue_items.among(own.queue, list(queues)))
        if subject is not None:
            where.append(own.subject == checked("items", "subject", subject, limit=300))
        if party is not None:
            where.append(own.party == checked("items", "party", party, limit=300))
        with self._database.read() as connection:
            if claimed_by is not None:
                who = people.find(connection, "items", "claimed_by", claimed_by)
                if who is None:
                    return []
                where.append(own.claimed_by == rights.person(connection, who))
            if actor is not None:
                by = steps.reader(connection, "items", actor, self._clock())
                where.append(steps.visible(connection, by, None, "queue.see"))
            if after is not None:
                where.append(queue_items.after(connection, "items", after))
            return queue_items.read(connection, *where, limit=limit)

    def latest(
        self,
        states: Sequence[str],
        *,
        kinds: Iterable[str] | None = None,
        queues: Iterable[str] | None = None,
        since: datetime | None = None,
        limit: int = 1_000,
    ) -> list[Item]:
        """Items of those states by when they came to it, the newest first, at most `limit`
        (1 to 10000): decided ones by their decision, others by their proposal. For Chowk itself."""
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 10 * MOST:
            raise parameter("latest", "limit", f"an int in [1, {10 * MOST}]", limit)
        unknown = sorted(set(states) - set(STATES))
        if unknown:
            raise parameter("latest", "states", f"some of {', '.join(STATES)}", unknown[0])
        own = tables.items.c
        at = sa.func.coalesce(own.decided_at, own.proposed_at)
        where: list[sa.ColumnElement[bool]] = [own.state.in_(list(states))]
        if kinds is not None:
            named = [queue_items.checked_kind("latest", kind).name for kind in kinds]
            where.append(queue_items.among(own.kind, named))
        if queues is not None:
            where.append(queue_items.among(own.queue, list(queues)))
        if since is not None:
            where.append(at >= stamp(since))
        with self._database.read() as connection:
            return queue_items.read(connection, *where, limit=limit, newest=at)

    def counts(self) -> dict[tuple[str, str, str], int]:
        """How many items there are, by kind, queue and state."""
        own = tables.items.c
        query = sa.select(own.kind, own.queue, own.state, sa.func.count()).group_by(
            own.kind, own.queue, own.state
        )
        with self._database.read() as connection:
            return {(r[0], r[1], r[2]): int(r[3]) for r in connection.execute(query)}

    def history(self, item_id: str) -> list[AuditRow]:
        """The rows of the audit log about an item, oldest first."""
        with self._database.read() as connection:
            row = queue_items.one(connection, "history", item_id)
            return audit.rows(connection, limit=10_000, subject=f"item:{row.item_id}")

    def steps(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        kinds: Iterable[str] | None = None,
        party: str | None = None,
        actor: str | None = None,
    ) -> list[Step]:
        """What happened behind row `after` of the audit log, oldest first, at most `limit`.

        Parameters
        ----------
        party : only of items that are this one's, as he is told of them.
        actor : only of items that this one may see; None for everything.
        """
        _limit("steps", limit)
        own = tables.items.c
        where: list[sa.ColumnElement[bool]] = []
        if kinds is not None:
            where.append(queue_items.among(own.kind, list(kinds)))
        if party is not None:
            where.append(own.party == party)
        with self._database.read() as connection:
            if actor is not None:
                by = steps.reader(connection, "steps", actor, self._clock())
                where.append(steps.visible(connection, by, None, "queue.see"))
            return queue_told.read(connection, *where, after=after, limit=limit)

    def looks(self, *, since: datetime) -> list[Looked]:
        """Items at which two people looked since a moment, by their last two looks; an item whose
        decision was undone has none."""
        log = tables.audit.c
        said = ("item.advised", "item.decided", "item.overturned", "item.reopened")
        query = (
            sa.select(log.at, log.subject, log.action, log.actor, log.after)
            .where(log.action.in_(said), log.at >= stamp(since))
            .order_by(log.seq)
            .limit(100_000)
        )
        seen: dict[str, list[tuple[str, str, datetime, str]]] = {}
        with self._database.read() as connection:
            whose: dict[str, str] = {}
            for row in connection.execute(query):
                own = seen.setdefault(row.subject.removeprefix("item:"), [])
                if row.action == "item.reopened":
                    own.clear()
                    continue
                if row.actor not in whose:
                    whose[row.actor] = rights.person(connection, row.actor)
                told = json.loads(row.after)
                state = queue_items.OUTCOMES.get(told.get("advice"), told["state"])
                own.append((whose[row.actor], state, moment(row.at), row.action))
        return [
            Looked(
                item_id=item_id,
                first_by=own[-2][0],
                first=own[-2][1],
                first_at=own[-2][2],
                final_by=own[-1][0],
                final=own[-1][1],
                overturned=own[-1][3] == "item.overturned",
            )
            for item_id, own in seen.items()
            if len(own) > 1
        ]

    def batches(self, *, since: datetime, actor: str, limit: int = 100) -> list[Decided]:
        """What was decided on two items or more at once since a moment, the newest first: only
        where `actor` may undo it, and only of what stands as it was decided then.

        One is whole over all queues and kinds: of one that reached into another queue, the single
        item there is shown too, since it could not be found to undo otherwise.
        """
        _limit("batches", limit)
        own = tables.items.c
        key = (own.decided_at, own.decided_by, own.state)
        with self._database.read() as connection:
            by = steps.reader(connection, "batches", actor, self._clock())
            mine = steps.visible(connection, by, None, "queue.many")
            where = sa.and_(
                own.decided_at >= stamp(since),
                own.state.in_(sorted(queue_items.OUTCOMES.values())),
            )
            # Counted over all items: of those that `actor` may undo there may be one alone.
            seen = sa.func.sum(sa.case((mine, 1), else_=0))
            query = sa.select(*key).where(where).group_by(*key)
            query = query.having(sa.func.count() > 1, seen > 0)
            found = []
            for row in connection.execute(query.order_by(own.decided_at.desc()).limit(limit)):
                same = [column == value for column, value in zip(key, row, strict=True)]
                items = sa.select(own.item_id, own.kind, own.queue).where(mine, *same)
                rows = connection.execute(items.order_by(own.item_id).limit(MOST)).all()
                kinds = sorted({one.kind for one in rows})
                queues = sorted({one.queue for one in rows})
                found.append(
                    Decided(
                        kind=kinds[0] if len(kinds) == 1 else None,
                        queue=queues[0] if len(queues) == 1 else None,
                        kinds=kinds,
                        queues=queues,
                        state=row.state,
                        by=row.decided_by,
                        at=moment(row.decided_at),
                        item_ids=[one.item_id for one in rows],
                    )
                )
            return found


def _limit(caller: str, limit: int) -> None:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise parameter(caller, "limit", f"an int in [1, {MOST}]", limit)
