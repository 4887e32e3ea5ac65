"""GET /v1/search and GET /v1/suggest: ranked products with reasons, and completions.

The query string comes in; the engine of the served build answers; every answer carries an
attribution token, which the shop sends back with the events that follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import msgspec
from anyio.to_thread import run_sync
from litestar import Request, get

from chowk.search.numeric import quantity
from chowk.search.offering import sentence
from chowk.search.results import Hit, Part, Suggestion
from chowk.search.variety import Chip
from chowk.serve.catalogue import Catalogue
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Problem, bad_parameter
from chowk.store.schema import TABLES

from .search_experiments import answered, exposed
from .search_rules import effects_of

#: How a page may be ordered.
SORTS = ("relevance", "price_asc", "price_desc", "newest", "popular")
#: What a hit shows of a product unless `fields` says otherwise.
CARD = (
    "product_id",
    "title",
    "brand",
    "category",
    "price",
    "currency",
    "image",
    "available",
    "attributes",
    "group_id",
)
#: What `fields` may name: the columns of a product, or all of them.
FIELDS = (*TABLES["products"].names, "*")
#: Most values that the filters of one request may name, all together.
MOST_VALUES = 100
#: Most of offset times facets: a count of a facet goes over all that is found, so it belongs to
#: the first pages.
MOST_WORK = 10_000
#: From this offset on, and from so many filter values, a search is taken off the event loop.
DEEP, MANY = 500, 20
_ROUTE = "GET /v1/search"

SEARCH = Parameters(
    _ROUTE,
    Parameter("q", "text", "What the shopper typed; empty for everything.", "", high=512),
    Parameter("k", "int", "Hits a page.", 20, 1, 100),
    Parameter("offset", "int", "Hits to pass over.", 0, 0, 10_000),
    Parameter("region", "text", "Where the shopper is, as in offers: IN, IN/KA.", None, high=200),
    Parameter(
        "filter.*",
        "prefix",
        "filter.brand=A&filter.brand=B (one of them), filter.category=A > B, filter.price=100..500 "
        "(either end may be left out), filter.attributes.colour=red, "
        "filter.attributes.ram_gb=8..16, filter.attributes.weight=500g..2kg, filter.available=any "
        "(also what cannot be bought now) or false.",
    ),
    Parameter("filters", "text", "The same filters as one JSON object.", None, high=4_096),
    Parameter(
        "facets",
        "texts",
        "What to count: brand, category, price, available, attributes.NAME; commas part them.",
        (),
        high=20,
        split=True,
    ),
    Parameter(
        "edges.*",
        "prefix",
        "Edges of the ranges that a facet counts: edges.price=500,1000 or "
        "edges.attributes.ram_gb=8,16. It need not stand in facets too.",
    ),
    Parameter("sort", "text", "The order of hits.", "relevance", choices=SORTS),
    Parameter(
        "session",
        "text",
        "The shopper's session_id; with it, a running experiment chooses the way of ranking.",
        None,
        high=200,
    ),
    Parameter("explain", "flag", "Also say how each score is made.", False),
    Parameter(
        "grouped",
        "flag",
        "Variants (one group_id) take one place, and count once in totals and facets.",
        False,
    ),
    Parameter(
        "fields",
        "texts",
        f"Columns of the product that a hit shows; '*' for all. Without it: {', '.join(CARD)}.",
        (),
        high=40,
        split=True,
        choices=FIELDS,
    ),
)

SUGGEST = Parameters(
    "GET /v1/suggest",
    Parameter("q", "text", "What is typed so far.", "", high=200),
    Parameter("k", "int", "How many.", 8, 1, 50),
    Parameter("region", "text", "Where the shopper is, as in /v1/search.", None, high=200),
)


class SearchHit(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product in its place; `position` counts from 1 over all pages."""

    position: int
    product_id: str
    score: float
    reasons: tuple[str, ...]
    product: dict[str, Any]
    offer: dict[str, Any] | None = None
    parts: tuple[Part, ...] = ()
    experiment_id: str | None = None
    variants: int = 1


class SearchAnswer(msgspec.Struct, frozen=True):
    """A page of hits, with the counts that were asked for; chips ask what an ambiguous query
    meant; `experiment_id` goes into the events that follow (a hit's own where it has one)."""

    query_id: str
    attribution_token: str
    total: int
    offset: int
    match: str
    took_ms: float
    hits: list[SearchHit]
    facets: dict[str, dict[str, int]]
    step: str = "text"
    redirect: str | None = None
    rules: tuple[str, ...] = ()
    chips: tuple[Chip, ...] = ()
    experiment_id: str | None = None


class SuggestAnswer(msgspec.Struct, frozen=True):
    """Completions of what is being typed, the best first."""

    attribution_token: str
    suggestions: list[Suggestion]


