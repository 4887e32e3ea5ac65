"""What the desk takes as text: names, reasons, and the small records before and after a change.

Text goes into two databases and a hash, so it must mean the same in all three: no NUL (PostgreSQL
refuses it), no lone surrogate (UTF-8 has none), no floating-point number (whose text depends on
who writes it).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chowk.errors import parameter

#: A record before or after a change: names to ids, versions, counts and states.
Facts = Mapping[str, Any]

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_MAIL = re.compile(r"[^\s@:]+@[^\s@]+\.[^\s@]+")
_FACTS_RULE = (
    "a dict of ids, versions, counts and states: text, whole numbers, true, false, None, "
    "or lists and dicts of them"
)


def checked(
    caller: str, name: str, value: object, *, limit: int, empty: bool = False, lines: bool = False
) -> str:
    """`value` when it is text of at most `limit` characters without control characters, but for
    line ends and tabs when it may have `lines`."""
    forbidden = _CONTROL_BUT_LINES if lines else _CONTROL
    if (
        isinstance(value, str)
        and len(value) <= limit
        and (empty or value.strip())
        and not forbidden.search(value)
    ):
        return value
    least = 0 if empty else 1
    rule = f"text of {least} to {limit} characters without control characters"
    raise parameter(caller, name, rule, value)


def impersonal(caller: str, name: str, value: str) -> str:
    """`value` when it holds no mail address: what is in the chain can never be erased."""
    if _MAIL.search(value):
        raise parameter(
            caller,
            name,
            "an id, for it stays in the audit log for good, and no mail address "
            "(Desk.pseudonym gives an id for one)",
            value,
        )
    return value


def canonical(value: Any) -> str:
    """JSON with sorted names, no spaces and no escapes: one text for one meaning.

    >>> canonical({"b": 1, "a": [True, None, "é"]})
    '{"a":[true,null,"é"],"b":1}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def facts(caller: str, name: str, value: Facts | None) -> dict[str, Any] | None:
    """A record as plain values, or None; ParameterError when it holds anything else."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise parameter(caller, name, _FACTS_RULE, value)
    plain: dict[str, Any] = _plain(caller, name, value)
    text = canonical(plain)
    if len(text) > 16_384:
        raise parameter(caller, name, "at most 16384 characters as JSON", text)
    return plain


def _plain(caller: str, name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:  # what every JSON reader keeps exactly
        return value
    if isinstance(value, str):
        return impersonal(caller, name, checked(caller, name, value, limit=1024, empty=True))
    if isinstance(value, list | tuple):
        return [_plain(caller, name, item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {
            checked(caller, name, key, limit=128): _plain(caller, name, item)
            for key, item in value.items()
        }
    raise parameter(caller, name, _FACTS_RULE, value)


def stamp(moment: datetime) -> str:
    """A moment as the desk keeps it.

    >>> stamp(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2026-01-02T03:04:05.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> datetime:
    """The moment of a `stamp`."""
    return datetime.fromisoformat(text)
