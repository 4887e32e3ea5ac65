"""The search page: the shop's own search, with every reason shown.

The same engine and the same filters as GET /v1/search; beside them the facets as boxes to tick, and
for a chosen hit what goes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from chowk.search.rules import NO_EFFECTS, Effects
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.routes.related import RelatedHit, related_to
from chowk.serve.routes.search import SORTS, filters

from .pictures import local

if TYPE_CHECKING:
    from chowk.search import Results
    from chowk.serve.models import Models

#: Hits a page.
PAGE = 20
#: Values of a facet that are shown.
MOST_VALUES = 8

ASKED = Parameters(
    "the search page",
    Parameter("q", "text", "What the shopper typed.", "", high=512),
    Parameter("sort", "text", "Order.", "relevance", choices=SORTS),
    Parameter("filter.*", "prefix", "Ticked boxes."),
    Parameter("min", "text", "Lowest price.", "", high=30),
    Parameter("max", "text", "Highest price.", "", high=30),
    Parameter("region", "text", "Where the shopper is.", "", high=200),
    Parameter("offset", "int", "Hits to pass over.", 0, 0, 10_000),
    Parameter("product", "text", "The chosen hit.", "", high=512),
)


class Choice(NamedTuple):
    """One box to tick."""

    name: str
    value: str
    label: str
    products: int
    ticked: bool


class Facet(NamedTuple):
    """One group of boxes."""

    name: str
    label: str
    choices: list[Choice]
    more: int


class Found(NamedTuple):
    """All that the page shows of one answer."""

    asked: dict[str, Any]
    results: Results
    facets: list[Facet]
    pictured: frozenset[str]
    chosen: dict[str, Any] | None
    related: list[RelatedHit] | None
    earlier: str | None
    later: str | None
    links: dict[str, str]
    chips: dict[str, str]


def find(
    models: Models,
    query_string: bytes,
    rules_of: Callable[[str, str | None], Effects] = lambda query, region: NO_EFFECTS,
) -> Found:
    """Answer the page's query string; `rules_of` says what rules do to a query in a region."""
    asked = ASKED.read(query_string)
    given = {name: [v for v in values if v] for name, values in asked["filter"].items()}
    given = {name: values for name, values in given.items() if values}
    if asked["min"] or asked["max"]:
        given["price"] = [f"{asked['min']}..{asked['max']}"]
    assert models.search is not None
    names = ["brand", "category", *(f"attributes.{a}" for a in models.catalogue.attributes)]
    results = models.search.search(
        asked["q"],
        region=asked["region"] or None,
        filters=filters(given, None),
        facets=[*names, "available"],
        k=PAGE,
        offset=asked["offset"],
        sort=None if asked["sort"] == "relevance" else asked["sort"],
        explain=True,
        rules=rules_of(asked["q"], asked["region"] or None),
    )
    facets = [_facet(name, results.facets.get(name, {}), given.get(name, [])) for name in names]
    chosen = models.catalogue.product(asked["product"]) if asked["product"] else None
    related = None
    if chosen is not None and models.related is not None:
        region = asked["region"]
        hidden = rules_of("", region or None).hidden
        related = related_to(models, [asked["product"]], 6, region=region, hidden=hidden)
    shown = [hit.product for hit in results.hits] + [hit.product for hit in related or ()]
    shown += [chosen] if chosen else []
    last = asked["offset"] + len(results.hits)
    return Found(
        asked,
        results,
        [facet for facet in facets if facet.choices],
        frozenset(p["product_id"] for p in shown if local(p.get("image"))),
        chosen,
        related,
        _link(asked, given, offset=max(0, asked["offset"] - PAGE)) if asked["offset"] else None,
        _link(asked, given, offset=last) if last < min(results.total, 10_000) else None,
        {
            hit.product_id: _link(asked, given, offset=asked["offset"], product=hit.product_id)
            for hit in results.hits
        },
        {chip.value: _link(asked, {**given, chip.name: [chip.value]}) for chip in results.chips},
    )


def _facet(name: str, counts: dict[str, int], ticked: list[str]) -> Facet:
    label = name.removeprefix("attributes.").replace("_", " ").capitalize()
    # What is ticked stays in sight, also where it counts nothing any more.
    values = [v for v in counts if v in ticked] + [v for v in ticked if v not in counts]
    values += [v for v in counts if v not in ticked][: max(0, MOST_VALUES - len(values))]
    shown = [Choice(name, v, v, counts.get(v, 0), v in ticked) for v in values]
    return Facet(name, label, shown, max(0, len(counts) - len(shown)))


def _link(asked: dict[str, Any], given: dict[str, list[str]], **changed: Any) -> str:
    pairs: list[tuple[str, str]] = [("q", asked["q"])]
    for name, values in given.items():
        if name != "price" or not (asked["min"] or asked["max"]):
            pairs += [(f"filter.{name}", value) for value in values]
    for name in ("min", "max", "region"):
        if asked[name]:
            pairs.append((name, asked[name]))
    if asked["sort"] != "relevance":
        pairs.append(("sort", asked["sort"]))
    pairs += [(name, str(value)) for name, value in changed.items() if value]
    return f"/console/search?{urlencode(pairs)}"
