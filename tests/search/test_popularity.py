"""Sales with time decay and queries that sold, counted by hand."""

import math
from datetime import timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from chowk.search.catalogue import known_columns
from chowk.search.judging import searched_and_chosen
from chowk.search.learning import best_offers, learn
from chowk.search.popularity import buying_queries, purchases, sales, scaled
from chowk.store.engines import DuckDB
from search.shop import EVENTS, NOW


@pytest.fixture(scope="module")
def run():
    engine = DuckDB()
    yield lambda expression: engine.arrow(expression).to_pylist()
    engine.close()


def frame(rows=EVENTS):
    return ibis.memtable(known_columns(rows, "events", "test"))


def test_sales_decay_by_half_in_a_half_life(run):
    found = {row["product_id"]: row for row in run(sales(frame(), NOW))}
    assert set(found) == {"k1", "s1", "gone"}  # the fee and the refund are no sales
    decayed = sum(2 ** (-age / 30) for age in (199.9, 9.9, 8, 7))
    assert found["k1"]["popularity"] == pytest.approx(decayed, rel=1e-6)
    assert {name: row["bought"] for name, row in found.items()} == {"k1": 3, "s1": 1, "gone": 1}
    assert found["gone"]["popularity"] == pytest.approx(1.0)


def test_as_of_is_the_last_purchase(run):
    engine = DuckDB()
    assert engine.scalar(purchases(frame()).ts.max()) == NOW
    engine.close()


def asked(query, *customers, buys=True):
    """A session a customer (None: a guest) that searches and, unless told otherwise, buys."""
    rows = []
    for n, who in enumerate(customers):
        session = f"{query}-{n}"
        rows.append(row(f"{session}-s", "search", n, session, query=query))
        if buys:
            rows.append(
                row(f"{session}-p", "purchase", n, session, product_id="k1", customer_id=who)
            )
    return rows


def suggested(run, *events):
    return run(buying_queries(frame([one for rows in events for one in rows])))


def test_queries_count_sessions_that_bought(run):
    again = [
        {**one, "event_id": one["event_id"] + "again"} for one in asked("Kettle ", "a", "b", "c")
    ]
    found = suggested(
        run,
        asked("Kettle ", "a", "b", "c"),
        again,  # the same sessions once more
        asked("kettle", "d", "e", "f"),
        asked("silk saree", *"abcde"),
        asked("bargain", *"abcdefgh", buys=False),
    )
    assert found == [{"query": "kettle", "sessions": 6}, {"query": "silk saree", "sessions": 5}]


def test_the_words_of_few_are_not_suggested(run):
    assert suggested(run, asked("four", *"abcd")) == []
    assert len(suggested(run, asked("five", *"abcde"))) == 1
    # Five sessions of two people; a guest's may be any of them.
    assert suggested(run, asked("two", *"aabbb")) == []
    assert suggested(run, asked("two and guests", "a", "a", "b", None, None, None)) == []
    assert len(suggested(run, asked("three", *"aabbc"))) == 1
    assert len(suggested(run, asked("guests", *[None] * 5))) == 1


def test_who_searched_counts_where_the_purchase_says_nothing(run):
    events = asked("lamp", *[None] * 5)
    for one in events:
        if one["kind"] == "search":
            one["customer_id"] = "a"
    assert suggested(run, events) == []


PRIVATE_TEXTS = [
    "write to meena.rao@example.com",
    "Meena@home",
    "９８７６５ ４３２１０",
    "call 98765 or 432",
    "+49 (30) 12-34-5",
    "९८७६५४३२१०",
    "https://example",
    "www.example",
    "cheaper on example.com",
    "उदाहरण.भारत",
]
HARMLESS_TEXTS = ["iphone 15 256 gb", "1.5 l kettle", "size 100000", "h&m jeans", "t. shirt"]


def test_what_looks_private_is_never_suggested(run):
    every = [*PRIVATE_TEXTS, *HARMLESS_TEXTS]
    found = suggested(run, *(asked(text, *"abcdefgh") for text in every))
    assert {one["query"] for one in found} == set(HARMLESS_TEXTS)


def test_what_looks_private_is_taken_out_of_a_given_list():
    every = [{"query": text, "sessions": 9} for text in [*PRIVATE_TEXTS, *HARMLESS_TEXTS]]
    learned = learn(known_columns([], "products", "test"), None, None, every, None)
    assert {one.text for one in learned.suggestions} == set(HARMLESS_TEXTS)


def test_the_scale_is_logarithmic():
    found = scaled(pa.chunked_array([[0.0, math.e - 1, math.e**2 - 1, None, float("nan"), -5.0]]))
    np.testing.assert_allclose(found, [0, 0.5, 1, 0, 0, 0])
    assert scaled(pa.chunked_array([[0.0]])).tolist() == [0.0]
    assert scaled(pa.chunked_array([pa.array([], pa.float64())])).tolist() == []


def row(number, kind, minute, session, **more):
    return {
        "event_id": f"e{number}",
        "ts": NOW + timedelta(minutes=minute),
        "session_id": session,
        "kind": kind,
        **more,
    }


def test_what_was_chosen_after_a_search(run):
    events = [
        row(1, "search", 0, "a", query="lamp", query_id="q1"),
        row(2, "view_item_list", 1, "a", query_id="q1", product_id="shown"),
        row(3, "select_item", 2, "a", query_id="q1", product_id="clicked"),
        row(4, "search", 3, "a", query="kettle"),
        row(5, "purchase", 4, "a", product_id="bought"),  # of the last search before it
        row(6, "purchase", 5, "a", product_id="clicked", query_id="q1"),
        row(7, "search", 6, "a", query="late"),
        row(8, "purchase", 0, "b", product_id="elsewhere"),
        row(9, "purchase", 7, "b", product_id="postage", fee=True),
    ]
    found = {
        (r["search"], r["query"], r["product_id"]) for r in run(searched_and_chosen(frame(events)))
    }
    assert found == {
        ("e1", "lamp", "clicked"),
        ("e4", "kettle", "bought"),
        ("e4", "kettle", "clicked"),
    }


def test_the_best_offer_has_stock_then_price_then_promise():
    def offer(number, region="IN", **more):
        return {"offer_id": f"o{number}", "product_id": "p", "region": region, **more}

    def best(*offers):
        found = best_offers(list(offers))
        return [region for _, region, _ in found], [
            data.split(b'"')[3].decode() for *_, data in found
        ]

    assert best(offer(1, price=5.0), offer(2, price=4.0)) == (["IN"], ["o2"])
    assert best(offer(1, price=5.0), offer(2, price=4.0, stock=0)) == (["IN"], ["o1"])
    assert best(offer(1, price=5.0, delivery_hours=9.0), offer(2, price=5.0, delivery_hours=3.0))[
        1
    ] == ["o2"]
    assert best(offer(2, price=5.0), offer(1, price=5.0)) == (["IN"], ["o1"])
    assert best(offer(1), offer(2, price=9.0)) == (["IN"], ["o2"])
    assert best(offer(1, "IN"), offer(2, "DE")) == (["DE", "IN"], ["o2", "o1"])
    assert best_offers(None) == []
