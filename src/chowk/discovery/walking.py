"""From a history to candidates, and to a table of numbers about each: the quick part of a journey.

`Steps` and one `History` flow in; a recency-weighted kNN with transitions ranks what may come next,
and for the best of them a learned ranker gets one row each. All of it is array work on the few
companions of the history's products, so one answer costs a few milliseconds at any size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attention import Attention
from .sequences import History
from .steps import COLUMNS, Steps

#: Weights of `COLUMNS` in the light score, and what each step back in the history takes off.
LIGHT = np.array([1.5, 1.0, 0.25, 1.0, 0.4], dtype=np.float32)
DECAY = 0.7
#: Slower, for long-term taste.
SLOW = 0.93
#: Days in which an event's weight halves, where times are known.
HALF_LIFE = 60.0
CANDIDATES = 150
#: Where repeats are allowed: what the share of the customer's moments with a product weighs beside
#: what others took after his products, squeezed into [0, 1).
HABIT = 10.0
_SUMMED = ("recent", "lasting", "last", "before", "most")
NAMES = (
    *(f"{column}_{how}" for column in COLUMNS for how in _SUMMED),
    "light", "supports", "taste_recent", "taste_lasting", "popular", "popular_last", "length",
    "share_last",
)  # fmt: skip
#: Columns that repeats add: the share of moments, the moments, those since, those of all products.
HABITS = ("habit", "times", "since", "moments")


def weights(history: History, decay: float) -> NDArray[np.float32]:
    """What each event of a history weighs: strength * decay^(events since) * age in time."""
    since = np.arange(len(history) - 1, -1, -1, dtype=np.float32)
    made = history.strength * np.float32(decay) ** since
    if history.days is not None:
        made = made * np.float32(0.5) ** (history.days / np.float32(HALF_LIFE))
    return made.astype(np.float32)


class Walk:
    """One history's way through `Steps`: its companions, gathered once.

    Parameters
    ----------
    repeats : whether products of the history may come again; then how often each was met counts.
    """

    def __init__(self, steps: Steps, history: History, *, repeats: bool = False) -> None:
        self.steps, self.history, self.repeats = steps, history, repeats
        self.event, self.targets, self.values = steps.rows(history.codes)
        self.recent = weights(history, DECAY)
        self.lasting = weights(history, SLOW)

    def light(self) -> NDArray[np.float32]:
        """[products], the light score: sum over events of weight * (kNN + transitions).

        With repeats it is that, x, as x / (1 + x), plus `HABIT` times the share of the customer's
        moments that held the product (its personal frequency; Hu et al. 2020, TIFU-KNN).
        """
        # Not by BLAS: on so few columns it has warned of invalid values where all are finite.
        value = np.einsum("pc,c->p", self.values, LIGHT)
        made: NDArray[np.float64] = np.bincount(
            self.targets, value * self.recent[self.event], minlength=len(self.steps)
        ).astype(np.float64)
        if self.repeats and len(self.history):
            codes, times, _, moments = self.history.habits()
            made = made / (1.0 + made)
            made[codes] += HABIT * times / moments
        return made.astype(np.float32)

    def table(self, found: NDArray[np.int64], light: NDArray[np.float32]) -> NDArray[np.float32]:
        """One row a candidate; the columns are `NAMES`. `found` is ascending."""
        steps, history = self.steps, self.history
        k = len(found)
        place = np.searchsorted(found, self.targets)
        place[place == k] = 0
        own = np.flatnonzero(found[place] == self.targets) if k else np.zeros(0, dtype=np.int64)
        place, event, value = place[own], self.event[own], self.values[own]
        recent, lasting = self.recent[event], self.lasting[event]
        last = (event == len(history) - 1).astype(np.float32)
        before = (event == len(history) - 2).astype(np.float32)
        columns: list[NDArray[Any]] = []
        for column in range(len(COLUMNS)):
            one = value[:, column]
            columns += [
                np.bincount(place, one * weight, minlength=k)
                for weight in (recent, lasting, last, before)
            ]
            most = np.zeros(k, dtype=np.float32)
            np.maximum.at(most, place, one)
            columns.append(most)
        vectors = steps.left[found]
        counts = np.log1p(steps.counts)
        latest = history.codes[-1] if len(history) else 0
        total = max(float(steps.counts[latest]), 1.0) if len(history) else 1.0
        next_sum = float(steps.row(int(latest))[1][:, 0].sum())
        columns += [
            light[found],
            np.bincount(place, minlength=k),
            vectors @ (self.recent @ steps.left[history.codes]),
            vectors @ (self.lasting @ steps.left[history.codes]),
            counts[found],
            np.full(k, np.log1p(total)),
            np.full(k, len(history)),
            np.full(k, next_sum),
        ]
        if self.repeats:
            columns += self._habits(found)
        return np.stack(columns, axis=1).astype(np.float32)

    def _habits(self, found: NDArray[np.int64]) -> list[NDArray[Any]]:
        """The columns `HABITS` of candidates; what was never met has a `since` of all moments."""
        codes, times, since, moments = self.history.habits()
        place = np.searchsorted(codes, found)
        place[place == len(codes)] = 0
        own = codes[place] == found if len(codes) else np.zeros(len(found), dtype=bool)
        often = np.where(own, times[place], 0.0) if len(codes) else np.zeros(len(found))
        ago = np.where(own, since[place], moments) if len(codes) else np.zeros(len(found))
        return [often / max(moments, 1), often, ago, np.full(len(found), moments)]


#: Columns that the transformer adds to `NAMES`: its logit, and that less the best one's.
ATTENDED = ("attention", "attention_under_best")
#: Candidates that it adds; of more products than `ALL` it only ranks those of the light score.
ADDED, ALL = 100, 50_000


class Attended:
    """What the transformer says of one history's candidates."""

    def __init__(self, attention: Attention, history: History) -> None:
        self.attention, self.state = attention, attention.state(history)

    def more(self, found: NDArray[np.int64], barred: NDArray[np.int64]) -> NDArray[np.int64]:
        """`found` with the transformer's best, ascending."""
        if len(self.attention.bias) > ALL:
            return found
        return np.union1d(found, self.best(barred, ADDED))

    def best(self, barred: NDArray[np.int64], k: int) -> NDArray[np.int64]:
        """The `k` best that are not barred, ascending."""
        logits = self.attention.scores(self.state)
        logits[barred] = -np.inf
        k = min(k, len(logits) - len(barred))
        if k < 1:
            return np.zeros(0, dtype=np.int64)
        return np.sort(np.argpartition(-logits, k - 1)[:k]).astype(np.int64)

    def columns(self, found: NDArray[np.int64]) -> NDArray[np.float32]:
        """[candidates, len(ATTENDED)]."""
        logits = self.attention.scores(self.state, found)
        best = logits.max(initial=-np.inf)
        return np.stack([logits, logits - best], axis=1).astype(np.float32)

    def chance(self, found: NDArray[np.int64]) -> NDArray[np.float64]:
        """The chance of coming next, softmax over all products."""
        logits = self.attention.scores(self.state).astype(np.float64)
        top = logits.max(initial=0.0)
        made: NDArray[np.float64] = np.exp(logits[found] - top) / np.exp(logits - top).sum()
        return made


def candidates(
    light: NDArray[np.float32], barred: NDArray[np.int64], k: int = CANDIDATES
) -> NDArray[np.int64]:
    """The `k` best products by the light score that are not barred, ascending; scores above 0."""
    score = light.copy()
    score[barred] = 0.0
    if k < len(score):
        found = np.argpartition(-score, k - 1)[:k]
    else:
        found = np.arange(len(score))
    found = np.sort(found[score[found] > 0])
    return found.astype(np.int64)
