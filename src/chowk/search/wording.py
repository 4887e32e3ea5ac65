"""What shoppers' words stand for, learned from what they chose: "laal joote" is red sneakers.

In go queries with the products that were chosen after them, and the catalogue; out come rows of the
table `query_terms`. A query is read as a translation of the chosen product's words (IBM Model 1,
Brown et al. 1993; for search, Berger and Lafferty 1999): each word of a query comes from one word
of the product, and expectation-maximisation finds which. A word that the product itself has comes
from there, so only words that are written otherwise are explained by others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.store.relational import relational

from .analysis import STOP_WORDS, words
from .analytics import AGAIN_SECONDS
from .popularity import PRIVATE
from .synonyms import QueryTerm

if TYPE_CHECKING:
    import ibis

#: Pairs of query and product that are learned from, the commonest.
MOST_PAIRS = 100_000
#: A word is learned that so many sessions typed: what fewer typed may be one person's own.
LEAST_SESSIONS = 5
#: A meaning explains at least this share of a word's uses.
LEAST_SHARE = 0.3
#: The name of a category explains at least this share: a word may have several ("cover").
LEAST_OF_NAMES = 0.14
#: And this share of all of them, those included in which the chosen product has the word itself.
LEAST_OF_ALL = 0.05
#: No meaning is as sure as the word itself.
MOST_WEIGHT = 0.9
#: Uses that every word of the catalogue has had elsewhere, so that a rare one explains little
#: (Moore 2004).
_ELSEWHERE = 10.0
#: A word is as salient as the share of the choices of its products before which it was typed, drawn
#: towards `_LEAST_SALIENT / _SEEN` where choices are few.
_LEAST_SALIENT, _SEEN = 1.0, 20.0
_ROUNDS = 12
_OF_PRODUCT, _OF_QUERY = 48, 12

_CHOICES = ("select_item", "view_item", "add_to_cart", "purchase")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@relational("events")
def chosen_for(events: ibis.Table, *, most: int = MOST_PAIRS) -> ibis.Table:
    """What was chosen after each query, over all sessions.

    Returns
    -------
    query (trimmed, lower case), product_id, times (searches in which it was chosen), sessions that
    typed the query: the commonest pairs, without queries that look like somebody's own. For a
    search that found nothing, and that the session typed again otherwise within five minutes,
    counts what was chosen then.
    """
    import ibis

    asked = events.filter(
        (events.kind == "search") & events.query_id.notnull() & events["query"].notnull()
    )
    asked = asked.select(
        "session_id", "ts", asked_id=asked.query_id, text=asked["query"].strip().lower()
    )
    asked = asked.filter((asked.text.length() > 0) & ~asked.text.re_search(PRIVATE))
    asked = asked.group_by("asked_id").agg(
        text=lambda t: t.text.max(),
        session_id=lambda t: t.session_id.max(),
        ts=lambda t: t.ts.min(),
    )
    chosen = events.filter(
        events.kind.isin(_CHOICES) & events.query_id.notnull() & events.product_id.notnull()
    )
    chosen = chosen.select("query_id", "product_id").distinct()
    order = ibis.window(group_by="session_id", order_by=["ts", "asked_id"])
    asked = asked.mutate(
        next_id=asked.asked_id.lead().over(order),
        next_text=asked.text.lead().over(order),
        next_ts=asked.ts.lead().over(order),
    )
    asked = asked.mutate(wait=asked.next_ts.epoch_seconds() - asked.ts.epoch_seconds())
    asked = asked.drop("ts", "next_ts")
    own = chosen.inner_join(asked, chosen.query_id == asked.asked_id)
    # Nothing found and typed again otherwise: what was chosen then is what was meant. Who was shown
    # something and went on may have wished for something else.
    shown = (*_CHOICES, "view_item_list")
    answered = events.filter(events.kind.isin(shown) & events.query_id.notnull())
    answered = answered.select(answered_id="query_id").distinct()
    left = asked.anti_join(answered, asked.asked_id == answered.answered_id)
    left = left.filter((left.next_text != left.text) & (left.wait <= AGAIN_SECONDS))
    again = chosen.inner_join(left, chosen.query_id == left.next_id)
    names = ("text", "session_id", "asked_id", "product_id")
    joined = own.select(*names).union(again.select(*names))
    found = joined.group_by("text", "product_id").agg(
        times=lambda t: t.asked_id.nunique(), sessions=lambda t: t.session_id.nunique()
    )
    most_first = (found.times.desc(), found.text, found.product_id)
    return found.order_by(most_first).limit(most).rename(query="text")


class _Pairs(NamedTuple):
    """Every word of a query beside every word of the product chosen for it."""

    typed: Ints
    meant: Ints
    place: Ints  # one number for each use of a typed word
    times: Floats
    once: Floats  # one over the words beside it, so that uses can be summed


def learned_terms(chosen: pa.Table, products: pa.Table) -> list[QueryTerm]:
    """Which words of the catalogue the words of queries stand for.

    Parameters
    ----------
    chosen : rows of `chosen_for`.
    products : rows of the table `products`.

    Returns
    -------
    A `QueryTerm` a meaning, by term; `weight` is the share of the word's uses that it explains.

    Examples
    --------
    >>> products = pa.table({"product_id": ["r", "b", "l"], "title": ["Red sneakers",
    ...                      "Blue sneakers", "Red lamp"]})
    >>> uses = [("laal joote", "r"), ("neela joote", "b"), ("laal lamp", "l"),
    ...         ("joote", "r"), ("joote", "b")]
    >>> chosen = pa.table({"query": [q for q, _ in uses], "product_id": [p for _, p in uses],
    ...                    "times": [30] * 5, "sessions": [30] * 5})
    >>> [(t.term, t.stands_for) for t in learned_terms(chosen, products)]
    [('joote', 'sneaker'), ('laal', 'red'), ('neela', 'blue')]
    """
    held = _words_of(products)
    if not len(held) or not chosen.num_rows:
        return []
    typed_names: dict[str, int] = {}
    meant_names: dict[str, int] = {}
    sessions: dict[int, float] = {}
    lines: list[tuple[list[int], list[int], float]] = []
    uses: dict[int, float] = {}
    said: dict[str, float] = {}
    seen: dict[str, float] = {}
    columns = [chosen[c].to_pylist() for c in ("query", "product_id", "times", "sessions")]
    for query, product_id, times, people in zip(*columns, strict=True):
        product = held.get(product_id)
        if product is None:
            continue
        typed = [w for w in dict.fromkeys(words(query)) if w not in STOP_WORDS][:_OF_QUERY]
        other = []
        for word in typed:
            number = typed_names.setdefault(word, len(typed_names))
            sessions[number] = sessions.get(number, 0.0) + people
            uses[number] = uses.get(number, 0.0) + times
            if word in product:
                said[word] = said.get(word, 0.0) + times
            else:
                other.append(number)
        for word in product:
            seen[word] = seen.get(word, 0.0) + times
        taken = set(typed)
        rest = [w for w in product if w not in taken]
        if other and rest:
            meant = [meant_names.setdefault(w, len(meant_names)) for w in rest]
            lines.append((other, meant, float(times)))
    if not lines:
        return []
    pairs = _laid_out(lines)
    # Shoppers type some of a product's words and never others ("3 ATM"): those do not stand for
    # what they mean either.
    salient = np.sqrt(
        [(said.get(m, 0.0) + _LEAST_SALIENT) / (seen[m] + _SEEN) for m in meant_names]
    )
    counts = _aligned(pairs, len(typed_names), salient)
    other_uses = np.bincount(pairs.typed, pairs.times * pairs.once, minlength=len(typed_names))
    names, meanings = list(typed_names), list(meant_names)
    leaves = {word for leaf in _leaves(products) for word in words(leaf)}
    found = []
    for typed_number, meant_number, count in counts:
        share = count / other_uses[typed_number]
        enough = sessions[typed_number] >= LEAST_SESSIONS and count >= LEAST_SESSIONS
        if enough and count >= LEAST_OF_ALL * uses[typed_number]:
            term, meaning = names[typed_number], meanings[meant_number]
            # A word of the catalogue keeps its meaning, unless it is used for a kind of goods:
            # "round" is no aviator, though many who typed it chose one.
            named = meaning in leaves
            sure = named or term not in seen
            least = LEAST_OF_NAMES if named else LEAST_SHARE
            if sure and share >= least and not (_numeric(term) or _numeric(meaning)):
                found.append(QueryTerm(term, meaning, round(float(min(MOST_WEIGHT, share)), 4)))
    return sorted(found, key=lambda t: (t.term, -t.weight, t.stands_for))


def _leaves(products: pa.Table) -> set[str]:
    """The names of categories, without what they stand under."""
    if "category" not in products.column_names:
        return set()
    return {leaf for path in products["category"].unique().to_pylist() for leaf in _leaf(path)}


def _numeric(word: str) -> bool:
    """A number stands for itself."""
    return any(c.isdigit() for c in word)


def _words_of(products: pa.Table) -> dict[str, tuple[str, ...]]:
    """The words of each product's title, category and attributes."""
    columns = {name: products[name].to_pylist() for name in products.column_names}
    empty: Sequence[None] = [None] * products.num_rows
    found = {}
    for product_id, title, category, attributes in zip(
        columns["product_id"],
        columns["title"],
        columns.get("category", empty),
        columns.get("attributes", empty),
        strict=True,
    ):
        texts: Iterable[str] = [title or "", *_leaf(category), *_values(attributes)]
        every = [w for text in texts for w in words(str(text)) if w not in STOP_WORDS]
        found[product_id] = tuple(dict.fromkeys(every))[:_OF_PRODUCT]
    return found


