"""Contact risk: exactness beside enumeration, speed by size, and who is found on real networks.

Exactness: hundreds of random worlds of up to 4 people and 6 days, each in hundreds of independent
copies, against full enumeration: marginals, and the joint law of all traces, on one thread and two.

Speed: seconds a sweep on one core and two (wall, and CPU seconds of the process), and seconds an
effective sample of the slowest hundredth of the people. The peer is the C++ of the paper's authors
(zalandoresearch/CRISP, one thread), as measured on a machine of the same kind; it is not run here.

Quality: epidemics simulated over the real contact networks of schools and a hospital (their days
repeated to four weeks). Who is infected on the last day among those whose infection was not found?
CRISP beside contact tracing (minutes of the last seven days with people found positive), its second
degree, and random; and its calibration. Once with six people drawn at random tested every day, and
once with two, and half of the infectious tested for their symptoms: then who is *not* tested tells
something, which the model does not know, and its probabilities are too high.

Learning: in how many of 100 simulated sets the EM's intervals hold the truth.

Growth: seconds a sweep as people, days and contacts a day are doubled, one after the other.

Window: what a day costs when history is summed up, and how far its risks are from the whole's.

Policies: the paper's experiment (1,000 people, 150 days, 20 epidemics): who is infected and who is
in quarantine under symptoms, contact tracing and CRISP, and the front; with --plot, its picture.
Epidemics that stand in the file --outcomes are not run again, so that it may be run in pieces
(--policy CRISP --epidemics 5).

    python bench/crisp.py [--part exact|speed|growth|window|million|quality|em|policies]
        [--epidemics 20] [--data FOLDER]
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from _report import Row, arguments, emit, lacking
from chowk.health import (
    ByRisk,
    Crisp,
    Lockdown,
    LogLinear,
    Nothing,
    Outcome,
    Symptoms,
    Tracing,
    pareto_front,
    simulate,
    simulate_policy,
)
from chowk.health.pareto_plot import points_of, policy_plot
from chowk.health.samples import diagnose
from chowk.health.sweeps import Sweeper, groups_of

PARTS = ("exact", "speed", "growth", "window", "million", "quality", "em", "policies")
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


def exact(rows: list[Row], worlds: int, copies: int) -> None:
    """Compare joint traces of random worlds with enumeration."""
    from scipy.stats import chi2

    from health.enumeration import joint, random_case, states
    from health.worlds import joint_distance, together

    random = np.random.default_rng(0)
    for name, law in (("both priors: exposed", {}), ("susceptible", {"first_day": "susceptible"})):
        cases = [random_case(random, days=6, **law) for _ in range(worlds)]
        oracles = [joint(case) for case in cases]
        crisp, begins = together(cases, copies)
        for threads in (1, 2):
            # Twenty sweeps lie between states, many times the autocorrelation of such worlds.
            kept = crisp.sample(5, burn_in=60, thin=20, seed=1, chains=1, threads=threads).traces
            total = freedom = worst = 0.0
            for case, begin, oracle in zip(cases, begins, oracles, strict=True):
                drawn = kept[:, begin : begin + copies * case.people]
                drawn = drawn.reshape(-1, case.people, 3)
                distance, df = joint_distance(case, drawn, oracle)
                total, freedom = total + distance, freedom + df
                share, truth = states(drawn, 6), states(oracle[0], 6)
                for s in range(4):
                    p = (oracle[1][:, None, None] * (truth == s)).sum(0)
                    z = ((share == s).mean(0) - p) / np.sqrt(p * (1 - p) / len(drawn) + 1e-9)
                    large = np.minimum(p, 1 - p) * len(drawn) > 20
                    worst = max(worst, float(np.abs(z[large]).max(initial=0)))
            case_name = f"{name}, {worlds} worlds x {5 * copies}, {threads} thread(s)"
            p_value = float(chi2.sf(total, freedom))
            rows.append(Row(case_name, "p-value of all joint laws", "higher", p_value))
            rows.append(Row(case_name, "largest |z| of a marginal", "lower", worst))


NETWORKS = {
    "primary school": "primary_school.parquet",
    "high school 2011": "high_school_thiers_2011.parquet",
    "high school 2012": "thiers_2012.parquet",
    "hospital": "contacts_hospital.parquet",
}


def network(path: Path, days: int) -> tuple[int, np.ndarray]:
    """Contacts (a, b, day, minutes) of a real network, its days repeated to `days`."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    t, i, j = (table[name].to_numpy() for name in ("t", "i", "j"))
    apart = i != j  # a few records name a device twice
    t, i, j = t[apart], i[apart], j[apart]
    _, codes = np.unique(np.concatenate([i, j]), return_inverse=True)
    a, b = codes[: len(i)], codes[len(i) :]
    _, day = np.unique(t // 86_400, return_inverse=True)
    own = int(day.max()) + 1
    key, records = np.unique(
        np.stack([np.minimum(a, b), np.maximum(a, b), day], axis=1), axis=0, return_counts=True
    )
    minutes = np.maximum(np.round(records / 3), 1).astype(np.int64)
    found = [
        np.column_stack(
            [
                key[key[:, 2] == d % own][:, :2],
                np.full((key[:, 2] == d % own).sum(), d),
                minutes[key[:, 2] == d % own],
            ]
        )
        for d in range(days)
        if d % 7 < 5  # nobody meets at the weekend
    ]
    return int(codes.max()) + 1, np.concatenate(found)


def auc(score: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve; ties count half."""
    from scipy.stats import rankdata

    ranks, positive = rankdata(score), truth.sum()
    if positive in (0, len(truth)):
        return np.nan
    return float(
        (ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))
    )


#: Half of those who become infectious feel ill two days later, and are then tested.
ILL, ILL_AFTER = 0.5, 2
#: The diary's "positive" is that somebody began to feel ill today. Per infectious day that happens
#: with ILL / 19.9 days; among the others nearly never, for nobody has a cold here.
DIARY = {"false_negative_rate": 1 - ILL / 19.86, "false_positive_rate": 1e-4}


def with_diary(tests: np.ndarray, ill: np.ndarray, onset: np.ndarray, size: tuple[int, int]) -> Any:
    """The table of tests, and a row of the diary for everybody and every day."""
    people, days = size
    feels = np.zeros(size, dtype=bool)
    feels[ill, onset] = True
    own = np.full(len(tests), np.nan)
    return {
        "person": np.concatenate([tests[:, 0], np.repeat(np.arange(people), days)]),
        "day": np.concatenate([tests[:, 1], np.tile(np.arange(days), people)]),
        "positive": np.concatenate([tests[:, 2].astype(bool), feels.ravel()]),
        **{
            name: pa.array(np.concatenate([own, np.full(feels.size, rate)]), from_pandas=True)
            for name, rate in DIARY.items()
        },
    }


def quality(rows: list[Row], data: Path, epidemics: int, networks: list[str]) -> None:
    """Who is infected on the last day, over real contact networks."""
    folder = data / "contacts"
    if not folder.is_dir():
        lacking("crisp", f"there is no folder {folder}. Give the folder of real data with --data.")
    days = 28
    law: dict[str, Any] = {"p0": 2e-4, "p1": 0.004, "prevalence": 0.01}
    for name, ill_are_tested in itertools.product(networks, (False, True)):
        people, contacts = network(folder / NETWORKS[name], days)
        a_day = 2 if ill_are_tested else 6
        ours = "CRISP with a diary" if ill_are_tested else "CRISP"
        scores: dict[str, list[tuple[float, float]]] = {}
        said: dict[str, list[np.ndarray]] = {}
        was = []
        for seed in range(epidemics):
            world = Crisp(people, days, contacts, **law)
            truth = simulate(world, seed=seed)
            random = np.random.default_rng(seed)
            ill = np.flatnonzero((truth.i + ILL_AFTER < days) & (random.random(people) < ILL))
            ill = ill[: len(ill) * ill_are_tested]
            who = np.concatenate([ill, random.integers(0, people, a_day * days)])
            when = np.concatenate([truth.i[ill] + ILL_AFTER, np.repeat(np.arange(days), a_day)])
            tests = truth.test(who, when, seed=seed)
            found = np.column_stack([tests.person, tests.day, tests.positive])
            infected = truth.infected(days - 1)
            known = np.zeros(people, bool)
            known[tests.person[tests.positive]] = True
            judged = ~known
            if not 0 < infected[judged].sum() < judged.sum():
                continue
            recent = contacts[contacts[:, 2] >= days - 7]
            met = np.zeros((people, people))
            np.add.at(met, (recent[:, 0], recent[:, 1]), recent[:, 3])
            met += met.T
            first = met @ known
            score = {
                "CRISP": risk_of(people, days, contacts, found, law, seed),
                "CRISP, p1 2.5 times too high": risk_of(
                    people, days, contacts, found, law | {"p1": 2.5 * law["p1"]}, seed
                ),
                "tracing": first,
                "second degree": first + 0.01 * (met @ (first / max(first.max(), 1))),
                "random": random.random(people),
            }
            if ill_are_tested:
                diary = with_diary(found, ill, truth.i[ill] + ILL_AFTER, (people, days))
                score[ours] = risk_of(people, days, contacts, diary, law, seed)
            for label, values in score.items():
                values = values + 1e-9 * np.random.default_rng(seed).random(people)
                top = np.argsort(-values[judged])[: max(people // 20, 1)]
                caught = infected[judged][top].sum() / infected[judged].sum()
                scores.setdefault(label, []).append((auc(values[judged], infected[judged]), caught))
                said.setdefault(label, []).append(values[judged])
            was.append(infected[judged])
        mean = {label: np.mean(values, axis=0) for label, values in scores.items()}
        tested = "symptoms" if ill_are_tested else "random"
        case = f"{name} ({people}), tests: {tested}, {len(was)} epidemics"
        for label in mean:
            if label != ours:
                for k, metric in enumerate(("AUC", "recall in the top 5%")):
                    mine, theirs = float(mean[ours][k]), float(mean[label][k])
                    rows.append(Row(f"{case}, {ours}", metric, "higher", mine, label, theirs))
        gaps = {k: calibration(said[k], was) for k in mean if k.startswith("CRISP")}
        for label, gap in gaps.items():
            metric = "calibration error (expected)"
            rows.append(Row(f"{case}, {label}", metric, "lower", gap))


def risk_of(
    people: int, days: int, contacts: Any, tests: Any, law: dict[str, Any], seed: int
) -> np.ndarray:
    """P(exposed or infectious on the last day)."""
    crisp = Crisp(people, days, contacts, tests, **law)
    return crisp.risk(samples=300, burn_in=100, seed=seed, pair_moves=0.5)


def calibration(said: list[np.ndarray], was: list[np.ndarray]) -> float:
    """Mean distance of what was said from what happened, in eight bins of what was said."""
    p, y = np.concatenate(said), np.concatenate(was)
    bins = np.digitize(p, [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8])
    return float(
        sum(
            abs(p[bins == k].mean() - y[bins == k].mean()) * (bins == k).mean()
            for k in np.unique(bins)
        )
    )


def coverage(rows: list[Row], sets: int) -> None:
    """How often nominal 95% intervals of the EM hold the coefficients that made the data."""
    truth = LogLinear({"contact": np.log(0.04), "log_minutes": 0.6, "indoors": 0.8})
    stages = {"incubation": (0.0, 0.5, 0.5), "infectious": (0.0, 0.0, 0.5, 0.5)}
    wanted = {"outside": float(np.log(-np.log1p(-0.01))), **truth.coefficients}
    held = dict.fromkeys(wanted, 0)
    n, days = 150, 25
    start = time.perf_counter()
    for seed in range(sets):
        random = np.random.default_rng(seed)
        meets = n * days * 2
        a = random.integers(0, n, meets)
        contacts = {
            "person_a": a,
            "person_b": (a + 1 + random.integers(0, n - 1, meets)) % n,
            "day": random.integers(0, days, meets),
            "minutes": random.choice([5.0, 15.0, 60.0], meets),
            "indoors": random.random(meets) < 0.5,
        }
        world = Crisp(n, days, contacts, p0=0.01, transmission=truth, **stages)
        epidemic = simulate(world, seed=seed)
        tests = epidemic.test(np.repeat(np.arange(n), days), np.tile(np.arange(days), n), seed=seed)
        found = np.column_stack([tests.person, tests.day, tests.positive])
        found = found[random.random(n * days) < 0.5]
        crisp = Crisp(n, days, contacts, found, p0=0.03, p1=0.01, **stages)
        fit = crisp.fit_transmission(iterations=20, samples=20, final_samples=200, seed=seed)
        for name, (low, high) in fit.intervals.items():
            held[name] += low <= wanted[name] <= high
    case = f"EM, {n} people x {days} days, {sets} sets"
    rows += [Row(case, f"95% intervals that hold {k}", "higher", v / sets) for k, v in held.items()]
    rows.append(Row(case, "s a set", "lower", (time.perf_counter() - start) / sets))


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


#: The paper's: quarantine of 2 to 21 days, and thresholds of P(exposed or infectious); its scorer
#: takes ten times the p0 of the world, ours also the p0 itself, and higher thresholds.
POLICIES = [
    Nothing(),
    Lockdown(),
    *(Symptoms(stay) for stay in (2, 7, 14, 21)),
    *(Tracing(stay) for stay in (2, 7, 14, 21)),
    *(ByRisk(threshold) for threshold in (0.3, 0.5, 0.7)),
    *(ByRisk(threshold, outside=10.0) for threshold in (0.2, 0.3, 0.4, 0.5)),
]


def one_epidemic(work: tuple[int, int]) -> Outcome:
    """Policy number, seed: one epidemic (a process's work)."""
    number, seed = work
    return simulate_policy(POLICIES[number], seed=seed)


def policies(
    rows: list[Row], epidemics: int, wanted: str, kept: Path | None, plot: Path | None
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
    with multiprocessing.get_context("spawn").Pool(min(os.cpu_count() or 1, 2)) as pool:
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


def main() -> None:
    """Run the parts that were asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--epidemics", type=int, default=20)
    parser.add_argument("--sets", type=int, default=100, help="simulated sets of the EM")
    parser.add_argument("--policy", default="", help="only policies whose name begins so")
    parser.add_argument("--outcomes", type=Path, help="file that keeps what policies gave")
    parser.add_argument("--plot", type=Path, help="draw the policies and their front here (SVG)")
    parser.add_argument("--networks", nargs="+", choices=list(NETWORKS), default=list(NETWORKS))
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--copies", type=int, default=300)
    chosen = parser.parse_args()
    rows: list[Row] = []
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    if chosen.part in (None, "exact"):
        exact(rows, chosen.worlds, chosen.copies)
    if chosen.part in (None, "speed"):
        speed([(1_000, 30, 10), (1_000, 60, 10), (10_000, 60, 10)], rows, sweeps=30)
        speed([(100_000, 30, 10)], rows, sweeps=8)
    if chosen.part == "million":
        speed([(1_000_000, 30, 10)], rows, sweeps=4)
    if chosen.part in (None, "quality"):
        quality(rows, chosen.data, chosen.epidemics, chosen.networks)
    if chosen.part in (None, "em"):
        coverage(rows, chosen.sets)
    if chosen.part in (None, "growth"):
        growth(rows)
    if chosen.part in (None, "window"):
        window(rows)
    if chosen.part in (None, "policies"):
        policies(rows, chosen.epidemics, chosen.policy, chosen.outcomes, chosen.plot)
    emit("crisp", rows, chosen.json)


if __name__ == "__main__":
    main()
