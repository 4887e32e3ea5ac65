"""The assistant as a voice platform calls it: an Alexa-shaped request in, its response out.

In: the JSON of a skill request (`LaunchRequest`, `IntentRequest`, `SessionEndedRequest`), or plain
JSON with `text` or `hypotheses`. Out: JSON of the same shape. The conversation travels in the
session's attributes as what was said so far, so that any process can answer any turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chowk.errors import InputError

from .assistant import Assistant, Reply

#: Turns that are kept in a session; older ones are forgotten.
_TURNS = 12
#: Platform intents, as what a customer would have said.
_BUILT_IN = {
    "AMAZON.HelpIntent": "help",
    "AMAZON.PreviousIntent": "undo",
    "AMAZON.StartOverIntent": "start over",
    "AMAZON.YesIntent": "yes",
    "AMAZON.NoIntent": "no",
}
_ENDS = ("AMAZON.StopIntent", "AMAZON.CancelIntent")


class Skill:
    """Answers requests, one conversation a session.

    Parameters
    ----------
    make : makes a fresh assistant; sessions do not share one.
    welcome : said when the skill is opened.

    Examples
    --------
    >>> skill = Skill(Assistant)
    >>> skill.plain({"text": "hello"})["action"]
    'talk'
    """

    def __init__(self, make: Callable[[], Assistant], *, welcome: str = "") -> None:
        self.make = make
        self.welcome = welcome or "Welcome! What are you looking for?"

    def plain(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A reply as plain values to `text`, or to `hypotheses` of `text` and `confidence`.

        `history` holds what was said before; the reply's `history` goes into the next request.
        """
        history = _history(request.get("history"))
        said = _said(request)
        reply = self._reply(history, said)
        found: dict[str, Any] = msgspec.to_builtins(reply)
        return {**found, "history": [*history, said][-_TURNS:]}

    def alexa(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The response to a skill request."""
        inner = request.get("request")
        if not isinstance(inner, Mapping) or not isinstance(inner.get("type"), str):
            raise InputError("A skill request has 'request' with a 'type'. Got neither.")
        session = _inside(request, "session")
        history = _history(_inside(session, "attributes").get("history"))
        kind = inner["type"]
        if kind == "LaunchRequest":
            return _response(self.welcome, [], self.welcome)
        if kind == "SessionEndedRequest":
            return _response("", history, None)
        if kind != "IntentRequest":
            raise InputError(f"The request type {kind!r} is not known to this skill.")
        intent = _inside(inner, "intent")
        name = str(intent.get("name"))
        if name in _ENDS:
            return _response("Goodbye.", [], None)
        said = _BUILT_IN.get(name) or _spoken(intent)
        reply = self._reply(history, said)
        kept = [*history, said][-_TURNS:]
        again = "What are you looking for?" if reply.action == "ask" else "Anything else?"
        return _response(reply.text, kept, again, reply)

    def _reply(self, history: list[Any], said: Any) -> Reply:
        assistant = self.make()
        for turn in history:
            assistant.say(turn)
        return assistant.say(said)


def _spoken(intent: Mapping[str, Any]) -> str:
    """What was said: the values of the slots (a free-text slot holds all of it)."""
    slots = _inside(intent, "slots")
    values = [slot.get("value") for slot in slots.values() if isinstance(slot, Mapping)]
    return " ".join(value for value in values if isinstance(value, str))


def _inside(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside another; empty where it is not there."""
    found = outer.get(name) or {}
    if not isinstance(found, Mapping):
        raise InputError(f"{name!r} of a skill request is an object. Got {found!r:.60}.")
    return found


def _said(request: Mapping[str, Any]) -> Any:
    text, heard = request.get("text"), request.get("hypotheses")
    if heard is not None:
        try:
            return [(one["text"], float(one["confidence"])) for one in heard]
        except (TypeError, KeyError, ValueError, OverflowError):
            raise InputError(
                "'hypotheses' is a list of objects with 'text' and 'confidence'."
            ) from None
    if not isinstance(text, str):
        raise InputError("A request has 'text', a str, or 'hypotheses'.")
    return text


def _history(given: Any) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise InputError("'history' is the list that the last reply gave.")
    try:
        return [
            turn if isinstance(turn, str) else [(text, float(sure)) for text, sure in turn]
            for turn in given
        ]
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            "A turn of 'history' is a text, or a list of [text, confidence], as the last reply "
            "gave it."
        ) from None


def _response(
    text: str, history: list[Any], again: str | None, reply: Reply | None = None
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "outputSpeech": {"type": "PlainText", "text": text},
        "shouldEndSession": again is None,
    }
    if again is not None:
        said["reprompt"] = {"outputSpeech": {"type": "PlainText", "text": again}}
    if reply is not None and reply.products:
        listed = "\n".join(str(product.get("title", "")) for product in reply.products[:5])
        said["card"] = {"type": "Simple", "title": text[:60], "content": listed}
    return {"version": "1.0", "sessionAttributes": {"history": history}, "response": said}
