"""The rules of a message, review or question that is sent to be shown or held.

What the desk, the queue and every index can keep: ids without control characters and mail
addresses (they stay in the audit log for good), text that says something, numbers within limits.
All that is wrong with one message is told in one answer.
"""

from __future__ import annotations

import math
import re
from typing import Any, Protocol

from chowk.desk.queue_steps import MOST_PAYLOAD

from .problems import Fault, Problem, shown

#: Most people who may read a message; more is a fault of the counter.
MOST_VIEWERS = 1_000_000_000
#: Longest text, in characters: what an item of the desk's queue may hold.
MOST_TEXT = MOST_PAYLOAD

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MAIL = re.compile(r"[^\s@:]+@[^\s@]+\.[^\s@]+")
_KINDS = ("message", "review", "question")


class Sent(Protocol):
    """What was sent."""

    message_id: str
    channel_id: str
    author_id: str
    text: str
    kind: str
    viewers: int
    rating: float | None


def check_message(sent: Sent) -> None:
    """Problem 400 for a message that breaks a rule; its faults name field, rule, value, cure."""
    faults = [
        fault
        for fault in (
            _id("message_id", sent.message_id, 280, mail=False),
            _id("channel_id", sent.channel_id, 128, mail=False),
            _id("author_id", sent.author_id, 300, mail=True),
            _text(sent.text),
            _one_of(sent.kind),
            _number(
                "viewers", sent.viewers, 0, MOST_VIEWERS, "Send who reads it now, or leave it out."
            ),
            _number(
                "rating", sent.rating, 0, 10, "Send the stars that were given, or leave it out."
            ),
        )
        if fault is not None
    ]
    if faults:
        first = faults[0]
        more = f" {len(faults) - 1} more are listed." if len(faults) > 1 else ""
        raise Problem(
            400,
            "body",
            "The body breaks a rule",
            f"The field {first.field!r} must be {first.rule}. Got {first.got!r} instead. "
            f"{first.cure}{more} Nothing was kept.",
            errors=faults,
        )


def _id(name: str, value: str, most: int, *, mail: bool) -> Fault | None:
    rule = f"an id of 1 to {most} characters without control characters"
    if not value.strip() or len(value) > most:
        cure = f"It has {len(value)}. Send the shop's own id."
        return Fault(name, rule, _safe(value), cure)
    if _CONTROL.search(value):
        return Fault(name, rule, _safe(value), "Send the shop's own id.")
    if not mail and _MAIL.search(value):
        cure = "It stays in the audit log for good: send an id that names nobody."
        return Fault(name, "an id, and no mail address", _safe(value), cure)
    return None


def _text(value: str) -> Fault | None:
    if not value.strip():
        return Fault("text", "not empty", _safe(value), "Send what was written.")
    if len(value) > MOST_TEXT:
        rule = f"text of at most {MOST_TEXT} characters"
        return Fault("text", rule, len(value), "Send a shorter text.")
    if "\0" in value:
        cure = "Remove the character U+0000."
        return Fault("text", "text without null characters", _safe(value), cure)
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        return Fault("text", "valid Unicode", _safe(value), "Remove the unpaired surrogate.")
    return None


def _one_of(kind: str) -> Fault | None:
    if kind in _KINDS:
        return None
    return Fault("kind", f"one of {', '.join(_KINDS)}", _safe(kind), "Send one of these words.")


def _number(name: str, value: float | None, low: int, high: int, cure: str) -> Fault | None:
    if value is None or (math.isfinite(value) and low <= value <= high):
        return None
    return Fault(name, f"a number in [{low}, {high}]", value, cure)


def _safe(value: str) -> Any:
    """What came, as any terminal and any JSON can show it."""
    return shown("".join(c if c.isprintable() or c.isspace() else "·" for c in value))
