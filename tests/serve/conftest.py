"""A small store, built once, and servers over copies of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient

import chowk
from chowk.build import build
from chowk.serve.app import create_app
from serve.processes import Keys, make_keys

EVIL = 'Evil <script>alert("x")</script> "onmouseover="alert(1)'
_START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def products() -> list[dict]:
    rows = [
        {
            "product_id": f"p{n}",
            "title": f"{colour} {thing}",
            "brand": ("Meena", "Agni")[n % 2],
            "category": f"Home > {thing.title()}s",
            "price": 100 + 10 * n,
            "currency": "INR",
            "attributes": {"colour": colour.lower()},
            "available": True,
        }
        for n, (colour, thing) in enumerate(
            (colour, thing)
            for thing in ("kettle", "saree", "lamp", "tent")
            for colour in ("Red", "Blue", "Green")
        )
    ]
    rows.append({"product_id": "evil", "title": EVIL, "brand": EVIL, "price": 5, "image": "x.png"})
    rows.append({"product_id": "gone", "title": "Grey kettle", "available": False, "price": 50})
    return rows


def events() -> list[dict]:
    """Kettles are bought with lamps of the same colour, day by day."""
    rows = []
    for day in range(120):
        for colour in range(3):
            for product in (colour, 6 + colour):
                rows.append(
                    {
                        "event_id": f"e{day}-{colour}-{product}",
                        "ts": _START + timedelta(days=day, hours=colour),
                        "session_id": f"s{day}-{colour}",
                        "customer_id": f"c{day % 7}",
                        "kind": "purchase",
                        "order_id": f"o{day}-{colour}",
                        "product_id": f"p{product}",
                        "quantity": 1,
                        "price": 100 + 10 * product,
                        "currency": "INR",
                    }
                )
    return rows


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with products, offers, purchases, and one build."""
    path = tmp_path_factory.mktemp("serve") / "shop"
    with chowk.create(path, {"name": "Test shop", "currency": "INR"}) as store:
        store.write("products", products())
        store.write("events", events())
        offers = [
            {"offer_id": "o1", "product_id": "p0", "region": "IN", "seller": "A", "price": 99},
            {"offer_id": "o2", "product_id": "p0", "region": "IN", "seller": "B", "price": 95},
        ]
        store.write("offers", offers)
        build(store, insist=("search", "related"))
    return path


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Path:
    """A copy of the built store that a test may change."""
    path = tmp_path / "shop"
    shutil.copytree(built, path)
    return path


@pytest.fixture
def keys(shop: Path) -> Keys:
    return make_keys(shop)


@pytest.fixture
def client(shop: Path, keys: Keys) -> Iterator[TestClient]:
    with TestClient(create_app(shop)) as client:
        yield client


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """A browser that a module shares is wide and runs scripts, and has nothing to complain of."""
    if "browser" not in request.fixturenames:
        yield
        return
    browser = request.getfixturevalue("browser")
    browser.wide(1280)
    yield
    browser.scripts(True)
    assert browser.complaints() == [], "the browser blocked or missed something"
