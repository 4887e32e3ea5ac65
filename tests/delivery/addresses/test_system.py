"""The store's addresses through `chowk build`: tables without people, and an honest scorecard."""

from __future__ import annotations

import pytest

import chowk
from chowk.delivery.system import AddressSystem
from small_store import with_addresses


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "shop") as made:
        yield made


def test_the_scorer_is_judged_on_addresses_that_it_did_not_see(store):
    with_addresses(store, count=600)
    card = AddressSystem().fit(store, seed=0).evaluate(store)
    assert card.rows == pytest.approx(120, abs=40)
    assert card.value == pytest.approx(1.0) and card.baseline is not None


def test_parts_and_buildings_hold_no_person(store):
    store.write(
        "addresses",
        [
            {"address_id": "a", "text": "Ramesh Kumar S/O Suresh Kumar, 9876543210, Flat 2, "
             "Sai Krupa Apartments, Baner, Pune 411045, r@x.in"},
            {"address_id": "b", "text": "Flat 9, SAI KRUPA APTS, near SBI ATM, Pune 411045"},
        ],
    )  # fmt: skip
    tables = AddressSystem().fit(store, seed=0).tables()
    (building,) = tables["buildings"].to_pylist()
    assert building["address_ids"] == ["a", "b"]
    parts = tables["address_parts"].to_pylist()
    said = " ".join(row["value"] for row in parts)
    for secret in ("Ramesh", "Suresh", "9876543210", "r@x.in"):
        assert secret not in said
    assert {(row["label"], row["relation"]) for row in parts} >= {("LANDMARK", "near")}


def test_without_outcomes_the_shipped_scorer_serves_and_the_card_says_why(store):
    store.write("addresses", [{"address_id": "a", "text": "12, MG Road, Pune 411001"}])
    system = AddressSystem().fit(store, seed=0)
    card = system.evaluate(store)
    assert card.value is None and "0 held-out outcomes" in card.why
    assert system.scorer_.score("12, MG Road, Camp, Pune 411001").score > 0.5
