"""What people keep at the desk beside the queue: documents, remarks and answers to surveys.

A document (a channel's norms, its guard, a guide) has versions, and is written on top of the
one that the writer has read. A remark (a note, a strike, a hand-over, a kind act) is about
something and is withdrawn, never changed. An answer to a survey is kept without who gave it, and
when.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from chowk.errors import ItemConflictError, NotAtDeskError, parameter

from . import audit, people, tables, tokens
from . import queue_rights as rights
from . import queue_steps as steps
from .people import Actor
from .queue import Write
from .texts import checked, impersonal, moment, stamp

if TYPE_CHECKING:
    from .database import Database

#: The right that writing a document of that kind needs; others are for owners and admins.
WRITES: Mapping[str, str] = {
    "norms": "norms.edit",
    "guide": "precedents.share",
    "sharing": "precedents.share",
    "guard": "raids.act",
}
#: Every kind of document. `care` is how a moderator wants to be shown items, under his own id.
KEPT: tuple[str, ...] = (*WRITES, "care", "survey")
#: The rights that reading and writing remarks of that kind need.
REMARKS: Mapping[str, tuple[str, str]] = {
    "note": ("notes.read", "notes.write"),
    "hand_over": ("notes.read", "notes.write"),
    "strike": ("authors.see", "strikes.give"),
    "kind_act": ("notes.read", "kindness.mark"),
    "ban": ("authors.see", "raids.act"),
    "watch": ("authors.see", "raids.act"),
}


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a document."""

    kind: str
    name: str
    version: int
    body: dict[str, Any]
    written_at: datetime
    written_by: str


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """One remark; `subject` and `body` are None once erased."""

    remark_id: str
    kind: str
    queue: str
    subject: str | None
    body: dict[str, Any] | None
    written_at: datetime
    written_by: str
    withdrawn_at: datetime | None


