"""The plain rivals keep the order too, and count what was there."""

from __future__ import annotations

import numpy as np

from chowk.delivery.packaging.plain import CategoryRates, cheapest

TYPES = [{"package_type": t, "rank": r} for r, t in enumerate(("bag", "mailer", "box"), start=1)]


def test_rates_are_the_counts_where_there_is_much_and_fall_with_rank(made):
    rates = CategoryRates().fit(made.shipments, made.products, made.package_types)
    p = rates.damage(made.products)
    assert p.shape == (400, 8) and (np.diff(p, axis=1) <= 0).all()


def test_large_counts_outweigh_the_prior():
    sent = [
        {"product_id": "a", "package_type": t, "damaged": k < broken}
        for t, broken in (("bag", 900), ("mailer", 400), ("box", 100))
        for k in range(10_000)
    ]
    p = CategoryRates().fit(sent, [{"product_id": "a", "category": "C"}], TYPES)
    got = p.damage([{"product_id": "b", "category": "C"}])
    assert np.allclose(got, [[0.09, 0.04, 0.01]], atol=1e-5)


def test_the_cheapest_that_fits():
    shipping = np.array([[1.0, 2.0, 0.5], [1.0, 2.0, 3.0]])
    allowed = np.array([[True, True, False], [False, False, False]])
    assert cheapest(shipping, allowed).tolist() == [0, -1]
