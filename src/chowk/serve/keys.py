"""Who may ask: the API key of a request, vouched for by the desk.

A key comes in as `Authorization: Bearer KEY` or `X-API-Key: KEY`, and under the names that clients
of Algolia and of Google send (`X-Algolia-API-Key`, `X-Goog-Api-Key`). A route says what it needs
(`opt=needs("staff", "catalogue.write")`), and the guard lets a key through whose scope reaches that
far and whose roles hold the permission. The desk compares digests in constant time and remembers an
answer for two seconds, so a revoked key stops within that time in every worker.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from chowk.desk.roles import PERMISSIONS, ROLES, scope_covers
from chowk.errors import KeyRefusedError

from .problems import Problem

if TYPE_CHECKING:
    from chowk.desk import Desk, Key


#: What a route adds to its `opt` when its clients can only send the key as `key=` in the query. A
#: key in an address ends up in logs and histories, so no route takes it without saying so.
KEY_IN_QUERY = {"key_in_query": True}
#: How long after a look at the desk its memory answers for a key, seconds: less than the desk
#: remembers, so that the look itself, which may wait for a disk, is never made on the event loop.
FRESH = 1.0
#: Most keys that are held as looked up lately.
MOST_FRESH = 10_000


def needs(scope: str, permission: str) -> dict[str, str]:
    """What a route asks of a key, as Litestar's `opt`."""
    if permission not in PERMISSIONS:
        raise ValueError(f"There is no permission {permission!r}.")
    return {"scope": scope, "permission": permission}


class Keyring:
    """Checks keys at the desk, and how often each is used.

    Parameters
    ----------
    desk : knows the keys.
    per_second : requests that one key may make in a second, in this process; 0 for no limit.
    clock : seconds, rising.
    """

    def __init__(
        self, desk: Desk, *, per_second: float = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._desk = desk
        self._per_second = per_second
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._looked: dict[bytes, float] = {}

    async def checked(self, secret: str, scope: str, permission: str) -> Key:
        """`check`, in a thread unless the desk remembers the key."""
        digest = hashlib.sha256(secret.encode("utf-8", "replace")).digest()
        now = self._clock()
        if now - self._looked.get(digest, -FRESH) < FRESH:
            return self.check(secret, scope, permission)
        key = await run_sync(self.check, secret, scope, permission)
        if len(self._looked) >= MOST_FRESH:
            self._looked.clear()
        self._looked[digest] = now
        return key

    def check(self, secret: str, scope: str, permission: str) -> Key:
        """The key, when it is one and may do this; Problem 401, 403 or 429."""
        try:
            key = self._desk.check_key(secret)
        except KeyRefusedError as error:
            raise unknown_key() from error
        allowed(key, scope, permission)
        if self._per_second:
            self._spend(key.key_id)
        return key

    def _spend(self, key_id: str) -> None:
        """Take one from the key's bucket, which fills at the rate and holds two seconds of it."""
        now, full = self._clock(), max(1.0, self._per_second * 2)
        with self._lock:
            left, at = self._buckets.get(key_id, (full, now))
            left = min(full, left + (now - at) * self._per_second)
            if left >= 1:
                self._buckets[key_id] = (left - 1, now)
                return
            self._buckets[key_id] = (left, now)
        raise Problem(
            429,
            "rate",
            "Too many requests",
            f"This key may make {self._per_second:g} requests a second of this server process. "
            "Wait a second, or raise the setting serve.requests_per_second.",
            headers={"Retry-After": "1"},
        )


def allowed(key: Key, scope: str, permission: str) -> None:
    """Problem 403 unless the key's scope and roles reach this far."""
    if not scope_covers(key.scope, scope):
        raise Problem(
            403,
            "scope",
            "The key's scope does not allow this",
            f"This needs a key of scope {scope}, and the key that came has scope {key.scope}. "
            f"Send a key that was made with: chowk key create STORE --scope {scope}",
        )
    if not key.allows(permission):
        able = [n for n, r in ROLES.items() if permission in r.permissions and r.scope != "shop"]
        raise Problem(
            403,
            "permission",
            "The key's role does not allow this",
            f"This needs the permission {permission!r}, and the key that came has the role "
            f"{', '.join(key.roles) or 'none'}. Send a key of one of these roles: "
            f"{', '.join(able)}.",
        )


def unknown_key() -> Problem:
    """401: no key that the desk knows. It does not repeat what was sent."""
    return Problem(
        401,
        "key",
        "No valid key",
        "This needs an API key of this store, and the one that came is unknown, revoked or "
        "missing. Send 'Authorization: Bearer KEY', with a key that was made with: "
        "chowk key create STORE --scope shop",
        headers={"WWW-Authenticate": 'Bearer realm="chowk"'},
    )


def secret_of(connection: ASGIConnection[Any, Any, Any, Any], *, query: bool = False) -> str:
    """The key that a request carries, or Problem 401; with `query`, also as `key=` of the query."""
    given = connection.headers.get("authorization")
    if given is None:
        headers = connection.headers
        secret = (
            headers.get("x-api-key")
            or headers.get("x-algolia-api-key")
            or headers.get("x-goog-api-key")
            or (connection.query_params.get("key") if query else None)
            or ""
        )
    else:
        scheme, _, secret = given.partition(" ")
        if scheme.lower() != "bearer":
            raise unknown_key()
    secret = secret.strip()
    if not secret:
        raise unknown_key()
    return secret


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Litestar's guard of the /v1 routes."""
    if connection.scope.get("method") == "OPTIONS":
        return  # says which methods a route has, and does nothing
    # A route that forgot to say what it needs is for nobody but owners.
    scope = handler.opt.get("scope", "admin")
    permission = handler.opt.get("permission", "people.erase")
    keyring: Keyring = connection.app.state.serving.keyring
    secret = secret_of(connection, query=bool(handler.opt.get("key_in_query")))
    connection.state["key"] = await keyring.checked(secret, scope, permission)
