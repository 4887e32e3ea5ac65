"""Whatever is given as a table becomes one, or an error that says what it must be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import chowk
from chowk.errors import InputError, SchemaError
from chowk.store.frames import arrow_table

ROWS = [{"product_id": "a", "price": 1.0}, {"product_id": "b", "price": 2.0}]


@pytest.mark.parametrize(
    "frame",
    [
        ROWS,
        tuple(ROWS),
        {"product_id": ["a", "b"], "price": np.array([1.0, 2.0])},
        pd.DataFrame(ROWS),
        pd.DataFrame([{"product_id": "z", "price": 0.0}, *ROWS]).iloc[1:],  # an index from 1
        pa.Table.from_pylist(ROWS),
        pa.RecordBatch.from_pylist(ROWS),
    ],
    ids=["dicts", "tuple", "columns", "pandas", "part", "table", "batch"],
)
def test_every_frame_is_one_table(frame):
    assert arrow_table(frame, "fit").to_pylist() == ROWS


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"a": [1, "x"]}), "column a with type object"),
        (pd.DataFrame({"a": [object()]}), "did not recognize"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Duplicate column names"),
        (pa.table([[1], [2]], names=["a", "a"]), "the column 'a' is there more than once"),
        ({"a": 1}, "not iterable"),
        ({"product_id": "p1", "title": "ab"}, "the column 'product_id' is one text"),
        ({1: [2]}, "expected bytes"),
        ([{1: 2}], "expected bytes"),
        ([{"a": 2**70}], "too large"),
        ({"a": [1], "b": [1, 2]}, "length 1 but got length 2"),
        ({"a": ["\ud800"]}, "half of a character"),
        (pd.Series([1, 2]), "non-struct"),
        ("", "Got str instead"),
        ("ab", "Got str instead"),
        (b"", "Got bytes instead"),
        (None, "Got NoneType instead"),
        ((row for row in ROWS), "Got generator instead"),
    ],
)
def test_what_is_no_table_is_refused_by_its_caller(frame, said):
    with pytest.raises(InputError, match=rf"(?s)^fit\b.*{said}"):
        arrow_table(frame, "fit")


def test_rows_that_the_store_gave_are_taken_back(tmp_path):
    with chowk.create(tmp_path / "shop") as store:
        maps = [{"color": "red", "size": "XL"}, {}, None]
        store.write(
            "products",
            [{"product_id": str(n), "title": "Lamp", "attributes": a} for n, a in enumerate(maps)],
        )
        before = store.arrow("products")
        store.write("products", before.to_pylist())
        assert store.arrow("products").equals(before)
        for odd in ([["color"]], [["a", "b", "c"]], ["color"], [[None, "x"]], [[1, 2]]):
            row = {"product_id": "a", "title": "Lamp", "attributes": odd}
            with pytest.raises(SchemaError, match=r"products\.attributes must be"):
                store.write("products", [row])
