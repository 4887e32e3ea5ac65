"""The people's page: who sits where, who might join, and the matrix of rights.

A lead gives seats and takes them; the owner edits what each seat may do, cell by cell, with a
reason that the audit log keeps. Regulars are suggested to the owner with reasons, and never
appointed.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from chowk.desk import RIGHTS, SEATS
from chowk.errors import InputError
from chowk.serve.watching import suggested

from .page import OWNS, READS, ROOT, RUNS, Page, See


def collect(see: See) -> dict[str, Any]:
    """Members with seats, the matrix, its last edits, and suggestions for the owner."""
    desk = see.desk
    members = []
    if see.key.allows("moderation.configure"):
        members = [
            (member, desk.seats.of(member.member_id))
            for member in desk.members()
            if member.name is not None and "moderat" in " ".join(member.roles)
        ]
    edits = see.key.allows("roles.grant")
    return {
        "matrix": desk.seats.matrix(),
        "rights": RIGHTS,
        "names": SEATS,
        "members": members,
        "edits": edits,
        "gives": see.key.allows("moderation.configure"),
        "suggestions": suggested(see.serving, see.channel) if edits and see.channel else [],
        "own": desk.seats.of(see.key.key_id),
    }


PAGE = Page(
    "people",
    collect,
    {
        "right": "The matrix is changed, and the change is a row of the audit log.",
        "given": "The seat is given.",
        "taken": "The seat is taken.",
        "same": "It was so already.",
    },
)


@get(f"{ROOT}/people", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """Who may do what."""
    return await PAGE.show(request)


@post(f"{ROOT}/people/matrix", opt=OWNS, include_in_schema=False, status_code=200)
async def edit(request: Request[Any, Any, Any]) -> Response[Any]:
    """The owner changes one cell."""

    def work(see: See, fields: dict[str, str]) -> str:
        changed = see.desk.seats.set_right(
            fields.get("seat", ""),
            fields.get("right", ""),
            fields.get("held") == "true",
            actor=see.key.key_id,
            reason=fields.get("reason", ""),
        )
        return "right" if changed else "same"

    return await PAGE.act(request, work)


@post(f"{ROOT}/people/seat", opt=RUNS, include_in_schema=False, status_code=200)
async def seat(request: Request[Any, Any, Any]) -> Response[Any]:
    """Give a person a seat, or take it."""

    def work(see: See, fields: dict[str, str]) -> str:
        member = fields.get("member", "").strip()
        if not member:
            raise InputError("Say who: a name as it stands at the desk.")
        given = fields.get("act") != "take"
        act = see.desk.seats.give if given else see.desk.seats.take
        changed = act(
            member,
            fields.get("seat", ""),
            queue=fields.get("queue", "").strip() or "*",
            actor=see.key.key_id,
        )
        return ("given" if given else "taken") if changed else "same"

    return await PAGE.act(request, work)


HANDLERS = (show, edit, seat)
