"""What goes out comes in again the same, and files are whole or not there."""

import csv
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import defusedxml.ElementTree as ElementTree
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk.errors import InputError, TableNotFoundError
from chowk.store.exporting import KINDS, export
from chowk.store.exporting.merchant_center import ATTRIBUTES, write_merchant_center_supplemental
from chowk.store.exporting.plain import FORMULA, write_csv
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files
from chowk.store.store import Store

#: Texts that a table can hold: trimmed, one line, no markup (the import takes that out).
LETTERS = st.sampled_from("abc ÄßéकમÑ🪔漢0123456789,;:'\"=+-@|\\/()>%#.!?*")
TEXT = st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
NAME = st.text(st.sampled_from("abcßक XY"), min_size=1, max_size=6).map(str.strip).filter(bool)
IDENT = st.text(st.sampled_from("abcXYZ019-_.'é"), min_size=1, max_size=8)
MONEY = st.decimals("0", "99999", places=4)
URL = st.integers(0, 99).map(lambda n: f"https://x.example/{n},a.jpg")
RESERVED = {"tags", "status", "published", "barcode", "options", "product_type"}


def maybe(strategy):
    return st.none() | strategy


@st.composite
def shopify_products(draw):
    """Products as Shopify can hold them: what the variants of a group share agrees."""
    idents = iter(draw(st.lists(IDENT, min_size=1, max_size=7, unique_by=str.lower)))
    found = []
    for ident in idents:
        size = draw(st.integers(1, 3))
        members = [ident, *(i for _, i in zip(range(size - 1), idents, strict=False))]
        grouped = len(members) > 1 or draw(st.booleans())
        group = f"g-{len(found)}" if grouped else None
        names = draw(st.lists(NAME, max_size=4, unique_by=str.lower))
        names = [n for n in names if n.lower() not in RESERVED]
        shared = {
            "title": draw(TEXT),
            "description": draw(maybe(TEXT.map(lambda t: f"5 < 6 & {t}"))),
            "brand": draw(maybe(TEXT)),
            "category": draw(maybe(st.lists(NAME, min_size=1, max_size=3).map(" > ".join))),
            "group_id": group,
            "available": draw(st.sampled_from([None, True, False])),
            "fragile": draw(st.sampled_from([None, True, False])),
            "length_cm": draw(maybe(st.floats(0, 1e6))),
            "created_at": draw(maybe(st.just(datetime(2026, 11, 8, 10, 30, tzinfo=UTC)))),
        }
        image, more = draw(maybe(URL)), draw(st.lists(URL, max_size=2, unique=True))
        kept = {}
        if draw(st.booleans()):
            kept["tags"] = draw(TEXT)
        if shared["category"] is not None and draw(st.booleans()):
            kept["product_type"] = draw(TEXT)
        differs = draw(st.booleans())
        for number, member in enumerate(members):
            attributes = {n: draw(TEXT) if differs or number == 0 else None for n in names}
            if number and not differs:
                attributes = {n: found[-1]["attributes"][n] for n in names}
            extra = [u for u in more if u != image]
            if image and extra:
                attributes["additional_images"] = " ".join(extra)
            price = draw(maybe(MONEY))
            found.append(
                shared
                | {
                    "product_id": member,
                    "image": image,
                    "price": price,
                    "currency": "EUR" if price is not None else None,
                    "weight_g": draw(maybe(st.floats(0, 1e7).map(lambda w: round(w, 6)))),
                    "attributes": (attributes | kept) or None,
                }
            )
    return found


def sheet(path):
    with path.open(newline="") as handle:
        return list(csv.DictReader(handle))


def rows_of(store, table="products"):
    rows = store.refresh().arrow(store.table(table)).to_pylist()
    for row in rows:
        if isinstance(row.get("attributes"), list):
            row["attributes"] = dict(row["attributes"])
    return sorted(rows, key=str)


