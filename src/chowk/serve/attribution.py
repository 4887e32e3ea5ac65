"""Attribution tokens: what an answer carries, so that the events that follow can name it.

A token is 24 bytes in base64url: version, surface, minute, the answer's random id, and a keyed
BLAKE2b over them. It holds nothing about a person or a query. The key is the store's own file
`serve.key`, made once, so tokens outlive restarts and are the same for every worker.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import os
import struct
import time
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

_HEAD = struct.Struct(">BBI9s")
_SEAL = 9
_VERSION = 1
#: The places that answer; a token names one.
SURFACES = ("search", "suggest", "related", "basket", "page")


class Given(NamedTuple):
    """What a token says: which answer, of which surface, at which minute (UNIX)."""

    answer_id: str
    surface: str
    minute: int


class Attribution:
    """Makes and reads tokens.

    Examples
    --------
    >>> tokens = Attribution(b"0" * 32)
    >>> answer_id, token = tokens.make("search")
    >>> tokens.read(token).answer_id == answer_id, tokens.read(token[:-1] + "!"), len(token)
    (True, None, 32)
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret[:64]

    @classmethod
    def of(cls, folder: Path) -> Attribution:
        """The tokens of the store in `folder`."""
        return cls(store_secret(folder))

    def make(self, surface: str) -> tuple[str, str]:
        """A fresh answer id and its token."""
        fresh = os.urandom(9)
        head = _HEAD.pack(_VERSION, SURFACES.index(surface), int(time.time() // 60), fresh)
        token = base64.urlsafe_b64encode(head + self._seal(head)).decode()
        return base64.urlsafe_b64encode(fresh).decode(), token

    def read(self, token: str) -> Given | None:
        """What `token` says, or None when this store did not make it."""
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            return None
        if len(raw) != _HEAD.size + _SEAL:
            return None
        head, seal = raw[: _HEAD.size], raw[_HEAD.size :]
        if not hmac.compare_digest(seal, self._seal(head)):
            return None
        version, surface, minute, fresh = _HEAD.unpack(head)
        if version != _VERSION or surface >= len(SURFACES):
            return None
        return Given(base64.urlsafe_b64encode(fresh).decode(), SURFACES[surface], minute)

    def _seal(self, head: bytes) -> bytes:
        return blake2b(head, key=self._secret, digest_size=_SEAL, person=b"chowk-attr").digest()

    def csrf(self, session: str) -> str:
        """The token that forms of this session carry."""
        mac = blake2b(session.encode(), key=self._secret, digest_size=18, person=b"chowk-csrf")
        return base64.urlsafe_b64encode(mac.digest()).decode()


def store_secret(folder: Path) -> bytes:
    """The 32 random bytes in `serve.key`, made now when they are not there.

    Several processes may start at once: each writes its own file and links it; the first wins.
    """
    place = folder / "serve.key"
    try:
        return place.read_bytes()
    except FileNotFoundError:
        pass
    mine = folder / f".serve.key.{os.getpid()}.{os.urandom(4).hex()}"
    handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(mine, place)
    finally:
        mine.unlink()
    return place.read_bytes()
