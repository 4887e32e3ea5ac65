"""Contact risk over real contact networks: who is infected on the last day, and was it known?"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from _report import Row, lacking
from chowk.health import Crisp, simulate, symptom_diary

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


def with_diary(tests: np.ndarray, ill: np.ndarray, onset: np.ndarray, size: tuple[int, int]) -> Any:
    """The table of tests, and everybody's diary: nobody has a cold here."""
    people, days = size
    diary = symptom_diary(
        people,
        days,
        np.column_stack([ill, onset]),
        symptomatic=ILL,
        delay=ILL_AFTER,
    )
    own = {"person": tests[:, 0], "day": tests[:, 1], "positive": tests[:, 2].astype(bool)}
    return pa.concat_tables([pa.table(own), diary], promote_options="permissive")


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
    """P(exposed or infectious on the last day), fine enough to rank small risks."""
    crisp = Crisp(people, days, contacts, tests, **law)
    chance = crisp.current(300, burn_in=100, seed=seed, pair_moves=0.5)
    return chance[:, 1] + chance[:, 2]


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
