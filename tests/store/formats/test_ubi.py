"""User Behavior Insights: queries with what was shown, and what was done with it."""

import pytest

from chowk.errors import ImportFormatError

AT = "2026-11-08T10:00:{:02d}Z"


def query(**more):
    return {"query_id": "q1", "client_id": "c", "user_query": "lamp", "timestamp": AT.format(0),
            "application": "shop", "query_response_hit_ids": ["a", "b", "c"]} | more  # fmt: skip


def action(name, at=1, ordinal=2, product="b", **more):
    return {"action_name": name, "query_id": "q1", "client_id": "c", "timestamp": AT.format(at),
            "event_attributes": {"object": {"object_id": product},
                                 "position": {"ordinal": ordinal}}} | more  # fmt: skip


def test_a_query_is_a_search_and_its_impressions(shop):
    shop.take("ubi", shop.file("q.jsonl", [query()]))
    rows = shop.rows("events", "event_id")
    assert [(r["kind"], r["product_id"], r["position"]) for r in rows] == [
        ("search", None, None),
        ("view_item_list", "a", 1),
        ("view_item_list", "b", 2),
        ("view_item_list", "c", 3),
    ]
    assert {(r["query_id"], r["query"], r["customer_id"]) for r in rows} == {("q1", "lamp", "c")}
    assert {r["session_id"] for r in rows} == {"c.2026-11-08"}


def test_actions_become_kinds(shop):
    names = {"click": "select_item", "click_through": "select_item", "add_to_cart": "add_to_cart",
             "view": "view_item", "purchase": "purchase", "impression": "view_item_list",
             "brand filter": "brand_filter"}  # fmt: skip
    rows = [action(name, n) for n, name in enumerate(names)]
    shop.take("ubi", shop.file("e.jsonl", rows))
    found = shop.rows("events", "ts")
    assert [r["kind"] for r in found] == list(names.values())
    assert {(r["product_id"], r["position"]) for r in found} == {("b", 2)}


def test_ordinals_from_zero_and_sessions_of_their_own(shop):
    rows = [action("click", 1, 0, session_id="s1"), action("click", 2, 1, user_id="u7")]
    shop.take("ubi", shop.file("e.jsonl", rows))
    first, second = shop.rows("events", "ts")
    assert (first["position"], second["position"]) == (1, 2)
    assert (first["session_id"], second["customer_id"]) == ("s1", "u7")


def test_dumps_of_search_engines_are_unwrapped(shop):
    rows = [{"index": {"_index": "ubi_queries"}}, query(), {"_id": "1", "_source": action("click")}]
    shop.take("ubi", shop.file("e.jsonl", rows))
    assert shop.counts() == (3, 3, 0)
    assert len(shop.rows("events")) == 1 + 3 + 1


def test_bad_lines_are_quarantined_with_their_reason(shop):
    rows = [
        query(),
        query(timestamp=None),
        query(query_response_hit_ids="a"),
        {"application": "x"},
        action("click", ordinal="third"),
        action("click", ordinal=-1),
        {"_source": 1},
        query(user_query="nul\0"),
    ]
    shop.take("ubi", shop.file("e.jsonl", rows))
    assert shop.counts() == (8, 1, 7)
    text = shop.report.quarantine.read_text()
    for words in ("ts is empty", "query_response_hit_ids is not a list", "neither action_name",
                  "'third' is not a whole number", "position is -1", "_source is not",
                  "null byte"):  # fmt: skip
        assert words in text, words


@pytest.mark.parametrize("content", ["a,b\n1,2\n", '{"event_name": "x"}\n'])
def test_other_files_are_refused(shop, content):
    with pytest.raises(ImportFormatError, match="is not a UBI log"):
        shop.take("ubi", shop.file("e.jsonl", content))
