"""Which kinds of products sell better in a region: by category, and by word within a category.

A product sells too seldom in one region to say much; all Bandhani sarees together say that they
sell in Gujarat. In go expected and observed sales by region and product, and kinds as lists of
products; out come the expected sales when every kind has its factor. Most kinds are at home
nowhere: a kind is regional with a small probability beforehand, then its factors have the
Gamma(κ, κ) prior of `chowk.search.regional`, or else it sells alike everywhere ("spike and slab",
Mitchell and Beauchamp 1988). Factors are found with the others held, one kind after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .analysis import STOP_WORDS, words

#: A kind has so many products at least, and so many sales expected over all regions.
LEAST_PRODUCTS, LEAST_SALES = 3, 20.0
#: Kinds that are looked at, those with most products.
MOST_KINDS = 5_000
#: What all regions together weigh against one region's sales of a kind that is regional, and the
#: odds beforehand that it is.
KAPPA, ODDS = 5.0, 0.05
_ROUNDS = 2

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def kinds(products: pa.Table) -> list[Ints]:
    """Rows of each category, then of each word of titles and attributes within one.

    >>> table = pa.table({"product_id": list("abcd"), "category": ["Sarees"] * 4,
    ...                   "title": ["Tant saree", "Tant saree", "Tant saree", "Silk saree"]})
    >>> [rows.tolist() for rows in kinds(table)]
    [[0, 1, 2, 3], [0, 1, 2]]
    """
    if "category" not in products.column_names:
        return []
    attributes = (
        products["attributes"].to_pylist()
        if "attributes" in products.column_names
        else [None] * products.num_rows
    )
    by_category: dict[str, list[int]] = {}
    by_word: dict[tuple[str, str], list[int]] = {}
    columns = zip(
        products["category"].to_pylist(), products["title"].to_pylist(), attributes, strict=True
    )
    for row, (category, title, held) in enumerate(columns):
        if not category:
            continue
        by_category.setdefault(category, []).append(row)
        said = " ".join([str(title), *(str(v) for _, v in held or () if v)])
        for word in dict.fromkeys(words(said)):
            if word not in STOP_WORDS:
                by_word.setdefault((category, word), []).append(row)
    whole = [np.array(rows) for rows in by_category.values() if len(rows) >= LEAST_PRODUCTS]
    parts = [
        np.array(rows)
        for (category, _), rows in by_word.items()
        # A word that all have says nothing more than the category.
        if LEAST_PRODUCTS <= len(rows) < 0.9 * len(by_category[category])
    ]
    parts.sort(key=lambda rows: (-len(rows), rows.tolist()))
    return [*whole, *parts][:MOST_KINDS]


def expected_by_kind(
    observed: Floats,
    expected: Floats,
    groups: Sequence[Ints],
    *,
    kappa: float = KAPPA,
    odds: float = ODDS,
) -> Floats:
    """[regions, products] expected sales, with each kind's factors.

    A factor is ((observed + κ) / (expected + κ)) ** p, with p the probability that the kind is
    regional: the odds beforehand times the likelihood of its sales in all regions as negative
    binomials of size κ, over that as Poisson numbers.

    Parameters
    ----------
    observed, expected : [regions, products] sales, and what they would be were all regions alike.
    groups : rows of each kind.

    Examples
    --------
    >>> sold, alike = np.array([[30.0, 10.0, 0.0]]), np.array([[10.0, 10.0, 20.0]])
    >>> expected_by_kind(sold, alike, [np.array([0, 1])]).round(1).tolist()
    [[17.1, 17.1, 20.0]]
    >>> expected_by_kind(alike, alike, [np.array([0, 1])]).tolist()
    [[10.0, 10.0, 20.0]]
    """
    found = expected.copy()
    factors = np.ones((len(groups), len(expected)))
    sold = [observed[:, rows].sum(axis=1) for rows in groups]
    heard = [expected[:, rows].sum() >= LEAST_SALES for rows in groups]
    for _ in range(_ROUNDS):
        for g, rows in enumerate(groups):
            if heard[g]:
                alone = found[:, rows].sum(axis=1) / factors[g]
                factor = (sold[g] + kappa) / (alone + kappa)
                factor **= _regional(sold[g], alone, kappa, odds)
                found[:, rows] *= (factor / factors[g])[:, None]
                factors[g] = factor
    return found


def _regional(sold: Floats, alike: Floats, kappa: float, odds: float) -> float:
    """The probability that a kind with these sales by region sells better in some."""
    from scipy.special import expit, gammaln

    # What both likelihoods share is left out: o log a - log o!.
    slab = gammaln(sold + kappa) - gammaln(kappa) + kappa * np.log(kappa / (kappa + alike))
    slab -= sold * np.log(kappa + alike)
    return float(expit(np.log(odds) + (slab + alike).sum()))
