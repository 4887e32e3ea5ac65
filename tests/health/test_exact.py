"""The sampler draws from the posterior itself, jointly and person by person: beside enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from chowk.health import Crisp, compiling, draws, plain
from chowk.health.arrays import State, work
from chowk.health.sweeps import Sweeper
from health.enumeration import Case, conditional, joint, marginals, random_case
from health.worlds import joint_distance, together
from servers.rule import missing

GOLDEN = Case(
    3,
    7,
    contacts=((0, 1, 1, 1), (1, 2, 3, 2), (0, 2, 4, 1)),
    tests=((0, 3, True), (2, 6, True), (1, 5, False)),
)
#: Published beside the model: P(S, E, I, R) on day 6, and P(tests).
PUBLISHED = {
    "exposed": (
        [
            [0.17344, 0.01616, 0.03078, 0.77963],
            [0.58559, 0.04380, 0.04266, 0.32796],
            [0.12595, 0.02002, 0.82066, 0.03336],
        ],
        0.0253819804,
    ),
    "susceptible": (
        [
            [0.22394, 0.02108, 0.03935, 0.71563],
            [0.71609, 0.05356, 0.05018, 0.18018],
            [0.13939, 0.02240, 0.81425, 0.02395],
        ],
        0.020534131,
    ),
}
#: Settings that bend the law: lengths of zero days, long stages, certain infection, exact tests.
SETTINGS = [
    {},
    {"first_day": "susceptible", "incubation": (0.3, 0.7), "infectious": (0.25, 0.25, 0.5)},
    {"incubation": (0.0, 0.1, 0.2, 0.3, 0.2, 0.2), "infectious": (0.0, 0.5, 0.0, 0.0, 0.5)},
    {"p1": 0.97, "p0": 0.3, "false_negative_rate": 0.0},
]
ENGINES = ["numpy", "numba"]


def need(engine):
    if engine == "numba" and not compiling.AVAILABLE:
        missing("The compiled sampler needs numba", "pip install 'chowk[health]'")


def golden(prior):
    return Case(**{**GOLDEN.__dict__, "first_day": prior})


@pytest.mark.parametrize("prior", PUBLISHED)
def test_the_oracle_gives_the_published_numbers(prior):
    published, evidence = PUBLISHED[prior]
    case = golden(prior)
    assert marginals(case)[:, 6] == pytest.approx(np.array(published), abs=6e-6)
    assert joint(case)[2] == pytest.approx(evidence, rel=1e-7)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("prior", PUBLISHED)
def test_the_golden_example(prior, engine):
    need(engine)
    case = golden(prior)
    samples, bound = (40_000, 0.012) if engine == "numba" else (2_500, 0.05)
    crisp = Crisp(case.people, case.days, case.contacts, case.tests, engine=engine, **case.law)
    found = crisp.marginals(samples, burn_in=100, seed=3)
    assert found.sum(axis=-1) == pytest.approx(1.0)
    assert np.abs(found - marginals(case)).max() < bound


def staged(crisp, person, state):
    """P(trace) of every trace as the stages have it, by engine."""
    model = crisp.model
    first, end = int(model.first[person]), int(model.end[person])
    n = end - first
    if crisp.engine == "numba":
        room = work(model.days)
        draws.day_terms(person, model, state, -1, room, np.zeros(0, np.int32))
        logs, total = draws.stages(person, n, model, room)
        weight, c = room.weight[: n + 1].copy(), room.cumulated[: n + 1].copy()
        weight = weight if logs else np.log(weight, where=weight > 0, out=np.full(n + 1, -np.inf))
        from_e, from_i = room.from_e[:n], room.from_i[:n]
        if not logs:
            with np.errstate(divide="ignore"):
                from_e, from_i = np.log(from_e), np.log(from_i)
    else:
        weight, from_e, from_i, c = plain.stages(
            person, *plain.day_terms(person, model, state), model
        )
        total = np.logaddexp.reduce(weight)
    found = {(end, end, end): np.exp(weight[n] - total)}
    with np.errstate(divide="ignore"):
        q_e, q_i = np.log(model.q_e), np.log(model.q_i)
        tail_e, tail_i = np.log(model.tail_e), np.log(model.tail_i)
    for e in range(n):
        if weight[e] - total < -600:
            continue
        start = weight[e] - total - from_e[e]
        found[first + e, end, end] = np.exp(start + tail_e[n - e])
        for k in range(min(len(q_e), n - e)):
            i = e + k
            begun = start + q_e[k] - c[i]
            at_end = np.exp(begun + tail_i[n - i] + c[n])
            found[first + e, first + i, end] = found.get((first + e, first + i, end), 0) + at_end
            for j in range(min(len(q_i), n - i)):
                found[first + e, first + i, first + i + j] = np.exp(begun + q_i[j] + c[i + j])
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_staged_conditional_is_the_enumerated_one(setting, engine):
    need(engine)
    random = np.random.default_rng(11)
    worst = 0.0
    for _ in range(12):
        case = random_case(random, people=int(random.integers(2, 4)), **setting)
        unobserved = tuple(
            (person, day, 0.3)
            for person in range(case.people)
            for day in range(case.days)
            if random.random() < 0.2
        )
        case = Case(**{**case.__dict__, "unobserved": unobserved})
        rows = case.contacts, case.tests
        crisp = Crisp(
            case.people, case.days, *rows, unobserved=unobserved, engine=engine, **case.law
        )
        found, weights, _ = joint(case)
        for at in random.choice(len(found), 3, p=weights):
            state = State(*(found[at, :, k].astype(np.int16) for k in range(3)))
            for person in range(case.people):
                others = {p: found[at, p] for p in range(case.people) if p != person}
                wanted = conditional(case, person, others)
                ours = {trace: p for trace, p in staged(crisp, person, state).items() if p > 0}
                assert set(wanted) - set(ours) == set()
                worst = max(worst, *(abs(p - wanted.get(trace, 0)) for trace, p in ours.items()))
    assert worst < 1e-12


def drawn_jointly(crisp, cases, begins, copies, seed, threads=1):
    """Independent joint traces of every case: the state of each copy after 60 sweeps."""
    last = crisp.sample(1, burn_in=60, seed=seed, chains=1, threads=threads).traces[0]
    return [
        last[begin : begin + copies * case.people].reshape(copies, case.people, 3)
        for case, begin in zip(cases, begins, strict=True)
    ]


def surprise(cases, oracles, drawn):
    """The p-value of all cases' joint draws together."""
    distances = [joint_distance(*all_) for all_ in zip(cases, drawn, oracles, strict=True)]
    return chi2.sf(sum(d for d, _ in distances), sum(df for _, df in distances))


