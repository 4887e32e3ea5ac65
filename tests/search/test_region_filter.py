"""The filter `region` keeps what can be bought in a region, and nothing else."""

from __future__ import annotations

import random

import pytest

from chowk.errors import ParameterError
from chowk.search import SearchEngine

REGIONS = ["IN", "IN/KA", "IN/MH", "DE", "DE/BE"]


def shop(seed):
    rng = random.Random(seed)
    rows = [{"product_id": f"p{i:02d}", "title": "silk saree"} for i in range(40)]
    offers = [
        {
            "offer_id": f"{one['product_id']}-{region}-{n}",
            "product_id": one["product_id"],
            "region": region,
            "stock": rng.choice([0, 3, None]),
        }
        for one in rows
        for region in rng.sample(REGIONS, rng.randrange(4))
        for n in range(2)
    ]
    return rows, offers


def there(offers, *regions):
    """By hand: an offer in stock in one of the regions or in one that holds it."""
    return {
        o["product_id"]
        for o in offers
        if o["stock"] != 0 and any((r + "/").startswith(o["region"] + "/") for r in regions)
    }


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_a_filter_by_hand(seed, tmp_path):
    rows, offers = shop(seed)
    asked = (["IN/KA"], ["IN"], ["DE/BE", "IN/MH"], ["DE/BE/Mitte"], ["FR"])
    with SearchEngine.build(rows, offers=offers) as engine:
        for regions in asked:
            found = engine.search("silk", filters={"region": regions}, k=100)
            assert {h.product_id for h in found.hits} == there(offers, *regions)
            assert found.total == len(found.hits)
        engine.upsert([{"product_id": "p00", "title": "silk shawl"}])
        wanted = there(offers, "IN/KA")
        now = engine.search("silk", filters={"region": "IN/KA"}, k=100)
        assert {h.product_id for h in now.hits} == wanted
        assert engine.search("", filters={"region": "IN/KA"}, k=100).total == len(wanted)
        engine.save(tmp_path / "saved")
    with SearchEngine.open(tmp_path / "saved") as opened:
        again = opened.search("silk", filters={"region": "IN/KA"}, k=100)
        assert {h.product_id for h in again.hits} == wanted


def test_it_is_no_facet():
    with (
        SearchEngine.build([{"product_id": "a", "title": "b"}]) as engine,
        pytest.raises(ParameterError, match="facets"),
    ):
        engine.search("b", facets=["region"])
