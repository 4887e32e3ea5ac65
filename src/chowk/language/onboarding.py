"""The example skill: it shows a newcomer around the shop, a step at a time.

In: an owner's steps (or those here), and what the newcomer says. Out: the next step, or an answer
from the owner's file, after which the tour goes on. It is built of the same parts as the
shop assistant and shows how little an own skill needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chowk.errors import InputError

from .answers import Answers
from .turns import history_of, kept, text_of
from .understander import Understander

#: Turns that a caller carries along.
_TURNS = 50
STEPS = (
    "Say what you are looking for, as you would to a person: 'red shoes under 2000'.",
    "Then narrow it: 'only blue', 'size 9', or 'sirf cotton'.",
    "You can compare what you see: 'compare the first and the second'.",
    "'undo' takes one step back, and 'start over' forgets everything.",
)


class Onboarding:
    """A tour in steps.

    Parameters
    ----------
    steps : what is told, in order.
    answers : the owner's questions and answers; they may be asked at any step.
    understander : tells yes from no; the shipped one when None.

    Examples
    --------
    >>> tour = Onboarding(["One.", "Two."])
    >>> tour.say("hello"), tour.say("ok"), tour.say("yes")
    ('One. Shall I go on?', 'Two.', 'That was all. What are you looking for?')
    """

    def __init__(
        self,
        steps: Sequence[str] = STEPS,
        *,
        answers: Answers | None = None,
        understander: Understander | None = None,
    ) -> None:
        self.steps = tuple(steps)
        self.answers = answers or Answers()
        self.understander = Understander.load("shop") if understander is None else understander
        self.told = 0

    def say(self, text: str) -> str:
        """What the skill says next."""
        own = self.answers.find(text)
        if own is not None:
            return f"{own} Shall I go on?" if self.told < len(self.steps) else own
        if self.told and self.understander.parse(text).intent in ("no", "thanks"):
            self.told = len(self.steps)
        if self.told >= len(self.steps):
            return "That was all. What are you looking for?"
        self.told += 1
        more = " Shall I go on?" if self.told < len(self.steps) else ""
        return self.steps[self.told - 1] + more


def toured(tour: Onboarding, request: Mapping[str, Any]) -> dict[str, Any]:
    """A newcomer's turn as plain JSON: `text` and `history` come in, and both go out.

    >>> toured(Onboarding(["One.", "Two."]), {"text": "go on", "history": ["hi"]})
    {'text': 'Two.', 'history': ['hi', 'go on']}
    """
    text, history = text_of(request.get("text")), request.get("history")
    said = kept(history_of(history), _TURNS)
    for turn in said:
        if not isinstance(turn, str):
            raise InputError("'history' is the list of texts that the last reply gave.")
        tour.say(turn)
    return {"text": tour.say(text), "history": kept([*said, text], _TURNS)}
