"""Ranges of an attribute's numbers keep and count what a count by hand does."""

from __future__ import annotations

import random

import pytest

from chowk.errors import ParameterError
from chowk.search import SearchEngine
from chowk.search.numeric import number

VALUES = ["4", "8", "8 GB", "12", "16", "16.5", "1,024", "XL", "8-12", None]
NAME = "attributes.ram gb"


def shop(seed, rows=60):
    rng = random.Random(seed)
    found = []
    for i in range(rows):
        value = rng.choice(VALUES)
        attributes = {} if value is None else {"ram gb": value}
        found.append(
            {
                "product_id": f"p{i:02d}",
                "title": rng.choice(["red lamp", "blue lamp"]),
                "attributes": attributes,
                "group_id": f"g{rng.randrange(20)}",
            }
        )
    return found


def inside(row, low, high):
    held = row["attributes"].get("ram gb")
    what = None if held is None else number(held)
    return what is not None and (low is None or what >= low) and (high is None or what <= high)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("limits", [(8, 16), (None, 8), (16.2, None), (None, None), (900, 1e9)])
def test_a_range_keeps_what_lies_in_it(seed, limits):
    rows, (low, high) = shop(seed), limits
    wanted = {k: v for k, v in (("min", low), ("max", high)) if v is not None}
    with SearchEngine.build(rows) as engine:
        found = engine.search("lamp", filters={NAME: wanted}, facets={NAME: [8, 16]}, k=100)
        assert {h.product_id for h in found.hits} == {
            row["product_id"] for row in rows if inside(row, low, high)
        }
        # A facet is not narrowed by its own filter, and its lower edges are inside.
        held = [number(row["attributes"].get("ram gb", "")) for row in rows]
        ends = [(None, 8), (8, 16), (16, None)]
        assert list(found.facets[NAME].values()) == [
            sum(n is not None and (a is None or n >= a) and (b is None or n < b) for n in held)
            for a, b in ends
        ]
        assert list(found.facets[NAME]) == ["-8", "8-16", "16-"]


@pytest.mark.parametrize("seed", range(3))
def test_groups_are_counted_once_in_a_range(seed):
    rows = shop(seed)
    with SearchEngine.build(rows) as engine:
        found = engine.search("lamp", facets={NAME: [8, 16]}, grouped=True)
    for label, low, high in (("-8", None, 8), ("8-16", 8, 16), ("16-", 16, None)):
        groups = {
            row["group_id"]
            for row in rows
            if (n := number(row["attributes"].get("ram gb", ""))) is not None
            and (low is None or n >= low)
            and (high is None or n < high)
        }
        assert found.facets[NAME][label] == len(groups)


def test_a_later_product_lies_in_its_range():
    with SearchEngine.build(shop(0)) as engine:
        before = engine.search("", filters={NAME: {"min": 60, "max": 70}}).total
        engine.upsert([{"product_id": "new", "title": "lamp", "attributes": {"ram gb": "64 GB"}}])
        found = engine.search("", filters={NAME: {"min": 60, "max": 70}})
    assert (before, [h.product_id for h in found.hits]) == (0, ["new"])


@pytest.mark.parametrize("wanted", [{"min": "8"}, {"low": 8}, {"min": True}, {"max": float("nan")}])
def test_limits_that_are_none_are_refused(wanted):
    with SearchEngine.build(shop(0, 5)) as engine, pytest.raises(ParameterError, match="ram gb"):
        engine.search("", filters={NAME: wanted})


def test_edges_of_a_facet_without_numbers_are_refused():
    with SearchEngine.build(shop(0, 5)) as engine, pytest.raises(ParameterError, match="brand"):
        engine.search("", facets={"brand": [1, 2]})


def test_limits_with_units_are_compared_in_them():
    weights = {"a": "900 g", "b": "1.5kg", "c": "2 KG", "d": "1.5", "e": "1500 ml", "f": "3 lb"}
    rows = [
        {"product_id": name, "title": "lamp", "attributes": {"weight": held}}
        for name, held in weights.items()
    ]

    def within(**ends):
        found = engine.search("", filters={"attributes.weight": ends})
        return "".join(sorted(hit.product_id for hit in found.hits))

    with SearchEngine.build(rows) as engine:
        assert within(min="900g", max="1.5 kg") == "abf"
        assert within(min="1 kg") == "bcf" and within(max="1 l") == ""
        assert within(max="2 l") == "e" and within(min=1, max=2) == "bcd"
        for wrong in ({"min": "1 kg", "max": "2 l"}, {"min": "1 kg", "max": 2}, {"min": "1 pack"}):
            with pytest.raises(ParameterError, match="units of one kind"):
                within(**wrong)
