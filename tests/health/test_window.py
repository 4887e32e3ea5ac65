"""A long history summed up: from the window's first day on, nearly as if it were all there."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.errors import InputError, ParameterError
from chowk.health import Crisp, infectors, simulate
from chowk.health.sweeps import Sweeper
from chowk.health.window import summed_up
from health.enumeration import Case, joint, marginals, states
from health.test_exact import ENGINES, need

#: Nobody met before day 3, so that a sum person by person gives nothing up.
CASE = Case(
    3,
    7,
    contacts=((0, 1, 3, 1), (1, 2, 4, 2), (0, 2, 5, 1)),
    tests=((0, 1, True), (1, 2, False), (2, 5, True), (1, 6, False)),
    p0=0.1,
)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_window_is_the_whole_where_nobody_met_before_it(engine):
    need(engine)
    copies = 1500 if engine == "numba" else 25
    n = CASE.people

    def rows(table, days):
        met = len(table[0]) == 4
        return [
            (row[0] + at, row[1] + at, *row[2:]) if met else (row[0] + at, *row[1:])
            for at in range(0, copies * n, n)
            for row in table
            if row[2 if met else 1] in days
        ]

    # Short stages: in the window somebody may still leave the one in which he entered.
    crisp = Crisp(copies * n, 3, (), rows(CASE.tests, range(3)), engine=engine, **CASE.law)
    for day in range(3, 7):
        crisp.advance(
            rows(CASE.contacts, [day]), rows(CASE.tests, [day]), window=4 if day == 6 else None
        )
    assert crisp.begin == 3
    found = crisp.marginals(20, burn_in=30, seed=2)
    assert np.isnan(found[:, :3]).all()
    share = found.reshape(copies, n, 7, 4).mean(axis=0)
    wanted = marginals(CASE)
    now = crisp.current(4, burn_in=20, seed=3).reshape(copies, n, 4).mean(axis=0)
    assert np.abs(now - wanted[:, -1]).max() < (0.02 if engine == "numba" else 0.08)
    assert np.abs(share[:, 3:] - wanted[:, 3:]).max() < (0.02 if engine == "numba" else 0.08)


def test_what_is_summed_up_is_the_law_before_the_day():
    need("numba")
    case = Case(2, 3, ((0, 1, 0, 2), (0, 1, 1, 1)), ((0, 1, True), (1, 2, True)), p0=0.2)
    # Only what happened before day 2 counts: the last test does not.
    known = Case(2, 3, case.contacts, case.tests[:1], p0=0.2)
    crisp = Crisp(2, 3, case.contacts, case.tests, **case.law)
    ours = summed_up(crisp, 2, seed=1, samples=20_000)
    traces, weights, _ = joint(known)
    now = states(traces, 3)[:, :, 2]
    n_e = len(crisp.disease.q_e)
    for person in range(2):
        p = [(weights * (now[:, person] == s)).sum() for s in range(4)]
        assert 1 - ours[person].sum() == pytest.approx(p[0], abs=0.02)
        assert ours[person, 1 : 1 + n_e].sum() == pytest.approx(p[1], abs=0.02)
        assert ours[person, 1 + n_e :].sum() == pytest.approx(p[2], abs=0.02)
        assert ours[person, 0] == pytest.approx(p[3], abs=0.02)


def long_world(window, days=90, engine="auto"):
    random = np.random.default_rng(2)
    people, each = 120, 300
    a = random.integers(0, people, days * each)
    b = (a + 1 + random.integers(0, people - 1, len(a))) % people
    day = np.repeat(np.arange(days), each)
    contacts = np.column_stack([a, b, day])
    law = {"p0": 2e-3, "p1": 0.01}
    truth = simulate(Crisp(people, days, contacts, **law), seed=3)
    tests = truth.test(random.integers(0, people, 6 * days), np.repeat(np.arange(days), 6), seed=3)
    rows = np.column_stack([tests.person, tests.day, tests.positive])
    crisp = Crisp(people, 30, contacts[day < 30], rows[tests.day < 30], engine=engine, **law)
    for begin in range(30, days, 10):
        met, tested = ((at >= begin) & (at < begin + 10) for at in (day, tests.day))
        crisp.advance(contacts[met], rows[tested], days=10, window=window, seed=5)
    return crisp


def test_a_long_history_is_summed_up_again_and_again():
    need("numba")
    whole, short = long_world(None), long_world(40)
    assert whole.begin == 0 and short.begin == 30
    assert 0.6 < len(short.contacts) / len(whole.contacts) < 0.72
    ours, theirs = (c.marginals(400, burn_in=50, seed=1)[:, 80:] for c in (short, whole))
    again = whole.marginals(400, burn_in=50, seed=2)[:, 80:]
    noise, gap = np.abs(again - theirs).mean(), np.abs(ours - theirs).mean()
    assert gap < noise + 0.015
    # Somebody who was infected before the window is said to have been.
    said = {line.person for k in range(120) for line in infectors(short, short.sample(40), k)}
    assert "earlier" in said


def test_entries_are_the_same_on_threads_and_simulate_draws_them():
    need("numba")
    crisp = long_world(40)
    one = crisp.sample(4, seed=3, chains=1, threads=1).traces
    assert (one == crisp.sample(4, seed=3, chains=1, threads=2).traces).all()
    share = np.zeros((120, 4))
    for seed in range(300):
        state = simulate(crisp, seed=seed).states[:, crisp.begin]
        share[np.arange(120), state] += 1 / 300
    n_e = len(crisp.disease.q_e)
    recovered, exposed, infectious = np.split(crisp.entry, [1, 1 + n_e], axis=1)
    assert share[:, 3] == pytest.approx(recovered[:, 0], abs=0.13)
    assert share[:, 1] == pytest.approx(exposed.sum(axis=1), abs=0.13)
    assert share[:, 2] == pytest.approx(infectious.sum(axis=1), abs=0.13)


def test_pairs_move_in_a_window():
    need("numba")
    crisp = long_world(40)
    alone = crisp.risk(samples=300, burn_in=50, seed=1)
    together = crisp.risk(samples=300, burn_in=50, seed=2, pair_moves=1.0)
    assert np.abs(alone - together).mean() < 0.03
    assert isinstance(crisp._sweeper(1), Sweeper)


def test_old_rows_are_refused():
    crisp = Crisp(3, 10, [(0, 1, 1)]).advance(window=4)
    assert (crisp.begin, crisp.days) == (7, 11)
    with pytest.raises(InputError, match=r"tests: day 3 lies before day 7.*wider window"):
        crisp.advance(tests=[(0, 3, True)])
    with pytest.raises(ParameterError, match="'window' parameter"):
        crisp.advance(window=0)
    # Who left before the window began is nowhere in it.
    gone = Crisp(2, 10, present=[(1, 0, 4)], p0=0.1).advance(window=4)
    assert np.isnan(gone.marginals(5)[1]).all()
    assert np.isfinite(gone.marginals(5)[0, 7:]).all()
