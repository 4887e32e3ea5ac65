"""Structured logs: one event a line, with the request's id, and without personal data.

The server and the command line call `configure` once; everything else calls `get` and logs an
event with facts as keywords. What libraries log through Python's own logging goes the same way.
Every line passes `mask`, so what a customer typed, is called or lives at never reaches a file.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import uuid
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.typing import Processor

from chowk.errors import parameter

#: What stands in the place of a value that is personal or secret.
MASK = "[masked]"

#: A key with one of these names, or that ends in `_` and one of them, never shows its value.
PERSONAL = frozenset(
    # who
    {"author", "author_id", "customer", "customer_id", "email", "first_name", "full_name", "ip"}
    | {"last_name", "mail", "person", "person_a", "person_b", "person_id", "phone", "session"}
    | {"session_id", "user", "user_agent", "user_id", "username"}
    # where
    | {"address", "city", "latitude", "longitude", "postcode", "street"}
    # what was written
    | {"body", "comment", "prompt", "q", "query", "query_string", "queries", "text", "utterance"}
    # secrets
    | {"authorization", "cookie", "key", "password", "secret", "token"}
)

_EMAIL = re.compile(r"[^\s@<>\"'=:,;()/\[\]]+@[^\s@<>\"'=:,;()/\[\]]+\.[^\s@<>\"'=:,;()/\[\]]+")
_QUERY_STRING = re.compile(r"(?<=[\w/])\?[^\s\"']*=[^\s\"']*")
#: The password of a database's URL.
_PASSWORD = re.compile(r"(?<=://)[^\s/@]*:[^\s/@]*(?=@)")
#: What structlog itself puts into an event; their names are not ours to mask.
_FRAME = frozenset({"event", "level", "logger", "time", "request_id", "exception", "exc_info"})
_LEVELS = ("debug", "info", "warning", "error")


def personal(key: str) -> bool:
    """Whether the value under `key` is personal or secret.

    >>> personal("customer_id"), personal("Shipping-Address"), personal("product_id")
    (True, True, False)
    """
    plain = key.lower().replace("-", "_").replace(".", "_")
    return plain in PERSONAL or any(plain.endswith(f"_{name}") for name in PERSONAL)


def scrubbed(value: Any) -> Any:
    """`value` with personal keys, e-mail addresses, passwords and query strings taken out.

    >>> scrubbed({"email": "a@b.in", "rows": 3})
    {'email': '[masked]', 'rows': 3}
    >>> scrubbed("GET /v1/search?q=blue+saree 200, asked by a@b.in")
    'GET /v1/search?[masked] 200, asked by [masked]'
    """
    if isinstance(value, str):
        value = _PASSWORD.sub(MASK, value)
        return _QUERY_STRING.sub(f"?{MASK}", _EMAIL.sub(MASK, value))
    if isinstance(value, Mapping):
        return {
            key: MASK if personal(str(key)) and inner is not None else scrubbed(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(inner) for inner in value]
    if isinstance(value, int | float | bool | None):
        return value
    return scrubbed(str(value))


def mask(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that every line passes."""
    for key, value in event.items():
        if key.startswith("_") or key == "exc_info":
            continue  # structlog's own bookkeeping, removed before the line is written
        hide = key not in _FRAME and personal(key) and value is not None
        event[key] = MASK if hide else scrubbed(value)
    return event


def configure(
    level: str = "info",
    format: str = "text",  # noqa: A002 - the setting is log.format
    *,
    stream: TextIO | None = None,
) -> None:
    """Send every log line to `stream` (standard error when None), as text or as JSON.

    Parameters
    ----------
    level : debug, info, warning or error; what lies below is dropped.
    format : `text` for people, `json` (one object a line) for machines.
    stream : where lines go. Standard output stays free for a command's answer.

    Raises
    ------
    ParameterError : another level or format.
    """
    if level not in _LEVELS:
        raise parameter("logs.configure", "level", f"one of {', '.join(_LEVELS)}", level)
    if format not in ("text", "json"):
        raise parameter("logs.configure", "format", "text or json", format)
    stream = stream if stream is not None else sys.stderr
    before: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    # A traceback may quote what a customer wrote, so it is made text before it is masked.
    after: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        mask,
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if format == "json"
        else structlog.dev.ConsoleRenderer(
            timestamp_key="time",
            colors=stream.isatty(),
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=before, processors=after)
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "of_chowk", False)]:
        root.removeHandler(old)
    handler.of_chowk = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(level.upper())
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: `get(__name__).info("built", system="search", seconds=3.2)`."""
    found: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return found


@contextlib.contextmanager
def request(request_id: str | None = None, **facts: Any) -> Iterator[str]:
    """Every line that is logged inside carries `request_id` and `facts`; gives the id.

    A caller's id is kept when it is short and plain, so that a shop can follow its own request
    through; anything else is replaced by a new one, because an id is no place for data.

    >>> with request("order-7") as current:
    ...     current, request_id_now()
    ('order-7', 'order-7')
    """
    if request_id is None or not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", request_id):
        request_id = uuid.uuid4().hex
    with bound_contextvars(request_id=request_id, **facts):
        yield request_id


def request_id_now() -> str | None:
    """The id of the request that is being answered, or None outside of one."""
    found = get_contextvars().get("request_id")
    return None if found is None else str(found)
