"""Two ways of answering a query side by side, each hit with its reasons.

In goes a query and two variants; out come both pages, where each product moved, and how the query
was read.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from anyio.to_thread import run_sync
from litestar import Request, Response, get

from chowk.search.explaining import Explained, explained
from chowk.search.results import Results
from chowk.serve.console.rendering import page
from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Problem
from chowk.serve.routes.search_rules import effects_of

#: What can be compared: a name, what people read, and the arguments of a search.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "text": ("words alone", {"step": "text", "variety": False}),
    "popularity": ("words, sales and promises", {"step": "popularity", "variety": False}),
    "learned": ("learned from the log", {"variety": False}),
    "served": ("as the shop has it", {}),
}
ASKED = Parameters(
    "the comparison",
    Parameter("q", "text", "What a shopper types.", "", high=512),
    Parameter("region", "text", "Where the shopper is.", "", high=200),
    Parameter("left", "text", "The first way.", "text", choices=tuple(VARIANTS)),
    Parameter("right", "text", "The second way.", "served", choices=tuple(VARIANTS)),
)
_K = 10


class Side(NamedTuple):
    """One way's page; `moved` says for each hit how many places it stands higher than on the
    other, None where the other does not show it."""

    name: str
    label: str
    results: Results
    moved: list[int | None]


class Seen(NamedTuple):
    """All that the page shows."""

    read: Explained
    sides: tuple[Side, Side]
    shared: int


def seen(request: Request[Any, Any, Any], asked: dict[str, Any]) -> Seen:
    """Ask both ways."""
    engine = request.app.state.serving.models.search
    region = asked["region"] or None
    rules = effects_of(request, asked["q"], region)
    pages = []
    for side in ("left", "right"):
        label, arguments = VARIANTS[asked[side]]
        found = engine.search(
            asked["q"], region=region, k=_K, explain=True, rules=rules, **arguments
        )
        pages.append((asked[side], label, found))
    places = [
        {hit.product_id: place for place, hit in enumerate(found.hits)} for _, _, found in pages
    ]
    sides = []
    for i, (name, label, found) in enumerate(pages):
        other = places[1 - i]
        moved = [
            other[hit.product_id] - place if hit.product_id in other else None
            for place, hit in enumerate(found.hits)
        ]
        sides.append(Side(name, label, found, moved))
    read = explained(engine, asked["q"], region=region, rules=rules)
    return Seen(read, (sides[0], sides[1]), len(set(places[0]) & set(places[1])))


@get("/console/search/compare", opt=needs("staff", "catalogue.read"), include_in_schema=False)
async def show_comparison(request: Request[Any, Any, Any]) -> Response[Any]:
    """The two pages."""
    from chowk.serve.console.pages import _shown

    models = request.app.state.serving.models
    error, status = "", 200
    try:
        asked = ASKED.read(request.scope["query_string"])
    except Problem as problem:
        error, status, asked = problem.detail, problem.status, ASKED.read(b"")
    found = None
    if models.search is not None and asked["q"].strip():
        found = await run_sync(seen, request, asked)
    return page(
        "merchandising/compare.html",
        status=status,
        **_shown(request, "search"),
        tool="compare",
        asked=asked,
        variants={name: label for name, (label, _) in VARIANTS.items()},
        seen=found,
        why="" if models.search is not None else models.lacks.get("search", "it was never built"),
        error=error,
    )


HANDLERS = (show_comparison,)
