"""Packing in three dimensions: what a separate checker says, laws, and known arrangements."""

from __future__ import annotations

import dataclasses
import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.delivery import pack_box, pack_order, packing_faults
from chowk.delivery.packaging.items import Packing
from chowk.errors import InputError


def item(name, length, width, height, **more):
    return {"item_id": name, "length_cm": length, "width_cm": width, "height_cm": height, **more}


def box(name, length, width, height, **more):
    inner = zip(("length", "width", "height"), (length, width, height), strict=True)
    return {"package_type": name, **{f"inner_{side}_cm": v for side, v in inner}, **more}


side = st.integers(1, 12)
orders = st.lists(
    st.builds(
        item,
        st.sampled_from("abcdefg"),
        side,
        side,
        side,
        weight_g=st.integers(0, 900),
        fragile=st.booleans(),
        this_side_up=st.booleans(),
        quantity=st.integers(1, 3),
    ),
    max_size=8,
)


@given(orders, st.tuples(side, side, side), st.integers(300, 6000), st.sampled_from([0.0, 0.7, 1]))
@settings(max_examples=120, deadline=None)
def test_the_checker_finds_nothing_wrong_and_nobody_is_lost(lines, sides, limit, support):
    packed = pack_box(lines, box("b", *sides, max_weight_g=limit), support=support)
    assert packing_faults(packed, lines, support=support) == []
    assert 0 <= packed.fill <= 1 and packed.weight <= limit


