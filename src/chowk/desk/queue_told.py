"""What happened in the queue, in order: for streams, webhooks, and whoever waits for an outcome.

A step is a row of the audit log about an item, joined with whose the item is. Its number only
rises, so a reader that keeps the last number it has seen misses nothing and sees nothing twice.
"""

from __future__ import annotations

import json
from datetime import datetime

import msgspec
import sqlalchemy as sa

from . import tables
from .texts import moment


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one item.

    Parameters
    ----------
    seq : the number of its row in the audit log; to go on from.
    action : `proposed`, `claimed`, `lapsed`, `released`, `assigned`, `advised`, `decided`,
        `overturned`, `reopened`, `expired` or `superseded`.
    state : the item's state after the step.
    party : whose the item is; None once erased.
    actor : who did it, as an id.
    """

    seq: int
    at: datetime
    action: str
    item_id: str
    kind: str
    queue: str
    subject: str
    party: str | None
    payload_version: str
    state: str
    norm: str | None
    actor: str


def read(
    connection: sa.Connection, *where: sa.ColumnElement[bool], after: int, limit: int
) -> list[Step]:
    """The steps behind row `after` of the audit log, oldest first."""
    log, own = tables.audit.c, tables.items.c
    query = (
        sa.select(
            log.seq,
            log.at,
            log.action,
            log.after,
            log.actor,
            own.item_id,
            own.kind,
            own.queue,
            own.subject,
            own.party,
            own.payload_version,
        )
        .join(tables.items, log.subject == sa.literal("item:").concat(own.item_id))
        .where(log.seq > after, log.action.like("item.%"), *where)
        .order_by(log.seq)
        .limit(limit)
    )
    found = []
    for row in connection.execute(query):
        said = json.loads(row.after)
        found.append(
            Step(
                seq=row.seq,
                at=moment(row.at),
                action=row.action.removeprefix("item."),
                item_id=row.item_id,
                kind=row.kind,
                queue=row.queue,
                subject=row.subject,
                party=row.party,
                payload_version=row.payload_version,
                state=said["state"],
                norm=said.get("norm"),
                actor=row.actor,
            )
        )
    return found
