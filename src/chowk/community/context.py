"""What surrounds a message: the last messages, the one it answers, who wrote it.

The same words weigh more after a quarrel and from someone who was held before, and less from one
who has long been kind. Context moves the scores within bounds; it never decides alone, and a
message in which nothing could harm is allowed whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import parameter

from .sentence import Reading, read
from .severity import HEADS

#: The most that context may move a score, in logits.
MOST = 1.5


@dataclass(frozen=True, slots=True)
class Context:
    """What is known around a message.

    Attributes
    ----------
    previous : the last messages of the channel, oldest first.
    reply_to : the text that the message answers.
    approved, denied : how many of the author's held messages were allowed and denied before.
    days : how long the author has been here; None when unknown.
    """

    previous: Sequence[str] = ()
    reply_to: str = ""
    approved: int = 0
    denied: int = 0
    days: float | None = None

    @staticmethod
    def of(given: Context | Mapping[str, Any] | None) -> Context | None:
        """A context from what was given; None stays None."""
        if given is None:
            return None
        if not isinstance(given, Context | Mapping):
            raise parameter("check", "context", "a Context, or names with their values", given)
        if isinstance(given, Context):
            made = given
        else:
            names = {field.name for field in fields(Context)}
            odd = set(given) - names
            if odd:
                raise parameter("check", "context", f"made of {', '.join(sorted(names))}", odd)
            made = Context(**given)
        before = made.previous
        if before is not None and (
            isinstance(before, str)
            or not isinstance(before, Sequence)
            or not all(isinstance(one, str) for one in before)
        ):
            raise parameter("check", "context.previous", "a list of texts", before)
        for name in ("approved", "denied"):
            value = getattr(made, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise parameter("check", f"context.{name}", "an int, 0 or more", value)
        days = made.days
        if days is not None and (isinstance(days, bool) or not isinstance(days, (int, float))):
            raise parameter("check", "context.days", "a number, or None", days)
        if made.reply_to is not None and not isinstance(made.reply_to, str):
            raise parameter("check", "context.reply_to", "a text", made.reply_to)
        return made


def moved(reading: Reading, context: Context) -> NDArray[np.float32]:
    """By how much each head's logit moves.

    >>> bad = Context(denied=6)
    >>> bool((moved(read("you clown"), bad) > 0).all())
    True
    """
    shift = np.zeros(len(HEADS), dtype=np.float32)
    total = context.approved + context.denied
    if total:
        # Beta(2, 2) prior: a single decision says little of a person.
        share = (context.denied + 2) / (total + 4) - 0.5
        shift += 2.0 * share
    if context.days is not None and context.days < 1:
        shift += 0.25
    before = [
        read(text[:500]) for text in [*(context.previous or ())[-3:], context.reply_to] if text
    ]
    heat = sum(
        any(m.kind in ("insult", "abuse", "slur", "harm") and not m.turned for m in one.marks)
        for one in before
    )
    shift += 0.15 * heat
    spoken = context.reply_to or (context.previous[-1] if context.previous else "")
    if spoken:
        groups = {m.category for m in read(spoken[:500]).marks if m.kind in ("group", "slur")}
        own = {m.kind for m in reading.marks}
        if groups and "they" in own and "group" not in own:
            # "they should all be shot" after a message about a group speaks of that group
            shift[0] += 1.2
    return np.clip(shift, -MOST, MOST)
