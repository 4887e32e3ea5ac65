"""The rules of a message, review or question that is sent to be shown or held.

What the desk, the queue and every index can keep: ids without control characters and mail
addresses (they stay in the audit log for good), text that says something, numbers within limits,
surroundings and verdicts of the shapes that pages and AutoMod read. All that is wrong with one
message is told in one answer.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

import msgspec

from chowk.community.severity import CATEGORIES as HARMS
from chowk.desk.queue_steps import MOST_PAYLOAD

from .guarding import CATEGORIES as RAIDS
from .problems import Fault, Problem, shown
from .structs import as_struct
from .written import Said, Short, Strict

if TYPE_CHECKING:
    from chowk.desk import Key

#: Most people who may read a message; more is a fault of the counter.
MOST_VIEWERS = 1_000_000_000
#: Longest text, in characters: what an item of the desk's queue may hold.
MOST_TEXT = MOST_PAYLOAD

#: Messages around one, and letters of each, that are kept beside it.
MOST_BEFORE, MOST_SAID = 50, 4_000

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MAIL = re.compile(r"[^\s@:]+@[^\s@]+\.[^\s@]+")
_KINDS = ("message", "review", "question")
#: What a verdict may call its message: a harm, a term of the channel or too long a text (AutoMod),
#: what the guard or the reading of reviews holds for; empty where nothing weighs.
VERDICTS = (*HARMS, "term", "length", *RAIDS, "spam", "safety", "")
_AROUND = ("text", "author_id", "message_id")

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Level = Annotated[int, msgspec.Meta(ge=0, le=4)]
Place = Annotated[int, msgspec.Meta(ge=0, le=MOST_TEXT)]


class Stretch(Strict):
    """A stretch of the text that weighed, in characters of it."""

    start: Place
    end: Place
    text: Said = ""
    what: Said = ""


class Told(Strict):
    """How a review feels of one thing, from -1 to 1, and where it says so."""

    name: Short
    sentiment: Annotated[float, msgspec.Meta(ge=-1, le=1)]
    start: Place | None = None
    end: Place | None = None


class Verdict(Strict):
    """A verdict of the sender's own, in the shape in which `/check` and `/reviews` answer."""

    decision: Literal["allow", "hold"]
    category: Literal[VERDICTS] | None = None  # type: ignore[valid-type]
    level: Level | None = None
    reasons: Annotated[list[Said], msgspec.Meta(max_length=100)] | None = None
    labels: Annotated[list[Said], msgspec.Meta(max_length=100)] | None = None
    spans: Annotated[list[Stretch], msgspec.Meta(max_length=1_000)] | None = None
    aspects: Annotated[list[Told], msgspec.Meta(max_length=1_000)] | None = None
    levels: Annotated[dict[Short, Level], msgspec.Meta(max_length=100)] | None = None
    scores: Annotated[dict[Short, Share], msgspec.Meta(max_length=100)] | None = None
    probabilities: Annotated[dict[Short, Share], msgspec.Meta(max_length=100)] | None = None
    english: bool | None = None


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


def check_verdict(sent: Sent, key: Key) -> None:
    """Problem 403 where a key of the shop's pages says that its message is fine: anybody can read
    such a key, and AutoMod, the channel's terms and its guard would not be asked. A verdict that
    holds only makes things stricter, so it stands."""
    if sent.verdict is None or sent.verdict.get("decision") != "allow" or key.scope != "shop":
        return
    cure = (
        "Leave the verdict out: AutoMod judges the message. Or send it with a staff or admin key "
        "that stays on your server."
    )
    fault = Fault("verdict.decision", "hold from keys of scope shop", "allow", cure)
    sentence = f"The field 'verdict.decision' must be {fault.rule}. Got 'allow' instead. {cure}"
    raise Problem(
        403,
        "verdict",
        "The key does not allow this",
        f"{sentence} Nothing was kept.",
        errors=[fault],
    )


def _unknown(place: str, given: dict[str, Any], known: tuple[str, ...]) -> list[Fault]:
    """Fields that nobody reads; they would be kept and do nothing."""
    cure = f"It takes: {', '.join(known)}."
    return [
        Fault(f"{place}.{shown(_plain(name))}", "left out", _came(given[name]), cure)
        for name in sorted(set(given) - set(known))[:5]
    ]


def _context(given: dict[str, Any]) -> list[Fault]:
    """What surrounds a message: `before`, `reply_to`, `host`."""
    faults = _unknown("context", given, ("before", "reply_to", "host"))
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
        unknown = _unknown(name, one, _AROUND)
        if unknown:
            return unknown[0]
        texts = [one.get("text"), *(one[k] for k in _AROUND[1:] if k in one)]
    if not texts or not all(isinstance(text, str) for text in texts):
        rule = "a text, or an object with 'text' and 'author_id' as texts"
        return Fault(name, rule, _came(one), "Send it as it was said.")
    if any(len(text) > MOST_SAID for text in texts):
        rule = f"at most {MOST_SAID} characters long"
        return Fault(name, rule, max(map(len, texts)), "Send its beginning.")
    return None


def _verdict(given: dict[str, Any] | None) -> list[Fault]:
    """A verdict of the sender's own, in AutoMod's shape, and nothing else."""
    if given is None:
        return []
    faults = _unknown("verdict", given, Verdict.__struct_fields__)
    if given.get("decision") not in ("allow", "hold"):
        cure = "Send one of these, or leave the verdict out: AutoMod's is taken."
        fault = Fault("verdict.decision", "allow or hold", _came(given.get("decision")), cure)
        faults.append(fault)
    level = given.get("level")
    if level is not None and (type(level) is not int or not 0 <= level <= 4):
        cure = "4 is the worst. Leave it out where it is not known."
        faults.append(Fault("verdict.level", "a whole number in [0, 4]", _came(level), cure))
    category = given.get("category")
    if category is not None and not (isinstance(category, str) and category in VERDICTS):
        rule = f"one of {', '.join(filter(None, VERDICTS))}"
        cure = "Send the one that comes nearest, or leave it out."
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
            continue
        faults += _part(name, told)
    for name in ("levels", "scores", "probabilities", "english"):
        faults += _part(name, given.get(name))
    return faults


def _part(name: str, told: Any) -> list[Fault]:
    """What is wrong with a part of a verdict that has parts of its own."""
    try:
        as_struct({"decision": "hold", name: told}, Verdict, under="verdict")
    except Problem as problem:
        (fault,) = problem.errors
        got = _came(told) if fault.got is None else fault.got
        return [msgspec.structs.replace(fault, got=got)]
    return []


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
