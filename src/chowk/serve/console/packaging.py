"""The console's page on packaging: the frontier, what would change, and approval in batches.

In go the served recommender and what waits at the desk; out come a picture of cost against damage
with today on it, the saving with its interval, and forms that propose and decide. Every act works
without JavaScript.
"""

from __future__ import annotations

from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, Response, get, post
from litestar.response import Redirect
from markupsafe import Markup, escape

from chowk.errors import DeskError, InputError
from chowk.serve.keys import needs
from chowk.serve.parcels import AIMS, BATCH, WORDS, Parcels, decide, propose, waiting
from chowk.serve.problems import Problem
from chowk.serve.routes.packaging import parcels_of

from . import entry
from .rendering import page

_READS = needs("staff", "delivery.read")
_DECIDES = needs("staff", "packaging.decide")
_W, _H, _LEFT, _FOOT = 680, 300, 78, 44
#: Rows that are shown of a long list.
SHOWN = 50


@get("/console/packaging", opt=_READS, include_in_schema=False)
async def show_packaging(request: Request[Any, Any, Any]) -> Response[Any]:
    """Cost against damage, what would change, and what waits for approval."""
    return await _page(request)


@post("/console/packaging/propose", opt=_DECIDES, include_in_schema=False, status_code=200)
async def propose_changes(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send the changes of an aim to the desk, where they wait for approval."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    aim = fields.get("aim", "")
    if aim not in AIMS:
        rule = ", ".join(AIMS)
        raise Problem(400, "form", "The form breaks a rule", f"'aim' must be one of {rule}.")
    parcels, serving = parcels_of(request), request.app.state.serving
    key, build = request.state["visit"].key, serving.models.name

    def work() -> int:
        return propose(serving.desk, key, build, parcels.changes(aim))

    sent = await run_sync(work)
    return Redirect(f"/console/packaging?aim={aim}&sent={sent}#waiting", status_code=303)


@post("/console/packaging/decide", opt=_DECIDES, include_in_schema=False, status_code=200)
async def decide_changes(request: Request[Any, Any, Any]) -> Response[Any]:
    """Approve or deny the batch that the person was shown."""
    fields = await entry.require_form(request, request.state["visit"].csrf)
    form = await request.form()
    ids = [str(one) for one in form.getall("item", [])]
    desk, key = request.app.state.serving.desk, request.state["visit"].key
    outcome, reason = fields.get("outcome", ""), fields.get("reason", "").strip()
    try:
        if not ids:
            raise InputError("No change was chosen. Tick at least one.")
        done = await run_sync(decide, desk, key, ids, outcome, len(ids), reason)
    except (InputError, DeskError) as error:
        return await _page(request, error=str(error), status=400)
    return Redirect(
        f"/console/packaging?decided={len(done.decided)}&left={len(done.left)}#waiting",
        status_code=303,
    )


async def _page(
    request: Request[Any, Any, Any], *, error: str = "", status: int = 200
) -> Response[Any]:
    from .pages import _shown

    serving, query = request.app.state.serving, request.query_params
    frame = _shown(request, "packaging")
    models, key = serving.models, request.state["visit"].key
    if models.parcels is None:
        why = models.lacks.get("packaging", "it was never built")
        return page("packaging.html", **frame, why=why)
    parcels: Parcels = models.parcels
    aim = query.get("aim", "cost") if query.get("aim") in AIMS else "cost"

    def work() -> dict[str, Any]:
        found = parcels.proposal(aim)
        totals = found.totals
        return {
            "totals": totals,
            "changes": parcels.changes(aim),
            "picture": frontier_picture(parcels.frontier(), totals),
            "waiting": waiting(serving.desk, key),
        }

    try:
        seen: dict[str, Any] | None = await run_sync(work)
    except InputError as problem:
        error, status, seen = error or str(problem), 400, None

    def told(name: str) -> int | None:
        text = str(query.get(name, ""))
        return int(text) if text.isdecimal() and len(text) < 7 else None

    return page(
        "packaging.html",
        status=status,
        **frame,
        why="",
        error=error,
        aim=aim,
        aims=WORDS,
        seen=seen,
        shown=SHOWN,
        batch=BATCH,
        may_decide=key.allows("packaging.decide"),
        notes=parcels.model.notes_,
        sent=told("sent"),
        decided=told("decided"),
        left=told("left"),
    )


def frontier_picture(rows: list[dict[str, Any]], totals: Any) -> Markup:
    """Cost of shipping against cost of damage, with today and the proposal on it, as SVG."""
    points = [(row["shipping_cost"], row["damage_cost"]) for row in rows]
    marks = {
        "today": (totals["shipping_cost_today"], totals["damage_cost_today"]),
        "proposed": (totals["shipping_cost"], totals["damage_cost"]),
    }
    xs, ys = zip(*points, *marks.values(), strict=True)
    low, high, top = min(xs), max(xs), max(ys) or 1.0

    def x(value: float) -> float:
        share = (value - low) / ((high - low) or 1.0)
        return round(float(_LEFT + share * (_W - _LEFT - 24)), 1)

    def y(value: float) -> float:
        return round(float(_H - _FOOT - value / (top * 1.05) * (_H - _FOOT - 14)), 1)

    parts = [
        f'<svg id="frontier" viewBox="0 0 {_W} {_H}" role="img" font-size="12" width="100%" '
        'aria-label="The least cost of damage for each cost of shipping, with today above it">'
    ]
    for k in range(4):
        value = top * k / 3
        parts.append(
            f'<line x1="{_LEFT}" x2="{_W - 24}" y1="{y(value)}" y2="{y(value)}" '
            f'stroke="var(--rule)"/><text x="{_LEFT - 8}" y="{y(value) + 4}" text-anchor="end" '
            f'fill="var(--soft)">{value:,.0f}</text>'
        )
        money = low + (high - low) * k / 3
        parts.append(
            f'<text x="{x(money)}" y="{_H - _FOOT + 16}" text-anchor="middle" '
            f'fill="var(--soft)">{money:,.0f}</text>'
        )
    parts.append(
        f'<text x="{(_W + _LEFT) / 2}" y="{_H - 8}" text-anchor="middle" fill="var(--soft)">'
        "shipping, all parcels of the history</text>"
        f'<text transform="translate(12 {(_H - _FOOT) / 2}) rotate(-90)" text-anchor="middle" '
        'fill="var(--soft)">expected damage</text>'
    )
    line = " ".join(f"{x(cost)},{y(harm)}" for cost, harm in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="var(--line-1)" stroke-width="2"/>')
    for name, colour in (("today", "var(--bad)"), ("proposed", "var(--line-2)")):
        cost, harm = marks[name]
        parts.append(
            f'<circle cx="{x(cost)}" cy="{y(harm)}" r="5" fill="{colour}"/>'
            f'<text x="{x(cost)}" y="{y(harm) - 9}" text-anchor="middle" fill="{colour}">'
            f"{escape(name)}</text>"
        )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 (drawn by us, its texts escaped)


HANDLERS = (show_packaging, propose_changes, decide_changes)
