"""Changing tables: everything that one commit does becomes visible in one rename.

Files are written into new version folders that no manifest names yet, synced, and then the
manifest that names them replaces the old one. A process that dies before the rename leaves
folders that the next collection removes; readers never saw them.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from chowk.errors import SchemaError, StoreError, parameter

from . import manifest as manifests
from . import schema
from .damage import damaged, from_engine
from .disk import sha256, sync, sync_tree, write_lock
from .frames import arrow_table, fitted
from .manifest import Account, File, Version
from .parts import parquet_source, sql_name, sql_text
from .reader import declared

if TYPE_CHECKING:
    from .store import Store

Mode = Literal["append", "upsert", "replace"]


class Sql(str):
    """A relation in the transaction's own DuckDB (`Transaction.sql`), instead of a frame.

    The caller has checked its rows against the schema.
    """


class Transaction:
    """One commit on a store. Use it as a context manager; an exception commits nothing."""

    def __init__(self, store: Store, *, wait: float = 0.0) -> None:
        self._store = store
        self._wait = wait
        self._stack = ExitStack()
        self._tables: dict[str, Version] = {}
        self._accounts: list[Account] = []
        self._journal: int | None = None
        self._made: list[Path] = []
        self._open = False

    def __enter__(self) -> Transaction:
        self._stack.enter_context(write_lock(self._store.path / ".lock", wait=self._wait))
        try:
            self._store.refresh()
            _clear_unfinished(self._store)
            self._tables = dict(self._store.manifest.tables)
            settings = self._store.settings
            self.sql = self._stack.enter_context(
                contextlib.closing(
                    workspace(self._store.path, settings.integer("engine.memory_mb"))
                )
            )
        except BaseException:
            self._stack.close()
            raise
        self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        try:
            if error is None:
                self._commit()
            else:
                for folder in self._made:
                    shutil.rmtree(folder, ignore_errors=True)
                manifest = self._store.manifest
                root = self._store.manifest_path.parent
                if from_engine(error) and (told := damaged(root, manifest.tables)) is not None:
                    raise told from error
        finally:
            self._stack.close()

    @property
    def store(self) -> Store:
        """The store that is changed; its manifest is the one that this commit replaces."""
        return self._store

    # -- what a commit holds ------------------------------------------------------------------

    def account(self, account: Account) -> None:
        """Record what became of a source file's rows."""
        if not account.adds_up:
            raise StoreError(
                f"The accounts of {account.file} do not add up: {account.rows_in} rows came in, "
                f"{account.kept} kept and {account.quarantined} quarantined. Nothing was written; "
                "please report this."
            )
        self._accounts.append(account)

    def folded(self, position: int) -> None:
        """Record that the journal is in the tables up to `position`."""
        self._journal = position

    def write(self, name: str, data: Any, mode: Mode | None = None) -> None:
        """Write by `mode`, or by the table's habit (see `Store.write`)."""
        table = declared(name)
        chosen = mode or ("append" if table.by_day or not table.key else "upsert")
        if chosen not in ("append", "upsert", "replace"):
            raise parameter("write", "mode", "one of 'append', 'upsert', 'replace'", mode)
        {"append": self.append, "upsert": self.upsert, "replace": self.replace}[chosen](name, data)

    def append(self, name: str, data: Any) -> None:
        """Add rows. Rows whose key the table already holds are left as they are."""
        table = declared(name)
        with self._relation(table, data) as new:
            held = self._files(name)
            if table.key and held:
                match = " AND ".join(f"n.{sql_name(k)} = o.{sql_name(k)}" for k in table.key)
                new = (
                    f"(SELECT n.* FROM {new} n WHERE NOT EXISTS "
                    f"(SELECT 1 FROM {parquet_source(held, table)} o WHERE {match}))"
                )
            added = self._write(table, new)
        before = self._tables.get(name, Version(""))
        if added.files or name not in self._tables:
            self._tables[name] = Version(added.version, before.files + added.files)

    def upsert(self, name: str, data: Any) -> None:
        """Add rows; a row with a known key takes the place of the old one."""
        table = declared(name)
        if not table.key:
            raise SchemaError(f"The table {name} has no key, so nothing can be upserted. Append.")
        with self._relation(table, data) as new:
            held = self._files(name)
            if held:
                columns = ", ".join(sql_name(c) for c in table.names)
                match = " AND ".join(f"n.{sql_name(k)} = o.{sql_name(k)}" for k in table.key)
                new = (
                    f"(SELECT {columns} FROM {parquet_source(held, table)} o WHERE NOT EXISTS "
                    f"(SELECT 1 FROM {new} n WHERE {match}) "
                    f"UNION ALL SELECT {columns} FROM {new})"
                )
            self._tables[name] = self._write(table, new)

    def replace(self, name: str, data: Any) -> None:
        """Make `data` the whole table."""
        table = declared(name)
        with self._relation(table, data) as new:
            self._tables[name] = self._write(table, new)

    def delete(self, name: str, keys: Sequence[Mapping[str, Any]]) -> None:
        """Take out the rows with these keys, such as `[{"product_id": "p1"}]`."""
        table = declared(name)
        if not table.key:
            raise SchemaError(f"The table {name} has no key, so no row can be named. Replace it.")
        held = self._files(name)
        if not held or not keys:
            return
        named = {k: [row[k] for row in keys] for k in table.key}
        fields = [pa.field(k, table[k].arrow) for k in table.key]
        alias = f"gone_{uuid.uuid4().hex[:8]}"
        self.sql.register(alias, pa.table(named, schema=pa.schema(fields)))
        match = " AND ".join(f"n.{sql_name(k)} = o.{sql_name(k)}" for k in table.key)
        columns = ", ".join(sql_name(c) for c in table.names)
        try:
            self._tables[name] = self._write(
                table,
                f"(SELECT {columns} FROM {parquet_source(held, table)} o WHERE NOT EXISTS "
                f"(SELECT 1 FROM {alias} n WHERE {match}))",
            )
        finally:
            self.sql.unregister(alias)

    def compact(self, name: str, *, most: int = 4) -> int:
        """Write the days of which a table has more than `most` files as one file each.

        Live events arrive a few at a time, and each fold adds files to the days it touches.
        Returns how many files were joined.
        """
        table = declared(name)
        held = self._tables.get(name)
        if held is None or not table.by_day:
            return 0
        by_day: dict[str, list[File]] = {}
        for file in held.files:
            day = Path(file.path).name.removeprefix("part-").rpartition("-")[0]
            by_day.setdefault(day, []).append(file)
        joined = [file for files in by_day.values() if len(files) > most for file in files]
        if not joined:
            return 0
        paths = [self._store.path / "tables" / file.path for file in joined]
        made = self._write(table, parquet_source(paths, table))
        gone = {file.path for file in joined}
        kept = tuple(file for file in held.files if file.path not in gone)
        self._tables[name] = Version(made.version, kept + made.files)
        return len(joined)

    def drop(self, name: str) -> None:
        """Take a table out of the store."""
        self._tables.pop(declared(name).name, None)

    def files(self, name: str) -> list[Path]:
        """The files that `name` will have after the commit."""
        return self._files(name)

    # -- how ----------------------------------------------------------------------------------

    def _files(self, name: str) -> list[Path]:
        version = self._tables.get(name)
        if version is None:
            return []
        return [self._store.path / "tables" / file.path for file in version.files]

    @contextlib.contextmanager
    def _relation(self, table: schema.Table, data: Any) -> Any:
        """`data` as something that SQL can select from, checked against the declaration."""
        if not self._open:
            raise StoreError("This transaction is closed. Open a new one with store.transaction().")
        if isinstance(data, Sql):
            yield str(data)
            return
        if isinstance(data, (list, tuple)) and data and isinstance(data[0], Path):
            columns = ", ".join(sql_name(c) for c in table.names)
            yield f"(SELECT {columns} FROM {parquet_source(data, table)})"
            return
        if hasattr(data, "to_pyarrow_batches") and hasattr(data, "get_backend"):
            data = self._store.engine.arrow(data)
        frame = fitted(arrow_table(data, table.name), table)
        _unique(self.sql, table, frame)
        alias = f"given_{uuid.uuid4().hex[:8]}"
        self.sql.register(alias, frame)
        try:
            yield alias
        finally:
            self.sql.unregister(alias)

    def _write(self, table: schema.Table, relation: str) -> Version:
        """Write a relation as new files of a new version folder."""
        version = f"{self._store.manifest.version + 1:06d}-{uuid.uuid4().hex[:6]}"
        folder = self._store.path / "tables" / table.name / version
        folder.mkdir(parents=True)
        self._made.append(folder)
        columns = ", ".join(sql_name(c) for c in table.names)
        options = "FORMAT parquet, COMPRESSION zstd"
        if table.by_day and table.time:
            day = f"strftime({sql_name(table.time)}, '%Y-%m-%d')"
            self.sql.execute(
                f"COPY (SELECT {columns}, {day} AS chowk_day FROM {relation}) "
                f"TO {sql_text(str(folder))} ({options}, PARTITION_BY (chowk_day))"
            )
            for part in sorted(folder.glob("chowk_day=*/*.parquet")):
                day = part.parent.name.removeprefix("chowk_day=")
                serial = sum(1 for _ in folder.glob(f"part-{day}-*"))
                part.rename(folder / f"part-{day}-{serial}.parquet")
            for left in folder.glob("chowk_day=*"):
                left.rmdir()
        else:
            order = "ORDER BY " + ", ".join(sql_name(k) for k in table.key) if table.key else ""
            self.sql.execute(
                f"COPY (SELECT {columns} FROM {relation} {order}) "
                f"TO {sql_text(str(folder / 'part-0.parquet'))} ({options})"
            )
        files = [
            File(
                path=str(path.relative_to(self._store.path / "tables")),
                rows=pq.ParquetFile(path).metadata.num_rows,
                bytes=path.stat().st_size,
                sha256=sha256(path),
            )
            for path in sorted(folder.glob("part-*.parquet"))
        ]
        kept = tuple(file for file in files if file.rows)
        sync_tree(folder)
        sync(folder.parent.parent)  # a table's first version makes the table's folder
        return Version(version, kept)

    def _commit(self) -> None:
        old = self._store.manifest
        if self._tables == old.tables and not self._accounts and self._journal is None:
            return
        new = msgspec.structs.replace(
            old,
            version=old.version + 1,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            tables=self._tables,
            journal=old.journal if self._journal is None else self._journal,
            accounts=(*old.accounts, *self._accounts),
        )
        manifests.write(self._store.manifest_path, new)
        self._store.manifest = new


