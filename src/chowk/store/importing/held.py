"""Contacts and test results that the store holds already: the same file again adds nothing.

These tables have no key, and two equal rows may be two meetings or two tests, so it is the file
that is known again, by its content; rows of another file that say the same are added, with a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from chowk.store.parts import parquet_source
from chowk.store.schema import TABLES
from chowk.store.transaction import Transaction

#: Tables whose rows are evidence, and what makes two rows of two files look like one.
ONCE = {
    "contacts": "least(person_a, person_b), greatest(person_a, person_b), day",
    "infection_tests": "person, day, positive",
}


def once(change: Transaction, staged: dict[str, str], digests: Sequence[str]) -> set[int]:
    """Take rows of files that were imported before, or stand twice, out of `staged`.

    Gives the files' places in `digests`.
    """
    found: set[int] = set()
    for table in ONCE.keys() & staged.keys():
        accounts = change.store.manifest.accounts if change.files(table) else ()
        known = {account.sha256 for account in accounts if table in account.tables}
        again = [k for k, one in enumerate(digests) if one in known or one in digests[:k]]
        if again:
            places = ", ".join(map(str, again))
            staged[table] = f"(SELECT * FROM {staged[table]} WHERE _file NOT IN ({places}))"
        found.update(again)
    return found


def note_overlaps(change: Transaction, table: str, relation: str, notes: Counter[str]) -> None:
    """Note rows of a new file that say of a pair and day, or of a result, what is held."""
    held = change.files(table)
    if table not in ONCE or not held:
        return
    count = change.sql.execute(
        f"SELECT count(*) FROM (SELECT {ONCE[table]} FROM {relation} INTERSECT "
        f"SELECT {ONCE[table]} FROM {parquet_source(held, TABLES[table])})"
    ).fetchall()[0][0]
    if count:
        what = "pairs and days" if table == "contacts" else "results of a person and day"
        notes[
            f"{what} that the store holds already from another file: both count now. Import files "
            "that do not overlap, or the whole file into a new store"
        ] += int(count)