def filters(given: dict[str, list[str]], text: str | None) -> dict[str, Any]:
    """Filters as the engine takes them, from `filter.…=` and `filters=`.

    What cannot be bought now is left out by the engine unless `available` is named.

    >>> filters({"price": ["100..500"], "brand": ["A", "B"]}, None)
    {'price': {'min': 100.0, 'max': 500.0}, 'brand': ['A', 'B']}
    >>> filters({"available": ["any"]}, None)
    {'available': 'any'}
    """
    return named(given, text)


def values_of(found: dict[str, Any]) -> int:
    """How many values the filters name."""
    return sum(len(v) if isinstance(v, list) else 1 for v in found.values())


def named(given: dict[str, list[str]], text: str | None) -> dict[str, Any]:
    """The filters that a request names; Problem when they are too many or cannot be read."""
    found: dict[str, Any] = {}
    if text:
        found = _object(text)
    for name, values in given.items():
        if name in found:
            raise bad_parameter(
                _ROUTE, f"filter.{name}", "given once", "also in filters", "Send it in one place."
            )
        found[name] = _value(name, values)
    for name, wanted in found.items():
        _ordered(name, wanted)
    if values_of(found) > MOST_VALUES:
        rule = f"at most {MOST_VALUES} values in all filters together"
        raise bad_parameter(_ROUTE, "filters", rule, f"{values_of(found)} values", "Send fewer.")
    return found


def counted(facets: Iterable[str], edges: dict[str, list[str]]) -> dict[str, list[float] | None]:
    """Facets as the engine takes them, with the edges of their ranges.

    >>> counted(["brand", "price"], {"price": ["500,1000"]})
    {'brand': None, 'price': [500.0, 1000.0]}
    """
    found: dict[str, list[float] | None] = dict.fromkeys(facets)
    for name, texts in edges.items():
        try:
            found[name] = [float(part) for text in texts for part in text.split(",")]
        except ValueError:
            raise bad_parameter(
                _ROUTE, f"edges.{name}", "ascending numbers, parted by commas", ",".join(texts)
            ) from None
    return found


def bounded(offset: int, facets: list[str] | tuple[str, ...]) -> None:
    """Problem when facets are asked for on a page so deep that nobody looks at them."""
    if offset * len(facets) > MOST_WORK:
        raise bad_parameter(
            _ROUTE,
            "facets",
            f"at most {MOST_WORK // offset} names at the offset {offset} (offset times facets is "
            f"at most {MOST_WORK})",
            f"{len(facets)} names",
            "The counts are the same on every page: ask for them on the first.",
        )


