"""New products in the lists of what goes with others: each is named where those like it are.

A `Directed` and, for each new product, the known ones that it is like flow in; a model that answers
as before and names the new ones too flows out. It is linear: a new product's score is the mean of
those of the products it is like, weighed by how like they are, so its reasons are theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .directed import Directed
from .identity import Ranked, check_k, listed
from .reasons import Reason

#: Of the products that a new one is like, so many count.
LIKE = 5


class WithNew(Directed):
    """The lists of a `Directed`, with products that it has never seen as further targets.

    Parameters
    ----------
    model : learned lists; they are shared, not copied. One with new products keeps those.
    like : for each new id, ids with how like it they are, above 0, the best first. Ids that the
        lists do not know count nothing, nor do those after the fifth; known ids stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> one, none = np.ones(1), np.zeros(1)
    >>> model = Directed(["lamp", "oil"], starts=np.array([0, 1, 1]), targets=np.array([1]),
    ...                  order=one, usual=none, together=none, times=one, baskets=none,
    ...                  led=none, kinds=np.array([-1, -1]), names=[], taken=np.array([0, 1]))
    >>> wider = WithNew(model, {"good oil": [("oil", 0.8)]})
    >>> wider.recommend("lamp"), print(wider.explain("lamp", "good oil")[0])
    what is like it: taken after lamp once
    ([[('oil', 1.0), ('good oil', 1.0)]], None)
    """

    def __init__(self, model: Directed, like: Mapping[str, Sequence[tuple[Any, float]]]) -> None:
        self.__dict__.update(model.__dict__)
        self._like: dict[str, dict[str, float]] = dict(getattr(model, "_like", {}))
        for new, others in like.items():
            lenders = shares(others, self._code)
            if new not in self._code and lenders:
                self._like[new] = lenders
        self._lends: dict[int, list[tuple[str, float]]] = {}
        for new, lenders in self._like.items():
            for one, weight in lenders.items():
                self._lends.setdefault(self._code[one], []).append((new, weight))

    def takes(self, product: str) -> bool:
        """Whether it is one of the new ones."""
        return product in self._like

    def for_basket(
        self, ids: str | Sequence[str], k: int = 10, *, exclude: Collection[str] | None = None
    ) -> Ranked:
        """As of `Directed`, with new products among the others; of equals these come last."""
        k = check_k(k, "for_basket")
        given = listed(ids, "for_basket", "ids")
        ranked = super().for_basket(given, k, exclude=exclude)
        found: dict[str, float] = {}
        for one in dict.fromkeys(given):
            if one not in self._code:
                continue
            row = slice(self.starts[self._code[one]], self.starts[self._code[one] + 1])
            for target, score in zip(self.targets[row], self.scores[row], strict=True):
                for new, weight in self._lends.get(int(target), ()):
                    found[new] = found.get(new, 0.0) + weight * float(score)
        out = {*given, *(exclude or ())}
        made = [(new, round(found[new], 9)) for new in sorted(found) if new not in out]
        return sorted([*ranked, *made], key=lambda pair: -pair[1])[:k]

    def score(self, source: str, target: str) -> float:
        """The pair's score; 0 where it stands in no list."""
        if target not in self._like or source == target:
            return super().score(source, target)
        return sum(w * super(WithNew, self).score(source, one)
                   for one, w in self._like[target].items())  # fmt: skip

    def explain(self, source: str, target: str) -> list[Reason]:
        """Why; of a new target, the reasons of the one that lends it most."""
        if target not in self._like:
            return super().explain(source, target)
        others = self._like[target]
        best = max(others, key=lambda one: others[one] * super(WithNew, self).score(source, one))
        return [
            Reason(
                f"what is like it: {reason}",
                kind=reason.kind,
                product_id=reason.product_id,
                fall=reason.fall * others[best],
            )
            for reason in super().explain(source, best)
        ]


def shares(others: Sequence[tuple[Any, float]], known: Collection[str]) -> dict[str, float]:
    """How much each product counts that a new one is like: shares that add up to 1.

    Parameters
    ----------
    others : ids with how like it they are, above 0, the best first.
    known : the ids that lists know; of these the first `LIKE` count. Of none, nothing comes out.

    >>> shares([("oil", 3.0), ("ghee", 2.0), ("lamp", 1.0)], {"oil", "lamp"})
    {'oil': 0.75, 'lamp': 0.25}
    """
    lenders = [(str(one), weight) for one, weight in others if str(one) in known][:LIKE]
    total = sum(weight for _, weight in lenders)
    return {one: weight / total for one, weight in lenders} if total > 0 else {}
