"""What words stand for and what queries are for; answers are known because the log is made here."""

import itertools
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.errors import ParameterError
from chowk.search import SearchEngine
from chowk.search.intent import NOTHING, Intent, Meant
from chowk.search.kinds import expected_by_kind, kinds
from chowk.search.naming import title_terms
from chowk.search.synonyms import QueryTerm
from chowk.search.variety import ambiguous, chips, shared_out
from chowk.search.wording import LEAST_SESSIONS, chosen_for, learned_terms

COLOURS = ("red", "blue", "green")
GOODS = {"sneakers": "Shoes > Sneakers", "sandals": "Shoes > Sandals", "lamp": "Home > Lamps"}
PRODUCTS = [
    {
        "product_id": f"{colour}-{noun}-{n}",
        "title": f"Maker{n} {colour} {noun}",
        "category": category,
    }
    for noun, category in GOODS.items()
    for colour in COLOURS
    for n in range(4)
]
#: Words of the log that no title has, and what they stand for here.
PLANTED = {"laal": "red", "neela": "blue", "joote": "sneaker", "chappal": "sandal"}


def choices(rows):
    """A table of `chosen_for` from (query, product_ids)."""
    flat = [(query, product) for query, products in rows for product in products]
    return pa.table(
        {
            "query": [query for query, _ in flat],
            "product_id": [product for _, product in flat],
            "times": [10] * len(flat),
            "sessions": [10] * len(flat),
        }
    )


def of(colour=None, noun=None):
    return [
        p["product_id"]
        for p in PRODUCTS
        if (colour is None or colour in p["title"]) and (noun is None or noun in p["title"])
    ]


CHOSEN = choices(
    [
        ("laal joote", of("red", "sneakers")),
        ("neela joote", of("blue", "sneakers")),
        ("laal chappal", of("red", "sandals")),
        ("neela chappal", of("blue", "sandals")),
        ("red lamp", of("red", "lamp")),
        ("blue lamp", of("blue", "lamp")),
        ("laal lamp", of("red", "lamp")),
        ("blue sneakers", of("blue", "sneakers")),
        ("red sandals", of("red", "sandals")),
        ("shoes", [*of(noun="sneakers"), *of(noun="sandals")]),
    ]
)
CATALOGUE = pa.Table.from_pylist(PRODUCTS)


@pytest.fixture(scope="module")
def engine():
    with SearchEngine.build(PRODUCTS, chosen=CHOSEN) as made:
        yield made


def test_planted_words_are_found_and_nothing_else_is_learned_of_them():
    found = {(t.term, t.stands_for) for t in learned_terms(CHOSEN, CATALOGUE)}
    assert set(PLANTED.items()) <= found
    assert {pair for pair in found if pair[0] in PLANTED} == set(PLANTED.items())
    assert {meaning for term, meaning in found if term == "shoe"} == {"sneaker", "sandal"}
    # the catalogue's own words keep their meaning
    assert not any(term in {"red", "blue", "lamp", "sneaker"} for term, _ in found)


def test_the_words_of_few_are_not_learned():
    few = CHOSEN.set_column(
        3, "sessions", pa.array([0 if "laal" in q else 10 for q in CHOSEN["query"].to_pylist()])
    )
    assert "laal" not in {t.term for t in learned_terms(few, CATALOGUE)}
    assert LEAST_SESSIONS > 1


def test_learned_words_find_what_they_stand_for(engine):
    assert {hit.product_id for hit in engine.search("laal joote", k=4).hits} == set(
        of("red", "sneakers")
    )
    assert QueryTerm("laal", "red", 0.9) in engine.terms


def test_terms_that_are_given_take_the_place_of_learned_ones():
    with SearchEngine.build(PRODUCTS, chosen=CHOSEN, terms=[]) as plain:
        assert plain.terms == []
    given_ = [{"term": "laal", "stands_for": "green", "weight": 1.0}]
    with SearchEngine.build(PRODUCTS, chosen=CHOSEN, terms=given_) as told:
        hits = told.search("laal lamp", k=4).hits
        assert {hit.product_id for hit in hits} == set(of("green", "lamp"))


def test_an_ambiguous_query_shows_both_meanings_and_asks(engine):
    found = engine.search("shoes", k=6, explain=True)
    leaves = [hit.product["category"] for hit in found.hits]
    assert leaves.count("Shoes > Sneakers") == leaves.count("Shoes > Sandals") == 3
    assert {chip.value for chip in found.chips} == {"Shoes > Sneakers", "Shoes > Sandals"}
    assert sum(chip.share for chip in found.chips) == pytest.approx(1.0, abs=0.05)
    for hit in found.hits:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, abs=1e-6)
    narrowed = engine.search("shoes", filters={found.chips[0].name: found.chips[0].value}, k=20)
    assert {hit.product["category"] for hit in narrowed.hits} == {found.chips[0].value}


