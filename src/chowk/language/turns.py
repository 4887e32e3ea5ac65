"""What a turn of a conversation may hold, and how much of what was said before is kept.

In: turns as JSON gives them: a text, or a recogniser's hypotheses. Out: the same, checked. A
caller carries the conversation along, so that a turn is understood again with each that follows:
a bound on characters is a bound on the time of an answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chowk.errors import InputError

#: A turn: a text, or hypotheses as (text, confidence).
Turn = str | list[tuple[str, float]]
#: Characters of one text, hypotheses of one turn, and characters of all turns that are kept.
LONGEST, HEARD, REMEMBERED = 2_000, 50, 20_000


def text_of(value: Any, where: str = "'text'") -> str:
    """The text of a turn; InputError where it is none, or too long."""
    if not isinstance(value, str):
        raise InputError(f"{where} of a turn is a text. Got {value!r:.60}.")
    if len(value) > LONGEST:
        raise InputError(
            f"{where} has {len(value)} characters. A turn has at most {LONGEST}: send what was "
            "said last."
        )
    return value


def heard(given: Any) -> list[tuple[str, float]]:
    """Hypotheses out of objects with `text` and `confidence`, or of pairs of them.

    >>> heard([{"text": "red shoes", "confidence": 1}, ["bed shoes", 0.5]])
    [('red shoes', 1.0), ('bed shoes', 0.5)]
    """
    if not isinstance(given, list) or not 0 < len(given) <= HEARD:
        got = f"{len(given)} of them" if isinstance(given, list) else f"{given!r:.60}"
        raise InputError(
            f"'hypotheses' is a list of 1 to {HEARD} objects with 'text' and 'confidence'. "
            f"Got {got}."
        )
    found = []
    for number, one in enumerate(given):
        pair = (one.get("text"), one.get("confidence")) if isinstance(one, Mapping) else one
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InputError(
                f"Hypothesis {number} is {one!r:.60}. Give an object with 'text' and 'confidence'."
            )
        text, sure = pair
        rated = isinstance(sure, int | float) and not isinstance(sure, bool)
        if not rated or not abs(sure) <= sys.float_info.max:
            raise InputError(
                f"Hypothesis {number} has the confidence {sure!r:.40}. Give a finite number."
            )
        found.append((text_of(text, f"The text of hypothesis {number}"), float(sure)))
    return found


def history_of(given: Any) -> list[Turn]:
    """What was said before, as the last reply gave it; the newest turns that are kept."""
    if given is None:
        return []
    if not isinstance(given, list):
        raise InputError(f"'history' is the list that the last reply gave. Got {given!r:.60}.")
    for turn in given:
        if not isinstance(turn, str | list):
            raise InputError(
                f"A turn of 'history' is a text, or a list of [text, confidence], as the last "
                f"reply gave it. Got {turn!r:.60}."
            )
    return [text_of(turn) if isinstance(turn, str) else heard(turn) for turn in given]


def kept(turns: Sequence[Turn], most: int) -> list[Turn]:
    """The newest turns: at most so many, of at most `REMEMBERED` characters together.

    >>> kept(["a", "b", "c"], 2)
    ['b', 'c']
    """
    found: list[Turn] = []
    left = REMEMBERED
    for turn in reversed(turns[-most:]):
        left -= len(turn) if isinstance(turn, str) else _characters(turn)
        if left < 0:
            break
        found.append(turn)
    return found[::-1]


def _characters(heard: Iterable[tuple[str, float]]) -> int:
    return sum(len(text) for text, _ in heard)
