"""Where a journal's rows lie: the few acts that SQLite and PostgreSQL each do in their own way.

Every home keeps three promises. `append` returns when the rows are on disk. Positions rise in the
order of commits, so a reader that has seen position n never misses a smaller one. A position is
never given twice, also after its row was pruned.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from .entries import Packed, Receipt, Stored


class Home(ABC):
    """One journal's rows. Any thread may call any method; `append` has one caller at a time."""

    #: The place for messages: a path, or a URL without its password.
    place: str

    @abstractmethod
    def append(self, calls: Sequence[Sequence[Packed]], at: int) -> list[Receipt]:
        """Write the entries of several calls in one durable transaction, all or none."""

    @abstractmethod
    def read(self, after: int, limit: int) -> list[Stored]:
        """Up to `limit` rows with positions above `after`, in their order."""

    @abstractmethod
    def head(self) -> int:
        """The highest position that was ever given; 0 before the first."""

    @abstractmethod
    def lift(self, start: int) -> None:
        """Let the next position be above `start`, and above all given before."""

    @abstractmethod
    def prune(self, upto: int, before: int) -> int:
        """Remove rows up to position `upto` taken before `before`, microseconds since 1970."""

    @abstractmethod
    def erase_customer(self, customer_id: str) -> int:
        """Blank the customer in the waiting events; returns how many there were."""

    @abstractmethod
    def close(self) -> None:
        """Free every connection."""
