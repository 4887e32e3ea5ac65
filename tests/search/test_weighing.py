"""Field weights are learned where the log says so, and only there."""

from __future__ import annotations

import random

from chowk.search import SearchEngine
from chowk.search.schema import Weights

WORDS = ["amber", "basil", "cedar", "dune", "ember", "fern", "grove", "hazel", "iris", "jade"]
THINGS = ["lamp", "mug", "rug", "vase", "tray", "bowl"]


def shop(seed=0):
    """Every word names a brand, and stands in descriptions of other brands too."""
    rng = random.Random(seed)
    return [
        {
            "product_id": f"p{i:03d}",
            "title": f"{rng.choice(THINGS)} {rng.randrange(100)}",
            "brand": rng.choice(WORDS),
            "description": rng.choice(WORDS),
        }
        for i in range(600)
    ]


def choices(rows, field):
    """Shoppers who type a word and a thing choose by what the field says."""
    return [
        {"query": f"{word} {thing}", "product_id": row["product_id"], "times": 3, "sessions": 3}
        for word in WORDS
        for thing in THINGS
        for row in rows
        if row[field] == word and thing in row["title"]
    ]


def learned(field, weights=None):
    rows = shop()
    with SearchEngine.build(rows, terms=[], vectors=False, weights=weights) as engine:
        return engine.field_weights(choices(rows, field))


def test_the_field_by_which_shoppers_choose_comes_to_count_more():
    assert learned("brand", Weights(brand=1, description=1)).brand > 1
    found = learned("description", Weights(brand=1, description=1))
    assert found.description > found.brand


def test_what_is_right_already_stays():
    assert learned("brand") == Weights()


def test_choices_by_chance_teach_nothing():
    rows = shop()
    rng = random.Random(1)
    chosen = [
        {**row, "product_id": rng.choice(rows)["product_id"]} for row in choices(rows, "brand")
    ]
    with SearchEngine.build(rows, terms=[], vectors=False) as engine:
        assert engine.field_weights(chosen) == Weights()
        assert (
            engine.field_weights([{"query": "lamp", "product_id": "p001", "times": 1}]) == Weights()
        )
