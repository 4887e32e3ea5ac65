"""What waits at the desk: the kinds of items, one item as it is read, and how items are found.

An item has one of the states in `STATES`, and one law holds for all: what it proposes is carried
out if and only if its state is `approved` or `corrected` (`Item.allowed`). An item that expired,
was denied, or still waits changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec
import sqlalchemy as sa

from chowk.errors import NotAtDeskError, parameter

from . import tables
from .texts import moment

#: Every state; the first two are open, the rest are ends (an appeal may turn a decision over).
STATES: tuple[str, ...] = (
    "waiting",
    "claimed",
    "approved",
    "denied",
    "corrected",
    "expired",
    "superseded",
)
OPEN = frozenset(STATES[:2])
#: What a person can say of an item, and the state that follows.
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {"approve": "approved", "deny": "denied", "correct": "corrected"}
)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of item, and what its decision asks for.

    Parameters
    ----------
    permission : of `chowk.desk.PERMISSIONS`, needed to see, claim and decide.
    proposes : the permission needed to propose one.
    seated : whether a seat in the item's queue is needed too (`chowk.desk.SEATS`).
    needs_norm : whether a decision names the norm that it stands on.
    hours : how long it waits before it expires, unless the proposal says; None for ever.
    again : whether what expired may be proposed anew in the same version.
    own : whether a subject stays the party's whose it is: nobody else proposes a version of it.
    """

    name: str
    title: str
    permission: str
    proposes: str
    seated: bool = False
    needs_norm: bool = False
    hours: float | None = None
    again: bool = True
    own: bool = False


def _said(name: str, title: str, hours: float) -> Kind:
    return Kind(
        name=name,
        title=title,
        permission="moderation.decide",
        proposes="messages.write",
        seated=True,
        needs_norm=True,
        hours=hours,
        again=False,
        own=True,
    )


def _change(name: str, title: str, permission: str) -> Kind:
    return Kind(name=name, title=title, permission=permission, proposes=permission)


#: Every kind by name.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            _said("message", "A chat message that may be harmful", 1),
            _said("review", "A review that may be harmful or untrue", 72),
            _said("question", "A question on a product's page", 72),
            _said("appeal", "Somebody asks for another look at a decision", 24 * 14),
            _change(
                "rule", "A new rule for the community, tried on past data", "moderation.decide"
            ),
            _change("attribute", "An attribute found with little confidence", "catalogue.decide"),
            _change("category", "A category found with little confidence", "catalogue.decide"),
            _change("duplicate", "Two products that may be one", "catalogue.decide"),
            _change("image_title", "A picture that may not show its title", "catalogue.decide"),
            _change("address", "A delivery address that may need a fix", "addresses.decide"),
            _change("packaging", "Another package type for a product", "packaging.decide"),
            _change("collection", "A collection that could be published", "collections.decide"),
        )
    }
)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the queue, as it is now.

    Parameters
    ----------
    item_id : `q` and 12 hexadecimal digits.
    kind : of `KINDS`; `queue` is the part of the kind's work it belongs to, such as a channel.
    subject : what it is about, as `kind:id`.
    payload : what the person has to see; None once it was erased, or where it may not be seen.
    payload_version : names the payload; a decision holds for this version alone.
    party : whose it is (an author's, a customer's id), if anybody's.
    version : 1, and one more with every step.
    advice : what a trainee said (`approve`, `deny`), while it waits for a second person.
    reason : as typed with the decision; None while there is none, and once it is erased.
    """

    item_id: str
    kind: str
    queue: str
    subject: str
    payload: dict[str, Any] | None
    payload_version: str
    party: str | None
    priority: int
    state: str
    version: int
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None
    advice: str | None
    advice_norm: str | None
    decided_by: str | None
    decided_at: datetime | None
    norm: str | None
    correction: dict[str, Any] | None
    reason: str | None

    @property
    def open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.state in OPEN

    @property
    def allowed(self) -> bool:
        """Whether what it proposes may be carried out; False as long as nobody said so."""
        return self.state in ("approved", "corrected")


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a decision on many: the items decided, and why others were left alone."""

    decided: list[Item]
    left: dict[str, str]


def checked_kind(caller: str, kind: object) -> Kind:
    """The kind of that name."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise parameter(caller, "kind", f"one of {', '.join(KINDS)}", kind)
    return KINDS[kind]


def _query() -> sa.Select[Any]:
    reasons = tables.reasons
    return sa.select(tables.items, reasons.c.text.label("reason")).outerjoin(
        reasons, reasons.c.seq == tables.items.c.decided_seq
    )


def read(
    connection: sa.Connection,
    *where: sa.ColumnElement[bool],
    limit: int | None = None,
    newest: sa.ColumnElement[Any] | None = None,
) -> list[Item]:
    """The items that fit, the most urgent first, and of those the oldest; or by a moment, the
    newest first."""
    own = tables.items.c
    order = (own.priority.desc(), own.proposed_at) if newest is None else (newest.desc(),)
    query = _query().where(*where).order_by(*order, own.item_id)
    return [_item(row) for row in connection.execute(query.limit(limit))]


def one(connection: sa.Connection, caller: str, item_id: object) -> Any:
    """The row of an item; NotAtDeskError when there is none."""
    if not isinstance(item_id, str):
        raise parameter(caller, "item_id", "an item's id, as text", item_id)
    found = None
    if len(item_id) <= 16 and item_id.isascii():
        found = connection.execute(_query().where(tables.items.c.item_id == item_id)).one_or_none()
    if found is None:
        raise NotAtDeskError(
            f"{caller} knows no item {item_id[:40]!r}. Queue.items() lists those that there are."
        )
    return found


def item_of(row: Any) -> Item:
    """The item of a row that `one` gave."""
    return _item(row)


def after(connection: sa.Connection, caller: str, item_id: str) -> sa.ColumnElement[bool]:
    """The condition of standing behind that item in `read`'s order, to read on from it."""
    last, own = one(connection, caller, item_id), tables.items.c
    return sa.or_(
        own.priority < last.priority,
        sa.and_(
            own.priority == last.priority,
            sa.or_(
                own.proposed_at > last.proposed_at,
                sa.and_(own.proposed_at == last.proposed_at, own.item_id > last.item_id),
            ),
        ),
    )


def among(column: sa.ColumnElement[Any], values: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of the values."""
    return column.in_(list(values))


def _item(row: Any) -> Item:
    def at(text: str | None) -> datetime | None:
        return None if text is None else moment(text)

    return Item(
        item_id=row.item_id,
        kind=row.kind,
        queue=row.queue,
        subject=row.subject,
        payload=None if row.payload is None else json.loads(row.payload),
        payload_version=row.payload_version,
        party=row.party,
        priority=row.priority,
        state=row.state,
        version=row.version,
        proposed_by=row.proposed_by,
        proposed_at=moment(row.proposed_at),
        expires_at=at(row.expires_at),
        claimed_by=row.claimed_by,
        claimed_until=at(row.claimed_until),
        advice=row.advice,
        advice_norm=row.advice_norm,
        decided_by=row.decided_by,
        decided_at=at(row.decided_at),
        norm=row.norm,
        correction=None if row.correction is None else json.loads(row.correction),
        reason=row.reason,
    )
