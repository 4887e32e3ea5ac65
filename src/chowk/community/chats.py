"""Chats' own words: messages as Twitch, Discord and Matrix send them, and outcomes as they expect.

Each function takes a decoded JSON event and gives a `ChatMessage`, or turns a held message into the
event that the platform's bots know. Shapes: Twitch EventSub `automod.message.hold` and `.update`
(v2), Discord's gateway `MESSAGE_CREATE` and auto-moderation execution, Matrix' `m.room.message`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chowk.errors import InputError, parameter


class ChatMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message in our words."""

    message_id: str
    channel_id: str
    author_id: str
    text: str
    reply_to: str | None = None


PLATFORMS = ("twitch", "discord", "matrix")


def read(platform: str, event: Mapping[str, Any]) -> ChatMessage:
    """A platform's message in our words; InputError names the field that is missing.

    >>> read("discord", {"t": "MESSAGE_CREATE", "d": {"id": "1", "channel_id": "2",
    ...      "author": {"id": "3"}, "content": "hi"}}).author_id
    '3'
    >>> read("matrix", {"type": "m.room.message", "event_id": "$1", "room_id": "!r:x",
    ...      "sender": "@a:x", "content": {"msgtype": "m.text", "body": "hi"}}).text
    'hi'
    """
    if platform not in PLATFORMS:
        raise parameter("read", "platform", f"one of {', '.join(PLATFORMS)}", platform)
    if not isinstance(event, Mapping):
        raise parameter("read", "event", "a decoded JSON object", event)
    return {"twitch": _twitch, "discord": _discord, "matrix": _matrix}[platform](event)


def _at(event: Any, path: str, platform: str) -> str:
    found = event
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        raise InputError(
            f"A message of {platform} must have text at {path!r}. Got {found!r} instead. "
            "Send the event as the platform sent it."
        )
    return found


def _reply(reply: Any, name: str) -> str | None:
    """The id of the message that is answered; None where the event names none."""
    found = reply.get(name) if isinstance(reply, Mapping) else None
    return found if isinstance(found, str) else None


def _twitch(event: Mapping[str, Any]) -> ChatMessage:
    own = event.get("event", event)
    known = own if isinstance(own, Mapping) else {}
    reply = known.get("reply")
    author = "chatter_user_id" if known.get("chatter_user_id") else "user_id"
    return ChatMessage(
        message_id=_at(own, "message_id", "twitch"),
        channel_id=_at(own, "broadcaster_user_id", "twitch"),
        author_id=_at(own, author, "twitch"),
        text=_at(own, "message.text", "twitch"),
        reply_to=_reply(reply, "parent_message_id"),
    )


def _discord(event: Mapping[str, Any]) -> ChatMessage:
    own = event.get("d", event)
    reply = own.get("message_reference") if isinstance(own, Mapping) else None
    return ChatMessage(
        message_id=_at(own, "id", "discord"),
        channel_id=_at(own, "channel_id", "discord"),
        author_id=_at(own, "author.id", "discord"),
        text=_at(own, "content", "discord"),
        reply_to=_reply(reply, "message_id"),
    )


def _matrix(event: Mapping[str, Any]) -> ChatMessage:
    content = event.get("content")
    relates = content.get("m.relates_to") if isinstance(content, Mapping) else None
    # An edit keeps the id of the message that it replaces, and brings its new text along.
    if isinstance(relates, Mapping) and relates.get("rel_type") == "m.replace":
        return ChatMessage(
            message_id=_at(relates, "event_id", "matrix"),
            channel_id=_at(event, "room_id", "matrix"),
            author_id=_at(event, "sender", "matrix"),
            text=_new_text(content),
        )
    reply = relates.get("m.in_reply_to") if isinstance(relates, Mapping) else None
    return ChatMessage(
        message_id=_at(event, "event_id", "matrix"),
        channel_id=_at(event, "room_id", "matrix"),
        author_id=_at(event, "sender", "matrix"),
        text=_at(event, "content.body", "matrix"),
        reply_to=_reply(reply, "event_id"),
    )


