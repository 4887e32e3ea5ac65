"""One small store with every table in it, read by both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import chowk
from chowk.store.store import Store
from engines.rows import every_table


@pytest.fixture(scope="session")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with rows in every table: nulls, ties, Unicode, decimals, moments to the µs."""
    path = tmp_path_factory.mktemp("engines") / "full"
    with chowk.create(path, {"currency": "INR"}) as store, store.transaction() as change:
        for name, rows in every_table(seed=7).items():
            change.append(name, rows)
    return path


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without any table."""
    path = tmp_path_factory.mktemp("engines") / "empty"
    chowk.create(path).close()
    return path


@pytest.fixture(scope="session")
def engines(full_store: Path, spark_url: str) -> Iterator[tuple[Store, Store]]:
    """The full store, opened on DuckDB and on Spark."""
    with chowk.open(full_store) as here, chowk.open(full_store, engine=spark_url) as there:
        yield here, there


@pytest.fixture(scope="session")
def empty_engines(empty_store: Path, spark_url: str) -> Iterator[tuple[Store, Store]]:
    """The empty store, opened on DuckDB and on Spark."""
    with chowk.open(empty_store) as here, chowk.open(empty_store, engine=spark_url) as there:
        yield here, there
