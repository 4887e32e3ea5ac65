"""Offending rows of the events. See `rules` for the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chowk.store.expressions import amount, sales
from chowk.store.relational import relational

if TYPE_CHECKING:
    import ibis


def _found(rows: ibis.Table) -> ibis.Table:
    """Event rows as findings. Sales of products carry money: a refund took it back, and fees are
    not part of the revenue that shares are of. Each row's money is in the row's own currency."""
    import ibis

    sale = (rows.kind == "purchase") & ~_charges(rows)
    return rows.select(
        key=rows.event_id,
        product_id=rows.product_id,
        amount=ibis.ifelse(sale, amount(rows), 0.0),
        currency=rows.currency,
    )


def _keyed(rows: ibis.Table, key: str) -> ibis.Table:
    """Grouped rows as findings, with `money` as their amount, in the audit's currency."""
    import ibis

    return rows.select(
        key=rows[key].cast("string"),
        product_id=ibis.null("string"),
        amount=rows.money,
        currency=ibis.null("string"),
    )


def _sold(rows: ibis.Table, currency: str) -> ibis.BooleanValue:
    """True for purchases of products in that currency, or in the store's own, unnamed."""
    import ibis

    own = ibis.coalesce(rows.currency, currency) == currency
    return (rows.kind == "purchase") & ~_charges(rows) & own


def _charges(events: ibis.Table) -> ibis.BooleanValue:
    """True for a line that charges no product."""
    import ibis

    return ibis.coalesce(events.fee, False)


@relational("events", "products")
def check_unknown_product(events: ibis.Table, products: ibis.Table) -> ibis.Table:
    """Events whose product is not in the catalogue; fee lines charge none."""
    named = events.filter(events.product_id.notnull(), ~_charges(events))
    return _found(named.anti_join(products, "product_id"))


@relational("events")
def check_no_product(events: ibis.Table) -> ibis.Table:
    """Purchases without a product id."""
    return _found(
        events.filter(events.kind == "purchase", events.product_id.isnull(), ~_charges(events))
    )


@relational("events")
def check_free_sales(events: ibis.Table) -> ibis.Table:
    """Purchases whose money is 0 or unknown."""
    import ibis

    bought = events.filter(events.kind == "purchase", ~_charges(events))
    nothing = ibis.coalesce(bought.value.cast("float64"), bought.price.cast("float64"), 0.0) == 0
    return _found(bought.filter(nothing))


@relational("events")
def check_price_outlier(events: ibis.Table) -> ibis.Table:
    """Unit prices 10 times off the product's geometric mean, of products sold 5 times or more."""
    sold = sales(events)
    sold = sold.filter(sold.price > 0)
    sold = sold.mutate(level=sold.price.cast("float64").ln())
    usual = sold.group_by("product_id").agg(usual=sold.level.mean(), sold=sold.count())
    joined = sold.join(usual.filter(usual.sold >= 5), "product_id")
    return _found(joined.filter((joined.level - joined.usual).abs() > 2.302585))  # ln 10


@relational("events")
def check_quantity_outlier(events: ibis.Table) -> ibis.Table:
    """1,000 units or more, and over 50 times the geometric mean of the product's lines."""
    lines = events.filter(events.kind.isin(["purchase", "refund"]), events.quantity > 0)
    lines = lines.filter(~_charges(lines), lines.product_id.notnull())
    lines = lines.mutate(level=lines.quantity.ln())
    usual = lines.group_by("product_id").agg(usual=lines.level.mean())
    joined = lines.join(usual, "product_id")
    far = (joined.quantity >= 1000) & (joined.level - joined.usual > 3.912023)  # ln 50
    return _found(joined.filter(far))


@relational("events")
def check_adjustments(events: ibis.Table) -> ibis.Table:
    """Refunds without money and without a customer."""
    back = events.filter(events.kind == "refund", events.customer_id.isnull())
    return _found(back.filter(amount(back) == 0))


