"""POST /v1/events: what shoppers did, durable before it is acknowledged.

One event, a list, or a line of JSON each comes in; ids are made for those without one; all are in
the journal, or none, when 202 goes out. A call with an `Idempotency-Key` makes the same ids each
time, so a retry is kept once.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, post
from litestar.openapi.spec import Operation

from chowk.journal import Entry
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


def _ids(request: Request[Any, Any, Any], count: int) -> list[str]:
    """An id for each event that comes without one."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return [f"e-{uuid.uuid4().hex}" for _ in range(count)]
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
    stem = hashlib.sha256(f"{request.state.key.key_id}\n{key}".encode()).hexdigest()[:24]
    return [f"i-{stem}-{n}" for n in range(count)]


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
    fresh = iter(_ids(request, len(rows)))

    def entry(row: Any, place: str) -> Entry:
        made = Entry.checked(
            "event", row, where=place, defaults={"event_id": next(fresh), "ts": now}
        )
        token = made.body.get("attribution_token")
        if token is not None:
            _attribute(serving, made.body, token, place)
        return made

    entries = each(rows, "events", entry)
    receipt = await asyncio.wrap_future(serving.journal.submit(entries))
    return EventsAnswer(
        [entry.key for entry in entries], receipt.positions, receipt.accepted, receipt.repeated
    )


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
