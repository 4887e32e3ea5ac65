"""What a system is given to read: a store, a store before a moment, or a store since a moment.

All three answer the same questions, so a system cannot tell which one it has. `before` hides what
happened later from every table that has a time column; `since` hides what happened earlier; tables
without a time column (the catalogue) are whole in both. `overlay` adds derived tables that are not
committed yet, as the build passes them from one system to the next.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from chowk.errors import TableNotFoundError, parameter

from . import schema
from .engines import Engine
from .settings import Settings

if TYPE_CHECKING:
    import ibis


class Reader(ABC):
    """Tables by name, as Ibis expressions.

    Examples
    --------
    >>> "events" in store and store.rows("events") > 0
    True
    >>> purchases = store["events"].filter(lambda t: t.kind == "purchase")
    >>> store.arrow(purchases.count()) if False else purchases.columns[0]
    'event_id'
    """

    engine: Engine
    settings: Settings

    @abstractmethod
    def __getitem__(self, name: str) -> ibis.Table:
        """The table, or TableNotFoundError that says how to get it."""

    @abstractmethod
    def tables(self) -> list[str]:
        """The names of the tables that are there, in the schema's order."""

    @abstractmethod
    def fingerprint(self, name: str) -> str:
        """A hash of the table's content; '' for a table that is not there."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.tables()

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables())

    def table(self, name: str) -> ibis.Table:
        """Like `store[name]`, but a table that is not there is empty instead of an error."""
        if name in self:
            return self[name]
        return self.engine.read(declared(name), [])

    def rows(self, name: str) -> int:
        """How many rows a table has; 0 when it is not there."""
        return int(self.engine.scalar(self[name].count())) if name in self else 0

    def arrow(self, expression: Any) -> pa.Table:
        """Run an expression, or read a table by name, into Arrow."""
        if isinstance(expression, str):
            expression = self[expression]
        elif isinstance(expression, type) or not hasattr(expression, "op"):  # no expression of ibis
            raise parameter("arrow", "expression", "a table's name or an expression", expression)
        return self.engine.arrow(expression)

    def before(self, cut: datetime) -> View:
        """The store as it was known before `cut` (a time with a zone)."""
        return View(self, before=_moment(cut, "before"))

    def since(self, cut: datetime) -> View:
        """What happened at `cut` or later, beside the whole catalogue."""
        return View(self, since=_moment(cut, "since"))

    def overlay(self, tables: Mapping[str, ibis.Table]) -> View:
        """This store with some tables added or replaced."""
        return View(self, overlay=tables)


def declared(name: str) -> schema.Table:
    """The declaration of a table, or TableNotFoundError with the known names."""
    if not isinstance(name, str) or name not in schema.TABLES:
        raise TableNotFoundError(
            f"There is no table {name!r}. Tables are: {', '.join(schema.TABLES)}."
        )
    return schema.TABLES[name]


def _moment(cut: datetime, caller: str) -> datetime:
    if not isinstance(cut, datetime) or cut.tzinfo is None:
        raise parameter(caller, "cut", "a datetime with a time zone", cut)
    return cut


class View(Reader):
    """A `Reader` seen through a cut in time, or with tables laid over it."""

    def __init__(
        self,
        base: Reader,
        *,
        before: datetime | None = None,
        since: datetime | None = None,
        overlay: Mapping[str, ibis.Table] | None = None,
    ) -> None:
        self._base = base
        self._before = before
        self._since = since
        self._overlay = dict(overlay or {})
        self.engine = base.engine
        self.settings = base.settings

    def tables(self) -> list[str]:
        held = {name for name in self._base.tables() if not self._hides(name)} | set(self._overlay)
        return [name for name in schema.TABLES if name in held]

    def __getitem__(self, name: str) -> ibis.Table:
        if name in self._overlay:
            return self._overlay[name]
        if self._hides(name):
            raise TableNotFoundError(
                f"The table {name} was made from all rows, so a store cut in time does not show "
                "it. Lay one over it that was made from the cut: store.overlay({...})."
            )
        table = self._base[name]
        time = declared(name).time
        if time is not None and self._before is not None:
            table = table.filter(table[time] < self._before)
        if time is not None and self._since is not None:
            table = table.filter(table[time] >= self._since)
        return table

    def fingerprint(self, name: str) -> str:
        if name in self._overlay:
            return "overlay"
        mark = "" if self._hides(name) else self._base.fingerprint(name)
        if not mark or declared(name).time is None:
            return mark
        for word, cut in (("before", self._before), ("since", self._since)):
            if cut is not None:
                mark += f" {word} {cut.isoformat()}"
        return mark

    def _hides(self, name: str) -> bool:
        """True for a derived table behind a cut: it was learned from what the cut hides."""
        cut = self._before is not None or self._since is not None
        return cut and declared(name).writer is not None
