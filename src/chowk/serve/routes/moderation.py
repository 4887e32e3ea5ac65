"""/v1/moderation: messages come in, wait, are claimed and decided, and their senders are told.

The text of a held message goes to moderators with a seat in its queue, and to viewers from the
moment that it was approved. Who acts is the key that the request came with.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.params import PathParameter

from chowk.community.care import Care, care_of
from chowk.community.holding import Holding
from chowk.community.moderators import view
from chowk.desk import KINDS, STATES, Batch, Desk, Item, Key
from chowk.errors import ItemConflictError, NotAtDeskError
from chowk.serve.documented import takes
from chowk.serve.judging import authors_of, tally_of, teach, verdict_of
from chowk.serve.keys import needs
from chowk.serve.messages import Verdict, check_host, check_message, check_verdict
from chowk.serve.parameters import Parameter, Parameters, path_id
from chowk.serve.problems import bad_parameter, not_found
from chowk.serve.structs import read_as
from chowk.serve.watching import norm_for, norms_of

_SENDS = needs("shop", "messages.write")
_READS = needs("staff", "moderation.read")
_DECIDES = needs("staff", "moderation.decide")
#: Most items of one decision.
MOST = 1_000
ItemId = Annotated[str, PathParameter(description="The item's id, q and 12 digits.")]

QUEUE = Parameters(
    "GET /v1/moderation/queue",
    Parameter("state", "text", "Of which state.", "open", choices=("open", *STATES)),
    Parameter("kind", "texts", "Of these kinds.", (), high=12, split=True),
    Parameter("channel", "texts", "Of these channels.", (), high=100, split=True),
    Parameter("after", "text", "The last item that was read.", ""),
    Parameter("limit", "int", "How many.", 50, 1, 1000),
)
NOTICES = Parameters(
    "GET /v1/moderation/notices",
    Parameter("author_id", "text", "Whose messages.", required=True, low=1, high=300),
    Parameter("after", "int", "The last number that was read.", 0, 0, 10**15),
    Parameter("limit", "int", "How many.", 100, 1, 1000),
)


class Sent(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A message, review or question on its way to viewers."""

    message_id: str
    channel_id: str
    author_id: str
    text: str
    kind: str = "message"
    viewers: int = 0
    rating: float | None = None
    verdict: dict[str, Any] | None = None
    context: dict[str, Any] = {}


class Claimed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which item is wanted: a certain one, or the next."""

    item_id: str | None = None
    kinds: list[str] | None = None
    channels: list[str] | None = None
    minutes: float = 10


class Decided(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a moderator says of an item."""

    outcome: str
    reason: str
    norm: str | None = None
    correction: dict[str, Any] | None = None
    payload_version: str | None = None


