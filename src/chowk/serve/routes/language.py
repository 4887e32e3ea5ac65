"""What a customer says: /v1/parse, a conversation about it, and labels to learn from.

A text comes in, or a speech recogniser's hypotheses; intent, slots and a search go out, or a reply
with products. The conversation lies with the caller, as `history`, so any worker can go on with it.
Labelled requests go into the journal; the next build has them in the table `utterances`.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get, post

from chowk.errors import InputError
from chowk.journal import Entry
from chowk.serve.bodies import document
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Fault, Problem
from chowk.serve.understanding import understanding

from .search_rules import effects_of

if TYPE_CHECKING:
    from chowk.desk import Key
    from chowk.search.rules import Effects

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


#: Characters of a text, hypotheses of one utterance, and labels of one call, at most.
_LONGEST, _HEARD, _LABELS = 2_000, 50, 1_000
#: The shape of a BCP 47 tag; which languages there are is not asked.
_LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,8}")


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
    return await _parsed(request, asked["text"], asked["n_best"], asked["index"])


@post("/v1/parse", opt=needs("shop", "shop.use"), status_code=200)
async def parse_heard(request: Request[Any, Any, Any]) -> ParseAnswer:
    """The same of recognised speech: JSON with `hypotheses`, a list of `text` and `confidence`
    (or of one `text`), and as above `n_best` and `index`. The intent is the likeliest over all of
    them together.
    """
    body = await document(request)
    if not isinstance(body, dict):
        raise _broken("body", "an object with 'hypotheses'", body)
    unknown = sorted(set(body) - {"hypotheses", "text", "n_best", "index"})
    if unknown:
        raise _broken(unknown[0], "one of hypotheses, text, n_best, index", unknown[0])
    n_best, index = body.get("n_best", 3), body.get("index", "code-points")
    if isinstance(n_best, bool) or not isinstance(n_best, int) or not 1 <= n_best <= 50:
        raise _broken("n_best", "a whole number from 1 to 50", n_best)
    if index not in ("code-points", "utf-16"):
        raise _broken("index", "'code-points' or 'utf-16'", index)
    return await _parsed(request, _heard(body), n_best, index)


def _heard(body: dict[str, Any]) -> str | list[tuple[str, float]]:
    """The text, or the hypotheses, of a body."""
    given, text = body.get("hypotheses"), body.get("text")
    if given is None:
        if not isinstance(text, str) or len(text) > _LONGEST:
            raise _broken("text", f"a text of at most {_LONGEST} characters", text)
        return text
    rule = f"1 to {_HEARD} objects with 'text' (at most {_LONGEST} characters) and 'confidence'"
    if not isinstance(given, list) or not 0 < len(given) <= _HEARD or text is not None:
        raise _broken("hypotheses", f"{rule}, and no 'text' beside them", given)
    found = []
    for number, one in enumerate(given):
        said = one.get("text") if isinstance(one, dict) else None
        sure = one.get("confidence") if isinstance(one, dict) else None
        rated = isinstance(sure, int | float) and not isinstance(sure, bool)
        if not isinstance(said, str) or len(said) > _LONGEST or sure is None or not rated:
            raise _broken(f"hypotheses[{number}]", rule, one)
        if not abs(sure) <= sys.float_info.max:  # nor a whole number too large for a float
            raise _broken(f"hypotheses[{number}].confidence", "a finite number", sure)
        found.append((said, float(sure)))
    return found


def _broken(field: str, rule: str, got: Any) -> Problem:
    said = f"{field} must be {rule}. Got {got!r:.80}."
    fault = Fault(field, rule, repr(got)[:80], f"Send {rule}.")
    return Problem(400, "body", "The body breaks a rule", said, errors=[fault])


async def _parsed(
    request: Request[Any, Any, Any], said: str | list[tuple[str, float]], n_best: int, index: str
) -> ParseAnswer:
    models = request.app.state.serving.models

    def work() -> ParseAnswer:
        mind = understanding(models)
        found, wanted = mind.parse(said, n_best)
        if index == "utf-16":
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


@post("/v1/utterances", opt=needs("staff", "catalogue.write"), status_code=202)
async def label(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Labelled requests to learn from, one or a list: `text`, `locale`, `intent`, and `slots` (BIO
    tags, one a token). They are kept when this answers; the next build learns from them.
    """
    body = await document(request)
    rows = body if isinstance(body, list) else [body]
    if not 0 < len(rows) <= _LABELS:
        raise _broken("body", f"1 to {_LABELS} labelled requests", len(rows))
    made = []
    for number, row in enumerate(rows):
        try:
            made.append(labelled(row, f"item {number}"))
        except InputError as error:
            fault = Fault(f"items[{number}]", "a labelled request", None, str(error))
            raise Problem(400, "rows", "A row breaks a rule", str(error), errors=[fault]) from None
    await keep_labels(request, made, request.state["key"])
    return {"accepted": len(made)}


def labelled(row: Any, where: str) -> Entry:
    """A label as it goes into the journal; InputError where it breaks a rule."""
    from chowk.language.examples import read_examples

    if not isinstance(row, dict):
        raise InputError(f"{where} is a {type(row).__name__}. Give text, locale and intent.")
    made = Entry.checked("utterance", row, where=where)
    words = read_examples([made.body], where)[0].words
    if not words:
        raise InputError(f"The text of {where} has no word. There is nothing to learn from it.")
    locale = made.body["locale"]
    if not _LOCALE.fullmatch(locale):
        raise InputError(
            f"The locale of {where} is a language tag, such as en or hi-IN. Got {locale!r:.60}."
        )
    tags = made.body.get("languages")
    if tags is not None and len(tags) not in (len(words), len(made.body["text"].split())):
        raise InputError(
            f"{where} has {len(words)} tokens and {len(tags)} languages. Give one language a token."
        )
    return made


async def keep_labels(request: Request[Any, Any, Any], made: list[Entry], key: Key) -> None:
    """Write labels to the journal, and who gave them to the audit log."""
    serving = request.app.state.serving
    await asyncio.wrap_future(serving.journal.submit(made))

    def note() -> None:
        for one in made:
            serving.desk.record(
                actor=key.key_id, action="utterance.labelled", subject=f"utterance:{one.key}",
                after={"intent": one.body["intent"]},
            )  # fmt: skip

    await run_sync(note)


@post("/v1/assistant", opt=needs("shop", "shop.use"), status_code=200)
async def assistant(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The next turn of a conversation: JSON with `text`, or `hypotheses` (`text`, `confidence`),
    and the `history` of the last reply. A skill request of a voice platform (`request`, `session`)
    is answered in its own shape; `"skill": "onboarding"` takes a newcomer around the shop.
    """
    body = await document(request)
    serving = request.app.state.serving
    models, folder = serving.models, serving.store.path

    def work() -> dict[str, Any]:
        from chowk.language.onboarding import toured
        from chowk.language.skill import Skill

        def rules(query: str) -> Effects:
            return effects_of(request, query, None)

        if not isinstance(body, dict):
            raise InputError("The body is an object with 'text'.")
        mind = understanding(models)
        if body.get("skill", "shop") not in ("shop", "onboarding"):
            raise InputError(f"'skill' is 'shop' or 'onboarding'. Got {body['skill']!r:.60}.")
        if body.get("skill") == "onboarding":
            return toured(mind.onboarding(folder), body)
        skill = Skill(lambda: mind.assistant(models, folder, rules))
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
