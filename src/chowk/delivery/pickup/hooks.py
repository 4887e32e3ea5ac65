"""The hook by which a store's notices go out, as its settings name it.

In go the settings `notices.*`; out comes a sender, or None where nothing is set. A webhook is told
the address's id when no other way to reach the person is given: who that is, the store knows.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from chowk.errors import InputError
from chowk.store.settings import Settings

from .sending import Sender, SmtpSender, WebhookSender


class Hook(NamedTuple):
    """A sender, its place for people (no password in it), and whether an id is reach enough."""

    sender: Sender
    place: str
    by_id: bool


def hook_of(settings: Settings) -> Hook | None:
    """The hook of `notices.hook`.

    Raises
    ------
    InputError : it lacks the secret, the sender's address, or a port that is one.

    Examples
    --------
    >>> hook_of(Settings({"notices.hook": ("https://shop.example/n", "flag"),
    ...                   "notices.secret": ("s", "flag")})).place
    'https://shop.example/n'
    """
    url = settings.text("notices.hook")
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError(
            "notices.hook is no URL, or has a port that is none. Write https://host/path, and a "
            "port to 65535 where it needs one."
        ) from None
    host = parts.hostname or ""
    if parts.scheme in ("http", "https"):
        secret = settings.text("notices.secret")
        if not secret:
            raise InputError(
                "The webhook of notices needs a secret to sign with. Set CHOWK_NOTICES_SECRET, or "
                "notices.secret in chowk.toml, and give the same to whoever listens."
            )
        hosts = settings.text("notices.allow_hosts").split(",")
        allowed = frozenset(one.strip() for one in hosts if one.strip())
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        return Hook(WebhookSender(url, secret.encode(), allowed), place, True)
    sender = settings.text("notices.sender")
    if "@" not in sender:
        raise InputError(
            "Notices by mail need the address that they come from. Set notices.sender, such as "
            "parcels@shop.example."
        )
    tls = parts.scheme == "smtp"
    port = port or (587 if tls else 25)
    made = SmtpSender(host, sender, port, tls, unquote(parts.username or ""),
                      unquote(parts.password or ""))  # fmt: skip
    if made.user and not tls:
        raise InputError("notices.hook sends a password without TLS. Use smtp:// for it.")
    return Hook(made, f"{parts.scheme}://{host}:{port}", False)