@pytest.mark.parametrize("setting", SETTINGS)
def test_joint_laws_of_random_worlds(setting):
    need("numba")
    random = np.random.default_rng(5)
    cases = [random_case(random, days=5, **setting) for _ in range(30)]
    oracles = [joint(case) for case in cases]
    crisp, begins = together(cases, 400)
    drawn = drawn_jointly(crisp, cases, begins, 400, seed=7, threads=2)
    assert surprise(cases, oracles, drawn) > 1e-4


#: u and w never met, both met v on the day after which v may have been infected.
PATH = Case(
    3,
    5,
    contacts=((0, 1, 2, 1), (1, 2, 2, 1)),
    tests=((1, 4, True), (0, 4, False)),
    p0=0.05,
    p1=0.6,
    false_positive_rate=0.01,
)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_pair_coupled_by_a_common_contact(threads):
    need("numba")
    crisp, begins = together([PATH], 20_000)
    # u and w stand in one group, so that the condition is checked at the draw.
    sweeper = Sweeper(crisp.model, threads)
    group = np.zeros(len(crisp.model.first), int)
    group[sweeper.groups.order] = np.repeat(
        np.arange(len(sweeper.groups.begin) - 1), np.diff(sweeper.groups.begin)
    )
    assert group[0] == group[2] != group[1]
    drawn = drawn_jointly(crisp, [PATH], begins, 20_000, seed=2, threads=threads)
    assert surprise([PATH], [joint(PATH)], drawn) > 1e-4


