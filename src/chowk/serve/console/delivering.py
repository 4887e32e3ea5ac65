"""The console's page on delivery: addresses that customers insisted on, and pick-up notices.

In go what waits at the desk and the table `notices`; out come a form for each address (leave it,
correct it, refuse it), counts of notices by state, and what they did beside those who were not
told, with intervals. Every act works without JavaScript.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.response import Redirect

from chowk.delivery.pickup.reporting import NoticeReport, notice_report, outcomes_of
from chowk.errors import DeskError, InputError
from chowk.serve.keys import needs

from . import entry
from .rendering import page

_READS = needs("staff", "delivery.read")
_DECIDES = needs("staff", "addresses.decide")
#: Addresses that are shown at once.
SHOWN = 25


@get("/console/delivery", opt=_READS, include_in_schema=False)
async def show_delivery(request: Request[Any, Any, Any]) -> Response[Any]:
    """Addresses that wait for a person, and what the notices did."""
    return await _page(request)


@post("/console/delivery/decide", opt=_DECIDES, include_in_schema=False, status_code=200)
async def decide_address(request: Request[Any, Any, Any]) -> Response[Any]:
    """Leave an address as it is, correct it, or refuse it."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    item_id, outcome = fields.get("item", ""), fields.get("outcome", "")
    text, reason = fields.get("text", "").strip(), fields.get("reason", "").strip()

    def work() -> None:
        if outcome == "correct" and not text:
            raise InputError("A correction needs the address. Write it, or leave it as it is.")
        desk.queue.claim(item_id, actor=key.key_id)
        correction = {"text": text[:2_000]} if outcome == "correct" else None
        desk.queue.decide(item_id, outcome, actor=key.key_id, reason=reason, correction=correction)

    try:
        await run_sync(work)
    except (InputError, DeskError) as error:
        return await _page(request, error=str(error), status=400)
    return Redirect("/console/delivery?decided=1#waiting", status_code=303)


async def _page(
    request: Request[Any, Any, Any], *, error: str = "", status: int = 200
) -> Response[Any]:
    from .pages import _shown

    serving, key = request.app.state.serving, request.state["visit"].key
    look = partial(
        serving.desk.queue.items, state="open", kinds=("address",), limit=1_000, actor=key.key_id
    )

    def work() -> tuple[list[Any], dict[str, int], NoticeReport | None]:
        with serving.reading() as store:
            if not store.rows("notices"):
                return look(), {}, None
            rows = store.arrow("notices").to_pylist()
        states = Counter(str(row["state"]) for row in rows)
        return look(), dict(states.most_common()), notice_report(outcomes_of(rows))

    waiting, states, report = await run_sync(work)
    return page(
        "delivery.html",
        status=status,
        **_shown(request, "delivery"),
        error=error,
        waiting=waiting,
        shown=SHOWN,
        states=states,
        report=report,
        may_decide=key.allows("addresses.decide"),
        decided=request.query_params.get("decided") == "1",
    )


HANDLERS = (show_delivery, decide_address)
