"""Products on their way in: any frame becomes checked rows, in order of product_id.

Columns that the schema does not know are left out here: search shows what it understands. Rows
are plain dicts that JSON can hold: money as a number, times in ISO 8601, nothing that is null.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chowk.errors import InputError
from chowk.store.frames import arrow_table, fitted
from chowk.store.schema import TABLES

#: What is kept of a product for search and for showing it.
KEPT = (
    "product_id",
    "title",
    "description",
    "brand",
    "category",
    "price",
    "currency",
    "image",
    "attributes",
    "group_id",
    "available",
    "created_at",
)
_AT_ONCE = 10_000
#: Rows of one chunk of a sorted catalogue: far from the 2 GB that Arrow lets a chunk's texts have.
_CHUNK = 100_000


def products_table(products: Any, caller: str) -> pa.Table:
    """Products as a table of the schema, sorted by id, every id once.

    Raises
    ------
    SchemaError when a column is missing or does not fit; InputError when an id stands twice.
    """
    table = known_columns(products, "products", caller).select(KEPT)
    ids = table["product_id"]
    if pc.all(pc.less(*_beside(ids)), min_count=0).as_py():
        return table  # in order as it came, and perhaps mapped from a file: it is not copied
    order = pc.sort_indices(ids).to_numpy()
    same = pc.index(pc.equal(*_beside(pc.take(ids, pa.array(order)))), True).as_py()
    if same >= 0:
        raise InputError(
            f"{caller}: product_id {ids[int(order[same])].as_py()!r} stands more than once. "
            "Keep one row a product_id."
        )
    parts = [taken(table, order[low : low + _CHUNK]) for low in range(0, len(order), _CHUNK)]
    return pa.concat_tables(parts)


def taken(table: pa.Table, rows: NDArray[np.integer]) -> pa.Table:
    """Rows of a table by number, in the order asked for, each as often as it is asked for.

    What `Table.take` gives, which joins all chunks first: a copy of everything at each call, and
    refused above 2 GB of texts. `rows` are ints [n] in [0, rows of the table).

    >>> taken(pa.table({"a": ["x", "y", "z"]}), np.array([2, 0, 2]))["a"].to_pylist()
    ['z', 'x', 'z']
    """
    order = np.argsort(rows, kind="stable")
    asked = rows[order]
    parts, low = [table.schema.empty_table()], 0
    for batch in table.to_batches():
        some = slice(*np.searchsorted(asked, (low, low + batch.num_rows)))
        if some.stop > some.start:
            parts.append(pa.Table.from_batches([batch.take(pa.array(asked[some] - low))]))
        low += batch.num_rows
    back = np.empty(len(order), np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_tables(parts).combine_chunks().take(pa.array(back))


def _beside(ids: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Every id but the last, and the one after each."""
    whole = ids.combine_chunks()
    return whole[:-1], whole[1:]


def known_columns(frame: Any, name: str, caller: str) -> pa.Table:
    """A frame as the schema's table `name`, without columns that the schema does not know."""
    raw = arrow_table(frame, caller)
    if raw.num_columns == 0 and raw.num_rows == 0:
        return TABLES[name].arrow.empty_table()
    raw = raw.select([column for column in raw.column_names if column in TABLES[name]])
    return fitted(raw, TABLES[name], null_characters=True)


def product_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows of `products_table`, one dict a product."""
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        columns = [batch.column(i).to_pylist() for i in range(batch.num_columns)]
        for values in zip(*columns, strict=True):
            yield {
                name: _plain(value)
                for name, value in zip(KEPT, values, strict=True)
                if value is not None and value != []
            }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):  # a map, as pairs
        return {name: held for name, held in value if held is not None}
    return value
