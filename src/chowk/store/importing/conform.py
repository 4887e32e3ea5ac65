"""Raw columns to the types of a table, value by value, with a reason for every row refused.

Most columns repeat a few values, so each distinct value is parsed once; where Arrow itself can
cast a whole column, it does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from chowk.store.schema import Column, Table
from chowk.store.texts import (
    MARKUP,
    MAX_ID,
    MAX_TEXT,
    NULL,
    READ_BY_SHOPPERS,
    is_currency,
    plain,
)

from .moments import Clock, clock
from .money import currency_of, number, price

_YES = {"true", "yes", "y", "t", "1", "in stock", "in_stock", "instock", "available", "active",
        "preorder", "backorder", "limited_availability", "limitedavailability"}  # fmt: skip
_NO = {"false", "no", "n", "f", "0", "out of stock", "out_of_stock", "outofstock", "sold out",
       "soldout", "discontinued", "archived", "draft", "unavailable"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a value cannot be kept, as a clause that starts with the value or the rule."""

    reason: str


@dataclass(slots=True)
class Conformer:
    """Casts batches of one import; it remembers what it learned of a column's dates.

    Parameters
    ----------
    zone, currency : the store's, for times and prices that carry none.
    dates : `auto`, `dmy` or `mdy`.
    notes : sentences for the report, with how many values each concerns.
    """

    zone: str = "UTC"
    currency: str = "EUR"
    dates: str = "auto"
    comma: bool | None = None
    notes: Counter[str] = field(default_factory=Counter)
    clocks: dict[str, Clock] = field(default_factory=dict)

    def clock(self, column: str) -> Clock:
        """The clock of one time column (kept over the whole file)."""
        if column not in self.clocks:
            self.clocks[column] = clock(self.zone, self.dates)
        return self.clocks[column]

    def conform(self, raw: pa.Table, table: Table) -> tuple[pa.Table, dict[int, str]]:
        """`raw` with the columns of `table` (missing ones null), and the reasons by row.

        Columns that start with `_` or `x_` are passed through. Rows with a reason hold nulls
        where they are bad: the caller takes them out.
        """
        reasons: dict[int, str] = {}
        made: dict[str, pa.Array] = {}
        rows = raw.num_rows
        for column in table.columns:
            if column.name in raw.column_names:
                made[column.name] = self.column(raw[column.name], column, reasons)
            else:
                made[column.name] = pa.nulls(rows, column.arrow)
                if column.required:
                    for row in range(rows):
                        reasons.setdefault(row, f"{column.name} is missing; it must be given")
        if "price" in raw.column_names and "currency" in table:
            self._currencies(raw, made, reasons)
        if table.name == "contacts" and "x_place" not in raw.column_names:
            same = pc.fill_null(pc.equal(made["person_a"], made["person_b"]), False)
            for row in pc.indices_nonzero(same).to_pylist():
                reasons.setdefault(row, "person_b is person_a; it must be somebody else")
        for name in raw.column_names:
            if name.startswith(("_", "x_")):
                made[name] = _one(raw[name])
        return pa.table(made), reasons

    def column(
        self, values: pa.ChunkedArray | pa.Array, column: Column, reasons: dict[int, str]
    ) -> pa.Array:
        """One raw column as `column`'s type, its rules checked; reasons by row are added."""
        cast = getattr(self, f"_{column.kind}")
        return self._checked(cast(_one(values), column, reasons), column, reasons)

    # -- the kinds ----------------------------------------------------------------------------

    def _id(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        return self._words(values, column, reasons, MAX_ID, markup=False)

    def _text(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if column.name == "currency":
            values = pc.utf8_upper(self._words(values, column, reasons, MAX_ID, markup=False))
            return _by_value(values, column, reasons, _currency)
        long = column.name in READ_BY_SHOPPERS
        return self._words(values, column, reasons, MAX_TEXT, markup=long)

    def _words(
        self, values: pa.Array, column: Column, reasons: dict[int, str], limit: int, *, markup: bool
    ) -> pa.Array:
        values = _as_text(values)
        if markup:
            tagged = pc.fill_null(pc.match_substring_regex(values, MARKUP), False)
            count = pc.sum(tagged).as_py() or 0
            if count:
                self.notes[f"{column.name}: HTML was turned into plain text"] += count
                values = pc.replace_with_mask(
                    values, tagged, pa.array([plain(v) for v in values.filter(tagged).to_pylist()],
                                             pa.string()),
                )  # fmt: skip
        values = pc.utf8_trim_whitespace(values)
        values = pc.if_else(pc.equal(pc.binary_length(values), 0), None, values)
        for row in _where(pc.match_substring(values, NULL)):
            reasons.setdefault(row, f"{column.name} holds a null byte; remove it")
        for row in _where(pc.greater(pc.utf8_length(values), limit)):
            reasons.setdefault(row, f"{column.name} is longer than {limit:,} characters")
        return values

    def _int(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_integer(values.type):
            return values.cast(pa.int64())

        def parse(text: str) -> int | Bad:
            value = number(text, comma=self.comma)
            if value is None or value != value.to_integral_value():
                return Bad(f"{text!r} is not a whole number")
            return int(value)

        return _by_value(_as_text(values), column, reasons, parse)

    def _float(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
            return _finite(values.cast(pa.float64()), column, reasons)

        def parse(text: str) -> float | Bad:
            value = number(text, comma=self.comma)
            return Bad(f"{text!r} is not a number") if value is None else float(value)

        return _by_value(_as_text(values), column, reasons, parse)

    def _money(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_decimal(values.type) or pa.types.is_integer(values.type):
            try:
                return values.cast(pa.decimal128(38, 6)).cast(column.arrow, safe=False)
            except pa.ArrowInvalid:
                values = values.cast(pa.string())
        if pa.types.is_floating(values.type):
            values = _finite(values.cast(pa.float64()), column, reasons)
            limited = pc.if_else(pc.less(pc.abs(values), 1e14), values, None)
            for row in _where(pc.and_(pc.is_valid(values), pc.is_null(limited))):
                reasons.setdefault(row, f"{column.name} is larger than fourteen digits")
            return pc.round(limited, ndigits=4).cast(column.arrow)

        def parse(text: str) -> Decimal | Bad:
            found = price(text, comma=self.comma)
            if found is None:
                return Bad(f"{text!r} is not a price in a known currency")
            return found[0].quantize(Decimal("0.0001"))

        return _by_value(_as_text(values), column, reasons, parse)

    def _bool(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_boolean(values.type):
            return values

        def parse(text: str) -> bool | Bad:
            word = text.strip().lower().removeprefix("https://schema.org/")
            word = word.removeprefix("http://schema.org/")
            if word in _YES or word in _NO:
                return word in _YES
            return Bad(f"{text!r} is neither yes nor no")

        return _by_value(_as_text(values), column, reasons, parse)

    def _time(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_date(values.type):
            values = values.cast(pa.timestamp("us"))
        if pa.types.is_timestamp(values.type):
            if values.type.tz is None:
                values = pc.assume_timezone(
                    values.cast(pa.timestamp("us"), safe=False),
                    self.zone,
                    ambiguous="earliest",
                    nonexistent="latest",
                )
            return values.cast(column.arrow, safe=False)
        text = _as_text(values)
        try:  # every value ISO 8601 with a zone: Arrow reads a column at once
            return text.cast(column.arrow)
        except pa.ArrowInvalid:
            pass
        clock = self.clock(column.name)
        clock.learn(v for v in pc.unique(text).to_pylist() if v)

        def parse(value: str) -> datetime | Bad:
            moment = clock.moment(value)
            return Bad(moment) if isinstance(moment, str) else moment

        return _by_value(text, column, reasons, parse)

    def _date(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
            return values.cast(pa.date32(), safe=False)
        text = _as_text(values)
        clock = self.clock(column.name)
        clock.learn(v for v in pc.unique(text).to_pylist() if v)

        def parse(value: str) -> date | Bad:
            moment = clock.moment(value)
            if isinstance(moment, str):
                return Bad(moment)
            return moment.astimezone(clock.zone).date()

        return _by_value(text, column, reasons, parse)

    def _map(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_map(values.type):
            return values.cast(column.arrow)
        if pa.types.is_struct(values.type):
            return pa.array(
                [
                    None if row is None else
                    [(k, str(v)) for k, v in row.items() if v is not None]
                    for row in values.to_pylist()
                ],
                column.arrow,
            )  # fmt: skip
        return _by_value(_as_text(values), column, reasons, _pairs)

    def _list(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
            return values.cast(column.arrow)
        return _by_value(_as_text(values), column, reasons, _items)

    def _vector(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        return values.cast(column.arrow)

    # -- rules --------------------------------------------------------------------------------

    def _checked(self, values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
        if column.required and values.null_count:
            for row in _where(pc.is_null(values)):
                reasons.setdefault(row, f"{column.name} is empty; it must be given")
        for limit, worse, rule in (
            (column.low, pc.less, "or more"),
            (column.high, pc.greater, "or less"),
        ):
            if limit is not None:
                bound = pa.scalar(limit).cast(values.type) if column.kind != "money" else limit
                number_ = values.cast(pa.float64()) if column.kind == "money" else values
                for row in _where(worse(number_, bound)):
                    reasons.setdefault(
                        row, f"{column.name} is {values[row].as_py()}; it must be {limit:g} {rule}"
                    )
        return values

    def _currencies(
        self, raw: pa.Table, made: dict[str, pa.Array], reasons: dict[int, str]
    ) -> None:
        """Fill `currency` from codes and signs beside the price, and refuse contradictions."""
        text = _one(raw["price"])
        found = pa.nulls(raw.num_rows, pa.string())
        if pa.types.is_string(text.type) or pa.types.is_large_string(text.type):

            def sign(value: str) -> str | None:
                got = price(value, comma=self.comma)
                return currency_of(got[1], self.currency) if got and got[1] else None

            found = _by_value(text.cast(pa.string()), Column("price", "text", ""), {}, sign)
        said = made["currency"]
        for row in _where(pc.not_equal(found, said)):
            reasons.setdefault(
                row,
                f"the price is in {found[row].as_py()} and the currency column says "
                f"{said[row].as_py()}; make them agree",
            )
        filled = pc.coalesce(said, found)
        priced = pc.is_valid(made["price"])
        made["currency"] = pc.if_else(
            pc.and_(pc.is_null(filled), priced), pa.scalar(self.currency), filled
        )


def _one(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):  # no chunks at all
            values = pa.concat_arrays(values.chunks) if values.num_chunks else pa.nulls(0)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return values


def _as_text(values: pa.Array) -> pa.Array:
    """Any column as text; whole floats lose the '.0' that spreadsheets give to ids."""
    if pa.types.is_floating(values.type):
        whole = pc.fill_null(pc.equal(values, pc.floor(values)), False)
        whole = pc.and_(whole, pc.less(pc.abs(values), 2.0**53))
        safe = pc.if_else(whole, values, 0.0)
        text = pc.if_else(whole, safe.cast(pa.int64()).cast(pa.string()), values.cast(pa.string()))
        return pc.if_else(pc.is_nan(values), None, text)
    if pa.types.is_nested(values.type):
        return pa.array(
            [None if v is None else msgspec.json.encode(v, enc_hook=str).decode()
             for v in values.to_pylist()], pa.string(),
        )  # fmt: skip
    text = values.cast(pa.string())
    return pc.if_else(pc.equal(pc.binary_length(text), 0), None, text)


def _where(mask: pa.Array) -> list[int]:
    found: list[int] = pc.indices_nonzero(pc.fill_null(mask, False)).to_pylist()
    return found


def _finite(values: pa.Array, column: Column, reasons: dict[int, str]) -> pa.Array:
    """NaN is how data frames spell 'nothing'; infinity is refused."""
    values = pc.if_else(pc.is_nan(values), None, values)
    for row in _where(pc.is_inf(values)):
        reasons.setdefault(row, f"{column.name} is infinite; it must be a finite number")
    return pc.if_else(pc.is_inf(values), None, values)


def _by_value(
    values: pa.Array, column: Column, reasons: dict[int, str], parse: Callable[[str], Any]
) -> pa.Array:
    """Parse each distinct value once; the reasons of bad ones go to their rows."""
    encoded = values.dictionary_encode()
    parsed = [parse(value) for value in encoded.dictionary.to_pylist()]
    bad = {code: item.reason for code, item in enumerate(parsed) if isinstance(item, Bad)}
    good = pa.array([None if isinstance(p, Bad) else p for p in parsed], column.arrow)
    if bad:
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(np.isin(codes, list(bad))):
            reasons.setdefault(int(row), f"{column.name}: {bad[int(codes[row])]}")
    return good.take(encoded.indices)


def _currency(text: str) -> str | Bad:
    return text if is_currency(text) else Bad(f"{text!r} is not an ISO 4217 currency code")


def _pairs(text: str) -> list[tuple[str, str]] | Bad | None:
    text = text.strip()
    if NULL in text or "\\u0000" in text:
        return Bad("a null byte stands in it; remove it")
    if text.startswith("{"):
        try:
            found = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return Bad(f"{text[:60]!r} is not a JSON object ({error})")
        return [(k, v if isinstance(v, str) else msgspec.json.encode(v).decode())
                for k, v in found.items() if v is not None]  # fmt: skip
    pairs = [part.partition(":" if ":" in part else "=") for part in re.split(r"[;|]", text)]
    if any(not mark for _, mark, _ in pairs if _ or mark):
        return Bad(f"{text[:60]!r} is not a list of name:value pairs joined by ';'")
    named = {name.strip(): value.strip() for name, _, value in pairs if value.strip()}
    return list(named.items()) or None


def _items(text: str) -> list[str] | Bad | None:
    text = text.strip()
    if NULL in text or "\\u0000" in text:
        return Bad("a null byte stands in it; remove it")
    if text.startswith("["):
        try:
            return [str(item) for item in msgspec.json.decode(text, type=list[Any])]
        except msgspec.DecodeError as error:
            return Bad(f"{text[:60]!r} is not a JSON list ({error})")
    mark = "|" if "|" in text else ","
    return [part.strip() for part in text.split(mark) if part.strip()] or None
