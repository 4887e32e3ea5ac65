"""Splits: whole days are held out; halves depend on seed and ids, and on nothing else."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chowk
from chowk.errors import InputError, ParameterError
from chowk.learn.splits import chosen, halves, last_days

LINES = st.sets(
    st.tuples(st.sampled_from(["a", "b", "स", "a b"]), st.text(max_size=3)), min_size=1, max_size=30
)


@given(LINES, st.integers(0, 5), st.randoms(use_true_random=False))
def test_half_of_each_basket_is_given_in_any_order(
    lines: set[tuple[str, str]], seed: int, shuffler: random.Random
) -> None:
    rows = sorted(lines)
    marks = dict(zip(rows, halves(*zip(*rows, strict=True), seed=seed).tolist(), strict=True))
    for basket in {b for b, _ in rows}:
        given_half = [mark for (b, _), mark in marks.items() if b == basket]
        assert sum(given_half) == len(given_half) // 2
    turned = rows.copy()
    shuffler.shuffle(turned)
    again = halves(*zip(*turned, strict=True), seed=seed).tolist()
    assert dict(zip(turned, again, strict=True)) == marks


@given(LINES, st.integers(0, 5))
def test_a_basket_is_cut_the_same_beside_others(lines: set[tuple[str, str]], seed: int) -> None:
    rows = sorted(lines)
    alone = [row for row in rows if row[0] == rows[0][0]]
    together = halves(*zip(*rows, strict=True), seed=seed).tolist()
    by_itself = halves(*zip(*alone, strict=True), seed=seed).tolist()
    assert [m for row, m in zip(rows, together, strict=True) if row in alone] == by_itself


def test_seeds_differ_and_positions_are_fair() -> None:
    baskets = [f"b{i}" for i in range(2000) for _ in range(2)]
    items = ["first", "second"] * 2000
    one, other = halves(baskets, items, seed=0), halves(baskets, items, seed=1)
    assert 0.4 < (one == other).mean() < 0.6
    # 2000 fair draws: a standard deviation is 22.
    assert 900 < one[::2].sum() < 1100


def test_another_process_gives_the_same_halves() -> None:
    code = (
        "from chowk.learn.splits import halves, chosen;"
        "print(halves(['b'] * 9, list('abcdefghi'), seed=4).tolist(), chosen('abcdef', 3, seed=1))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(chowk.__file__).parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    here = f"{halves(['b'] * 9, list('abcdefghi'), seed=4).tolist()} {chosen('abcdef', 3, seed=1)}"
    assert found == {here + "\n"}


def test_a_sample_is_of_its_size_and_grows() -> None:
    ids = [f"id{i}" for i in range(100)]
    few, many = chosen(ids, 10, seed=2), chosen(ids, 40, seed=2)
    assert len(few) == 10 and set(few) < set(many) and few == sorted(few)
    assert chosen(ids, 1000) == sorted(ids)


def test_the_cut_holds_out_whole_days(tmp_path: Path) -> None:
    last = datetime(2024, 3, 31, 15, 30, tzinfo=UTC)
    with chowk.create(tmp_path / "shop") as store:
        store.write(
            "events",
            [
                {"event_id": str(day), "ts": last - timedelta(days=day), "session_id": "s",
                 "kind": "view_item"}
                for day in range(10)
            ],
        )  # fmt: skip
        cut = last_days(store, 3)
        assert cut == datetime(2024, 3, 28, tzinfo=UTC)
        assert store.engine.scalar(store.since(cut)["events"].count()) == 4
        assert store.engine.scalar(store.before(cut)["events"].count()) == 6
        with pytest.raises(ParameterError, match="'days' parameter of last_days"):
            last_days(store, 0)


def test_a_store_without_events_cannot_be_cut(tmp_path: Path) -> None:
    with chowk.create(tmp_path / "shop") as store, pytest.raises(InputError, match="no events"):
        last_days(store, 28)


def test_lengths_that_differ_are_named() -> None:
    with pytest.raises(ParameterError, match="'items' parameter of halves"):
        halves(["a"], ["x", "y"])
