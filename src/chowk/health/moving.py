"""A sampled state is moved on by some days, to be where the chains of a longer history start.

In go a state and the models before and after; out comes a state that is possible in the longer
one: who had not left a stage leaves it, day by day, with the probability that the stage's length
gives; nobody new is infected, which the first sweep makes up for.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from .arrays import Floats, Model, Shorts, State


def moved_on(state: State, before: Model, after: Model, random: Generator) -> State:
    """`state` of the model `before`, in the days of the model `after`."""
    grown = after.end > before.end
    end = after.end
    e = np.where(grown & (state.e == before.end), end, state.e).astype(np.int16)
    i = _left(state.i, e, before.end, end, before.end < after.end, after.q_e, after.tail_e, random)
    r = _left(state.r, i, before.end, end, before.end < after.end, after.q_i, after.tail_i, random)
    return State(e, i, r)


def _left(
    boundary: Shorts,
    began: Shorts,
    old_end: Shorts,
    end: Shorts,
    grown: np.ndarray[tuple[int], np.dtype[np.bool_]],
    q: Floats,
    tail: Floats,
    random: Generator,
) -> Shorts:
    """When the stage that began on `began` ends, for those whose stage had not ended."""
    found = boundary.copy()
    going = grown & (boundary == old_end)
    found[going] = end[going]
    for person in np.flatnonzero(going & (began < end)):
        lasted_least = max(int(old_end[person]) - int(began[person]), 0)
        for day in range(int(began[person]) + lasted_least, int(end[person])):
            lasted = day - int(began[person])
            here = q[lasted] if lasted < len(q) else 0.0
            if random.random() * tail[lasted] < here:
                found[person] = day
                break
    return found
