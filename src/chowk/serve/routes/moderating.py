"""/v1/moderation: check messages, and a channel's settings and terms.

What is checked is not kept here: holding, the queue and decisions have routes of their own. A
change of settings merges; terms are added and removed one by one. Channels lie in the store's
folder, and each worker takes in what another wrote before it uses a channel.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from litestar import Request, Response, delete, get, patch, post

from chowk.errors import InputError
from chowk.serve.bodies import document
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Fault, Problem

if TYPE_CHECKING:
    from chowk.community.channels import ChannelFiles

#: Most texts of one call.
MOST = 1_000
_CHANNEL = Parameter("channel", "text", "The channel's id.", "", high=200)
CHANNEL = Parameters("/v1/moderation", _CHANNEL)
TERM = Parameters(
    "DELETE /v1/moderation/terms",
    _CHANNEL,
    Parameter("term", "text", "The term as it was written.", "", high=120, required=True),
)


def home(request: Request[Any, Any, Any]) -> ChannelFiles:
    """The server's AutoMod and its channels; loaded with the first request that asks."""
    state = request.app.state
    found: ChannelFiles | None = state.get("channels")
    if found is None:
        from chowk.community.automod import AutoMod
        from chowk.community.channels import ChannelFiles

        folder = state.serving.store.path / "channels"
        found = state["channels"] = ChannelFiles(folder, AutoMod.load("en"))
    return found


def _wrong(field: str, rule: str, got: Any) -> Problem:
    return Problem(
        400, "body", "The body breaks a rule", f"{field} must be {rule}.",
        errors=[Fault(field, rule, str(got)[:80], "Correct it and send it again.")],
    )  # fmt: skip


def _channel(found: Any) -> str:
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > 200:
        raise _wrong("channel", "text of at most 200 letters", found)
    return found


@post(
    "/v1/moderation/check",
    status_code=200,
    opt=needs("shop", "messages.write"),
    summary="Whether messages would be held, and why",
    tags=["community"],
)
async def check(request: Request[Any, Any, Any]) -> Response[Any]:
    """One text, or up to 1,000 under `texts`; a verdict each, in their order."""
    body = await document(request)
    if not isinstance(body, dict):
        raise _wrong("the body", "an object with 'text' or 'texts'", body)
    channels = home(request)
    channel = _channel(body.get("channel"))
    if channel:
        await run_sync(channels.refresh, channel)
    if "texts" in body:
        texts = body["texts"]
        if not isinstance(texts, list) or len(texts) > MOST:
            raise _wrong("texts", f"a list of at most {MOST} texts", texts)
        if not all(isinstance(text, str) for text in texts):
            raise _wrong("texts", "a list of texts", texts)
        many = await run_sync(channels.automod.check_many, texts, channel or None)
        return Response({"verdicts": [verdict.as_dict() for verdict in many]})
    text = body.get("text")
    if not isinstance(text, str):
        raise _wrong("text", "text", text)
    context = body.get("context")
    if context is not None and not isinstance(context, dict):
        raise _wrong("context", "an object", context)
    if len(text) > 5_000 or context:
        verdict = await run_sync(
            lambda: channels.automod.check(text, channel or None, context=context)
        )
    else:  # well below a millisecond: a thread would cost more
        verdict = channels.automod.check(text, channel or None)
    return Response(verdict.as_dict())


@get(
    "/v1/moderation/settings",
    opt=needs("staff", "moderation.read"),
    operation_class=CHANNEL.operation(),
    summary="A channel's levels",
    tags=["community"],
)
async def settings(request: Request[Any, Any, Any]) -> Response[Any]:
    """The level of every category, and how much of the doubtful is held."""
    channel = CHANNEL.read(request.scope["query_string"])["channel"]
    channels = home(request)
    await run_sync(channels.refresh, channel)
    return Response(channels.automod.settings(channel).as_dict())


