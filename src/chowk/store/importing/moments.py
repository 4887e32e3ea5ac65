"""Times as owners write them, to moments in UTC.

ISO 8601, epoch seconds, milliseconds and microseconds, RFC 2822, `3 Jan 2011 14:05`,
`Jan 3, 2011`, `2011/01/03`, and dates with slashes, dots or dashes in day-first or month-first
order. That order is never guessed from one value: it is taken from the option, or from values of
the same column that allow only one reading.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

Order = Literal["dmy", "mdy", "unknown", "mixed"]

_LOW, _HIGH = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_SLASHED = re.compile(
    r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})"
    r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(.*)")
_NAMED = (
    "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%a %d %b %Y",
)  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")


@dataclass(slots=True)
class Clock:
    """What is known about a column's times: the zone of naive ones, and the order of dates."""

    zone: zoneinfo.ZoneInfo
    order: Order = "unknown"

    def learn(self, values: Iterable[str]) -> None:
        """Find the order from values that allow only one reading; keep one that is known."""
        if self.order != "unknown":
            return
        day_first = month_first = 0
        for value in values:
            found = _SLASHED.fullmatch(value.strip())
            if found:
                first, second = int(found[1]), int(found[2])
                day_first += first > 12 >= second
                month_first += second > 12 >= first
        if day_first and month_first:
            self.order = "dmy" if day_first >= month_first else "mdy"
        elif day_first or month_first:
            self.order = "dmy" if day_first else "mdy"

    def moment(self, text: str) -> datetime | str:
        """The moment in UTC, or a clause that says why there is none."""
        text = text.strip()
        naive = self._read(text)
        if isinstance(naive, str):
            return naive
        if naive.tzinfo is None:
            naive = naive.replace(tzinfo=self.zone)
        try:
            moment = naive.astimezone(UTC)
        except (OverflowError, ValueError):
            return f"{text!r} is not a time between 1970 and 2100"
        if not _LOW <= moment < _HIGH:
            return f"{text!r} is not a time between 1970 and 2100"
        return moment

    def _read(self, text: str) -> datetime | str:
        bare = text.lstrip("-")
        if bare.isascii() and bare.isdigit() and len(bare) in (10, 13, 16):
            scale = {10: 1, 13: 1_000, 16: 1_000_000}[len(bare)]
            whole, rest = divmod(int(text), scale)
            try:
                moment = datetime.fromtimestamp(whole, UTC)
            except (OverflowError, ValueError, OSError):
                return f"{text!r} is not a time between 1970 and 2100"
            return moment.replace(microsecond=rest * (1_000_000 // scale))
        if found := _SLASHED.fullmatch(text):
            return self._slashed(text, found)
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
        if text.endswith(" UTC"):  # the way that BigQuery and Shopify print
            aware = self._read(text.removesuffix(" UTC"))
            return aware if isinstance(aware, str) else aware.replace(tzinfo=UTC)
        if found := _YEAR_FIRST.fullmatch(text):
            try:
                head = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
                return datetime.fromisoformat(head + found[4])
            except ValueError:
                return f"{text!r} is not a date"
        plain = re.sub(r"\s+", " ", text.replace(",", " ")).strip()
        for day in _NAMED:
            for clock in _CLOCKS:
                try:
                    return datetime.strptime(plain, day + clock)
                except ValueError:
                    continue
        try:
            return parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return f"{text!r} is not a time in a known form; write it as 2026-01-31T14:05:00"

    def _slashed(self, text: str, found: re.Match[str]) -> datetime | str:
        first, second, year = int(found[1]), int(found[2]), int(found[3])
        if year < 100:
            year += 2000 if year < 70 else 1900
        order = self.order
        if order not in ("dmy", "mdy"):
            if first == second:
                order = "dmy"
            else:
                return (
                    f"{text!r} can be read day first or month first, and no other date in the "
                    "file decides it; say --dates dmy or --dates mdy"
                )
        day, month = (first, second) if order == "dmy" else (second, first)
        hour, minute, second_ = (int(g) if g else 0 for g in (found[4], found[5], found[6]))
        half = (found[7] or "").lower().replace(".", "")
        if half:
            if not 1 <= hour <= 12:
                return f"{text!r} is not a time"
            hour = hour % 12 + (12 if half == "pm" else 0)
        try:
            return datetime(year, month, day, hour, minute, second_)
        except ValueError:
            words = "day first" if order == "dmy" else "month first"
            return f"{text!r} is not a date when it is read {words}, as the other dates are"


def clock(zone: str, order: str = "auto") -> Clock:
    """A `Clock` for a zone's name and the option `--dates` (auto, dmy or mdy)."""
    chosen: Order = "dmy" if order == "dmy" else "mdy" if order == "mdy" else "unknown"
    return Clock(zoneinfo.ZoneInfo(zone), chosen)