def _leaf(category: str | None) -> list[str]:
    return [category.rpartition(">")[2]] if category else []


def _values(attributes: object) -> list[str]:
    rows = dict(attributes) if isinstance(attributes, list | dict) else {}
    return [str(value) for value in rows.values() if value is not None]


def _laid_out(lines: list[tuple[list[int], list[int], float]]) -> _Pairs:
    typed, meant, place, times, once = [], [], [], [], []
    uses = 0
    for others, words_of_product, count in lines:
        for number in others:
            n = len(words_of_product)
            typed.append(np.full(n, number))
            meant.append(np.array(words_of_product))
            place.append(np.full(n, uses))
            times.append(np.full(n, count))
            once.append(np.full(n, 1.0 / n))
            uses += 1
    return _Pairs(*(np.concatenate(part) for part in (typed, meant, place, times, once)))


def _aligned(pairs: _Pairs, typed: int, salient: Floats) -> list[tuple[int, int, float]]:
    """How often each typed word comes from each word of a product, in expectation.

    With t(w|m) the chance that a shopper who has m in mind types w, each use of w is shared among
    the words m of its product in proportion to s(m) t(w|m), with s how salient m is; t is then the
    share of m's uses that are w: t(w|m) = c(w, m) / (c(m) + elsewhere). Words of the product that
    are the query's own are not among them. One more word that every product has takes what none
    explains.
    """
    meant = len(salient)
    key = pairs.typed * meant + pairs.meant
    cells, cell = np.unique(key, return_inverse=True)
    of_typed, of_meant = cells // meant, cells % meant
    places = int(pairs.place.max()) + 1
    use_word = np.zeros(places, np.int64)
    use_word[pairs.place] = pairs.typed
    use_times = np.zeros(places)
    use_times[pairs.place] = pairs.times
    chance = np.ones(len(cells))
    nothing = np.full(typed, 1e-4)
    counts: Floats = np.zeros(len(cells))
    for _ in range(_ROUNDS):
        each = (salient[of_meant] * chance)[cell]
        total = np.bincount(pairs.place, each, minlength=places) + nothing[use_word]
        shared = pairs.times * each / total[pairs.place]
        counts = np.bincount(cell, shared, minlength=len(cells)).astype(np.float64)
        unexplained = np.bincount(use_word, use_times * nothing[use_word] / total, minlength=typed)
        chance = counts / (np.bincount(of_meant, counts, minlength=meant) + _ELSEWHERE)[of_meant]
        nothing = np.maximum(unexplained / (unexplained.sum() + 100 * _ELSEWHERE), 1e-9)
    return list(zip(of_typed.tolist(), of_meant.tolist(), counts.tolist(), strict=True))
