"""The audit log: who did what, in what role, to what; only ever appended, each row sealed by the
next.

Row n holds h_n = SHA-256(h_{n-1} ‖ newline ‖ canonical JSON of its own fields), h_0 = 64 zeros, as
in Schneier and Kelsey, "Secure audit logs to support computer forensics" (ACM TISSEC 2, 1999). The
newest h_n stands in the head row, under whose lock the next row is written, so the chain has one
end however many processes write. Triggers refuse changes and removals; whoever gets round them is
found by `verify`, except one who rewrites everything to the end: for that, keep `head` elsewhere.

What can name a person is not in the chain: an actor is a pseudonymous id, and a typed reason is
kept beside it, the chain having only SHA-256(salt ‖ reason). Both can be erased, and h_n stands.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from chowk.errors import AuditChainError

from . import tables
from .texts import canonical, moment, stamp

GENESIS = "0" * 64
#: A clock that goes back by no more than this is taken to stand still.
BACK = timedelta(hours=1)
#: Rows read at once when all are read.
_PAGE = 1000
#: Actions whose `after` names the rows whose reasons they erased.
ERASING = ("person.erased", "reason.erased")

#: The fields that a row's hash covers, besides the hash before it.
SEALED = ("seq", "at", "actor", "role", "action", "subject", "before", "after", "reason_digest")


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit log.

    Parameters
    ----------
    seq : its number, from 1, without gaps.
    at : when it was written (UTC).
    actor : the id of who did it: a member, a key, or `cli` or `system`.
    actor_name : the name that belongs to it now; None once it is erased.
    role : the role he acted in.
    action, subject : what was done, to what: `key.revoked`, `key:k3f9a0b1c2d4e`.
    before, after : ids and versions.
    reason : what he typed; None once it is erased.
    previous, hash : the seals of the row before and of this one.
    """

    seq: int
    at: datetime
    actor: str
    actor_name: str | None
    role: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    previous: str
    hash: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A chain that held: how many rows, and the last one's hash."""

    rows: int
    hash: str


def present(connection: sa.Connection, now: datetime) -> datetime:
    """The moment of a change: now, or the last row's when the clock went back a little.

    So a claim that ended does not come to life again when a clock is set right by minutes. One
    that was wrong by more than `BACK` was wrong before, and is followed.
    """
    log = tables.audit.c
    last = connection.execute(sa.select(log.at).order_by(log.seq.desc()).limit(1)).scalar()
    if last is None:
        return now
    then = moment(last)
    return then if now < then <= now + BACK else now


def seal(previous: str, fields: Mapping[str, Any]) -> str:
    """h_n from h_{n-1} and the row's own fields."""
    own = canonical({name: fields[name] for name in SEALED})
    return hashlib.sha256(f"{previous}\n{own}".encode()).hexdigest()


def reason_digest(salt: str, text: str) -> str:
    """What the chain keeps of a typed reason."""
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()


