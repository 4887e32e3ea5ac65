"""A simulated history whose truth is known, and a model that learnt from it."""

from __future__ import annotations

import pytest

from chowk.delivery import PackageRecommender
from chowk.delivery.packaging.simulation import simulate


@pytest.fixture(scope="session")
def made():
    return simulate(400, 9_000, seed=5)


@pytest.fixture(scope="session")
def fitted(made):
    return PackageRecommender(replicates=5).fit(made.shipments, made.products, made.package_types)
