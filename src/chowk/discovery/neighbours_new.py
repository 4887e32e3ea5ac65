"""New products among what is bought together: each goes where those like it go.

A `Neighbours` and, for each new product, the known ones that it is like flow in; a model that
answers as before flows out, in whose lists the new ones stand too, and which has a list for each of
them. It is linear: a new product's pair has the mean of the pairs of those it is like, weighed by
how like they are, so its reasons are theirs. Popularity is not lent: a new product has none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .directed_new import shares
from .neighbours import Neighbours, Ranked, id_list


class NeighboursWithNew(Neighbours):
    """The lists of a `Neighbours`, with products that stand in no basket yet.

    Parameters
    ----------
    model : learned lists; they are shared, not copied. One with new products keeps those.
    like : for each new id, ids with how like it they are, above 0, the best first. Ids that the
        lists do not know count nothing, nor do those after the fifth; known ids stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> model = Neighbours(["lamp", "oil"], counts=np.array([2, 1]), total=4,
    ...                    starts=np.array([0, 1, 1]), targets=np.array([1]), scores=np.ones(1),
    ...                    together=np.array([1]), pulls=np.zeros(2))
    >>> wider = NeighboursWithNew(model, {"good oil": [("oil", 0.8)], "torch": [("lamp", 0.5)]})
    >>> wider.recommend(["lamp", "torch"], 1), wider.recommend("lamp")
    ([[('oil', 1.0)], [('oil', 1.0)]], [[('oil', 1.0), ('good oil', 1.0)]])
    >>> wider.explain("lamp", "good oil")[0]
    'what is like it: bought together in 1 of 2 orders with lamp'
    """

    def __init__(self, model: Neighbours, like: Mapping[str, Sequence[tuple[Any, float]]]) -> None:
        self.__dict__.update(model.__dict__)
        self._like: dict[str, dict[int, float]] = dict(getattr(model, "_like", {}))
        for new, others in like.items():
            lenders = shares(others, self._code)
            if new not in self._code and lenders:
                self._like[new] = {self._code[one]: share for one, share in lenders.items()}
        self._lends: dict[int, list[tuple[str, float]]] = {}
        for new, lent in self._like.items():
            for code, weight in lent.items():
                self._lends.setdefault(code, []).append((new, weight))

    def takes(self, product: str) -> bool:
        """Whether it is one of the new ones."""
        return product in self._like

    def recommend(
        self,
        ids: str | Sequence[str],
        k: int = 10,
        *,
        exclude: Collection[str] | None = None,
        fallback: bool = False,
    ) -> list[Ranked]:
        super().recommend((), k, exclude=exclude)  # what cannot be is refused with no ids, too
        given = id_list(ids, "recommend")
        return [self.for_basket([o], k, exclude=exclude, fallback=fallback) for o in given]

    def for_basket(
        self,
        ids: str | Sequence[str],
        k: int = 10,
        *,
        exclude: Collection[str] | None = None,
        fallback: bool = False,
    ) -> Ranked:
        """As of `Neighbours`, with new products among the others; of equals these come last."""
        ranked = super().for_basket(ids, k, exclude=exclude, fallback=fallback)
        found: dict[str, float] = {}
        given = dict.fromkeys(id_list(ids, "for_basket"))
        for code, counts in self._parts(given).items():
            row = slice(self.starts[code], self.starts[code + 1])
            for target, score in zip(self.targets[row], self.scores[row], strict=True):
                for new, weight in self._lends.get(int(target), ()):
                    found[new] = found.get(new, 0.0) + counts * weight * float(score)
        out = {*given, *(exclude or ())}
        made = [(new, round(found[new], 6)) for new in sorted(found) if new not in out]
        made = [pair for pair in made if pair[1] > 0]
        return sorted([*ranked, *made], key=lambda pair: -pair[1])[:k]

    def explain(self, source: str, target: str) -> list[str]:
        """Why; where one of the two is new, the reasons of the pair that lends it most."""
        if source not in self._like and target not in self._like:
            return super().explain(source, target)
        pairs = [
            (self._pair(s, t) * a * b, s, t)
            for s, a in self._parts([source]).items()
            for t, b in self._parts([target]).items()
        ]
        most, s, t = max(pairs, default=(0.0, 0, 0), key=lambda pair: pair[0])
        if most <= 0:  # popular, or nothing at all
            return super().explain(source, target)
        told = super().explain(self.ids[s], self.ids[t])
        what = "it" if target in self._like else "the one asked about"
        return [f"what is like {what}: {told[0]}", *told[1:]]

    def explain_basket(self, ids: str | Sequence[str], target: str) -> list[str]:
        """Why `target` goes with a basket: the reason of the product that speaks most for it."""
        strongest, most = "", 0.0
        for one in id_list(ids, "explain_basket"):
            score = sum(
                self._pair(s, t) * a * b
                for s, a in self._parts([one]).items()
                for t, b in self._parts([target]).items()
            )
            if score > most:
                strongest, most = one, score
        return self.explain(strongest, target)

    def _lent(self, given: Sequence[str]) -> dict[int, float]:
        return self._parts([one for one in dict.fromkeys(given) if one in self._like])

    def _parts(self, ids: Collection[str]) -> dict[int, float]:
        """What stands for some ids: known ones themselves, for new ones what they are like."""
        made: dict[int, float] = {}
        for one in ids:
            own = {self._code[one]: 1.0} if one in self._code else self._like.get(one, {})
            for code, weight in own.items():
                made[code] = made.get(code, 0.0) + weight
        return made

    def _pair(self, s: int, t: int) -> float:
        row = slice(self.starts[s], self.starts[s + 1])
        return float(self.scores[row][self.targets[row] == t].sum())
