"""GET /v1/parse and POST /v1/assistant: what a customer says, and a conversation about it.

A text comes in, or a speech recogniser's hypotheses; intent, slots and a search go out, or a reply
with products. The conversation lies with the caller, as `history`, so any worker can go on with it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get, post

from chowk.errors import InputError
from chowk.serve.bodies import document
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Fault, Problem
from chowk.serve.understanding import understanding

PARSE = Parameters(
    "GET /v1/parse",
    Parameter("text", "text", "What was said.", "", high=2_000, required=True),
    Parameter("n_best", "int", "Intents that are given.", 3, 1, 50),
    Parameter(
        "index",
        "text",
        "How offsets are counted.",
        "code-points",
        choices=("code-points", "utf-16"),
    ),
)


class ParsedSlot(msgspec.Struct, frozen=True):
    """A slot, with its place in the text; the end is not included."""

    name: str
    value: str
    start: int
    end: int


class ParsedSearch(msgspec.Struct, frozen=True):
    """What to search for; the filters fit GET /v1/search."""

    query: str
    filters: dict[str, Any]
    sort: str | None
    reasons: tuple[str, ...]


class ParseAnswer(msgspec.Struct, frozen=True):
    """What was understood, and by which model: `own`, or `shop` (shipped)."""

    text: str
    intent: str
    confidence: float
    in_scope: bool
    slots: list[ParsedSlot]
    intents: list[tuple[str, float]]
    search: ParsedSearch
    model: str


@get("/v1/parse", opt=needs("shop", "shop.use"), operation_class=PARSE.operation())
async def parse(request: Request[Any, Any, Any]) -> ParseAnswer:
    """Intent, slots and search of what a customer says, in English, Hinglish or as it was taught.

    `in_scope` is false when the text is likely about something else.
    """
    asked = PARSE.read(request.scope["query_string"])
    models = request.app.state.serving.models

    def work() -> ParseAnswer:
        mind = understanding(models)
        found, wanted = mind.parse(asked["text"], asked["n_best"])
        if asked["index"] == "utf-16":
            found = found.utf16()
        return ParseAnswer(
            text=found.text,
            intent=found.intent,
            confidence=found.confidence,
            in_scope=found.in_scope,
            slots=[ParsedSlot(s.name, s.value, s.start, s.end) for s in found.slots],
            intents=list(found.intents),
            search=ParsedSearch(wanted.query, wanted.filters, wanted.sort, wanted.reasons),
            model="own" if mind.own else "shop",
        )

    return await run_sync(work)


@post("/v1/assistant", opt=needs("shop", "shop.use"), status_code=200)
async def assistant(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The next turn of a conversation: JSON with `text`, or `hypotheses` (`text`, `confidence`),
    and the `history` of the last reply. A skill request of a voice platform (`request`, `session`)
    is answered in its own shape.
    """
    body = await document(request)
    models = request.app.state.serving.models

    def work() -> dict[str, Any]:
        from chowk.language.skill import Skill

        if not isinstance(body, dict):
            raise InputError("The body is an object with 'text'.")
        mind = understanding(models)
        skill = Skill(lambda: mind.assistant(models))
        return skill.alexa(body) if "request" in body else skill.plain(body)

    try:
        return await run_sync(work)
    except InputError as error:
        raise Problem(
            400,
            "body",
            "The body breaks a rule",
            str(error),
            errors=[Fault("text", "a conversation's turn", None, "Send {'text': ...}.")],
        ) from None
