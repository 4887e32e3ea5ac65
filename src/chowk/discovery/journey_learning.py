"""How a journey's ranker is learned: the last step of each customer, from the steps before it.

Histories flow in; out come trees, and NDCG@10 of them and of the light model on customers that the
trees have not seen. The steps are counted without the last event of each history, so that what is
to be found is not in what it is found by.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.learn.metrics import binary_ideal, ndcg

from .attention import Attention
from .learned import Trees
from .sequences import History
from .steps import COLUMNS, Steps, count_steps
from .walking import ATTENDED, HABITS, NAMES, Attended, Walk, candidates

#: Customers whose last step is learned from, and is judged.
LEARNED, JUDGED = 12_000, 2_000
#: Epochs with the last events, after the trees are learned.
MORE = 3
#: Candidates of each that did not come next and are learned from.
_OTHERS = 40


def learn_journey(
    histories: list[History],
    n: int,
    words: sparse.csr_array | None,
    *,
    seed: int,
    attention: Attention | None = None,
    repeats: bool = False,
    most: int = LEARNED,
) -> tuple[Trees | None, dict[str, float]]:
    """Trees and the contest's figures; None where nothing could be learned.

    An `attention` must not have seen the last events either. Without `repeats` the step to be found
    is the last to a product that was not met before, since no other is ever asked for; `most` is
    how many histories are learned from.
    """
    rng = np.random.default_rng(seed)
    if not repeats:
        histories = [one for one in map(to_the_newest, histories) if len(one) > 1]
    histories = [one for one in histories if _before(one, repeats) > 0]
    if not histories:
        return None, {}
    steps = count_steps([h.codes[: _before(h, repeats)] for h in histories], n, words, seed=seed)
    order = rng.permutation(len(histories))
    judged = order[: min(JUDGED, max(1, len(order) // 5), max(1, most // 4))]
    learned = order[len(judged) : len(judged) + most]
    tables, labels, weight = [], [], []
    for one in learned:
        found, light, walk, hit, said = _step(steps, histories[one], attention, repeats)
        if not hit.any():
            continue
        others = np.flatnonzero(~hit)
        # The hard ones teach most; of the others a sample stands for all.
        if len(others) > _OTHERS:
            others = np.sort(rng.choice(others, _OTHERS, replace=False))
        kept = np.sort(np.concatenate([np.flatnonzero(hit), others]))
        table = walk.table(found[kept], light)
        if said is not None:
            # The best one's logit is that of all candidates, not of those that are learned from.
            table = np.concatenate([table, said.columns(found)[kept]], axis=1)
        tables.append(table)
        labels.append(hit[kept])
        share = max(1.0, float((~hit).sum()) / max(len(others), 1))
        weight.append(np.where(hit[kept], 1.0, share))
    if len(tables) < 50:
        return None, {}
    trees = Trees.learn(
        np.concatenate(tables),
        np.concatenate(labels).astype(np.float64),
        np.concatenate(weight),
        [*NAMES, *(HABITS if repeats else ()), *(ATTENDED if attention is not None else ())],
        rounds=150,
        seed=seed,
    )
    figures: dict[str, list[float]] = {}
    for one in judged:
        found, light, walk, hit, said = _step(steps, histories[one], attention, repeats)
        table = walk.table(found, light)
        scores: dict[str, NDArray[Any]] = {"light": light[found]}
        if said is None:
            scores["learned"] = trees.probability(table)
        else:
            columns = said.columns(found)
            scores["transformer"] = columns[:, 0]
            scores["blend"] = trees.probability(np.concatenate([table, columns], axis=1))
        for name, score in scores.items():
            ranked = hit[np.lexsort((found, -score))[:10]]
            gains = np.zeros((1, 10))
            gains[0, : len(ranked)] = ranked
            sought = len(histories[one]) - len(walk.history)
            ideal = binary_ideal([sought if repeats else 1], 10)
            figures.setdefault(name, []).append(float(ndcg(gains, ideal)[0]))
    return trees, {name: round(float(np.mean(values)), 6) for name, values in figures.items()}


def learn_both(
    histories: list[History],
    n: int,
    words: sparse.csr_array | None,
    *,
    seed: int,
    epochs: int,
    repeats: bool = False,
) -> tuple[Trees | None, dict[str, float], Attention]:
    """A transformer, and trees that have it as evidence.

    It is learned without the last event of each history, the trees on those; then it goes on for a
    few epochs with them.
    """
    from .attention_learning import Learner

    asked = histories if repeats else list(map(to_the_newest, histories))
    asked = [one for one in asked if len(one) > 2]
    learner = Learner([h.until(_before(h, repeats)) for h in asked], n, epochs=epochs, seed=seed)
    for _ in range(epochs):
        learner.epoch()
    trees, figures = learn_journey(
        asked, n, words, seed=seed, attention=learner.model(), repeats=repeats
    )
    learner.read(histories)
    for _ in range(MORE):
        learner.epoch()
    return trees, figures, learner.model()


def to_the_newest(history: History) -> History:
    """The history up to its last event that names a product for the first time."""
    first = np.sort(np.unique(history.codes, return_index=True)[1])
    end = int(first[-1]) + 1 if len(first) else 0
    return history if end in (0, len(history)) else history.until(end)


def _before(history: History, repeats: bool = False) -> int:
    """How many events come before the step to be found: the last event; with repeats and times,
    the events of the last day, which is the last basket."""
    if repeats and history.days is not None:
        _, moments = history.past
        return max(0, len(history) - int((moments == moments[-1]).sum()))
    return len(history) - 1


def _step(
    steps: Steps, history: History, attention: Attention | None, repeats: bool
) -> tuple[NDArray[np.int64], NDArray[np.float32], Walk, NDArray[np.bool_], Attended | None]:
    """Candidates for the last step of a history, and which of them it was."""
    end = _before(history, repeats)
    past = history.until(end)
    walk = Walk(steps, past, repeats=repeats)
    light = walk.light()
    barred = past.codes[:0] if repeats else past.codes
    found = candidates(light, barred)
    said = None
    if attention is not None:
        said = Attended(attention, past)
        found = said.more(found, np.unique(barred))
    return found, light, walk, np.isin(found, history.codes[end:]), said


def within(steps: Steps, code: int, near: NDArray[np.int64], close: NDArray[np.float32]) -> Steps:
    """`steps` with a new product in place `code`, like those in `near`."""
    said = np.zeros((len(near), len(COLUMNS)), dtype=np.float32)
    said[:, COLUMNS.index("words")] = close[near]
    moved = dict(steps.moved)
    for one, value in zip(near.tolist(), said, strict=True):
        targets, values = steps.row(one)
        moved[one] = (
            np.append(targets, np.int32(code)),
            np.concatenate([values, value[None, :]]),
        )
    order = np.argsort(near, kind="stable")
    moved[code] = (near[order].astype(np.int32), said[order])
    own = steps.left[near].mean(axis=0) if len(near) else np.zeros(steps.left.shape[1])
    return Steps(
        steps.starts,
        steps.targets,
        steps.values,
        np.append(steps.counts, np.float32(0)),
        np.concatenate([steps.left, own[None, :].astype(np.float32)]),
        moved,
    )
