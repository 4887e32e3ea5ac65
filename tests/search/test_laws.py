"""Ranking, totals, facets and pages equal brute force, on catalogues that hypothesis invents."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk.search import SearchEngine
from search.catalogues import EDGES, FACETS, catalogues, filters, products, queries
from search.oracle import Oracle

LAWFUL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def wanted_facets():
    return {**dict.fromkeys(FACETS), "price": EDGES}


def check_counts(engine, oracle, query, chosen):
    found = engine.search(
        query,
        filters=chosen,
        facets=wanted_facets(),
        k=1000,
        prefix=False,
        spelling=False,
        facet_values=1000,
    )
    expected = oracle.matching(query, chosen)
    assert found.match == oracle.mode(query)
    assert found.total == len(expected)
    assert {h.product_id for h in found.hits} == {
        oracle.products[i]["product_id"] for i in expected
    }
    for name in FACETS:
        assert found.facets[name] == oracle.facet(query, chosen, name), name
    assert found.facets["price"] == oracle.ranges(query, chosen, EDGES)
    for name, counts in found.facets.items():
        if name != "price":
            assert list(counts.values()) == sorted(counts.values(), reverse=True)
    return found


@LAWFUL
@given(catalogues(), queries, filters)
def test_totals_facets_and_order_equal_brute_force(catalogue, query, chosen):
    oracle = Oracle(catalogue)
    with SearchEngine.build(catalogue) as engine:
        found = check_counts(engine, oracle, query, chosen)
        place = {p["product_id"]: i for i, p in enumerate(oracle.products)}
        if found.match in ("all", "any"):
            scores = [oracle.score(query, place[h.product_id]) for h in found.hits]
            assert [h.score for h in found.hits] == pytest.approx(scores, rel=1e-4, abs=1e-6)
        for a, b in itertools.pairwise(found.hits):
            assert (-a.score, a.product_id) < (-b.score, b.product_id)


@LAWFUL
@given(catalogues(), queries, filters, st.integers(1, 7))
def test_pages_join_to_the_whole(catalogue, query, chosen, k):
    with SearchEngine.build(catalogue) as engine:
        whole = engine.search(query, filters=chosen, k=1000)
        pages = [
            engine.search(query, filters=chosen, k=k, offset=offset)
            for offset in range(0, whole.total + k, k)
        ]
    assert [h.product_id for page in pages for h in page.hits] == [h.product_id for h in whole.hits]
    assert {page.total for page in pages} == {whole.total}


@LAWFUL
@given(catalogues(), queries, filters)
def test_a_filter_only_narrows(catalogue, query, chosen):
    with SearchEngine.build(catalogue) as engine:
        # A filter on availability may ask for what is left out unless asked for.
        free = engine.search(query, filters={"available": "any"}, k=1000)
        narrowed = engine.search(query, filters=chosen, k=1000)
    assert {h.product_id for h in narrowed.hits} <= {h.product_id for h in free.hits}


changes = st.lists(
    st.one_of(
        st.lists(products, min_size=1, max_size=4, unique_by=lambda p: p["product_id"]),
        st.lists(st.integers(0, 60).map(lambda n: f"p{n}"), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=8,
)


@LAWFUL
@given(catalogues(0, 20), changes, st.lists(st.tuples(queries, filters), min_size=1, max_size=3))
def test_live_changes_equal_a_new_build(catalogue, steps, asked):
    held = {p["product_id"]: p for p in catalogue}
    with SearchEngine.build(catalogue) as engine:
        for step in steps:
            if isinstance(step[0], dict):
                assert engine.upsert(step) == len(step)
                held.update({p["product_id"]: p for p in step})
            else:
                assert engine.delete(step) == len({i for i in step if i in held})
                for product_id in step:
                    held.pop(product_id, None)
        assert len(engine) == len(held)
        if not held:
            assert engine.search("").total == 0
            return
        oracle = Oracle(list(held.values()))
        for query, chosen in asked:
            found = check_counts(engine, oracle, query, chosen)
            order = [(-h.score, h.product_id) for h in found.hits]
            assert order == sorted(order)
            pages = [
                engine.search(
                    query, filters=chosen, k=3, offset=offset, prefix=False, spelling=False
                ).hits
                for offset in range(0, found.total, 3)
            ]
            assert [h.product_id for page in pages for h in page] == [
                h.product_id for h in found.hits
            ]
        for product_id in (f"p{n}" for n in range(61)):
            row = engine.product(product_id)
            assert (row is not None) == (product_id in held)
            if row is not None:
                assert row["title"] == held[product_id]["title"]
