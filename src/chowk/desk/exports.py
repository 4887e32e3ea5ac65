"""The audit log as a file that stands on its own: JSON lines that can be verified without a desk.

A line holds a row's fields as they were sealed (so `before` and `after` are the JSON text that the
hash covers), the hashes, and the reason with its salt while there is one. No names.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from chowk.errors import AuditChainError, DeskError
from chowk.store.disk import sync

from . import audit
from .texts import canonical


def lines(rows: Iterable[Mapping[str, Any]], *, reasons: bool) -> Iterator[str]:
    """One line a row."""
    for row in rows:
        kept = dict(row)
        if not reasons or kept["reason"] is None:
            kept.pop("salt")
            kept.pop("reason")
        yield canonical(kept) + "\n"


@contextlib.contextmanager
def opened(file: str | os.PathLike[str] | IO[str]) -> Iterator[IO[str]]:
    """An open text file as it is; a path as a new file that takes its place when it is whole."""
    if not isinstance(file, str | os.PathLike):
        yield file
        return
    path = Path(file)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.fdopen(
            os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        )
    except OSError as error:
        raise DeskError(
            f"The audit log cannot be exported to {path}: {error.strerror}. "
            "Name a file in a folder that exists and can be written."
        ) from None
    try:
        with handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(beside, path)
        sync(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def verify_export(file: str | os.PathLike[str] | IO[str], *, end: str | None = None) -> int:
    """Check an exported audit log; gives the number of rows.

    Parameters
    ----------
    file : what `Desk.export_audit` wrote.
    end : the last row's hash, when it was written down: then no row may be missing at the end.

    Raises
    ------
    AuditChainError : names the first row that does not fit.
    """
    if isinstance(file, str | os.PathLike):
        try:
            with Path(file).open(encoding="utf-8") as handle:
                found = audit.verify(_rows(handle), reasons=False)
        except (OSError, UnicodeDecodeError) as error:
            raise DeskError(
                f"The exported audit log {os.fspath(file)} cannot be read: {error}. "
                "Name the file that 'export_audit' wrote."
            ) from None
    else:
        found = audit.verify(_rows(file), reasons=False)
    if end is not None and found.hash != end:
        raise AuditChainError(
            f"The exported audit log ends with row {found.rows} and the hash {found.hash}, not "
            f"with {end}: rows are missing at its end. Export it again."
        )
    return found.rows


def _rows(handle: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(handle, 1):
        try:
            row = json.loads(line)
            missing = {"previous", "hash", *audit.SEALED} - row.keys()
        except (ValueError, AttributeError):
            missing = {"JSON"}
        if missing:
            raise AuditChainError(
                f"Line {number} of the exported audit log has no {min(missing)}: it is not a whole "
                "row. Export it again."
            )
        yield row
