"""What a table is made of: columns with a kind, a sentence and rules; a key; a time column.

`chowk.store.schema` declares the store's tables with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

Kind = Literal[
    "id", "text", "int", "float", "bool", "money", "time", "date", "map", "list", "vector"
]

#: Arrow types of the column kinds. Money is exact, times carry a zone.
ARROW: Mapping[str, pa.DataType] = MappingProxyType(
    {
        "id": pa.string(),
        "text": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "money": pa.decimal128(18, 4),
        "time": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
        "map": pa.map_(pa.string(), pa.string()),
        "list": pa.list_(pa.string()),
        "vector": pa.list_(pa.float32()),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, kind, meaning and rules.

    `low` and `high` are inclusive limits of numbers; `choices` closes the set of values.
    """

    name: str
    kind: Kind
    doc: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of this column."""
        return ARROW[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, its unique key, its time column.

    `writer` names the system that makes a derived table; an owner's table has none.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    time: str | None = None
    by_day: bool = False
    writer: str | None = None
    _index: dict[str, Column] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._index.update({column.name: column for column in self.columns})

    def __getitem__(self, name: str) -> Column:
        return self._index[name]

    def __contains__(self, name: object) -> bool:
        return name in self._index

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self._index)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the columns that may not be null."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema; required columns are not nullable in meaning, nullable in type."""
        return pa.schema([pa.field(column.name, column.arrow) for column in self.columns])


def declare(
    name: str,
    kind: Kind,
    doc: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Column:
    """A column; a star at the end of the name makes it required."""
    return Column(name.rstrip("*"), kind, doc, name.endswith("*"), low, high, choices)
