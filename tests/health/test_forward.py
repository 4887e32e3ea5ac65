"""The forward simulator draws from the prior that the sampler conditions."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.errors import ParameterError
from chowk.health import Crisp, simulate
from health.enumeration import joint, random_case
from health.test_exact import SETTINGS, surprise
from health.worlds import together


@pytest.mark.parametrize("setting", SETTINGS)
def test_simulated_worlds_follow_the_prior(setting):
    random = np.random.default_rng(4)
    cases = [random_case(random, days=5, **setting) for _ in range(10)]
    cases = [type(case)(**(case.__dict__ | {"tests": ()})) for case in cases]
    crisp, begins = together(cases, 2000, engine="numpy")
    epidemic = simulate(crisp, seed=1)
    traces = np.stack([epidemic.e, epidemic.i, epidemic.r], axis=-1)
    drawn = [
        traces[begin : begin + 2000 * case.people].reshape(2000, case.people, 3)
        for case, begin in zip(cases, begins, strict=True)
    ]
    assert surprise(cases, [joint(case) for case in cases], drawn) > 1e-4


def test_patient_zero_and_seeds():
    crisp = Crisp(["a", "b"], 20, [("a", "b", day, 3) for day in range(20)], p0=0.0, p1=0.5)
    one, again = (simulate(crisp, seed=3, infected=["b"]) for _ in range(2))
    assert one.e.tolist() == again.e.tolist()
    assert one.e[1] == 0
    assert one.infected(0).tolist() == [False, True]
    assert (np.diff(one.states, axis=1) >= 0).all()
    assert (simulate(crisp, seed=3).states == 0).all()


def test_tests_err_as_they_should():
    crisp = Crisp(40_000, 9, p0=0.0, prevalence=0.5, false_negative_rate=0.2)
    epidemic = simulate(crisp, seed=2)
    found = epidemic.test(np.arange(40_000), 8, seed=1)
    infectious = epidemic.states[:, 8] == 2
    assert found.positive[infectious].mean() == pytest.approx(0.8, abs=0.01)
    assert found.positive[~infectious].mean() == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize(
    ("people", "day", "seed", "name"),
    [([3], 0, 1, "people"), ([-1], 0, 1, "people"), ([0], 9, 1, "day"), ([0], 0, -1, "seed"),
     ([0.5], 0, 1, "people"), (["ann"], 0, 1, "people")],
)  # fmt: skip
def test_tests_of_nobody_are_refused(people, day, seed, name):
    with pytest.raises(ParameterError, match=f"'{name}' parameter of Epidemic.test"):
        simulate(Crisp(3, 5), seed=1).test(people, day, seed=seed)
    with pytest.raises(ParameterError, match="'seed' parameter of simulate"):
        simulate(Crisp(3, 5), seed=-1)
    assert len(simulate(Crisp(3, 5), seed=1).test([], 0, seed=1)) == 0


def test_one_seed_may_stand_for_an_epidemic_and_its_tests():
    # Were both drawn from one stream, those infected at first would be those whose tests err.
    for seed in range(20):
        crisp = Crisp(4000, 2, p0=0.02)
        epidemic = simulate(crisp, seed=seed)
        found = epidemic.test(np.arange(4000), 0, seed=seed).positive
        drawn = np.random.default_rng(seed).random(12_000).reshape(3, 4000) < 0.02
        for other in (epidemic.e == 0, *drawn):
            # 4000 x 0.02 x 0.01 = 0.8 by chance; all 40 of one stream.
            assert (found & other).sum() < 8
            assert (drawn & (epidemic.e == 0)).sum() < 25
