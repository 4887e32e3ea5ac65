"""The policies as a picture: share infected against days in quarantine, and the front.

In go points (name, share infected, quarantine days); out comes one SVG text, drawn here so that it
needs no plotting library, is the same every time, and can stand in a page as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from .policies import Outcome, pareto_front

#: Colour-blind safe (Okabe and Ito 2008), one a kind of policy.
_COLOURS = {"CRISP": "#0072B2", "tracing": "#D55E00", "symptoms": "#009E73"}
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _EDGE = 720, 440, 64, 52, 24


class Point(NamedTuple):
    """One policy's mean over its epidemics; `error` is the standard error of `infected`."""

    policy: str
    infected: float
    quarantine_days: float
    runs: int
    error: float


def points_of(outcomes: Sequence[Outcome]) -> list[Point]:
    """Means by policy, in the order in which policies came.

    >>> points_of([Outcome("a", 0, 0.2, 10, 0), Outcome("a", 1, 0.4, 20, 0)])[0][1:4]
    (0.30000000000000004, 15.0, 2)
    """
    by_policy: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_policy.setdefault(outcome.policy, []).append(outcome)
    found = []
    for policy, runs in by_policy.items():
        n = len(runs)
        infected = sum(run.infected for run in runs) / n
        spread = sum((run.infected - infected) ** 2 for run in runs) / max(n - 1, 1)
        quarantine = sum(run.quarantine_days for run in runs) / n
        found.append(Point(policy, infected, quarantine, n, (spread / n) ** 0.5))
    return found


def policy_plot(points: Sequence[Point]) -> str:
    """An SVG of the points, the front joined by a line; both axes are better towards 0.

    >>> policy_plot([Point("CRISP, 0.3", 0.1, 900.0, 20, 0.01)]).startswith("<svg")
    True
    """
    most_days = max((p.quarantine_days for p in points), default=1.0) * 1.08 or 1.0
    most_ill = max((p.infected for p in points), default=1.0) * 1.08 or 1.0

    def x(days: float) -> float:
        return round(_LEFT + days / most_days * (_WIDTH - _LEFT - _EDGE), 1)

    def y(infected: float) -> float:
        return round(_HEIGHT - _BOTTOM - infected / most_ill * (_HEIGHT - _BOTTOM - _EDGE), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12" class="policy-front">',
        "<title>Policies: people infected against days in quarantine</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for days in _ticks(most_days):
        parts += [
            f'<line x1="{x(days)}" y1="{_EDGE}" x2="{x(days)}" y2="{y(0)}" stroke="#e5e5e5"/>',
            f'<text x="{x(days)}" y="{y(0) + 18}" text-anchor="middle" fill="#444">'
            f"{days:,.0f}</text>",
        ]
    for infected in _ticks(most_ill):
        parts += [
            f'<line x1="{_LEFT}" y1="{y(infected)}" x2="{_WIDTH - _EDGE}" y2="{y(infected)}" '
            'stroke="#e5e5e5"/>',
            f'<text x="{_LEFT - 8}" y="{y(infected) + 4}" text-anchor="end" fill="#444">'
            f"{infected:.0%}</text>",
        ]
    parts += [
        f'<text x="{(_WIDTH + _LEFT) / 2}" y="{_HEIGHT - 10}" text-anchor="middle" fill="#222">'
        "days in quarantine, all people together</text>",
        f'<text transform="rotate(-90)" x="{-(_HEIGHT - _BOTTOM) / 2}" y="16" '
        'text-anchor="middle" fill="#222">people infected</text>',
    ]
    front = pareto_front([(p.infected, p.quarantine_days) for p in points])
    line = sorted((points[k] for k in front), key=lambda p: p.quarantine_days)
    if line:
        path = " ".join(f"{x(p.quarantine_days)},{y(p.infected)}" for p in line)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="#999" stroke-dasharray="5 4"/>'
        )
    taken: list[tuple[float, float]] = []
    for k, p in enumerate(points):
        colour = _COLOURS.get(p.policy.partition(",")[0], "#666666")
        at_x, at_y = x(p.quarantine_days), y(p.infected)
        inside = at_x < _WIDTH - 150
        place = f'x="{at_x + 9}"' if inside else f'x="{at_x - 9}" text-anchor="end"'
        # A label that would lie on another one stands a line higher.
        line_y = at_y + 4
        while any(abs(line_y - v) < 13 and abs(at_x - u) < 110 for u, v in taken):
            line_y -= 14
        taken.append((at_x, line_y))
        told = f"{p.policy}: {p.infected:.1%} infected, {p.quarantine_days:,.0f} days in quarantine"
        parts += [
            f'<circle cx="{at_x}" cy="{at_y}" r="6" fill="{colour}" '
            f'fill-opacity="{1 if k in front else 0.45}"><title>{escape(told)}</title></circle>',
            f'<text {place} y="{round(line_y, 1)}" fill="#222">{escape(p.policy)}</text>',
        ]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _ticks(most: float) -> list[float]:
    """Round numbers from 0, some five of them.

    >>> _ticks(0.9), _ticks(21_000)
    ([0.0, 0.2, 0.4, 0.6000000000000001, 0.8], [0.0, 5000.0, 10000.0, 15000.0, 20000.0])
    """
    rough = most / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((m * power for m in (1, 2, 5, 10)), key=lambda s: abs(s - rough))
    return [k * step for k in range(int(most / step) + 1)]
