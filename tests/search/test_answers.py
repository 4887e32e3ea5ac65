"""Known answers on a small shop: what is found, in which order, and why."""

import pyarrow as pa
import pytest

from chowk.errors import ParameterError
from chowk.search import SearchEngine, Weights
from chowk.search.results import Suggestion
from chowk.search.rules import NO_EFFECTS
from chowk.search.suggesting import Phrases
from search.shop import EVENTS, NOW, OFFERS, PRODUCTS


@pytest.fixture(scope="module")
def plain():
    with SearchEngine.build(PRODUCTS) as engine:
        yield engine


@pytest.fixture(scope="module")
def sold():
    with SearchEngine.build(PRODUCTS, events=EVENTS, offers=OFFERS) as engine:
        yield engine


def ids(found):
    return [hit.product_id for hit in found.hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("saree", ["s1", "s2", "h1"]),  # red is commoner than blue, so more of s1's title is meant
        ("SAREES!", ["s1", "s2", "h1"]),
        ("silk", ["s1"]),
        ("साड़ी", ["h1", "s1", "s2"]),  # the others' sarees are written in Latin letters
        ("साडी", ["h1", "s1", "s2"]),  # without the nukta
        ("रेशमी", ["h1"]),
        ("मीना", ["h1", "s1", "s2"]),
        ("agni", ["k1"]),
        ("mysore", ["s1"]),
        ("material", []),  # an attribute's name is no text
        ("kitchen kettle", ["k1"]),
        ("nowhere", []),
        ("the", []),
    ],
)
def test_what_is_found(plain, query, expected):
    found = plain.search(query)
    assert ids(found) == expected
    assert found.total == len(expected)


def test_the_row_is_given_back(plain):
    (hit,) = plain.search("silk").hits
    assert hit.product == {
        "product_id": "s1",
        "title": "Red silk saree",
        "description": "Handwoven in Mysore, with a zari border.",
        "brand": "Meena",
        "category": "Women > Sarees",
        "price": 2500.0,
        "image": "s1.jpg",
        "attributes": {"color": "red", "material": "silk"},
        "created_at": "2024-06-21T12:00:00+00:00",
    }
    assert plain.product("s1") == hit.product
    assert plain.product("unknown") is None


@pytest.mark.parametrize(
    ("query", "prefix", "expected"),
    [
        ("sar", None, {"s1", "s2", "h1"}),
        ("red ket", None, {"k1", "s1"}),
        ("ket ", None, set()),  # a space ends the word
        ("silk", None, {"s1"}),
        ("s", True, {"s1", "s2", "h1"}),
        ("sar", False, set()),
        ("साड़", None, {"h1"}),
        ("saree", True, {"s1", "s2", "h1"}),
    ],
)
def test_the_last_word_may_be_begun(plain, query, prefix, expected):
    assert set(ids(plain.search(query, prefix=prefix))) == expected


def test_a_begun_word_is_said_to_be_one(plain):
    assert plain.search("ket").hits[0].reasons == ("matches in title: ket…",)


@pytest.mark.parametrize("typed", ["d", "dr", "dress", "dresse", "dresses", "b", "babie", "babies"])
def test_plurals_are_found_while_they_are_typed(typed):
    shop = [{"product_id": "1", "title": "Dresses"}, {"product_id": "2", "title": "Babies"}]
    with SearchEngine.build(shop) as engine:
        assert ids(engine.search(typed)) == ["1" if typed[0] == "d" else "2"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("price_asc", ["s2", "k1", "s1", "h1"]),
        ("price_desc", ["s1", "k1", "s2", "h1"]),
        ("newest", ["k1", "s2", "s1", "h1"]),
        ("popular", ["k1", "s1", "h1", "s2"]),
    ],
)
def test_sorting_puts_what_lacks_the_value_last(sold, sort, expected):
    assert ids(sold.search("", sort=sort)) == expected


def test_an_empty_query_lists_by_popularity_then_by_id(plain, sold):
    assert ids(plain.search("")) == ["h1", "k1", "s1", "s2"]
    assert ids(sold.search("  ")) == ["k1", "s1", "h1", "s2"]
    assert plain.search("").match == "everything"


