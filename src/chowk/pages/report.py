"""The scorecards of a build as one page: each system beside its baseline, with the interval."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import write_page

if TYPE_CHECKING:
    from chowk.artifacts import Build, Built
    from chowk.store.store import Store


def write_report_page(store: Store, build: Build, file: Path) -> None:
    """Write the report of `build` to `file`."""
    write_page(
        file,
        "report.html",
        title=store.settings.text("name"),
        build=build,
        systems=[_system(built) for built in build.systems],
        tables={name: store.rows(name) for name in store.tables()},
    )


def _system(built: Built) -> dict[str, Any]:
    """A system's figures and its bars, widths in percent of the largest."""
    card = built.scorecard
    bars: list[dict[str, Any]] = []
    if card is not None and card.value is not None:
        bars.append({"name": built.name, "value": card.value, "kind": "ours"})
        if card.baseline is not None:
            bars.append({"name": card.baseline_name, "value": card.baseline, "kind": "base"})
        named = {bar["name"] for bar in bars}
        bars += [
            {"name": m.case, "value": m.value, "kind": "other"}
            for m in card.measures
            if m.metric == card.metric and m.value is not None and m.case not in named
        ]
    top = max((abs(bar["value"]) for bar in bars), default=0.0) or 1.0
    for bar in bars:
        bar["width"] = round(100 * abs(bar["value"]) / top, 2)
    others = [
        m
        for m in (card.measures if card is not None else ())
        if card is not None and m.metric != card.metric
    ]
    return {"built": built, "card": card, "bars": bars, "others": others}
