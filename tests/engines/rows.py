"""Rows for every table of the schema, made from the columns' own declarations.

Few ids and few values, so that joins meet and ties happen; nulls wherever they are allowed; text
in several scripts; money with four decimals; moments to the microsecond.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from chowk.store.schema import EVENT_KINDS, TABLES, Column, Table

IDS = ("10", "9", "Z", "a b", "z", "ä", "साड़ी", "😀", "'quote\"", "A")
UNKNOWN = "not in the catalogue"
WORDS = (
    "TEST PRODUCT LAMP",
    "test lamp",
    "CafÃ© lamp",
    "12",
    "red lamp",
    "RED LAMP",
    "",
    " ",
    "साड़ी > रेशम",
    "Home > Light",
    "naïve ☂",
    "100 % \\ cotton",
)
START = datetime(2023, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)
#: The words that a currency may be; a store keeps no others.
CURRENCIES = ("INR", "EUR", "USD")


def every_table(seed: int, rows: int = 160) -> dict[str, pa.Table]:
    """Each table's name and its rows."""
    rng = random.Random(seed)
    tables = {name: _table(table, rng, rows) for name, table in TABLES.items()}
    tables["events"] = pa.concat_tables([tables["events"], _odd_events()])
    return tables


def _odd_events() -> pa.Table:
    """Events of which the store's checks have something to say."""

    def bought(product: str, price: int, quantity: float, day: int, **more: Any) -> dict[str, Any]:
        row = {"product_id": product, "price": Decimal(price), "quantity": quantity}
        row |= {"ts": START + timedelta(days=day), "session_id": f"odd {product} {day}"}
        return {**row, "kind": "purchase", **more}

    rows = [bought("steady", 2, 3.0, day) for day in range(8)]
    rows += [bought("steady", 400, 1.0, 9), bought("steady", 2, 40_000.0, 90)]
    rows += [bought("returned", 5, 1.0, day, customer_id="c") for day in range(5)]
    rows += [
        bought("returned", 5, 1.0, day + 1, customer_id="c", kind="refund") for day in range(4)
    ]
    rows += [bought("returned", 5, 1.0, 1, customer_id="stranger", kind="refund")]
    rows += [bought("lost", 0, 1.0, 3, kind="refund")]
    rows += [bought("seen late", 5, 1.0, 3, session_id="odd session")]
    rows += [bought("seen late", 5, 1.0, 12, session_id="odd session", kind="view_item")]
    rows += [bought("given back", 5, 2.0, 3, order_id="order", session_id="order")]
    rows += [bought("kept", 5, 2.0, 3, order_id="order", session_id="order")]
    rows += [bought("given back", 5, 2.0, 5, order_id="order", kind="refund")]
    rows += [bought("kept", 5, 1.0, 5, order_id="order", kind="refund")]
    for day in range(6):  # a query that many asked who bought, and so may be suggested
        who = {"session_id": f"asked {day}", "customer_id": f"c{day}"}
        rows += [bought("steady", 2, 1.0, day, **who)]
        asked = {"query": " Red Lamp ", "query_id": f"asked {day}"}
        rows += [bought("steady", 2, 1.0, day, **who, kind="search", **asked)]
        # … and saw one side of an experiment, or clicked on an interleaved page
        seen = {"experiment_id": f"lift/{'ab'[day % 2]}", "query_id": f"asked {day}"}
        rows += [bought("steady", 2, 1.0, day, **who, kind="experience_impression", **seen)]
        rows += [bought("steady", 2, 1.0, day, **who, kind="select_item", **seen)]
    rows += [bought(UNKNOWN, 5, 1.0, 30, fee=fee) for fee in (True, False, None)]
    events = TABLES["events"]
    for number, row in enumerate(rows):
        row["event_id"] = f"odd-{number}"
    return pa.table(
        {c.name: pa.array([row.get(c.name) for row in rows], c.arrow) for c in events.columns}
    )


def _table(table: Table, rng: random.Random, rows: int) -> pa.Table:
    columns = {}
    for column in table.columns:
        if table.key == (column.name,):
            known = IDS if column.name == "product_id" else ()
            values = [*known, *(f"{column.name}-{i}" for i in range(rows))][:rows]
        elif column.name in table.key:
            values = [_key(column, table.key.index(column.name), i) for i in range(rows)]
        else:
            values = [_value(column, rng) for _ in range(rows)]
        columns[column.name] = pa.array(values, column.arrow)
    return pa.table(columns)


def _key(column: Column, part: int, row: int) -> Any:
    """Parts of a compound key that are unique together; the last part takes what is left."""
    place = row // len(IDS) ** part
    if column.kind not in ("id", "text"):
        return row
    return IDS[place % len(IDS)] if place < len(IDS) or part == 0 else f"{column.name}-{place}"


def _value(column: Column, rng: random.Random) -> Any:
    if not column.required and rng.random() < 0.2:
        return None
    if column.choices:
        return rng.choice(column.choices)
    if column.name == "kind":
        return rng.choice(("purchase", "purchase", "purchase", "refund", *EVENT_KINDS, "own kind"))
    low = 0 if column.low is None else column.low
    high = low + 4 if column.high is None else column.high
    moment = START + timedelta(hours=rng.randrange(0, 24 * 70, 7), microseconds=rng.randrange(3))
    makers = {
        "id": lambda: rng.choice((*IDS, UNKNOWN)),
        "text": lambda: rng.choice(WORDS),
        "int": lambda: rng.randint(int(low), int(high)),
        "float": lambda: rng.choice((low, high, low + (high - low) / 3)),
        "bool": lambda: rng.random() < 0.3,
        "money": lambda: Decimal(rng.choice((0, 1, 12_345, 99_999_999))) / 10_000,
        "time": lambda: moment,
        "date": moment.date,
        "map": lambda: [(word, rng.choice(WORDS)) for word in rng.sample(IDS, 2)],
        "list": lambda: rng.sample(WORDS, rng.randint(0, 3)),
        "vector": lambda: [rng.choice((0.0, -1.5, 0.1)) for _ in range(3)],
    }
    made = makers[column.kind]()
    return CURRENCIES[WORDS.index(made) % len(CURRENCIES)] if column.name == "currency" else made
