"""Backup and restore: one tar archive with everything a store needs, checked file by file.

The tables are immutable files, so they are copied as the manifest names them; the databases are
copied through SQLite's own backup, so they are whole even while the server writes.
"""

from __future__ import annotations

import io
import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path, PurePosixPath

import msgspec

from chowk import artifacts
from chowk.errors import InputError, StoreDamagedError, StoreExistsError
from chowk.store import manifest as manifests
from chowk.store.disk import sha256, sync, sync_tree, write_lock
from chowk.store.store import Store

_CHECKSUMS = "checksums.json"
_DATABASES = ("journal.db", "desk.db")
_MAX_FILES = 5_000_000


def back_up(store: Store, file: Path) -> int:
    """Write the store to `file`; returns its size in bytes. The archive appears when it is whole.

    A journal or desk in PostgreSQL is not part of it: back those up with pg_dump.
    """
    file = Path(file)
    if file.exists():
        raise InputError(f"{file} is there already. Choose another name, or remove it first.")
    if not file.parent.is_dir():
        raise InputError(f"There is no folder {file.parent}. Make it first.")
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with write_lock(store.path / ".lock", wait=30.0), tarfile.open(beside, "w") as archive:
            store.refresh()
            sums: dict[str, str] = {}

            def add(path: Path, name: str) -> None:
                sums[name] = sha256(path)
                archive.add(path, name, recursive=False)

            add(store.path / "chowk.toml", "chowk.toml")
            for path, name in _kept(store):
                add(path, name)
            with tempfile.TemporaryDirectory() as folder:
                for database in _DATABASES:
                    if (store.path / database).exists():
                        copy = Path(folder) / database
                        _copy_database(store.path / database, copy)
                        add(copy, database)
            content = manifests_bytes(store)
            _add_bytes(archive, "tables/manifest.json", content)
            _add_bytes(archive, _CHECKSUMS, msgspec.json.encode(sums))
        sync(beside)
        os.replace(beside, file)
        sync(file.parent)
    finally:
        beside.unlink(missing_ok=True)
    return file.stat().st_size


def manifests_bytes(store: Store) -> bytes:
    """The manifest that the archive's tables belong to."""
    return msgspec.json.format(msgspec.json.encode(store.manifest), indent=1)


def restore(file: Path, path: Path) -> Store:
    """Unpack a backup into a new folder, verify every file, and open it."""
    if not file.is_file():
        raise InputError(f"There is no backup {file}. Check the path.")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise StoreExistsError(
            f"{path} is there and not empty. Choose another path, or remove it first."
        )
    path.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(file, "r:") as archive:
            for count, member in enumerate(archive):
                inside = PurePosixPath(member.name)
                if count > _MAX_FILES or not member.isfile() or inside.is_absolute() or (
                    ".." in inside.parts
                ):  # fmt: skip
                    raise StoreDamagedError(f"{file} holds {member.name!r}, which no backup does.")
                archive.extract(member, path, filter="data")
        sums = msgspec.json.decode((path / _CHECKSUMS).read_bytes(), type=dict[str, str])
    except (tarfile.TarError, EOFError, FileNotFoundError, msgspec.MsgspecError) as error:
        raise StoreDamagedError(
            f"{file} is not a whole backup ({error}). Use another one."
        ) from None
    for name, digest in sums.items():
        if not (path / name).is_file() or sha256(path / name) != digest:
            raise StoreDamagedError(
                f"{name} in {file} does not match its checksum. Use another backup."
            )
    (path / _CHECKSUMS).unlink()
    for folder in ("models", "quarantine", "tables"):
        (path / folder).mkdir(exist_ok=True)
    sync_tree(path)
    manifests.read(path / "tables" / "manifest.json")
    return Store(path)


def _kept(store: Store) -> list[tuple[Path, str]]:
    """Files of the tables, of the builds that are kept, quarantine, pictures and pages."""
    found: dict[str, Path] = {}
    pins = [store.manifest.tables, *(b.tables for b in artifacts.builds(store.models_path))]
    for tables in pins:
        for version in tables.values():
            for file in version.files:
                place = store.path / "tables" / file.path
                if place.is_file():
                    found[f"tables/{file.path}"] = place
    skipped = {"tables", ".lock", ".build.lock", ".spill", ".staging", "chowk.toml"}
    for top in sorted(store.path.iterdir()):
        if top.name in skipped or top.name.startswith((".", *_DATABASES)):
            continue
        for place in [top] if top.is_file() else sorted(top.rglob("*")):
            if place.is_file() and not place.is_symlink():
                found[str(place.relative_to(store.path))] = place
    return [(place, name) for name, place in sorted(found.items())]


def _copy_database(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
