"""The same law without numba: one person's conditional with NumPy, over the same arrays.

`draw_in_order` of `chowk.health.sweeps` with whole arrays instead of loops; slower by an order of
magnitude, and drawn from the same conditional to the last digits of a float. It always works with
logarithms, which hold whatever a weight may be.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from .arrays import Codes, Floats, Model, State
from .draws import entered

_NEVER = -1000.0


def log_infected(hazard: Floats) -> Floats:
    """log(1 - exp(-hazard)), element by element."""
    found = np.full(hazard.shape, _NEVER)
    some = hazard > 0
    found[some] = np.maximum(np.log(-np.expm1(-hazard[some])), _NEVER)
    return found


def _logsumexp(values: Floats) -> Floats:
    best = values.max(axis=-1)
    best = np.where(np.isfinite(best), best, 0.0)
    with np.errstate(divide="ignore"):
        total: Floats = np.log(np.exp(values - best[..., None]).sum(axis=-1)) + best
    return total


def _log(values: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        found: Floats = np.log(values)
    return found


def day_terms(person: int, model: Model, state: State) -> tuple[Floats, Floats]:
    """Pressure and gain of each day of the person's stay; see `draws.day_terms`."""
    first, end = int(model.first[person]), int(model.end[person])
    length = end - first
    row = person * model.days
    offsets = model.indptr[row + first : row + end + 1]
    begin, stop = int(offsets[0]), int(offsets[-1])
    met = model.neighbour[begin:stop]
    day = np.repeat(np.arange(first, end), np.diff(offsets))
    hazard = (
        model.hazard[model.code[begin:stop]]
        if len(model.code)
        else np.full(len(met), model.hazard[0])
    )
    infected = state.e[met]
    infectious = (state.i[met] <= day) & (day < state.r[met])
    # (Of nothing at all, bincount makes integers.)
    pressure = np.bincount(day - first, hazard * infectious, length).astype(np.float64)
    if len(model.unseen):
        pressure += model.unseen[row + first : row + end]
    gain = np.bincount(day - first, -hazard * (infected > day + 1), length).astype(np.float64)
    for at in np.flatnonzero((infected == day + 1) & (infected != model.end[met])):
        same = (met == met[at]) & (day == day[at])
        if np.flatnonzero(same)[0] != at:
            continue
        x = hazard[same].sum()
        m = model.outside + _pressure_on(int(met[at]), int(day[at]), person, model, state)
        both = log_infected(np.array([m + x, m]))
        gain[day[at] - first] += both[0] - both[1]
    tests = slice(model.test_indptr[person], model.test_indptr[person + 1])
    np.add.at(gain, model.test_day[tests] - first, model.test_ratio[tests])
    return pressure, gain


def _pressure_on(person: int, day: int, without: int, model: Model, state: State) -> float:
    row = person * model.days + day
    entries = slice(model.indptr[row], model.indptr[row + 1])
    met = model.neighbour[entries]
    hazard = model.hazard[model.code[entries]] if len(model.code) else model.hazard[0]
    infectious = (state.i[met] <= day) & (day < state.r[met]) & (met != without)
    unseen = float(model.unseen[row]) if len(model.unseen) else 0.0
    return unseen + float((hazard * infectious).sum())


def stages(
    person: int, pressure: Floats, gain: Floats, model: Model
) -> tuple[Floats, Floats, Floats, Floats]:
    """Logarithms of the weights of `draws.stages`: weight, from_e, from_i, and C."""
    n = len(gain)
    c = np.concatenate([[0.0], np.cumsum(gain)])
    from_i = _stage(model.q_i, model.tail_i, c, c[n], n) - c[:n]
    from_e = _stage(model.q_e, model.tail_e, from_i, 0.0, n)
    hazard = model.outside + pressure[: n - 1]
    survived = np.concatenate([[0.0], -np.cumsum(hazard)])
    weight = np.empty(n + 1)
    weight[0] = model.log_first + from_e[0]
    weight[1:n] = model.log_not_first + survived[:-1] + log_infected(hazard) + from_e[1:]
    weight[n] = model.log_not_first + survived[-1]
    if n and entered(person, model):
        ways = model.entry[person].astype(np.float64)
        healthy = np.maximum(_log(np.array([1.0 - ways.sum()])), _NEVER)[0]
        weight[0] = np.maximum(_logsumexp(_entries(person, from_i, c, model)), _NEVER)
        weight[1:] += healthy - model.log_not_first
    return weight, from_e, from_i, c


