"""The store: what is written is read, versions do not move under a reader, one writer at a time."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chowk
from chowk.errors import (
    ParameterError,
    SchemaError,
    SettingsError,
    StoreDamagedError,
    StoreError,
    StoreExistsError,
    StoreLockedError,
    StoreNotFoundError,
    StoreVersionError,
    TableNotFoundError,
)
from chowk.store.disk import clear_dead, working_folder
from chowk.store.transaction import collect

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


def event(n, day=0, **more):
    return {
        "event_id": f"e{n}",
        "ts": NOON + timedelta(days=day),
        "session_id": "s",
        "kind": "view_item",
        **more,
    }


@pytest.fixture
def store(tmp_path):
    with chowk.create(tmp_path / "s") as made:
        yield made


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist, list])
def test_any_frame_is_accepted(store, frame):
    rows = [{"product_id": "p1", "title": "Lamp"}, {"product_id": "p2", "title": "Desk"}]
    assert store.write("products", frame(rows)) == 2
    assert store.arrow("products")["title"].to_pylist() == ["Lamp", "Desk"]


keys = st.sampled_from("abcdef")
writes = st.lists(
    st.tuples(
        st.sampled_from(["append", "upsert", "replace"]), st.dictionaries(keys, st.integers(0, 9))
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(writes)
def test_modes_do_what_a_dictionary_does(tmp_path_factory, steps):
    truth: dict[str, str] = {}
    with chowk.create(tmp_path_factory.mktemp("modes") / "s") as store:
        for mode, rows in steps:
            made = [{"product_id": k, "title": str(v)} for k, v in rows.items()]
            given_rows = {k: str(v) for k, v in rows.items()}
            frame = pa.table(
                {
                    "product_id": pa.array([r["product_id"] for r in made], pa.string()),
                    "title": pa.array([r["title"] for r in made], pa.string()),
                }
            )
            store.write("products", frame, mode)
            if mode == "append":
                truth = {**given_rows, **truth}
            elif mode == "upsert":
                truth = {**truth, **given_rows}
            else:
                truth = given_rows
            found = store.arrow("products").to_pylist() if "products" in store else []
            assert {r["product_id"]: r["title"] for r in found} == truth
            assert store.rows("products") == len(truth)


def test_events_lie_by_day_and_an_append_writes_only_its_own(store):
    store.write("events", [event(n, day=n % 3) for n in range(9)])
    before = set(store.files("events"))
    assert sorted(f.name for f in before) == [f"part-2024-05-0{d}-0.parquet" for d in (1, 2, 3)]
    store.write("events", [event(100, day=1), event(3, day=0)])
    assert before < set(store.files("events")) and len(store.files("events")) == 4
    assert store.rows("events") == 10  # e3 was there


def test_days_of_many_small_files_are_joined(store):
    for n in range(6):
        store.write("events", [event(n, day=0)])
    store.write("events", [event(50, day=1)])
    other = [f for f in store.files("events") if "05-02" in f.name]
    with store.transaction() as change:
        assert change.compact("events") == 6
    assert sorted(f.name for f in store.files("events")) == [
        "part-2024-05-01-0.parquet",
        "part-2024-05-02-0.parquet",
    ]
    assert set(other) < set(store.files("events"))  # a day with few files is left as it is
    found = store.arrow("events")["event_id"].to_pylist()
    assert sorted(found) == sorted([f"e{n}" for n in (*range(6), 50)])
    with store.transaction() as change:
        assert change.compact("events") == 0 and change.compact("products") == 0


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("products", {"title": "La\0mp"}, "products.title must be text without null characters"),
        ("products", {"product_id": "a\0"}, "products.product_id must be text without null"),
        (
            "products",
            {"attributes": {"colour": "r\0d"}},
            "products.attributes must be text without",
        ),
        ("products", {"currency": "XYZ1"}, "products.currency must be an ISO 4217 code.*'XYZ1'"),
        ("products", {"currency": "eur"}, "products.currency must be an ISO 4217 code"),
        ("products", {"product_id": ""}, "products.product_id must be given in every row"),
        ("products", {"product_id": "x" * 513}, "products.product_id must be at most 512"),
        ("products", {"description": "x" * 70_000}, "products.description must be at most 65,536"),
        ("events", {"query": "a\0b"}, "events.query must be text without null characters"),
        ("events", {"currency": "EURO"}, "events.currency must be an ISO 4217 code"),
        ("calendar", {"keywords": ["a", "b\0"]}, "calendar.keywords must be text without null"),
    ],
)
def test_what_an_import_would_not_keep_is_not_written_either(store, table, row, words):
    first = {
        "products": {"product_id": "p", "title": "Lamp", "currency": "EUR"},
        "events": event(1, currency="EUR"),
        "calendar": {"name": "Diwali", "start": NOON.date(), "end": NOON.date(), "keywords": ["a"]},
    }[table]
    with pytest.raises(SchemaError, match=words) as refused:
        store.write(table, [first, {**first, **row}])
    assert "in row 1 instead" in str(refused.value)
    assert table not in store.refresh()
    store.write(table, [first])


def test_half_a_character_is_refused_in_words(store):
    with pytest.raises(chowk.ChowkError, match="half of a character"):
        store.write("products", [{"product_id": "p", "title": "\ud800"}])


@pytest.mark.parametrize("path", [5, None, "", "a\0b"])
def test_a_path_is_a_path(path):
    for verb in (chowk.open, chowk.create):
        with pytest.raises(chowk.ChowkError, match="'path' parameter of"):
            verb(path)


def test_settings_are_a_dict(tmp_path):
    with pytest.raises(chowk.ChowkError, match="'settings' parameter of create must be a dict"):
        chowk.create(tmp_path / "t", "EUR")
    assert not (tmp_path / "t").exists()


def test_a_reader_sees_one_state(store):
    store.write("products", [{"product_id": "a", "title": "Old"}])
    reader = chowk.open(store.path)
    store.write("products", [{"product_id": "a", "title": "New"}])
    assert reader.arrow("products")["title"].to_pylist() == ["Old"]
    assert reader.refresh().arrow("products")["title"].to_pylist() == ["New"]
    reader.close()


def test_a_transaction_commits_all_or_nothing(store):
    version = store.manifest.version
    with pytest.raises(ZeroDivisionError), store.transaction() as change:
        change.write("products", [{"product_id": "a", "title": "x"}])
        raise ZeroDivisionError
    assert store.refresh().manifest.version == version
    assert not list((store.path / "tables").glob("*/*"))
    with store.transaction() as change:
        change.write("products", [{"product_id": "a", "title": "x"}])
        change.write("customers", [{"customer_id": "c"}])
    assert store.tables() == ["products", "customers"]
    assert store.manifest.version == version + 1
    with pytest.raises(StoreError, match="closed"):
        change.write("customers", [{"customer_id": "d"}])


def test_views_cut_in_time(store):
    store.write("events", [event(n, day=n) for n in range(10)])
    store.write("products", [{"product_id": "a", "title": "x"}])
    cut = NOON + timedelta(days=4)
    before, since = store.before(cut), store.since(cut)
    assert (before.rows("events"), since.rows("events")) == (4, 6)
    assert before.rows("products") == since.rows("products") == 1
    assert before.since(NOON + timedelta(days=2)).rows("events") == 2
    assert before.fingerprint("events") != store.fingerprint("events") != ""
    with pytest.raises(TypeError, match="time zone"):
        store.before(datetime(2024, 5, 1))


def test_the_fingerprint_is_of_the_content(tmp_path):
    marks = []
    for n in (1, 2):
        with chowk.create(tmp_path / f"s{n}") as store:
            store.write("products", [{"product_id": "a", "title": "x"}])
            marks.append(store.fingerprint("products"))
            store.write("products", [{"product_id": "a", "title": "y"}])
            assert store.fingerprint("products") != marks[-1]
    assert marks[0] == marks[1]


def test_old_versions_are_collected_unless_pinned(store):
    for title in ("one", "two", "three"):
        store.write("products", [{"product_id": "a", "title": title}])
        if title == "one":
            pinned = store.manifest.tables
    store.settings = type(store.settings)({"store.keep_hours": (0.0, "test")})
    assert collect(store, [pinned]) == 1
    assert len(list((store.path / "tables/products").iterdir())) == 2
    assert collect(store, []) == 1
    assert store.arrow("products")["title"].to_pylist() == ["three"]


def test_young_versions_are_not_collected(store):
    for title in ("one", "two"):
        store.write("products", [{"product_id": "a", "title": title}])
    assert collect(store, []) == 0


HOLD = """
import sys, chowk
with chowk.open(sys.argv[1]).transaction():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_writer_at_a_time_and_a_dead_one_frees_the_lock(store):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreLockedError, match=str(holder.pid)), store.transaction():
            pass
        holder.kill()
    store.write("customers", [{"customer_id": "c"}])
    assert store.rows("customers") == 1


