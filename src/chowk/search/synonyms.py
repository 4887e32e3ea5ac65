"""Words that stand for others: given by the store, or learned from its log and titles.

In go rows of `term`, `stands_for` and `weight` (the derived table `query_terms`); out come, for the
words of a query, the words that may stand in their place and how much each counts. A term may be up
to three words ("cell phone"), what it stands for one word or several, each of which counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from chowk.errors import SchemaError, parameter
from chowk.store.frames import arrow_table

from .analysis import words

#: A term of more words is not looked for.
LONGEST_TERM = 3
MOST_MEANINGS = 8


class QueryTerm(msgspec.Struct, frozen=True):
    """`term` may mean `stands_for`, as much as `weight` in (0, 1] says."""

    term: str
    stands_for: str
    weight: float


class Meaning(NamedTuple):
    """Words that may stand for the words of a query at `slots`."""

    slots: tuple[int, ...]
    terms: tuple[str, ...]
    weight: float


def query_terms(rows: Any) -> list[QueryTerm]:
    """Rows of the table `query_terms`, checked.

    Raises
    ------
    SchemaError when a column is missing; ParameterError when a weight is not in (0, 1].
    """
    if rows is None:
        return []
    table = arrow_table(rows, "SearchEngine.build")
    if table.num_rows == 0:
        return []
    for column in ("term", "stands_for"):
        if column not in table.column_names:
            raise SchemaError(f"terms needs the column {column!r}. Add it.")
    weights = table["weight"].to_pylist() if "weight" in table.column_names else None
    found = []
    for i, (term, meaning) in enumerate(
        zip(table["term"].to_pylist(), table["stands_for"].to_pylist(), strict=True)
    ):
        weight = 1.0 if weights is None or weights[i] is None else float(weights[i])
        if not 0 < weight <= 1:
            raise parameter("build", f"terms[{i}].weight", "a number in (0, 1]", weight)
        if term and meaning:
            found.append(QueryTerm(str(term), str(meaning), weight))
    return found


class Synonyms:
    """Looks up what words stand for.

    Examples
    --------
    >>> table = Synonyms([QueryTerm("laal", "red", 0.9), QueryTerm("cell phone", "mobile", 0.8)])
    >>> [tuple(m) for m in table.of(["laal", "cell", "phone"])]
    [((0,), ('red',), 0.9), ((1, 2), ('mobile',), 0.8)]
    """

    def __init__(self, rows: Iterable[QueryTerm] = ()) -> None:
        self.rows = list(rows)
        self._of: dict[tuple[str, ...], list[tuple[tuple[str, ...], float]]] = {}
        for row in self.rows:
            term, meaning = tuple(words(row.term)), tuple(words(row.stands_for))
            if 0 < len(term) <= LONGEST_TERM and meaning and row.weight > 0 and term != meaning:
                self._of.setdefault(term, []).append((meaning, min(1.0, float(row.weight))))
        for meanings in self._of.values():
            meanings.sort(key=lambda pair: (-pair[1], pair[0]))
            del meanings[MOST_MEANINGS:]

    def __len__(self) -> int:
        return len(self._of)

    def of(self, typed: list[str]) -> Iterator[Meaning]:
        """What words of a query may stand for."""
        if not self._of:
            return
        for length in range(1, LONGEST_TERM + 1):
            for i in range(len(typed) - length + 1):
                for meaning, weight in self._of.get(tuple(typed[i : i + length]), ()):
                    yield Meaning(tuple(range(i, i + length)), meaning, weight)
