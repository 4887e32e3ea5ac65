"""What can be wrong with a store's data, as declarations; the expressions stand beside.

A rule names the tables it reads, and an expression that gives the offending rows: `key` (what to
look for), `product_id` (or null), `amount` (the row's own money, or null: then the money is what
its product sold) and the money's `currency` (null: the counted one). The sentence and the cure are
what the owner reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from . import catalogue, happenings

if TYPE_CHECKING:
    import ibis

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong.

    `table` is the table whose rows are counted; `reads` are the arguments of `rows`, in order:
    tables, `currency` (the store's) or `counted` (the one whose money the audit counts).
    In `sentence`, {rows} and {share} stand for the count and its share of the table.
    """

    code: str
    table: str
    severity: Severity
    title: str
    sentence: str
    cure: str
    reads: tuple[str, ...]
    rows: Callable[..., ibis.Table]


RULES: tuple[Rule, ...] = (
    Rule("unknown-product", "events", "error", "Events of unknown products",
         "{rows} events ({share}) name a product that the catalogue does not have.",
         "Import the catalogue again with the missing products, or mend the ids.",
         ("events", "products"), happenings.check_unknown_product),
    Rule("no-product", "events", "error", "Sales without a product",
         "{rows} purchases ({share}) name no product.",
         "Find out which export loses the product's id, and import it again.",
         ("events",), happenings.check_no_product),
    Rule("free-sales", "events", "warning", "Sales for nothing",
         "{rows} purchases ({share}) have a price of 0 or none.",
         "Gifts and samples are fine; else mend the price column and import again.",
         ("events",), happenings.check_free_sales),
    Rule("price-outlier", "events", "warning", "Prices far from the product's own",
         "{rows} sales ({share}) were at more than 10 times, or less than a tenth of, what the "
         "product usually costs.",
         "Look for a wrong decimal mark, a line total read as a price, or manual entries.",
         ("events",), happenings.check_price_outlier),
    Rule("quantity-outlier", "events", "warning", "Quantities far from the usual",
         "{rows} lines ({share}) sold or took back 1,000 units or more, and over 50 times what is "
         "usual for the product.",
         "Typing errors are often cancelled later; exclude them before you plan stock.",
         ("events",), happenings.check_quantity_outlier),
    Rule("adjustments", "events", "note", "Refunds that look like stock adjustments",
         "{rows} refunds ({share}) have no money and no customer.",
         "Export stock movements apart from orders, so that refund rates are true.",
         ("events",), happenings.check_adjustments),
    Rule("over-refunded", "events", "warning", "Products sent back more than half the time",
         "{rows} products were refunded more than half as often as sold (5 sales or more).",
         "Read the reviews and the descriptions of these products first.",
         ("events", "counted"), happenings.check_over_refunded),
    Rule("refund-without-sale", "events", "note", "Refunds without a sale",
         "{rows} refunds ({share}) are of products that the same customer did not buy before.",
         "The export may begin after the sale, or orders are missing: widen its dates.",
         ("events",), happenings.check_refund_without_sale),
    Rule("doubled-lines", "events", "warning", "The same line twice",
         "{rows} events ({share}) equal another one in everything but their id.",
         "If the export doubles lines, import it again without; several of one article on one "
         "order are fine.",
         ("events",), happenings.check_doubled_lines),
    Rule("guests", "events", "note", "Sales without a customer",
         "{rows} purchases ({share}) have no customer.",
         "Nothing to mend when guests may buy; else export the customer column too.",
         ("events",), happenings.check_guests),
    Rule("disordered-session", "events", "warning", "Sessions out of order",
         "{rows} sessions have a purchase before the first view or cart of the same product.",
         "Compare the clocks and zones of the sources; order and web times may differ.",
         ("events", "counted"), happenings.check_disordered_session),
    Rule("long-session", "events", "warning", "Sessions longer than a day",
         "{rows} sessions last more than 24 hours.",
         "Check that the session id is one visit, not one customer.",
         ("events", "counted"), happenings.check_long_session),
    Rule("foreign-currency", "events", "warning", "Money in another currency",
         "{rows} events ({share}) are in another currency than the store's.",
         "Their money stands apart from the revenue: convert it before the import, or keep a store "
         "for each currency.",
         ("events", "currency"), happenings.check_foreign_currency),
    Rule("silent-days", "events", "note", "Days without a sale",
         "{rows} gaps of more than a week without any purchase.",
         "If the shop was open, a part of the export is missing: export those dates again.",
         ("events",), happenings.check_silent_days),
    Rule("no-title-word", "products", "error", "Titles that say nothing",
         "{rows} products ({share}) have a title without two letters in a row.",
         "Write a title that a shopper would search for.",
         ("products",), catalogue.check_no_title_word),
    Rule("no-image", "products", "warning", "Products without a picture",
         "{rows} products ({share}) have no image.",
         "Add pictures, the best sellers first.",
         ("products",), catalogue.check_no_image),
    Rule("no-category", "products", "warning", "Products without a category",
         "{rows} products ({share}) have no category.",
         "Map the category column(s) with --map category=A,B,C, or fill them in.",
         ("products",), catalogue.check_no_category),
    Rule("no-description", "products", "note", "Products without a description",
         "{rows} products ({share}) have no description.",
         "Write two sentences for the best sellers first.",
         ("products",), catalogue.check_no_description),
    Rule("no-brand", "products", "note", "Products without a brand",
         "{rows} products ({share}) have no brand.",
         "Fill in the brand where there is one; shopping channels ask for it.",
         ("products",), catalogue.check_no_brand),
    Rule("no-price", "products", "error", "Products without a price",
         "{rows} products ({share}) have no price, or a price of 0.",
         "Export the price column, or take these products out of the catalogue.",
         ("products",), catalogue.check_no_price),
    Rule("price-out-of-line", "products", "warning", "Prices out of line with their category",
         "{rows} products ({share}) cost over 30 times, or under a thirtieth of, their category's "
         "usual price.",
         "Look for a wrong decimal mark or a price for a whole carton.",
         ("products",), catalogue.check_price_out_of_line),
    Rule("broken-letters", "products", "warning", "Titles with broken letters",
         "{rows} products ({share}) have letters that were decoded wrongly (such as 'Ã©').",
         "Export as UTF-8, or import with --encoding cp1252.",
         ("products",), catalogue.check_broken_letters),
    Rule("same-title", "products", "warning", "Several products of one title",
         "{rows} products ({share}) share title and brand with another product.",
         "Merge real doubles; give variants a group_id and say what differs.",
         ("products",), catalogue.check_same_title),
    Rule("shouting", "products", "note", "Titles in capitals",
         "{rows} products ({share}) have a title all in capitals.",
         "Shopping channels refuse them: write titles in sentence case.",
         ("products",), catalogue.check_shouting),
    Rule("test-product", "products", "warning", "Test products",
         "{rows} products ({share}) look like tests ('test', 'dummy', 'do not use').",
         "Take them out of the catalogue.",
         ("products",), catalogue.check_test_product),
    Rule("never-sold", "products", "note", "Products that never sold",
         "{rows} products ({share}) were never bought in the time that the events cover.",
         "New ones need to be seen; old ones may be cleared.",
         ("products", "events"), catalogue.check_never_sold),
    Rule("product-currency", "products", "warning", "Prices in another currency",
         "{rows} products ({share}) are priced in another currency than the store's.",
         "Convert before the import, or set the store's currency in chowk.toml.",
         ("products", "currency"), catalogue.check_product_currency),
    Rule("offer-unknown-product", "offers", "error", "Offers of unknown products",
         "{rows} offers ({share}) are of a product that the catalogue does not have.",
         "Import the missing products, or remove the offers.",
         ("offers", "products"), catalogue.check_offer_unknown_product),
    Rule("offer-without-promise", "offers", "note", "Offers without a delivery time",
         "{rows} offers ({share}) do not say when they arrive.",
         "Export handling and transit times; faster promises win when all else is equal.",
         ("offers",), catalogue.check_offer_without_promise),
    Rule("customer-without-region", "customers", "note", "Customers without a region",
         "{rows} customers ({share}) have no region.",
         "Export the country or state; regional search needs it.",
         ("customers",), catalogue.check_customer_without_region),
)  # fmt: skip
