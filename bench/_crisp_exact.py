"""Contact risk beside enumeration: the joint law of all traces, and every marginal.

Random worlds of up to 4 people and 6 days, in hundreds of independent copies; a path of three in
which the two ends are coupled; worlds that grew day by day; and worlds whose people were renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from _report import Row

#: Sweeps from a copy's first state to the one that is judged. Every copy gives one draw, so that
#: all draws of a world are independent.
_SWEEPS = 140


def judged(
    rows: list[Row], name: str, worlds: tuple[Sequence[Any], Sequence[int], int], kept: np.ndarray
) -> None:
    """The p-value of all joint laws of `kept` [1, people, 3], and the farthest marginal."""
    from scipy.stats import chi2

    from health.enumeration import joint, states
    from health.worlds import joint_distance

    cases, begins, copies = worlds
    total = freedom = worst = 0.0
    (last,) = kept
    for case, begin in zip(cases, begins, strict=True):
        oracle = joint(case)
        drawn = last[begin : begin + copies * case.people].reshape(-1, case.people, 3)
        distance, df = joint_distance(case, drawn, oracle)
        total, freedom = total + distance, freedom + df
        share, truth = states(drawn, case.days), states(oracle[0], case.days)
        for s in range(4):
            p = (oracle[1][:, None, None] * (truth == s)).sum(0)
            z = ((share == s).mean(0) - p) / np.sqrt(p * (1 - p) / len(drawn) + 1e-9)
            large = np.minimum(p, 1 - p) * len(drawn) > 20
            worst = max(worst, float(np.abs(z[large]).max(initial=0)))
    case_name = f"{name}, {len(cases)} world(s) x {copies}"
    rows.append(
        Row(case_name, "p-value of all joint laws", "higher", float(chi2.sf(total, freedom)))
    )
    rows.append(Row(case_name, "largest |z| of a marginal", "lower", worst))


def exact(rows: list[Row], worlds: int, copies: int) -> None:
    """Compare joint traces of random worlds with enumeration."""
    from health.enumeration import random_case
    from health.test_exact import PATH
    from health.worlds import together

    random = np.random.default_rng(0)
    for name, law in (("both priors: exposed", {}), ("susceptible", {"first_day": "susceptible"})):
        cases = [random_case(random, days=6, **law) for _ in range(worlds)]
        crisp, begins = together(cases, copies)
        for threads in (1, 2):
            kept = crisp.sample(1, burn_in=_SWEEPS, seed=1, chains=1, threads=threads).traces
            judged(rows, f"{name}, {threads} thread(s)", (cases, begins, copies), kept)
    crisp, begins = together([PATH], 20_000)
    for threads in (1, 2, 4):
        kept = crisp.sample(1, burn_in=_SWEEPS, seed=2, chains=1, threads=threads).traces
        judged(rows, f"path u-v-w, {threads} thread(s)", ([PATH], begins, 20_000), kept)
    some = [random_case(random, days=6) for _ in range(worlds)]
    judged(rows, "people renamed", *renamed(some, copies, random))
    judged(rows, "advance, day by day", *grown(some, copies))


def renamed(cases: Sequence[Any], copies: int, random: np.random.Generator) -> tuple[Any, Any]:
    """Sample worlds whose people stand in another order, and put them back."""
    from health.worlds import together

    orders = [random.permutation(case.people) for case in cases]
    others = [
        replace(
            case,
            contacts=tuple((int(o[a]), int(o[b]), t, n) for a, b, t, n in case.contacts),
            tests=tuple((int(o[p]), t, found) for p, t, found in case.tests),
        )
        for case, o in zip(cases, orders, strict=True)
    ]
    crisp, begins = together(others, copies)
    kept = crisp.sample(1, burn_in=_SWEEPS, seed=3, chains=1).traces
    back = np.concatenate(
        [
            (begin + np.arange(copies)[:, None] * case.people + o).ravel()
            for case, begin, o in zip(cases, begins, orders, strict=True)
        ]
    )
    return (cases, begins, copies), kept[:, back]


def grown(cases: Sequence[Any], copies: int) -> tuple[Any, Any]:
    """Worlds known for three days, to which a day after the other is added."""
    from health.worlds import together

    def cut(case: Any) -> Any:
        early = tuple(c for c in case.contacts if c[2] < 3)
        return replace(case, days=3, contacts=early, tests=tuple(t for t in case.tests if t[1] < 3))

    crisp, begins = together([cut(case) for case in cases], copies)
    crisp.sample(1, burn_in=60, seed=1, chains=1)
    for day in range(3, 6):
        contacts, tests = [], []
        for case, begin in zip(cases, begins, strict=True):
            for at in range(begin, begin + copies * case.people, case.people):
                contacts += [(a + at, b + at, t, n) for a, b, t, n in case.contacts if t == day]
                tests += [(p + at, t, found) for p, t, found in case.tests if t == day]
        crisp.advance(contacts, tests)
        last = crisp.sample(1, burn_in=25, seed=day, chains=1)
    return (cases, begins, copies), last.traces
