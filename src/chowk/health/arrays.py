"""The arrays that the sampler reads: the model, the traces, and room to work in.

Plain tuples of arrays, so that compiled loops and NumPy read the same thing. Contacts lie in
compressed sparse form: those of person u on day t are the entries `indptr[u * days + t]` up to
`indptr[u * days + t + 1]`, ordered by neighbour, each pair in both directions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Shorts = NDArray[np.int16]
Codes = NDArray[np.int32]


class Model(NamedTuple):
    """Everything that is fixed while traces are drawn."""

    days: int
    #: contacts: offsets by person and day, the neighbour, and which hazard (empty: all the first)
    indptr: NDArray[np.int64]
    neighbour: NDArray[np.int32]
    code: NDArray[Any]
    hazard: Floats
    #: tests: offsets by person, the day, log P(outcome | infectious) - log P(outcome | not)
    test_indptr: NDArray[np.int64]
    test_day: Shorts
    test_ratio: Floats
    #: the first day of each person, and the day after the last
    first: Shorts
    end: Shorts
    #: stages: P(n days), P(at least n days)
    q_e: Floats
    tail_e: Floats
    q_i: Floats
    tail_i: Floats
    #: hazard from outside a day; log P(infected on the first day), log P(not)
    outside: float
    log_first: float
    log_not_first: float
    #: hazard a person and day from contacts that nobody recorded (empty: none)
    unseen: Floats
    #: what people were on their first day, when history before it was summed up (no rows: nothing
    #: was). Columns: P(R), P(E and infectious after k days) by k, P(I and recovered after k days)
    #: by k; the rest is P(S). A row that begins with -1 follows the ordinary first day.
    entry: NDArray[np.float32]


class State(NamedTuple):
    """One trace a person: the days on which exposed, infectious and recovered begin.

    All three are the person's `end` when the stage is not reached.
    """

    e: Shorts
    i: Shorts
    r: Shorts


class Work(NamedTuple):
    """Room for one draw: values by day of one person's stay."""

    pressure: Floats
    gain: Floats
    cumulated: Floats
    growth: Floats
    from_i: Floats
    from_e: Floats
    weight: Floats


def work(days: int) -> Work:
    """Room for one thread."""
    return Work(*(np.zeros(days + 2) for _ in Work._fields))


def healthy(model: Model) -> State:
    """Nobody was ever infected."""
    return State(model.end.copy(), model.end.copy(), model.end.copy())