class Records:
    """Documents, remarks and surveys.

    Get it as the desk\'s `desk.records`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from chowk.desk import Desk
    >>> desk = Desk.open(pathlib.Path(tempfile.mkdtemp()) / "desk.db")
    >>> body = {"norms": [{"id": "kind", "text": "Disagree with ideas, not with people."}]}
    >>> desk.records.write("norms", "lobby", body, actor="cli").version
    1
    >>> desk.records.read("norms", "lobby").body["norms"][0]["id"]
    'kind'
    >>> strike = desk.records.remark("strike", "author:a7", {"weight": 1}, queue="lobby",
    ...                              actor="cli", reason="twice in a day")
    >>> len(desk.records.remarks("strike", subject="author:a7"))
    1
    >>> desk.close()
    """

    def __init__(self, database: Database, write: Write, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._write = write
        self._clock = clock

    # Documents

    def write(
        self,
        kind: str,
        name: str,
        body: Mapping[str, Any],
        *,
        actor: str,
        version: int | None = None,
        reason: str = "",
    ) -> Document:
        """Write the next version of a document.

        Parameters
        ----------
        kind : `norms`, `guide`, `sharing`, `guard`, `care`, or `survey`.
        name : the queue (channel) it is of; of a survey, its own name.
        version : the one that was read before; ItemConflictError when there is another by now.
        """
        if kind not in KEPT:
            raise parameter("write", "kind", f"one of {', '.join(KEPT)}", kind)
        where = impersonal("write", "name", checked("write", "name", name, limit=128))
        text = steps.json_of("write", "body", body)
        if kind == "norms":
            _check_norms(body)
        with self._write() as (connection, now):
            by = people.actor(connection, "write", actor, now)
            if kind == "care":  # everybody's own, and nobody else's
                _moderates(by)
                if where != rights.person(connection, by.actor_id):
                    raise parameter("write", "name", "one's own id for one's own care", name)
            elif kind in WRITES:
                _moderates(by)
                rights.require(connection, by, WRITES[kind], where)
            else:
                by.require("roles.grant", f"write a {kind}")
            last = _last(connection, kind, where)
            if last is not None and last.body == text:
                return _document(last)
            held = 0 if last is None else last.version
            if version is not None and version != held:
                raise ItemConflictError(
                    f"The {kind} of {where!r} are at version {held}, and this was written on top "
                    f"of version {version}. Read them again, and write on top of that.",
                    "version",
                )
            connection.execute(
                tables.documents.insert().values(
                    kind=kind,
                    name=where,
                    version=held + 1,
                    body=text,
                    written_at=stamp(now),
                    written_by=by.actor_id,
                )
            )
            digest = hashlib.sha256(text.encode()).hexdigest()
            after = {"version": held + 1, "digest": digest}
            before = {"version": held}
            _log(connection, now, by, "document.written", f"{kind}:{where}", before, after, reason)
            return _document(_last(connection, kind, where))

    def read(self, kind: str, name: str, *, version: int | None = None) -> Document | None:
        """The newest version of a document, or the one asked for; None when there is none."""
        with self._database.read() as connection:
            found = _last(connection, kind, name, version)
            return None if found is None else _document(found)

    def documents(self, kind: str) -> list[Document]:
        """The newest version of every document of that kind, by name."""
        own = tables.documents.c
        query = sa.select(own.name).where(own.kind == kind).distinct().order_by(own.name)
        with self._database.read() as connection:
            names = list(connection.execute(query).scalars())
            return [_document(_last(connection, kind, name)) for name in names]

    # Remarks

    def remark(
        self,
        kind: str,
        subject: str,
        body: Mapping[str, Any],
        *,
        queue: str,
        actor: str,
        reason: str = "",
    ) -> Remark:
        """Write a note, hand-over, strike, kind act, ban, or whom to watch down.

        Parameters
        ----------
        subject : what or whom it is about: `item:…`, `author:…`, `queue:…`. It is kept beside the
            audit log, since an author's id may be personal.
        body : what is said; kept beside the audit log too.
        """
        read_write = _remark_kind("remark", kind)
        about = checked("remark", "subject", subject, limit=300)
        where = impersonal("remark", "queue", checked("remark", "queue", queue, limit=128))
        text = steps.json_of("remark", "body", body)
        if kind == "strike":
            _weighed(body)
        with self._write() as (connection, now):
            by = people.actor(connection, "remark", actor, now)
            _moderates(by)
            rights.require(connection, by, read_write[1], where)
            remark_id = tokens.new_id("r")
            connection.execute(
                tables.remarks.insert().values(
                    remark_id=remark_id,
                    kind=kind,
                    queue=where,
                    subject=about,
                    body=text,
                    written_at=stamp(now),
                    written_by=rights.person(connection, by.actor_id),
                )
            )
            after = {"kind": kind, "queue": where}
            _log(connection, now, by, "remark.written", f"remark:{remark_id}", None, after, reason)
            return _remarks(connection, tables.remarks.c.remark_id == remark_id)[0]

    def withdraw(self, remark_id: str, *, actor: str, reason: str = "") -> Remark:
        """Take a remark back: one's own, or a strike with the right to lift it."""
        own = tables.remarks.c
        with self._write() as (connection, now):
            by = people.actor(connection, "withdraw", actor, now)
            found = _remarks(connection, own.remark_id == remark_id)
            if not found or found[0].kind not in REMARKS:  # an opt-out is taken back elsewhere
                raise NotAtDeskError(f"withdraw knows no remark {str(remark_id)[:40]!r}.")
            if found[0].kind == "strike":
                _moderates(by)
                rights.require(connection, by, "strikes.lift", found[0].queue)
            elif found[0].written_by != rights.person(connection, by.actor_id):
                by.require("moderation.configure", "withdraw what somebody else wrote")
            if found[0].withdrawn_at is None:
                change = tables.remarks.update().where(own.remark_id == remark_id)
                connection.execute(change.values(withdrawn_at=stamp(now)))
                about = f"remark:{remark_id}"
                _log(connection, now, by, "remark.withdrawn", about, None, None, reason)
            return _remarks(connection, own.remark_id == remark_id)[0]

    def remarks(
        self,
        kind: str,
        *,
        subject: str | None = None,
        queue: str | None = None,
        since: datetime | None = None,
        withdrawn: bool = False,
        actor: str | None = None,
        limit: int = 1000,
        newest: bool = False,
    ) -> list[Remark]:
        """Remarks of a kind, oldest first; with `actor` only where he may read them.

        Of more than `limit`, the oldest are given, or with `newest` the newest.
        """
        wanted = _remark_kind("remarks", kind)
        own = tables.remarks.c
        where = [own.kind == kind]
        if subject is not None:
            where.append(own.subject == subject)
        if queue is not None:
            where.append(own.queue == queue)
        if since is not None:
            where.append(own.written_at >= stamp(since))
        if not withdrawn:
            where.append(own.withdrawn_at.is_(None))
        with self._database.read() as connection:
            if actor is not None:
                by = steps.reader(connection, "remarks", actor, self._clock())
                _moderates(by)
                queues = rights.queues(connection, by, wanted[0])
                if queues is not None:
                    where.append(own.queue.in_(sorted(queues)))
            return _remarks(connection, *where, limit=limit, newest=newest)

    # Surveys

    def answer(self, survey: str, body: Mapping[str, Any], *, actor: str) -> None:
        """Answer a survey, once, without one's name: what is kept does not say who, or when."""
        name = checked("answer", "survey", survey, limit=128)
        text = steps.json_of("answer", "body", body)
        with self._write() as (connection, now):
            by = people.actor(connection, "answer", actor, now)
            _moderates(by)
            held = _last(connection, "survey", name)
            if held is None:
                raise NotAtDeskError(f"answer knows no survey {name!r}. An owner writes one.")
            person = rights.person(connection, by.actor_id)
            salt = f"{name}|{held.written_at}"
            digest = hmac.new(salt.encode(), person.encode(), hashlib.sha256).hexdigest()
            own = tables.respondents.c
            mine = sa.and_(own.survey == name, own.digest == digest)
            if connection.execute(sa.select(own.digest).where(mine)).scalar() is not None:
                raise ItemConflictError(
                    f"The survey {name!r} was answered with this key's person already, and an "
                    "answer cannot be found again to be changed.",
                    "decided",
                )
            connection.execute(tables.respondents.insert().values(survey=name, digest=digest))
            connection.execute(
                tables.answers.insert().values(
                    survey=name, answer_id=secrets.token_hex(16), body=text
                )
            )

    def answers(self, survey: str) -> list[dict[str, Any]]:
        """All answers to a survey, in no order of arrival. Show them by groups of five or more
        (`chowk.community.survey_results`), never singly."""
        own = tables.answers.c
        query = sa.select(own.body).where(own.survey == survey).order_by(own.answer_id)
        with self._database.read() as connection:
            return [json.loads(text) for text in connection.execute(query).scalars()]

    def forget(self, subject: str) -> int:
        """Erase the remarks about somebody (`author:…`), and his id among the hosts that guards
        name, in every version; gives in how many places."""
        own = tables.remarks.c
        with self._write() as (connection, _):
            change = tables.remarks.update().where(own.subject == subject)
            count = connection.execute(change.values(subject=None, body=None)).rowcount
            count += _no_host(connection, subject.removeprefix("author:"))
        self._database.forget()
        return int(count)


def _no_host(connection: sa.Connection, author: str) -> int:
    """Take an author's id out of the guards' documents; gives of how many. The audit log holds
    their digests only, so it verifies as before."""
    own, count = tables.documents.c, 0
    for row in connection.execute(sa.select(tables.documents).where(own.kind == "guard")).all():
        body = json.loads(row.body)
        hosts = body.get("hosts")
        if isinstance(hosts, list) and author in hosts:
            body["hosts"] = [one for one in hosts if one != author]
            here = sa.and_(own.kind == "guard", own.name == row.name, own.version == row.version)
            text = steps.json_of("forget", "body", body)
            connection.execute(tables.documents.update().where(here).values(body=text))
            count += 1
    return count


def _weighed(body: Mapping[str, Any]) -> None:
    """A strike's weight can be counted: one that cannot would stop every page about its author."""
    weight = body.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 10:
        raise parameter("remark", "body", "a strike's 'weight' as a number in [0, 10]", weight)


def _moderates(by: Actor) -> None:
    by.require("moderation.read", "read or write what moderators keep")


def _check_norms(body: Mapping[str, Any]) -> None:
    norms = body.get("norms")
    rule = "{'norms': [{'id': …, 'text': …}, …]} with 1 to 100 norms of different ids"
    fine = isinstance(norms, list) and 1 <= len(norms) <= 100
    fine = fine and all(
        isinstance(norm, Mapping)
        and isinstance(norm.get("id"), str)
        and isinstance(norm.get("text"), str)
        for norm in norms or ()
    )
    if not fine or len({norm["id"] for norm in norms or ()}) != len(norms or ()):
        raise parameter("write", "body", rule, body)
    for norm in norms or ():
        checked("write", "id", norm["id"], limit=64)
        checked("write", "text", norm["text"], limit=2000, lines=True)


def _remark_kind(caller: str, kind: object) -> tuple[str, str]:
    if not isinstance(kind, str) or kind not in REMARKS:
        raise parameter(caller, "kind", f"one of {', '.join(REMARKS)}", kind)
    return REMARKS[kind]


def _last(connection: sa.Connection, kind: str, name: str, version: int | None = None) -> Any:
    own = tables.documents.c
    query = sa.select(tables.documents).where(own.kind == kind, own.name == name)
    if version is not None:
        query = query.where(own.version == version)
    return connection.execute(query.order_by(own.version.desc()).limit(1)).one_or_none()


def _document(row: Any) -> Document:
    return Document(
        kind=row.kind,
        name=row.name,
        version=row.version,
        body=json.loads(row.body),
        written_at=moment(row.written_at),
        written_by=row.written_by,
    )


def _remarks(
    connection: sa.Connection,
    *where: sa.ColumnElement[bool],
    limit: int | None = None,
    newest: bool = False,
) -> list[Remark]:
    own = tables.remarks.c
    query = sa.select(tables.remarks).where(*where)
    if newest:
        query = query.order_by(own.written_at.desc(), own.remark_id.desc())
    else:
        query = query.order_by(own.written_at, own.remark_id)
    found = [
        Remark(
            remark_id=row.remark_id,
            kind=row.kind,
            queue=row.queue,
            subject=row.subject,
            body=None if row.body is None else json.loads(row.body),
            written_at=moment(row.written_at),
            written_by=row.written_by,
            withdrawn_at=None if row.withdrawn_at is None else moment(row.withdrawn_at),
        )
        for row in connection.execute(query.limit(limit))
    ]
    return found[::-1] if newest else found


def _log(
    connection: sa.Connection,
    now: datetime,
    by: Actor,
    action: str,
    subject: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    reason: str,
) -> None:
    audit.append(
        connection,
        now,
        actor=by.actor_id,
        role=by.role,
        action=action,
        subject=subject,
        before=before,
        after=after,
        reason=checked("desk.records", "reason", reason, limit=2000, empty=True, lines=True),
    )
