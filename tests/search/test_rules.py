"""Rules: what they change is known by construction, and hidden products are nowhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk.errors import ParameterError
from chowk.search import SearchEngine
from chowk.search.rules import Rule, RuleBook, effects
from search.catalogues import catalogues, filters, queries

NOW = datetime(2024, 6, 1, tzinfo=UTC)
LAMPS = [{"product_id": f"p{i}", "title": "Red lamp", "price": i + 1} for i in range(6)]
LAWFUL = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def engine():
    with SearchEngine.build(LAMPS) as made:
        yield made


def ids(engine, query="red lamp", **more):
    return [hit.product_id for hit in engine.search(query, **more).hits]


def rule(action, *product_ids, **more):
    return Rule(rule_id=more.pop("rule_id", "r"), action=action, product_ids=product_ids, **more)


def test_a_pin_stands_in_its_place_on_every_page(engine):
    held = effects([rule("pin", "p4", "p2", position=2)], "red lamp", None, NOW)
    assert ids(engine, rules=held) == ["p0", "p4", "p2", "p1", "p3", "p5"]
    said = {h.product_id: h.reasons[0] for h in engine.search("red lamp", rules=held).hits}
    placed = [one for one, reason in said.items() if reason == "placed here by a rule"]
    assert placed == ["p4", "p2"]
    pages = [ids(engine, rules=held, k=2, offset=at) for at in (0, 2, 4)]
    assert [one for page in pages for one in page] == ids(engine, rules=held)
    assert ids(engine, sort="price_asc", rules=held) == [f"p{i}" for i in range(6)]


def test_a_pin_joins_what_the_words_do_not_find_and_is_counted(engine):
    held = effects([rule("pin", "p3", query="torch")], "torch", None, NOW)
    found = engine.search("torch", rules=held, facets={"price": [3]})
    assert ([h.product_id for h in found.hits], found.total) == (["p3"], 1)
    assert found.facets["price"] == {"-3": 0, "3-": 1}
    assert ids(engine, "torch", rules=held, filters={"price": (None, 2)}) == []


def test_boosted_first_and_buried_last(engine):
    held = effects(
        [rule("boost", "p5", rule_id="a"), rule("bury", "p0", rule_id="b")], "lamp", None, NOW
    )
    found = engine.search("red lamp", rules=held, explain=True).hits
    assert [h.product_id for h in found] == ["p5", "p1", "p2", "p3", "p4", "p0"]
    for hit in found:
        assert sum(part.value for part in hit.parts) == pytest.approx(hit.score)


@pytest.mark.parametrize(
    ("query", "region", "moment", "holds"),
    [
        ("red lamp", "IN/KA/Mysuru", NOW, True),
        ("lamps RED", "IN/KA", NOW, True),
        ("red lamp big", "IN/KA", NOW, False),
        ("red lamp", "IN", NOW, False),
        ("red lamp", "IN/KAX", NOW, False),
        ("red lamp", None, NOW, False),
        ("red lamp", "IN/KA", NOW + timedelta(days=1), False),
        ("red lamp", "IN/KA", NOW - timedelta(seconds=1), False),
    ],
)
def test_when_and_where_a_rule_holds(query, region, moment, holds):
    one = rule("hide", "p1", query="red lamp", region="IN/KA", start=NOW, end=NOW + timedelta(1))
    assert bool(effects([one], query, region, moment).rule_ids) is holds


def test_hide_wins_over_pin_and_the_newer_rule_over_the_older():
    older = rule("pin", "p1", "p2", rule_id="z", changed_at=NOW)
    newer = rule("pin", "p3", rule_id="a", changed_at=NOW + timedelta(days=1))
    held = effects([newer, older, rule("hide", "p2", rule_id="h")], "x", None, NOW)
    assert held.pins == {1: "p3"}


@LAWFUL
@given(catalogues(1, 20), queries, filters, st.sets(st.integers(0, 60), max_size=5))
def test_hidden_is_never_shown_nor_counted(catalogue, query, chosen, hidden):
    gone = {f"p{n}" for n in hidden}
    rules = [rule("hide", *gone)] if gone else []
    kept = [p for p in catalogue if p["product_id"] not in gone]
    with SearchEngine.build(catalogue) as engine:
        held = effects(rules, query, None, NOW)
        found = engine.search(query, filters=chosen, facets=["brand"], k=1000, rules=held)
        whole = engine.search(query, filters=chosen, k=1000)
    shown = {h.product_id for h in found.hits}
    assert shown == {h.product_id for h in whole.hits} - gone
    assert found.total == len(shown)
    if "brand" not in chosen:
        held_brands = {p["product_id"]: p.get("brand") for p in kept}
        brands = [held_brands[one] for one in shown if held_brands[one]]
        assert found.facets["brand"] == {b: brands.count(b) for b in found.facets["brand"]}
        assert sum(found.facets["brand"].values()) == len(brands)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"action": "pin"}, "product_ids"),
        ({"action": "redirect", "query": "x", "url": "javascript:alert(1)"}, "url"),
        ({"action": "redirect", "url": "/sale"}, "query"),
        ({"action": "boost", "product_ids": ("a",), "weight": 2.0}, "weight"),
        ({"action": "pin", "product_ids": ("a",), "position": 0}, "position"),
        ({"action": "hide", "product_ids": ("a",), "start": datetime(2024, 1, 1)}, "start"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_name(fields, named):
    with pytest.raises(ParameterError, match=named):
        Rule(rule_id="r", **fields)


def test_a_book_is_seen_by_other_books(tmp_path):
    mine, other = RuleBook(tmp_path / "rules.json"), RuleBook(tmp_path / "rules.json")
    assert other.rules() == ()
    kept = mine.put(rule("hide", "p1", note="broken"), now=NOW)
    assert other.rules() == (kept,)
    mine.put(rule("hide", "p2"), now=NOW)
    assert [r.product_ids for r in other.rules()] == [("p2",)]
    assert other.remove("r") and not other.remove("r")
    assert mine.rules() == ()


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"rule_id": "a\0b"}, "rule_id"),
        ({"rule_id": " "}, "rule_id"),
        ({"query": "!!!"}, "query"),  # as if it were for every query
        ({"product_ids": ("",)}, "product_ids"),
        ({"region": "IN/"}, "region"),
        ({"action": "redirect", "query": "x", "url": "//elsewhere.example"}, "url"),
        ({"start": NOW, "end": NOW - timedelta(days=1)}, "end"),
    ],
)
def test_a_rule_that_would_surprise_is_not_kept(tmp_path, fields, named):
    book = RuleBook(tmp_path / "rules.json")
    whole = {"rule_id": "r", "action": "hide", "product_ids": ("p1",), **fields}
    with pytest.raises(ParameterError, match=named):
        book.put(Rule(**whole))
    assert book.rules() == () and not (tmp_path / "rules.json").exists()


def test_rules_that_many_put_at_once_are_all_kept(tmp_path):
    path = tmp_path / "rules.json"

    def work(n):
        RuleBook(path).put(rule("hide", f"p{n}", rule_id=f"r{n:02}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(40)))
    assert [one.rule_id for one in RuleBook(path).rules()] == [f"r{n:02}" for n in range(40)]
