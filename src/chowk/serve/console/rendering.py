"""Templates to HTML: every value is escaped, numbers and times read as people write them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from litestar import MediaType, Response

STATIC = Path(__file__).parent / "static"
#: The page's own address of a static file, with its content's hash so that it can be kept forever.
ASSETS = "/console/static"


@cache
def asset(name: str) -> str:
    """The address of a static file."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{ASSETS}/{name}?v={digest}"


def number(value: Any) -> str:
    """A count, or a measure, in few digits.

    >>> number(1234567), number(0.15624), number(12.5), number(None), number(3.0)
    ('1,234,567', '0.1562', '12.5', '–', '3')
    """
    if value is None:
        return "–"
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def money(value: Any, currency: str = "") -> str:
    """An amount: whole above a thousand, with two places below.

    >>> money(1234567.8, "EUR"), money(12.5), money(100.0, "INR")
    ('EUR 1,234,568', '12.50', 'INR 100')
    """
    if value is None:
        return "–"
    whole = abs(value) >= 1000 or float(value).is_integer()
    text = f"{value:,.0f}" if whole else f"{value:,.2f}"
    return f"{currency} {text}".strip()


def percent(share: Any) -> str:
    """A share in [0, 1].

    >>> percent(0.1234), percent(0.0004), percent(0), percent(1)
    ('12.3 %', '< 0.1 %', '0 %', '100 %')
    """
    if not share:
        return "0 %"
    if share < 0.001:
        return "< 0.1 %"
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def ago(moment: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> str:
    """How long ago an ISO time was.

    >>> from datetime import timedelta
    >>> at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> [ago(at.isoformat(), lambda: at + timedelta(seconds=s)) for s in (20, 130, 7300, 200000)]
    ['moments ago', '2 minutes ago', '2 hours ago', '2 days ago']
    """
    if not moment:
        return "never"
    seconds = (now() - datetime.fromisoformat(moment)).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // length)
        if count >= 1:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "moments ago"


def day(moment: str) -> str:
    """The day of an ISO time.

    >>> day("2026-11-08T18:30:00+00:00")
    '8 November 2026'
    """
    if not moment:
        return "–"
    at = datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y}"


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("chowk.serve.console"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.globals["asset"] = asset
    made.policies["json.dumps_kwargs"] = {"sort_keys": False}
    made.filters |= {
        "number": number,
        "money": money,
        "percent": percent,
        "ago": ago,
        "day": day,
    }
    return made


def page(
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response[str]:
    """A template as an answer."""
    html = _templates().get_template(template).render(**values)
    return Response(html, media_type=MediaType.HTML, status_code=status, headers=headers)
