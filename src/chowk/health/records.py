"""Contacts and tests as they come, checked row by row, as arrays of codes.

In go frames, lists of dicts, rows of tuples or 2-D arrays with people's own ids; out come integer
arrays. What breaks a rule is refused with its row, the rule and what came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chowk.errors import InputError, parameter
from chowk.store.frames import arrow_table

Codes = NDArray[np.int32]
Floats = NDArray[np.float64]

CONTACT = ("person_a", "person_b", "day", "count")
TEST = ("person", "day", "positive")
_FEATURES = ("channel", "minutes", "metres", "indoors")
#: More than this often a pair cannot meet on one day: 14 hours of half-minute contacts.
MOST_CONTACTS = 10_000


class People:
    """Who there is: codes from 0, and their own ids.

    Parameters
    ----------
    given : a count (ids are 0 … count - 1), or a sequence of distinct ids, all int or all str.

    Examples
    --------
    >>> People(["ann", "bob"]).id(1)
    'bob'
    """

    def __init__(self, given: int | Sequence[Any]) -> None:
        self.ids: list[Any] | None = None
        number = isinstance(given, int | np.integer)
        if isinstance(given, bool | str) or not (number or hasattr(given, "__len__")):
            raise parameter("Crisp", "people", "a count of at least 1, or a list of ids", given)
        if isinstance(given, int | np.integer):
            if not 1 <= given <= 2**31 - 2:
                raise parameter("Crisp", "people", "a count of at least 1, or a list of ids", given)
            self.count = int(given)
            return
        given = given.to_pylist() if hasattr(given, "to_pylist") else given  # an Arrow array
        self.ids = [value.item() if isinstance(value, np.generic) else value for value in given]
        self.count = len(self.ids)
        if not self.count:
            raise parameter("Crisp", "people", "a count of at least 1, or a list of ids", given)
        kinds = {type(value) for value in self.ids}
        if kinds not in ({str}, {int}):
            raise parameter("Crisp", "people", "ids that are all text or all integers", given)
        self._known = pa.array(self.ids)
        if len(set(self.ids)) < self.count:
            twice = next(value for k, value in enumerate(self.ids) if value in self.ids[:k])
            raise InputError(f"people: every id must stand once. {twice!r} stands twice.")

    def id(self, code: int) -> Any:
        """The person's own id."""
        return code if self.ids is None else self.ids[code]

    def code(self, person: Any) -> int:
        """The code of one id; InputError for one that is not known."""
        if self.ids is None:
            known = isinstance(person, int | np.integer) and 0 <= person < self.count
            if known and not isinstance(person, bool):
                return int(person)
        elif person in self.ids:
            return self.ids.index(person)
        raise InputError(f"There is no person {person!r}. Give one of the ids of 'people'.")

    def codes(self, values: pa.ChunkedArray, table: str, column: str) -> Codes:
        """The codes of a column of ids; InputError with the row for one that is not known."""
        if self.ids is None:
            rule = f"a person from 0 to {self.count - 1}"
            found = integers(values, table, column, rule)
            refuse(table, column, rule, (found < 0) | (found >= self.count), values)
            return found.astype(np.int32)
        rule = "one of the people"
        try:
            at = pc.index_in(values.cast(self._known.type), self._known)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise InputError(
                f"{table}: the column {column} must hold ids of type {self._known.type}. "
                f"Got {values.type} instead."
            ) from None
        refuse(table, column, rule, np.asarray(at.is_null().to_numpy()), values)
        codes: Codes = at.to_numpy().astype(np.int32)
        return codes


