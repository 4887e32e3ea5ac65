"""Two real stores go all the way: imported, checked, built, asked. The truth is counted by hand.

The data lies beside the project (`../shared/data`); without it these tests are skipped.
"""

from pathlib import Path

import duckdb
import pytest

import chowk
from chowk import artifacts
from chowk.build import build
from chowk.store.check import audit
from chowk.store.importing.format import Options
from chowk.store.importing.mapping import parse_mapping
from chowk.store.importing.run import import_files
from chowk.system import system_class

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RETAIL = DATA / "online_retail" / "online_retail.parquet"
JOURNEY = DATA / "complete_journey"

#: What charges no product, by its titles: POSTAGE, DOTCOM POSTAGE, Manual, Discount and so on.
FEES = ("POST", "DOT", "M", "m", "D", "S", "BANK CHARGES", "AMAZONFEE", "CRUK", "C2", "B")

pytestmark = pytest.mark.skipif(
    not RETAIL.is_file(), reason=f"the real data is not beside the project ({RETAIL})"
)


def facts(sql):
    """One row of plain SQL over a file: what the store has to say as well."""
    with duckdb.connect() as connection:
        return connection.execute(sql).fetchone()


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    path = tmp_path_factory.mktemp("retail") / "s"
    with chowk.create(path, {"currency": "GBP", "time_zone": "Europe/London"}) as store:
        mapping = parse_mapping(
            "order=InvoiceNo,product=StockCode,title=Description,quantity=Quantity,"
            "price=UnitPrice,time=InvoiceDate,customer=CustomerID,region=Country".split(";")
        )
        store.report = import_files(store, "order-lines", [RETAIL], Options(mapping=mapping))
        yield store


def test_online_retail_is_accounted_for_to_the_last_row(retail):
    (account,) = retail.report.accounts
    assert account.rows_in == 541_909 == account.kept + account.quarantined
    (negative,) = facts(f"SELECT count(*) FROM '{RETAIL}' WHERE UnitPrice < 0")
    assert account.quarantined == negative
    assert retail.rows("events") == account.kept


def test_online_retail_keeps_its_money(retail):
    sold, back, units = facts(
        f"""SELECT sum(UnitPrice::DECIMAL(18, 4) * Quantity) FILTER (Quantity >= 0),
               count(*) FILTER (Quantity < 0), sum(Quantity)
            FROM '{RETAIL}' WHERE UnitPrice >= 0"""
    )
    events = retail["events"]
    signed = (events.kind == "purchase").ifelse(events.quantity, -events.quantity)
    found = retail.arrow(
        events.agg(
            sold=(events.price.cast("float64") * events.quantity).sum(
                where=events.kind == "purchase"
            ),
            back=(events.kind == "refund").sum(),
            units=signed.sum(),
        )
    ).to_pylist()[0]
    assert found["sold"] == pytest.approx(float(sold), rel=1e-9)
    assert (found["back"], found["units"]) == (back, units)


def test_online_retail_products_are_no_fees(retail):
    ids = set(retail.arrow("products")["product_id"].to_pylist())
    assert not ids & set(FEES) and "85123A" in ids and "PADS" in ids
    held = retail["events"].filter(lambda t: t.product_id.isin(FEES))
    assert retail.engine.scalar(held.count()) > 2_500  # they stay events
    (customers,) = facts(f"SELECT count(DISTINCT CustomerID) FROM '{RETAIL}'")
    assert retail.rows("customers") == customers


def test_online_retail_is_audited(retail):
    found = audit(retail)
    assert found.ok and found.revenue > 10_000_000
    rows = {f.code: f.rows for f in found.findings}
    (guests,) = facts(
        f"SELECT count(*) FROM '{RETAIL}' WHERE CustomerID IS NULL AND Quantity >= 0 "
        f"AND UnitPrice >= 0 AND StockCode NOT IN {FEES}"
    )
    assert rows["guests"] == guests
    assert rows["no-image"] == retail.rows("products")
    (doubled,) = facts(
        f"SELECT sum(n - 1) FROM (SELECT count(*) n FROM '{RETAIL}' WHERE UnitPrice >= 0 GROUP BY "
        "InvoiceNo, StockCode, Quantity, InvoiceDate, UnitPrice, CustomerID, Country)"
    )
    assert rows["doubled-lines"] == doubled


def test_online_retail_is_built_and_asked(retail):
    record = build(retail)
    related = record.system("related").scorecard
    assert related.value > 4 * related.baseline and related.low > 0
    folder = retail.models_path / record.system("related").folder
    artifacts.verify(folder)
    goes_with = system_class("related").load(folder)
    titles = dict(
        zip(
            *retail.arrow(retail["products"].select("product_id", "title")).to_pydict().values(),
            strict=True,
        )
    )
    (partners,) = goes_with.recommend(["22699"], k=5)  # ROSES REGENCY TEACUP AND SAUCER
    assert any("REGENCY TEACUP" in titles[product] for product, _ in partners)
    assert goes_with.explain("22699", partners[0][0])
    search = system_class("search").load(retail.models_path / record.system("search").folder)
    hits = search.engine_.search("white hanging heart", k=3).hits
    assert hits[0].product_id == "85123A" and hits[0].reasons
    search.close()


def test_the_complete_journey_goes_in_whole(tmp_path):
    lines, products = (JOURNEY / f"{n}.parquet" for n in ("transactions_sample", "products"))
    mapping = parse_mapping([
        "order=basket_id,product=product_id,total=sales_value,time=transaction_timestamp",
        "customer=household_id,title=product_type",
        "category=department,product_category,product_type",
    ])  # fmt: skip
    with chowk.create(tmp_path / "s", {"currency": "USD"}) as store:
        report = import_files(
            store, "order-lines", [lines], Options(mapping=mapping, products=products)
        )
        kept = {a.file: (a.rows_in, a.kept) for a in report.accounts}
        assert kept == {lines.name: (75_000, 75_000), products.name: (92_331, 92_331)}
        total, zeros = facts(
            f"SELECT sum(sales_value::DECIMAL(18, 4)), count(*) FILTER (quantity = 0 AND "
            f"round(sales_value, 4) = 0) FROM '{lines}'"
        )
        events = store["events"]
        assert store.engine.scalar(events.value.sum()) == total  # to the cent
        assert store.engine.scalar((events.quantity == 0).sum()) == zeros
        deep = store["products"].category.re_search(r"^[^>]+ > [^>]+ > [^>]+$").sum()
        (whole,) = facts(
            f"SELECT count(*) FROM '{products}' WHERE department IS NOT NULL AND "
            "product_category IS NOT NULL AND product_type IS NOT NULL"
        )
        assert store.engine.scalar(deep) == whole
        assert audit(store).ok
