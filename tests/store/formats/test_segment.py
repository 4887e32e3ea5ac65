"""Messages of Segment's e-commerce spec, and of those who share it."""

import pytest

from chowk.errors import ImportFormatError


def track(name, ident, at=0, /, **properties):
    return {
        "type": "track",
        "event": name,
        "messageId": ident,
        "anonymousId": "a1",
        "timestamp": f"2026-11-08T10:00:{at:02d}.000Z",
        "context": {"locale": "hi-IN", "device": {"type": "ios"}},
        "properties": properties,
    }


KINDS = {
    "Products Searched": "search",
    "Product List Viewed": "view_item_list",
    "Product List Filtered": "view_item_list",
    "Product Clicked": "select_item",
    "Product Viewed": "view_item",
    "Product Added": "add_to_cart",
    "Product Removed": "remove_from_cart",
    "Cart Viewed": "view_cart",
    "Checkout Started": "begin_checkout",
    "Order Completed": "purchase",
    "Order Refunded": "refund",
    "Promotion Viewed": "view_promotion",
    "Coupon Applied": "coupon_applied",
    "product_viewed": "view_item",
    "Something of Our Own": "something_of_our_own",
}


def test_names_become_ga4_kinds_and_others_are_kept(shop):
    rows = [track(name, f"m{n}", n) for n, name in enumerate(KINDS)]
    shop.take("segment", shop.file("s.jsonl", rows))
    assert [r["kind"] for r in shop.rows("events", "ts")] == list(KINDS.values())
    assert shop.counts() == (len(KINDS), len(KINDS), 0)


def test_an_order_becomes_a_row_a_product(shop):
    row = track("Order Completed", "m1", 0, order_id="O1", currency="USD", revenue=30,
                products=[{"product_id": "p1", "name": "P1", "price": "3.5", "quantity": 2,
                           "category": "A", "brand": "B", "image_url": "http://x/1.jpg"},
                          {"sku": "p2", "name": "P2", "price": 4}])  # fmt: skip
    shop.take("segment", shop.file("s.jsonl", [row | {"userId": "u1"}]))
    one, two = shop.rows("events", "event_id")
    assert (one["event_id"], two["event_id"]) == ("m1-1", "m1-2")
    assert (one["product_id"], one["price"], one["quantity"]) == ("p1", 3.5, 2)
    assert (two["product_id"], two["currency"], two["order_id"]) == ("p2", "USD", "O1")
    assert one["customer_id"] == "u1" and one["device"] == "app"
    product = shop.products()["p1"]
    assert (product["title"], product["brand"], product["category"]) == ("P1", "B", "A")
    assert product["image"] == "http://x/1.jpg"
    (customer,) = shop.rows("customers")
    assert (customer["customer_id"], customer["locale"]) == ("u1", "hi-IN")


def test_impressions_have_positions_from_one(shop):
    rows = [
        track("Product List Viewed", "m1", list_id="L",
              products=[{"product_id": "a", "position": 0}, {"product_id": "b", "position": 1}]),
        track("Product List Viewed", "m2", 1, products=[{"product_id": "c"}, {"product_id": "d"}]),
    ]  # fmt: skip
    shop.take("segment", shop.file("s.jsonl", rows))
    found = {r["product_id"]: r["position"] for r in shop.rows("events")}
    assert found == {"a": 1, "b": 2, "c": 1, "d": 2}


def test_a_visit_is_the_session_or_the_person_and_the_day(shops):
    shop = shops(zone="Asia/Kolkata")
    rows = [
        track("Product Viewed", "m1", product_id="p"),
        track("Product Viewed", "m2", product_id="p") | {"context": {"sessionId": 99}},
        track("Product Viewed", "m3", product_id="p") | {"anonymousId": None},
    ]
    shop.take("segment", shop.file("s.jsonl", rows))
    visits = [r["session_id"] for r in shop.rows("events", "event_id")]
    assert visits == ["a1.2026-11-08", "99", "m3"]


def test_posthog_batches_and_other_message_types(shop):
    rows = [
        {"event": "$pageview", "distinct_id": "d", "uuid": "u-1",
         "timestamp": "2026-11-08T10:00:00Z", "properties": {"$session_id": "S"}},
        {"batch": [track("Product Added", "b1", product_id="x"),
                   track("Product Removed", "b2", product_id="x")]},
        {"type": "identify", "messageId": "i1", "userId": "u", "timestamp": "2026-11-08T10:00:00Z",
         "traits": {"address": {"country": "IN", "state": "Gujarat"}}},
    ]  # fmt: skip
    shop.take("segment", shop.file("s.jsonl", rows))
    found = {r["event_id"]: r for r in shop.rows("events")}
    assert set(found) == {"u-1", "b1", "b2", "i1"}
    assert (found["u-1"]["kind"], found["u-1"]["session_id"]) == ("page_view", "S")
    assert (found["i1"]["kind"], found["i1"]["region"]) == ("identify", "IN/Gujarat")
    assert shop.counts() == (3, 3, 0)


def test_a_message_sent_again_is_stored_once(shop):
    row = track("Product Viewed", "m1", product_id="p")
    shop.take("segment", shop.file("s.jsonl", [row, row | {"receivedAt": "later"}]))
    assert len(shop.rows("events")) == 1
    assert shop.report.accounts[0].repeated == 1


def test_bad_messages_are_quarantined_with_their_reason(shop):
    rows = [
        track("Product Viewed", "m0", product_id="p"),
        track("Product Viewed", "m1", product_id="p") | {"timestamp": "yesterday"},
        track("", "m2"),
        track("Order Completed", "m3", products="p1"),
        track("Order Completed", "m4", products=[{"product_id": "p", "quantity": "many"}]),
        track("Order Completed", "m5", products=[{"product_id": "p", "price": 1}], currency="QQQ"),
        {"batch": [1]},
        track("Product Viewed", "m6", product_id="p") | {"properties": [1]},
        track("Product Viewed", "m0", product_id="another"),
        track("Product Viewed", "m\0", product_id="p"),
    ]
    shop.take("segment", shop.file("s.jsonl", rows))
    assert shop.counts() == (10, 1, 9)
    text = shop.report.quarantine.read_text()
    for words in ("'yesterday' is not a time", "event is empty", "properties.products is not",
                  "'many' is not a number", "'QQQ' is not an ISO", "message 1 of the batch",
                  "properties is not an object", "already used", "null byte"):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("content", ["a,b\n1,2\n", '{"event_name": "x"}\n', "<rss/>"])
def test_other_files_are_refused(shop, content):
    with pytest.raises(ImportFormatError, match="is not a file of Segment messages"):
        shop.take("segment", shop.file("s.jsonl", content))
