"""/v1/moderation, against raids: guards and their trials, joins, bans, and undoing what was mass.

A guard holds and never bans. That a platform banned somebody is told here, so that he is known when
he comes back; who only may be him is watched and holds nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, delete, get, post, put
from litestar.exceptions import MethodNotAllowedException
from litestar.params import PathParameter

from chowk.desk import KINDS, Desk
from chowk.serve.bodies import document
from chowk.serve.documented import takes
from chowk.serve.guard_trial import try_guard
from chowk.serve.guarding import CATEGORIES, Guard, account_of, guard_of
from chowk.serve.judging import guards_of
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters, path_channel
from chowk.serve.problems import Problem, bad_parameter
from chowk.serve.structs import read_as
from chowk.serve.watching import require

from .moderation import ItemId, acted, actor_of, norm_of_item, plain

_SENDS = needs("shop", "messages.write")
_READS = needs("staff", "moderation.read")
_DECIDES = needs("staff", "moderation.decide")
Channel = Annotated[str, PathParameter(description="The channel's id; a slash as %2F.")]
#: What stands before a channel's id in paths, and after it where a guard is tried.
_GUARD, _TRIAL, _CHANNELS = "/v1/moderation/guard/", "/trial", "/v1/moderation/channels/"
#: Days back in which what was decided on many can be undone, and hours of a banned account's own.
BACK = timedelta(days=7)
#: The states that closing a channel ends.
OPEN = ("waiting", "claimed")

CLOSE = Parameters(
    "DELETE /v1/moderation/channels",
    Parameter("count", "int", "How many open items the person was shown.", -1, -1, 10**9),
)


class Joined(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An account that joined a channel."""

    channel_id: str
    author_id: str
    name: str = ""
    created_at: str | None = None
    messages: list[str] = []
    hours: list[int] = []


