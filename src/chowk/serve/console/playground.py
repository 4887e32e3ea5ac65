"""The console's page on language: a playground, and where understanding goes wrong.

In goes a text that somebody tries; out come its tokens with their languages and slots, the
likeliest intents, what it became as a search and what that found; below, the slices of held-out
utterances, the worst first, and those that the model was least sure of.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from anyio.to_thread import run_sync
from litestar import Request, Response, get

from chowk.serve.keys import needs
from chowk.serve.models import Models
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Problem
from chowk.serve.understanding import found_by, understanding

from .rendering import page

ASKED = Parameters(
    "the language page", Parameter("text", "text", "What somebody says.", "", high=2_000)
)
#: Slices and doubtful rows that are shown.
_MOST = 12
#: Tokens that are shown.
_TOKENS = 60


class Word(NamedTuple):
    """A token as the page shows it."""

    text: str
    language: str
    slot: str


class Tried(NamedTuple):
    """All that the page shows of one text."""

    parse: Any
    words: list[Word]
    more: int
    search: Any
    hits: list[Any] | None


def tried(models: Models, text: str) -> Tried:
    """What becomes of a text."""
    from chowk.language.resolving import language_of
    from chowk.language.tokens import tokens

    mind = understanding(models)
    parse, wanted = mind.parse(text, 5)
    found = tokens(text)
    words = []
    for token in found[:_TOKENS]:
        inside = (s.name for s in parse.slots if s.start < token.end and token.start < s.end)
        words.append(Word(token.text, language_of(token.text), next(inside, "")))
    hits = None if models.search is None else list(found_by(models, wanted, 5))
    return Tried(parse, words, max(0, len(found) - _TOKENS), wanted, hits)


@get("/console/language", opt=needs("staff", "catalogue.read"), include_in_schema=False)
async def show_language(request: Request[Any, Any, Any]) -> Response[Any]:
    """A text as it is understood, and the slices in which understanding is weak."""
    from .pages import _shown

    models = request.app.state.serving.models
    error, status, text = "", 200, ""
    try:
        text = ASKED.read(request.scope["query_string"])["text"].strip()
    except Problem as problem:
        error, status = problem.detail, problem.status
    seen = await run_sync(tried, models, text) if text else None
    mind = await run_sync(understanding, models)
    system = models.language
    return page(
        "language.html",
        status=status,
        **_shown(request, "language"),
        text=text,
        error=error,
        seen=seen,
        own=mind.own,
        why=models.lacks.get("language", "the table utterances is empty"),
        slices=[] if system is None else system.slices()[:_MOST],
        doubtful=[] if system is None else system.doubtful(_MOST),
    )
