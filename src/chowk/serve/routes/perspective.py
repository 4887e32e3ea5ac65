"""POST /v1alpha1/comments:analyze and comments:suggestscore: Perspective's shapes, answered here.

A client of Perspective works when its address and key are changed. The key may also stand in the
query as `key=`, as there, on these two routes and no other. Every refusal has Perspective's own
shape; scores are AutoMod's, so a threshold has to be set anew. A correction decides like a
moderator does: it asks for his rights in the channel, and is a row of the audit log.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, post

from chowk.community.perspective import ATTRIBUTES, LANGUAGES, analysed
from chowk.serve.bodies import document
from chowk.serve.documented import takes
from chowk.serve.judging import home
from chowk.serve.keys import KEY_IN_QUERY, needs
from chowk.serve.problems import problem_of, shown
from chowk.serve.watching import require

from .channel_rules import kept_channel

_LONGEST, _SHORT, _NAME = 20_480, 1_000, 200
#: What Google's services call a status.
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class Entry(msgspec.Struct, rename="camel"):
    """A text, and what kind of text it is."""

    text: str
    type: str = "PLAIN_TEXT"


class Wanted(msgspec.Struct, rename="camel"):
    """How an attribute is wanted."""

    score_type: str = "PROBABILITY"
    score_threshold: float = 0


class Analyze(msgspec.Struct, rename="camel", kw_only=True):
    """A comment and the attributes that are asked for; fields that are not known pass."""

    comment: Entry
    requested_attributes: dict[str, Wanted | None]
    languages: list[str] = []
    span_annotations: bool = False
    do_not_store: bool = False
    community_id: str = ""
    client_token: str = ""
    session_id: str = ""


class Value(msgspec.Struct, rename="camel"):
    """A score."""

    value: Annotated[float, msgspec.Meta(ge=0, le=1)]


class Score(msgspec.Struct, rename="camel"):
    """What an attribute should have been."""

    summary_score: Value


class Suggest(msgspec.Struct, rename="camel", kw_only=True):
    """A comment and the scores that it should have had."""

    comment: Entry
    attribute_scores: dict[str, Score]
    languages: list[str] = []
    community_id: str = ""
    client_token: str = ""
    session_id: str = ""


class Refusal(Exception):
    """What Perspective would answer with 400."""


def _refused(sentence: str, code: int = 400) -> Response[Any]:
    kind = _STATUS.get(code, "UNKNOWN")
    return Response(
        {"error": {"code": code, "message": sentence, "status": kind}}, status_code=code
    )


def _problem(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A missing key, a rate that is passed, a body that is no JSON: in the same shape."""
    problem = problem_of(error, request)
    answer = _refused(problem.detail, problem.status)
    answer.headers.update(problem.headers)
    return answer


def _typed(place: str, value: Any, kind: type, rule: str) -> None:
    """Refused unless the value is of that kind; null is as good as left out."""
    if value is not None and not isinstance(value, kind):
        raise Refusal(f"{place} must be {rule}. Got {shown(value)!r} instead.")


def _asked(body: Any) -> tuple[str, dict[str, Any], list[str], bool]:
    if not isinstance(body, dict):
        raise Refusal("The body must be a JSON object.")
    comment = body.get("comment")
    _typed("comment", comment, dict, "an object with 'text'")
    text = (comment or {}).get("text")
    _typed("comment.text", text, str, "a string")
    _typed("comment.type", (comment or {}).get("type"), str, "a string, such as PLAIN_TEXT")
    if not text or not text.strip():
        raise Refusal("Comment must be non-empty. Send {'comment': {'text': …}}.")
    for name in ("spanAnnotations", "doNotStore"):
        _typed(name, body.get(name), bool, "true or false")
    for name in ("clientToken", "sessionId"):
        _typed(name, body.get(name), str, "a string")
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST:
        raise Refusal(f"Comment text is longer than {_LONGEST} bytes.")
    attributes = body.get("requestedAttributes")
    if not isinstance(attributes, dict) or not attributes:
        raise Refusal("No requested attributes. Send {'requestedAttributes': {'TOXICITY': {}}}.")
    for name, options in attributes.items():
        if name not in ATTRIBUTES:
            raise Refusal(
                f"Attribute {name} is not supported. Supported are {', '.join(ATTRIBUTES[:7])}."
            )
        if options is not None and not isinstance(options, dict):
            raise Refusal(f"The options of attribute {name} must be an object.")
        kind = (options or {}).get("scoreType")
        _typed(f"The scoreType of attribute {name}", kind, str, "a string, such as PROBABILITY")
        least = (options or {}).get("scoreThreshold", 0)
        if isinstance(least, bool) or not isinstance(least, (int, float)):
            raise Refusal(f"The scoreThreshold of attribute {name} must be a number.")
    languages = body.get("languages") or []
    if not isinstance(languages, list) or not all(isinstance(one, str) for one in languages):
        raise Refusal("languages must be a list of texts, as ['en'].")
    for one in languages:
        if one not in LANGUAGES:
            raise Refusal(
                f"Attribute {next(iter(attributes))} does not support request languages: {one}"
            )
    community = body.get("communityId")
    if community is not None and (not isinstance(community, str) or len(community) > _NAME):
        raise Refusal(f"communityId must be a text of at most {_NAME} letters: a channel here.")
    return text, attributes, languages, bool(body.get("spanAnnotations", False))


