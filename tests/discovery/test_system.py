"""`related` as a system: what wins, what is judged, what it may not see, what it hands on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chowk
from chowk.discovery.baskets import Baskets, held_out
from chowk.discovery.expressions import basket_lines
from chowk.discovery.pairs import Counting, count_pairs
from chowk.discovery.system import _HELD, RIVALS, RelatedSystem
from chowk.errors import ArtifactError, NotFittedError
from chowk.learn.splits import halves, last_days
from chowk.store.store import Store

START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 120
Rows = list[dict[str, Any]]


def groups_of_four(seed: int = 0, baskets: int = 900) -> Rows:
    """Forty products in groups of four: a basket holds two to four of one group, and one bag.

    What goes with a product is known: the rest of its group. The bag is in half of all baskets,
    so it is popular and goes with nothing in particular.
    """
    rng = random.Random(seed)
    rows: Rows = []
    for basket in range(baskets):
        group = rng.randrange(10)
        products = [f"g{group}-{one}" for one in rng.sample(range(4), rng.randint(2, 4))]
        if rng.random() < 0.5:
            products.append("bag")
        moment = START + timedelta(days=DAYS * basket / baskets)
        rows += [
            {"event_id": f"{basket}-{product}", "ts": moment, "session_id": f"b{basket}",
             "kind": "purchase", "product_id": product}
            for product in products
        ]  # fmt: skip
    return rows


@contextmanager
def a_store(path: Path, events: Rows, products: list[str] | None = None) -> Iterator[Store]:
    with chowk.create(path, {"build.holdout_days": 28}) as store:
        if events:
            store.write("events", events)
        if products:
            store.write("products", [{"product_id": one, "title": one} for one in products])
        yield store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with a_store(tmp_path_factory.mktemp("related") / "shop", groups_of_four()) as shop:
        yield shop


@pytest.fixture(scope="module")
def fitted(store: Store) -> RelatedSystem:
    return RelatedSystem().fit(store.before(last_days(store, 28)), seed=0)


def test_it_finds_the_groups(fitted: RelatedSystem) -> None:
    for group in range(10):
        products = {f"g{group}-{one}" for one in range(4)}
        for product in products:
            best = [found for found, _ in fitted.recommend(product, 3)[0]]
            assert set(best) == products - {product}
    found = [one for one, _ in fitted.for_basket(["g3-0", "g3-1", "bag"], 10)]
    assert set(found[:2]) == {"g3-2", "g3-3"}


def test_the_contest_is_held_inside_the_fit_data(fitted: RelatedSystem) -> None:
    assert set(fitted.contest_) == set(RIVALS)
    assert fitted.winner_ == max(fitted.contest_, key=lambda rival: fitted.contest_[rival])


def test_a_contest_that_a_build_has_judged_is_not_held_again(store: Store) -> None:
    """The serving model's contest is the judgement of the held-out days, figure by figure."""
    cut = last_days(store, 28)
    _HELD.clear()
    alone = {seed: RelatedSystem().fit(store, seed=seed).contest_ for seed in (0, 1)}
    assert not _HELD and alone[0] != alone[1]
    RelatedSystem().fit(store.before(cut), seed=0).evaluate(store.since(cut))
    (place,) = _HELD
    assert RelatedSystem().fit(store, seed=0).contest_ == alone[0]
    # It was taken from there, and of nothing else: another seed is another contest.
    _HELD[place] = dict.fromkeys(RIVALS, 0.5)
    assert RelatedSystem().fit(store, seed=0).contest_ == dict.fromkeys(RIVALS, 0.5)
    assert RelatedSystem().fit(store, seed=1).contest_ == alone[1]
    assert RelatedSystem(limit=5).fit(store, seed=0).contest_ != dict.fromkeys(RIVALS, 0.5)
    _HELD.clear()


def test_the_contest_trains_before_its_own_cut_only(tmp_path: Path) -> None:
    """In the last four weeks everybody changes group: what was learned before finds nothing."""
    events = groups_of_four()
    for row in events:
        late = row["ts"] >= START + timedelta(days=DAYS - 29)
        if late and row["product_id"] != "bag":
            group, _, one = row["product_id"].partition("-")
            # The same products, in groups that nobody bought before.
            row["product_id"] = f"g{(int(group[1:]) + 3 * int(one)) % 10}-{one}"
    pairs_only = [rival for rival in RIVALS if "shrunk" not in rival]
    with a_store(tmp_path / "shop", events) as store:
        system = RelatedSystem(rivals=pairs_only).fit(store, seed=0)
    assert set(system.contest_) == set(pairs_only)
    # The bag is in half of the baskets; it is all that can be found.
    assert all(figure < 0.3 for figure in system.contest_.values())
    # The model that is kept has learned the new groups.
    assert "g3-1" in [one for one, _ in system.recommend("g0-0", 10)[0]]


