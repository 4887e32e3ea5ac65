"""Types tell which way pairs go: phones lead to cases by construction, with noise in the counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

import chowk
from chowk.discovery import RelatedProducts
from chowk.discovery.graph import matrix
from chowk.discovery.visits import bought_in_order
from chowk.discovery.ways import Ways


def noisy(seed=0, each=20, edges=600, right=0.8):
    """Phones, cases and mugs; a pair of phone and case is seen the right way four times in five."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(edges):
        phone, case = f"phone {rng.integers(each)}", f"case {rng.integers(each)}"
        mug, other = f"mug {rng.integers(each)}", f"phone {rng.integers(each)}"
        pair = (phone, case) if rng.random() < right else (case, phone)
        rows.append({"source": pair[0], "target": pair[1]})
        pair = (mug, other) if rng.random() < 0.5 else (other, mug)
        rows.append({"source": pair[0], "target": pair[1]})
    features = [{"product_id": f"{kind} {i}", "title": f"{kind} {i}", "category": kind}
                for kind in ("phone", "case", "mug") for i in range(each)]  # fmt: skip
    return rows, features


def test_a_chance_edge_the_wrong_way_is_turned_round(tmp_path):
    edges, features = noisy()
    model = RelatedProducts("directed knn").fit(edges, features)
    phones = [f"phone {i}" for i in range(20) for _ in range(20)]
    cases = [f"case {i}" for _ in range(20) for i in range(20)]
    assert (model.score(phones, cases) > model.score(cases, phones)).mean() > 0.97
    # What types say nothing of is as it was counted.
    plain = RelatedProducts("directed knn").fit(edges)
    seen = {(row["source"], row["target"]) for row in edges if "case" not in str(row)}
    one_way = [pair for pair in seen if pair[::-1] not in seen]
    sources, targets = (list(side) for side in zip(*one_way, strict=True))
    assert (model.score(sources, targets) > model.score(targets, sources)).all()
    assert (plain.score(phones, cases) > plain.score(cases, phones)).mean() < 0.9
    model.save(tmp_path / "kept")
    again = RelatedProducts.load(tmp_path / "kept")
    np.testing.assert_array_equal(again.score(cases, phones), model.score(cases, phones))


def test_where_pairs_differ_their_own_counts_win():
    # Every pair goes one way for sure, half of the pairs of two types either way.
    rng = np.random.default_rng(0)
    s, t = (side.ravel() for side in np.meshgrid(np.arange(12), np.arange(12, 24), indexing="ij"))
    back = rng.random(len(s)) < 0.4
    a, b = np.where(back, t, s), np.where(back, s, t)
    forward = matrix(a, b, np.full(len(a), 9.0), 24)
    ways = Ways(np.repeat([0, 1], 12), forward)
    assert ways.worth < 2
    assert (ways.turned(forward) != forward).nnz == 0


def test_where_pairs_are_alike_types_count_much():
    rng = np.random.default_rng(1)
    s, t = (side.ravel() for side in np.meshgrid(np.arange(12), np.arange(12, 24), indexing="ij"))
    ahead = rng.binomial(3, 0.7, len(s))
    forward = matrix(
        np.concatenate([s, t]), np.concatenate([t, s]), np.concatenate([ahead, 3 - ahead]), 24
    )
    ways = Ways(np.repeat([0, 1], 12), forward)
    assert ways.worth >= 10
    turned = ways.turned(forward).toarray()
    assert (turned[:12, 12:] >= turned[12:, :12].T).all()
    assert turned.sum() == forward.sum()
    assert ways.of(s[:1], t[:1])[0] == pytest.approx(0.7, abs=0.05)
    assert ways.told(s[:1], t[:1])[0] == 1
    assert ways.told(t[:1], s[:1])[0] == -1
    assert ways.usual(t[:1], s[:1])[0] == 0


def test_what_is_looked_at_first_leads_to_what_is_bought_with_it(tmp_path):
    start = datetime(2025, 3, 1, tzinfo=UTC)

    def event(n, minute, kind, product, visit, who="c"):
        return {"event_id": f"e{n}", "ts": start + timedelta(minutes=minute), "kind": kind,
                "session_id": visit, "customer_id": who, "product_id": product}  # fmt: skip

    day = 24 * 60
    rows = [
        event(1, 0, "view_item", "phone", "v1"),
        event(2, 5, "view_item", "case", "v1"),
        event(3, 6, "view_item", "lamp", "v1"),  # looked at, never taken
        event(4, 9, "purchase", "case", "v1"),
        event(5, 9, "purchase", "phone", "v1"),
        event(6, 10 * day, "purchase", "glass", "v2"),
        event(7, 90 * day, "purchase", "mug", "v3"),  # too late for all
        event(8, 11 * day, "purchase", "mug", "v4", who=None),
    ]
    with chowk.create(tmp_path / "shop") as store:
        with store.transaction() as change:
            change.append("events", rows)
        found = store.arrow(bought_in_order(store["events"], days=60)).to_pylist()
    assert {(row["source"], row["target"]): row["weight"] for row in found} == {
        ("phone", "case"): 1, ("phone", "glass"): 1, ("case", "glass"): 1,
    }  # fmt: skip
