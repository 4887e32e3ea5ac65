"""A whole sample store: what is written, what is kept out of it, what happens when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

import chowk
from chowk.errors import ParameterError, StoreExistsError
from chowk.sample import catalogue, make, making
from chowk.sample.goods import GOODS, PATTERNS
from chowk.sample.parameters import generator
from chowk.sample.pictures import SIZE, draw
from chowk.store.store import Store

TINY = {"products": 60, "customers": 40, "events": 800}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "shop"
    make(path, seed=1, **TINY).close()
    return path


def contents(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every table, as sorted rows: the order within files is the engine's matter."""
    return {
        name: sorted(tuple(map(str, row.values())) for row in store.arrow(name).to_pylist())
        for name in store.tables()
    }


def test_the_tables_are_there_and_whole(made: Path) -> None:
    with chowk.open(made) as store:
        assert set(store.tables()) == set(
            "products offers customers calendar events live package_types shipments "
            "utterances addresses pickup_points messages reviews".split()
        )
        assert store.rows("products") == 60 and store.rows("customers") == 40
        assert store.rows("events") > 1200
        assert store.settings["currency"] == "EUR"
        events = store.arrow("events")
        known = set(store.arrow("products")["product_id"].to_pylist())
        assert set(events["product_id"].to_pylist()) - {None} <= known
        assert {o["product_id"] for o in store.arrow("offers").to_pylist()} == known
    assert not list(made.glob(".staging*"))


def test_the_seed_decides(made: Path, tmp_path: Path) -> None:
    with make(tmp_path / "again", seed=1, **TINY) as again, chowk.open(made) as store:
        assert contents(again) == contents(store)
        for name in ("products", "complements", "queries", "customers"):
            one, two = (
                pq.read_table(folder / f"{name}.parquet")
                for folder in (Path(f"{made}-truth"), tmp_path / "again-truth")
            )
            assert one.equals(two)
        for picture in (made / "images").iterdir():
            assert picture.read_bytes() == (tmp_path / "again/images" / picture.name).read_bytes()


def test_its_products_are_the_catalogue(made: Path) -> None:
    with chowk.open(made) as store:
        table = store.arrow("products").sort_by("product_id").drop_columns(["image"])
    assert table.equals(catalogue(60, seed=1).drop_columns(["image"]))


def test_every_picture_can_be_seen(made: Path) -> None:
    with chowk.open(made) as store:
        paths = store.arrow("products")["image"].to_pylist()
    drawn = {path for path in paths if path is not None}
    assert len(drawn) > 50
    for path in drawn:
        with Image.open(made / path) as picture:
            assert picture.size == (SIZE, SIZE) and picture.mode == "RGB"
            low, high = picture.convert("L").getextrema()
            assert high - low > 30  # not blank
    assert sum(file.stat().st_size for file in (made / "images").iterdir()) < 60 * 7_500


def test_a_picture_shows_its_colour() -> None:
    rng = generator(0, "test")
    from chowk.sample.goods import COLOURS

    for row, (name, rgb) in enumerate(COLOURS.items()):
        picture = draw("cushion", row, "solid", rng)
        seen = picture.resize((1, 1), box=(56, 56, 72, 72)).getpixel((0, 0))
        assert max(abs(a - b) for a, b in zip(seen, rgb, strict=True)) < 48, name


@pytest.mark.parametrize("shape", sorted({goods.shape for goods in GOODS}))
def test_every_shape_fills_a_good_part_and_stays_inside(shape: str) -> None:
    from chowk.sample.shapes import outline

    for variant in range(3):
        body, trim = outline(shape, variant)
        covered = body.point(lambda v: 255 * (v > 0)).histogram()[255] / (256 * 256)
        assert 0.05 < covered < 0.8
        left, top, right, bottom = body.getbbox()
        assert left >= 8 and top >= 8 and right <= 248 and bottom <= 248, (shape, variant)
        if trim.getbbox():
            left, top, right, bottom = trim.getbbox()
            assert left >= 8 and top >= 8 and right <= 248 and bottom <= 248, (shape, variant)