def test_the_path_is_seen_when_the_condition_is_left_out(monkeypatch):
    # Settling without stamps draws u and w as if they were independent: the joint law shows it.
    need("numba")
    from chowk.health import sweeps

    honest = sweeps.settle

    def careless(*given):
        found = given[7]
        found[:] = 0
        return honest(*given)

    monkeypatch.setattr(sweeps, "settle", careless)
    crisp, begins = together([PATH], 20_000)
    drawn = drawn_jointly(crisp, [PATH], begins, 20_000, seed=2, threads=2)
    assert surprise([PATH], [joint(PATH)], drawn) < 1e-6


def test_the_number_of_threads_changes_nothing():
    need("numba")
    random = np.random.default_rng(3)
    cases = [random_case(random, days=6, p0=0.2) for _ in range(60)]
    crisp, _ = together(cases, 4)
    one = crisp.sample(20, burn_in=5, seed=9, chains=1, threads=1).traces
    for threads in (2, 3, 8):
        many = crisp.sample(20, burn_in=5, seed=9, chains=1, threads=threads).traces
        assert (one == many).all()
    assert (crisp.sample(20, burn_in=5, seed=8, chains=1).traces != one).any()


def test_late_joiners_and_leavers():
    need("numba")
    case = Case(
        3,
        6,
        contacts=((0, 1, 1, 1), (0, 1, 2, 2), (1, 2, 3, 1), (0, 2, 4, 1)),
        tests=((1, 3, True), (2, 5, True)),
        present={1: (1, 3), 2: (3, 5)},
        p0=0.1,
    )
    crisp, begins = together([case], 20_000)
    drawn = drawn_jointly(crisp, [case], begins, 20_000, seed=4, threads=2)
    assert surprise([case], [joint(case)], drawn) > 1e-4


@pytest.mark.parametrize("engine", ENGINES)
def test_contacts_that_nobody_recorded(engine):
    need(engine)
    case = Case(
        3,
        5,
        contacts=((0, 1, 1, 1), (1, 2, 2, 1)),
        tests=((1, 4, True), (2, 4, False)),
        unobserved=((0, 0, 0.4), (0, 0, 0.2), (1, 2, 0.5), (2, 3, 0.3)),
        p0=0.02,
    )
    crisp, begins = together([case], 6_000 if engine == "numba" else 50, engine=engine)
    copies = len(crisp.model.first) // case.people
    drawn = drawn_jointly(crisp, [case], begins, copies, seed=6, threads=2)
    assert surprise([case], [joint(case)], drawn) > 1e-4
    plainly = Case(**{**case.__dict__, "unobserved": ()})
    if engine == "numba":  # the test can fail
        assert surprise([plainly], [joint(plainly)], drawn) < 1e-6


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_last_day_is_the_enumerated_one(setting, engine):
    # One person alone: the conditional is the posterior, and one sample gives it exactly.
    need(engine)
    random = np.random.default_rng(6)
    for _ in range(4):
        case = random_case(random, people=1, **setting)
        crisp = Crisp(1, case.days, (), case.tests, engine=engine, **case.law)
        assert crisp.current(1)[0] == pytest.approx(marginals(case)[0, -1], abs=1e-9)
    case = golden(setting.get("first_day", "exposed"))
    crisp = Crisp(case.people, case.days, case.contacts, case.tests, engine=engine, **case.law)
    samples, bound = (20_000, 0.012) if engine == "numba" else (400, 0.06)
    found = crisp.current(samples, burn_in=100, seed=1)
    assert np.abs(found - marginals(case)[:, -1]).max() < bound


def test_naming_people_otherwise_changes_nothing_in_distribution():
    need("numba")
    new = [2, 0, 1]
    case = Case(
        3,
        7,
        contacts=tuple((new[a], new[b], day, count) for a, b, day, count in GOLDEN.contacts),
        tests=tuple((new[person], day, positive) for person, day, positive in GOLDEN.tests),
    )
    crisp = Crisp(3, 7, case.contacts, case.tests, **case.law)
    found = crisp.marginals(40_000, burn_in=100, seed=1)
    assert np.abs(found[new] - marginals(GOLDEN)).max() < 0.012
