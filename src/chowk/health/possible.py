"""Whether a state is possible at all, where rates of exactly 0 or 1 forbid some.

The sampler counts what is forbidden as e^1000 times less likely, so it ends in a forbidden state
only when it found no other; then somebody's tests contradict what is certain.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError

from .arrays import Floats, Model, State
from .records import People

_CERTAIN = 500.0  # half of what stands for the logarithm of 0


def contradictions(model: Model, state: State) -> NDArray[np.int64]:
    """Codes of the people whose trace breaks a certainty, given everybody else's."""
    people = len(model.first)
    broken = np.zeros(people, dtype=bool)
    who = np.repeat(np.arange(people), np.diff(model.test_indptr))
    infectious = (state.i[who] <= model.test_day) & (model.test_day < state.r[who])
    wrong = np.where(infectious, model.test_ratio < -_CERTAIN, model.test_ratio > _CERTAIN)
    broken[who[wrong]] = True
    at_first = (state.e == model.first) & (model.first < model.end)
    # What somebody was when a window began is no certainty: its table has seen few samples.
    ordinary = model.entry[:, 0] < 0 if len(model.entry) else np.ones(people, dtype=bool)
    if model.log_first < -_CERTAIN:
        broken |= at_first & ordinary
    if model.log_not_first < -_CERTAIN:
        broken |= ~at_first & ordinary
    certain = model.outside > _CERTAIN or bool((model.hazard > _CERTAIN).any())
    if model.outside > 0 and not certain:
        return np.flatnonzero(broken)
    for person in range(people):
        if not broken[person] and not at_first[person]:
            hazard = model.outside + _pressure(person, model, state)
            night = int(state.e[person]) - int(model.first[person]) - 1
            caught = bool(state.e[person] < model.end[person])
            broken[person] = (caught and hazard[night] <= 0) or (hazard[:night] > _CERTAIN).any()
    return np.flatnonzero(broken)


def _pressure(person: int, model: Model, state: State) -> Floats:
    """Hazard from infectious contacts on each day of a person's stay."""
    first, end = int(model.first[person]), int(model.end[person])
    offsets = model.indptr[person * model.days + first : person * model.days + end + 1]
    entries = slice(int(offsets[0]), int(offsets[-1]))
    met = model.neighbour[entries]
    day = np.repeat(np.arange(first, end), np.diff(offsets))
    hazard = (
        model.hazard[model.code[entries]] if len(model.code) else np.full(len(met), model.hazard[0])
    )
    infectious = (state.i[met] <= day) & (day < state.r[met])
    found = np.bincount(day - first, hazard * infectious, end - first).astype(np.float64)
    if len(model.unseen):
        found += model.unseen[person * model.days + first : person * model.days + end]
    return found


def refuse_contradictions(model: Model, ends: list[State], people: People) -> None:
    """InputError with the people whose tests contradict what is certain, when a chain found any."""
    for state in ends:
        broken = contradictions(model, state)
        if len(broken):
            shown = ", ".join(repr(people.id(int(code))) for code in broken[:5])
            raise InputError(
                f"tests: what is known of {len(broken)} people ({shown}) is impossible under "
                "rates that are exactly 0 or 1. Give false_negative_rate, false_positive_rate "
                "and p0 small positive values, or correct the tests."
            )
