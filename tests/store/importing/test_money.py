"""Prices: every spelling that a number can be given must be read back as the number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chowk.store.importing.money import currency_of, number, price

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False)


def grouped(value: Decimal, thousands: str, point: str) -> str:
    whole, _, cents = f"{value:,.2f}".partition(".")
    return whole.replace(",", thousands) + point + cents


@given(amounts, st.sampled_from([(",", "."), (".", ","), ("'", "."), ("\u202f", ","), ("", ".")]))
def test_a_price_is_read_in_any_grouping(value, marks):
    assert number(grouped(value, *marks)) == value


@given(
    amounts.filter(lambda v: v >= 0), st.sampled_from(["£{}", "{} €", "EUR {}", "{} USD", "₹ {}"])
)
def test_a_sign_or_code_stands_on_either_side(value, form):
    found = price(form.format(f"{value:.2f}"))
    assert found is not None and found[0] == value
    assert currency_of(found[1], "EUR") in form or found[1] in form


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234", "1234"),
        ("12,5", "12.5"),
        ("1.234", "1.234"),
        ("1.234.567", "1234567"),
        ("-£5", "-5"),
        ("−3", "-3"),
        ("1e3", "1000"),
    ],
)
def test_single_marks(text, value):
    assert price(text)[0] == Decimal(value)


@pytest.mark.parametrize("text", ["", "free", "12 doubloons", "--5", "1.2.3,4,5x", "NaN", "9" * 20])
def test_what_is_no_price_is_none(text):
    assert price(text) is None


@pytest.mark.parametrize(("home", "code"), [("CAD", "CAD"), ("EUR", "USD"), ("AUD", "AUD")])
def test_a_dollar_is_the_stores_own(home, code):
    assert currency_of("$", home) == code


@given(st.text(max_size=40))
def test_no_text_raises(text):
    price(text)
    number(text)
