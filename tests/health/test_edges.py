"""Edges of the model, and input that breaks a rule."""

from __future__ import annotations

import math
import os
import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.errors import InputError, MissingExtraError, ParameterError
from chowk.health import Crisp, compiling
from chowk.health.samples import effective_samples, split_rhat
from health.enumeration import Case, marginals

ENGINES = ["numpy", "numba"] if compiling.AVAILABLE else ["numpy"]
SHORT = {"incubation": [0, 0.6, 0.4], "infectious": [0, 0.2, 0.5, 0.3]}


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def test_nothing_known_is_the_prior(engine):
    n = 400
    found = Crisp(1, 1, p0=0.25, engine=engine).marginals(4 * n, burn_in=1, seed=1)
    assert found.shape == (1, 1, 4)
    assert found[0, 0, 1] == pytest.approx(0.25, abs=0.05)
    assert found[0, 0, 2:].tolist() == [0, 0]
    healthy = Crisp(1, 1, p0=0.25, first_day="susceptible", engine=engine)
    assert healthy.marginals(10, burn_in=1)[0, 0].tolist() == [1, 0, 0, 0]


def test_nobody_is_infected_from_nowhere(engine):
    crisp = Crisp(3, 8, [(0, 1, 2), (1, 2, 3)], [(1, 4, False)], p0=0.0, engine=engine, **SHORT)
    assert (crisp.sample(20, burn_in=20).states == 0).all()


def test_prevalence_is_apart_from_p0(engine):
    crisp = Crisp(500, 4, p0=0.0, prevalence=0.3, engine=engine, **SHORT)
    state = crisp.sample(4, burn_in=1, thin=1).states
    assert state[:, :, 0].mean() == pytest.approx(0.3, abs=0.05)
    assert ((state[:, :, 3] > 0) == (state[:, :, 0] > 0)).all()


def test_p1_of_zero_makes_contacts_matter_nothing(engine):
    tests = [(0, 3, True)]
    met = Crisp(2, 5, [(0, 1, t, 9) for t in range(5)], tests, p0=0.1, p1=0, engine=engine, **SHORT)
    alone = Crisp(2, 5, (), tests, p0=0.1, p1=0, engine=engine, **SHORT)
    ours = met.sample(50, seed=2, threads=1, chains=1).traces[:, 0]
    theirs = alone.sample(50, seed=2, threads=1, chains=1).traces[:, 0]
    assert np.array_equal(ours, theirs)


def test_p1_of_one_infects_for_certain(engine):
    crisp = Crisp(2, 6, [(0, 1, t) for t in range(6)], p0=0.2, p1=1.0, engine=engine, **SHORT)
    state = crisp.sample(300, burn_in=20).states
    was = (state[:, 0, :-1] == 2) & (state[:, 1, :-1] == 0)
    assert was.any()
    assert (state[:, 1, 1:][was] == 1).all()


def test_p0_of_one_infects_everybody_at_once(engine):
    state = Crisp(2, 3, p0=1.0, engine=engine, **SHORT).sample(5, burn_in=1).states
    assert (state[:, :, 0] == 1).all()
    later = Crisp(2, 3, p0=1.0, first_day="susceptible", engine=engine, **SHORT)
    assert (later.sample(5, burn_in=1).states[:, :, :2] == [0, 1]).all()


def test_tests_that_cannot_err_are_obeyed(engine):
    sure = {"false_negative_rate": 0.0, "false_positive_rate": 0.0}
    tests = [(0, 3, True), (0, 1, False)]
    crisp = Crisp(1, 6, (), tests, p0=0.05, engine=engine, **sure, **SHORT)
    state = crisp.sample(200, burn_in=20).states
    assert (state[:, 0, 3] == 2).all()
    assert (state[:, 0, 1] != 2).all()


