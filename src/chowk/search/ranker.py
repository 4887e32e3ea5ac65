"""The learned order of candidates: trees on words, sales, region, promise, price and age.

In go features of candidates and the log's lists with what was chosen; out come scores, trees on
top of the fixed formula, and each feature's exact share of them. A slower promise never scores
higher, a better match, a more popular product and a better regional sale never lower (monotone
constraints). Method: from clicks, boosted trees in LightGBM under the likelihood of the
position-based model, whose propensities θ are known (Wang et al. 2018, "Position bias estimation
for unbiased learning to rank in personal search"); from judged pairs, LambdaMART (Burges 2010).
Shares are those of TreeSHAP (Lundberg, Erion and Lee 2018), which add up to what the trees give.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError

#: The features, and which way each may push: 1 never down, -1 never up, 0 either.
FEATURES: dict[str, int] = {
    "text": 1,
    "query": 1,
    "title": 0,
    "letters": 0,
    "intent": 1,
    "popularity": 1,
    "regional": 1,
    "promise": -1,
    "later": -1,
    "price": 0,
    "age": 0,
}
#: What a feature is called where its share is shown.
NAMES = {
    "text": "words",
    "query": "words of the query",
    "title": "title is meant",
    "letters": "spelt alike",
    "intent": "category that is meant",
    "popularity": "popularity",
    "regional": "regional sales",
    "promise": "delivery promise",
    "later": "later than the fastest",
    "price": "price",
    "age": "age",
}
#: Hours that stand for no promise: later than any.
NO_PROMISE = 2000.0
#: How much of the formula's score counts beside the trees.
SCALE = 7.0
#: Of words the trees see only how much of the query a product has: all that a log's lists show
#: is of the right kind, so that lists cannot teach what that is worth, and the formula knows.
_OF_WORDS = ("text", "title", "letters", "intent")
FILE = "ranker.txt"

Floats = NDArray[np.float64]


def features(
    *,
    text: Floats,
    query: Floats,
    title: Floats,
    letters: Floats,
    intent: Floats,
    popularity: Floats,
    lift: Floats,
    hours: Floats,
    price: Floats,
    created: Floats,
    now: float,
) -> Floats:
    """[candidates, features] in the order of `FEATURES`.

    `hours`, `price` and `created` (days) may hold nan; price is relative to the candidates' median.
    """
    known = np.where(np.isnan(hours), NO_PROMISE, hours)
    if np.isnan(hours).all():
        known = np.zeros(len(hours))
    fastest = known.min() if len(known) else 0.0
    paid = price[price > 0]
    middle = float(np.median(paid)) if len(paid) else 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(price > 0, np.log(price / middle), 0.0)
    age = np.where(np.isnan(created), 365.0, np.clip(now - created, 0.0, 3650.0))
    return np.column_stack(
        [
            text,
            query,
            title,
            letters,
            intent,
            popularity,
            lift,
            np.log1p(known),
            np.log1p(known - fastest),
            relative,
            np.log1p(age),
        ]
    ).astype(np.float64)


class Looked:
    """The position-based model: P(chosen) = θ σ(f), with θ known and f to be learned.

    gains : [rows] 0 for what was not chosen; a choice counts so often.
    theta : [rows] the chance that it was looked at.
    """

    def __init__(self, gains: Floats, theta: Floats) -> None:
        self._chosen = gains > 0
        self._weight = np.maximum(gains, 1.0)
        self._theta = np.clip(theta, 1e-3, 1.0)

    def slopes(self, scores: Floats, _: Any = None) -> tuple[Floats, Floats]:
        """First derivatives of the negative log-likelihood, and expected second ones.

        For a choice (1 - σ) is gained, for none θ σ (1 - σ) / (1 - θ σ) lost; the information is
        θ σ (1 - σ)² / (1 - θ σ).
        """
        s = np.clip(1 / (1 + np.exp(-np.clip(scores, -30, 30))), 1e-6, 1 - 1e-6)
        lost = self._theta * s * (1 - s) / (1 - self._theta * s)
        slope = np.where(self._chosen, s - 1, lost)
        curve = np.maximum(lost * (1 - s), 1e-4)
        return self._weight * slope, self._weight * curve

    def cost(self, scores: Floats) -> Floats:
        """[rows] the negative log-likelihood of each."""
        s = self._theta / (1 + np.exp(-np.clip(scores, -30, 30)))
        s = np.clip(s, 1e-9, 1 - 1e-9)
        found: Floats = self._weight * -np.where(self._chosen, np.log(s), np.log(1 - s))
        return found

    def level(self, scores: Floats) -> float:
        """What has to be added to all scores so that they are likeliest."""
        return self.line(np.zeros(len(scores)), scores)[1]

    def line(self, x: Floats, start: Floats | None = None) -> tuple[float, float]:
        """The slope and the level of the line a x + b, on top of `start`, that is likeliest."""
        begun = np.zeros(len(x)) if start is None else start
        a, b = 0.0, 0.0
        for _ in range(100):
            slope, curve = self.slopes(begun + a * x + b)
            h = np.array([[(curve * x * x).sum() + 1e-9, (curve * x).sum()], [0.0, curve.sum()]])
            h[1, 0] = h[0, 1]
            step = np.clip(-np.linalg.solve(h, [(slope * x).sum(), slope.sum()]), -1.0, 1.0)
            a, b = a + float(step[0]), b + float(step[1])
            if np.abs(step).max() < 1e-6:
                break
        return a, b


class Ranker:
    """Fitted trees, read from and kept as LightGBM's text."""

    def __init__(self, text: str, left_out: Sequence[str] = ()) -> None:
        import lightgbm

        self.text = text
        self.left_out = tuple(left_out)
        self._booster = lightgbm.Booster(model_str=text)
        if self._booster.num_feature() != len(FEATURES):
            raise ArtifactError(
                f"The ranker has {self._booster.num_feature()} features, this Chowk has "
                f"{len(FEATURES)}. Run 'chowk build' again."
            )

    @classmethod
    def fit(
        cls,
        x: Floats,
        gains: NDArray[np.integer],
        groups: NDArray[np.integer],
        *,
        start: Floats,
        theta: Floats | None = None,
        seed: int = 0,
        rounds: int = 60,
        left_out: Sequence[str] = (),
    ) -> Self:
        """Learn from lists.

        Parameters
        ----------
        x : [rows, features], the rows of a list one after the other.
        gains : [rows] 0 to 30: how good what was chosen is (0 for what was not).
        groups : rows of each list.
        start : [rows] the fixed formula's scores, on which the trees build.
        theta : [rows] the chance that each was looked at, in (0, 1]: then a gain above 0 is a
            choice, which counts as often as the gain says. Without it, gains are judged grades.
        left_out : features that are not to be used (for ablations).
        """
        import lightgbm

        held = _without(x, (*_OF_WORDS, *left_out))
        shared: dict[str, Any] = {
            "monotone_constraints": list(FEATURES.values()),
            "learning_rate": 0.08,
            "feature_fraction": 0.8,
            "lambda_l2": 5.0,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 2,
            "verbosity": -1,
        }
        data = lightgbm.Dataset(
            held,
            label=gains,
            group=groups if theta is None else None,
            init_score=SCALE * start,
            feature_name=list(FEATURES),
            free_raw_data=False,
        )
        if theta is None:
            shared |= {
                "objective": "lambdarank",
                "label_gain": list(range(32)),
                "lambdarank_truncation_level": 12,
                "num_leaves": 15,
                "min_data_in_leaf": 40,
            }
        else:
            model = Looked(np.asarray(gains, np.float64), np.asarray(theta, np.float64))
            data.set_init_score(SCALE * start + model.level(SCALE * start))
            shared |= {
                "objective": model.slopes,
                "num_leaves": 6,
                "min_data_in_leaf": int(np.clip(len(x) // 40, 20, 400)),
            }
        booster = lightgbm.train(shared, data, num_boost_round=rounds)
        return cls(booster.model_to_string(), left_out)

    def score(self, x: Floats, start: Floats) -> Floats:
        """[rows] scores, higher is better; `start` are the formula's."""
        if not len(x):
            return np.zeros(0)
        found: Any = self._booster.predict(self._used(x), num_threads=1)
        return SCALE * start + np.asarray(found, np.float64)

    def shares(self, x: Floats) -> Floats:
        """[rows, features + 1]: each feature's share of what the trees add, and the part that all
        have."""
        found: Any = self._booster.predict(self._used(x), pred_contrib=True, num_threads=1)
        return np.asarray(found, np.float64)

    def save(self, folder: Path) -> None:
        """Write `ranker.txt`."""
        (folder / FILE).write_text(self.text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """Read `ranker.txt`, or None when there is none."""
        path = folder / FILE
        return cls(path.read_text(encoding="utf-8")) if path.is_file() else None

    def _used(self, x: Floats) -> Floats:
        return _without(x, (*_OF_WORDS, *self.left_out))


def _without(x: Floats, names: Sequence[str]) -> Floats:
    held = x.copy()
    for name in names:
        held[:, list(FEATURES).index(name)] = 0.0
    return held
