"""Models on disk: written whole, sealed with checksums, opened only when they match, never pickled.

```
models/<system>/<build>/       what System.save wrote, and seal.json
models/builds/<build>.json     the record of every build that is kept
models/current.json            the record of the build that is served; replaced by one rename
```
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from chowk.errors import ArtifactError
from chowk.store.disk import sha256, sync_tree, write_atomic
from chowk.store.manifest import Version
from chowk.system import Scorecard

SEAL = "seal.json"
#: Suffixes that can run code when they are read; a model folder may not hold them.
_FORBIDDEN = {".pkl", ".pickle", ".joblib", ".pt", ".pth"}


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What a model folder holds, and what it was made from."""

    system: str
    code_version: str
    made_at: str
    seed: int
    settings: dict[str, Any]
    fingerprints: dict[str, str]
    files: dict[str, str]


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """One system in a build: its folder below `models/`, or the reason that it has none."""

    name: str
    folder: str = ""
    scorecard: Scorecard | None = None
    enabled: bool = False
    lacks: str = ""
    #: The folder's build was an earlier one (a build with --only).
    kept: bool = False
    #: Up to which position the model knows the journal; what is later has to be laid over it.
    journal: int = 0


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one build: the systems, and the table versions that they were made from.

    `manifest`, `journal` and `tables` are what the build read, however the store went on meanwhile;
    of derived tables they are what it wrote. Versions in `tables` are kept while the record is.
    """

    build: str
    at: str
    code_version: str
    engine: str
    seed: int
    manifest: int
    journal: int
    tables: dict[str, Version]
    systems: tuple[Built, ...]
    seconds: float = 0.0

    @property
    def replay_from(self) -> int:
        """The journal's position up to which every served model knows it."""
        return min((built.journal for built in self.systems if built.folder), default=self.journal)

    def system(self, name: str) -> Built | None:
        """One system's part, or None."""
        return next((built for built in self.systems if built.name == name), None)


def seal(folder: Path, **facts: Any) -> None:
    """Sync a model folder and write its seal, with the SHA-256 of every file."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != SEAL)
    foreign = [p.name for p in files if p.suffix in _FORBIDDEN]
    if foreign:
        raise ArtifactError(
            f"{folder} holds {foreign[0]}: models are saved as data, not as code. "
            "Use JSON, Parquet, NPZ or safetensors in System.save."
        )
    made = Seal(files={str(p.relative_to(folder)): sha256(p) for p in files}, **facts)
    sync_tree(folder)
    write_atomic(folder / SEAL, msgspec.json.format(msgspec.json.encode(made), indent=1))


def reseal(folder: Path, names: Sequence[str]) -> None:
    """Write the seal again for files of the folder that were changed on purpose; others stay."""
    found = msgspec.json.decode((folder / SEAL).read_bytes(), type=Seal)
    files = found.files | {name: sha256(folder / name) for name in names}
    if files != found.files:
        made = msgspec.structs.replace(found, files=files)
        write_atomic(folder / SEAL, msgspec.json.format(msgspec.json.encode(made), indent=1))


def verify(folder: Path) -> Seal:
    """Check a model folder against its seal; ArtifactError names the first file that differs."""
    cure = "Run 'chowk build' again, or restore the store from a backup."
    try:
        found = msgspec.json.decode((folder / SEAL).read_bytes(), type=Seal)
    except FileNotFoundError:
        raise ArtifactError(f"{folder} has no {SEAL}: it is not a finished model. {cure}") from None
    except msgspec.MsgspecError as error:
        raise ArtifactError(f"{folder / SEAL} cannot be read: {error}. {cure}") from None
    for name, digest in found.files.items():
        path = folder / name
        if not path.is_file():
            raise ArtifactError(f"{path} is missing. {cure}")
        if sha256(path) != digest:
            raise ArtifactError(f"{path} does not match its checksum: it was damaged. {cure}")
    return found


def current(models: Path) -> Build | None:
    """The build that is served, or None before the first."""
    return _record(models / "current.json")


def builds(models: Path) -> list[Build]:
    """The builds that are kept, oldest first."""
    records = [_record(path) for path in sorted((models / "builds").glob("*.json"))]
    return sorted((r for r in records if r is not None), key=lambda r: (r.at, r.build))


def publish(models: Path, build: Build) -> None:
    """Make `build` the one that is served: its record first, then the pointer, in one rename."""
    (models / "builds").mkdir(parents=True, exist_ok=True)
    record = msgspec.json.format(msgspec.json.encode(build), indent=1)
    write_atomic(models / "builds" / f"{build.build}.json", record)
    write_atomic(models / "current.json", record)


def prune(models: Path, keep: int) -> None:
    """Keep the newest `keep` builds and what the served one needs; remove the rest.

    What a killed build left goes too: folders that no record names, files that were not renamed.
    """
    served = current(models)
    for path in (models / "builds").glob("*.json"):
        try:
            _record(path)
        except ArtifactError:
            path.unlink()  # it can name nothing that is kept
    kept = builds(models)[-keep:]
    if served is not None and served.build not in {b.build for b in kept}:
        kept.append(served)
    wanted = {built.folder for build in kept for built in build.systems if built.folder}
    for path in (models / "builds").glob("*.json"):
        if path.stem not in {b.build for b in kept}:
            path.unlink()
    for folder in models.glob("*/*"):
        if folder.is_dir() and str(folder.relative_to(models)) not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
    for beside in (*models.glob(".current.json.*"), *models.glob("builds/.*.json.*")):
        beside.unlink(missing_ok=True)


def _record(path: Path) -> Build | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Build)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise ArtifactError(
            f"{path} cannot be read: {error}. Run 'chowk build' again, or restore a backup."
        ) from None
