"""Who sits where in the community, and the matrix of rights, behind one object: `desk.seats`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from chowk.errors import parameter

from . import queue_rights as rights
from . import queue_steps as steps
from .queue import Write
from .roles import permissions
from .texts import checked

if TYPE_CHECKING:
    from .database import Database


class Seats:
    """Seats in the queues, and what each may do.

    Get it as the desk\'s `desk.seats`.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from chowk.desk import Desk
    >>> desk = Desk.open(pathlib.Path(tempfile.mkdtemp()) / "desk.db")
    >>> desk.grant("meera", "moderator", actor="cli")
    True
    >>> desk.seats.give("meera", "trainee", queue="lobby", actor="cli")
    True
    >>> desk.seats.may("meera", "queue.claim", "lobby")
    True
    >>> desk.seats.may("meera", "queue.alone", "lobby"), desk.seats.may("meera", "queue.see", "bar")
    (False, False)
    >>> desk.seats.set_right("trainee", "queue.alone", True, actor="cli", reason="a small team")
    True
    >>> desk.seats.may("meera", "queue.alone", "lobby")
    True
    >>> desk.close()
    """

    def __init__(self, database: Database, write: Write, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._write = write
        self._clock = clock

    def give(
        self, member: str, seat: str, *, actor: str, queue: str = rights.ALL, reason: str = ""
    ) -> bool:
        """Give a person a seat (`chowk.desk.SEATS`) in a queue, or in all; False when held.

        `member` is a person's name or id, or the name or id of a staff or admin key; a name that
        several have is refused with their ids.
        """
        with self._write() as (connection, now):
            text = _text("give", reason)
            return rights.seat(connection, now, member, seat, queue, True, actor, text)

    def take(
        self, member: str, seat: str, *, actor: str, queue: str = rights.ALL, reason: str = ""
    ) -> bool:
        """Take a person's seat; False when it was not held."""
        with self._write() as (connection, now):
            text = _text("take", reason)
            return rights.seat(connection, now, member, seat, queue, False, actor, text)

    def of(self, actor: str) -> list[tuple[str, str]]:
        """The seats of a person or key, as (seat, queue); '*' is every queue."""
        with self._database.read() as connection:
            by = steps.reader(connection, "of", actor, self._clock())
            return rights.seats(connection, by)

    def matrix(self) -> dict[str, frozenset[str]]:
        """The rights of every seat, as they are now."""
        with self._database.read() as connection:
            return rights.matrix(connection)

    def set_right(self, seat: str, right: str, held: bool, *, actor: str, reason: str = "") -> bool:
        """Edit the matrix, as an owner or admin; False when it was so already."""
        with self._write() as (connection, now):
            text = _text("set_right", reason)
            return rights.edit(connection, now, seat, right, held, actor, text)

    def may(self, actor: str, right: str, queue: str) -> bool:
        """Whether somebody's role and seats together give him a right in a queue."""
        if right not in rights.RIGHTS:
            raise parameter("may", "right", f"one of {', '.join(rights.RIGHTS)}", right)
        with self._database.read() as connection:
            by = steps.reader(connection, "may", actor, self._clock())
            if not by.unbound and "moderation.read" not in permissions(by.roles):
                return False
            return rights.has(connection, by, right, queue)


def _text(caller: str, reason: str) -> str:
    return checked(caller, "reason", reason, limit=2000, empty=True, lines=True)
