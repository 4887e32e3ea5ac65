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
from .turns import Turn, heard, history_of, kept, text_of

#: Turns that are kept in a session; older ones are forgotten.
_TURNS = 12
#: Platform intents, as what a customer would have said.
_BUILT_IN = {
    "AMAZON.HelpIntent": "help",
    "AMAZON.PreviousIntent": "undo",
    "AMAZON.StartOverIntent": "start over",
    "AMAZON.YesIntent": "yes",
    "AMAZON.NoIntent": "no",
    "AMAZON.FallbackIntent": "help",
}
_ENDS = ("AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent")
_AGAIN = "AMAZON.RepeatIntent"


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
        history = kept(history_of(request.get("history")), _TURNS)
        said = _said(request)
        reply = self._reply(history, said)
        found: dict[str, Any] = msgspec.to_builtins(reply)
        return {**found, "history": kept([*history, said], _TURNS)}

    def alexa(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The response to a skill request."""
        inner = request.get("request")
        if not isinstance(inner, Mapping) or not isinstance(inner.get("type"), str):
            raise InputError("A skill request has 'request' with a 'type'. Got neither.")
        session = _inside(request, "session")
        history = kept(history_of(_inside(session, "attributes").get("history")), _TURNS)
        kind = inner["type"]
        if kind == "LaunchRequest":
            return _response(self.welcome, [], self.welcome)
        if kind == "SessionEndedRequest":
            return _response("", history, None)
        if kind != "IntentRequest":
            raise InputError(f"The request type {kind!r} is not known to this skill.")
        intent = _inside(inner, "intent")
        name = intent.get("name")
        if not isinstance(name, str):
            raise InputError(f"An IntentRequest has an 'intent' with a 'name'. Got {name!r:.60}.")
        if name in _ENDS:
            return _response("Goodbye.", [], None)
        if name == _AGAIN and history:
            *history, said = history
        else:
            said = _BUILT_IN.get(name) or text_of(_spoken(intent), "What was said in the slots")
        reply = self._reply(history, said)
        again = "What are you looking for?" if reply.action == "ask" else "Anything else?"
        return _response(reply.text, kept([*history, said], _TURNS), again, reply)

    def _reply(self, history: list[Turn], said: Turn) -> Reply:
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


def _said(request: Mapping[str, Any]) -> Turn:
    text, given = request.get("text"), request.get("hypotheses")
    if given is not None and text is not None:
        raise InputError("A request has 'text' or 'hypotheses', not both. Leave one out.")
    if given is not None:
        return heard(given)
    if text is None:
        raise InputError("A request has 'text', a str, or 'hypotheses'. Got neither.")
    return text_of(text)


def _response(
    text: str, history: list[Turn], again: str | None, reply: Reply | None = None
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
