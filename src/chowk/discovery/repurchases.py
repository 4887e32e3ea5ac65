"""How long until a product is bought again: gaps between a customer's purchases, as an expression.

Events flow in; out comes one row a product with what `intents.BuyAgain` learns from. Gaps are
counted in whole seconds and their logarithms in millionths, so that sums are exact in any order of
rows and the same on DuckDB and on Spark (Bhagat et al. 2018, "Buy it again").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chowk.store.relational import relational

if TYPE_CHECKING:
    import ibis

#: Shorter gaps are one purchase in two orders, seconds.
LEAST = 43_200
#: The unit of `log_days`.
UNIT = 1_000_000


@relational("events")
def repurchase_gaps(events: ibis.Table) -> ibis.Table:
    """Each product's `purchases`, `gaps` between two by one customer, and their summed `log_days`.

    A product that a customer bought several times within one second counts once; guests, whom
    nobody knows again, have purchases and no gaps. `log_days` is the sum of the natural logarithm
    of the gaps in days, in millionths.
    """
    import ibis

    taken = events.filter(
        events.kind == "purchase", events.product_id.notnull(), ~events.fee.fill_null(False)
    )
    lines = taken.select(
        "product_id",
        "customer_id",
        who=taken.customer_id.coalesce(taken.session_id),
        second=taken.ts.truncate("s").epoch_seconds().cast("int64"),
    ).distinct()
    window = ibis.window(
        group_by=[lines.product_id, lines.who, lines.customer_id], order_by=lines.second
    )
    timed = lines.mutate(gap=lines.second - lines.second.lag().over(window))
    real = timed.customer_id.notnull() & (timed.gap >= LEAST)
    # Everything else has a logarithm of one day, which is 0, and is not counted.
    days = ibis.ifelse(real, timed.gap, 86_400).cast("float64") / 86_400.0
    counted = timed.mutate(
        real=ibis.ifelse(real, 1, 0).cast("int64"),
        log_days=(days.ln() * UNIT).round().cast("int64"),
    )
    return counted.group_by("product_id").agg(
        purchases=counted.count(), gaps=counted.real.sum(), log_days=counted.log_days.sum()
    )
