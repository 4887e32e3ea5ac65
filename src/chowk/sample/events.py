"""The events of a sample store, as a stream of Arrow batches in bounded memory.

`stream` needs memory for the world (products and customers) and for one block of sessions, however
many events are asked for. Sessions follow each other in time; within a block rows are in order of
time, and refunds stand in the block of their purchase.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chowk.errors import parameter
from chowk.store import schema

from .goods import COLOURS, GOODS
from .market import Market
from .parameters import Difficulty, generator
from .places import NAMES
from .queries import Queries
from .sessions import (
    DEVICES,
    KINDS,
    LIST,
    PURCHASE,
    RANKERS,
    REFUND,
    SEARCH,
    SELECT,
    Crowd,
    Ledger,
    Memory,
    Visits,
)
from .world import World, world

#: Most rows of a batch.
ROWS = 65_536
_BLOCK = 1024  # sessions simulated at once
_PILOT = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """Some events, and what the queries among them meant."""

    events: pa.RecordBatch
    intents: pa.Table


def stream(
    *,
    seed: int = 0,
    difficulty: Difficulty = "middle",
    products: int = 2000,
    customers: int = 5000,
    events: int = 200_000,
    rows: int = ROWS,
) -> Iterator[pa.RecordBatch]:
    """The events of a sample store, as batches of the schema's `events`.

    Parameters
    ----------
    seed, difficulty, products, customers : as in `make`; the same gives the same events.
    events : about how many, besides the impressions (`view_item_list`), of which there are some
        2.2 to each other event. At least 1.
    rows : most rows of a batch.

    Examples
    --------
    >>> batches = stream(products=80, customers=50, events=300)
    >>> sum(batch.num_rows for batch in batches) > 300
    True
    """
    drawn = world(seed=seed, difficulty=difficulty, products=products, customers=customers)
    for piece in pieces(drawn, events=events, rows=rows):
        yield piece.events


def pieces(world: World, *, events: int, rows: int = ROWS) -> Iterator[Piece]:
    """Like `stream`, of a world that is drawn, with the meaning of the queries."""
    if isinstance(events, bool) or not isinstance(events, int) or events < 1:
        raise parameter("sample", "events", "an int of 1 or more", events)
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
        raise parameter("sample", "rows", "an int of 1 or more", rows)
    market = Market(world)
    crowd = Crowd(market, Queries(world.seed, world.numbers, market.models))
    sessions = _sessions(crowd, world, events)
    memory = Memory(np.full(len(world.folk), -1, np.int64))
    writer = _Writer(market)
    for block, first in enumerate(range(0, sessions, _BLOCK)):
        rng = generator(world.seed, "sessions", block)
        numbers = np.arange(first, min(first + _BLOCK, sessions))
        visits = crowd.visits(rng, (numbers + rng.random(len(numbers))) / sessions)
        ledger = crowd.shop(rng, visits, memory)
        batch = writer.batch(ledger, visits, first)
        intents = writer.intents(ledger)
        for at in range(0, batch.num_rows, rows):
            yield Piece(batch.slice(at, rows), intents if at == 0 else intents.slice(0, 0))


def _sessions(crowd: Crowd, world: World, events: int) -> int:
    """How many sessions give about `events` events, from a pilot spread over the year."""
    rng = generator(world.seed, "pilot")
    visits = crowd.visits(rng, (np.arange(_PILOT) + rng.random(_PILOT)) / _PILOT)
    ledger = crowd.shop(rng, visits, Memory(np.full(len(world.folk), -1, np.int64)))
    each = float((ledger.column("kind") != LIST).sum()) / _PILOT
    return max(1, round(events / max(each, 0.5)))


class _Writer:
    """Turns ledgers into Arrow batches."""

    def __init__(self, market: Market) -> None:
        shelf, numbers = market.world.shelf, market.numbers
        self._market = market
        self._schema = schema.TABLES["events"].arrow
        self._products = pa.array(shelf.ids)
        self._customers = pa.array(market.world.folk.ids)
        self._currency = numbers.currency
        self._experiments = pa.array(
            [
                name + (f"/swap-{swap}" if swap else "")
                for name in RANKERS
                for swap in range(numbers.list_length)
            ]
        )
        self._written = 0

    def batch(self, ledger: Ledger, visits: Visits, first: int) -> pa.RecordBatch:
        """One block's rows in order of time."""
        order = np.argsort(ledger.column("moment"), kind="stable")
        code = {name: ledger.column(name)[order] for name in Ledger.FIELDS}
        n = len(order)
        session, kind, lists = code["session"], code["kind"], code["list"]
        names = _numbered("s", first + np.arange(len(visits.start)))
        steps = len(visits.start)
        list_names = _joined(
            "l",
            names.take(pa.array(np.maximum(lists, 0) % steps)),
            "-",
            np.maximum(lists, 0) // steps,
        )
        query_names = _joined(
            "q",
            names.take(pa.array(np.maximum(lists, 0) % steps)),
            "-",
            np.maximum(lists, 0) // steps,
        )
        refund = kind == REFUND
        priced = code["price"] >= 0
        in_list = np.isin(kind, (LIST, SELECT))
        said = pa.concat_arrays(ledger.queries)
        experiment = visits.ranker[session] * self._market.numbers.list_length + np.where(
            in_list, np.maximum(code["swap"], 0), 0
        )
        surface = np.where(lists < 0, 2, np.where(code["searched"] == 1, 0, 1))
        asked = (code["query"] >= 0) & (in_list | (kind == SEARCH))
        columns = {
            "event_id": _numbered("e", self._written + np.arange(n), 10),
            "ts": pa.array(code["moment"], pa.timestamp("us", tz="UTC")),
            "session_id": pc.if_else(
                pa.array(refund),
                pc.binary_join_element_wise(names.take(pa.array(session)), "r", ""),
                names.take(pa.array(session)),
            ),
            "kind": pa.array(KINDS).take(pa.array(kind)),
            "customer_id": _take(self._customers, visits.customer[session], ~visits.guest[session]),
            "product_id": _take(self._products, code["product"], code["product"] >= 0),
            "query_id": _where(code["query"] >= 0, query_names),
            "query": _take(said, code["query"], asked),
            "position": pa.array(code["position"], pa.int64(), mask=code["position"] < 0),
            "list_id": _where((lists >= 0) & (kind != SEARCH), list_names),
            "quantity": pa.array(code["quantity"], pa.float64(), mask=code["quantity"] < 0),
            "price": pa.array(code["price"], pa.float64(), mask=~priced).cast(
                pa.decimal128(18, 4), safe=False
            ),
            "currency": _take(pa.array([self._currency]), np.zeros(n, int), priced),
            "region": pa.array(NAMES).take(pa.array(visits.region[session])),
            "device": _take(pa.array(DEVICES), visits.device[session], ~refund),
            "surface": _take(pa.array(["search", "category", "checkout"]), surface, ~refund),
            "order_id": _where(
                (kind == PURCHASE) | refund,
                pc.binary_join_element_wise("o", names.take(pa.array(session)), ""),
            ),
            "experiment_id": _take(self._experiments, experiment, ~refund),
            "source": _take(pa.array(["sample"]), np.zeros(n, int), np.ones(n, bool)),
            "fee": pa.array(np.zeros(n, bool)),
        }
        self._written += n
        arrays = [
            columns[f.name] if f.name in columns else pa.nulls(n, f.type) for f in self._schema
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def intents(self, ledger: Ledger) -> pa.Table:
        """What each query of the block meant, one row a query typed."""
        kind, colour, style, model = (
            np.concatenate([part[name] for part in ledger.intents])
            for name in ("kind", "colour", "style", "model")
        )
        first = np.concatenate([[0], np.cumsum([len(g.facets.get("style", ())) for g in GOODS])])
        styles = pa.array([s for g in GOODS for s in g.facets.get("style", ())])
        return pa.table(
            {
                "query": pa.concat_arrays(ledger.queries),
                "category": pa.array([g.path for g in GOODS]).take(pa.array(kind)),
                "colour": _take(pa.array(list(COLOURS)), colour, colour >= 0),
                "style": _take(styles, first[kind] + style, style >= 0),
                "fits": _take(pa.array(self._market.models, pa.string()), model, model >= 0),
            }
        )


def _numbered(prefix: str, numbers: np.ndarray, width: int = 9) -> pa.Array:
    """Names such as s000000042."""
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def _joined(prefix: str, names: pa.Array, sep: str, step: np.ndarray) -> pa.Array:
    tail = pa.array(step).cast(pa.string())
    return pc.binary_join_element_wise(pc.binary_join_element_wise(prefix, names, ""), tail, sep)


def _take(values: pa.Array, codes: np.ndarray, where: np.ndarray) -> pa.Array:
    """`values[codes]` where `where` holds, else null."""
    return values.take(pa.array(np.where(where, codes, 0), mask=~where))


def _where(where: np.ndarray, values: pa.Array) -> pa.Array:
    """`values` where `where` holds, else null."""
    return pc.if_else(pa.array(where), values, pa.scalar(None, values.type))
