"""Everybody's chances on the last day, from few samples: the conditional's, not the draw's.

In go sampled states; out comes P(S, E, I, R) of each person on his last day given everybody else's
trace in the sample, which the three stages of `chowk.health.draws` have summed already. The mean
over samples estimates the same posterior as counting draws does, with less noise (Rao and
Blackwell; Gelfand and Smith 1990): a risk of 2% shows in ten samples.
"""

from __future__ import annotations

import math

import numpy as np

from . import plain
from .arrays import Codes, Floats, Model, State, Work
from .compiling import compiled
from .draws import choose, day_terms, entered, stages


@compiled
def _times(p: float, value: float, logs: bool) -> float:
    """p value, or p exp(value)."""
    if p <= 0.0:
        return 0.0
    return p * math.exp(value) if logs else p * value


@compiled
def ending(
    person: int, length: int, model: Model, work: Work, logs: bool
) -> tuple[float, float, float]:
    """Weights of being in E, in I, and anything at all on the last day; after `stages`.

    When these hold logarithms, the weights are beside the largest of them.
    """
    weight, from_e = work.weight, work.from_e
    grown = work.cumulated if logs else work.growth
    n_e = len(model.q_e)
    best = weight[: length + 1].max() if logs else 0.0
    total = 0.0
    for a in range(length + 1):
        total += math.exp(weight[a] - best) if logs else weight[a]
    exposed = 0.0
    infectious = 0.0
    begin = 0
    if entered(person, model):
        begin = 1
        for k in range(1, model.entry.shape[1]):
            p = float(model.entry[person, k])
            at = k - 1 if k <= n_e else k - 1 - n_e
            if k <= n_e and at >= length:
                exposed += _times(p, -best if logs else 1.0, logs)
            elif k <= n_e:
                p *= model.tail_i[length - at]
                infectious += _times(p, _last(grown, at, length, logs) - best, logs)
            elif at >= length:
                infectious += _times(p, _last(grown, 0, length, logs) - best, logs)
    for a in range(begin, length):
        if logs:
            share = weight[a] - from_e[a] - best
        elif weight[a] > 0.0 and from_e[a] > 0.0:
            share = weight[a] / from_e[a]
        else:
            continue
        exposed += _times(model.tail_e[length - a], share, logs)
        for k in range(min(n_e, length - a)):
            p = model.q_e[k] * model.tail_i[length - a - k]
            after = _last(grown, a + k, length, logs)
            infectious += _times(p, share + after if logs else share * after, logs)
    return exposed, infectious, total


@compiled
def _last(grown: Floats, at: int, length: int, logs: bool) -> float:
    """What the days from `at` to the last say for being infectious on all of them."""
    return float(grown[length] - grown[at]) if logs else float(grown[length] / grown[at])


@compiled
def draw_and_add(
    order: Codes, model: Model, state: State, work: Work, uniforms: Floats, out: Floats
) -> None:
    """A sweep in `order`, and everybody's P(S, E, I, R) on the last day added to `out` [people, 4].

    The chances are those from which the new trace is drawn, so that they cost no second reading of
    the contacts.
    """
    nobody = np.zeros(0, np.int32)
    for person in order:
        first = int(model.first[person])
        length = int(model.end[person]) - first
        if length < 1:
            continue
        day_terms(person, model, state, -1, work, nobody)
        logs, _ = stages(person, length, model, work)
        exposed, infectious, total = ending(person, length, model, work, logs)
        never = work.weight[length]
        if logs:
            never = math.exp(never - work.weight[: length + 1].max())
        out[person, 0] += never / total
        out[person, 1] += exposed / total
        out[person, 2] += infectious / total
        out[person, 3] += max(total - never - exposed - infectious, 0.0) / total
        one, two, three = uniforms[person]
        e, i, r = choose(person, length, model, work, logs, one, two, three)
        state.e[person] = first + e
        state.i[person] = first + i
        state.r[person] = first + r


def add_last_day_plainly(model: Model, state: State, out: Floats) -> None:
    """What `draw_and_add` adds, without numba and after the draw."""
    for person in range(len(model.first)):
        n = int(model.end[person]) - int(model.first[person])
        if n < 1:
            continue
        pressure, gain = plain.day_terms(person, model, state)
        weight, from_e, _, c = plain.stages(person, pressure, gain, model)
        total = np.logaddexp.reduce(weight)
        with np.errstate(divide="ignore"):
            q_e, tail_e = np.log(model.q_e), np.log(model.tail_e)
            tail_i = np.log(model.tail_i)
        at_end = np.append(tail_i[n - np.arange(n)] + c[n] - c[:n], -np.inf)
        exposed = infectious = 0.0
        begin = 0
        if entered(person, model):
            begin = 1
            for k, p in enumerate(model.entry[person].astype(np.float64)):
                n_e = len(model.q_e)
                if k == 0 or p <= 0:
                    continue
                if k <= n_e and k - 1 >= n:
                    exposed += np.exp(np.log(p) - total)
                elif k <= n_e:
                    infectious += np.exp(np.log(p) + at_end[k - 1] - total)
                elif k - 1 - n_e >= n:
                    infectious += np.exp(np.log(p) + c[n] - total)
        for a in range(begin, n):
            share = weight[a] - from_e[a] - total
            exposed += np.exp(share + tail_e[n - a])
            ways = np.arange(min(len(q_e), n - a))
            infectious += np.exp(share + q_e[ways] + at_end[a + ways]).sum()
        never = np.exp(weight[n] - total)
        out[person] += [never, exposed, infectious, max(1 - never - exposed - infectious, 0.0)]
