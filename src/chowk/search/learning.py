"""What is learned before an index is written: sales, queries that sold, the best offers.

In go a checked catalogue and whatever tables there are; out come two numbers a product, the
suggestions, and one offer a product and region.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chowk.errors import SchemaError, parameter
from chowk.store.frames import arrow_table

from .catalogue import known_columns, taken
from .intent import Intent
from .kinds import kinds
from .naming import title_terms
from .offering import rank
from .popularity import PRIVATE, WINDOW_DAYS, buying_queries, purchases, sales, scaled
from .propensity import propensities, shown_and_clicked
from .regional import Named, lifts, promises, regional_choices
from .results import Suggestion
from .schema import path
from .suggesting import counted
from .synonyms import QueryTerm, query_terms
from .training import chosen_lists
from .wishes import named_values
from .wording import chosen_for, learned_terms

#: Brands and categories that are suggested.
_MOST_PHRASES = 20_000
#: Queries beside titles that the encoder of texts learns from.
_MOST_EXAMPLES = 50_000


class Learned(NamedTuple):
    """One value a product, in the catalogue's order, and the suggestions."""

    popularity: NDArray[np.float64]
    bought: NDArray[np.int64]
    window: str
    suggestions: list[Suggestion]


def learn(table: pa.Table, events: Any, popularity: Any, queries: Any, as_of: Any) -> Learned:
    """Learn from events, unless what they would give is given."""
    if as_of is not None and not isinstance(as_of, datetime):
        raise parameter("build", "as_of", "a datetime, or None", as_of)
    if events is not None and (popularity is None or queries is None):
        found = _from_events(events)
        if popularity is None:
            popularity, as_of = found[0], found[2]
        queries = found[1] if queries is None else queries
    raw, bought = _sold(table, popularity)
    window = f"in the {WINDOW_DAYS} days to {as_of.date().isoformat()}" if as_of else "lately"
    return Learned(
        scaled(pa.chunked_array([raw])),
        bought,
        window,
        [*_queries(queries), *_phrases(table)],
    )


def regional_sales(events: Any, given: Any, as_of: Any) -> pa.Table | None:
    """Rows of product_id, region and sales: what is given, else what events say."""
    if given is not None:
        return _columns(given, "regional", ("product_id", "region", "sales"))
    if events is None:
        return None

    def ask(table: Any, engine: Any) -> pa.Table | None:
        moment = as_of or engine.scalar(purchases(table).ts.max())
        return engine.arrow(regional_choices(table, moment)) if moment else None

    return _over(events, ask)


def wording(
    table: pa.Table,
    events: Any,
    chosen: Any,
    terms: Any,
    intent: Intent | None,
) -> tuple[list[QueryTerm], Intent, list[str]]:
    """What words stand for and what queries are for: what is given, else what log and titles
    teach; and each query of the log beside a title that was chosen for it."""
    rows = None
    if chosen is not None:
        rows = _columns(chosen, "chosen", ("query", "product_id", "times", "sessions"))
    elif events is not None:
        rows = _over(events, lambda log, engine: engine.arrow(chosen_for(log)))
    if terms is not None:
        found = query_terms(terms)
    else:
        found = [] if rows is None else learned_terms(rows, table)
        known = {(t.term, t.stands_for) for t in found}
        found += [t for t in title_terms(table) if (t.term, t.stands_for) not in known]
    if intent is None:
        if rows is None:
            intent = Intent(of_values=named_values(table))
        else:
            intent = Intent.learned(table, rows)
    return found, intent, [] if rows is None else _beside(rows, table)


def _beside(rows: pa.Table, table: pa.Table) -> list[str]:
    at = pc.index_in(rows["product_id"].cast(pa.string()), table["product_id"])
    kept = rows.filter(pc.is_valid(at)).slice(0, _MOST_EXAMPLES)
    numbers = pc.drop_null(at).slice(0, _MOST_EXAMPLES).to_numpy()
    titles = taken(table.select(["title"]), numbers)["title"].to_pylist()
    texts = zip(kept["query"].to_pylist(), titles, strict=True)
    return [f"{query} {title}" for query, title in texts]


def lists(events: Any) -> tuple[pa.Table, NDArray[np.float64] | None]:
    """The lists that shoppers saw, and the propensities of places."""

    def ask(table: Any, engine: Any) -> tuple[pa.Table, NDArray[np.float64] | None]:
        return engine.arrow(chosen_lists(table)), propensities(
            engine.arrow(shown_and_clicked(table))
        )

    found: tuple[pa.Table, NDArray[np.float64] | None] = _over(events, ask)
    return found


