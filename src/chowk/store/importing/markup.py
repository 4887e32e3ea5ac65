"""The JSON-LD blocks of an HTML page, found without running or fetching anything."""

from __future__ import annotations

from html.parser import HTMLParser

#: How pages of an older day hid a script from parsers.
_BEFORE = ("<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA[")
_AFTER = ("-->", "//]]>", "/*]]>*/", "]]>", "//", ";")


class _Blocks(HTMLParser):
    """Collects the text of `<script type="application/ld+json">` elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._parts: list[str] | None = None
        self._line = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = (dict(attrs).get("type") or "").split(";")[0].strip().lower()
        if tag == "script" and kind == "application/ld+json":
            self._parts, self._line = [], self.getpos()[0]

    def handle_data(self, data: str) -> None:
        if self._parts is not None:
            self._parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._parts is not None:
            self._finish()

    def close(self) -> None:
        super().close()
        if self._parts is not None:  # the page ends within the script
            self._parts.append(self.rawdata)
            self._finish()

    def _finish(self) -> None:
        self.found.append((self._line, _unwrapped("".join(self._parts or ()))))
        self._parts = None


def ld_blocks(page: str) -> list[tuple[int, str]]:
    """Line and text of each JSON-LD block of a page; comment and CDATA wrappings are taken off.

    >>> ld_blocks('<html>\\n<script type="application/ld+json"><!-- {"a": 1} --></script>')
    [(2, '{"a": 1}')]
    """
    reader = _Blocks()
    reader.feed(page)
    reader.close()
    return [(line, block) for line, block in reader.found if block]


def _unwrapped(block: str) -> str:
    block = block.strip()
    for mark in _BEFORE:
        block = block.removeprefix(mark).lstrip()
    for mark in _AFTER:
        block = block.removesuffix(mark).rstrip()
    return block
