"""The secret with which guards key what they write down, in a file of its own beside theirs.

Made when it is first asked for, readable by the server alone, the same for all workers of a host.
Whoever deletes it changes it: what was written with the old one is then of no use to anybody.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

_LONG = 32


def secret_of(log: Path, *, make: bool = True) -> bytes:
    """[32] the secret of a log; b"" when there is none and none is to be made.

    Raises
    ------
    OSError : it can be neither read nor made.
    """
    path = log.with_name(f"{log.stem}.key")
    if not make:
        with suppress(FileNotFoundError):
            return path.read_bytes()
        return b""
    for _ in range(3):
        with suppress(FileNotFoundError):
            found = path.read_bytes()
            if len(found) == _LONG:
                return found
            path.unlink()  # cut short by a full disk, say
        _make(path)
    raise OSError(f"the secret {path.name} cannot be kept")


def key_of(salt: bytes, secret: bytes) -> bytes:
    """[32] the key of a file, from what lies in it and from the secret beside it."""
    return hashlib.blake2b(salt, key=secret[:64], digest_size=32).digest()


def proof_of(key: bytes) -> bytes:
    """[16] what tells in a file with which key it is written, and tells nothing of the key."""
    return hashlib.blake2b(b"proof", key=key, digest_size=16).digest()


def digest_of(key: bytes, author: str) -> str:
    """What an author goes by in a file that is written with a key."""
    said = author.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, key=key, digest_size=12).hexdigest()


def _make(path: Path) -> None:
    """Make it whole or not at all; of several that try at once, one's stays."""
    beside = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.urandom(_LONG))
        try:
            os.link(beside, path)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
