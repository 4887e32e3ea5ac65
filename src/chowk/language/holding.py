"""Which rows are held out while a model is judged, so that each intent keeps a row to learn from.

In: the intents of rows and a seed. Out: sets of row numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np


def held_out(intents: Sequence[str], seed: int, *, one: bool) -> list[set[int]]:
    """Rows to hold out, a set a fit: all in turn, a fifth each, or with `one` a tenth.

    >>> sorted(map(len, held_out(["a"] * 10 + ["b"], 0, one=False)))
    [2, 2, 2, 2, 2]
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for number, intent in enumerate(intents):
        groups[intent].append(number)
    rng = np.random.default_rng(seed)
    shares = 10 if one else 5
    folds: list[set[int]] = [set() for _ in range(shares)]
    for _, numbers in sorted(groups.items()):
        if len(numbers) > 1:
            for place, number in enumerate(rng.permutation(numbers).tolist()):
                folds[place % shares].add(number)
    used = folds[:1] if one else folds
    return [fold for fold in used if fold]
