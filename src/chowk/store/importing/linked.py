"""A JSON-LD value as the Products that it describes, whatever its shape.

Flows in: decoded JSON. Flows out: `Thing`s, each a Product node with its group and the nodes that
it may refer to. References by @id are followed within the document; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .gather import Row, first, text

_PRODUCT = {"Product", "IndividualProduct", "ProductModel", "SomeProducts"}
_GROUP = {"ProductGroup"}
#: What a variant takes from its group when it does not say it itself.
_INHERITED = ("name", "description", "brand", "category", "image", "material", "pattern", "color",
              "size", "weight", "width", "height", "depth", "additionalProperty", "url",
              "aggregateRating", "manufacturer")  # fmt: skip
_MAX_NODES = 5_000_000


@dataclass(slots=True)
class Thing:
    """A Product node, its group if it has one, and the nodes that it may refer to."""

    node: Row
    group: Row | None = None
    known: dict[str, Row] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """A property, the group's where the product is silent; references are followed."""
        value = self.node.get(name)
        if first(value) is None and self.group is not None and name in _INHERITED:
            value = self.group.get(name)
        return self.follow(value)

    def follow(self, value: Any) -> Any:
        """A node for a bare reference to it (`{"@id": …}`), else the value itself."""
        if _is_reference(value):
            return self.known.get(str(value["@id"]), value)
        return value

    def nodes(self, value: Any) -> list[Row]:
        """The objects of a property that may be one object or a list."""
        return [node for item in listed(value) if isinstance(node := self.follow(item), dict)]


def products_in(value: Any) -> Iterator[Thing]:
    """Every Product of a JSON-LD value, in document order; related products are not entered."""
    known: dict[str, Row] = {}
    claimed: set[str] = set()  # variants that stand by themselves and are named by a group
    for node in _nodes(value):
        if isinstance(node.get("@id"), str) and not set(node) <= {"@id", "@type"}:
            known.setdefault(node["@id"], node)
        if types_of(node) & _GROUP:
            claimed |= {str(v["@id"]) for v in listed(node.get("hasVariant")) if _is_reference(v)}
    done: set[int] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict) and id(item) not in done:
            done.add(id(item))
            kinds = types_of(item)
            if kinds & _GROUP:
                thing = Thing(item, None, known)
                variants = thing.nodes(item.get("hasVariant"))
                done.update(id(variant) for variant in variants)
                if variants:
                    yield from (Thing(variant, item, known) for variant in variants)
                else:
                    yield thing
            elif kinds & _PRODUCT:
                if item.get("@id") in claimed:
                    continue
                groups = Thing(item, None, known).nodes(item.get("isVariantOf"))
                yield Thing(item, groups[0] if groups else None, known)
            else:
                stack.extend(reversed([v for v in item.values() if isinstance(v, (dict, list))]))


def _is_reference(value: Any) -> bool:
    return isinstance(value, dict) and "@id" in value and set(value) <= {"@id", "@type"}


def _nodes(value: Any) -> Iterator[Row]:
    stack, seen = [value], 0
    while stack and seen < _MAX_NODES:
        item = stack.pop()
        seen += 1
        if isinstance(item, dict):
            yield item
            stack.extend(v for v in item.values() if isinstance(v, (dict, list)))
        elif isinstance(item, list):
            stack.extend(item)


def said(value: Any) -> str | None:
    """What a property says to a reader: its text, its value, or its name; of a list all of them.

    >>> said({"@value": "Lampe", "@language": "de"}), said({"@type": "Brand", "name": "Diya & Co"})
    ('Lampe', 'Diya & Co')
    >>> said(["red", "gold"]), said(4.5), said({"@id": "#x"})
    ('red, gold', '4.5', None)
    """
    if isinstance(value, list):
        if value and all(isinstance(v, dict) and "@value" in v for v in value):
            return said(value[0])  # one text in several languages: the first is the page's own
        return ", ".join(t for t in map(said, value) if t is not None) or None
    if isinstance(value, dict):
        inner = first(*(value.get(n) for n in ("@value", "value", "name")))
        return None if inner is None else said(inner)
    return text(value)


def word(value: Any) -> str | None:
    """The last part of a schema.org address: `https://schema.org/InStock` is `InStock`."""
    if isinstance(value, dict):
        value = first(value.get("@id"), value.get("name"))
    shown = said(value)
    return shown.rstrip("/").rpartition("/")[2].rpartition(":")[2] if shown else None


def types_of(node: Row) -> set[str]:
    """The short names of a node's types."""
    return {name for value in listed(node.get("@type")) if (name := word(value)) is not None}


def listed(value: Any) -> list[Any]:
    """A value that may be one or several, as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]