class Banned(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An account that was banned by people; what it wrote is taken from the desk if not given."""

    channel_id: str
    author_id: str
    name: str = ""
    created_at: str | None = None
    messages: list[str] = []
    hours: list[int] = []
    reason: str = ""


class Undone(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Decisions to undo; `count` is the number that the moderator was shown."""

    item_ids: list[str]
    count: int
    reason: str


class Overturned(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Another outcome than the one that was decided."""

    outcome: str
    reason: str
    norm: str | None = None


class Assigned(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """To whom an item is handed over."""

    to: str
    minutes: float = 60
    reason: str = ""


def check_account(route: str, given: Joined | Banned) -> None:
    """Problem 400 for facts about an account that nobody could compare."""
    made = given.created_at
    if made is not None:
        try:
            datetime.fromisoformat(made)
        except ValueError:
            rule = "an ISO 8601 time, such as 2026-11-08T18:30:00+05:30"
            raise bad_parameter(route, "created_at", rule, made) from None
    if any(not 0 <= hour <= 23 for hour in given.hours):
        raise bad_parameter(route, "hours", "hours of the day, 0 to 23", str(given.hours)[:60])
    for name, most in (("channel_id", 128), ("author_id", 290)):
        text = getattr(given, name)
        if not 1 <= len(text) <= most or not text.strip():
            raise bad_parameter(route, name, f"an id of 1 to {most} characters", text)
    if len(given.name) > 200:
        raise bad_parameter(route, "name", "at most 200 characters long", given.name)


async def _body(request: Request[Any, Any, Any]) -> dict[str, Any]:
    found = await document(request)
    if not isinstance(found, dict):
        fields = ", ".join(Guard.__struct_fields__)
        raise Problem(
            400, "body", "The body breaks a rule", f"Send an object with any of {fields}."
        )
    return found


def state_of(desk: Desk, actor: str, channel: str) -> dict[str, Any]:
    """A channel's guard: its settings, what it holds by category, and whom it watches."""
    require(desk, actor, "queue.see", channel)
    kept = desk.records.read("guard", channel)
    waiting: dict[str, list[str]] = {}
    for item in desk.queue.items(state="waiting", queues=[channel], limit=1000, actor=actor):
        kind = ((item.payload or {}).get("verdict") or {}).get("category")
        if kind in CATEGORIES:
            waiting.setdefault(str(kind), []).append(item.item_id)
    watched: list[Any] = []
    guard = guard_of(None if kept is None else kept.body)
    if not desk.seats.may(actor, "authors.see", channel):
        guard = msgspec.structs.replace(guard, hosts=())
    else:
        since = datetime.now(UTC) - BACK
        watched = desk.records.remarks(
            "watch", queue=channel, since=since, actor=actor, limit=50, newest=True
        )
    return {
        "channel_id": channel,
        "guard": guard,
        "version": 0 if kept is None else kept.version,
        "waiting": waiting,
        "watched": watched,
    }


@get("/v1/moderation/guard/{channel_id:path}", opt=_READS, tags=["moderation"])
async def read_guard(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """A channel's guard against raids: settings, what it holds, and whom it watches."""
    channel_id = _guarded(request, channel_id)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    return plain(await run_sync(state_of, desk, actor, channel_id))


@put(
    "/v1/moderation/guard/{channel_id:path}",
    opt=_READS,
    operation_class=takes(Guard),
    tags=["moderation"],
)
async def write_guard(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """Change a guard; what the body does not name stays. For seats with `raids.act`."""
    channel_id = _guarded(request, channel_id)
    body = await _body(request)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    return plain(await run_sync(change_guard, desk, actor, channel_id, body))


def change_guard(
    desk: Desk, actor: str, channel: str, body: dict[str, Any], reason: str = ""
) -> dict[str, Any]:
    """Merge a change into a channel's guard; the guard after it."""
    kept = desk.records.read("guard", channel)
    merged = {**({} if kept is None else kept.body), **body}
    guard_of(merged)
    desk.records.write("guard", channel, merged, actor=actor, reason=reason)
    return state_of(desk, actor, channel)


@post(
    "/v1/moderation/guard/{channel_id:str}/trial",
    status_code=200,
    opt=_READS,
    operation_class=takes(Guard),
    tags=["moderation"],
)
async def trial(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """What a guard with these settings would have held of the last 30 days. It changes nothing."""
    return await _tried(request, channel_id)


@post(
    "/v1/moderation/guard/{channel_id:path}",
    status_code=200,
    opt=_READS,
    include_in_schema=False,
)
async def trial_anywhere(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """The same for a channel with a slash in its id: nothing may follow a path of any length in a
    route, so the end is looked for here."""
    if not _ends_in_trial(request, channel_id):
        raise MethodNotAllowedException
    return await _tried(request, channel_id)


def _ends_in_trial(request: Request[Any, Any, Any], text: str) -> bool:
    whole = path_channel(request, _GUARD, text)
    return path_channel(request, _GUARD, text, _TRIAL) != whole


def _guarded(request: Request[Any, Any, Any], text: str) -> str:
    """The channel of a guard; a trial that is not posted would name a channel that is none."""
    if _ends_in_trial(request, text):
        raise MethodNotAllowedException
    return path_channel(request, _GUARD, text)


async def _tried(request: Request[Any, Any, Any], text: str) -> dict[str, Any]:
    channel_id = path_channel(request, _GUARD, text, _TRIAL)
    body = await _body(request)
    serving, actor = request.app.state.serving, actor_of(request)

    def work() -> Any:
        require(serving.desk, actor, "raids.act", channel_id)
        return try_guard(request.app.state, channel_id, body)

    told: dict[str, Any] = msgspec.to_builtins(await run_sync(work))
    return told


@post(
    "/v1/moderation/joins",
    status_code=200,
    opt=_SENDS,
    operation_class=takes(Joined),
    tags=["moderation"],
)
async def joined(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Tell of an account that joined: whether it is part of a wave, and whom it resembles.

    `likely` (a banned account that came back) and a wave hold what it posts for a while; `possible`
    holds nothing, and is only watched.
    """
    given: Joined = await read_as(request, Joined)
    check_account("POST /v1/moderation/joins", given)
    desk, found = request.app.state.serving.desk, guards_of(request.app.state)

    def work() -> dict[str, Any]:
        account = account_of(given.author_id, msgspec.to_builtins(given))
        alert, seen = found.join(given.channel_id, account, datetime.now(UTC))
        if seen is not None and seen.verdict != "unknown":
            body = {"verdict": seen.verdict, "of": seen.of, "reasons": list(seen.reasons)}
            about = f"author:{given.author_id}"
            known = desk.records.remarks(
                "watch", subject=about, queue=given.channel_id, limit=1, newest=True
            )
            if not known or known[-1].body != body:
                desk.records.remark("watch", about, body, queue=given.channel_id, actor="system")
        return {
            "wave": alert is not None,
            "evader": "unknown" if seen is None else seen.verdict,
            "held": alert is not None or (seen is not None and seen.verdict == "likely"),
        }

    return await run_sync(work)


@post(
    "/v1/moderation/bans",
    status_code=200,
    opt=_READS,
    operation_class=takes(Banned),
    tags=["moderation"],
)
async def banned(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Tell that people banned an account, to know it when it comes back. For `raids.act`."""
    given: Banned = await read_as(request, Banned)
    check_account("POST /v1/moderation/bans", given)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    return plain({"remark": await run_sync(ban, desk, actor, given)})


def ban(desk: Desk, actor: str, given: Banned) -> Any:
    """Remember a banned account, with what it wrote."""
    items = desk.queue.items(party=given.author_id, queues=[given.channel_id], limit=200)
    texts = [(item.payload or {}).get("text") for item in items]
    body = {
        "text": given.reason,
        "name": given.name[:200],
        "created_at": given.created_at,
        "messages": [one[:500] for one in given.messages[-200:]]
        or [one[:500] for one in texts if isinstance(one, str)],
        "hours": given.hours[-2_000:] or [item.proposed_at.hour for item in items],
    }
    return desk.records.remark(
        "ban",
        f"author:{given.author_id}",
        body,
        queue=given.channel_id,
        actor=actor,
        reason=given.reason,
    )


@get("/v1/moderation/batches", opt=_DECIDES, tags=["moderation"])
async def batches(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """What was decided on many at once in the last days, where this key may undo it."""
    desk, actor = request.app.state.serving.desk, actor_of(request)
    find = partial(desk.queue.batches, since=datetime.now(UTC) - BACK, actor=actor)
    return plain({"batches": await run_sync(find)})


@post(
    "/v1/moderation/undo",
    status_code=200,
    opt=_DECIDES,
    operation_class=takes(Undone),
    tags=["moderation"],
)
async def undo(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Undo decisions on many: the items wait again. `count` is what the person was shown."""
    given: Undone = await read_as(request, Undone)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    act = partial(
        desk.queue.reopen_many,
        given.item_ids,
        count=given.count,
        actor=actor,
        reason=given.reason,
    )
    batch = await run_sync(act)
    return {"reopened": [one.item_id for one in batch.decided], "left": batch.left}


@post(
    "/v1/moderation/items/{item_id:str}/overturn",
    status_code=200,
    opt=_DECIDES,
    operation_class=takes(Overturned),
    tags=["moderation"],
)
async def overturn(request: Request[Any, Any, Any], item_id: ItemId) -> dict[str, Any]:
    """Decide otherwise than somebody did, or let through what expired."""
    given: Overturned = await read_as(request, Overturned)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    norm = await run_sync(lambda: norm_of_item(desk, actor, desk.queue.item(item_id), given.norm))
    overturn = desk.queue.overturn
    return await acted(request, overturn, item_id, given.outcome, reason=given.reason, norm=norm)


@post(
    "/v1/moderation/items/{item_id:str}/assign",
    status_code=200,
    opt=_DECIDES,
    operation_class=takes(Assigned),
    tags=["moderation"],
)
async def assign(request: Request[Any, Any, Any], item_id: ItemId) -> dict[str, Any]:
    """Hand an item over to somebody who may decide on it."""
    given: Assigned = await read_as(request, Assigned)
    assign = request.app.state.serving.desk.queue.assign
    return await acted(
        request, assign, item_id, given.to, minutes=given.minutes, reason=given.reason
    )


def open_in(desk: Desk, channel: str) -> int:
    """How many items are open in a channel, of all that people decide on there: what closing it
    ends."""
    return sum(
        count
        for (kind, queue, state), count in desk.queue.counts().items()
        if queue == channel and state in OPEN and KINDS[kind].seated
    )


@get("/v1/moderation/channels/{channel_id:path}", opt=_DECIDES, tags=["moderation"])
async def channel(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """How many items are open in a channel: the `count` with which it can be closed."""
    channel_id = path_channel(request, _CHANNELS, channel_id)
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> int:
        require(desk, actor, "queue.see", channel_id)
        return open_in(desk, channel_id)

    return {"channel_id": channel_id, "open": await run_sync(work)}


@delete(
    "/v1/moderation/channels/{channel_id:path}",
    status_code=200,
    opt=_DECIDES,
    operation_class=CLOSE.operation(),
    tags=["moderation"],
)
async def close(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """A channel was deleted: what waits in it expires, as if denied. For `queue.many`; `count` is
    what the person was shown, and when more is open by now, nothing is closed."""
    channel_id = path_channel(request, _CHANNELS, channel_id)
    asked = CLOSE.read(request.scope["query_string"])
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> int:
        require(desk, actor, "queue.many", channel_id)
        count = open_in(desk, channel_id)
        if count and asked["count"] != count:
            raise bad_parameter(
                CLOSE.route,
                "count",
                f"the number of open items, {count}",
                None if asked["count"] < 0 else asked["count"],
                f"They expire as if denied. Nothing was closed; to go on, send count={count}.",
            )
        closed: int = desk.queue.close(channel_id, actor=actor, reason="the channel was deleted")
        return closed

    return {"expired": await run_sync(work)}


ROUTES = (
    read_guard,
    write_guard,
    trial,
    trial_anywhere,
    joined,
    banned,
    batches,
    undo,
    overturn,
    assign,
    channel,
    close,
)
