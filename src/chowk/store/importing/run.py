"""One import from the first byte to the commit.

Batches are parsed by the format, cast to the schema, and staged as Parquet; rows that cannot be
kept go to a quarantine file with file, line and reason. Then, under the write lock, doubled ids are
settled, tables are derived, and everything becomes visible in one rename together with its
accounts. A process that dies before that rename leaves the store as it was.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import uuid
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chowk.errors import ImportFormatError
from chowk.store import disk, schema
from chowk.store.manifest import Account
from chowk.store.parts import SQL_TYPES, parquet_source, sql_name
from chowk.store.store import Store
from chowk.store.transaction import Sql, Transaction

from .conform import Conformer
from .format import Context, Derived, Format, Options, Parsed, format_by_name
from .held import note_overlaps, once
from .raw import shown
from .source import existing

_COMMA = {"auto": None, "point": False, "comma": True}


@dataclass(slots=True)
class ImportReport:
    """What an import did, for people and machines.

    `accounts` has one entry a source file; `derived` counts rows made from them; `reasons` counts
    the quarantined rows by rule; `notes` are (sentence, how many values).
    """

    import_id: str
    format: str
    accounts: list[Account]
    derived: dict[str, int]
    reasons: dict[str, int]
    notes: dict[str, int]
    quarantine: Path | None

    @property
    def quarantined(self) -> int:
        """Rows that could not be kept, over all files."""
        return sum(account.quarantined for account in self.accounts)

    def as_dict(self) -> dict[str, Any]:
        """The shape that `--json` prints."""
        return {
            "import_id": self.import_id,
            "format": self.format,
            "tables": {
                account.file: {
                    "rows_in": account.rows_in,
                    "kept": account.kept,
                    "quarantined": account.quarantined,
                    "already": account.already,
                    "repeated": account.repeated,
                }
                for account in self.accounts
            },
            "derived": self.derived,
            "reasons": self.reasons,
            "notes": self.notes,
            "quarantine": str(self.quarantine) if self.quarantine else None,
        }


@dataclass(slots=True)
class _Source:
    """The running account of one file."""

    path: Path
    role: str
    digest: str
    rows_in: int = 0
    refused: int = 0
    already: int = 0
    repeated: int = 0


@dataclass
class _Staging:
    """Parquet files and the quarantine file of an import, before the commit."""

    folder: Path
    stack: ExitStack
    writers: dict[str, pq.ParquetWriter] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        handle = self.stack.enter_context(
            (self.folder / "quarantine.csv").open("w", encoding="utf-8", newline="")
        )
        self._csv = csv.writer(handle)
        self._handle = handle
        self._csv.writerow(("file", "line", "reason", "row"))

    def refuse(self, file: str, line: int, reason: str, row: str) -> None:
        self._csv.writerow((file, line, reason, row.replace("\0", "␀")))
        self.reasons[rule_of(reason)] += 1
        if len(self.examples) < 3:
            self.examples.append(f"{file}, line {line}: {reason}.")

    def add(self, table: str, rows: pa.Table) -> None:
        if table not in self.writers:
            path = self.folder / f"{table}-{len(self.writers)}.parquet"
            self.writers[table] = self.stack.enter_context(
                pq.ParquetWriter(path, rows.schema, compression="lz4")
            )
        self.writers[table].write_table(rows)

    def files(self, table: str) -> list[Path]:
        return sorted(self.folder.glob(f"{table}-*.parquet"))

    def flush(self) -> None:
        self._handle.flush()


def import_files(
    store: Store,
    format_name: str,
    files: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    options: Options | None = None,
    *,
    strict: bool = False,
    wait: float = 10.0,
) -> ImportReport:
    """Import `files` (one, or several) of one format into `store`, in one commit.

    Parameters
    ----------
    format_name : one of `format_names()`.
    strict : refuse the whole import when any row would be quarantined.
    wait : seconds to wait for another writer.

    Raises
    ------
    ImportFormatError : a file cannot be read as the format, or nothing in it can be kept.
    """
    options = options or Options()
    format_ = format_by_name(format_name)
    several = (files,) if isinstance(files, str | os.PathLike) else files
    paths = [existing(Path(file)) for file in several]
    if not paths:
        raise ImportFormatError("No file was named. Name one or more after the format.")
    if options.products is not None and format_name != "order-lines":
        raise ImportFormatError(
            f"--products belongs to the format order-lines, not to {format_name}."
        )
    sources = [_Source(path, "main", _digest(path)) for path in paths]
    if options.products is not None:
        path = existing(options.products)
        sources.append(_Source(path, "products", _digest(path)))
    stamp = datetime.now(UTC)
    import_id = f"{stamp:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    disk.clear_dead(store.path / ".staging")
    settings = store.settings
    notes: Counter[str] = Counter()
    with ExitStack() as stack:
        folder = stack.enter_context(disk.working_folder(store.path / ".staging", "import"))
        staging = _Staging(folder, stack)
        for index, source in enumerate(sources):
            conformer = Conformer(
                zone=settings.text("time_zone"),
                currency=settings.text("currency"),
                dates=options.dates,
                comma=_COMMA[options.decimal],
                notes=notes,
            )
            context = Context(options, settings, conformer, source.path, source.digest, source.role)
            for parsed in _unpacked(format_, source.path, context):
                _stage(parsed, staging, source, index, context)
            if source.rows_in == 0:
                raise ImportFormatError(f"{source.path} has a header and no rows. Export it again.")
        for writer in staging.writers.values():
            writer.close()
        staging.flush()
        with store.transaction(wait=wait) as change:
            return _settle(
                store, change, format_, staging, sources, options, notes, import_id, stamp, strict
            )


def rule_of(reason: str) -> str:
    """A reason with its values taken out, so that equal rules can be counted.

    >>> rule_of("price is -5.0; it must be 0 or more")
    'price is …; it must be 0 or more'
    """
    reason = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "…", reason)
    return re.sub(r"(?<=is )-?\d[\d.,]*", "…", reason)


def _unpacked(format_: Format, file: Path, context: Context) -> Iterator[Parsed]:
    """The format's batches; a packed file that is cut off says so."""
    try:
        yield from format_.parse(file, context)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ImportFormatError(
            f"{file} is not a whole gzip file ({error}). Copy or export it again."
        ) from None