def append(
    connection: sa.Connection,
    at: datetime,
    *,
    actor: str,
    role: str,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> int:
    """Write the next row within the transaction of what it tells of; gives its number.

    `connection` is a `Database.write()`; `before` and `after` are kept as canonical JSON.
    """
    head = connection.execute(sa.select(tables.head.c.seq, tables.head.c.hash)).one()
    salt = secrets.token_hex(16)
    fields = {
        "seq": head.seq + 1,
        "at": stamp(at),
        "actor": actor,
        "role": role,
        "action": action,
        "subject": subject,
        "before": None if before is None else canonical(before),
        "after": None if after is None else canonical(after),
        "reason_digest": reason_digest(salt, reason) if reason else "",
    }
    sealed = seal(head.hash, fields)
    connection.execute(
        tables.audit.insert().values(**fields, previous=head.hash, hash=sealed),
    )
    if reason:
        connection.execute(
            tables.reasons.insert().values(seq=fields["seq"], salt=salt, text=reason)
        )
    connection.execute(tables.head.update().values(seq=fields["seq"], hash=sealed))
    return int(fields["seq"])


def rows(
    connection: sa.Connection,
    *,
    after: int = 0,
    limit: int,
    subject: str | None = None,
    actor: str | None = None,
) -> list[AuditRow]:
    """Rows with a number above `after`, oldest first."""
    log = tables.audit
    query = (
        sa.select(
            log,
            tables.reasons.c.text.label("reason"),
            sa.func.coalesce(tables.people.c.name, tables.keys.c.name).label("actor_name"),
        )
        .outerjoin(tables.reasons, tables.reasons.c.seq == log.c.seq)
        .outerjoin(tables.people, tables.people.c.member_id == log.c.actor)
        .outerjoin(tables.keys, tables.keys.c.key_id == log.c.actor)
        .where(log.c.seq > after)
        .order_by(log.c.seq)
    )
    query = query.limit(limit)
    if subject is not None:
        query = query.where(log.c.subject == subject)
    if actor is not None:
        query = query.where(log.c.actor == actor)
    return [
        AuditRow(
            seq=row.seq,
            at=moment(row.at),
            actor=row.actor,
            actor_name=row.actor_name,
            role=row.role,
            action=row.action,
            subject=row.subject,
            before=None if row.before is None else json.loads(row.before),
            after=None if row.after is None else json.loads(row.after),
            reason="" if not row.reason_digest else row.reason,
            previous=row.previous,
            hash=row.hash,
        )
        for row in connection.execute(query)
    ]


def stored(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Every row as it is kept, with its reason and salt where they are, for checks and export."""
    query = (
        sa.select(tables.audit, tables.reasons.c.salt, tables.reasons.c.text.label("reason"))
        .outerjoin(tables.reasons, tables.reasons.c.seq == tables.audit.c.seq)
        .order_by(tables.audit.c.seq)
        .limit(_PAGE)
    )
    # Pages rather than a server's cursor, which whoever stops early would leave open.
    page = connection.execute(query).mappings().all()
    while page:
        yield from map(dict, page)
        page = (
            connection.execute(query.where(tables.audit.c.seq > page[-1]["seq"])).mappings().all()
        )


def head(connection: sa.Connection) -> Checked:
    """Where the chain ends, by the head row."""
    row = connection.execute(sa.select(tables.head.c.seq, tables.head.c.hash)).one()
    return Checked(rows=row.seq, hash=row.hash)


def verify(
    log: Iterable[Mapping[str, Any]], *, anchor: Checked | None = None, reasons: bool = True
) -> Checked:
    """Recompute the chain over `stored` rows, and check each reason that is still there.

    Parameters
    ----------
    anchor : an end of the chain that was written down before; the chain must pass through it.
    reasons : whether a reason may be missing only where a later row says that it was erased.

    Raises
    ------
    AuditChainError : names the first row that does not fit.
    """
    previous, number = GENESIS, 0
    absent: set[int] = set()
    for row in log:
        number += 1
        if row["seq"] != number:
            raise _broken(number, f"is missing: row {row['seq']} comes in its place")
        if row["previous"] != previous:
            raise _broken(number, "does not follow from the row before it")
        if row["hash"] != seal(previous, row):
            raise _broken(number, "does not match its hash: it was changed after it was written")
        if row.get("reason") is not None:
            if row["reason_digest"] != reason_digest(row["salt"], row["reason"]):
                raise _broken(number, "has a reason that was changed after it was written")
        elif row["reason_digest"]:
            absent.add(number)
        if absent and row["action"] in ERASING and row["after"]:
            absent.difference_update(json.loads(row["after"]).get("reasons", ()))
        previous = row["hash"]
        if anchor is not None and number == anchor.rows and previous != anchor.hash:
            raise _broken(number, "is not the one that was written down: the log was rewritten")
    if anchor is not None and number < anchor.rows:
        raise _broken(number + 1, f"is missing: the log had {anchor.rows} rows")
    if absent and reasons:
        raise _broken(min(absent), "has lost its reason, and no later row says that it was erased")
    return Checked(rows=number, hash=previous)


def _broken(seq: int, how: str) -> AuditChainError:
    return AuditChainError(
        f"Row {seq} of the audit log {how}. Rows before it can be trusted; restore the desk from "
        "a backup made before the change, and find out who could write to its database."
    )
