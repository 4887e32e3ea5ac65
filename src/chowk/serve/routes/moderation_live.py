"""/v1/moderation, live: steps as they happen, and messages as chat platforms send them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get, post
from litestar.params import PathParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from chowk.community.chats import PLATFORMS, ChatMessage
from chowk.community.chats import read as read_chat
from chowk.community.chats import write as write_chat
from chowk.community.holding import Holding
from chowk.desk import Desk
from chowk.serve.bodies import document
from chowk.serve.documented import takes
from chowk.serve.judging import authors_of, tally_of, verdict_of
from chowk.serve.keys import needs
from chowk.serve.problems import bad_parameter, not_found

from .moderation import Sent, actor_of

#: Seconds between looks for new steps, and that a stream lasts at most: then the client comes again
#: from where it was.
LOOK, LASTS = 0.25, 600.0

_SENDS = needs("shop", "messages.write")
_READS = needs("staff", "moderation.read")


@get(
    "/v1/moderation/stream",
    opt=_READS,
    summary="Holds and outcomes as they happen",
    tags=["moderation"],
)
async def stream(request: Request[Any, Any, Any]) -> ServerSentEvent:
    """Server-sent events: each step of an item that this key may see, with its number as id.

    With `Last-Event-ID`, or `?after=`, it goes on behind that number; without, from now. The server
    ends it before its own time limit, and a client comes again by itself.
    """
    serving, actor = request.app.state.serving, actor_of(request)
    asked = request.headers.get("last-event-id") or request.query_params.get("after")
    if asked is not None and (not str(asked).isdecimal() or len(str(asked)) > 15):
        raise bad_parameter("GET /v1/moderation/stream", "after", "a step's number", asked)
    desk: Desk = serving.desk
    start = (await run_sync(desk.audit_end)).rows if asked is None else int(asked)
    seconds = min(LASTS, max(0.5, serving.timeout - 1))

    async def told() -> AsyncIterator[ServerSentEventMessage]:
        after, loop = start, asyncio.get_running_loop()
        ends = loop.time() + seconds
        yield ServerSentEventMessage(data=None, comment="open", retry=500)
        while True:  # at least one look, however slow the client was
            found = await run_sync(partial(desk.queue.steps, after=after, limit=100, actor=actor))
            for step in found:
                after = step.seq
                plain = {
                    name: getattr(step, name)
                    for name in ("seq", "at", "action", "item_id", "kind", "queue", "state", "norm")
                }
                yield ServerSentEventMessage(
                    id=step.seq, event="step", data=msgspec.json.encode(plain).decode()
                )
            if loop.time() > ends:
                return
            if not found:
                await asyncio.sleep(LOOK)

    return ServerSentEvent(told())


@post(
    "/v1/moderation/chats/{platform:str}",
    status_code=200,
    opt=_SENDS,
    operation_class=takes(dict[str, Any]),
    summary="A message as a chat platform sends it",
    tags=["moderation"],
)
async def chat(
    request: Request[Any, Any, Any], platform: Annotated[str, PathParameter()]
) -> dict[str, Any]:
    """Takes Twitch EventSub, Discord gateway and Matrix events; gives the status, and the event
    with which a bot of that platform acts on a hold."""
    if platform not in PLATFORMS:
        raise not_found("platform", platform, f"There are: {', '.join(PLATFORMS)}.")
    event = await document(request)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    # Nothing shows that an event is the platform's own: a key of the shop's pages is not believed.
    trusted = request.state["key"].scope != "shop"

    def work() -> dict[str, Any]:
        message: ChatMessage = read_chat(platform, event)
        sent = Sent(
            message_id=message.message_id,
            channel_id=message.channel_id,
            author_id=message.author_id,
            text=message.text,
            # On Twitch a channel goes by its broadcaster's id, and both ids are Twitch's own.
            context={"host": True}
            if trusted and platform == "twitch" and message.author_id == message.channel_id
            else {},
        )
        verdict = verdict_of(request.app.state, sent)
        given = (message.message_id, message.channel_id, message.author_id, message.text)
        owns = authors_of(request.app.state).owns
        held = Holding(desk.queue, owns=owns).send(*given, verdict, actor=actor)
        answer: dict[str, Any] = msgspec.to_builtins(held)
        if held.status == "shown":
            tally_of(request.app.state).add(message.channel_id, datetime.now(UTC))
        elif held.item_id is not None:
            at = desk.queue.item(held.item_id).proposed_at
            answer["event"] = write_chat(platform, message, held.status, verdict, at=at)
        return answer

    return await run_sync(work)


ROUTES = (stream, chat)
