"""What an entry may hold."""

from __future__ import annotations

from typing import Any

import pytest

from chowk.errors import InputError
from chowk.journal import KINDS, Entry
from chowk.store.rows import RowError


@pytest.mark.parametrize(
    ("kind", "row", "field"),
    [
        ("event", {"event_id": "e", "session_id": "s", "kind": "k"}, "ts"),
        ("product", {"title": "T"}, "product_id"),
        ("product", {"product_id": "p", "titel": "T"}, "titel"),
        ("product_delete", {}, "product_id"),
        ("product_delete", {"product_id": "p", "title": "T"}, "title"),
        ("offer", {"offer_id": "o", "stock": -1}, "stock"),
        ("offer_delete", {"product_id": "p"}, "product_id"),
        ("feedback", {"reward": 1}, "decision_id"),
        ("availability", {}, "product_id"),
        ("availability", {"available": True}, "product_id"),
        ("availability", {"product_id": "p"}, "available"),
        ("availability", {"offer_id": "o"}, "available"),
        ("availability", {"stock": 1}, "offer_id"),
        ("availability", {"product_id": "p", "stock": 1}, "offer_id"),
        ("availability", {"offer_id": "o", "available": True}, "product_id"),
    ],
)
def test_what_breaks_a_rule_is_refused(kind: Any, row: dict[str, Any], field: str) -> None:
    with pytest.raises(RowError, match=r"^body: ") as caught:
        Entry.checked(kind, row, where="body")
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"product_id": "p", "available": True}, "p"),
        ({"offer_id": "o", "stock": 0}, "o"),
        ({"offer_id": "o", "product_id": "p", "available": False, "price": "5"}, "o"),
    ],
)
def test_availability_is_of_a_product_or_an_offer(row: dict[str, Any], key: str) -> None:
    assert Entry.checked("availability", row) == Entry("availability", key, row)


def test_an_unknown_kind_is_met_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=f"Kinds are: {', '.join(KINDS)}"):
        Entry.checked("sale", {})  # type: ignore[arg-type]
