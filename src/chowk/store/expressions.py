"""Relational facts that several places need: revenue, purchases, revenue by product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .relational import relational

if TYPE_CHECKING:
    import ibis


def amount(events: ibis.Table) -> ibis.Value:
    """The money of each row, as a float: its own total when given, else quantity × price."""
    import ibis

    product = events.price.cast("float64") * ibis.coalesce(events.quantity, 1.0)
    return ibis.coalesce(events.value.cast("float64"), product, 0.0)


@relational("events", currency="EUR")
def in_currency(events: ibis.Table, currency: str) -> ibis.Table:
    """The events with `currency` filled in where a row names none: it is the store's."""
    import ibis

    return events.mutate(currency=ibis.coalesce(events.currency, currency))


@relational("events")
def sales(events: ibis.Table) -> ibis.Table:
    """Purchase rows that sold a product, with `amount`."""
    import ibis

    sold = events.filter(
        events.kind == "purchase",
        ~ibis.coalesce(events.fee, False),
        events.product_id.notnull(),
    )
    return sold.mutate(amount=amount(sold))


@relational("events")
def revenue_by_product(events: ibis.Table) -> ibis.Table:
    """product_id, revenue, units, orders (lines) of what was sold."""
    sold = sales(events)
    return sold.group_by("product_id").agg(
        revenue=sold.amount.sum(), units=sold.quantity.sum(), lines=sold.count()
    )
