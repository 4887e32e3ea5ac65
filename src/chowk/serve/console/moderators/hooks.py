"""The webhooks' page: who is told of the queue's steps, and how the last try went."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from chowk.desk import KINDS
from chowk.serve.webhooks import subscribe

from .page import ROOT, RUNS, Page, See


def collect(see: See) -> dict[str, Any]:
    """Every subscription, those that ended last."""
    found = see.desk.webhooks.all()
    return {
        "webhooks": sorted(found, key=lambda one: (one.ended_at is not None, one.created_at)),
        "kinds": [name for name, kind in KINDS.items() if kind.seated],
    }


PAGE = Page("webhooks", collect, {"ended": "It is told nothing more."})


@get(f"{ROOT}/webhooks", opt=RUNS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """Who is told."""
    return await PAGE.show(request)


@post(f"{ROOT}/webhooks", opt=RUNS, include_in_schema=False, status_code=200)
async def add(request: Request[Any, Any, Any]) -> Response[Any]:
    """Tell a URL of all steps from now on; its secret is on the page that follows, and nowhere
    else."""
    made: list[tuple[Any, str, str]] = []

    def work(see: See, fields: dict[str, str]) -> str:
        kinds = [name for name in KINDS if f"kind_{name}" in fields]
        url = fields.get("url", "").strip()
        made.append(subscribe(see.desk, url, actor=see.key.key_id, kinds=kinds))
        return ""

    answer = await PAGE.act(request, work)
    return await PAGE.show(request, made=made[0]) if made else answer


@post(f"{ROOT}/webhooks/end", opt=RUNS, include_in_schema=False, status_code=200)
async def end(request: Request[Any, Any, Any]) -> Response[Any]:
    """Tell a URL nothing more."""

    def work(see: See, fields: dict[str, str]) -> str:
        see.desk.webhooks.end(fields.get("webhook_id", ""), actor=see.key.key_id)
        return "ended"

    return await PAGE.act(request, work)


HANDLERS = (show, add, end)