def test_contradictory_tests_are_weighed_or_refused(engine):
    tests = [("ann", 2, True), ("ann", 2, False)]
    weighed = Crisp(["ann"], 4, (), tests, p0=0.05, engine=engine, **SHORT)
    assert np.isfinite(weighed.marginals(20)).all()
    sure = {"false_negative_rate": 0.0, "false_positive_rate": 0.0}
    crisp = Crisp(["ann", "bob"], 4, (), tests, p0=0.05, engine=engine, **sure, **SHORT)
    with pytest.raises(InputError, match=r"1 people \('ann'\) is impossible.*false_positive_rate"):
        crisp.sample(5)
    source = Crisp(["bob"], 9, (), [("bob", 3, True)], p0=0.0, engine=engine, **sure, **SHORT)
    with pytest.raises(InputError, match="bob"):
        source.sample(5)


def test_duplicates_are_summed_and_order_is_nothing(engine):
    once = Crisp(3, 4, [(0, 1, 1, 3), (1, 2, 1, 1)], engine=engine)
    rows = [(1, 2, 1, 1), (1, 0, 1, 1), (0, 1, 1, 2), (0, 2, 3, 0)]
    for other in (
        Crisp(3, 4, rows, engine=engine),
        Crisp(3, 4, [(0, 1, 1)] * 3 + [(2, 1, 1)], engine=engine),
        Crisp(3, 4, np.array(rows), engine=engine),
        Crisp(3, 4, [dict(zip(NAMES, row, strict=True)) for row in rows], engine=engine),
        Crisp(3, 4, pa.table(dict(zip(NAMES, zip(*rows, strict=True), strict=True)))),
    ):
        for ours, theirs in zip(other.model, once.model, strict=True):
            assert np.array_equal(ours, theirs)


NAMES = ("person_a", "person_b", "day", "count")


def test_rows_may_come_as_they_come():
    rows = [(0, 1, 1), (1, 2, 2, 2)]
    once = Crisp(3, 4, [(0, 1, 1, 1), (1, 2, 2, 2)], [(0, 1, True)])
    for contacts, tests in ((iter(rows), {(0, 1, True)}), (tuple(rows), [[0, 1, 1]])):
        other = Crisp(3, 4, contacts, tests)
        for ours, theirs in zip(other.model, once.model, strict=True):
            assert np.array_equal(ours, theirs)
    assert len(Crisp(pa.array(["a", "b"]), 4, None, None).contacts) == 0


def test_several_rows_of_a_pair_on_a_day_with_different_features_are_one_exposure():
    # The reference that weighed such rows one by one was off by 0.2 here.
    case = Case(3, 7, ((0, 1, 1, 1), (1, 2, 3, 2), (0, 2, 4, 1)), ((0, 3, True), (2, 6, True)))
    rows = [
        {"person_a": a, "person_b": b, "day": day, "count": 1, "channel": f"c{k}"}
        for a, b, day, count in case.contacts
        for k in range(count)
    ]
    for engine in ENGINES:
        law = case.law | {"p1": {"c0": case.p1, "c1": case.p1}}
        crisp = Crisp(3, 7, rows, case.tests, engine=engine, **law)
        samples, bound = (40_000, 0.012) if engine == "numba" else (2_000, 0.06)
        found = crisp.marginals(samples, burn_in=100, seed=1)
        assert np.abs(found - marginals(case)).max() < bound


def test_channels_have_their_own_probability():
    rows = [
        {"person_a": 0, "person_b": 1, "day": 0, "channel": "near"},
        {"person_a": 0, "person_b": 2, "day": 0, "channel": "far"},
    ]
    crisp = Crisp(3, 2, rows, p1={"near": 0.5, "far": 0.0})
    assert sorted(crisp.model.hazard) == pytest.approx([0.0, math.log(2)])
    with pytest.raises(InputError, match=r"no probability for the channel 'far'\. It has: 'near'"):
        Crisp(3, 2, rows, p1={"near": 0.5})
    with pytest.raises(InputError, match="the contacts have no channel"):
        Crisp(3, 2, [(0, 1, 0)], p1={"near": 0.5})


