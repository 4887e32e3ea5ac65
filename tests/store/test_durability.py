"""What is acknowledged is on the disk: the order of writes, syncs and renames, as it happens."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chowk.journal import Entry, Journal, fold
from chowk.store.disk import write_atomic
from chowk.store.store import Store
from servers.rule import missing

# -- the tables -----------------------------------------------------------------------------------


class Log:
    """The syncs and renames of this process, in order, by inode and by path."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, int | Path]] = []
        fsync, replace = os.fsync, os.replace

        def logged_sync(handle: int) -> None:
            fsync(handle)
            self.calls.append(("sync", os.fstat(handle).st_ino))

        def logged_replace(source: Any, target: Any, **how: Any) -> None:
            self.calls.append(("replace", os.stat(source).st_ino))
            replace(source, target, **how)
            self.calls.append(("renamed", Path(target)))

        monkeypatch.setattr(os, "fsync", logged_sync)
        monkeypatch.setattr(os, "replace", logged_replace)

    def at(self, what: str, which: int | Path) -> int:
        """The last place of a call."""
        return max(n for n, call in enumerate(self.calls) if call == (what, which))

    def first(self, what: str, path: Path) -> int:
        """The first place of a call on the file or folder at `path`."""
        return self.calls.index((what, path.stat().st_ino))


def test_a_file_is_synced_before_its_rename_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(monkeypatch)
    path = tmp_path / "a.json"
    write_atomic(path, b"new")
    file, folder = path.stat().st_ino, tmp_path.stat().st_ino
    assert log.calls == [
        ("sync", file),
        ("replace", file),
        ("renamed", path),
        ("sync", folder),
    ]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "a.json"
    write_atomic(path, b"old")

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"] and path.read_bytes() == b"old"


def test_every_file_and_folder_is_synced_before_the_manifest_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = {"session_id": "s", "kind": "view_item"}
    days = [datetime(2026, 5, day, tzinfo=UTC) for day in (1, 1, 2, 3)]
    events = [{"event_id": str(n), "ts": ts, **event} for n, ts in enumerate(days)]
    with Store.create(tmp_path / "shop") as store:
        tables = store.path / "tables"
        store.write("products", [{"product_id": "p", "title": "T"}])
        before = set(tables.rglob("*"))
        log = Log(monkeypatch)
        with store.transaction() as change:
            change.append("events", events)
            change.upsert("products", [{"product_id": "q", "title": "U"}])
            assert not [call for call in log.calls if call[0] == "renamed"]
        manifest = log.at("renamed", store.manifest_path)
        written = [path for name in store.tables() for path in store.files(name)]
        assert len(written) == 3 + 1 and not set(written) & before
        for path in written:
            for part in (path, path.parent, path.parent.parent, tables):
                assert log.first("sync", part) < manifest, part
        assert log.first("sync", store.manifest_path) < manifest
        assert log.calls[manifest + 1 :] == [("sync", tables.stat().st_ino)]


def test_a_fold_syncs_what_it_writes_before_the_position_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = Entry.checked("product", {"product_id": "ghost", "price": 1})
    row = {"event_id": "e", "ts": "2026-05-01T00:00:00Z", "session_id": "s", "kind": "view_item"}
    with Store.create(tmp_path / "shop") as store, Journal.of(store) as journal:
        journal.append([Entry.checked("event", row), bad])
        log = Log(monkeypatch)
        with store.transaction() as change:
            folded = fold(change, journal, 0)
        assert store.refresh().manifest.journal == 2
        manifest = log.at("renamed", store.manifest_path)
        quarantine = store.quarantine_path / folded.quarantine
        for path in (*store.files("events"), quarantine, store.quarantine_path):
            assert log.first("sync", path) < manifest, path


# -- the journal ----------------------------------------------------------------------------------


def test_the_connection_that_writes_syncs_each_commit(tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as journal:
        journal.append([Entry("event", "e", {})])
        sql = journal._home._writer  # type: ignore[attr-defined]
        assert sql.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert sql.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert sql.execute("PRAGMA fullfsync").fetchone() == (1,)


APPENDS = 5
PROGRAM = """
import os, sys
from chowk.journal import Entry, Journal
with Journal.open(sys.argv[1]) as journal:
    for number in range(int(sys.argv[3])):
        os.write(1, b"send")
        journal.append([Entry("event", f"{sys.argv[2]}-{number}", {"event_id": "x"})])
        os.write(1, b"ack")
"""


def traced(folder: Path, *words: str) -> list[tuple[str, str]]:
    """The finished system calls of a Python program, each with the path or the text it is about."""
    strace = shutil.which("strace")
    if strace is None:
        missing("This test needs strace", "apt-get install strace")
    out = folder / "trace"
    calls = "trace=fsync,fdatasync,pwrite64,write,openat"
    command = [strace, "-f", "-y", "-e", calls, "-o", str(out), sys.executable, "-c", *words]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    found = []
    begun: dict[str, str] = {}
    for line in out.read_text("utf-8", "replace").splitlines():
        process, _, text = line.partition(" ")
        text = text.strip()
        if text.endswith("<unfinished ...>"):
            begun[process] = text.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>", text):
            text = begun.pop(process) + text[resumed.end() :]
        if not re.search(r"\) += \d+", text):
            continue
        name, _, rest = text.partition("(")
        if name == "openat":
            if "O_CREAT" in rest:
                found.append(("create", rest.split('"')[1]))
        elif name == "write" and rest.startswith("1<"):
            found.append(("say", rest.split('"')[1]))
        elif path := re.match(r"\d+<([^>]*)>", rest):
            found.append((name.replace("fdatasync", "fsync"), path[1]))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")
def test_each_acknowledged_append_was_written_and_then_synced(tmp_path: Path) -> None:
    place = tmp_path.resolve() / "journal.db"
    log = f"{place}-wal"
    for session in ("first", "second"):  # the second one finds the file, and makes a new log
        calls = traced(tmp_path, PROGRAM, str(place), session, str(APPENDS))
        says = [n for n, call in enumerate(calls) if call[0] == "say"]
        assert [calls[n][1] for n in says] == ["send", "ack"] * APPENDS
        for sent, acknowledged in zip(says[::2], says[1::2], strict=True):
            between = calls[sent:acknowledged]
            written = [n for n, call in enumerate(between) if call == ("pwrite64", log)]
            synced = [n for n, call in enumerate(between) if call == ("fsync", log)]
            assert written and synced
            assert written[-1] < synced[-1]
        named = calls.index(("create", log))
        assert ("fsync", str(place.parent)) in calls[named : says[1]]


def test_a_log_left_by_a_killed_process_is_synced_before_it_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "journal.db"
    with Journal.open(place) as journal:
        journal.append([Entry("event", "e", {})])
        for suffix in ("", "-wal"):  # what a killed process leaves
            shutil.copy(f"{place}{suffix}", f"{tmp_path / 'left.db'}{suffix}")
    left = tmp_path / "left.db-wal"
    log = Log(monkeypatch)
    inode = left.stat().st_ino
    with Journal.open(tmp_path / "left.db") as journal:
        assert ("sync", inode) in log.calls
        assert journal.append([Entry("event", "e", {})]).repeated == 1
