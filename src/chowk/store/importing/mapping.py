"""Which column of a file is which column of a table: what the user said, else the usual names.

`--map title=Description --map category=DEPARTMENT,COMMODITY` says it outright. Columns that are
not mapped are found by their own name, or by the names that shops' exports commonly use.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from chowk.errors import InputError, MissingColumnError

#: Usual names in exports, in the order of preference; compared without case, spaces and marks.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "order": ("order_id", "order", "invoice_no", "invoice", "order_number", "order_no",
              "transaction_id", "basket_id", "receipt", "receipt_no", "ticket", "order_ref",
              "order_reference", "invoice_number", "invoice_id", "sale_id", "bill_no",
              "bill_number"),
    "product": ("product_id", "stock_code", "sku", "item_id", "product", "article", "article_no",
                "item", "upc", "ean", "asin", "product_code", "lineitem_sku"),
    "title": ("title", "product_name", "product_title", "item_name", "name", "lineitem_name",
              "description"),
    "quantity": ("quantity", "qty", "units", "lineitem_quantity", "count"),
    "price": ("unit_price", "price", "item_price", "lineitem_price", "price_each"),
    "total": ("line_total", "total", "sales_value", "amount", "revenue", "net_sales",
              "total_price", "line_amount"),
    "time": ("time", "ts", "timestamp", "invoice_date", "order_date", "date", "datetime",
             "created_at", "transaction_timestamp", "order_time", "purchased_at", "ordered_at",
             "order_datetime", "date_time", "purchase_date", "sale_date", "sold_at",
             "transaction_date", "transaction_time", "order_created_at", "invoice_time"),
    "customer": ("customer_id", "customer", "user_id", "client_id", "household_id", "buyer",
                 "member_id", "email"),
    "region": ("region", "country", "state", "market", "ship_country", "shipping_country",
               "store_id"),
    "category": ("category", "product_category", "category_name", "product_type", "department"),
    "brand": ("brand", "vendor", "manufacturer", "maker"),
    "currency": ("currency", "currency_code"),
}  # fmt: skip

#: The schema's names for what order lines call otherwise.
_PLAIN_NAMES = {"product_id": "product", "customer_id": "customer", "order_id": "order",
                "ts": "time"}  # fmt: skip

_JOINS = {"category": " > ", "title": " ", "description": " ", "text": " "}


def parse_mapping(arguments: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`--map` arguments as target → columns.

    >>> parse_mapping(["order=InvoiceNo", "category=A,B", "title=Name,price=Cost"])
    {'order': ('InvoiceNo',), 'category': ('A', 'B'), 'title': ('Name',), 'price': ('Cost',)}
    """
    mapping: dict[str, tuple[str, ...]] = {}
    for argument in arguments:
        target = ""
        for part in argument.split(","):
            name, mark, column = part.partition("=")
            if mark:
                target = name.strip()
                if not target or not column.strip():
                    raise InputError(
                        f"--map {argument!r} must look like column=COLUMN, for example "
                        "title=Description."
                    )
                if target in mapping:
                    raise InputError(f"--map names {target!r} twice. Name it once.")
                mapping[target] = (column.strip(),)
            elif target and part.strip():
                mapping[target] += (part.strip(),)
            else:
                raise InputError(
                    f"--map {argument!r} must look like column=COLUMN, for example "
                    "title=Description."
                )
    return mapping


def check_targets(mapping: Mapping[str, tuple[str, ...]], known: Sequence[str], what: str) -> None:
    """InputError when a target of `--map` is no column of `what`."""
    for target in mapping:
        if target not in known:
            raise InputError(
                f"--map {target}={','.join(mapping[target])}: {what} has no column {target!r}. "
                f"Its columns are: {', '.join(known)}."
            )
        _joined(target, mapping[target])


def find_columns(
    header: Sequence[str],
    targets: Sequence[str],
    mapping: Mapping[str, tuple[str, ...]],
    names: Mapping[str, tuple[str, ...]] = ALIASES,
) -> dict[str, tuple[str, ...]]:
    """For each target the file's columns: mapped, of the same name, or by a usual name.

    A mapped column that the header lacks is left out here; `check_columns` speaks of it. `names`
    are the usual names of each target, the likeliest first.
    """
    by_plain = {_plain(name): name for name in reversed(header)}
    taken = {column for columns in mapping.values() for column in columns}
    found: dict[str, tuple[str, ...]] = {}
    for target in targets:
        if target in mapping:
            columns = tuple(name for name in mapping[target] if name in header)
            if columns:
                found[target] = columns
            continue
        usual = names.get(_PLAIN_NAMES.get(target, target), ())
        for alias in (target, *usual):
            name = by_plain.get(_plain(alias))
            if name is not None and name not in taken:
                found[target] = (name,)
                taken.add(name)
                break
    return found


def check_columns(
    mapping: Mapping[str, tuple[str, ...]], headers: Mapping[str, Sequence[str]]
) -> None:
    """MissingColumnError when a mapped column is in none of the files."""
    everywhere = [name for header in headers.values() for name in header]
    for target, columns in mapping.items():
        for column in columns:
            if column not in everywhere:
                near = [n for n in everywhere if _plain(n) == _plain(column)]
                hint = f" Did you mean {near[0]!r}?" if near else ""
                listed = "; ".join(f"{file}: {', '.join(h)}" for file, h in headers.items())
                raise MissingColumnError(
                    f"--map {target}={','.join(columns)}: there is no column {column!r}.{hint} "
                    f"Columns are {listed[:1500]}."
                )


def pick(frame: pa.Table, columns: tuple[str, ...], target: str) -> pa.ChunkedArray | pa.Array:
    """The values of a target: one column, or several joined (a category path by ' > ')."""
    if len(columns) == 1:
        return frame[columns[0]]
    mark = _joined(target, columns)
    parts = [pc.utf8_trim_whitespace(frame[name].cast(pa.string())) for name in columns]
    parts = [pc.if_else(pc.equal(pc.binary_length(p), 0), None, p) for p in parts]
    joined = pc.binary_join_element_wise(*parts, mark, null_handling="skip")
    return pc.if_else(pc.equal(pc.binary_length(joined), 0), None, joined)


def _joined(target: str, columns: tuple[str, ...]) -> str:
    """What stands between a target's columns; InputError when it can only have one."""
    mark = _JOINS.get(target)
    if mark is None and len(columns) > 1:
        raise InputError(
            f"--map {target}={','.join(columns)}: only {', '.join(_JOINS)} can be joined from "
            "several columns. Name one."
        )
    return mark or ""


def extras(frame: pa.Table, used: Iterable[str]) -> pa.Array | None:
    """The columns that nothing else uses, as a map a row (for `products.attributes`)."""
    taken = set(used)
    names = [n for n in frame.column_names if n not in taken and n != "chowk_nothing"]
    if not names:
        return None
    columns = [frame[name].to_pylist() for name in names]
    rows = [
        [(n, v if isinstance(v, str) else str(v)) for n, v in zip(names, row, strict=True)
         if v is not None and v == v and v != ""]
        for row in zip(*columns, strict=True)
    ]  # fmt: skip
    return pa.array([row or None for row in rows], pa.map_(pa.string(), pa.string()))


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())
