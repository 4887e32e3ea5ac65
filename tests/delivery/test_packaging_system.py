"""The packaging system keeps the contract of systems, on the sample store."""

from __future__ import annotations

import numpy as np
import pytest

from chowk.build import holdout_cut
from chowk.delivery.packaging_system import PackagingSystem
from chowk.sample import make
from chowk.testing import check_system


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packaging") / "shop"
    with make(folder, seed=3, products=300, customers=20, events=300, images=False) as store:
        yield store


def test_it_keeps_the_contract(shop):
    check_system(PackagingSystem, shop, holdout_cut(shop))


def test_no_product_is_out_of_order_and_changes_save_money(shop):
    system = PackagingSystem().fit(shop, seed=1)
    products = shop.arrow("products")
    assert (np.diff(system.model_.damage(products), axis=1) <= 0).all()
    totals = system.model_.assign(products, confidence=0.95).totals
    assert totals["saving"] > 0 and totals["changed"] > 0


def test_what_it_lacks_is_said(shop):
    class Nothing:
        def rows(self, name):
            return 0

    assert "shipments: 0 rows" in PackagingSystem.lacks(Nothing())
    empty = shop["shipments"].mutate(damaged=False)
    assert PackagingSystem.lacks(shop.overlay({"shipments": empty})) == "shipments: none is damaged"
