"""The road of an import: doubled ids, quarantine, and the law rows in = kept + quarantined."""

import csv
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chowk
from chowk.errors import ImportFormatError
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files, rule_of


def quarantined(report):
    with report.quarantine.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


dirty = st.sampled_from(
    ["", "5", "-5", "x", "1e400", "NaN", "₹7", "7 XXX", "<b>7</b>", "😀", "1,5"]
)
ids = st.sampled_from(["a", "b", "c", "d", ""])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(ids, dirty, dirty, dirty), min_size=1, max_size=30))
def test_every_row_is_kept_or_quarantined(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("run")
    path = folder / "p.csv"
    with path.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([("product_id", "title", "price", "weight_g"), *rows])
    with chowk.create(folder / "s") as store:
        try:
            report = import_files(store, "csv", [path], Options(table="products"))
        except chowk.ChowkError as error:
            assert "Nothing could be kept" in str(error)
            assert store.refresh().tables() == []
            return
        (account,) = report.accounts
        assert account.rows_in == len(rows) == account.kept + account.quarantined
        listed = quarantined(report) if report.quarantine else []
        assert len(listed) == account.quarantined
        assert len({int(r["line"]) for r in listed}) == len(listed)
        assert store.rows("products") == account.kept - account.repeated
        kept_ids = store.arrow("products")["product_id"].to_pylist()
        assert len(kept_ids) == len(set(kept_ids))


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "s") as made:
        yield made


def test_doubled_ids(store, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("product_id,title\na,One\nb,Two\na,One\na,Other\nb,Two\n")
    report = import_files(store, "csv", [path], Options(table="products"))
    (account,) = report.accounts
    assert (account.kept, account.quarantined, account.repeated) == (4, 1, 2)
    (row,) = quarantined(report)
    assert row["line"] == "5" and "product_id 'a' is already used at line 2" in row["reason"]
    assert json.loads(row["row"]) == {"product_id": "a", "title": "Other"}
    titles = {r["product_id"]: r["title"] for r in store.arrow("products").to_pylist()}
    assert titles == {"a": "One", "b": "Two"}


def test_a_later_import_changes_the_catalogue(store, tmp_path):
    for title in ("Old", "New"):
        path = tmp_path / f"{title}.csv"
        path.write_text(f"sku,name\na,{title}\n")
        import_files(store, "csv", [path], Options(table="products"))
    assert store.arrow("products")["title"].to_pylist() == ["New"]


def test_html_emoji_and_currency(store, tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(
        'product_id,title,price\na,"<b>Silk &amp; cotton</b> 😀",€5\nb,Tee,7 USD\nc,Cap,9 XXX\n',
        encoding="utf-8",
    )
    report = import_files(store, "csv", [path], Options(table="products"))
    rows = {r["product_id"]: r for r in store.arrow("products").to_pylist()}
    assert rows["a"]["title"] == "Silk & cotton 😀" and rows["a"]["currency"] == "EUR"
    assert rows["b"]["currency"] == "USD" and "c" not in rows
    assert any("currency" in reason for reason in report.reasons)


def test_events_in_three_files_by_day(store, tmp_path):
    for day in (1, 2, 3):
        (tmp_path / f"{day}.csv").write_text(
            f"event_id,ts,session_id,kind\ne{day},2024-01-0{day}T10:00:00Z,s,view_item\n"
        )
    import_files(store, "csv", [tmp_path / f"{d}.csv" for d in (1, 2, 3)], Options(table="events"))
    assert sorted(f.name for f in store.files("events")) == [
        f"part-2024-01-0{d}-0.parquet" for d in (1, 2, 3)
    ]


def test_rules_are_counted_without_values():
    assert rule_of("price: '9 XXX' is bad") == rule_of('price: "it\'s" is bad')


def test_a_packed_file_that_is_cut_off_says_so(store, tmp_path):
    path = tmp_path / "p.csv.gz"
    whole = gzip.compress(b"product_id,title\n" + b"a,Lamp\n" * 5000)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportFormatError, match="not a whole gzip"):
        import_files(store, "csv", [path], Options(table="products"))
    assert not list((store.path / ".staging").iterdir())
