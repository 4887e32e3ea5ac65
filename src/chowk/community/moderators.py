"""The people who moderate: what each may see, a digest to think over, and who might join.

A view leaves out what its reader has no right to. A digest gives a moderator the week's decisions
back, with those where others saw it differently (reflection on action: Schön, "The Reflective
Practitioner", 1983). Regulars whose conduct fits are suggested to the owner with reasons, and never
appointed.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from .care import Care, blurred


def view(item: Any, may: Callable[[str], bool], care: Care | None = None) -> dict[str, Any]:
    """An item of the queue as one moderator sees it.

    Parameters
    ----------
    item : a `chowk.desk.Item`.
    may : whether the reader has a right of `chowk.desk.RIGHTS` in the item's queue.
    care : how he wants it shown.

    An author's name and history are left out without the right `authors.see`; the text's author is
    then called `author`, those around it are numbered.
    """
    payload = dict(item.payload or {})
    verdict = payload.get("verdict") or {}
    raw_level = verdict.get("level") if isinstance(verdict, Mapping) else None
    level = raw_level if isinstance(raw_level, int) else 0
    context = payload.get("context") or {}
    authors = may("authors.see")
    return {
        "item_id": item.item_id,
        "kind": item.kind,
        "queue": item.queue,
        "state": item.state,
        "version": item.version,
        "payload_version": item.payload_version,
        "text": payload.get("text", payload.get("said", "")),
        "verdict": verdict,
        "level": level,
        "blurred": blurred(level, care or Care()),
        "grey": (care or Care()).grey,
        "mute": (care or Care()).mute,
        "context": context if authors else _nameless(context),
        "author": item.party if authors else None,
        "held_at": item.proposed_at,
        "expires_at": item.expires_at,
        "claimed_by": item.claimed_by,
        "claimed_until": item.claimed_until,
        # What a trainee said is shown after the second one has made up his mind.
        "advice": item.advice if not item.open else None,
        "advised": item.advice is not None,
        "norm": item.norm,
        "decided_at": item.decided_at,
    }


def _nameless(context: Any) -> Any:
    """The messages around, with authors numbered in the order in which they speak."""
    if not isinstance(context, Mapping):
        return {}
    names: dict[str, str] = {}

    def plain(message: Any) -> Any:
        if not isinstance(message, Mapping):
            return message
        author = str(message.get("author_id", ""))
        names.setdefault(author, f"person {len(names) + 1}")
        return {"author_id": names[author], "text": message.get("text", "")}

    kept: dict[str, Any] = {}
    for name in ("before", "reply_to"):
        value = context.get(name)
        if isinstance(value, list):
            kept[name] = [plain(message) for message in value]
        elif value is not None:
            kept[name] = plain(value)
    return kept


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """A moderator's week, to think over.

    `by_norm` counts his decisions; `overturned` and `disagreed` hold item ids to look at again.
    """

    decided: int
    denied_share: float | None
    median_minutes: float | None
    by_norm: dict[str, int]
    overturned: list[str]
    disagreed: list[str]
    kind_acts: int


def digest(
    items: Iterable[Mapping[str, Any]],
    person: str,
    *,
    since: datetime,
    until: datetime,
    kind_acts: int = 0,
) -> Digest:
    """One person's decisions between two moments.

    Parameters
    ----------
    items : each with `item_id`, `by`, `outcome`, `norm`, `held_at` and `decided_at`; `overturned`
        where an appeal was granted; `advice` and `advised_by` where a trainee spoke first.
    """
    own: list[Mapping[str, Any]] = []
    disagreed: list[str] = []
    for item in items:
        if not since <= item["decided_at"] < until:
            continue
        if item.get("by") == person:
            own.append(item)
        advice = {"approve": "approved", "deny": "denied"}.get(str(item.get("advice")))
        spoke = person in (item.get("by"), item.get("advised_by"))
        if spoke and advice is not None and advice != item["outcome"]:
            disagreed.append(str(item["item_id"]))
    minutes = [(one["decided_at"] - one["held_at"]).total_seconds() / 60 for one in own]
    return Digest(
        decided=len(own),
        denied_share=(sum(one["outcome"] == "denied" for one in own) / len(own) if own else None),
        median_minutes=round(statistics.median(minutes), 2) if minutes else None,
        by_norm=dict(Counter(str(one.get("norm")) for one in own).most_common()),
        overturned=[str(one["item_id"]) for one in own if one.get("overturned")],
        disagreed=disagreed,
        kind_acts=kind_acts,
    )


class Suggestion(msgspec.Struct, frozen=True, kw_only=True):
    """A regular who might moderate, with what speaks for it; the owner asks him, or does not."""

    author_id: str
    score: float
    reasons: list[str]


def suggest_moderators(
    messages: Iterable[Mapping[str, Any]],
    *,
    kind_acts: Mapping[str, int] | None = None,
    strikes: Mapping[str, float] | None = None,
    already: Iterable[str] = (),
    k: int = 5,
    least_days: int = 14,
) -> list[Suggestion]:
    """Regulars whose conduct fits the channel's norms, the likeliest first; often none.

    Parameters
    ----------
    messages : each with `author_id`, `ts`, `held`, `denied`, and `reply_to` where it answers
        somebody. Nobody is suggested with a denied message or a strike that still counts.
    kind_acts : marked by moderators, an author.
    strikes : the faded sum an author (`chowk.community.standing`).
    already : who moderates now.
    least_days : on how many different days somebody must have spoken.
    """
    seen: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in messages:
        seen[str(row["author_id"])].append(row)
    skip = {str(name) for name in already}
    found = []
    for author, rows in seen.items():
        days = {row["ts"].date() for row in rows}
        bad = any(row.get("denied") for row in rows) or (strikes or {}).get(author, 0) >= 0.5
        if author in skip or bad or len(days) < least_days:
            continue
        answers = sum(bool(row.get("reply_to")) for row in rows)
        kind = (kind_acts or {}).get(author, 0)
        first, last = min(row["ts"] for row in rows), max(row["ts"] for row in rows)
        reasons = [f"spoke on {len(days)} days of {_days(first, last)}"]
        reasons.append(f"none of {len(rows)} messages was denied")
        if kind:
            reasons.append(f"{kind} kind or helpful acts were marked")
        if answers:
            reasons.append(f"{answers} of the messages answer somebody")
        score = 2.0 * kind / len(days) + answers / len(rows) + len(days) / _days(first, last)
        if kind or answers:
            found.append(Suggestion(author_id=author, score=round(score, 4), reasons=reasons))
    return sorted(found, key=lambda one: (-one.score, one.author_id))[:k]


def _days(first: datetime, last: datetime) -> int:
    return (last.date() - first.date() + timedelta(days=1)).days
