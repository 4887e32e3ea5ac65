"""The catalogue: it fits the schema, repeats by seed, and its truth explains every difference."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from chowk.errors import ParameterError
from chowk.sample import catalogue
from chowk.sample.chapters import CHAPTERS, Chapter
from chowk.sample.goods import AT_HOME, COLOURS, COMPLEMENTS, GOODS, KEYS, MADE_OF, PATTERNS
from chowk.sample.mistakes import misspell
from chowk.sample.parameters import (
    DIFFICULTIES,
    PRODUCT_ERRORS,
    QUERY_ERRORS,
    generator,
    parameters,
    split,
)
from chowk.sample.products import shelf
from chowk.sample.shapes import SHAPES
from chowk.sample.words import COLOUR_WORDS, NOUNS
from chowk.sample.world import world
from chowk.store import schema
from chowk.store.frames import fitted


def test_it_fits_the_schema_exactly() -> None:
    table = catalogue(300, seed=1)
    declared = schema.TABLES["products"]
    assert table.schema == declared.arrow
    assert fitted(table, declared).num_rows == 300
    assert len(set(table["product_id"].to_pylist())) == 300
    table.validate(full=True)


def test_the_seed_decides() -> None:
    assert catalogue(200, seed=4).equals(catalogue(200, seed=4))
    assert not catalogue(200, seed=4)["title"].equals(catalogue(200, seed=6)["title"])


@pytest.mark.parametrize("n", [1, 2, 39, 40, 41])
def test_small_catalogues(n: int) -> None:
    assert catalogue(n).num_rows == n


def test_every_category_is_there() -> None:
    assert len(GOODS) == 40 and len(set(KEYS)) == 40
    assert len({goods.path for goods in GOODS}) == 40
    goods = shelf(40, 0, parameters())
    assert set(goods.kind.tolist()) == set(range(40))


@pytest.mark.parametrize(("n", "seed"), [(0, 0), (-1, 0), (True, 0), (10, -1), (10, 1.5)])
def test_limits_are_named(n: int, seed: int) -> None:
    with pytest.raises(ParameterError, match="must be an int"):
        catalogue(n, seed)


def test_an_unknown_difficulty_is_named() -> None:
    with pytest.raises(ParameterError, match="'easy', 'middle', 'hard'"):
        catalogue(10, difficulty="impossible")  # type: ignore[arg-type]


def test_declarations_agree() -> None:
    by_key = {goods.key: goods for goods in GOODS}
    for key, style in AT_HOME:
        assert style in by_key[key].facets["style"]
    for (key, style), material in MADE_OF.items():
        assert style in by_key[key].facets["style"]
        assert material in by_key[key].facets["material"]
    for source, target, chance, by in COMPLEMENTS:
        assert source != target and source in by_key and target in by_key and 0 < chance < 1
        assert (target, source) not in {(s, t) for s, t, _, _ in COMPLEMENTS}
        assert by in ("", "fits", "screen", "colour")
    for key in KEYS:
        # complement() draws one edge from one uniform number
        assert sum(chance for source, _, chance, _ in COMPLEMENTS if source == key) <= 1
    for goods in GOODS:
        assert goods.shape in SHAPES
        assert set(goods.colours) <= set(COLOURS) and set(goods.patterns) <= set(PATTERNS)
        assert set(goods.title) <= set(goods.facets)
        assert goods.variant in ("", "colour", *goods.facets)
        assert NOUNS[goods.key]["en"]
    assert set(COLOUR_WORDS) == set(COLOURS)


def test_what_the_table_says_is_true_except_the_recorded_errors() -> None:
    drawn = shelf(3000, 2, parameters("hard"))
    wrong = {row["product_id"]: row for row in drawn.errors}
    assert len(wrong) == len(drawn.errors)
    kept = true = 0
    for row, facts in enumerate(drawn.facts):
        shown = drawn.rows["attributes"][row]
        true += len(facts)
        kept += len(shown)
        error = wrong.get(drawn.ids[row], {"error": ""})
        if not error["error"].startswith("attribute"):
            assert shown.items() <= facts.items()
        if error["error"] != "category_sibling":
            assert GOODS[drawn.kind[row]].path == drawn.rows["category"][row]
        if error["error"] == "title_shouted":
            assert drawn.rows["title"][row] == error["truth"].upper()
        if error["error"] == "brand_missing":
            assert drawn.rows["brand"][row] is None and error["truth"]
    # attribute_wrong adds an attribute to a few rows
    assert abs(1 - kept / true - parameters("hard").missing_attributes) < 0.02


@pytest.mark.parametrize(("seed", "which"), [(2, "training"), (3, "evaluation")])
def test_error_kinds_are_split_by_seed(seed: int, which: str) -> None:
    drawn = shelf(3000, seed, parameters("hard"))
    assert split(seed) == which
    found = {row["error"] for row in drawn.errors}
    assert found == set(PRODUCT_ERRORS[which])
    share = len(drawn.errors) / len(drawn) / len(PRODUCT_ERRORS[which])
    assert abs(share - parameters("hard").errors) < 0.01


def test_the_splits_share_no_error_kind() -> None:
    for kinds in (PRODUCT_ERRORS, QUERY_ERRORS):
        assert not set(kinds["training"]) & set(kinds["evaluation"])


@pytest.mark.parametrize("kind", [*QUERY_ERRORS["training"], *QUERY_ERRORS["evaluation"]])
def test_a_misspelling_changes_little(kind: str) -> None:
    rng = generator(0, "test")
    seen = {misspell("lehenga", kind, rng) for _ in range(50)}
    assert len(seen) > 2
    assert all(5 < len(word) < 9 and word[0] == "l" for word in seen)
    assert misspell("tee", kind, rng) == "tee"


def test_variants_share_what_makes_them_one_product() -> None:
    drawn = shelf(1500, 0, parameters())
    groups: dict[str, list[int]] = {}
    for row, group in enumerate(drawn.rows["group_id"]):
        if group is not None:
            groups.setdefault(group, []).append(row)
    assert len(groups) > 50
    for rows in groups.values():
        assert 2 <= len(rows) <= 3
        assert len({int(drawn.kind[row]) for row in rows}) == 1
        assert len({int(drawn.brand[row]) for row in rows}) == 1
        variant = GOODS[drawn.kind[rows[0]]].variant
        values = [drawn.facts[row].get(variant) for row in rows]
        assert len(set(values)) == len(values)


def test_cases_fit_phones_that_are_sold() -> None:
    drawn = shelf(1500, 0, parameters())
    models = {facts["model"] for facts in drawn.facts if "model" in facts}
    fits = [facts["fits"] for facts in drawn.facts if "fits" in facts]
    assert fits and set(fits) <= models


def test_prices_and_sizes_are_sane() -> None:
    table = catalogue(2000, seed=5)
    assert all(0 < price < 6000 for price in table["price"].to_pylist())
    assert all(re.fullmatch(r"P\d{6}", name) for name in table["product_id"].to_pylist())
    assert min(table["weight_g"].to_pylist()) > 0
    assert table["description"].null_count == 0


def test_a_new_chapter_leaves_the_others_as_they_were() -> None:
    drawn = world(seed=1, products=60, customers=20)
    before = {c.name: c.pages(drawn) for c in CHAPTERS}
    Chapter("new", CHAPTERS[1].tells).pages(drawn)
    for chapter in reversed(CHAPTERS):
        again = chapter.pages(drawn)
        for name, table in before[chapter.name].tables.items():
            assert table.equals(again.tables[name])
    offers = before["offers"].tables["offers"]
    other = Chapter("offers of another stream", CHAPTERS[1].tells).pages(drawn).tables["offers"]
    assert not offers.equals(other)


def test_chapters_fit_the_schema() -> None:
    drawn = world(seed=1, products=60, customers=20)
    for chapter in CHAPTERS:
        for name, table in chapter.pages(drawn).tables.items():
            assert isinstance(table, pa.Table)
            fitted(table, schema.TABLES[name])


def test_every_product_has_offers_in_every_country() -> None:
    drawn = world(seed=1, products=60, customers=20)
    offers = CHAPTERS[1].pages(drawn).tables["offers"].to_pylist()
    reached: dict[str, set[str]] = {}
    for offer in offers:
        reached.setdefault(offer["product_id"], set()).add(offer["region"].partition("/")[0])
    assert len(reached) == 60
    assert all(countries == {"IN", "DE", "FR", "ES"} for countries in reached.values())
    # the same seller is never slower in its own state than in the country, nor there than abroad
    hours: dict[tuple[str, str], dict[int, set[float]]] = {}
    home = {offer["seller"]: offer["region"] for offer in offers if "/" in offer["region"]}
    for offer in offers:
        own = home[offer["seller"]]
        level = 0 if offer["region"] == own else 1 if offer["region"] == own[:2] else 2
        here = hours.setdefault((offer["product_id"], offer["seller"]), {})
        here.setdefault(level, set()).add(offer["delivery_hours"])
    for levels in hours.values():
        assert max(levels[0]) < min(levels[1])
        assert 2 not in levels or max(levels[1]) < min(levels[2])


def test_difficulties_move_in_one_direction() -> None:
    easy, middle, hard = (parameters(name) for name in DIFFICULTIES)
    for name, value in DIFFICULTIES["easy"].items():
        assert value != DIFFICULTIES["hard"][name]
        low, high = sorted((value, DIFFICULTIES["hard"][name]))
        assert low < getattr(middle, name) < high
    assert easy.noise < hard.noise
