"""What every request passes on its way in and out: its id, its time limit, headers, counters, log.

An ASGI middleware around the whole application. The request's id comes from `X-Request-Id` when
that is short and plain, and goes back in the answer and into every log line; the time limit ends
work that hangs; security headers go on every answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from chowk import logs

from .problems import MEDIA_TYPE, TYPE, ProblemDocument

#: Nothing inline, nothing from elsewhere, no frame around it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
#: An answer that took longer is logged, seconds. At the level debug all are.
SLOW = 1.0
#: Routes that are asked often and say little.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

_log = logs.get("chowk.request")


class Door:
    """The outermost middleware. It reads what it needs from the application's state."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        method = str(scope["method"])
        serving = scope["app"].state.serving
        started = time.perf_counter()
        status = 500
        begun = False
        asked_id = _header(scope["headers"], b"x-request-id")

        async def sending(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun = True
                status = message["status"]
                kept = list(message.get("headers", ()))
                names = {name for name, _ in kept}
                kept += [(n, v) for n, v in _HEADERS if n not in names]
                kept.append((b"x-request-id", request_id.encode()))
                if b"cache-control" not in names:
                    kept.append((b"cache-control", b"no-store"))
                message["headers"] = kept
            await send(message)

        with logs.request(asked_id) as request_id:
            try:
                async with asyncio.timeout(serving.timeout):
                    await self.app(scope, receive, sending)
            except TimeoutError:
                if not begun:
                    await _timed_out(request_id, sending)
            finally:
                seconds = time.perf_counter() - started
                route = _route(scope)
                serving.metrics.observed(method, route, status, seconds)
                notable = status >= 400 or seconds > SLOW
                if (notable or serving.log_requests) and route not in _QUIET:
                    _log.info(
                        "answered",
                        method=method,
                        route=route,
                        status=status,
                        ms=round(seconds * 1000, 2),
                    )


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return None


def _route(scope: Any) -> str:
    """The route's template; one name for all that is not a route, so that labels stay few."""
    handler = scope.get("route_handler")
    template = scope.get("path_template")
    if handler is None or template is None:
        return "none"
    return str(template) or "/"


async def _timed_out(request_id: str, send: Send) -> None:
    document = ProblemDocument(
        type=TYPE + "timeout",
        title="The answer took too long",
        status=503,
        detail="The server gave up on this request after its time limit. Send it again, with less "
        "in it, or raise the setting serve.timeout_seconds.",
        request_id=request_id,
    )
    body = msgspec.json.encode(document)
    await send(
        {
            "type": "http.response.start",
            "status": 503,
            "headers": [(b"content-type", MEDIA_TYPE.encode()), (b"retry-after", b"1")],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
