"""Erasing a person: from the tables, the journal, quarantine, and every older version on disk.

What a sale was stays (product, price, day), who it was goes: the customer's row is removed, and in
events and reviews the id and the typed query become null. Models hold no rows of persons. Backups
made before are the owner's to destroy.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections import Counter
from pathlib import Path

from chowk.journal import Journal
from chowk.store import schema
from chowk.store.disk import write_atomic
from chowk.store.store import Store
from chowk.store.transaction import Sql, parquet_source, sql_name, sql_text

#: By table: the column that names the person, and the columns that become null; none: the row goes.
PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "customers": ("customer_id", ()),
    "events": ("customer_id", ("customer_id", "query")),
    "touches": ("customer_id", ()),
    "reviews": ("customer_id", ("customer_id",)),
}


def erase(store: Store, customer_id: str) -> dict[str, int]:
    """Erase a customer; returns how many rows were changed or removed, by place."""
    counts: Counter[str] = Counter()
    rewritten: list[str] = []
    with store.transaction(wait=30.0) as change:
        # The journal first, while no fold can run: a waiting event must not bring the id back.
        if store.settings.text("journal.url") or (store.path / "journal.db").exists():
            with Journal.of(store) as journal:
                counts["journal"] = journal.erase_customer(customer_id)
        for name, (column, blanks) in PLACES.items():
            files = change.files(name)
            if not files:
                continue
            table = schema.TABLES[name]
            source, key = parquet_source(files), sql_text(customer_id)
            hit = f"{sql_name(column)} = {key}"
            counts[name] = change.sql.execute(
                f"SELECT count(*) FROM {source} WHERE {hit}"
            ).fetchall()[0][0]
            if not counts[name]:
                continue
            rewritten.append(name)
            if blanks:
                picked = ", ".join(
                    f"CASE WHEN {hit} THEN NULL ELSE {sql_name(c)} END AS {sql_name(c)}"
                    if c in blanks
                    else sql_name(c)
                    for c in table.names
                )
                change.replace(name, Sql(f"(SELECT {picked} FROM {source})"))
            else:
                change.replace(name, Sql(f"(SELECT * FROM {source} WHERE ({hit}) IS NOT TRUE)"))
    # Under the lock again, but after the commit: no other writer's new folder is in the way.
    with store.transaction(wait=30.0):
        _forget_versions(store, rewritten)
        counts["quarantine"] = _scrub(store.quarantine_path, customer_id)
    return dict(counts)


def _forget_versions(store: Store, names: list[str]) -> None:
    """Remove older versions of rewritten tables at once, whoever pinned them."""
    kept = store.manifest.folders()
    for name in names:
        for folder in (store.path / "tables" / name).iterdir():
            if f"{name}/{folder.name}" not in kept:
                shutil.rmtree(folder)


def _scrub(folder: Path, customer_id: str) -> int:
    """Blank quarantined rows in which the id stands as a word; their reasons stay."""
    word = re.compile(rf"(?<!\w){re.escape(customer_id)}(?!\w)")
    scrubbed = 0
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.reader(handle))
        changed = False
        for row in rows[1:]:
            if len(row) == 4 and (word.search(row[3]) or word.search(row[2])):
                row[2] = word.sub("…", row[2])
                row[3] = "erased"
                scrubbed += 1
                changed = True
        if changed:
            text = io.StringIO(newline="")
            csv.writer(text).writerows(rows)
            write_atomic(path, text.getvalue().encode())
    return scrubbed
