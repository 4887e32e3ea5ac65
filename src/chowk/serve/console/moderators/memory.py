"""The memory's page: how texts like this one were decided, here and where others share it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from litestar import Request, Response, get

from chowk.serve.judging import plain_text
from chowk.serve.watching import ended, precedents_like, require

from .page import READS, ROOT, Page, See

#: Decisions that are listed.
LISTED = 20


def collect(see: See) -> dict[str, Any]:
    """Precedents of a text, or the channel's last decisions."""
    if not see.channel:
        return {"none": True, "text": ""}
    require(see.desk, see.key.key_id, "precedents.read", see.channel)
    text = see.asked.get("text", "").strip()
    if text:
        found = precedents_like(see.desk, see.channel, text, k=LISTED)
        return {
            "none": False,
            "text": text,
            "found": found,
            "summary": Counter(one.outcome for one in found).most_common(),
            "last": [],
        }
    decided = ("approved", "denied", "corrected")
    last = ended(see.desk, *decided, channels=[see.channel], most=LISTED)
    rows = [
        {
            "text": plain_text(one)[:300],
            "state": one.state,
            "norm": one.norm,
            "reason": one.reason,
            "at": one.decided_at,
            "level": ((one.payload or {}).get("verdict") or {}).get("level") or 0,
        }
        for one in last
    ]
    return {"none": False, "text": "", "found": [], "summary": [], "last": rows}


PAGE = Page("memory", collect)


@get(f"{ROOT}/memory", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """How similar things were decided."""
    return await PAGE.show(request)


HANDLERS = (show,)