@dataclass(frozen=True)
class Contacts:
    """Who met whom on which day: one entry a row, `a` before `b`; None where nothing was said."""

    a: Codes
    b: Codes
    day: Codes
    count: Codes | None = None
    channel: NDArray[Any] | None = None
    minutes: Floats | None = None
    metres: Floats | None = None
    indoors: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.a)

    def where(self, keep: NDArray[np.bool_]) -> Contacts:
        """Some of these rows."""
        kept: dict[str, Any] = {}
        for name in ("a", "b", "day", "count", *_FEATURES):
            values = getattr(self, name)
            kept[name] = None if values is None else values[keep]
        return Contacts(**kept)

    def joined(self, more: Contacts) -> Contacts:
        """These and `more`, rows of one pair, day and features summed.

        InputError when both are some, and one says a feature on which the other is silent.
        """
        if not len(more) or not len(self):
            return self if not len(more) else more
        parts: dict[str, Any] = {}
        for name in ("a", "b", "day", "count", *_FEATURES):
            here, there = getattr(self, name), getattr(more, name)
            if name == "count" and (here is None) != (there is None):
                here = np.ones(len(self), np.int32) if here is None else here
                there = np.ones(len(more), np.int32) if there is None else there
            if (here is None) != (there is None):
                raise InputError(
                    f"contacts: some rows have {name} and others have none. Give it in all."
                )
            parts[name] = None if here is None else np.concatenate([here, there])
        return _summed(Contacts(**parts))


@dataclass(frozen=True)
class Tests:
    """Who was tested on which day, and found what."""

    __test__ = False  # for pytest: this is no test

    person: Codes
    day: Codes
    positive: NDArray[np.bool_]
    #: false-negative and false-positive rate of each, NaN where the disease's hold; or None
    rates: Floats | None = None

    def __len__(self) -> int:
        return len(self.person)

    def where(self, keep: NDArray[np.bool_]) -> Tests:
        """Some of these tests."""
        rates = None if self.rates is None else self.rates[keep]
        return Tests(self.person[keep], self.day[keep], self.positive[keep], rates)

    def joined(self, more: Tests) -> Tests:
        """These tests, and then `more`."""
        rates = None
        if self.rates is not None or more.rates is not None:
            rates = np.concatenate(
                [
                    np.full((len(tests), 2), np.nan) if tests.rates is None else tests.rates
                    for tests in (self, more)
                ]
            )
        return Tests(
            np.concatenate([self.person, more.person]),
            np.concatenate([self.day, more.day]),
            np.concatenate([self.positive, more.positive]),
            rates,
        )


def table_of(rows: Any, columns: Sequence[str], table: str) -> pa.Table:
    """Rows in any of the accepted forms as an Arrow table; the columns of tuples are `columns`."""
    if rows is None or isinstance(rows, Iterator | Set):
        rows = [] if rows is None else list(rows)
    if isinstance(rows, np.ndarray) or (
        isinstance(rows, Sequence) and all(isinstance(row, tuple | list) for row in rows)
    ):
        widths = {rows.shape[1]} if isinstance(rows, np.ndarray) and rows.ndim == 2 else set()
        if not isinstance(rows, np.ndarray):
            if columns == CONTACT and {len(row) for row in rows} == {3, 4}:
                rows = [row if len(row) == 4 else (*row, 1) for row in rows]
            widths = {len(row) for row in rows}
        if not len(rows):
            return pa.table({name: pa.array([], pa.int64()) for name in columns[:3]})
        if len(widths) != 1 or not {3, len(columns)} & widths:
            raise InputError(
                f"{table}: a row must be ({', '.join(columns)}). "
                f"Got {sorted(widths) or 'an array of another shape'} values a row instead."
            )
        width = widths.pop()
        if isinstance(rows, np.ndarray):
            return pa.table({columns[k]: rows[:, k] for k in range(width)})
        try:
            return pa.table({columns[k]: [row[k] for row in rows] for k in range(width)})
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise InputError(f"{table}: the rows cannot be read as a table: {error}.") from None
    return arrow_table(rows, table)


def column(frame: pa.Table, name: str, table: str) -> pa.ChunkedArray:
    """A column that must be there."""
    if name not in frame.column_names:
        raise InputError(
            f"{table}: the column {name!r} is missing. "
            f"Got the columns {', '.join(frame.column_names)}."
        )
    return frame[name]


def refuse(table: str, name: str, rule: str, bad: NDArray[np.bool_], values: Any) -> None:
    """InputError with the first bad row, when there is one."""
    if bad.any():
        row = int(np.argmax(bad))
        got = values[row]
        got = got.as_py() if hasattr(got, "as_py") else got
        got = got.item() if isinstance(got, np.generic) else got
        raise InputError(
            f"{table}: row {row}: {name} must be {rule}. Got {got!r} instead. "
            "Correct the row or leave it out."
        )


