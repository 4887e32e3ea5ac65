"""Erasing a person: from the tables, the journal, quarantine, and every older version on disk.

What a sale was stays (product, price, day), who it was goes: the customer's row is removed, and in
events and reviews the id and the typed query become null. The person's visits get names without
meaning, in events and in requests alike, since logs that name no visit have the person's id in it;
an order keeps its number.
Messages that the person wrote, contacts and tests go whole: without the person they say nothing.
Models hold no ids of persons, except contact risk's, which takes a word without meaning in place of
the id. Backups made before are the owner's to destroy.
"""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
import shutil
from collections import Counter
from pathlib import Path

import duckdb

from chowk import artifacts
from chowk.desk import Desk
from chowk.errors import parameter
from chowk.journal import Journal
from chowk.store import schema
from chowk.store.disk import clear_dead, write_atomic, write_lock
from chowk.store.parts import parquet_source, sql_name, sql_text
from chowk.store.store import Store
from chowk.store.transaction import Sql, Transaction
from chowk.system import system_class, system_names

#: By table: the columns that name a person, and those that become null; none: the row goes.
PLACES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "customers": (("customer_id",), ()),
    "events": (("customer_id",), ("customer_id", "query")),
    "touches": (("customer_id",), ()),
    "reviews": (("customer_id",), ("customer_id",)),
    "messages": (("author_id",), ()),
    "contacts": (("person_a", "person_b"), ()),
    "infection_tests": (("person",), ()),
}

#: The person's visits, and the secret under which they are renamed, while an erasure runs.
_OWN, _SALT = "erased_visits", "erased_salt"

#: A quarantined change is one cell with all of its texts, longer than csv reads unasked.
LONGEST_CELL = 64 << 20


def _named(name: str, customer_id: str) -> str:
    """The condition that a row's own column names the person."""
    key = sql_text(customer_id)
    return " OR ".join(f"{sql_name(column)} = {key}" for column in PLACES[name][0])


def _hit(name: str, customer_id: str) -> str:
    """The condition that a row holds the id: in a column of its own, or in the visit's name.

    A log that names no visit has the id in it, alone or with a day or a number behind it.
    """
    named = _named(name, customer_id)
    if name != "events":
        return named
    return f"{named} OR (session_id IS DISTINCT FROM order_id AND {_made(customer_id)})"


def _made(customer_id: str) -> str:
    """The condition that a visit's name is made of the id."""
    key = sql_text(customer_id)
    rest = f"substr(session_id, length({key}) + 2)"
    made = f"starts_with(session_id, {key} || '.') AND NOT contains({rest}, '.')"
    return f"(session_id = {key} OR {made})"


def _visits(source: str, hit: str) -> str:
    """A query of the visits that are the person's, of events."""
    no_order = "session_id IS DISTINCT FROM order_id"
    return f"SELECT DISTINCT session_id FROM {source} WHERE ({hit}) AND {no_order}"


def _renamed(source: str, where: str) -> str:
    """Rows with the person's visits renamed, all rows of a visit alike, in every table.

    The name is a digest under a secret that nobody keeps, so that no log tells whose it was.
    """
    renamed = f"'erased-' || substr(sha256(getvariable('{_SALT}') || session_id), 1, 24)"
    return (
        f"(SELECT * REPLACE (CASE WHEN {where} THEN {renamed} ELSE session_id END AS session_id) "
        f"FROM {source})"
    )


def _learn_visits(change: Transaction, customer_id: str) -> None:
    """Which visits are the person's, before a row is changed; and the secret for their names."""
    change.sql.execute(f"SET VARIABLE {_SALT} = {sql_text(secrets.token_hex(16))}")
    change.sql.execute(f"CREATE OR REPLACE TEMP TABLE {_OWN} (session_id VARCHAR)")
    if files := change.files("events"):
        source = parquet_source(files, schema.TABLES["events"])
        visits = _visits(source, _hit("events", customer_id))
        change.sql.execute(f"INSERT INTO {_OWN} {visits}")


def _rename_requests(change: Transaction, customer_id: str) -> int:
    """Rename the person's visits in the log of page requests; gives of how many rows."""
    source = parquet_source(change.files("requests"), schema.TABLES["requests"])
    where = f"({_made(customer_id)} OR session_id IN (SELECT session_id FROM {_OWN}))"
    count = int(change.sql.execute(f"SELECT count(*) FROM {source} WHERE {where}").fetchall()[0][0])
    if count:
        change.replace("requests", Sql(_renamed(source, where)))
    return count


def erase(store: Store, customer_id: str) -> dict[str, int]:
    """Erase a customer; returns how many rows were changed or removed, by place.

    Raises
    ------
    ParameterError : the id is empty, and would be found everywhere.
    """
    if not customer_id.strip():
        raise parameter("erase", "customer_id", "the id of a customer", customer_id)
    # No build may run: it could write again what it had read before.
    with write_lock(store.path / ".build.lock", wait=30.0):
        return _erase(store, customer_id)


