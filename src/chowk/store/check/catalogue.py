"""Offending rows of the catalogue: products, offers, customers. See `rules` for the sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chowk.store.expressions import sales
from chowk.store.relational import relational

if TYPE_CHECKING:
    import ibis


def _found(rows: ibis.Table, key: str = "product_id", product: bool = True) -> ibis.Table:
    import ibis

    nothing = ibis.null("string")
    return rows.select(
        key=rows[key],
        product_id=rows.product_id if product else nothing,
        amount=ibis.null("float64"),
        currency=nothing,
    )


@relational("products")
def check_no_title_word(products: ibis.Table) -> ibis.Table:
    """Titles without two letters of any script in a row."""
    return _found(products.filter(~products.title.re_search(r"\p{L}\p{M}*\p{L}")))


@relational("products")
def check_no_image(products: ibis.Table) -> ibis.Table:
    """Products without a picture."""
    return _found(products.filter(products.image.isnull()))


@relational("products")
def check_no_category(products: ibis.Table) -> ibis.Table:
    """Products without a category."""
    return _found(products.filter(products.category.isnull()))


@relational("products")
def check_no_description(products: ibis.Table) -> ibis.Table:
    """Products without a description."""
    return _found(products.filter(products.description.isnull()))


@relational("products")
def check_no_brand(products: ibis.Table) -> ibis.Table:
    """Products without a brand."""
    return _found(products.filter(products.brand.isnull()))


@relational("products")
def check_no_price(products: ibis.Table) -> ibis.Table:
    """Products without a price, or with the price 0."""
    return _found(products.filter(products.price.isnull() | (products.price == 0)))


@relational("products")
def check_price_out_of_line(products: ibis.Table) -> ibis.Table:
    """Prices 30 times off the geometric mean of a category of ten priced products or more."""
    priced = products.filter(products.price > 0, products.category.notnull())
    priced = priced.mutate(level=priced.price.cast("float64").ln())
    usual = priced.group_by("category").agg(usual=priced.level.mean(), priced=priced.count())
    joined = priced.join(usual.filter(usual.priced >= 10), "category")
    off = joined.filter((joined.level - joined.usual).abs() > 3.4012)  # ln 30
    return _found(off)


@relational("products")
def check_broken_letters(products: ibis.Table) -> ibis.Table:
    """Titles that hold U+FFFD, or UTF-8 that was read as Windows-1252."""
    damage = "�|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|â€|à¤|à¥"
    return _found(products.filter(products.title.re_search(damage)))


@relational("products")
def check_same_title(products: ibis.Table) -> ibis.Table:
    """Products of one title and brand, unless they are variants of one group."""
    import ibis

    named = products.mutate(
        plain=products.title.lower().strip(),
        maker=ibis.coalesce(products.brand, ""),
        family=ibis.coalesce(products.group_id, products.product_id),
    )
    many = named.group_by(["plain", "maker"]).agg(families=named.family.nunique())
    joined = named.join(many.filter(many.families > 1), ["plain", "maker"])
    return _found(joined)


@relational("products")
def check_shouting(products: ibis.Table) -> ibis.Table:
    """Titles of ten characters or more without a small letter."""
    title = products.title
    loud = (title == title.upper()) & (title != title.lower()) & (title.length() >= 10)
    return _found(products.filter(loud))


@relational("products")
def check_test_product(products: ibis.Table) -> ibis.Table:
    """Products whose title is, or begins with, a word for tests."""
    pattern = r"^(test|testing|dummy|do not use|sample product|asdf)\b"
    return _found(products.filter(products.title.lower().strip().re_search(pattern)))


@relational("products", "events")
def check_never_sold(products: ibis.Table, events: ibis.Table) -> ibis.Table:
    """Products in no purchase; none when the store has no purchases at all."""
    sold = sales(events).select("product_id").distinct()
    any_sale = sold.agg(sold=sold.count())
    unsold = products.anti_join(sold, "product_id").cross_join(any_sale)
    return _found(unsold.filter(unsold.sold > 0))


@relational("products", currency="EUR")
def check_product_currency(products: ibis.Table, currency: str) -> ibis.Table:
    """Products priced in another currency than the store's."""
    return _found(products.filter(products.currency != currency))


@relational("offers", "products")
def check_offer_unknown_product(offers: ibis.Table, products: ibis.Table) -> ibis.Table:
    """Offers whose product is not in the catalogue."""
    return _found(offers.anti_join(products, "product_id"), "offer_id")


@relational("offers")
def check_offer_without_promise(offers: ibis.Table) -> ibis.Table:
    """Offers without a delivery time."""
    return _found(offers.filter(offers.delivery_hours.isnull()), "offer_id")


@relational("customers")
def check_customer_without_region(customers: ibis.Table) -> ibis.Table:
    """Customers without a region."""
    return _found(customers.filter(customers.region.isnull()), "customer_id", product=False)
