"""A table's Parquet files as one relation, whichever release of Chowk wrote each of them.

A release may add columns that are not required. Files written before have no such column, and are
not written again for it: where it is missing it reads as null.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pyarrow.parquet as pq

from .schema import Column, Kind, Table

#: DuckDB's types of the column kinds.
SQL_TYPES: Mapping[Kind, str] = MappingProxyType(
    {
        "id": "VARCHAR",
        "text": "VARCHAR",
        "int": "BIGINT",
        "float": "DOUBLE",
        "bool": "BOOLEAN",
        "money": "DECIMAL(18,4)",
        "time": "TIMESTAMPTZ",
        "date": "DATE",
        "map": "MAP(VARCHAR, VARCHAR)",
        "list": "VARCHAR[]",
        "vector": "FLOAT[]",
    }
)


def sql_name(name: str) -> str:
    """A quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(text: str) -> str:
    """A quoted SQL string."""
    return "'" + text.replace("'", "''") + "'"


def parquet_source(files: Sequence[Path], table: Table | None = None) -> str:
    """A DuckDB expression that reads `files` as one relation, with all columns of `table`.

    Examples
    --------
    >>> parquet_source([Path("a.parquet")])
    "read_parquet(['a.parquet'])"
    """
    listed = "[" + ", ".join(sql_text(str(file)) for file in files) + "]"
    if table is None:
        return f"read_parquet({listed})"
    differ, missing = unlike(files, table)
    source = (
        f"read_parquet({listed}, union_by_name = true)" if differ else f"read_parquet({listed})"
    )
    if not missing:
        return source
    nulls = ", ".join(f"CAST(NULL AS {SQL_TYPES[c.kind]}) AS {sql_name(c.name)}" for c in missing)
    return f"(SELECT *, {nulls} FROM {source})"


def unlike(files: Sequence[Path], table: Table) -> tuple[bool, list[Column]]:
    """Whether the files have different columns, and the table's columns that none of them has."""
    # The files of one folder were written by one statement, so one speaks for all.
    first: dict[Path, Path] = {}
    for file in files:
        first.setdefault(file.parent, file)
    found = set()
    for file in first.values():
        # What cannot be read is left to the engine, whose error is told with the file's name.
        with contextlib.suppress(OSError, pa.ArrowException):
            found.add(_columns(file))
    if not found:
        return False, []
    there = frozenset[str]().union(*found)
    return len(found) > 1, [column for column in table.columns if column.name not in there]


@lru_cache(maxsize=4096)
def _columns(file: Path) -> frozenset[str]:
    """The columns of a file; a version's files never change once they are written."""
    return frozenset(pq.read_schema(file).names)