def round_trip(rows, kind, table="products", format_name=None):
    """Write `rows`, export them, import them elsewhere; both tables, read back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.create(folder / "from") as there, Store.create(folder / "to") as here:
            there.write(table, rows)
            whole = table if kind in ("csv", "jsonl", "parquet") else None
            export(there, kind, folder / f"out.{kind}", table=whole)
            report = import_files(
                here, format_name or kind, [folder / f"out.{kind}"], Options(table=whole)
            )
            assert report.quarantined == 0, report.reasons
            return rows_of(there, table), rows_of(here, table)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shopify_products())
def test_shopify_gives_back_the_same_products(products):
    out, back = round_trip(products, "shopify")
    assert out == back


def test_a_shopify_export_comes_back_the_same_with_its_options_and_pictures(shops):
    header = (
        "Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
        "Option2 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,"
        "Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,"
        "Image Src,Image Position,Variant Image,Status\n"
    )
    body = (
        'kurta,Kurta,Kavi,Kurtas,"silk, red",true,Size,M,Colour,Red,K-M,250,shopify,5,deny,'
        "1299.00,1500.00,'8901,http://x/1.jpg,1,,active\n"
        "kurta,,,,,,,L,,Red,K-L,255,shopify,0,deny,1299.00,,,http://x/2.jpg,2,http://x/L.jpg,\n"
        "kurta,,,,,,,,,,,,,,,,,,http://x/3.jpg,3,,\n"
        "lamp,Lamp,,,,false,Title,Default Title,,,,,,,,9.00,,,,,,draft\n"
        "mug,Mug,,,,false,Size,S,,,MUG,,,,,9.00,,,,,,active\n"
    )
    one, two = shops(), shops()
    one.take("shopify", one.file("p.csv", header + body))
    path = two.folder / "back.csv"
    assert export(one.store, "shopify", path) == 5
    two.take("shopify", path)
    assert one.rows("products", "product_id") == two.rows("products", "product_id")
    by_sku = {row["Variant SKU"]: row for row in sheet(path)}
    assert by_sku["K-L"]["Option1 Name"] == "Size" and by_sku["K-M"]["Option1 Value"] == "M"
    assert by_sku["MUG"]["Option1 Value"] == "S"  # a lone variant keeps its option
    assert by_sku["K-M"]["Title"] == ""  # the text stands once a handle
    assert by_sku["MUG"]["Published"] == "FALSE"


def test_variants_that_nothing_tells_apart_get_an_option_of_their_own(tmp_path, shop):
    rows = [{"product_id": p, "title": "Same", "group_id": "g"} for p in ("a", "b")]
    shop.store.write("products", rows)
    export(shop.store, "shopify", tmp_path / "p.csv")
    values = [row["Option1 Value"] for row in sheet(tmp_path / "p.csv")]
    assert values == ["a", "b"]


def test_a_lone_product_does_not_become_anothers_variant(tmp_path, shop):
    rows = [{"product_id": "x", "title": "Lone"},
            {"product_id": "y", "title": "In group", "group_id": "x"}]  # fmt: skip
    shop.store.write("products", rows)
    export(shop.store, "shopify", tmp_path / "p.csv")
    handles = [row["Handle"] for row in sheet(tmp_path / "p.csv")]
    assert sorted(handles) == ["x", "x-alone"]


def test_prices_in_another_currency_are_no_shopify_file(tmp_path, shop):
    shop.store.write("products", [{"product_id": "x", "title": "X", "price": Decimal("1"),
                                   "currency": "USD"}])  # fmt: skip
    with pytest.raises(InputError, match="'x' is priced in USD"):
        export(shop.store, "shopify", tmp_path / "p.csv")
    assert list(tmp_path.glob("*.csv")) == []


PRODUCTS = st.lists(
    st.fixed_dictionaries(
        {"product_id": IDENT, "title": TEXT},
        optional={
            "description": TEXT,
            "price": MONEY,
            "weight_g": st.floats(0, 1e9),
            "fragile": st.booleans(),
            "attributes": st.dictionaries(NAME, TEXT, min_size=1, max_size=3),
            "created_at": st.just(datetime(2026, 1, 1, tzinfo=UTC)),
        },
    ).map(lambda row: row | ({"currency": "INR"} if "price" in row else {})),
    min_size=1, max_size=5, unique_by=lambda row: row["product_id"],
)  # fmt: skip


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=PRODUCTS)
def test_plain_kinds_give_back_the_same_table(kind, rows):
    out, back = round_trip([{**row} for row in rows], kind)
    assert out == back


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=PRODUCTS)
def test_csv_gives_back_the_same_table_but_for_formulas(rows):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Store.create(folder / "from") as there, Store.create(folder / "to") as here:
            there.write("products", rows)
            write_csv(there, folder / "p.csv", "products", formulas="raw")
            import_files(here, "csv", [folder / "p.csv"], Options(table="products"))
            assert rows_of(there) == rows_of(here)
            write_csv(there, folder / "safe.csv", "products")
            with (folder / "safe.csv").open(newline="") as handle:
                for row in csv.DictReader(handle):
                    assert not any(row[n].startswith(FORMULA) for n in ("product_id", "title"))


def test_a_strangers_formula_is_not_run_by_a_spreadsheet(tmp_path, shop):
    event = {"event_id": "1", "ts": datetime(2026, 1, 1, tzinfo=UTC), "session_id": "s",
             "kind": "search", "query": "=HYPERLINK(0)"}  # fmt: skip
    shop.store.write("events", [event])
    export(shop.store, "csv", tmp_path / "e.csv", table="events")
    (row,) = sheet(tmp_path / "e.csv")
    assert row["query"] == "'=HYPERLINK(0)"


SUPPLEMENT = st.fixed_dictionaries(
    {"brand": maybe(TEXT), "category": maybe(NAME), "description": maybe(TEXT),
     "group_id": maybe(IDENT), "available": st.sampled_from([None, True, False])}
)  # fmt: skip


@pytest.mark.parametrize("suffix", [".tsv", ".xml"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.dictionaries(IDENT, SUPPLEMENT, min_size=1, max_size=5))
def test_a_supplemental_feed_says_what_the_store_knows(suffix, rows):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"feed{suffix}"
        with Store.create(folder / "shop") as store:
            products = [{"product_id": p, "title": "T"} | row for p, row in rows.items()]
            store.write("products", products)
            count = export(store, "merchant-center", path)
        stock = {True: "in_stock", False: "out_of_stock", None: None}
        wanted = {
            ident: {
                "product_type": row["category"],
                "brand": row["brand"],
                "description": row["description"],
                "availability": stock[row["available"]],
                "item_group_id": row["group_id"],
            }
            for ident, row in rows.items()
            if any(value is not None for value in row.values())
        }
        assert count == len(wanted)
        assert read_feed(path) == wanted


def read_feed(path):
    """A feed by another hand: the csv module, and an XML tree."""
    if path.suffix == ".xml":
        mark = "{http://base.google.com/ns/1.0}"
        items = [
            {child.tag.removeprefix(mark): child.text for child in item}
            for item in ElementTree.parse(path).getroot().iter("item")
        ]
    else:
        with path.open(newline="") as handle:
            items = list(csv.DictReader(handle, delimiter="\t"))
    return {item["id"]: {name: item.get(name) or None for name in ATTRIBUTES} for item in items}


def test_a_supplemental_feed_can_hold_fewer_attributes(tmp_path, shop):
    known = {"product_id": "1", "title": "T", "brand": "B", "available": True}
    shop.store.write("products", [known, {"product_id": "2", "title": "T"}])
    path = tmp_path / "f.tsv"
    assert write_merchant_center_supplemental(shop.store, path, attributes=("brand",)) == 1
    assert path.read_text() == "id\tbrand\n1\tB\n"


def test_texts_with_line_ends_stay_one_row_of_tsv(tmp_path, shop):
    shop.store.write("products", [{"product_id": "1", "title": "T", "brand": "a\tb\nc \x01<&>"}])
    export(shop.store, "merchant-center", tmp_path / "f.tsv")
    assert read_feed(tmp_path / "f.tsv")["1"]["brand"] == "a b c \x01<&>"
    export(shop.store, "merchant-center", tmp_path / "f.xml")
    assert read_feed(tmp_path / "f.xml")["1"]["brand"] == "a\tb\nc <&>"


@pytest.mark.parametrize(
    ("kind", "table", "words"),
    [
        ("xlsx", None, "There is no export 'xlsx'. Kinds are: merchant-center, shopify, csv"),
        ("csv", None, "needs --table"),
        ("shopify", "products", "leave --table out"),
    ],
)
def test_wrong_calls_are_refused_in_one_sentence(tmp_path, shop, kind, table, words):
    with pytest.raises(InputError, match=words):
        export(shop.store, kind, tmp_path / "out", table=table)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_store_says_what_it_lacks_and_writes_nothing(tmp_path, shop, kind):
    table = "events" if kind in ("csv", "jsonl", "parquet") else None
    with pytest.raises(TableNotFoundError, match="has no table"):
        export(shop.store, kind, tmp_path / "out", table=table)
    assert list(tmp_path.glob("*out*")) == []


def test_an_old_file_stays_until_the_new_one_is_whole(tmp_path, shop, monkeypatch):
    shop.store.write("products", [{"product_id": "1", "title": "T"}])
    path = tmp_path / "p.jsonl"
    path.write_text("old")

    def broken(*_):
        yield {"product_id": "1"}
        raise OSError("disk full")

    monkeypatch.setattr("chowk.store.exporting.plain.rows_of", broken)
    with pytest.raises(OSError, match="disk full"):
        export(shop.store, "jsonl", path, table="products")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["p.jsonl"]


def test_a_folder_is_no_file(tmp_path, shop):
    for path in (tmp_path, tmp_path / "no" / "f.csv"):
        with pytest.raises(InputError, match="folder"):
            export(shop.store, "shopify", path)
