"""From the desk's items to what moderators ask about them: precedents, digests, health.

The desk gives decided items; `chowk.community` works on plain rows. This joins the two, for routes
and pages alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from chowk.community.health import Forecast, Week, forecast, toxicity_by_hour, weeks
from chowk.community.moderators import Suggestion, suggest_moderators
from chowk.community.precedents import Precedent, Precedents
from chowk.community.strikes import standing
from chowk.errors import NotAllowedError, parameter

if TYPE_CHECKING:
    from chowk.desk import Desk, Document, Item, Key

    from .serving import Serving
    from .tally import Tally

#: Items that are counted, decided ones that are remembered as precedents, and weeks of health that
#: are shown.
MOST, REMEMBERED, WEEKS = 10_000, 2_000, 26
_ALL = ("approved", "denied", "corrected", "expired", "waiting", "claimed")
_SAID = ("message", "review", "question")
#: What a decision stands on that names no norm, in a channel that has none of its own.
GENERAL = "general"
#: What a channel without norms of its own goes by.
DEFAULT_NORMS = (
    {"id": "respect", "text": "Disagree with ideas, not with people."},
    {"id": "safety", "text": "No threats, no slurs, nobody's private data."},
    {"id": "honesty", "text": "No spam, no adverts, no pretending."},
    {"id": "fits", "text": "Nothing is wrong with it."},
    {"id": GENERAL, "text": "What people may expect of each other anywhere."},
)


def require(desk: Desk, actor: str, right: str, channel: str) -> None:
    """NotAllowedError unless the actor has that right in the channel."""
    if not desk.seats.may(actor, right, channel):
        raise NotAllowedError(
            f"This needs the right {right!r} in the channel {channel!r}. A lead gives seats, and "
            "an owner edits what they may do."
        )


def norms_of(desk: Desk, channel: str) -> list[dict[str, str]]:
    """A channel's norms, or those that a channel without its own goes by."""
    held = desk.records.read("norms", channel)
    return list(DEFAULT_NORMS if held is None else held.body["norms"])


def norm_for(desk: Desk, channels: Iterable[str], norm: str | None) -> str | None:
    """The norm that a decision stands on: the one that was named, else the general one where no
    channel has norms of its own. With norms of its own a channel's decision has to name one. One
    that a channel does not have, its own or those that are built in, is refused: the author is
    told of it, and could look it up nowhere. The refusal lists those there are."""
    for channel in dict.fromkeys(channels):
        if norm is None and desk.records.read("norms", channel) is None:
            continue
        known = [str(one["id"]) for one in norms_of(desk, channel)]
        if norm not in known:
            rule = f"one of the norms of {channel!r}: {', '.join(known)}"
            raise parameter("decide", "norm", rule, norm)
    return GENERAL if norm is None else norm


def ended(
    desk: Desk,
    *states: str,
    channels: list[str] | None = None,
    since: datetime | None = None,
    most: int = MOST,
) -> list[Item]:
    """Items of those states, the newest first, at most `most`."""
    return desk.queue.latest(states, kinds=_SAID, queues=channels, since=since, limit=most)


def document_for(desk: Desk, key: Key, kind: str, name: str) -> Document | None:
    """A document, as far as the holder of a key may read it: one's own wishes of care, the norms
    and guides of channels where one sits, and guides that a channel shares."""
    if kind == "care" and name not in (key.member, key.key_id):
        raise NotAllowedError("What somebody wishes for his own care is read by nobody else.")
    shared = False
    if kind == "guide":
        consent = desk.records.read("sharing", name)
        shared = consent is not None and bool(consent.body.get("guides"))
    if kind in ("norms", "guide", "guard") and not shared:
        require(desk, key.key_id, "queue.see", name)
    found = desk.records.read(kind, name)
    if kind == "guard" and found is not None and found.body.get("hosts"):
        require(desk, key.key_id, "authors.see", name)  # it names authors
    return found


