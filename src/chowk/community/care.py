"""Care for the people who moderate: what is blurred, when to rest, and what they say they need.

Looking at harm all day harms. So a view can blur, grey and mute; a person can set limits to his
own day; and an anonymous survey asks what moderators need, of which only groups of five or more are
shown, so that nobody is found in it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chowk.errors import parameter

#: The least size of a group whose answers are shown.
LEAST = 5

#: The survey that a store starts with; the owner edits it. Scales go from 1 (no) to 5 (yes).
TEMPLATE: Mapping[str, Any] = {
    "title": "What do you need to moderate well?",
    "about": "Anonymous. Answers are shown for groups of five or more, and never singly.",
    "groups": "seat",
    "questions": [
        {"id": "norms", "text": "The norms tell me what to do in most cases.", "scale": 5},
        {"id": "context", "text": "I see enough around a message to judge it.", "scale": 5},
        {"id": "tools", "text": "The tools keep up when it is busy.", "scale": 5},
        {"id": "team", "text": "I can ask somebody when I am not sure.", "scale": 5},
        {"id": "load", "text": "The amount of work is right for me.", "scale": 5},
        {"id": "toll", "text": "What I read stays with me after I stop.", "scale": 5},
        {"id": "heard", "text": "My view counts when norms are changed.", "scale": 5},
    ],
}


class Care(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody wants to be shown what is held, and how much of it.

    Parameters
    ----------
    blur_from : the level (0 to 4) from which text is blurred until it is asked for; 5 for never.
    grey : pictures without colours. `mute` : sound off.
    per_hour, per_day : after how many decisions to rest; 0 for no limit.
    heavy_per_day : after how many of level 3 and 4.
    """

    blur_from: int = 3
    grey: bool = True
    mute: bool = True
    per_hour: int = 120
    per_day: int = 600
    heavy_per_day: int = 60

    def __post_init__(self) -> None:
        if not 0 <= self.blur_from <= 5:
            raise parameter("Care", "blur_from", "an int in [0, 5]", self.blur_from)
        for name in ("per_hour", "per_day", "heavy_per_day"):
            if not 0 <= getattr(self, name) <= 100_000:
                rule = "an int in [0, 100000]"
                raise parameter("Care", name, rule, getattr(self, name))


def care_of(body: Mapping[str, Any] | None) -> Care:
    """The wishes in a document of kind `care`; the defaults where it says nothing.

    >>> care_of({"blur_from": 1}).blur_from, care_of(None).per_hour
    (1, 120)
    """
    known = {name: (body or {})[name] for name in Care.__struct_fields__ if name in (body or {})}
    try:
        return msgspec.convert(known, Care)
    except msgspec.ValidationError as error:
        raise parameter("care_of", "body", f"wishes of care ({error})", body) from None


def blurred(level: int, care: Care) -> bool:
    """Whether text of that level is blurred until it is asked for.

    >>> blurred(3, Care()), blurred(2, Care()), blurred(4, Care(blur_from=5))
    (True, False, False)
    """
    return level >= care.blur_from


def rest(
    decisions: Iterable[tuple[datetime, int]], now: datetime, care: Care
) -> tuple[str, datetime] | None:
    """Why to rest, and until when; None when there is no need.

    Parameters
    ----------
    decisions : the moments of one's own decisions, each with the level of what was read.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> rest([(now, 1)] * 3, now, Care(per_hour=3))[0]
    '3 decisions within an hour'
    >>> rest([(now, 1)] * 2, now, Care(per_hour=3)) is None
    True
    """
    seen = sorted((min(at, now), level) for at, level in decisions)
    found: list[tuple[str, datetime]] = []
    for most, span, what, least in (
        (care.per_hour, timedelta(hours=1), "decisions within an hour", 0),
        (care.per_day, timedelta(days=1), "decisions within a day", 0),
        (care.heavy_per_day, timedelta(days=1), "heavy items within a day", 3),
    ):
        inside = [at for at, level in seen if at > now - span and level >= least]
        if most and len(inside) >= most:
            found.append((f"{len(inside)} {what}", inside[-most] + span))
    return max(found, key=lambda one: one[1], default=None)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a group of at least five said to a question: how many, the mean, and how many each."""

    group: str
    question: str
    count: int
    mean: float
    each: dict[int, int]


def survey_results(
    answers: Sequence[Mapping[str, Any]],
    questions: Sequence[str],
    *,
    groups: str | None = None,
    least: int = LEAST,
) -> list[Answered]:
    """What groups of `least` or more said; smaller ones are not shown, nor can they be worked out.

    When exactly one group of a question would be hidden, what is left of "everybody" would be its
    answers: then the smallest shown group is hidden as well.

    Parameters
    ----------
    answers : one mapping a person: question to 1 … 5, and the group under `groups`.
    groups : the name of the field that holds the group, such as `seat`; None for everybody alone.
    least : 5 or more.

    Examples
    --------
    >>> said = [{"load": 2, "seat": "a"}] * 5 + [{"load": 4, "seat": "b"}] * 6
    >>> [(one.group, one.count, one.mean) for one in survey_results(said, ["load"], groups="seat")]
    [('everybody', 11, 3.0909), ('a', 5, 2.0), ('b', 6, 4.0)]
    >>> survey_results(said[:4], ["load"])
    []
    """
    if isinstance(least, bool) or not isinstance(least, int) or least < LEAST:
        raise parameter("survey_results", "least", f"an int, {LEAST} or more", least)
    found: list[Answered] = []
    for question in questions:
        given = [
            (str(one.get(groups, "")) if groups else "", value)
            for one in answers
            if isinstance(value := one.get(question), int)
            and not isinstance(value, bool)
            and 1 <= value <= 5
        ]
        if len(given) < least:
            continue
        found.append(_answered("everybody", question, [value for _, value in given]))
        by_group: dict[str, list[int]] = {}
        for group, value in given:
            if group:
                by_group.setdefault(group, []).append(value)
        shown = {group: values for group, values in by_group.items() if len(values) >= least}
        while shown and 0 < len(given) - sum(map(len, shown.values())) < least:
            del shown[min(shown, key=lambda group: (len(shown[group]), group))]
        found += [_answered(group, question, values) for group, values in sorted(shown.items())]
    return found


def _answered(group: str, question: str, values: list[int]) -> Answered:
    return Answered(
        group=group,
        question=question,
        count=len(values),
        mean=round(statistics.fmean(values), 4),
        each={value: values.count(value) for value in range(1, 6)},
    )
