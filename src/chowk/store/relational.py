"""The relational expressions of the project, enrolled by name so that every engine is held to them.

An expression is a pure function from Ibis tables to an Ibis table: relational operations and
window functions only, no user-defined functions. `@relational` enrols it together with the tables
that it takes; the engine contract runs each enrolled expression on DuckDB and on Spark over the
same store and demands equal tables. A table is named either as the schema names it or as the
expression that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from chowk.errors import InputError

from . import schema
from .reader import Reader

if TYPE_CHECKING:
    import ibis

Function = TypeVar("Function", bound="Callable[..., ibis.Table]")


@dataclass(frozen=True, slots=True)
class Relational:
    """One enrolled expression: its name, function, the tables it takes and example arguments."""

    name: str
    function: Callable[..., ibis.Table]
    tables: tuple[str, ...]
    arguments: Mapping[str, Any]


#: Every expression that was enrolled by a module imported so far, by `module.function`.
EXPRESSIONS: dict[str, Relational] = {}


def relational(*tables: str, **arguments: Any) -> Callable[[Function], Function]:
    """Enrol a function from tables to a table; the function itself is returned as it is.

    Parameters
    ----------
    tables : what its positional parameters are: tables of the schema, enrolled expressions of the
        same module by name, or of another one as `module.function` (without `chowk.`).
    arguments : keyword arguments that the engine contract calls it with.

    Examples
    --------
    >>> @relational("events")
    ... def events_by_kind(events):
    ...     return events.group_by("kind").agg(events=events.count())
    >>> EXPRESSIONS.pop(qualified(events_by_kind)).tables
    ('events',)
    """

    def enrol(function: Function) -> Function:
        name = qualified(function)
        EXPRESSIONS[name] = Relational(name, function, tables, dict(arguments))
        return function

    return enrol


def qualified(function: Callable[..., Any]) -> str:
    """The name by which a function is enrolled.

    >>> qualified(relational)
    'store.relational.relational'
    """
    return f"{function.__module__.removeprefix('chowk.')}.{function.__name__}"


def takes(name: str) -> list[str]:
    """What an enrolled expression takes: tables of the schema, and full names of expressions.

    Raises
    ------
    InputError for a name that is not enrolled.
    """
    if name not in EXPRESSIONS:
        raise InputError(
            f"There is no expression {name!r}. Enrol it with @relational, and import its module. "
            f"Enrolled are: {', '.join(sorted(EXPRESSIONS)) or 'none'}."
        )
    module = name.rpartition(".")[0]
    return [
        table if table in schema.TABLES or "." in table else f"{module}.{table}"
        for table in EXPRESSIONS[name].tables
    ]


def expression(name: str, store: Reader) -> ibis.Table:
    """An enrolled expression over the tables of `store`; tables that are not there are empty."""
    if name in schema.TABLES:
        return store.table(name)
    given = [expression(table, store) for table in takes(name)]
    return EXPRESSIONS[name].function(*given, **EXPRESSIONS[name].arguments)
