"""The console's page on discovery: what each model says of a product or a customer, and why.

In goes a product's id, or words of its title, or a customer; out come what goes with it, what
stands in for it and what comes next, each with reasons, the scorecards of the models beside each
other, and a map of the products that people turn to.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio.to_thread import run_sync
from litestar import Request, Response, get

from chowk.serve.keys import needs
from chowk.serve.parameters import Parameter, Parameters
from chowk.serve.problems import Problem
from chowk.serve.routes.discovery import shown
from chowk.serve.routes.related import related_to
from chowk.serve.routes.search import CARD
from chowk.serve.routes.search_rules import hidden_from

from .glance import system_lines
from .rendering import page

if TYPE_CHECKING:
    from chowk.discovery.complements_system import ComplementsSystem
    from chowk.serve.models import Models
    from chowk.serve.serving import Serving

_LOOK = needs("staff", "catalogue.read")
#: What each model says.
SHOWN = 8
#: Events of a customer that are shown and answered from.
EVENTS = 50
SYSTEMS = ("related", "complements", "substitutes", "journey")
_KINDS = ("select_item", "view_item", "add_to_cart", "purchase")
ASKED = Parameters(
    "the discovery page",
    Parameter("product", "text", "An id, or words of a title.", "", high=512),
    Parameter("customer", "text", "A customer's id.", "", high=200),
)


class Said(NamedTuple):
    """What one model says: lines of (product_id, title, score, reasons), or why it says nothing."""

    label: str
    hits: list[Any]
    why: str


class Dot(NamedTuple):
    """One product of the map, in a box of 200 by 100."""

    product_id: str
    title: str
    x: float
    y: float
    kind: str


class Seen(NamedTuple):
    """All that the page shows."""

    asked: dict[str, Any]
    chosen: dict[str, Any] | None
    history: list[dict[str, Any]]
    said: list[Said]
    dots: list[Dot]
    note: str


def look(
    serving: Serving,
    query_string: bytes,
    *,
    customers: bool,
    hidden: frozenset[str] = frozenset(),
) -> Seen:
    """Answer the page's query string; `customers` is whether their events may be read, `hidden`
    what the shop's rules hide."""
    asked = ASKED.read(query_string)
    models = serving.models
    chosen, note, history = None, "", []
    if asked["customer"]:
        if not customers:
            raise Problem(403, "key", "Not allowed", "This key may not read customers' events.")
        history = _history(serving, asked["customer"])
        note = "" if history else f"Nothing is known of the customer {asked['customer']}."
    elif asked["product"]:
        chosen = _chosen(models, asked["product"])
        note = "" if chosen else f"No product is called {asked['product']}, nor found by it."
    said = []
    if chosen is not None:
        said = _of_product(models, chosen["product_id"], hidden)
    elif history:
        said = _of_customer(models, history, hidden)
    return Seen(asked, chosen, history, said, _dots(serving, models, chosen, history, said), note)


def _chosen(models: Models, text: str) -> dict[str, Any] | None:
    found = models.catalogue.product(text)
    if found is None and models.search is not None:
        hits = models.search.search(text, k=1).hits
        found = models.catalogue.product(hits[0].product_id) if hits else None
    return found


def _history(serving: Serving, customer: str) -> list[dict[str, Any]]:
    """The customer's latest events, oldest first."""
    with serving.reading() as store:
        if not store.rows("events"):
            return []
        events = store["events"]
        own = events.filter(
            events.customer_id == customer, events.kind.isin(_KINDS), events.product_id.notnull()
        ).select("ts", "kind", "product_id", "event_id")
        latest = own.order_by(own.ts.desc(), own.event_id).limit(EVENTS)
        rows: list[dict[str, Any]] = store.arrow(latest).to_pylist()
    return rows[::-1]


def _of_product(models: Models, one: str, hidden: frozenset[str]) -> list[Said]:
    asked = {"k": SHOWN, "exclude": (), "per_brand": 0, "fields": CARD}
    related, substitutes, journey = models.related, models.substitutes, models.journey
    found: dict[str, Any] = {}
    if related is not None:
        found["related"] = related_to(models, [one], SHOWN, hidden=hidden)
    if models.complements is not None:
        found["complements"] = _taken_after(models, models.complements, [one], hidden)
    if substitutes is not None:
        [ranked] = substitutes.recommend([one], 5 * SHOWN + 50)
        found["substitutes"] = shown(
            models, ranked, asked, lambda other: substitutes.explain(one, other), hidden
        )
    if journey is not None:
        ranked = journey.next([one], 5 * SHOWN + 50)
        found["journey"] = shown(
            models, ranked, asked, lambda other: journey.explain([one], other), hidden
        )
    labels = ("What goes with it", "What is taken after it", "What stands in for it",
              "What comes next")  # fmt: skip
    return _told(models, found, labels)


