"""A backup is the whole store or no backup; what is restored answers as what was backed up."""

from __future__ import annotations

import io
import shutil
import tarfile
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import chowk
from chowk import artifacts
from chowk.backup import back_up, restore
from chowk.build import build
from chowk.desk import Desk
from chowk.errors import InputError, StoreDamagedError, StoreExistsError
from chowk.journal import Entry, Journal
from chowk.store.importing.format import Options
from chowk.store.importing.run import import_files
from chowk.store.store import Store
from chowk.system import system_class
from small_store import small_store

QUERIES = ("red mug", "blue tent", "pen", "lamp bulb")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built store with a desk, a journal, quarantined rows, and a picture."""
    path = tmp_path_factory.mktemp("backup") / "shop"
    lines = path.with_name("lines.csv")
    lines.write_text("product_id,title,price\nclock,Clock,5\nbell,Bell,-1\n")
    with small_store(path, orders=150, days=30) as store:
        import_files(store, "csv", [lines], Options(table="products"))
        build(store)
        with Journal.of(store) as journal:
            journal.append([event("live")])
    with Desk.open(path / "desk.db") as desk:
        desk.create_key("shop front", "shop", actor="cli")
    (path / "images").mkdir()
    (path / "images" / "p.png").write_bytes(b"\x89PNG")
    return path


@pytest.fixture
def archive(shop: Path, tmp_path: Path) -> Path:
    file = tmp_path / "shop.tar"
    with chowk.open(shop) as store:
        assert back_up(store, file) == file.stat().st_size
    return file


def event(name: str) -> Entry:
    row = {"event_id": name, "ts": "2026-05-01T00:00:00Z", "session_id": "s", "kind": "view_item"}
    return Entry.checked("event", row)


def rows(store: Store, name: str) -> Counter[str]:
    """A table's rows, in no order."""
    return Counter(map(repr, store.arrow(name).to_pylist()))


def answers(store: Store) -> list[object]:
    """What the served models say."""
    record = artifacts.current(store.models_path)
    assert record is not None
    said: list[object] = [record.build]
    for part in record.systems:
        if not part.folder:
            continue  # the store has no tables for it
        folder = store.models_path / part.folder
        artifacts.verify(folder)
        model = system_class(part.name).load(folder)
        if part.name == "search":
            for query in QUERIES:
                hits = model.engine_.search(query, k=10).hits
                said.append([(hit.product_id, hit.score) for hit in hits])
            model.close()
        elif part.name == "journey":
            said.append(model.next(["mug-red", "tent-blue"], 10))
        else:
            said.append(model.recommend(["mug-red", "tent-blue"], k=10))
    return said


def test_a_restored_store_is_equal_and_answers_the_same(shop: Path, archive: Path) -> None:
    made = archive.parent / "restored"
    with chowk.open(shop) as old, restore(archive, made) as new:
        assert new.manifest == old.manifest
        assert new.tables() == old.tables() != []
        for name in old.tables():
            assert rows(new, name) == rows(old, name)
        assert answers(new) == answers(old)
        with Journal.of(new) as journal:
            assert [row.key for row in journal.read(0, 10)] == ["live"]
        build(new)
        assert "live" in new.arrow("events")["event_id"].to_pylist()
    with Desk.open(made / "desk.db") as desk:
        keys = desk.keys()
        assert [key.name for key in keys] == ["shop front"]
        assert desk.verify_audit() > 0
    assert (made / "images" / "p.png").read_bytes() == b"\x89PNG"
    (held,) = (made / "quarantine").iterdir()
    assert "bell" in held.read_text()
    assert sorted(p.name for p in archive.parent.iterdir()) == ["restored", "shop.tar"]


def test_a_backup_taken_while_others_write_is_one_moment_of_the_store(
    shop: Path, tmp_path: Path
) -> None:
    """Events are written a commit each, and live ones appended; every backup holds a prefix."""
    path = tmp_path / "shop"
    shutil.copytree(shop, path)
    stop, commits, live = threading.Event(), [0], [0]

    def commit() -> None:
        with chowk.open(path) as store:
            while not stop.is_set():
                row = {**event("x").body, "event_id": f"c{commits[0]}"}
                with store.transaction(wait=30) as change:
                    change.append("events", [row])
                commits[0] += 1
                time.sleep(0.1)  # the lock is no queue: who waits looks every 50 ms

    def append() -> None:
        with chowk.open(path) as store, Journal.of(store) as journal:
            while not stop.is_set():
                journal.append([event(f"j{live[0]}")])
                live[0] += 1

    writers = [threading.Thread(target=work) for work in (commit, append)]
    for writer in writers:
        writer.start()
    try:
        for number in range(4):
            committed, appended = commits[0], live[0]
            with chowk.open(path) as store:
                back_up(store, tmp_path / f"{number}.tar")
            with restore(tmp_path / f"{number}.tar", tmp_path / f"r{number}") as new:
                ids = new.arrow("events")["event_id"].to_pylist()
                ours = Counter(i for i in ids if i.startswith("c"))
                assert ours == Counter(f"c{n}" for n in range(len(ours)))
                assert len(ours) >= committed
                with Journal.of(new) as journal:
                    rows = [r.key for r in journal.read(0, 10**6)]
                assert rows == ["live", *(f"j{n}" for n in range(len(rows) - 1))]
                assert len(rows) > appended
                answers(new)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert commits[0] > 0 and live[0] > 0


