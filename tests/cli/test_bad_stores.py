"""Stores that are damaged, locked, newer or not there, and archives that are no backups."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

import chowk
from chowk.store.disk import write_lock
from cli.conftest import tree

Refused = Callable[..., str]
LINES = "product_id,title,price\na,Lamp,3\n"
IMPORT = ("import", "s", "csv", "f.csv", "--table", "products")
ON_A_STORE = {
    "import": IMPORT,
    "check": ("check", "s"),
    "build": ("build", "s"),
    "report": ("report", "s"),
    "export": ("export", "s", "csv", "out.csv", "--table", "products"),
    "backup": ("backup", "s", "b.tar"),
    "erase-customer": ("erase-customer", "s", "c1", "--yes"),
    "config": ("config", "s"),
    "upgrade": ("upgrade", "s"),
    "serve": ("serve", "s"),
    "key": ("key", "list", "s"),
}


@pytest.mark.parametrize("command", ON_A_STORE)
def test_a_store_that_is_not_there(command: str, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "f.csv").write_text(LINES)
    said = refused(*ON_A_STORE[command], code=2)
    assert said == "There is no store at s (no chowk.toml). Make one with: chowk new s"


@pytest.mark.parametrize("command", ON_A_STORE)
def test_a_store_of_a_newer_format(command: str, store: Path, refused: Refused) -> None:
    (store.parent / "f.csv").write_text(LINES)
    toml = store / "chowk.toml"
    toml.write_text(toml.read_text().replace("format = 1", "format = 99"))
    said = refused(*ON_A_STORE[command], code=2)
    assert said.startswith("s/chowk.toml has format 99;") and said.endswith(
        "Install a newer Chowk."
    )


@pytest.mark.parametrize("command", ON_A_STORE)
def test_a_damaged_manifest(command: str, store: Path, refused: Refused) -> None:
    (store.parent / "f.csv").write_text(LINES)
    (store / "tables" / "manifest.json").write_text('{"format": 1,')
    said = refused(*ON_A_STORE[command], code=1)
    assert said.startswith("s/tables/manifest.json is not a manifest (")
    assert said.endswith("Restore the store from a backup with 'chowk restore'.")


@pytest.mark.parametrize("command", ["import", "check", "export", "backup"])
@pytest.mark.parametrize("how", ["gone", "garbled"])
def test_a_parquet_file_that_is_gone_or_garbled(
    command: str, how: str, store: Path, refused: Refused
) -> None:
    (store.parent / "f.csv").write_text(LINES)
    (file,) = (store / "tables" / "products").rglob("*.parquet")
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")
    said = refused(*ON_A_STORE[command], code=1)
    what = "is missing" if how == "gone" else "does not match its checksum: it was damaged"
    assert said.startswith(f"{file.relative_to(store.parent)} {what}")
    assert re.search("[Rr]estore (it|the store) from", said)


def test_a_damaged_pointer_and_a_damaged_model(built: Path, run: Refused, refused: Refused) -> None:
    model = next((built / "models" / "search").rglob("products.db"))
    sound = model.read_bytes()
    model.write_bytes(b"x")
    said = refused("build", "s", "--only", "related", code=1)
    assert said.startswith(f"{model.relative_to(built.parent)} does not match its checksum")
    assert "Run 'chowk build' again" in said
    model.write_bytes(sound)
    (built / "models" / "current.json").write_text("{")
    record = next((built / "models" / "builds").glob("*.json"))
    record.write_text("{")
    for words in (("report", "s"), ("build", "s", "--only", "search")):
        assert refused(*words, code=1).startswith("s/models/current.json cannot be read")
    # The cure that is named works.
    assert run("build", "s", "--json").code == 0
    assert run("report", "s").code == 0
    assert not record.exists()


def test_a_store_that_another_process_writes(
    store: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chowk.store.importing.run as importing

    (store.parent / "f.csv").write_text(LINES)
    monkeypatch.setitem(importing.import_files.__kwdefaults__, "wait", 0.0)
    program = (
        "import sys\nfrom pathlib import Path\nfrom chowk.store.disk import write_lock\n"
        "with write_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    for lock, words in ((".lock", IMPORT), (".build.lock", ("build", "s"))):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(store / lock)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as holder:
            assert holder.stdout is not None and holder.stdout.readline() == "held\n"
            said = refused(*words, code=2)
            assert said.startswith(f"s is being written by process {holder.pid}. Wait until")
            holder.communicate("")
    with write_lock(store / ".lock"):  # a dead holder has freed it
        pass


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format = 1\ncurrency = \n", "s/chowk.toml is not valid TOML"),
        ('format = 1\ncolour = "red"\n', "s/chowk.toml sets 'colour', which is not a setting"),
        ('format = 1\ncurrency = "EURO"\n', "s/chowk.toml sets currency to 'EURO'; it must be an"),
        (
            "format = 1\n[serve]\nport = 70000\n",
            "s/chowk.toml sets serve.port to 70000; it must be a",
        ),
        ('format = 1\n[serve]\nport = "abc"\n', "s/chowk.toml sets serve.port to 'abc'"),
        ("format = 1\n[serve]\nworkers = 0\n", "workers to 0; it must be a number in [1, 256]"),
        ('format = "x"\n', "s/chowk.toml sets format to 'x'"),
    ],
)
def test_a_bad_setting_in_the_file(text: str, said: str, store: Path, refused: Refused) -> None:
    (store / "chowk.toml").write_text(text)
    assert said in refused("check", "s", code=2)
    assert said in refused("config", "s", code=2)


def test_a_bad_setting_in_the_environment_or_a_flag(
    store: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refused("serve", "s", "--workers", "0", code=2)
    assert said == "flag sets serve.workers to 0; it must be a number in [1, 256]."
    for command in (("serve", "s"), ("demo", "--path", "d")):
        said = refused(*command, "--port", "70000", code=2)
        assert "'--port': 70000 is not in the range 0<=x<=65535" in said
    monkeypatch.setenv("CHOWK_SERVE_PORT", "http")
    said = refused("serve", "s", code=2)
    assert said.endswith("sets serve.port to 'http'; it must be a whole number.")
    monkeypatch.delenv("CHOWK_SERVE_PORT")
    assert "build.seed to -1" in refused("build", "s", "--seed", "-1", code=2)
    assert "engine.url is 'mysql://x'" in refused("build", "s", "--engine", "mysql://x", code=2)
    monkeypatch.setenv("CHOWK_ENGINE_MEMORY_MB", "0")
    said = refused("build", "s", code=2)
    assert said.startswith("environment CHOWK_ENGINE_MEMORY_MB sets engine.memory_mb to '0'")
    assert refused("config", code=2) == said


READ_ONLY = """
import functools, importlib.metadata, os, sys
from chowk.cli import main

