"""Accounts as a shop or a moderator tells of them: whatever came in, an account comes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chowk.community.evaders import Account


def account_of(author: str, body: Mapping[str, Any], *, banned: datetime | None = None) -> Account:
    """An account from what was told of it; odd fields are left out."""
    messages = [one for one in _list(body.get("messages")) if isinstance(one, str)]
    hours = [h for h in _list(body.get("hours")) if isinstance(h, int) and 0 <= h <= 23]
    name, made = body.get("name"), body.get("created_at")
    try:
        created = datetime.fromisoformat(made) if isinstance(made, str) else None
    except ValueError:
        created = None
    if created is not None and created.tzinfo is None:
        created = created.replace(tzinfo=UTC)
    return Account(
        account_id=author,
        name=name[:200] if isinstance(name, str) else "",
        messages=[one[:500] for one in messages[-200:]],
        hours=hours[-2_000:],
        created=None if created is None else created.timestamp(),
        banned=None if banned is None else banned.timestamp(),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