def test_a_build_that_is_running_is_left_out(shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "shop"
    shutil.copytree(shop, path)
    half = path / "models" / "search" / "20990101T000000-aaaaaa"
    half.mkdir()
    (half / "half").write_text("half")
    with chowk.open(path) as store:
        back_up(store, tmp_path / "a.tar")
    with restore(tmp_path / "a.tar", tmp_path / "new") as new:
        assert not (new.models_path / "search" / half.name).exists()
        answers(new)


@pytest.mark.parametrize("how", ["gone", "garbled"])
def test_no_backup_is_made_of_a_damaged_store(shop: Path, tmp_path: Path, how: str) -> None:
    path = tmp_path / "shop"
    shutil.copytree(shop, path)
    file = sorted((path / "tables" / "events").rglob("*.parquet"))[0]
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(b"PAR1")
    with chowk.open(path) as store, pytest.raises(StoreDamagedError, match=file.name):
        back_up(store, tmp_path / "a.tar")
    assert [p.name for p in tmp_path.iterdir()] == ["shop"]


def test_a_backup_writes_over_nothing(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("mine")
    with chowk.open(shop) as store:
        with pytest.raises(InputError, match="is there already"):
            back_up(store, tmp_path / "a.tar")
        with pytest.raises(InputError, match="There is no folder"):
            back_up(store, tmp_path / "no" / "a.tar")
    assert (tmp_path / "a.tar").read_text() == "mine"


# -- archives that are no backups -----------------------------------------------------------------


def refused(archive: Path, said: str) -> None:
    """Restoring it says so, and leaves nothing."""
    folder = archive.parent
    before = {p.name: p.stat().st_mtime_ns for p in folder.iterdir()}
    with pytest.raises(StoreDamagedError, match=said) as caught:
        restore(archive, folder / "new")
    assert "\n" not in str(caught.value)
    assert {p.name: p.stat().st_mtime_ns for p in folder.iterdir()} == before


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    made = tarfile.TarInfo(name)
    made.type = kind
    content = b"x" if kind == tarfile.REGTYPE else b""
    made.size = len(content)
    if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        made.linkname = "/etc/passwd"
    return made, content


@pytest.mark.parametrize(
    "evil",
    [
        member("../evil"),
        member("/tmp/evil"),
        member("tables/../../evil"),
        member("link", tarfile.SYMTYPE),
        member("link", tarfile.LNKTYPE),
        member("device", tarfile.CHRTYPE),
        member("folder", tarfile.DIRTYPE),
    ],
    ids=lambda found: found[0].name + str(found[0].type),
)
def test_an_archive_that_reaches_outside_is_refused(
    archive: Path, evil: tuple[tarfile.TarInfo, bytes]
) -> None:
    with tarfile.open(archive, "a") as tar:
        tar.addfile(evil[0], io.BytesIO(evil[1]))
    refused(archive, "which no backup does")


def test_a_file_without_a_checksum_is_refused(archive: Path) -> None:
    with tarfile.open(archive, "a") as tar:
        tar.addfile(member("extra.txt")[0], io.BytesIO(b"x"))
    refused(archive, "holds 'extra.txt'")


def test_a_damaged_byte_anywhere_is_found(archive: Path) -> None:
    """Of every member one byte in the middle of its content is turned."""
    with tarfile.open(archive) as tar:
        places = [(m.name, m.offset_data + m.size // 2) for m in tar if m.size]
    whole = archive.read_bytes()
    assert len(places) > 20
    for _, place in places:
        garbled = bytearray(whole)
        garbled[place] ^= 0x55
        archive.write_bytes(garbled)
        refused(archive, "backup|checksum")
    assert {"tables/manifest.json", "chowk.toml", "desk.db", "journal.db"} <= {n for n, _ in places}


def test_an_archive_that_was_cut_off_is_refused(archive: Path) -> None:
    whole = archive.read_bytes()
    with tarfile.open(archive) as tar:
        ends = [m.offset for m in tar][1:]
    for end in (0, 100, *ends[:: max(1, len(ends) // 12)], ends[-1]):
        archive.write_bytes(whole[:end])
        refused(archive, "not a whole backup")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    file.write_text("product_id,title\n" * 200)
    refused(file, "not a whole backup")
    with pytest.raises(InputError, match="There is no backup"):
        restore(tmp_path / "none.tar", tmp_path / "new")


def test_a_restore_writes_over_nothing(archive: Path) -> None:
    there = archive.parent / "there"
    there.mkdir()
    restore(archive, there).close()  # an empty folder is no store
    before = sorted(there.rglob("*"))
    with pytest.raises(StoreExistsError, match="not empty"):
        restore(archive, there)
    assert sorted(there.rglob("*")) == before


@pytest.mark.parametrize("name", ["shop #1", "a?b", "100%41", "दुकान [neu]"])
def test_the_desk_and_the_journal_are_backed_up_whatever_the_folder_is_called(
    tmp_path: Path, name: str
) -> None:
    with chowk.create(tmp_path / name / "shop") as store:
        with Journal.of(store) as journal:
            journal.append([event("live")])
        with Desk.open(store.path / "desk.db") as desk:
            key, _ = desk.create_key("shop front", "shop", actor="cli")
        back_up(store, tmp_path / "shop.tar")
    assert {path.name for path in tmp_path.iterdir()} == {name, "shop.tar"}
    with restore(tmp_path / "shop.tar", tmp_path / "again") as store:
        with Journal.of(store) as journal:
            assert [row.key for row in journal.read(after=0)] == ["live"]
        with Desk.open(store.path / "desk.db") as desk:
            held = desk.keys()
        assert [one.key_id for one in held] == [key.key_id]
