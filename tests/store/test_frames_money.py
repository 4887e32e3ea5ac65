"""Prices come as whole numbers, too."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

import chowk
from chowk.errors import SchemaError


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint8(), pa.float64(), pa.decimal128(6, 2)])
def test_money_may_be_any_number(tmp_path, kind):
    frame = pa.table(
        {"product_id": ["a"], "title": ["Lamp"], "price": pa.array([Decimal(40)]).cast(kind)}
    )
    with chowk.create(tmp_path / "shop") as store:
        store.write("products", frame)
        assert store.arrow("products")["price"].to_pylist() == [Decimal("40.0000")]


def test_money_that_does_not_fit_is_refused(tmp_path):
    row = {"product_id": "a", "title": "Lamp", "price": 10**15}
    with (
        chowk.create(tmp_path / "shop") as store,
        pytest.raises(SchemaError, match=r"The column products\.price must be money"),
    ):
        store.write("products", [row])
