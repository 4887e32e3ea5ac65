"""Values that slots were seen with, as features of the tokens that they cover.

In: labelled rows. Out: for the tokens of a text, which slots have had these very words as a value,
and where in the value each stands. In training a row's own values are left out, so that the model
learns to trust a list that does not hold everything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Self

from .examples import Example
from .labels import spans

#: Words of a value; longer ones hardly come again.
_LONGEST = 6


class Gazetteer:
    """Values by their words without case, with how often each slot had them."""

    def __init__(self, values: dict[str, dict[str, int]] | None = None) -> None:
        self.values = values or {}
        #: The length of the longest value that begins with a word.
        self._longest: dict[str, int] = {}
        for phrase in self.values:
            words = phrase.split(" ")
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    @classmethod
    def of(cls, rows: Iterable[Example]) -> Self:
        """The values of labelled rows."""
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            for (phrase, name), count in _said(row).items():
                counts = found.setdefault(phrase, {})
                counts[name] = counts.get(name, 0) + count
        return cls(found)

    def features(self, words: Sequence[str], own: Example | None = None) -> list[list[str]]:
        """Names of features, a list a token.

        Parameters
        ----------
        own : the training row that these words are of; its values do not count.

        >>> known = Gazetteer({"dark grey": {"colour": 2}})
        >>> known.features(["Dark", "grey", "hat"])
        [['gBcolour2', '+gIcolour2'], ['gIcolour2', '-gBcolour2'], ['-gIcolour2']]
        """
        keys = [word.casefold() for word in words]
        less = _said(own) if own is not None else {}
        here: list[dict[str, None]] = [{} for _ in keys]
        for start in range(len(keys)):
            longest = self._longest.get(keys[start], 0)
            for size in range(1, min(longest, len(keys) - start) + 1):
                phrase = keys[start] if size == 1 else " ".join(keys[start : start + size])
                counts = self.values.get(phrase)
                if counts is None:
                    continue
                for name, count in counts.items():
                    if less and count <= less.get((phrase, name), 0):
                        continue
                    tail = f"{name}{min(size, 3)}"
                    here[start][f"gB{tail}"] = None
                    for place in range(start + 1, start + size):
                        here[place][f"gI{tail}"] = None
        found = []
        for place, own_names in enumerate(here):
            names = list(own_names)
            if place:
                names += [f"-{name}" for name in here[place - 1]]
            if place + 1 < len(here):
                names += [f"+{name}" for name in here[place + 1]]
            found.append(names)
        return found


def _said(row: Example) -> Counter[tuple[str, str]]:
    """Values of one row, with their slots."""
    return Counter(
        (" ".join(word.casefold() for word in row.words[span.start : span.end]), span.name)
        for span in spans(row.labels or ())
        if span.end - span.start <= _LONGEST
    )
