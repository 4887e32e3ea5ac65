"""What the docstrings' examples and the documents' examples find: one small store.

`small_store` is the folder of three products and four orders; a docstring's example finds it open,
as `store`. `order_lines` writes a shop's export: half a year of orders, whose pattern is plain to
see (who buys a lamp buys oil), so that a command has something to find.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
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


@pytest.fixture(scope="session")
def order_lines(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`orders.csv`: 600 orders from May to October 2025, made without chance."""
    goods = {
        "L1": ("Clay lamp", 40, "Home > Light"),
        "L2": ("Lamp oil", 90, "Home > Light"),
        "S1": ("Red silk saree", 1500, "Clothes > Sarees"),
        "S2": ("Bangles, set of 12", 250, "Jewellery"),
        "T1": ("Assam tea 500 g", 320, "Kitchen > Tea"),
        "T2": ("Tea glass", 60, "Kitchen > Glass"),
        "B1": ("Brass bell", 480, "Home > Decor"),
    }
    baskets = (["L1", "L2"], ["S1", "S2"], ["T1", "T2"], ["L1", "L2", "B1"], ["T1"], ["S2", "B1"])
    path: Path = tmp_path_factory.mktemp("export") / "orders.csv"
    first = datetime(2025, 5, 1, 9, 0)
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow("Order Product Title Quantity Price Time Customer Category".split())
        for number in range(600):
            time = first + timedelta(hours=7 * number)
            for code in baskets[(number * 7 + number // 5) % len(baskets)]:
                title, price, category = goods[code]
                customer = f"C{number % 83}"
                quantity = 1 + number % 3
                lines.writerow(
                    [f"A{number}", code, title, quantity, price, time, customer, category]
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
