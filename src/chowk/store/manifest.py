"""The manifest: which files make up each table, replaced by one rename.

A table version is a folder of immutable Parquet files. The manifest names the files of every
table, so an append writes only its own files, and a reader that holds a manifest sees one state
for as long as it likes. It also holds how far the journal has been folded into the tables, and the
accounts of every import, so that data and accounts can never disagree.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from chowk.errors import SettingsError, StoreDamagedError, StoreVersionError

from . import schema
from .disk import write_atomic


class File(msgspec.Struct, frozen=True):
    """One Parquet file: its path below `tables/`, rows, bytes, and SHA-256."""

    path: str
    rows: int
    bytes: int
    sha256: str


class Version(msgspec.Struct, frozen=True):
    """One state of one table."""

    version: str
    files: tuple[File, ...] = ()

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(file.rows for file in self.files)

    @property
    def fingerprint(self) -> str:
        """A hash of the content: equal files in equal order give equal fingerprints."""
        joined = "\n".join(f"{file.sha256} {file.rows}" for file in self.files)
        return hashlib.sha256(joined.encode()).hexdigest()[:16]


class Account(msgspec.Struct, frozen=True):
    """What became of one source file's rows: `rows_in == kept + quarantined`, always.

    `already` and `repeated` are parts of `kept`: rows whose id the store held before, and rows
    that came twice in the same import with the same content.
    """

    import_id: str
    at: str
    format: str
    file: str
    sha256: str
    rows_in: int
    kept: int
    quarantined: int
    already: int = 0
    repeated: int = 0
    tables: dict[str, int] = {}
    notes: tuple[str, ...] = ()

    @property
    def adds_up(self) -> bool:
        """True when no row was lost."""
        return self.rows_in == self.kept + self.quarantined


class Manifest(msgspec.Struct, frozen=True):
    """One state of the whole store."""

    format: int = schema.FORMAT
    version: int = 0
    at: str = ""
    tables: dict[str, Version] = {}
    journal: int = 0
    accounts: tuple[Account, ...] = ()

    def folders(self) -> set[str]:
        """The version folders, below `tables/`, that this manifest needs."""
        return {
            str(Path(file.path).parent) for table in self.tables.values() for file in table.files
        }


_DECODER = msgspec.json.Decoder(Manifest)


def read(path: Path) -> Manifest:
    """Read a manifest; StoreVersionError when a newer Chowk wrote it."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise StoreDamagedError(
            f"{path} is missing. Restore the store from a backup with 'chowk restore'."
        ) from None
    try:
        head: dict[str, Any] = msgspec.json.decode(raw)
        check_format(int(head["format"]), path)
        return _DECODER.decode(raw)
    except StoreVersionError:
        raise
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
        raise StoreDamagedError(
            f"{path} is not a manifest ({error}). "
            "Restore the store from a backup with 'chowk restore'."
        ) from None


def declared_format(toml_file: Path) -> int:
    """The `format` that a chowk.toml declares; SettingsError when the file is none."""
    try:
        found = tomllib.loads(toml_file.read_text("utf-8")).get("format", schema.FORMAT)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{toml_file} is not valid TOML: {error}. Mend it, or restore it from a backup."
        ) from None
    if not isinstance(found, int) or isinstance(found, bool):
        raise SettingsError(
            f"{toml_file} sets format to {found!r}; it must be a whole number. Mend it, or restore "
            "it from a backup."
        )
    return found


def check_format(found: int, path: Path) -> None:
    """Refuse a store whose format this code does not read."""
    if found > schema.FORMAT:
        raise StoreVersionError(
            f"{path} has format {found}; this Chowk reads up to {schema.FORMAT}. "
            "Install a newer Chowk."
        )
    if found < schema.FORMAT:
        raise StoreVersionError(
            f"{path} has format {found}; this Chowk writes {schema.FORMAT}. "
            "Run 'chowk upgrade' on the store."
        )


def write(path: Path, manifest: Manifest) -> None:
    """Replace the manifest in one durable rename: this is the commit."""
    write_atomic(path, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
