"""What goes into a journal and what comes out: entries, rows, receipts.

Each kind of entry belongs to a table of the store, whose declaration checks its body. Events are
whole rows; changes of products and offers may give single fields; availability and feedback are
small tables of their own, because they stand for fields of other tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from chowk.errors import InputError
from chowk.store import schema
from chowk.store.rows import RowError, check_row
from chowk.store.texts import MAX_ID

Kind = Literal[
    "event",
    "product",
    "product_delete",
    "offer",
    "offer_delete",
    "availability",
    "feedback",
    "utterance",
]

#: The kinds of entries.
KINDS: tuple[str, ...] = get_args(Kind)

#: Largest body, in bytes of JSON.
MAX_BODY = 1_048_576


def _some(table: str, *names: str, key: tuple[str, ...]) -> schema.Table:
    whole = schema.TABLES[table]
    return schema.Table(table, whole.doc, tuple(whole[name] for name in names), key=key)


_AVAILABILITY = schema.Table(
    "availability",
    "What can be bought now: of a product, or of one seller's offer.",
    (
        schema.Column("product_id", "id", "The product that `available` is about."),
        schema.Column("offer_id", "id", "The offer that stock, price and promise are about."),
        schema.TABLES["products"]["available"],
        schema.TABLES["offers"]["stock"],
        schema.TABLES["offers"]["price"],
        schema.TABLES["offers"]["delivery_hours"],
    ),
)
_OF_PRODUCT = ("available",)
_OF_OFFER = ("stock", "price", "delivery_hours")

#: The declaration that checks the body of each kind.
BODIES: Mapping[str, schema.Table] = MappingProxyType(
    {
        "event": schema.TABLES["events"],
        "product": schema.TABLES["products"],
        "product_delete": _some("products", "product_id", key=("product_id",)),
        "offer": schema.TABLES["offers"],
        "offer_delete": _some("offers", "offer_id", key=("offer_id",)),
        "availability": _AVAILABILITY,
        "feedback": schema.TABLES["placements"],
        "utterance": schema.TABLES["utterances"],
    }
)


class Entry(msgspec.Struct, frozen=True):
    """One change to be kept.

    Parameters
    ----------
    kind : one of `KINDS`.
    key : the id of what changes: an event's, a product's, an offer's, a decision's. An event's key
        makes it the same event when it is sent again.
    body : the fields, in values that JSON can hold, as `check_row` gives them. `Entry.checked`
        does both.
    """

    kind: str
    key: str
    body: dict[str, Any]

    @classmethod
    def checked(
        cls,
        kind: Kind,
        row: Mapping[str, Any],
        *,
        where: str = "",
        defaults: Mapping[str, Any] | None = None,
    ) -> Entry:
        """The entry of what a client sent, or a RowError that names the field.

        Products, offers and feedback may give some fields only: the rest stays as it is, and a
        null empties a field.

        Examples
        --------
        >>> Entry.checked("product", {"product_id": "p1", "price": 9.5})
        Entry(kind='product', key='p1', body={'product_id': 'p1', 'price': '9.5'})
        >>> Entry.checked("availability", {"stock": 3}, where="items[0]")
        Traceback (most recent call last):
        chowk.store.rows.RowError: items[0]: the field 'offer_id' must be given. Got None instead. \
