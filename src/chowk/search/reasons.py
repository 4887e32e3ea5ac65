"""Why a product stands where it stands: sentences that are true of it, and the score's summands.

A reason is read off the product that is shown, never off the query plan: a word is said to match
in a field only after the field was cut into words and the word was found there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .asking import Asked
from .filters import Clause
from .forms import joined
from .lexicon import JOINED, WORD
from .matching import LETTERS, QUERY, TITLE, Compared, Plan
from .offering import sentence
from .results import Part
from .rows import Row
from .schema import FIELDS, Weights, field_words, text_of

#: What sells so much better in a region is said to be popular there.
LEAST_LIFT = math.log(1.25)


def sentences(
    asked: Asked,
    clauses: tuple[Clause, ...],
    row: Row,
    weights: Weights,
    window: str,
    offer: Mapping[str, Any] | None,
    local: tuple[str, float] | None = None,
) -> tuple[str, ...]:
    """The reasons of one hit. `window` says in which days purchases were counted; `local` is a
    region and the lift there (`chowk.search.regional`): what never sold is popular nowhere."""
    found = [
        f"matches in {field}: {', '.join(shown)}"
        for field, shown in _first_matches(asked, row.product, weights).items()
    ]
    if not found and row.product["product_id"] in asked.near:
        found.append(f"near in meaning to: {' '.join(asked.words.values())}")
    found += [said for clause in clauses if (said := clause.reason(row.product)) is not None]
    if row.bought:
        times = "once" if row.bought == 1 else f"{row.bought} times"
        found.append(f"bought {times} {window}")
    elif row.popularity:
        found.append("popular")
    if local is not None and row.popularity and local[1] >= LEAST_LIFT:
        share = math.exp(local[1])
        found.append(f"popular in {local[0]}: {share:.1f} times as often chosen as elsewhere")
    if offer is not None:
        found.append(sentence(offer))
    return tuple(found)


def parts(plan: Plan, compared: Compared, i: int) -> tuple[Part, ...]:
    """The summands of the text's score of the i-th candidate: each word of the query, how much of
    the title is meant, and how alike they are spelt. They add up to it."""
    whole = float(plan.weights.sum()) or 1.0
    found = [
        Part(f"words: {word}", QUERY * float(had) * float(weight) / whole)
        for word, had, weight in zip(plan.words, compared.had[i], plan.weights, strict=True)
        if had
    ]
    if compared.meaning[i]:
        found.append(Part("near in meaning", QUERY * float(compared.meaning[i])))
    found.append(Part("title is meant", TITLE * float(compared.title[i])))
    found.append(Part("spelt alike", LETTERS * float(compared.letters[i])))
    return tuple(found)


def _begun(asked: Asked, word: str) -> tuple[str, ...]:
    """The beginnings by which an indexed word counts as `word`; none when it must be equal."""
    return (asked.words[word],) if word == asked.prefix else ()


def _shown(asked: Asked, word: str, held: Sequence[str], forms: Mapping[str, str]) -> str | None:
    """What to say of a word of the query that a field has, in itself or in another form."""
    typed = asked.words[word]
    if word in held:
        return typed
    begun = _begun(asked, word)
    if begun:
        ends = (typed[:-2] + "y",) if typed.endswith("ie") else (typed[:-1],)
        also = ends if typed.endswith("e") else ()
        if any(w in also or w.startswith(begun) for w in held):
            return f"{typed}…"
    others = sorted(asked.standing.get(word, ()), key=lambda o: (-o.likeness, o.term))
    for other in others:
        if other.flags & WORD and other.term in held:
            return f"{other.term} (for {typed})"
        if other.flags & JOINED and other.term in forms:
            return f"{forms[other.term]} (for {typed})"
    return None


def _first_matches(
    asked: Asked, product: Mapping[str, Any], weights: Weights
) -> dict[str, list[str]]:
    """For each field, the words that are found there and in no field before it."""
    missing = list(asked.words)
    found: dict[str, list[str]] = {}
    for field in FIELDS:
        if not missing:
            break
        text = text_of(product, field) if getattr(weights, field) else ""
        if not text:
            continue
        held = field_words(field, text)
        forms: dict[str, str] = {}
        if field == "title" and any(
            other.flags & JOINED
            for word in missing
            if word not in held
            for other in asked.standing.get(word, ())
        ):
            forms = {
                form.term: " ".join(held[form.start : form.start + max(form.span, 1)])
                for form in joined(held)
            }
        for word in list(missing):
            shown = _shown(asked, word, held, forms)
            if shown is not None:
                missing.remove(word)
                if shown not in found.setdefault(field, []):
                    found[field].append(shown)
    return found
