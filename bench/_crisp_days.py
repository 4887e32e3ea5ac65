"""Contact risk day by day: what a day costs, and how far its risks are from the whole history's."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from _crisp_quality import auc
from _crisp_speed import meetings
from _report import Row
from chowk.health import Crisp, simulate


def window(rows: list[Row]) -> None:
    """A year day by day: the whole history, and a window of 60 days."""
    people, days = 1_000, 240
    contacts = meetings(people, days, 5, 0)
    law: dict[str, Any] = {"p0": 1e-4, "p1": 0.02}
    truth = simulate(Crisp(people, days, contacts, **law), seed=1)
    random = np.random.default_rng(1)
    when = np.repeat(np.arange(days), 30)
    tests = truth.test(random.integers(0, people, len(when)), when, seed=1)
    found = np.column_stack([tests.person, tests.day, tests.positive])
    said: dict[str, list[np.ndarray]] = {}
    for name, kept in (("all days", None), ("60 days", 60)):
        begin = days - 40
        met = {key: values[contacts["day"] < 30] for key, values in contacts.items()}
        crisp = Crisp(people, 30, met, found[when < 30], **law)
        crisp.sample(2, burn_in=30, seed=1)
        spent = []
        for day in range(30, days, 10):
            now = (contacts["day"] >= day) & (contacts["day"] < day + 10)
            start = time.process_time()
            crisp.advance(
                {key: values[now] for key, values in contacts.items()},
                found[(when >= day) & (when < day + 10)],
                days=10,
                window=kept,
            )
            risk = crisp.risk(samples=200 if day >= begin else 20, burn_in=10, threads=1)
            spent.append((time.process_time() - start) / (1 if day < begin else 10))
            if day >= begin:
                said.setdefault(name, []).append(risk)
        case = f"window: {people:,} x {days}, {name}"
        rows.append(Row(case, "CPU s to add ten days, the last ones", "lower", np.mean(spent[-4:])))
    case = f"window: {people:,} x {days}, 60 days beside all"
    ours, theirs = (np.concatenate(said[name]) for name in ("60 days", "all days"))
    rows.append(Row(case, "mean difference of risk", "lower", float(np.abs(ours - theirs).mean())))
    infected = np.concatenate([truth.infected(day) for day in range(days - 31, days, 10)])
    rows.append(Row(case, "AUC", "higher", auc(ours, infected), "all days", auc(theirs, infected)))
