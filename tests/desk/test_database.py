"""Opening a desk: made once, migrated, safe on disk; whatever is wrong is said in one sentence."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
import subprocess
import sys

import pytest
import sqlalchemy as sa

from chowk.desk import Desk, migrations, tables
from chowk.desk.database import Database
from chowk.errors import DeskError, MissingExtraError


def shape(engine_or_connection) -> dict:
    """Tables, columns, keys and indexes, as a database has them."""
    seen = sa.inspect(engine_or_connection)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(name)],
            seen.get_pk_constraint(name)["constrained_columns"],
            sorted(
                (tuple(k["constrained_columns"]), k["referred_table"])
                for k in seen.get_foreign_keys(name)
            ),
            sorted(
                (i["name"], tuple(i["column_names"]))
                for i in seen.get_indexes(name)
                if not i.get("duplicates_constraint")
            ),
            sorted(tuple(u["column_names"]) for u in seen.get_unique_constraints(name)),
        )
        for name in seen.get_table_names()
        if name != tables.VERSION_TABLE
    }


def test_the_migrations_make_what_the_tables_say(desk):
    with desk._database.write() as connection:
        made = shape(connection)
        for name in made:
            cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
            if connection.dialect.name == "sqlite":
                connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
            connection.execute(sa.text(f"DROP TABLE {name}{cascade}"))
        tables.metadata.create_all(connection)
        assert made == shape(connection)
        assert sorted(made) == sorted(tables.metadata.tables)


def test_the_newest_script_is_the_newest_revision():
    from alembic.script import ScriptDirectory

    folder = migrations._FOLDER
    scripts = ScriptDirectory(folder, version_locations=[folder / "versions"])
    assert scripts.get_heads() == [migrations.NEWEST]
    assert scripts.get_bases() == ["0001"]


def test_it_is_there_again_when_it_is_opened_again(place):
    with Desk.open(place) as desk:
        _, secret = desk.create_key("x", "shop", actor="cli")
        row = desk.record(actor="asha", action="a", subject="b", reason="c")
    with Desk.open(place) as desk:
        assert desk.check_key(secret).name == "x"
        assert desk.audit(after=1) == [row]
        assert desk.verify_audit() == 2


def test_opening_a_current_desk_does_not_load_alembic(place):
    Desk.open(place).close()
    script = (
        "import sys; from chowk.desk import Desk; Desk.open(sys.argv[1]).close(); "
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, place], check=True)


def test_importing_chowk_does_not_load_the_desk():
    script = "import sys, chowk; assert 'sqlalchemy' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_several_processes_make_a_new_desk_at_once(place):
    script = (
        "import sys; from chowk.desk import Desk\n"
        "sys.stdin.readline()\n"
        "with Desk.open(sys.argv[1]) as d: d.create_key('x', 'shop', actor='cli')"
    )
    command = [sys.executable, "-W", "error", "-c", script, place]
    racers = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(4)]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"\n")
        racer.stdin.flush()
    assert [racer.communicate(timeout=60) and racer.returncode for racer in racers] == [0] * 4
    with Desk.open(place) as desk:
        assert len(desk.keys()) == 4 == desk.verify_audit()


def test_a_newer_desk_is_refused(place):
    with Desk.open(place) as desk, desk._database.write() as connection:
        connection.execute(sa.text("UPDATE desk_version SET version_num = '9999'"))
    with pytest.raises(DeskError, match=r"schema 9999, which this Chowk \(schema 0002\)"):
        Desk.open(place)


def test_a_migration_that_dies_leaves_nothing(place, monkeypatch):
    from alembic.operations import Operations

    def die(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Operations, "bulk_insert", die)
        with pytest.raises(KeyboardInterrupt):
            Desk.open(place)
    engine = sa.create_engine(
        place.replace("postgresql:", "postgresql+psycopg:")
        if "://" in place
        else f"sqlite:///{place}"
    )
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    Desk.open(place).close()


def test_commits_are_synced(tmp_path):
    database = Database(tmp_path / "desk.db")
    with database.read() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert pragma == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_a_writer_has_the_lock_from_its_first_word(tmp_path):
    database = Database(tmp_path / "desk.db")
    other = sqlite3.connect(tmp_path / "desk.db", timeout=0, isolation_level=None)
    with database.write():
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("SELECT count(*) FROM desk_keys").fetchone()  # readers never wait
    other.close()
    database.close()


def test_a_reader_sees_one_state(place):
    with Desk.open(place) as desk:
        desk.create_key("x", "shop", actor="cli")
        with desk._database.read() as connection:
            count = sa.select(sa.func.count()).select_from(tables.keys)
            assert connection.execute(count).scalar() == 1
            desk.create_key("y", "shop", actor="cli")
            assert connection.execute(count).scalar() == 1
        assert len(desk.keys()) == 2


@pytest.mark.parametrize(
    "place_",
    [
        "mysql://u:hunter2@h/d",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h:port/d",
        "sqlite:///:memory:",
        "sqlite://",
        "://",
    ],
)
def test_places_that_are_none(place_):
    with pytest.raises(DeskError, match=r"must|A desk lives in") as caught:
        Desk.open(place_)
    assert "hunter2" not in str(caught.value)


def test_folders_and_files_that_are_no_place(tmp_path):
    with pytest.raises(DeskError, match=r"the folder .*nowhere does not exist\. Make it"):
        Desk.open(tmp_path / "nowhere" / "desk.db")
    with pytest.raises(DeskError, match=r"cannot be opened for writing: Is a directory"):
        Desk.open(tmp_path)
    (tmp_path / "text").write_text("this is no database, " * 100)
    with pytest.raises(DeskError, match="file is not a database"):
        Desk.open(tmp_path / "text")


@pytest.mark.postgres
def test_a_server_that_is_away_or_refuses_is_said_without_the_password(postgres_url):
    _, _, rest = postgres_url.partition("@")
    wrong = secrets.token_hex(8)
    for url in (f"postgresql://chowk:{wrong}@{rest}", f"postgresql://u:{wrong}@127.0.0.1:1/d"):
        with pytest.raises(DeskError, match="could not be used") as caught:
            Desk.open(url)
        assert wrong not in str(caught.value) and "***" in str(caught.value)


def test_without_the_driver_the_install_line_is_given(monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        "chowk.desk.database.importlib.util.find_spec",
        lambda name: None if name == "psycopg" else find(name),
    )
    with pytest.raises(MissingExtraError, match=r"pip install 'chowk\[postgres\]'"):
        Desk.open("postgresql://u:p@127.0.0.1:1/d")


def test_a_hung_writer_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("chowk.desk.database.WAIT", 0.1)
    path = tmp_path / "desk.db"
    with Desk.open(path) as desk:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DeskError, match="held by another writer"):
            desk.create_key("x", "shop", actor="cli")
        other.execute("ROLLBACK")
        other.close()
        desk.create_key("x", "shop", actor="cli")


def test_a_backup_is_a_desk(tmp_path):
    with Desk.open(tmp_path / "desk.db") as desk:
        _, secret = desk.create_key("x", "shop", actor="cli")
        desk.backup(tmp_path / "copy.db")
        desk.create_key("y", "shop", actor="cli")
        with pytest.raises(DeskError, match="File exists"):
            desk.backup(tmp_path / "copy.db")
    assert stat.S_IMODE(os.stat(tmp_path / "copy.db").st_mode) == 0o600
    with Desk.open(tmp_path / "copy.db") as copy:
        assert copy.check_key(secret).name == "x"
        assert copy.verify_audit() == 1


@pytest.mark.postgres
def test_postgresql_is_backed_up_by_its_own_tool(postgres_url, tmp_path):
    with Desk.open(postgres_url) as desk, pytest.raises(DeskError, match="pg_dump"):
        desk.backup(tmp_path / "copy")


def test_a_sqlite_url_is_a_path(tmp_path):
    with Desk.open(f"sqlite:///{tmp_path}/desk.db") as desk:
        assert desk.place == f"{tmp_path}/desk.db"
        desk.create_key("x", "shop", actor="cli")
    assert (tmp_path / "desk.db").is_file()
