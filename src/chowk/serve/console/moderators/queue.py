"""The moderator's page: one held item at a time, with norms and precedents, keyboard first.

Each act is a form that works without JavaScript; with it, letters do the same. What the page shows
is `chowk.community.moderators.view`, so a seat sees here what it sees by HTTP. Reviews, questions
and appeals stand in the same queue; what a trainee said is told to the second person afterwards.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.response import Redirect

from chowk.community.care import rest
from chowk.errors import ChowkError, InputError
from chowk.serve.console import entry
from chowk.serve.console.rendering import page
from chowk.serve.judging import plain_text, teach
from chowk.serve.routes.moderation import care_for, norm_of_item, seen_by
from chowk.serve.watching import ended, level_of, norms_of, precedents_for

from .page import DECIDES, READS, ROOT, frame, status_of, words

if TYPE_CHECKING:
    from chowk.desk import Desk, Key

#: Waiting items that are listed.
LISTED = 20
#: The kinds that people decide on here.
KINDS = ("message", "review", "question", "appeal")
_DONE = {
    "approved": "Approved: viewers see it.",
    "denied": "Denied: its sender was told.",
    "granted": "The appeal is granted, and the decision is turned over.",
    "stands": "The decision stands; its sender was told.",
    "advised": "Kept as your advice; somebody seconds it.",
    "agreed": "Decided, as the trainee had said.",
    "otherwise": "Decided; the trainee had said otherwise, and finds it under Reflection.",
    "back": "Given back to the queue.",
    "over": "Handed over.",
    "noted": "Noted.",
    "nothing": "Nothing waits that you may decide on.",
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


def current(desk: Desk, key: Key, kind: str) -> dict[str, Any]:
    """What the page shows to the holder of a key."""
    kinds = [kind] if kind else KINDS
    claimed = desk.queue.items(
        claimed_by=key.key_id, kinds=KINDS, state="claimed", limit=1, actor=key.key_id
    )
    waiting = desk.queue.items(state="waiting", kinds=kinds, limit=LISTED, actor=key.key_id)
    return {
        "item": in_hand(desk, key, claimed[0]) if claimed else None,
        "waiting": [seen_by(desk, key, one) for one in waiting],
        "seats": desk.seats.of(key.key_id),
        "rest": resting(desk, key),
        "kind": kind,
        "kinds": KINDS,
    }


def in_hand(desk: Desk, key: Key, claimed: Any) -> dict[str, Any]:
    """The claimed item with all that stands beside it."""
    item = seen_by(desk, key, claimed)
    item["text"] = plain_text(claimed)
    item["context"] = item["context"] if isinstance(item["context"], dict) else {}
    item["verdict"] = item["verdict"] if isinstance(item["verdict"], dict) else {}
    item["pieces"] = marked(item["text"], item["verdict"].get("spans"))
    item["norms"] = norms_of(desk, claimed.queue)
    may = partial(desk.seats.may, key.key_id)
    item["precedents"], item["remarks"], item["about"] = [], [], None
    if may("precedents.read", claimed.queue):
        item["precedents"] = precedents_for(desk, key.key_id, claimed.item_id)
    if may("notes.read", claimed.queue):
        read = partial(desk.records.remarks, queue=claimed.queue, actor=key.key_id, newest=True)
        item["remarks"] = read("hand_over", limit=3)
        item["remarks"] += read("note", subject=f"item:{claimed.item_id}", limit=5)
    item["may_note"] = may("notes.write", claimed.queue)
    item["may_assign"] = may("queue.assign", claimed.queue)
    if claimed.kind == "appeal":
        of = desk.queue.item(str((claimed.payload or {}).get("item_id", "")))
        item["about"] = {
            "text": plain_text(of),
            "state": of.state,
            "norm": of.norm,
            "reason": of.reason,
            "level": ((of.payload or {}).get("verdict") or {}).get("level") or 0,
        }
    return item


def resting(desk: Desk, key: Key) -> tuple[str, datetime] | None:
    """Whether the person has had enough for now, by the limits that he set himself."""
    now = datetime.now(UTC)
    day = ended(desk, "approved", "denied", "corrected", since=now - timedelta(days=1))
    mine = [one for one in day if one.decided_by in (key.member, key.key_id)]
    own = [(one.decided_at, level_of(one)) for one in mine if one.decided_at is not None]
    return rest(own, now, care_for(desk, key))


@get(ROOT, opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """The item in hand, or what waits."""
    return await _page(request)


async def _page(
    request: Request[Any, Any, Any], *, error: str = "", status: int = 200, **typed: str
) -> Response[Any]:
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    kind = typed.get("kind") or str(request.query_params.get("kind", ""))
    seen = await run_sync(current, desk, key, kind if kind in KINDS else "")
    return page(
        "moderators/queue.html",
        status=status,
        **frame(request, "queue"),
        seen=seen,
        channel=seen["item"]["queue"] if seen["item"] else "",
        error=error,
        typed=typed,
        told=_DONE.get(str(request.query_params.get("done", "")), ""),
    )


async def _act(request: Request[Any, Any, Any], work: Any) -> Response[Any]:
    """Carry a form out; `work(desk, key, fields)` gives the word for `?done=`."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    kept = {name: fields.get(name, "")[:2_000] for name in ("reason", "norm", "kind")}
    try:
        done = await run_sync(work, desk, key, fields)
    except ChowkError as error:
        return await _page(request, error=str(error), status=status_of(error), **kept)
    kind = f"&kind={kept['kind']}" if kept["kind"] in KINDS else ""
    return Redirect(f"{ROOT}?done={done}{kind}", status_code=303)


