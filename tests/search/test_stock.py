"""What is out of stock is never shown, totalled or counted, unless it is asked for."""

from __future__ import annotations

import random

import pytest

from chowk.errors import InputError
from chowk.search import SearchEngine

REGIONS = ["IN", "IN/KA", "IN/MH", "DE"]
FREE = {"available": "any"}


def shop(rng, size=40):
    rows = [
        {
            "product_id": f"p{i:02d}",
            "title": "silk saree",
            "brand": rng.choice(["A", "B"]),
            "available": rng.choice([True, True, None, False]),
        }
        for i in range(size)
    ]
    return rows, [offer for row in rows for offer in offers_of(rng, row["product_id"])]


def offers_of(rng, product_id):
    return [
        {
            "offer_id": f"{product_id}-{region}-{n}",
            "product_id": product_id,
            "region": region,
            "stock": rng.choice([0, 0, 3, None]),
        }
        for region in rng.sample(REGIONS, rng.randrange(3))
        for n in range(2)
    ]


def buyable(row, offers, region):
    """By hand: it says nothing else, and of what is offered (there) something is in stock."""
    mine = [o for o in offers if o["product_id"] == row["product_id"]]
    here = [o for o in mine if region and f"{region}/".startswith(o["region"] + "/")]
    stocked = all(not some or any(o["stock"] != 0 for o in some) for some in (mine, here))
    return row["available"] is not False and stocked


def agree(engine, rows, offers):
    for region in (None, "IN/KA", "IN", "DE/BE", "FR"):
        wanted = {r["product_id"]: r["brand"] for r in rows if buyable(r, offers, region)}
        for query in ("silk", ""):
            found = engine.search(query, region=region, facets=["brand", "available"], k=100)
            assert {hit.product_id for hit in found.hits} == set(wanted), region
            assert found.total == len(wanted) == found.facets["available"].get("true", 0)
            counts = {b: list(wanted.values()).count(b) for b in set(wanted.values())}
            assert found.facets["brand"] == counts
            grouped = engine.search(query, region=region, facets=["available"], k=100, grouped=True)
            assert grouped.facets["available"] == found.facets["available"]
            never = engine.search(query, region=region, filters={"available": False}, k=100)
            assert never.total == found.facets["available"].get("false", 0)
            named = engine.search(query, region=region, filters={"available": True}, k=100)
            assert {hit.product_id for hit in named.hits} == set(wanted)
            assert engine.search(query, region=region, filters=FREE).total == len(rows)
    assert {s.product_id for s in engine.suggest("sil", k=100)} <= {
        None,
        *(r["product_id"] for r in rows if buyable(r, offers, None)),
    }


@pytest.mark.parametrize("seed", range(3))
def test_out_of_stock_equals_a_filter_by_hand(seed, tmp_path):
    rng = random.Random(seed)
    rows, offers = shop(rng)
    with SearchEngine.build(rows, offers=offers) as engine:
        agree(engine, rows, offers)
        for row in rng.sample(rows, 8):
            fresh = offers_of(rng, row["product_id"])
            offers = [o for o in offers if o["product_id"] != row["product_id"]] + fresh
            engine.upsert([row], offers=fresh)
        engine.upsert(rng.sample(rows, 3))  # keeps the offers that are known
        agree(engine, rows, offers)
        engine.save(tmp_path / "saved")
    with SearchEngine.open(tmp_path / "saved") as again:
        agree(again, rows, offers)


def test_the_offer_that_is_shown_is_in_stock_where_there_is_one():
    offers = [
        {"offer_id": "a", "product_id": "p", "region": "IN/KA", "stock": 0, "price": 5},
        {"offer_id": "b", "product_id": "p", "region": "IN", "stock": 4, "price": 9},
    ]
    product = {"product_id": "p", "title": "silk saree"}
    with SearchEngine.build([product], offers=offers) as engine:
        assert engine.search("silk", region="IN/KA").hits[0].offer["offer_id"] == "b"
        engine.upsert([product], offers=offers[:1])
        assert engine.search("silk").total == 0
        hit = engine.search("silk", region="IN/KA", filters=FREE).hits[0]
        assert hit.offer["offer_id"] == "a" and "out of stock in IN/KA" in hit.reasons


def test_what_is_out_of_stock_promises_nothing():
    offers = [
        {"offer_id": n, "product_id": n, "region": "IN", "stock": stock, "delivery_hours": hours}
        for n, stock, hours in (("a", 3, 90), ("b", 0, 1), ("c", 3, 40))
    ]
    products = [{"product_id": n, "title": "silk saree"} for n in "abc"]
    with SearchEngine.build(products, offers=offers) as engine:
        found = engine.search("silk", region="IN", filters=FREE)
        assert [hit.product_id for hit in found.hits] == ["c", "a", "b"]


def test_an_offer_of_another_product_is_refused():
    with SearchEngine.build([{"product_id": "p", "title": "silk"}]) as engine:
        other = [{"offer_id": "a", "product_id": "q", "region": "IN"}]
        with pytest.raises(InputError, match="Give the product too"):
            engine.upsert([{"product_id": "p", "title": "silk"}], offers=other)
        assert engine.search("silk").total == 1
