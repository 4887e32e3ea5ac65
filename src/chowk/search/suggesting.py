"""Completions of what is being typed: queries that sold, categories and brands.

A sorted list of phrases, one entry for each word at which a phrase can be begun ("heusen" finds
"Van Heusen"), looked up by bisection. Products are suggested by the index itself.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Iterable

from .analysis import surfaces
from .results import Suggestion

#: A phrase can be begun at this many of its first words.
_BEGINNINGS = 4
_ORDER = {"query": 0, "category": 1, "brand": 2, "product": 3}


class Phrases:
    """The phrases and their lookup. `score` orders phrases of one kind, higher first."""

    def __init__(self, phrases: Iterable[Suggestion]) -> None:
        self.phrases = list(phrases)
        entries: list[tuple[str, int]] = []
        for number, phrase in enumerate(self.phrases):
            found = surfaces(phrase.text)
            for start in range(min(len(found), _BEGINNINGS)):
                entries.append((" ".join(found[start:]), number))
        entries.sort()
        self._keys = [key for key, _ in entries]
        self._numbers = [number for _, number in entries]

    def complete(self, typed: str, k: int) -> list[Suggestion]:
        """The best k phrases that begin as typed: queries, then categories, then brands."""
        prefix = " ".join(surfaces(typed))
        if not prefix:
            return []
        low = bisect.bisect_left(self._keys, prefix)
        high = bisect.bisect_left(self._keys, prefix + "\U0010ffff")
        found = {self._numbers[i] for i in range(low, high)}
        best = heapq.nsmallest(
            k,
            (self.phrases[number] for number in found),
            key=lambda s: (_ORDER[s.kind], -s.score, s.text),
        )
        kept: dict[str, Suggestion] = {}
        for suggestion in best:
            kept.setdefault(" ".join(surfaces(suggestion.text)), suggestion)
        return list(kept.values())


def counted(kind: str, values: Iterable[tuple[str, float]]) -> list[Suggestion]:
    """Suggestions of one kind from (text, count), scores on a scale to 1."""
    pairs = [(text, count) for text, count in values if surfaces(text)]
    most = max((count for _, count in pairs), default=1.0)
    return [
        Suggestion(text=text, product_id=None, kind=kind, score=count / most)  # type: ignore[arg-type]
        for text, count in pairs
    ]
