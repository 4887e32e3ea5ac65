"""Prices as owners write them: signs, codes, thousands, decimal commas.

>>> price("£1,234.50"), price("1.234,50 €"), price("19.99 USD")
((Decimal('1234.50'), '£'), (Decimal('1234.50'), '€'), (Decimal('19.99'), 'USD'))
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from chowk.store.iso4217 import CODES, SIGNS

_NUMBER = re.compile(r"[-+−]?[\d][\d.,'\u00a0\u202f ]*(?:[eE][-+]?\d{1,2})?")
_LIMIT = Decimal(10) ** 14  # decimal(18, 4)


def number(text: str, *, comma: bool | None = None) -> Decimal | None:
    """A number in any of the usual spellings, or None.

    `comma` says that the comma is the decimal mark; None decides by the number's own shape: the
    last of two different marks is decimal, a mark that stands twice is for thousands, a single
    comma before exactly three digits is for thousands.
    """
    body = text.strip().replace("−", "-").replace("\u00a0", "").replace("\u202f", "")
    body = body.replace("'", "").replace(" ", "")
    dots, commas = body.count("."), body.count(",")
    if comma is True:
        body = body.replace(".", "").replace(",", ".")
    elif comma is False:
        body = body.replace(",", "")
    elif dots and commas:
        mark = max(".,", key=body.rfind)
        other = "," if mark == "." else "."
        body = body.replace(other, "").replace(mark, ".")
    elif commas:
        thousands = commas > 1 or len(body) - body.find(",") == 4
        body = body.replace(",", "" if thousands else ".")
    elif dots > 1:
        body = body.replace(".", "")
    try:
        value = Decimal(body)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < _LIMIT else None


def price(text: str, *, comma: bool | None = None) -> tuple[Decimal, str] | None:
    """A price and the currency's code or sign that stood beside it ('' for none), or None."""
    found = _NUMBER.search(text)
    if found is None:
        return None
    before, after = text[: found.start()], text[found.end() :]
    sign = (before.replace("-", "") + after).strip()
    value = number(found.group().strip(), comma=comma)
    if value is None or (sign and sign.upper() not in CODES and sign not in SIGNS):
        return None
    if "-" in before:
        if before.count("-") > 1 or value < 0:
            return None
        value = -value
    return value, sign.upper() if sign.upper() in CODES else sign


def currency_of(sign: str, store_currency: str) -> str:
    """The ISO code for a sign; a '$' in a store that counts in some dollar is that dollar."""
    if sign in CODES:
        return sign
    if sign == "$" and store_currency in {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "BRL"}:
        return store_currency
    if sign == "kr" and store_currency in {"SEK", "NOK", "DKK", "ISK"}:
        return store_currency
    if sign in {"Rs", "Rs."} and store_currency in {"INR", "PKR", "LKR", "NPR", "MUR"}:
        return store_currency
    return SIGNS[sign]
