"""DuckDB as an engine: results in batches, and results that are kept."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest

import chowk


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "shop") as made:
        rows = [{"product_id": f"p{i}", "title": "Lamp", "price": i} for i in range(1000)]
        made.write("products", rows)
        yield made


def test_batches_hold_every_row_once_and_no_more_than_asked(store):
    batches = list(store.engine.batches(store["products"].select("product_id"), rows=300))
    ids = pa.Table.from_batches(batches)["product_id"].to_pylist()
    assert sorted(ids) == sorted(f"p{i}" for i in range(1000))
    assert max(batch.num_rows for batch in batches) <= 300


def test_others_can_ask_while_batches_are_read(store):
    for batch in store.engine.batches(store["products"], rows=250):
        assert batch.num_rows <= 250
        assert store.engine.scalar(store["products"].count()) == 1000


def test_batches_of_an_empty_result_and_of_a_kept_one(store):
    none = store["products"].filter(lambda t: t.price < 0)
    assert sum(batch.num_rows for batch in store.engine.batches(none)) == 0
    kept = store.engine.cache(store["products"].filter(lambda t: t.price < 10))
    assert sum(batch.num_rows for batch in store.engine.batches(kept)) == 10


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(store):
    kept = store.engine.cache(store["products"])
    store.engine.forget(kept)
    store.engine.forget(kept)
    with pytest.raises(Exception, match="does not exist"):
        store.engine.scalar(kept.count())


def test_batches_put_aside_are_gone_when_read(store):
    def held():
        return store.engine.backend.con.execute("SELECT count(*) FROM duckdb_tables()").fetchall()

    before = held()
    list(store.engine.batches(store["products"]))
    half = store.engine.batches(store["products"], rows=10)
    next(half)
    half.close()
    assert held() == before


def test_a_kept_result_does_not_move_and_leaves_quietly(store, tmp_path):
    code = f"""
import chowk
store = chowk.open({str(tmp_path / "shop")!r})
kept = store.engine.cache(store["products"])
store.write("products", [{{"product_id": "new", "title": "New"}}])
print(store.engine.scalar(kept.count()), store.rows("products"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["1000", "1001"]
    assert done.stderr == ""
