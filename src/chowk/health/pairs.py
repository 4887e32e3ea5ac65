"""Two people who met are drawn together, where moves of one at a time stick.

If u infected v, u cannot recover his health while v stays infected with no other cause, nor the
other way round. So u is drawn as if v were not there, then v given u, and the pair is taken or
left by a Metropolis step. The proposal of u is the law of u without v, q(u) ∝ base(u); with Z(u)
the sum of v's stage weights given u, the target is base(u) Z(u) P(v | u), so the acceptance is
min(1, Z(new u) / Z(old u)) exactly.
"""

from __future__ import annotations

import math

import numpy as np

from .arrays import Codes, Floats, Model, State, Work
from .compiling import compiled
from .draws import choose, day_terms, stages


@compiled
def move_pairs(model: Model, state: State, room: Work, uniforms: Floats) -> int:
    """One attempt a row of `uniforms` [moves, 8]; gives how many were taken."""
    nobody = np.zeros(0, np.int32)
    entries = len(model.neighbour)
    taken = 0
    for k in range(len(uniforms)):
        at = min(int(uniforms[k, 0] * entries), entries - 1)
        u = _whose(model, at)
        v = int(model.neighbour[at])
        old_u = (state.e[u], state.i[u], state.r[u])
        first, length = int(model.first[v]), int(model.end[v]) - int(model.first[v])
        day_terms(v, model, state, -1, room, nobody)
        _, before = stages(v, length, model, room)
        _draw_without(u, v, model, state, room, nobody, uniforms[k, 1:4])
        day_terms(v, model, state, -1, room, nobody)
        logs, after = stages(v, length, model, room)
        if math.log(1.0 - uniforms[k, 4]) < after - before:
            e, i, r = choose(
                v, length, model, room, logs, uniforms[k, 5], uniforms[k, 6], uniforms[k, 7]
            )
            state.e[v] = first + e
            state.i[v] = first + i
            state.r[v] = first + r
            taken += 1
        else:
            state.e[u], state.i[u], state.r[u] = old_u
    return taken


@compiled
def _draw_without(
    u: int, v: int, model: Model, state: State, room: Work, nobody: Codes, uniforms: Floats
) -> None:
    """Draw u's trace as if v were not there."""
    day_terms(u, model, state, v, room, nobody)
    first, length = int(model.first[u]), int(model.end[u]) - int(model.first[u])
    logs, _ = stages(u, length, model, room)
    e, i, r = choose(u, length, model, room, logs, uniforms[0], uniforms[1], uniforms[2])
    state.e[u] = first + e
    state.i[u] = first + i
    state.r[u] = first + r


@compiled
def _whose(model: Model, entry: int) -> int:
    """The person in whose rows an entry stands."""
    low = 0
    high = len(model.first)
    while high - low > 1:
        middle = (low + high) // 2
        if model.indptr[middle * model.days] <= entry:
            low = middle
        else:
            high = middle
    return low
