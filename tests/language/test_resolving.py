"""Amounts and catalogue words: limits that a request names, and filters that search understands."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.language.amounts import day_named, measures, price_limit
from chowk.language.parsed import Parse, Slot
from chowk.language.resolving import Catalogue

GOODS = [
    {"product_id": "1", "title": "Runner", "brand": "Red Tape", "category": "Shoes > Running shoes",
     "attributes": {"colour": "Dark Grey", "size": "9", "weight": "500 g"}},
    {"product_id": "2", "title": "Saree", "brand": "Biba", "category": "Women > Sarees",
     "attributes": {"colour": "Red", "fabric": "Silk"}},
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("shoes under 2000", None, 2000),
        ("2000 ke andar joote", None, 2000),
        ("₹1,500 se kam", None, 1500),
        ("below Rs. 999.50", None, Decimal("999.50")),
        ("upto 2k", None, 2000),
        ("5 hazaar tak", None, 5000),
        ("above 500", 500, None),
        ("500 se zyada", 500, None),
        ("between 500 and 1,000", 500, 1000),
        ("500 se 1000 ke beech", 500, 1000),
        ("1-2k", 1000, 2000),
        ("₹200 - ₹300", 200, 300),
        ("around 1000", 800, 1200),
        ("gift for 300 rupees", None, 300),
        ("under २०००", None, 2000),
        ("5 sau se kam", None, 500),
    ],
)
def test_price_limits(text: str, least: int | None, most: int | None) -> None:
    found = price_limit(text)
    assert found is not None
    assert (found.least, found.most) == tuple(
        None if v is None else Decimal(v) for v in (least, most)
    )


@pytest.mark.parametrize(
    "text",
    [
        "iphone 15",
        "within 2 days",
        "under 5 kg",
        "size 9",
        "",
        "500 g",
        "2 to 3 people",
        "7 din tak",
    ],
)
def test_other_numbers_are_no_prices(text: str) -> None:
    assert price_limit(text) is None


def test_sizes_and_measures() -> None:
    found = [(m.value, m.unit) for m in measures("uk 9, size xl, 9 number, 1.5 litre and 256GB")]
    assert found == [
        ("UK 9", "size"), ("XL", "size"), ("9", "size"), ("1.5", "l"), ("256", "GB")
    ]  # fmt: skip
    for measure in measures(text := "a size 10 and 500 gm"):
        assert measure.value.casefold() in text[measure.start : measure.end].casefold()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by tomorrow", "2026-02-01"), ("aaj", "2026-01-31"), ("parso tak", "2026-02-02"),
        ("in 3 days", "2026-02-03"), ("on monday", "2026-02-02"), ("2026-03-05", "2026-03-05"),
        ("saturday", "2026-02-07"),
    ],
)  # fmt: skip
def test_days(text: str, day: str) -> None:
    found = day_named(text, dt.date(2026, 1, 31))  # a Saturday
    assert found is not None and found.day == dt.date.fromisoformat(day)
    assert day_named("2026-02-31 please", dt.date(2026, 1, 31)) is None


def test_catalogue_words_become_filters() -> None:
    shop = Catalogue(GOODS)
    found = shop.resolve("mere liye red tape ke dark grey running shoes dikhao size 9 under 2000")
    assert found.filters == {
        "price": {"max": 2000.0}, "brand": ["Red Tape"], "attributes.colour": ["Dark Grey"],
        "category": ["Shoes > Running shoes"], "attributes.size": ["9"],
    }  # fmt: skip
    assert found.query == "running shoes" and len(found.reasons) == 5
    silk = shop.resolve("lal reshmi sari")
    assert silk.filters["attributes.colour"] == ["Red"]
    assert silk.filters["category"] == ["Women > Sarees"] and silk.query == "saree"
    assert shop.resolve("500 gm shoes").filters["attributes.weight"] == ["500 g"]
    assert shop.resolve("2 kg rice").measures == (("2", "kg"),)
    assert shop.resolve("cheapest sarees").sort == "price_asc"
    assert shop.resolve("by tomorrow", today=dt.date(2026, 1, 1)).day == "2026-01-02"
    assert shop.resolve("").query == ""


def test_a_slot_keeps_words_that_politeness_would_lose() -> None:
    parse = Parse("show me all", "search", 0.9, (Slot("item", "all", 8, 11),), True, ())
    assert Catalogue([]).resolve(parse).query == "all"


@given(st.text(max_size=60))
@settings(max_examples=80, deadline=None)
def test_any_text_resolves(text: str) -> None:
    found = Catalogue(GOODS).resolve(text, today=dt.date(2026, 1, 1))
    price = found.filters.get("price", {})
    assert price.get("min", 0) <= price.get("max", float("inf"))


@given(st.integers(1, 10**7))
def test_any_amount_is_read_as_written(amount: int) -> None:
    for written in (str(amount), f"{amount:,}"):
        found = price_limit(f"shoes under {written}")
        assert found is not None and found.most == amount


def test_slots_are_found_again_among_many_tokens() -> None:
    shop = Catalogue([{"product_id": "1", "title": "x", "attributes": {"colour": "Red"}}])
    text = "red lamp " * 300
    slots = tuple(Slot("colour", "red", 9 * n, 9 * n + 3) for n in range(300))
    found = shop.resolve(Parse(text, "search", 1.0, slots, True, ()))
    assert found.filters == {"attributes.colour": ["Red"]}
    assert found.query.split() == ["lamp"] * 300
