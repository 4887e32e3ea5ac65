"""Visits as relational expressions: what was looked at in one visit, and who did what when.

Events flow in; out come the products of each visit, the pairs of them, and the steps of customers.
The same on DuckDB and on Spark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chowk.store.relational import relational

if TYPE_CHECKING:
    import ibis

#: Kinds of events in which somebody turns to a product.
LOOKED = ("select_item", "view_item", "add_to_cart", "purchase")


@relational("events")
def visit_lines(events: ibis.Table) -> ibis.Table:
    """The products that each visit turned to: `visit`, `product_id`, `second` (the first time)."""
    named = events.filter(events.product_id.notnull(), ~events.fee.fill_null(False))
    looked = named.filter(named.kind.isin(LOOKED))
    return looked.group_by(visit=looked.session_id, product_id=looked.product_id).agg(
        # DuckDB would round half seconds up where Spark cuts them off.
        second=looked.ts.truncate("s").epoch_seconds().min().cast("int64")
    )


@relational("visit_lines", largest=3)
def visit_pairs(lines: ibis.Table, *, largest: int) -> ibis.Table:
    """Pairs of products in one visit of at most `largest`: `source` < `target`, `visits`."""
    sizes = lines.group_by("visit").agg(products=lines.count())
    kept = lines.semi_join(sizes.filter(sizes.products <= largest), "visit")
    left = kept.select("visit", source=kept.product_id)
    right = kept.select(other=kept.visit, target=kept.product_id)
    pairs = left.inner_join(right, [left.visit == right.other, left.source < right.target])
    return pairs.group_by("source", "target").agg(visits=pairs.count())


@relational("events")
def customer_steps(events: ibis.Table) -> ibis.Table:
    """What each customer, or guest's visit, turned to: `who`, `product_id`, `kind`, `second`.

    One row a product, kind and second.
    """
    named = events.filter(events.product_id.notnull(), ~events.fee.fill_null(False))
    looked = named.filter(named.kind.isin(LOOKED))
    second = looked.ts.truncate("s").epoch_seconds().cast("int64")
    return looked.select(
        "product_id", "kind", who=looked.customer_id.coalesce(looked.session_id), second=second
    ).distinct()


def _taken(events: ibis.Table) -> ibis.Table:
    """What each visit put into the cart or bought: `product_id`, `visit`, `who`, once each."""
    taken = events.filter(
        events.product_id.notnull(),
        events.kind.isin(("add_to_cart", "purchase")),
        ~events.fee.fill_null(False),
    )
    who = taken.customer_id.coalesce(taken.session_id)
    return taken.select("product_id", visit=taken.session_id, who=who).distinct()


@relational("events", days=60)
def bought_in_order(events: ibis.Table, *, days: int) -> ibis.Table:
    """What leads to what: `source`, `target`, `weight`, how often.

    A pair counts once for each visit of the target: a customer put both into the cart or bought
    them, and turned to the source first, in the same visit or at most `days` days before. Guests
    are known for one visit. What was looked at first is no chance there: in one order all lines
    have one time, so the time is that of the first look in the visit.
    """
    lines = _taken(events).inner_join(visit_lines(events), ["visit", "product_id"])
    left = lines.select(who="who", source="product_id", before="second")
    right = lines.select(other="who", target="product_id", after="second", visit="visit")
    pairs = left.inner_join(
        right,
        [
            left.who == right.other,
            left.before < right.after,
            right.after - left.before <= days * 86_400,
            left.source != right.target,
        ],
    )
    once = pairs.select("source", "target", "visit").distinct()
    return once.group_by("source", "target").agg(weight=once.count())


@relational("events", days=14, largest=3)
def taken_after(events: ibis.Table, *, days: int, largest: int) -> ibis.Table:
    """As `bought_in_order`, for every store: `source`, `target`, `times`, `weight`.

    A time within one visit weighs 3, one after an earlier visit 1; of visits that took at most
    `largest` products. What one order holds of products that nobody looked at first, as in a file
    of order lines, has one time: such a pair counts both ways.
    """
    taken = _taken(events)
    sizes = taken.group_by("visit").agg(products=taken.count())
    taken = taken.semi_join(sizes.filter(sizes.products <= largest), "visit")
    lines = taken.inner_join(visit_lines(events), ["visit", "product_id"])
    left = lines.select(who="who", source="product_id", before="second", earlier="visit")
    right = lines.select(other="who", target="product_id", after="second", visit="visit")
    pairs = left.inner_join(
        right,
        [
            left.who == right.other,
            left.before <= right.after,
            right.after - left.before <= days * 86_400,
            left.source != right.target,
        ],
    )
    apart = (pairs.before < pairs.after) | (pairs.earlier == pairs.visit)
    kept = pairs.filter(apart)
    kept = kept.mutate(same=(kept.earlier == kept.visit).cast("int64"))
    once = kept.group_by("source", "target", "visit").agg(same=kept.same.max())
    return once.group_by("source", "target").agg(
        times=once.count(), weight=(1 + 2 * once.same).sum().cast("int64")
    )