def test_a_refund_after_the_contest_s_cut_takes_no_line_before_it(tmp_path: Path) -> None:
    events = [{**row, "order_id": row["session_id"]} for row in groups_of_four()]
    early = [row for row in events if row["ts"] < START + timedelta(days=DAYS - 40)]
    refunds = [
        {**row, "event_id": f"back-{row['event_id']}", "kind": "refund", "ts": events[-1]["ts"]}
        for row in early
        if row["product_id"].endswith(("-0", "-1"))
    ]
    with a_store(tmp_path / "kept", events) as store:
        kept = RelatedSystem().fit(store, seed=0)
    with a_store(tmp_path / "returned", events + refunds) as store:
        returned = RelatedSystem().fit(store, seed=0)
    assert kept.contest_ == returned.contest_
    # The refunds do count in the model that is kept: it may know of them.
    assert sum(returned.model_.counts) == sum(kept.model_.counts) - len(refunds)


def lonely_baskets() -> Rows:
    """Baskets of two of a hundred products by chance, and of the three that everybody buys."""
    rng = random.Random(5)
    rows: Rows = []
    for basket in range(600):
        products = {f"p{rng.randrange(100):02}" for _ in range(2)}
        products |= {one for one in ("bread", "milk", "rice") if rng.random() < 0.3}
        rows += [
            {"event_id": f"{basket}-{product}", "ts": START + timedelta(days=DAYS * basket / 600),
             "session_id": f"b{basket}", "kind": "purchase", "product_id": product}
            for product in products
        ]  # fmt: skip
    return rows


def test_where_nothing_goes_together_it_shrinks_to_popularity(tmp_path: Path) -> None:
    with a_store(tmp_path / "shop", lonely_baskets()) as store:
        cut = last_days(store, 28)
        system = RelatedSystem().fit(store.before(cut), seed=0)
        card = system.evaluate(store.since(cut))
        pairs = RelatedSystem(rivals=["cosine"]).fit(store.before(cut), seed=0)
        other = pairs.evaluate(store.since(cut))
    assert system.winner_.startswith("shrunk")
    assert card.value is not None and card.baseline is not None and other.value is not None
    assert card.value > card.baseline - 0.02 > other.value
    system.save(tmp_path)
    opened = RelatedSystem.load(tmp_path)
    assert opened.for_basket(["p00", "never"], 30) == system.for_basket(["p00", "never"], 30)
    never = next(one for one, _ in opened.recommend("never", 1)[0])
    assert opened.explain("never", never)[0].startswith("popular: in ")


def test_related_pairs_holds_pairs_only_best_first(tmp_path: Path) -> None:
    with a_store(tmp_path / "shop", lonely_baskets()) as store:
        system = RelatedSystem(rivals=["shrunk 50"]).fit(store, seed=0)
    rows = system.tables()["related_pairs"].to_pylist()
    assert rows and all(row["baskets"] > 0 for row in rows)
    for source in ("p00", "bread"):
        told = [(row["target"], row["score"]) for row in rows if row["source"] == source]
        assert [score for _, score in told] == sorted((x for _, x in told), reverse=True)
        answer = dict(system.recommend(source, 1000)[0])
        assert {
            one: pytest.approx(score, abs=2e-6) for one, score in told
        }.items() <= answer.items()


@pytest.mark.parametrize("rival", RIVALS)
def test_each_rival_is_far_better_than_popularity(store: Store, rival: str) -> None:
    cut = last_days(store, 28)
    alone = RelatedSystem(rivals=[rival]).fit(store.before(cut), seed=0)
    assert alone.winner_ == rival and alone.contest_ == {}
    card = alone.evaluate(store.since(cut))
    assert card.value is not None and card.baseline is not None
    assert card.value > 0.9 > 0.4 > card.baseline


def test_the_scorecard_is_what_a_loop_finds(store: Store, fitted: RelatedSystem) -> None:
    cut = last_days(store, 28)
    card = fitted.evaluate(store.since(cut))
    baskets: dict[str, list[str]] = {}
    for row in store.arrow(store.since(cut)["events"]).to_pylist():
        baskets.setdefault(row["session_id"], []).append(row["product_id"])
    counts: dict[str, int] = {}
    for row in store.arrow(store.before(cut)["events"]).to_pylist():
        counts[row["product_id"]] = counts.get(row["product_id"], 0) + 1
    popular = sorted(counts, key=lambda one: (-counts[one], one))
    ours, theirs = [], []
    for basket, products in baskets.items():
        marks = halves([basket] * len(products), products, seed=0)
        given = [one for one, mark in zip(products, marks, strict=True) if mark]
        hidden = [one for one, mark in zip(products, marks, strict=True) if not mark]
        whole = min(10, len(hidden))
        found = [one for one, _ in fitted.for_basket(given, 10)]
        ours.append(len(set(found) & set(hidden)) / whole)
        top = [one for one in popular if one not in given][:10]
        theirs.append(len(set(top) & set(hidden)) / whole)
    assert card.rows == len(baskets)
    assert card.value == pytest.approx(np.mean(ours))
    assert card.baseline == pytest.approx(np.mean(theirs))
    assert card.low is not None and card.high is not None
    assert card.low < card.value - card.baseline < card.high
    cases = {measure.case: measure.value for measure in card.measures}
    assert cases[fitted.winner_] == card.value
    assert set(cases) == {*RIVALS, *(f"{rival}, validation" for rival in RIVALS)}


