"""POST /v1/events: what shoppers did, durable before it is acknowledged.

One event, a list, or a line of JSON each comes in; ids are made for those without one; all are in
the journal, or none, when 202 goes out. A call with an `Idempotency-Key` makes the same ids each
time, so a retry is kept once; the journal remembers the key with a digest of the body, in the same
commit as the events, so that the same key with another body is refused whoever made the ids.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, post
from litestar.openapi.spec import Operation

from chowk.errors import JournalConflictError
from chowk.journal import Entry, Once
from chowk.serve.bodies import document, each, several
from chowk.serve.keys import needs
from chowk.serve.problems import Fault, Problem
from chowk.store.rows import RowError

#: Most events of one call.
MOST = 1_000


class EventsAnswer(msgspec.Struct, frozen=True):
    """What was kept: an id and a journal position an event, in the order sent.

    `repeated` counts events whose ids were there before; they are kept once.
    """

    event_ids: list[str]
    positions: tuple[int, ...]
    accepted: int
    repeated: int


def _stem(request: Request[Any, Any, Any]) -> str | None:
    """How the ids of a call with an Idempotency-Key begin, or None."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        rule = "1 to 255 characters long"
        raise Problem(
            400,
            "header",
            "A header breaks its rule",
            f"The header Idempotency-Key must be {rule}. Got {len(key)} characters instead.",
            errors=[Fault("Idempotency-Key", rule, len(key), "Send a UUID.")],
        )
    # Two shops may choose the same words, so the API key's id is part of it.
    return "i-" + hashlib.sha256(f"{request.state.key.key_id}\n{key}".encode()).hexdigest()[:24]


@post(
    "/v1/events",
    status_code=202,
    opt=needs("shop", "events.write"),
    operation_class=Operation,
    summary="Tell what shoppers did",
    tags=["events"],
)
async def events(request: Request[Any, Any, Any]) -> EventsAnswer:
    """Keep one event or up to 1,000; the columns are those of the table `events`."""
    serving = request.app.state.serving
    rows = several(await document(request), name="events", most=MOST)
    now = datetime.now(UTC).isoformat()
    stem = _stem(request)
    fresh = (f"{stem}-{n}" if stem else f"e-{uuid.uuid4().hex}" for n in itertools.count())
    shop = request.state.key.scope == "shop"

    def entry(row: Any, place: str) -> Entry:
        defaults = {"ts": now}
        if isinstance(row, dict):
            _owned(row, place, shop)
            if row.get("event_id") in (None, ""):
                defaults["event_id"] = next(fresh)
        made = Entry.checked("event", row, where=place, defaults=defaults)
        token = made.body.get("attribution_token")
        if token is not None:
            _attribute(serving, made.body, token, place)
        return made

    entries = each(rows, "events", entry)
    once = None if stem is None else Once(stem, _digest(rows))
    try:
        receipt = await asyncio.wrap_future(serving.journal.submit(entries, once=once))
    except JournalConflictError:
        raise _another() from None
    return EventsAnswer(
        [entry.key for entry in entries], receipt.positions, receipt.accepted, receipt.repeated
    )


def _owned(row: dict[str, Any], place: str, shop: bool) -> None:
    """RowError for columns that are the server's, or not for a shop's pages, to fill in."""
    if row.get("source") is not None:
        cure = "Leave it out: it says where a row came from, and is filled in."
        raise RowError(place, "source", "left out", row["source"], cure)
    if shop and row.get("fee") is not None:
        cure = "Leave it out, or send it with a staff key."
        raise RowError(place, "fee", "left out by keys of scope shop", row["fee"], cure)


def _another() -> Problem:
    return Problem(
        409,
        "idempotency",
        "The Idempotency-Key was used before",
        "This Idempotency-Key came before with another body. Nothing of this request was kept. "
        "Send a new key for a new call, and the same body for a retry.",
        errors=[Fault("Idempotency-Key", "one for each body", None, "Send a new one.")],
    )


def _digest(rows: list[Any]) -> str:
    """The same for the same rows, however their JSON was written."""
    return hashlib.sha256(msgspec.json.encode(rows, order="deterministic")).hexdigest()[:32]


def _attribute(serving: Any, body: dict[str, Any], token: str, place: str) -> None:
    """Fill in what the token says; RowError for one that this store did not make."""
    given = serving.attribution.read(token)
    if given is None:
        raise RowError(
            place,
            "attribution_token",
            "one that an answer of this store carried",
            token,
            "Send it back as it came, or leave it out.",
        )
    body.setdefault("surface", given.surface)
    if given.surface == "search":
        body.setdefault("query_id", given.answer_id)
    else:
        body.setdefault("list_id", given.answer_id)
