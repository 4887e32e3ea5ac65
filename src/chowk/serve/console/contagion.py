"""The console's page on contact risk: its route, and its pictures as SVG.

In go the served risks and what a person asked (capacities, somebody to look at); out come the lists
of the day, the expected infections by day, one person's course and whom he met, and the front of
the simulated policies. The pictures are drawn here, so that the page is whole without JavaScript.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from litestar import Request, Response, get
from markupsafe import Markup, escape

from chowk.health.advice import day_named
from chowk.health.pareto_plot import Point, policy_plot
from chowk.health.policies import pareto_front
from chowk.serve.keys import needs
from chowk.serve.problems import Problem
from chowk.serve.risks import RiskPerson
from chowk.serve.routes.risk import TODAY

from .rendering import page

#: Narrow enough for letters to be read where the page is 360 pixels wide.
_W, _H, _LEFT, _FOOT = 460, 240, 40, 28
#: What the page hands on from one view to the next.
_ASKED = ("tests", "places", "threshold", "by", "quarantined")
#: Susceptible, exposed, infectious, recovered.
_STAGES = (
    ("exposed", "var(--line-2)"),
    ("infectious", "var(--bad)"),
    ("recovered", "var(--line-1)"),
)


@get("/console/risk", opt=needs("staff", "customers.read"), include_in_schema=False)
async def show_risk(request: Request[Any, Any, Any]) -> Response[Any]:
    """Risk over time, whom to test today, one person's contacts, and the front of policies."""
    from .pages import _shown

    models = request.app.state.serving.models
    frame = _shown(request, "risk")
    points = await run_sync(policy_points)
    kept = pareto_front([(p.infected, p.quarantine_days) for p in points])
    front: dict[str, Any] = {
        "front": front_picture(points),
        "policies": [(p, k in kept) for k, p in enumerate(points)],
    }
    risks = models.risk
    if risks is None:
        why = models.lacks.get("contact_risk", "it was never built")
        return page("risk.html", **frame, why=why, **front)
    error, status, query = "", 200, request.query_params
    asked = dict(TODAY.read(b""), tests=5, places=5)
    try:
        given = urlencode([(name, v) for name in _ASKED for v in query.getall(name, [])])
        asked |= TODAY.read(given.encode()) if given else {}
        who = str(query.get("person", ""))
        seen = await run_sync(risks.person, who) if who else None
    except Problem as problem:
        error, status, seen = problem.detail, problem.status, None

    def work() -> Any:
        return risks.lists(
            asked["tests"],
            asked["places"],
            threshold=asked["threshold"] / 100,
            by=asked["by"],
            quarantined=asked["quarantined"],
        )

    try:
        tests, quarantine = await run_sync(work)
    except Problem as problem:  # somebody in quarantine whom this build does not know
        error, status, asked["quarantined"] = problem.detail, problem.status, ()
        tests, quarantine = await run_sync(work)
    return page(
        "risk.html",
        status=status,
        **frame,
        why="",
        **front,
        error=error,
        asked=asked,
        kept=urlencode([(name, asked[name]) for name in _ASKED], doseq=True),
        leaving={line.person for line in quarantine if line.action == "release"},
        risks=risks,
        day_named=day_named,
        tests=tests,
        quarantine=quarantine,
        highest=await run_sync(risks.highest, 12),
        course=course_picture(risks.course()),
        seen=seen,
        person_course=person_picture(seen) if seen else "",
        graph=graph_picture(seen) if seen else "",
    )


def policy_points() -> list[Point]:
    """The simulated policies that ship with the package; none where they are not there."""
    place = resources.files("chowk.health").joinpath("policy_front.json")
    if not place.is_file():
        return []
    return [Point(**one) for one in json.loads(place.read_text("utf-8"))["points"]]


def front_picture(points: Sequence[Point]) -> Markup:
    """The policies and their front, drawn; empty where there are none."""
    return Markup(policy_plot(points, width=_W) if points else "")  # noqa: S704 (drawn by us)


