"""Measures of rankings against plain loops over sets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from chowk.errors import ParameterError
from chowk.learn import metrics

ITEMS = 7
K = 4
QUERIES = st.lists(
    st.tuples(
        st.lists(st.integers(0, ITEMS - 1), unique=True, max_size=K),
        st.sets(st.integers(0, ITEMS - 1)),
    ),
    min_size=1,
    max_size=6,
)
Queries = list[tuple[list[int], set[int]]]


def arrays(queries: Queries) -> tuple[np.ndarray[Any, Any], sparse.csr_array, list[int]]:
    ranked = np.array([one + [-1] * (K - len(one)) for one, _ in queries])
    relevant = np.zeros((len(queries), ITEMS))
    for row, (_, wanted) in enumerate(queries):
        relevant[row, sorted(wanted)] = 1
    return ranked, sparse.csr_array(relevant), [len(wanted) for _, wanted in queries]


@given(QUERIES)
def test_equal_to_loops_over_sets(queries: Queries) -> None:
    ranked, relevant, sizes = arrays(queries)
    found = metrics.hits(ranked, relevant)
    gains = metrics.ndcg(found, metrics.binary_ideal(sizes, K))
    for row, (one, wanted) in enumerate(queries):
        got = [item in wanted for item in one]
        assert found[row].tolist() == got + [False] * (K - len(got))
        expected = {
            "recall": sum(got) / len(wanted) if wanted else 0.0,
            "basket": sum(got) / min(K, len(wanted)) if wanted else 0.0,
            "hit": float(any(got)),
            "mrr": 1 / (got.index(True) + 1) if any(got) else 0.0,
            "ndcg": sum(1 / math.log2(i + 2) for i, hit in enumerate(got) if hit)
            / (sum(1 / math.log2(i + 2) for i in range(min(K, len(wanted)))) or 1.0),
        }
        assert metrics.recall(found, sizes)[row] == pytest.approx(expected["recall"])
        assert metrics.basket_recall(found, sizes)[row] == pytest.approx(expected["basket"])
        assert metrics.hit_rate(found)[row] == expected["hit"]
        assert metrics.mrr(found)[row] == pytest.approx(expected["mrr"])
        assert gains[row] == pytest.approx(expected["ndcg"])


def test_graded_ndcg_by_hand() -> None:
    # 3 / log2(2) + 1 / log2(4) = 3.5; the best order gives 3 + 2 / log2(3) + 1 / 2.
    value = metrics.ndcg([[3, 0, 1]], [[1, 2, 3, 0]])[0]
    assert value == pytest.approx(3.5 / (3 + 2 / math.log2(3) + 0.5))


def test_nothing_to_rank_or_to_find_scores_nothing() -> None:
    nothing = sparse.csr_array((2, 0))
    assert not metrics.hits(np.full((2, 3), -1), nothing).any()
    assert not metrics.hits([[0], [1]], sparse.csr_array((2, 5))).any()
    assert metrics.mrr(np.zeros((2, 0), bool)).tolist() == [0.0, 0.0]


def test_a_code_beyond_the_items_is_no_hit_of_the_next_query() -> None:
    relevant = sparse.csr_array([[0, 0], [1, 0]])
    assert metrics.hits([[2], [1]], relevant).tolist() == [[False], [False]]


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ParameterError, match="'ranked' parameter of hits"):
        metrics.hits([[1], [2]], sparse.csr_array((1, 3)))
    with pytest.raises(ParameterError, match="'sizes' parameter"):
        metrics.recall([[True]], [1, 2])
    with pytest.raises(ParameterError, match="'found' parameter"):
        metrics.mrr([True, False])