def _erase(store: Store, customer_id: str) -> dict[str, int]:
    counts: Counter[str] = Counter()
    with store.transaction(wait=30.0) as change:
        # The journal first, while no fold can run: a waiting event must not bring the id back.
        if store.settings.text("journal.url") or (store.path / "journal.db").exists():
            with Journal.of(store) as journal:
                counts["journal"] = journal.erase_customer(customer_id)
        url = store.settings.text("desk.url")
        if url or (store.path / "desk.db").exists():
            with Desk.open(url or store.path / "desk.db") as desk:
                held = desk.queue.forget(customer_id)
                counts["desk"] = held + desk.records.forget(f"author:{customer_id}")
        _learn_visits(change, customer_id)
        if change.files("requests"):
            counts["requests"] = _rename_requests(change, customer_id)
        for name, (_, blanks) in PLACES.items():
            files = change.files(name)
            if not files:
                continue
            table = schema.TABLES[name]
            source, hit = parquet_source(files, table), _hit(name, customer_id)
            counts[name] = change.sql.execute(
                f"SELECT count(*) FROM {source} WHERE {hit}"
            ).fetchall()[0][0]
            if not counts[name]:
                continue
            if blanks:
                named = _named(name, customer_id)
                picked = ", ".join(
                    f"CASE WHEN {named} THEN NULL ELSE {sql_name(c)} END AS {sql_name(c)}"
                    if c in blanks
                    else sql_name(c)
                    for c in table.names
                )
                if name == "events":
                    own = f"session_id IN (SELECT session_id FROM {_OWN})"
                    source = _renamed(source, f"session_id IS DISTINCT FROM order_id AND {own}")
                change.replace(name, Sql(f"(SELECT {picked} FROM {source})"))
            else:
                change.replace(name, Sql(f"(SELECT * FROM {source} WHERE ({hit}) IS NOT TRUE)"))
    # Under the lock again, but after the commit: no other writer's new folder is in the way.
    with store.transaction(wait=30.0) as change:
        clear_dead(store.path / ".staging")
        _forget_versions(store, change, customer_id)
        _forget_models(store, customer_id)
        counts["quarantine"] = _scrub(store.quarantine_path, customer_id)
        audit = store.path / "audit.json"
        if audit.is_file() and _word(customer_id).search(audit.read_text("utf-8")):
            audit.unlink()  # its examples name rows; the next check writes it again
    return dict(counts)


def _forget_versions(store: Store, change: Transaction, customer_id: str) -> None:
    """Remove older versions that hold the id, whoever pinned them, and those of killed writers.

    All are looked at, not only those of tables that were rewritten now: an erasure that was killed
    after its commit is finished by the next one.
    """
    kept = store.manifest.folders()

    def old(name: str) -> list[Path]:
        folders = sorted((store.path / "tables" / name).glob("*"))
        return [folder for folder in folders if f"{name}/{folder.name}" not in kept]

    # Requests before the events that tell which visits are the person's.
    visits = [file for folder in old("events") for file in sorted(folder.rglob("*.parquet"))]
    where = _made(customer_id)
    if visits:
        source = parquet_source(visits, schema.TABLES["events"])
        own = _visits(source, _hit("events", customer_id))
        where = f"({where} OR session_id IN ({own}))"
    for name in ("requests", *PLACES):
        hit = where if name == "requests" else _hit(name, customer_id)
        for folder in old(name):
            if _holds(change, folder, name, hit):
                shutil.rmtree(folder)


def _forget_models(store: Store, customer_id: str) -> None:
    """Take the id out of the saved models that hold ids, and seal what was changed."""
    for name in system_names():
        for folder in sorted((store.models_path / name).glob("*")):
            if (folder / artifacts.SEAL).is_file():
                artifacts.reseal(folder, system_class(name).forget(folder, customer_id))


def _holds(change: Transaction, folder: Path, name: str, hit: str) -> bool:
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        return True  # nothing in it is of use
    try:
        found = change.sql.execute(
            f"SELECT 1 FROM {parquet_source(files, schema.TABLES[name])} WHERE {hit} LIMIT 1"
        ).fetchall()
    except duckdb.Error:
        return True  # a writer was killed in the middle of it
    return bool(found)


def _word(customer_id: str) -> re.Pattern[str]:
    """The id as a word, as it is or as JSON writes it."""
    spellings = {customer_id, json.dumps(customer_id)[1:-1]}
    spellings.add(json.dumps(customer_id, ensure_ascii=False)[1:-1])
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(spellings)))})(?!\w)")


def _scrub(folder: Path, customer_id: str) -> int:
    """Blank quarantined rows in which the id stands as a word; their reasons stay."""
    word = _word(customer_id)
    scrubbed = 0
    csv.field_size_limit(LONGEST_CELL)
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        changed = False
        for row in rows[1:]:
            # file, line, reason, and the row: one text, or for a live change kind, key and body
            if any(word.search(cell) for cell in row[2:]):
                row[2] = word.sub("…", row[2])
                row[3:] = ["erased"] * len(row[3:])
                scrubbed += 1
                changed = True
        if changed:
            text = io.StringIO(newline="")
            csv.writer(text).writerows(rows)
            write_atomic(path, text.getvalue().encode())
    return scrubbed
