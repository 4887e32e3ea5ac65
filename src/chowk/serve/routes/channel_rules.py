"""/v1/moderation/settings, terms, trials: how strict a channel is, and its own terms.

A change of levels merges; terms are added and removed one by one; both can be tried on past
messages first. A seat with the right `settings.edit` changes its channels, and each change is a row
of the audit log.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import State

from chowk.community.severity import CATEGORIES as CATEGORIES_OF_HARM
from chowk.errors import InputError
from chowk.serve.bodies import document
from chowk.serve.documented import takes
from chowk.serve.guarding import CATEGORIES, Tried, past_messages, tried, unheld
from chowk.serve.judging import home
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.watching import require

from .moderating import wrong

if TYPE_CHECKING:
    from chowk.community.channels import ChannelFiles
    from chowk.desk import Desk

_READS = needs("staff", "moderation.read")
_CHANNEL = Parameter("channel", "text", "The channel's id.", "", high=200)
CHANNEL = Parameters("/v1/moderation", _CHANNEL)
#: What is changed or tried is a channel's that was named: one that was forgotten is no channel.
NAMED = Parameter("channel", "text", "The channel's id.", "", low=1, high=200, required=True)
CHANGED = Parameters("/v1/moderation", NAMED)
TERM = Parameters(
    "DELETE /v1/moderation/terms",
    NAMED,
    Parameter("term", "text", "The term as it was written.", "", high=120, required=True),
)


Level = Annotated[int, msgspec.Meta(ge=0, le=4)] | None
#: A change of levels: by category, for all, and how much of the doubtful is held.
Levels = msgspec.defstruct(
    "Levels",
    [
        *((name.replace("-", "_"), Level, msgspec.field(default=None, name=name))
          for name in CATEGORIES_OF_HARM),
        ("overall", Level, None),
        ("band", Annotated[float, msgspec.Meta(ge=0, le=1)] | None, None),
        ("learning", bool | None, None),
    ],
    forbid_unknown_fields=True,
    kw_only=True,
)  # fmt: skip


class NewTerm(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A term of a channel's own."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    kind: Literal["block", "allow"] = "block"
    expires_at: datetime | None = None
    private: bool = False


class Added(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Terms to add."""

    terms: list[str | NewTerm]


