"""What in an address is not an address but a person: phone numbers and e-mail addresses.

In goes a text; out come the spans that nobody should store with the place. Names of people have no
sure form: the parser labels them where its examples do.
"""

from __future__ import annotations

import re

from .labels import Span

EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(
    r"(?<![\w/-])(?:(?:\+|00)91[\s-]?|0)?(?:[6-9]\d{9}|[6-9]\d{4}[\s-]\d{5}|"
    r"[6-9]\d{2}[\s-]\d{3}[\s-]\d{4})(?![\w/-])|(?<![\w/-])0\d{2,4}[\s-]\d{6,8}(?![\w/-])"
)
#: Nothing shorter holds a phone number or an e-mail address.
_HINT = re.compile(r"@|\d{5}[\s-]?\d{4}|\d{3}[\s-]\d{3}|0\d{2,4}[\s-]\d{6}")


def personal_spans(text: str) -> list[Span]:
    """Phone numbers and e-mail addresses in `text`, in order.

    >>> [span.label for span in personal_spans("12 MG Road, Pune, 98450 12345, a@b.in")]
    ['PHONE', 'EMAIL']
    """
    head = text[:2_000]
    if _HINT.search(head) is None:
        return []
    found = [Span("EMAIL", *match.span()) for match in EMAIL.finditer(head)]
    found += [Span("PHONE", *match.span()) for match in _PHONE.finditer(head)]
    return sorted(found, key=lambda span: span.start)
