"""What is worked out for the people who moderate, against answers known beforehand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.community.care import Care, care_of, rest, survey_results
from chowk.community.health import forecast, kappa, toxicity_by_hour, weeks
from chowk.community.moderators import digest, suggest_moderators, view
from chowk.community.precedents import Precedents
from chowk.community.strikes import standing
from chowk.errors import NotFittedError, ParameterError

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


# -- strikes --------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 10)), max_size=8), st.floats(0.5, 200))
def test_strikes_fade_and_never_grow(strikes, later):
    rows = [{"at": NOW - days * DAY, "weight": weight} for days, weight in strikes]
    now, then = standing(rows, NOW), standing(rows, NOW + later * DAY)
    assert then.strikes <= now.strikes + 1e-6
    by_hand = sum(weight * 0.5 ** (days / 30) for days, weight in strikes)
    assert now.strikes == pytest.approx(by_hand, abs=1e-4)
    if now.clear_at is not None:
        assert standing(rows, now.clear_at + timedelta(seconds=90)).step == "fine"


def test_strikes_of_a_clock_that_goes_back_count_as_given_now():
    assert standing([{"at": NOW + DAY}], NOW).strikes == 1.0
    with pytest.raises(ParameterError):
        standing([{"at": NOW, "weight": -1}], NOW)
    with pytest.raises(ParameterError):
        standing([], NOW, half_life_days=0)


# -- precedents -----------------------------------------------------------------------------------

ROWS = [
    {
        "item_id": "q1",
        "text": "go back to the kitchen",
        "outcome": "denied",
        "channel": "lobby",
        "norm": "kind",
        "reason": "typed by ravi",
    },
    {"item_id": "q2", "text": "the kitchen lamp is back", "outcome": "approved", "channel": "shop"},
    {"item_id": "q3", "text": "free followers at my link", "outcome": "denied", "channel": "lobby"},
]


def test_the_same_text_comes_first_and_others_only_by_consent():
    alone = Precedents().fit(ROWS)
    assert [one.item_id for one in alone.similar("Go BACK to the kitchen!", "lobby")] == ["q1"]
    assert alone.similar("go back to the kitchen", "lobby")[0].similarity == 1.0
    assert alone.similar("go back to the kitchen", "bar") == []
    shared = Precedents().fit(ROWS, shared={"lobby": True, "shop": False})
    found = shared.similar("go back to the kitchen", "bar")
    assert [(one.item_id, one.reason) for one in found] == [("q1", None)]  # not the person's words
    assert alone.similar("go back to the kitchen", "lobby")[0].reason == "typed by ravi"


def test_precedents_of_odd_texts():
    with pytest.raises(NotFittedError):
        Precedents().similar("x", "lobby")
    memory = Precedents().fit([])
    assert memory.similar("x", "lobby") == []
    memory = Precedents().fit(ROWS)
    for text in ("", "\ud800", "\u0301" * 50, "x" * 1_000_000):
        assert memory.similar(text, "lobby") == []
    with pytest.raises(ParameterError):
        memory.similar("x", "lobby", k=0)


# -- care -----------------------------------------------------------------------------------------


def test_rest_lasts_until_the_hour_is_over():
    at = [(NOW - timedelta(minutes=m), 1) for m in (50, 30, 10)]
    why, until = rest(at, NOW, Care(per_hour=3))
    assert why == "3 decisions within an hour" and until == NOW + timedelta(minutes=10)
    assert rest(at, NOW + timedelta(minutes=11), Care(per_hour=3)) is None
    assert rest([(NOW, 4)] * 2, NOW, Care(heavy_per_day=2))[0] == "2 heavy items within a day"
    assert rest([(NOW, 2)] * 50, NOW, Care(heavy_per_day=2, per_hour=0, per_day=0)) is None
    with pytest.raises(ParameterError):
        care_of({"blur_from": "all"})
    with pytest.raises(ParameterError):
        Care(blur_from=9)


@given(
    st.lists(
        st.fixed_dictionaries({"seat": st.sampled_from("abcd"), "load": st.integers(1, 5)}),
        max_size=40,
    )
)
def test_no_group_under_five_is_shown_or_can_be_worked_out(said):
    found = {one.group: one for one in survey_results(said, ["load"], groups="seat")}
    assert all(one.count >= 5 for one in found.values())
    if "everybody" not in found:
        assert len(said) < 5 and not found
        return
    shown = [one for group, one in found.items() if group != "everybody"]
    rest_ = found["everybody"].count - sum(one.count for one in shown)
    assert rest_ == 0 or rest_ >= 5
    for one in shown:
        values = [row["load"] for row in said if row["seat"] == one.group]
        assert one.mean == pytest.approx(np.mean(values), abs=1e-4)


def test_a_survey_that_would_show_less_is_refused():
    with pytest.raises(ParameterError, match="'least' parameter"):
        survey_results([], ["load"], least=4)
    assert survey_results([{"load": True}, {"load": 9}] * 9, ["load"]) == []


# -- health ---------------------------------------------------------------------------------------


def test_weeks_by_hand():
    messages = [
        {"ts": NOW, "author_id": "a"},
        {"ts": NOW + DAY, "author_id": "b", "held": True},
        {"ts": NOW + 7 * DAY, "author_id": "a"},
        {"ts": NOW + 8 * DAY, "author_id": "c"},
        {"ts": NOW + 15 * DAY, "author_id": "c"},
        {"ts": NOW + 22 * DAY, "author_id": "b"},
    ]
    items = [
        {
            "held_at": NOW + DAY,
            "decided_at": NOW + DAY + timedelta(minutes=m),
            "first": "denied",
            "final": f,
        }
        for m, f in ((2, "denied"), (4, "approved"), (9, "denied"))
    ]
    found = weeks(messages, items, [NOW + 9 * DAY])
    assert [(w.messages, w.held, w.newcomers, w.kind_acts) for w in found] == [
        (2, 1, 2, 0),
        (2, 0, 1, 1),
        (1, 0, 0, 0),
        (1, 0, 0, 0),
    ]
    assert [w.return_rate for w in found] == [0.5, 1.0, None, None]
    assert found[0].hold_rate == 0.5 and found[0].decision_minutes == 4
    assert found[0].looked_twice == 3 and found[0].agreement == 0.0
    assert found[1].agreement is None and weeks([]) == []


@given(st.lists(st.tuples(st.sampled_from("ad"), st.sampled_from("ad")), min_size=1, max_size=30))
def test_kappa_is_at_most_one_and_symmetric(pairs):
    value = kappa(pairs)
    assert value <= 1.0 and value == kappa([(b, a) for a, b in pairs])
    if all(a == b for a, b in pairs):
        assert value == 1.0


def test_hours():
    found = toxicity_by_hour([{"ts": NOW, "held": True}, {"ts": NOW + DAY}])
    assert found[9] == (9, 2, 0.5) and found[8] == (8, 0, None) and len(found) == 24


def test_a_forecast_of_noise_is_steadier_than_last_week_and_follows_a_change():
    draw = np.random.default_rng(3)
    ours, last = [], []
    for _ in range(60):
        rate = draw.uniform(0.01, 0.2)
        hits = draw.binomial(150, rate, size=13)
        said = forecast(list(map(int, hits[:12])), [150] * 12)
        ours.append(abs(said.rate - rate))
        last.append(abs(hits[11] / 150 - rate))
        assert 0 <= said.low <= said.rate <= said.high <= 1
    assert np.mean(ours) < 0.6 * np.mean(last)
    jump = forecast([50] * 6 + [200] * 6, [1000] * 12).rate
    assert 0.17 < jump < 0.23


@given(
    st.lists(
        st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=15
    )
)
def test_a_forecast_is_a_rate(weeks_):
    said = forecast([h for h, _ in weeks_], [n for _, n in weeks_])
    assert 0 <= said.low <= said.rate <= said.high <= 1


def test_forecasts_that_are_refused():
    for hits, totals in (([1], [1, 2]), ([3], [2]), ([-1], [2])):
        with pytest.raises(ParameterError):
            forecast(hits, totals)


# -- moderators -----------------------------------------------------------------------------------

ITEM = SimpleNamespace(
    item_id="q1",
    kind="message",
    queue="lobby",
    state="waiting",
    version=1,
    payload_version="v",
    payload={
        "text": "t",
        "verdict": {"level": 4, "category": "bullying"},
        "context": {
            "before": [{"author_id": "zoe", "text": "x", "ip": "1.2.3.4"}],
            "history": ["zoe was denied twice"],
        },
    },
    party="zoe",
    proposed_at=NOW,
    expires_at=None,
    claimed_by=None,
    claimed_until=None,
    advice="approve",
    open=True,
    norm=None,
    decided_at=None,
)


def test_a_view_leaves_out_what_its_reader_may_not_see():
    seen = view(ITEM, lambda right: right == "queue.see")
    assert seen["text"] == "t" and seen["blurred"] is True and seen["author"] is None
    assert seen["context"] == {"before": [{"author_id": "person 1", "text": "x"}]}
    assert "zoe" not in str(seen) and seen["advice"] is None
    host = view(ITEM, lambda right: True, Care(blur_from=5))
    assert host["author"] == "zoe" and host["blurred"] is False and "history" in host["context"]


def test_a_digest_by_hand():
    base = {"by": "m1", "outcome": "denied", "norm": "kind", "held_at": NOW}
    items = [
        {**base, "item_id": "q1", "decided_at": NOW + timedelta(minutes=2)},
        {**base, "item_id": "q2", "decided_at": NOW + timedelta(minutes=6), "overturned": True},
        {
            **base,
            "item_id": "q3",
            "decided_at": NOW + DAY,
            "outcome": "approved",
            "advice": "deny",
            "advised_by": "m2",
        },
        {**base, "item_id": "q4", "decided_at": NOW + 9 * DAY},
        {**base, "item_id": "q5", "decided_at": NOW, "by": "m9"},
    ]
    week = digest(items, "m1", since=NOW, until=NOW + 7 * DAY)
    assert (week.decided, week.by_norm, week.overturned) == (3, {"kind": 3}, ["q2"])
    assert week.denied_share == pytest.approx(2 / 3) and week.median_minutes == 6
    assert week.disagreed == ["q3"]
    assert digest(items, "m2", since=NOW, until=NOW + 7 * DAY).disagreed == ["q3"]
    assert digest(items, "m3", since=NOW, until=NOW + 7 * DAY).decided == 0


def test_those_who_help_are_suggested_and_those_who_were_denied_never():
    def talk(author, days, **more):
        return [{"author_id": author, "ts": NOW + day * DAY, **more} for day in range(days)]

    rows = [
        *talk("helper", 30, reply_to="m0"),
        *talk("loud", 40),
        *talk("rude", 40, reply_to="m0", denied=True),
        *talk("struck", 40, reply_to="m0"),
        *talk("new", 3, reply_to="m0"),
        *talk("mod", 40, reply_to="m0"),
    ]
    found = suggest_moderators(
        rows, kind_acts={"helper": 4, "rude": 9}, strikes={"struck": 1.2}, already=["mod"]
    )
    assert [one.author_id for one in found] == ["helper"]
    assert "4 kind or helpful acts were marked" in found[0].reasons
    assert suggest_moderators([]) == []
