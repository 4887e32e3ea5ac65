"""Lines of an order that charge no product: postage, bank charges, discounts, adjustments.

A code counts as a fee when its title ends in (or is made of) the words that shops use for charges
and the code itself does not look like an article number (fewer than three digits). So 'POST' with
the title 'POSTAGE' is a fee, and '21843' with the title 'RED RETROSPOT POSTAGE STAMP BOX' is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CHARGES = frozenset(
    """
    postage shipping carriage freight delivery handling versand versandkosten porto envio livraison
    charge charges fee fees commission surcharge tax vat gst duty tip rounding insurance donation
    discount rebate coupon credit debt adjustment adjust manual correction deposit samples sample
    cod gebühr rabatt remise descuento
    """.split()
)


def is_fee(code: str, title: str | None) -> bool:
    """True when a line with this code and title charges no product.

    >>> is_fee("POST", "POSTAGE"), is_fee("B", "Adjust bad debt"), is_fee("21843", "POSTAGE")
    (True, True, False)
    """
    if sum(c.isdigit() for c in code) >= 3:
        return False
    words = re.findall(r"\w+", (title or "").lower())
    if not words:
        return False
    return words[-1] in _CHARGES or (words[0] in _CHARGES and len(words) <= 2)


def fee_codes(codes: Iterable[tuple[str, str | None]]) -> list[str]:
    """The codes among (code, title) that are fees, sorted."""
    return sorted(code for code, title in codes if is_fee(code, title))