def test_popularity_breaks_and_bends_the_order(plain, sold):
    assert ids(plain.search("red")) == ["k1", "s1"]
    with SearchEngine.build(
        PRODUCTS, popularity={"product_id": ["s1"], "popularity": [5.0]}, popularity_weight=2.0
    ) as engine:
        assert ids(engine.search("red")) == ["s1", "k1"]
        assert engine.search("red").hits[0].reasons[-1] == "popular"


def test_reasons_are_what_the_log_and_the_row_say(sold):
    k1, s1 = sold.search("red", filters={"attributes.color": "red", "price": (1000, None)}).hits
    assert k1.reasons == (
        "matches in title: red",
        "color is red",
        "price 1200 is at least 1000",
        "bought 3 times in the 90 days to 2024-06-30",
    )
    assert s1.reasons[-1] == "bought once in the 90 days to 2024-06-30"
    hit, _ = sold.search(
        "sarees border", filters={"category": "Women", "available": True, "brand": ["Meena"]}
    ).hits
    assert hit.reasons[:5] == (
        "matches in title: sarees",
        "matches in description: border",
        "in Women",
        "available",
        "brand is Meena",
    )


def test_the_best_offer_of_the_nearest_region_is_shown(sold):
    def offer(region):
        return sold.search("silk", region=region).hits[0]

    assert offer("IN/KA/Mysuru").offer["offer_id"] == "o3"  # same price, sooner; o4 is sold out
    assert offer("IN/KA").reasons[-1] == (
        "offered in IN/KA by Iyer for 2450, arrives within 20 hours"
    )
    assert offer("IN/MH").offer["offer_id"] == "o1"
    assert offer("DE").offer is None
    assert offer(None).offer is None


def test_explained_parts_add_up_and_popularity_is_the_documented_factor(sold):
    for query in ("red", "red saree silk", "sar", "mysore meena", "साड़ी"):
        for hit in sold.search(query, explain=True).hits:
            assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, rel=1e-6)
            text = sum(p.value for p in hit.parts if p.name != "popularity")
            bonus = sum(p.value for p in hit.parts if p.name == "popularity")
            popularity = {"k1": 1.0, "s1": None}.get(hit.product_id, 0.0)
            if popularity is not None:
                assert bonus == pytest.approx(0.5 * popularity * text, rel=1e-4, abs=1e-5)
    (hit,) = sold.search("mysore meena", explain=True).hits[:1]
    assert {part.name for part in hit.parts} == {
        "words: mysore",
        "words: meena",
        "title is meant",
        "spelt alike",
        "popularity",
    }


def test_facets_are_disjunctive(plain):
    found = plain.search(
        "",
        filters={"attributes.color": "red", "category": "Women"},
        facets=["attributes.color", "category", "brand", "available"],
    )
    assert ids(found) == ["s1"]
    assert found.facets == {
        "attributes.color": {"blue": 1, "red": 1},
        "category": {"Home": 1, "Home > Kitchen": 1, "Women": 1, "Women > Sarees": 1},
        "brand": {"Meena": 1},
        "available": {"true": 1},
    }


def test_price_ranges_hold_their_lower_edge(plain):
    found = plain.search("", facets={"price": [900, 1200.5], "brand": None})
    assert found.facets["price"] == {"-900": 0, "900-1200.5": 2, "1200.5-": 1}
    assert found.facets["brand"] == {"Meena": 2, "Agni": 1, "मीना": 1}
    assert sum(plain.search("", facets=["price"]).facets["price"].values()) == 3


def test_weights_are_settable():
    with SearchEngine.build(PRODUCTS, weights=Weights(brand=0, description=0)) as engine:
        assert ids(engine.search("meena")) == []
        assert ids(engine.search("mysore")) == []
        assert ids(engine.search("silk")) == ["s1"]


def test_one_word_suffices_only_when_too_few_have_all():
    few = [{"product_id": f"a{i}", "title": "red lamp"} for i in range(9)]
    rest = [{"product_id": f"b{i}", "title": "red"} for i in range(5)]
    with SearchEngine.build(few + rest) as engine:
        assert (engine.search("red lamp").match, engine.search("red lamp").total) == ("any", 14)
        engine.upsert([{"product_id": "a9", "title": "lamp, red"}])
        assert (engine.search("red lamp").match, engine.search("red lamp").total) == ("all", 10)


