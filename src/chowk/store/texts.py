"""What a text may be in any store: the rules that imports, live rows and frames share.

No null character (no index and no PostgreSQL keeps one), currencies by their ISO 4217 code, and
plain text instead of HTML in the columns that shoppers read. Each road says in its own words where
a text broke a rule; what the rule is stands here.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

from .iso4217 import CODES

#: Longest id, in characters.
MAX_ID = 512
#: Longest text: in bytes of UTF-8 of one row that is sent, in characters of a file's.
MAX_TEXT = 65_536
#: The character that no text may hold.
NULL = "\0"
#: The columns in which HTML is turned into plain text.
READ_BY_SHOPPERS = frozenset({"title", "description", "text"})
#: What looks like HTML, as a pattern that Python and Arrow both know.
MARKUP = r"<[A-Za-z/!][^<>]*>|&(?:[A-Za-z]{2,8}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});"

_MARKUP = re.compile(MARKUP)


def is_currency(text: str) -> bool:
    """True for an ISO 4217 code in capitals.

    >>> is_currency("INR"), is_currency("inr"), is_currency("XYZ1")
    (True, False, False)
    """
    return text in CODES


def without_markup(text: str) -> str:
    """The text, and of one with HTML in it what a person would read.

    >>> without_markup("<b>Brass</b> lamp"), without_markup("Nuts & bolts, 3 < 4")
    ('Brass lamp', 'Nuts & bolts, 3 < 4')
    """
    return plain(text) if _MARKUP.search(text) else text


class _Plain(HTMLParser):
    """Collects the text of markup; scripts and styles say nothing."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._mute += tag in ("script", "style")
        if tag in ("br", "p", "li", "div", "tr", "td", "h1", "h2", "h3"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._mute -= tag in ("script", "style") and self._mute > 0
        if tag in ("p", "li", "div", "td"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._mute:
            self.parts.append(data)


def plain(markup: str) -> str:
    """The text of an HTML fragment on one line.

    >>> plain("<p>Silk &amp; cotton</p><script>x()</script> saree")
    'Silk & cotton saree'
    """
    reader = _Plain()
    reader.feed(markup)
    reader.close()
    return re.sub(r"\s+", " ", html.unescape("".join(reader.parts))).strip()