def test_patterns_differ() -> None:
    seen = {draw("cushion", 3, name, generator(0, "test")).tobytes() for name in PATTERNS}
    ringed = draw("cushion", 3, "solid", generator(0, "test"), ringed=True).tobytes()
    assert len(seen | {ringed}) == len(PATTERNS) + 1


def test_the_truth_lies_outside(made: Path) -> None:
    truth = Path(f"{made}-truth")
    assert not truth.resolve().is_relative_to(made.resolve())
    names = {file.name for file in truth.iterdir()}
    assert {
        "products.parquet", "product_errors.parquet", "customers.parquet", "complements.parquet",
        "substitutes.parquet", "regional_taste.parquet", "position_curve.parquet",
        "queries.parquet", "words.parquet", "festivals.parquet", "damage.parquet",
        "live_choices.parquet", "address_faults.parquet", "message_kinds.parquet",
        "review_truth.parquet", "parameters.json",
    } == names  # fmt: skip
    document = json.loads((truth / "parameters.json").read_text("utf-8"))
    assert document["seed"] == 1 and document["split"] == "evaluation"
    # nothing below the store's folder names a hidden column
    for file in made.rglob("*.parquet"):
        assert not {"quality", "taste", "strength", "persona"} & set(pq.read_schema(file).names)


def test_the_truth_knows_more_than_the_store(made: Path) -> None:
    truth = pq.read_table(Path(f"{made}-truth") / "products.parquet").to_pylist()
    with chowk.open(made) as store:
        shown = {
            row["product_id"]: dict(row["attributes"])
            for row in store.arrow("products").to_pylist()
        }
    full = sum(len(row["attributes"]) for row in truth)
    told = sum(len(shown[row["product_id"]]) for row in truth)
    assert 0.6 < told / full < 0.9


def test_complements_point_one_way(made: Path) -> None:
    pairs = pq.read_table(Path(f"{made}-truth") / "complements.parquet").to_pylist()
    directed = {(row["source"], row["target"]) for row in pairs}
    assert directed and not {(t, s) for s, t in directed} & directed
    strength: dict[str, float] = {}
    for row in pq.read_table(Path(f"{made}-truth") / "substitutes.parquet").to_pylist():
        assert row["source"] != row["target"]
        strength[row["source"]] = strength.get(row["source"], 0) + row["strength"]
    assert all(0 < total <= 1 + 1e-9 for total in strength.values())


def test_the_truth_may_not_lie_inside(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="a folder outside the store"):
        make(tmp_path / "shop", truth=tmp_path / "shop" / "truth", **TINY)
    assert not (tmp_path / "shop").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "mine.txt").write_text("mine")
    with pytest.raises(StoreExistsError):
        make(tmp_path / "shop", **TINY)
    assert (tmp_path / "shop" / "mine.txt").read_text() == "mine"
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "mine.txt").write_text("mine")
    with pytest.raises(StoreExistsError, match="for the truth"):
        make(tmp_path / "other", truth=secret, **TINY)
    assert not (tmp_path / "other").exists()


def test_half_a_sample_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(making, "pieces", breaks)
    with pytest.raises(RuntimeError, match="disk is full"):
        make(tmp_path / "shop", images=False, **TINY)
    assert list(tmp_path.iterdir()) == []


def test_without_pictures_and_with_progress(tmp_path: Path) -> None:
    told: list[float] = []

    def tell(share: float, doing: str) -> None:
        told.append(share)

    with make(tmp_path / "shop", images=False, progress=tell, **TINY) as store:
        assert store.arrow("products")["image"].null_count == 60
    assert not (tmp_path / "shop" / "images").exists()
    assert told == sorted(told) and told[0] == 0 and told[-1] == 1
