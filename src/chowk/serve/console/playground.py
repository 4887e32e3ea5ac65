"""The console's page on language: a playground, and where understanding goes wrong.

In goes a text that somebody tries; out come its tokens with their languages and slots, the
likeliest intents, what it became as a search and what that found; below, the slices of held-out
utterances and of their slots, the worst first, and the requests that the model was least sure of,
each with a form that labels it. A label goes into the journal, and the next build learns from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.response import Redirect

from chowk.errors import InputError
from chowk.search.rules import Effects
from chowk.serve.keys import needs
from chowk.serve.models import Models
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Problem
from chowk.serve.routes.language import keep_labels, labelled
from chowk.serve.routes.search_rules import effects_of
from chowk.serve.understanding import found_by, understanding

from . import entry
from .rendering import page

ASKED = Parameters(
    "the language page",
    Parameter("text", "text", "What somebody says.", "", high=2_000),
    Parameter("labelled", "text", "1 when a label was just kept.", "", high=1),
)
#: Slices and doubtful rows that are shown.
_MOST = 12
#: Rows of the journal in which labels are looked for.
_LABELS = 50_000
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


def tried(models: Models, text: str, rules: Callable[[str], Effects]) -> Tried:
    """What becomes of a text; `rules` as of `Understanding.assistant`."""
    from chowk.language.tokens import tokens

    mind = understanding(models)
    parse, wanted = mind.parse(text, 5)
    found = tokens(text)
    shown = found[:_TOKENS]
    tags = mind.tagger.tag([token.text for token in shown])
    words = []
    for token, tag in zip(shown, tags, strict=True):
        inside = (s.name for s in parse.slots if s.start < token.end and token.start < s.end)
        words.append(Word(token.text, tag, next(inside, "")))
    hits = None if models.search is None else found_by(models, wanted, rules, 5)
    return Tried(parse, words, max(0, len(found) - _TOKENS), wanted, hits)


@get("/console/language", opt=needs("staff", "catalogue.read"), include_in_schema=False)
async def show_language(request: Request[Any, Any, Any]) -> Response[Any]:
    """A text as it is understood, and the slices in which understanding is weak."""
    try:
        asked = ASKED.read(request.scope["query_string"])
    except Problem as problem:
        return await _page(request, "", error=problem.detail, status=problem.status)
    return await _page(request, asked["text"].strip(), kept=asked["labelled"] == "1")


@post(
    "/console/language/label",
    opt=needs("staff", "catalogue.write"),
    include_in_schema=False,
    status_code=200,
)
async def label_request(request: Request[Any, Any, Any]) -> Response[Any]:
    """Keep what a request meant, as a row of `utterances`."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    row = {name: fields.get(name, "").strip() for name in ("text", "locale", "intent")}
    row = {name: value for name, value in row.items() if value}
    slots = fields.get("slots", "").split()
    try:
        made = labelled({**row, **({"slots": slots} if slots else {})}, "the form")
    except InputError as error:
        return await _page(request, "", error=str(error), status=400)
    await keep_labels(request, [made], request.state["visit"].key)
    return Redirect("/console/language?labelled=1#label", status_code=303)


def waiting(system: Any, known: set[str]) -> list[Any]:
    """The requests to label: what customers typed, without what is labelled already."""
    if system is None:
        return []
    return [one for one in system.unsure_ if one.text.casefold() not in known][:_MOST]


def _labelled_since(serving: Any) -> set[str]:
    """Texts that were labelled since the build."""
    rows = serving.journal.read(serving.store.manifest.journal, _LABELS)
    return {row.body["text"].casefold() for row in rows if row.kind == "utterance"}


async def _page(
    request: Request[Any, Any, Any],
    text: str,
    *,
    error: str = "",
    status: int = 200,
    kept: bool = False,
) -> Response[Any]:
    from .pages import _shown

    serving = request.app.state.serving
    models = serving.models

    def rules(query: str) -> Effects:
        return effects_of(request, query, None)

    seen = await run_sync(tried, models, text, rules) if text else None
    mind = await run_sync(understanding, models)
    system = models.language
    frame = _shown(request, "language")
    known = await run_sync(_labelled_since, serving)
    answers, broken = await run_sync(mind.answers, serving.store.path)
    return page(
        "language.html",
        status=status,
        **frame,
        text=text,
        kept=kept,
        answers=len(answers),
        broken=broken,
        may_label=frame["visit"].key.allows("catalogue.write"),
        locale=serving.settings.text("locale"),
        intents=mind.understander.intents_,
        label=waiting(system, known),
        entities=[] if system is None else system.entity_slices()[:_MOST],
        error=error,
        seen=seen,
        own=mind.own,
        why=models.lacks.get("language", "the table utterances is empty"),
        slices=[] if system is None else system.slices()[:_MOST],
        doubtful=[] if system is None else system.doubtful(_MOST),
    )


HANDLERS = (show_language, label_request)