def _stage(
    parsed: Parsed, staging: _Staging, source: _Source, index: int, context: Context
) -> None:
    """Cast one batch; refused lines go to quarantine, the others to the staging files."""
    source.rows_in += parsed.rows
    file = source.path.name
    reasons = dict(parsed.reasons)
    cast: dict[str, pa.Table] = {}
    for name, raw in parsed.tables.items():
        made, bad = context.conformer.conform(raw, schema.TABLES[name])
        lines = raw["_line"].to_pylist() if bad else []
        for row, reason in bad.items():
            reasons.setdefault(lines[row], reason)
        cast[name] = made
    for rejected in parsed.rejected:
        staging.refuse(file, rejected.line, rejected.reason, rejected.row)
    source.refused += len(parsed.rejected)
    if reasons:
        at = {line: row for row, line in enumerate(parsed.lines.to_pylist()) if line in reasons}
        for line in sorted(reasons):
            row = parsed.frame.slice(at[line], 1).to_pylist()[0]
            staging.refuse(file, line, reasons[line], shown(row))
        source.refused += len(reasons)
    refused = pa.array(sorted(reasons), pa.int64())
    for name, made in cast.items():
        if reasons:
            made = made.filter(pc.invert(pc.is_in(made["_line"], refused)))
        if made.num_rows:
            where = pa.array([index], pa.int32()).take(pa.array([0] * made.num_rows, pa.int32()))
            staging.add(name, made.append_column("_file", where))


