"""A guard with other settings over past messages: what it would have held.

Each message goes the way that it went: the channel's AutoMod says whether its text waits anyway and
leaves little doubt, hosts are answered, and the guard's detector takes in its trace. Waves of joins
and who was banned are not among past messages, so what they would hold is not among its figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar.datastructures import State

from chowk.community.proactive import harms
from chowk.community.traces import Trace

from .guarding import CATEGORIES, Tried, detector, guard_of, past_messages, tried, unheld
from .judging import home


def try_guard(state: State, channel: str, body: Mapping[str, Any]) -> Tried:
    """What a guard with these settings would have held of the last days' messages.

    Raises
    ------
    ParameterError : a setting breaks its rule.
    """
    guard = guard_of(body)
    rows, seen = past_messages(state.serving, channel), detector(guard)
    # What other systems held is not this one's to hold or free.
    own = [row if row["held_by"] in CATEGORIES else {**row, "state": None} for row in rows]
    if not guard.on:
        return tried(own, [""] * len(rows), shown=unheld(rows))
    channels = home(state)
    channels.refresh(channel)
    verdicts = channels.automod.check_many([row["text"] for row in rows], channel)
    categories = []
    for row, verdict in zip(rows, verdicts, strict=True):
        held = row["held_by"] not in (None, *CATEGORIES)
        scores = row["scores"] if held else verdict.scores
        held = held or verdict.decision == "hold"
        trace = replace(Trace.of(row["author"], row["text"]), harmful=held and harms(scores))
        alert = seen.follow(trace, row["at"], host=row["author"] in guard.hosts)
        categories.append("" if alert is None or held else alert.kind)
    return tried(own, categories, shown=unheld(rows))
