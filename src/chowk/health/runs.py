"""What one call of `Crisp.sample` is going to draw, checked.

In go the options of a call; out comes the plan: how many samples each chain gives, after how many
sweeps, on how many threads.
"""

from __future__ import annotations

import os
from typing import NamedTuple, TypedDict

import numpy as np

from chowk.errors import MissingExtraError, parameter


class Sampling(TypedDict, total=False):
    """The options of `Crisp.sample`, which `marginals` and `risk` take as well."""

    burn_in: int | None
    seed: int
    chains: int
    thin: int
    threads: int | None
    pair_moves: float


class Run(NamedTuple):
    """What one call is going to draw; lengths are samples by chain."""

    lengths: list[int]
    burn_in: int
    seed: int
    thin: int
    threads: int
    moves: int


def whole(caller: str, name: str, value: object, low: int) -> int:
    """`value` when it is an int of at least `low`; ParameterError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise parameter(caller, name, f"an int of at least {low}", value)
    return int(value)


def planned(
    samples: int,
    *,
    people: int,
    compiled: bool,
    warm: bool,
    burn_in: int | None = None,
    seed: int = 0,
    chains: int = 2,
    thin: int = 1,
    threads: int | None = None,
    pair_moves: float = 0.0,
) -> Run:
    """The plan of one call; ParameterError for a number outside its limits.

    >>> planned(5, people=3, compiled=False, warm=True).lengths
    [3, 2]
    """
    burn_in = (10 if warm else 50) if burn_in is None else burn_in
    threads = _cores() if threads is None else threads
    for name, value, low in (
        ("samples", samples, 1),
        ("burn_in", burn_in, 0),
        ("seed", seed, 0),
        ("chains", chains, 1),
        ("thin", thin, 1),
        ("threads", threads, 1),
    ):
        whole("Crisp.sample", name, value, low)
    if not isinstance(pair_moves, int | float) or not 0 <= pair_moves <= 100:
        raise parameter("Crisp.sample", "pair_moves", "a number in [0, 100]", pair_moves)
    if pair_moves and not compiled:
        raise MissingExtraError("Moves of pairs", "health")
    chains = min(chains, samples)
    lengths = [samples // chains + (chain < samples % chains) for chain in range(chains)]
    moves = round(pair_moves * people)
    return Run(lengths, burn_in, seed, thin, threads if compiled else 1, moves)


def _cores() -> int:
    """Cores that this process may use."""
    # macOS and Windows do not say which.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
