"""How infectious is a contact? Monte Carlo EM for the hazards of contacts and of the outside.

In go a `Crisp` whose contacts may say channel, minutes, metres and indoors; out come coefficients
with standard errors, and sentences about what the data cannot tell. A contact of features x has
the hazard eta = count exp(w . x), so that P(infection) = 1 - exp(-eta): the complementary log-log
link. Sources: arXiv 2006.04942 (the EM), Louis 1982 (its standard errors).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from chowk.errors import InputError

from .arrays import Floats, Model, State
from .compiling import compiled
from .hazards import Levels

#: Coefficients stay within these; a hazard of e^4 is an infection for certain.
BOUNDS = (-20.0, 4.0)
_SLOPE_BOUNDS = (-8.0, 8.0)


@dataclass(frozen=True)
class LogLinear:
    """Hazard of a contact: count x exp(sum of coefficients x features).

    `coefficients` names a number each: `contact` (or `contact NAME` a channel), the logarithm of
    the hazard of one contact of 15 minutes at 1 metre outdoors; `log_minutes`, by which it grows
    with log(minutes / 15); `metres`, with each metre beyond the first; `indoors`.

    >>> near = LogLinear({"contact": np.log(0.1), "indoors": np.log(3.0)})
    >>> near.hazards(Levels(np.array([1.0, 2.0]), indoors=np.array([False, True]))).round(3)
    array([0.1, 0.6])
    """

    coefficients: dict[str, float]

    def hazards(self, levels: Levels) -> Floats:
        names, design = features(levels, tuple(self.coefficients))
        weights = np.array([self.coefficients[name] for name in names])
        found: Floats = np.minimum(levels.count * np.exp(design @ weights), 1000.0)
        return found


@dataclass(frozen=True)
class TransmissionFit:
    """What `fit_transmission` learned.

    `estimates`, `standard_errors` and `intervals` (95%) are by name: the coefficients of
    `LogLinear`, and `outside`, the logarithm of the hazard from outside a day. `p1` is the
    probability of infection at one contact (by channel where there are some), `p0` that from
    outside. `unidentified` says, one sentence each, what the data cannot tell.
    """

    estimates: dict[str, float]
    standard_errors: dict[str, float]
    p0: float
    p1: float | dict[str, float]
    transmission: LogLinear
    unidentified: list[str]

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Estimate less and plus 1.96 standard errors."""
        return {
            name: (value - 1.96 * self.standard_errors[name],
                   value + 1.96 * self.standard_errors[name])
            for name, value in self.estimates.items()
        }  # fmt: skip


def features(levels: Levels, wanted: Sequence[str] | None = None) -> tuple[list[str], Floats]:
    """Names of the coefficients and the design [levels, coefficients]."""
    found: dict[str, Floats] = {}
    if levels.channel is None:
        found["contact"] = np.ones(len(levels))
    else:
        for name in np.unique(levels.channel):
            found[f"contact {name}"] = (levels.channel == name).astype(np.float64)
    if levels.minutes is not None:
        found["log_minutes"] = np.log(np.maximum(levels.minutes, 1e-3) / 15)
    if levels.metres is not None:
        found["metres"] = levels.metres - 1
    if levels.indoors is not None:
        found["indoors"] = levels.indoors.astype(np.float64)
    if wanted is not None:
        for name in wanted:
            if name not in found and name.startswith("contact "):
                found[name] = np.zeros(len(levels))
        missing = [name for name in wanted if name not in found]
        unknown = [n for n in found if n not in wanted and n.startswith("contact")]
        if missing or unknown:
            raise InputError(
                f"contacts: the hazard is a matter of {', '.join(wanted)}, and the contacts have "
                f"{', '.join(found)}. Give contacts with the same columns."
            )
        found = {name: found[name] for name in wanted}
    for name, values in found.items():
        if not np.isfinite(values).all():
            raise InputError(
                f"contacts: {name} is missing in some rows. Give it in all, or leave it out."
            )
    return list(found), np.column_stack(list(found.values()))


class _Sums(NamedTuple):
    """Sums over a sample's nights: expected infections and exposures by level and from outside,
    and the score and information of all coefficients (the outside first)."""

    causes: Floats
    exposures: Floats
    outside: Floats  # expected infections, nights
    score: Floats
    information: Floats


