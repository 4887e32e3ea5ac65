"""The audit: a clean store has no finding; each dirt gives exactly its own, with its money."""

from datetime import UTC, datetime, timedelta

import pytest

import chowk
from chowk.store.check import audit, read_audit
from chowk.store.check.rules import RULES
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files
from chowk.store.manifest import Account

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def product(n, **more):
    return {
        "product_id": f"p{n}",
        "title": f"Lamp number {'abcdefghijklmnopqrst'[n]}",
        "description": "A lamp.",
        "brand": "Asha",
        "category": "Home > Lamps",
        "price": 10,
        "currency": "EUR",
        "image": "x.png",
        **more,
    }


def sale(n, product_id="p1", *, kind="purchase", day=0, **more):
    return {
        "event_id": f"e{n}",
        "ts": NOON + timedelta(days=day, minutes=n),
        "session_id": f"s{n}",
        "order_id": f"s{n}",
        "kind": kind,
        "product_id": product_id,
        "customer_id": f"c{n}",
        "quantity": 1.0,
        "price": 10,
        "currency": "EUR",
        **more,
    }


PRODUCTS = [product(n) for n in range(20)]
#: Every product is sold once a day over six days: 120 sales, 1,200 EUR.
SALES = [sale(n, f"p{n % 20}", day=n // 20) for n in range(120)]
CUSTOMERS = [{"customer_id": "c1", "region": "IN/Goa"}]
OFFERS = [{"offer_id": "f1", "product_id": "p1", "region": "IN", "delivery_hours": 24.0}]


def made(path, products=PRODUCTS, events=SALES, customers=CUSTOMERS, offers=OFFERS):
    store = chowk.create(path)
    with store.transaction() as change:
        for name, rows in (
            ("products", products),
            ("events", events),
            ("customers", customers),
            ("offers", offers),
        ):
            if rows:
                change.write(name, rows)
    return store


def test_a_clean_store_has_no_finding(tmp_path):
    with made(tmp_path / "s") as store:
        found = audit(store)
    assert found.findings == [] and found.ok
    assert (found.revenue, found.orders) == (1200.0, 120)
    assert found.tables == {"products": 20, "offers": 1, "customers": 1, "events": 120}


def swap(rows, n, **more):
    return [{**row, **more} if i == n else row for i, row in enumerate(rows)]


#: code → (what the store is made of, offending rows, revenue touched)
DIRT = {
    "unknown-product": (
        {
            "events": [
                *SALES,
                sale(900, "gone", price=7),
                sale(901, "POST", fee=True),
                sale(902, "gone", kind="view_item"),
            ]
        },
        2,
        7.0,
    ),
    "no-product": ({"events": [*SALES, sale(900, None, price=8)]}, 1, 8.0),
    "free-sales": ({"events": [*SALES, sale(900, price=0), sale(901, price=None)]}, 2, 0.0),
    "price-outlier": ({"events": [*SALES, sale(900, price=500)]}, 1, 500.0),
    "quantity-outlier": ({"events": [*SALES, sale(900, quantity=2000.0)]}, 1, 20_000.0),
    "adjustments": (
        {"events": [*SALES, sale(900, kind="refund", price=0, customer_id=None)]},
        1,
        0.0,
    ),
    "over-refunded": (
        {
            "events": [
                *SALES,
                *(sale(900 + n, "p3", kind="refund", customer_id="c3") for n in range(4)),
            ]
        },
        1,
        60.0,
    ),
    "refund-without-sale": ({"events": [*SALES, sale(900, "p2", kind="refund")]}, 1, 0.0),
    "doubled-lines": (
        {"events": [*SALES, {**SALES[5], "event_id": "twin"}, {**SALES[5], "event_id": "triplet"}]},
        2,
        20.0,
    ),
    "guests": ({"events": [*SALES, sale(900, customer_id=None, price=4)]}, 1, 4.0),
    "disordered-session": (
        {
            "events": [
                *SALES,
                sale(900, session_id="x", price=6),
                sale(
                    901, session_id="x", kind="view_item", price=None, ts=NOON + timedelta(days=1)
                ),
            ]
        },
        1,
        6.0,
    ),
    "long-session": (
        {
            "events": [
                *SALES,
                sale(900, session_id="x", price=6),
                sale(
                    901, session_id="x", kind="view_cart", price=None, ts=NOON + timedelta(days=4)
                ),
            ]
        },
        1,
        6.0,
    ),
    "foreign-currency": ({"events": [*SALES, sale(900, currency="USD", price=3)]}, 1, 0.0),
    "silent-days": ({"events": [*SALES, sale(900, day=20)]}, 1, 0.0),
    "no-title-word": ({"products": swap(PRODUCTS, 1, title="? 12-3")}, 1, 60.0),
    "no-image": ({"products": swap(PRODUCTS, 1, image=None)}, 1, 60.0),
    "no-category": ({"products": swap(PRODUCTS, 1, category=None)}, 1, 60.0),
    "no-description": ({"products": swap(PRODUCTS, 1, description=None)}, 1, 60.0),
    "no-brand": ({"products": swap(PRODUCTS, 1, brand=None)}, 1, 60.0),
    "no-price": ({"products": swap(swap(PRODUCTS, 1, price=0), 2, price=None)}, 2, 120.0),
    "price-out-of-line": ({"products": swap(PRODUCTS, 1, price=900)}, 1, 60.0),
    "broken-letters": ({"products": swap(PRODUCTS, 1, title="CafÃ© lamp")}, 1, 60.0),
    "same-title": ({"products": swap(PRODUCTS, 1, title=" LAMP number C")}, 2, 120.0),
    "shouting": ({"products": swap(PRODUCTS, 1, title="ANOTHER KIND OF LAMP")}, 1, 60.0),
    "test-product": ({"products": swap(PRODUCTS, 1, title="Test item, please ignore")}, 1, 60.0),
    "never-sold": (
        {"products": [*PRODUCTS, {**product(3), "product_id": "new", "title": "New one"}]},
        1,
        0.0,
    ),
    "product-currency": ({"products": swap(PRODUCTS, 1, currency="USD")}, 1, 60.0),
    "offer-unknown-product": ({"offers": swap(OFFERS, 0, product_id="gone")}, 1, 0.0),
    "offer-without-promise": ({"offers": swap(OFFERS, 0, delivery_hours=None)}, 1, 60.0),
    "customer-without-region": ({"customers": [{"customer_id": "c1"}]}, 1, 0.0),
}


def test_fees_are_no_revenue_of_a_finding(tmp_path):
    events = [*SALES, sale(900, "POST", fee=True, customer_id=None, price=5_000, currency="USD")]
    with made(tmp_path / "s", events=events) as store:
        found = {f.code: (f.rows, f.revenue) for f in audit(store).findings}
    assert found == {"foreign-currency": (1, 0.0)}  # a guest's postage is no guest's sale


def test_money_of_two_currencies_is_never_added_up(tmp_path):
    abroad = [
        sale(900, "p1", price=500, currency="USD"),
        sale(901, "p2", price=7, currency="USD", customer_id=None),
        sale(902, "p3", price=4, currency=None, customer_id=None),
    ]
    with made(
        tmp_path / "s", events=[*SALES, *abroad], products=swap(PRODUCTS, 1, image=None)
    ) as s:
        found = audit(s)
    assert (found.currency, found.revenue, found.orders) == ("EUR", 1204.0, 123)
    assert [(t.currency, t.revenue, t.purchases) for t in found.takings] == [
        ("EUR", 1204.0, 121),
        ("USD", 507.0, 2),
    ]
    by_code = {f.code: f for f in found.findings}
    assert (by_code["guests"].revenue, by_code["guests"].others) == (4.0, {"USD": 7.0})
    assert by_code["foreign-currency"].others == {"USD": 507.0}
    assert by_code["no-image"].revenue == 60.0  # not the sale in dollars
    assert by_code["no-image"].others == {"USD": 500.0}  # which stands beside it
    assert all(f.share_of_revenue <= 1 for f in found.findings)


def test_sessions_of_two_currencies_have_money_of_one(tmp_path):
    more = [
        sale(900, "p1", price=5, session_id="long", currency="USD"),
        sale(901, "p1", price=6, session_id="long", day=3),
    ]
    with made(tmp_path / "s", events=[*SALES, *more]) as store:
        found = {f.code: f for f in audit(store).findings}
    assert (found["long-session"].revenue, found["long-session"].others) == (6.0, {})


def test_without_sales_in_the_stores_currency_the_commonest_one_counts(tmp_path):
    events = [{**row, "currency": "INR"} for row in SALES]
    events += [sale(900, currency="GBP", price=9_999)]
    with made(tmp_path / "s", events=events) as store:
        found = audit(store)
    assert (found.currency, found.revenue) == ("INR", 1200.0)
    assert [t.currency for t in found.takings] == ["INR", "GBP"]


def test_every_rule_is_tried():
    assert set(DIRT) == {rule.code for rule in RULES}


@pytest.mark.parametrize("code", sorted(DIRT))
def test_each_dirt_gives_its_own_finding(tmp_path, code):
    given, rows, revenue = DIRT[code]
    with made(tmp_path / "s", **given) as store:
        found = {f.code: f for f in audit(store).findings}
    assert set(found) == {code}
    finding = found[code]
    assert (finding.rows, finding.revenue) == (rows, revenue)
    assert finding.sentence.startswith(f"{rows} ") and finding.cure
    assert finding.examples and len(finding.examples) <= 5
    assert not any("c9" in str(row) for row in finding.examples)  # never who bought


def test_the_worst_comes_first(tmp_path):
    products = swap(swap(PRODUCTS, 1, image=None), 2, price=None)
    products = swap(swap(products, 3, category=None), 4, category=None)
    with made(tmp_path / "s", products=products) as store:
        codes = [f.code for f in audit(store).findings]
    assert codes == ["no-price", "no-category", "no-image"]  # errors, then by revenue


def test_one_row_is_singular(tmp_path):
    with made(tmp_path / "s", products=swap(PRODUCTS, 1, image=None)) as store:
        (finding,) = audit(store).findings
    assert finding.sentence == "1 product (5.0 %) has no image."


def test_the_last_audit_is_kept(tmp_path):
    with made(tmp_path / "s") as store:
        assert read_audit(store) is None
        assert audit(store) == read_audit(store)
        (store.path / "audit.json").write_text("{")
        assert read_audit(store) is None


def test_quarantine_and_lost_rows(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("product_id,title,price\na,Lamp,1\nb,Desk,-1\n")
    with chowk.create(tmp_path / "s") as store:
        report = import_files(store, "csv", [path], Options(table="products"))
        found = audit(store)
        assert found.ok and found.as_dict()["tables"]["p.csv"] == {
            "rows_in": 2,
            "kept": 1,
            "quarantined": 1,
            "already": 0,
            "repeated": 0,
        }
        assert "quarantined" in {f.code for f in found.findings}
        report.quarantine.unlink()
        lost = audit(store)
    assert not lost.ok and "missing" in lost.lost


def test_accounts_that_do_not_add_up_are_not_committed(tmp_path):
    wrong = Account(
        import_id="x", at="", format="csv", file="f", sha256="", rows_in=3, kept=1, quarantined=1
    )
    with chowk.create(tmp_path / "s") as store:
        with pytest.raises(chowk.ChowkError, match="do not add up"), store.transaction() as change:
            change.account(wrong)
        assert store.refresh().manifest.accounts == ()
