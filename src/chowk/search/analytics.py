"""What becomes of searches: nothing found, where was clicked, what was typed instead.

Relational expressions over `events`: one row a search, then a row a query and a row a day. A search
found nothing when its `query_id` has no impression, in logs that have impressions; it was typed
again when nothing was chosen and the same session searched for something else within five minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from chowk.store.relational import relational

from .popularity import PRIVATE

if TYPE_CHECKING:
    import ibis

#: A search after more seconds is a new one.
AGAIN_SECONDS = 300
#: Queries that fewer sessions typed are not shown: they may be one person's own words.
LEAST_SESSIONS = 5
MOST_QUERIES = 1000


@relational("events")
def searches(events: ibis.Table) -> ibis.Table:
    """One row a search that has a `query_id` and a text.

    Returns
    -------
    asked_id, session_id, ts, text (trimmed, lower case), shown, clicked (0 or 1), position (of the
    first click by place, or null), bought (0 or 1), again (0 or 1).
    """
    import ibis

    asked = events.filter(
        (events.kind == "search") & events.query_id.notnull() & events["query"].notnull()
    )
    asked = asked.group_by(asked_id=asked.query_id).agg(
        session_id=lambda t: t.session_id.min(),
        ts=lambda t: t.ts.min(),
        text=lambda t: t["query"].strip().lower().min(),
    )
    linked = events.filter(events.query_id.notnull())
    after = linked.group_by(after_id=linked.query_id).agg(
        shown=lambda t: (t.kind == "view_item_list").cast("int64").sum(),
        clicks=lambda t: t.kind.isin(("select_item", "view_item")).cast("int64").sum(),
        position=lambda t: ibis.ifelse(t.kind == "select_item", t.position, ibis.null()).min(),
        sales=lambda t: (t.kind == "purchase").cast("int64").sum(),
    )
    joined = asked.left_join(after, asked.asked_id == after.after_id)
    order = ibis.window(group_by="session_id", order_by=["ts", "asked_id"])
    joined = joined.select(
        "asked_id",
        "session_id",
        "ts",
        "text",
        "position",
        shown=joined.shown.fill_null(0),
        clicked=(joined.clicks.fill_null(0) > 0).cast("int64"),
        bought=(joined.sales.fill_null(0) > 0).cast("int64"),
    )
    joined = joined.mutate(
        next_ts=joined.ts.lead().over(order), next_text=joined.text.lead().over(order)
    )
    seconds = joined.next_ts.epoch_seconds() - joined.ts.epoch_seconds()
    again = (
        (joined.clicked == 0)
        & joined.next_text.notnull()
        & (joined.next_text != joined.text)
        & (seconds <= AGAIN_SECONDS)
    )
    return joined.mutate(again=again.fill_null(False).cast("int64")).drop("next_ts", "next_text")


def _summed() -> dict[str, Any]:
    return {
        "searches": lambda t: t.count(),
        "nothing": lambda t: (t.shown == 0).cast("int64").sum(),
        "clicked": lambda t: t.clicked.sum(),
        "positions": lambda t: t.position.sum(),
        "placed": lambda t: t.position.count(),
        "again": lambda t: t.again.sum(),
        "bought": lambda t: t.bought.sum(),
    }


@relational("searches")
def by_query(searches: ibis.Table) -> ibis.Table:
    """Sums a query, the commonest `MOST_QUERIES`; only what several sessions typed.

    Returns
    -------
    query, searches, nothing (found), clicked, positions (their sum), placed (clicks that have one),
    again (typed otherwise), bought.
    """
    kept = searches.filter((searches.text.length() > 0) & ~searches.text.re_search(PRIVATE))
    found = kept.group_by("text").agg(**_summed(), sessions=lambda t: t.session_id.nunique())
    found = found.filter(found.sessions >= LEAST_SESSIONS).drop("sessions")
    found = found.order_by(found.searches.desc(), found.text).limit(MOST_QUERIES)
    return found.rename(query="text")


@relational("searches")
def by_day(searches: ibis.Table) -> ibis.Table:
    """The same sums a day (UTC), as `day`, the days since 1970."""
    days = searches.ts.epoch_seconds() // 86_400
    return searches.group_by(day=days.cast("int64")).agg(**_summed()).order_by("day")


#: Why a rate of the whole log is null.
UNLINKED = {
    "nothing": "No view_item_list in the log carries a search's query_id.",
    "bought": "No purchase in the log carries a search's query_id. Send the attribution_token of "
    "the answer with the purchases that follow it.",
    "position": "No select_item in the log carries a search's query_id and a position.",
}


def rates(
    sums: dict[str, Any], *, impressions: bool, purchases: bool = True
) -> dict[str, float | None]:
    """Shares of searches, and the mean place of clicks; None where the log cannot say.

    >>> sums = {"searches": 4, "nothing": 1, "clicked": 2, "positions": 5, "placed": 2,
    ...         "again": 1, "bought": 0}
    >>> rates(sums, impressions=True)["nothing"], rates(sums, impressions=True)["position"]
    (0.25, 2.5)
    >>> rates(sums, impressions=False)["nothing"] is None
    True
    """
    asked, placed = int(sums["searches"] or 0), int(sums["placed"] or 0)
    part: dict[str, float | None] = {
        name: int(sums[name] or 0) / asked if asked else None
        for name in ("nothing", "clicked", "again", "bought")
    }
    if not impressions:
        part["nothing"] = None
    if not purchases:
        part["bought"] = None
    part["position"] = int(sums["positions"] or 0) / placed if placed else None
    return part


def report(events: ibis.Table, engine: Any) -> dict[str, Any]:
    """The whole log's analytics: `total`, `days` and `queries`, each with its rates.

    `why` says of each rate that the log cannot give what is missing.

    engine : an engine of `chowk.store.engines` that the table belongs to.
    """
    made = searches(events)
    days: pa.Table = engine.arrow(by_day(made))
    queries: pa.Table = engine.arrow(by_query(made))
    names = ("searches", "nothing", "clicked", "positions", "placed", "again", "bought")
    rows = days.to_pylist()
    total = {name: sum(int(row[name] or 0) for row in rows) for name in names}
    linked = {
        "impressions": total["nothing"] < total["searches"],
        "purchases": total["bought"] > 0,
    }
    whole = rates(total, **linked)

    def said(row: dict[str, Any], key: str) -> dict[str, Any]:
        return {key: row[key], "searches": row["searches"], **rates(row, **linked)}

    return {
        "total": {"searches": total["searches"], **whole},
        "why": {
            name: why if total["searches"] else "The log has no search with a query_id."
            for name, why in UNLINKED.items()
            if whole[name] is None
        },
        "days": [said(row, "day") for row in rows],
        "queries": [said(row, "query") for row in queries.to_pylist()],
    }
