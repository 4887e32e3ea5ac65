"""The guard's page: raids that it holds, in groups, decided and undone with the count first.

Its settings are tried on past messages before they hold. Whom it only watches is listed, and
nothing of them is held.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post

from chowk.errors import InputError
from chowk.serve.guard_trial import try_guard
from chowk.serve.guarding import CATEGORIES, Guard
from chowk.serve.judging import plain_text
from chowk.serve.routes.guarding import BACK, change_guard, state_of
from chowk.serve.watching import norm_for, norms_of, require

from .page import DECIDES, READS, ROOT, Page, See, whole

#: Texts that are shown of a group.
SAMPLE = 5


def collect(see: See) -> dict[str, Any]:
    """The guard, what it holds in groups, and what was decided on many lately."""
    if not see.channel:
        return {"none": True}
    desk, actor = see.desk, see.key.key_id
    state = state_of(desk, actor, see.channel)
    groups = []
    for kind, ids in state["waiting"].items():
        items = [desk.queue.item(one) for one in ids[:200]]
        texts = list(dict.fromkeys(plain_text(one) for one in items))
        groups.append(
            {
                "kind": kind,
                "count": len(ids),
                "authors": len({one.party for one in items}),
                "texts": [text[:300] for text in texts[:SAMPLE]],
            }
        )
    names = {member.member_id: member.name for member in desk.members()}
    batches = [
        (one, names.get(one.by) or one.by)
        for one in desk.queue.batches(since=datetime.now(UTC) - BACK, actor=actor)
        if see.channel in one.queues
    ]
    return {
        "none": False,
        "guard": state["guard"],
        "groups": groups,
        "watched": state["watched"][::-1],
        "batches": batches,
        "norms": norms_of(desk, see.channel),
    }


PAGE = Page(
    "guard",
    collect,
    {
        "written": "The guard is set.",
        "decided": "Done, and it can be undone below.",
        "undone": "Undone: they wait again, and nobody sees them.",
        "some": "Done, but for those that somebody else had in hand.",
    },
)


@get(f"{ROOT}/guard", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """What the guard holds."""
    return await PAGE.show(request)


def _typed(fields: dict[str, str]) -> dict[str, Any]:
    usual = Guard()
    numbers = ("window", "accounts", "joins", "mentions", "links")
    found: dict[str, Any] = {one: whole(fields, one, getattr(usual, one)) for one in numbers}
    if "hosts" in fields:
        parts = fields["hosts"].replace(",", "\n").splitlines()
        found["hosts"] = [one.strip() for one in parts if one.strip()]
    return {**found, "on": "on" in fields}


@post(f"{ROOT}/guard", opt=READS, include_in_schema=False, status_code=200)
async def write(request: Request[Any, Any, Any]) -> Response[Any]:
    """Set the guard."""

    def work(see: See, fields: dict[str, str]) -> str:
        change_guard(see.desk, see.key.key_id, see.channel, _typed(fields))
        return "written"

    return await PAGE.act(request, work)


@post(f"{ROOT}/guard/trial", opt=READS, include_in_schema=False, status_code=200)
async def trial(request: Request[Any, Any, Any]) -> Response[Any]:
    """Try the typed settings on past messages; nothing is changed by it."""
    found: list[Any] = []

    def work(see: See, fields: dict[str, str]) -> str:
        require(see.desk, see.key.key_id, "raids.act", see.channel)
        found.append(try_guard(see.state, see.channel, _typed(fields)))
        return ""

    answer = await PAGE.act(request, work)
    if not found:
        return answer
    form = await request.form()
    return await PAGE.show(request, typed={name: str(form[name]) for name in form}, trial=found[0])


@post(f"{ROOT}/guard/decide", opt=DECIDES, include_in_schema=False, status_code=200)
async def decide(request: Request[Any, Any, Any]) -> Response[Any]:
    """Decide on a whole group, when it is still as large as it was shown."""

    def work(see: See, fields: dict[str, str]) -> str:
        kind, outcome = fields.get("kind", ""), fields.get("outcome", "")
        if kind not in CATEGORIES or outcome not in ("approve", "deny"):
            raise InputError("Say which group it is, and whether to approve or to deny.")
        if not fields.get("reason", "").strip() or not fields.get("norm"):
            raise InputError("A decision needs a norm and a reason. Choose one, and say why.")
        ids = state_of(see.desk, see.key.key_id, see.channel)["waiting"].get(kind, [])
        if str(len(ids)) != fields.get("count"):
            raise InputError(
                f"There are {len(ids)} items in this group now, and you were shown "
                f"{fields.get('count', 'none')[:7]}. Nothing was decided; look again."
            )
        norm_for(see.desk, [see.channel], fields["norm"])
        batch = see.desk.queue.decide_many(
            ids,
            outcome,
            count=len(ids),
            actor=see.key.key_id,
            reason=fields["reason"],
            norm=fields["norm"],
        )
        return "some" if batch.left else "decided"

    return await PAGE.act(request, work)


@post(f"{ROOT}/guard/undo", opt=DECIDES, include_in_schema=False, status_code=200)
async def undo(request: Request[Any, Any, Any]) -> Response[Any]:
    """Undo what was decided on many, when it is still as many as were shown."""

    def work(see: See, fields: dict[str, str]) -> str:
        since = datetime.now(UTC) - BACK
        for one in see.desk.queue.batches(since=since, actor=see.key.key_id):
            if one.item_ids[0] == fields.get("first"):
                break
        else:
            raise InputError("There is no such decision to undo any more.")
        count = fields.get("count", "")
        see.desk.queue.reopen_many(
            one.item_ids,
            count=int(count) if count.isdecimal() and len(count) < 6 else -1,
            actor=see.key.key_id,
            reason=fields.get("reason", "").strip() or "undone on the guard's page",
        )
        return "undone"

    return await PAGE.act(request, work)


HANDLERS = (show, write, trial, decide, undo)
