"""`search` as a system: judged on held-out rows only, saved and opened, honest without a log."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

import chowk
from chowk.errors import NotFittedError, SettingsError
from chowk.search.baseline import TitleBM25
from chowk.search.judging import found_again, judge, known_items, weighed
from chowk.search.schema import Weights
from chowk.search.system import BASELINE, PROXY, SearchSystem
from search.shop import OFFERS, PRODUCTS

START = datetime(2024, 1, 1, tzinfo=UTC)
CUT = START + timedelta(days=60)


def row(number, kind, day, session, **more):
    return {
        "event_id": f"e{number:05}",
        "ts": START + timedelta(days=day),
        "session_id": session,
        "kind": kind,
        **more,
    }


def log():
    """Shoppers who say "red" want the saree, of which the title alone does not tell: k1's title
    is shorter, but s1 is what sells."""
    rows = []
    for n in range(40):
        day = n * 2
        rows.append(row(3 * n, "search", day, f"s{n}", query="red", query_id=f"q{n}"))
        rows.append(row(3 * n + 1, "select_item", day, f"s{n}", query_id=f"q{n}", product_id="s1"))
        rows.append(row(3 * n + 2, "purchase", day + 0.01, f"s{n}", product_id="s1"))
    return rows


@pytest.fixture
def store(tmp_path):
    made = chowk.create(tmp_path / "shop")
    made.write("products", PRODUCTS)
    yield made
    made.close()


def test_the_build_applies_the_weights_that_are_set(store, monkeypatch):
    store.close()
    monkeypatch.setenv("CHOWK_SEARCH_WEIGHTS", "title=3, description=0")
    with chowk.open(store.path) as opened:
        system = SearchSystem().fit(opened, seed=0)
        assert system.engine_.weights == Weights(description=0)
        system.close()
    monkeypatch.setenv("CHOWK_SEARCH_WEIGHTS", "learned")
    with chowk.open(store.path) as opened:
        system = SearchSystem().fit(opened, seed=0)
        assert system.engine_.weights == Weights()  # a log that says nothing changes nothing
        system.close()
    for wrong in ("title=11", "colour=2", "title"):
        monkeypatch.setenv("CHOWK_SEARCH_WEIGHTS", wrong)
        with pytest.raises(SettingsError, match="a whole number in"):
            chowk.open(store.path)


def test_it_is_judged_on_what_came_after_the_cut(store):
    store.write("events", log())
    system = SearchSystem().fit(store.before(CUT), seed=3)
    card = system.evaluate(store.since(CUT))
    assert (card.metric, card.baseline_name) == ("ndcg@10", BASELINE)
    assert card.rows == 10  # searches on day 60 and later
    assert card.value == pytest.approx(1.0)  # s1 first, by its sales
    assert card.baseline == pytest.approx(0.6309, abs=1e-4)  # k1 first, its title is shorter
    assert card.low == pytest.approx(0.3691, abs=1e-4)
    assert {m.metric for m in card.measures} == {"success@10", "mrr@10"}
    assert sum(PROXY in m.case for m in card.measures) == 2
    hit = system.engine_.search("red").hits[0]
    assert hit.reasons[-1] == "bought 30 times in the 90 days to 2024-02-28"
    system.close()


def test_held_out_rows_do_not_reach_the_model(store, tmp_path):
    honest, poisoned = log(), log()
    for event in poisoned:
        if event["ts"] >= CUT:
            event["product_id"] = "k1" if event["kind"] != "search" else None
            event["query"] = "poison" if event["kind"] == "search" else None
    models = []
    for number, rows in enumerate((honest, poisoned)):
        store.write("events", rows, "replace")
        system = SearchSystem().fit(store.before(CUT), seed=0)
        found = [system.engine_.search(q, explain=True).hits for q in ("red", "", "saree")]
        models.append((found, system.engine_.suggest("po"), system.engine_.suggest("re")))
        system.save(tmp_path / str(number))
        system.close()
    assert models[0] == models[1]
    assert (tmp_path / "0/search.json").read_bytes() == (tmp_path / "1/search.json").read_bytes()


def test_without_searches_it_says_why_and_offers_the_proxy(store):
    system = SearchSystem().fit(store, seed=0)
    card = system.evaluate(store)
    assert card.value is None
    assert "no search" in card.why
    assert [m.case for m in card.measures] == [f"{PROXY}, search", f"{PROXY}, {BASELINE}"]
    assert all(m.value is not None and m.value > 0.5 for m in card.measures)
    system.close()


def test_saved_and_loaded_it_answers_the_same(store, tmp_path):
    store.write("events", log())
    store.write("offers", OFFERS)
    system = SearchSystem().fit(store, seed=0)
    system.save(tmp_path / "model")
    loaded = SearchSystem.load(tmp_path / "model")
    for query in ("red", "", "sar", "silk"):
        ours, theirs = (
            s.engine_.search(query, facets=["brand", "price"], region="IN/KA", explain=True)
            for s in (system, loaded)
        )
        assert (ours.hits, ours.total, ours.facets) == (theirs.hits, theirs.total, theirs.facets)
    assert loaded.engine_.search("silk", region="IN/KA").hits[0].offer["offer_id"] == "o3"
    system.close()
    loaded.close()


def test_it_says_what_it_lacks(tmp_path):
    with chowk.create(tmp_path / "bare") as bare:
        assert SearchSystem.lacks(bare) == "products: 0 rows"
    with pytest.raises(NotFittedError):
        SearchSystem().save(tmp_path)


def test_judging_counts_by_hand():
    import pyarrow as pa

    chosen = pa.table(
        {
            "search": ["e1", "e1", "e2", "e3"],
            "query": ["a", "a", "b", "c"],
            "product_id": ["p1", "p2", "p3", "gone"],
        }
    )
    answers = {"a": ["p2", "x", "p1"], "b": ["y", "p3"]}
    found = judge(
        chosen, {"p1", "p2", "p3"}, lambda q, k: answers[q], lambda q, k: ["p3", "p1", "p2"]
    )
    ideal = 1 + 1 / 1.5849625
    assert found.ndcg[0].tolist() == pytest.approx([(1 + 0.5) / ideal, 1 / 1.5849625])
    assert found.ndcg[1].tolist() == pytest.approx([(1 / 1.5849625 + 0.5) / ideal, 1.0])
    assert found.found[0].tolist() == [1.0, 1.0]
    assert judge(chosen.slice(3), {"p1"}, lambda q, k: [], lambda q, k: []) is None


def test_known_items_are_drawn_from_their_titles():
    ids, titles = ["a", "b", "c"], ["Red silk saree", "Red silk saree", "x"]
    queries = known_items(ids, titles, seed=0)
    assert [relevant for _, relevant in queries] == [{"a", "b"}, {"a", "b"}]
    assert all(sorted(q.split()) == ["red", "saree", "silk"] for q, _ in queries)
    assert known_items(ids, titles, seed=0) == queries
    assert found_again(lambda q, k: ["c", "b", "a"], queries) == 0.5


def test_the_rival_is_plain_bm25():
    rival = TitleBM25(["a", "b", "c"], ["red red lamp", "red lamp", "kettle"])
    assert rival.search("RED", k=5) == ["a", "b"]
    assert rival.search("reds", k=5) == []
    assert rival.search("", k=5) == []


def test_a_click_far_down_counts_for_those_that_nobody_looked_down_to():
    places = pa.table(
        {"search": ["a", "a", "b"], "product_id": ["top", "low", "low"], "position": [1, 2, 9]}
    )
    queries = pa.table(
        {"search": ["a", "b"], "query": ["lamp", "sofa"], "product_id": ["top", "low"]}
    )
    theta = np.array([1.0, 0.5])

    def first_top(query, k):
        return ["top", "low"]

    def first_low(query, k):
        return ["low", "top"]

    mine, other = weighed(places, theta, queries, {"top", "low"}, (first_top, first_low))
    second = 1 / np.log2(3)
    # in "a" the click at place 2 counts 2, the one at the top 1; in "b" only one was chosen
    assert mine == pytest.approx([(1 + 2 * second) / (2 + second), second])
    assert other == pytest.approx([1.0, 1.0])
