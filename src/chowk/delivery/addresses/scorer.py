"""`AddressScorer`: how likely a parcel with this address arrives, why not, and what to ask for.

In goes an address as typed; out come a calibrated score in [0, 1], a verdict in Google's terms,
reasons with a fix, and the one missing part that would raise the score most. The model is a
logistic regression whose weights keep their sign (what speaks for an address can only raise it),
then a calibration that keeps the order; the promises of the class follow from that form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError, InputError, NotFittedError, parameter
from chowk.store.frames import arrow_table
from chowk.store.listed import column_of

from .evidence import AGAINST, FOR, NAMES, Evidence, gather
from .explaining import Reason, missing_types, most_wanted, reasons_of
from .parser import AddressParser, Part
from .verdict import Verdict, verdict_of

_FILE = "scorer.json"
Level = Literal["good", "doubtful", "bad"]
_EMPTY = NAMES.index("empty")
#: Without weights to start from, so many outcomes pull the facts that speak for an address, and
#: those that speak against it, as hard as one unit of the penalty. Chosen by leaving out one kind
#: of fault at a time of the fifteen that are learned from: calibration error over any seven left
#: out 0.032 with no such pull, 0.030 with 30 and 30, 0.022 as it is.
_ROWS_A_PULL = (15, 100)
_SIGNS = np.array([1.0] * len(FOR) + [-1.0] * len(AGAINST))


@dataclass(frozen=True, slots=True)
class Score:
    """The judgement of one address.

    `score` is the probability, in [0, 1], that the first attempt arrives. `missing` names the one
    part that would raise it most (`house`, `pin` …), or is None; `with_missing` is the score then.
    """

    score: float
    level: Level
    verdict: Verdict
    reasons: tuple[Reason, ...]
    missing: str | None
    with_missing: float
    missing_component_types: tuple[str, ...]
    parts: tuple[Part, ...]

    def google(self) -> dict[str, Any]:
        """As Google's Address Validation answers, with `deliverability` beside it."""
        from .verdict import COMPONENTS

        return {
            "result": {
                "verdict": self.verdict.google(),
                "address": {
                    "addressComponents": [
                        {
                            "componentName": {"text": part.value},
                            "componentType": COMPONENTS[part.label],
                        }
                        for part in self.parts
                        if part.label in COMPONENTS
                    ],
                    "missingComponentTypes": list(self.missing_component_types),
                },
            },
            "deliverability": {
                "score": self.score,
                "level": self.level,
                "reasons": [msgspec.to_builtins(reason) for reason in self.reasons],
            },
        }


