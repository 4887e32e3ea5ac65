"""/v1/moderation/check and /reviews: whether messages would be held, and why; what reviews are.

What is checked is not kept here: holding, the queue and decisions have routes of their own, and so
have a channel's levels and terms. Channels lie in the store's folder, and each worker takes in what
another wrote before it uses a channel.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, post

from chowk.serve.bodies import document
from chowk.serve.documented import takes
from chowk.serve.judging import home, review_verdict
from chowk.serve.keys import needs
from chowk.serve.problems import Fault, Problem

#: Most texts of one call.
MOST = 1_000


class Around(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What surrounds a message."""

    previous: list[str] = []
    reply_to: str = ""
    approved: int = 0
    denied: int = 0
    days: float | None = None


class OneText(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One text, and what surrounds it."""

    text: str
    channel: str | None = None
    context: Around | None = None


class ManyTexts(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Up to 1,000 texts."""

    texts: Annotated[list[str], msgspec.Meta(max_length=MOST)]
    channel: str | None = None


class Review(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A review or question, with its stars if it has any."""

    text: str
    rating: Annotated[float, msgspec.Meta(ge=0, le=10)] | None = None


class Reviews(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Up to 1,000 reviews or questions."""

    reviews: Annotated[list[str | Review], msgspec.Meta(max_length=MOST)]


def wrong(field: str, rule: str, got: Any) -> Problem:
    """400: a field of the body breaks a rule."""
    return Problem(
        400, "body", "The body breaks a rule", f"{field} must be {rule}.",
        errors=[Fault(field, rule, str(got)[:80], "Correct it and send it again.")],
    )  # fmt: skip


def _channel(found: Any) -> str:
    if found is None:
        return ""
    if not isinstance(found, str) or len(found) > 200:
        raise wrong("channel", "text of at most 200 letters", found)
    return found


@post(
    "/v1/moderation/check",
    status_code=200,
    opt=needs("shop", "messages.write"),
    operation_class=takes(OneText, ManyTexts),
    summary="Whether messages would be held, and why",
    tags=["community"],
)
async def check(request: Request[Any, Any, Any]) -> Response[Any]:
    """One text, or up to 1,000 under `texts`; a verdict each, in their order."""
    body = await document(request)
    if not isinstance(body, dict):
        raise wrong("the body", "an object with 'text' or 'texts'", body)
    for name in sorted(set(body) - {"text", "texts", "channel", "context"})[:1]:
        raise wrong(str(name)[:80], "left out (it takes text or texts, channel, context)", name)
    if "texts" in body and ("text" in body or body.get("context") is not None):
        other = "text" if "text" in body else "context"
        raise wrong(other, "left out where 'texts' is given; send them in calls of their own", "it")
    channels = home(request.app.state)
    channel = _channel(body.get("channel"))
    if channel:
        await run_sync(channels.refresh, channel)
    if "texts" in body:
        texts = body["texts"]
        if not isinstance(texts, list) or len(texts) > MOST:
            raise wrong("texts", f"a list of at most {MOST} texts", texts)
        if not all(isinstance(text, str) for text in texts):
            raise wrong("texts", "a list of texts", texts)
        many = await run_sync(channels.automod.check_many, texts, channel or None)
        return Response({"verdicts": [verdict.as_dict() for verdict in many]})
    text = body.get("text")
    if not isinstance(text, str):
        raise wrong("text", "text", text)
    context = body.get("context")
    if context is not None and not isinstance(context, dict):
        raise wrong("context", "an object", context)
    if len(text) > 5_000 or context:
        verdict = await run_sync(
            lambda: channels.automod.check(text, channel or None, context=context)
        )
    else:  # well below a millisecond: a thread would cost more
        verdict = channels.automod.check(text, channel or None)
    return Response(verdict.as_dict())


@post(
    "/v1/moderation/reviews",
    status_code=200,
    opt=needs("shop", "messages.write"),
    operation_class=takes(Reviews),
    summary="What reviews and questions are about, and whether a person should see them",
    tags=["community"],
)
async def reviews(request: Request[Any, Any, Any]) -> Response[Any]:
    """Up to 1,000 under `reviews`, each a text or an object with `text` and `rating`: classes with
    probabilities, sentiment by aspect, and the decision, in their order. Nothing is kept; to have
    one wait for a person, send it as a message of kind `review`."""
    body = await document(request)
    given = body.get("reviews") if isinstance(body, dict) else None
    if not isinstance(given, list) or len(given) > MOST:
        raise wrong("reviews", f"a list of at most {MOST} reviews", given)
    rows = []
    for number, one in enumerate(given):
        row = {"text": one} if isinstance(one, str) else one
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            raise wrong(f"reviews[{number}]", "text, or an object with 'text'", one)
        rating = row.get("rating")
        fine = rating is None or (isinstance(rating, int | float) and 0 <= rating <= 10)
        if not fine or isinstance(rating, bool):
            raise wrong(f"reviews[{number}].rating", "a number in [0, 10]", rating)
        rows.append({"text": row["text"], "rating": rating})
    found = await run_sync(review_verdict, request.app.state, rows)
    return Response({"verdicts": found})