class Trial(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Levels and terms to try on past messages."""

    levels: dict[str, Any] = {}
    terms: list[str | NewTerm] = []


class Kept(NamedTuple):
    """A channel that a request asks about, with what other processes wrote of it taken in."""

    name: str
    channels: ChannelFiles
    desk: Desk
    actor: str

    def changed(self, action: str, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
        """Write the channel, and a row of the audit log that says what was changed."""
        self.channels.write(self.name)
        digest = hashlib.sha256(self.name.encode("utf-8", "replace")).hexdigest()[:32]
        subject = f"channel:{self.name}"
        if not 1 <= len(self.name) <= 200 or "@" in self.name or not self.name.isprintable():
            subject = f"channel:{digest}"
        self.desk.record(
            actor=self.actor, action=action, subject=subject, before=before, after=after
        )


def kept_channel(request: Request[Any, Any, Any], name: str, right: str, actor: str = "") -> Kept:
    """The channel of that name; NotAllowedError unless the key's seats have the right there."""
    desk: Desk = request.app.state.serving.desk
    actor = actor or str(request.state["key"].key_id)
    require(desk, actor, right, name)
    channels = home(request.app.state)
    channels.refresh(name)
    return Kept(name, channels, desk, actor)


def plain_levels(made: Any) -> dict[str, Any]:
    """Settings as the audit log keeps them: whole numbers."""
    found: dict[str, Any] = made.as_dict()
    return {**found, "band": f"{found['band']:g}"}


@get(
    "/v1/moderation/settings",
    opt=_READS,
    operation_class=CHANNEL.operation(),
    summary="A channel's levels",
    tags=["community"],
)
async def settings(request: Request[Any, Any, Any]) -> Response[Any]:
    """The level of every category, and how much of the doubtful is held."""
    name = CHANNEL.read(request.scope["query_string"])["channel"]

    def work() -> Any:
        kept = kept_channel(request, name, "queue.see")
        return kept.channels.automod.settings(name).as_dict()

    return Response(await run_sync(work))


@patch(
    "/v1/moderation/settings",
    opt=_READS,
    operation_class=takes(Levels, parameters=CHANGED),
    summary="Change a channel's levels",
    tags=["community"],
)
async def change(request: Request[Any, Any, Any]) -> Response[Any]:
    """What the body names is changed; the rest stays. For seats with `settings.edit`."""
    name = CHANGED.read(request.scope["query_string"])["channel"]
    body = await document(request)
    if not isinstance(body, dict):
        raise wrong("the body", "an object of categories with levels", body)

    def work() -> Any:
        return change_levels(kept_channel(request, name, "settings.edit"), body)

    return Response(await run_sync(work))


def change_levels(kept: Kept, body: dict[str, Any]) -> Any:
    """Merge a change of levels into a channel's; the settings after it."""
    before = kept.channels.automod.settings(kept.name)
    made = kept.channels.automod.set(kept.name, body)
    kept.changed("settings.changed", plain_levels(before), plain_levels(made))
    return made.as_dict()


@get(
    "/v1/moderation/terms",
    opt=_READS,
    operation_class=CHANNEL.operation(),
    summary="A channel's own terms",
    tags=["community"],
)
async def terms(request: Request[Any, Any, Any]) -> Response[Any]:
    """The terms that are not private, and how many are."""
    from chowk.community.channels import as_dict

    name = CHANNEL.read(request.scope["query_string"])["channel"]

    def work() -> Any:
        found = list(kept_channel(request, name, "queue.see").channels.automod.terms(name))
        shown = [as_dict(term) for term in found if not term.private]
        return {"terms": shown, "private": len(found) - len(shown)}

    return Response(await run_sync(work))


@post(
    "/v1/moderation/terms",
    status_code=200,
    opt=_READS,
    operation_class=takes(Added, parameters=CHANGED),
    summary="Add terms to a channel",
    tags=["community"],
)
async def add(request: Request[Any, Any, Any]) -> Response[Any]:
    """Terms as text, or with kind (block, allow), expires_at and private; all or none are added."""
    name = CHANGED.read(request.scope["query_string"])["channel"]
    body = await document(request)
    given = body.get("terms") if isinstance(body, dict) else body
    made = terms_of(given, request.state["key"].key_id)

    def work() -> Any:
        kept = kept_channel(request, name, "settings.edit")
        own = kept.channels.automod.terms(name)
        before = {"terms": len(own)}
        own.add(made)
        kept.changed("terms.changed", before, {"terms": len(own)})
        return {"terms": len(own)}

    return Response(await run_sync(work))


@post(
    "/v1/moderation/trials",
    status_code=200,
    opt=_READS,
    operation_class=takes(Trial, parameters=CHANGED, parts={"levels": [Levels]}),
    summary="Try levels and terms on past messages",
    tags=["community"],
)
async def trial(request: Request[Any, Any, Any]) -> Response[Any]:
    """What `levels` (a change of settings) and `terms` would have held of the last 30 days, beside
    what was held and how it was decided. Nothing is changed by it."""
    name = CHANGED.read(request.scope["query_string"])["channel"]
    body = await document(request)
    if not isinstance(body, dict) or not set(body) <= {"levels", "terms"}:
        raise wrong("the body", "an object with 'levels' and 'terms'", body)
    levels = body.get("levels", {})
    if not isinstance(levels, dict):
        raise wrong("levels", "an object of categories with levels", levels)
    made = terms_of(body.get("terms", []), request.state["key"].key_id)

    def work() -> Any:
        kept = kept_channel(request, name, "settings.edit")
        return msgspec.to_builtins(try_rules(request.app.state, kept, levels, made))

    return Response(await run_sync(work))


def try_rules(state: State, kept: Kept, levels: dict[str, Any], made: list[Any]) -> Tried:
    """A trial of levels and terms: the channel as it would be, over its past messages."""
    from chowk.community.automod import AutoMod
    from chowk.community.terms import TermList

    own = kept.channels.automod.channel(kept.name)
    automod = AutoMod()
    tested = automod.channel(kept.name)
    tested.settings = own.settings.merged(levels)
    tested.terms = TermList([*own.terms, *made])
    tested.memory = own.memory
    rows = past_messages(state.serving, kept.name)
    verdicts = automod.check_many([row["text"] for row in rows], kept.name)
    mine = [{**row, "state": None} if row["held_by"] in CATEGORIES else row for row in rows]
    held = [one.category if one.decision == "hold" else "" for one in verdicts]
    return tried(mine, held, shown=unheld(rows))


def terms_of(given: Any, by: str) -> list[Any]:
    """Terms of a body; a Problem that names the one that is none."""
    if not isinstance(given, list):
        raise wrong("terms", "a list", given)
    return [_made(one, number, by) for number, one in enumerate(given)]


def _made(one: Any, number: int, by: str) -> Any:
    from chowk.community.terms import Term

    if isinstance(one, str):
        return Term(one, by=by)
    if not isinstance(one, dict) or not isinstance(one.get("text"), str):
        raise wrong(f"terms[{number}]", "text, or an object with 'text'", one)
    kind = one.get("kind", "block")
    if kind not in ("block", "allow"):
        raise wrong(f"terms[{number}].kind", "'block' or 'allow'", kind)
    ends = one.get("expires_at")
    if ends is not None:
        try:
            ends = datetime.fromisoformat(ends)
        except (TypeError, ValueError):
            raise wrong(f"terms[{number}].expires_at", "an ISO 8601 time", ends) from None
        if ends.tzinfo is None:
            ends = ends.replace(tzinfo=UTC)
    return Term(one["text"], kind, ends, bool(one.get("private", False)), by)


@delete(
    "/v1/moderation/terms",
    status_code=200,
    opt=_READS,
    operation_class=TERM.operation(),
    summary="Take a term out",
    tags=["community"],
)
async def remove(request: Request[Any, Any, Any]) -> Response[Any]:
    """Which was taken out."""
    asked = TERM.read(request.scope["query_string"])

    def work() -> Any:
        kept = kept_channel(request, asked["channel"], "settings.edit")
        own = kept.channels.automod.terms(kept.name)
        before = {"terms": len(own)}
        if not own.remove(asked["term"]):
            raise InputError(f"The channel has no term {asked['term']!r}.")
        kept.changed("terms.changed", before, {"terms": len(own)})
        return {"removed": asked["term"]}

    return Response(await run_sync(work))


ROUTES = (settings, change, terms, add, trial, remove)
