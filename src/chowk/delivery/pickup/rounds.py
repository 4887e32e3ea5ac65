"""A round of notices over a store's own tables: looked at first, then sent, each key once.

In go what is asked (a zone or buildings, a stage, a last day) and the tables `addresses` and
`pickup_points`; out comes who would be told, who is held back and who opted out, and, once sent,
rows of the table `notices`. A row is written as `queued` before anything goes out, and what the
hook said right after, so that a crash leaves at most a handful to be told twice, under one key.
"""

from __future__ import annotations

import re
import time as clocks
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from chowk.delivery.addresses.joining import Building
from chowk.delivery.addresses.register import BuildingRegister
from chowk.errors import InputError, StoreLockedError, parameter
from chowk.store.disk import write_lock
from chowk.store.store import Store

from .hooks import Hook
from .notices import Notice, pickup_notices
from .people import Person
from .reporting import notices_table
from .sending import Sent, send_all
from .wording import Stage, spoken

#: States after which a key does not go out again.
DONE = frozenset({"held_back", "sent", "opened", "used", "refused"})
#: What may be said of a notice later, and the column that keeps when.
OUTCOMES: Mapping[str, str] = {
    "opened": "opened_at", "used": "used_at", "refused": "refused_at",
}  # fmt: skip
#: Notices whose states are written at once: so many could go out twice after a crash.
_AT_ONCE = 50
#: A hook that fails so often in a row is left alone for now.
_PATIENCE = 3
#: Above so many addresses the last build's register is used where it has all of them.
_MANY = 5_000
_WITH_PIN = re.compile(r"(.*\S)\s*[,;\t ]\s*(\d{3} ?\d{3})\s*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a round; what the words mean is told at `pickup_notices`."""

    until: date
    zone: tuple[str, ...] = ()
    buildings: tuple[str | tuple[str, str], ...] = ()
    stage: Stage = "ready"
    quiet: tuple[time, time] = (time(21, 0), time(9, 0))
    hold_back: float = 0.1
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Round:
    """What would happen: `notices` are those that are still to be sent or held back.

    `opted_out` and `already` count addresses that are concerned and get nothing now; `unknown` are
    names of buildings that no address names; `strangers` counts people whose id no address has;
    `names` are the points' names by id.
    """

    notices: tuple[Notice, ...]
    opted_out: int
    already: int
    unreachable: int
    unknown: tuple[str, ...]
    names: Mapping[str, str]
    reach: Mapping[str, str] = field(repr=False)
    strangers: int = 0

    def counts(self) -> dict[str, int]:
        """How many are concerned, and what becomes of them."""
        held = sum(notice.held_back for notice in self.notices)
        return {
            "concerned": len(self.notices) + self.opted_out + self.already,
            "to_send": len(self.notices) - held - self.unreachable,
            "held_back": held,
            "unreachable": self.unreachable,
            "opted_out": self.opted_out,
            "already": self.already,
        }

    def points(self) -> list[tuple[str, str, int, float | None]]:
        """(point_id, name, notices, farthest kilometres) of each point, the busiest first."""
        counted = Counter(notice.point_id for notice in self.notices)
        far: dict[str, float] = {}
        for notice in self.notices:
            if notice.kilometres is not None:
                far[notice.point_id] = max(far.get(notice.point_id, 0.0), notice.kilometres)
        return [(one, self.names[one], count, far.get(one)) for one, count in counted.most_common()]

    def words(self) -> list[tuple[str, int, Notice]]:
        """(language, notices, the first of them) of each language that is written."""
        written = Counter(spoken(notice.language) for notice in self.notices)
        first: dict[str, Notice] = {}
        for notice in self.notices:
            first.setdefault(spoken(notice.language), notice)
        return [(language, count, first[language]) for language, count in written.most_common()]


def building_of(line: str) -> str | tuple[str, str]:
    """A typed building: its name, or name and PIN code where one stands behind it.

    >>> building_of("Sai Krupa Apts, 411045"), building_of("Tower 2")
    (('Sai Krupa Apts', '411045'), 'Tower 2')
    """
    found = _WITH_PIN.fullmatch(line)
    return (found[1].rstrip(" ,;"), found[2]) if found else line.strip()


def look(
    store: Store,
    asked: Asked,
    *,
    at: datetime,
    people: Mapping[str, Person] | None = None,
    opted_out: Collection[str] = (),
    points: Any = None,
    addresses: Any = None,
    by_id: bool = True,
) -> Round:
    """What a round would do; nothing is written and nothing goes out.

    Parameters
    ----------
    at : now, with the zone of the quiet hours.
    people : of whom more is known than the table says, by address id.
    opted_out : address ids that get nothing.
    points, addresses : in the place of the store's tables of these names.
    by_id : whether a hook is told the address's id where no other way to reach is known.
    """
    people = people or {}
    points = _table(store, "pickup_points", points)
    addresses = _table(store, "addresses", addresses)
    rows = addresses.to_pylist() if hasattr(addresses, "to_pylist") else list(addresses)
    register = _register(store, rows) if asked.buildings else None
    unknown = () if register is None else tuple(
        one if isinstance(one, str) else " ".join(one)
        for one in asked.buildings
        if not register.find(*((one,) if isinstance(one, str) else one))
    )  # fmt: skip
    languages = {
        str(row["address_id"]): known.language
        for row in rows
        if (known := people.get(str(row.get("address_id")))) is not None and known.language
    }
    for row in rows:
        if not row.get("language"):
            languages.setdefault(str(row.get("address_id")), asked.language)
    found = pickup_notices(
        rows, points, zone=asked.zone or None, buildings=asked.buildings or None,
        at=at, until=asked.until, stage=asked.stage,
        parcels={one: person.parcel for one, person in people.items() if person.parcel},
        languages=languages, quiet=asked.quiet, hold_back=asked.hold_back, register=register,
    )  # fmt: skip
    shut = {*opted_out, *(one for one, person in people.items() if person.opted_out)}
    before = _states(store)
    wanted = [notice for notice in found if notice.address_id not in shut]
    notices = tuple(n for n in wanted if before.get(n.notice_id) not in DONE)
    reach = {
        n.address_id: to
        for n in notices
        if (to := getattr(people.get(n.address_id), "to", "") or (n.address_id if by_id else ""))
    }
    names = {str(row["point_id"]): str(row["name"]) for row in _dicts(points)}
    return Round(
        notices, len(found) - len(wanted), len(wanted) - len(notices),
        sum(not n.held_back and n.address_id not in reach for n in notices),
        unknown, names, reach, len(people.keys() - {str(row.get("address_id")) for row in rows}),
    )  # fmt: skip


@dataclass(slots=True)
class Done:
    """What a sending came to: notices by what became of them, and how many are left to send."""

    counts: dict[str, int]
    left: int
    stopped: str = ""


def send(
    store: Store,
    planned: Round,
    hook: Hook,
    asked: Asked,
    *,
    people: Mapping[str, Person] | None = None,
    opted_out: Collection[str] = (),
    most: int | None = None,
    seconds: float | None = None,
    now: Any = lambda: datetime.now(UTC),
) -> Done:
    """Send what is due of a round, and write what became of it to the table `notices`.

    Parameters
    ----------
    most, seconds : where to stop; what is `left` goes out when it is called again.
    now : gives the time.

    Raises
    ------
    InputError : somebody else is sending at this moment, or the hook may not be reached at all.
    """
    end = None if seconds is None else clocks.monotonic() + seconds
    if (ready := getattr(hook.sender, "ready", None)) is not None:
        ready()  # a setting that is wrong is said once, and fails nobody's notice
    with ExitStack() as held:
        try:
            held.enter_context(write_lock(store.path / ".notices.lock"))
        except StoreLockedError:
            raise InputError(
                "Notices of this store are being sent at this moment. Look again when that is over."
            ) from None
        known = people or {}
        return _send(store.refresh(), planned, hook, asked, known, opted_out, most, end, now)


def _send(
    store: Store,
    planned: Round,
    hook: Hook,
    asked: Asked,
    people: Mapping[str, Person],
    opted_out: Collection[str],
    most: int | None,
    end: float | None,
    now: Any,
) -> Done:
    before = _states(store)
    todo = [n for n in planned.notices if before.get(n.notice_id) not in DONE]
    at = now()
    held = [Sent(n.notice_id, "held_back", at) for n in todo if n.held_back]
    consent = {one: bool(person.consented) for one, person in people.items()}
    # Before the first goes out, all are known: what happens to them has a place.
    _keep(store, todo, held, consent)
    # Those that failed before come last, or the same few would stop every sending.
    told = sorted(
        (n for n in todo if not n.held_back), key=lambda n: before.get(n.notice_id) == "failed"
    )
    log: list[Sent] = []
    unwritten: list[Sent] = []
    tries = failures = passed = 0
    stopped = ""
    try:
        for notice in told:
            out_of_time = end is not None and clocks.monotonic() >= end
            if out_of_time or (most is not None and tries >= most):
                break
            said = send_all([notice], hook.sender, planned.reach, at=now(), opted_out=opted_out,
                            quiet=asked.quiet)  # fmt: skip
            passed += 1
            log += said
            unwritten += said
            tried = any(line.state in ("sent", "failed") for line in said)
            tries += tried
            if tried:
                failures = failures + 1 if said[0].state == "failed" else 0
            if failures == _PATIENCE:
                stopped = (
                    f"The hook failed {_PATIENCE} times in a row ({said[0].why}), and was left "
                    "alone. Mend it, and send again: nothing goes out twice."
                )
                break
            if len(unwritten) >= _AT_ONCE:
                _keep(store, todo, unwritten, consent)
                unwritten = []
    finally:
        if unwritten:
            _keep(store, todo, unwritten, consent)
    counts = Counter(line.state for line in [*held, *log])
    return Done(dict(counts), len(told) - passed, stopped)


def _keep(
    store: Store, notices: list[Notice], log: list[Sent], consented: Mapping[str, bool]
) -> None:
    """Write states to the table; what was said of a notice before (fetched, say) stays."""
    said = {line.notice_id for line in log}
    first = not said or all(line.state == "held_back" for line in log)
    rows = notices_table(
        [n for n in notices if first or n.notice_id in said], log, consented=consented
    ).to_pylist()
    if not rows:
        return
    with store.transaction(wait=10.0) as change:
        known = {row["notice_id"]: row for row in _notices(store)}
        for row in rows:
            old = known.get(row["notice_id"], {})
            for column in ("opened_at", "used_at", "refused_at", "sent_at"):
                row[column] = row.get(column) or old.get(column)
            row["consented"] = row["consented"] or bool(old.get("consented"))
            if old.get("state") in DONE and (row["state"] != "sent" or old["state"] in OUTCOMES):
                row["state"] = old["state"]  # what was said while the others went out
        change.upsert("notices", rows)


def record(store: Store, outcomes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Write down that notices were opened, used (the parcel was fetched) or refused.

    `opened` is kept only of those who consented to be asked; of somebody who was held back, only
    that he fetched the parcel.

    Parameters
    ----------
    outcomes : each with `notice_id`, `outcome` and perhaps `at`, a time with a zone; else now.

    Returns
    -------
    how many were kept, how many are `unknown`, and how many were `without_consent`.
    """
    counts: Counter[str] = Counter(kept=0, unknown=0, without_consent=0)
    with store.transaction(wait=10.0) as change:
        known = {row["notice_id"]: row for row in _notices(store)}
        changed: dict[str, dict[str, Any]] = {}
        for one in outcomes:
            row, outcome = known.get(str(one["notice_id"])), str(one["outcome"])
            if outcome not in OUTCOMES:
                raise parameter("record", "outcome", f"one of {', '.join(OUTCOMES)}", outcome)
            if row is None:
                counts["unknown"] += 1
            elif outcome == "opened" and not row.get("consented"):
                counts["without_consent"] += 1
            else:
                column = OUTCOMES[outcome]
                row[column] = row.get(column) or one.get("at") or datetime.now(UTC)
                if not row.get("held_back") and not (
                    outcome == "opened" and row["state"] in ("used", "refused")
                ):
                    row["state"] = outcome
                changed[row["notice_id"]] = row
                counts["kept"] += 1
        if changed:
            change.upsert("notices", list(changed.values()))
    return dict(counts)


def knows(store: Store, address_id: str) -> bool:
    """Whether the store's table of addresses has this id: an opt-out of another reaches nobody."""
    if not store.rows("addresses"):
        return False
    ids = store.arrow(store["addresses"].select("address_id"))["address_id"]
    return address_id in ids.to_pylist()


def states(store: Store) -> dict[str, int]:
    """How many notices are in each state, the commonest first."""
    return dict(Counter(_states(store).values()).most_common())


def _states(store: Store) -> dict[str, str]:
    if not store.rows("notices"):
        return {}
    table = store.arrow(store["notices"].select("notice_id", "state"))
    return dict(zip(table["notice_id"].to_pylist(), table["state"].to_pylist(), strict=True))


def _notices(store: Store) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if store.refresh().rows("notices"):
        found = store.arrow("notices").to_pylist()
    return found


def _table(store: Store, name: str, given: Any) -> Any:
    if given is not None:
        return given
    if not store.rows(name):
        raise InputError(
            f"This store has no {name.replace('_', ' ')}. Import them: "
            f"chowk import {store.path} csv FILE --table {name}"
        )
    return store.arrow(name)


def _dicts(given: Any) -> list[dict[str, Any]]:
    return given.to_pylist() if hasattr(given, "to_pylist") else list(given)


def _register(store: Store, rows: list[dict[str, Any]]) -> BuildingRegister:
    """Who lives where: of many addresses as the last build read them, else read now."""
    ids = [str(row.get("address_id")) for row in rows]
    if len(rows) > _MANY and store.rows("address_parts") and store.rows("buildings"):
        parts = store.arrow(store["address_parts"].select("address_id").distinct())
        if set(ids) <= set(parts["address_id"].to_pylist()):
            return BuildingRegister(
                Building(row["building_id"], row["postcode"], row["name"],
                         tuple(row["spellings"] or ()), tuple(row["address_ids"] or ()))
                for row in store.arrow("buildings").to_pylist()
            )  # fmt: skip
    return BuildingRegister.of(ids, [str(row.get("text") or "") for row in rows])
