"""The authors' page: how somebody stands, what he was held for, and what moderators noted.

Strikes fade and are lifted here; kind acts are marked beside them. Without an author, it shows what
was handed over in the channel.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Request, Response, get, post

from chowk.community.strikes import standing
from chowk.errors import InputError
from chowk.serve.judging import plain_text
from chowk.serve.routes.guarding import Banned, ban
from chowk.serve.watching import require

from .page import READS, ROOT, Page, See, words

#: Items and remarks that are listed.
LISTED = 30


def collect(see: See) -> dict[str, Any]:
    """An author's standing and history, or the channel's hand-overs."""
    desk, actor, channel = see.desk, see.key.key_id, see.channel
    author = see.asked.get("author", "").strip()[:290]
    if not channel:
        return {"none": True, "author": ""}
    names = {member.member_id: member.name for member in desk.members()}

    def told(kind: str, subject: str | None) -> list[dict[str, Any]]:
        found = desk.records.remarks(
            kind, subject=subject, queue=channel, actor=actor, limit=LISTED, newest=True
        )
        return [
            {
                "remark_id": one.remark_id,
                "at": one.written_at,
                "by": names.get(one.written_by) or one.written_by,
                "text": str((one.body or {}).get("text", "")),
                "body": one.body or {},
                "mine": one.written_by in (see.key.member, see.key.key_id),
            }
            for one in found[::-1]
        ]

    if not author:
        return {
            "none": False,
            "author": "",
            "handed": told("hand_over", None),
            "notes": told("note", None),
        }
    require(desk, actor, "authors.see", channel)
    subject = f"author:{author}"
    strikes = desk.records.remarks(
        "strike", subject=subject, queue=channel, actor=actor, newest=True
    )
    given = [{"at": one.written_at, "weight": (one.body or {}).get("weight", 1)} for one in strikes]
    items = desk.queue.items(party=author, queues=[channel], limit=1000, actor=actor)
    items.sort(key=lambda item: item.proposed_at, reverse=True)
    return {
        "none": False,
        "author": author,
        "standing": standing(given, datetime.now(UTC)),
        "strikes": told("strike", subject),
        "kind": told("kind_act", subject),
        "notes": told("note", subject),
        "watched": told("watch", subject),
        "bans": told("ban", subject),
        "items": [
            {
                "text": plain_text(one)[:300],
                "state": one.state,
                "norm": one.norm,
                "at": one.proposed_at,
                "level": ((one.payload or {}).get("verdict") or {}).get("level") or 0,
            }
            for one in items[:LISTED]
        ],
        "counts": {
            state: sum(one.state == state for one in items)
            for state in ("approved", "denied", "expired", "waiting")
        },
    }


PAGE = Page(
    "authors",
    collect,
    {
        "note": "Noted.",
        "hand_over": "Handed over: whoever comes next sees it beside the queue.",
        "strike": "The strike is given; it fades by half in 30 days.",
        "kind_act": "Marked. Kind acts are counted beside harm.",
        "ban": "Remembered, to know the account when it comes back.",
        "withdrawn": "Taken back.",
    },
)


@get(f"{ROOT}/authors", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """An author, or what was handed over."""
    return await PAGE.show(request)


@post(f"{ROOT}/authors", opt=READS, include_in_schema=False, status_code=200)
async def remark(request: Request[Any, Any, Any]) -> Response[Any]:
    """Note, hand over, strike, mark a kind act, or tell of a ban."""

    def work(see: See, fields: dict[str, str]) -> str:
        kind, author = fields.get("kind", ""), fields.get("author", "").strip()
        if kind not in ("note", "hand_over", "strike", "kind_act", "ban"):
            raise InputError("Say what to write down: a note, a hand-over, a strike or a kind act.")
        if not author and kind in ("strike", "kind_act", "ban"):
            raise InputError("Say about whom: the author's id.")
        # A ban's words are its reason in the audit log too, which keeps fewer.
        text = words(fields, "text", 2_000 if kind == "ban" else 4_000)
        if kind == "ban":
            name = fields.get("name", "")
            about = Banned(channel_id=see.channel, author_id=author, name=name, reason=text)
            ban(see.desk, see.key.key_id, about)
            return kind
        body: dict[str, Any] = {"text": text}
        if kind == "strike":
            weight = fields.get("weight", "1")
            if weight not in ("1", "2", "3", "4", "5"):
                raise InputError("A strike's weight must be a whole number from 1 to 5.")
            body["weight"] = int(weight)
        subject = f"author:{author}" if author else f"queue:{see.channel}"
        see.desk.records.remark(kind, subject, body, queue=see.channel, actor=see.key.key_id)
        return kind

    return await PAGE.act(request, work)


@post(f"{ROOT}/authors/withdraw", opt=READS, include_in_schema=False, status_code=200)
async def withdraw(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take a remark back, or lift a strike."""

    def work(see: See, fields: dict[str, str]) -> str:
        see.desk.records.withdraw(fields.get("remark_id", ""), actor=see.key.key_id)
        return "withdrawn"

    return await PAGE.act(request, work)


HANDLERS = (show, remark, withdraw)
