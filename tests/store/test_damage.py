"""A file of the store is damaged or gone: whoever stumbles over it is told which one."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

import chowk
from chowk.build import build
from chowk.errors import BuildError, SettingsError, StoreDamagedError, StoreVersionError
from chowk.store.upgrade import upgrade
from small_store import small_store

EVENT = {"event_id": "x", "ts": "2024-06-02T00:00:00Z", "session_id": "s", "kind": "view_item"}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "shop"
    small_store(path, orders=60, days=12).close()
    return path


@pytest.fixture
def shop(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "shop")
    return tmp_path / "shop"


def a_file(shop: Path, table: str) -> Path:
    return sorted((shop / "tables" / table).rglob("*.parquet"))[0]


def garbled(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8 : len(content) // 2] = b"\xff" * (len(content) // 2 - 8)
    path.write_bytes(content)


def test_a_garbled_file_is_named_by_reader_writer_and_build(shop: Path) -> None:
    file = a_file(shop, "products")
    garbled(file)
    said = f"{file} does not match its checksum"
    with pytest.raises(StoreDamagedError) as caught, chowk.open(shop) as store:
        store.arrow("products")
    assert str(caught.value).startswith(said)
    before = (shop / "tables" / "manifest.json").read_bytes()
    folders = set((shop / "tables" / "products").iterdir())
    with pytest.raises(StoreDamagedError) as caught, chowk.open(shop) as store:
        store.write("products", [{"product_id": "new", "title": "New"}])
    assert str(caught.value).startswith(said)
    with pytest.raises((BuildError, StoreDamagedError)) as failed, chowk.open(shop) as store:
        build(store)
    assert said in str(failed.value) and "\n" not in str(failed.value)
    assert (shop / "tables" / "manifest.json").read_bytes() == before
    assert set((shop / "tables" / "products").iterdir()) == folders


def test_a_missing_file_is_named_by_a_writer_too(shop: Path) -> None:
    file = a_file(shop, "events")
    file.unlink()
    with pytest.raises(StoreDamagedError) as caught, chowk.open(shop) as store:
        store.write("events", [EVENT])
    assert str(caught.value).startswith(f"{file} is missing")


def test_an_engine_error_on_sound_files_is_not_blamed_on_them(shop: Path) -> None:
    with (
        pytest.raises(duckdb.Error, match="no_such_function"),
        chowk.open(shop) as store,
        store.transaction() as change,
    ):
        change.sql.execute("SELECT no_such_function()")


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("format = \n", SettingsError, "is not valid TOML"),
        ('format = "x"\n', SettingsError, "sets format to 'x'"),
        ("format = true\n", SettingsError, "sets format to True"),
        ("format = 9\n", StoreVersionError, "has format 9"),
    ],
)
def test_a_declared_format_that_is_none_is_said_by_opening_and_upgrading(
    shop: Path, text: str, error: type[Exception], said: str
) -> None:
    (shop / "chowk.toml").write_text(text)
    for act in (chowk.open, upgrade):
        with pytest.raises(error, match=said):
            act(shop)


def test_upgrade_does_not_call_a_newer_or_damaged_manifest_fine(shop: Path) -> None:
    manifest = shop / "tables" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 9'))
    with pytest.raises(StoreVersionError, match="has format 9"):
        upgrade(shop)
    manifest.write_text("{")
    with pytest.raises(StoreDamagedError, match="is not a manifest"):
        upgrade(shop)
