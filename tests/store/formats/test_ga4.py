"""GA4's BigQuery export: kinds, items, positions, visits, money and where shoppers came from."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chowk.errors import ImportFormatError, InputError
from chowk.store.importing.format import Options

T = 1_793_000_000_000_000  # microseconds: 2026-10-26T07:33:20Z


def param(key, **value):
    return {"key": key, "value": value}


def event(name, at=0, *, items=(), params=(), **more):
    return {
        "event_name": name,
        "event_timestamp": str(T + at * 1_000_000),
        "user_pseudo_id": "p.1",
        "event_params": [param("ga_session_id", int_value="17"), *params],
        "items": list(items),
        "geo": {"country": "India", "region": "Gujarat"},
        "device": {"category": "mobile", "language": "en-in"},
    } | more


def item(number, **more):
    return {"item_id": f"i{number}", "item_name": f"Item {number}", "price": number + 0.5} | more


def test_items_become_events_with_positions_from_one(shops):
    shop = shops(currency="INR")
    shown = [item(n, item_list_index=str(n), item_list_id="L") for n in range(250)]
    shop.take("ga4", shop.file("e.jsonl", [event("view_item_list", items=shown)]))
    rows = sorted(shop.rows("events"), key=lambda r: r["position"])
    assert [r["position"] for r in rows] == list(range(1, 251))
    assert [r["product_id"] for r in rows] == [f"i{n}" for n in range(250)]
    assert {r["session_id"] for r in rows} == {"p.1.17"}
    assert {r["list_id"] for r in rows} == {"L"}
    assert {(r["region"], r["device"]) for r in rows} == {("India/Gujarat", "phone")}
    assert rows[0]["ts"] == datetime(2026, 10, 26, 7, 33, 20, tzinfo=UTC)
    assert shop.counts() == (1, 1, 0)


def test_positions_that_count_from_one_are_left(shop):
    shown = [item(n, index=n) for n in range(1, 4)]
    shop.take("ga4", shop.file("e.jsonl", [event("view_item_list", items=shown)]))
    assert sorted(r["position"] for r in shop.rows("events")) == [1, 2, 3]


def test_kinds_queries_orders_and_values(shops):
    shop = shops(currency="EUR")
    rows = [
        event("view_search_results", 1, params=[param("search_term", string_value="clay lamp")]),
        event("purchase", 2, items=[item(1, quantity=2, item_revenue=3.0)],
              params=[param("currency", string_value="INR")],
              ecommerce={"transaction_id": "O1", "purchase_revenue": 3.0}),
        event("purchase", 3, ecommerce={"transaction_id": "O2", "purchase_revenue": 9.0}),
        event("refund", 4, items=[item(1, quantity=1, item_refund=1.5)],
              ecommerce={"transaction_id": "O1"}),
        event("scroll", 5),
    ]  # fmt: skip
    shop.take("ga4", shop.file("e.jsonl", rows))
    search, bought, lump, back, scroll = shop.rows("events", "ts")
    assert (search["kind"], search["query"]) == ("search", "clay lamp")
    assert (bought["kind"], bought["order_id"], bought["quantity"]) == ("purchase", "O1", 2)
    assert (bought["price"], bought["value"], bought["currency"]) == (1.5, 3, "INR")
    assert (lump["product_id"], lump["value"], lump["currency"]) == (None, 9, "EUR")
    assert (back["kind"], back["value"]) == ("refund", 1.5)
    assert scroll["kind"] == "scroll"


def test_products_and_customers_are_derived_and_only_fill_gaps(shop):
    shop.store.write("products", [{"product_id": "i1", "title": "The owner's own title"}])
    rows = [
        event("view_item", items=[item(1, item_brand="Kavi", item_category="A",
                                       item_category2="B")], user_id="u9"),
        event("view_item", 1, items=[item(2), {"item_id": "(not set)"}, {"item_id": "bare"}]),
    ]  # fmt: skip
    shop.take("ga4", shop.file("e.jsonl", rows))
    products = shop.products()
    assert products["i1"]["title"] == "The owner's own title"
    assert products["i1"]["brand"] == "Kavi" and products["i1"]["category"] == "A > B"
    assert products["i2"]["title"] == "Item 2" and products["i2"]["price"] == 2.5
    assert "bare" not in products and "(not set)" not in products
    assert {r["customer_id"] for r in shop.rows("customers")} == {"u9", "p.1"}
    assert any("no event gives a title" in note for note in shop.report.notes)


def test_arrivals_become_touches(shop):
    source = [param("source", string_value="google"), param("medium", string_value="cpc"),
              param("campaign", string_value="diwali")]  # fmt: skip
    collected = {"manual_source": "news", "manual_medium": "email", "manual_campaign_name": "n1"}
    rows = [
        event("session_start", 0, params=source),
        event("session_start", 1, collected_traffic_source=collected),
        event("page_view", 2, params=source),
        event("session_start", 3),
    ]
    shop.take("ga4", shop.file("e.jsonl", rows))
    touches = [(t["channel"], t["campaign"]) for t in shop.rows("touches", "ts")]
    assert touches == [("google / cpc", "diwali"), ("news / email", "n1")]
    assert len(shop.rows("events")) == 4


def test_without_consent_an_event_is_its_own_visit(shop):
    rows = [event("view_item", n, items=[item(1)], user_pseudo_id=None) for n in range(2)]
    shop.take("ga4", shop.file("e.jsonl", rows))
    found = shop.rows("events")
    assert len({r["session_id"] for r in found}) == 2
    assert {r["customer_id"] for r in found} == {None}


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain lists", "list.element"])
def test_parquet_gives_the_same_tables(shops, wrapped):
    rows = [
        event(
            "view_item_list",
            items=[item(n, item_list_index=str(n)) for n in range(3)],
            ecommerce={"transaction_id": None},
        ),
        event("purchase", 1, items=[item(1, quantity=2)], ecommerce={"transaction_id": "O"}),
    ]
    lines, columns = shops(), shops()
    lines.take("ga4", lines.file("e.jsonl", rows))
    for row in rows:
        row["event_timestamp"] = int(row["event_timestamp"])
        if wrapped:
            for name in ("items", "event_params"):
                row[name] = {"list": [{"element": value} for value in row[name]]}
    pq.write_table(pa.Table.from_pylist(rows), columns.folder / "e.parquet")
    columns.take("ga4", columns.folder / "e.parquet")

    def shown(shop):
        return [{k: v for k, v in row.items() if k not in ("event_id", "source")}
                for row in shop.rows("events", "ts", "position", "product_id")]  # fmt: skip

    assert shown(lines) == shown(columns)
    assert lines.rows("products", "product_id") == columns.rows("products", "product_id")


def test_the_same_file_again_adds_nothing(shop):
    path = shop.file("e.jsonl", [event("view_item", items=[item(1), item(2)])])
    shop.take("ga4", path)
    shop.take("ga4", path)
    assert len(shop.rows("events")) == 2
    assert shop.report.accounts[0].already == 1


def test_bad_rows_are_quarantined_with_their_reason(shop):
    rows = [
        event("view_item", items=[item(1)]),
        event("view_item", items=[item(1), item(2, price="cheap")]),
        event("view_item", items=[item(1, price=-4)]),
        event("view_item") | {"items": {"item_id": "x"}},
        event("view_item") | {"event_params": "none"},
        event("view_item", event_timestamp="soon"),
        event("view_item", event_timestamp=None),
        event(""),
        event("view_item", items=[item(1, item_name="nul\0", item_id="nul\0")]),
        event("purchase", items=[item(1)], params=[param("currency", string_value="QQQ")]),
    ]
    path = shop.file("e.jsonl", rows)
    path.write_bytes(path.read_bytes() + b'not json\n[1]\n\xff\xfe\n{"event_name": "\xc3\xa9"}\n')
    shop.take("ga4", path)
    assert shop.counts() == (14, 1, 13)
    text = shop.report.quarantine.read_text()
    for words in ("'cheap' is not a price", "price is -4", "items is not a list",
                  "event_params is not a list", "'soon' is not a time", "ts is empty",
                  "event_name is empty", "null byte", "QQQ", "not JSON", "not an object",
                  "not UTF-8"):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("e.jsonl", "a,b\n1,2\n", "is not a GA4 export: line 1"),
        ("e.jsonl", '{"action_name": "click"}\n', "they hold action_name"),
        ("e.jsonl", "", "is empty"),
        ("e.jsonl", "\n\n", "no rows"),
        ("e.json", '[{"event_name": "x"', "begins as a JSON array"),
        ("e.parquet", "PAR1", "not a Parquet file"),
    ],
)
def test_other_files_are_named_for_what_they_are(shop, name, content, words):
    with pytest.raises(ImportFormatError, match=words) as caught:
        shop.take("ga4", shop.file(name, content))
    assert "\n" not in str(caught.value)


def test_a_json_array_is_read_too(shops):
    import json

    lines, array = shops(), shops()
    rows = [event("view_item", n, items=[item(n)]) for n in range(3)]
    lines.take("ga4", lines.file("e.jsonl", rows))
    array.take("ga4", array.file("e.json", json.dumps(rows)))
    assert array.counts() == (3, 3, 0)
    assert [r["product_id"] for r in lines.rows("events", "ts")] == [
        r["product_id"] for r in array.rows("events", "ts")
    ]


def test_map_is_refused(shop):
    path = shop.file("e.jsonl", [event("x")])
    with pytest.raises(InputError, match="--map is not for GA4"):
        shop.take("ga4", path, options=Options(mapping={"title": ("x",)}))
