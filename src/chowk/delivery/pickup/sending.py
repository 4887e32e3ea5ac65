"""Sending notices: by e-mail (SMTP) or to a webhook, each once, without reaching into the network.

In go notices and where each person is reached; out comes a log of what was sent or failed. Both
senders are hooks: anything with `send(notice, to)` will do. The webhook refuses addresses inside
the operator's own network, checks the very address that it connects to, and follows no redirect.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import smtplib
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from chowk.errors import InputError, parameter

from .notices import Notice, after_quiet


class _HookError(OSError):
    """What a hook answered, in words of our own: they hold no address and no secret."""


class Sender(Protocol):
    """Anything that can send one notice to one person."""

    def send(self, notice: Notice, to: str) -> None:
        """Send it, or raise."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One line of the log: `state` is `sent`, `failed`, `waiting`, `held_back` or `unreachable`."""

    notice_id: str
    state: str
    at: datetime
    why: str = ""


@dataclass(slots=True)
class SmtpSender:
    """Sends notices by e-mail; with `user` it logs in, which needs `tls`."""

    host: str
    sender: str
    port: int = 587
    tls: bool = True
    user: str = ""
    password: str = ""
    timeout: float = 10.0

    def send(self, notice: Notice, to: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, notice.subject
        message["Message-ID"] = f"<{notice.notice_id}@notices.invalid>"
        message.set_content(notice.text)
        with smtplib.SMTP(self.host, self.port, timeout=self.timeout) as server:
            if self.tls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)


@dataclass(slots=True)
class WebhookSender:
    """Posts notices as JSON to one URL, signed with HMAC-SHA256 in `X-Chowk-Signature`.

    `allow_hosts` names hosts that may lie inside the operator's own network or speak plain HTTP.
    """

    url: str
    secret: bytes
    allow_hosts: frozenset[str] = frozenset()
    timeout: float = 10.0

    def ready(self) -> tuple[str, int, str]:
        """Its host, port and checked address; InputError when nothing may be sent there."""
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        trusted = host in self.allow_hosts
        if parts.scheme != "https" and not (trusted and parts.scheme == "http"):
            raise InputError(
                f"The webhook on {host} must be https. Change it, or name the host in allow_hosts "
                "if it is yours."
            )
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return host, port, checked_address(host, port, trusted=trusted)

    def send(self, notice: Notice, to: str) -> None:
        parts = urlsplit(self.url)
        host, port, address = self.ready()
        body = msgspec.json.encode(
            {
                "notice_id": notice.notice_id,
                "to": to,
                "stage": notice.stage,
                "subject": notice.subject,
                "text": notice.text,
            }
        )
        signature = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = _Pinned(host, port, address, self.timeout)
        else:
            connection = http.client.HTTPConnection(address, port, timeout=self.timeout)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {
                "Host": host if port in (80, 443) else f"{host}:{port}",
                "Content-Type": "application/json",
                "Idempotency-Key": notice.notice_id,
                "X-Chowk-Signature": signature,
            }
            connection.request("POST", path, body, headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise _HookError(f"the webhook answered {status}")


class _Pinned(http.client.HTTPSConnection):
    """HTTPS to an address that was checked, with the certificate of the host's name."""

    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        self._secure = ssl.create_default_context()
        super().__init__(host, port, timeout=timeout, context=self._secure)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._secure.wrap_socket(plain, server_hostname=self.host)


def checked_address(host: str, port: int, *, trusted: bool = False) -> str:
    """The address of a host, if all that it resolves to is on the public net (or it is trusted).

    >>> checked_address("127.0.0.1", 80)
    Traceback (most recent call last):
    ...
    chowk.errors.InputError: The webhook's host 127.0.0.1 is not on the public net (127.0.0.1). \
Name it in allow_hosts if it is yours.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise InputError(f"The webhook's host {host!r} is not found: {error}.") from None
    addresses = [str(entry[4][0]).split("%")[0] for entry in found]
    for address in addresses:
        if not trusted and not _public(address):
            raise InputError(
                f"The webhook's host {host} is not on the public net ({address}). "
                "Name it in allow_hosts if it is yours."
            )
    return addresses[0]


def _public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo or (None, None))[1]
        if inner is not None:
            return _public(str(inner))
        if parsed in ipaddress.ip_network("64:ff9b::/96"):
            return False
    return parsed.is_global and not parsed.is_multicast


def send_all(
    notices: Iterable[Notice],
    sender: Sender,
    reach: Mapping[str, str],
    *,
    at: datetime,
    already: Iterable[str] = (),
    opted_out: Iterable[str] = (),
    quiet: tuple[time, time] = (time(21, 0), time(9, 0)),
) -> list[Sent]:
    """Send what is due, each key once. One that fails does not stop the others.

    A notice that was made before somebody opted out, or that is only sent in the evening, is held
    to the same rules again.

    Parameters
    ----------
    reach : where each address_id is reached: an e-mail address, a phone number.
    at : now, with a zone; what is due later is `waiting`.
    already : keys that were sent before; they are passed over.
    opted_out : address_ids that get nothing; their notices are in no log.
    quiet : as for `pickup_notices`, in the zone of each notice; what falls into it is `waiting`.
    """
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise parameter("send_all", "at", "a datetime with a time zone", at)
    done, shut = set(already), {str(one) for one in opted_out}
    log: list[Sent] = []
    for notice in notices:
        if notice.notice_id in done or notice.address_id in shut:
            continue
        here = at.astimezone(notice.send_at.tzinfo)
        to = reach.get(notice.address_id, "")
        if notice.held_back:
            log.append(Sent(notice.notice_id, "held_back", at))
        elif notice.send_at > at or after_quiet(here, quiet) > here:
            log.append(Sent(notice.notice_id, "waiting", at))
        elif not to:
            log.append(Sent(notice.notice_id, "unreachable", at, "nobody to reach is known"))
        else:
            try:
                sender.send(notice, to)
            # A sender is anybody's: whatever it raises, the log of what went out must not be lost.
            except Exception as error:
                why = str(error) if isinstance(error, _HookError) else type(error).__name__
                log.append(Sent(notice.notice_id, "failed", at, why))
            else:
                done.add(notice.notice_id)
                log.append(Sent(notice.notice_id, "sent", at))
    return log
