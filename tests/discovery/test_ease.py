"""The closed form against the regression that it solves."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.discovery import ease
from chowk.errors import ParameterError


def test_it_is_the_ridge_regression_with_a_zero_diagonal() -> None:
    rng = np.random.default_rng(0)
    x = (rng.random((60, 8)) < 0.4).astype(float)
    gram = x.T @ x
    weights = ease.solve(gram, ridge=0.7)
    penalty = 0.7 * np.diag(gram).mean()
    for target in range(8):
        others = [item for item in range(8) if item != target]
        by_hand = np.linalg.solve(
            gram[np.ix_(others, others)] + penalty * np.eye(7), gram[others, target]
        )
        assert weights[others, target] == pytest.approx(by_hand)
        assert weights[target, target] == 0


def test_spread_is_the_same_on_scaled_columns() -> None:
    rng = np.random.default_rng(1)
    x = (rng.random((60, 6)) < np.linspace(0.2, 0.9, 6)).astype(float)
    gram = x.T @ x
    scaled = x * np.diag(gram) ** -0.3
    assert ease.solve(gram, spread=0.3) == pytest.approx(ease.solve(scaled.T @ scaled))


def test_direction_and_explaining_away() -> None:
    """A chain: b comes with a, c with b. Given b, a says nothing more of c."""
    rng = np.random.default_rng(2)
    a = rng.random(4000) < 0.3
    b = a & (rng.random(4000) < 0.9)
    c = b & (rng.random(4000) < 0.9)
    x = np.stack([a, b, c], axis=1).astype(float)
    weights = ease.solve(x.T @ x, ridge=0.01)
    assert weights[1, 2] > 5 * abs(weights[0, 2])


def test_edges() -> None:
    assert ease.solve(np.zeros((0, 0))).shape == (0, 0)
    assert ease.solve(np.array([[3.0]])).tolist() == [[0.0]]
    with pytest.raises(ParameterError, match=r"'ridge' parameter of ease\.solve"):
        ease.solve(np.eye(2), ridge=0)
    with pytest.raises(ParameterError, match=r"'gram' parameter of ease\.solve"):
        ease.solve(np.array([[1.0, 9.0], [9.0, 1.0]]), ridge=0.1)
