"""What is packed: products as arrays, with sizes in whole millimetres.

In goes any frame with `product_id` and whichever of the measures, flags, title and category of the
products table are known; out come arrays of one row a product. A size is known when all three
sides are above zero, and sides are rounded up, so that a fit is never the work of rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chowk.errors import InputError, SchemaError
from chowk.store.frames import arrow_table, fitted
from chowk.store.schema import TABLES, Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: Stands for a side that nobody measured.
UNKNOWN = -1

#: Centimetres beyond which a length is no length of a parcel; it keeps whole numbers in range.
_FARTHEST = 1e6

_USED = (
    "product_id title category price length_cm width_cm height_cm weight_g fragile liquid "
    "hazardous this_side_up"
).split()


@dataclass(frozen=True, slots=True)
class Goods:
    """Products as arrays; row i of each belongs to the i-th product.

    Parameters
    ----------
    ids : the products' ids.
    sides : millimetres [n, 3], the longest first, or (length, width, height) with the longer of
        the first two first where `upright`; -1 in all three where the size is not known.
    upright : this side up: the height stays the height.
    weight : grams, NaN where not known.
    price : NaN where not known.
    fragile, liquid, hazardous : false where nothing is said.
    titles, categories : text, null where nothing is said.
    """

    ids: pa.ChunkedArray
    sides: Ints
    upright: Flags
    weight: Floats
    price: Floats
    fragile: Flags
    liquid: Flags
    hazardous: Flags
    titles: pa.ChunkedArray
    categories: pa.ChunkedArray

    def __len__(self) -> int:
        return len(self.sides)

    @property
    def sized(self) -> Flags:
        """Which products have a known size."""
        known: Flags = self.sides[:, 0] != UNKNOWN
        return known

    def rows(self, rows: Ints) -> Goods:
        """The products at these places, in this order."""
        kept = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(
            self,
            **{
                name: values.take(pa.array(rows))
                if isinstance(values, pa.ChunkedArray)
                else values[rows]
                for name, values in kept.items()
            },
        )

    def part(self, start: int, stop: int) -> Goods:
        """The products from `start` up to `stop`."""
        cut = slice(start, stop)
        return replace(
            self,
            **{
                name: getattr(self, name)[cut]
                for name in ("sides", "upright", "weight", "price", "fragile", "liquid")
            },
            hazardous=self.hazardous[cut],
            ids=self.ids.slice(start, stop - start),
            titles=self.titles.slice(start, stop - start),
            categories=self.categories.slice(start, stop - start),
        )


def read_goods(products: Any, caller: str) -> Goods:
    """Products as arrays.

    Parameters
    ----------
    products : any frame or list of dicts with `product_id`; other columns of the products table
        where they are known, and `this_side_up` (true where the height must stay the height).
        Columns that packaging does not read are passed over.
    caller : who asks, for the sentence of an error.

    Raises
    ------
    SchemaError for a value that does not fit its column, InputError for an id that comes twice.

    Examples
    --------
    >>> read_goods([{"product_id": "a", "length_cm": 3, "width_cm": 30.01, "height_cm": 10}],
    ...            "fit").sides
    array([[301, 100,  30]])
    """
    declared = TABLES["products"]
    columns = tuple(replace(declared[name], required=name == "product_id") for name in _USED)
    table = conformed(products, Table("products", "", columns), caller)
    no_repeats(table["product_id"], "products.product_id")
    upright = _flags(table["this_side_up"])
    return Goods(
        ids=table["product_id"],
        sides=_sides(table, upright),
        upright=upright,
        weight=positive(table["weight_g"]),
        price=positive(table["price"]),
        fragile=_flags(table["fragile"]),
        liquid=_flags(table["liquid"]),
        hazardous=_flags(table["hazardous"]),
        titles=table["title"],
        categories=table["category"],
    )


def conformed(frame: Any, table: Table, caller: str) -> pa.Table:
    """The columns of `table` that `frame` has, of the schema's types; the others are null."""
    given = arrow_table(frame, caller)
    if not any(name in table for name in given.column_names):
        raise SchemaError(
            f"{caller}: the {table.name} have none of the columns {', '.join(table.required)}. "
            f"Got {', '.join(given.column_names) or 'no column'} instead."
        )
    names = [name for name in given.column_names if name in table]
    chosen = given.select(names)
    # An all-null column of a frame has no type that could be cast strictly.
    for at, name in enumerate(names):
        if pa.types.is_null(chosen.schema.field(name).type):
            chosen = chosen.set_column(at, name, pa.nulls(len(chosen), table[name].arrow))
        elif table[name].kind == "time":
            chosen = chosen.set_column(at, name, _moments(chosen[name]))
        elif table[name].kind == "bool" and not pa.types.is_boolean(chosen.schema.field(name).type):
            chosen = chosen.set_column(at, name, _yes_or_no(chosen[name]))
        elif pa.types.is_floating(chosen.schema.field(name).type):
            # Rows of dicts write what is not known as NaN, as pandas does.
            known = pc.is_finite(chosen[name])
            chosen = chosen.set_column(at, name, pc.if_else(known, chosen[name], None))
        elif table[name].kind == "id" and not pa.types.is_string(chosen.schema.field(name).type):
            chosen = chosen.set_column(at, name, chosen[name].cast(pa.string()))
    return fitted(chosen, table)


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates and times without a zone, and ISO 8601 text, as UTC: here only their order counts."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        try:
            return column.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
        except pa.ArrowInvalid:
            return column  # with a zone, or for the schema to refuse
    if pa.types.is_date(column.type) or (
        pa.types.is_timestamp(column.type) and column.type.tz is None
    ):
        return column.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    return column