class Many(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is said of many items; `count` is the number that the moderator was shown."""

    item_ids: list[str]
    count: int
    outcome: str
    reason: str
    norm: str | None = None


class Appealed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An author asks for another look."""

    message_id: str
    said: str
    kind: str = "message"


def actor_of(request: Request[Any, Any, Any]) -> str:
    """The id of the key that a request came with."""
    return str(request.state["key"].key_id)


def seen_by(desk: Desk, key: Key, item: Item) -> dict[str, Any]:
    """An item as the holder of a key may see it."""
    return view(item, partial(_may, desk, key.key_id, item.queue), care_for(desk, key))


def _may(desk: Desk, actor: str, queue: str, right: str) -> bool:
    return desk.seats.may(actor, right, queue)


def care_for(desk: Desk, key: Key) -> Care:
    """How the person behind a key wants items to be shown."""
    found = desk.records.read("care", key.member or key.key_id)
    return care_of(None if found is None else found.body)


def _holding(desk: Desk, kind: str, route: str) -> Holding:
    if kind not in ("message", "review", "question"):
        raise bad_parameter(route, "kind", "message, review or question", kind)
    return Holding(desk.queue, kind=kind)


@post(
    "/v1/moderation/messages",
    status_code=200,
    opt=_SENDS,
    operation_class=takes(Sent, parts={"verdict": [Verdict | None]}),
    summary="Send a message to be shown or held",
    tags=["moderation"],
)
async def send(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Its status: `shown`, or `held` until a moderator has decided. Safe to send again."""
    sent: Sent = await read_as(request, Sent)
    check_message(sent)
    check_host(sent, request.state["key"])
    check_verdict(sent, request.state["key"])
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> Any:
        owns = authors_of(request.app.state).owns
        told = Holding(desk.queue, kind=sent.kind, owns=owns).send(
            sent.message_id,
            sent.channel_id,
            sent.author_id,
            sent.text,
            verdict_of(request.app.state, sent),
            viewers=sent.viewers,
            context=sent.context,
            actor=actor,
        )
        if told.status == "shown":
            tally_of(request.app.state).add(sent.channel_id, datetime.now(UTC))
        return told

    told: dict[str, Any] = msgspec.to_builtins(await run_sync(work))
    return told


@get(
    "/v1/moderation/messages/{kind:str}/{message_id:path}",
    opt=_SENDS,
    summary="What became of a message",
    tags=["moderation"],
)
async def status(
    request: Request[Any, Any, Any],
    kind: Annotated[str, PathParameter()],
    message_id: Annotated[str, PathParameter()],
) -> dict[str, Any]:
    """Its status for the sender, and `text`: what viewers may read, null as long as none may."""
    holding = _holding(request.app.state.serving.desk, kind, "GET /v1/moderation/messages")
    message_id = path_id(request, f"/v1/moderation/messages/{kind}/", message_id)

    def work() -> dict[str, Any]:
        told: dict[str, Any] = msgspec.to_builtins(holding.status(message_id))
        return {**told, "text": holding.shown(message_id)}

    found = await run_sync(work)
    if found["status"] == "unknown":
        raise not_found("message", message_id, "Only what was held is known here.")
    return found


@get(
    "/v1/moderation/notices",
    opt=_SENDS,
    operation_class=NOTICES.operation(),
    summary="What an author has to be told",
    tags=["moderation"],
)
async def notices(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """That a message is held, and the outcome, oldest first."""
    asked = NOTICES.read(request.scope["query_string"])
    holding = Holding(request.app.state.serving.desk.queue)
    ask = partial(holding.notices, asked["author_id"], after=asked["after"], limit=asked["limit"])
    return {"notices": msgspec.to_builtins(await run_sync(ask))}


@get(
    "/v1/moderation/queue",
    opt=_READS,
    operation_class=QUEUE.operation(),
    summary="What waits",
    tags=["moderation"],
)
async def queue(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The items that this key's seats may see, the most urgent first."""
    asked = QUEUE.read(request.scope["query_string"])
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> dict[str, Any]:
        try:
            items = desk.queue.items(
                state=asked["state"],
                kinds=asked["kind"] or None,
                queues=asked["channel"] or None,
                after=asked["after"] or None,
                limit=asked["limit"],
                actor=actor,
            )
        except NotAtDeskError:
            rule, cure = "the item_id of an item", "Send that of the last item that was read."
            raise bad_parameter(QUEUE.route, "after", rule, asked["after"], cure) from None
        return {"items": [plain(seen_by(desk, request.state["key"], item)) for item in items]}

    return await run_sync(work)


@get(
    "/v1/moderation/items/{item_id:str}",
    opt=_READS,
    summary="One item",
    tags=["moderation"],
)
async def item(request: Request[Any, Any, Any], item_id: ItemId) -> dict[str, Any]:
    """The item as this key's seats may see it, its channel's norms, and its history."""
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> dict[str, Any]:
        found = seen_by(desk, request.state["key"], desk.queue.item(item_id, actor=actor))
        rows = desk.queue.history(item_id)
        steps = [{"at": row.at, "action": row.action, "actor": row.actor} for row in rows]
        return plain({**found, "norms": norms_of(desk, found["queue"]), "history": steps})

    return await run_sync(work)


@post(
    "/v1/moderation/claims",
    status_code=200,
    opt=_DECIDES,
    operation_class=takes(Claimed),
    summary="Claim an item, or the next",
    tags=["moderation"],
)
async def claim(request: Request[Any, Any, Any]) -> Response[Any]:
    """The item, which nobody else gets while the claim lasts; 204 when nothing waits."""
    asked: Claimed = await read_as(request, Claimed)
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> dict[str, Any] | None:
        found = desk.queue.claim(
            asked.item_id,
            actor=actor,
            kinds=asked.kinds,
            queues=asked.channels,
            minutes=asked.minutes,
        )
        return None if found is None else plain(seen_by(desk, request.state["key"], found))

    found = await run_sync(work)
    return Response(None, status_code=204) if found is None else Response(found)


@post(
    "/v1/moderation/items/{item_id:str}/release",
    status_code=200,
    opt=_DECIDES,
    summary="Give an item back",
    tags=["moderation"],
)
async def release(request: Request[Any, Any, Any], item_id: ItemId) -> dict[str, Any]:
    """The item waits again for anybody."""
    return await acted(request, request.app.state.serving.desk.queue.release, item_id)


@post(
    "/v1/moderation/items/{item_id:str}/decision",
    status_code=200,
    opt=_DECIDES,
    operation_class=takes(Decided),
    summary="Approve, deny or correct",
    tags=["moderation"],
)
async def decide(request: Request[Any, Any, Any], item_id: ItemId) -> dict[str, Any]:
    """The decided item. Said again it counts once; said otherwise it is refused with 409."""
    said: Decided = await read_as(request, Decided)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    given = {name: getattr(said, name) for name in said.__struct_fields__ if name != "outcome"}
    before = await run_sync(desk.queue.item, item_id)
    given["norm"] = await run_sync(norm_of_item, desk, actor, before, said.norm)
    found = await run_sync(partial(desk.queue.decide, item_id, said.outcome, actor=actor, **given))
    if before.version != found.version:
        await run_sync(teach, request.app.state, found)
    return plain(await run_sync(seen_by, desk, request.state["key"], found))


def norm_of_item(desk: Desk, actor: str, found: Item, norm: str | None) -> str | None:
    """What a decision on an item stands on; kinds without norms need none. Who may not see the item
    is told so, and no norm of its channel. What was said before may be said again, also when the
    channel has other norms by now."""
    if not KINDS[found.kind].needs_norm or (norm is not None and norm == found.norm):
        return norm
    desk.queue.item(found.item_id, actor=actor)
    return norm_for(desk, [found.queue], norm)


@post(
    "/v1/moderation/decisions",
    status_code=200,
    opt=_DECIDES,
    operation_class=takes(Many),
    summary="Decide on many at once",
    tags=["moderation"],
)
async def decide_many(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Which items were decided, and why others were left."""
    said: Many = await read_as(request, Many)
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> Batch:
        ids = dict.fromkeys(said.item_ids[:MOST])
        found = [desk.queue.item(one, actor=actor) for one in ids]
        asked = [one for one in found if said.norm is None or one.norm != said.norm]
        asks = [one.queue for one in asked if KINDS[one.kind].needs_norm]
        norm = norm_for(desk, asks, said.norm) if asks else said.norm
        batch: Batch = desk.queue.decide_many(
            said.item_ids,
            said.outcome,
            count=said.count,
            actor=actor,
            reason=said.reason,
            norm=norm,
        )
        return batch

    batch = await run_sync(work)
    return {"decided": [one.item_id for one in batch.decided], "left": batch.left}


@post(
    "/v1/moderation/appeals",
    status_code=200,
    opt=_SENDS,
    operation_class=takes(Appealed),
    summary="Ask for another look",
    tags=["moderation"],
)
async def appeal(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The appeal, which somebody else than before decides on; one decision is appealed once."""
    asked: Appealed = await read_as(request, Appealed)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    holding = _holding(desk, asked.kind, "POST /v1/moderation/appeals")

    def work() -> dict[str, Any]:
        held = holding.status(asked.message_id)
        if held.item_id is None:
            raise not_found("message", asked.message_id, "Only what was held is known here.")
        if held.status == "approved":
            # What the author asks for is granted already; turned over it would be denied.
            raise ItemConflictError(
                f"The message {asked.message_id!r} is approved: there is no decision against its "
                "author to appeal.",
                "decided",
            )
        found = desk.queue.appeal(held.item_id, asked.said, actor=actor)
        return {"item_id": found.item_id, "state": found.state, "message_id": asked.message_id}

    return await run_sync(work)


async def acted(
    request: Request[Any, Any, Any], step: Callable[..., Item], *given: Any, **said: Any
) -> dict[str, Any]:
    """The item after a step of the queue, as the one who took the step may see it."""
    found = await run_sync(partial(step, *given, actor=actor_of(request), **said))
    desk = request.app.state.serving.desk
    return plain(await run_sync(seen_by, desk, request.state["key"], found))


def plain(seen: dict[str, Any]) -> dict[str, Any]:
    """What JSON has of it."""
    found: dict[str, Any] = msgspec.to_builtins(seen, enc_hook=str)
    return found


ROUTES = (
    send,
    status,
    notices,
    queue,
    item,
    claim,
    release,
    decide,
    decide_many,
    appeal,
)
