"""How searches fare, with a picture by day, and what came of experiments.

The same figures as GET /v1/search/analytics and the experiments' reports.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from anyio.to_thread import run_sync
from litestar import Request, Response, get

from chowk.serve.console.rendering import page
from chowk.serve.keys import needs
from chowk.serve.routes.search_experiments import ExperimentReport, report_of, trials_of
from chowk.serve.routes.search_insight import Analytics, analytics_of

#: Days of the picture, and rows of each list.
DAYS, ROWS = 120, 12


def chart(found: Analytics) -> dict[str, list[Any]] | None:
    """Columns by day for the picture; None with fewer than two days."""
    days = found.days[-DAYS:]
    if len(days) < 2:
        return None
    return {
        "day": [datetime.fromtimestamp(d.day * 86_400, UTC).date().isoformat() for d in days],
        "searches": [d.searches for d in days],
        "clicked": [round((d.clicked or 0.0) * d.searches) for d in days],
        "found_nothing": [round((d.nothing or 0.0) * d.searches) for d in days],
    }


def lists(found: Analytics) -> dict[str, list[Any]]:
    """The queries to look at: found nothing, typed again otherwise, never clicked, most asked."""

    def worst(name: str) -> list[Any]:
        rows = [row for row in found.queries if (getattr(row, name) or 0.0) > 0]
        return sorted(rows, key=lambda r: (-(getattr(r, name) or 0.0) * r.searches, r.query))[:ROWS]

    return {
        "nothing": worst("nothing"),
        "again": worst("again"),
        "most": list(found.queries[:ROWS]),
    }


@get("/console/search/analytics", opt=needs("staff", "store.read"), include_in_schema=False)
async def show_analytics(request: Request[Any, Any, Any]) -> Response[Any]:
    """The figures, the picture, and the experiments."""
    from chowk.serve.console.pages import _shown

    serving = request.app.state.serving
    trials = trials_of(request)

    def work() -> tuple[Analytics, list[tuple[Any, ExperimentReport]]]:
        found = analytics_of(serving)
        return found, [(one, report_of(serving, one)) for one in trials.every()]

    found, reports = await run_sync(work)
    running = trials.running()
    return page(
        "merchandising/analytics.html",
        **_shown(request, "search"),
        tool="analytics",
        total=found.total,
        chart=chart(found),
        lists=lists(found),
        reports=reports,
        running=running.name if running else None,
    )


HANDLERS = (show_analytics,)
