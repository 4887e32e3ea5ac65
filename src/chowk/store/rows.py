"""One row at a time: what a client sends, checked against a table's declaration.

A JSON-like mapping comes in; a dict that can go straight into JSON comes out (times as ISO 8601 in
UTC, money as decimal strings), or a `RowError` that names the field, the rule, what was sent and
the cure. `frame` turns such rows into the table's own Arrow types. (Whole frames take
`chowk.store.frames`, files of owners `chowk.store.importing`.)
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import pyarrow as pa

from chowk.errors import InputError

from .schema import Column, Table
from .texts import MAX_ID, MAX_TEXT, NULL, READ_BY_SHOPPERS, is_currency, without_markup

#: Most entries of a map, a list or a vector.
MAX_ITEMS = 4_096
#: How far ahead of the clock the time of an event may lie.
AHEAD = timedelta(days=1)

_MONEY_STEP = Decimal("0.0001")
_MONEY_DIGITS = 14  # before the point; four after it
_INT_LIMIT = 2**63
_MILLISECONDS = 1e11  # as seconds, this lies in the year 5138; as milliseconds, in 1973
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class RowError(InputError):
    """A field of one row breaks a rule.

    Attributes
    ----------
    field : the column's name.
    rule : what the value must be, as a clause that follows "must be".
    got : what was sent.
    cure : what to do.
    """

    def __init__(self, where: str, field: str, rule: str, got: object, cure: str) -> None:
        shown = repr(got)
        if len(shown) > 80:
            shown = shown[:77] + "..."
        super().__init__(
            f"{where}: the field {field!r} must be {rule}. Got {shown} instead. {cure}"
        )
        self.field = field
        self.rule = rule
        self.got = got
        self.cure = cure


class _Broken(Exception):
    """A value breaks a rule; `check_row` adds the place."""

    def __init__(self, rule: str, cure: str) -> None:
        self.rule = rule
        self.cure = cure


Check = Callable[[Any], Any]


class _Checks(NamedTuple):
    table: Table  # held so that its id, the key of the cache, is not used again
    fields: dict[str, Check]
    required: tuple[str, ...]


def check_row(
    table: Table,
    row: Mapping[str, Any],
    *,
    where: str,
    defaults: Mapping[str, Any] | None = None,
    partial: bool = False,
    now: datetime | None = None,
) -> dict[str, Any]:
    """The row in clean values that JSON can hold, or a RowError.

    Parameters
    ----------
    table : the declaration to check against.
    row : field to value; a null, and an empty text where nothing is required, mean "not given".
    where : the place for the error's sentence, such as "events[3]".
    defaults : values of fields that the row does not give.
    partial : a change of a row that is there: only the key is required, and a null is kept,
        because it empties the field.
    now : the clock, for the rule that the table's time may lie at most a day ahead.

    Returns
    -------
    dict with the given fields only. Times are ISO 8601 in UTC, money is a decimal string with up
    to four places, ids are strings, maps hold strings, HTML in a title, a description or a text
    is plain text, as an import makes it.

    Examples
    --------
    >>> from chowk.store.schema import TABLES
    >>> check_row(TABLES["products"], {"product_id": 7, "title": "Lamp", "price": 12.50},
    ...           where="products[0]")
    {'product_id': '7', 'title': 'Lamp', 'price': '12.5'}
    >>> check_row(TABLES["products"], {"product_id": "7", "title": "Lamp", "price": -1},
    ...           where="products[0]")
    Traceback (most recent call last):
    chowk.store.rows.RowError: products[0]: the field 'price' must be at least 0. Got -1 instead. \
