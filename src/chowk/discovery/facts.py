"""Attributes of products: filled in from their words, weighed by what shoppers look at together.

Attributes, texts and co-views flow in; out comes one sparse row a product, such that the product of
two rows is how much their agreement counts. An attribute counts by the logarithm of how much more
often products that share its value are viewed in one visit than products that differ in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .sparse_top import at

#: What an attribute counts where nobody has looked, and how many views such a guess is worth.
GUESS, GUESSED = 0.2, 50.0
#: Views that both sides of a comparison are taken to have more.
_SHRINK = 20.0
#: Values of an attribute that are looked for in texts at most; more are numbers or names.
_VALUES = 200
#: Members of one type that are compared with each other at most.
_MEMBERS = 400
#: What stands between words; a point within a number belongs to it.
_WORD = re.compile(r"(?:[^\w.]|\.(?!\d))+")


def plain(text: str) -> str:
    """Lower case, words apart by one blank, a blank on either side.

    >>> plain("Red, 350 ml")
    ' red 350 ml '
    """
    return f" {_WORD.sub(' ', text.lower()).strip()} "


class Vocabulary:
    """Values of each type's attributes, to be found in texts."""

    def __init__(self, types: NDArray[np.int64], facts: Sequence[Mapping[str, str]]) -> None:
        found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for kind, held in zip(types.tolist(), facts, strict=True):
            if kind >= 0:
                for name, value in held.items():
                    found[kind][name].add(value)
        self._values = {
            kind: {
                name: [(value, plain(value)) for value in sorted(values)]
                for name, values in names.items()
                if 1 < len(values) <= _VALUES
            }
            for kind, names in found.items()
        }

    def filled(self, kind: int, held: Mapping[str, str], text: str) -> dict[str, str]:
        """What a product lacks and its text says: one value of the type, as whole words.

        Two values in one text leave the attribute open, unless one is a part of the other.
        """
        made = dict(held)
        words = plain(text)
        for name, values in self._values.get(kind, {}).items():
            if name in held:
                continue
            hits = [(value, word) for value, word in values if len(word) > 2 and word in words]
            longest = [
                value for value, word in hits if not any(word != o and word in o for _, o in hits)
            ]
            if len(longest) == 1:
                made[name] = longest[0]
        return made


def importance(
    facts: Sequence[Mapping[str, str]],
    members: Mapping[int, NDArray[np.int64]],
    views: sparse.csr_array,
    *,
    seed: int = 0,
) -> dict[str, float]:
    """What agreement in each attribute counts, 0 or more, in logits.

    With o and x the seen and the expected co-views of pairs of a type that agree (o', x' of those
    that differ), it is log((o + 20) (x' + 20) / ((x + 20) (o' + 20))); expected is what both
    products' views give by chance. It is shrunk to `GUESS` where x is small.
    """
    totals = np.asarray(views.sum(axis=1)).ravel()
    seen: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(4))
    rng = np.random.default_rng(seed)
    for kind in sorted(members):
        rows = members[kind]
        names = sorted({name for row in rows.tolist() for name in facts[row]})
        if len(rows) > _MEMBERS:
            rows = np.sort(rng.choice(rows, _MEMBERS, replace=False))
        s, t = (side.ravel() for side in np.meshgrid(rows, rows, indexing="ij"))
        apart = s != t
        s, t = s[apart], t[apart]
        found = at(views, s, t).astype(np.float64)
        chance = totals[s].astype(np.float64) * totals[t]
        if not found.sum():
            names = []
        else:
            chance *= found.sum() / chance.sum()
        for name in names:
            codes = _codes([facts[row].get(name) for row in rows.tolist()])
            a, b = (side.ravel()[apart] for side in np.meshgrid(codes, codes, indexing="ij"))
            both = (a >= 0) & (b >= 0)
            same = both & (a == b)
            differ = both & ~same
            seen[name] += (found[same].sum(), chance[same].sum(),
                           found[differ].sum(), chance[differ].sum())  # fmt: skip
    made = {}
    for name in sorted({name for held in facts for name in held}):
        o, x, o_differ, x_differ = seen[name]
        told = np.log((o + _SHRINK) * (x_differ + _SHRINK) / ((x + _SHRINK) * (o_differ + _SHRINK)))
        # What hardly ever agrees by chance has been looked at little: there the guess stays.
        made[name] = max(0.0, float((x * told + GUESSED * GUESS) / (x + GUESSED)))
    return made


class Agreement:
    """How much two products' attributes agree: the product of their rows.

    Parameters
    ----------
    facts : attributes of each product.
    weights : see `importance`.
    """

    def __init__(self, facts: Sequence[Mapping[str, str]], weights: Mapping[str, float]) -> None:
        self.weights = weights
        self.places: dict[tuple[str, str], int] = {}
        rows = [self._row(held, grow=True) for held in facts]
        starts = np.cumsum([0, *(len(row) for row in rows)])
        columns = np.array([column for row in rows for column, _ in row], dtype=np.int64)
        data = np.array([value for row in rows for _, value in row], dtype=np.float64)
        self.rows = sparse.csr_array(
            (data, columns, starts), shape=(len(rows), max(len(self.places), 1))
        )

    def _row(self, held: Mapping[str, str], *, grow: bool) -> list[tuple[int, float]]:
        made = []
        for pair in sorted(held.items()):
            weight = self.weights.get(pair[0], 0.0)
            if weight > 0 and (grow or pair in self.places):
                made.append((self.places.setdefault(pair, len(self.places)), weight**0.5))
        return sorted(made)

    def append(self, held: Mapping[str, str]) -> None:
        """One more product; values that no other has agree with nothing."""
        row = self._row(held, grow=False)
        one = sparse.csr_array(
            ([value for _, value in row], [column for column, _ in row], [0, len(row)]),
            shape=(1, self.rows.shape[1]),
        )
        self.rows = sparse.csr_array(sparse.vstack([self.rows, one], format="csr"))

    def of(self, s: NDArray[np.int64], t: NDArray[np.int64]) -> NDArray[np.float64]:
        """[pairs], 0 or more."""
        if not len(s):
            return np.zeros(0)
        if (s == s[0]).all():
            made = (self.rows[t] @ self.rows[[int(s[0])]].T).toarray().ravel()
        else:
            made = np.asarray(self.rows[s].multiply(self.rows[t]).sum(axis=1)).ravel()
        return np.asarray(made, dtype=np.float64)


def _codes(values: list[str | None]) -> NDArray[np.int64]:
    place: dict[str, int] = {}
    return np.array(
        [-1 if value is None else place.setdefault(value, len(place)) for value in values],
        dtype=np.int64,
    )
