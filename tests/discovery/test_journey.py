"""`Journey`: what comes next by construction, the many forms of a history, true reasons."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from chowk.discovery import Journey
from chowk.discovery.identity import Places
from chowk.discovery.journey_learning import to_the_newest
from chowk.discovery.sequences import Event, History, events_of, placed, seconds
from chowk.discovery.steps import COLUMNS, count_steps
from chowk.discovery.walking import LIGHT, NAMES, Walk, candidates, weights
from chowk.errors import ArtifactError, InputError, NotFittedError, ParameterError

START = datetime(2024, 3, 1, tzinfo=UTC)


def cycles(customers=500, groups=8, size=10, seed=0):
    """Each customer walks round one circle of products, with a jump now and then."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(customers):
        group, at = rng.integers(groups), rng.integers(size)
        steps = []
        for _ in range(rng.integers(3, 9)):
            steps.append(f"c{group}-{at % size}")
            at += 1 if rng.random() < 0.8 else rng.integers(2, size)
        made.append(steps)
    return made


@pytest.fixture(scope="module")
def walked():
    return Journey("learned").fit(cycles())


@pytest.mark.parametrize("method", ["light", "learned"])
def test_the_next_on_the_circle_comes_first(method, walked):
    model = walked if method == "learned" else Journey(method).fit(cycles())
    assert model.method_ == method
    right = [
        model.next([f"c{g}-{i}", f"c{g}-{i + 1}"], 1)[0][0] == f"c{g}-{i + 2}"
        for g in range(8)
        for i in range(8)
    ]
    assert np.mean(right) > 0.9


def test_the_contest_keeps_the_better_one():
    model = Journey().fit(cycles())
    assert set(model.contest_) == {"light", "learned"}
    best = max(model.contest_, key=lambda name: model.contest_[name])
    assert model.method_ == best or model.contest_["light"] == model.contest_["learned"]


def test_an_event_changes_the_next_answer_at_once(walked):
    assert walked.next(["c1-1"], 1) != walked.next(["c1-1", "c5-4"], 1)
    assert walked.next(["c1-1", "c5-4"], 1)[0][0] == "c5-5"


def test_the_history_is_left_out_unless_repeats_are_asked_for(walked):
    history = ["c2-0", "c2-1", "c2-2"]
    assert not set(history) & {one for one, _ in walked.next(history, 80)}
    assert set(history) & {one for one, _ in walked.next(history, 80, repeats=True)}
    assert "c2-3" not in [one for one, _ in walked.next(history, 80, exclude=["c2-3", "zz"])]


def test_serendipity_brings_what_is_unlike_the_history_and_not_popular(walked):
    history = ["c2-0", "c2-1"]
    plain, surprising = (walked.next(history, 79, serendipity=amount) for amount in (0, 1))
    assert {one for one, _ in plain} == {one for one, _ in surprising}
    met = placed(events_of(history, "test"), walked._places)

    def met_with(ranked):
        return walked.surprise(met, walked._places.codes(one for one, _ in ranked[:10])).mean()

    assert met_with(surprising) >= met_with(plain)
    for wrong in (-0.1, 1.5, True):
        with pytest.raises(ParameterError, match="serendipity"):
            walked.next(history, serendipity=wrong)


def test_serendipity_prefers_what_is_described_alike_and_rarely_met():
    """Fans of tea mostly take the two hits; a rare tea is described like what they took."""
    shelf = [{"product_id": p, "title": t} for p, t in
             [("hit1", "vacuum cleaner"), ("hit2", "desk lamp"), ("green", "green tea leaves"),
              ("black", "black tea leaves"), ("rare", "white tea leaves")]]  # fmt: skip
    visits = [["green", "black", "hit1", "hit2"]] * 30 + [["rare", "hit1"]] * 2
    model = Journey("light").fit(visits, shelf)
    plain = [one for one, _ in model.next(["green", "black"], 3)]
    bold = [one for one, _ in model.next(["green", "black"], 3, serendipity=1.0)]
    assert plain[-1] == "rare" and bold[0] == "rare"
    assert model.surprise_of(["green", "black"], ["rare", "unknown"])[1] == 0


def test_many_at_once_get_the_single_answers(walked):
    histories = [*cycles(customers=30, seed=8), [], ["never seen"]]
    assert walked.next_many(histories, 12) == [walked.next(one, 12) for one in histories]
    assert Journey("light").fit(cycles(40)).next_many([["c1-1"]], 3)[0]