@compiled
def _collect(
    model: Model,
    state: State,
    design: Floats,
    first_night: bool,
    sums: _Sums,
) -> None:
    """Add up one sample; `design` [levels, coefficients] has a first column of 0, the outside's."""
    k = design.shape[1]
    many = len(model.code) > 0
    g = np.zeros(k)
    curve = np.zeros((k, k))
    for u in range(len(model.first)):
        first = int(model.first[u])
        end = int(model.end[u])
        e = int(state.e[u])
        if first_night and not (len(model.entry) > 0 and model.entry[u, 0] >= 0.0):
            # The first day is one more night with the outside alone.
            sums.outside[1] += 1.0
            if e == first:
                caught = model.outside / -np.expm1(-model.outside)
                slope = 1.0 / np.expm1(model.outside)
                sums.outside[0] += caught
                sums.score[0] += caught - model.outside
                sums.information[0, 0] -= (
                    slope * model.outside - (slope + slope * slope) * model.outside * model.outside
                )
            else:
                sums.score[0] -= model.outside
                sums.information[0, 0] += model.outside
        for t in range(first, min(e, end - 1)):
            row = u * model.days + t
            hazard = model.outside
            if len(model.unseen) > 0:
                hazard += model.unseen[row]
            infected = t + 1 == e
            g[:] = 0.0
            curve[:, :] = 0.0
            g[0] = model.outside
            curve[0, 0] = model.outside
            for c in range(model.indptr[row], model.indptr[row + 1]):
                v = model.neighbour[c]
                if state.i[v] <= t and t < state.r[v]:
                    level = int(model.code[c]) if many else 0
                    h = model.hazard[level]
                    hazard += h
                    sums.exposures[level] += 1.0
                    for a in range(1, k):
                        g[a] += h * design[level, a]
                        for b in range(1, k):
                            curve[a, b] += h * design[level, a] * design[level, b]
            sums.outside[1] += 1.0
            if not infected:
                sums.score[:] -= g
                sums.information[:, :] += curve
                continue
            share = 1.0 / -np.expm1(-hazard)
            slope = share - 1.0
            sums.outside[0] += model.outside * share
            for c in range(model.indptr[row], model.indptr[row + 1]):
                v = model.neighbour[c]
                if state.i[v] <= t and t < state.r[v]:
                    level = int(model.code[c]) if many else 0
                    sums.causes[level] += model.hazard[level] * share
            sums.score[:] += slope * g
            for a in range(k):
                for b in range(k):
                    sums.information[a, b] -= (
                        slope * curve[a, b] - (slope + slope * slope) * g[a] * g[b]
                    )


class Problem(NamedTuple):
    """What the EM works on: the model, the design, the start, and how to draw."""

    model: Model
    levels: Levels
    names: list[str]
    design: Floats
    start: Floats
    first_night: bool
    #: draws the next state under a model, in place
    draw: Callable[[Model, State], None]


def _with(problem: Problem, theta: Floats) -> Model:
    hazard = problem.levels.count * np.exp(problem.design @ theta[1:])
    outside = float(np.exp(theta[0]))
    found = problem.model._replace(outside=outside, hazard=np.minimum(hazard, 1000.0))
    if not problem.first_night:
        return found
    return found._replace(log_first=float(np.log(-np.expm1(-outside))), log_not_first=-outside)


def _gather(
    problem: Problem, theta: Floats, state: State, samples: int, thin: int
) -> tuple[_Sums, Floats, Floats]:
    """Mean sums over samples, mean score, and the observed information (Louis)."""
    model = _with(problem, theta)
    k = problem.design.shape[1] + 1
    design = np.column_stack([np.zeros(len(problem.design)), problem.design])
    total = _Sums(
        np.zeros(len(design)), np.zeros(len(design)), np.zeros(2), np.zeros(k), np.zeros((k, k))
    )
    scores = np.empty((samples, k))
    for n in range(samples):
        for _ in range(thin):
            problem.draw(model, state)
        before = total.score.copy()
        _collect(model, state, design, problem.first_night, total)
        scores[n] = total.score - before
    mean = _Sums(*(part / samples for part in total))
    spread = np.cov(scores.T).reshape(k, k) if samples > 1 else np.zeros((k, k))
    return mean, scores.mean(axis=0), mean.information - spread