# Ibis asks for DuckDB's version at each connection; it is remembered like the modules.
importlib.metadata.version = functools.cache(importlib.metadata.version)

def run(folder):
    os.chdir(folder)
    try:
        main(sys.argv[3:])
    except SystemExit as ended:
        return ended.code

# On a copy first, so that all modules are read while this user may read them.
run(sys.argv[1])
if os.getuid() == 0:  # root may write anywhere
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
print("--", file=sys.stderr, flush=True)
sys.exit(run(sys.argv[2]))
"""


@pytest.mark.parametrize("command", ["import", "check", "build", "backup", "erase-customer"])
def test_a_store_that_may_not_be_written(command: str, store: Path) -> None:
    (store.parent / "f.csv").write_text(LINES)
    words = ON_A_STORE[command]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "closed"
        shutil.copytree(store.parent, folder)
        before = tree(folder)
        paths = [Path(place), folder, *folder.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            done = subprocess.run(
                [sys.executable, "-c", READ_ONLY, str(store.parent), str(folder), *words],
                capture_output=True,
                text=True,
            )
        finally:
            for path in paths:
                path.chmod(0o755 if path.is_dir() else 0o644)
        assert tree(folder) == before
    _, _, said = done.stderr.partition("--\n")
    assert done.returncode == 1, done
    assert said.startswith("chowk: ") and said.count("\n") == 1, said
    assert "Permission denied" in said


def test_nothing_that_could_be_done(store: Path, tmp_path: Path, refused: Refused) -> None:
    (tmp_path / "mine.tar").write_text("mine")
    said = refused("report", "s", code=2)
    assert said == "s has no build yet. Run: chowk build s"
    assert "no system 'sarch'. Systems are:" in refused("build", "s", "--only", "sarch", code=2)
    assert "no system 'sarch'. Systems are:" in refused("build", "s", "--insist", "sarch", code=2)
    said = refused("erase-customer", "s", "ghost", "--yes", code=2)
    assert said == "s holds nothing of a customer 'ghost'. Check the id."
    for empty in ("", " "):
        said = refused("erase-customer", "s", empty, "--yes", code=2)
        assert "the id of a customer" in said
    assert "lies in the store itself" in refused("backup", "s", "s/b.tar", code=2)
    assert "There is no folder no" in refused("check", "s", "--html", "no/a.html", code=2)
    assert "There is no folder no" in refused("report", "s", "--html", "no/a.html", code=2)
    for command in (("check", "s"), ("report", "s")):
        for folder in ("s", "."):
            said = refused(*command, "--html", folder, code=2)
            assert said == f"{folder} is a folder. Name the file that is to be written in it."
    said = refused("serve", "s", "--port", "0", "--host", "no such host", code=2)
    assert "Cannot listen on no such host:0" in said and "with --host" in said
    assert "mine.tar is there already" in refused("backup", "s", "mine.tar", code=2)
    assert "There is no folder no" in refused("backup", "s", "no/b.tar", code=2)
    assert "There is no backup none.tar" in refused("restore", "none.tar", "r", code=2)
    assert "mine.tar is not a whole backup" in refused("restore", "mine.tar", "r", code=1)
    assert "s is there and not empty" in refused("restore", "mine.tar", "s", code=2)
    assert "s is there and not empty" in refused("new", "s", code=2)
    assert "--currency sets currency to 'EURO'" in refused("new", "n", "--currency", "EURO", code=2)
    assert "--time-zone sets time_zone" in refused("new", "n", "--time-zone", "Mars/One", code=2)
    assert "There is no export 'xls'" in refused("export", "s", "xls", "o", code=2)
    assert "needs --table" in refused("export", "s", "csv", "o", code=2)
    assert "no table 'nope'" in refused("export", "s", "csv", "o", "--table", "nope", code=2)
    assert "no table 'reviews' yet" in refused(
        "export", "s", "csv", "o", "--table", "reviews", code=2
    )
    assert "There is no folder no" in refused("export", "s", "csv", "no/o", "--table", "products",
                                              code=2)  # fmt: skip
    assert "No such command 'frobnicate'" in refused("frobnicate", code=2)
    assert "There is no file none.csv" in refused("audit", "none.csv", code=2)
    (tmp_path / "junk.csv").write_text("a,b\n1,2\n")
    assert "junk.csv: it is not clear what this is" in refused("audit", "junk.csv", code=1)


def test_an_empty_store_has_nothing_to_build(run: Refused, refused: Refused) -> None:
    assert run("new", "s").code == 0
    said = refused("build", "s", code=1)
    assert said.startswith("Nothing can be built: search needs products: 0 rows")
    assert said.endswith("Import those tables first.")


def test_a_bad_file_does_not_reach_the_terminal_as_control_codes(
    tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / "junk.csv").write_bytes(b"a\x1b[31m,\x07b\n1,2\n")
    said = refused("audit", "junk.csv", code=1)
    assert all(character.isprintable() for character in said)


def test_a_store_whose_rows_do_not_add_up_fails_the_check(store: Path, run: Refused) -> None:
    (store.parent / "f.csv").write_text(LINES + "b,Oil,-3\n")
    assert run(*IMPORT).code == 0
    assert run("check", "s").code == 0
    assert run("check", "s", "--strict").code == 1
    manifest = store / "tables" / "manifest.json"
    found = json.loads(manifest.read_text())
    found["accounts"][0]["kept"] -= 1
    manifest.write_text(json.dumps(found))
    told = run("check", "s")
    assert told.code == 1 and "f.csv: 2 rows came in" in told.err
    with chowk.open(store) as opened:
        assert opened.rows("products") == 41
