"""What sells better where: kinds whose truth is drawn here, choices that are counted by hand."""

from datetime import UTC, datetime, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import nbinom, poisson

from chowk.search.kinds import expected_by_kind
from chowk.search.regional import regional_choices
from chowk.store.engines import DuckDB
from chowk.store.schema import TABLES


def test_a_kind_that_sells_alike_everywhere_moves_nothing():
    rng = np.random.default_rng(3)
    alike = np.full((6, 60), 4.0)
    sold = rng.poisson(alike).astype(float)
    sold[0, :20] = rng.poisson(12.0, 20)
    groups = [np.arange(20), np.arange(20, 40), np.arange(40, 60)]
    found = expected_by_kind(sold, alike, groups)
    # by construction the first kind sells three times as well in the first region
    assert found[0, :20].mean() == pytest.approx(12.0, rel=0.1)
    assert np.abs(found[:, 20:] - 4.0).max() < 0.05


def test_a_kind_is_regional_by_the_likelihoods_of_scipy():
    sold, alike = np.array([24.0, 8.0, 18.0]), np.array([15.0, 15.0, 15.0])
    slab = nbinom.pmf(sold, 5.0, 5.0 / (5.0 + alike)).prod() * 0.05
    p = slab / (slab + poisson.pmf(sold, alike).prod())
    observed, expected = (np.repeat(x[:, None] / 5, 5, axis=1) for x in (sold, alike))
    found = expected_by_kind(observed, expected, [np.arange(5)], kappa=5.0, odds=0.05)
    assert 0.01 < p < 0.99
    assert found[:, 0] == pytest.approx(3.0 * ((sold + 5) / (alike + 5)) ** p)


def test_a_session_counts_once_a_region_by_the_most_that_it_did():
    now = datetime(2024, 6, 1, tzinfo=UTC)
    said = [
        ("s1", "view_item", "a", 0),
        ("s1", "select_item", "a", 0),
        ("s1", "add_to_cart", "a", 0),
        ("s2", "view_item", "a", 0),
        ("s3", "purchase", "a", 0),
        ("s4", "purchase", "b", 182),
        ("s5", "view_item_list", "b", 0),
        ("s6", "purchase", "b", -1),
    ]
    schema = TABLES["events"].arrow
    rows = [
        {
            "event_id": str(n),
            "ts": now - timedelta(days=days),
            "session_id": session,
            "kind": kind,
            "product_id": product,
            "region": "IN",
        }
        for n, (session, kind, product, days) in enumerate(said)
    ]
    rows.append({**rows[4], "event_id": "fee", "session_id": "s7", "fee": True})
    events = pa.Table.from_pylist([{n: row.get(n) for n in schema.names} for row in rows], schema)
    engine = DuckDB()
    try:
        found = engine.arrow(regional_choices(ibis.memtable(events), now)).to_pylist()
    finally:
        engine.close()
    sales = {row["product_id"]: row["sales"] for row in found}
    assert sales == {"a": pytest.approx(0.6 + 0.3 + 1.0), "b": pytest.approx(0.25 + 0.75 / 2)}