def _object(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise bad_parameter(
            _ROUTE, "filters", "a JSON object", text, f"It cannot be read: {error}."
        ) from None


def _value(name: str, values: list[str]) -> Any:
    if name == "price":
        return _range(name, values)
    if name.startswith("attributes.") and len(values) == 1:
        if _BETWEEN.fullmatch(values[0]):
            return _range(name, values)
        measured = _MEASURED.fullmatch(values[0])
        ends = dict(zip(("min", "max"), measured.groups() if measured else (), strict=False))
        ends = {side: end for side, end in ends.items() if end is not None}
        if any(quantity(end) for end in ends.values()):
            return ends
    if name == "available":
        rule = "true, false or any"
        if len(values) != 1 or values[0] not in ("true", "false", "any"):
            raise bad_parameter(_ROUTE, "filter.available", rule, ", ".join(values))
        return "any" if values[0] == "any" else values[0] == "true"
    return values


#: What is read as a range of an attribute's numbers: any other text is a value.
_END = r"-?[\d.]*\d"
_BETWEEN = re.compile(rf"\s*(?:{_END}\s*\.\.\s*(?:{_END})?|\.\.\s*{_END})\s*")
#: The same with units; where only one number has a known one, the engine says what is wrong.
_MEASURED = re.compile(rf"\s*({_END}\s?[a-zA-Z]{{0,20}})?\s*\.\.\s*({_END}\s?[a-zA-Z]{{0,20}})?\s*")


def _range(name: str, values: list[str]) -> dict[str, float]:
    rule = "two numbers with '..' between them, such as 100..500, 100.. or ..500"
    low, dots, high = values[0].partition("..")
    limits = {}
    for end, side in ((low, "min"), (high, "max")):
        if end.strip():
            try:
                number = Decimal(end.strip())
            except InvalidOperation:
                raise bad_parameter(_ROUTE, f"filter.{name}", rule, values[0]) from None
            if not number.is_finite():
                raise bad_parameter(_ROUTE, f"filter.{name}", rule, values[0])
            limits[side] = float(number)
    if len(values) != 1 or not dots or not limits:
        raise bad_parameter(_ROUTE, f"filter.{name}", rule, ", ".join(values))
    return limits


def _ordered(name: str, wanted: Any) -> None:
    """Problem for a range that ends before it begins: nothing could lie in it."""
    low, high = (wanted.get("min"), wanted.get("max")) if isinstance(wanted, dict) else (None, None)
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        raise bad_parameter(
            _ROUTE,
            f"filter.{name}",
            "a range whose first number is not above its second",
            f"{low:g}..{high:g}",
            f"Did you mean {high:g}..{low:g}?",
        )


def no_system(name: str, why: str | None) -> Problem:
    """503: the served build has no such system."""
    return Problem(
        503,
        "not-built",
        "The system does not serve yet",
        f"This store does not serve {name} yet: {(why or 'it was never built').rstrip('.')}. "
        "Run 'chowk build STORE'; the server picks the result up by itself.",
        headers={"Retry-After": "5"},
    )


@get(
    "/v1/search",
    opt=needs("shop", "shop.use"),
    operation_class=SEARCH.operation(),
    summary="Search the catalogue",
    tags=["search"],
)
async def search(request: Request[Any, Any, Any]) -> SearchAnswer:
    """Products that match, best first, each with its reasons."""
    asked = SEARCH.read(request.scope["query_string"])
    serving = request.app.state.serving
    models = serving.models
    if models.search is None:
        raise no_system("search", models.lacks.get("search"))
    sort = asked["sort"]
    wanted = named(asked["filter"], asked["filters"])
    bounded(asked["offset"], [*asked["facets"], *asked["edges"]])
    rules = effects_of(request, asked["q"], asked["region"])
    ask = partial(
        models.search.search,
        asked["q"],
        region=asked["region"],
        filters=wanted,
        facets=counted(asked["facets"], asked["edges"]),
        k=asked["k"],
        offset=asked["offset"],
        sort=None if sort == "relevance" else sort,
        explain=asked["explain"],
        grouped=asked["grouped"],
        rules=rules,
    )
    session, k, offset = asked["session"], asked["k"], asked["offset"]
    whole = partial(answered, request, session, asked["q"], ask, k, offset, sort)
    slow = asked["grouped"] or asked["offset"] >= DEEP or values_of(wanted) >= MANY
    shown = await run_sync(whole) if slow else whole()
    results = shown.results
    fields = asked["fields"] or CARD
    query_id, token = serving.attribution.make("search")
    if shown.experiment_id is not None:
        exposed(
            request, shown.experiment_id, asked["session"], query_id, asked["q"], asked["region"]
        )
    first = asked["offset"] + 1
    found = results.hits
    if asked["region"] and models.catalogue.reoffered:
        found = [offered(models.catalogue, hit, asked["region"]) for hit in found]
    return SearchAnswer(
        query_id=query_id,
        attribution_token=token,
        total=results.total,
        offset=asked["offset"],
        match=results.match,
        took_ms=round(results.took_ms, 3),
        hits=[
            SearchHit(
                first + n,
                hit.product_id,
                hit.score,
                hit.reasons,
                card(hit.product, fields),
                hit.offer,
                hit.parts,
                shown.of_hits[n] if shown.of_hits else None,
                hit.variants,
            )
            for n, hit in enumerate(found)
        ],
        facets=results.facets,
        step=results.step,
        redirect=rules.redirect,
        rules=rules.rule_ids,
        chips=results.chips,
        experiment_id=shown.experiment_id,
    )


def offered(catalogue: Catalogue, hit: Hit, region: str) -> Hit:
    """The hit with the offer that wins now, when offers changed since the index was built."""
    if hit.product_id not in catalogue.reoffered:
        return hit
    offer = catalogue.best_offer(hit.product_id, region)
    of_build = ("offered in ", "out of stock in ")
    reasons = [reason for reason in hit.reasons if not reason.startswith(of_build)]
    if offer is not None:
        reasons.append(sentence(offer))
    return msgspec.structs.replace(hit, offer=offer, reasons=tuple(reasons))


def card(product: dict[str, Any], fields: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """The columns of a product that an answer shows."""
    if "*" in fields:
        return product
    return {name: product[name] for name in fields if name in product}


@get(
    "/v1/suggest",
    opt=needs("shop", "shop.use"),
    operation_class=SUGGEST.operation(),
    summary="Complete what is being typed",
    tags=["search"],
)
async def suggest(request: Request[Any, Any, Any]) -> SuggestAnswer:
    """Queries, categories, brands and products that begin so."""
    asked = SUGGEST.read(request.scope["query_string"])
    serving = request.app.state.serving
    models = serving.models
    if models.search is None:
        raise no_system("search", models.lacks.get("search"))
    _, token = serving.attribution.make("suggest")
    region = asked["region"]
    rules = effects_of(request, asked["q"], region)
    found = models.search.suggest(asked["q"], k=asked["k"], region=region, rules=rules)
    return SuggestAnswer(token, found)
