"""Imports, builds and servers are killed with SIGKILL; what was acknowledged is there exactly once.

Half of the kills are at moments drawn over the whole time that the work takes; the other half are
right before and right after a sync or a rename, where a moment drawn at random seldom falls.
"""

from __future__ import annotations

import csv
import os
import random
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import chowk
from chowk import artifacts
from chowk.build import build
from chowk.desk import Desk
from chowk.store.disk import sha256
from chowk.store.store import Store
from chowk.system import system_class, system_names
from kills.nursery import Nursery
from kills.shoppers import START, Server, Shopper, ask, eventually
from small_store import small_store

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
            feed(max(0, committed(nursery) + 30 - number))  # more than it can do in that time
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
        # A folder whose maker was killed before it could hold it is left alone for a while.
        for left in (path / ".staging").iterdir():
            os.utime(left, (0, 0))
        feed(3)
        go()
        nursery.wait()
        assert list((path / ".staging").iterdir()) == []
        assert nursery.errors() == ""
        assert nursery.kills == IMPORT_MOMENTS and killed >= 2 * sum(counts.values()) - 2

    imported(path, number, number - 1)
    with chowk.open(path) as store:
        assert store.rows("events") == ROWS * sum(not is_catalogue(n) for n in range(number))
        names = {a.import_id for a in store.manifest.accounts if a.quarantined}
        left = {p.name for p in store.quarantine_path.iterdir()}
        assert left == {f"{name}.csv" for name in names}
        # What was killed left nothing that adds up over time.
        assert {p.name for p in (path / "tables").iterdir()} == {
            "manifest.json", "events", "products",
        }  # fmt: skip
        again = [a for a in store.manifest.accounts if a.already]
        print(f"{len(again)} of {len(store.manifest.accounts)} imports were retries of stored rows")
        assert again


# -- building -------------------------------------------------------------------------------------

BUILD_MOMENTS = 10


def built(nursery: Nursery) -> list[str]:
    """The builds that were acknowledged, oldest first."""
    return [line.split()[1] for line in nursery.said() if line.startswith("built")]


def serves(path: Path, acknowledged: list[str]) -> str:
    """The store serves a whole build that answers, never an older one; returns its name."""
    with chowk.open(path) as store:
        whole(store)
        record = artifacts.current(store.models_path)
        if record is None:
            assert acknowledged == []
            return ""
        assert [b.name for b in record.systems] == system_names()
        kept = artifacts.builds(store.models_path)
        assert record in kept
        for made in kept:
            for part in made.systems:
                if part.folder:
                    artifacts.verify(store.models_path / part.folder)
            for version in made.tables.values():
                for file in version.files:
                    assert sha256(path / "tables" / file.path) == file.sha256
        models = {
            part.name: system_class(part.name).load(store.models_path / part.folder)
            for part in record.systems
            if part.folder
        }
    found = models["search"].engine_.search("red mug", k=3)
    assert found.hits[0].product_id == "mug-red"
    models["search"].close()
    near = dict(models["related"].recommend(["mug-red"], k=5)[0])
    assert len(near) == 5 and "mug-red" not in near
    if acknowledged:
        # Names begin with the second; those of one second differ in a random tail.
        assert record.build[:15] >= acknowledged[-1][:15]
        place = {made.build: n for n, made in enumerate(kept)}
        assert place[record.build] >= place[acknowledged[-1]]
    return record.build


