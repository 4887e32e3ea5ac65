"""Brings an older store to the format that this code writes, one step a version.

A step gets the store's folder and changes it so that it can be run again after a crash; the
`format` numbers in chowk.toml and the manifest are raised last. There is one format so far, so
there are no steps yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from chowk.errors import StoreNotFoundError, StoreVersionError

from . import manifest as manifests
from . import schema
from .disk import write_lock

#: From which format a step leads to the next one.
STEPS: Mapping[int, Callable[[Path], None]] = {}


def upgrade(path: Path) -> tuple[int, int]:
    """Run the steps that are needed; returns the format before and after."""
    toml_file = path / "chowk.toml"
    if not toml_file.is_file():
        raise StoreNotFoundError(
            f"There is no store at {path} (no chowk.toml). Make one with: chowk new {path}"
        )
    before = manifests.declared_format(toml_file)
    if before > schema.FORMAT:
        raise StoreVersionError(
            f"{toml_file} has format {before}; this Chowk writes {schema.FORMAT}. "
            "Install a newer Chowk."
        )
    with write_lock(path / ".lock"):
        for number in range(before, schema.FORMAT):
            if number not in STEPS:
                raise StoreVersionError(
                    f"{toml_file} has format {number}, which was never released. "
                    "Restore the store from a backup."
                )
            STEPS[number](path)
    manifests.read(path / "tables" / "manifest.json")  # speaks up when it is newer, or damaged
    return before, schema.FORMAT
