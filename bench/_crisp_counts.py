"""Contact risk: what counts of infectious contacts, kept up to date, would spare a sweep.

A sweep reads the stages of everybody whom a person met. Were the sums kept by person and day, a
draw would read them, and a trace that changed would be written to the sums of all whom its person
met on the days that changed. Both are timed apart: reading contacts, as the sweep does, and that
writing, over the changes that a sweep made.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from _crisp_speed import meetings
from _report import Row
from chowk.health import Crisp
from chowk.health.arrays import Model, State, work
from chowk.health.compiling import compiled
from chowk.health.draws import day_terms
from chowk.health.sweeps import Sweeper, groups_of

SIZES = ((1_000, 30, 5), (1_000, 60, 10), (10_000, 60, 10), (2_000, 30, 40))


@compiled
def read_all(model: Model, state: State, room: Any, nobody: np.ndarray) -> int:
    """Read everybody's contacts as a sweep does."""
    found = 0
    for person in range(len(model.first)):
        found += day_terms(person, model, state, -1, room, nobody)
    return found


@compiled
def write_changes(
    model: Model, old: State, new: State, infectious: np.ndarray, healthy: np.ndarray
) -> int:
    """Carry changed traces into the sums of those who were met; gives how many were written."""
    days = model.days
    written = 0
    for u in range(len(new.e)):
        for t in range(min(old.i[u], new.i[u]), max(old.r[u], new.r[u])):
            was = old.i[u] <= t and t < old.r[u]
            now = new.i[u] <= t and t < new.r[u]
            if was != now:
                for c in range(model.indptr[u * days + t], model.indptr[u * days + t + 1]):
                    infectious[model.neighbour[c] * days + t] += 1 if now else -1
                    written += 1
        step = 1 if new.e[u] > old.e[u] else -1
        for t in range(min(old.e[u], new.e[u]), max(old.e[u], new.e[u])):
            for c in range(model.indptr[u * days + t], model.indptr[u * days + t + 1]):
                healthy[model.neighbour[c] * days + t] += step
                written += 1
    return written


def counts(rows: list[Row]) -> None:
    """CPU microseconds a person: a sweep, its reading of contacts, and the writing instead."""
    for people, days, a_day in SIZES:
        random, n = np.random.default_rng(1), people // 5
        tests = {
            "person": random.integers(0, people, n),
            "day": random.integers(0, days, n),
            "positive": random.random(n) < 0.3,
        }
        crisp = Crisp(
            people, days, meetings(people, days, a_day, 0), tests, p0=1e-3, p1=0.1 / a_day
        )
        model, draws = crisp.model, np.random.default_rng(3)
        state = crisp._start(1, np.random.default_rng(2))
        room, nobody = work(days), np.zeros(0, np.int32)
        sums = np.zeros((2, people * days), np.int32)
        spent: dict[str, list[float]] = {"a sweep": [], "reading contacts": [], "writing": []}
        written, changed = [], []
        with Sweeper(model, 1, groups_of(model)) as sweeper:
            for _ in range(30):
                old = State(*(part.copy() for part in state))
                uniforms = draws.random((people, 3))
                at = [time.process_time()]
                sweeper.sweep(state, uniforms)
                at.append(time.process_time())
                read_all(model, state, room, nobody)
                at.append(time.process_time())
                written.append(write_changes(model, old, state, *sums))
                at.append(time.process_time())
                for name, gap in zip(spent, np.diff(at), strict=True):
                    spent[name].append(float(gap))
                other = [x != y for x, y in zip(old, state, strict=True)]
                changed.append(float(np.any(other, axis=0).mean()))
        case = f"counts: {people:,} x {days}, {a_day} a day"
        for name, gaps in spent.items():
            each = float(np.median(gaps[10:])) / people * 1e6
            rows.append(Row(case, f"CPU us a person, {name}", "lower", each))
        share = float(np.mean(written[10:])) / max(len(model.neighbour), 1)
        rows.append(Row(case, "traces that a sweep changes", "lower", float(np.mean(changed[10:]))))
        rows.append(Row(case, "writes a contact read", "lower", share))
