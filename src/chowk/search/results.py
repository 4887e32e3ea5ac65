"""What a search gives back: hits with their reasons, totals, facets, suggestions.

Plain frozen records that msgspec writes as JSON without further code.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .variety import Chip


class Part(msgspec.Struct, frozen=True):
    """One summand of a score: what it is for, and how much."""

    name: str
    value: float


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One product in its place.

    Parameters
    ----------
    product_id : the store's own id.
    score : what the order is made from, higher is better; 0 where `sort` made the order.
    reasons : true sentences about why it is here.
    product : the product's row, as it was given (price as a number, times in ISO 8601).
    offer : the best offer in the shopper's region, when offers were given and there is one.
    parts : with `explain=True`, the summands of the score.
    variants : with `grouped=True`, how many products of its group match.
    """

    product_id: str
    score: float
    reasons: tuple[str, ...]
    product: dict[str, Any]
    offer: dict[str, Any] | None = None
    parts: tuple[Part, ...] = ()
    variants: int = 1


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """An answered query.

    Parameters
    ----------
    hits : the page that was asked for, best first.
    total : how many products match query and filters, exactly; with `grouped=True`, how many
        groups.
    facets : for each facet asked for, value to count, commonest first; for `price`, range to
        count in order of the ranges (`100-200` holds 100 and not 200).
    match : `all` when each hit has all the words, `any` when too few products have them all and
        one word, or nearness in meaning, suffices, `everything` for an empty query, `nothing` when
        the text has no words.
    words : the words that were searched, after folding.
    chips : for an ambiguous query the meanings to choose from, the likeliest first; each is a
        filter to set.
    step : what scores are made of: `text` alone, with `popularity`, or `learned` from the log.
    took_ms : milliseconds in the engine.
    """

    hits: list[Hit]
    total: int
    facets: dict[str, dict[str, int]]
    match: Literal["all", "any", "everything", "nothing"]
    words: tuple[str, ...]
    took_ms: float
    step: str = "text"
    chips: tuple[Chip, ...] = ()


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A completion of what is being typed.

    `kind` is `query` (others searched this and bought), `category`, `brand` or `product`, which
    alone has a `product_id`. `score` orders suggestions of one kind.
    """

    text: str
    product_id: str | None
    kind: Literal["query", "category", "brand", "product"]
    score: float