@relational("events", counted="EUR")
def check_over_refunded(events: ibis.Table, counted: str) -> ibis.Table:
    """Products whose refund lines are over half their purchase lines (5 or more); one row each."""
    import ibis

    lines = events.filter(
        events.kind.isin(["purchase", "refund"]), events.product_id.notnull(), ~_charges(events)
    )
    lines = lines.mutate(money_=amount(lines)).filter(lambda t: t.money_ > 0)
    lines = lines.mutate(own_=ibis.ifelse(_sold(lines, counted), lines.money_, 0.0))
    counts = lines.group_by("product_id").agg(
        sold=(lines.kind == "purchase").sum(),
        back=(lines.kind == "refund").sum(),
        money=lines.own_.sum(),
    )
    return _keyed(counts.filter(counts.sold >= 5, counts.back * 2 > counts.sold), "product_id")


@relational("events")
def check_refund_without_sale(events: ibis.Table) -> ibis.Table:
    """Refunds to a customer who had not bought that product before."""
    lines = events.filter(events.product_id.notnull(), events.customer_id.notnull())
    first = lines.filter(lines.kind == "purchase")
    first = first.group_by(["customer_id", "product_id"]).agg(bought=first.ts.min())
    back = lines.filter(lines.kind == "refund", ~_charges(lines))
    joined = back.left_join(first, ["customer_id", "product_id"])
    early = joined.filter(joined.bought.isnull() | (joined.bought > joined.ts))
    return _found(early)


@relational("events")
def check_doubled_lines(events: ibis.Table) -> ibis.Table:
    """Purchases and refunds that equal an earlier one in all but the id (the first is left)."""
    import ibis

    lines = events.filter(events.kind.isin(["purchase", "refund"]))
    same = ["ts", "session_id", "kind", "customer_id", "product_id", "quantity", "price", "value",
            "region"]  # fmt: skip
    serial = ibis.row_number().over(ibis.window(group_by=same, order_by="event_id"))
    numbered = lines.mutate(serial=serial)
    return _found(numbered.filter(numbered.serial > 0))


@relational("events")
def check_guests(events: ibis.Table) -> ibis.Table:
    """Purchases of products without a customer."""
    bought = events.filter(events.kind == "purchase", ~_charges(events))
    return _found(bought.filter(bought.customer_id.isnull()))


@relational("events", counted="EUR")
def check_disordered_session(events: ibis.Table, counted: str) -> ibis.Table:
    """Sessions with a purchase of a product before its first view or cart there."""
    import ibis

    named = events.filter(events.product_id.notnull())
    looked = named.kind.isin(["view_item", "add_to_cart"])
    pairs = named.group_by(["session_id", "product_id"]).agg(
        bought=named.ts.min(where=named.kind == "purchase"),
        seen=named.ts.min(where=looked),
        money=ibis.coalesce(amount(named).sum(where=_sold(named, counted)), 0.0),
    )
    wrong = pairs.filter(pairs.bought < pairs.seen)
    return _keyed(wrong.group_by("session_id").agg(money=wrong.money.sum()), "session_id")


@relational("events", counted="EUR")
def check_long_session(events: ibis.Table, counted: str) -> ibis.Table:
    """Sessions whose first and last event lie more than a day apart."""
    import ibis

    spans = events.group_by("session_id").agg(
        first=events.ts.min(),
        last=events.ts.max(),
        money=ibis.coalesce(amount(events).sum(where=_sold(events, counted)), 0.0),
    )
    seconds = spans.last.epoch_seconds() - spans["first"].epoch_seconds()
    return _keyed(spans.filter(seconds > 86_400), "session_id")


@relational("events", currency="EUR")
def check_foreign_currency(events: ibis.Table, currency: str) -> ibis.Table:
    """Events in another currency than the store's."""
    return _found(events.filter(events.currency != currency))


@relational("events")
def check_silent_days(events: ibis.Table) -> ibis.Table:
    """Gaps of more than seven days between days with purchases; the key is the day before."""
    import ibis

    bought = events.filter(events.kind == "purchase")
    days = bought.mutate(day=bought.ts.date()).select("day").distinct()
    order = ibis.window(order_by="day")
    pairs = days.mutate(following=days.day.lead().over(order))
    pairs = pairs.mutate(
        gap=pairs.following.cast("timestamp").epoch_seconds()
        - pairs.day.cast("timestamp").epoch_seconds(),
        money=ibis.literal(0.0),
    )
    return _keyed(pairs.filter(pairs.gap > 8 * 86_400), "day")
