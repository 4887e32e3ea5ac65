"""Variants take one place, and count once in the total and in every value of a facet."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from chowk.errors import ParameterError
from chowk.search import SearchEngine, grouping

FACETS = {"brand": None, "category": None, "attributes.size": None, "price": [20, 50]}
RANGES = (("-20", 0, 20), ("20-50", 20, 50), ("50-", 50, 1e9))


def shirts(n, seed):
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        row = {
            "product_id": f"p{i:03d}",
            "title": " ".join(rng.sample(["red", "blue", "shirt", "kurta", "cotton"], 3)),
            "brand": rng.choice(["Agni", "Meena"]),
            "category": rng.choice(["Men > Tops", "Men > Long", "Women"]),
            "price": rng.choice([10, 20, 35, 50, 80]),
            "attributes": {"size": rng.choice("SML")},
        }
        if rng.random() < 0.8:
            row["group_id"] = f"g{rng.randrange(n // 3)}"
        rows.append(row)
    return rows


def group(row):
    return row.get("group_id") or row["product_id"]


def values(row, name):
    if name == "category":
        parts = row["category"].split(" > ")
        return [" > ".join(parts[: i + 1]) for i in range(len(parts))]
    if name == "price":
        return [label for label, low, high in RANGES if low <= row["price"] < high]
    return [row["brand"] if name == "brand" else row["attributes"]["size"]]


def expected(rows, word, filters, name):
    groups = defaultdict(set)
    for row in rows:
        others = {k: v for k, v in filters.items() if k != name}
        if word in row["title"] and all(v in values(row, k) for k, v in others.items()):
            for value in values(row, name):
                groups[value].add(group(row))
    return {value: len(held) for value, held in groups.items()}


def check(engine, rows, word, filters):
    flat = engine.search(word, filters=filters, k=1000)
    found = engine.search(word, filters=filters, facets=FACETS, k=1000, grouped=True)
    by_id = {row["product_id"]: row for row in rows}
    best, variants = {}, defaultdict(int)
    for hit in flat.hits:
        best.setdefault(group(by_id[hit.product_id]), hit.product_id)
        variants[group(by_id[hit.product_id])] += 1
    assert [hit.product_id for hit in found.hits] == list(best.values())
    assert found.total == len(best)
    assert [hit.variants for hit in found.hits] == [variants[g] for g in best]
    for name in FACETS:
        counted = {value: n for value, n in found.facets[name].items() if n}
        assert counted == expected(rows, word, filters, name), name


@pytest.mark.parametrize("seed", range(4))
def test_hits_totals_and_facets_are_those_of_a_count_by_hand(seed, tmp_path):
    rows = shirts(120, seed)
    asked = [
        ("shirt", {}),
        ("red", {"brand": "Agni"}),
        ("cotton", {"category": "Men", "attributes.size": "M"}),
    ]
    with SearchEngine.build(rows) as engine:
        for word, filters in asked:
            check(engine, rows, word, filters)
        changed = [{**rows[3], "brand": "New", "group_id": rows[7].get("group_id", "gx")}]
        changed += [{**rows[5], "product_id": "q1", "group_id": "fresh"}]
        changed += [{**rows[6], "product_id": "q2", "group_id": "fresh"}]
        engine.upsert(changed)
        engine.delete([rows[9]["product_id"]])
        now = {row["product_id"]: row for row in rows} | {row["product_id"]: row for row in changed}
        del now[rows[9]["product_id"]]
        for word, filters in asked:
            check(engine, list(now.values()), word, filters)
        engine.save(tmp_path / "saved")
    with SearchEngine.open(tmp_path / "saved") as opened:
        for word, filters in asked:
            check(opened, list(now.values()), word, filters)


def test_pages_join_to_one_list_and_sorts_group_too():
    with SearchEngine.build(shirts(200, 9)) as engine:
        for sort in (None, "price_asc"):
            whole = engine.search("shirt", k=100, grouped=True, sort=sort).hits
            pages = [
                hit
                for offset in range(0, 100, 7)
                for hit in engine.search("shirt", k=7, offset=offset, grouped=True, sort=sort).hits
            ]
            assert [h.product_id for h in pages[:100]] == [h.product_id for h in whole]


def test_a_catalogue_without_groups_is_as_it_was():
    rows = [{k: v for k, v in row.items() if k != "group_id"} for row in shirts(50, 1)]
    with SearchEngine.build(rows) as engine:
        flat, found = (
            engine.search("red", facets=["brand"], grouped=grouped) for grouped in (False, True)
        )
        assert (found.hits, found.total, found.facets) == (flat.hits, flat.total, flat.facets)
        with pytest.raises(ParameterError, match="grouped"):
            engine.search("red", grouped="yes")


def test_attributes_that_no_row_has_count_nothing_and_keep_nothing():
    rows = shirts(60, 2)
    with SearchEngine.build(rows) as engine:
        names = [f"attributes.x{i}" for i in range(20)]
        found = engine.search("red", facets=[*names, "attributes.size"], grouped=True)
        assert {name: found.facets[name] for name in names} == {name: {} for name in names}
        assert found.facets["attributes.size"] == expected(rows, "red", {}, "attributes.size")
        assert set(engine._groups._columns) == {"attributes.size"}
        # One that only a later row has is counted all the same.
        engine.upsert([{**rows[0], "title": "red shirt", "attributes": {"x3": "y"}}])
        assert engine.search("red", facets=names, grouped=True).facets["attributes.x3"] == {"y": 1}


def test_only_the_columns_that_were_counted_last_are_kept():
    rows = shirts(60, 3)
    names = [f"n{i}" for i in range(40)]
    rows = [{**row, "attributes": dict.fromkeys(names, str(i % 3))} for i, row in enumerate(rows)]
    facets = [f"attributes.{name}" for name in names]
    with SearchEngine.build(rows) as engine:
        first, again = (engine.search("red", facets=facets, grouped=True).facets for _ in range(2))
        assert first == again and len({tuple(one.items()) for one in first.values()}) == 1
        assert list(engine._groups._columns) == facets[-grouping.MOST_COLUMNS :]


def test_a_brand_that_comes_while_others_count_does_no_harm(monkeypatch):
    rows = shirts(60, 4)
    counted = grouping._distinct
    with SearchEngine.build(rows) as engine:
        engine.upsert([{**rows[0], "title": "red shirt", "brand": "New"}])

        def overtaken(*asked):
            monkeypatch.setattr(grouping, "_distinct", counted)
            engine.upsert([{**rows[1], "title": "red shirt", "brand": "Newer"}])
            assert engine.search("red", facets=["brand"], grouped=True).facets["brand"]["Newer"]
            return counted(*asked)

        monkeypatch.setattr(grouping, "_distinct", overtaken)
        found = engine.search("red", facets=["brand"], grouped=True).facets["brand"]
        assert found["New"] == 1 and "Newer" not in found
