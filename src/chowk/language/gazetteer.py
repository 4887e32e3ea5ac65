"""Values that slots were seen with, as features of the tokens that they cover.

In: labelled rows. Out: for the tokens of a text, which slots have had these very words as a value,
and where in the value each stands. In training the values of a row's own group are left out, so
that the model learns to trust a list that does not hold everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from .examples import Example
from .labels import spans

#: Words of a value; longer ones hardly come again.
_LONGEST = 6


class Gazetteer:
    """Values by their words without case, with in how many groups of rows each slot had them."""

    def __init__(self, values: dict[str, dict[str, int]] | None = None) -> None:
        self.values = values or {}
        #: What each group of training rows says; empty in a model that was loaded.
        self._groups: dict[str, set[tuple[str, str]]] = {}
        #: The length of the longest value that begins with a word.
        self._longest: dict[str, int] = {}
        for phrase in self.values:
            words = phrase.split(" ")
            self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    @classmethod
    def of(cls, rows: Iterable[Example]) -> Self:
        """The values of labelled rows."""
        groups: dict[str, set[tuple[str, str]]] = {}
        for row in rows:
            groups.setdefault(row.group, set()).update(_said(row))
        found: dict[str, dict[str, int]] = {}
        for said in groups.values():
            for phrase, name in sorted(said):
                counts = found.setdefault(phrase, {})
                counts[name] = counts.get(name, 0) + 1
        made = cls(found)
        made._groups = groups
        return made

    def features(self, words: Sequence[str], own: Example | None = None) -> list[list[str]]:
        """Names of features, a list a token.

        Parameters
        ----------
        own : the training row that these words are of; values that only its group has do not
            count.

        >>> known = Gazetteer({"dark grey": {"colour": 2}})
        >>> known.features(["Dark", "grey", "hat"])
        [['gBcolour2', '+gIcolour2'], ['gIcolour2', '-gBcolour2'], ['-gIcolour2']]
        """
        keys = [word.casefold() for word in words]
        less = self._groups.get(own.group, set()) if own is not None else set()
        # Most tokens are in no list: what is made for them costs more than what is looked up.
        here: dict[int, dict[str, None]] = {}
        for start in range(len(keys)):
            longest = self._longest.get(keys[start], 0)
            for size in range(1, min(longest, len(keys) - start) + 1):
                phrase = keys[start] if size == 1 else " ".join(keys[start : start + size])
                counts = self.values.get(phrase)
                if counts is None:
                    continue
                for name, count in counts.items():
                    if count == 1 and (phrase, name) in less:
                        continue
                    tail = f"{name}{min(size, 3)}"
                    here.setdefault(start, {})[f"gB{tail}"] = None
                    for place in range(start + 1, start + size):
                        here.setdefault(place, {})[f"gI{tail}"] = None
        found: list[list[str]] = [[] for _ in keys]
        for place in {near for at in here for near in (at - 1, at, at + 1)}:
            if 0 <= place < len(keys):
                names = list(here.get(place, ()))
                names += [f"-{name}" for name in here.get(place - 1, ())]
                names += [f"+{name}" for name in here.get(place + 1, ())]
                found[place] = names
        return found


def _said(row: Example) -> set[tuple[str, str]]:
    """Values of one row, with their slots."""
    return {
        (" ".join(word.casefold() for word in row.words[span.start : span.end]), span.name)
        for span in spans(row.labels or ())
        if span.end - span.start <= _LONGEST
    }
