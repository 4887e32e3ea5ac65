"""/v1/moderation for those who run it: norms, notes, strikes, seats and rights, surveys, webhooks.

Each call asks for the right of the matrix at the desk itself, so what a seat may not do is refused
here as it is everywhere.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, delete, get, post, put
from litestar.params import PathParameter

from chowk.community.care import survey_results
from chowk.community.moderators import digest
from chowk.community.strikes import standing
from chowk.desk.records import REMARKS as KINDS_OF_REMARKS
from chowk.serve.documented import takes
from chowk.serve.judging import tally_of
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters, path_channel
from chowk.serve.problems import not_found
from chowk.serve.structs import read_as
from chowk.serve.watching import decided_rows, document_for, health_of, precedents_for, suggested
from chowk.serve.webhooks import subscribe
from chowk.serve.written import (
    DOCUMENTS,
    REMARKED,
    check_answer,
    check_document,
    check_kind,
    check_remark,
)

from .moderation import ItemId, actor_of

_READS = needs("staff", "moderation.read")
_RUNS = needs("staff", "moderation.configure")
_OWNS = needs("admin", "roles.grant")
Channel = Annotated[str, PathParameter(description="The channel's id; a slash as %2F.")]

REMARKS = Parameters(
    "GET /v1/moderation/remarks",
    Parameter(
        "kind",
        "text",
        "Which remarks; of every kind that the key may read when it is left out.",
        "",
        choices=tuple(KINDS_OF_REMARKS),
    ),
    Parameter("subject", "text", "About whom or what.", "", high=300),
    Parameter("channel", "text", "In which channel.", "", high=128),
)


class Remarked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A note, hand-over, strike or kind act."""

    kind: str
    subject: str
    channel_id: str
    body: dict[str, Any] = {}
    reason: str = ""


