"""Backup and restore: one tar archive with everything a store needs, checked file by file.

The tables are immutable files, so they are copied as the manifest names them; the databases are
copied through SQLite's own backup, so they are whole even while the server writes.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path, PurePosixPath

import msgspec

from chowk import artifacts
from chowk.errors import InputError, StoreDamagedError, StoreExistsError
from chowk.store import manifest as manifests
from chowk.store.damage import damaged
from chowk.store.disk import sha256, sync, sync_tree, write_lock
from chowk.store.store import Store

_CHECKSUMS, _MANIFEST = "checksums.json", "tables/manifest.json"
_DATABASES = ("journal.db", "desk.db")
_MAX_FILES = 5_000_000


def back_up(store: Store, file: Path) -> int:
    """Write the store to `file`; returns its size in bytes. The archive appears when it is whole.

    A journal or desk in PostgreSQL is not part of it: back those up with pg_dump.

    Raises
    ------
    InputError : `file` is there already, or its folder is not.
    StoreDamagedError : a file of the store is missing or was damaged; no backup is made of that.
    """
    file = Path(file)
    if file.exists():
        raise InputError(f"{file} is there already. Choose another name, or remove it first.")
    if not file.parent.is_dir():
        raise InputError(f"There is no folder {file.parent}. Make it first.")
    if file.parent.resolve().is_relative_to(store.path.resolve()):
        raise InputError(
            f"{file} lies in the store itself, so that each backup would hold the earlier ones. "
            "Choose another folder, on another disk at best."
        )
    for left in (2, 1, 0):
        try:
            return _write(store, file)
        except FileNotFoundError:
            if not left:  # a build that ended meanwhile has removed older ones, but not thrice
                raise
    raise AssertionError("unreachable")


def _write(store: Store, file: Path) -> int:
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        # It holds keys and customers: its owner alone may read it.
        beside.unlink(missing_ok=True)
        beside.touch(mode=0o600)
        with write_lock(store.path / ".lock", wait=30.0), tarfile.open(beside, "w") as archive:
            store.refresh()
            sums: dict[str, str] = {}

            def add(path: Path, name: str) -> None:
                sums[name] = sha256(path)
                archive.add(path, name, recursive=False)

            add(store.path / "chowk.toml", "chowk.toml")
            recorded = _recorded(store)
            for path, name in _kept(store):
                add(path, name)
                if sums[name] != recorded.get(name, sums[name]):
                    raise StoreDamagedError(
                        f"{path} does not match its checksum: it was damaged, so no backup was "
                        "made. Restore the store from an older one."
                    )
            with tempfile.TemporaryDirectory() as folder:
                for database in _DATABASES:
                    if (store.path / database).exists():
                        copy = Path(folder) / database
                        _copy_database(store.path / database, copy)
                        add(copy, database)
            content = manifests_bytes(store)
            sums[_MANIFEST] = hashlib.sha256(content).hexdigest()
            _add_bytes(archive, _MANIFEST, content)
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
    """Unpack a backup into a new folder, verify every file, and open it.

    The folder appears when all of it is verified: a backup that is damaged leaves nothing.

    Raises
    ------
    InputError : there is no such file.
    StoreExistsError : `path` is there and not empty.
    StoreDamagedError : the archive is no backup, or not a whole one.
    """
    if not file.is_file():
        raise InputError(f"There is no backup {file}. Check the path.")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise StoreExistsError(
            f"{path} is there and not empty. Choose another path, or remove it first."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.mkdir()
    try:
        _unpack(file, beside)
        for folder in ("models", "quarantine", "tables"):
            (beside / folder).mkdir(exist_ok=True)
        sync_tree(beside)
        os.replace(beside, path)  # an empty folder may be there
        sync(path.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Store(path)


def _unpack(file: Path, folder: Path) -> None:
    """The archive's files into `folder`, each one checked; StoreDamagedError says what is wrong."""
    found: set[str] = set()
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                inside = PurePosixPath(member.name)
                plain = member.isfile() and not inside.is_absolute() and ".." not in inside.parts
                if not plain or len(found) > _MAX_FILES or member.name in found:
                    raise StoreDamagedError(
                        f"{file} holds {member.name!r}, which no backup does. Use another one."
                    )
                archive.extract(member, folder, filter="data")
                found.add(member.name)
    except (tarfile.TarError, EOFError) as error:
        raise StoreDamagedError(
            f"{file} is not a whole backup ({error}). Use another one."
        ) from None
    try:
        sums = msgspec.json.decode((folder / _CHECKSUMS).read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.MsgspecError):
        raise StoreDamagedError(
            f"{file} is not a whole backup: it has no {_CHECKSUMS} of a store. Use another one."
        ) from None
    for name in ("chowk.toml", _MANIFEST):
        if name not in sums:
            raise StoreDamagedError(f"{file} is not a whole backup: it has no {name}.")
    for name in sorted(found.symmetric_difference({*sums, _CHECKSUMS})):
        what = "holds" if name in found else "lacks"
        raise StoreDamagedError(f"{file} {what} {name!r} against its checksums. Use another one.")
    for name, digest in sums.items():
        if sha256(folder / name) != digest:
            raise StoreDamagedError(
                f"{name} in {file} does not match its checksum. Use another backup."
            )
    (folder / _CHECKSUMS).unlink()
    told = damaged(folder / "tables", manifests.read(folder / _MANIFEST).tables)
    if told is not None:
        raise StoreDamagedError(f"{file} is not a whole backup: {told}")


def _recorded(store: Store) -> dict[str, str]:
    """What the manifest and the kept builds say of the tables' files: name to checksum."""
    pins = [store.manifest.tables, *(b.tables for b in artifacts.builds(store.models_path))]
    return {
        f"tables/{file.path}": file.sha256
        for tables in pins
        for version in tables.values()
        for file in version.files
    }


def _kept(store: Store) -> list[tuple[Path, str]]:
    """Files of the tables, of the builds that are kept, quarantine, pictures and pages."""
    found: dict[str, Path] = {}
    for name in _recorded(store):
        found[name] = store.path / name
        if not found[name].is_file():
            raise StoreDamagedError(
                f"{found[name]} is missing, so no backup was made. Restore the store from an older "
                "one."
            )
    # Of a build that is running now, nothing: it is not whole, and no record names it.
    models, kept = store.models_path, artifacts.builds(store.models_path)
    wanted = {built.folder for build in kept for built in build.systems if built.folder}
    for place in (models / "current.json", *models.glob("builds/*.json")):
        if place.is_file():
            found[str(place.relative_to(store.path))] = place
    for folder in sorted(wanted):
        for place in sorted((models / folder).rglob("*")):
            if place.is_file():
                found[str(place.relative_to(store.path))] = place
    skipped = {"tables", "models", "chowk.toml"}
    for top in sorted(store.path.iterdir()):
        if top.name in skipped or top.name.startswith((".", *_DATABASES)):
            continue
        for place in [top] if top.is_file() else sorted(top.rglob("*")):
            if place.is_file() and not place.is_symlink():
                found[str(place.relative_to(store.path))] = place
    return [(place, name) for name, place in sorted(found.items())]


def _copy_database(source: Path, target: Path) -> None:
    # As a URI of its own making: a # or ? of the folder's name would end the path.
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
