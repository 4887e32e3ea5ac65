"""What the docstrings' examples and the documents' examples find: one small store.

`small_store` is the folder of three products and four orders; a docstring's example finds it open,
as `store`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chowk


@pytest.fixture(scope="session")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of three products and four orders; copy it before writing to it."""
    path: Path = tmp_path_factory.mktemp("small") / "mystore"
    lamp = {"product_id": "p1", "title": "Clay lamp", "category": "Home > Light", "price": 40}
    oil = {"product_id": "p2", "title": "Lamp oil", "category": "Home > Light", "price": 90}
    saree = {"product_id": "p3", "title": "Red saree", "category": "Clothes", "price": 1500}
    orders = ([lamp, oil], [lamp, oil], [saree], [lamp])
    with chowk.create(path, {"currency": "INR", "time_zone": "Asia/Kolkata"}) as store:
        store.write("products", [lamp, oil, saree])
        store.write(
            "events",
            [
                {
                    "event_id": f"o{order}-{product['product_id']}",
                    "ts": f"2025-10-0{order}T10:00:00+05:30",
                    "session_id": f"o{order}",
                    "order_id": f"o{order}",
                    "kind": "purchase",
                    "product_id": product["product_id"],
                    "quantity": 1.0,
                    "price": product["price"],
                    "currency": "INR",
                }
                for order, products in enumerate(orders, 1)
                for product in products
            ],
        )
    return path


@pytest.fixture(autouse=True)
def _store_for_docstrings(
    request: pytest.FixtureRequest, doctest_namespace: dict[str, Any]
) -> Iterator[None]:
    """Put the small store, open, into the namespace of a docstring's example that names it."""
    example = getattr(request.node, "dtest", None)
    if example is None or not any("store" in part.source for part in example.examples):
        yield
        return
    with chowk.open(request.getfixturevalue("small_store")) as store:
        doctest_namespace["store"] = store
        yield