def integers(values: pa.ChunkedArray, table: str, name: str, rule: str) -> NDArray[np.int64]:
    """Whole numbers; missing, broken and NaN ones are refused."""
    refuse(table, name, rule, np.asarray(values.is_null().to_numpy()), values)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        if len(values):
            refuse(table, name, rule, np.ones(len(values), dtype=bool), values)
        return np.zeros(0, dtype=np.int64)
    numbers = values.to_numpy()
    if numbers.dtype.kind == "f":
        refuse(table, name, rule, ~(np.isfinite(numbers) & (numbers == np.floor(numbers))), values)
    found: NDArray[np.int64] = numbers if numbers.dtype.kind == "i" else numbers.astype(np.int64)
    return found


def filled(values: pa.ChunkedArray, value: int | bool) -> pa.ChunkedArray:
    """Missing values replaced in a column of numbers; any other column is left to be refused."""
    if pa.types.is_null(values.type):
        values = values.cast(pa.int64())
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    if not any(kind(values.type) for kind in kinds):
        return values
    return pc.fill_null(values, pa.scalar(value).cast(values.type))


def amounts(values: pa.ChunkedArray, table: str, name: str) -> Floats:
    """Numbers of at least 0; missing ones are NaN, NaN that came is refused."""
    try:
        numbers = values.cast(pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(f"{table}: {name} must be numbers. Got {values.type} instead.") from None
    found: Floats = numbers.to_numpy()
    missing = np.asarray(numbers.is_null().to_numpy())
    refuse(
        table,
        name,
        "a number of at least 0",
        ~missing & ~(np.isfinite(found) & (found >= 0)),
        values,
    )
    return found


def read_days(values: pa.ChunkedArray, days: int, table: str, name: str = "day") -> Codes:
    """Days from 0 to `days` - 1."""
    rule = f"a day from 0 to {days - 1}"
    found = integers(values, table, name, rule)
    refuse(table, name, rule, (found < 0) | (found >= days), values)
    return found.astype(np.int32)


def read_contacts(rows: Any, people: People, days: int) -> Contacts:
    """Contacts (person_a, person_b, day[, count, channel, minutes, metres, indoors]).

    A pair is given once; rows of one pair, day and features are summed.

    Raises
    ------
    InputError : an unknown person or day, a person with himself, a count, number of minutes or
        distance below 0 or NaN, more than 10,000 contacts of a pair on a day.
    """
    frame = table_of(rows, CONTACT, "contacts")
    a = people.codes(column(frame, "person_a", "contacts"), "contacts", "person_a")
    b = people.codes(column(frame, "person_b", "contacts"), "contacts", "person_b")
    day = read_days(column(frame, "day", "contacts"), days, "contacts")
    refuse("contacts", "person_b", "somebody else than person_a", a == b, frame["person_b"])
    low, high = np.minimum(a, b), np.maximum(a, b)
    count = None
    if "count" in frame.column_names:
        values = filled(frame["count"], 1)
        rule = f"a whole number from 0 to {MOST_CONTACTS:,}"
        found = integers(values, "contacts", "count", rule)
        refuse("contacts", "count", rule, (found < 0) | (found > MOST_CONTACTS), values)
        count = None if (found == 1).all() else found.astype(np.int32)
    named: dict[str, Any] = {}
    for name in ("minutes", "metres"):
        if name in frame.column_names and frame[name].null_count < len(frame):
            named[name] = amounts(frame[name], "contacts", name)
    if "indoors" in frame.column_names and frame["indoors"].null_count < len(frame):
        named["indoors"] = _flags(filled(frame["indoors"], True), "contacts", "indoors")
    if "channel" in frame.column_names and frame["channel"].null_count < len(frame):
        values = frame["channel"]
        refuse("contacts", "channel", "given in every row", values.is_null().to_numpy(), values)
        named["channel"] = np.array(values.to_pylist(), dtype=object).astype(str)
    return _summed(Contacts(low, high, day, count, **named), rows=True)


def _summed(contacts: Contacts, *, rows: bool = False) -> Contacts:
    """Rows of one pair and day (and the same features) as one; contacts of count 0 left out.

    `rows` says that these are the rows as they came, so that an error can name one.
    """
    given = contacts
    if contacts.count is not None and (contacts.count == 0).any():
        contacts = contacts.where(contacts.count > 0)
    if len(contacts) == 0:
        return contacts
    features = {name: getattr(contacts, name) for name in _FEATURES}
    features = {name: value for name, value in features.items() if value is not None}
    if not features and contacts.b.max() < 2**24:
        summed = _summed_plainly(contacts)
    else:
        summed = _summed_with(contacts, features)
    if summed.count is not None and summed.count.max() > MOST_CONTACTS:
        row = int(np.argmax(summed.count))
        of_pair = (given.a == summed.a[row]) & (given.b == summed.b[row])
        first = int(np.argmax(of_pair & (given.day == summed.day[row])))
        where = f"row {first}: " if rows else ""
        raise InputError(
            f"contacts: {where}a pair may meet at most {MOST_CONTACTS:,} times a day. The rows of "
            f"one pair on day {summed.day[row]} sum to {summed.count[row]:,}. Count meetings, not "
            "signals."
        )
    return summed


def _summed_plainly(contacts: Contacts) -> Contacts:
    """By one sort of one integer a row, which is what a city's contacts can afford."""
    key = contacts.a.astype(np.int64)
    for part, bits in ((contacts.b, 24), (contacts.day, 15)):
        key <<= bits
        key += part
    if contacts.count is None:
        key.sort()
        begin = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        if len(begin) == len(key):
            return contacts
        total = np.diff(np.append(begin, len(key)))
    else:
        order = np.argsort(key, kind="stable")
        key = key[order]
        begin = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
        total = np.add.reduceat(contacts.count[order].astype(np.int64), begin)
    key = key[begin]
    return Contacts(
        (key >> 39).astype(np.int32),
        ((key >> 15) & (2**24 - 1)).astype(np.int32),
        (key & (2**15 - 1)).astype(np.int32),
        None if (total == 1).all() else np.minimum(total, 2**31 - 1).astype(np.int32),
    )


def _summed_with(contacts: Contacts, features: dict[str, Any]) -> Contacts:
    keys = {"a": contacts.a, "b": contacts.b, "day": contacts.day, **features}
    count = contacts.count if contacts.count is not None else np.ones(len(contacts), np.int32)
    frame = pa.table(keys | {"count": count.astype(np.int64)})
    grouped = frame.group_by(list(keys), use_threads=False).aggregate([("count", "sum")])
    total = np.minimum(grouped["count_sum"].to_numpy(), 2**31 - 1)
    found = {name: grouped[name].to_numpy() for name in keys}
    if "channel" in found:
        found["channel"] = found["channel"].astype(str)
    return Contacts(count=None if (total == 1).all() else total.astype(np.int32), **found)


def _flags(values: pa.ChunkedArray, table: str, name: str) -> NDArray[np.bool_]:
    if pa.types.is_boolean(values.type):
        found: NDArray[np.bool_] = values.to_numpy()
        return found
    numbers = integers(values, table, name, "true or false (1 or 0)")
    refuse(table, name, "true or false (1 or 0)", (numbers != 0) & (numbers != 1), values)
    return numbers.astype(bool)


def read_tests(rows: Any, people: People, days: int) -> Tests:
    """Tests (person, day, positive); a person may be tested more than once a day.

    The columns `false_negative_rate` and `false_positive_rate` give a test rates of its own: a
    second kind of test, or a diary of symptoms, whose "positive" is feeling ill.

    Raises
    ------
    InputError : an unknown person or day, an outcome that is not true or false, a rate outside of
        [0, 1].
    """
    frame = table_of(rows, TEST, "tests")
    person = people.codes(column(frame, "person", "tests"), "tests", "person")
    day = read_days(column(frame, "day", "tests"), days, "tests")
    outcome = column(frame, "positive", "tests")
    refuse(
        "tests",
        "positive",
        "true or false (1 or 0)",
        np.asarray(outcome.is_null().to_numpy()),
        outcome,
    )
    rates = None
    for k, name in enumerate(("false_negative_rate", "false_positive_rate")):
        if name in frame.column_names and frame[name].null_count < len(frame):
            rates = np.full((len(person), 2), np.nan) if rates is None else rates
            rates[:, k] = amounts(frame[name], "tests", name)
            refuse("tests", name, "a number in [0, 1]", rates[:, k] > 1, frame[name])
    return Tests(person, day, _flags(outcome, "tests", "positive"), rates)