def _new_text(content: Any) -> str:
    # The name itself has a dot, so it cannot be looked up by path.
    new = content.get("m.new_content") if isinstance(content, Mapping) else None
    return _at(new, "body", "matrix")


#: Twitch's words for an outcome.
TWITCH_STATUS: Mapping[str, str] = {
    "approved": "approved",
    "denied": "denied",
    "expired": "expired",
    "replaced": "invalid",
    "held": "held",
}


def write(
    platform: str,
    message: ChatMessage,
    status: str,
    verdict: Mapping[str, Any],
    *,
    at: datetime,
    moderator_id: str | None = None,
) -> dict[str, Any]:
    """What a platform's bot expects to hear of a held message: the hold, or its outcome.

    Parameters
    ----------
    status : `held`, `approved`, `denied`, `expired` or `replaced`.
    verdict : with `category`, `level` and `spans` (`start` and `end` in code points, the end
        excluded; as pairs or by name).

    Examples
    --------
    >>> from datetime import UTC
    >>> said = ChatMessage(message_id="m", channel_id="c", author_id="a", text="you fool")
    >>> verdict = {"category": "bullying", "level": 3, "spans": [[4, 8]]}
    >>> event = write("twitch", said, "held", verdict, at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> event["event"]["automod"]["boundaries"]
    [{'start_pos': 4, 'end_pos': 7}]
    >>> write("discord", said, "denied", verdict, at=datetime(2026, 3, 1, tzinfo=UTC))["action"]
    {'type': 1, 'metadata': {}}
    """
    if status not in TWITCH_STATUS:
        raise parameter("write", "status", f"one of {', '.join(TWITCH_STATUS)}", status)
    spans = [
        (int(span["start"]), int(span["end"]))
        if isinstance(span, Mapping)
        else (int(span[0]), int(span[1]))
        for span in verdict.get("spans") or ()
    ]
    term = message.text[spans[0][0] : spans[0][1]] if spans else ""
    by_term = verdict.get("category") == "term"
    if platform == "twitch":
        held = status == "held"
        event: dict[str, Any] = {
            "broadcaster_user_id": message.channel_id,
            "user_id": message.author_id,
            "message_id": message.message_id,
            "message": {
                "text": message.text,
                "fragments": [{"type": "text", "text": message.text}],
            },
            "reason": "blocked_term" if by_term else "automod",
            "automod": {
                "category": verdict.get("category"),
                "level": verdict.get("level"),
                # Twitch's end is the last character's own place.
                "boundaries": [{"start_pos": s, "end_pos": e - 1} for s, e in spans if e > s],
            },
            "blocked_term": (
                {"terms_found": [{"term_id": term, "boundary": None}]} if by_term else None
            ),
            "held_at": at.isoformat(),
        }
        if not held:
            event["status"] = TWITCH_STATUS[status]
            event["moderator_user_id"] = moderator_id
        kind = "automod.message.hold" if held else "automod.message.update"
        return {"subscription": {"type": kind, "version": "2"}, "event": event}
    if platform == "discord":
        shown = status == "approved"
        return {
            "channel_id": message.channel_id,
            "message_id": message.message_id,
            "user_id": message.author_id,
            "content": message.text,
            "matched_keyword": term if by_term else None,
            "matched_content": term,
            # 1 is BLOCK_MESSAGE; an approved message has no action.
            "action": None if shown else {"type": 1, "metadata": {}},
        }
    if platform == "matrix":
        if status == "approved":
            content = {"msgtype": "m.text", "body": message.text}
            return {"type": "m.room.message", "room_id": message.channel_id, "content": content}
        why = f"{status}: {verdict.get('category') or 'a channel rule'}"
        return {
            "type": "m.room.redaction",
            "room_id": message.channel_id,
            "redacts": message.message_id,
            "content": {"redacts": message.message_id, "reason": why},
        }
    raise parameter("write", "platform", f"one of {', '.join(PLATFORMS)}", platform)
