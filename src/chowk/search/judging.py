"""Is the search any good? Judged on what shoppers searched for and then chose.

In go held-out events and two searchers; out come values a search. Relevant to a search are the
products that were opened, put into the basket or bought under its query_id, and the purchases of
its session before the next search. Clicks favour what the shop's old search showed first, so the
figure is a low estimate for a ranking that shows something else; weighed by 1 / θ of the place at
which it was clicked, a choice counts for those that nobody looked down to (Joachims, Swaminathan
and Schnabel 2017). Where the log has no searches, a known-item proxy remains: words
drawn from a title have to find that title again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from chowk.learn import metrics
from chowk.store.relational import relational

from .analysis import STOP_WORDS, surfaces
from .popularity import purchases
from .propensity import weights as click_weights

if TYPE_CHECKING:
    import ibis

#: Searches that are judged at most; the first by event_id.
MOST_SEARCHES = 3000
_CHOICES = ("select_item", "view_item", "add_to_cart", "purchase")

#: A searcher: query and k to product_ids, best first.
Search = Callable[[str, int], Sequence[str]]


@relational("events")
def searched_and_chosen(events: ibis.Table) -> ibis.Table:
    """What was chosen after each search.

    Returns
    -------
    search (its event_id), query, product_id: one row a relevant product.
    """
    import ibis

    asked = events.filter((events.kind == "search") & events.query.notnull())
    asked = asked.select(
        "query_id", "session_id", search=asked.event_id, asked_at=asked.ts, text=asked["query"]
    )
    chosen = events.filter(
        events.kind.isin(_CHOICES) & events.query_id.notnull() & events.product_id.notnull()
    ).select("product_id", chosen_query=events.query_id)
    linked = asked.join(chosen, asked.query_id == chosen.chosen_query).select(
        "search", "text", "product_id"
    )
    bought = purchases(events).select(
        "product_id", purchase="event_id", visit="session_id", bought_at="ts"
    )
    after = asked.join(
        bought, (asked.session_id == bought.visit) & (bought.bought_at >= asked.asked_at)
    )
    last = ibis.window(
        group_by=after.purchase, order_by=[after.asked_at.desc(), after.search.desc()]
    )
    after = after.mutate(place=ibis.row_number().over(last))
    after = after.filter(after.place == 0).select("search", "text", "product_id")
    return linked.union(after, distinct=True).rename(query="text")


@relational("events")
def places_of_choices(events: ibis.Table) -> ibis.Table:
    """Where what was chosen after a search stood.

    Returns
    -------
    search (its event_id), product_id, position: one row a click on a list.
    """
    asked = events.filter((events.kind == "search") & events.query_id.notnull())
    asked = asked.select(asked_id=asked.query_id, search=asked.event_id)
    clicks = events.filter(
        (events.kind == "select_item")
        & events.query_id.notnull()
        & events.product_id.notnull()
        & events.position.notnull()
    )
    clicks = clicks.group_by("query_id", "product_id").agg(position=lambda t: t.position.min())
    joined = clicks.inner_join(asked, clicks.query_id == asked.asked_id)
    return joined.select("search", "product_id", "position")


class Judged(NamedTuple):
    """One value a search, ours and the rival's, in [0, 1]."""

    ndcg: tuple[NDArray[np.float64], NDArray[np.float64]]
    found: tuple[NDArray[np.float64], NDArray[np.float64]]


def weighed(
    places: pa.Table,
    theta: NDArray[np.float64],
    queries: pa.Table,
    catalogue: set[str],
    searchers: Sequence[Search],
) -> list[NDArray[np.float64]]:
    """NDCG@10 of searchers when each click counts 1 / θ of its place; one value a search.

    places : rows of `places_of_choices`. queries : rows of `searched_and_chosen`, for the texts.
    """
    text_of = dict(zip(queries["search"].to_pylist(), queries["query"].to_pylist(), strict=True))
    gains: dict[str, dict[str, float]] = {}
    columns = (places[name].to_pylist() for name in ("search", "product_id", "position"))
    rows = sorted(zip(*columns, strict=True))
    counts = click_weights(theta, np.array([place for _, _, place in rows], np.int64))
    for (search, product_id, _), count in zip(rows, counts.tolist(), strict=True):
        if search in text_of and product_id in catalogue:
            gains.setdefault(search, {})[product_id] = count
    some = list(gains.items())[:MOST_SEARCHES]
    found = []
    ideal = np.zeros((len(some), 10))
    for i, (_, held) in enumerate(some):
        best = sorted(held.values(), reverse=True)[:10]
        ideal[i, : len(best)] = best
    for ask in searchers:
        pages: dict[str, list[str]] = {}
        table = np.zeros((len(some), 10))
        for i, (search, held) in enumerate(some):
            query = text_of[search]
            if query not in pages:
                pages[query] = list(ask(query, 10))[:10]
            row = [held.get(product_id, 0.0) for product_id in pages[query]]
            table[i, : len(row)] = row
        found.append(metrics.ndcg(table, ideal) if some else np.zeros(0))
    return found


def judge(chosen: pa.Table, catalogue: set[str], ours: Search, rival: Search) -> Judged | None:
    """NDCG@10 and success@10 of two searchers; None when no search has a relevant product."""
    wanted: dict[str, tuple[str, set[str]]] = {}
    for row in chosen.sort_by([("search", "ascending"), ("product_id", "ascending")]).to_pylist():
        if row["product_id"] in catalogue:
            wanted.setdefault(row["search"], (row["query"], set()))[1].add(row["product_id"])
    searches = list(wanted.values())[:MOST_SEARCHES]
    if not searches:
        return None
    ndcg, found = [], []
    for search in (ours, rival):
        hits = _hits(search, searches)
        sizes = [len(relevant) for _, relevant in searches]
        ndcg.append(metrics.ndcg(hits, metrics.binary_ideal(sizes, 10)))
        found.append(metrics.hit_rate(hits))
    return Judged((ndcg[0], ndcg[1]), (found[0], found[1]))


def known_items(
    product_ids: Sequence[str], titles: Sequence[str], *, seed: int, most: int = 500
) -> list[tuple[str, set[str]]]:
    """Queries of up to three words drawn from a title, and the products with that very title."""
    words = [[w for w in dict.fromkeys(surfaces(title)) if w not in STOP_WORDS] for title in titles]
    usable = [i for i, found in enumerate(words) if len(found) >= 2]
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(len(usable))[:most]
    same: dict[str, set[str]] = {}
    for product_id, title in zip(product_ids, titles, strict=True):
        same.setdefault(title, set()).add(product_id)
    queries = []
    for place in drawn:
        i = usable[place]
        order = rng.permutation(len(words[i]))[:3]
        queries.append((" ".join(words[i][j] for j in order), same[titles[i]]))
    return queries


def found_again(search: Search, queries: list[tuple[str, set[str]]]) -> float:
    """Mean reciprocal rank, cut at 10, of known items."""
    return float(metrics.mrr(_hits(search, queries)).mean())


def _hits(search: Search, searches: Sequence[tuple[str, set[str]]]) -> NDArray[np.bool_]:
    table = np.zeros((len(searches), 10), dtype=bool)
    known: dict[str, list[str]] = {}
    for row, (query, relevant) in enumerate(searches):
        if query not in known:
            known[query] = list(search(query, 10))
        for place, product_id in enumerate(known[query][:10]):
            table[row, place] = product_id in relevant
    return table
