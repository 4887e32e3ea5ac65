"""Sweeps: every person is drawn once, in a fixed order, by one thread or by several.

The result is the one of drawing people one after the other, whatever the number of threads. People
who never met form a group, and are drawn at once from the state before the group; then they are
settled in order. A draw stands if the people whom it touched (see `day_terms`) were not touched by
an earlier member whose infectiousness changed on that day; otherwise it is drawn again, with its
own random numbers, from the state as it is now. That condition depends on the state, so no
colouring of the contact graph could promise it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from .arrays import Codes, Floats, Model, Shorts, State, Work, work
from .compiling import compiled
from .draws import draw
from .pairs import move_pairs

Ints = NDArray[np.int64]

#: A draw that touched more people than this is settled by drawing it again.
_ROOM = 128
#: Groups smaller than this are not worth a second thread.
_WORTH = 48


class Groups(NamedTuple):
    """People in the order of a sweep, and where each group of people who never met begins."""

    order: Codes
    begin: Ints


@compiled
def greedy_groups(model: Model, group: Codes) -> int:
    """Give every person the first group in which he met nobody; gives the number of groups."""
    people = len(model.first)
    days = model.days
    seen = np.full(people + 1, -1, np.int32)
    groups = 0
    for person in range(people):
        for c in range(model.indptr[person * days], model.indptr[(person + 1) * days]):
            other = model.neighbour[c]
            if other < person:
                seen[group[other]] = person
        mine = 0
        while seen[mine] == person:
            mine += 1
        group[person] = mine
        groups = max(groups, mine + 1)
    return groups


def groups_of(model: Model) -> Groups:
    """The groups of a model's people; the same for the same contacts."""
    group = np.zeros(len(model.first), dtype=np.int32)
    count = greedy_groups(model, group)
    order = np.argsort(group, kind="stable").astype(np.int32)
    begin = np.searchsorted(group[order], np.arange(count + 1)).astype(np.int64)
    return Groups(order, begin)


@compiled
def draw_in_order(order: Codes, model: Model, state: State, room: Work, uniforms: Floats) -> None:
    """One person after the other, each from the state that the one before left."""
    nobody = np.zeros(0, np.int32)
    for person in order:
        e, i, r, _ = draw(person, model, state, room, nobody, uniforms[person])
        state.e[person] = e
        state.i[person] = i
        state.r[person] = r


@compiled
def propose(
    members: Codes,
    model: Model,
    state: State,
    room: Work,
    uniforms: Floats,
    proposed: Shorts,
    touched: Codes,
    found: Codes,
) -> None:
    """Draw `members` from the state as it is, and leave the state alone."""
    for k in range(len(members)):
        person = members[k]
        e, i, r, n = draw(person, model, state, room, touched[k], uniforms[person])
        proposed[k, 0] = e
        proposed[k, 1] = i
        proposed[k, 2] = r
        found[k] = n


@compiled
def settle(
    members: Codes,
    model: Model,
    state: State,
    room: Work,
    uniforms: Floats,
    proposed: Shorts,
    touched: Codes,
    found: Codes,
    stamp: Ints,
    mark: int,
    everything: bool,
) -> int:
    """Take the proposals in order, drawing again those that hang on a change; gives how many."""
    nobody = np.zeros(0, np.int32)
    again = 0
    any_change = False
    for k in range(len(members)):
        person = members[k]
        known = min(found[k], touched.shape[1])
        # Of whom a draw touched beyond its room nothing is known: any change may concern it.
        hangs = any_change and found[k] > known
        for n in range(known):
            if stamp[touched[k, n]] == mark:
                hangs = True
        if hangs or everything:
            e, i, r, _ = draw(person, model, state, room, nobody, uniforms[person])
            proposed[k, 0] = e
            proposed[k, 1] = i
            proposed[k, 2] = r
            again += 1
        old_i, old_r = state.i[person], state.r[person]
        state.e[person] = proposed[k, 0]
        state.i[person] = proposed[k, 1]
        state.r[person] = proposed[k, 2]
        if old_i == state.i[person] and old_r == state.r[person]:
            continue
        any_change = True
        everything = everything or found[k] > known
        for n in range(known):
            v = touched[k, n]
            day = state.e[v] - 1
            was = old_i <= day and day < old_r
            now = state.i[person] <= day and day < state.r[person]
            if was != now:
                stamp[v] = mark
    return again


class Sweeper:
    """Sweeps over a model's people on up to `threads` threads, all with the same result.

    Parameters
    ----------
    model : what is fixed.
    threads : threads within one sweep; 1 does not start any.
    groups : who is drawn at once, in which order; made from the contacts when None.

    Examples
    --------
    Used through `Crisp`, which makes one a chain.
    """

    def __init__(self, model: Model, threads: int = 1, groups: Groups | None = None) -> None:
        self.model = model
        self.threads = threads
        self.groups = groups if groups is not None else groups_of(model)
        self.redrawn = 0
        self._rooms = [work(model.days) for _ in range(threads)]
        people = len(model.first)
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None
        if threads > 1:
            widest = int(np.diff(self.groups.begin).max(initial=0))
            self._proposed = np.zeros((widest, 3), np.int16)
            self._touched = np.zeros((widest, _ROOM), np.int32)
            self._found = np.zeros(widest, np.int32)
            self._stamp = np.full(people, -1, np.int64)
        self._mark = 0

    def sweep(self, state: State, uniforms: Floats) -> None:
        """Draw everybody once. `uniforms` is [people, 3], a row a person."""
        if self._pool is None:
            draw_in_order(self.groups.order, self.model, state, self._rooms[0], uniforms)
            return
        for begin, end in pairwise(self.groups.begin):
            members = self.groups.order[begin:end]
            if len(members) < _WORTH:
                draw_in_order(members, self.model, state, self._rooms[0], uniforms)
            else:
                self._together(members, state, uniforms)

    @property
    def room(self) -> Work:
        """Room for a draw of the calling thread."""
        return self._rooms[0]

    def move_pairs(self, state: State, uniforms: Floats) -> int:
        """Try one move of a pair a row of `uniforms` [moves, 8]; gives how many were taken."""
        if not len(self.model.neighbour):
            return 0
        return move_pairs(self.model, state, self._rooms[0], uniforms)

    def _together(self, members: Codes, state: State, uniforms: Floats) -> None:
        assert self._pool is not None
        edges = np.linspace(0, len(members), self.threads + 1).astype(np.int64)

        def part(k: int) -> None:
            at = slice(edges[k], edges[k + 1])
            propose(
                members[at],
                self.model,
                state,
                self._rooms[k],
                uniforms,
                self._proposed[at],
                self._touched[at],
                self._found[at],
            )

        others = [self._pool.submit(part, k) for k in range(1, self.threads)]
        part(0)
        for other in others:
            other.result()
        self._mark += 1
        self.redrawn += settle(
            members,
            self.model,
            state,
            self._rooms[0],
            uniforms,
            self._proposed,
            self._touched,
            self._found,
            self._stamp,
            self._mark,
            False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