def regions(
    table: pa.Table, sold: pa.Table | None, offers: list[tuple[str, str, bytes]]
) -> tuple[Named, Named]:
    """Lifts and promises by region, in the catalogue's order."""
    ids = table["product_id"].to_pylist()
    empty = np.zeros((0, len(ids)), np.float16)
    lift: Named = ([], empty) if sold is None else lifts(sold, ids, kinds(table))
    hours = []
    for product_id, region, data in offers:
        offer = msgspec.json.decode(data)
        if offer.get("stock") != 0:  # what is out of stock promises nothing
            hours.append((product_id, region, offer.get("delivery_hours")))
    return lift, promises(hours, ids) if hours else ([], empty)


def days(as_of: Any, table: pa.Table) -> float:
    """The build's moment in days since 1970: `as_of`, else the newest product's."""
    moment = as_of if as_of is not None else pc.max(table["created_at"]).as_py()
    return 0.0 if moment is None else float(moment.timestamp()) / 86_400


def best_offers(offers: Any, caller: str = "SearchEngine.build") -> list[tuple[str, str, bytes]]:
    """The best offer of each product in each region, as `chowk.search.offering` has it."""
    if offers is None:
        return []
    rows = known_columns(offers, "offers", caller).to_pylist()
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        key = (row["product_id"], row["region"])
        if key not in best or rank(row) < rank(best[key]):
            best[key] = row
    return [
        (product_id, region, msgspec.json.encode(_shown(row)))
        for (product_id, region), row in sorted(best.items(), key=lambda item: item[0])
    ]


def _shown(offer: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in offer.items() if value is not None}
    if "price" in shown:
        shown["price"] = float(shown["price"])
    return shown


def _over(events: Any, ask: Callable[[Any, Any], Any]) -> Any:
    """Ask an engine about a frame of events."""
    import ibis

    from chowk.store.engines import DuckDB

    engine = DuckDB()
    try:
        known = known_columns(events, "events", "SearchEngine.build")
        return ask(ibis.memtable(known), engine)
    finally:
        engine.close()


def _from_events(events: Any) -> tuple[pa.Table, pa.Table, datetime | None]:
    def ask(table: Any, engine: Any) -> tuple[pa.Table, pa.Table, datetime | None]:
        as_of = engine.scalar(purchases(table).ts.max())
        sold = engine.arrow(sales(table, as_of)) if as_of else None
        return sold, engine.arrow(buying_queries(table)), as_of

    found: tuple[pa.Table, pa.Table, datetime | None] = _over(events, ask)
    return found


def _sold(table: pa.Table, popularity: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    raw = np.zeros(table.num_rows)
    bought = np.zeros(table.num_rows, dtype=np.int64)
    if popularity is None:
        return raw, bought
    given = _columns(popularity, "popularity", ("product_id", "popularity"))
    at = pc.index_in(given["product_id"].cast(pa.string()), table["product_id"])
    there = pc.is_valid(at).to_numpy()
    places = pc.drop_null(at).to_numpy()
    raw[places] = given["popularity"].cast(pa.float64()).to_numpy()[there]
    if "bought" in given.column_names:
        bought[places] = pc.fill_null(given["bought"], 0).cast(pa.int64()).to_numpy()[there]
    return raw, bought


def _columns(frame: Any, name: str, needed: Sequence[str]) -> pa.Table:
    table = arrow_table(frame, "SearchEngine.build")
    for column in needed:
        if column not in table.column_names:
            raise SchemaError(f"{name} needs the column {column!r}. Add it.")
    return table


def _queries(queries: Any) -> list[Suggestion]:
    if queries is None:
        return []
    given = _columns(queries, "queries", ("query", "sessions"))
    # How many make a suggestion is the caller's choice; what nobody may read is not.
    private = pc.match_substring_regex(pc.utf8_lower(given["query"].cast(pa.string())), PRIVATE)
    given = given.filter(pc.invert(private))
    texts = given["query"].to_pylist()
    return counted("query", zip(texts, given["sessions"].to_pylist(), strict=True))


def _phrases(table: pa.Table) -> list[Suggestion]:
    categories: dict[str, float] = {}
    for entry in _value_counts(table["category"]):
        for level in path(entry[0]):
            categories[level] = categories.get(level, 0) + entry[1]
    leaves = {level.rpartition(" > ")[2]: 0.0 for level in categories}
    for level, count in categories.items():
        leaves[level.rpartition(" > ")[2]] += count
    return [
        *counted("category", leaves.items()),
        *counted("brand", _value_counts(table["brand"])),
    ]


def _value_counts(column: pa.ChunkedArray) -> list[tuple[str, float]]:
    counts = pc.value_counts(pc.drop_null(column))
    pairs = [(entry["values"].as_py(), float(entry["counts"].as_py())) for entry in counts]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:_MOST_PHRASES]
