"""What queries are for, beside the rows of an index: a feature, turns among meanings, and chips.

`Intent` knows words and category paths; `Filed` knows the category of each row; `Meanings` joins
them for the candidates of a query. Kept in `intent.json`, `categories.json` and `categories.npy`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from .intent import NOTHING, Intent, Meant
from .matching import Plan
from .schema import path
from .variety import Chip, ambiguous, chips, shared_out
from .wishes import Wish

#: With fewer choices in the log, nothing is known of what queries are for.
LEAST_CHOICES = 200
#: What a product counts that is filed above the category that is meant.
ABOVE = 0.7
#: Queries that are remembered.
_MOST_KEPT = 500
_INTENT, _NAMES, _NUMBERS = "intent.json", "categories.json", "categories.npy"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Filed:
    """The category of each row, as a number; -1 for none. Rows that came later are added."""

    def __init__(self, names: Sequence[str], numbers: NDArray[np.int32]) -> None:
        self.names = list(names)
        self._number = {name: i for i, name in enumerate(self.names)}
        self._of = numbers
        self._later: dict[int, int] = {}

    @classmethod
    def of(cls, categories: Sequence[str | None]) -> Self:
        """From the catalogue's column."""
        filed = cls([], np.full(len(categories), -1, np.int32))
        filed._of = np.array([filed._named(one) for one in categories], np.int32)
        return filed

    def __contains__(self, name: object) -> bool:
        return name in self._number

    def __getitem__(self, name: str) -> int:
        return self._number[name]

    def put(self, row: int, category: str | None) -> None:
        """A row that came later."""
        self._later[row] = self._named(category)

    def forget(self, row: int) -> None:
        """Free a row that came later."""
        self._later.pop(row, None)

    def numbers(self, rows: Ints) -> NDArray[np.int64]:
        """The categories of rows."""
        found = np.full(len(rows), -1, np.int64)
        saved = rows < len(self._of)
        found[saved] = self._of[rows[saved]]
        if self._later:
            for i in np.flatnonzero(~saved).tolist():
                found[i] = self._later.get(int(rows[i]), -1)
        return found

    def at(self, rows: int) -> NDArray[np.int32]:
        """All, as wide as `rows` row numbers need."""
        return self.numbers(np.arange(rows)).astype(np.int32)

    def _named(self, category: str | None) -> int:
        level = path(category)[-1:] if category else []
        if not level:
            return -1
        if level[0] not in self._number:
            self._number[level[0]] = len(self.names)
            self.names.append(level[0])
        return self._number[level[0]]


class _Known(NamedTuple):
    """What a query is for, and what that makes each category's products worth."""

    meant: Meant
    value: Floats


_NOTHING = _Known(NOTHING, np.zeros(1))


class Meanings:
    """What is known of queries and of the categories of rows."""

    def __init__(self, intent: Intent, filed: Filed) -> None:
        self.intent = intent
        self.filed = filed
        self._kept: dict[tuple[tuple[str, ...], int], _Known] = {}

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open what `save` wrote; nothing is known where nothing is there."""
        if not (folder / _INTENT).is_file():
            return cls(Intent(), Filed([], np.zeros(0, np.int32)))
        intent = msgspec.json.decode((folder / _INTENT).read_bytes(), type=Intent)
        names = msgspec.json.decode((folder / _NAMES).read_bytes(), type=list[str])
        numbers = np.load(folder / _NUMBERS, allow_pickle=False)
        return cls(intent, Filed(names, numbers))

    def save(self, folder: Path, rows: int) -> None:
        """Write three files, as wide as `rows` row numbers need."""
        (folder / _INTENT).write_bytes(msgspec.json.encode(self.intent))
        (folder / _NAMES).write_bytes(msgspec.json.encode(self.filed.names))
        np.save(folder / _NUMBERS, self.filed.at(rows), allow_pickle=False)

    def put(self, row: int, product: Mapping[str, Any]) -> None:
        """A row that came later."""
        self.filed.put(row, product.get("category"))

    def meant(self, plan: Plan) -> Meant:
        """What a query is for: its words, or what stands for those that nobody typed."""
        return self._known(plan).meant

    def wishes(self, plan: Plan) -> tuple[Wish, ...]:
        """The values of attributes that a query's words name, or what stands for them."""
        named = self.intent.of_values
        found = []
        for typed, word in zip(plan.words, self._words(plan, named), strict=True):
            found += [Wish(typed, *one) for one in named.get(word, ())]
        return tuple(found)

    def chips(self, plan: Plan) -> tuple[Chip, ...]:
        """What asks for the meaning of an ambiguous query."""
        meant = self.meant(plan)
        if not ambiguous(meant):
            return ()
        return tuple(chip for chip in chips(meant) if chip.value in self.filed)

    def varied(self, scores: Floats, plan: Plan, rows: Ints, ties: Callable[[], Ints]) -> Floats:
        """What has to be added so that the meanings of an ambiguous query take turns; zeros for
        any other. `ties` gives the order of equal scores."""
        meant = self.meant(plan)
        if not ambiguous(meant) or len(scores) < 2:
            return np.zeros(len(scores))
        pairs = zip(meant.categories, meant.probabilities, strict=True)
        shares = {self.filed[name]: p for name, p in pairs if name in self.filed}
        return shared_out(scores, self.filed.numbers(rows).tolist(), shares, ties()) - scores

    def likely(self, plan: Plan, rows: Ints) -> Floats:
        """[candidates] how likely the query is for the category of each; 1 for the likeliest."""
        known = self._known(plan)
        if not known.meant.categories:
            return np.zeros(len(rows))
        # A category that came this moment is behind the last one, which stands for none.
        found: Floats = known.value[np.minimum(self.filed.numbers(rows), len(known.value) - 1)]
        return found

    def _known(self, plan: Plan) -> _Known:
        """What is known of a query; kept for the queries that were asked last."""
        if self.intent.choices < LEAST_CHOICES:
            return _NOTHING
        key = (plan.words, len(self.filed.names))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            meant = self.intent.of(self._words(plan, self.intent.of_words))
            found = self._kept[key] = _Known(meant, self._values(meant))
        return found

    @staticmethod
    def _words(plan: Plan, known: Mapping[str, Any]) -> list[str]:
        """The words of a query, or what stands for those that are not known."""
        found = []
        for i, word in enumerate(plan.words):
            if word not in known:
                near = [a for a in plan.alternatives if a.slots == (i,)]
                near = [a for a in near if a.term in known]
                word = max(near, key=lambda a: a.likeness).term if near else word
            found.append(word)
        return found

    def _values(self, meant: Meant) -> Floats:
        """One number a category of the rows, and 0 for rows without one."""
        value = np.zeros(len(self.filed.names) + 1)
        for name, p in zip(meant.categories, meant.probabilities, strict=True):
            share = p / meant.probabilities[0]
            for level in path(name):
                if level in self.filed:
                    counts = share if level == name else ABOVE * share
                    value[self.filed[level]] = max(value[self.filed[level]], counts)
        return value
