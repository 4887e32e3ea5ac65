"""The store at a glance: tables, their quality, systems beside their baselines, what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from chowk.serve.routes.status import Status, status_of
from chowk.store import schema
from chowk.store.check import Audit, read_audit
from chowk.system import Scorecard, system_class

if TYPE_CHECKING:
    from chowk.serve.serving import Serving
    from chowk.store.store import Store

#: The lines of the chart, commonest acts first.
LINES = ("view_item", "add_to_cart", "purchase")
#: Most days on the chart.
DAYS = 730


class TableLine(NamedTuple):
    """One table as the page shows it."""

    name: str
    doc: str
    rows: int
    errors: int
    warnings: int
    revenue: float
    derived: bool


class Bar(NamedTuple):
    """Ours, the baseline and the interval of the difference, as places on a line from 0 to 100."""

    ours: float
    baseline: float | None
    low: float | None
    high: float | None


class SystemLine(NamedTuple):
    """One system as the page shows it."""

    name: str
    title: str
    serves: bool
    lacks: str
    card: Scorecard | None
    bar: Bar | None
    verdict: str


class Glance(NamedTuple):
    """All that the page shows."""

    status: Status
    tables: list[TableLine]
    empty: list[str]
    systems: list[SystemLine]
    audit: Audit | None
    chart: dict[str, list[Any]] | None


def glance(serving: Serving) -> Glance:
    """Look at the store as it is now."""
    with serving.reading() as store:
        status = status_of(serving)
        audit = read_audit(store)
        chart = serving.remembered(("chart", store.fingerprint("events")), lambda: _by_day(store))
    return Glance(
        status,
        [_table(name, state.rows, audit) for name, state in status.tables.items()],
        [
            name
            for name, table in schema.TABLES.items()
            if table.writer is None and name not in status.tables
        ],
        [_system(state) for state in status.systems],
        audit,
        chart,
    )


def system_lines(serving: Serving, names: Collection[str]) -> list[SystemLine]:
    """Some of the systems, as the page shows them."""
    with serving.reading():
        status = status_of(serving)
    return [_system(state) for state in status.systems if state.name in names]


def _table(name: str, rows: int, audit: Audit | None) -> TableLine:
    found = [f for f in audit.findings if f.table == name] if audit else []
    kinds = Counter(finding.severity for finding in found)
    touched = max((finding.revenue for finding in found), default=0.0)
    declared = schema.TABLES[name]
    return TableLine(
        name,
        declared.doc,
        rows,
        kinds["error"],
        kinds["warning"],
        touched,
        declared.writer is not None,
    )


def _system(state: Any) -> SystemLine:
    card: Scorecard | None = state.scorecard
    return SystemLine(
        state.name,
        system_class(state.name).title,
        state.serves,
        state.lacks,
        card,
        bar(card),
        verdict(card),
    )


def bar(card: Scorecard | None) -> Bar | None:
    """The scorecard drawn to scale: 100 is a little beyond the largest figure.

    >>> card = Scorecard(name="x", metric="m", value=0.2, baseline=0.05, low=0.13, high=0.17)
    >>> bar(card)
    Bar(ours=72.7, baseline=18.2, low=65.5, high=80.0)
    """
    if card is None or card.value is None:
        return None
    ends = [card.value, card.baseline or 0.0]
    if card.baseline is not None and card.high is not None:
        ends.append(card.baseline + card.high)
    full = max(ends) * 1.25 or 1.0

    def place(value: float | None) -> float | None:
        return None if value is None else round(max(0.0, value) / full * 100, 1)

    def shifted(limit: float | None) -> float | None:
        if limit is None or card is None or card.baseline is None:
            return None
        return place(card.baseline + limit)

    ours = place(card.value)
    assert ours is not None
    return Bar(ours, place(card.baseline), shifted(card.low), shifted(card.high))


def verdict(card: Scorecard | None) -> str:
    """The scorecard in one sentence."""
    if card is None:
        return ""
    if card.value is None:
        return f"Not judged: {card.why}."
    if card.baseline is None:
        return "There is no baseline to compare with."
    name = card.baseline_name or "the baseline"
    gain = card.value - card.baseline
    if card.better == "lower":
        gain = -gain
    low, high = card.low, card.high
    if low is not None and high is not None and low <= 0 <= high:
        return f"No clear difference from {name}."
    if gain < 0:
        return f"Worse than {name}: it is not switched on unless you insist."
    if card.better == "higher" and card.baseline > 0:
        return f"{card.value / card.baseline:.2g} times {name}."
    return f"Better than {name}."


def _by_day(store: Store) -> dict[str, list[Any]] | None:
    """Counts of the main acts by day, as columns: days since 1970, then a list a line."""
    if not store.rows("events"):
        return None
    events = store["events"]
    main = events.filter(events.kind.isin(LINES))
    daily = main.group_by(day=main.ts.date(), kind=main.kind).agg(n=main.count())
    counts: dict[Any, dict[str, int]] = {}
    for row in store.arrow(daily).to_pylist():
        counts.setdefault(row["day"], {})[row["kind"]] = row["n"]
    days = sorted(counts)[-DAYS:]
    if len(days) < 2:
        return None
    shown = [line for line in LINES if any(line in counts[d] for d in days)]
    return {
        "day": [d.isoformat() for d in days],
        **{line: [counts[d].get(line, 0) for d in days] for line in shown},
    }
