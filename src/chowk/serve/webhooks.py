"""Telling other servers of the queue's steps: signed, retried, and never to a private address.

A request holds ids and states, no text and no author. It carries `Chowk-Signature: t=…,v1=…`, the
HMAC-SHA256 of `t.body` under the subscription's secret, and an `Idempotency-Key` that stays the
same when it is tried again. The host's addresses are looked up once, each must be public, and the
connection goes to the one that was checked; redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from chowk import logs
from chowk.errors import parameter

if TYPE_CHECKING:
    from chowk.desk import Desk, Step
    from chowk.desk.webhooks import Webhook

#: Seconds that a receiver may take, and between looks at what there is to tell.
PATIENCE, LOOK = 5.0, 1.0

_log = logs.get(__name__)


class AddressRefused(Exception):
    """The URL leads where nothing is sent."""


class HostUnknown(AddressRefused):
    """The host has no address now; it may have one later."""


def body_of(step: Step) -> bytes:
    """What a receiver is told of a step."""
    told = {
        "type": f"{step.kind}.{step.action}",
        "seq": step.seq,
        "at": step.at,
        "item_id": step.item_id,
        "queue": step.queue,
        "subject": step.subject,
        "state": step.state,
        "norm": step.norm,
    }
    return msgspec.json.encode(told)


def signature(secret: str, body: bytes, at: int) -> str:
    """The header `Chowk-Signature`: when it was sent, and the proof of who sent it.

    >>> signature("secret", b"{}", 1700000000)[:22]
    't=1700000000,v1=b8569b'
    """
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def public_address(host: str, port: int) -> str:
    """An address of the host; AddressRefused unless every one that it has is public.

    >>> public_address("127.0.0.1", 80)
    Traceback (most recent call last):
    chowk.serve.webhooks.AddressRefused: the address 127.0.0.1 is not public
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise HostUnknown(f"the host cannot be found: {error}") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    for address in addresses:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        inner = getattr(parsed, "ipv4_mapped", None) or parsed
        if not inner.is_global or inner.is_multicast:
            raise AddressRefused(f"the address {address} is not public")
    if not addresses:
        raise HostUnknown("the host has no address")
    return addresses[0]


def subscribe(
    desk: Desk, url: str, *, actor: str, kinds: Sequence[str] = ()
) -> tuple[Webhook, str, str]:
    """Write a subscription down, unless its address is one to which nothing is sent; gives it, its
    secret, and what is to be said about it now ("" for nothing).

    A host that cannot be found yet is taken: its name may be about to be made. Each request looks
    again, so a name that is private by then is told nothing either.

    Raises
    ------
    ParameterError : the URL is none, or leads to an address that is not public.
    """
    said = ""
    if isinstance(url, str) and len(url) <= 2_000:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:  # the desk says what is wrong with it
            host, port = None, None
        if host:
            try:
                public_address(host, port or (443 if parts.scheme == "https" else 80))
            except HostUnknown as error:
                said = f"{str(error)[:1].upper()}{str(error)[1:]}. It is tried when there is a step"
                said += " to tell."
            except AddressRefused as error:
                rule = f"a URL of a public address ({error}, and nothing is sent to one)"
                raise parameter("add", "url", rule, url[:200]) from None
    webhook, secret = desk.webhooks.add(url, actor=actor, kinds=kinds)
    return webhook, secret, said


def send(
    url: str, secret: str, body: bytes, key: str, *, private: bool = False
) -> tuple[bool, str]:
    """Post a body; whether it arrived (an answer of 200 to 299), and what came back.

    Parameters
    ----------
    private : also to private addresses, for tests and for receivers on one's own machine.
    """
    parts = urlsplit(url)
    host = str(parts.hostname)
    secure = parts.scheme == "https"
    try:
        port = parts.port or (443 if secure else 80)
        address = host if private else public_address(host, port)
    except (AddressRefused, ValueError) as error:
        return False, f"refused: {error}"
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        # Connected by hand, so that a second look-up cannot lead elsewhere.
        plain = socket.create_connection((address, port), timeout=PATIENCE)
        if secure:
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(plain, server_hostname=host)
        else:
            connection.sock = plain
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "Chowk-Signature": signature(secret, body, int(time.time())),
        }
        connection.request("POST", target, body=body, headers=headers)
        answer = connection.getresponse()
        answer.read(1024)
        return 200 <= answer.status < 300, str(answer.status)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return False, type(error).__name__
    finally:
        connection.close()


def tell(desk: Desk, *, private: bool = False) -> int:
    """Tell every subscription its next step; gives how many arrived."""
    arrived = 0
    for webhook, step, secret in desk.webhooks.take():
        key = f"{webhook.webhook_id}:{step.seq}"
        fine, answer = send(webhook.url, secret, body_of(step), key, private=private)
        if fine:
            desk.webhooks.told(webhook.webhook_id, step.seq, answer)
            arrived += 1
        else:
            desk.webhooks.failed(webhook.webhook_id, step.seq, answer)
    return arrived


class Telling:
    """The thread that lets what is over expire, and tells who wants to know."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chowk-telling", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the request that is on its way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK):
            try:
                if self._desk.queue.due():
                    self._desk.queue.expire()
                while not self._stopping.is_set() and tell(self._desk):
                    pass
            except Exception as error:
                _log.error("the queue's steps cannot be told", exc_info=error)
                self._stopping.wait(10 * LOOK)
