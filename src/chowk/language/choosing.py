"""Which mixes of a pair are kept: by how much they mix, or by how often they switch.

In: candidates. Out: at most k of them. `by_index` steers the mean code-mixing index of the whole
set to the wanted value; `by_switches` is SPF sampling (Rizvi et al. 2021): the candidates whose
number of switch points is likeliest under a normal density taken from a real corpus.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, pstdev

from chowk.errors import InputError

from .indices import code_mixing_index, switch_points
from .mixed import Mixes, Refused


@dataclass(slots=True)
class Candidate:
    """A mix that may be kept: one language and one label a token.

    `entity` marks a mix by a foreign name, which may have no switch to count; `changed` is False
    when nothing was put in.
    """

    tokens: Sequence[str]
    languages: list[str]
    labels: Sequence[str]
    entity: bool = False
    changed: bool = True
    cmi: float = field(init=False)
    switches: int = field(init=False)

    def __post_init__(self) -> None:
        self.cmi = code_mixing_index(self.languages)
        self.switches = switch_points(self.languages)


def by_index(
    pool: Sequence[Candidate], k: int, wanted: float, total: float, rows: int, rng: random.Random
) -> tuple[list[Candidate], float]:
    """Those that bring the running mean nearest to `wanted`; the new sum of indices.

    Parameters
    ----------
    total, rows : sum of the indices of what was kept so far, and how many those are.
    """
    left = rng.sample(pool, len(pool))
    chosen = []
    for _ in range(min(k, len(pool))):
        rows += 1
        best = min(left, key=lambda one: abs((total + one.cmi) / rows - wanted))
        left.remove(best)
        chosen.append(best)
        total += best.cmi
    return chosen, total


def steer(mixes: Mixes, wanted: float, within: float = 0.02) -> None:
    """Leave out rows that pull the mean index away from `wanted`, the furthest first.

    Stops when the mean is `within` that share of it, or when half of the rows are left. A pair that
    loses its last row is refused, with the reason.
    """
    count, total = len(mixes.rows), sum(row.cmi for row in mixes.rows)
    left = sorted(range(count), key=lambda number: (mixes.rows[number].cmi, number))
    dropped: set[int] = set()
    while left and 2 * len(left) > count and abs(total / len(left) - wanted) > within * wanted:
        number = left.pop(-1 if total / len(left) > wanted else 0)
        total -= mixes.rows[number].cmi
        dropped.add(number)
    if dropped:
        before = dict.fromkeys(row.pair for row in mixes.rows)
        mixes.rows[:] = [row for n, row in enumerate(mixes.rows) if n not in dropped]
        kept = {row.pair for row in mixes.rows}
        why = "its mixes would pull the mean index away from the one that was asked"
        mixes.refused.extend(Refused(pair, why) for pair in before if pair not in kept)
        mixes.refused.sort(key=lambda refused: refused.pair)
        mixes.notes.append(
            f"{len(dropped)} of {count} mixes were left out for a CMI of {wanted:g}."
        )


def by_switches(
    pool: Sequence[Candidate],
    k: int,
    switches: tuple[float, float],
    normalised: bool,
    rng: random.Random,
) -> list[Candidate]:
    """The k candidates nearest to the mean, in deviations: the order of their normal densities."""
    mean, deviation = switches

    def away(one: Candidate) -> float:
        count = one.switches / max(len(one.tokens) - 1, 1) if normalised else one.switches
        return abs(count - mean) / deviation

    return sorted(rng.sample(pool, len(pool)), key=away)[:k]


def switches_in(corpus: Iterable[Sequence[str]], normalised: bool) -> tuple[float, float]:
    """Mean and standard deviation of switch points an utterance (or a boundary) of a corpus."""
    counts = [
        switch_points(row) / max(len(row) - 1, 1) if normalised else float(switch_points(row))
        for row in corpus
    ]
    if len(counts) < 2 or pstdev(counts) == 0:
        raise InputError(
            "switches_of needs utterances whose numbers of switch points differ. Got "
            f"{len(counts)} without a spread. Give token languages of a real mixed corpus."
        )
    return fmean(counts), pstdev(counts)