Stock, price and delivery hours belong to an offer: name it.
        """
        if kind not in BODIES:
            raise InputError(f"There is no kind of entry {kind!r}. Kinds are: {', '.join(KINDS)}.")
        table, place = BODIES[kind], where or kind
        whole = kind in ("event", "utterance")
        body = check_row(table, row, where=place, defaults=defaults, partial=not whole)
        if kind == "availability":
            return cls(kind, _available(body, place), body)
        if kind == "utterance":  # the table has no ids: the same words in the same language are one
            said = f"{body['locale']} {body['text'].casefold()}".encode("utf-8", "replace")
            return cls(kind, f"u{hashlib.sha256(said).hexdigest()[:24]}", body)
        return cls(kind, body[table.key[0]], body)


def _available(body: Mapping[str, Any], where: str) -> str:
    """The key of an availability entry, whose fields must say whom they are about."""
    offer, product = body.get("offer_id"), body.get("product_id")
    if offer is None and product is None:
        if not any(name in body for name in _OF_OFFER):
            cure = "Name the product or the offer."
            raise RowError(where, "product_id", "given", None, cure)
        cure = "Stock, price and delivery hours belong to an offer: name it."
        raise RowError(where, "offer_id", "given", None, cure)
    if offer is None and any(name in body for name in _OF_OFFER):
        cure = "Stock, price and delivery hours belong to an offer: name it, or send 'available'."
        raise RowError(where, "offer_id", "given", None, cure)
    if product is None and any(name in body for name in _OF_PRODUCT):
        cure = "'available' belongs to a product: name it."
        raise RowError(where, "product_id", "given", None, cure)
    if not any(name in body for name in (*_OF_PRODUCT, *_OF_OFFER)):
        cure = "Send 'available', 'stock', 'price' or 'delivery_hours'."
        raise RowError(where, "available", "given", None, cure)
    return str(offer if offer is not None else product)


class Row(msgspec.Struct, frozen=True):
    """One kept entry: its position, and when the server took it (a time in UTC)."""

    position: int
    kind: str
    key: str
    body: dict[str, Any]
    at: datetime


class Receipt(msgspec.Struct, frozen=True):
    """The acknowledgement of one call: every entry is on disk.

    `positions` are those of the entries, in the order given; of an event that the journal already
    held, that of the first copy. `accepted + repeated` is how many were given. `refused` is for
    the homes to say that the call's key came before with another digest; callers get an error.
    """

    positions: tuple[int, ...] = ()
    accepted: int = 0
    repeated: int = 0
    refused: bool = False


class Once(msgspec.Struct, frozen=True):
    """A name that a client gave one call, and a digest of what the call held.

    The same name with the same digest is a retry; with another one, nothing of the call is kept.
    """

    key: str
    digest: str


#: How a call's `Once` stands before its entries: it is kept beside them and has no position.
CALL = "call"


class Packed(NamedTuple):
    """An entry as the homes write it: its body is JSON text (of a `CALL`, the digest)."""

    kind: str
    key: str
    body: str


class Stored(NamedTuple):
    """A row as the homes keep it: its body is JSON text, its time microseconds since 1970."""

    position: int
    kind: str
    key: str
    body: str
    at: int


def packed(entries: Iterable[Entry]) -> list[Packed]:
    """Entries in the form that is written; InputError for one that no home could keep."""
    made = []
    for number, entry in enumerate(entries):
        where = f"entries[{number}]"
        if entry.kind not in BODIES:
            raise InputError(
                f"{where}: there is no kind of entry {entry.kind!r}. Kinds are: {', '.join(KINDS)}."
            )
        key = entry.key
        if not isinstance(key, str) or not key or len(key) > MAX_ID or "\0" in key:
            raise RowError(
                where,
                "key",
                f"an id of 1 to {MAX_ID} characters, none of them null",
                key,
                "Use the id of what changes.",
            )
        try:
            body = msgspec.json.encode(entry.body).decode()
            key.encode()
        except (TypeError, ValueError, UnicodeError) as error:
            raise InputError(
                f"{where}: the body cannot be kept as JSON: {error}. Check it with check_row first."
            ) from None
        if len(body) > MAX_BODY:
            raise InputError(
                f"{where}: the body must be at most {MAX_BODY:,} bytes of JSON. "
                f"Got {len(body):,} instead. Send fewer fields or shorter texts."
            )
        made.append(Packed(entry.kind, key, body))
    return made


def assigned(
    calls: Iterable[Sequence[Packed]],
    head: int,
    known: Mapping[str, int],
    at: int,
    named: dict[str, str],
) -> tuple[list[Stored], list[Receipt]]:
    """Positions after `head` for the entries of several calls; events in `known` keep theirs.

    `named` holds the digests of named calls that came before, and takes in those of these calls.
    Returns the rows to write, in order of position, and one receipt a call.
    """
    events = dict(known)
    rows: list[Stored] = []
    receipts = []
    for call in calls:
        if call and call[0].kind == CALL:
            mark, call = call[0], call[1:]
            if named.setdefault(mark.key, mark.body) != mark.body:
                receipts.append(Receipt(refused=True))
                continue
        positions = []
        before = len(rows)
        for entry in call:
            if entry.kind == "event" and (held := events.get(entry.key)) is not None:
                positions.append(held)
                continue
            head += 1
            if entry.kind == "event":
                events[entry.key] = head
            rows.append(Stored(head, *entry, at))
            positions.append(head)
        new = len(rows) - before
        receipts.append(Receipt(tuple(positions), new, len(positions) - new))
    return rows, receipts


def unpacked(row: Stored) -> Row:
    """A stored row with its body and time read."""
    at = datetime.fromtimestamp(row.at / 1e6, UTC)
    return Row(row.position, row.kind, row.key, msgspec.json.decode(row.body), at)


def without_customer(body: str, customer_id: str) -> str | None:
    """The body of an event without who it was and what was typed; None when it is another's."""
    fields = msgspec.json.decode(body)
    if fields.get("customer_id") != customer_id:
        return None
    kept = {k: v for k, v in fields.items() if k not in ("customer_id", "query")}
    return msgspec.json.encode(kept).decode()


def of_kind(calls: Iterable[Iterable[Packed]], kind: str) -> list[str]:
    """The keys of all entries of one kind."""
    return [entry.key for call in calls for entry in call if entry.kind == kind]
