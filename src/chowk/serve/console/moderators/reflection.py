"""The page of reflection: one's own week to think over, one's limits, and a survey to answer.

It is each person's own: nobody else sees another's week or wishes, and answers are kept without
names.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Request, Response, get, post

from chowk.community.care import Care, care_of
from chowk.community.moderators import digest
from chowk.errors import InputError, NotAtDeskError
from chowk.serve.judging import plain_text
from chowk.serve.routes.moderation import care_for
from chowk.serve.watching import decided_rows

from .page import READS, ROOT, Page, See, whole

_LIMITS = ("blur_from", "per_hour", "per_day", "heavy_per_day")


def collect(see: See) -> dict[str, Any]:
    """The week, the wishes, and the surveys that are open."""
    desk, until = see.desk, datetime.now(UTC)
    me = see.key.member or see.key.key_id
    since = until - timedelta(days=7)
    rows = decided_rows(desk, since=since)
    acts = desk.records.remarks("kind_act", since=since, newest=True)
    week = digest(
        rows, me, since=since, until=until, kind_acts=sum(one.written_by == me for one in acts)
    )
    again = []
    for item_id in dict.fromkeys([*week.overturned, *week.disagreed]):
        item = desk.queue.item(item_id)
        advice = {"approve": "approved", "deny": "denied"}.get(str(item.advice), "")
        again.append(
            {
                "text": plain_text(item)[:300],
                "level": ((item.payload or {}).get("verdict") or {}).get("level") or 0,
                "state": item.state,
                "norm": item.norm,
                "reason": item.reason,
                "how": "an appeal turned it over"
                if item_id in week.overturned
                else f"a trainee had said {advice}",
            }
        )
    levels = [row["level"] for row in rows if row["by"] == me]
    return {
        "week": week,
        "again": again,
        "levels": [(level, levels.count(level)) for level in range(5)],
        "care": care_for(desk, see.key),
        "surveys": desk.records.documents("survey"),
        "seats": desk.seats.of(see.key.key_id),
    }


PAGE = Page(
    "reflection",
    collect,
    {
        "care": "Your limits are kept. Nobody else reads them.",
        "answered": "Thank you. Your answer is kept without your name.",
    },
)


@get(f"{ROOT}/reflection", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """One's own week."""
    return await PAGE.show(request)


@post(f"{ROOT}/reflection/care", opt=READS, include_in_schema=False, status_code=200)
async def write_care(request: Request[Any, Any, Any]) -> Response[Any]:
    """Set one's own limits."""

    def work(see: See, fields: dict[str, str]) -> str:
        usual = Care()
        body: dict[str, Any] = {one: whole(fields, one, getattr(usual, one)) for one in _LIMITS}
        body |= {"grey": "grey" in fields, "mute": "mute" in fields}
        care_of(body)
        me = see.key.member or see.key.key_id
        see.desk.records.write("care", me, body, actor=see.key.key_id)
        return "care"

    return await PAGE.act(request, work)


@post(f"{ROOT}/reflection/answer", opt=READS, include_in_schema=False, status_code=200)
async def answer(request: Request[Any, Any, Any]) -> Response[Any]:
    """Answer a survey, without one's name."""

    def work(see: See, fields: dict[str, str]) -> str:
        name = fields.get("survey", "")
        held = see.desk.records.read("survey", name)
        if held is None:
            raise NotAtDeskError("There is no such survey any more.")
        body: dict[str, Any] = {}
        for question in held.body.get("questions", ()):
            said = fields.get(f"q_{question['id']}", "")
            if said in ("1", "2", "3", "4", "5"):
                body[str(question["id"])] = int(said)
        if not body:
            raise InputError("Answer at least one question, from 1 (no) to 5 (yes).")
        groups = held.body.get("groups")
        if groups and fields.get("group"):
            body[str(groups)] = fields["group"][:64]
        see.desk.records.answer(name, body, actor=see.key.key_id)
        return "answered"

    return await PAGE.act(request, work)


HANDLERS = (show, write_care, answer)