def test_working_folders_of_the_dead_are_cleared(tmp_path):
    with working_folder(tmp_path / "w", "import") as mine:
        (tmp_path / "w" / "newborn").mkdir()
        dead = tmp_path / "w" / "import-dead"
        dead.mkdir()
        (dead / ".held").touch()
        (dead / "half.parquet").touch()
        clear_dead(tmp_path / "w")
        assert mine.is_dir() and not dead.exists()
        assert (tmp_path / "w" / "newborn").is_dir()  # about to be held
    assert not mine.exists()


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([{"product_id": "a"}], "needs the column 'title'"),
        ([{"product_id": "a", "title": None}], "given in every row"),
        ([{"product_id": "a", "title": "x", "colour": "red"}], "no column 'colour'"),
        ([{"product_id": "a", "title": "x", "price": -1}], "at least 0"),
        ([{"product_id": "a", "title": "x", "price": "cheap"}], "must be money"),
        ([{"product_id": "a", "title": "x"}] * 2, "stands 2 times"),
        ([{"product_id": "a", "title": "x", "created_at": datetime(2024, 1, 1)}], "time zone"),
    ],
)
def test_rows_that_break_the_schema(store, rows, word):
    with pytest.raises(SchemaError, match=word):
        store.write("products", rows)
    assert store.refresh().tables() == []