def precedents_for(desk: Desk, actor: str, item_id: str) -> list[Precedent]:
    """How items like this one were decided, as far as the actor's seats let him know."""
    item = desk.queue.item(item_id, actor=actor)
    require(desk, actor, "precedents.read", item.queue)
    text = str((item.payload or {}).get("text", ""))
    return precedents_like(desk, item.queue, text)


def precedents_like(desk: Desk, channel: str, text: str, *, k: int = 5) -> list[Precedent]:
    """How texts like this one were decided in a channel, and where others share it."""
    sharing = {
        one.name: bool(one.body.get("precedents")) for one in desk.records.documents("sharing")
    }
    channels = sorted({channel, *(name for name, consent in sharing.items() if consent)})
    rows = [
        {
            "item_id": one.item_id,
            "text": (one.payload or {}).get("text"),
            "outcome": one.state,
            "norm": one.norm,
            "reason": one.reason,
            "channel": one.queue,
        }
        for one in ended(
            desk, "approved", "denied", "corrected", channels=channels, most=REMEMBERED
        )
    ]
    return Precedents().fit(rows, shared=sharing).similar(text, channel, k)


def decided_rows(desk: Desk, *, since: datetime) -> list[dict[str, Any]]:
    """Decisions as `chowk.community.moderators.digest` takes them: one an item, and one more of
    whoever decided before an appeal turned it over."""
    looks = {one.item_id: one for one in desk.queue.looks(since=since)}
    rows: list[dict[str, Any]] = []
    for one in ended(desk, "approved", "denied", "corrected", since=since):
        if one.decided_at is None:
            continue
        row: dict[str, Any] = {
            "item_id": one.item_id,
            "by": one.decided_by,
            "outcome": one.state,
            "norm": one.norm,
            "held_at": one.proposed_at,
            "decided_at": one.decided_at,
            "advice": one.advice,
            "level": level_of(one),
        }
        look = looks.get(one.item_id)
        if look is not None and look.overturned:
            first = {"by": look.first_by, "outcome": look.first, "decided_at": look.first_at}
            rows.append({**row, **first, "overturned": True})
        elif look is not None:
            row["advised_by"] = look.first_by
        rows.append(row)
    return rows


