"""Folding: the journal's rows become rows of the tables, each exactly once.

Rows above the manifest's position come in; events are appended (a known id is left as it is), an
utterance's label takes the place of an older one, products, offers and placements are changed field
by field, and the position is recorded in the
same commit as the tables. So a crash before the commit changes nothing, and after it the rows are
not read again. A row that cannot become a table's row goes to quarantine, as an import's would.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from chowk.errors import InputError, JournalError, parameter
from chowk.store import schema
from chowk.store.disk import write_atomic
from chowk.store.frames import fitted
from chowk.store.manifest import Account
from chowk.store.parts import parquet_source, sql_name
from chowk.store.rows import frame

from .entries import Row

if TYPE_CHECKING:
    from pathlib import Path

    from chowk.store.transaction import Transaction

    from .journal import Journal

#: Rows that could not be folded, by position, each with the reason.
_Refused = dict[int, tuple[Row, str]]

#: What the `source` column of events says.
SOURCE = "journal"


class Folded(msgspec.Struct, frozen=True):
    """What a fold did: up to which position, and rows by kind; `quarantined` is a part of them."""

    position: int
    counts: dict[str, int] = {}
    quarantined: int = 0
    quarantine: str = ""

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return sum(self.counts.values())


class _Change(msgspec.Struct):
    """What rows say of one key: the fields, whether the table's row goes, the fields' rows."""

    fields: dict[str, Any]
    gone: bool
    rows: list[Row]


def fold(
    change: Transaction,
    journal: Journal,
    after: int,
    *,
    upto: int | None = None,
    batch: int = 50_000,
) -> Folded:
    """Carry the journal's rows in (`after`, `upto`] into the tables, within `change`'s commit.

    Parameters
    ----------
    change : an open transaction; the caller's `with` commits the tables and the position together.
    after : the position that the tables hold. Rows that the manifest already counts as folded
        are never read again, whatever `after` says.
    upto : the last position to fold; the journal's head when None.
    batch : rows that are in memory at once.

    Raises
    ------
    JournalError : the journal ends below the store's position, so it is not this store's journal.

    Examples
    --------
    >>> with store.transaction() as change:                                    # doctest: +SKIP
    ...     folded = fold(change, journal, store.manifest.journal)
    >>> journal.prune(folded.position, timedelta(days=7))                      # doctest: +SKIP
    """
    if not isinstance(batch, int) or batch < 1:
        raise parameter("fold", "batch", "an int of at least 1", batch)
    head = journal.head()
    start = max(after, change.store.manifest.journal)
    if head < start:
        raise JournalError(
            f"{journal!r} ends at position {head}, but the tables of {change.store.path} already "
            f"hold positions up to {start}: rows could be lost. Open it with Journal.of(store), "
            "or restore the journal that belongs to this store."
        )
    end = head if upto is None else max(start, min(upto, head))
    counts: Counter[str] = Counter()
    refused: _Refused = {}
    labelled: dict[str, Row] = {}
    changes: dict[str, dict[str, _Change]] = {"products": {}, "offers": {}, "placements": {}}
    position = start
    while position < end:
        rows = [row for row in journal.read(position, batch) if row.position <= end]
        if not rows:
            break
        position = rows[-1].position
        counts.update(row.kind for row in rows)
        refused |= _append_events(change, rows)
        for row in rows:
            _note(changes, row)
            if row.kind == "utterance":
                labelled[row.key] = row  # of the same words, the last label
    refused |= _label(change, labelled)
    for name, noted in changes.items():
        refused |= _apply(change, schema.TABLES[name], noted)
    span = f"journal-{start + 1}-{end}"
    place = _quarantine(change.store.quarantine_path, span, refused)
    total = sum(counts.values())
    if total:
        change.account(
            Account(
                import_id=span,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                format="journal",
                file=span,
                sha256="",
                rows_in=total,
                kept=total - len(refused),
                quarantined=len(refused),
            )
        )
    if end > change.store.manifest.journal:
        change.folded(end)
    return Folded(end, dict(counts), len(refused), place)


# -- events ---------------------------------------------------------------------------------------


def _append_events(change: Transaction, rows: Iterable[Row]) -> _Refused:
    events = schema.TABLES["events"]
    given: dict[str, Row] = {}
    for row in rows:
        if row.kind == "event":
            given.setdefault(row.key, row)  # of the same id, the first
    bodies = {k: {**row.body, "event_id": k, "source": SOURCE} for k, row in given.items()}
    reasons = _misfits(events, bodies)
    fit = [body for key, body in bodies.items() if key not in reasons]
    if fit:
        change.append("events", frame(events, fit))
    return {given[k].position: (given[k], reason) for k, reason in reasons.items()}


def _misfits(table: schema.Table, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The keys of bodies that are no rows of `table`, with the reasons.

    Entries were checked when they came, so the batch mostly fits as a whole; only when it does not
    is each row looked at alone.
    """
    if _reason(table, list(bodies.values())) is None:
        return {}
    alone = {key: _reason(table, [body]) for key, body in bodies.items()}
    return {key: reason for key, reason in alone.items() if reason is not None}


def _reason(table: schema.Table, rows: list[Mapping[str, Any]]) -> str | None:
    try:
        fitted(frame(table, rows), table)
    except InputError as error:
        return str(error)
    return None


