"""Contact risk: in how many simulated sets the intervals of the EM hold the truth.

Each set is an epidemic over random contacts of known coefficients; what each gave is kept in a
file, so that a hundred sets may be learned in pieces.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest

from _report import Row
from chowk.health import Crisp, LogLinear, simulate

#: P(infection) from outside a day.
OUTSIDE = 0.01
STAGES = {"incubation": (0.0, 0.5, 0.5), "infectious": (0.0, 0.0, 0.5, 0.5)}
DAYS = 25
#: How many people, and the hazard of a plain contact: of the few, contacts tell little.
WORLDS = {"few": (150, 0.04), "many": (400, 0.06)}


def truth_of(world: str) -> LogLinear:
    """What made a world's data: hazards of a contact."""
    base = float(np.log(WORLDS[world][1]))
    return LogLinear({"contact": base, "log_minutes": 0.6, "indoors": 0.8})


#: The bar: of 100 sets, so many must be held by nominal 95% intervals.
BAR = 0.88


def one_set(work: tuple[str, int]) -> dict[str, Any]:
    """Simulate a set and learn from it: estimate, interval and truth by coefficient."""
    name, seed = work
    people, truth = WORLDS[name][0], truth_of(name)
    random = np.random.default_rng(seed)
    meets = people * DAYS * 2
    a = random.integers(0, people, meets)
    contacts = {
        "person_a": a,
        "person_b": (a + 1 + random.integers(0, people - 1, meets)) % people,
        "day": random.integers(0, DAYS, meets),
        "minutes": random.choice([5.0, 15.0, 60.0], meets),
        "indoors": random.random(meets) < 0.5,
    }
    world = Crisp(people, DAYS, contacts, p0=OUTSIDE, transmission=truth, **STAGES)
    epidemic = simulate(world, seed=seed)
    who, when = np.repeat(np.arange(people), DAYS), np.tile(np.arange(DAYS), people)
    tests = epidemic.test(who, when, seed=seed)
    found = np.column_stack([tests.person, tests.day, tests.positive])
    found = found[random.random(people * DAYS) < 0.5]
    start = time.process_time()
    crisp = Crisp(people, DAYS, contacts, found, p0=0.03, p1=0.01, **STAGES)
    fit = crisp.fit_transmission(iterations=20, samples=20, final_samples=200, seed=seed)
    return {
        "world": name,
        "seed": seed,
        "seconds": time.process_time() - start,
        "estimates": fit.estimates,
        "intervals": {name: list(ends) for name, ends in fit.intervals.items()},
    }


def coverage(rows: list[Row], sets: int, kept: Path | None, processes: int) -> None:
    """How often nominal 95% intervals of the EM hold the coefficients that made the data."""
    done: list[dict[str, Any]] = []
    if kept is not None and kept.is_file():
        done = json.loads(kept.read_text("utf-8"))
    there = {(one["world"], one["seed"]) for one in done}
    work = [(world, seed) for world in WORLDS for seed in range(sets)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for one in pool.imap(one_set, [at for at in work if at not in there]):
            done.append(one)
            if kept is not None:
                kept.write_text(json.dumps(done), "utf-8")
    for world, (people, _) in WORLDS.items():
        these = [one for one in done if one["world"] == world and one["seed"] < sets]
        case = f"EM, {people} people x {DAYS} days, {len(these)} sets"
        wanted = {"outside": float(np.log(-np.log1p(-OUTSIDE))), **truth_of(world).coefficients}
        for name, value in wanted.items():
            judged(rows, f"{case}, {name}", [(*one["intervals"][name],) for one in these], value)
        seconds = float(np.mean([one["seconds"] for one in these]))
        rows.append(Row(case, "CPU s a set", "lower", seconds))


def judged(rows: list[Row], case: str, intervals: list[tuple[float, ...]], value: float) -> None:
    """How many intervals hold `value`: of all, and of those that are not the whole line."""
    low, high = np.array(intervals).T
    held = (low <= value) & (value <= high)
    known = np.isfinite(high - low)
    rows.append(Row(case, "95% intervals that hold it", "higher", float(held.mean()), "bar", BAR))
    rows.append(Row(case, "sets said not to tell it", "lower", float((~known).mean())))
    share = float(held[known].mean()) if known.any() else float("nan")
    rows.append(Row(case, "of the others, intervals that hold it", "higher", share, "bar", BAR))
    # How surprising so few would be if 95% or more held it.
    p = binomtest(int(held[known].sum()), max(int(known.sum()), 1), 0.95, alternative="less").pvalue
    rows.append(Row(case, "their p-value of 95% or more", "higher", float(p)))
    error = float(np.median(high[known] - low[known]) / 3.92) if known.any() else float("nan")
    rows.append(Row(case, "their standard error (median)", "lower", error))
