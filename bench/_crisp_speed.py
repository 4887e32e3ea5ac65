"""Contact risk: seconds a sweep by size, on one core and two, and how they grow.

Random contacts over random people; the peer is the C++ of the paper's authors, one thread, as
measured on a machine of the same kind (it is not run here).
"""

from __future__ import annotations

import resource
import time

import numpy as np

from _report import Row
from chowk.health import Crisp
from chowk.health.samples import diagnose
from chowk.health.sweeps import Sweeper, groups_of

#: Seconds a sweep of the authors' C++, measured apart: (people, days, contacts a day).
CPP = {(1_000, 60, 10): 4.62, (10_000, 60, 10): 85.3}
#: Bytes that a contact costs in a sweep: its neighbour, read once, and that one's first day.
BYTES = 6


def meetings(people: int, days: int, a_day: int, seed: int) -> dict[str, np.ndarray]:
    """Random pairs, so that everybody has `a_day` contacts a day on average."""
    random = np.random.default_rng(seed)
    each = people * a_day // 2
    a = random.integers(0, people, each * days, dtype=np.int32)
    b = (a + 1 + random.integers(0, people - 1, len(a), dtype=np.int32)) % people
    day = np.repeat(np.arange(days, dtype=np.int32), each)
    return {"person_a": a, "person_b": b.astype(np.int32), "day": day}


def bandwidth() -> float:
    """Bytes a second that one core reads, from a sum over 400 MB."""
    values = np.ones(50_000_000)
    best = np.inf
    for _ in range(4):
        start = time.perf_counter()
        values.sum()
        best = min(best, time.perf_counter() - start)
    return values.nbytes / best


def speed(sizes: list[tuple[int, int, int]], rows: list[Row], *, sweeps: int) -> None:
    """Time sweeps of random contacts, on one thread and on two."""
    reads = bandwidth()
    rows.append(Row("this machine", "GB a second read by a core", "higher", reads / 1e9))
    for people, days, a_day in sizes:
        case = f"{people:,} x {days}, {a_day} a day"
        random = np.random.default_rng(1)
        n = people // 5
        tests = {
            "person": random.integers(0, people, n),
            "day": random.integers(0, days, n),
            "positive": random.random(n) < 0.3,
        }
        Crisp(3, 2, [(0, 1, 0)])  # compile
        contacts = meetings(people, days, a_day, 0)
        start = time.perf_counter()
        crisp = Crisp(people, days, contacts, tests, p0=1e-3, p1=0.01)
        groups = groups_of(crisp.model)
        rows.append(Row(case, "s to take contacts", "lower", time.perf_counter() - start))
        del contacts
        ends = []
        for threads in (1, 2):
            state = crisp._start(1, np.random.default_rng(2))
            draws = np.random.default_rng(3)
            wall, cpu, series = [], [], []
            with Sweeper(crisp.model, threads, groups) as sweeper:
                for _ in range(sweeps):
                    uniforms = draws.random((people, 3))
                    before = time.process_time()
                    start = time.perf_counter()
                    sweeper.sweep(state, uniforms)
                    wall.append(time.perf_counter() - start)
                    cpu.append(time.process_time() - before)
                    if threads == 1:
                        series.append(state.e.copy())
            ends.append(state)
            theirs = CPP.get((people, days, a_day))
            peer = {"peer": "C++", "theirs": theirs} if threads == 1 and theirs else {}
            label = f"s a sweep, {threads} thread{'s' * (threads > 1)}"
            rows.append(Row(case, label, "lower", float(np.median(wall)), **peer))
            rows.append(Row(case, f"{label}, CPU", "lower", float(np.median(cpu))))
            if threads == 1:
                kept = np.stack(series[sweeps // 3 :])
                found = diagnose(kept, [len(kept)], crisp.people)
                slow = float(np.quantile(found.effective_samples, 0.01))
                spent = float(np.median(wall)) * len(kept)
                rows.append(Row(case, "s an effective sample, slowest 1%", "lower", spent / slow))
                floor = len(crisp.model.neighbour) * BYTES / reads
                rows.append(Row(case, "CPU s over memory floor", "lower", np.median(cpu) / floor))
        assert all((x == y).all() for x, y in zip(*ends, strict=True)), "threads changed the draw"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        rows.append(Row(case, "GB at most, the process", "lower", peak))


def growth(rows: list[Row]) -> None:
    """Seconds a sweep on one thread as one of people, days and contacts a day is doubled."""
    base = (2_000, 30, 10)
    sizes = [base]
    for k in range(3):
        for factor in (2, 4):
            sizes.append(tuple(n * factor if j == k else n for j, n in enumerate(base)))
    first = None
    for people, days, a_day in sizes:
        contacts = meetings(people, days, a_day, 0)
        crisp = Crisp(people, days, contacts, p0=1e-3, p1=0.1 / a_day)
        state, draws = crisp._start(1, np.random.default_rng(2)), np.random.default_rng(3)
        spent = []
        with Sweeper(crisp.model, 1, groups_of(crisp.model)) as sweeper:
            for _ in range(20):
                uniforms = draws.random((people, 3))
                before = time.process_time()
                sweeper.sweep(state, uniforms)
                spent.append(time.process_time() - before)
        found = float(np.median(spent[5:]))
        first = first or found
        case = f"growth: {people:,} x {days}, {a_day} a day"
        rows.append(Row(case, "CPU s a sweep, beside the first", "lower", found, "first", first))
