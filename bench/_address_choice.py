"""What the form of the address scorer is chosen by: kinds of faults left out of those it learns.

The kinds that the bench judges are not for choosing. Here each of the learned kinds is left out in
turn, a scorer is fitted on the others, and it scores rows of the kind and good ones. Seven kinds
drawn at random then stand for unseen ones, many times over: 70 % good addresses, 30 % with faults
of the seven in like shares, as in the judged set.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from _report import Row
from chowk.delivery import AddressScorer
from chowk.delivery.addresses.evidence import gather
from chowk.delivery.addresses.outcomes import BASE, FAILS, TRAINING, deliveries
from chowk.delivery.addresses.scorer import _folds

Floats = NDArray[np.float64]
DRAWS, UNSEEN, ROWS = 300, 7, 8_000
GOOD, FAULTY = 6_000, 1_200


def choice(options: Any) -> list[Row]:
    """Calibration over draws of unseen kinds, beside those who see every fault as it is."""
    from sklearn.metrics import average_precision_score

    learned = list(deliveries(10_000, kinds=TRAINING, seed=40_000))
    vectors = np.array([gather(row.text, history={}).vector() for row in learned])
    arrived = np.array([row.delivered for row in learned], dtype=float)
    fault = np.array([row.fault for row in learned])
    good = _vectors("", GOOD, 41_000)
    # Without a kind there are fewer faulty rows: as many good ones go, so that 30 % stay faulty.
    thin = np.random.default_rng(0).random(len(learned))

    def fitted(without: str) -> AddressScorer:
        kept = (fault != without) if without else np.ones(len(fault), dtype=bool)
        kept &= (fault != "") | (thin > (1 / len(TRAINING) if without else 0.0))
        scorer = AddressScorer(strength=0.0)
        scorer._learn(vectors[kept], arrived[kept], None, _folds(fault[kept].tolist()))
        return scorer

    faulty, known_good = {}, {}
    seen: list[tuple[Floats, float, float]] = []
    every = fitted("")
    for number, kind in enumerate(TRAINING):
        rows = _vectors(kind, FAULTY, 42_000 + number)
        scorer = fitted(kind)
        faulty[kind], known_good[kind] = _scores(scorer, rows), _scores(scorer, good)
        seen.append((_scores(every, rows), 1 - FAILS[kind], 0.3 / len(TRAINING)))
    seen.append((_scores(every, good), 1 - BASE, 0.7))

    rng = np.random.default_rng(5)
    errors, drawn, ranked, oracle = [], [], [], []
    chances = {kind: 1 - FAILS[kind] for kind in TRAINING}
    for draw in range(DRAWS):
        kinds = [TRAINING[at] for at in rng.permutation(len(TRAINING))[:UNSEEN]]
        parts = [(faulty[kind], chances[kind], 0.3 / UNSEEN) for kind in kinds]
        parts += [(known_good[kind], 1 - BASE, 0.7 / UNSEEN) for kind in kinds]
        score, chance, weight = _laid_out(parts)
        errors.append(error(score, chance, weight))
        some = rng.choice(len(score), ROWS, p=weight / weight.sum())
        outcome = (rng.random(ROWS) < chance[some]).astype(float)
        drawn.append(error(score[some], outcome, np.ones(ROWS)))
        if draw < 40:
            ranked.append(average_precision_score(1 - outcome, 1 - score[some]))
        mean = {k: np.mean([chances[o] for o in TRAINING if o != k]) for k in kinds}
        oracle.append(error(*_laid_out(
            [(np.array([mean[k]]), chances[k], 0.3 / UNSEEN) for k in kinds]
            + [(np.array([1 - BASE]), 1 - BASE, 0.7)]
        )))  # fmt: skip
    case = f"{DRAWS} draws of {UNSEEN} kinds left out of {len(TRAINING)}"
    return [
        Row(case, f"calibration error, {ROWS:,} rows drawn", "lower", float(np.mean(drawn)), "bar",
            0.02),
        Row(case, "calibration error, without the chance of rows", "lower", float(np.mean(errors)),
            "sees every fault, knows none", float(np.mean(oracle))),
        Row(case, "share of draws under 0.02", "higher", float(np.mean(np.array(drawn) < 0.02))),
        Row(case, "PR-AUC of failed", "higher", float(np.mean(ranked))),
        Row("kinds that were learned, fresh rows", "calibration error", "lower",
            error(*_laid_out(seen))),
    ]  # fmt: skip


def error(score: Floats, outcome: Floats, weight: Floats) -> float:
    """Expected calibration error over ten bins of equal width; outcomes may be chances."""
    bins = np.minimum((score * 10).astype(int), 9)
    return float(np.abs(np.bincount(bins, weight * (score - outcome))).sum() / weight.sum())


def _laid_out(parts: list[tuple[Floats, float, float]]) -> tuple[Floats, Floats, Floats]:
    """Scores, chances of arriving and weights of groups of rows, each with one chance and share."""
    scores = np.concatenate([score for score, _, _ in parts])
    chances = np.concatenate([np.full(len(score), chance) for score, chance, _ in parts])
    shares = np.concatenate([np.full(len(score), share / len(score)) for score, _, share in parts])
    return scores, chances, shares


def _vectors(kind: str, count: int, seed: int) -> Floats:
    """The evidence of addresses with one kind of fault, or with none."""
    kinds, share = ((kind,), 1.0) if kind else (TRAINING, 0.0)
    made = deliveries(count, kinds=kinds, share=share, seed=seed)
    return np.array([gather(row.text, history={}).vector() for row in made])


def _scores(scorer: AddressScorer, vectors: Floats) -> Floats:
    return np.array([scorer._probability(vector) for vector in vectors])
