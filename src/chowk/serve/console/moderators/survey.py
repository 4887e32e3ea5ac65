"""The survey's page: what groups of five or more moderators said, beside the tool's own measures.

The owner begins with the template and edits it as a document; a lead reads the results. No answer
is shown by itself, and none can be worked out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from litestar import Request, Response, get, post

from chowk.community.care import TEMPLATE, survey_results
from chowk.errors import InputError
from chowk.serve.watching import decided_rows, ended

from .page import OWNS, ROOT, RUNS, Page, See


def measures(see: See) -> dict[str, Any]:
    """What the tool itself measured in the last four weeks, in the questions' words."""
    now = datetime.now(UTC)
    since = now - timedelta(days=28)
    rows = decided_rows(see.desk, since=since)
    minutes = [(row["decided_at"] - row["held_at"]).total_seconds() / 60 for row in rows]
    people = {row["by"] for row in rows}
    expired = len(ended(see.desk, "expired", since=since))
    total = len(rows) + expired
    heavy = sum(row["level"] >= 3 for row in rows)
    return {
        "load": f"{len(rows) / max(len(people), 1) / 28:.1f} decisions a day and person",
        "toll": f"{heavy / max(len(rows), 1):.0%} of what was read was of level 3 or 4",
        "tools": f"{median(minutes):.0f} minutes to a decision (median)" if minutes else "–",
        "team": f"{expired / max(total, 1):.0%} expired before anybody came",
        "norms": f"norms that decisions stood on: {len({row['norm'] for row in rows})}",
        "heard": f"channels with norms of their own: {len(see.desk.records.documents('norms'))}",
        "context": f"looked at by two: {sum(row['advice'] is not None for row in rows)} items",
    }


def collect(see: See) -> dict[str, Any]:
    """Results of every survey."""
    found = []
    for held in see.desk.records.documents("survey"):
        questions = list(held.body.get("questions", ()))
        said = see.desk.records.answers(held.name)
        results = survey_results(
            said, [str(one["id"]) for one in questions], groups=held.body.get("groups")
        )
        by = {(one.group, one.question): one for one in results}
        groups = sorted({one.group for one in results} - {"everybody"})
        found.append(
            {
                "name": held.name,
                "title": held.body.get("title", held.name),
                "questions": questions,
                "groups": ["everybody", *groups],
                "by": by,
                "answers": len(said),
            }
        )
    return {"surveys": found, "measures": measures(see) if found else {}}


PAGE = Page("survey", collect, {"begun": "The survey is open; moderators find it on Reflection."})


@get(f"{ROOT}/survey", opt=RUNS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """What groups said."""
    return await PAGE.show(request)


@post(f"{ROOT}/survey", opt=OWNS, include_in_schema=False, status_code=200)
async def begin(request: Request[Any, Any, Any]) -> Response[Any]:
    """Open a survey with the template's questions; its answers begin anew under a new name."""

    def work(see: See, fields: dict[str, str]) -> str:
        name = fields.get("name", "").strip()
        if not name:
            raise InputError("Give the survey a name, such as 2026-spring.")
        if see.desk.records.read("survey", name) is not None:
            raise InputError(f"There is a survey {name!r} already. Give another name.")
        see.desk.records.write("survey", name, dict(TEMPLATE), actor=see.key.key_id)
        return "begun"

    return await PAGE.act(request, work)


HANDLERS = (show, begin)
