"""Why a product stands where it stands: sentences that are true of it, and the score's summands.

A reason is read off the product that is shown, never off the query plan: a word is said to match
in a field only after the field was cut into words and the word was found there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .asking import Asked, word_query
from .filters import Clause
from .results import Part
from .rows import Row
from .schema import FIELDS, Weights, field_words, texts


def sentences(
    asked: Asked,
    clauses: tuple[Clause, ...],
    row: Row,
    weights: Weights,
    window: str,
    offer: Mapping[str, Any] | None,
) -> tuple[str, ...]:
    """The reasons of one hit. `window` says in which days purchases were counted."""
    found = [
        f"matches in {field}: {', '.join(shown)}"
        for field, shown in _first_matches(asked, row.product, weights).items()
    ]
    found += [said for clause in clauses if (said := clause.reason(row.product)) is not None]
    if row.bought:
        times = "once" if row.bought == 1 else f"{row.bought} times"
        found.append(f"bought {times} {window}")
    elif row.popularity:
        found.append("popular")
    if offer is not None:
        found.append(_promise(offer))
    return tuple(found)


def parts(
    asked: Asked,
    score: float,
    row: Row,
    weights: Weights,
    searcher: Any,
    address: Any,
    schema: Any,
) -> tuple[Part, ...]:
    """The summands of a score: each word's BM25 by field, in proportion to its weighted
    frequency there, and what popularity adds. They add up to the score."""
    found: list[Part] = []
    for word in asked.words:
        value = _explained(word_query(asked, word, schema), searcher, address)
        if value:
            found += _by_field(asked, word, value, row.product, weights)
    rest = score - sum(part.value for part in found)
    if row.popularity:
        found.append(Part("popularity", rest))
    return tuple(found)


def _begins_or_is(asked: Asked, word: str) -> tuple[str, ...]:
    """The beginnings by which an indexed word counts as `word`; none when it must be equal."""
    return (asked.words[word],) if word == asked.prefix else ()


def _matching(asked: Asked, word: str, held: Sequence[str]) -> list[str]:
    begun = _begins_or_is(asked, word)
    if not begun:
        return [w for w in held if w == word]
    typed = begun[0]
    ends = (typed[:-2] + "y",) if typed.endswith("ie") else (typed[:-1],)
    also = ends if typed.endswith("e") else ()
    return [w for w in held if w == word or w in also or w.startswith(begun)]


def _first_matches(
    asked: Asked, product: Mapping[str, Any], weights: Weights
) -> dict[str, list[str]]:
    """For each field, the words that are found there and in no field before it."""
    missing = dict(asked.words)
    found: dict[str, list[str]] = {}
    content = texts(product)
    for field in FIELDS:
        if not missing:
            break
        if field not in content or not getattr(weights, field):
            continue
        held = field_words(field, content[field])
        for word in [w for w in missing if _matching(asked, w, held)]:
            shown = missing.pop(word)
            whole = word in held or word != asked.prefix
            found.setdefault(field, []).append(shown if whole else f"{shown}…")
    return found


def _by_field(
    asked: Asked, word: str, value: float, product: Mapping[str, Any], weights: Weights
) -> list[Part]:
    content = texts(product)
    share = {
        field: getattr(weights, field)
        * len(_matching(asked, word, field_words(field, content[field])))
        for field in FIELDS
        if field in content
    }
    whole = sum(share.values())
    return [
        Part(f"{field}: {asked.words[word]}", value * part / whole)
        for field, part in share.items()
        if part
    ]


def _explained(query: Any, searcher: Any, address: Any) -> float:
    try:
        told = msgspec.json.decode(query.explain(searcher, address).to_json())
    except ValueError:  # tantivy's way to say that this product does not have the word
        return 0.0
    return float(told["value"])


def _promise(offer: Mapping[str, Any]) -> str:
    said = f"offered in {offer['region']}"
    if offer.get("seller"):
        said += f" by {offer['seller']}"
    if offer.get("price") is not None:
        said += f" for {offer['price']:g}"
    if offer.get("delivery_hours") is not None:
        said += f", arrives within {offer['delivery_hours']:g} hours"
    return said