def _of_customer(
    models: Models, history: list[dict[str, Any]], hidden: frozenset[str]
) -> list[Said]:
    asked = {"k": SHOWN, "exclude": (), "per_brand": 0, "fields": CARD}
    found: dict[str, Any] = {}
    journey, substitutes, latest = models.journey, models.substitutes, history[-1]["product_id"]
    bought = list(dict.fromkeys(r["product_id"] for r in history if r["kind"] == "purchase"))
    if models.related is not None and bought:
        found["related"] = related_to(models, bought[-10:], SHOWN, hidden=hidden)
    if models.complements is not None and bought:
        found["complements"] = _taken_after(models, models.complements, bought[-10:], hidden)
    if substitutes is not None:
        [ranked] = substitutes.recommend([latest], 5 * SHOWN + 50)
        found["substitutes"] = shown(
            models, ranked, asked, lambda other: substitutes.explain(latest, other), hidden
        )
    if journey is not None:
        ranked = journey.next(history, 5 * SHOWN + 50)
        found["journey"] = shown(
            models, ranked, asked, lambda other: journey.explain(history, other), hidden
        )
    labels = ("What goes with the latest purchases", "What is taken after them",
              "What stands in for the last product", "What comes next")  # fmt: skip
    return _told(models, found, labels)


def _taken_after(
    models: Models, goes: ComplementsSystem, ids: list[str], hidden: frozenset[str]
) -> list[Any]:
    """What follows in that direction, with the reasons of the product that speaks most for it."""
    asked = {"k": SHOWN, "exclude": (), "per_brand": 0, "fields": CARD}
    ranked = goes.for_basket(ids, 5 * SHOWN + 50)
    return shown(models, ranked, asked, lambda other: goes.explain_basket(ids, other), hidden)


def _told(models: Models, found: dict[str, Any], labels: tuple[str, ...]) -> list[Said]:
    made = []
    for name, label in zip(SYSTEMS, labels, strict=True):
        why = ""
        if getattr(models, name) is None:
            why = models.lacks.get(name, "it was never built")
        elif not found.get(name):
            why = "it says nothing here"
        made.append(Said(label, found.get(name, []), why))
    return made


def _dots(
    serving: Serving,
    models: Models,
    chosen: dict[str, Any] | None,
    history: list[dict[str, Any]],
    said: list[Said],
) -> list[Dot]:
    """The map; what was chosen and what is said of it stand out, and are drawn last."""
    journey = models.journey
    if journey is None:
        return []
    build = models.build.build if models.build is not None else ""
    places = serving.remembered(("product space", build), journey.space)
    here = {chosen["product_id"]} if chosen else {row["product_id"] for row in history}
    near = {hit.product_id for one in said for hit in one.hits}
    made = []
    for product_id, x, y in places:
        title = models.catalogue.field(product_id, "title")
        kind = "here" if product_id in here else "near" if product_id in near else ""
        made.append(Dot(product_id, str(title or product_id), 3 + 194 * x, 3 + 94 * (1 - y), kind))
    return sorted(made, key=lambda dot: ("", "near", "here").index(dot.kind))


@get("/console/discovery", opt=_LOOK, include_in_schema=False)
async def show_discovery(request: Request[Any, Any, Any]) -> Response[Any]:
    """What goes with a product, replaces it and comes next, with reasons and scorecards."""
    from .pages import _shown

    serving, key = request.app.state.serving, request.state["visit"].key
    may = key.allows("customers.read")
    error, status = "", 200
    try:
        hidden = hidden_from(request, None)
        answer = partial(look, serving, request.scope["query_string"], customers=may, hidden=hidden)
        seen = await run_sync(answer)
    except Problem as problem:
        error, status = problem.detail, problem.status
        seen = await run_sync(partial(look, serving, b"", customers=may))
    cards = await run_sync(system_lines, serving, SYSTEMS)
    return page(
        "discovery.html",
        status=status,
        **_shown(request, "discovery"),
        seen=seen,
        cards=cards,
        error=error,
        may_customers=may,
    )


HANDLERS = (show_discovery,)