# -- utterances -----------------------------------------------------------------------------------


def _label(change: Transaction, given: Mapping[str, Row]) -> _Refused:
    """Labels that people gave; they take the place of what the table said of the same words."""
    if not given:
        return {}
    table = schema.TABLES["utterances"]
    reasons = _misfits(table, {key: row.body for key, row in given.items()})
    fit = [row.body for key, row in given.items() if key not in reasons]
    files = change.files(table.name)
    if files:
        columns = ", ".join(sql_name(name) for name in table.names)
        held = change.sql.sql(f"SELECT {columns} FROM {parquet_source(files, table)}")
        said = {(row["text"].casefold(), row["locale"]) for row in fit}
        fit = [
            *(
                row
                for row in held.to_arrow_table().to_pylist()
                if (row["text"].casefold(), row["locale"]) not in said
            ),
            *fit,
        ]
    if fit:
        change.replace(table.name, frame(table, fit))
    return {given[key].position: (given[key], reason) for key, reason in reasons.items()}


# -- products, offers, placements -----------------------------------------------------------------


def _note(changes: dict[str, dict[str, _Change]], row: Row) -> None:
    """Lay one row over what earlier rows said of the same key."""
    for name, key, fields in _changed(row):
        known = changes[name].get(key)
        if fields is None:
            changes[name][key] = _Change({}, True, [])
        elif known is None:
            changes[name][key] = _Change(dict(fields), False, [row])
        else:
            known.fields.update(fields)
            known.rows.append(row)


def _changed(row: Row) -> Iterable[tuple[str, str, dict[str, Any] | None]]:
    """The (table, key, fields) that a row changes; no fields means that the row goes."""
    body = row.body
    match row.kind:
        case "product":
            yield "products", row.key, {**body, "product_id": row.key}
        case "product_delete":
            yield "products", row.key, None
        case "offer":
            yield "offers", row.key, {**body, "offer_id": row.key}
        case "offer_delete":
            yield "offers", row.key, None
        case "feedback":
            yield "placements", row.key, {**body, "decision_id": row.key}
        case "availability":
            product, offer = body.get("product_id"), body.get("offer_id")
            if product is not None and "available" in body:
                yield "products", product, {"product_id": product, "available": body["available"]}
            fields = {k: v for k, v in body.items() if k in ("stock", "price", "delivery_hours")}
            if offer is not None and fields:
                yield "offers", offer, {"offer_id": offer, **fields}


def _apply(change: Transaction, table: schema.Table, noted: Mapping[str, _Change]) -> _Refused:
    if not noted:
        return {}
    (key_name,) = table.key
    old = _held(change, table, [key for key, what in noted.items() if not what.gone])
    merged = {k: {**old.get(k, {}), **what.fields} for k, what in noted.items() if what.fields}
    reasons = {}
    for key, row in merged.items():
        lacks = [name for name in table.required if row.get(name) is None]
        if lacks:
            reasons[key] = (
                f"{table.name} has no row {key!r}, and the change gives no {', '.join(lacks)}. "
                "Send the whole row."
            )
    whole = {key: row for key, row in merged.items() if key not in reasons}
    reasons |= _misfits(table, whole)
    fit = {key: row for key, row in whole.items() if key not in reasons}
    gone = [key for key, what in noted.items() if what.gone and key not in fit]
    change.delete(table.name, [{key_name: key} for key in gone])
    if fit:
        change.upsert(table.name, frame(table, list(fit.values())))
    return {
        row.position: (row, reason) for key, reason in reasons.items() for row in noted[key].rows
    }


def _held(change: Transaction, table: schema.Table, keys: list[str]) -> dict[str, dict[str, Any]]:
    """The table's rows with these keys, as the commit so far has them."""
    files = change.files(table.name)
    if not files or not keys:
        return {}
    (key_name,) = table.key
    columns = ", ".join(sql_name(name) for name in table.names)
    change.sql.register("chowk_wanted", pa.table({"key": pa.array(keys, pa.string())}))
    try:
        found = change.sql.sql(
            f"SELECT {columns} FROM {parquet_source(files, table)} "
            f"WHERE {sql_name(key_name)} IN (SELECT key FROM chowk_wanted)"
        ).to_arrow_table()
    finally:
        change.sql.unregister("chowk_wanted")
    maps = [column.name for column in table.columns if column.kind == "map"]
    held = {row[key_name]: row for row in found.to_pylist()}
    for row in held.values():
        row.update({name: dict(row[name]) for name in maps if row[name] is not None})
    return held


# -- what could not be folded ---------------------------------------------------------------------


def _quarantine(folder: Path, span: str, refused: _Refused) -> str:
    """Write the refused rows as CSV beside those of imports; the file's name, or ''.

    A fold that is run again after a crash writes the same file again.
    """
    if not refused:
        return ""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["file", "line", "reason", "kind", "key", "body"])
    for position, (row, reason) in sorted(refused.items()):
        body = msgspec.json.encode(row.body).decode()
        out.writerow([span, position, reason, row.kind, row.key, body])
    folder.mkdir(exist_ok=True)
    write_atomic(folder / f"{span}.csv", text.getvalue().encode())
    return f"{span}.csv"
