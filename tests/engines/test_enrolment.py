"""No expression escapes the contract, and the contract would notice a difference."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import chowk
from chowk.errors import InputError
from chowk.store.relational import EXPRESSIONS, expression, takes
from chowk.store.schema import TABLES
from engines.enrolled import import_all, public_expressions
from engines.equal import assert_equal


def test_every_public_expression_is_enrolled() -> None:
    import_all()
    forgotten = public_expressions() - set(EXPRESSIONS)
    assert not forgotten, f"add @relational(...) to: {', '.join(sorted(forgotten))}"


def test_the_scan_finds_what_is_there() -> None:
    assert "discovery.expressions.pair_counts" in public_expressions()


def test_what_an_expression_takes_is_known() -> None:
    import_all()
    for name in EXPRESSIONS:
        for table in takes(name):
            assert table in TABLES or table in EXPRESSIONS, f"{name} takes {table!r}"


def test_expressions_are_found_by_name(tmp_path: Path) -> None:
    import_all()
    with chowk.create(tmp_path / "shop") as store:
        found = expression("discovery.expressions.pair_counts", store)
        assert store.engine.arrow(found).num_rows == 0
        with pytest.raises(InputError, match=r"no expression 'pear_counts'\. Enrol it"):
            expression("pear_counts", store)


SMALL = pa.table({"id": ["a", "b"], "n": [1, 2], "x": [0.1, None], "l": [["p"], None]})


@pytest.mark.parametrize(
    "other",
    [
        SMALL.slice(0, 1),
        SMALL.set_column(0, "id", pa.array(["a", "c"])),
        SMALL.set_column(1, "n", pa.array([1, 3])),
        SMALL.set_column(1, "n", pa.array([1, 2], pa.int32())),
        SMALL.set_column(2, "x", pa.array([0.1 + 2e-9, None])),
        SMALL.set_column(2, "x", pa.array([0.1, 0.0])),
        SMALL.set_column(3, "l", pa.array([["q"], None])),
        SMALL.rename_columns(["id", "m", "x", "l"]),
    ],
)
def test_a_difference_is_noticed(other: pa.Table) -> None:
    with pytest.raises(AssertionError):
        assert_equal(SMALL, other)


def test_order_and_last_digits_are_not_differences() -> None:
    turned = pa.table({"id": ["b", "a"], "n": [2, 1], "x": [None, 0.1 + 1e-11], "l": [None, ["p"]]})
    assert_equal(SMALL, turned)
