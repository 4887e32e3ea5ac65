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

    python bench/crisp.py [--part exact|speed|million|quality|em] [--epidemics 20] [--data FOLDER]
"""

from __future__ import annotations

import itertools
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from _report import Row, arguments, emit, lacking
from chowk.health import Crisp, LogLinear, simulate
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


def quality(rows: list[Row], data: Path, epidemics: int) -> None:
    """Who is infected on the last day, over real contact networks."""
    folder = data / "contacts"
    if not folder.is_dir():
        lacking("crisp", f"there is no folder {folder}. Give the folder of real data with --data.")
    days = 28
    law: dict[str, Any] = {"p0": 2e-4, "p1": 0.004, "prevalence": 0.01}
    for (name, file), ill_are_tested in itertools.product(NETWORKS.items(), (False, True)):
        people, contacts = network(folder / file, days)
        a_day = 2 if ill_are_tested else 6
        scores: dict[str, list[tuple[float, float]]] = {}
        said, was = [], []
        for seed in range(epidemics):
            world = Crisp(people, days, contacts, **law)
            truth = simulate(world, seed=seed)
            random = np.random.default_rng(seed)
            # Half of those who become infectious show symptoms and are tested two days later.
            ill = np.flatnonzero((truth.i + 2 < days) & (random.random(people) < 0.5))
            ill = ill[: len(ill) * ill_are_tested]
            who = np.concatenate([ill, random.integers(0, people, a_day * days)])
            when = np.concatenate([truth.i[ill] + 2, np.repeat(np.arange(days), a_day)])
            tests = truth.test(who, when, seed=seed)
            rows_of_tests = np.column_stack([tests.person, tests.day, tests.positive])
            infected = truth.infected(days - 1)
            known = np.zeros(people, bool)
            known[tests.person[tests.positive]] = True
            judged = ~known
            if not 0 < infected[judged].sum() < judged.sum():
                continue
            crisp = Crisp(people, days, contacts, rows_of_tests, **law)
            risk = crisp.risk(samples=300, burn_in=100, seed=seed, pair_moves=0.5)
            wrong = Crisp(people, days, contacts, rows_of_tests, **law | {"p1": 2.5 * law["p1"]})
            recent = contacts[contacts[:, 2] >= days - 7]
            met = np.zeros((people, people))
            np.add.at(met, (recent[:, 0], recent[:, 1]), recent[:, 3])
            met += met.T
            first = met @ known
            second = first + 0.01 * (met @ (first / max(first.max(), 1)))
            for label, score in (
                ("CRISP", risk),
                (
                    "CRISP, p1 2.5 times too high",
                    wrong.risk(samples=300, burn_in=100, seed=seed, pair_moves=0.5),
                ),
                ("tracing", first),
                ("second degree", second),
                ("random", random.random(people)),
            ):
                score = score + 1e-9 * np.random.default_rng(seed).random(people)
                top = np.argsort(-score[judged])[: max(people // 20, 1)]
                caught = infected[judged][top].sum() / infected[judged].sum()
                scores.setdefault(label, []).append((auc(score[judged], infected[judged]), caught))
            said.append(risk[judged])
            was.append(infected[judged])
        mean = {label: np.mean(values, axis=0) for label, values in scores.items()}
        for label in ("tracing", "second degree", "CRISP, p1 2.5 times too high", "random"):
            for k, metric in enumerate(("AUC", "recall in the top 5%")):
                tested = "symptoms" if ill_are_tested else "random"
                case = f"{name} ({people}), tests: {tested}, {len(said)} epidemics"
                ours = float(mean["CRISP"][k])
                rows.append(Row(case, metric, "higher", ours, label, float(mean[label][k])))
        p, y = np.concatenate(said), np.concatenate(was)
        bins = np.digitize(p, [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8])
        gap = sum(
            abs(p[bins == k].mean() - y[bins == k].mean()) * (bins == k).mean()
            for k in np.unique(bins)
        )
        rows.append(Row(case, "calibration error (expected)", "lower", float(gap)))


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


def main() -> None:
    """Run the parts that were asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--part", choices=("exact", "speed", "million", "quality", "em"))
    parser.add_argument("--epidemics", type=int, default=20)
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
        quality(rows, chosen.data, chosen.epidemics)
    if chosen.part in (None, "em"):
        coverage(rows, 100)
    emit("crisp", rows, chosen.json)


if __name__ == "__main__":
    main()
