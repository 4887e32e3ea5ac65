"""The folder of a saved index, and private working copies of it.

A saved index is never changed. An engine works in a folder of its own in which the saved files
are hard links: tantivy writes new segments and delete lists as new files and replaces its two
small lists by a rename, so what is linked stays as it was (a test holds its checksums). Lock
files and those lists belong to the working copy alone.

```
index/        tantivy's segments and its meta.json
text/         words and joined forms by product, for comparing (see `chowk.search.forward`)
vectors/      products as vectors, and what encodes a query (see `chowk.search.nearest`)
groups/       which products are variants of one (see `chowk.search.grouping`)
products.db   products by number and id, offers
search.json   settings and facts
```
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from chowk.errors import ArtifactError

from .forward import FOLDER as TEXT
from .nearest import FOLDER as VECTORS
from .results import Suggestion
from .rows import FILE as ROWS
from .schema import Weights
from .synonyms import QueryTerm

FORMAT = 5
FACTS = "search.json"
INDEX = "index"
_LISTS = ("meta.json", ".managed.json")
_PREFIX = "chowk-search-"
_LOCK = "in-use"
#: A folder this old is locked, or its process is gone.
_SURELY_LOCKED_SECONDS = 60.0


class Facts(msgspec.Struct, kw_only=True):
    """What an index was made with. `popular` says whether any popularity is known; `window`
    names the days in which purchases were counted; `edges` are prices for ranges; `documents`
    counts the products; `terms` are the words that stand for others; `now` is the build's
    moment in days since 1970; `ordered` says that rows are in order of product_id."""

    format: int = FORMAT
    weights: Weights
    popularity_weight: float
    popular: bool = False
    window: str = ""
    edges: list[float] = []
    documents: int = 0
    terms: list[QueryTerm] = []
    now: float = 0.0
    ordered: bool = True
    #: The name of a pretrained encoder of texts.
    encoder: str | None = None
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


class Work:
    """A private folder, locked as long as its engine lives, removed when it is discarded."""

    def __init__(self, scratch: Path | None) -> None:
        if scratch is None:
            scratch = Path(tempfile.gettempdir())
        scratch.mkdir(parents=True, exist_ok=True)
        _sweep(scratch)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=scratch))
        self._lock = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def discard(self) -> None:
        """Unlock and remove the folder; the second time nothing."""
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)
            for _ in range(3):  # a thread of the index may just be writing a lock file
                shutil.rmtree(self.path, ignore_errors=True)
                if not self.path.exists():
                    break
                time.sleep(0.01)


def _sweep(scratch: Path) -> None:
    """Remove what killed processes left behind: old folders that nobody holds locked."""
    for path in scratch.glob(f"{_PREFIX}*"):
        try:
            facts = path.lstat()
            if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
                continue
            if time.time() - facts.st_mtime < _SURELY_LOCKED_SECONDS:
                continue
            lock = os.open(path / _LOCK, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError:  # another sweeper was quicker, or it belongs to somebody else
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except OSError:  # it is in use
            pass
        finally:
            os.close(lock)


def working_copy(folder: Path, scratch: Path | None) -> Work:
    """A private folder with the saved files linked into it."""
    work = Work(scratch)
    try:
        (work.path / INDEX).mkdir()
        for path in sorted((folder / INDEX).iterdir()):
            if path.name in _LISTS:
                shutil.copyfile(path, work.path / INDEX / path.name)
            elif path.suffix != ".lock":
                _link(path, work.path / INDEX / path.name)
        (work.path / TEXT).mkdir()
        for path in sorted((folder / TEXT).iterdir()):
            _link(path, work.path / TEXT / path.name)
        (work.path / "regions").mkdir()
        for path in sorted((folder / "regions").iterdir()):
            _link(path, work.path / "regions" / path.name)
        for name in (VECTORS, "groups"):
            if (folder / name).is_dir():
                (work.path / name).mkdir()
                for path in sorted((folder / name).iterdir()):
                    _link(path, work.path / name / path.name)
        if (folder / "ranker.txt").is_file():
            _link(folder / "ranker.txt", work.path / "ranker.txt")
        _link(folder / ROWS, work.path / ROWS)
    except OSError as error:
        work.discard()
        raise damaged(folder, error) from None
    return work


def damaged(folder: Path, error: Exception) -> ArtifactError:
    """The error of a folder that is no whole index."""
    return ArtifactError(
        f"{folder} cannot be opened as a search index: {error}. Run 'chowk build' again."
    )


def copy_index(index: Path, target: Path) -> None:
    """Copy the segments of `index` that are in use, and only those, into `target`."""
    target.mkdir(parents=True)
    meta: dict[str, Any] = msgspec.json.decode((index / "meta.json").read_bytes())
    live = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
    names = sorted(p.name for p in index.iterdir() if p.name.split(".")[0] in live)
    for name in names:
        shutil.copyfile(index / name, target / name)
    shutil.copyfile(index / "meta.json", target / "meta.json")
    (target / ".managed.json").write_bytes(msgspec.json.encode([*names, "meta.json"]))


def _link(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, target)