class Written(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A document's new body, on top of the version that was read."""

    body: dict[str, Any]
    version: int | None = None
    reason: str = ""


class Answered(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Answers to a survey, by the questions' ids."""

    body: dict[str, Any]


class Seated(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A seat given to a person, or taken."""

    member: str
    seat: str
    channel_id: str = "*"
    given: bool = True
    reason: str = ""


class Cell(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One cell of the matrix of rights."""

    seat: str
    right: str
    held: bool
    reason: str = ""


class Hooked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Where to tell of which kinds."""

    url: str
    kinds: list[str] = []


def _built(found: Any) -> Any:
    return msgspec.to_builtins(found, enc_hook=str)


@get("/v1/moderation/documents/{kind:str}/{name:path}", opt=_READS, tags=["moderation"])
async def read_document(
    request: Request[Any, Any, Any], kind: Annotated[str, PathParameter()], name: Channel
) -> dict[str, Any]:
    """A channel's norms, guide, consent to share or guard, one's own care, or a survey; the newest
    version."""
    check_kind("GET /v1/moderation/documents", kind)
    name = path_channel(request, f"/v1/moderation/documents/{kind}/", name)
    serving, key = request.app.state.serving, request.state["key"]
    found = await run_sync(document_for, serving.desk, key, kind, name)
    if found is None:
        raise not_found("document", f"{kind}/{name}", "Write it with PUT.")
    told: dict[str, Any] = _built(found)
    return told


@put(
    "/v1/moderation/documents/{kind:str}/{name:path}",
    opt=_READS,
    operation_class=takes(Written, parts={"body": DOCUMENTS.values()}),
    tags=["moderation"],
)
async def write_document(
    request: Request[Any, Any, Any], kind: Annotated[str, PathParameter()], name: Channel
) -> dict[str, Any]:
    """Write the next version; 409 when somebody else wrote one meanwhile."""
    check_kind("PUT /v1/moderation/documents", kind)
    name = path_channel(request, f"/v1/moderation/documents/{kind}/", name)
    given: Written = await read_as(request, Written)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    check_document(kind, given.body)
    write = partial(
        desk.records.write,
        kind,
        name,
        given.body,
        actor=actor,
        version=given.version,
        reason=given.reason,
    )
    told: dict[str, Any] = _built(await run_sync(write))
    return told


@get("/v1/moderation/remarks", opt=_READS, operation_class=REMARKS.operation(), tags=["moderation"])
async def read_remarks(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The newest 1000 remarks that the key may read, oldest first, of one kind or of all; with an
    author's strikes, how the author stands."""
    asked = REMARKS.read(request.scope["query_string"])
    desk, actor = request.app.state.serving.desk, actor_of(request)
    kinds = [asked["kind"]] if asked["kind"] else list(KINDS_OF_REMARKS)

    def work() -> dict[str, Any]:
        found = [
            one
            for kind in kinds
            for one in desk.records.remarks(
                kind,
                subject=asked["subject"] or None,
                queue=asked["channel"] or None,
                actor=actor,
                newest=True,
            )
        ]
        found = sorted(found, key=lambda one: (one.written_at, one.remark_id))[-1_000:]
        told = {"remarks": _built(found)}
        strikes = [one for one in found if one.kind == "strike"]
        if asked["subject"] and (strikes or asked["kind"] == "strike"):
            rows = [
                {"at": one.written_at, "weight": (one.body or {}).get("weight", 1)}
                for one in strikes
            ]
            told["standing"] = _built(standing(rows, datetime.now(UTC)))
        return told

    return await run_sync(work)


@post(
    "/v1/moderation/remarks",
    status_code=200,
    opt=_READS,
    operation_class=takes(Remarked, parts={"body": dict.fromkeys(REMARKED.values())}),
    tags=["moderation"],
)
async def write_remark(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Write a note, a hand-over, a strike or a kind act down."""
    given: Remarked = await read_as(request, Remarked)
    check_remark(given.kind, given.body)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    write = partial(
        desk.records.remark,
        given.kind,
        given.subject,
        given.body,
        queue=given.channel_id,
        actor=actor,
        reason=given.reason,
    )
    told: dict[str, Any] = _built(await run_sync(write))
    return told


@delete("/v1/moderation/remarks/{remark_id:str}", status_code=200, opt=_READS, tags=["moderation"])
async def withdraw_remark(
    request: Request[Any, Any, Any], remark_id: Annotated[str, PathParameter()]
) -> dict[str, Any]:
    """Take a remark back; a strike, with the right to lift it."""
    desk, actor = request.app.state.serving.desk, actor_of(request)
    found = await run_sync(partial(desk.records.withdraw, remark_id, actor=actor))
    told: dict[str, Any] = _built(found)
    return told


@get("/v1/moderation/matrix", opt=_READS, tags=["moderation"])
async def matrix(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The rights of every seat, and this key's own seats."""
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> dict[str, Any]:
        held = {seat: sorted(rights) for seat, rights in desk.seats.matrix().items()}
        return {"matrix": held, "seats": [list(one) for one in desk.seats.of(actor)]}

    return await run_sync(work)


@put("/v1/moderation/matrix", opt=_OWNS, operation_class=takes(Cell), tags=["moderation"])
async def edit_matrix(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Give a seat a right, or take it."""
    cell: Cell = await read_as(request, Cell)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    edit = partial(
        desk.seats.set_right, cell.seat, cell.right, cell.held, actor=actor, reason=cell.reason
    )
    return {"changed": await run_sync(edit)}


@post(
    "/v1/moderation/seats",
    status_code=200,
    opt=_RUNS,
    operation_class=takes(Seated),
    tags=["moderation"],
)
async def seat(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Give a person a seat in a channel, or take it."""
    given: Seated = await read_as(request, Seated)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    act = desk.seats.give if given.given else desk.seats.take
    change = partial(
        act, given.member, given.seat, actor=actor, queue=given.channel_id, reason=given.reason
    )
    return {"changed": await run_sync(change)}


@get("/v1/moderation/items/{item_id:str}/precedents", opt=_READS, tags=["moderation"])
async def precedents(request: Request[Any, Any, Any], item_id: ItemId) -> dict[str, Any]:
    """How similar items were decided: this channel's own, and those that others share."""
    desk, actor = request.app.state.serving.desk, actor_of(request)
    return {"precedents": _built(await run_sync(precedents_for, desk, actor, item_id))}


@get("/v1/moderation/digest", opt=_READS, tags=["moderation"])
async def my_digest(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """One's own last seven days, to think over."""
    desk, key = request.app.state.serving.desk, request.state["key"]
    until = datetime.now(UTC)

    def work() -> Any:
        rows = decided_rows(desk, since=until - timedelta(days=7))
        return digest(rows, key.member or key.key_id, since=until - timedelta(days=7), until=until)

    told: dict[str, Any] = _built(await run_sync(work))
    return told


@get("/v1/moderation/health/{channel_id:path}", opt=_READS, tags=["moderation"])
async def health(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """The community's weeks, with next week's rates; for seats with `health.see`."""
    channel_id = path_channel(request, "/v1/moderation/health/", channel_id)
    state, actor = request.app.state, actor_of(request)
    told: dict[str, Any] = _built(
        await run_sync(health_of, state.serving, actor, channel_id, tally_of(state))
    )
    return told


@get("/v1/moderation/suggestions/{channel_id:path}", opt=_OWNS, tags=["moderation"])
async def suggestions(request: Request[Any, Any, Any], channel_id: Channel) -> dict[str, Any]:
    """Regulars who might moderate, with reasons; for the owner, who asks them or does not."""
    channel_id = path_channel(request, "/v1/moderation/suggestions/", channel_id)
    found = await run_sync(suggested, request.app.state.serving, channel_id)
    return {"suggestions": _built(found)}


@post(
    "/v1/moderation/surveys/{name:path}",
    status_code=200,
    opt=_READS,
    operation_class=takes(Answered),
    tags=["moderation"],
)
async def answer_survey(
    request: Request[Any, Any, Any], name: Annotated[str, PathParameter()]
) -> dict[str, Any]:
    """Answer a survey once; the answer is kept without who gave it, and when."""
    name = path_channel(request, "/v1/moderation/surveys/", name)
    given: Answered = await read_as(request, Answered)
    desk, actor = request.app.state.serving.desk, actor_of(request)

    def work() -> None:
        held = desk.records.read("survey", name)
        if held is not None:  # of one that is not there the desk tells
            check_answer(held.body, given.body)
        desk.records.answer(name, given.body, actor=actor)

    await run_sync(work)
    return {"kept": True}


@get("/v1/moderation/surveys/{name:path}", opt=_RUNS, tags=["moderation"])
async def survey(
    request: Request[Any, Any, Any], name: Annotated[str, PathParameter()]
) -> dict[str, Any]:
    """What groups of five or more said."""
    name = path_channel(request, "/v1/moderation/surveys/", name)
    desk = request.app.state.serving.desk

    def work() -> dict[str, Any]:
        held = desk.records.read("survey", name)
        if held is None:
            raise not_found("survey", name, "An owner writes one as a document.")
        asked = [str(one["id"]) for one in held.body.get("questions", ())]
        said = desk.records.answers(name)
        groups = held.body.get("groups")
        return {"results": _built(survey_results(said, asked, groups=groups))}

    return await run_sync(work)


@get("/v1/moderation/webhooks", opt=_RUNS, tags=["moderation"])
async def webhooks(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Every subscription, and how the last try went."""
    return {"webhooks": _built(await run_sync(request.app.state.serving.desk.webhooks.all))}


@post(
    "/v1/moderation/webhooks",
    status_code=200,
    opt=_RUNS,
    operation_class=takes(Hooked),
    tags=["moderation"],
)
async def add_webhook(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Tell a URL of all steps from now on; the secret is shown this once. An address that is not
    public is refused; `warning` tells of a host that cannot be found yet."""
    given: Hooked = await read_as(request, Hooked)
    desk, actor = request.app.state.serving.desk, actor_of(request)
    found, secret, said = await run_sync(
        partial(subscribe, desk, given.url, actor=actor, kinds=given.kinds)
    )
    return {**_built(found), "secret": secret, **({"warning": said} if said else {})}


@delete("/v1/moderation/webhooks/{webhook_id:str}", status_code=200, opt=_RUNS, tags=["moderation"])
async def end_webhook(
    request: Request[Any, Any, Any], webhook_id: Annotated[str, PathParameter()]
) -> dict[str, Any]:
    """Tell a URL nothing more."""
    desk, actor = request.app.state.serving.desk, actor_of(request)
    told: dict[str, Any] = _built(
        await run_sync(partial(desk.webhooks.end, webhook_id, actor=actor))
    )
    return told


ROUTES = (
    read_document,
    write_document,
    read_remarks,
    write_remark,
    withdraw_remark,
    matrix,
    edit_matrix,
    seat,
    precedents,
    my_digest,
    health,
    suggestions,
    answer_survey,
    survey,
    webhooks,
    add_webhook,
    end_webhook,
)