@given(orders, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_lines_and_sides_does_not_matter(lines, random):
    first = pack_box(lines, (15, 12, 10))
    shuffled = []
    for line in random.sample(lines, len(lines)):
        names = ["length_cm", "width_cm"] + ["height_cm"] * (not line["this_side_up"])
        values = [line[n] for n in names]
        random.shuffle(values)
        shuffled.append({**line, **dict(zip(names, values, strict=True))})
    assert pack_box(shuffled, (15, 12, 10)) == first


def test_three_crates_fill_a_box_however_their_sides_are_named():
    # py3dbp packs two of them: enzoruiz/3dbinpacking#6, and 14 for the permuted sides.
    for sides in itertools.permutations((40, 30, 30)):
        packed = pack_box([item("crate", *sides, quantity=3)], (90, 40, 30))
        assert packed.complete and packed.fill == 1.0


def test_a_box_cut_into_layers_is_put_together_again():
    cut = [item("slab", 20, 30, 5), item("bar", 20, 10, 5, quantity=3), item("cube", 10, 10, 10,
           quantity=6)]  # fmt: skip
    packed = pack_box(cut, (20, 30, 20))
    assert packed.complete and packed.fill == 1.0


def test_what_is_placed_can_be_put_in_from_the_bottom_up():
    packed = pack_box([item(str(k), 3 + k % 4, 4, 2 + k % 3) for k in range(30)], (14, 12, 10))
    heights = [place.z for place in packed.placements]
    assert heights == sorted(heights)


def test_this_side_up_stays_up():
    tall = item("vase", 10, 10, 30)
    assert pack_box([tall], (30, 30, 20)).complete
    assert not pack_box([{**tall, "this_side_up": True}], (30, 30, 20)).complete


def test_nothing_heavier_stands_on_what_is_fragile():
    lines = [item("glass", 10, 10, 10, weight_g=200, fragile=True),
             item("iron", 10, 10, 10, weight_g=900)]  # fmt: skip
    packed = pack_box(lines, (10, 10, 20))
    assert [p.item.item_id for p in packed.placements] == ["iron", "glass"]
    lines.append(item("steel", 10, 10, 10, weight_g=950, fragile=True))
    assert packing_faults(pack_box(lines, (10, 10, 30)), lines) == []


def broken(packing, at, **changes):
    places = list(packing.placements)
    places[at] = dataclasses.replace(places[at], **changes)
    return Packing(packing.box, tuple(places), packing.left)


def tight(seed):
    """An order that does not quite go into its box: there every promise is put to the test."""
    rng = random.Random(seed)
    lines = [
        {"product_id": f"i{n}", "length_cm": rng.randint(1, 20), "width_cm": rng.randint(1, 20),
         "height_cm": rng.randint(1, 20), "weight_g": rng.randint(1, 2000),
         "quantity": rng.randint(1, 3), "fragile": rng.random() < 0.3}
        for n in range(rng.randint(2, 9))
    ]  # fmt: skip
    return lines, (rng.randint(15, 40), rng.randint(15, 40), rng.randint(15, 40))


@pytest.mark.parametrize("seed", [*range(12), 124, 134, 163])
def test_a_tight_box_keeps_every_promise(seed):
    """The last three need that nothing is put under what is heavier, and fragile below."""
    lines, sides = tight(seed)
    assert packing_faults(pack_box(lines, sides), lines) == []


def test_the_checker_sees_each_fault():
    lines = [item("low", 10, 10, 4, weight_g=100, fragile=True), item("top", 10, 10, 5, weight_g=9)]
    packed = pack_box(lines, (10, 10, 10))
    at = {place.item.item_id: k for k, place in enumerate(packed.placements)}
    top, low = packed.placements[at["top"]], packed.placements[at["low"]]
    upper, under = max((top, low), key=lambda p: p.z), min((top, low), key=lambda p: p.z)
    k = packed.placements.index(upper)
    assert packing_faults(packed, lines) == []
    assert "overlap" in packing_faults(broken(packed, k, z=upper.z - 1))[0]
    assert "sticks out" in packing_faults(broken(packed, k, z=99))[0]
    assert "not its sides" in packing_faults(broken(packed, k, length=9))[0]
    assert "rests on 0%" in packing_faults(broken(packed, k, z=under.height + 1))[0]
    half = packing_faults(broken(packed, k, x=50))
    assert any("rests on 50%" in fault for fault in half)
    heavy = dataclasses.replace(upper.item, weight=5e3)
    frail = dataclasses.replace(under.item, fragile=True)
    crushed = broken(broken(packed, k, item=heavy), packed.placements.index(under), item=frail)
    assert any("heavier" in fault for fault in packing_faults(crushed))
    light = Packing(dataclasses.replace(packed.box, max_weight=50.0), packed.placements, ())
    assert "weighs 109 g" in packing_faults(light)[0]
    up = dataclasses.replace(upper.item, upright=True, height=upper.height + 5, length=upper.height)
    assert packing_faults(broken(packed, k, item=up))
    assert "was given 2 times" in packing_faults(packed, [*lines, lines[0]])[0]


# -- orders ----------------------------------------------------------------------------------------

CUP = {"product_id": "cup", "length_cm": 10, "width_cm": 10, "height_cm": 10, "weight_g": 300,
       "price": 8.0, "fragile": True}  # fmt: skip
BOXES = [
    box("small", 10, 10, 10, rank=1, material_cost=0.3, freight_per_kg=1.0),
    box("flat", 40, 40, 10, rank=1, material_cost=0.6, freight_per_kg=1.0),
    box("big", 40, 40, 40, rank=2, material_cost=1.5, freight_per_kg=1.0, allows_liquid=True),
]


def test_the_cheapest_box_that_takes_the_order():
    order = pack_order([{**CUP, "quantity": 4}], BOXES)
    assert [p.package_type for p in order.parcels] == ["flat"] and not order.left
    assert order.cost == pytest.approx(0.6 + 3.2)  # 16 litres bill 3.2 kg
    light = pack_order([{**CUP, "quantity": 4}], BOXES, volumetric_divisor=None)
    assert light.cost == pytest.approx(0.6 + 1.2)


def test_liquids_go_where_they_may():
    order = pack_order([{**CUP, "liquid": True}], BOXES)
    assert [p.package_type for p in order.parcels] == ["big"]


def test_an_order_that_no_box_takes_is_split_and_what_fits_nowhere_is_said():
    pole = {"product_id": "pole", "length_cm": 90, "width_cm": 2, "height_cm": 2}
    lines = [{**CUP, "quantity": 70}, pole]
    order = pack_order(lines, BOXES)
    assert len(order.parcels) >= 2
    assert sum(len(p.packing.placements) for p in order.parcels) == 70
    assert [name for name, _ in order.left] == ["pole"]
    for parcel in order.parcels:
        assert packing_faults(parcel.packing) == []


def test_with_a_recommender_damage_counts(made, fitted):
    sturdy = [{**row, "inner_length_cm": 90.0, "inner_width_cm": 90.0, "inner_height_cm": 90.0}
              for row in made.package_types.to_pylist()]  # fmt: skip
    products = made.products.slice(0, 2)
    plain = pack_order(products, sturdy, volumetric_divisor=None)
    careful = pack_order(products, sturdy, recommender=fitted, volumetric_divisor=None)
    assert plain.parcels[0].damage_cost == 0 and careful.parcels[0].damage_cost > 0
    at = fitted.package_types_.index(careful.parcels[0].package_type)
    harm = fitted.expected_harm(products).sum(axis=0)
    assert careful.parcels[0].damage_cost == pytest.approx(harm[at])


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: pack_box([item("a", 1, 1, 0)], (9, 9, 9)), "'a' in row 0 has no size"),
        (lambda: pack_box([item("a", 1, 1, 1, quantity=0)], (9, 9, 9)), "quantity"),
        (lambda: pack_box([item("a", 1, 1, 1)], box("b", 9, 9, 9, max_weight_g=5)), "no weight"),
        (lambda: pack_box([item("a", 1, 1, 1)], (9, 0, 9)), "inner_width_cm must be above 0"),
        (lambda: pack_box([item("a", 1, 1, 1)], "big"), "box must be three inner sides"),
        (lambda: pack_box([item("a", 1, 1, 1, quantity=9999)], (9, 9, 9)), "too many"),
        (lambda: pack_box([], (9, 9, 9), support=2), "'support' parameter"),
        (lambda: pack_box([], (9, 9, 9), passes=0), "'passes' parameter"),
        (lambda: pack_order([CUP]), "needs package_types"),
        (lambda: pack_order([CUP], [{"package_type": "bag"}]), "no package type has a size"),
    ],
)
def test_bad_orders_get_one_clear_answer(act, said):
    with pytest.raises(InputError, match=said):
        act()


def test_nothing_is_packed_into_nothing():
    packed = pack_box([], (9, 9, 9))
    assert packed.complete and packed.fill == 0 and packed.table.num_rows == 0
    assert np.isclose(pack_box([item("a", 9, 9, 9)], (9, 9, 9)).table["length_cm"][0].as_py(), 9)
