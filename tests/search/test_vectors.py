"""Products that are near in meaning join what the words find, and obey everything else."""

from __future__ import annotations

import random

import numpy as np
import pytest

from chowk.errors import ParameterError
from chowk.search import SearchEngine, nearest
from chowk.search.encoding import TextEncoder

KINDS = {
    "sofa": ("velvet", "corner", "recliner", "cushioned"),
    "kettle": ("electric", "steel", "whistling", "boiling"),
    "saree": ("silk", "cotton", "bridal", "handloom"),
    "laptop": ("gaming", "slim", "office", "touchscreen"),
}
BRANDS = ("Agni", "Meena", "Kaveri", "Lumio")


def catalogue(n=800, seed=0):
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        kind = list(KINDS)[i % len(KINDS)]
        adjectives = rng.sample(KINDS[kind], 2)
        brand = rng.choice(BRANDS)
        rows.append(
            {
                "product_id": f"p{i:04d}",
                "title": f"{brand} {' '.join(adjectives)} {kind} {rng.randrange(100, 999)}",
                "brand": brand,
                "price": rng.randrange(10, 100),
                "available": rng.random() < 0.9,
            }
        )
    return rows


def couches(rows):
    """A log in which those who ask for a couch choose sofas."""
    sofas = [r["product_id"] for r in rows if "sofa" in r["title"]]
    return [{"query": "couch", "product_id": one, "times": 5, "sessions": 5} for one in sofas[:60]]


@pytest.fixture(scope="module")
def rows():
    return catalogue()


@pytest.fixture(scope="module")
def engine(rows):
    with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as built:
        yield built


def kinds(found):
    return {hit.product["title"].split()[-2] for hit in found.hits}


def test_a_word_that_only_the_log_knows_finds_what_was_chosen_for_it(engine, rows):
    found = engine.search("couch")
    assert kinds(found) == {"sofa"}
    assert found.hits[0].reasons[0] == "near in meaning to: couch"
    with SearchEngine.build(rows, vectors=False) as without:
        assert without.search("couch").total == 0


def test_what_nothing_is_known_of_finds_nothing(engine):
    assert engine.search("qwxyzzy").total == 0
    assert engine.search("couch", spelling=False).total == 0


def test_words_come_before_meaning(engine):
    found = engine.search("whistling couch", k=400)
    with_words = [i for i, h in enumerate(found.hits) if "whistling" in h.product["title"]]
    assert with_words == list(range(len(with_words)))
    assert with_words


def test_filters_and_facets_are_those_of_the_unfiltered_answer(engine):
    everything = engine.search("couch", k=1000, filters={"available": "any"})
    ids = {h.product_id for h in everything.hits if h.product["brand"] == "Agni"}
    narrowed = engine.search("couch", k=1000, filters={"available": "any", "brand": "Agni"})
    assert {h.product_id for h in narrowed.hits} == ids
    counted = engine.search("couch", filters={"available": "any"}, facets=["brand"])
    assert sum(counted.facets["brand"].values()) == everything.total
    assert counted.facets["brand"]["Agni"] == len(ids) == narrowed.total
    bought = {h.product_id for h in engine.search("couch", k=1000).hits}
    assert bought == {h.product_id for h in everything.hits if h.product["available"]}


def test_summands_add_up(engine):
    for hit in engine.search("whistling couch", explain=True, k=100).hits:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score)


def test_changes_and_deletions_hold_for_meaning_too(rows, tmp_path):
    with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as engine:
        first = engine.search("couch", k=200).hits
        gone, other = first[0].product_id, first[1].product_id
        engine.delete([gone])
        engine.upsert([{"product_id": other, "title": "Meena boiling kettle 111"}])
        engine.upsert([{"product_id": "new", "title": "Agni velvet corner sofa 999"}])
        now = [hit.product_id for hit in engine.search("couch", k=200).hits]
        assert gone not in now and other not in now and "new" in now
        engine.save(tmp_path / "saved")
        with SearchEngine.open(tmp_path / "saved") as opened:
            again = [hit.product_id for hit in opened.search("couch", k=200).hits]
            assert sorted(again) == sorted(now)


