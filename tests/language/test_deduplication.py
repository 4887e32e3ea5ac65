"""De-duplicated batches: the same loss and gradient as the full batch, by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from chowk.errors import InputError, ParameterError
from chowk.language import deduplicated
from chowk.language.deduplication import DeduplicatingCollate, deduplicated_loss, refuse_inexact

ROWS = st.lists(st.tuples(st.integers(0, 3), st.text("ab", max_size=2)), max_size=40)


def softmax_losses(
    weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cross-entropy of a linear softmax model, and its gradient, a row."""
    scores = inputs @ weights
    scores = scores - scores.max(axis=1, keepdims=True)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    errors = shares.copy()
    errors[rows, labels] -= 1
    return -np.log(shares[rows, labels]), inputs[:, :, None] * errors[:, None, :]


@pytest.mark.parametrize(("precision", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-6)])
@pytest.mark.parametrize("seed", range(5))
def test_loss_and_gradient_equal_the_full_batch(
    seed: int, precision: type, tolerance: float
) -> None:
    rng = np.random.default_rng(seed)
    batch = np.minimum(rng.zipf(1.3, size=(256, 1)), 40) % 41
    features = rng.normal(size=(41, 6)).astype(precision)
    labels_of = rng.integers(0, 4, 41)
    weights = rng.normal(size=(6, 4)).astype(precision)
    losses, gradients = softmax_losses(weights, features[batch[:, 0]], labels_of[batch[:, 0]])
    distinct = deduplicated(batch)
    assert len(distinct) < 60  # the draw does repeat itself
    ids = distinct.unique[:, 0]
    few_losses, few_gradients = softmax_losses(weights, features[ids], labels_of[ids])
    share = distinct.weights.astype(precision)
    assert abs(share @ few_losses - losses.mean()) <= tolerance * 4
    # Added up in float64 on both sides: a plain float32 sum of 256 rows is itself off by 1e-6.
    summed = np.einsum("g,gij->ij", share.astype(float), few_gradients.astype(float))
    assert np.abs(summed - gradients.mean(axis=0, dtype=float)).max() <= tolerance


@given(ROWS)
def test_laws_for_hashable_rows(rows: list) -> None:
    distinct = deduplicated(rows)
    assert distinct.unique == list(dict.fromkeys(rows))
    assert [distinct.unique[i] for i in distinct.inverse] == rows
    assert distinct.counts.tolist() == [rows.count(row) for row in distinct.unique]
    assert distinct.first.tolist() == [rows.index(row) for row in distinct.unique]
    if rows:
        assert distinct.weights.sum() == pytest.approx(1, abs=1e-12)
        np.testing.assert_array_equal(distinct.weights, distinct.counts / len(rows))


@given(
    hnp.arrays(
        st.sampled_from([np.int64, np.int32, np.uint8]),
        st.tuples(st.integers(0, 12), st.integers(0, 3)),
        elements=st.integers(0, 2),
    )
)
def test_an_array_and_its_rows_as_tuples_agree(array: np.ndarray) -> None:
    by_array, by_tuple = deduplicated(array), deduplicated([tuple(row) for row in array.tolist()])
    assert [tuple(row) for row in by_array.unique.tolist()] == by_tuple.unique
    np.testing.assert_array_equal(by_array.inverse, by_tuple.inverse)
    np.testing.assert_array_equal(by_array.weights, by_tuple.weights)
    assert by_array.unique.dtype == array.dtype
    np.testing.assert_array_equal(by_array.spread(by_array.unique), array)


def test_a_transposed_array_is_read_by_rows() -> None:
    array = np.array([[1, 1, 2], [5, 5, 6]]).T
    assert deduplicated(array).unique.tolist() == [[1, 5], [2, 6]]


def test_token_mean() -> None:
    sums = {"a b": 3.0, "c": 5.0}
    batch = ["a b", "c", "a b", "a b"]
    distinct = deduplicated(batch)
    tokens = sum(len(text.split()) for text in batch)
    weights = distinct.token_weights([2, 1])
    assert weights @ [sums[t] for t in distinct.unique] == pytest.approx(
        sum(sums[text] for text in batch) / tokens, abs=1e-12
    )


def test_collate_and_loss_in_a_loop() -> None:
    examples = [{"text": t, "id": i} for i, t in enumerate(["x", "y", "x", "x"])]
    collate = DeduplicatingCollate(lambda found: [e["id"] for e in found], key=lambda e: e["text"])
    batch, distinct = collate(examples)
    assert batch == [0, 1]
    assert deduplicated_loss(np.array([2.0, 6.0]), distinct) == pytest.approx(3.0)
    with pytest.raises(InputError, match="reduction='none'"):
        deduplicated_loss(np.array(3.0), distinct)


class _Layer:
    def __init__(self, p: float = 0.5, training: bool = True) -> None:
        self.p, self.training = p, training


class BatchNorm1d(_Layer): ...


class Dropout(_Layer): ...


class _Model:
    def __init__(self, layer: _Layer) -> None:
        self.layer = layer

    def named_modules(self) -> list:
        return [("", self), ("norm", self.layer)]


def test_layers_that_break_the_law_are_refused() -> None:
    with pytest.raises(InputError, match=r"'norm' is a BatchNorm1d.*LayerNorm"):
        refuse_inexact(_Model(BatchNorm1d()))
    refuse_inexact(_Model(BatchNorm1d(training=False)))
    refuse_inexact(_Model(Dropout()))
    refuse_inexact(_Model(Dropout(p=0.0)), dropout="refuse")
    with pytest.raises(InputError, match="share one mask"):
        refuse_inexact(_Model(Dropout()), dropout="refuse")


def test_bad_rows_are_named() -> None:
    with pytest.raises(InputError, match="Row 1 of deduplicated is a list"):
        deduplicated([(1,), [2]])  # type: ignore[list-item]
    with pytest.raises(InputError, match=r"2-D array of integers.*float64"):
        deduplicated(np.zeros((2, 2)))
    with pytest.raises(ParameterError, match="'rows' parameter"):
        deduplicated("text")
    with pytest.raises(ParameterError, match="lengths"):
        deduplicated(["a"]).token_weights([1, 2])
    assert len(deduplicated([])) == 0


@pytest.mark.parametrize("kind", ["pyarrow", "pandas", "numpy", "torch"])
def test_columns_and_tensors_are_read_by_value(kind: str) -> None:
    values: object = [3, 1, 3]
    if kind == "pyarrow":
        values = pytest.importorskip("pyarrow").array(values)
    elif kind == "pandas":
        values = pytest.importorskip("pandas").Series(values)
    elif kind == "numpy":
        values = np.array(values)
    else:
        values = pytest.importorskip("torch").tensor(values)
    found = deduplicated(values)  # type: ignore[arg-type]
    assert found.unique == [3, 1] and found.inverse.tolist() == [0, 1, 0]


@pytest.mark.parametrize("rows", [None, 5, "text"])
def test_what_is_no_batch_is_refused(rows: object) -> None:
    with pytest.raises(InputError):
        deduplicated(rows)  # type: ignore[arg-type]
