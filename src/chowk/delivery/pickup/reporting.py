"""Did the notices help? Sent, opened, used and refused, beside those who were not told.

In go what became of each notice, or the table `notices`; out come rates with Wilson's intervals,
and the difference to the held-back group with Newcombe's (1998, method 10). Opened counts only
where it was consented to.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from chowk.store import schema
from chowk.store.frames import arrow_table

from .notices import Notice
from .sending import Sent


class Rate(NamedTuple):
    """A share with its 95 % interval; `value` is None of none."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one notice. `opened` is None without the person's consent to know."""

    notice_id: str
    held_back: bool
    sent: bool
    opened: bool | None = None
    used: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class NoticeReport:
    """The report: rates of those told, use of those held back, and what telling changed.

    `difference` is the use of those who got a notice less that of those held back. Whom a notice
    could not reach is not in it, and nobody knows whom it would not have reached among those held
    back: `effect` compares all who were to be told (`used_of_told`), as they were drawn, and is
    the fair one (the intention to treat).
    """

    sent: Rate
    opened: Rate
    used: Rate
    refused: Rate
    used_without: Rate
    difference: tuple[float, float, float] | None
    used_of_told: Rate
    effect: tuple[float, float, float] | None

    def rates(self) -> dict[str, Rate]:
        """The shares by name."""
        names = ("sent", "opened", "used", "used_of_told", "used_without", "refused")
        return {name: getattr(self, name) for name in names}


def rate(count: int, of: int) -> Rate:
    """A share with Wilson's 95 % interval.

    >>> rate(5, 10).value
    0.5
    """
    if of == 0:
        return Rate(0, 0, None, 0.0, 1.0)
    z = 1.959964
    p = count / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return Rate(count, of, p, max(0.0, middle - half), min(1.0, middle + half))


def notice_report(outcomes: Iterable[Outcome]) -> NoticeReport:
    """The report of some outcomes. The published figure is that half of the notices are opened.

    >>> report = notice_report([Outcome("a", False, True, True, True), Outcome("b", True, False)])
    >>> report.used.value, report.used_without.value
    (1.0, 0.0)
    """
    rows = list(outcomes)
    told = [row for row in rows if not row.held_back]
    sent = [row for row in told if row.sent]
    asked = [row for row in sent if row.opened is not None]
    held = [row for row in rows if row.held_back]
    used = rate(sum(row.used for row in sent), len(sent))
    used_of_told = rate(sum(row.used for row in told), len(told))
    without = rate(sum(row.used for row in held), len(held))
    return NoticeReport(
        rate(len(sent), len(told)),
        rate(sum(bool(row.opened) for row in asked), len(asked)),
        used,
        rate(sum(row.refused for row in sent), len(sent)),
        without,
        _gap(used, without),
        used_of_told,
        _gap(used_of_told, without),
    )


def _gap(one: Rate, other: Rate) -> tuple[float, float, float] | None:
    """The difference of two shares with Newcombe's interval; None where one is of none."""
    if one.value is None or other.value is None:
        return None
    gap = one.value - other.value
    low = math.hypot(one.value - one.low, other.high - other.value)
    high = math.hypot(one.high - one.value, other.value - other.low)
    return gap, gap - low, gap + high


#: States of the log of a sender, in the words of the table.
_STATES = {"waiting": "queued", "unreachable": "failed"}


def notices_table(
    notices: Iterable[Notice], log: Iterable[Sent], *, consented: Mapping[str, bool] | None = None
) -> pa.Table:
    """Notices and what a sender said of them, as rows of the store's table `notices`.

    Parameters
    ----------
    consented : by address_id, whether it may be known that a notice was opened; else false.
    """
    said = {line.notice_id: line for line in log}
    rows = []
    for notice in notices:
        line = said.get(notice.notice_id)
        state = "held_back" if notice.held_back else line.state if line else "queued"
        rows.append(
            {
                "notice_id": notice.notice_id,
                "address_id": notice.address_id,
                "point_id": notice.point_id,
                "state": _STATES.get(state, state),
                "sent_at": line.at if line and line.state == "sent" else None,
                "consented": bool((consented or {}).get(notice.address_id)),
                "held_back": notice.held_back,
            }
        )
    return pa.Table.from_pylist(rows, schema=schema.TABLES["notices"].arrow)


def outcomes_of(notices: Any) -> list[Outcome]:
    """What became of each row of the table `notices` (any frame, or dicts).

    A row that was not sent and is `held_back`, by its column or its state, belongs to those who
    were not told. Whether it was opened is known only of those who `consented`.

    >>> rows = [{"notice_id": "a", "state": "used", "sent_at": "2026-05-01"},
    ...         {"notice_id": "b", "state": "held_back"}]
    >>> [(one.held_back, one.sent, one.opened, one.used) for one in outcomes_of(rows)]
    [(False, True, None, True), (True, False, None, False)]
    """
    found = []
    for row in arrow_table(notices, "outcomes_of").to_pylist():
        state = str(row.get("state") or "")
        held = bool(row.get("held_back")) or state == "held_back"
        sent = not held and (
            row.get("sent_at") is not None or state in ("sent", "opened", "used", "refused")
        )
        opened = row.get("opened_at") is not None or state == "opened"
        found.append(
            Outcome(
                str(row.get("notice_id")),
                held,
                sent,
                (opened if row.get("consented") else None) if sent else None,
                row.get("used_at") is not None or state == "used",
                row.get("refused_at") is not None or state == "refused",
            )
        )
    return found
