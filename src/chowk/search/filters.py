"""Filters: what a caller may ask for, as clauses of the index and as sentences for reasons.

In goes `{"brand": ["Acme", "Zen"], "category": "Women > Sarees", "attributes.color": "red",
"attributes.ram_gb": {"min": 8}, "price": {"min": 100, "max": 500}, "available": True}`; out come
one clause a filter. Values of one filter are alternatives, filters are all required.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

import tantivy

from chowk.errors import parameter

from .numeric import Different, Quantity, quantity
from .schema import LONGEST_VALUE, SIGN, UNIT, code, exact, path

Query = tantivy.Query

_NAMES = "brand, category, price, available, region, attributes.NAME"
#: More values in one filter are refused.
MOST_VALUES = 1000
_LARGEST = 2**62


class Clause(NamedTuple):
    """One filter: its name, its query, and the values (or the price's limits) that it allows.

    `excludes` says that the query is of the products that are left out.
    """

    name: str
    query: Any
    values: tuple[str, ...]
    low: Decimal | None = None
    high: Decimal | None = None
    excludes: bool = False

    def reason(self, product: Mapping[str, Any]) -> str | None:
        """How a product satisfies this filter, in words, or None where it goes without saying."""
        if self.name == "brand":
            return f"brand is {product['brand']}"
        if self.name == "category":
            held = path(product["category"])
            return "in " + max((v for v in self.values if v in held), key=len)
        if self.name == "available":
            return "available" if self.values == ("true",) else None
        if self.name == "region":
            return None  # the offer that is shown says where it holds
        if self.name == "price":
            limits = _limits(self.low, self.high)
            return f"price {product['price']:g} is {limits}" if limits else None
        attribute = self.name.partition(".")[2]
        return f"{attribute} is {product['attributes'][attribute]}"


@lru_cache(maxsize=1000)
def _limits(low: Decimal | None, high: Decimal | None) -> str:
    limits = (("at least", low), ("at most", high))
    return " and ".join(
        f"{word} {limit.normalize():f}" for word, limit in limits if limit is not None
    )


def clauses(
    filters: Mapping[str, Any] | None, schema: Any, different: Different
) -> tuple[Clause, ...]:
    """Check the filters and turn each into a clause; ParameterError names the one that is wrong.

    `different` knows the values of attributes, for ranges of them.
    """
    if filters is None:
        return ()
    if not isinstance(filters, Mapping):
        raise parameter("search", "filters", "a mapping of filter to values", filters)
    return tuple(
        _clause(name, wanted, schema, different)
        for name, wanted in filters.items()
        if not (name == "available" and wanted == "any")
    )


def hidden(schema: Any, product_ids: Iterable[str]) -> Any:
    """The query of products that are not to be shown."""
    terms = [Query.term_query(schema, "product_id", one, "basic") for one in product_ids]
    return _either(terms)


def buyable(filters: Mapping[str, Any] | None, schema: Any) -> Clause | None:
    """The clause that holds unless `available` is named: what can be bought now."""
    if isinstance(filters, Mapping) and "available" in filters:
        return None
    return _available(True, schema)._replace(values=())


def sold_out(filters: Mapping[str, Any] | None, region: str | None, schema: Any) -> Clause | None:
    """The clause that leaves out what has offers where the shopper is, none of them in stock,
    unless what cannot be bought is asked for."""
    free = isinstance(filters, Mapping) and filters.get("available", True) is not True
    if not region or free:
        return None
    levels = _larger(region[:LONGEST_VALUE])
    there, out = (
        _either([Query.term_query(schema, column, exact(one), "basic") for one in levels])
        for column in ("regions", "sold_out")
    )
    # What is sold out everywhere is not available, and is left out, and counted, as such.
    available = Query.term_query(schema, "available", True)
    parts = [(tantivy.Occur.Must, out), (tantivy.Occur.Must, available)]
    query = Query.boolean_query([*parts, (tantivy.Occur.MustNot, there)])
    return Clause("stock", query, (), excludes=True)


def known(name: object) -> bool:
    """Whether one can filter, or make a facet, by this name."""
    return isinstance(name, str) and (
        name in ("brand", "category", "price", "available", "region")
        or (name.startswith("attributes.") and len(name) > len("attributes."))
    )


def column(name: str) -> str:
    """The index's column of a filter or facet."""
    if name.startswith("attributes."):
        return f"attributes.{code(name.partition('.')[2])}"
    return name


def _clause(name: object, wanted: Any, schema: Any, different: Different) -> Clause:
    if not isinstance(name, str) or not known(name):
        raise parameter("search", "filters", f"made of these names: {_NAMES}", name)
    if name == "price":
        return _price(wanted, schema)
    if name == "available":
        if not isinstance(wanted, bool):
            raise parameter("search", "filters['available']", "True, False or 'any'", wanted)
        return _available(wanted, schema)
    if name.startswith("attributes.") and isinstance(wanted, Mapping):
        between = different.between(name, *_limits_of(name, wanted))
        terms = [SIGN + value for value in between]
        queries = [Query.term_query(schema, column(name), term, "basic") for term in terms]
        return Clause(name, _either(queries), between)
    values = tuple(dict.fromkeys(_text(name, value) for value in _several(name, wanted)))
    if name == "region":
        # An offer of a larger region holds in a smaller one.
        larger = {level for value in values for level in _larger(value)}
        there = [Query.term_query(schema, "regions", r, "basic") for r in sorted(larger)]
        return Clause(name, _either(there), values)
    if name == "category":
        values = tuple((path(value) or ("",))[-1] for value in values)
    sign = SIGN if name.startswith("attributes.") else ""
    terms = [sign + value for value in values]
    # A set of terms would be looked up by an automaton; a few terms are quicker one by one.
    queries = [Query.term_query(schema, column(name), term, "basic") for term in terms]
    return Clause(name, _either(queries), values)


def _available(wanted: bool, schema: Any) -> Clause:
    """Few products cannot be bought: leaving them out is quicker than asking for all others."""
    not_for_sale = Query.term_query(schema, "available", False)
    return Clause("available", not_for_sale, (str(wanted).lower(),), excludes=wanted)


def _either(queries: list[Any]) -> Any:
    if len(queries) == 1:
        return queries[0]
    if not queries:
        return Query.empty_query()
    return Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _larger(region: str) -> list[str]:
    """A region and those that hold it.

    >>> _larger("IN/KA")
    ['IN', 'IN/KA']
    """
    levels = region.split("/")[:6]
    return ["/".join(levels[: depth + 1]) for depth in range(len(levels))]


def _several(name: str, wanted: Any) -> list[Any]:
    if isinstance(wanted, str | bool | int | float | Decimal):
        return [wanted]
    if isinstance(wanted, Iterable) and not isinstance(wanted, Mapping | bytes):
        values = list(wanted)
        if len(values) <= MOST_VALUES:
            return values
    raise parameter(
        "search", f"filters[{name!r}]", f"a value or at most {MOST_VALUES} values", wanted
    )


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str | int | float | Decimal):
        raise parameter("search", f"filters[{name!r}]", "made of texts or numbers", value)
    return exact(str(value))


