"""The moderator's page: one held item at a time, with norms and precedents, keyboard first.

Each act is a form that works without JavaScript; with it, letters do the same. What the page shows
is `chowk.community.moderators.view`, so a seat sees here what it sees by HTTP.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.response import Redirect

from chowk.community.care import rest
from chowk.desk import RIGHTS, SEATS
from chowk.errors import ChowkError, DeskError, InputError, NotAllowedError
from chowk.serve.keys import needs
from chowk.serve.routes.moderation import care_for, seen_by, teach
from chowk.serve.watching import decided_rows, health_of, precedents_for

from . import entry
from .rendering import page

if TYPE_CHECKING:
    from chowk.desk import Desk, Key

_READS = needs("staff", "moderation.read")
_DECIDES = needs("staff", "moderation.decide")
_OWNS = needs("staff", "roles.grant")
#: What a channel without norms of its own goes by.
DEFAULT_NORMS = (
    {"id": "respect", "text": "Disagree with ideas, not with people."},
    {"id": "safety", "text": "No threats, no slurs, nobody's private data."},
    {"id": "honesty", "text": "No spam, no adverts, no pretending."},
    {"id": "fits", "text": "Nothing is wrong with it."},
)
#: Waiting items that are listed.
LISTED = 20


def frame(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """What every page's frame needs."""
    settings = request.app.state.serving.settings
    return {
        "store": settings.text("name"),
        "currency": settings.text("currency"),
        "visit": request.state["visit"],
        "here": "moderation",
    }


def marked(text: str, spans: Any) -> list[tuple[str, bool]]:
    """A text in pieces, those that weighed marked; odd spans are left out.

    >>> marked("you fool, you", [[4, 8]])
    [('you ', False), ('fool', True), (', you', False)]
    >>> marked("x", [[0, 9], "?"])
    [('x', False)]
    """
    pieces: list[tuple[str, bool]] = []
    at = 0
    clean = []
    for span in spans if isinstance(spans, list | tuple) else ():
        if isinstance(span, dict):
            span = (span.get("start"), span.get("end"))
        ends = span if isinstance(span, list | tuple) else ()
        if len(ends) >= 2 and all(isinstance(end, int) for end in ends[:2]):
            clean.append((ends[0], ends[1]))
    for start, end in sorted(clean):
        if not at <= start < end <= len(text):
            continue
        pieces += [(text[at:start], False)] if start > at else []
        pieces.append((text[start:end], True))
        at = end
    return pieces + ([(text[at:], False)] if at < len(text) or not pieces else [])


def printable(text: str) -> str:
    """A text as a page can hold it: what is no character becomes a question mark."""
    return text.encode("utf-8", "replace").decode().replace("\0", "�")


def current(desk: Desk, key: Key) -> dict[str, Any]:
    """What the page shows to the holder of a key."""
    claimed = desk.queue.items(claimed_by=key.key_id, state="claimed", limit=1, actor=key.key_id)
    item, precedents, norms, notes = None, [], list(DEFAULT_NORMS), []
    if claimed:
        item = seen_by(desk, key, claimed[0])
        item["text"] = printable(str(item["text"]))
        item["context"] = item["context"] if isinstance(item["context"], dict) else {}
        item["pieces"] = marked(item["text"], (item["verdict"] or {}).get("spans"))
        held = desk.records.read("norms", claimed[0].queue)
        norms = norms if held is None else list(held.body["norms"])
        may = partial(desk.seats.may, key.key_id)
        if may("precedents.read", claimed[0].queue):
            precedents = precedents_for(desk, key.key_id, claimed[0].item_id)
        if may("notes.read", claimed[0].queue):
            notes = desk.records.remarks("hand_over", queue=claimed[0].queue, actor=key.key_id)[-3:]
    waiting = desk.queue.items(state="waiting", limit=LISTED, actor=key.key_id)
    return {
        "item": item,
        "norms": norms,
        "precedents": precedents,
        "notes": notes,
        "waiting": [seen_by(desk, key, one) for one in waiting],
        "seats": desk.seats.of(key.key_id),
        "rest": resting(desk, key),
    }


def resting(desk: Desk, key: Key) -> tuple[str, datetime] | None:
    """Whether the person has had enough for now, by the limits that he set himself."""
    now = datetime.now(UTC)
    rows = decided_rows(desk, since=now - timedelta(days=1))
    own = [
        (row["decided_at"], row["level"]) for row in rows if row["by"] in (key.member, key.key_id)
    ]
    return rest(own, now, care_for(desk, key))


@get("/console/moderation", opt=_READS, include_in_schema=False)
async def show_moderation(request: Request[Any, Any, Any]) -> Response[Any]:
    """The item in hand, or what waits."""
    return await _page(request)