def test_what_comes_after_the_cut_is_not_seen(
    store: Store, fitted: RelatedSystem, tmp_path: Path
) -> None:
    cut = last_days(store, 28)
    poisoned = groups_of_four()
    for row in poisoned:
        if row["ts"] >= cut:
            row["product_id"] = "poison"
    with a_store(tmp_path / "poisoned", poisoned) as other:
        again = RelatedSystem().fit(other.before(cut), seed=0)
        assert again.contest_ == fitted.contest_
        assert again.tables()["related_pairs"] == fitted.tables()["related_pairs"]


def test_the_order_of_rows_does_not_count(
    store: Store, fitted: RelatedSystem, tmp_path: Path
) -> None:
    shuffled = groups_of_four()
    random.Random(9).shuffle(shuffled)
    with a_store(tmp_path / "shuffled", shuffled) as other:
        again = RelatedSystem().fit(other.before(last_days(store, 28)), seed=0)
        assert again.winner_ == fitted.winner_
        assert again.tables()["related_pairs"] == fitted.tables()["related_pairs"]


def test_a_saved_model_answers_the_same(fitted: RelatedSystem, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    opened = RelatedSystem.load(tmp_path)
    assert opened.recommend(["g1-0", "no"], 4) == fitted.recommend(["g1-0", "no"], 4)
    assert (opened.winner_, opened.contest_) == (fitted.winner_, fitted.contest_)
    assert opened.explain("g1-0", "g1-1") == fitted.explain("g1-0", "g1-1")
    (tmp_path / "related.json").write_bytes(b"{}")
    with pytest.raises(ArtifactError, match="related model"):
        RelatedSystem.load(tmp_path)


def test_the_derived_table_is_true_and_can_be_written(
    store: Store, fitted: RelatedSystem, tmp_path: Path
) -> None:
    pairs = fitted.tables()["related_pairs"]
    baskets: dict[str, set[str]] = {}
    for row in store.arrow(store.before(last_days(store, 28))["events"]).to_pylist():
        baskets.setdefault(row["session_id"], set()).add(row["product_id"])
    for row in pairs.to_pylist():
        s, t = row["source"], row["target"]
        both = sum({s, t} <= basket for basket in baskets.values())
        of_s = sum(s in basket for basket in baskets.values())
        of_t = sum(t in basket for basket in baskets.values())
        assert row["baskets"] == both > 0
        assert row["confidence"] == pytest.approx(both / of_s)
        assert row["lift"] == pytest.approx(both * len(baskets) / (of_s * of_t))
        assert f"in {both} of {of_s} orders with {s}" in fitted.explain(s, t)[0]
    with a_store(tmp_path / "copy", []) as copy:
        assert copy.write("related_pairs", pairs) == pairs.num_rows > 0


def test_only_the_catalogue_s_products_are_recommended(tmp_path: Path) -> None:
    kept = [f"g{group}-{one}" for group in range(10) for one in range(3)]
    with a_store(tmp_path / "shop", groups_of_four(), kept) as store:
        system = RelatedSystem().fit(store, seed=0)
    assert set(system.model_.ids) == set(kept)


def test_fees_are_no_products(tmp_path: Path) -> None:
    events = groups_of_four()
    for row in events:
        row["fee"] = row["product_id"] == "bag"
    with a_store(tmp_path / "shop", events) as store:
        assert "bag" not in RelatedSystem().fit(store, seed=0).model_


def test_new_pairs_weigh_more_than_old_ones(tmp_path: Path) -> None:
    """Candles went with matches in spring and go with lighters now, in as many baskets."""
    rows: Rows = []
    for basket in range(200):
        partner = "matches" if basket < 100 else "lighter"
        rows += [
            {"event_id": f"{basket}{one}", "session_id": f"b{basket}", "kind": "purchase",
             "product_id": one, "ts": START + timedelta(days=2 * basket)}
            for one in ("candle", partner)
        ]  # fmt: skip
    with a_store(tmp_path / "shop", rows) as store:
        system = RelatedSystem(rivals=["weighted"]).fit(store, seed=0)
        even = RelatedSystem(rivals=["cosine"]).fit(store, seed=0)
    assert [one for one, _ in system.recommend("candle")[0]] == ["lighter", "matches"]
    (_, first), (_, second) = even.recommend("candle")[0]
    assert first == second


def test_too_little_to_judge_on_takes_the_default(tmp_path: Path) -> None:
    with a_store(tmp_path / "shop", groups_of_four(baskets=20)) as store:
        system = RelatedSystem().fit(store, seed=0)
    assert (system.winner_, system.contest_) == ("shrunk 50", {})


def test_no_baskets_to_judge_is_said(tmp_path: Path, fitted: RelatedSystem) -> None:
    single = {"event_id": "1", "ts": START, "session_id": "s", "kind": "purchase"}
    with a_store(tmp_path / "shop", [{**single, "product_id": "g1-0"}]) as store:
        card = fitted.evaluate(store)
    assert card.value is None and "no basket of two products" in card.why


def test_one_product_alone_is_a_model_without_pairs(tmp_path: Path) -> None:
    single = {"event_id": "1", "ts": START, "session_id": "s", "kind": "purchase"}
    with a_store(tmp_path / "shop", [{**single, "product_id": "only"}]) as store:
        system = RelatedSystem().fit(store, seed=0)
        assert system.recommend("only") == [[]]
        assert system.tables()["related_pairs"].num_rows == 0
        assert system.explain("new", "only") == ["popular: in 1 of 1 orders"]


def test_what_is_lacking_is_named(tmp_path: Path) -> None:
    with a_store(tmp_path / "shop", []) as store:
        assert RelatedSystem.lacks(store) == "events: 0 rows"
        view = {"event_id": "1", "ts": START, "session_id": "s", "kind": "view_item"}
        store.write("events", [{**view, "product_id": "p"}])
        assert RelatedSystem.lacks(store) == "events: no purchases"
        system = RelatedSystem().fit(store, seed=0)
        assert system.recommend("p", fallback=True) == [[]]


def test_an_answer_needs_a_fit() -> None:
    with pytest.raises(NotFittedError, match="RelatedSystem is not fitted yet"):
        RelatedSystem().recommend("p")


def test_rare_pairs_are_dropped_when_there_are_too_many(store: Store) -> None:
    lines = basket_lines(store["events"])
    whole = count_pairs(store.engine, lines, Counting())
    fewer = count_pairs(store.engine, lines, Counting(most_pairs=70))
    assert len(fewer.source) <= 140 < len(whole.source)
    least = fewer.baskets.min()
    assert (whole.baskets >= least).sum() == len(fewer.source)
    # The closed form still sees every pair: its matrix may not have holes.
    assert (fewer.gram != whole.gram).nnz == 0


def test_the_closed_form_is_for_the_heaviest_products(store: Store) -> None:
    lines = basket_lines(store["events"])
    pairs = count_pairs(store.engine, lines, Counting(dense_items=5))
    dense = {pairs.ids[code] for code in np.flatnonzero(pairs.gram.diagonal())}
    assert len(dense) == 5 and "bag" in dense
    scores = pairs.scores("ease 1")
    scored = {pairs.ids[code] for code in pairs.source[scores != 0]}
    assert scored and scored <= dense


def test_at_most_so_many_baskets_are_judged(store: Store) -> None:
    lines = basket_lines(store["events"])
    few = held_out(store.engine, lines, seed=1, most=50)
    assert len(few) == 50 < len(held_out(store.engine, lines, seed=1))
    assert (few.sizes > 0).all()


def test_baskets_of_one_are_not_judged() -> None:
    judged = Baskets(["one", "two", "two", "three"] + ["four"] * 3, list("aabacde"))
    assert len(judged) == 2
    assert sorted(judged.sizes.tolist()) == [1, 2]


def test_a_basket_of_new_products_only_is_judged_by_what_is_popular(tmp_path: Path) -> None:
    with a_store(tmp_path / "shop", lonely_baskets()) as store:
        shrunk = RelatedSystem(rivals=["shrunk 50"]).fit(store, seed=0).model_
        cosine = RelatedSystem(rivals=["cosine"]).fit(store, seed=0).model_
    names = [f"b{basket}" for basket in range(20)]
    judged = Baskets(names * 2, [f"new{n}" for n in range(20)] + ["bread"] * 20)
    new_given = judged.given & (judged.products != "bread")
    assert 0 < new_given.sum() < 20
    assert judged.recall(shrunk).sum() == new_given.sum() == judged.popularity(shrunk).sum()
    assert judged.recall(cosine).sum() == 0