Send a number within the limits, or leave the field out.
    """
    if not isinstance(row, Mapping):
        raise RowError(where, table.name, "an object with named fields", row, "Send {…}.")
    checks = _checks(table)
    given: Mapping[str, Any] = row
    if defaults:
        given = {**row, **{k: v for k, v in defaults.items() if row.get(k) is None}}
    clean: dict[str, Any] = {}
    for name, value in given.items():
        check = checks.fields.get(name)
        if check is None:
            raise RowError(where, str(name), f"a column of {table.name}", value, _near(name, table))
        if value is None:
            if partial:
                clean[name] = None
            continue
        try:
            value = check(value)
        except _Broken as broken:
            raise RowError(where, name, broken.rule, given[name], broken.cure) from None
        if value is not None:
            clean[name] = value
        elif partial:
            clean[name] = None
    for name in table.key if partial else checks.required:
        if clean.get(name) is None:
            raise RowError(where, name, "given", given.get(name), f"Send {name!r} with every row.")
    if partial:
        for name in checks.required:
            if name in clean and clean[name] is None:
                raise RowError(
                    where, name, "not empty", given.get(name), "Leave it out to keep it."
                )
    if table.time is not None and clean.get(table.time) is not None:
        moment = datetime.fromisoformat(clean[table.time])
        if moment > (now or datetime.now(UTC)) + AHEAD:
            raise RowError(
                where,
                table.time,
                "at most a day ahead of the server's clock",
                given[table.time],
                "Check the client's clock and the unit (seconds or milliseconds).",
            )
    return clean


def frame(table: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Checked rows as an Arrow table with the declared columns and types.

    Values may be as `check_row` gives them, or already of the Python type that Arrow gives back
    (datetime, Decimal, list of pairs), so that a row read from a table can be changed and written.

    Examples
    --------
    >>> from chowk.store.schema import TABLES
    >>> frame(TABLES["products"], [{"product_id": "7", "title": "Lamp", "price": "12.5"}])[
    ...     "price"].to_pylist()
    [Decimal('12.5000')]
    """
    columns = []
    for column in table.columns:
        name, typed = column.name, _TYPED.get(column.kind)
        values = [row.get(name) for row in rows]
        try:
            if typed is not None:
                values = [None if value is None else typed(value) for value in values]
            columns.append(pa.array(values, column.arrow))
        except (ValueError, TypeError, ArithmeticError) as error:
            raise InputError(
                f"{table.name}.{name} must be {column.kind} in every row: {error}. "
                "Check the rows with check_row first."
            ) from None
    return pa.Table.from_arrays(columns, schema=table.arrow)


# -- from text to Python's own types, for `frame` -------------------------------------------------


def _pairs(value: Any) -> Any:
    return list(value.items()) if isinstance(value, Mapping) else value


_TYPED: dict[str, Check] = {
    "time": lambda value: datetime.fromisoformat(value) if isinstance(value, str) else value,
    "date": lambda value: date.fromisoformat(value) if isinstance(value, str) else value,
    "money": lambda value: Decimal(value) if isinstance(value, str) else value,
    "map": _pairs,
}


# -- the checks, one a kind ----------------------------------------------------------------------

_CACHE: dict[int, _Checks] = {}


def _checks(table: Table) -> _Checks:
    found = _CACHE.get(id(table))
    if found is None:
        fields = {column.name: _check(column) for column in table.columns}
        found = _CACHE[id(table)] = _Checks(table, fields, table.required)
    return found


def _check(column: Column) -> Check:
    """The check of one column: its kind, then its limits, then its closed set of values."""
    by_kind: Check = _KINDS[column.kind]
    if column.kind == "text" and column.name in READ_BY_SHOPPERS:
        by_kind = _read_by_shoppers
    if column.required and column.kind in ("id", "text"):
        by_kind = _not_empty(by_kind)
    if column.name == "currency":
        return _currency
    low, high, choices = column.low, column.high, column.choices
    if low is None and high is None and not choices:
        return by_kind

    def check(value: Any) -> Any:
        value = by_kind(value)
        if value is None:
            return None
        number = Decimal(value) if column.kind == "money" else value
        for limit, word, broken in (
            (low, "at least", low is not None and number < low),
            (high, "at most", high is not None and number > high),
        ):
            if broken:
                cure = "Send a number within the limits, or leave the field out."
                raise _Broken(f"{word} {limit:g}", cure)
        if choices and value not in choices:
            raise _Broken(f"one of {', '.join(choices)}", "Send one of these words.")
        return value

    return check


