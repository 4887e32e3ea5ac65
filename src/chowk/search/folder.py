"""The folder of a saved index, and private working copies of it.

A saved index is never changed. An engine works in a folder of its own in which the saved files
are hard links: tantivy writes new segments and delete lists as new files and replaces its two
small lists by a rename, so what is linked stays as it was (a test holds its checksums). Lock
files and those lists belong to the working copy alone.

```
index/        tantivy's segments and its meta.json
products.db   products by number and id, offers
search.json   settings and facts
```
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from chowk.errors import ArtifactError

from .results import Suggestion
from .rows import FILE as ROWS
from .schema import Weights

FORMAT = 1
FACTS = "search.json"
INDEX = "index"
_LISTS = ("meta.json", ".managed.json")


class Facts(msgspec.Struct, kw_only=True):
    """What an index was made with. `popular` says whether any popularity is known; `window`
    names the days in which purchases were counted; `edges` are prices for ranges."""

    format: int = FORMAT
    weights: Weights
    popularity_weight: float
    popular: bool = False
    window: str = ""
    edges: list[float] = []
    suggestions: list[Suggestion] = []


def write_facts(folder: Path, facts: Facts) -> None:
    """Write `search.json`."""
    (folder / FACTS).write_bytes(msgspec.json.format(msgspec.json.encode(facts), indent=1))


def read_facts(folder: Path) -> Facts:
    """Read `search.json`; ArtifactError when the folder holds no search index of this format."""
    path = folder / FACTS
    cure = "Run 'chowk build' again, or SearchEngine.build(...).save(folder)."
    try:
        facts = msgspec.json.decode(path.read_bytes(), type=Facts)
    except FileNotFoundError:
        raise ArtifactError(f"{folder} holds no search index: {FACTS} is missing. {cure}") from None
    except msgspec.MsgspecError as error:
        raise ArtifactError(f"{path} cannot be read: {error}. {cure}") from None
    if facts.format != FORMAT:
        raise ArtifactError(f"{path} has format {facts.format}, this Chowk reads {FORMAT}. {cure}")
    return facts


def scratch_folder(scratch: Path | None) -> Path:
    """A new private folder, in `scratch` or where the system keeps temporary files."""
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="chowk-search-", dir=scratch))


def working_copy(folder: Path, scratch: Path | None) -> Path:
    """A private folder with the saved files linked into it."""
    work = scratch_folder(scratch)
    try:
        (work / INDEX).mkdir()
        for path in sorted((folder / INDEX).iterdir()):
            if path.name in _LISTS:
                shutil.copyfile(path, work / INDEX / path.name)
            elif path.suffix != ".lock":
                _link(path, work / INDEX / path.name)
        _link(folder / ROWS, work / ROWS)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        raise damaged(folder, error) from None
    return work


def damaged(folder: Path, error: Exception) -> ArtifactError:
    """The error of a folder that is no whole index."""
    return ArtifactError(
        f"{folder} cannot be opened as a search index: {error}. Run 'chowk build' again."
    )


def copy_index(work: Path, target: Path) -> None:
    """Copy the segments that are in use, and only those, into `target`."""
    target.mkdir(parents=True)
    meta: dict[str, Any] = msgspec.json.decode((work / "meta.json").read_bytes())
    live = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
    names = sorted(p.name for p in work.iterdir() if p.name.split(".")[0] in live)
    for name in names:
        shutil.copyfile(work / name, target / name)
    shutil.copyfile(work / "meta.json", target / "meta.json")
    (target / ".managed.json").write_bytes(msgspec.json.encode([*names, "meta.json"]))


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, target)