def test_any_frame_will_do():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    table = pa.table({"product_id": [2, 1], "title": ["Lamp", "Lamp"], "extra": [1, 2]})
    for frame in (
        table,
        table.to_pandas(),
        pandas.DataFrame(table.to_pydict()),
        polars.from_arrow(table),
    ):
        with SearchEngine.build(frame) as engine:
            assert ids(engine.search("lamp")) == ["1", "2"]


def test_an_empty_catalogue_answers():
    with SearchEngine.build([]) as engine:
        assert engine.search("lamp", facets=["brand", "price"]).facets == {"brand": {}, "price": {}}
        assert engine.search("").total == 0
        assert engine.suggest("l") == []
        engine.upsert([{"product_id": "1", "title": "Lamp", "created_at": NOW}])
        assert ids(engine.search("lamp")) == ["1"]


def five_times(events):
    """The same visits by five shoppers: what one typed is not suggested."""
    for n in range(5):
        for one in events:
            who = {"event_id": f"{one['event_id']}-{n}", "session_id": f"{one['session_id']}-{n}"}
            yield {**one, **who}


def test_suggestions():
    with SearchEngine.build(PRODUCTS, events=EVENTS) as engine:
        assert {s.kind for s in engine.suggest("ket")} == {"product"}
    with SearchEngine.build(PRODUCTS, events=list(five_times(EVENTS))) as engine:
        kettle = engine.suggest("ket")
        assert [(s.kind, s.text, s.product_id) for s in kettle] == [
            ("query", "kettle", None),
            ("product", "Red kettle", "k1"),
        ]
        found = engine.suggest("sar")
        assert [(s.kind, s.text) for s in found][:2] == [
            ("query", "silk saree"),
            ("category", "Sarees"),
        ]
        assert {s.product_id for s in found if s.kind == "product"} == {"s1", "s2", "h1"}
        assert [s.text for s in engine.suggest("bargain")] == []  # nobody bought after it
        assert engine.suggest("मी")[0].text == "मीना"
        engine.delete(["k1"])
        assert [s.kind for s in engine.suggest("ket")] == ["query"]
        assert len(engine.suggest("s", k=1)) == 1
        assert engine.suggest("") == engine.suggest("😀") == []


def test_words_that_few_products_have_all_are_completed():
    with SearchEngine.build(PRODUCTS) as engine:
        title = engine.product("s1")["title"]
        for typed in (title[: len(title) - 2], title):
            assert engine.suggest(typed)[0].product_id == "s1", typed
        one = title.split()[0]
        assert all(one.lower() in s.text.lower() for s in engine.suggest(title))
        assert engine.suggest(f"qqq {title}") == []  # all words, or nothing


def test_what_rules_hide_or_a_region_has_sold_is_not_suggested():
    offers = [
        {"offer_id": "o1", "product_id": "s1", "region": "IN", "stock": 0},
        {"offer_id": "o2", "product_id": "s1", "region": "DE", "stock": 3},
    ]

    def given(engine, **more):
        return {s.product_id for s in engine.suggest("s", k=100, **more)} - {None}

    with SearchEngine.build(PRODUCTS, offers=offers) as engine:
        every = given(engine)
        assert given(engine, region="DE") == every and "s1" in every
        assert given(engine, region="IN/KA") == every - {"s1"}
        hidden = NO_EFFECTS._replace(hidden=frozenset({"s2"}))
        assert given(engine, rules=hidden) == every - {"s2"} != every
        with pytest.raises(ParameterError, match="region"):
            engine.suggest("s", region=5)


def test_phrases_that_differ_in_case_alone_are_one_completion():
    kinds = (("query", "Silk saree"), ("category", "silk SAREE"), ("brand", "Silk & Saree"))
    held = Phrases([Suggestion(text=t, product_id=None, kind=k, score=1.0) for k, t in kinds])
    assert [one.text for one in held.complete("sil", 5)] == ["Silk saree"]