def _near(name: object, table: Table) -> str:
    near = difflib.get_close_matches(str(name), table.names, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Its columns are: {', '.join(table.names)}."


def _not_empty(check: Check) -> Check:
    def checked(value: Any) -> Any:
        value = check(value)
        if value is None:
            raise _Broken("not empty", "Send the value.")
        return value

    return checked


def _plain(value: str) -> str:
    """`value`, if every store and every index can hold it."""
    if NULL in value:
        raise _Broken("text without null characters", "Remove the character U+0000.")
    return value


def _size(value: str) -> int:
    """Bytes in UTF-8."""
    if value.isascii():
        return len(value)
    try:
        return len(value.encode())
    except UnicodeEncodeError:
        raise _Broken("valid Unicode", "Remove the unpaired surrogate.") from None


def _id(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _Broken("an id (a string, or a whole number)", "Send it as a string.")
    if len(value) > MAX_ID:
        raise _Broken(f"an id of at most {MAX_ID} characters", "Send a shorter id.")
    _size(value)
    return _plain(value) or None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise _Broken("text", "Send it as a string.")
    if _size(value) > MAX_TEXT:
        raise _Broken(f"text of at most {MAX_TEXT} bytes", "Send a shorter text.")
    return _plain(value) or None


def _read_by_shoppers(value: Any) -> str | None:
    text = _text(value)
    return None if text is None else without_markup(text) or None


def _currency(value: Any) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or not is_currency(value):
        raise _Broken("an ISO 4217 code", "Send three capitals, such as EUR or INR.")
    return value


def _int(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Broken("a whole number", "Send a number without quotes and fraction.")
    if not -_INT_LIMIT <= value < _INT_LIMIT:
        raise _Broken("a whole number of 64 bits", "Send a smaller number.")
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Broken("a number", "Send a number without quotes.")
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise _Broken("a finite number", "Leave the field out when it is not known.")
    return float(value)


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Broken("true or false", "Send true or false without quotes.")
    return value


def _money(value: Any) -> str:
    rule = "an amount of money"
    cure = "Send a number, or a string such as '12.50', without sign of currency and separators."
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise _Broken(rule, cure)
    if isinstance(value, str) and (len(value) > 64 or not value.isascii() or "_" in value):
        raise _Broken(rule, cure)
    try:
        # A float's own digits: 0.1 is meant as 0.1, not as the binary fraction next to it.
        amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise _Broken(rule, cure) from None
    if not amount.is_finite() or (amount and amount.adjusted() >= _MONEY_DIGITS):
        raise _Broken(f"{rule} below {10**_MONEY_DIGITS:,}", cure)
    rounded = amount.quantize(_MONEY_STEP)
    if rounded != amount and not isinstance(value, float):
        raise _Broken(f"{rule} with at most four decimal places", "Round it before sending.")
    text = f"{rounded:f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _time(value: Any) -> str:
    cure = "Send ISO 8601 with a zone, such as 2026-11-08T18:30:00+05:30, or seconds since 1970."
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise _Broken("a time", cure) from None
    elif isinstance(value, datetime):
        moment = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
            moment = _FIRST + timedelta(seconds=seconds)
        except (OverflowError, ValueError):
            raise _Broken("a time", cure) from None
    else:
        raise _Broken("a time", cure)
    if moment.tzinfo is None:
        raise _Broken("a time with a zone", cure)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise _Broken("a time since 1970", cure) from None
    if moment < _FIRST:
        raise _Broken("a time since 1970", cure)
    return moment.isoformat()


def _date(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise _Broken("a day", "Send YYYY-MM-DD.") from None


def _many(value: Any, kind: type, rule: str, cure: str) -> None:
    if isinstance(value, (str, bytes)) or not isinstance(value, kind):
        raise _Broken(rule, cure)
    if len(value) > MAX_ITEMS:  # type: ignore[arg-type]
        raise _Broken(f"{rule} of at most {MAX_ITEMS} entries", "Send fewer.")


def _map(value: Any) -> dict[str, str]:
    rule, cure = "an object of texts", 'Send one such as {"colour": "red"}.'
    _many(value, Mapping, rule, cure)
    clean = {}
    for name, fact in value.items():
        if not isinstance(name, str) or not name:
            raise _Broken(rule, cure)
        if fact is None:
            continue
        if isinstance(fact, bool):
            fact = "true" if fact else "false"
        elif isinstance(fact, (int, float)):
            fact = str(fact)
        elif not isinstance(fact, str):
            raise _Broken(f"{rule}, and {name[:80]!r} is none", cure)
        text = _text(fact)
        if text is not None:
            clean[str(_text(name))] = text
    return clean


def _list(value: Any) -> list[str]:
    _many(value, Sequence, "a list of texts", 'Send one such as ["diwali", "lamps"].')
    return [text for text in map(_text, value) if text is not None]


def _vector(value: Any) -> list[float]:
    _many(value, Sequence, "a list of numbers", "Send one such as [0.1, 0.2].")
    return [_float(number) for number in value]


_KINDS: dict[str, Check] = {
    "id": _id,
    "text": _text,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "money": _money,
    "time": _time,
    "date": _date,
    "map": _map,
    "list": _list,
    "vector": _vector,
}
