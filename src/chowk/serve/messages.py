"""The rules of a message, review or question that is sent to be shown or held.

What the desk, the queue and every index can keep: ids without control characters and mail
addresses (they stay in the audit log for good), text that says something, numbers within limits,
surroundings and verdicts of the shapes that pages and AutoMod read. All that is wrong with one
message is told in one answer.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Protocol

from chowk.desk.queue_steps import MOST_PAYLOAD

from .problems import Fault, Problem, shown

if TYPE_CHECKING:
    from chowk.desk import Key

#: Most people who may read a message; more is a fault of the counter.
MOST_VIEWERS = 1_000_000_000
#: Longest text, in characters: what an item of the desk's queue may hold.
MOST_TEXT = MOST_PAYLOAD

#: Messages around one, and letters of each, that are kept beside it; letters of a verdict's words.
MOST_BEFORE, MOST_SAID, MOST_WORDS = 50, 4_000, 300

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
    verdict: dict[str, Any] | None
    context: dict[str, Any]


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
            *_context(sent.context),
            *_verdict(sent.verdict),
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


def check_host(sent: Sent, key: Key) -> None:
    """Problem 403 where a key says that its author is the channel's host and may not: many answer
    a host, so a flood that claims to be answers would pass. A key of the shop's pages can be read
    by anybody who opens them; its word is not enough."""
    if sent.context.get("host") is not True or key.scope != "shop":
        return
    cure = (
        "Send it with a staff or admin key that stays on your server, or name the author among "
        f"the 'hosts' of PUT /v1/moderation/guard/{sent.channel_id}, and leave it out."
    )
    fault = Fault("context.host", "left out by keys of scope shop", True, cure)
    sentence = f"The field 'context.host' must be {fault.rule}. Got true instead. {cure}"
    raise Problem(
        403, "host", "The key does not allow this", f"{sentence} Nothing was kept.", errors=[fault]
    )


def _context(given: dict[str, Any]) -> list[Fault]:
    """What surrounds a message: `before`, `reply_to`, `host`."""
    faults = []
    known = ("before", "reply_to", "host")
    for name in sorted(set(given) - set(known))[:5]:
        cure = f"It takes: {', '.join(known)}."
        faults.append(Fault(f"context.{shown(_plain(name))}", "left out", None, cure))
    before = given.get("before")
    if before is not None:
        if not isinstance(before, list) or len(before) > MOST_BEFORE:
            rule = f"a list of at most {MOST_BEFORE} messages, the oldest first"
            faults.append(Fault("context.before", rule, _came(before), "Send the last ones."))
        else:
            faults += [
                fault
                for number, one in enumerate(before)
                if (fault := _said(f"context.before[{number}]", one)) is not None
            ][:3]
    if given.get("reply_to") is not None:
        fault = _said("context.reply_to", given["reply_to"])
        faults += [] if fault is None else [fault]
    if not isinstance(given.get("host"), bool | None):
        cure = "Leave it out unless the channel's host wrote this."
        faults.append(Fault("context.host", "true or false", _came(given["host"]), cure))
    return faults


def _said(name: str, one: Any) -> Fault | None:
    """A message around another: a text, or an object with `text`."""
    texts: list[Any] = [one] if isinstance(one, str) else []
    if isinstance(one, dict):
        texts = [one.get("text"), *(one[k] for k in ("author_id", "message_id") if k in one)]
    if not texts or not all(isinstance(text, str) for text in texts):
        rule = "a text, or an object with 'text' and 'author_id' as texts"
        return Fault(name, rule, _came(one), "Send it as it was said.")
    if any(len(text) > MOST_SAID for text in texts):
        rule = f"at most {MOST_SAID} characters long"
        return Fault(name, rule, max(map(len, texts)), "Send its beginning.")
    return None


def _verdict(given: dict[str, Any] | None) -> list[Fault]:
    """A verdict of the sender's own, in AutoMod's shape; more fields may stand in it."""
    if given is None:
        return []
    faults = []
    if given.get("decision") not in ("allow", "hold"):
        cure = "Send one of these, or leave the verdict out: AutoMod's is taken."
        fault = Fault("verdict.decision", "allow or hold", _came(given.get("decision")), cure)
        faults.append(fault)
    level = given.get("level")
    if level is not None and (type(level) is not int or not 0 <= level <= 4):
        cure = "4 is the worst. Leave it out where it is not known."
        faults.append(Fault("verdict.level", "a whole number in [0, 4]", _came(level), cure))
    category = given.get("category")
    if category is not None and not (isinstance(category, str) and len(category) <= MOST_WORDS):
        rule = f"text of at most {MOST_WORDS} characters"
        cure = "Send a word for what it is, such as bullying."
        faults.append(Fault("verdict.category", rule, _came(category), cure))
    for name in ("reasons", "labels"):
        told = given.get(name)
        fine = isinstance(told, list) and len(told) <= 100
        if told is None or (
            fine and all(isinstance(one, str) and len(one) <= MOST_SAID for one in told)
        ):
            continue
        rule = f"a list of at most 100 texts of at most {MOST_SAID} characters"
        faults.append(Fault(f"verdict.{name}", rule, _came(told), "Send a sentence each."))
    for name in ("spans", "aspects"):
        told = given.get(name)
        if told is not None and not (isinstance(told, list) and len(told) <= 1_000):
            rule = "a list of at most 1000"
            faults.append(Fault(f"verdict.{name}", rule, _came(told), "Leave it out."))
    return faults


def _came(value: Any) -> Any:
    return _safe(value) if isinstance(value, str) else shown(value)


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
    return shown(_plain(value))


def _plain(value: str) -> str:
    return "".join(c if c.isprintable() or c.isspace() else "·" for c in value)
