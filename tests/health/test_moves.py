"""What moves chains otherwise: pairs that are drawn together, and days that are added."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.errors import InputError, MissingExtraError, ParameterError
from chowk.health import Crisp, MixingWarning
from health.enumeration import Case, joint, marginals, random_case
from health.test_exact import SETTINGS, need, surprise
from health.worlds import together

#: Infection at a meeting is all but certain, from outside all but impossible.
STICKY = {"p1": 0.98, "p0": 0.02, "false_positive_rate": 0.02, "false_negative_rate": 0.02}


@pytest.mark.parametrize("setting", [STICKY, SETTINGS[1]])
def test_moves_of_pairs_keep_the_joint_law(setting):
    need("numba")
    random = np.random.default_rng(8)
    cases = [random_case(random, days=5, **setting) for _ in range(25)]
    crisp, begins = together(cases, 400)
    last = crisp.sample(1, burn_in=40, seed=3, chains=1, pair_moves=1.0).traces[0]
    drawn = [
        last[begin : begin + 400 * case.people].reshape(400, case.people, 3)
        for case, begin in zip(cases, begins, strict=True)
    ]
    assert surprise(cases, [joint(case) for case in cases], drawn) > 1e-4


#: Two people who met daily and are both infected; who infected whom, nobody knows.
COUPLE = Case(
    2,
    6,
    contacts=tuple((0, 1, day, 1) for day in range(5)),
    tests=((0, 5, True), (1, 5, True)),
    incubation=(0.0, 0.5, 0.5),
    infectious=(0.0, 0.0, 0.3, 0.3, 0.4),
    p0=1e-5,
    p1=0.9,
    false_positive_rate=1e-6,
)


def test_moves_of_pairs_mix_where_single_moves_stick():
    need("numba")
    crisp = Crisp(2, 6, COUPLE.contacts, COUPLE.tests, **COUPLE.law)
    alone = crisp.sample(4000, burn_in=100, seed=1)
    with pytest.warns(MixingWarning, match=r"slow for 2 of 2 people \([01], [01]\).*pair_moves=1"):
        stuck = alone.diagnostics()
    assert set(stuck.slow) == {0, 1}
    pairs = crisp.sample(4000, burn_in=100, seed=1, pair_moves=1.0)
    moving = pairs.diagnostics()
    assert not moving.warning
    assert moving.effective_samples.min() > 50 * stuck.effective_samples.min()
    assert np.abs(pairs.marginals() - marginals(COUPLE)).max() < 0.04


def test_pairs_need_the_extra():
    crisp = Crisp(2, 3, [(0, 1, 1)], engine="numpy")
    with pytest.raises(MissingExtraError, match=r"chowk\[health\]"):
        crisp.sample(1, pair_moves=1.0)


# -- advance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", SETTINGS[:3])
def test_days_added_give_what_a_fresh_run_gives(setting):
    need("numba")
    random = np.random.default_rng(21)
    cases = [random_case(random, days=6, **setting) for _ in range(20)]
    copies, days = 400, 3
    crisp, begins = together([cut(case, days) for case in cases], copies)
    crisp.sample(1, burn_in=60, seed=1, chains=1)
    for day in range(days, 6):
        contacts, tests = [], []
        for case, begin in zip(cases, begins, strict=True):
            for at in range(begin, begin + copies * case.people, case.people):
                contacts += [(a + at, b + at, t, n) for a, b, t, n in case.contacts if t == day]
                # A result that comes late belongs to the day of the test.
                tests += [
                    (person + at, t, positive)
                    for person, t, positive in case.tests
                    if t == day or (day == 5 and t < days and person == 0)
                ]
        crisp.advance(contacts, tests)
        drawn = crisp.sample(1, burn_in=25, seed=day, chains=1)
    assert crisp.days == 6
    last = drawn.traces[0]
    drawn = [
        last[begin : begin + copies * case.people].reshape(copies, case.people, 3)
        for case, begin in zip(cases, begins, strict=True)
    ]
    assert surprise(cases, [joint(case) for case in cases], drawn) > 1e-4


def cut(case, days):
    """The case as it was known after `days` days; the first person's results had not come."""
    return Case(
        case.people,
        days,
        tuple(contact for contact in case.contacts if contact[2] < days),
        tuple(test for test in case.tests if test[1] < days and test[0] != 0),
        **case.law,
    )


def test_advance_is_a_fresh_model_with_more_rows():
    contacts, tests = [(0, 1, 0, 2), (1, 2, 1, 1), (0, 2, 2, 1)], [(0, 2, True), (1, 0, False)]
    whole = Crisp(3, 3, contacts, tests, p0=0.1)
    grown = Crisp(3, 2, contacts[:2], tests[1:], p0=0.1).advance(contacts[2:], tests[:1])
    for ours, theirs in zip(grown.model, whole.model, strict=True):
        assert np.array_equal(ours, theirs)


def test_a_refused_advance_adds_nothing():
    crisp = Crisp(3, 2, [(0, 1, 0)])
    with pytest.raises(InputError, match="row 1"):
        crisp.advance([(0, 1, 2), (0, 1, 3)])
    for name, value in (("days", -1), ("window", "long"), ("window", 0), ("seed", -1)):
        with pytest.raises(ParameterError, match=name):
            crisp.advance(**{name: value})
    assert crisp.days == 2
    assert len(crisp.contacts) == 1


def test_who_left_stays_away():
    crisp = Crisp(2, 3, [(0, 1, 0)], present=[(1, 0, 1)], engine="numpy")
    crisp.sample(2, burn_in=1)
    crisp.advance(tests=[(0, 3, True)])
    assert (crisp.sample(3).states[:, 1, 2:] == -1).all()
    with pytest.raises(InputError, match="was not there on day 4"):
        crisp.advance([(0, 1, 4)])


def test_drawing_is_repeatable_after_advance():
    def run():
        crisp = Crisp(4, 5, [(0, 1, 1), (1, 2, 2), (2, 3, 3)], [(3, 4, True)], p0=0.1)
        crisp.sample(5, burn_in=3, seed=4)
        return crisp.advance([(0, 3, 5)]).sample(5, seed=4).traces

    assert np.array_equal(run(), run())
