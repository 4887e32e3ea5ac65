"""No query text raises, and an argument outside its limits gives one sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.errors import InputError, ParameterError, SchemaError
from chowk.search import SearchEngine, Weights
from search.shop import PRODUCTS

HOSTILE = [
    "",
    " ",
    "\x00",
    "red\x00saree",
    "😀👨‍👩‍👧",
    "title:red AND brand:*",
    '"unbalanced',
    "((((",
    "red^100 ~ saree~2 /re.*gex/ [a TO b] {!q}",
    "'; DROP TABLE products; --",
    "\\",
    "a" * 10_000,
    "red " * 5_000,
    "?!.,;:" * 2_000,
    "\u202eאדום\u202c ساڑی",
    "\ud800\udfff lone surrogates",
    "\u0301\u0301\u0301",
    "़ ् ा",
    "\ufeff\u200b\u200d",
    '+-&&||!(){}[]^"~*?:\\/',
    "ﷺ" * 100,
    "İSTANBUL ẞ ǆ",
]


@pytest.fixture(scope="module")
def engine():
    with SearchEngine.build(PRODUCTS) as made:
        yield made


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_no_query_raises(engine, query):
    for prefix in (None, True, False):
        found = engine.search(
            query,
            facets=["brand", "price"],
            filters={"brand": "Meena"},
            prefix=prefix,
            explain=True,
        )
        assert 0 <= len(found.hits) == min(found.total, 10)
        assert len(found.words) <= 32
    engine.suggest(query)
    engine.search("red", filters={"brand": query, "attributes." + (query or "x"): query})
    engine.search("red", region=query, facets=["attributes." + (query or "x")])


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=600), st.booleans())
def test_no_text_at_all_raises(engine, query, prefix):
    found = engine.search(query, prefix=prefix, facets=["category"])
    assert len(found.hits) <= found.total
    engine.suggest(query)


def test_text_is_not_syntax(engine):
    assert engine.search("NOT red").total == engine.search("not red").total == 2
    assert engine.search("title:kettle").hits[0].product_id == "k1"
    assert engine.search("*").match == "nothing"


def test_a_long_query_is_cut(engine):
    assert engine.search("x" * 600 + " red").total == 0
    assert engine.search("red" + " " * 600 + "kettle", prefix=False).total == 2


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"k": 0}, "'k'"),
        ({"k": 1001}, "'k'"),
        ({"k": True}, "'k'"),
        ({"k": "10"}, "'k'"),
        ({"offset": -1}, "'offset'"),
        ({"offset": 10**6}, "'offset'"),
        ({"facet_values": 0}, "'facet_values'"),
        ({"sort": "cheapest"}, "'sort'"),
        ({"sort": []}, "'sort'"),
        ({"region": 5}, "'region'"),
        ({"facets": "brand"}, "'facets'"),
        ({"facets": ["colour"]}, "'facets'"),
        ({"facets": [None]}, "'facets'"),
        ({"facets": {"price": [3, 1]}}, "facets['price']"),
        ({"facets": {"brand": [1, 2]}}, "facets['brand']"),
        ({"facets": 3}, "'facets'"),
        ({"filters": ["brand"]}, "'filters'"),
        ({"filters": {"colour": "red"}}, "'filters'"),
        ({"filters": {"attributes.": "red"}}, "'filters'"),
        ({"filters": {3: "red"}}, "'filters'"),
        ({"filters": {"brand": None}}, "filters['brand']"),
        ({"filters": {"brand": [None]}}, "filters['brand']"),
        ({"filters": {"brand": {"is": "x"}}}, "filters['brand']"),
        ({"filters": {"brand": [str(i) for i in range(2000)]}}, "filters['brand']"),
        ({"filters": {"available": "yes"}}, "filters['available']"),
        ({"filters": {"price": 5}}, "filters['price']"),
        ({"filters": {"price": {"low": 5}}}, "filters['price']"),
        ({"filters": {"price": (float("nan"), 5)}}, "filters['price']"),
        ({"filters": {"price": ("1", 5)}}, "filters['price']"),
    ],
)
def test_an_argument_outside_its_limits_is_named(engine, arguments, names):
    with pytest.raises(ParameterError) as error:
        engine.search("red", **arguments)
    assert names in str(error.value)
    assert "\n" not in str(error.value)


def test_the_sentence(engine):
    with pytest.raises(ParameterError) as error:
        engine.search("red", k=0)
    assert str(error.value) == (
        "The 'k' parameter of search must be an int in [1, 1000]. Got 0 instead."
    )
    with pytest.raises(ParameterError, match="'query' parameter"):
        engine.search(5)
    with pytest.raises(ParameterError, match="'prefix' parameter"):
        engine.suggest(None)


@pytest.mark.parametrize(
    "filters",
    [
        {"price": (10, 5)},
        {"brand": []},
        {"price": (10**30, None)},
        {"price": (None, -(10**30))},
        {"category": " > "},
        {"category": ""},
        {"attributes.nowhere": "x"},
    ],
)
def test_contradictory_filters_find_nothing(engine, filters):
    found = engine.search("", filters=filters, facets=["brand"])
    assert (found.total, found.hits) == (0, [])


@pytest.mark.parametrize(
    ("products", "error", "words"),
    [
        ([{"product_id": "1"}], SchemaError, "title"),
        ([{"title": "x"}], SchemaError, "product_id"),
        ([{"product_id": "1", "title": None}], SchemaError, "row 0"),
        ([{"product_id": "1", "title": "x", "price": -1.0}], SchemaError, "price"),
        ([{"product_id": "1", "title": "x"}] * 2, InputError, "more than once"),
        (5, InputError, "frame"),
        ([{"product_id": "1", "title": "x", "price": "cheap"}], SchemaError, "price"),
    ],
)
def test_bad_products_change_nothing(engine, products, error, words):
    before = len(engine)
    for call in (SearchEngine.build, engine.upsert):
        with pytest.raises(error, match=words):
            call(products)
    assert len(engine) == before


def test_other_limits(engine, tmp_path):
    with pytest.raises(ParameterError, match="popularity_weight"):
        SearchEngine.build(PRODUCTS, popularity_weight=-1)
    with pytest.raises(ParameterError, match="'title' parameter of Weights"):
        Weights(title=1.5)
    with pytest.raises(ParameterError, match="'ids'"):
        engine.delete([3])
    with pytest.raises(SchemaError, match="popularity"):
        SearchEngine.build(PRODUCTS, popularity={"product_id": ["s1"]})
    (tmp_path / "there").write_text("x")
    with pytest.raises(ParameterError, match="empty folder"):
        engine.save(tmp_path)


def test_strange_values_survive(engine):
    strange = "x" * 70_000 + "\x00\n\"'\\ 😀"
    odd = {
        "product_id": "odd\x00 id/😀",
        "title": strange,
        "brand": strange,
        "category": " > > A\x00 >",
        "attributes": {"": "e", "a.b": "1", "a\\.b": "2", "ä ö": "2024-05-05", "_": "true"},
        "price": 10**13,
    }
    with SearchEngine.build([odd]) as made:
        for name, value in odd["attributes"].items():
            if name:
                found = made.search("", filters={f"attributes.{name}": value})
                assert found.total == 1, name
                assert f"{name} is {value}" in found.hits[0].reasons
        assert made.search("", filters={"brand": strange, "category": "A\x00"}).total == 1
        assert made.product(odd["product_id"])["title"] == strange
        assert made.delete([odd["product_id"]]) == 1
        assert made.search("").total == 0


def test_what_is_of_no_kind_that_an_engine_takes_is_refused_by_name():
    one = [{"product_id": "1", "title": "Lamp"}]
    for name, wrong in (("weights", "title=3"), ("intent", 5), ("ranker", {})):
        with pytest.raises(ParameterError, match=f"'{name}'"):
            SearchEngine.build(one, **{name: wrong})
    for relevance in (float("nan"), float("inf"), "much"):
        judged = [{"query": "lamp", "product_id": "1", "relevance": relevance}]
        with pytest.raises(InputError, match="relevance"):
            SearchEngine.build(one, judgments=judged)
    with SearchEngine.build(one) as engine:
        for wrong in (None, 5, [["1"]], [1]):
            with pytest.raises(ParameterError, match="'ids'"):
                engine.delete(wrong)
        for ask in (engine.search, engine.suggest):
            for wrong in (None, {}):
                with pytest.raises(ParameterError, match="'rules'"):
                    ask("lamp", rules=wrong)
        assert engine.delete(["1", "1", "nope"]) == 1


def test_a_closed_engine_says_so():
    engine = SearchEngine.build([{"product_id": "1", "title": "Lamp"}])
    engine.close()
    engine.close()
    for ask in (
        lambda: engine.search("lamp"),
        lambda: engine.suggest("l"),
        lambda: engine.upsert([{"product_id": "2", "title": "Sofa"}]),
        lambda: engine.delete(["1"]),
        lambda: engine.product("1"),
        lambda: len(engine),
    ):
        with pytest.raises(InputError, match="This search engine is closed"):
            ask()
