"""The live catalogue says what the tables will say once the journal is folded into them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

import chowk
from chowk.journal import Entry, Journal, Row, fold
from chowk.serve.catalogue import Catalogue
from chowk.store import schema
from chowk.store.rows import frame

PRODUCTS = [
    {"product_id": "a", "title": "A", "price": "5", "attributes": {"x": "1"}, "available": True},
    {"product_id": "b", "title": "B", "brand": "Z"},
]
OFFERS = [{"offer_id": "o", "product_id": "a", "region": "IN", "price": "4", "stock": 2}]

ids = st.sampled_from(["a", "b", "c"])
offers = st.sampled_from(["o", "q"])
entry = st.one_of(
    st.builds(
        lambda p, t, price, brand: Entry.checked(
            "product", {"product_id": p, **({"title": t} if t else {}), "price": price, **brand}
        ),
        ids,
        st.sampled_from(["", "T", "U"]),
        st.sampled_from([1, 2.5, None]),
        st.sampled_from([{}, {"brand": None}, {"brand": "Y"}]),
    ),
    st.builds(lambda p: Entry.checked("product_delete", {"product_id": p}), ids),
    st.builds(
        lambda o, p, price: Entry.checked(
            "offer", {"offer_id": o, "product_id": p, "region": "DE", "price": price}
        ),
        offers,
        ids,
        st.sampled_from([3, 9]),
    ),
    st.builds(lambda o: Entry.checked("offer_delete", {"offer_id": o}), offers),
    st.builds(
        lambda p, yes: Entry.checked("availability", {"product_id": p, "available": yes}),
        ids,
        st.booleans(),
    ),
    st.builds(
        lambda o, stock: Entry.checked("availability", {"offer_id": o, "stock": stock}),
        offers,
        st.integers(0, 5),
    ),
)


def plain(table: str, catalogue: Catalogue) -> dict:
    if table == "products":
        return {p: catalogue.product(p) for p in ("a", "b", "c") if p in catalogue}
    return {o: catalogue.offer(o) for o in ("o", "q") if catalogue.offer(o) is not None}


@settings(max_examples=40, deadline=None)
@given(entries=st.lists(entry, max_size=8))
def test_it_agrees_with_the_fold(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("fold") / "shop"
    with chowk.create(path) as store, Journal.of(store) as journal:
        store.write("products", PRODUCTS)
        store.write("offers", OFFERS)
        live = Catalogue(
            frame(schema.TABLES["products"], PRODUCTS), frame(schema.TABLES["offers"], OFFERS)
        )
        if entries:
            journal.append(entries)
            live.apply(journal.read(0))
            with store.transaction() as change:
                fold(change, journal, 0)
        folded = Catalogue(store.arrow(store.table("products")), store.arrow(store.table("offers")))
        for table in ("products", "offers"):
            assert plain(table, live) == plain(table, folded)
        assert len(live) == len(folded)
        for product in ("a", "b", "c"):
            assert live.offers_of(product) == folded.offers_of(product)


def test_rows_that_the_tables_hold_already_change_nothing_but_are_named():
    live = Catalogue(frame(schema.TABLES["products"], PRODUCTS), position=5)
    old = Row(5, "product", "a", {"product_id": "a", "title": "old"}, datetime.now(UTC))
    gone = Row(4, "product_delete", "zz", {"product_id": "zz"}, datetime.now(UTC))
    assert live.apply([gone, old]) == ({"a"}, {"zz"})
    assert live.product("a")["title"] == "A"


def test_the_best_offer_is_in_stock_then_cheap_then_soon():
    rows = [
        {"offer_id": "dear", "price": "9", "delivery_hours": 1, "stock": 5},
        {"offer_id": "late", "price": "5", "delivery_hours": 48, "stock": 1},
        {"offer_id": "soon", "price": "5", "delivery_hours": 24},  # its stock is not told
        {"offer_id": "free", "stock": 3},
        {"offer_id": "none", "price": "1", "delivery_hours": 1, "stock": 0},
    ]
    order = ["soon", "late", "dear", "free", "none"]
    for turn in range(len(rows)):
        given = [{**row, "product_id": "a", "region": "IN"} for row in rows[turn:] + rows[:turn]]
        held = Catalogue(
            frame(schema.TABLES["products"], PRODUCTS), frame(schema.TABLES["offers"], given)
        )
        for number, best in enumerate(order):
            assert held.best_offer("a", "IN/KA")["offer_id"] == best
            entry = Entry.checked("offer_delete", {"offer_id": best})
            held.apply([Row(number + 1, entry.kind, entry.key, entry.body, datetime.now(UTC))])
        assert held.best_offer("a", "IN/KA") is None
