"""Rounds of pick-up notices as the server runs them: for its routes and for the console's page.

In go the words of a body or a form; out come a preview, what a sending came to, and the report.
Each step that changes something has its row in the desk's audit log, with counts and no address.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from chowk.delivery.pickup.people import people_of
from chowk.delivery.pickup.rounds import (
    Asked,
    Done,
    Round,
    building_of,
    knows,
    look,
    record,
    send,
    states,
)
from chowk.errors import InputError
from chowk.store.opening import open as open_store
from chowk.store.store import Store

if TYPE_CHECKING:
    from chowk.delivery.pickup.hooks import Hook
    from chowk.delivery.pickup.reporting import NoticeReport
    from chowk.desk import Key

    from .serving import Serving

#: How long one call sends, seconds, and the most that it sends; the rest goes out with the next.
SECONDS, MOST = 15.0, 500
#: Most places of a round, people of a body, and outcomes of a call.
PLACES, PEOPLE, OUTCOMES = 1_000, 50_000, 5_000

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class PersonGiven(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is known of the person of an address; used for the sending, and not kept."""

    address_id: Name
    to: Annotated[str, msgspec.Meta(max_length=320)] = ""
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""
    parcel: Annotated[str, msgspec.Meta(max_length=300)] = ""
    consented: bool | None = None
    opted_out: bool = False


