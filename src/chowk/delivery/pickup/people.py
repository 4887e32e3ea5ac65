"""Who is told, and how: what a store knows of the people of its addresses for one round of notices.

In go rows of any frame or of a CSV text; out comes a `Person` by address id. Nothing of it is kept:
where somebody is reached is needed for the sending and for nothing after it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chowk.errors import InputError
from chowk.store.frames import arrow_table

_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0", "")


@dataclass(frozen=True, slots=True)
class Person:
    """Of one address: where it is reached, language, parcel, and what the person agreed to."""

    to: str = ""
    language: str = ""
    parcel: str = ""
    consented: bool | None = None
    opted_out: bool = False


def people_of(rows: Any) -> dict[str, Person]:
    """People by address id, of rows with `address_id` and perhaps `to`, `language`, `parcel`,
    `consented` and `opted_out`. Of an address that stands twice the last row counts, but an opt-out
    of any of them holds.

    >>> people_of([{"address_id": "a", "to": "x@example.com", "consented": "yes"}])["a"].consented
    True
    """
    if rows is None or (isinstance(rows, list) and not rows):
        return {}
    table = arrow_table(rows, "people")
    if "address_id" not in table.column_names:
        raise InputError(
            f"The people need the column 'address_id'. Got {', '.join(table.column_names)[:200]} "
            "instead. Name it so."
        )
    found: dict[str, Person] = {}
    for number, row in enumerate(table.to_pylist(), 1):
        address_id = _text(row, "address_id")
        if not address_id:
            raise InputError(f"The people's row {number} has no address_id. Give every row one.")
        found[address_id] = Person(
            _text(row, "to"),
            _text(row, "language"),
            _text(row, "parcel"),
            _answer(row, "consented", number),
            bool(_answer(row, "opted_out", number))
            or (address_id in found and found[address_id].opted_out),
        )
    return found


def people_of_csv(text: str) -> dict[str, Person]:
    """The same of a CSV text, its first line the names of the columns.

    >>> people_of_csv("address_id,language\\na,hi")["a"].language
    'hi'
    """
    if not text.strip():
        return {}
    try:
        rows = list(csv.DictReader(io.StringIO(text.strip()), strict=True))
    except csv.Error as error:
        raise InputError(f"The people are no CSV: {error}. Write a row a line.") from None
    return people_of([{str(k): v for k, v in row.items() if k is not None} for row in rows])


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _answer(row: Mapping[str, Any], name: str, number: int) -> bool | None:
    value = _text(row, name).lower()
    if value in _YES:
        return True
    if value in _NO:
        return None if value == "" else False
    raise InputError(
        f"{name} of the people's row {number} must be true or false. Got {value[:40]!r} instead. "
        "Correct it, or leave it empty."
    )
