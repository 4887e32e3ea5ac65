"""What may be shown of what was found: availability, caps for a brand or category, what is hidden.

Ranked ids flow in with what is known of each product; the first `k` that keep every rule flow out,
in the same order. Rules never add a product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chowk.errors import parameter

from .identity import Id, Ranked


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits on a list.

    Parameters
    ----------
    available : whether a product can be bought now; None lets all pass.
    hidden : ids that may not be shown: hidden by the shop, already bought, excluded in the request.
    per_brand, per_category : at most so many of one, at least 1; None for no limit. Products
        without a brand or category are not counted.

    Examples
    --------
    >>> facts = {"a": {"brand": "Sol"}, "b": {"brand": "Sol"}, "c": {"brand": "Lux"}}
    >>> Rules(per_brand=1).first([("a", 0.9), ("b", 0.8), ("c", 0.7)], 2, facts.get)
    [('a', 0.9), ('c', 0.7)]
    """

    available: Callable[[Any], bool] | None = None
    hidden: Collection[Id] = field(default_factory=frozenset)
    per_brand: int | None = None
    per_category: int | None = None

    def __post_init__(self) -> None:
        for name in ("per_brand", "per_category"):
            limit = getattr(self, name)
            if limit is not None and (isinstance(limit, bool) or limit < 1):
                raise parameter("Rules", name, "an int of at least 1, or None", limit)

    def first(
        self,
        ranked: Iterable[tuple[Any, float]],
        k: int,
        facts: Callable[[Any], Mapping[str, Any] | None] | None = None,
    ) -> Ranked:
        """The first `k` that keep every rule; `facts` gives a product's brand and category."""
        kept: Ranked = []
        seen: Counter[tuple[str, Any]] = Counter()
        for product, score in ranked:
            if len(kept) == k:
                break
            if product in self.hidden or (self.available and not self.available(product)):
                continue
            told = (facts(product) if facts is not None else None) or {}
            caps = [
                ((name, told[name]), limit)
                for name, limit in (("brand", self.per_brand), ("category", self.per_category))
                if limit is not None and told.get(name)
            ]
            if any(seen[key] >= limit for key, limit in caps):
                continue
            seen.update(key for key, _ in caps)
            kept.append((product, score))
        return kept
