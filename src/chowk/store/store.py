"""A store: a folder of tables, settings and models, and the one object that reads and writes it.

```
mystore/
  chowk.toml             settings, format = 1
  tables/manifest.json   which files make up each table; replaced by one rename
  tables/<name>/<version>/part-*.parquet
  quarantine/<import>.csv
  models/                what builds made
  journal.db  desk.db    live changes, people's decisions
```

A `Store` reads the manifest that was current when it was opened, or last refreshed; what others
write meanwhile does not move under it. One writer at a time holds the lock; readers never wait.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from chowk.errors import (
    StoreDamagedError,
    StoreExistsError,
    StoreNotFoundError,
    TableNotFoundError,
)

from . import manifest as manifests
from . import schema
from .damage import damaged, from_engine
from .disk import write_atomic
from .engines import Engine, connect
from .reader import Reader, declared
from .settings import Settings, Value, checked, toml
from .transaction import Transaction

if TYPE_CHECKING:
    import ibis

    from .transaction import Mode


class Store(Reader):
    """A store's folder, opened. Use `chowk.open(path)` or `Store.create(path)`.

    Parameters
    ----------
    path : the folder.
    engine : `duckdb`, `spark://host:7077`, or an `Engine`; the setting `engine.url` when None.
    flags : settings that win over chowk.toml and the environment.

    Raises
    ------
    StoreNotFoundError, StoreVersionError, StoreDamagedError

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "shop"
    >>> shop = Store.create(path, {"currency": "INR"})
    >>> _ = shop.write("products", [{"product_id": "p1", "title": "Clay lamp"}])
    >>> shop.tables(), shop.rows("products")
    (['products'], 1)
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        engine: str | Engine | None = None,
        flags: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = Path(path)
        toml_file = self.path / "chowk.toml"
        if not toml_file.is_file():
            raise StoreNotFoundError(
                f"There is no store at {self.path} (no chowk.toml). "
                f"Make one with: chowk new {self.path}"
            )
        manifests.check_format(manifests.declared_format(toml_file), toml_file)
        self.settings = Settings.load(toml_file, flags=flags)
        self.manifest = manifests.read(self.manifest_path)
        self._engine_choice = engine
        self._engine: Engine | None = engine if isinstance(engine, Engine) else None
        self._read: dict[tuple[str, str], ibis.Table] = {}

    # -- making, opening, closing -------------------------------------------------------------

    @classmethod
    def create(
        cls, path: str | os.PathLike[str], settings: Mapping[str, Value] | None = None
    ) -> Store:
        """Make a new, empty store; StoreExistsError when the folder holds anything."""
        folder = Path(path)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise StoreExistsError(
                f"{folder} is there and not empty. Choose another path, or remove it first."
            )
        chosen = {
            name: checked(name, value, "settings") for name, value in (settings or {}).items()
        }
        chosen.setdefault("name", folder.resolve().name)
        for name in ("currency", "time_zone", "locale"):
            chosen.setdefault(name, Settings()[name])
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        for name in ("models", "quarantine"):
            (folder / name).mkdir(exist_ok=True)
        manifests.write(folder / "tables" / "manifest.json", manifests.Manifest())
        # chowk.toml comes last: a folder without it is not a store yet.
        write_atomic(folder / "chowk.toml", toml(schema.FORMAT, chosen).encode())
        return cls(folder)

    def close(self) -> None:
        """Free the engine. A closed store opens it again when it is asked."""
        if self._engine is not None and not isinstance(self._engine_choice, Engine):
            self._engine.close()
            self._engine = None
        self._read.clear()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if from_engine(error):
            told = damaged(self.manifest_path.parent, self.manifest.tables)
            if told is not None:
                raise told from error

    def __repr__(self) -> str:
        held = ", ".join(f"{name} {self.rows(name):,}" for name in self.tables())
        return f"<Store {self.path}: {held or 'empty'}>"

    # -- places -------------------------------------------------------------------------------

    @property
    def manifest_path(self) -> Path:
        """The file whose rename is every commit."""
        return self.path / "tables" / "manifest.json"

    @property
    def models_path(self) -> Path:
        """Where builds put models."""
        return self.path / "models"

    @property
    def quarantine_path(self) -> Path:
        """Where rows lie that could not be kept."""
        return self.path / "quarantine"

    # -- reading ------------------------------------------------------------------------------

    @property
    def engine(self) -> Engine:  # type: ignore[override]
        """The engine, opened on first use."""
        if self._engine is None:
            url = self._engine_choice
            assert not isinstance(url, Engine)
            spill = self.path / ".spill"
            self._engine = connect(
                url or self.settings.text("engine.url"),
                memory_mb=self.settings.integer("engine.memory_mb"),
                spill=spill,
            )
        return self._engine

    def refresh(self) -> Store:
        """Look at the newest manifest; returns self."""
        self.manifest = manifests.read(self.manifest_path)
        return self

    def tables(self) -> list[str]:
        return [name for name in schema.TABLES if name in self.manifest.tables]

    def rows(self, name: str) -> int:
        version = self.manifest.tables.get(declared(name).name)
        return version.rows if version is not None else 0

    def fingerprint(self, name: str) -> str:
        version = self.manifest.tables.get(name)
        return version.fingerprint if version is not None else ""

    def files(self, name: str) -> list[Path]:
        """The Parquet files of a table; StoreDamagedError when one is gone."""
        paths = [self.path / "tables" / f.path for f in self.manifest.tables[name].files]
        for path in paths:
            if not path.is_file():
                raise StoreDamagedError(
                    f"{path} is missing. If the store was written meanwhile, open it again; "
                    "else restore it from a backup with 'chowk restore'."
                )
        return paths

    def __getitem__(self, name: str) -> ibis.Table:
        table = declared(name)
        version = self.manifest.tables.get(name)
        if version is None:
            how = (
                f"Run 'chowk build {self.path}' to make it."
                if table.writer
                else f"Import it: chowk import {self.path} csv FILE --table {name}"
            )
            raise TableNotFoundError(f"This store has no table {name!r} yet. {how}")
        at = (name, version.version)
        if at not in self._read:
            self._read[at] = self.engine.read(table, self.files(name))
        return self._read[at]

    # -- writing ------------------------------------------------------------------------------

    def transaction(self, *, wait: float = 0.0) -> Transaction:
        """Several changes in one commit; holds the write lock while it is open.

        >>> with store.transaction() as change:                          # doctest: +SKIP
        ...     change.upsert("products", products)
        ...     change.append("events", events)
        """
        return Transaction(self, wait=wait)

    def write(self, name: str, data: Any, mode: Mode | None = None) -> int:
        """Write one table and commit; returns the rows that the table now has.

        `data` is any frame with `__arrow_c_stream__`, a list of dicts, or an Ibis expression.
        `mode` is `append`, `upsert` (rows with a known key replace it) or `replace`; by default
        events are appended, keyed tables upserted, and others appended.
        """
        with self.transaction() as change:
            change.write(name, data, mode)
        return self.rows(name)
