"""The paired interval: what it holds by law, and how often it holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.errors import ParameterError
from chowk.learn.bootstrap import paired_interval


def test_the_pairing_counts_and_not_the_spread() -> None:
    base = np.random.default_rng(0).normal(0, 100, 500)
    gain = paired_interval(base + 1, base)
    assert gain.low == pytest.approx(1) and gain.high == pytest.approx(1)


def test_it_turns_with_its_arguments() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random(200), rng.random(200)
    there, back = paired_interval(a, b, seed=3), paired_interval(b, a, seed=3)
    assert there.difference == pytest.approx(a.mean() - b.mean())
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_the_same_seed_gives_the_same_interval() -> None:
    a = np.random.default_rng(2).random(50)
    zero = np.zeros(50)
    assert paired_interval(a, zero, seed=5) == paired_interval(a, zero, seed=5)
    assert paired_interval(a, zero, seed=5) != paired_interval(a, zero, seed=6)


def test_it_is_close_to_the_normal_interval() -> None:
    a = np.random.default_rng(3).normal(0.2, 1, 4000)
    gain = paired_interval(a, np.zeros(4000), rounds=4000)
    half = 1.96 * a.std() / np.sqrt(4000)
    assert gain.low == pytest.approx(a.mean() - half, abs=half / 10)
    assert gain.high == pytest.approx(a.mean() + half, abs=half / 10)


def test_it_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for seed in range(300):
        gain = paired_interval(rng.normal(0.3, 1, 80), np.zeros(80), seed=seed, rounds=300)
        held += gain.low <= 0.3 <= gain.high
    # 300 draws at 95 %: 285 expected, standard deviation 3.8; small samples run a little narrow.
    assert 268 <= held <= 297


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"ours": [1.0], "theirs": [1.0, 2.0]}, "theirs"),
        ({"ours": [], "theirs": []}, "theirs"),
        ({"ours": [1.0], "theirs": [1.0], "level": 1.0}, "level"),
        ({"ours": [1.0], "theirs": [1.0], "rounds": 5}, "rounds"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(ParameterError, match=f"'{named}' parameter of paired_interval"):
        paired_interval(**arguments)
