"""The health page: a community's weeks as lines and figures, and what next week is likely to be."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from chowk.serve.judging import tally_of
from chowk.serve.watching import health_of

from .page import READS, ROOT, Page, See


def collect(see: See) -> dict[str, Any]:
    """Weeks, hours and forecasts, with the lines that are drawn."""
    if not see.channel:
        return {"none": True}
    health = health_of(see.serving, see.key.key_id, see.channel, tally_of(see.state))
    shown = health["weeks"]
    days = [week.start.date().isoformat() for week in shown]

    def percent(value: float | None) -> float | None:
        return None if value is None else round(100 * value, 2)

    charts = {
        "held and returned, in percent": {
            "day": days,
            "held": [percent(week.hold_rate) for week in shown],
            "newcomers who came back": [percent(week.return_rate) for week in shown],
        },
        "minutes to a decision": {
            "day": days,
            "minutes": [week.decision_minutes for week in shown],
        },
        "kind acts and newcomers": {
            "day": days,
            "kind acts": [week.kind_acts for week in shown],
            "newcomers": [week.newcomers for week in shown],
        },
        "agreement (Cohen's kappa)": {
            "day": days,
            "agreement": [week.agreement for week in shown],
        },
    }
    drawn = {
        name: chart
        for name, chart in charts.items()
        if any(
            sum(value is not None for value in values) > 1
            for line, values in chart.items()
            if line != "day"
        )
    }
    return {"none": False, "health": health, "charts": drawn if len(days) > 2 else {}}


PAGE = Page("community", collect)


@get(f"{ROOT}/community", opt=READS, include_in_schema=False)
async def show(request: Request[Any, Any, Any]) -> Response[Any]:
    """The community's weeks."""
    return await PAGE.show(request)


HANDLERS = (show,)