def _frame(days: Sequence[int], top: float, label: str) -> tuple[list[str], Any, Any]:
    """The beginning of a picture over days, and its two scales."""
    first, last = days[0], max(days[-1], days[0] + 1)

    def x(day: float) -> float:
        return round(_LEFT + (day - first) / (last - first) * (_W - _LEFT - 12), 1)

    def y(value: float) -> float:
        return round(_H - _FOOT - value / (top or 1.0) * (_H - _FOOT - 26), 1)

    parts = [
        f'<svg viewBox="0 0 {_W} {_H}" role="img" aria-label="{escape(label)}" font-size="14" '
        'width="100%">'
    ]
    for k in range(3):
        value = top * k / 2
        parts.append(
            f'<line x1="{_LEFT}" x2="{_W - 12}" y1="{y(value)}" y2="{y(value)}" '
            'stroke="var(--rule)"/>'
            f'<text x="{_LEFT - 6}" y="{y(value) + 4}" text-anchor="end" fill="var(--soft)">'
            f"{value:.3g}</text>"
        )
    for day in sorted({first, (first + last) // 2, last}):
        parts.append(
            f'<text x="{x(day)}" y="{_H - 8}" text-anchor="{"end" if day == last else "middle"}" '
            f'fill="var(--soft)">{day_named(day)}'
            "</text>"
        )
    return parts, x, y


def course_picture(course: Sequence[tuple[int, float, float]]) -> Markup:
    """Expected exposed and infectious people by day.

    >>> course_picture([]), course_picture([(0, 1.0, 0.0), (1, 1.0, 2.0)])[:4]
    (Markup(''), Markup('<svg'))
    """
    if not course:
        return Markup("")
    days = [day for day, _, _ in course]
    top = max(max(exposed, infectious) for _, exposed, infectious in course) * 1.05
    parts, x, y = _frame(days, top, "Expected exposed and infectious people by day")
    for k, (name, colour) in enumerate(_STAGES[:2]):
        path = " ".join(f"{x(row[0])},{y(row[1 + k])}" for row in course)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_LEFT + 8 + 105 * k}" y="14" fill="{colour}">{name}</text>')
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704


def person_picture(seen: RiskPerson) -> Markup:
    """One person's probabilities by day, and his tests as marks."""
    rows = [(seen.first_day + k, row) for k, row in enumerate(seen.course) if row[0] == row[0]]
    if not rows:
        return Markup("")
    parts, x, y = _frame([day for day, _ in rows], 1.0, "Probability of each stage by day")
    for k, (name, colour) in enumerate(_STAGES):
        path = " ".join(f"{x(day)},{y(row[1 + k])}" for day, row in rows)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_LEFT + 8 + 105 * k}" y="14" fill="{colour}">{name}</text>')
    for day, positive in seen.tests:
        fill = "var(--bad)" if positive else "none"
        parts.append(
            f'<circle cx="{x(day)}" cy="{y(0) - 6}" r="5" fill="{fill}" stroke="var(--ink)">'
            f"<title>tested {'positive' if positive else 'negative'} on {day_named(day)}</title>"
            "</circle>"
        )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704


def graph_picture(seen: RiskPerson) -> Markup:
    """Whom a person met in two weeks: nearer to the middle the more often, darker the riskier."""
    size, middle = 420, 210
    parts = [
        f'<svg viewBox="0 0 {size} {size}" role="img" aria-label="Contacts around this person" '
        'font-size="11" width="100%" class="contact-graph">'
    ]
    most = max((n.meetings for n in seen.neighbours), default=1)
    for k, one in enumerate(seen.neighbours):
        angle = 2 * math.pi * k / len(seen.neighbours) - math.pi / 2
        away = 95 + 85 * (1 - one.meetings / most)
        x = round(middle + away * math.cos(angle), 1)
        y = round(middle + away * math.sin(angle), 1)
        width = round(1 + 5 * one.meetings / most, 1)
        name = escape(one.person)
        parts.append(
            f'<line x1="{middle}" y1="{middle}" x2="{x}" y2="{y}" stroke="var(--rule)" '
            f'stroke-width="{width}"/><a href="/console/risk?person={name}#person">'
            f'<circle cx="{x}" cy="{y}" r="9" fill="var(--bad)" '
            f'fill-opacity="{round(0.12 + 0.88 * min(one.risk, 1), 2)}" stroke="var(--soft)">'
            f"<title>{name}: met {one.meetings} times, risk {one.risk:.0%}</title></circle></a>"
            f'<text x="{x}" y="{y + 21}" text-anchor="middle" fill="var(--soft)">{one.risk:.0%}'
            "</text>"
        )
    parts.append(
        f'<circle cx="{middle}" cy="{middle}" r="15" fill="var(--accent)">'
        "<title>this person</title></circle></svg>"
    )
    return Markup("".join(parts))  # noqa: S704