class RoundGiven(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A round of notices: whom it concerns, what is said, and when nothing is sent."""

    until: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    zone: Annotated[list[Name], msgspec.Meta(max_length=PLACES)] = []
    buildings: Annotated[list[Name], msgspec.Meta(max_length=PLACES)] = []
    stage: Literal["ready", "reminder", "last_day", "returned"] = "ready"
    quiet_from: Annotated[str, msgspec.Meta(pattern=r"^\d{1,2}:\d{2}$")] = "21:00"
    quiet_to: Annotated[str, msgspec.Meta(pattern=r"^\d{1,2}:\d{2}$")] = "9:00"
    hold_back: Annotated[float, msgspec.Meta(ge=0, lt=1)] = 0.1
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""
    people: Annotated[list[PersonGiven], msgspec.Meta(max_length=PEOPLE)] = []


class OutcomeGiven(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What became of a notice."""

    notice_id: Name
    outcome: Literal["opened", "used", "refused"]
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class OutcomesGiven(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What became of notices."""

    outcomes: Annotated[list[OutcomeGiven], msgspec.Meta(min_length=1, max_length=OUTCOMES)]


class OptGiven(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """An address that wants no notices, or wants them again."""

    address_id: Name
    opted_out: bool = True
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class PointSeen(msgspec.Struct, frozen=True):
    """A pick-up point, and how many are told of it."""

    point_id: str
    name: str
    notices: int
    farthest_km: float | None


class WordsSeen(msgspec.Struct, frozen=True):
    """A notice as it reads in a language, with the first point's name."""

    language: str
    notices: int
    subject: str
    text: str


class RoundSeen(msgspec.Struct, frozen=True):
    """What a round would do; `hook` is where notices would go, empty for nowhere."""

    counts: dict[str, int]
    send_at: datetime | None
    points: list[PointSeen]
    texts: list[WordsSeen]
    unknown_buildings: list[str]
    unknown_people: int
    hook: str


class RoundSent(msgspec.Struct, frozen=True):
    """What a sending came to; what is `left` goes out with the next call."""

    sent: dict[str, int]
    left: int
    stopped: str
    states: dict[str, int]


class RateSeen(msgspec.Struct, frozen=True):
    """A share with its 95 % interval; `value` is null of none."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float


class ReportSeen(msgspec.Struct, frozen=True):
    """Notices by state, shares, and what telling changed beside those who were held back."""

    states: dict[str, int]
    opted_out: int
    rates: dict[str, RateSeen]
    difference: tuple[float, float, float] | None
    effect: tuple[float, float, float] | None


class Noticing:
    """Rounds of notices over one server's store."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def hook(self) -> Hook | None:
        """Where notices go; InputError when the settings lack something."""
        from chowk.delivery.pickup.hooks import hook_of

        return hook_of(self._serving.settings)

    def preview(self, given: RoundGiven) -> RoundSeen:
        """What a round would do."""
        with self._store() as store:
            found = self._look(store, given, *self._place())
        return seen(found, self._place()[0])

    def send(self, given: RoundGiven, key: Key) -> RoundSent:
        """Send what is due of a round, for some seconds."""
        place, by_id = self._place()
        hook = self.hook()
        if hook is None:
            raise InputError(
                "No hook sends notices. Set notices.hook in chowk.toml to https://host/path or "
                "smtp://user:password@host:587, and start the server again."
            )
        desk, asked = self._serving.desk, asked_of(given, self._locale())
        with self._store() as store:
            found = self._look(store, given, place, by_id)
            done: Done = send(
                store, found, hook, asked, people=_people(given), most=MOST, seconds=SECONDS,
                opted_out=desk.declined.all(),
            )  # fmt: skip
            kept = states(store.refresh())
        desk.record(
            actor=key.key_id, action="notices.sent", subject=f"notices:{given.stage}",
            after={**done.counts, "left": done.left},
        )  # fmt: skip
        return RoundSent(done.counts, done.left, done.stopped, kept)

    def record(self, given: OutcomesGiven, key: Key) -> dict[str, int]:
        """Keep what became of notices."""
        rows = [
            {"notice_id": o.notice_id, "outcome": o.outcome, "at": o.at} for o in given.outcomes
        ]
        with self._store() as store:
            counts = record(store, rows)
        self._serving.desk.record(
            actor=key.key_id, action="notices.recorded", subject="notices:outcomes", after=counts
        )
        return counts

    def opt(self, given: OptGiven, key: Key) -> tuple[bool, bool]:
        """Note an opt-out, or that it was taken back: whether that changed anything, and whether
        an address of the store has this id."""
        declined = self._serving.desk.declined
        step = declined.add if given.opted_out else declined.remove
        changed: bool = step(given.address_id, actor=key.key_id, reason=given.reason)
        with self._store() as store:
            return changed, knows(store, given.address_id)

    def report(self) -> tuple[dict[str, int], set[str], NoticeReport]:
        """States, opt-outs, and the report."""
        from chowk.delivery.pickup.reporting import notice_report, outcomes_of

        with self._store() as store:
            kept = states(store)
            outcomes = outcomes_of(store.arrow("notices")) if kept else []
        return kept, self._serving.desk.declined.all(), notice_report(outcomes)

    @contextlib.contextmanager
    def _store(self) -> Iterator[Store]:
        """A store of its own, so that no page waits while notices go out."""
        with open_store(self._serving.store.path) as store:
            yield store

    def _locale(self) -> str:
        return str(self._serving.settings.text("locale"))

    def _place(self) -> tuple[str, bool]:
        """Where notices go, and whether an id is reach enough; a preview needs no hook."""
        try:
            hook = self.hook()
        except InputError:
            return "", True
        return ("", True) if hook is None else (hook.place, hook.by_id)

    def _look(self, store: Store, given: RoundGiven, place: str, by_id: bool) -> Round:
        at = datetime.now(ZoneInfo(self._serving.settings.text("time_zone")))
        return look(
            store, asked_of(given, self._locale()), at=at, people=_people(given), by_id=by_id,
            opted_out=self._serving.desk.declined.all(),
        )  # fmt: skip


def seen(found: Round, hook: str) -> RoundSeen:
    """A round as it is shown: texts with a point's name, and nobody's address."""
    return RoundSeen(
        found.counts(),
        found.notices[0].send_at.astimezone(UTC) if found.notices else None,
        [PointSeen(*row) for row in found.points()],
        [WordsSeen(lang, count, one.subject, one.text) for lang, count, one in found.words()],
        list(found.unknown),
        found.strangers,
        hook,
    )


def report_seen(kept: Mapping[str, int], opted_out: set[str], report: NoticeReport) -> ReportSeen:
    """A report as JSON has it."""
    rates = {name: RateSeen(*rate) for name, rate in report.rates().items()}
    return ReportSeen(dict(kept), len(opted_out), rates, report.difference, report.effect)


def asked_of(given: RoundGiven, locale: str) -> Asked:
    """What a body or a form asks; InputError for times that are none."""
    if not given.zone and not given.buildings:
        raise InputError("A round needs 'zone' (PIN codes) or 'buildings' (names).")
    return Asked(
        until=_day(given.until),
        zone=tuple(one.strip() for one in given.zone if one.strip()),
        buildings=tuple(building_of(one) for one in given.buildings if one.strip()),
        stage=given.stage,
        quiet=(_hour("quiet_from", given.quiet_from), _hour("quiet_to", given.quiet_to)),
        hold_back=given.hold_back,
        language=given.language or locale,
    )


def _hour(name: str, text: str) -> time:
    try:
        return time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        raise InputError(
            f"{name} must be a time of the day, such as 21:00. Got {text[:20]!r} instead."
        ) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"until must be a day, such as 2026-11-08. Got {text[:20]!r} instead."
        ) from None


def _people(given: RoundGiven) -> Any:
    return people_of([msgspec.to_builtins(person) for person in given.people])


def many(text: str) -> list[str]:
    """The lines of a field, or what stands between commas where it is one line of numbers.

    >>> many("411045, 4110"), many("Sai Krupa, 411045\\nTower 2")
    (['411045', '4110'], ['Sai Krupa, 411045', 'Tower 2'])
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and re.fullmatch(r"[\d\s,;]+", lines[0]):
        return [one for one in re.split(r"[\s,;]+", lines[0]) if one]
    return lines
