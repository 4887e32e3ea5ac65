"""Secrets: API keys, log-in tickets and session tokens.

Each is a kind, an id and 256 random bits: `chowk_shop_k3f9a0b1c2d4e_<43 characters>`. The desk
keeps the SHA-256 of the whole text and never the text. A plain hash is enough here: what makes
password hashes slow and salted is that people's passwords can be guessed, and 256 random bits
cannot. The id finds the row, the digests are compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from chowk.errors import KeyRefusedError

_FORM = re.compile(r"chowk_(shop|staff|admin|ticket|session)_([kts][0-9a-f]{12})_[\w-]{43}", re.A)


def new_id(letter: str) -> str:
    """A random id: a letter that says of what, and 48 random bits in hexadecimal."""
    return letter + secrets.token_hex(6)


def new_secret(kind: str, identifier: str) -> str:
    """A fresh secret for the row `identifier`."""
    return f"chowk_{kind}_{identifier}_{secrets.token_urlsafe(32)}"


def digest(secret: str) -> str:
    """What the desk keeps of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str | None, other: str | None) -> bool:
    """Whether two digests are equal, in a time that does not tell how far they are."""
    return one is not None and other is not None and hmac.compare_digest(one, other)


def identifier(secret: str, *, of: str, letter: str) -> str:
    """The id within a secret; KeyRefusedError, which does not repeat it, when it has no such form.

    `of` names the thing for people; `letter` is what its id begins with.
    """
    found = _FORM.fullmatch(secret) if isinstance(secret, str) else None
    if found is None or found[2][0] != letter:
        form = {
            "k": "chowk_<scope>_<id>_<secret>",
            "t": "chowk_ticket_<id>_<secret>",
            "s": "chowk_session_<id>_<secret>",
        }[letter]
        came = f"{len(secret)} characters" if isinstance(secret, str) else type(secret).__name__
        raise KeyRefusedError(
            f"This is not {of} of Chowk: it must have the form {form}, 43 characters at its end. "
            f"Got {came} of another form. Copy it again, whole and without spaces."
        )
    return found[2]