def test_a_query_of_one_meaning_is_left_alone(engine):
    for query in ("red lamp", "laal joote", "", "nothing-like-it"):
        found = engine.search(query, k=10)
        assert found.chips == ()
        plain = engine.search(query, k=10, variety=False)
        assert [h.product_id for h in found.hits] == [h.product_id for h in plain.hits]


def test_pages_of_an_ambiguous_query_join(engine):
    whole = [hit.product_id for hit in engine.search("shoes", k=24).hits]
    parts = [
        hit.product_id
        for offset in range(0, 24, 5)
        for hit in engine.search("shoes", k=5, offset=offset).hits
    ]
    assert parts[:24] == whole and len(set(whole)) == 24


def test_steps_can_be_compared(engine):
    text = engine.search("red lamp", step="text", explain=True)
    assert text.step == "text"
    for hit in text.hits:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score, abs=1e-6)
        assert "category that is meant" not in {part.name for part in hit.parts}
    with pytest.raises(ParameterError, match="one of text, popularity, learned"):
        engine.search("red", step="magic")
    with pytest.raises(ParameterError, match="variety"):
        engine.search("red", variety="yes")


def test_a_saved_engine_knows_what_it_knew(engine, tmp_path):
    with SearchEngine.build(PRODUCTS, chosen=CHOSEN) as changed:
        changed.upsert([{**PRODUCTS[0], "product_id": "new"}])
        changed.save(tmp_path / "saved")
        with SearchEngine.open(tmp_path / "saved") as opened:
            assert opened.terms == changed.terms == engine.terms
            assert opened.search("shoes").chips == changed.search("shoes").chips
            for one in (opened, changed):
                hits = one.search("shoes", k=25).hits
                assert "new" in {hit.product_id for hit in hits}
                assert len({hit.product["category"] for hit in hits[:2]}) == 2


def test_intent_is_taken_to_another_store(engine):
    with SearchEngine.build(PRODUCTS, intent=engine.intent, terms=[]) as other:
        assert other.search("shoes").chips == engine.search("shoes").chips


def test_probabilities_are_the_formula_by_hand():
    intent = Intent.learned(CATALOGUE, CHOSEN)
    names = [GOODS[noun] for noun in ("lamp", "sandals", "sneakers")]
    chosen = {"Home > Lamps": 0.0, "Shoes > Sandals": 0.0, "Shoes > Sneakers": 0.0}
    for product, times in zip(CHOSEN["product_id"].to_pylist(), [10] * len(CHOSEN), strict=True):
        chosen[next(p["category"] for p in PRODUCTS if p["product_id"] == product)] += times
    total = sum(chosen.values()) + 3
    prior = {name: (chosen[name] + 1) / total for name in names}
    # 24 products chosen after "shoe", half of them of each kind, no title says so
    votes = {name: 2 * prior[name] for name in names}
    votes["Shoes > Sandals"] += 120
    votes["Shoes > Sneakers"] += 120
    meant = intent.of(["shoe"])
    for name, p in zip(meant.categories, meant.probabilities, strict=True):
        assert p == pytest.approx(votes[name] / sum(votes.values()), abs=0.006)
    assert intent.of(["unheard-of"]) == NOTHING
    assert intent.of([]) == NOTHING


def test_entropy_is_in_bits():
    assert Meant(("a", "b"), (0.5, 0.5)).entropy == 1.0
    assert NOTHING.entropy == 0.0
    assert not ambiguous(NOTHING) and chips(NOTHING) == ()


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3)), max_size=40),
    st.lists(st.floats(0.13, 1), min_size=1, max_size=3),
)
def test_turns_only_change_places(rows, weights):
    scores = np.array([score for score, _ in rows])
    category = [number for _, number in rows]
    shares = {i: w / math.fsum(weights) for i, w in enumerate(weights)}
    turned = shared_out(scores, category, shares)
    assert sorted(turned.tolist()) == pytest.approx(sorted(scores.tolist()), abs=1e-5)
    for number in set(category):
        at = [i for i in range(len(rows)) if category[i] == number]
        if number in shares:
            # within a category nothing overtakes
            order = sorted(at, key=lambda i: (-scores[i], i))
            assert all(turned[a] >= turned[b] for a, b in itertools.pairwise(order))


def test_kinds_say_what_sells_where_a_product_is_too_rare():
    products = pa.table(
        {
            "product_id": [f"p{n}" for n in range(40)],
            "title": [f"Weave{'a' if n < 20 else 'b'} saree" for n in range(40)],
            "category": ["Sarees"] * 40,
        }
    )
    groups = kinds(products)
    assert [len(rows) for rows in groups] == [40, 20, 20]
    sold = np.zeros((2, 40))
    sold[0, :20], sold[0, 20:] = 3.0, 1.0
    sold[1, :20], sold[1, 20:] = 1.0, 3.0
    alike = np.full((2, 40), 2.0)
    found = expected_by_kind(sold, alike, groups, kappa=8.0)
    # drawn towards what the kind sold: 60 of 40 expected, and 20 of 40
    assert (found[0, :20] > 2.7).all() and (found[0, 20:] < 1.4).all()
    assert found[0, 0] == pytest.approx(found[1, 39], rel=0.05)


