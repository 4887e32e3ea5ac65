"""A store that an earlier release wrote, whose files lack columns of today, reads and changes."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import chowk
from chowk.erasure import erase
from chowk.store.schema import TABLES
from chowk.store.store import Store

#: Columns that the earlier release did not have: one of each kind, and the last of each table.
LATER = {
    "products": ["price", "attributes", "available", "created_at", "length_cm", "this_side_up"],
    "events": ["quantity", "fee", "query"],
}


def written_before(path: Path) -> None:
    """Two products and two events, without the columns of `LATER`."""
    with chowk.create(path, {"currency": "EUR"}) as store:
        store.write("products", [{"product_id": p, "title": p.upper()} for p in ("a", "b")])
        store.write("events", [event("1", "asha"), event("2", "ravi")])
        files = {name: store.files(name) for name in LATER}
    for name, paths in files.items():
        for file in paths:
            rows = pq.read_table(file)
            pq.write_table(rows.drop_columns(LATER[name]), file)


def event(event_id: str, customer: str, **more: object) -> dict[str, object]:
    return {
        "event_id": event_id,
        "ts": f"2024-05-0{event_id}T10:00:00Z",
        "session_id": "s",
        "kind": "view_item",
        "customer_id": customer,
        **more,
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written_before(tmp_path / "s")
    return tmp_path / "s"


def rows(store: Store, name: str) -> list[dict[str, object]]:
    return store.arrow(name).sort_by(TABLES[name].key[0]).to_pylist()


@pytest.mark.parametrize("name", list(LATER))
def test_what_was_not_there_is_null_and_has_its_type(path: Path, name: str) -> None:
    with chowk.open(path) as store:
        found = store.arrow(name)
    assert found.schema.equals(TABLES[name].arrow)
    assert found.num_rows == 2
    assert all(found[column].null_count == 2 for column in LATER[name])


def test_old_and_new_files_are_one_table(path: Path) -> None:
    with chowk.open(path) as store:
        store.write("events", [event("3", "asha", quantity=2.5, query="lamp")])
        store.write("products", [{"product_id": "b", "title": "New", "this_side_up": True}])
        assert [r["quantity"] for r in rows(store, "events")] == [None, None, 2.5]
        assert [r["query"] for r in rows(store, "events")] == [None, None, "lamp"]
        assert [(r["title"], r["this_side_up"]) for r in rows(store, "products")] == [
            ("A", None),
            ("New", True),
        ]


def test_rows_of_old_files_can_be_deleted_joined_and_erased(path: Path) -> None:
    with chowk.open(path) as store:
        # Once more the first event, once a new one: what is known stays, whatever wrote it.
        store.write("events", [event("1", "nobody", quantity=1.0), event("3", "asha")])
        with store.transaction() as change:
            change.delete("products", [{"product_id": "a"}])
            for number in range(4, 10):
                change.append("events", [{**event(str(number), "ravi"), "ts": "2024-05-01T11:00Z"}])
            assert change.compact("events", most=2) > 2
        assert [r["product_id"] for r in rows(store, "products")] == ["b"]
        assert [r["customer_id"] for r in rows(store, "events")][:3] == ["asha", "ravi", "asha"]
        assert erase(store, "asha")["events"] == 2
        assert [r["customer_id"] for r in rows(store, "events")] == [None, "ravi", None] + 6 * [
            "ravi"
        ]


@pytest.mark.spark
def test_spark_reads_them_alike(path: Path, spark_url: str) -> None:
    with chowk.open(path) as here:
        here.write("events", [event("3", "asha", quantity=2.5, query="lamp")])
        with chowk.open(path, engine=spark_url) as there:
            for name in LATER:
                assert there.arrow(name).schema.equals(here.arrow(name).schema)
                assert rows(there, name) == rows(here, name)
