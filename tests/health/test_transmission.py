"""What the EM learns, beside enumeration and beside coefficients that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from chowk.errors import InputError, ParameterError
from chowk.health import Crisp, LogLinear, simulate
from chowk.health.hazards import Levels
from health.enumeration import Case, joint
from health.test_exact import need


def test_the_estimate_is_where_the_enumerated_likelihood_is_highest():
    need("numba")
    # Sixty couples, of which one was found positive and the other tested later.
    random = np.random.default_rng(2)
    outcomes = random.random(60) < 0.55
    short = {"incubation": (0.0, 1.0), "infectious": (0.0, 0.0, 0.0, 1.0)}

    def couple(positive, p0, p1):
        tests = ((0, 0, False), (0, 2, True), (1, 4, positive), (1, 2, False), (0, 1, False))
        return Case(2, 5, ((0, 1, 2, 1),), tests, p0=p0, p1=p1, false_negative_rate=0.05, **short)

    def loss(theta):
        p0, p1 = -np.expm1(-np.exp(theta))
        evidence = {positive: joint(couple(positive, p0, p1))[2] for positive in (True, False)}
        return -sum(np.log(evidence[bool(positive)]) for positive in outcomes)

    best = minimize(loss, [-2.0, -1.0], method="Nelder-Mead", options={"xatol": 1e-3})
    contacts = [(2 * k, 2 * k + 1, 2, 1) for k in range(60)]
    tests = [
        (2 * k + person, day, result)
        for k, positive in enumerate(outcomes)
        for person, day, result in couple(bool(positive), 0.1, 0.1).tests
    ]
    law = couple(True, 0.05, 0.3).law
    fit = Crisp(120, 5, contacts, tests, **law).fit_transmission(
        iterations=40, samples=60, final_samples=3000, seed=1
    )
    assert [fit.estimates["outside"], fit.estimates["contact"]] == pytest.approx(best.x, abs=0.06)
    # The curvature of the enumerated likelihood is the observed information.
    h = 0.05
    basis = np.eye(2) * h
    hessian = np.array(
        [
            [
                (loss(best.x + a + b) - loss(best.x + a - b) - loss(best.x - a + b)
                 + loss(best.x - a - b)) / (4 * h * h)
                for a in basis
            ]
            for b in basis
        ]
    )  # fmt: skip
    errors = np.sqrt(np.diag(np.linalg.inv(hessian)))
    ours = [fit.standard_errors["outside"], fit.standard_errors["contact"]]
    assert ours == pytest.approx(errors, rel=0.15)


def world(n=150, days=25, seed=1):
    random = np.random.default_rng(seed)
    rows = n * 2 * days
    a = random.integers(0, n, rows)
    b = (a + 1 + random.integers(0, n - 1, rows)) % n
    return {
        "person_a": a,
        "person_b": b,
        "day": random.integers(0, days, rows),
        "minutes": random.choice([5.0, 15.0, 60.0], rows),
        "indoors": random.random(rows) < 0.5,
    }


def test_known_coefficients_are_found_and_used():
    need("numba")
    truth = LogLinear({"contact": np.log(0.04), "log_minutes": 0.6, "indoors": 0.8})
    contacts = world()
    # Short stages leave more people to infect, and so more to learn from.
    stages = {"incubation": (0.0, 0.5, 0.5), "infectious": (0.0, 0.0, 0.5, 0.5)}
    crisp = Crisp(150, 25, contacts, p0=0.01, transmission=truth, **stages)
    epidemic = simulate(crisp, seed=4)
    who, when = np.repeat(np.arange(150), 25), np.tile(np.arange(25), 150)
    tests = epidemic.test(who, when, seed=4)
    rows = np.column_stack([tests.person, tests.day, tests.positive])
    crisp = Crisp(150, 25, contacts, rows, p0=0.03, p1=0.01, **stages)
    fit = crisp.fit_transmission(iterations=20, samples=20, final_samples=100, seed=1)
    assert not fit.unidentified
    wanted = {"outside": np.log(0.01), **truth.coefficients}
    for name, value in wanted.items():
        # Five standard errors: of the truth, not of luck.
        assert abs(fit.estimates[name] - value) < 5 * fit.standard_errors[name] + 0.01, name
        assert fit.standard_errors[name] < 1.5
    assert crisp.disease.p0 == fit.p0
    assert crisp.model.hazard == pytest.approx(fit.transmission.hazards(crisp.levels))


def test_what_the_data_do_not_say_is_said():
    need("numba")
    alone = Crisp(30, 10, tests=[(k, 5, k % 3 == 0) for k in range(30)], p0=0.02)
    fit = alone.fit_transmission(iterations=4, samples=5, final_samples=20)
    assert any("nothing about contacts" in sentence for sentence in fit.unidentified)
    assert fit.standard_errors["contact"] == np.inf
    # Everybody met indoors: a place cannot be told from a contact.
    contacts = world() | {"indoors": np.ones(150 * 50, bool)}
    contacts.pop("minutes")
    crisp = Crisp(150, 25, contacts, [(0, 9, True)], p0=0.01)
    fit = crisp.fit_transmission(iterations=4, samples=5, final_samples=20)
    assert any("contact" in s and "indoors" in s for s in fit.unidentified)
    assert fit.standard_errors["indoors"] == np.inf


def test_features_must_be_there():
    levels = Levels(np.ones(2), minutes=np.array([5.0, np.nan]))
    with pytest.raises(InputError, match="log_minutes is missing in some rows"):
        LogLinear({"contact": 0.0, "log_minutes": 1.0}).hazards(levels)
    with pytest.raises(InputError, match="the hazard is a matter of contact, metres"):
        LogLinear({"contact": 0.0, "metres": 1.0}).hazards(Levels(np.ones(2)))
    for name, value in (("iterations", -1), ("samples", 0), ("final_samples", 1), ("seed", 0.5)):
        with pytest.raises(ParameterError, match=f"'{name}' parameter of fit_transmission"):
            Crisp(2, 3, p0=0.1).fit_transmission(**{name: value})
    with pytest.raises(InputError, match="must be above 0"):
        Crisp(2, 3, p0=0.0).fit_transmission()
