"""Bodies of requests: JSON, a list of JSON, or a line of JSON each, read with clear refusals.

Bytes come in; an object or a list of objects comes out, or a Problem that says where reading
stopped. Rows themselves are checked by the tables' declarations (`chowk.store.rows`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from litestar import Request

from chowk.store.rows import RowError

from .problems import Fault, Problem, bad_rows

#: How long a client may take to send a body, seconds.
PATIENCE = 20.0
#: Most faulty rows that one answer lists.
MOST_FAULTS = 20

Made = TypeVar("Made")


async def document(request: Request[Any, Any, Any]) -> Any:
    """The body as one JSON value; with the media type of NDJSON, a list of its lines."""
    try:
        async with asyncio.timeout(PATIENCE):
            raw = await request.body()
    except TimeoutError:
        raise Problem(
            408,
            "slow",
            "The body came too slowly",
            f"The body must arrive within {PATIENCE:g} seconds. Send it in smaller parts.",
        ) from None
    media = request.headers.get("content-type", "application/json").partition(";")[0]
    media = media.strip().lower()
    if media in ("application/x-ndjson", "application/ndjson", "application/jsonl"):
        lines = [(n, line) for n, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
        return [_json(line, f"line {n} of the body") for n, line in lines]
    if media not in ("application/json", "text/plain", "application/x-www-form-urlencoded", ""):
        raise Problem(
            415,
            "media-type",
            "The body is of another type",
            f"The body must be JSON (application/json) or a line of JSON each "
            f"(application/x-ndjson). Got {media[:80]!r} instead.",
        )
    if not raw.strip():
        raise Problem(
            400,
            "body",
            "The body cannot be read",
            "The body is empty. Send one JSON object, or a list of them.",
        )
    return _json(raw, "the body")


def _json(raw: bytes, place: str) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        said = str(error).removeprefix("JSON is malformed: ")
        raise Problem(
            400,
            "body",
            "The body cannot be read",
            f"{place[0].upper()}{place[1:]} is not JSON: {said}. Send one JSON object, or a list "
            "of them, in UTF-8.",
            errors=[Fault(place, "JSON", None, "Send one JSON object, or a list of them.")],
        ) from None


def several(found: Any, *, name: str, most: int) -> list[Any]:
    """One row or many: an object, a list, or an object that holds the list under `name`."""
    if isinstance(found, dict) and isinstance(found.get(name), list) and len(found) == 1:
        found = found[name]
    rows = found if isinstance(found, list) else [found]
    if len(rows) > most:
        raise Problem(
            400,
            "too-many",
            "Too many rows in one call",
            f"One call may hold at most {most} {name}. Got {len(rows)}. Send them in several.",
            errors=[Fault(name, f"at most {most} rows", len(rows), "Send them in several calls.")],
        )
    if not rows:
        raise Problem(
            400,
            "body",
            "The body cannot be read",
            f"The list of {name} is empty. Send at least one.",
            errors=[Fault(name, "at least one row", 0, "Send at least one.")],
        )
    return rows


def each(rows: list[Any], name: str, make: Callable[[Any, str], Made]) -> list[Made]:
    """`make(row, place)` of every row; one Problem for all the rows that break a rule."""
    made: list[Made] = []
    faults: list[RowError] = []
    for number, row in enumerate(rows):
        try:
            made.append(make(row, f"{name}[{number}]"))
        except RowError as error:
            faults.append(error)
            if len(faults) == MOST_FAULTS:
                break
    if faults:
        raise bad_rows(faults)
    return made
