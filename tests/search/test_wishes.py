"""Words name values of attributes: what is planted in catalogue and log is found, nothing else."""

from __future__ import annotations

import random

import pytest

from chowk.search import SearchEngine
from chowk.search.explaining import explained

#: What shoppers type for each colour, beside its own name.
TYPED = {"red": "laal", "blue": "neela", "green": "hara"}


def shop(seed):
    rng = random.Random(seed)
    rows, chosen = [], []
    for i in range(120):
        colour, kind = rng.choice(list(TYPED)), rng.choice(["saree", "lamp", "kurta"])
        held = {"colour": colour, "fit": rng.choice(["slim", "wide"])}
        title = f"{colour if rng.random() < 0.6 else rng.choice(['new', 'fine'])} {kind}"
        rows.append({"product_id": f"p{i:03d}", "title": title, "attributes": held})
        word = TYPED[colour] if rng.random() < 0.7 else colour
        one = {"product_id": f"p{i:03d}", "times": rng.randrange(1, 9), "sessions": 5}
        chosen.append({"query": f"{word} {kind}", **one})
    return rows, chosen


def said(engine, query):
    return {(w.word, w.name, w.value) for w in explained(engine, query).attributes}


@pytest.mark.parametrize("seed", range(2))
def test_planted_words_name_their_colours_and_no_other_word_names_one(seed):
    rows, chosen = shop(seed)
    with SearchEngine.build(rows, chosen=chosen, terms=[]) as engine:
        for colour, word in TYPED.items():
            assert said(engine, f"{colour} saree") == {(colour, "attributes.colour", colour)}
            assert said(engine, f"{word} lamp") == {(word, "attributes.colour", colour)}
            share = explained(engine, colour).attributes[0].share
            assert 0.5 <= share <= 1
        assert said(engine, "saree lamp kurta fine") == set()
        assert said(engine, "slim kurta") == {("slim", "attributes.fit", "slim")}


def test_the_catalogue_alone_names_values_also_where_they_are_misspelt(tmp_path):
    rows, _ = shop(0)
    with SearchEngine.build(rows) as engine:
        assert said(engine, "greem saree") == {("greem", "attributes.colour", "green")}
        assert said(engine, "laal saree") == set() == said(engine, "") == said(engine, "!!!")
        engine.save(tmp_path / "saved")
    with SearchEngine.open(tmp_path / "saved") as again:
        assert said(again, "blue saree") == {("blue", "attributes.colour", "blue")}


def test_a_word_of_titles_that_mostly_lack_the_value_names_none():
    titled = [
        {"product_id": f"t{i}", "title": "Red Fort print", "attributes": {"colour": "white"}}
        for i in range(9)
    ]
    one = {"product_id": "r", "title": "Saree", "attributes": {"colour": "red"}, "brand": "Meena"}
    with SearchEngine.build([*titled, one]) as engine:
        assert said(engine, "red") == set()
        assert said(engine, "meena") == {("meena", "brand", "Meena")}


def test_what_is_out_of_stock_says_so_where_its_place_is_asked():
    offers = [{"offer_id": "o", "product_id": "p", "region": "IN/KA", "stock": 0}]
    more = [{"offer_id": "n", "product_id": "p", "region": "DE", "stock": 2}]
    product = [{"product_id": "p", "title": "Red lamp"}]
    with SearchEngine.build(product, offers=offers) as engine:
        assert "bought now" in explained(engine, "red", product_id="p").product.why_not
    with SearchEngine.build(product, offers=offers + more) as engine:
        there = explained(engine, "red", product_id="p", region="IN/KA").product
        assert "out of stock in IN/KA" in there.why_not
        assert explained(engine, "red", product_id="p", region="DE").product.place == 1
