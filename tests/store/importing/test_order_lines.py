"""Order lines: purchases, refunds, fees, totals, products and customers by construction."""

import csv
from datetime import UTC, datetime
from decimal import Decimal

import pytest

import chowk
from chowk.errors import ChowkError, ImportFormatError, InputError
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files

HEADER = ("order", "sku", "name", "qty", "price", "when", "who", "where")
LINES = [
    ("o1", "p1", "Red mug", "2", "3.50", "2024-03-01 10:00", "c1", "IN/Kerala"),
    ("o1", "p2", "Blue mug", "1", "4.00", "2024-03-01 10:00", "c1", "IN/Kerala"),
    ("o1", "POST", "POSTAGE", "1", "5.00", "2024-03-01 10:00", "c1", "IN/Kerala"),
    ("o2", "p1", "Red mug", "1", "3.00", "2024-03-02 10:00", "", "DE/Berlin"),
    ("o2", "p1", "Red mug", "1", "3.00", "2024-03-02 10:00", "", "DE/Berlin"),
    ("C3", "p1", "Red mug", "-1", "3.50", "2024-03-03 10:00", "c1", "IN/Goa"),
    ("o4", "p3", "damaged", "-5", "0", "2024-03-04 10:00", "", ""),
    ("o5", "p3", "Green mug", "1", "6", "2024-03-05 10:00", "c2", ""),
    ("o6", "p4", "", "1", "-6", "2024-03-05 10:00", "c2", ""),
    ("o7", "p5", "", "1", "6", "2024-03-05 10:00", "c2", ""),
]
MAP = {
    "order": ("order",),
    "product": ("sku",),
    "title": ("name",),
    "quantity": ("qty",),
    "price": ("price",),
    "time": ("when",),
    "customer": ("who",),
    "region": ("where",),
}


def quarantined(report):
    with report.quarantine.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def written(path, rows, header=HEADER):
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])
    return path


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "s", {"currency": "INR", "time_zone": "Asia/Kolkata"}) as made:
        yield made


@pytest.fixture
def report(store, tmp_path):
    return import_files(
        store, "order-lines", [written(tmp_path / "lines.csv", LINES)], Options(mapping=MAP)
    )


def test_accounts(report, store):
    (account,) = report.accounts
    assert (account.rows_in, account.kept, account.quarantined) == (10, 9, 1)
    assert store.rows("events") == 9
    rows = quarantined(report)
    assert [(r["file"], r["line"]) for r in rows] == [("lines.csv", "10")]
    assert "price is -6" in rows[0]["reason"] and '"o6"' in rows[0]["row"]


def test_events(report, store):
    events = {(r["order_id"], r["product_id"]): r for r in store.arrow("events").to_pylist()}
    first = events["o1", "p1"]
    assert first["ts"] == datetime(2024, 3, 1, 4, 30, tzinfo=UTC)  # 10:00 in Kolkata
    assert first["session_id"] == "o1" and first["currency"] == "INR"
    assert (first["quantity"], first["price"]) == (2.0, Decimal("3.5000"))
    back = events["C3", "p1"]
    assert back["kind"] == "refund" and back["quantity"] == 1.0
    assert events["o1", "POST"]["fee"] and not events["o1", "p2"]["fee"]
    assert len({r["event_id"] for r in store.arrow("events").to_pylist()}) == 9


def test_products_and_customers(report, store):
    products = {r["product_id"]: r for r in store.arrow("products").to_pylist()}
    assert set(products) == {"p1", "p2", "p3"}  # not the fee, not the one that has no title
    assert products["p3"]["title"] == "Green mug"  # the note on a free line is no title
    assert products["p1"]["price"] == Decimal("3.0000")  # the last price that was paid
    customers = {r["customer_id"]: r for r in store.arrow("customers").to_pylist()}
    assert set(customers) == {"c1", "c2"}
    assert customers["c1"]["region"] == "IN/Goa"
    assert customers["c1"]["created_at"] == datetime(2024, 3, 1, 4, 30, tzinfo=UTC)
    notes = " ".join(report.notes)
    assert "duplicates" in notes and "without a title" in notes


def test_the_same_file_again_changes_nothing(report, store, tmp_path):
    before = sorted(store.arrow("events").to_pylist(), key=lambda r: r["event_id"])
    again = import_files(store, "order-lines", [tmp_path / "lines.csv"], Options(mapping=MAP))
    assert again.accounts[0].already == 9
    assert sorted(store.arrow("events").to_pylist(), key=lambda r: r["event_id"]) == before


