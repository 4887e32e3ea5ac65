"""Many small worlds in one model, so that one sweep draws all of them."""

from __future__ import annotations

import numpy as np

from chowk.health import Crisp


def together(cases, copies, **options):
    """One `Crisp` over `copies` of every case, and the first person of each case."""
    contacts, tests, present, unobserved, begins, at = [], [], [], [], [], 0
    days = max(case.days for case in cases)
    for case in cases:
        begins.append(at)
        for _ in range(copies):
            contacts += [(a + at, b + at, day, count) for a, b, day, count in case.contacts]
            tests += [(person + at, day, positive) for person, day, positive in case.tests]
            unobserved += [(person + at, day, p) for person, day, p in case.unobserved]
            for person in range(case.people):
                first, end = case.stay(person)
                if (first, end) != (0, days):
                    present.append((person + at, first, end - 1))
            at += case.people
    options |= {"present": present or None, "unobserved": unobserved or None}
    return Crisp(at, days, contacts, tests, **cases[0].law, **options), begins


def joint_distance(case, drawn, oracle):
    """Pearson's statistic of drawn joint traces [n, people, 3] against the oracle, and its
    degrees of freedom; cells of fewer than 5 expected draws are one cell."""
    found, weights, _ = oracle
    base = case.days + 1
    powers = base ** np.arange(case.people * 3)
    key = found.reshape(len(found), -1) @ powers
    order = np.argsort(key)
    at = np.searchsorted(key[order], drawn.reshape(len(drawn), -1).astype(np.int64) @ powers)
    at = np.minimum(at, len(key) - 1)
    assert (key[order][at] == drawn.reshape(len(drawn), -1) @ powers).all(), "impossible trace"
    seen = np.bincount(order[at], minlength=len(found))
    expected = weights * len(drawn)
    large = expected >= 5
    seen = np.append(seen[large], seen[~large].sum())
    expected = np.append(expected[large], expected[~large].sum())
    keep = expected > 1
    statistic = ((seen - expected)[keep] ** 2 / expected[keep]).sum()
    return statistic, max(int(keep.sum()) - 1, 0)