def _maximised(problem: Problem, sums: _Sums, theta: Floats) -> Floats:
    """The M-step: a Poisson regression, concave in the coefficients, within bounds."""
    exposed = sums.exposures > 0
    x = problem.design[exposed]
    offset = np.log(problem.levels.count[exposed])
    causes, exposures = sums.causes[exposed], sums.exposures[exposed]

    def loss(w: Floats) -> tuple[float, Floats]:
        eta = exposures * np.exp(np.minimum(offset + x @ w, 10.0))
        value = float(eta.sum() - causes @ (offset + x @ w))
        return value, x.T @ (eta - causes)

    bounds = [BOUNDS if name.startswith("contact") else _SLOPE_BOUNDS for name in problem.names]
    found = theta.copy()
    if exposed.any():
        solved = minimize(loss, theta[1:], jac=True, method="L-BFGS-B", bounds=bounds)
        found[1:] = solved.x
    found[0] = np.clip(np.log(max(sums.outside[0], 1e-9) / max(sums.outside[1], 1.0)), *BOUNDS)
    return found


def solve(
    problem: Problem, state: State, *, iterations: int, samples: int, final_samples: int
) -> tuple[Floats, Floats, Floats]:
    """EM steps, then Newton steps with the observed information; coefficients, information, E."""
    theta = problem.start.copy()
    for step in range(iterations):
        sums, score, information = _gather(problem, theta, state, samples, 1)
        em = _maximised(problem, sums, theta)
        theta = em if step < iterations // 2 else _newton(theta, em, score, information, 1.0)
    # The last two steps see many samples and move by their average.
    for weight in (1.0, 0.7):
        _, score, information = _gather(problem, theta, state, final_samples, 2)
        theta = _newton(theta, theta, score, information, weight)
    sums, _, information = _gather(problem, theta, state, final_samples, 2)
    return theta, information, sums.exposures


def _newton(theta: Floats, em: Floats, score: Floats, information: Floats, weight: float) -> Floats:
    """A Newton step where the information is positive and the step is short; the EM step else."""
    values, vectors = np.linalg.eigh((information + information.T) / 2)
    if values.min() <= 1e-3 * max(values.max(), 1e-12):
        return em
    step = vectors @ ((vectors.T @ score) / values)
    if np.abs(step).max() > 1.0:
        return em
    found: Floats = np.clip(theta + weight * step, *BOUNDS)
    return found


def summed_up(
    problem: Problem, theta: Floats, information: Floats, exposures: Floats
) -> TransmissionFit:
    """Estimates with standard errors, and what cannot be identified."""
    names = ["outside", *problem.names]
    values, vectors = np.linalg.eigh((information + information.T) / 2)
    weak = values <= 0.25  # a standard error of 2 on the logarithm: a factor of 50 either way
    inverse = (vectors / np.maximum(values, 1e-12)) @ vectors.T
    errors = np.sqrt(np.maximum(np.diag(inverse), 0.0))
    sentences = []
    if not exposures.any():
        sentences.append(
            "Nobody healthy met anybody infectious in the samples: the data say nothing about "
            "contacts. Add contacts, or tests of those who met."
        )
    for vector in vectors.T[weak]:
        main = [names[k] for k in np.argsort(-np.abs(vector)) if abs(vector[k]) > 0.3]
        sentences.append(
            f"The data cannot tell {' from '.join(main)}"
            + (" apart" if len(main) > 1 else " from its start")
            + ": more tests would, or contacts that differ more in it."
        )
    for k, name in enumerate(names):
        low, high = BOUNDS if k == 0 or name.startswith("contact") else _SLOPE_BOUNDS
        if theta[k] <= low + 1e-6 or theta[k] >= high - 1e-6:
            sentences.append(f"{name} ended at its bound {theta[k]:.3g}: its error is not known.")
            errors[k] = np.inf
    errors[(np.abs(vectors[:, weak]) > 0.3).any(axis=1)] = np.inf
    estimates = dict(zip(names, map(float, theta), strict=True))
    coefficients = {name: estimates[name] for name in problem.names}
    p1: Any = {
        name.partition(" ")[2]: float(-np.expm1(-np.exp(value)))
        for name, value in coefficients.items()
        if name.startswith("contact")
    }
    return TransmissionFit(
        estimates=estimates,
        standard_errors=dict(zip(names, map(float, errors), strict=True)),
        p0=float(-np.expm1(-np.exp(theta[0]))),
        p1=p1[""] if set(p1) == {""} else p1,
        transmission=LogLinear(coefficients),
        unidentified=sentences,
    )


def start_of(levels: Levels, hazard: Floats, names: list[str]) -> NDArray[np.float64]:
    """Coefficients to begin with: today's hazards, and no influence of features."""
    mean = float(np.clip(np.mean(hazard / levels.count), 1e-6, 5.0)) if len(levels) else 0.01
    return np.array([np.log(mean) if name.startswith("contact") else 0.0 for name in names])
