"""Every relational expression of the project gives equal tables on DuckDB and on Spark."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import chowk
from chowk.store import schema
from chowk.store.relational import EXPRESSIONS, takes
from chowk.store.store import Store
from engines.enrolled import import_all
from engines.equal import assert_equal

pytestmark = pytest.mark.spark

import_all()
NAMES = sorted(EXPRESSIONS)
Stores = tuple[Store, Store]


def evaluated(name: str, store: Store, made: dict[str, Any]) -> Any:
    """An expression over a store; the expressions that it takes are computed once."""
    if name in schema.TABLES:
        return store.table(name)
    if name not in made:
        given = [evaluated(table, store, made) for table in takes(name)]
        found = EXPRESSIONS[name]
        made[name] = store.engine.cache(found.function(*given, **found.arguments))
    return made[name]


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, Any]]:
    return {}


def compare(name: str, stores: Stores, made: dict[str, dict[str, Any]], case: str) -> int:
    tables = [
        store.arrow(evaluated(name, store, made.setdefault(f"{case} {store.engine.name}", {})))
        for store in stores
    ]
    assert_equal(*tables)
    return int(tables[0].num_rows)


@pytest.mark.parametrize("name", NAMES)
def test_equal_on_a_full_store(name: str, engines: Stores, made: dict[str, Any]) -> None:
    assert compare(name, engines, made, "full") > 0, f"{name} is not put to any test: no rows"


@pytest.mark.parametrize("name", NAMES)
def test_equal_on_an_empty_store(name: str, empty_engines: Stores, made: dict[str, Any]) -> None:
    compare(name, empty_engines, made, "empty")


@pytest.mark.parametrize("name", sorted(schema.TABLES))
def test_each_table_reads_the_same(name: str, engines: Stores) -> None:
    here, there = engines
    assert here.rows(name) == there.rows(name) > 0
    assert_equal(here.arrow(name), there.arrow(name))


def test_the_same_moments_are_cut(engines: Stores) -> None:
    here, there = engines
    moments = here.arrow(here["events"].ts)
    cut = sorted(moments.to_pylist())[len(moments) // 2]
    for side in ("before", "since"):
        ours, theirs = (getattr(store, side)(cut)["events"] for store in (here, there))
        assert_equal(here.arrow(ours), there.arrow(theirs))
    assert cut.utcoffset() == datetime.now(UTC).utcoffset()


def test_batches_and_what_is_kept(engines: Stores) -> None:
    for store in engines:
        events = store["events"]
        rows = store.rows("events")
        assert sum(batch.num_rows for batch in store.engine.batches(events, 50)) == rows
        kept = store.engine.cache(events.select("ts", "price", "fee"))
        assert kept.schema() == events.select("ts", "price", "fee").schema()
        assert store.engine.scalar(kept.count()) == rows
        store.engine.forget(kept)


def test_what_spark_found_can_be_written(engines: Stores, tmp_path: Path) -> None:
    _, there = engines
    sold = there["events"].filter(there["events"].kind == "purchase", there["events"].ts.notnull())
    with chowk.create(tmp_path / "copy") as copy:
        copy.write("events", there.arrow(sold))
        assert_equal(copy.arrow("events"), there.arrow(sold))