@pytest.mark.parametrize(
    ("contacts", "sentence"),
    [
        ([(0, 1, 0, 1), (2, 2, 1, 1)], "row 1: person_b must be somebody else than person_a"),
        ([(0, 3, 0, 1)], "row 0: person_b must be a person from 0 to 2. Got 3"),
        ([(-1, 2, 0, 1)], "row 0: person_a must be a person from 0 to 2. Got -1"),
        ([(0, 1, 5, 1)], "row 0: day must be a day from 0 to 4. Got 5"),
        ([(0, 1, -1, 1)], "row 0: day must be a day from 0 to 4. Got -1"),
        ([(0, 1, 0, 1), (0, 1, 1, -2)], "row 1: count must be a whole number from 0 to 10,000"),
        ([(0, 1, 0, 1_000_000)], "row 0: count must be a whole number from 0 to 10,000"),
        ([(0, 1, 0, 9_000)] * 2, "row 0: a pair may meet at most 10,000 times.*sum to 18,000"),
        ([(0, 2, 0, 0), (0, 1, 4, 1)] + [(2, 1, 3, 6_000)] * 2, "row 2: a pair may meet at most"),
        ([(0, 1, 0, 1.5)], "row 0: count must be a whole number"),
        ([(0, 1, math.nan, 1)], "row 0: day must be a day from 0 to 4. Got nan"),
        ([(0, None, 1, 1)], "row 0: person_b must be a person from 0 to 2. Got None"),
        ([(0, 1)], r"a row must be \(person_a, person_b, day, count\). Got \[2\] values"),
        ([{"person_a": 0, "day": 1}], "the column 'person_b' is missing"),
        ([{"person_a": 0, "person_b": 1, "day": 1, "minutes": -1.0}], "row 0: minutes must be"),
        ([{"person_a": 0, "person_b": 1, "day": 1, "metres": math.nan}], "row 0: metres must be"),
        (
            [{"person_a": 0, "person_b": 1, "day": 1, "count": "two"}],
            "row 0: count must be a whole",
        ),
        (
            [{"person_a": 0, "person_b": 1, "day": 1, "indoors": "yes"}],
            "row 0: indoors must be true",
        ),
        ("nonsense", "takes a frame"),
    ],
)
def test_bad_contacts_name_the_row_and_the_rule(contacts, sentence):
    with pytest.raises(InputError, match=sentence):
        Crisp(3, 5, contacts)


@pytest.mark.parametrize(
    ("tests", "sentence"),
    [
        ([(0, -1, True)], "tests: row 0: day must be a day from 0 to 4. Got -1"),
        ([(0, 1, True), (7, 1, True)], "tests: row 1: person must be a person from 0 to 2. Got 7"),
        ([(0, 1, 2)], r"tests: row 0: positive must be true or false \(1 or 0\). Got 2"),
        ([(0, 1, None)], "tests: row 0: positive must be true or false"),
        ([{"person": 0, "day": 1, "positive": "yes"}], "row 0: positive must be true or false"),
    ],
)
def test_bad_tests_name_the_row_and_the_rule(tests, sentence):
    with pytest.raises(InputError, match=sentence):
        Crisp(3, 5, (), tests)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"incubation": [0.5, 0.6]},
            "incubation: the probabilities must sum to 1. They sum to 1.1",
        ),
        ({"infectious": [1.5, -0.5]}, "infectious: the probability of 1 days must be"),
        ({"infectious": [0.0, math.nan]}, "infectious: the probability of 1 days"),
        ({"incubation": []}, "'incubation' parameter of Crisp must be probabilities"),
        ({"p0": 1.5}, r"'p0' parameter of Crisp must be a number in \[0, 1\]. Got 1.5"),
        ({"p0": math.nan}, "'p0' parameter"),
        ({"p1": -0.1}, "'p1' parameter"),
        ({"false_negative_rate": "low"}, "'false_negative_rate' parameter"),
        ({"first_day": "never"}, "'exposed' or 'susceptible'"),
        ({"engine": "cuda"}, "'engine' parameter"),
    ],
)
def test_bad_parameters_name_the_rule(options, sentence):
    with pytest.raises(InputError, match=sentence):
        Crisp(3, 5, **options)