def test_surprise_by_hand(walked):
    steps = walked._steps
    met = placed(events_of(["c1-1", "c1-4"], "test"), walked._places)
    found = np.array([3, 40])
    unit = steps.left / np.linalg.norm(steps.left, axis=1, keepdims=True)
    for value, code in zip(walked.surprise(met, found), found, strict=True):
        near = max(0.0, *(float(unit[code] @ unit[c]) for c in met.codes))
        rare = 1 - np.log1p(steps.counts[code]) / np.log1p(steps.counts.max())
        assert value == pytest.approx((1 - min(near, 1)) * rare, abs=1e-5)


def test_score_is_what_next_gives(walked):
    history = ["c2-0", "c2-1"]
    ranked = walked.next(history, 20)
    assert np.allclose(walked.score(history, [one for one, _ in ranked][:5]),
                       [score for _, score in ranked][:5])  # fmt: skip
    assert walked.score(history, ["unknown"]) == [0.0]
    scores = [score for _, score in ranked]
    assert scores == sorted(scores, reverse=True)


def test_each_reason_makes_the_score_fall_when_it_is_taken_away(walked):
    checked = 0
    for steps in cycles(customers=40, seed=5):
        for product, score in walked.next(steps, 3):
            for reason in walked.explain(steps, product):
                if reason.kind != "history":
                    continue
                checked += 1
                assert reason.product_id in steps
                rest = [one for one in steps if one != reason.product_id]
                assert walked.score(rest, [product])[0] < score
                assert reason.fall == pytest.approx(score - walked.score(rest, [product])[0])
    assert checked > 60


def test_the_forms_of_a_history_are_one(walked):
    ids = ["c3-1", "c3-2", "c3-3"]
    events = [{"product_id": one, "kind": "purchase"} for one in ids]
    timed = [{"product_id": one, "ts": START + timedelta(minutes=i)} for i, one in enumerate(ids)]
    with_search = [{"kind": "search", "product_id": None, "query": "x"}, *events,
                   {"kind": "view_item_list", "product_id": "c7-7"}]  # fmt: skip
    plain = [one for one, _ in walked.next(ids, 5)]
    for form in (tuple(ids), np.array(ids, dtype=object), pd.Series(ids), pa.array(ids), events,
                 with_search, timed, timed[::-1], pd.DataFrame(events), pa.table({"product_id": ids})):  # fmt: skip # noqa: E501
        assert [one for one, _ in walked.next(form, 5)] == plain


def test_sequences_may_be_a_frame_of_events():
    lists = cycles(customers=60)
    rows = [
        {"customer_id": f"u{u:03d}", "product_id": one, "ts": START + timedelta(hours=i)}
        for u, steps in enumerate(lists)
        for i, one in enumerate(steps)
    ]
    answers = [
        Journey().fit(form).next(["c1-1"], 6)
        for form in (lists, rows, pa.Table.from_pylist(rows), dict(enumerate(lists)),
                     [dict(row, session_id=row.pop("customer_id")) for row in map(dict, rows)])
    ]  # fmt: skip
    assert all(answer == answers[0] for answer in answers)


def test_old_events_weigh_less_where_times_are_known(walked):
    week_ago = [{"product_id": "c1-1", "ts": START - timedelta(days=300)},
                {"product_id": "c5-4", "ts": START}]  # fmt: skip
    met = [{**one, "ts": START} for one in week_ago]
    old, new = (dict(walked.next(form, 80)) for form in (week_ago, met))
    assert old["c1-2"] < new["c1-2"]


def test_guests_and_the_empty_history(walked):
    counts: dict[str, int] = {}
    for steps in cycles():
        for one in set(steps):
            counts[one] = counts.get(one, 0) + 1
    ranked = walked.next([], 5)
    assert [counts[one] for one, _ in ranked] == sorted(counts.values(), reverse=True)[:5]
    assert walked.next(["never seen"], 5) == ranked
    assert walked.explain([], ranked[0][0])[0].kind == "popular"
    assert walked.explain(["c1-1"], "never seen") == []


def test_a_history_of_a_hundred_thousand_and_more_than_there_is(walked):
    long = ["c4-1", "c4-2", "c4-3"] * 33_334
    assert walked.next(long, 1)[0][0].startswith("c4-")
    every = walked.next(["c1-1"], 10_000)
    assert len(every) == len({one for one, _ in every}) == 79


def test_small_stores():
    assert Journey().fit([]).next(["a"]) == []
    assert Journey().fit([["only"]]).next([], 3) == [("only", pytest.approx(1e-3))]
    assert Journey().fit([["only"]]).next(["only"], 3) == []


