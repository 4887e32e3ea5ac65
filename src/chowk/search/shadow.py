"""Our answers beside an incumbent's, before anything is switched: disagreements first.

In go queries and what the incumbent shows for each, best first; out comes a line a query with how
much the two pages overlap, the largest disagreement first. Agreement is rank-biased overlap
(Webber, Moffat and Zobel 2010) cut at the page: 1 when both show the same in the same order, 0 when
nothing is shared; the first places weigh most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from chowk.errors import ImportFormatError

from .arguments import finite

#: How patient the shopper is: the weight of each place is this times the one before.
PERSISTENCE = 0.9


class Compared(msgspec.Struct, frozen=True):
    """One query: agreement in [0, 1], how many it was asked times, and both pages."""

    query: str
    agreement: float
    asked: int
    only_ours: tuple[str, ...]
    only_theirs: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def overlap(ours: Sequence[str], theirs: Sequence[str], *, p: float = PERSISTENCE) -> float:
    """Rank-biased overlap of two pages, on a scale from 0 to 1.

    >>> overlap(["a", "b"], ["a", "b"]), overlap(["a"], ["b"]), overlap([], [])
    (1.0, 0.0, 1.0)
    >>> overlap(["a", "b", "c"], ["a", "c", "b"]) > overlap(["a", "b", "c"], ["b", "a", "c"])
    True
    """
    depth = max(len(ours), len(theirs))
    if not depth:
        return 1.0
    mine: set[str] = set()
    other: set[str] = set()
    total = whole = 0.0
    for d in range(depth):
        mine.update(ours[d : d + 1])
        other.update(theirs[d : d + 1])
        weight = p**d
        total += weight * len(mine & other) / max(len(mine), len(other))
        whole += weight
    return total / whole


def compared(
    queries: Iterable[tuple[str, Sequence[str], int]],
    search: Callable[[str, int], Sequence[str]],
    *,
    k: int = 10,
) -> list[Compared]:
    """Compare every query (its text, the incumbent's page, how often it is asked).

    Disagreements come first, the queries that are asked most among equals.

    >>> rows = [("lamp", ["a", "b"], 5), ("sofa", ["c"], 9)]
    >>> [(c.query, c.agreement) for c in compared(rows, lambda query, k: ["a", "b"])]
    [('sofa', 0.0), ('lamp', 1.0)]
    """
    found = []
    for query, page, asked in queries:
        theirs = tuple(dict.fromkeys(page))[:k]
        ours = tuple(search(query, k))[:k]
        found.append(
            Compared(
                query,
                overlap(ours, theirs),
                asked,
                tuple(one for one in ours if one not in theirs),
                tuple(one for one in theirs if one not in ours),
                ours,
                theirs,
            )
        )
    return sorted(found, key=lambda c: (c.agreement, -c.asked, c.query))


def pages(rows: Iterable[dict[str, Any]]) -> list[tuple[str, list[str], int]]:
    """An export's rows (query, product_id, position, optionally asked) as pages.

    >>> pages([{"query": "lamp", "product_id": "b", "position": "2"},
    ...        {"query": "lamp", "product_id": "a", "position": "1"}])
    [('lamp', ['a', 'b'], 1)]

    Raises
    ------
    ImportFormatError that names the row, for a position or a count that is no number.
    """
    held: dict[str, list[tuple[float, str]]] = {}
    asked: dict[str, int] = {}
    for number, row in enumerate(rows):
        query, product_id = str(row["query"]), row.get("product_id")
        held.setdefault(query, [])
        asked[query] = max(asked.get(query, 1), int(_number(row, "asked", number) or 1))
        if product_id:
            place = _number(row, "position", number) or number
            held[query].append((place, str(product_id)))
    return [(query, [one for _, one in sorted(page)], asked[query]) for query, page in held.items()]


def _number(row: dict[str, Any], name: str, at: int) -> float:
    """A number of a row, 0 where there is none."""
    found = finite(row.get(name))
    if found is None:
        raise ImportFormatError(
            f"The {name} in row {at + 1} must be a number. Got {str(row[name])[:40]!r} instead. "
            "Correct it, or leave the column out."
        )
    return found
