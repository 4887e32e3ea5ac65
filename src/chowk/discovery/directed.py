"""`Directed`: what is taken after a product, as lists with the parts that each score is made of.

Lists flow in from whichever form a store keeps (see `directed_forms`); ranked ids and reasons flow
out. A score is a sum of three parts: what the pair itself says, in that order; what is usual after
products of its kind; and what is bought together. So a reason is true by construction: without its
part the score is lower by it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from chowk.errors import ArtifactError

from .identity import Ranked, check_k, listed
from .reasons import Reason

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]
PARTS = ("order", "usual", "together")
_ARRAYS = ("starts", "targets", *PARTS, "times", "baskets", "led", "kinds", "taken")


class Directed:
    """The best targets of each product, best first; ties are in the order of ids.

    Parameters
    ----------
    ids : product ids, ascending.
    starts : the targets of product i stand in places starts[i] to starts[i + 1].
    targets : their places.
    order, usual, together : [pairs], the parts of each score, at least 0.
    times, baskets : [pairs], how often the target was taken after the source, and how many
        baskets held both.
    led : [pairs], whether the target's kind follows the source's at least as often as it does all.
    kinds : [products], the place of each one's category in `names`; -1 where it has none.
    names : categories.
    taken : [products], how often each was taken after another.
    """

    def __init__(
        self,
        ids: list[str],
        *,
        starts: NDArray[Any],
        targets: NDArray[Any],
        order: NDArray[Any],
        usual: NDArray[Any],
        together: NDArray[Any],
        times: NDArray[Any],
        baskets: NDArray[Any],
        led: NDArray[Any],
        kinds: NDArray[Any],
        names: list[str],
        taken: NDArray[Any],
    ) -> None:
        self.ids, self.names = ids, names
        self.starts, self.targets = starts, targets
        self.order, self.usual, self.together = order, usual, together
        self.times, self.baskets, self.led, self.kinds, self.taken = (
            times,
            baskets,
            led,
            kinds,
            taken,
        )
        self._code = {product: code for code, product in enumerate(ids)}
        self.popular = np.lexsort((np.arange(len(ids)), -np.asarray(taken)))
        self.scores: Floats = (
            np.asarray(order, dtype=np.float64) + np.asarray(usual) + np.asarray(together)
        )

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, product: object) -> bool:
        return product in self._code

    # -- answers ------------------------------------------------------------------------------

    def recommend(
        self, ids: str | Sequence[str], k: int = 10, *, exclude: Collection[str] | None = None
    ) -> list[Ranked]:
        """For each id the `k` best targets as (id, score), best first, never the id itself.

        Unknown ids have an empty list; lists are shorter where nothing more speaks for a product.
        """
        return [
            self.for_basket([one], k, exclude=exclude) for one in listed(ids, "recommend", "ids")
        ]

    def for_basket(
        self, ids: str | Sequence[str], k: int = 10, *, exclude: Collection[str] | None = None
    ) -> Ranked:
        """What goes with several products together: the sum of their scores, without them."""
        k = check_k(k, "for_basket")
        given = [self._code[i] for i in listed(ids, "for_basket", "ids") if i in self._code]
        out = {*given, *(self._code[one] for one in exclude or () if one in self._code)}
        rows = [slice(self.starts[code], self.starts[code + 1]) for code in dict.fromkeys(given)]
        if not rows:
            return []
        targets = np.concatenate([np.asarray(self.targets[row]) for row in rows])
        scores = np.concatenate([self.scores[row] for row in rows])
        found, place = np.unique(targets, return_inverse=True)
        summed = np.bincount(place, scores, minlength=len(found)).round(9)
        free = ~np.isin(found, np.fromiter(out, dtype=np.int64))
        found, summed = found[free], summed[free]
        best = np.lexsort((found, -summed))[:k]
        return [
            (self.ids[int(c)], float(s)) for c, s in zip(found[best], summed[best], strict=True)
        ]

    def score(self, source: str, target: str) -> float:
        """The pair's score; 0 where it stands in no list."""
        at = self._at(source, target)
        return 0.0 if at is None else float(self.scores[at])

    def explain(self, source: str, target: str) -> list[Reason]:
        """Why `target` goes with `source`: each part of its score, the largest first."""
        at = self._at(source, target)
        if at is None:
            return []
        t = self._code[target]
        made = []
        for name in PARTS:
            fall = float(getattr(self, name)[at])
            if fall <= 0:
                continue
            if name == "order":
                text = f"taken after {source} {_times(int(self.times[at]))}"
                made.append(Reason(text, kind="with", product_id=source, fall=fall))
            elif name == "together":
                orders = int(self.baskets[at])
                text = f"bought together in {orders:,} order{'s' * (orders != 1)} with {source}"
                made.append(Reason(text, kind="with", product_id=source, fall=fall))
            else:
                made.append(
                    Reason(self._usually(source, t, bool(self.led[at])), kind="popular", fall=fall)
                )
        made.sort(key=lambda reason: -reason.fall)
        return made

    def explain_basket(self, ids: str | Sequence[str], target: str) -> list[Reason]:
        """Why `target` goes with a basket: the reasons of the product that speaks most for it."""
        given = listed(ids, "explain_basket", "ids")
        best = max(given, key=lambda one: self.score(one, target), default=None)
        return [] if best is None else self.explain(best, target)

    def _usually(self, source: str, target: int, led: bool) -> str:
        if led:
            own, other = self.kinds[self._code[source]], self.kinds[target]
            return f"after {_leaf(self.names[own])}, {_leaf(self.names[other])} are usual"
        return f"popular: taken after others {_times(int(self.taken[target]))}"

    def _at(self, source: Any, target: Any) -> int | None:
        s, t = self._code.get(source), self._code.get(target)
        if s is None or t is None:
            return None
        row = np.flatnonzero(np.asarray(self.targets[self.starts[s] : self.starts[s + 1]]) == t)
        return int(self.starts[s] + row[0]) if len(row) else None

    # -- what is kept -------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write the arrays and ids into `folder`."""
        np.savez(folder / "directed.npz", **{name: getattr(self, name) for name in _ARRAYS})
        told = _Record(ids=self.ids, names=self.names)
        (folder / "directed.json").write_bytes(msgspec.json.encode(told))

    @classmethod
    def load(cls, folder: Path) -> Directed:
        """Open what `save` wrote; ArtifactError where it cannot be read."""
        try:
            told = msgspec.json.decode((folder / "directed.json").read_bytes(), type=_Record)
            with np.load(folder / "directed.npz", allow_pickle=False) as kept:
                arrays = {name: kept[name] for name in _ARRAYS}
        except (OSError, ValueError, KeyError, msgspec.MsgspecError) as error:
            raise ArtifactError(
                f"The complements in {folder} cannot be read: {error}. Run 'chowk build' again."
            ) from None
        return cls(told.ids, names=told.names, **arrays)


class _Record(msgspec.Struct):
    """What is kept beside the arrays."""

    ids: list[str]
    names: list[str]


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _leaf(category: str) -> str:
    return category.rpartition(">")[2].strip() or category