async def _page(
    request: Request[Any, Any, Any], *, error: str = "", status: int = 200, **typed: str
) -> Response[Any]:
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    seen = await run_sync(current, desk, key)
    told = str(request.query_params.get("done", ""))
    return page(
        "moderation.html",
        status=status,
        **frame(request),
        seen=seen,
        error=error,
        typed=typed,
        done=told if told in ("approved", "denied", "advised", "back", "nothing") else "",
    )


async def _fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    return await entry.require_form(request, request.state["visit"].csrf)


def _to(done: str) -> Response[Any]:
    return Redirect(f"/console/moderation?done={done}", status_code=303)


@post("/console/moderation/claim", opt=_DECIDES, include_in_schema=False, status_code=200)
async def claim(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take the next item, or a certain one."""
    fields = await _fields(request)
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    wanted = fields.get("item_id") or None
    try:
        found = await run_sync(partial(desk.queue.claim, wanted, actor=key.key_id))
    except (DeskError, InputError) as error:
        return await _page(request, error=str(error), status=409)
    return Redirect("/console/moderation", status_code=303) if found else _to("nothing")


@post("/console/moderation/release", opt=_DECIDES, include_in_schema=False, status_code=200)
async def release(request: Request[Any, Any, Any]) -> Response[Any]:
    """Give the item in hand back."""
    fields = await _fields(request)
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    try:
        await run_sync(partial(desk.queue.release, fields.get("item_id", ""), actor=key.key_id))
    except (DeskError, InputError) as error:
        return await _page(request, error=str(error), status=409)
    return _to("back")


@post("/console/moderation/decide", opt=_DECIDES, include_in_schema=False, status_code=200)
async def decide(request: Request[Any, Any, Any]) -> Response[Any]:
    """Approve or deny the item in hand, and take the next."""
    fields = await _fields(request)
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    typed = {"reason": fields.get("reason", ""), "norm": fields.get("norm", "")}
    if fields.get("outcome") not in ("approve", "deny"):
        return await _page(request, error="Say whether to approve or to deny.", status=400, **typed)
    if not typed["reason"].strip() or not typed["norm"]:
        sentence = "A decision needs a norm and a reason. Choose one, and say why in a few words."
        return await _page(request, error=sentence, status=400, **typed)

    def work() -> str:
        done = desk.queue.decide(
            fields.get("item_id", ""),
            fields["outcome"],
            actor=key.key_id,
            reason=typed["reason"],
            norm=typed["norm"],
            payload_version=fields.get("payload_version") or None,
        )
        teach(request, done)
        if resting(desk, key) is None:
            desk.queue.claim(actor=key.key_id)
        return "advised" if done.open else str(done.state)

    try:
        return _to(await run_sync(work))
    except (DeskError, InputError) as error:
        return await _page(request, error=str(error), status=409, **typed)


@get("/console/moderation/community", opt=_READS, include_in_schema=False)
async def show_community(request: Request[Any, Any, Any]) -> Response[Any]:
    """The matrix of rights, who sits where, and the community's weeks."""
    serving, key = request.app.state.serving, request.state["visit"].key
    desk: Desk = serving.desk
    channel = str(request.query_params.get("channel", ""))[:128]

    def work() -> dict[str, Any]:
        counts = desk.queue.counts()
        channels = sorted({queue for _, queue, _ in counts})
        chosen = channel if channel in channels else (channels[0] if channels else "")
        try:
            health = health_of(serving, key.key_id, chosen) if chosen else None
        except NotAllowedError:
            health = None
        return {
            "matrix": desk.seats.matrix(),
            "rights": RIGHTS,
            "names": SEATS,
            "channels": channels,
            "channel": chosen,
            "health": health,
            "members": [
                (member, desk.seats.of(member.member_id))
                for member in desk.members()
                if member.name is not None and "moderat" in " ".join(member.roles)
            ]
            if key.allows("moderation.configure")
            else [],
        }

    seen = await run_sync(work)
    return page("community.html", **frame(request), seen=seen, edits=key.allows("roles.grant"))


@post("/console/moderation/matrix", opt=_OWNS, include_in_schema=False, status_code=200)
async def edit_matrix(request: Request[Any, Any, Any]) -> Response[Any]:
    """The owner changes one cell."""
    fields = await _fields(request)
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    held = fields.get("held") == "true"
    edit = partial(
        desk.seats.set_right,
        fields.get("seat", ""),
        fields.get("right", ""),
        held,
        actor=key.key_id,
        reason=fields.get("reason", ""),
    )
    try:
        await run_sync(edit)
    except ChowkError as error:
        return await _page(request, error=str(error), status=400)
    return Redirect("/console/moderation/community#matrix", status_code=303)


PAGES = (
    show_moderation,
    claim,
    release,
    decide,
    show_community,
    edit_matrix,
)