@pytest.mark.kill
def test_builds_killed_anywhere_leave_the_last_good_one_served(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    path = tmp_path / "shop"
    small_store(path, orders=400, days=30).close()
    with Nursery(tmp_path) as nursery:

        def go(times: int, **how: object) -> None:
            nursery.start("build", store=path, times=times, **how)

        def stopped() -> str:
            return serves(path, built(nursery))

        # Before there is a first build there is none.
        go(1, die="replace:before:1")
        nursery.wait()
        assert stopped() == ""

        go(2, count=True)
        nursery.wait()
        assert len(built(nursery)) == 2
        renames = int(nursery.said()[-1].split()[2]) // 2
        begin = time.monotonic()
        go(1)
        nursery.wait()
        life = 1.2 * (time.monotonic() - begin)  # the first may be done before it is killed

        for _ in range(BUILD_MOMENTS):
            go(10**6)
            moment = draw.uniform(0, life)
            time.sleep(moment)
            nursery.kill()
            print(f"killed after {moment:.3f} s of {life:.3f}, {len(built(nursery))} acknowledged")
            stopped()

        # A model's seal, the tables, the record of the build, and the pointer to it.
        moved = 0
        for nth, when in [(1, "after"), *((n, w) for n in range(renames - 2, renames + 1)
                                          for w in ("before", "after"))]:  # fmt: skip
            before = stopped()
            go(1, die=f"replace:{when}:{nth}")
            nursery.wait()
            print(f"killed at replace:{when}:{nth} of {renames}")
            # The pointer is the last of the renames: only when it is done is the build served.
            assert (stopped() != before) == ((nth, when) == (renames, "after"))
            moved += stopped() != before
        assert moved == 1 and nursery.errors() == ""
        assert nursery.kills == BUILD_MOMENTS

        go(4)  # as many as are kept, and one
        nursery.wait()
        assert stopped() == built(nursery)[-1]
        for left in path.glob(".staging/*"):
            os.utime(left, (0, 0))
        go(1)
        nursery.wait()
        assert list(path.glob(".staging/*")) == []
    kept = 3  # the default of build.keep
    assert (
        len(list(path.glob("models/search/*"))) == len(list(path.glob("models/related/*"))) == kept
    )
    assert list(path.glob("models/.*")) == list(path.glob("models/builds/.*")) == []


# -- serving --------------------------------------------------------------------------------------

SERVER_KILLS, SHOPPERS = 10, 3


@pytest.mark.kill
def test_a_server_killed_at_any_moment_keeps_every_acknowledged_event_once(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    path = tmp_path / "shop"
    with small_store(path, orders=400, days=30) as store:
        build(store, insist=("search", "related"))
        before = set(store.arrow("events")["event_id"].to_pylist())
    with Desk.open(path / "desk.db") as desk:
        key = desk.create_key("shop front", "shop", actor="cli")[1]
    stop = threading.Event()
    server = Server(path, tmp_path / "errors")
    shoppers = [Shopper(f"shopper{n}", server, key, stop, "pen-red") for n in range(SHOPPERS)]
    answered = 0
    try:
        begin = time.monotonic()
        server.start()
        assert server.ready(START)
        # Starting, and then a second and a half of answering.
        life = time.monotonic() - begin + 1.5
        for shopper in shoppers:
            shopper.start()
        for number in range(SERVER_KILLS):
            moment = draw.uniform(0, life)
            # Killed while it starts, or, every other time, when it has answered for a while.
            if number % 2:
                server.ready(moment)
            else:
                assert server.ready(START)
                status, answer = ask(server.url, "GET", "/v1/search?q=red%20mug&k=1", key)
                assert status == 200, answer
                assert answer["hits"][0]["product_id"] == "mug-red"
                answered += 1
                time.sleep(moment / life)
            server.kill()
            sent = sum(len(shopper.acknowledged) for shopper in shoppers)
            print(f"killed at {moment:.3f} of {life:.3f} s, {sent} events acknowledged")
            server.start()
        assert server.ready(START)
        sent = sum(len(shopper.acknowledged) for shopper in shoppers)
        assert eventually(lambda: sum(len(s.acknowledged) for s in shoppers) >= sent + 30)
        stop.set()
        for shopper in shoppers:
            shopper.join()
    finally:
        stop.set()
        server.close()
    assert [wrong for shopper in shoppers for wrong in shopper.wrong] == []

    with chowk.open(path) as store:
        build(store, insist=("search", "related"))
        held = Counter(store.refresh().arrow("events")["event_id"].to_pylist())
        (account,) = [a for a in store.manifest.accounts if a.format == "journal"]
    assert [event for event, times in held.items() if times > 1] == []
    acknowledged = {event for shopper in shoppers for event in shopper.acknowledged}
    assert len(acknowledged) == sum(len(shopper.acknowledged) for shopper in shoppers)
    assert before | acknowledged <= set(held)
    tried = {event for shopper in shoppers for event in shopper.tried}
    assert set(held) - before <= tried
    assert len(tried - acknowledged) <= 3 * SHOPPERS  # the call that each one had under way
    assert (account.kept, account.quarantined) == (len(held) - len(before), 0)
    # The test did what it says.
    assert server.kills == SERVER_KILLS + 1 and answered == SERVER_KILLS // 2
    assert sum(shopper.retries for shopper in shoppers) > 0
    assert sum(shopper.repeated for shopper in shoppers) > 0
    print(len(acknowledged), "acknowledged,", sum(s.retries for s in shoppers), "retries")