def _yes_or_no(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Zeros and ones as flags, NaN as unknown; anything else is left for the schema to refuse."""
    if pa.types.is_floating(column.type):  # to Arrow NaN would be true
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        known = pc.is_in(pc.drop_null(column), value_set=pa.array([0, 1], column.type))
        if pc.all(known, min_count=0).as_py():
            return pc.not_equal(column, pa.scalar(0, column.type))
    return column


def no_repeats(ids: pa.ChunkedArray, column: str) -> None:
    """InputError with the row and the id when an id comes twice."""
    if len(pc.unique(ids)) == len(ids):
        return
    seen: set[str] = set()
    for row, name in enumerate(ids.to_pylist()):
        if name in seen:
            raise InputError(
                f"The column {column} must hold each id once. Got {name!r} again in row {row}. "
                "Remove or join the rows."
            )
        seen.add(name)


def numbers(column: pa.ChunkedArray) -> Floats:
    """A column as floats, NaN where it is null."""
    values: Floats = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return values


def positive(column: pa.ChunkedArray) -> Floats:
    """A column as floats; a zero says as little as a null."""
    values = numbers(column).copy()
    values[~(values > 0)] = np.nan
    return values


def millimetres(centimetres: Floats, *, up: bool) -> Ints:
    """Centimetres in whole millimetres, rounded up or down; -1 where NaN.

    The tenth digit is noise of the binary number, not a hair's breadth: 30.1 cm are 301 mm.

    >>> millimetres(np.array([30.1, 0.04, np.nan]), up=True)
    array([301,   1,  -1])
    """
    known = ~np.isnan(centimetres)
    fine = np.round(np.clip(np.where(known, centimetres, 0.0), 0.0, _FARTHEST) * 10, 6)
    whole = np.maximum(np.ceil(fine), 1) if up else np.floor(fine)
    found: Ints = np.where(known, whole, UNKNOWN).astype(np.int64)
    return found


def _sides(table: pa.Table, upright: Flags) -> Ints:
    measures = [positive(table[name]) for name in ("length_cm", "width_cm", "height_cm")]
    sides = millimetres(np.column_stack(measures), up=True)
    sides[(sides == UNKNOWN).any(axis=1)] = UNKNOWN
    turned = -np.sort(-sides, axis=1)
    turned[upright, :2] = -np.sort(-sides[upright, :2], axis=1)
    turned[upright, 2] = sides[upright, 2]
    return turned


def _flags(column: pa.ChunkedArray) -> Flags:
    flags: Flags = pc.fill_null(column, False).to_numpy(zero_copy_only=False).astype(bool)
    return flags