def _settle(
    store: Store,
    change: Transaction,
    format_: Format,
    staging: _Staging,
    sources: list[_Source],
    options: Options,
    notes: Counter[str],
    import_id: str,
    stamp: datetime,
    strict: bool,
) -> ImportReport:
    """Under the lock: doubled ids, derived tables, the accounts, and what will be committed."""
    staged = {name: parquet_source(staging.files(name)) for name in staging.writers}
    for name in list(staged):
        _doubled(change, name, staged, staging, sources)
    kept = sum(s.rows_in - s.refused for s in sources)
    if kept == 0:
        raise ImportFormatError(
            "Nothing could be kept. " + " ".join(staging.examples)
            + " Nothing was written; mend the file, or name its columns with --map."
        )  # fmt: skip
    refused = sum(s.refused for s in sources)
    if strict and refused:
        raise ImportFormatError(
            f"{refused:,} of {refused + kept:,} rows cannot be kept, and --strict was given. "
            + " ".join(staging.examples) + " Nothing was written."
        )  # fmt: skip
    for place in once(change, staged, [source.digest for source in sources]):
        sources[place].already = sources[place].rows_in - sources[place].refused
    derived = Derived(change.sql, dict(staged), {}, notes, options, store.settings)
    format_.derive(derived)
    counts: dict[str, int] = {}
    tables: Counter[str] = Counter()
    if format_.name == "order-lines":
        _seen_before(change, derived.staged["events"], notes)
    for name, relation in derived.staged.items():
        table = schema.TABLES[name]
        tables[name] = _count(change, relation)
        note_overlaps(change, name, relation, notes)
        if table.by_day or not table.key:
            _already(change, table, relation, sources)
            change.append(name, Sql(relation))
        else:
            change.upsert(name, Sql(relation))
    for name, relation in derived.made.items():
        table = schema.TABLES[name]
        counts[name] = _count(change, relation)
        change.upsert(name, Sql(_filled(change, table, relation)))
    accounts = [
        Account(
            import_id=import_id,
            at=stamp.isoformat(timespec="seconds"),
            format=format_.name,
            file=source.path.name,
            sha256=source.digest,
            rows_in=source.rows_in,
            kept=source.rows_in - source.refused,
            quarantined=source.refused,
            already=source.already,
            repeated=source.repeated,
            tables=dict(tables),
            notes=tuple(f"{text} ({count:,})" for text, count in notes.items()),
        )
        for source in sources
    ]
    for account in accounts:
        change.account(account)
    quarantine = None
    staging.flush()
    if refused:
        quarantine = store.quarantine_path / f"{import_id}.csv"
        quarantine.parent.mkdir(exist_ok=True)
        disk.write_file(quarantine, staging.folder / "quarantine.csv")
    return ImportReport(
        import_id, format_.name, accounts, counts, dict(staging.reasons.most_common()),
        dict(notes), quarantine,
    )  # fmt: skip


