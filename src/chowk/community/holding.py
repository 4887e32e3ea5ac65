"""Held messages: what nobody reads before a moderator has said yes.

A message and AutoMod's verdict come in; one that is to be held becomes an item of the desk's queue
and is on the disk before the sender is told so. Viewers get text from `shown` alone, which knows
nothing but what was approved: so a crash, a lost message between processes, or a moderator who is
late can delay a message, and can never release one. A hold that nobody decides on ends denied.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from chowk.errors import ItemConflictError, ParameterError, parameter

#: What the sender is told, by the item's state at the desk.
TOLD: Mapping[str, str] = {
    "waiting": "held",
    "claimed": "held",
    "approved": "approved",
    "corrected": "approved",
    "denied": "denied",
    "expired": "expired",
    "superseded": "replaced",
}


class DeskQueue(Protocol):
    """What is needed of `chowk.desk.Queue`; a wing does not import the desk."""

    @property
    def propose(self) -> Callable[..., Any]:
        """Puts something before the people at the desk."""

    @property
    def items(self) -> Callable[..., list[Any]]:
        """Finds items."""

    @property
    def steps(self) -> Callable[..., list[Any]]:
        """Finds what happened."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender of a message is told.

    Parameters
    ----------
    status : `shown` (nobody had to decide), `held`, `approved`, `denied`, `expired`, `replaced`
        (by an edit), or `unknown`.
    norm : the norm that the decision stands on; never who decided.
    appealable : whether another look can be asked for.
    """

    message_id: str
    status: str
    norm: str | None = None
    item_id: str | None = None
    appealable: bool = False


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """News for a sender: number (to go on from), moment, message, status as in `Held`."""

    seq: int
    at: datetime
    message_id: str
    status: str
    norm: str | None = None


def urgency(level: int, viewers: int = 0) -> int:
    """How early an item comes: its level (0 to 4) times the logarithm of who would read it.

    >>> urgency(4, 1000) > urgency(4, 10) > urgency(2, 10) > urgency(0, 10)
    True
    """
    if isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= 4:
        raise parameter("urgency", "level", "an int in [0, 4]", level)
    if isinstance(viewers, bool) or not isinstance(viewers, int) or viewers < 0:
        raise parameter("urgency", "viewers", "an int, 0 or more", viewers)
    return round(100 * level * math.log2(2 + viewers))


class Holding:
    """Messages on their way to viewers.

    Parameters
    ----------
    queue : the desk's queue (`desk.queue`).
    kind : `message`, `review` or `question`.
    owns : whether a subject (`message:m1`) that is not at the desk is an author's; it is told of
        every one and takes the first. Without it, whoever sends an id that was shown has it.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from chowk.desk import Desk
    >>> desk = Desk.open(pathlib.Path(tempfile.mkdtemp()) / "desk.db")
    >>> desk.grant("asha", "moderator", actor="cli")
    True
    >>> holding = Holding(desk.queue)
    >>> verdict = {"decision": "hold", "category": "bullying", "level": 3}
    >>> holding.send("m1", "lobby", "author7", "nobody likes you", verdict).status
    'held'
    >>> holding.shown("m1") is None
    True
    >>> mine = desk.queue.claim(actor="asha")
    >>> done = desk.queue.decide(mine.item_id, "approve", actor="asha", reason="a line of a song",
    ...                          norm="quoting")
    >>> holding.shown("m1"), holding.status("m1").status
    ('nobody likes you', 'approved')
    >>> [news.status for news in holding.notices("author7")]
    ['held', 'approved']
    >>> desk.close()
    """

    def __init__(
        self,
        queue: DeskQueue,
        *,
        kind: str = "message",
        owns: Callable[[str, str], bool] | None = None,
    ) -> None:
        if kind not in ("message", "review", "question"):
            raise parameter("Holding", "kind", "message, review or question", kind)
        self.queue = queue
        self.kind = kind
        self.owns = owns

    def send(
        self,
        message_id: str,
        channel_id: str,
        author_id: str,
        text: str,
        verdict: Mapping[str, Any],
        *,
        viewers: int = 0,
        expires_at: datetime | None = None,
        context: Mapping[str, Any] | None = None,
        actor: str = "system",
    ) -> Held:
        """Take a message in; gives what its sender is told, after it is kept.

        Sent again, it is held once. Another text under the same id is an edit: a new hold, while
        what was approved before stays as it was. That is so for an edit which would be allowed
        too, once a version of the message was held: else the version that waits would be decided
        on, and shown, in place of what the author says now.

        Parameters
        ----------
        verdict : AutoMod's, with `decision` (`allow` or `hold`) and whatever else explains it;
            `level` and `viewers` say how urgent it is.
        context : what the moderator should see beside it: the last messages, the one replied to.

        Raises
        ------
        ParameterError : a rule of an argument is broken, or the id is that of somebody else's
            message: an edit is its author's, and takes no other's message away.
        """
        decision = verdict.get("decision")
        if decision not in ("allow", "hold"):
            raise parameter("send", "verdict", "one with decision 'allow' or 'hold'", verdict)
        before = self.queue.items(subject=self._subject(message_id), kinds=[self.kind], limit=1)
        if any(item.party not in (None, author_id) for item in before):
            raise _anothers(message_id)
        # The desk knows whose what was held is; of what was shown only the memory does.
        mine = any(item.party == author_id for item in before)
        if not mine and self.owns and not self.owns(self._subject(message_id), author_id):
            raise _anothers(message_id)
        if decision == "allow" and not before:
            return Held(message_id=message_id, status="shown")
        level = verdict.get("level")
        try:
            item = self.queue.propose(
                self.kind,
                self._subject(message_id),
                payload_version=version_of(text),
                payload={"text": text, "verdict": dict(verdict), "context": dict(context or {})},
                queue=channel_id,
                party=author_id,
                priority=urgency(level if isinstance(level, int) else 1, viewers),
                expires_at=expires_at,
                actor=actor,
            )
        except ItemConflictError as error:
            if error.why == "party":  # somebody else's came first, since we looked
                raise _anothers(message_id) from None
            raise
        except ParameterError as error:
            if error.name != "payload":
                raise
            # The sender knows of no payload: it is his text that is too long to wait.
            rule = f"so short that it waits, with its verdict and context, in {error.rule}"
            raise parameter("send", "text", rule, f"{len(text)} letters") from None
        return self._told(message_id, item)

    def shown(self, message_id: str) -> str | None:
        """What viewers may read of a message that was held: its approved text, or None."""
        found = [item for item in self._items(message_id) if item.allowed]
        if not found:
            return None
        newest = max(found, key=lambda item: item.decided_at)
        source = newest.correction if newest.state == "corrected" else newest.payload
        text = None if source is None else source.get("text")
        return text if isinstance(text, str) else None

    def status(self, message_id: str) -> Held:
        """What the sender is told of the newest version of his message."""
        items = self._items(message_id)
        if not items:
            return Held(message_id=message_id, status="unknown")
        return self._told(message_id, max(items, key=_newest))

    def notices(self, author_id: str, *, after: int = 0, limit: int = 100) -> list[Notice]:
        """What an author has to be told, oldest first: that a message is held, and the outcome."""
        news: list[Notice] = []
        wanted = ("proposed", "decided", "overturned", "reopened", "expired", "superseded")
        while len(news) < limit:
            steps = self.queue.steps(after=after, limit=limit, kinds=[self.kind], party=author_id)
            for step in steps:
                after = step.seq
                if step.action in wanted and len(news) < limit:
                    news.append(
                        Notice(
                            seq=step.seq,
                            at=step.at,
                            message_id=step.subject.removeprefix(f"{self.kind}:"),
                            status=TOLD[step.state],
                            norm=step.norm,
                        )
                    )
            if len(steps) < limit:
                break
        return news

    def _subject(self, message_id: str) -> str:
        if not isinstance(message_id, str) or not message_id:
            raise parameter("send", "message_id", "text of 1 to 280 characters", message_id)
        return f"{self.kind}:{message_id}"

    def _items(self, message_id: str) -> list[Any]:
        items = self.queue.items(subject=self._subject(message_id), kinds=[self.kind], limit=1000)
        return list(items)

    def _told(self, message_id: str, item: Any) -> Held:
        status = TOLD[item.state]
        return Held(
            message_id=message_id,
            status=status,
            norm=item.norm,
            item_id=item.item_id,
            appealable=status in ("denied", "expired"),
        )


def _newest(item: Any) -> tuple[bool, Any, bool]:
    """What was replaced tells nothing about what is there now."""
    return item.state != "superseded", item.proposed_at, item.open


def _anothers(message_id: str) -> ParameterError:
    rule = "the author's own (another's message has it)"
    return parameter("send", "message_id", rule, message_id)


def version_of(text: str) -> str:
    """The name of a text's version: the first half of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
