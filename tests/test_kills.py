"""Imports, builds and servers are killed with SIGKILL; what was acknowledged is there exactly once.

Half of the kills are at moments drawn over the whole time that the work takes; the other half are
right before and right after a sync or a rename, where a moment drawn at random seldom falls.
"""

from __future__ import annotations

import csv
import random
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import chowk
from chowk.store.disk import sha256
from chowk.store.store import Store
from kills.nursery import Nursery

SEED = 2026

# -- importing ------------------------------------------------------------------------------------

ROWS, BAD, GOODS = 40, 2, 8
#: Kills at drawn moments, beside those at every sync and rename of one import.
IMPORT_MOMENTS = 16


def is_catalogue(number: int) -> bool:
    """Every third file is a new price list for the same products."""
    return number % 3 == 2


def rows_in(number: int) -> int:
    return GOODS if is_catalogue(number) else ROWS + BAD


def write_file(folder: Path, number: int) -> None:
    """Events with ids of their own, two of them bad, or products with one price for all."""
    if is_catalogue(number):
        lines = ["product_id,title,price,currency"]
        lines += [f"p{n},Lamp {n},{number},EUR" for n in range(GOODS)]
        (folder / f"{number}-products.csv").write_text("\n".join(lines) + "\n")
        return
    lines = ["event_id,ts,session_id,kind,product_id"]
    lines += [
        f"{number}-{n},2026-05-{1 + (number + n) % 3:02}T10:00:00Z,s{n},view_item,p{n % GOODS}"
        for n in range(ROWS)
    ]
    lines += [f"{number}-bad{n},yesterday,s,view_item,p1" for n in range(BAD)]
    (folder / f"{number}-events.csv").write_text("\n".join(lines) + "\n")


def committed(nursery: Nursery) -> int:
    """How many files were acknowledged: they are imported in their order."""
    done = [int(line.split()[1]) for line in nursery.said() if line.startswith("committed")]
    return max(done, default=-1) + 1


def whole(store: Store) -> None:
    """Every file that the manifest names is there, with its rows and its checksum."""
    for version in store.manifest.tables.values():
        for file in version.files:
            place = store.path / "tables" / file.path
            assert pq.read_metadata(place).num_rows == file.rows, place
            assert sha256(place) == file.sha256, place


def imported(path: Path, acknowledged: int, started: int) -> None:
    """The store opens, and holds each file wholly or not at all; the acknowledged ones wholly."""
    with chowk.open(path) as store:
        whole(store)
        ids = Counter(store.arrow("events")["event_id"].to_pylist()) if "events" in store else {}
        rows = store.arrow("products").to_pylist() if "products" in store else []
        accounts = store.manifest.accounts
        quarantine = store.quarantine_path
    assert all(times == 1 for times in ids.values())
    there = Counter(int(event.split("-")[0]) for event in ids)
    accounted = Counter(int(account.file.split("-")[0]) for account in accounts)
    for number in range(started + 1):
        if is_catalogue(number):
            continue
        assert there[number] in ((ROWS,) if number < acknowledged else (0, ROWS)), number
        # In the same rename as the rows: the rows are there when, and only when, it is accounted.
        assert (number in accounted) == (there[number] == ROWS), number
    assert set(there) <= set(range(started + 1))
    prices = {row["price"] for row in rows}
    if rows:
        assert len(rows) == GOODS and len(prices) == 1
        assert prices == {Decimal(max(n for n in accounted if is_catalogue(n)))}
    for account in accounts:
        number = int(account.file.split("-")[0])
        bad = 0 if is_catalogue(number) else BAD
        assert (account.rows_in, account.quarantined) == (rows_in(number), bad)
        if bad:
            with (quarantine / f"{account.import_id}.csv").open(newline="") as handle:
                assert len(list(csv.reader(handle))) == 1 + BAD
    fresh = [a.kept - a.already - a.repeated for a in accounts if a.quarantined]
    assert sum(fresh) == len(ids)


@pytest.mark.kill
def test_imports_killed_anywhere_are_wholly_there_or_not_at_all(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    files, path = tmp_path / "files", tmp_path / "shop"
    files.mkdir()
    chowk.create(path).close()
    number = 0  # the newest file, which the worker is to import last

    def feed(count: int) -> None:
        nonlocal number
        for _ in range(count):
            write_file(files, number)
            number += 1

    with Nursery(tmp_path) as nursery:

        def go(**how: object) -> int:
            """Start where the acknowledged ones end; returns that file."""
            first = committed(nursery)
            nursery.start("import", store=path, folder=files, first=first, **how)
            return first

        # Which syncs and renames an import is made of, and how long three imports take.
        feed(1)
        go(count=True)
        nursery.wait()
        syncs, renames = map(int, nursery.said()[-1].split()[1:])
        counts = {"fsync": syncs, "replace": renames}
        feed(3)
        begin = time.monotonic()
        go()
        nursery.wait()
        life = time.monotonic() - begin
        assert committed(nursery) == number
        assert counts["fsync"] > 5 and counts["replace"] == 2  # quarantine, and the manifest

        for _ in range(IMPORT_MOMENTS):
            feed(6)
            go()
            moment = draw.uniform(0, life)
            time.sleep(moment)
            nursery.kill()
            print(f"killed after {moment:.3f} s of {life:.3f}, {committed(nursery)} acknowledged")
            imported(path, committed(nursery), number - 1)
        go()  # the rest, and whatever may be in already
        nursery.wait()
        assert committed(nursery) == number

        killed = 0
        for call, count in counts.items():
            for nth in range(1, count + 1):
                for when in ("before", "after"):
                    feed(1)
                    if is_catalogue(number - 1):
                        feed(1)
                    place = f"{call}:{when}:{nth}"
                    print("killed at", place)
                    before = committed(nursery)
                    go(die=place)
                    nursery.wait()
                    killed += committed(nursery) < number
                    imported(path, committed(nursery), number - 1)
                    go()
                    nursery.wait()
                    assert before < committed(nursery) == number
        assert nursery.errors() == ""
        assert nursery.kills == IMPORT_MOMENTS and killed >= 2 * sum(counts.values()) - 2

    imported(path, number, number - 1)
    with chowk.open(path) as store:
        assert store.rows("events") == ROWS * sum(not is_catalogue(n) for n in range(number))
        names = {a.import_id for a in store.manifest.accounts if a.quarantined}
        left = {p.name for p in store.quarantine_path.iterdir()}
        assert left == {f"{name}.csv" for name in names}
        # What was killed left nothing that adds up over time.
        assert list((path / ".staging").iterdir()) == []
        assert {p.name for p in (path / "tables").iterdir()} == {
            "manifest.json", "events", "products",
        }  # fmt: skip
        again = [a for a in store.manifest.accounts if a.already]
        print(f"{len(again)} of {len(store.manifest.accounts)} imports were retries of stored rows")
        assert again