def test_choices_are_counted_by_query():
    import ibis

    from chowk.store.engines import DuckDB
    from chowk.store.schema import TABLES

    rows = []
    for n, (query, product) in enumerate(
        [("Red lamp ", "a"), ("red lamp", "a"), ("red lamp", "b"), ("me@home.de", "a")]
    ):
        for kind in ("search", "select_item", "view_item"):
            rows.append(
                {
                    "event_id": f"{n}{kind}",
                    "session_id": f"s{n}",
                    "kind": kind,
                    "query_id": f"q{n}",
                    "query": query,
                    "product_id": None if kind == "search" else product,
                }
            )
    schema = TABLES["events"].arrow
    events = pa.Table.from_pylist(
        [{name: row.get(name) for name in schema.names} for row in rows], schema
    )
    engine = DuckDB()
    try:
        found = engine.arrow(chosen_for(ibis.memtable(events))).to_pylist()
    finally:
        engine.close()
    assert found == [
        {"query": "red lamp", "product_id": "a", "times": 2, "sessions": 2},
        {"query": "red lamp", "product_id": "b", "times": 1, "sessions": 1},
    ]


def test_what_was_typed_again_otherwise_counts_for_what_found_nothing():
    import ibis

    from chowk.store.engines import DuckDB
    from chowk.store.schema import TABLES

    def events(session, *searches):
        for n, (minute, query, shown, product) in enumerate(searches):
            asked = f"{session}{n}"
            yield "search", session, minute, asked, query, None
            if shown:
                yield "view_item_list", session, minute, asked, None, "r"
            if product:
                yield "select_item", session, minute, asked, None, product

    rows = [
        *events("a", (0, "laal joote", False, None), (2, "red sneakers", True, "r")),
        *events("b", (0, "laal joote", False, None), (9, "red sneakers", True, "r")),  # much later
        *events("c", (0, "tent", True, None), (1, "red sneakers", True, "r")),  # was shown some
        *events("d", (0, "laal joote", False, None), (1, "laal joote", False, None)),
    ]
    schema = TABLES["events"].arrow
    names = ("kind", "session_id", "ts", "query_id", "query", "product_id")
    start = datetime(2024, 1, 1, tzinfo=UTC)
    held = []
    for i, (kind, session, minute, asked, query, product) in enumerate(rows):
        values = (kind, session, start + timedelta(minutes=minute), asked, query, product)
        held.append({"event_id": str(i), **dict(zip(names, values, strict=True))})
    whole = [{name: row.get(name) for name in schema.names} for row in held]
    engine = DuckDB()
    try:
        table = ibis.memtable(pa.Table.from_pylist(whole, schema))
        found = engine.arrow(chosen_for(table)).to_pylist()
    finally:
        engine.close()
    assert found == [
        {"query": "red sneakers", "product_id": "r", "times": 3, "sessions": 3},
        {"query": "laal joote", "product_id": "r", "times": 1, "sessions": 1},
    ]


def titled(rows, category="Toys > Vehicles"):
    return pa.table(
        {
            "product_id": [f"p{n}" for n in range(len(rows))],
            "title": rows,
            "category": [category] * len(rows),
        }
    )


MAKERS = ("Asha", "Nord", "Sol", "Lumio", "Vega")


def test_two_names_of_one_kind_meet_by_titles_alone():
    rows = [f"{maker} red toy {noun}" for noun in ("car", "automobile") for maker in MAKERS]
    with SearchEngine.build(titled(rows)) as engine:
        found = engine.search("automobile", k=20)
        assert len(found.hits) == 10
        assert all("automobile" in hit.product["title"] for hit in found.hits[:5])


def test_other_kinds_in_one_category_stay_apart():
    rows = [f"{maker} leather boots, warm" for maker in MAKERS]
    rows += [f"Beach{n} cork sandals, light" for n in range(5)]
    assert title_terms(titled(rows, "Shoes")) == []
    # what stands in one title is no other name of it
    rows = [f"{maker} phone" for maker in MAKERS] + [f"{maker} phone case" for maker in MAKERS]
    assert title_terms(titled(rows, "Phones")) == []
    # colours behind the noun are many, and cover little each
    rows = [f"{maker} kettle {colour}" for maker in MAKERS for colour in ("red", "blue", "green")]
    rows += [f"{maker} kettle {colour}" for maker in MAKERS for colour in ("grey", "gold", "pink")]
    assert title_terms(titled(rows, "Kettles")) == []
    assert title_terms(pa.table({"product_id": ["a"], "title": ["Car"]})) == []