def _count(change: Transaction, relation: str) -> int:
    return int(change.sql.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def _told(row: dict[str, str | None]) -> str:
    """A row of a table as quarantine holds it: JSON, without what is empty."""
    told = {column: value for column, value in row.items() if value not in (None, "{}", "[]")}
    return json.dumps(told, ensure_ascii=False)


def _doubled(
    change: Transaction,
    name: str,
    staged: dict[str, str],
    staging: _Staging,
    sources: list[_Source],
) -> None:
    """Settle ids that stand more than once in what came in.

    A later row with the same content is a repeat, kept once. A later row with other content is
    refused, and its whole input line with it.
    """
    table = schema.TABLES[name]
    if not table.key:
        return
    keys = ", ".join(sql_name(k) for k in table.key)
    columns = ", ".join(sql_name(c) for c in table.names if c != "source")
    held = ", ".join(
        f"{sql_name(c)} := {sql_name(c)}::VARCHAR" for c in table.names if c != "source"
    )
    twice = f"SELECT {keys} FROM {staged[name]} GROUP BY {keys} HAVING count(*) > 1"
    rows = change.sql.execute(
        f"""
        WITH twice AS ({twice}), numbered AS (
            SELECT {keys}, _file, _line, md5(({columns})::VARCHAR) AS content,
                struct_pack({held}) AS held,
                row_number() OVER (PARTITION BY {keys} ORDER BY _file, _line) AS serial
            FROM {staged[name]} SEMI JOIN twice USING ({keys}))
        SELECT n.* EXCLUDE (held), f._file, f._line, n.content = f.content,
            CASE WHEN n.content <> f.content THEN n.held END
        FROM numbered n JOIN numbered f USING ({keys})
        WHERE n.serial > 1 AND f.serial = 1 ORDER BY n._file, n._line"""
    ).fetchall()
    if not rows:
        return
    width = len(table.key)
    lines: set[tuple[int, int]] = set()
    repeats: set[tuple[int, int, int]] = set()
    for row in rows:
        file, line, _, serial, first_file, first_line, same, content = row[width:]
        if same or (file, line) == (first_file, first_line):
            repeats.add((file, line, serial))
            continue
        if (file, line) in lines:
            continue
        lines.add((file, line))
        named = ", ".join(f"{k} {v!r}" for k, v in zip(table.key, row, strict=False))
        place = "" if first_file == file else f" of {sources[first_file].path.name}"
        staging.refuse(
            sources[file].path.name,
            line,
            f"{named} is already used at line {first_line}{place} with other values; give every "
            "row its own id, or remove the older row",
            _told(content),
        )
        sources[file].refused += 1
    for file in {f for f, _, _ in repeats}:
        sources[file].repeated += len({ln for f, ln, _ in repeats if f == file} - {
            ln for f, ln in lines if f == file})  # fmt: skip
    _register(change, f"refused_{name}", ("_file", "_line"), sorted(lines))
    for other, relation in list(staged.items()):
        kept = f"{relation} ANTI JOIN refused_{name} USING (_file, _line)"
        if other == name:
            kept = (
                f"(SELECT * FROM {kept} QUALIFY row_number() OVER "
                f"(PARTITION BY {keys} ORDER BY _file, _line) = 1)"
            )
        else:
            kept = f"(SELECT * FROM {kept})"
        staged[other] = kept


def _register(
    change: Transaction, name: str, columns: tuple[str, ...], rows: Sequence[tuple[int, ...]]
) -> None:
    types = ", ".join(f"{column} INTEGER" for column in columns)
    change.sql.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({types})")
    if rows:
        frame = pa.table(
            {c: pa.array([r[i] for r in rows], pa.int32()) for i, c in enumerate(columns)}
        )
        change.sql.register("chowk_rows", frame)
        change.sql.execute(f"INSERT INTO {name} SELECT * FROM chowk_rows")
        change.sql.unregister("chowk_rows")


def _seen_before(change: Transaction, relation: str, notes: Counter[str]) -> None:
    """Note the lines that the store holds already from another file.

    A line has no id of its own: a later export that covers the same orders again has new ids, and
    its sales would count twice.
    """
    held = change.files("events")
    if not held:
        return
    stored = parquet_source(held, schema.TABLES["events"])
    same = ("ts", "session_id", "kind", "product_id", "quantity", "price")
    match = " AND ".join(f"n.{c} IS NOT DISTINCT FROM o.{c}" for c in same)
    count = change.sql.execute(
        f"SELECT count(*) FROM {relation} n WHERE EXISTS (SELECT 1 FROM {stored} o "
        f"WHERE {match}) AND n.event_id NOT IN (SELECT event_id FROM {stored})"
    ).fetchall()[0][0]
    if count:
        notes[
            "lines that the store holds already from another file: they count twice now. Import "
            "exports that do not overlap, or the whole export into a new store"
        ] = int(count)


def _already(
    change: Transaction, table: schema.Table, relation: str, sources: list[_Source]
) -> None:
    """Count the input lines whose rows the store held before: they are kept, and stored once."""
    held = change.files(table.name)
    if not table.key or not held:
        return
    keys = ", ".join(sql_name(k) for k in table.key)
    for file, count in change.sql.execute(
        f"SELECT _file, count(DISTINCT _line) FROM {relation} SEMI JOIN "
        f"(SELECT {keys} FROM {parquet_source(held)}) USING ({keys}) GROUP BY _file"
    ).fetchall():
        sources[file].already += count


def _filled(change: Transaction, table: schema.Table, relation: str) -> str:
    """Derived rows, where they only fill in what the store does not know of a key yet."""
    have = {row[0] for row in change.sql.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    held = change.files(table.name)
    picked = []
    for column in table.columns:
        name = sql_name(column.name)
        new = f"n.{name}" if column.name in have else "NULL"
        if column.name in table.key:
            picked.append(f"n.{name}")
        elif not held:
            picked.append(f"{new} AS {name}")
        elif column.name == "created_at":
            picked.append(f"least(o.{name}, {new}) AS {name}")
        else:
            picked.append(f"coalesce(o.{name}, {new}) AS {name}")
    keys = ", ".join(sql_name(k) for k in table.key)
    old = f"LEFT JOIN {parquet_source(held, table)} o USING ({keys})" if held else ""
    types = ", ".join(
        f"CAST({sql_name(c.name)} AS {SQL_TYPES[c.kind]}) AS {sql_name(c.name)}"
        for c in table.columns
    )
    return f"(SELECT {types} FROM (SELECT {', '.join(picked)} FROM {relation} n {old}))"


def _digest(path: Path) -> str:
    return disk.sha256(path)
