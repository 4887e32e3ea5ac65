"""XML feeds (RSS 2.0 and Atom) as one dict an item, while they are read.

No tree is built: a target of defusedxml's parser keeps the open item only, with a bound on its
text. Entity declarations and external references are refused, so a small file cannot grow into a
large one. Where the XML is broken, the items before the damage are given, and the rest is one
rejected row that says at which line and column reading ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from chowk.errors import ImportFormatError

from .source import MAX_LINE, Rejected, open_bytes

_GOOGLE = "{http://base.google.com/ns/1.0}"
_CUSTOM = "{http://base.google.com/cns/1.0}"
_CHUNK = 1 << 16
MAX_DEPTH = 64

#: A field's values in order; a value is text, or the sub-fields of a nested element.
Fields = dict[str, list[Any]]


@dataclass(slots=True)
class Item:
    """One <item> or <entry>: the line on which it begins, its fields, and whether it is whole."""

    line: int
    fields: Fields
    reason: str = ""


@dataclass(slots=True)
class _Target:
    """Called by the parser; collects the finished items."""

    parser: Any = None
    done: list[Item] = field(default_factory=list)
    root: str = ""
    open: Item | None = None
    size: int = 0
    path: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    nested: dict[str, str] = field(default_factory=dict)
    depth: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.root = self.root or _local(tag)
        if self.open is None:
            if _local(tag) in ("item", "entry"):
                self.open = Item(self.parser.parser.CurrentLineNumber, {})
                self.size, self.path = 0, []
            return
        self.path.append(tag)
        if len(self.path) > MAX_DEPTH:
            self.open.reason = f"elements are nested more than {MAX_DEPTH} deep"
        self.parts = []
        if len(self.path) == 1:
            self.nested = {}
            if _local(tag) == "link" and attributes.get("href"):
                self.parts.append(attributes["href"])

    def data(self, text: str) -> None:
        if self.open is None or not self.path:
            return
        self.size += len(text)
        if self.size > MAX_LINE:
            self.open.reason = f"the item is longer than {MAX_LINE:,} characters"
            self.parts = []
        else:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.open is None:
            return
        if not self.path:
            self.done.append(self.open)
            self.open = None
            return
        self.path.pop()
        value = "".join(self.parts).strip()
        self.parts = []
        if self.path:
            if value:
                # A repeated sub-field (two product details' names) keeps its first value.
                self.nested.setdefault(_local(tag), value)
            return
        kept: Any = dict(self.nested) if self.nested else value
        if kept:
            self.open.fields.setdefault(_named(tag), []).append(kept)
        self.nested = {}

    def close(self) -> None:
        return None


def read_feed(file: Path, batch: int = 2_000) -> Iterator[tuple[list[Item], list[Rejected]]]:
    """The items of a feed, in batches, and what had to be given up.

    Raises ImportFormatError when the file is no XML, declares entities, or holds no item.
    """
    target = _Target()
    parser = DefusedXMLParser(
        target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True
    )
    target.parser = parser
    seen = 0
    try:
        with open_bytes(file) as handle:
            while chunk := handle.read(_CHUNK):
                parser.feed(chunk)
                if len(target.done) >= batch:
                    seen += len(target.done)
                    yield target.done, []
                    target.done = []
        parser.close()
    except DefusedXmlException as error:
        raise ImportFormatError(
            f"{file} declares entities or asks for outside files ({type(error).__name__}), which "
            "can make a small file endless, so it was not read. Write the feed without a DTD."
        ) from None
    except ParseError as error:
        line, column = error.position
        what = str(error).split(":")[0]
        if not seen and not target.done:
            raise ImportFormatError(
                f"{file} is not well-formed XML at line {line}, column {column + 1} ({what}), "
                "before any whole item. Export the feed again."
            ) from None
        yield (
            target.done,
            [
                Rejected(
                    target.open.line if target.open is not None else line,
                    f"the XML is broken at line {line}, column {column + 1} ({what}); everything "
                    "from here on was not read. Mend the feed and import it again",
                )
            ],
        )
        return
    except (LookupError, ValueError) as error:
        raise ImportFormatError(
            f"{file} names an encoding that cannot be read ({error}). Save the feed as UTF-8."
        ) from None
    if not seen and not target.done:
        raise ImportFormatError(
            f"{file} is XML, but holds no <item> or <entry> (its root is <{target.root}>). "
            "A Merchant Center feed is RSS 2.0 or Atom."
        )
    yield target.done, []


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _named(tag: str) -> str:
    """The field's name: Google's and custom ones as they are, those of RSS and Atom with a mark.

    A feed has both <g:title> and <title>; Google's own wins.
    """
    if tag.startswith((_GOOGLE, _CUSTOM)):
        return _local(tag).lower()
    return "plain:" + _local(tag).lower()
