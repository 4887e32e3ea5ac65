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
_HEIGHT, _LEFT, _BOTTOM, _EDGE = 440, 64, 52, 24
#: Where a point's name may stand: aside, above or below it, and how it is anchored.
_PLACES = (
    (9, 4, "start"),
    (-9, 4, "end"),
    (7, -9, "start"),
    (7, 17, "start"),
    (-7, -9, "end"),
    (-7, 17, "end"),
    (0, -12, "middle"),
    (0, 21, "middle"),
)
#: Narrower than this, only the front's points have their names beside them.
_ROOMY = 600


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


def policy_plot(points: Sequence[Point], *, width: int = 720) -> str:
    """An SVG of the points, the front joined by a line; both axes are better towards 0.

    Parameters
    ----------
    points : a policy each.
    width : pixels; in a narrow picture only the front's points are named, the others have titles.

    Examples
    --------
    >>> policy_plot([Point("CRISP, 0.3", 0.1, 900.0, 20, 0.01)]).startswith("<svg")
    True
    """
    most_days = max((p.quarantine_days for p in points), default=1.0) * 1.08 or 1.0
    most_ill = max((p.infected for p in points), default=1.0) * 1.08 or 1.0

    def x(days: float) -> float:
        return round(_LEFT + days / most_days * (width - _LEFT - _EDGE), 1)

    def y(infected: float) -> float:
        return round(_HEIGHT - _BOTTOM - infected / most_ill * (_HEIGHT - _BOTTOM - _EDGE), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12" class="policy-front">',
        "<title>Policies: people infected against days in quarantine</title>",
        f'<rect width="{width}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for days in _ticks(most_days):
        parts += [
            f'<line x1="{x(days)}" y1="{_EDGE}" x2="{x(days)}" y2="{y(0)}" stroke="#e5e5e5"/>',
            f'<text x="{x(days)}" y="{y(0) + 18}" text-anchor="middle" fill="#444">'
            f"{days:,.0f}</text>",
        ]
    for infected in _ticks(most_ill):
        parts += [
            f'<line x1="{_LEFT}" y1="{y(infected)}" x2="{width - _EDGE}" y2="{y(infected)}" '
            'stroke="#e5e5e5"/>',
            f'<text x="{_LEFT - 8}" y="{y(infected) + 4}" text-anchor="end" fill="#444">'
            f"{infected:.0%}</text>",
        ]
    parts += [
        f'<text x="{(width + _LEFT) / 2}" y="{_HEIGHT - 10}" text-anchor="middle" fill="#222">'
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
    dots = [(x(p.quarantine_days), y(p.infected)) for p in points]
    taken = [(u - 6, v - 6, u + 6, v + 6) for u, v in dots]
    # The front's points take their places first.
    for k in sorted(range(len(points)), key=lambda k: k not in front):
        p, (at_x, at_y) = points[k], dots[k]
        colour = _COLOURS.get(p.policy.partition(",")[0].partition(" ")[0], "#666666")
        told = f"{p.policy}: {p.infected:.1%} infected, {p.quarantine_days:,.0f} days in quarantine"
        parts.append(
            f'<circle cx="{at_x}" cy="{at_y}" r="6" fill="{colour}" '
            f'fill-opacity="{1 if k in front else 0.45}"><title>{escape(told)}</title></circle>'
        )
        place = _free_place(at_x, at_y, len(p.policy), taken, width)
        if place is not None and (k in front or width >= _ROOMY):
            where, box = place
            taken.append(box)
            parts.append(f'<text {where} fill="#222">{escape(p.policy)}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


_Box = tuple[float, float, float, float]


def _free_place(
    x: float, y: float, letters: int, taken: Sequence[_Box], width: int
) -> tuple[str, _Box] | None:
    """Where a name of so many letters can stand beside a point: its attributes, and its box."""
    long = 6.4 * letters
    for dx, dy, anchor in _PLACES:
        left = x + dx - {"start": 0.0, "middle": long / 2, "end": long}[anchor]
        box = (left, y + dy - 11, left + long, y + dy + 3)
        inside = box[0] > 0 and box[2] < width and box[1] > 0 and box[3] < _HEIGHT - _BOTTOM
        free = all(box[2] < a or c < box[0] or box[3] < b or d < box[1] for a, b, c, d in taken)
        if inside and free:
            at = f'x="{round(x + dx, 1)}" y="{round(y + dy, 1)}" text-anchor="{anchor}"'
            return at, box
    return None


def _ticks(most: float) -> list[float]:
    """Round numbers from 0, some five of them.

    >>> _ticks(0.9), _ticks(21_000)
    ([0.0, 0.2, 0.4, 0.6000000000000001, 0.8], [0.0, 5000.0, 10000.0, 15000.0, 20000.0])
    """
    rough = most / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((m * power for m in (1, 2, 5, 10)), key=lambda s: abs(s - rough))
    return [k * step for k in range(int(most / step) + 1)]
