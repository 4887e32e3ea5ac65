"""Attributes whose values are numbers: ranges of them as filters, and counts by range.

In goes an attribute's name and limits, or edges; out come the values that lie between, as the
index holds them, so a range is the set of its values and whatever is exact for values is exact for
ranges. A value is its number with or without a unit behind it, and nothing else: "8 GB" is 8, "15.6
inch" 15.6; "9-12 years" and "XL" are no numbers and lie in no range. Limits that have a unit are
compared in it ("1kg" to "2kg" holds "1500 g"); limits that have none with the bare numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import tantivy

from chowk.errors import parameter

from .forms import UNITS
from .schema import SIGN, code

#: More different values of one attribute are not compared.
MOST_DIFFERENT = 60_000
_DIGITS = r"\s*([-+]?\d{1,15}(?:\.\d{1,9})?|[-+]?\d{1,3}(?:,\d{2,3})+(?:\.\d+)?)"
_NUMBER = re.compile(_DIGITS + r"[^\d]*")
_QUANTITY = re.compile(_DIGITS + r"[\s-]*([a-z]+)\.?\s*")


def number(value: str) -> Decimal | None:
    """The number that a value is, or None.

    >>> [number(value) for value in ("8 GB", "15.6-inch", "1,299", "-4 °C")]
    [Decimal('8'), Decimal('15.6'), Decimal('1299'), Decimal('-4')]
    >>> [number(value) for value in ("XL", "9-12 years", "8x4", "")]
    [None, None, None, None]
    """
    found = _NUMBER.fullmatch(value)
    return Decimal(found[1].replace(",", "")) if found else None


class Quantity(NamedTuple):
    """An amount of a basic unit."""

    amount: Decimal
    unit: str


def quantity(value: str) -> Quantity | None:
    """The quantity that a value is, in the basic unit of what it measures, or None.

    >>> quantity("1.5 kg"), quantity("200g") == quantity("0.2 KG")
    (Quantity(amount=Decimal('1500.0'), unit='g'), True)
    >>> quantity("1.5"), quantity("2 packs")
    (None, None)
    """
    found = _QUANTITY.fullmatch(value.lower())
    if found is None or found[2] not in UNITS:
        return None
    unit, times = UNITS[found[2]]
    return Quantity(Decimal(found[1].replace(",", "")) * Decimal(f"{times:.12g}"), unit)


class Different:
    """The different values of attributes in one state of the index, looked up once each."""

    def __init__(self, searcher: Any) -> None:
        self.searcher = searcher
        self._of: dict[str, tuple[str, ...]] = {}

    def of(self, name: str) -> tuple[str, ...]:
        """All values of `attributes.NAME`.

        Raises
        ------
        ParameterError when there are more than `MOST_DIFFERENT`.
        """
        if name not in self._of:
            column = f"attributes.{code(name.partition('.')[2])}"
            terms = {"field": column, "size": MOST_DIFFERENT, "segment_size": MOST_DIFFERENT}
            asked = {"0": {"terms": terms}}
            buckets = self.searcher.aggregate(tantivy.Query.all_query(), asked)["0"]["buckets"]
            if len(buckets) >= MOST_DIFFERENT:
                rule = f"of an attribute with fewer than {MOST_DIFFERENT:,} different values"
                raise parameter("search", f"filters[{name!r}]", rule, name)
            self._of[name] = tuple(str(b["key"]).removeprefix(SIGN) for b in buckets)
        return self._of[name]

    def between(
        self, name: str, low: Decimal | Quantity | None, high: Decimal | Quantity | None
    ) -> tuple[str, ...]:
        """The values that are numbers from `low` to `high`, both inclusive; None is open.

        Quantities are of one unit, and are compared with the values that are of it too.
        """
        unit = next((end.unit for end in (low, high) if isinstance(end, Quantity)), None)
        low, high = (end.amount if isinstance(end, Quantity) else end for end in (low, high))
        found = []
        for value in self.of(name):
            what = number(value)
            if unit is not None:
                held = quantity(value)
                what = held.amount if held is not None and held.unit == unit else None
            if what is not None and (low is None or what >= low) and (high is None or what <= high):
                found.append(value)
        return tuple(found)


def places(values: Sequence[str], edges: Sequence[float]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The range that each value lies in, its lower edge included; one past the last for none.

    >>> places(["8 GB", "16 GB", "XL"], [8, 16]).tolist()
    [1, 2, 3]
    """
    ends = [Decimal(str(edge)) for edge in edges]
    found = []
    for value in values:
        what = number(value)
        found.append(len(ends) + 1 if what is None else sum(what >= end for end in ends))
    return np.array(found, np.int64)


def summed(counts: Mapping[str, int], edges: Sequence[float]) -> dict[str, int]:
    """Counts of values as counts of the ranges between edges.

    >>> summed({"8 GB": 3, "4 GB": 2, "16 GB": 1, "XL": 9}, [8.0, 32.0])
    {'-8': 2, '8-32': 4, '32-': 0}
    """
    totals = np.zeros(len(edges) + 2, np.int64)
    np.add.at(totals, places(list(counts), edges), np.array(list(counts.values()), np.int64))
    return dict(zip(labels(edges), totals.tolist(), strict=False))


def labels(edges: Sequence[float]) -> list[str]:
    """What the ranges between edges are called.

    >>> labels([10.0, 50.0])
    ['-10', '10-50', '50-']
    """
    shown = ["", *(f"{Decimal(str(edge)).normalize():f}" for edge in edges), ""]
    return [f"{low}-{high}" for low, high in pairwise(shown)]
