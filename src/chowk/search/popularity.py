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
#: A suggestion is shown to everybody, so it must be what many typed: one shopper's own words (a
#: name, an address, a number to call) are hers. Five sessions can still be one person who comes
#: back, so where sessions say who it was, there must be three people among them.
LEAST_SESSIONS = 5
LEAST_CUSTOMERS = 3
#: What is never suggested, however many typed it: an e-mail, seven digits or more (telephones,
#: orders, cards), a web address. RE2 and Java read it alike; letters are small by then. Now and
#: then it costs a harmless suggestion ("dr.martens"), which is the better mistake.
PRIVATE = (
    r"[@\x{FF20}]"
    r"|\p{Nd}(\P{Nd}*\p{Nd}){6}"
    r"|://|www\.|[\p{L}\p{M}\p{N}]\.\p{L}[\p{L}\p{M}]"
)
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

    Only what may be shown to everybody: queries of at least `LEAST_SESSIONS` such sessions and,
    where any of these says who it was, of at least `LEAST_CUSTOMERS` customers, that do not look
    like what is in `PRIVATE`.

    Returns
    -------
    query (trimmed, lower case), sessions: the commonest `MOST_QUERIES`, commonest first.
    """
    # A shopper may search first and say who she is when she pays.
    buyers = purchases(events).group_by(buyer="session_id").agg(paid=lambda t: t.customer_id.max())
    asked = events.filter((events.kind == "search") & events.query.notnull())
    asked = asked.select("session_id", "customer_id", query=asked["query"].strip().lower())
    asked = asked.filter((asked["query"].length() > 0) & ~asked["query"].re_search(PRIVATE))
    asked = asked.group_by("session_id", "query").agg(customer=lambda t: t.customer_id.max())
    sold = asked.inner_join(buyers, asked.session_id == buyers.buyer)
    found = sold.group_by("query").agg(
        sessions=lambda t: t.count(),
        customers=lambda t: t.paid.coalesce(t.customer).nunique(),
    )
    found = found.filter(
        found.sessions >= LEAST_SESSIONS,
        (found.customers == 0) | (found.customers >= LEAST_CUSTOMERS),
    ).drop("customers")
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