def test_totals(store, tmp_path):
    rows = [
        ("o1", "p1", "2", "5.00"),
        ("o1", "p2", "3", "1.00"),
        ("o2", "p1", "0", "2.75"),
        ("o2", "p2", "0", "0"),
        ("o3", "p1", "-2", "-5.00"),
    ]
    path = written(
        tmp_path / "t.csv",
        [(*r, "2024-01-0" + r[0][1]) for r in rows],
        ("order", "product", "quantity", "amount", "time"),
    )
    import_files(store, "order-lines", [path], Options(mapping={"total": ("amount",)}))
    got = {(r["order_id"], r["product_id"]): r for r in store.arrow("events").to_pylist()}
    assert got["o1", "p1"]["price"] == Decimal("2.5000")
    assert got["o1", "p2"]["value"] == Decimal("1.0000")  # 3 × 0.3333 would lose a fraction
    assert (got["o2", "p1"]["quantity"], got["o2", "p1"]["value"]) == (1.0, Decimal("2.7500"))
    assert got["o2", "p2"]["quantity"] == 0.0
    assert got["o3", "p1"]["kind"] == "refund" and got["o3", "p1"]["value"] == Decimal("5.0000")


def test_a_second_file_is_the_catalogue(store, tmp_path):
    lines = written(
        tmp_path / "l.csv",
        [("o1", "p1", "1", "2", "2024-01-01"), ("o1", "p9", "1", "2", "2024-01-01")],
        ("order", "product", "quantity", "price", "time"),
    )
    goods = written(
        tmp_path / "g.csv",
        [("p1", "FOOD", "CHEESE", "Gouda", "12 OZ"), ("p2", "FOOD", "", "Bread", "")],
        ("product", "a", "b", "name", "size"),
    )
    options = Options(products=goods, mapping={"category": ("a", "b"), "title": ("name",)})
    report = import_files(store, "order-lines", [lines], options)
    assert [(a.file, a.rows_in, a.kept) for a in report.accounts] == [
        ("l.csv", 2, 2),
        ("g.csv", 2, 2),
    ]
    products = {r["product_id"]: r for r in store.arrow("products").to_pylist()}
    assert products["p1"]["category"] == "FOOD > CHEESE" and products["p2"]["category"] == "FOOD"
    assert dict(products["p1"]["attributes"]) == {"size": "12 OZ"}
    assert set(products) == {"p1", "p2"}


def test_a_longer_export_of_the_same_orders_is_noticed(store, tmp_path):
    first = written(tmp_path / "may.csv", LINES[:4])
    longer = written(tmp_path / "june.csv", LINES[:5])
    import_files(store, "order-lines", [first], Options(mapping=MAP))
    report = import_files(store, "order-lines", [longer], Options(mapping=MAP))
    noted = {note: n for note, n in report.notes.items() if "already from another file" in note}
    assert list(noted.values()) == [5]  # the fifth equals the fourth


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({"mapping": {"order": ("Nope",)}}, ImportFormatError, "no column 'Nope'"),
        ({"mapping": {"colour": ("name",)}}, InputError, "no column 'colour'"),
        ({"mapping": {**MAP, "price": ("price", "qty")}}, InputError, "can be joined"),
    ],
)
def test_wrong_maps(store, tmp_path, options, error, word):
    path = written(tmp_path / "lines.csv", LINES)
    with pytest.raises(error, match=word):
        import_files(store, "order-lines", [path], Options(**options))
    assert store.refresh().tables() == [] and not list((store.path / ".staging").iterdir())


def test_nothing_kept_writes_nothing(store, tmp_path):
    path = written(tmp_path / "lines.csv", [(*LINES[0][:4], "cheap", *LINES[0][5:])])
    with pytest.raises(ChowkError, match="Nothing could be kept"):
        import_files(store, "order-lines", [path], Options(mapping=MAP))
    assert store.refresh().tables() == [] and not store.manifest.accounts


def test_strict_refuses_the_whole(store, tmp_path):
    path = written(tmp_path / "lines.csv", LINES)
    with pytest.raises(ChowkError, match="--strict"):
        import_files(store, "order-lines", [path], Options(mapping=MAP), strict=True)
    assert store.refresh().tables() == []