def _limits_of(
    name: str, wanted: Any
) -> tuple[Decimal | Quantity | None, Decimal | Quantity | None]:
    """The limits of a range, checked."""
    rule = "{'min': number, 'max': number}"
    if name != "price":
        rule += ", or both with units of one kind ('1.5 kg', '900 g')"
    if isinstance(wanted, Mapping) and set(wanted) <= {"min", "max"}:
        low, high = wanted.get("min"), wanted.get("max")
    elif name == "price" and isinstance(wanted, list | tuple) and len(wanted) == 2:
        low, high = wanted
    else:
        if name == "price":
            rule += ", or a pair (min, max) in which None is open"
        raise parameter("search", f"filters[{name!r}]", rule, wanted)
    ends = _limit(name, low, rule, wanted), _limit(name, high, rule, wanted)
    if (
        len({end.unit if isinstance(end, Quantity) else None for end in ends if end is not None})
        > 1
    ):
        raise parameter("search", f"filters[{name!r}]", rule, wanted)
    return ends


def _price(wanted: Any, schema: Any) -> Clause:
    least, most = (end for end in _limits_of("price", wanted) if not isinstance(end, Quantity))
    query = Query.range_query(
        schema,
        "price",
        tantivy.FieldType.Integer,
        _bounded(-math.inf if least is None else (least * UNIT).to_integral_value("ROUND_CEILING")),
        _bounded(math.inf if most is None else (most * UNIT).to_integral_value("ROUND_FLOOR")),
    )
    return Clause("price", query, (), least, most)


def _limit(name: str, value: Any, rule: str, wanted: Any) -> Decimal | Quantity | None:
    if value is None:
        return None
    if isinstance(value, str) and name != "price" and (held := quantity(value[:50])) is not None:
        return held
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise parameter("search", f"filters[{name!r}]", rule, wanted)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise parameter("search", f"filters[{name!r}]", rule, wanted)
    return number


def _bounded(value: Decimal | float) -> int:
    if value > _LARGEST:
        return _LARGEST
    return -_LARGEST if value < -_LARGEST else int(value)
