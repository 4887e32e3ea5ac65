"""Contacts in compressed sparse form by person and day, each pair in both directions.

In go arrays of pairs, days and codes of hazards; out come offsets, neighbours and codes, ordered by
neighbour within a day, so that the same contacts give the same arrays in whatever order they came.
With numba it is two passes of counting, without it one sort.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiling import AVAILABLE, compiled

Codes = NDArray[np.int32]
Ints = NDArray[np.int64]


def by_person_and_day(
    people: int, days: int, a: Codes, b: Codes, day: Codes, code: NDArray[Any]
) -> tuple[Ints, Codes, NDArray[Any]]:
    """Offsets [people * days + 1], neighbours, and codes (empty when `code` is).

    >>> one, nobody = np.array([0], np.int32), np.zeros(0, np.uint16)
    >>> offsets, met, _ = by_person_and_day(2, 1, one, one + 1, one, nobody)
    >>> offsets.tolist(), met.tolist()
    ([0, 1, 2], [1, 0])
    """
    if AVAILABLE:
        indptr = np.zeros(people * days + 1, dtype=np.int64)
        _count(days, a, b, day, indptr)
        np.cumsum(indptr, out=indptr)
        neighbour = np.empty(2 * len(a), dtype=np.int32)
        codes = np.empty(2 * len(a) if len(code) else 0, dtype=code.dtype)
        _place(days, a, b, day, code, indptr, neighbour, codes)
        # Placing moved every offset to the end of its row, which is where the next one begins.
        indptr[1:] = indptr[:-1]
        indptr[0] = 0
        _order(indptr, neighbour, codes)
        return indptr, neighbour, codes
    row = np.concatenate([a, b]).astype(np.int64) * days + np.concatenate([day, day])
    other = np.concatenate([b, a]).astype(np.int32)
    both = np.concatenate([code, code])
    order = np.lexsort((both, other, row)) if len(code) else np.lexsort((other, row))
    indptr = np.searchsorted(row[order], np.arange(people * days + 1)).astype(np.int64)
    return indptr, other[order], both[order] if len(code) else both


@compiled
def _count(days: int, a: Codes, b: Codes, day: Codes, indptr: Ints) -> None:
    for k in range(len(a)):
        indptr[np.int64(a[k]) * days + day[k] + 1] += 1
        indptr[np.int64(b[k]) * days + day[k] + 1] += 1


@compiled
def _place(
    days: int,
    a: Codes,
    b: Codes,
    day: Codes,
    code: NDArray[Any],
    at: Ints,
    neighbour: Codes,
    codes: NDArray[Any],
) -> None:
    for k in range(len(a)):
        for side in range(2):
            me = a[k] if side == 0 else b[k]
            row = np.int64(me) * days + day[k]
            neighbour[at[row]] = b[k] if side == 0 else a[k]
            if len(code) > 0:
                codes[at[row]] = code[k]
            at[row] += 1


@compiled
def _order(indptr: Ints, neighbour: Codes, codes: NDArray[Any]) -> None:
    """Order each row by neighbour, then code: rows are short, so by insertion."""
    many = len(codes) > 0
    for row in range(len(indptr) - 1):
        begin = indptr[row]
        stop = indptr[row + 1]
        if stop - begin > 64:
            if many:
                key = neighbour[begin:stop].astype(np.int64) * (1 << 31) + codes[begin:stop]
                order = np.argsort(key)
                codes[begin:stop] = codes[begin:stop][order]
                neighbour[begin:stop] = neighbour[begin:stop][order]
            else:
                neighbour[begin:stop] = np.sort(neighbour[begin:stop])
            continue
        for k in range(begin + 1, stop):
            other = neighbour[k]
            code = codes[k] if many else 0
            j = k - 1
            while j >= begin and (
                neighbour[j] > other or (many and neighbour[j] == other and codes[j] > code)
            ):
                neighbour[j + 1] = neighbour[j]
                if many:
                    codes[j + 1] = codes[j]
                j -= 1
            neighbour[j + 1] = other
            if many:
                codes[j + 1] = code
