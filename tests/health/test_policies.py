"""Policies: what must hold of each by construction, and who is on the front."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.errors import InputError, ParameterError
from chowk.health import (
    ByRisk,
    ByTomorrow,
    Lockdown,
    Nothing,
    Setting,
    Symptoms,
    Tracing,
    pareto_front,
    simulate_policy,
)
from chowk.health.disease import Disease
from chowk.health.policies import Evening

SMALL = Setting(people=120, days=60, start=15, tests=3, p1=0.05, reproduction=3.0, infected_first=5)
NOBODY = np.zeros(0, np.int64)


def evening(day, a, b, tested=(), positive=(), ill=()):
    a, b, tested, ill = (np.array(x, np.int64) for x in (a, b, tested, ill))
    return Evening(day, a, b, tested, np.array(positive, dtype=bool), ill)


def test_contacts_a_day_are_the_papers():
    assert Setting().contacts_a_day == pytest.approx(5.03, abs=0.01)


def test_lockdown_and_nothing_are_the_ends():
    lockdown = simulate_policy(Lockdown(), SMALL, seed=1)
    nothing = simulate_policy(Nothing(), SMALL, seed=1)
    assert lockdown.quarantine_days == 120 * 45
    assert nothing.quarantine_days == 0
    assert lockdown.infected < nothing.infected
    assert simulate_policy(Nothing(), SMALL, seed=1) == nothing


def test_symptoms_keep_positives_for_their_stay():
    policy = Symptoms(2)
    policy.begin(SMALL, 0)
    assert policy.decide(evening(20, [0], [1], [5, 6], [True, False])).nonzero()[0].tolist() == [5]
    assert policy.decide(evening(21, [], [])).nonzero()[0].tolist() == [5]
    assert not policy.decide(evening(22, [], [])).any()


def test_tracing_finds_the_contacts_of_a_week_and_frees_the_negative():
    policy = Tracing(14, back=2)
    policy.begin(SMALL, 0)
    policy.decide(evening(20, [0], [9]))  # forgotten after two days
    policy.decide(evening(21, [0, 1], [1, 2]))
    inside = policy.decide(evening(22, [0, 0], [3, 1], [0], [True]))
    assert inside.nonzero()[0].tolist() == [0, 1, 3]
    # 1 met him twice, and so is tested first; who was found positive needs no test.
    assert policy.whom(23, 5).tolist() == [1, 3]
    assert policy.whom(23, 1).tolist() == [1]
    inside = policy.decide(evening(23, [], [], [1, 3], [False, True]))
    assert inside.nonzero()[0].tolist() == [0, 3]


def test_risk_isolates_who_met_the_infectious():
    sure = Disease(false_negative_rate=0.01, false_positive_rate=1e-4)
    setting = Setting(people=30, days=40, start=10, tests=2, disease=sure, p1=0.5)
    policy = ByRisk(0.3, samples=200, spare="risk")
    policy.begin(setting, 0)
    for day in range(10):
        rows = ([0, 0, 0], [1, 1, 2]) if day >= 4 else ([], [])
        tested = ([0], [True]) if day == 9 else ([], [])
        inside = policy.decide(evening(day, *rows, *tested))
    assert set(inside.nonzero()[0].tolist()) <= {0, 1, 2}
    assert inside[0] and inside[1]
    assert set(policy.whom(10, 2).tolist()) <= {0, 1, 2}
    # Later tests find him healthy: he is let out.
    for day in range(10, 30):
        inside = policy.decide(evening(day, [], [], [1, 1], [False, False]))
    assert not inside[1]


def test_spare_tests_go_where_a_result_changes_something():
    chance = np.array(
        # outside, likely infectious; the same inside; inside and nearly free; inside, incubating
        [[0.92, 0.0, 0.08, 0], [0.3, 0.0, 0.7, 0], [0.9, 0.0, 0.1, 0], [0.5, 0.45, 0.05, 0]]
    )
    chosen = {}
    for spare in ("use", "risk", "information"):
        policy = ByRisk(0.3, spare=spare)
        policy.begin(Setting(people=4, days=9, start=3), 0)
        policy._chance, policy._inside = chance, np.array([False, True, True, True])
        chosen[spare] = policy.whom(5, 9).tolist()
    assert chosen == {
        "use": [2, 0, 1],
        "risk": [1, 2, 0, 3],
        "information": [1, 2, 0, 3],
    }
    with pytest.raises(ParameterError, match="'spare' parameter of ByRisk"):
        ByRisk(0.3, spare="luck")
    with pytest.raises(ParameterError, match="'threshold' parameter of ByRisk"):
        ByRisk(0.0)
    # Nobody is kept inside whom the threshold would not bring in.
    assert ByRisk(0.03).release == 0.97


def test_capacities_are_kept_and_seeds_repeat():
    class Counting(ByRisk):
        def decide(self, seen):
            assert len(seen.tested) <= SMALL.tests
            assert len(set(seen.tested.tolist())) == len(seen.tested)
            assert not self._inside[seen.a].any() and not self._inside[seen.b].any()
            return super().decide(seen)

    one, again = (simulate_policy(Counting(0.3, samples=4), SMALL, seed=2) for _ in range(2))
    assert one == again
    assert one.tests > 0
    assert one.infected < simulate_policy(Nothing(), SMALL, seed=2).infected


def test_a_diary_makes_the_silent_less_likely_infectious():
    setting = Setting(people=60, days=40, start=20, tests=2, p1=0.3)

    def chance(**options):
        policy = ByRisk(0.3, samples=400, **options)
        policy.begin(setting, 0)
        for day in range(20):
            # 0 was found positive; 1 and 2 met him alike, and 2 felt ill.
            tested = ([0], [True]) if day == 12 else ([], [])
            ill = [2] if day == 18 else []
            policy.decide(evening(day, [0, 0] * (day > 8), [1, 2] * (day > 8), *tested, ill))
        return policy._chance[:, 2]

    without, with_it = chance(), chance(diary=True)
    assert with_it[2] > without[2] + 0.1
    assert with_it[3:].mean() < without[3:].mean()


def test_tomorrow_isolates_who_would_infect_then_and_lets_the_newly_exposed_out():
    # Everybody incubates for three days and is infectious for nine; tests cannot err much.
    sure = Disease(
        incubation=[0, 0, 0, 1.0],
        infectious=[0] * 9 + [1.0],
        false_negative_rate=0.001,
        false_positive_rate=1e-4,
    )
    setting = Setting(people=20, days=40, start=10, tests=2, disease=sure, p1=0.6, p0=1e-3)
    policy = ByTomorrow(0.3, samples=200, diary=False)
    policy.begin(setting, 0)
    inside = {}
    for day in range(24):
        # 1 meets the infectious 0 on day 10 alone: exposed on day 11, infectious on day 14.
        met = ([0], [1]) if day == 10 else ([], [])
        tested = ([0], [True]) if day in (9, 10, 12) else ([], [])
        inside[day + 1] = policy.decide(evening(day, *met, *tested))
    assert inside[11][0]
    assert [bool(inside[day][1]) for day in (11, 12, 13, 14, 15)] == [False] * 3 + [True] * 2
    assert not inside[24][:2].any()
    policy = ByTomorrow(0.2)
    policy.begin(Setting(people=4, days=9, start=3), 0)
    policy._chance = np.array(
        [[0.9, 0, 0.1, 0], [0.5, 0, 0.5, 0], [0.05, 0, 0.95, 0], [0, 0.9, 0.1, 0]]
    )
    policy._inside = np.array([False, True, True, True])
    # 0.8 x 0.1 outside; 0.2 x 0.5 and 0.2 x 0.05 inside; nothing for who incubates.
    assert policy.whom(5, 9).tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: Setting(people=-1), "'people' parameter of Setting"),
        (lambda: Setting(p0=2), "'p0' parameter of Setting"),
        (lambda: Setting(p1=0), "'p1' parameter of Setting"),
        (lambda: Setting(reproduction=float("nan")), "'reproduction' parameter of Setting"),
        (lambda: Symptoms(0), "'stay' parameter of Symptoms"),
        (lambda: Tracing(7, back=-1), "'back' parameter of Tracing"),
        (lambda: ByTomorrow(0.1, samples=0), "'samples' parameter of ByRisk"),
        (lambda: simulate_policy(Nothing(), SMALL, seed=-1), "'seed' parameter of simulate_policy"),
    ],
)
def test_settings_that_break_a_rule(made, sentence):
    with pytest.raises(ParameterError, match=sentence):
        made()


def test_a_point_that_is_no_number_is_refused():
    with pytest.raises(InputError, match="a point is NaN"):
        pareto_front([(0.1, float("nan"))])


def test_a_start_after_the_end_is_refused():
    with pytest.raises(ParameterError, match="'start' parameter of Setting"):
        simulate_policy(Nothing(), Setting(days=20, start=20), seed=1)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12))
def test_nobody_beats_the_front_and_somebody_beats_the_rest(points):
    front = pareto_front(points)
    assert front

    def beats(p, q):
        return p != q and p[0] <= q[0] and p[1] <= q[1]

    for k, point in enumerate(points):
        assert (k in front) != any(beats(other, point) for other in points)
