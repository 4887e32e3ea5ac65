"""What goes with a product in that direction, in a store: what wins, its lists, its reasons."""

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
from chowk.discovery.complements_system import (
    BOTH,
    GRAPH,
    ComplementsSystem,
    _counts,
    _graph,
    _listed,
)
from chowk.discovery.directed import Directed
from chowk.discovery.directed_forms import IN_ORDER, TOGETHER
from chowk.discovery.intents import BuyAgain
from chowk.discovery.journey_system import JourneySystem
from chowk.discovery.repurchases import UNIT, repurchase_gaps
from chowk.errors import ArtifactError
from chowk.learn.splits import last_days

START = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 100
SORTS = 40


def phones_and_cases(seed: int = 0, visits: int = 900) -> list[dict[str, Any]]:
    """A phone of forty is looked at, then its own case; both are bought in one order.

    Baskets say nothing of the direction; what goes with a case is nothing in particular.
    """
    rng = random.Random(seed)
    rows = []
    for visit in range(visits):
        one = rng.randrange(SORTS)
        moment = START + timedelta(days=DAYS * visit / visits)
        for minute, product in enumerate((f"phone{one}", f"case{one}")):
            told = {"session_id": f"v{visit}", "customer_id": f"c{visit}", "product_id": product}
            rows += [
                {**told, "event_id": f"{visit}-{product}-{kind}", "kind": kind,
                 "ts": moment + timedelta(minutes=wait)}
                for kind, wait in (("view_item", minute), ("purchase", 9))
            ]  # fmt: skip
    return rows


def catalogue() -> list[dict[str, Any]]:
    return [
        {"product_id": f"{kind}{one}", "title": f"{kind} {one}", "category": f"Shop > {kind}s"}
        for kind in ("phone", "case")
        for one in range(SORTS + 1)
    ]


@contextmanager
def a_store(path: Path, events: list[dict[str, Any]], **settings: Any) -> Iterator[Any]:
    with chowk.create(path, {"build.holdout_days": 14, **settings}) as store:
        store.write("products", catalogue())
        store.write("events", events)
        yield store


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with a_store(tmp_path_factory.mktemp("phones") / "shop", phones_and_cases()) as store:
        yield store


@pytest.fixture(scope="module")
def fitted(shop: Any) -> ComplementsSystem:
    return ComplementsSystem().fit(shop.before(last_days(shop, 14)), seed=0)


def test_a_phone_wants_its_case_and_a_case_wants_no_phone(fitted: ComplementsSystem) -> None:
    for one in range(SORTS):
        ahead, back = (
            dict(fitted.recommend([source], 30)[0]) for source in (f"phone{one}", f"case{one}")
        )
        assert max(ahead, key=lambda target: ahead[target]) == f"case{one}"
        assert ahead[f"case{one}"] > 2 * back.get(f"phone{one}", 0.0)
    best = fitted.for_basket(["phone1", "phone2"], 2)
    assert {target for target, _ in best} == {"case1", "case2"}
    assert "case1" not in dict(fitted.for_basket(["phone1"], 30, exclude={"case1"}))
    assert fitted.recommend(["never"], 3) == [[]] and fitted.for_basket([], 3) == []


def test_a_product_that_nobody_met_gets_what_is_usual_after_its_kind(
    fitted: ComplementsSystem,
) -> None:
    assert fitted.winner_ in IN_ORDER  # there is nothing to win by baskets here
    [ranked] = fitted.recommend([f"phone{SORTS}"], 5)
    assert ranked and all(target.startswith("case") for target, _ in ranked)
    assert fitted.explain(f"phone{SORTS}", ranked[0][0]) == ["after phones, cases are usual"]


def test_every_reason_is_a_part_of_the_score(fitted: ComplementsSystem) -> None:
    model = fitted.model_
    for target, score in fitted.recommend(["phone3"], 10)[0]:
        reasons = fitted.explain("phone3", target)
        assert sum(reason.fall for reason in reasons) == pytest.approx(score, abs=1e-6)
        assert all(reason.fall > 0 for reason in reasons)
    first = fitted.explain_basket(["phone3", "phone4"], "case3")
    times = int(model.times[model._at("phone3", "case3")])
    assert f"taken after phone3 {times:,} times" in first and times > 10


