"""What the log says about products and queries: sales with time decay, queries that led to sales.

Relational expressions over `events`, so they run on any engine and only a row a product, or a
query, comes out. A purchase of age a days counts 2 ** (-a / half_life); popularity is the
logarithm of that sum on a scale from 0 to 1: log(1 + sum) / log(1 + largest sum).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from chowk.store.relational import relational

if TYPE_CHECKING:
    import ibis

HALF_LIFE_DAYS = 30.0
#: The window in which purchases are counted for the reason.
WINDOW_DAYS = 90
#: Queries that are kept as suggestions.
MOST_QUERIES = 10_000
_DAY = 86_400.0


@relational("events")
def purchases(events: ibis.Table) -> ibis.Table:
    """The purchases of products; lines that charge a fee are none."""
    return events.filter(
        (events.kind == "purchase") & events.product_id.notnull() & ~events.fee.fill_null(False)
    )


@relational("events", as_of=datetime(2024, 2, 1, tzinfo=UTC))
def sales(
    events: ibis.Table,
    as_of: datetime,
    *,
    half_life_days: float = HALF_LIFE_DAYS,
    window_days: int = WINDOW_DAYS,
) -> ibis.Table:
    """One row a product that was bought up to `as_of`.

    Returns
    -------
    product_id, popularity (decayed sum, above 0), bought (purchases in the last `window_days`).
    """
    bought = purchases(events)
    seconds = int(as_of.timestamp())
    # Without the cut, DuckDB rounds half seconds up where Spark cuts them off.
    age = (seconds - bought.ts.truncate("s").epoch_seconds()).cast("float64") / _DAY
    bought = bought.select("product_id", age=age)
    bought = bought.filter(bought.age >= 0.0)
    return bought.group_by("product_id").aggregate(
        popularity=(bought.age * (-math.log(2.0) / half_life_days)).exp().sum(),
        bought=(bought.age < float(window_days)).cast("int64").sum(),
    )


@relational("events")
def buying_queries(events: ibis.Table) -> ibis.Table:
    """Queries by the number of sessions that asked them and bought something.

    Returns
    -------
    query (trimmed, lower case), sessions: the commonest `MOST_QUERIES`, commonest first.
    """
    buyers = purchases(events).select("session_id").distinct()
    asked = events.filter((events.kind == "search") & events.query.notnull())
    asked = asked.select("session_id", query=asked["query"].strip().lower()).distinct()
    asked = asked.filter(asked["query"].length() > 0)
    found = (
        asked.semi_join(buyers, "session_id")
        .group_by("query")
        .aggregate(sessions=lambda t: t.count())
    )
    return found.order_by(found.sessions.desc(), found["query"]).limit(MOST_QUERIES)


def scaled(popularity: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Popularity on the logarithmic scale from 0 to 1; what is not above 0 is 0.

    >>> scaled(pa.chunked_array([[0.0, 1.0, 3.0]])).tolist()
    [0.0, 0.5, 1.0]
    """
    raw = np.nan_to_num(popularity.cast(pa.float64()).to_numpy(), nan=0.0, posinf=0.0, neginf=0.0)
    logs = np.log1p(np.maximum(raw, 0.0))
    top = logs.max(initial=0.0)
    result: np.ndarray[tuple[int], np.dtype[np.float64]] = logs / top if top > 0 else logs
    return result