def test_lengths_that_nearly_sum_to_one_are_scaled_and_said():
    with pytest.warns(UserWarning, match="incubation: the probabilities sum to 1.0005; they were"):
        crisp = Crisp(1, 3, incubation=[0.0, 0.5, 0.5005])
    assert crisp.disease.q_e.sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("people", "days"), [(0, 5), (-1, 5), (3, 0), (3, 40_000), ("abc", 5), ([], 5), (3.5, 5)]
)
def test_there_must_be_people_and_days(people, days):
    with pytest.raises(ParameterError, match=r"'(people|days)' parameter of Crisp"):
        Crisp(people, days)


def test_ids_are_the_users_own():
    crisp = Crisp(["ann", "bob"], 3, [("bob", "ann", 1)], [("ann", 2, True)])
    assert crisp.contacts.a.tolist() == [0]
    with pytest.raises(InputError, match=r"row 0: person must be one of the people\. Got 'cid'"):
        Crisp(["ann", "bob"], 3, (), [("cid", 1, True)])
    with pytest.raises(InputError, match="'ann' stands twice"):
        Crisp(["ann", "bob", "ann"], 3)
    assert Crisp([70, 7], 3, [(7, 70, 1)]).people.id(1) == 7


def test_presence_is_checked():
    with pytest.raises(InputError, match="contacts: 1 was not there on day 2, but from day 0 to"):
        Crisp(2, 4, [(0, 1, 2)], present=[(1, 0, 1)])
    with pytest.raises(InputError, match=r"last_day must be on or after first_day\. Got 1 instead"):
        Crisp(2, 4, present=[(1, 3, 1)])
    away = Crisp(2, 4, present=[(1, 2, 2)])
    found = away.marginals(10)
    assert np.isnan(found[1, [0, 1, 3]]).all()
    assert found[1, 2].sum() == pytest.approx(1.0)
    assert np.isnan(away.risk(0, samples=5)[1])


def test_numbers_of_samples_are_checked():
    crisp = Crisp(1, 2)
    for name, value in (("burn_in", -1), ("seed", -1), ("chains", 0), ("thin", 0), ("threads", 0)):
        with pytest.raises(ParameterError, match=f"'{name}' parameter"):
            crisp.sample(3, **{name: value})
    with pytest.raises(ParameterError, match="'samples' parameter"):
        crisp.sample(0)
    with pytest.raises(ParameterError, match="a day from 0 to 1"):
        crisp.risk(2)


def test_the_compiled_road_says_what_it_needs(monkeypatch):
    from chowk.health import crisp

    monkeypatch.setattr(crisp, "AVAILABLE", False)
    with pytest.raises(MissingExtraError, match=r"pip install 'chowk\[health\]'"):
        Crisp(1, 1, engine="numba")
    assert Crisp(1, 1).engine == "numpy"