def _entries(person: int, from_i: Floats, c: Floats, model: Model) -> Floats:
    """Logarithms of the weights of the ways of `Model.entry`."""
    n, n_e, n_i = len(from_i), len(model.q_e), len(model.q_i)
    leaving = np.append(from_i, 0.0)[np.minimum(np.arange(n_e), n)]
    recovering = c[np.minimum(np.arange(n_i), n)]
    found: Floats = _log(model.entry[person].astype(np.float64))
    found += np.concatenate([[0.0], leaving, recovering])
    return found


def _stage(q: Floats, tail: Floats, value: Floats, end_value: float, n: int) -> Floats:
    """log( sum_k q(k) exp(value[b + k]) + tail(n - b) exp(end_value) ) for every b < n."""
    return _logsumexp(
        np.column_stack([_ends(q, value, n), _log(tail[n - np.arange(n)]) + end_value])
    )


def _ends(q: Floats, value: Floats, n: int) -> Floats:
    """log q(k) + value[b + k] in row b and column k, -inf where b + k >= n."""
    k = np.arange(min(len(q), n))
    at = np.arange(n)[:, None] + k
    inside = at < n
    return np.where(inside, _log(q[k]) + value[np.where(inside, at, 0)], -np.inf)


def _pick(weights: Floats, uniform: float) -> int:
    p = np.exp(weights - weights.max())
    sums = np.cumsum(p)
    return int(min(np.searchsorted(sums, uniform * sums[-1], side="right"), np.flatnonzero(p)[-1]))


def choose(
    person: int, weight: Floats, from_i: Floats, c: Floats, model: Model, uniforms: Floats
) -> tuple[int, int, int]:
    """The trace at three uniform numbers; see `draws.choose`."""
    n = len(weight) - 1
    e = _pick(weight, uniforms[0])
    if e == n:
        return n, n, n
    if e == 0 and entered(person, model):
        way = _pick(_entries(person, from_i, c, model), uniforms[1])
        if way == 0 or way > len(model.q_e):
            return 0, 0, min(max(way - 1 - len(model.q_e), 0), n)
        i = min(way - 1, n)
    else:
        i = _leave(e, n, model.q_e, model.tail_e, from_i, 0.0, uniforms[1])
    if i == n:
        return e, n, n
    return e, i, _leave(i, n, model.q_i, model.tail_i, c, c[n], uniforms[2])


def _leave(
    begin: int, n: int, q: Floats, tail: Floats, value: Floats, end_value: float, uniform: float
) -> int:
    k = np.arange(min(len(q), n - begin))
    last = _log(tail[n - begin : n - begin + 1]) + end_value
    picked = _pick(np.concatenate([_log(q[k]) + value[begin + k], last]), uniform)
    return begin + picked if picked < len(k) else n


class Sweeper:
    """Sweeps over a model's people, in the order of their codes; `sweeps.Sweeper` without numba."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None: ...

    def sweep(self, state: State, uniforms: Floats) -> None:
        """Draw everybody once. `uniforms` is [people, 3], a row a person."""
        draw_in_order(np.arange(len(self.model.first), dtype=np.int32), self.model, state, uniforms)


def draw_in_order(order: Codes, model: Model, state: State, uniforms: Floats) -> None:
    """One person after the other, each from the state that the one before left."""
    for person in order:
        if model.first[person] >= model.end[person]:
            continue  # left before the window began: there is no day to draw
        pressure, gain = day_terms(int(person), model, state)
        weight, _, from_i, c = stages(int(person), pressure, gain, model)
        e, i, r = choose(int(person), weight, from_i, c, model, uniforms[person])
        first = int(model.first[person])
        state.e[person], state.i[person], state.r[person] = first + e, first + i, first + r
