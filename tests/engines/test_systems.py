"""A system that is fitted on Spark hands on the same table as one that is fitted on DuckDB."""

from __future__ import annotations

import pytest

from chowk.discovery.system import RelatedSystem
from chowk.store.store import Store
from engines.equal import assert_equal

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("rival", ["weighted", "ease 2"])
def test_related_is_the_same_on_both(engines: tuple[Store, Store], rival: str) -> None:
    tables = [
        RelatedSystem(rivals=[rival]).fit(store, seed=0).tables()["related_pairs"]
        for store in engines
    ]
    assert tables[0].num_rows > 0
    assert_equal(*tables)