@post(f"{ROOT}/claim", opt=DECIDES, include_in_schema=False, status_code=200)
async def claim(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take the next item, or a certain one."""

    def work(desk: Desk, key: Key, fields: dict[str, str]) -> str:
        wanted = fields.get("item_id") or None
        found = desk.queue.claim(wanted, actor=key.key_id, kinds=_kinds(fields))
        return "taken" if found else "nothing"

    return await _act(request, work)


def _kinds(fields: dict[str, str]) -> list[str]:
    return [fields["kind"]] if fields.get("kind") in KINDS else list(KINDS)


@post(f"{ROOT}/release", opt=DECIDES, include_in_schema=False, status_code=200)
async def release(request: Request[Any, Any, Any]) -> Response[Any]:
    """Give the item in hand back."""

    def work(desk: Desk, key: Key, fields: dict[str, str]) -> str:
        desk.queue.release(fields.get("item_id", ""), actor=key.key_id)
        return "back"

    return await _act(request, work)


@post(f"{ROOT}/assign", opt=DECIDES, include_in_schema=False, status_code=200)
async def assign(request: Request[Any, Any, Any]) -> Response[Any]:
    """Hand the item in hand over to somebody."""

    def work(desk: Desk, key: Key, fields: dict[str, str]) -> str:
        to = fields.get("to", "").strip()
        if not to:
            raise InputError("Say to whom: a name as it stands at the desk.")
        said = fields.get("text", "").strip()
        desk.queue.assign(fields.get("item_id", ""), to, actor=key.key_id, reason=said[:2_000])
        return "over"

    return await _act(request, work)


@post(f"{ROOT}/note", opt=READS, include_in_schema=False, status_code=200)
async def note(request: Request[Any, Any, Any]) -> Response[Any]:
    """Note something about the item in hand."""

    def work(desk: Desk, key: Key, fields: dict[str, str]) -> str:
        text = words(fields, "text")
        item = desk.queue.item(fields.get("item_id", ""), actor=key.key_id)
        about = f"item:{item.item_id}"
        desk.records.remark("note", about, {"text": text}, queue=item.queue, actor=key.key_id)
        return "noted"

    return await _act(request, work)


@post(f"{ROOT}/decide", opt=DECIDES, include_in_schema=False, status_code=200)
async def decide(request: Request[Any, Any, Any]) -> Response[Any]:
    """Approve or deny the item in hand, and take the next."""
    state = request.app.state

    def work(desk: Desk, key: Key, fields: dict[str, str]) -> str:
        if fields.get("outcome") not in ("approve", "deny"):
            raise InputError("Say whether to approve or to deny.")
        reason, norm = fields.get("reason", ""), fields.get("norm", "")
        if not reason.strip() or not norm:
            raise InputError(
                "A decision needs a norm and a reason. Choose one, and say why in a few words."
            )
        before = desk.queue.item(fields.get("item_id", ""))
        norm_of_item(desk, key.key_id, before, norm)
        done = desk.queue.decide(
            fields.get("item_id", ""),
            fields["outcome"],
            actor=key.key_id,
            reason=reason,
            norm=norm,
            payload_version=fields.get("payload_version") or None,
        )
        if done.version != before.version:
            teach(state, done)
        if resting(desk, key) is None:
            desk.queue.claim(actor=key.key_id, kinds=_kinds(fields))
        if done.open:
            return "advised"
        if done.kind == "appeal":
            return "granted" if done.allowed else "stands"
        if done.advice is not None:
            return "agreed" if fields["outcome"] == done.advice else "otherwise"
        return str(done.state)

    return await _act(request, work)


HANDLERS = (show, claim, release, assign, note, decide)
