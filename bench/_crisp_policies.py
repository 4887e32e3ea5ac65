"""Contact risk: the paper's experiment with policies, epidemic by epidemic, and its picture."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from pathlib import Path

from _report import Row
from chowk.health import (
    ByRisk,
    ByTomorrow,
    Lockdown,
    Nothing,
    Outcome,
    Symptoms,
    Tracing,
    pareto_front,
    simulate_policy,
)
from chowk.health.pareto_plot import points_of, policy_plot

#: The paper's: quarantine of 2 to 21 days; thresholds of P(exposed or infectious) from 0.2 to 0.5
#: with a scorer that takes ten times the p0 of the world, and spare tests by P(infectious). Ours:
#: thresholds of P(infectious tomorrow), everybody's diary, and spare tests where a result changes
#: something; and the same tests and diary with the paper's threshold.
POLICIES = [
    Nothing(),
    Lockdown(),
    *(Symptoms(stay) for stay in (2, 7, 14, 21)),
    *(Tracing(stay) for stay in (2, 7, 14, 21)),
    *(ByTomorrow(threshold) for threshold in (0.1, 0.15, 0.2, 0.3)),
    *(ByRisk(threshold, diary=True) for threshold in (0.03, 0.05, 0.1, 0.2)),
    *(ByRisk(threshold, outside=10.0, spare="risk") for threshold in (0.2, 0.3, 0.4, 0.5)),
]


def one_epidemic(work: tuple[int, int]) -> Outcome:
    """Policy number, seed: one epidemic (a process's work)."""
    number, seed = work
    return simulate_policy(POLICIES[number], seed=seed)


def policies(
    rows: list[Row],
    epidemics: int,
    wanted: str,
    kept: Path | None,
    plot: Path | None,
    front_file: Path | None,
    processes: int,
) -> None:
    """The paper's experiment; CRISP beside the best of the others."""
    outcomes: list[Outcome] = []
    if kept is not None and kept.is_file():
        outcomes = [Outcome(*one) for one in json.loads(kept.read_text())]
    there = {(outcome.policy, outcome.seed) for outcome in outcomes}
    work = [
        (number, seed)
        for seed in range(epidemics)
        for number, policy in enumerate(POLICIES)
        if policy.name.startswith(wanted) and (policy.name, seed) not in there
    ]
    start = time.perf_counter()
    # The one way to begin a process that is safe beside threads, and the same everywhere.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for done in pool.imap(one_epidemic, work):
            outcomes.append(done)
            if kept is not None:
                kept.write_text(json.dumps([list(one) for one in outcomes]))
    spent = time.perf_counter() - start
    order = {policy.name: number for number, policy in enumerate(POLICIES)}
    points = points_of(sorted(outcomes, key=lambda one: (order[one.policy], one.seed)))
    front = pareto_front([(p.infected, p.quarantine_days) for p in points])
    for k, p in enumerate(points):
        case = f"policy: {p.policy} ({p.runs} epidemics)"
        rows.append(Row(case, "share infected", "lower", p.infected))
        rows.append(Row(case, "its standard error", "lower", p.error))
        rows.append(Row(case, "days in quarantine", "lower", p.quarantine_days))
        rows.append(Row(case, "on the Pareto front", "higher", float(k in front)))
    if work:
        rows.append(Row("policies", f"s for {len(work)} epidemics", "lower", spent))
    if plot is not None:
        shown = [p for p in points if p.policy != "lockdown"]
        plot.write_text(policy_plot(shown))
        print(f"{plot} is drawn", file=sys.stderr)
    if front_file is not None:
        told = {"points": [p._asdict() for p in points if p.policy != "lockdown"]}
        front_file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