def test_the_contest_is_held_before_the_held_out_days(shop: Any, fitted: ComplementsSystem) -> None:
    assert set(fitted.contest_) == {*IN_ORDER, *TOGETHER, BOTH}
    assert fitted.winner_ == max(fitted.contest_, key=lambda name: fitted.contest_[name])
    card = fitted.evaluate(shop.since(last_days(shop, 14)))
    assert card.value is not None and card.baseline is not None and card.value > 0.99
    assert card.baseline_name.startswith("bought together")
    assert {measure.case for measure in card.measures} >= {fitted.winner_, BOTH}


def test_a_deep_build_lets_the_learned_graph_compete(tmp_path: Path) -> None:
    with a_store(
        tmp_path / "shop", phones_and_cases(visits=600), **{"discovery.depth": "learned"}
    ) as store:
        system = ComplementsSystem().fit(store, seed=0)
        assert GRAPH in system.contest_
        # A graph that won answers, and gives its own reasons, also when it is opened again.
        system.winner_ = GRAPH
        counts = _counts(store)
        system.graph_ = _graph(store, counts, 0)
        system.model_ = _listed(system.graph_, counts)
    (tmp_path / "kept").mkdir()
    system.save(tmp_path / "kept")
    opened = ComplementsSystem.load(tmp_path / "kept")
    assert opened.recommend(["phone1"], 3) == system.recommend(["phone1"], 3)
    assert opened.recommend(["phone1"], 1)[0][0][0] == "case1"
    assert opened.explain("phone1", "case1") == system.explain("phone1", "case1") != []


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="Run 'chowk build' again"):
        ComplementsSystem.load(tmp_path)
    with pytest.raises(ArtifactError, match="cannot be read"):
        Directed.load(tmp_path)


def test_gaps_counted_in_the_engine_are_those_of_a_loop(tmp_path: Path) -> None:
    rng = random.Random(3)
    events = [
        {"event_id": str(n), "ts": START + timedelta(hours=rng.randrange(3000)), "kind": "purchase",
         "session_id": f"s{n}", "customer_id": f"c{rng.randrange(6)}" if n % 5 else None,
         "product_id": f"p{rng.randrange(4)}"}
        for n in range(300)
    ]  # fmt: skip
    with chowk.create(tmp_path / "shop") as store:
        store.write("events", events)
        counted = store.arrow(repurchase_gaps(store["events"])).to_pylist()
        kept = store.arrow("events").to_pylist()
    found = BuyAgain.of(counted, unit=UNIT)
    known = BuyAgain().fit([row for row in kept if row["customer_id"]])
    gaps = {row["product_id"]: row["gaps"] for row in counted}
    assert sum(row["purchases"] for row in counted) >= 0.98 * len(events)
    for product in known.gaps_:
        times: dict[str, list[float]] = {}
        for row in kept:
            if row["product_id"] == product and row["customer_id"]:
                times.setdefault(row["customer_id"], []).append(row["ts"].timestamp())
        days = [np.diff(sorted(set(one))) / 86_400 for one in times.values()]
        assert gaps[product] == sum((one >= 0.5).sum() for one in days)
        log = sum(np.log(one[one >= 0.5]).sum() for one in days)
        right = np.exp((log + 3 * np.log(found.usual_)) / (gaps[product] + 3))
        assert found.gap(product) == pytest.approx(right, rel=1e-5)


def test_the_journey_of_a_store_keeps_what_wins_on_visits(shop: Any, tmp_path: Path) -> None:
    system = JourneySystem().fit(shop.before(last_days(shop, 14)), seed=0)
    assert set(system.contest_) == {"light", "learned"}
    assert system.model_.method_ == max(system.contest_, key=lambda form: system.contest_[form])
    card = system.evaluate(shop.since(last_days(shop, 14)))
    assert card.value is not None and card.value > 0.9
    (tmp_path / "kept").mkdir()
    system.save(tmp_path / "kept")
    opened = JourneySystem.load(tmp_path / "kept")
    assert opened.contest_ == system.contest_
    assert opened.again_.rates_ == system.again_.rates_
    assert opened.next(["phone2"], 3) == system.next(["phone2"], 3)


def test_a_quick_build_holds_no_long_contests(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    past = shop.before(last_days(shop, 14))
    assert ComplementsSystem.lacks(past) is None
    monkeypatch.setattr("chowk.discovery.complements_system.QUICK", 5)
    monkeypatch.setattr("chowk.discovery.journey_system.QUICK", 5)
    assert "discovery.depth" in str(ComplementsSystem.lacks(past))
    system = JourneySystem().fit(past, seed=0)
    assert (system.model_.method_, system.contest_) == ("light", {})
    assert "discovery.depth" in system.untried_["learned"]
