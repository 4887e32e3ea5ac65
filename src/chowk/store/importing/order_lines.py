"""Order lines: the one export that every shop has, one row a product in an order.

From `order, product, title, quantity, price (or total), time, customer, region, category…` come
purchase and refund events, and from those the products and customers. A negative quantity is a
refund; a line that charges no product (postage) stays an event with `fee` true and is no product.
With `--products FILE` the catalogue comes from a second file, joined by product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from chowk.errors import ImportFormatError
from chowk.store.schema import TABLES, Column

from .fees import fee_codes
from .format import Context, Derived, Format, Parsed
from .mapping import ALIASES, check_columns, check_targets, extras, find_columns, pick
from .plain import line_ids, read_any
from .raw import RawBatch

#: What `--map` may name for the lines.
TARGETS = ("order", "product", "title", "quantity", "price", "total", "time", "customer", "region",
           "category", "brand", "currency")  # fmt: skip
#: The schema's names are understood too.
SYNONYMS = {"order_id": "order", "product_id": "product", "ts": "time", "customer_id": "customer"}
_CATALOGUE = tuple(
    name for name in TABLES["products"].names if name not in ("product_id", "attributes")
)


class OrderLines(Format):
    """One row a product in an order; see the module."""

    name = "order-lines"
    title = "Order lines: order, product, title, quantity, price or total, time, customer, region"
    suffixes = (".csv", ".parquet", ".jsonl")
    signs = (frozenset({"invoice_no", "stock_code"}), frozenset({"order_id", "product_id"}))

    def parse(self, file: Path, context: Context) -> Iterator[Parsed]:
        header, batches = read_any(file, context)
        mapping = {
            SYNONYMS.get(target, target): columns
            for target, columns in context.options.mapping.items()
        }
        known = (*TARGETS, *(n for n in _CATALOGUE if n not in TARGETS))
        check_targets(mapping, known, "order lines")
        if context.role == "products":
            return self._products(file, header, batches, mapping, context)
        others = {}
        if context.options.products is not None:
            others = {context.options.products.name: _header(context.options.products, context)}
        check_columns(mapping, {file.name: header, **others})
        return self._lines(file, header, batches, mapping, context)

    def _lines(
        self,
        file: Path,
        header: list[str],
        batches: Iterator[RawBatch],
        mapping: Mapping[str, tuple[str, ...]],
        context: Context,
    ) -> Iterator[Parsed]:
        found = find_columns(header, TARGETS, mapping)
        if context.options.products is not None:
            # What the catalogue says of a product is read there, unless mapped to the lines.
            for target in ("category", "brand"):
                if target not in mapping:
                    found.pop(target, None)
        for target in ("order", "product", "time"):
            if target not in found:
                raise ImportFormatError(
                    f"{file.name}: no column is the {target}. Say which one with "
                    f"--map {target}=COLUMN. Columns are: {', '.join(header)[:1500]}."
                )
        if "price" in found and "total" in found and "total" not in mapping:
            found.pop("total")
        if "total" in mapping and "price" not in mapping:
            found.pop("price", None)
        if "price" not in found and "total" not in found:
            context.notes["no column is the price or the total: money is unknown"] += 1
        used = {column for columns in found.values() for column in columns}
        unused = [column for column in header if column not in used]
        if unused:
            context.notes[f"columns not used: {', '.join(unused)}"] += 1
        source = f"order-lines:{file.name}"
        for batch in batches:
            reasons: dict[int, str] = {}
            part = {target: pick(batch.frame, cols, target) for target, cols in found.items()}
            rows = batch.frame.num_rows
            quantity, price, value = self._amounts(part, rows, context, reasons)
            order = part["order"]
            columns = {
                "event_id": line_ids(context.digest, batch.lines),
                "ts": part["time"],
                "session_id": order,
                "order_id": order,
                "kind": pc.if_else(pc.less(quantity, 0), "refund", "purchase"),
                "customer_id": part.get("customer"),
                "product_id": part["product"],
                "quantity": pc.abs(quantity),
                "price": price,
                "value": value,
                "currency": part.get("currency"),
                "region": part.get("region"),
                "source": pa.array([source] * rows, pa.string()),
                "x_title": part.get("title"),
                "x_category": part.get("category"),
                "x_brand": part.get("brand"),
                "_line": batch.lines,
            }
            table = pa.table({name: v for name, v in columns.items() if v is not None})
            for name in ("x_title", "x_category", "x_brand"):
                if name not in table.column_names:
                    table = table.append_column(name, pa.nulls(rows, pa.string()))
                else:
                    at = table.column_names.index(name)
                    table = table.set_column(at, name, _words(table[name], name, context, reasons))
            for row in pc.indices_nonzero(pc.is_null(pc.cast(part["product"], pa.string()))):
                reasons.setdefault(row.as_py(), "the product is empty; it must be given")
            lines = batch.lines.to_pylist()
            yield Parsed(
                batch.lines,
                {"events": table},
                batch.rejected,
                batch.frame,
                {lines[row]: reason for row, reason in reasons.items()},
            )

    def _amounts(
        self,
        part: dict[str, pa.ChunkedArray],
        rows: int,
        context: Context,
        reasons: dict[int, str],
    ) -> tuple[pa.Array, pa.Array | pa.ChunkedArray | None, pa.Array | None]:
        """Signed quantity, the price of one unit, and the line's total when that is given."""
        conform = context.conformer.column
        if "quantity" in part:
            quantity = conform(part["quantity"], Column("quantity", "float", "", True), reasons)
            quantity = pc.fill_null(quantity, 0.0)
        else:
            quantity = pa.array([1.0] * rows)
        if "total" not in part:
            return quantity, part.get("price"), None
        total = conform(part["total"], Column("total", "money", "", True), reasons)
        amount = pc.fill_null(total.cast(pa.float64()), 0.0)
        # A weighed or free-amount line has quantity 0 and a total: it is read as one unit, so
        # that its money is not lost.
        lone = pc.and_(pc.equal(quantity, 0), pc.not_equal(amount, 0))
        count = pc.sum(lone).as_py() or 0
        if count:
            context.notes["quantity 0 with a total: read as one unit"] += count
        quantity = pc.if_else(lone, 1.0, quantity)
        # A refund may carry its total with either sign; a negative total of a sale is refused.
        back = pc.less(quantity, 0)
        value = pc.if_else(back, pc.abs(total), total)
        units = pc.if_else(pc.equal(quantity, 0), 1.0, pc.abs(quantity))
        return quantity, pc.divide(value.cast(pa.float64()), units), value

    def _products(
        self,
        file: Path,
        header: list[str],
        batches: Iterator[RawBatch],
        mapping: Mapping[str, tuple[str, ...]],
        context: Context,
    ) -> Iterator[Parsed]:
        mapped = {("product_id" if t == "product" else t): c for t, c in mapping.items()}
        targets = ("product_id", *_CATALOGUE)
        found = find_columns(header, targets, {t: c for t, c in mapped.items() if t in targets})
        if "product_id" not in found:
            usual = find_columns(header, ("product",), mapping).get("product")
            if usual:
                found["product_id"] = usual
        if "product_id" not in found:
            raise ImportFormatError(
                f"{file.name}: no column is the product, by which it is joined to the lines. "
                f"Give it the lines' name for it, or one of: {', '.join(ALIASES['product'])}."
            )
        used = [column for columns in found.values() for column in columns]
        # The title may stand in the lines alone; `derive` joins it, so it is not required here.
        for batch in batches:
            reasons: dict[int, str] = {}
            columns = {
                target: pick(batch.frame, cols, target)
                for target, cols in found.items()
                if all(c in batch.frame.column_names for c in cols)
            }
            more = extras(batch.frame, used)
            if more is not None:
                columns["attributes"] = more
            if "title" not in columns:
                columns["title"] = columns.get("category", columns["product_id"])
                context.notes["products without a title: the category stands for it"] += len(
                    batch.lines
                )
            else:
                columns["title"] = pc.coalesce(
                    columns["title"].cast(pa.string()),
                    columns.get("category", columns["product_id"]).cast(pa.string()),
                    columns["product_id"].cast(pa.string()),
                )
            columns["_line"] = batch.lines
            lines = batch.lines.to_pylist()
            yield Parsed(
                batch.lines,
                {"products": pa.table(columns)},
                batch.rejected,
                batch.frame,
                {lines[row]: reason for row, reason in reasons.items()},
            )

    def derive(self, derived: Derived) -> None:
        lines = derived.relation("events")
        if lines is None:
            return
        sql = derived.sql
        lines = self._mark_fees(derived, lines)
        same = sql.execute(
            f"SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) n FROM {lines} GROUP BY ts, "
            "session_id, kind, customer_id, product_id, quantity, price, currency, region, x_title"
            " HAVING count(*) > 1)"
        ).fetchall()[0][0]
        if same:
            derived.notes["exact duplicates of another line: kept, look whether they are meant"] = (
                int(same)
            )
        catalogue = derived.relation("products")
        titled = f"""
            SELECT product_id, x_title, count(*) n, count(*) FILTER (price > 0) paid
            FROM {lines} WHERE x_title IS NOT NULL AND NOT coalesce(fee, false) GROUP BY ALL"""
        known = f"WHERE product_id NOT IN (SELECT product_id FROM {catalogue})" if catalogue else ""
        # The commonest title of paid lines is the product's: notes such as 'damaged' or '?' stand
        # on stock adjustments, which cost nothing.
        derived.put(
            "products",
            f"""
            WITH titles AS (
                SELECT product_id, x_title AS title FROM ({titled})
                QUALIFY row_number() OVER (
                    PARTITION BY product_id ORDER BY paid DESC, n DESC, x_title) = 1),
            facts AS (
                SELECT product_id, min(ts) created_at, max(currency) currency,
                    arg_max(price, (ts, event_id)) FILTER (price > 0 AND kind = 'purchase') price,
                    arg_max(x_category, (ts, event_id)) FILTER (x_category IS NOT NULL) category,
                    arg_max(x_brand, (ts, event_id)) FILTER (x_brand IS NOT NULL) brand
                FROM {lines} WHERE NOT coalesce(fee, false) GROUP BY product_id)
            SELECT facts.*, title FROM facts JOIN titles USING (product_id) {known}""",
        )
        untitled = sql.execute(
            f"SELECT count(DISTINCT product_id) FROM {lines} l WHERE NOT coalesce(fee, false) AND "
            f"product_id NOT IN (SELECT product_id FROM derived_products) "
            + (f"AND product_id NOT IN (SELECT product_id FROM {catalogue})" if catalogue else "")
        ).fetchall()[0][0]
        if untitled:
            derived.notes["product codes without a title in any line: no product was made"] = int(
                untitled
            )
        derived.put(
            "customers",
            f"""
            SELECT customer_id, min(ts) created_at,
                arg_max(region, (ts, event_id)) FILTER (region IS NOT NULL) region
            FROM {lines} WHERE customer_id IS NOT NULL GROUP BY customer_id""",
        )

    def _mark_fees(self, derived: Derived, lines: str) -> str:
        if derived.options.fees is not None:
            codes = list(derived.options.fees)
        else:
            titles = derived.sql.execute(
                f"SELECT product_id, t FROM (SELECT product_id, x_title t, count(*) n FROM {lines} "
                "WHERE x_title IS NOT NULL GROUP BY product_id, x_title) "
                "QUALIFY row_number() OVER (PARTITION BY product_id ORDER BY n DESC, t) = 1"
            ).fetchall()
            codes = fee_codes(titles)
        if codes:
            listed = ", ".join("'" + code.replace("'", "''") + "'" for code in codes)
            derived.staged["events"] = (
                f"(SELECT * REPLACE (product_id IN ({listed}) AS fee) FROM {lines})"
            )
            count = derived.sql.execute(
                f"SELECT count(*) FROM {derived.staged['events']} WHERE fee"
            ).fetchall()[0][0]
            if count:
                derived.notes[f"lines of fee codes ({', '.join(codes)[:300]})"] = int(count)
        return derived.staged["events"]


def _header(file: Path, context: Context) -> list[str]:
    return read_any(file, context)[0]


def _words(
    values: pa.ChunkedArray, name: str, context: Context, reasons: dict[int, str]
) -> pa.Array:
    kind = Column(name.removeprefix("x_"), "text", "")
    return context.conformer.column(values, kind, reasons)
