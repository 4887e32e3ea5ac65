"""Measures of rankings, one value a query, vectorised over queries.

In go ranked codes `[queries, k]` and what is relevant; out come arrays of one value a query, whose
mean is the figure and which `chowk.learn.bootstrap` takes as they are. Queries without anything
relevant are the caller's to leave out: here they score 0. Sources: Jarvelin and Kekalainen 2002
(nDCG); the basket measure is recall@k over min(k, size), which a perfect ranking can reach.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from chowk.errors import parameter

Floats = NDArray[np.float64]


def hits(ranked: ArrayLike, relevant: sparse.csr_array) -> NDArray[np.bool_]:
    """Which places of each ranking hold something relevant.

    Parameters
    ----------
    ranked : integer codes [queries, k], best first; -1 where a ranking is shorter. A code stands
        at most once in a row.
    relevant : sparse [queries, items], non-zero where an item is relevant.

    Returns
    -------
    bool [queries, k]

    Examples
    --------
    >>> relevant = sparse.csr_array([[0, 1, 0, 1]])
    >>> hits([[3, 0, -1]], relevant)
    array([[ True, False, False]])
    """
    codes = np.asarray(ranked)
    if codes.ndim != 2 or codes.shape[0] != relevant.shape[0]:
        raise parameter("hits", "ranked", f"codes of shape [{relevant.shape[0]}, k]", codes.shape)
    if codes.size == 0 or relevant.shape[1] == 0:
        return np.zeros(codes.shape, dtype=bool)
    # One sorted search over (query, item) keys instead of a loop over queries.
    width = relevant.shape[1]
    rows, items = relevant.nonzero()
    known = np.sort(rows.astype(np.int64) * width + items)
    asked = np.arange(len(codes), dtype=np.int64)[:, None] * width + codes
    at = np.minimum(np.searchsorted(known, asked), max(len(known) - 1, 0))
    found = known[at] == asked if len(known) else np.zeros(codes.shape, dtype=bool)
    result: NDArray[np.bool_] = found & (codes >= 0) & (codes < width)
    return result


def recall(found: ArrayLike, sizes: ArrayLike) -> Floats:
    """Share of the relevant items that were found: hits over size, in [0, 1].

    >>> recall([[True, False, True]], [4])
    array([0.5])
    """
    return _share(_hit_table(found).sum(axis=1), np.asarray(sizes))


def basket_recall(found: ArrayLike, sizes: ArrayLike) -> Floats:
    """Recall@k over min(k, size), in [0, 1]; k is the number of places in `found`.

    A basket that hides 30 items can at best have 10 of them in 10 places; this counts as 1.

    >>> basket_recall([[True, False], [True, True]], [1, 30])
    array([1., 1.])
    """
    table = _hit_table(found)
    return _share(table.sum(axis=1), np.minimum(table.shape[1], np.asarray(sizes)))


def hit_rate(found: ArrayLike) -> Floats:
    """1 where anything relevant was found, else 0.

    >>> hit_rate([[False, True], [False, False]])
    array([1., 0.])
    """
    return np.asarray(_hit_table(found).any(axis=1), dtype=np.float64)


def mrr(found: ArrayLike) -> Floats:
    """One over the first relevant place (from 1); 0 where there is none.

    >>> mrr([[False, True, True], [False, False, False]])
    array([0.5, 0. ])
    """
    table = _hit_table(found)
    if table.shape[1] == 0:
        return np.zeros(len(table))
    first: Floats = np.where(table.any(axis=1), 1.0 / (table.argmax(axis=1) + 1.0), 0.0)
    return first


def ndcg(gains: ArrayLike, ideal: ArrayLike) -> Floats:
    """Normalised discounted cumulative gain at k: DCG over the best possible DCG, in [0, 1].

    DCG = sum over places i = 1 ... k of gain_i / log2(i + 1).

    Parameters
    ----------
    gains : [queries, k], the gain at each place of the ranking; `hits` for binary relevance.
    ideal : [queries, m], the gains of all relevant items in any order, padded with 0.

    Examples
    --------
    >>> ndcg([[0.0, 1.0]], [[1.0, 0.0, 0.0]]).round(4)
    array([0.6309])
    """
    got = np.asarray(gains, dtype=np.float64)
    best = -np.sort(-np.asarray(ideal, dtype=np.float64), axis=1)[:, : got.shape[1]]
    return _share(_dcg(got), _dcg(best))


def binary_ideal(sizes: ArrayLike, k: int) -> Floats:
    """The `ideal` of `ndcg` where relevance is yes or no: `sizes` ones, cut at k.

    >>> binary_ideal([1, 5], 2)
    array([[1., 0.],
           [1., 1.]])
    """
    places = np.arange(k)[None, :]
    return (places < np.asarray(sizes)[:, None]).astype(np.float64)


def _dcg(gains: Floats) -> Floats:
    discount = 1.0 / np.log2(np.arange(gains.shape[1]) + 2.0)
    result: Floats = gains @ discount
    return result


def _hit_table(found: ArrayLike) -> NDArray[np.bool_]:
    table = np.asarray(found, dtype=bool)
    if table.ndim != 2:
        raise parameter("metrics", "found", "a table [queries, k]", table.shape)
    return table


def _share(part: NDArray[np.generic], whole: NDArray[np.generic]) -> Floats:
    top = np.asarray(part, dtype=np.float64)
    bottom = np.asarray(whole, dtype=np.float64)
    if top.shape != bottom.shape:
        raise parameter("metrics", "sizes", f"one number a query, {top.shape}", bottom.shape)
    share = np.zeros_like(top)
    np.divide(top, bottom, out=share, where=bottom > 0)
    return share