def workspace(path: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """A private DuckDB that writers use; it spills into the store's own folder."""
    sql = duckdb.connect(
        config={
            "memory_limit": f"{memory_mb}MiB",
            "temp_directory": str(path / ".spill"),
            "preserve_insertion_order": "false",
        }
    )
    sql.execute("SET TimeZone = 'UTC'")
    return sql


def _unique(sql: duckdb.DuckDBPyConnection, table: schema.Table, frame: pa.Table) -> None:
    """SchemaError when a key stands twice in what is written."""
    if not table.key:
        return
    keys = ", ".join(sql_name(k) for k in table.key)
    sql.register("chowk_keys", frame.select(list(table.key)))
    try:
        twice = sql.execute(
            f"SELECT {keys}, count(*) FROM chowk_keys GROUP BY {keys} HAVING count(*) > 1 LIMIT 1"
        ).fetchall()
    finally:
        sql.unregister("chowk_keys")
    if twice:
        named = ", ".join(f"{k} {v!r}" for k, v in zip(table.key, twice[0], strict=False))
        raise SchemaError(
            f"The key of {table.name} must be unique; {named} stands {twice[0][-1]} times. "
            "Keep one row of each."
        )


#: The names of quarantine files, and of files that were being written beside their place.
_QUARANTINE = re.compile(r"(\d{8}T\d{6}-[0-9a-f]{6}|journal-\d+-\d+)\.csv")
_BESIDE = re.compile(r"\..+\.[0-9a-f]{8}")


def _clear_unfinished(store: Store) -> None:
    """Remove what a writer left that died before its rename; called under the write lock.

    A quarantine file is written before the commit that accounts for it, so one that no account
    names shows rows that a retry has quarantined again.
    """
    accounted = {account.import_id for account in store.manifest.accounts}
    for path in store.quarantine_path.glob("*"):
        named = _QUARANTINE.fullmatch(path.name)
        if _BESIDE.fullmatch(path.name) or (named and named[1] not in accounted):
            path.unlink(missing_ok=True)
    for path in store.manifest_path.parent.glob(".manifest.json.*"):
        path.unlink(missing_ok=True)


def collect(store: Store, pinned: Iterable[Mapping[str, Version]]) -> int:
    """Remove version folders that nothing pins and that are older than `store.keep_hours`.

    Returns how many were removed. Called by a build, under the write lock.
    """
    wanted = set(store.manifest.folders())
    for tables in pinned:
        wanted |= {str(Path(f.path).parent) for version in tables.values() for f in version.files}
    horizon = datetime.now(UTC).timestamp() - 3600 * store.settings.number("store.keep_hours")
    removed = 0
    root = store.path / "tables"
    for folder in root.glob("*/*"):
        name = str(folder.relative_to(root))
        if folder.is_dir() and name not in wanted and folder.stat().st_mtime < horizon:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
