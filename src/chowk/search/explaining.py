"""Why a search answers as it does: how the query was read, and where one product stands and why.

In go an engine and a query; out come the words with what may stand for each, the categories that
the query is for, the values of attributes that it names, and, for a product, its place, its
reasons and the summands of its score, or what keeps it from the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .asking import understand
from .results import Part
from .rules import NO_EFFECTS, Effects
from .variety import Chip
from .wishes import Wish

if TYPE_CHECKING:
    from .engine import SearchEngine

#: A product is looked for in so many first places.
PLACES = 1000


class Read(msgspec.Struct, frozen=True):
    """A word that may stand for a typed one, and how much of it counts."""

    term: str
    counts: float


class Word(msgspec.Struct, frozen=True):
    """A word of the query, how rare it is (0 to 1), and what it may be read as."""

    typed: str
    weight: float
    read_as: tuple[Read, ...] = ()


class Category(msgspec.Struct, frozen=True):
    """A category that the query may be for."""

    category: str
    probability: float


class Standing(msgspec.Struct, frozen=True):
    """Where a product stands, from 1, and why; without a place, `why_not` says what keeps it."""

    product_id: str
    place: int | None = None
    score: float | None = None
    reasons: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    why_not: str = ""


class Explained(msgspec.Struct, frozen=True):
    """How a query was read."""

    query: str
    match: str
    step: str
    total: int
    words: tuple[Word, ...]
    categories: tuple[Category, ...]
    chips: tuple[Chip, ...]
    attributes: tuple[Wish, ...] = ()
    rules: tuple[str, ...] = ()
    product: Standing | None = None


def explained(
    engine: SearchEngine,
    query: str,
    *,
    region: str | None = None,
    product_id: str | None = None,
    rules: Effects = NO_EFFECTS,
) -> Explained:
    """How a query is read, and where a product stands.

    Examples
    --------
    >>> from chowk.search import SearchEngine
    >>> with SearchEngine.build([{"product_id": "k", "title": "Red kettle"}]) as engine:
    ...     found = explained(engine, "red ketle", product_id="k")
    >>> [(w.typed, [r.term for r in w.read_as]) for w in found.words], found.product.place
    ([('red', ['red']), ('ketle', ['kettle'])], 1)
    """
    found = engine.search(query, region=region, k=1, rules=rules)
    asked = understand(query, engine._searcher, engine._schema, None, engine._matcher, True)
    plan = asked.plan
    heaviest = float(plan.weights.max(initial=0.0)) or 1.0
    words = tuple(
        Word(
            asked.words.get(word, word),
            round(float(plan.weights[i]) / heaviest, 4),
            tuple(
                Read(other.term, round(other.likeness, 4))
                for other in sorted(plan.alternatives, key=lambda a: (-a.likeness, a.term))
                if i in other.slots
            ),
        )
        for i, word in enumerate(plan.words)
    )
    meant = engine._scoring.meanings.meant(plan)
    pairs = zip(meant.categories, meant.probabilities, strict=True)
    return Explained(
        query=query,
        match=found.match,
        step=found.step,
        total=found.total,
        words=words,
        categories=tuple(Category(name, round(p, 4)) for name, p in pairs),
        chips=found.chips,
        attributes=engine._scoring.meanings.wishes(plan),
        rules=rules.rule_ids,
        product=None if product_id is None else _standing(engine, query, region, product_id, rules),
    )


def _standing(
    engine: SearchEngine, query: str, region: str | None, product_id: str, rules: Effects
) -> Standing:
    product = engine.product(product_id)
    if product is None:
        return Standing(product_id, why_not="There is no such product in the index.")
    if product_id in rules.hidden:
        return Standing(product_id, why_not="A rule hides it.")
    page = engine.search(query, region=region, k=PLACES, rules=rules)
    for place, hit in enumerate(page.hits, start=1):
        if hit.product_id == product_id:
            shown = engine.search(
                query, region=region, k=1, offset=place - 1, rules=rules, explain=True
            ).hits[0]
            return Standing(product_id, place, shown.score, shown.reasons, shown.parts)
    stock = engine._rows.stock(product_id)
    if product.get("available") is False or stock.sold_out:
        return Standing(product_id, why_not="It cannot be bought now; ask for available=any.")
    offer = engine._rows.offer(product_id, region) if region else None
    if offer is not None and offer.get("stock") == 0:
        why_not = f"It is out of stock in {region}; ask for available=any."
        return Standing(product_id, why_not=why_not)
    if page.total > len(page.hits):
        return Standing(product_id, why_not=f"It is not among the first {PLACES} places.")
    need = "all the query's words" if page.match == "all" else "any of the query's words"
    return Standing(product_id, why_not=f"It does not have {need}, nor what may stand for them.")
