"""Contact risk: in how many simulated sets the intervals of the EM hold the truth.

Each set is an epidemic over random contacts of known coefficients; what each gave is kept in a
file, so that a hundred sets may be learned in pieces.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from _report import Row
from chowk.health import Crisp, LogLinear, simulate

#: What made the data: hazards of a contact, and P(infection) from outside a day.
TRUTH = LogLinear({"contact": float(np.log(0.04)), "log_minutes": 0.6, "indoors": 0.8})
OUTSIDE = 0.01
STAGES = {"incubation": (0.0, 0.5, 0.5), "infectious": (0.0, 0.0, 0.5, 0.5)}
WANTED = {"outside": float(np.log(-np.log1p(-OUTSIDE))), **TRUTH.coefficients}
PEOPLE, DAYS = 150, 25
#: The bar: of 100 sets, so many must be held by nominal 95% intervals.
BAR = 0.88


def one_set(seed: int) -> dict[str, Any]:
    """Simulate a set and learn from it: estimate, interval and truth by coefficient."""
    random = np.random.default_rng(seed)
    meets = PEOPLE * DAYS * 2
    a = random.integers(0, PEOPLE, meets)
    contacts = {
        "person_a": a,
        "person_b": (a + 1 + random.integers(0, PEOPLE - 1, meets)) % PEOPLE,
        "day": random.integers(0, DAYS, meets),
        "minutes": random.choice([5.0, 15.0, 60.0], meets),
        "indoors": random.random(meets) < 0.5,
    }
    world = Crisp(PEOPLE, DAYS, contacts, p0=OUTSIDE, transmission=TRUTH, **STAGES)
    epidemic = simulate(world, seed=seed)
    who, when = np.repeat(np.arange(PEOPLE), DAYS), np.tile(np.arange(DAYS), PEOPLE)
    tests = epidemic.test(who, when, seed=seed)
    found = np.column_stack([tests.person, tests.day, tests.positive])
    found = found[random.random(PEOPLE * DAYS) < 0.5]
    start = time.process_time()
    crisp = Crisp(PEOPLE, DAYS, contacts, found, p0=0.03, p1=0.01, **STAGES)
    fit = crisp.fit_transmission(iterations=20, samples=20, final_samples=200, seed=seed)
    return {
        "seed": seed,
        "seconds": time.process_time() - start,
        "estimates": fit.estimates,
        "intervals": {name: list(ends) for name, ends in fit.intervals.items()},
    }


def coverage(rows: list[Row], sets: int, kept: Path | None) -> None:
    """How often nominal 95% intervals of the EM hold the coefficients that made the data."""
    done: list[dict[str, Any]] = []
    if kept is not None and kept.is_file():
        done = json.loads(kept.read_text("utf-8"))
    there = {one["seed"] for one in done}
    with multiprocessing.get_context("spawn").Pool(min(os.cpu_count() or 1, 2)) as pool:
        for one in pool.imap(one_set, [seed for seed in range(sets) if seed not in there]):
            done.append(one)
            if kept is not None:
                kept.write_text(json.dumps(done), "utf-8")
    done = [one for one in done if one["seed"] < sets]
    case = f"EM, {PEOPLE} people x {DAYS} days, {len(done)} sets"
    for name, wanted in WANTED.items():
        ends = np.array([one["intervals"][name] for one in done])
        estimates = np.array([one["estimates"][name] for one in done])
        held = int(((ends[:, 0] <= wanted) & (wanted <= ends[:, 1])).sum())
        rows.append(
            Row(
                f"{case}, {name}",
                "95% intervals that hold it",
                "higher",
                held / len(done),
                "bar",
                BAR,
            )
        )
        # What a true coverage of 95% would make as surprising, from below.
        p = float(binomtest(held, len(done), 0.95, alternative="less").pvalue)
        rows.append(Row(f"{case}, {name}", "p-value of 95% or more", "higher", p))
        bias = float(estimates.mean() - wanted)
        rows.append(Row(f"{case}, {name}", "mean estimate less the truth", "lower", bias))
        spread = float(estimates.std(ddof=1)) if len(done) > 1 else float("nan")
        rows.append(Row(f"{case}, {name}", "spread of estimates", "lower", spread))
        error = float(np.median((ends[:, 1] - ends[:, 0]) / 3.92))
        rows.append(Row(f"{case}, {name}", "standard error said (median)", "lower", error))
    seconds = float(np.mean([one["seconds"] for one in done]))
    rows.append(Row(case, "CPU s a set", "lower", seconds))