def test_what_is_not_there(store, tmp_path):
    with pytest.raises(TableNotFoundError, match="Import it"):
        store["reviews"]
    with pytest.raises(KeyError, match="Tables are"):
        store["nonsense"]
    with pytest.raises(StoreNotFoundError, match="chowk new"):
        chowk.open(tmp_path / "nowhere")
    with pytest.raises(StoreExistsError, match="not empty"):
        chowk.create(store.path)
    assert store.engine.scalar(store.table("reviews").count()) == 0


@pytest.mark.parametrize("name", [["products"], None, 1, {"products": 1}])
def test_what_names_no_table(store, name):
    assert name not in store
    with pytest.raises(TableNotFoundError, match="Tables are"):
        store.write(name, [{"product_id": "a", "title": "x"}])
    with pytest.raises(TableNotFoundError, match="Tables are"):
        store.table(name)
    with pytest.raises(ParameterError, match="'expression' parameter of arrow"):
        store.arrow(name)


@pytest.mark.parametrize("workers", [1.5, float("inf"), float("nan"), "1.5", True])
def test_a_whole_number_is_one(tmp_path, workers):
    with pytest.raises(SettingsError, match=r"sets serve\.workers to .* whole number"):
        chowk.create(tmp_path / "shop", {"serve.workers": workers})
    with chowk.create(tmp_path / "shop", {"serve.workers": 2.0}) as store:
        assert repr(store.settings["serve.workers"]) == "2"


def test_a_newer_store_is_refused(store):
    toml = store.path / "chowk.toml"
    toml.write_text(toml.read_text().replace("format = 1", "format = 99"))
    with pytest.raises(StoreVersionError, match="Install a newer"):
        chowk.open(store.path)


def test_a_newer_manifest_is_refused(store):
    held = json.loads(store.manifest_path.read_text())
    store.manifest_path.write_text(json.dumps({**held, "format": 99}))
    with pytest.raises(StoreVersionError):
        chowk.open(store.path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "x"}', b"\xff\xfe"])
def test_a_damaged_manifest_says_so(store, content):
    store.manifest_path.write_bytes(content)
    with pytest.raises(StoreDamagedError, match="backup"):
        chowk.open(store.path)


def test_a_missing_file_says_so(store):
    store.write("products", [{"product_id": "a", "title": "x"}])
    Path(store.files("products")[0]).unlink()
    with pytest.raises(StoreDamagedError, match="missing"):
        chowk.open(store.path)["products"]