class AddressScorer:
    """Scores addresses of India. Load the one that ships, or fit your store's own outcomes.

    What holds for every address: the score does not fall when a correct part is added; it does not
    change with case, spacing or punctuation; no script or language is worth less than another.

    Parameters
    ----------
    strength : how many addresses the shipped weights are worth beside the store's own, at least 0.

    Examples
    --------
    >>> scorer = AddressScorer.load("in")
    >>> answer = scorer.score("MG Road, Nashik 560003")
    >>> answer.reasons[0].component, answer.verdict.possible_next_action
    ('pin', 'FIX')
    >>> scorer.score("12, MG Road, Indiranagar, Bengaluru 560038").score > answer.score
    True
    """

    def __init__(self, *, strength: float = 200.0) -> None:
        self.strength = strength
        self.weights_: NDArray[np.float64] | None = None
        self._intercept = 0.0
        self._knots: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._history: dict[str, tuple[float, float]] = {}
        self._parser: AddressParser | None = None

    def fit(self, addresses: Any) -> Self:
        """Learn from addresses with outcomes.

        Parameters
        ----------
        addresses : a frame or dicts with `text` and `delivered` (a bool; rows without are left
            out). At least 20 rows, of both outcomes. With `fault`, the kind of what is wrong with
            an address where that is known (empty or None elsewhere), and 500 rows of four kinds or
            more, the score is calibrated for kinds that are not among them.

        Raises
        ------
        InputError : a column is missing, or there are too few outcomes of one kind.
        """
        table = arrow_table(addresses, "AddressScorer.fit")
        for column in ("text", "delivered"):
            if column not in table.column_names:
                raise InputError(
                    f"AddressScorer.fit needs the column {column!r}. Got {table.column_names}. "
                    "Give each address its text and whether the first attempt arrived."
                )
        told = table["delivered"].to_pylist()
        odd = next((y for y in told if y not in (None, True, False) and y == y), None)
        if odd is not None:  # "no" would be true
            raise InputError(
                f"AddressScorer.fit: the column 'delivered' must be true or false. Got {odd!r:.60} "
                f"in row {told.index(odd)} instead. Say whether the first attempt arrived."
            )
        named = "fault" in table.column_names
        faults = table["fault"].to_pylist() if named else [None] * len(told)
        known = [
            (text, bool(delivered), str(fault or ""))
            for text, delivered, fault in zip(table["text"].to_pylist(), told, faults, strict=True)
            if text is not None and delivered in (True, False)
        ]
        rows = [(text, delivered) for text, delivered, _ in known]
        outcomes = np.array([delivered for _, delivered in rows], dtype=np.float64)
        if len(rows) < 20 or outcomes.min() == outcomes.max():
            raise InputError(
                f"AddressScorer.fit needs 20 outcomes, delivered and not. Got {len(rows)}, of "
                f"which {int(outcomes.sum()) if len(rows) else 0} delivered. Use "
                "AddressScorer.load('in') until there are more."
            )
        prior = None
        if self.strength > 0 and _shipped().is_file():
            prior = AddressScorer.load("in")
        self._remember(rows)
        vectors = np.array([self._out_of_history(text, bool(y)) for text, y in rows])
        self._learn(vectors, outcomes, prior, _folds([fault for _, _, fault in known]))
        return self

    def _remember(self, rows: Iterable[tuple[str, bool]]) -> None:
        counts: dict[str, tuple[float, float]] = {}
        for text, delivered in rows:
            key = gather(text, history={}).building
            if key:
                good, bad = counts.get(key, (0.0, 0.0))
                counts[key] = (good + delivered, bad + (not delivered))
        self._history = {key: value for key, value in counts.items() if sum(value) > 1}

    def _out_of_history(self, text: str, delivered: bool) -> list[float]:
        """The evidence with the row's own outcome taken out of its building's history."""
        evidence = gather(text, history=self._history)
        if evidence.building in self._history:
            good, bad = self._history[evidence.building]
            good, bad = good - delivered, bad - (not delivered)
            evidence.facts["history"] = good / (good + 2.0)
            evidence.facts["history_failed"] = bad / (bad + 2.0)
        return evidence.vector()

    def _learn(
        self,
        vectors: NDArray[np.float64],
        outcomes: NDArray[np.float64],
        prior: AddressScorer | None,
        folds: NDArray[np.int64] | None = None,
    ) -> None:
        """Weights, then the calibration: isotonic over the logits of rows.

        With `folds`, over logits of models that have not seen a row's fold: a kind of fault is in
        one fold, so what is calibrated are kinds that the weights do not know.
        """
        from sklearn.isotonic import IsotonicRegression

        solved = self._solved(vectors, outcomes, prior)
        self.weights_, self._intercept = solved[:-1], float(solved[-1])
        if len(outcomes) < 500:
            self._knots = None
            return
        logits = vectors @ solved[:-1] + solved[-1]
        if folds is not None:
            for fold in np.unique(folds):
                out = folds == fold
                others = self._solved(vectors[~out], outcomes[~out], prior)
                logits[out] = vectors[out] @ others[:-1] + others[-1]
        isotonic = IsotonicRegression(y_min=0.001, y_max=0.999, out_of_bounds="clip")
        isotonic.fit(logits, outcomes)
        levels = np.unique(np.quantile(logits, np.linspace(0, 1, 33)))
        self._knots = (levels, np.maximum.accumulate(_rising(isotonic.predict(levels))))

    def _solved(
        self,
        vectors: NDArray[np.float64],
        outcomes: NDArray[np.float64],
        prior: AddressScorer | None,
    ) -> NDArray[np.float64]:
        """Penalised logistic regression with signs: min Σ log-loss + λ/2 ‖w - w₀‖².

        w₀ are the weights of `prior`; without one, the mean weight of the facts of one sign. The
        last of the answer is the intercept.
        """
        from scipy.optimize import minimize

        start = np.zeros(len(NAMES) + 1)
        penalty = 1.0
        if prior is not None and prior.weights_ is not None:
            start[:-1], start[-1] = prior.weights_, prior._intercept
            penalty = max(1.0, self.strength / 20)
        design = np.column_stack([vectors, np.ones(len(vectors))])
        pull = np.full(len(start), penalty)
        pull[-1] = penalty / 10

        def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            z = design @ w
            value = np.logaddexp(0, z) @ np.ones(len(z)) - outcomes @ z
            away = w - start
            slope = design.T @ (1 / (1 + np.exp(-z)) - outcomes) + pull * away
            return float(value + 0.5 * (pull * away) @ away), slope

        bounds = [(0, None) if sign > 0 else (None, 0) for sign in _SIGNS] + [(None, None)]
        solved = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
        if prior is None:
            # All facts of one sign are drawn to what such a fact weighs on average, also those that
            # the outcomes do not show: kinds of faults will come that have not been seen.
            shown = vectors.std(axis=0) > 0
            for group, rows in zip((_SIGNS > 0, _SIGNS < 0), _ROWS_A_PULL, strict=True):
                pull[:-1][group] = max(1.0, len(outcomes) / rows)
                if (group & shown).any():
                    start[:-1][group] = solved.x[:-1][group & shown].mean()
            solved = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
        return np.asarray(solved.x)

    def score(self, text: str) -> Score:
        """Judge one address. What is not text, or says nothing, scores near 0 and says why."""
        weights = self._fitted()
        evidence = gather(text, history=self._history)
        value = self._probability(np.array(evidence.vector()))
        parser = self._parser = self._parser or AddressParser.load("in")
        parts = tuple(parser.parse(text)) if isinstance(text, str) else ()

        def scored(changes: dict[str, float]) -> float:
            facts = {**evidence.facts, **changes}
            return self._probability(np.array([facts[name] for name in NAMES]))

        wanted, after = most_wanted(evidence, scored)
        reasons = reasons_of(evidence, dict(zip(NAMES, weights.tolist(), strict=True)), scored)
        return Score(
            value,
            "good" if value >= 0.8 else "doubtful" if value >= 0.5 else "bad",
            verdict_of(evidence, {part.label for part in parts}, value),
            reasons,
            wanted,
            max(after, value),
            missing_types(evidence),
            parts,
        )

    def score_many(self, texts: Iterable[str]) -> NDArray[np.float64]:
        """Only the scores, one a text of a list or a column."""
        self._fitted()
        listed = column_of(texts, "score_many")
        return np.array([self._probability(np.array(self._evidence(t).vector())) for t in listed])

    def _evidence(self, text: str) -> Evidence:
        return gather(text, history=self._history)

    def _probability(self, vector: NDArray[np.float64]) -> float:
        if vector[_EMPTY]:
            return 0.0
        logit = float(vector @ self._fitted()) + self._intercept
        plain = 1 / (1 + np.exp(-logit))
        if self._knots is not None:
            # A pinch of the plain logistic keeps the order strict where the calibration is flat.
            plain = 0.98 * float(np.interp(logit, *self._knots)) + 0.02 * float(plain)
        return float(min(1.0, max(0.0, plain)))

    def _fitted(self) -> NDArray[np.float64]:
        if self.weights_ is None:
            raise NotFittedError(self)
        return self.weights_

    def save(self, folder: str | Path) -> None:
        """Write the scorer into `folder`, which is made if it is not there."""
        weights = self._fitted()
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        facts = {
            "format": 1,
            "strength": self.strength,
            "weights": dict(zip(NAMES, [round(w, 6) for w in weights.tolist()], strict=True)),
            "intercept": round(self._intercept, 6),
            "knots": [[round(x, 6) for x in knots.tolist()] for knots in self._knots or ()],
            "history": self._history,
        }
        text = msgspec.json.format(msgspec.json.encode(facts), indent=1)
        (place / _FILE).write_bytes(text)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """A scorer that was saved, or the one that ships: `in`."""
        if not isinstance(folder, (str, Path)):
            raise parameter("AddressScorer.load", "folder", "a folder or 'in'", folder)
        path = _shipped() if folder == "in" else Path(folder) / _FILE
        if not path.is_file():
            raise ArtifactError(
                f"There is no address scorer in {path.parent}. Save one with AddressScorer.save, "
                "or load the one that ships: 'in'."
            )
        facts = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        if facts.get("format") != 1 or set(facts["weights"]) != set(NAMES):
            raise ArtifactError(f"{path} was written by another version. Fit and save it again.")
        scorer = cls(strength=facts["strength"])
        scorer.weights_ = np.array([facts["weights"][name] for name in NAMES])
        scorer._intercept = float(facts["intercept"])
        if facts["knots"]:
            scorer._knots = (np.array(facts["knots"][0]), np.array(facts["knots"][1]))
        scorer._history = {key: (good, bad) for key, (good, bad) in facts["history"].items()}
        return scorer


def _shipped() -> Path:
    return Path(str(files(__package__) / "in" / _FILE))


def _folds(faults: list[str]) -> NDArray[np.int64] | None:
    """A fold a kind of fault, with a like share of the rows without; None for under four kinds."""
    kinds = sorted({fault for fault in faults if fault})
    if len(kinds) < 4:
        return None
    number = {kind: at for at, kind in enumerate(kinds)}
    return np.array([number.get(fault, at % len(kinds)) for at, fault in enumerate(faults)])


def _rising(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The steps of an isotonic fit with a little slope, so that more is always a little more."""
    return np.clip(values + np.linspace(-1e-4, 1e-4, len(values)), 0.0, 1.0)
