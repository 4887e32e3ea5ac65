"""No expression escapes the contract, and the contract would notice a difference."""

from __future__ import annotations

import pyarrow as pa
import pytest

import chowk
from chowk.errors import InputError
from chowk.store.relational import EXPRESSIONS, expression, relational
from engines.enrolled import import_all, public_expressions
from engines.equal import assert_equal


def test_every_public_expression_is_enrolled() -> None:
    import_all()
    forgotten = {
        f"{module}.{name}"
        for name, module in public_expressions().items()
        if name not in EXPRESSIONS or EXPRESSIONS[name].function.__module__ != module
    }
    assert not forgotten, f"add @relational(...) to: {', '.join(sorted(forgotten))}"


def test_the_scan_finds_what_is_there() -> None:
    assert public_expressions()["pair_counts"] == "chowk.discovery.expressions"


def test_expressions_are_found_by_name(tmp_path) -> None:
    import_all()
    with chowk.create(tmp_path / "shop") as store:
        assert store.engine.arrow(expression("pair_counts", store)).num_rows == 0
        with pytest.raises(InputError, match=r"no expression 'pear_counts'\. Enrol it"):
            expression("pear_counts", store)


def test_two_expressions_cannot_share_a_name() -> None:
    def pair_counts(events):
        return events

    import_all()
    with pytest.raises(InputError, match="Two expressions are named 'pair_counts'"):
        relational("events")(pair_counts)


TABLE = pa.table({"id": ["a", "b"], "n": [1, 2], "x": [0.1, None], "l": [["p"], None]})


@pytest.mark.parametrize(
    "other",
    [
        TABLE.slice(0, 1),
        TABLE.set_column(0, "id", pa.array(["a", "c"])),
        TABLE.set_column(1, "n", pa.array([1, 3])),
        TABLE.set_column(1, "n", pa.array([1, 2], pa.int32())),
        TABLE.set_column(2, "x", pa.array([0.1 + 2e-9, None])),
        TABLE.set_column(2, "x", pa.array([0.1, 0.0])),
        TABLE.set_column(3, "l", pa.array([["q"], None])),
        TABLE.rename_columns(["id", "m", "x", "l"]),
    ],
)
def test_a_difference_is_noticed(other: pa.Table) -> None:
    with pytest.raises(AssertionError):
        assert_equal(TABLE, other)


def test_order_and_last_digits_are_not_differences() -> None:
    turned = pa.table({"id": ["b", "a"], "n": [2, 1], "x": [None, 0.1 + 1e-11], "l": [None, ["p"]]})
    assert_equal(TABLE, turned)