def test_new_products_are_found_by_what_they_are_like(tmp_path):
    lists = cycles(customers=80)
    names = sorted({one for steps in lists for one in steps})
    features = [{"product_id": one, "title": f"word{one.replace('-', 'x')} thing"} for one in names]
    model = Journey().fit(lists, [*features, {"product_id": "new", "title": "wordc1x2 thing"}])
    assert "new" in [one for one, _ in model.next(["c1-2"], 30)]
    model.fold_in("newer", {"title": "wordc1x5 thing"})
    assert "newer" in [one for one, _ in model.next(["c1-5"], 30)]
    assert model.next(["newer"], 1)[0][0] == "c1-5"
    with pytest.raises(InputError, match="known already"):
        model.fold_in("newer")
    model.save(tmp_path)
    opened = Journey.load(tmp_path)
    assert opened.next(["c1-5"], 30) == model.next(["c1-5"], 30)


def test_a_saved_model_answers_the_same(walked, tmp_path):
    walked.save(tmp_path)
    opened = Journey.load(tmp_path)
    for steps in cycles(customers=20, seed=3):
        assert opened.next(steps, 20) == walked.next(steps, 20)
        assert opened.explain(steps, "c1-1") == walked.explain(steps, "c1-1")
    (tmp_path / "journey.npz").unlink()
    with pytest.raises(ArtifactError, match="Fit and save"):
        Journey.load(tmp_path)


def test_wrong_calls(walked):
    with pytest.raises(NotFittedError):
        Journey().next(["a"])
    with pytest.raises(ParameterError, match="'method'"):
        Journey("magic")
    for bad in (0, -2, 1.0, True):
        with pytest.raises(ParameterError, match="'k'"):
            walked.next(["c1-1"], bad)
    for history in (None, 3.5, [None], [3.5], [{"kind": "purchase"}], [["c1-1"]]):
        with pytest.raises(ParameterError):
            walked.next(history)
    with pytest.raises(ParameterError):
        Journey().fit(None)
    with pytest.raises(InputError, match="customer_id"):
        Journey().fit([{"product_id": "a"}])
    with pytest.raises(ParameterError, match="ISO 8601"):
        walked.next([{"product_id": "c1-1", "ts": "yesterday"}])


def test_steps_and_table_agree_with_plain_loops():
    rng = np.random.default_rng(4)
    lists = [rng.integers(0, 12, rng.integers(2, 7)) for _ in range(40)]
    steps = count_steps(lists, 12, factors=2)
    has = np.array([[i in set(one) for i in range(12)] for one in lists])
    counts = has.sum(axis=0)
    assert np.array_equal(steps.counts, counts)
    following = np.zeros((12, 12))
    for one in lists:
        for a, b in pairwise(one):
            following[a, b] += 1
    dense = np.zeros((12, 12, len(COLUMNS)))
    source = np.repeat(np.arange(12), np.diff(steps.starts))
    dense[source, steps.targets] = steps.values
    expected = following / (counts[:, None] + 5.0)
    np.fill_diagonal(expected, 0)
    assert np.allclose(dense[:, :, 0], expected, atol=1e-5)

    history = History(np.array([3, 5, 3, 7]), np.array([1, 0.5, 1, 0.8], dtype=np.float32))
    walk = Walk(steps, history)
    light = walk.light()
    recent = weights(history, 0.7)
    byhand = sum(w * (dense[c] @ LIGHT) for w, c in zip(recent, history.codes, strict=True))
    assert np.allclose(light, byhand, atol=1e-5)
    found = candidates(light, np.array([3, 5, 7]), 6)
    free = np.setdiff1d(np.arange(12), [3, 5, 7])
    assert set(found) == set(free[np.argsort(-light[free])][: len(found)])
    table = dict(zip(NAMES, walk.table(found, light).T, strict=True))
    assert np.allclose(table["next_last"], dense[7, found, 0], atol=1e-6)
    assert np.allclose(table["together_most"], dense[[3, 5, 7]][:, found, 3].max(axis=0), atol=1e-6)
    assert np.allclose(table["light"], light[found])


def test_habits_are_days_with_a_product_over_all_days() -> None:
    day = 86_400.0
    told = [("tea", 0), ("tea", 60), ("jam", 0), ("tea", 9 * day), ("rice", 9 * day),
            ("jam", 12 * day), ("rice", 20 * day)]  # fmt: skip
    places = Places(["jam", "rice", "tea"], "")
    history = placed([Event(one, 1.0, when) for one, when in told], places)
    codes, times, since, moments = history.habits()
    assert codes.tolist() == [0, 1, 2] and moments == 4
    assert times.tolist() == [2, 2, 2] and since.tolist() == [1, 0, 2]
    # Without times each event is a moment; the first events are as if the others had not been.
    plain = placed([Event(one, 1.0, None) for one in "abcab"], Places("abc", ""))
    assert [part.tolist() for part in plain.habits()[:2]] == [[0, 1, 2], [2, 2, 1]]
    codes, times, since, moments = plain.until(3).habits()
    assert (times.tolist(), since.tolist(), moments) == ([1, 1, 1], [2, 1, 0], 3)
    assert plain.without(0).habits()[0].tolist() == [1, 2]