def test_samples_marginals_and_risk_say_the_same(engine):
    crisp = Crisp(4, 6, [(0, 1, 1), (1, 2, 2)], [(1, 4, True)], p0=0.1, engine=engine, **SHORT)
    drawn = crisp.sample(60, burn_in=5, seed=3)
    shares = np.stack([(drawn.states == s).mean(axis=0) for s in range(4)], axis=-1)
    assert drawn.marginals() == pytest.approx(shares)
    assert crisp.marginals(60, burn_in=5, seed=3) == pytest.approx(shares)
    assert crisp.risk(4, samples=60, burn_in=5, seed=3) == pytest.approx(shares[:, 4, 1:3].sum(-1))
    assert len(drawn) == 60
    assert drawn.chain_lengths == [30, 30]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_states_only_go_forward(data):
    people, days = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 8))
    person, day = st.integers(0, people - 1), st.integers(0, days - 1)
    contacts = [
        row
        for row in data.draw(st.lists(st.tuples(person, person, day, st.integers(0, 5))))
        if row[0] != row[1]
    ]
    tests = data.draw(st.lists(st.tuples(person, day, st.booleans())))
    crisp = Crisp(people, days, contacts, tests, p0=0.2, p1=0.5, engine=ENGINES[-1], **SHORT)
    state = crisp.sample(4, burn_in=3, seed=data.draw(st.integers(0, 99)), threads=2).states
    assert state.shape == (4, people, days)
    assert (np.diff(state, axis=2) >= 0).all()
    assert state.min(initial=0) >= 0
    assert state.max() <= 3


def test_a_test_may_have_rates_of_its_own(engine):
    # A test of rate 1/2 either way says nothing; one with the disease's rates is as if unsaid.
    rows = [
        {"person": 0, "day": 2, "positive": True, "false_negative_rate": 0.1},
        {"person": 1, "day": 2, "positive": True},
    ]
    coin = {"person": 2, "day": 2, "positive": True}
    coin |= {"false_negative_rate": 0.5, "false_positive_rate": 0.5}
    law = {"false_negative_rate": 0.3, "false_positive_rate": 0.05}
    crisp = Crisp(3, 4, (), [*rows, coin], engine=engine, **law)
    wanted = [math.log(0.9 / 0.05), math.log(0.7 / 0.05), 0.0]
    assert crisp.model.test_ratio == pytest.approx(wanted)
    grown = Crisp(3, 4, (), [(1, 2, True)], engine=engine, **law).advance(tests=[rows[0]], days=0)
    assert grown.model.test_ratio == pytest.approx(wanted[:2])
    with pytest.raises(InputError, match=r"row 0: false_negative_rate must be a number in \[0, 1"):
        Crisp(3, 4, (), [rows[0] | {"false_negative_rate": 1.5}])


# -- diagnostics -----------------------------------------------------------------------------------


def test_effective_samples_of_a_known_series():
    # An autoregressive series of coefficient 0.8 is worth (1 - 0.8) / (1 + 0.8) of its length.
    random = np.random.default_rng(1)
    noise = random.standard_normal((4, 5000, 20))
    series = noise.copy()
    for t in range(1, series.shape[1]):
        series[:, t] = 0.8 * series[:, t - 1] + noise[:, t]
    assert effective_samples(series).mean() == pytest.approx(20_000 / 9, rel=0.1)
    assert effective_samples(noise).mean() == pytest.approx(20_000, rel=0.1)
    assert split_rhat(noise).max() < 1.01


def test_chains_that_stand_apart_are_seen():
    apart = np.zeros((2, 100, 1))
    apart[1] = 5
    assert split_rhat(apart)[0] == np.inf
    drifting = np.arange(100.0).reshape(1, 100, 1)
    assert split_rhat(drifting)[0] > 2


def test_what_was_compiled_before_a_file_changed_is_dropped(tmp_path, monkeypatch):
    (tmp_path / "__pycache__").mkdir()
    old, new = (tmp_path / "__pycache__" / f"{name}.nbi" for name in ("old", "new"))
    source, late = tmp_path / "draws.py", tmp_path / "late.py"
    now = time.time()
    for path, at in ((old, now - 50), (source, now - 30), (new, now - 10), (late, now + 9e6)):
        path.write_text("")
        os.utime(path, (at, at))
    monkeypatch.setattr(compiling, "__file__", str(tmp_path / "compiling.py"))
    compiling._forget_old()
    # A file from the future says nothing about what was compiled.
    assert (old.exists(), new.exists()) == (False, True)
