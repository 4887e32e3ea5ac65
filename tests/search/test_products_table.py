"""Products on their way in: in order of id, every id once, whatever chunks they came in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.errors import InputError
from chowk.search import catalogue
from chowk.search.catalogue import products_table, taken


def chunked(values, cuts):
    """A column of texts, cut into chunks at these places; chunks may be empty."""
    ends = sorted(min(cut, len(values)) for cut in cuts)
    parts = [values[low:high] for low, high in zip([0, *ends], [*ends, len(values)], strict=True)]
    return pa.chunked_array([pa.array(part, pa.string()) for part in parts])


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=30),
    st.lists(st.integers(0, 30), max_size=4),
    st.data(),
)
def test_rows_by_number_are_those_of_take(values, cuts, data):
    rows = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=40))
    table = pa.table({"a": chunked(values, cuts), "n": pa.array(range(len(values)))})
    found = taken(table, np.array(rows, np.int64))
    assert found.schema == table.schema
    assert found.to_pylist() == [{"a": values[row], "n": row} for row in rows]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_rows_out_of_order_are_sorted_by_id_in_chunks(monkeypatch, size):
    monkeypatch.setattr(catalogue, "_CHUNK", size)
    ids = [f"p{n:02d}" for n in np.random.default_rng(0).permutation(40)]
    given_rows = pa.table({"product_id": chunked(ids, [7, 7, 30]), "title": chunked(ids, [11])})
    table = products_table(given_rows, "test")
    assert table["product_id"].to_pylist() == table["title"].to_pylist() == sorted(ids)


def test_rows_in_order_are_not_copied():
    ids = pa.array([f"p{n:02d}" for n in range(40)])
    table = products_table(pa.table({"product_id": ids, "title": ids}), "test")
    assert table["title"].chunk(0).buffers()[2].address == ids.buffers()[2].address


@pytest.mark.parametrize("ids", [["a", "b", "b", "c"], ["c", "b", "a", "b"]])
def test_an_id_that_stands_twice_is_named(ids):
    with pytest.raises(InputError, match="product_id 'b' stands more than once"):
        products_table([{"product_id": one, "title": one} for one in ids], "test")


def test_no_rows_and_one_row():
    assert (
        products_table(
            pa.table({"product_id": pa.array([], pa.string())}).append_column(
                "title", pa.array([], pa.string())
            ),
            "test",
        ).num_rows
        == 0
    )
    assert products_table([{"product_id": "a", "title": "A"}], "test").num_rows == 1