@post(
    "/v1alpha1/comments:analyze",
    status_code=200,
    operation_class=takes(Analyze),
    opt={**needs("shop", "messages.write"), **KEY_IN_QUERY},
    exception_handlers={Exception: _problem},
    summary="Score a comment, in Perspective's shapes",
    tags=["community"],
)
async def analyze(request: Request[Any, Any, Any]) -> Response[Any]:
    """Summary and span scores for the attributes asked for."""
    body = await document(request)
    try:
        text, attributes, languages, spans = _asked(body)
    except Refusal as error:
        return _refused(str(error))
    channels = home(request.app.state)
    channel = str(body.get("communityId") or "") or None
    if channel is not None:
        await run_sync(channels.refresh, channel)
    told = partial(
        analysed,
        channels.automod,
        text,
        attributes,
        channel=channel,
        languages=languages,
        spans=spans,
    )
    # A message takes less than a thread costs; a long comment must not hold up the others.
    answer = told() if len(text) < _SHORT else await run_sync(told)
    if isinstance(body.get("clientToken"), str):
        answer["clientToken"] = body["clientToken"]
    return Response(answer)


def _taught(request: Request[Any, Any, Any], channel: str, text: str, allowed: bool) -> None:
    """Let a channel learn, where the key may decide and nobody has to second it: what a trainee
    says of an item teaches nothing either. The audit log has who, where and which way, no text."""
    # Both are asked for before anything of the channel is read.
    require(request.app.state.serving.desk, request.state["key"].key_id, "queue.decide", channel)
    kept = kept_channel(request, channel, "queue.alone")
    kept.channels.automod.learn(text, allowed, channel)
    learning = kept.channels.automod.settings(channel).learning
    outcome = {"outcome": "allowed" if allowed else "denied", "learning": learning}
    kept.changed("automod.taught", None, outcome)


@post(
    "/v1alpha1/comments:suggestscore",
    status_code=200,
    operation_class=takes(Suggest),
    opt={**needs("staff", "moderation.decide"), **KEY_IN_QUERY},
    exception_handlers={Exception: _problem},
    summary="Say what a comment's score should have been",
    tags=["community"],
)
async def suggestscore(request: Request[Any, Any, Any]) -> Response[Any]:
    """A correction: it teaches the community that is named, and no other. For seats that may decide
    alone there (`queue.decide`, `queue.alone`)."""
    body = await document(request)
    scores = body.get("attributeScores") if isinstance(body, dict) else None
    if not isinstance(scores, dict) or not scores:
        return _refused("No attribute scores. Send {'attributeScores': {'TOXICITY': …}}.")
    try:
        text, *_ = _asked({**body, "requestedAttributes": dict.fromkeys(scores)})
        values = []
        for name, entry in scores.items():
            whole = entry.get("summaryScore") if isinstance(entry, dict) else None
            value = whole.get("value") if isinstance(whole, dict) else None
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not 0 <= value <= 1
            ):
                raise Refusal(f"The summaryScore of {name} must have a value from 0 to 1.")
            values.append(float(value))
    except Refusal as error:
        return _refused(str(error))
    channel = str(body.get("communityId") or "")
    if channel:
        await run_sync(_taught, request, channel, text, max(values) < 0.5)
    automod = home(request.app.state).automod
    answer = {
        "detectedLanguages": analysed(automod, text, ())["detectedLanguages"],
        "requestedLanguages": body.get("languages") or [],
    }
    if isinstance(body.get("clientToken"), str):
        answer["clientToken"] = body["clientToken"]
    return Response(answer)
