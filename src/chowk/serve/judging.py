"""What is said of a message before anybody sees it: AutoMod, a channel's guard, classes of reviews.

Loaded once for a process, with the first message that asks. Whatever cannot be asked holds: nothing
goes by unseen because a model could not be read.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from litestar.datastructures import State

from chowk import logs
from chowk.community.proactive import harms

from .authors import Authors
from .guarding import CATEGORIES, Guards
from .tally import Tally

if TYPE_CHECKING:
    from chowk.community.channels import ChannelFiles
    from chowk.community.learning import ChannelMemory
    from chowk.community.reviews import ReviewClassifier
    from chowk.desk import Desk, Item

_log = logs.get(__name__)


class Message(Protocol):
    """What is needed of a message, review or question that was sent."""

    channel_id: str
    author_id: str
    text: str
    kind: str
    rating: float | None
    verdict: dict[str, Any] | None
    context: dict[str, Any]


def home(state: State) -> ChannelFiles:
    """The process's AutoMod and its channels."""
    found: ChannelFiles | None = state.get("channels")
    if found is None:
        from chowk.community.automod import AutoMod
        from chowk.community.channels import ChannelFiles

        serving = state.serving

        def learned(channel: str) -> ChannelMemory | None:
            """What the build learned of a channel from the decisions in the store's messages."""
            built = serving.models.moderation
            return None if built is None else built.memories_.get(channel)

        place, own = serving.store.path, serving.settings.text("moderation.model")
        automod = AutoMod.load("en", pretrained=place / own if own else None)
        found = state["channels"] = ChannelFiles(place / "channels", automod, learned)
    return found


def plain_text(item: Item) -> str:
    """An item's text as a page can hold it: what is no character becomes a question mark."""
    payload = item.payload or {}
    text = str(payload.get("text", payload.get("said", "")))
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def review_verdict(state: State, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Classes and aspects of reviews or questions (`text`, `rating`), and whether each waits: spam,
    and what tells of a danger, is looked at by a person first."""
    model: ReviewClassifier | None = state.get("reviews")
    from chowk.community.review_language import english, sayable

    if model is None:
        from chowk.community.reviews import ReviewClassifier

        model = state["reviews"] = ReviewClassifier.load("en")
    found = []
    for row, one in zip(rows, model.predict(list(rows)), strict=True):
        holds = [label for label in one.labels if label in ("spam", "safety")]
        told = {
            "spam": "It reads like an advert or a review that is none.",
            "safety": "It tells of a danger; somebody should know of it soon.",
        }
        found.append(
            {
                "decision": one.decision,
                "category": holds[0] if holds else "",
                "level": 2 if holds else 0,
                "reasons": [told[label] for label in holds],
                "labels": list(one.labels),
                "probabilities": {name: round(p, 4) for name, p in one.probabilities.items()},
                "aspects": [
                    {
                        "name": aspect.name,
                        "sentiment": round(aspect.sentiment, 4),
                        "start": aspect.start,
                        "end": aspect.end,
                    }
                    for aspect in sayable(row["text"], one.aspects)
                ],
                # Of other languages the lists know little: what is not said here was not read.
                "english": english(row["text"]),
            }
        )
    return found


def verdict_of(state: State, sent: Message) -> dict[str, Any]:
    """AutoMod's verdict by the channel's own settings and terms, and its guard's; a hold where
    neither can be asked, so that nothing goes by unseen."""
    if sent.verdict is not None:
        return sent.verdict
    desk: Desk = state.serving.desk
    try:
        channels = home(state)
        channels.refresh(sent.channel_id)
        found = channels.automod.check(
            sent.text, sent.channel_id, context=_around(desk, sent)
        ).as_dict()
        guarded = None
        if sent.kind == "message":
            held = found["decision"] == "hold"
            guarded = guards_of(state).message(
                sent.channel_id,
                sent.author_id,
                sent.text,
                datetime.now(UTC),
                held=held,
                harmful=held and harms(found.get("scores", {})),
                # Whether the key may say so was asked at the door (`messages.check_host`).
                host=sent.context.get("host") is True,
            )
        elif found["decision"] == "allow":
            guarded = review_verdict(state, [{"text": sent.text, "rating": sent.rating}])[0]
        return guarded or found
    except Exception as error:
        _log.error("a message could not be checked, so it is held", exc_info=error)
        return {"decision": "hold", "category": "", "level": 1, "reasons": ["it was not checked"]}


def guards_of(state: State) -> Guards:
    """This process's guards against raids; made with the first message."""
    found: Guards | None = state.get("guards")
    if found is None:
        found = state["guards"] = Guards(state.serving.desk, _beside(state, "guard"))
    return found


def authors_of(state: State) -> Authors:
    """This process's memory of whose the ids of shown messages are; made when first asked for."""
    found: Authors | None = state.get("authors")
    if found is None:
        found = state["authors"] = Authors(_beside(state, "authors"))
    return found


def _beside(state: State, name: str) -> Path:
    """A file of this host's workers: hidden, so that no backup takes it; hosts that share a folder
    do not share the file."""
    serving = state.serving
    host = f"-{socket.gethostname()}" if serving.settings.text("desk.url") else ""
    place: Path = serving.store.path / f".{name}{host}.db"
    return place


def tally_of(state: State) -> Tally:
    """This process's count of what was shown; made when it is first asked for."""
    found: Tally | None = state.get("tally")
    if found is None:
        # Hidden, as the guards' file: a backup goes without it.
        found = state["tally"] = Tally(state.serving.store.path / ".shown.db")
    return found


def _around(desk: Desk, sent: Message) -> dict[str, Any]:
    """A message's surroundings as AutoMod reads them, with how its author stands at the desk."""

    def said(message: Any) -> str:
        text = message.get("text") if isinstance(message, dict) else message
        return text if isinstance(text, str) else ""

    before = sent.context.get("before")
    items = desk.queue.items(party=sent.author_id, queues=[sent.channel_id], limit=50)
    return {
        "previous": [said(one) for one in (before if isinstance(before, list) else [])[-3:]],
        "reply_to": said(sent.context.get("reply_to")),
        "approved": sum(item.state == "approved" for item in items),
        "denied": sum(item.state == "denied" for item in items),
    }


def teach(state: State, done: Item) -> None:
    """Let the item's own channel learn from a decision; what was advised alone teaches nothing."""
    text = (done.payload or {}).get("text")
    verdict = (done.payload or {}).get("verdict") or {}
    if done.kind != "message" or done.state not in ("approved", "denied"):
        return
    # What a term, the length or the guard held says nothing of how AutoMod reads the words.
    if not isinstance(text, str) or verdict.get("category") in ("term", "length", *CATEGORIES):
        return
    try:
        channels = home(state)
        channels.refresh(done.queue)
        channels.automod.learn(text, done.state == "approved", done.queue)
        channels.write(done.queue)
    except Exception as error:  # the decision holds without it
        _log.error("a decision taught nothing", exc_info=error)