def health_of(
    serving: Serving, actor: str, channel: str, tally: Tally | None = None
) -> dict[str, Any]:
    """A channel's weeks, hours and next week's rates, from the store's messages, the desk, and the
    count of what was shown, which is kept without its texts and authors."""
    desk = serving.desk
    require(desk, actor, "health.see", channel)
    until = datetime.now(UTC)
    since = until - WEEKS * timedelta(days=7)
    held = {
        one.subject.partition(":")[2]: one
        for one in ended(desk, *_ALL, channels=[channel], since=since)
        if one.proposed_at >= since
    }
    messages = _messages(serving, channel, since)
    known = {str(row["message_id"]) for row in messages}
    rows = [{**row, "held": str(row["message_id"]) in held} for row in messages]
    rows += [
        {"ts": one.proposed_at, "author_id": one.party or name, "held": True}
        for name, one in held.items()
        if name not in known
    ]
    looks = {one.item_id: one for one in desk.queue.looks(since=since)}
    items = [
        {
            "held_at": one.proposed_at,
            "decided_at": one.decided_at,
            "first": looks[one.item_id].first if one.item_id in looks else None,
            "final": one.state,
        }
        for one in held.values()
    ]
    kind = desk.records.remarks("kind_act", queue=channel, since=since, newest=True)
    found = weeks(rows, items, [one.written_at for one in kind], until=until)
    logged = [row["ts"] for row in rows if not row["held"]]
    counted = Counter({} if tally is None else tally.since(channel, since))
    # The log of an hour may hold what was counted in it: only what it has not is new.
    extra = counted - Counter(map(_hour, logged))
    rated = _rated(found, logged, extra)
    by_hour = [0] * 24
    for at, count in extra.items():
        by_hour[at.hour] += count
    hours = [
        (hour, total + more, (share or 0.0) * total / (total + more) if total + more else None)
        for (hour, total, share), more in zip(toxicity_by_hour(rows), by_hour, strict=True)
    ]
    shown = len(logged) + extra.total()
    return {
        "channel_id": channel,
        "weeks": rated,
        "hours": hours if shown else toxicity_by_hour(()),
        # The running week is not over, so it says nothing of its own rate yet.
        "next": {"hold_rate": _next_holds(rated[:-1]), "return_rate": _next_returns(rated[:-1])},
        "shown": shown,
        # Who came and came back is known from the store's table alone: until it was imported.
        "logged_until": max(logged, default=None),
    }


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _rated(found: list[Week], logged: list[datetime], extra: Counter[datetime]) -> list[Week]:
    """Weeks with what was only counted in them; where nothing is known to have been shown, a week
    says no hold rate: of what was held alone it would always be one."""
    if not found:
        return []
    start, week = found[0].start, timedelta(days=7)
    seen = {(at - start) // week for at in logged}
    more = [0] * len(found)
    for at, count in extra.items():
        # An hour belongs where its middle lies; that in which the first week begins, to that week.
        number = (at + timedelta(minutes=30) - start) // week
        if at + timedelta(hours=1) > start:
            more[min(max(number, 0), len(found) - 1)] += count
    rated = []
    for number, (own, count) in enumerate(zip(found, more, strict=True)):
        messages = own.messages + count
        known = bool(count) or number in seen
        rate = own.held / messages if known else None
        rated.append(msgspec.structs.replace(own, messages=messages, hold_rate=rate))
    return rated


def suggested(serving: Serving, channel: str) -> list[Suggestion]:
    """Regulars of a channel who might moderate, from its messages, decisions and remarks."""
    desk, now = serving.desk, datetime.now(UTC)
    since = now - WEEKS * timedelta(days=7)
    items = {one.subject.partition(":")[2]: one for one in ended(desk, *_ALL, channels=[channel])}
    rows = []
    for row in _messages(serving, channel, since):
        item = items.get(str(row["message_id"]))
        denied = item is not None and item.state in ("denied", "expired")
        rows.append({**row, "held": item is not None, "denied": denied})
    kind: Counter[str] = Counter()
    for one in desk.records.remarks("kind_act", queue=channel, since=since, newest=True):
        kind[(one.subject or "").removeprefix("author:")] += 1
    given: dict[str, list[dict[str, Any]]] = {}
    for one in desk.records.remarks("strike", queue=channel, newest=True):
        strike = {"at": one.written_at, "weight": (one.body or {}).get("weight", 1)}
        given.setdefault((one.subject or "").removeprefix("author:"), []).append(strike)
    strikes = {author: standing(found, now).strikes for author, found in given.items()}
    return suggest_moderators(rows, kind_acts=kind, strikes=strikes)


def _next_holds(found: list[Week]) -> Forecast:
    known = [(week.held, week.messages) if week.hold_rate is not None else (0, 0) for week in found]
    return forecast([held for held, _ in known], [total for _, total in known])


def _next_returns(found: list[Week]) -> Forecast:
    known = [week for week in found if week.return_rate is not None]
    came = [round((week.return_rate or 0) * week.newcomers) for week in known]
    return forecast(came, [week.newcomers for week in known])


def _messages(serving: Serving, channel: str, since: datetime) -> list[dict[str, Any]]:
    """The store's own log of messages, where it has one."""
    with serving.reading() as store:
        if "messages" not in store.tables():
            return []
        table = store["messages"]
        wanted = table.filter((table.channel_id == channel) & (table.ts >= since))
        found = (
            wanted.select("message_id", "ts", "author_id", "reply_to").limit(1_000_000).to_pyarrow()
        )
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def level_of(item: Item) -> int:
    """How harmful what was held is, 0 to 4, by its verdict."""
    verdict = (item.payload or {}).get("verdict")
    level = verdict.get("level") if isinstance(verdict, dict) else None
    return level if isinstance(level, int) else 0