def test_codes_find_what_comparing_all_finds(rows, monkeypatch):
    with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as exact:
        wanted = {hit.product_id for hit in exact.search("couch", k=50).hits}
    monkeypatch.setattr(nearest, "EXACT", 500)
    with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as engine:
        found = {hit.product_id for hit in engine.search("couch", k=50).hits}
        vectors = engine._matcher.vectors
        asked = vectors.encode("couch")
        some = np.sort(np.random.default_rng(0).choice(len(rows), 300, replace=False))
        inside = vectors.nearest(asked, 20, within=some)
        order = np.argsort(-vectors.cosines(asked, some), kind="stable")
    assert len(found & wanted) >= 45
    # What is left out is left out inside the search: the places are not lost to it.
    assert len(inside) == 20 and set(inside) <= set(some)
    assert len(set(inside) & set(some[order[:20]])) >= 18


class Halves:
    """A pretrained encoder that knows two meanings."""

    def encode(self, texts):
        warm = [any(w in t.lower() for w in ("heater", "warm", "fire")) for t in texts]
        return np.array([[1.0, 0.0] if one else [0.0, 1.0] for one in warm])


def test_any_encoder_takes_the_place_of_our_own(tmp_path):
    rows = [
        {"product_id": "a", "title": "Oil heater"},
        {"product_id": "b", "title": "Ice bucket"},
    ]
    with SearchEngine.build(rows, encoder=Halves()) as engine:
        assert [hit.product_id for hit in engine.search("something warm").hits] == ["a"]
        engine.save(tmp_path / "saved")
    with SearchEngine.open(tmp_path / "saved", encoder=Halves()) as opened:
        assert [hit.product_id for hit in opened.search("fire").hits] == ["a"]


def test_a_catalogue_in_which_no_word_stands_twice_is_built_and_answers():
    rows = [{"product_id": f"p{i}", "title": f"sku{i}"} for i in range(nearest.LEAST_PRODUCTS)]
    with SearchEngine.build(rows) as engine:
        assert engine.search("sku17").hits[0].product_id == "p17"
        assert engine.search("qwxyzzy").total == 0


def test_the_encoder_says_how_much_of_a_text_it_knows():
    encoder = TextEncoder.fit([row["title"] for row in catalogue()])
    lengths = np.linalg.norm(encoder.encode(["silk saree", "silk qwxyzzy", "qwxyzzy", ""]), axis=1)
    assert 1 >= lengths[0] > lengths[1] > lengths[2] >= 0 == lengths[3]
    again = TextEncoder.fit([row["title"] for row in catalogue()])
    np.testing.assert_allclose(encoder.encode(["silk saree"]), again.encode(["silk saree"]))


@pytest.mark.parametrize(
    ("argument", "said"),
    [({"vectors": 1}, "True or False"), ({"encoder": 7}, "encode")],
)
def test_wrong_arguments_are_named(argument, said):
    with pytest.raises(ParameterError, match=said):
        SearchEngine.build([{"product_id": "a", "title": "b"}], **argument)


def test_what_joined_by_meaning_does_not_have_all_the_words(engine):
    assert engine.search("couch").match == "any"
    assert engine.search("silk saree").match == "all"


@pytest.mark.parametrize("exact", [nearest.EXACT, 100])
def test_filters_that_leave_nothing_near_are_looked_through_themselves(rows, exact, monkeypatch):
    monkeypatch.setattr(nearest, "EXACT", exact)
    monkeypatch.setattr(nearest.Nearest.nearest, "__defaults__", (5, None, None))
    sofas = [row for row in rows if "sofa" in row["title"]]
    late = {**sofas[-1], "brand": "Late", "available": True}
    rows = [late if row is sofas[-1] else {**row, "available": row not in sofas} for row in rows]
    with SearchEngine.build(rows, chosen=couches(rows), terms=[]) as engine:
        # Nearer ones, none of which can be bought, take all the places of what is near.
        found = engine.search("couch", filters={"brand": "Late"}, facets=["brand"])
        assert [hit.product_id for hit in found.hits] == [late["product_id"]]
        assert found.total == 1 == found.facets["brand"]["Late"]
        assert engine.search("couch").total >= 1
        assert engine.search("couch", filters={"brand": "None"}).total == 0
        assert engine.search("qwxyzzy", filters={"brand": "Late"}).total == 0
        engine.upsert([{**late, "product_id": "new", "brand": "Later"}])
        later = engine.search("couch", filters={"brand": "Later"})
        assert [hit.product_id for hit in later.hits] == ["new"]