@patch(
    "/v1/moderation/settings",
    opt=needs("staff", "moderation.configure"),
    operation_class=CHANNEL.operation(),
    summary="Change a channel's levels",
    tags=["community"],
)
async def change(request: Request[Any, Any, Any]) -> Response[Any]:
    """What the body names is changed; the rest stays."""
    channel = CHANNEL.read(request.scope["query_string"])["channel"]
    body = await document(request)
    if not isinstance(body, dict):
        raise _wrong("the body", "an object of categories with levels", body)
    channels = home(request)
    await run_sync(channels.refresh, channel)
    made = channels.automod.set(channel, body)
    await run_sync(channels.write, channel)
    return Response(made.as_dict())


@get(
    "/v1/moderation/terms",
    opt=needs("staff", "moderation.read"),
    operation_class=CHANNEL.operation(),
    summary="A channel's own terms",
    tags=["community"],
)
async def terms(request: Request[Any, Any, Any]) -> Response[Any]:
    """The terms that are not private, and how many are."""
    from chowk.community.channels import as_dict

    channel = CHANNEL.read(request.scope["query_string"])["channel"]
    channels = home(request)
    await run_sync(channels.refresh, channel)
    found = list(channels.automod.terms(channel))
    shown = [as_dict(term) for term in found if not term.private]
    return Response({"terms": shown, "private": len(found) - len(shown)})


@post(
    "/v1/moderation/terms",
    status_code=200,
    opt=needs("staff", "moderation.configure"),
    operation_class=CHANNEL.operation(),
    summary="Add terms to a channel",
    tags=["community"],
)
async def add(request: Request[Any, Any, Any]) -> Response[Any]:
    """Terms as text, or with kind (block, allow), expires_at and private; all or none are added."""
    channel = CHANNEL.read(request.scope["query_string"])["channel"]
    body = await document(request)
    given = body.get("terms") if isinstance(body, dict) else body
    if not isinstance(given, list):
        raise _wrong("terms", "a list", given)
    made = [_made(one, number, request.state.key.key_id) for number, one in enumerate(given)]
    channels = home(request)
    await run_sync(channels.refresh, channel)
    await run_sync(channels.automod.terms(channel).add, made)
    await run_sync(channels.write, channel)
    return Response({"terms": len(channels.automod.terms(channel))})


def _made(one: Any, number: int, by: str) -> Any:
    from chowk.community.terms import Term

    if isinstance(one, str):
        return Term(one, by=by)
    if not isinstance(one, dict) or not isinstance(one.get("text"), str):
        raise _wrong(f"terms[{number}]", "text, or an object with 'text'", one)
    kind = one.get("kind", "block")
    if kind not in ("block", "allow"):
        raise _wrong(f"terms[{number}].kind", "'block' or 'allow'", kind)
    ends = one.get("expires_at")
    if ends is not None:
        try:
            ends = datetime.fromisoformat(ends)
        except (TypeError, ValueError):
            raise _wrong(f"terms[{number}].expires_at", "an ISO 8601 time", ends) from None
        if ends.tzinfo is None:
            ends = ends.replace(tzinfo=UTC)
    return Term(one["text"], kind, ends, bool(one.get("private", False)), by)


@delete(
    "/v1/moderation/terms",
    status_code=200,
    opt=needs("staff", "moderation.configure"),
    operation_class=TERM.operation(),
    summary="Take a term out",
    tags=["community"],
)
async def remove(request: Request[Any, Any, Any]) -> Response[Any]:
    """Whether it was there."""
    asked = TERM.read(request.scope["query_string"])
    channels = home(request)
    await run_sync(channels.refresh, asked["channel"])
    gone = channels.automod.terms(asked["channel"]).remove(asked["term"])
    if not gone:
        raise InputError(f"The channel has no term {asked['term']!r}.")
    await run_sync(channels.write, asked["channel"])
    return Response({"removed": asked["term"]})