def test_where_repeats_are_allowed_a_habit_counts_and_is_a_true_reason() -> None:
    rng = random.Random(1)
    others = [[f"p{rng.randrange(30)}" for _ in range(6)] for _ in range(60)]
    model = Journey("light", repeats=True).fit(others)
    history = ["p3", "p9", "p3", "p11", "p3", "p12"]
    assert model.next(history, 1)[0][0] == "p3"
    [reason, *_] = model.explain(history, "p3")
    assert reason == "taken 3 times before" and reason.product_id == "p3"
    without = [one for one in history if one != "p3"]
    assert model.score(without, ["p3"])[0] < model.score(history, ["p3"])[0]
    assert "p3" not in [one for one, _ in Journey("light").fit(others).next(history, 30)]


def test_a_step_that_is_never_asked_for_is_not_learned_from() -> None:
    """Without repeats the last step of a history that ends in one is its last new product."""
    history = placed([Event(one, 1.0, None) for one in "abcac"], Places("abc", ""))
    assert to_the_newest(history).codes.tolist() == [0, 1, 2]
    # All steps by chance, and every last one a repeat: nothing can be found better than by chance.
    rng = random.Random(0)
    names = [f"p{n}" for n in range(60)]
    chance = []
    for _ in range(400):
        past = rng.sample(names, 6)
        chance.append([*past, rng.choice(past[:4])])
    model = Journey("learned", seed=0).fit(chance)
    assert model.contest_["learned"] < 0.25


def test_with_repeats_whole_last_days_are_learned_and_saved(tmp_path: Path) -> None:
    """Customers take their own two products in every order."""
    rng = random.Random(2)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    orders = []
    for _ in range(260):
        own = [f"p{rng.randrange(40)}" for _ in range(2)]
        orders.append(
            [
                {"product_id": one, "kind": "purchase", "ts": start + timedelta(days=7 * week)}
                for week in range(4)
                for one in [*own, f"p{rng.randrange(40)}"]
            ]
        )
    model = Journey("learned", repeats=True, most=200).fit(orders)
    assert model.method_ == "learned" and model.contest_["learned"] > 0.5
    model.save(tmp_path / "kept")
    opened = Journey.load(tmp_path / "kept")
    assert opened.next(orders[0], 5) == model.next(orders[0], 5)
    assert model.forms == ["light", "learned"]
    with pytest.raises(InputError, match="light, learned"):
        model.in_form("blend")


def test_products_that_came_later_are_kept_and_move_no_other_row(tmp_path):
    shelf = [{"product_id": f"p{n}", "title": f"kind{n // 4} thing{n}"} for n in range(20)]
    visits = [[f"p{n}", f"p{(n + 1) % 20}", f"p{(n + 2) % 20}"] for n in range(20)] * 3
    model = Journey("light").fit(visits, shelf)
    before = model._steps
    for one in ("new", "newer"):
        model.fold_in(one, {"title": "kind1"})
    steps = model._steps
    assert steps.targets is before.targets and steps.values is before.values  # nothing was copied
    whole = steps.flat()
    assert len(whole) == len(steps) == 22 and not whole.moved
    for code in range(22):
        for left, right in zip(steps.row(code), whole.row(code), strict=True):
            assert np.array_equal(left, right)
    found = [one for one, _ in model.next(["p4", "p5"], 22)]
    assert {"new", "newer"} <= set(found)
    model.save(tmp_path / "kept")
    opened = Journey.load(tmp_path / "kept")
    assert opened.next(["new", "p5"], 22) == model.next(["new", "p5"], 22)


def test_a_missing_time_is_none_and_an_endless_one_is_refused():
    model = Journey().fit([["a", "b"], ["a", "c"]])
    plain = model.next(["a", "b"])
    for gone in (None, float("nan"), pd.NaT, np.datetime64("NaT"), np.float32("nan")):
        events = [{"product_id": "a", "ts": gone}, {"product_id": "b", "ts": gone}]
        assert model.next(events) == plain
    moment = np.datetime64("2024-03-01T00:00:00")
    assert seconds(moment, "x") == seconds(START, "x") == seconds(np.int64(START.timestamp()), "x")
    for wrong in (float("inf"), "yesterday", True):
        with pytest.raises(ParameterError, match="ts"):
            model.next([{"product_id": "a", "ts": wrong}])
