"""Bad tables get one clear answer each: the column, the row, the rule and the cure."""

from __future__ import annotations

import numpy as np
import pandas
import pytest

from chowk.delivery import PackageRecommender, pack_order
from chowk.errors import ChowkError, InputError, NotFittedError, SchemaError

TYPES = [
    {"package_type": "bag", "rank": 1, "material_cost": 0.1},
    {"package_type": "box", "rank": 2, "material_cost": 0.9},
]
PRODUCTS = [{"product_id": f"p{i}", "price": 10.0, "weight_g": 100.0 + i} for i in range(10)]
SENT = [
    {"product_id": f"p{k % 10}", "package_type": ("bag", "box")[k % 2], "damaged": k % 9 == 0}
    for k in range(400)
]


def learnt(shipments=SENT, products=PRODUCTS, types=TYPES, **more):
    return PackageRecommender(replicates=0, **more).fit(shipments, products, types)


def with_(rows, at, **more):
    return [{**row, **more} if i == at else row for i, row in enumerate(rows)]


INNER = {"inner_length_cm": 10.0, "inner_width_cm": 10.0, "inner_height_cm": 10.0}


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"types": with_(TYPES, 1, **{**INNER, "inner_width_cm": 0.0})},
         r"package_types.inner_width_cm must be above 0. Got 0 in row 1 \(box\)"),
        ({"types": with_(TYPES, 1, inner_width_cm=4.0)},
         r"package_types.inner_length_cm must be given when another side is.*row 1 \(box\)"),
        ({"types": with_(TYPES, 0, max_weight_g=0.0)}, r"max_weight_g must be above 0.*row 0"),
        ({"types": with_(TYPES, 1, rank=None)}, "package_types.rank must be given in every row"),
        ({"types": with_(TYPES, 1, rank=0)}, r"rank must be at least 1. Got 0 in row 1"),
        ({"types": with_(TYPES, 1, package_type="bag")}, r"each id once. Got 'bag' again in row 1"),
        ({"types": []}, "none of the columns|no rows"),
        ({"types": with_(TYPES, 1, material_cost=None)}, "'box' has no cost: give material_cost"),
        ({"products": with_(PRODUCTS, 3, product_id="p1")}, r"again in row 3"),
        ({"products": with_(PRODUCTS, 3, weight_g=-5.0)}, r"weight_g must be at least 0.*row 3"),
        ({"products": with_(PRODUCTS, 3, price=None)}, "damage of the product 'p3' costs"),
        ({"shipments": [{**r, "damaged": False} for r in SENT]}, "No shipment of 400 is damaged"),
        ({"shipments": [{**r, "damaged": True} for r in SENT]}, "Every shipment of 400 is damaged"),
        ({"shipments": [{**r, "package_type": "tin"} for r in SENT]},
         "no shipment is left to learn from. 400 of 400 shipments name a package_type"),
        ({"shipments": with_(SENT, 7, damaged=None)}, "damaged must be given in every row.*row 7"),
        ({"shipments": [{"a": 1}]}, "none of the columns"),
    ],
)  # fmt: skip
def test_a_table_that_breaks_a_rule(tables, said):
    with pytest.raises(InputError, match=said):
        learnt(**tables).assign(tables.get("products", PRODUCTS))


def test_shipments_that_name_nobody_are_left_out_and_counted():
    strange = [*SENT, {"product_id": "ghost", "package_type": "bag", "damaged": True}]
    fitted = learnt(strange)
    assert "1 of 401 shipments name a product_id that products does not have" in fitted.notes_[0]
    assert "row 400: 'ghost'" in fitted.notes_[0]
    assert (fitted.damage(PRODUCTS) == learnt().damage(PRODUCTS)).all()


def test_ranks_that_disagree_with_costs_are_said_and_the_flimsy_one_is_not_chosen():
    types = with_(TYPES, 1, material_cost=0.01)
    types = [{**row, "freight_per_kg": 1.0} for row in types]
    fitted = learnt(types=types)
    assert any("'box' (rank 2) is stronger than 'bag' (rank 1) and costs less" in n
               for n in fitted.notes_)  # fmt: skip
    assert set(fitted.assign(PRODUCTS)["package_type"].to_pylist()) == {"box"}


def test_a_product_heavier_than_any_package_is_left_without_one_and_the_reason_says_so():
    types = [{**row, "max_weight_g": 500.0} for row in TYPES]
    row = learnt(types=types).assign([{"product_id": "anvil", "weight_g": 9e4, "price": 5}])
    assert row["package_type"].to_pylist() == [None]
    assert row["reason"].to_pylist()[0].startswith("No package may take it")


def test_few_damages_are_said():
    few = [{**r, "damaged": k < 3} for k, r in enumerate(SENT)]
    assert any("Only 3 shipments are damaged" in note for note in learnt(few).notes_)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"budget": 5.0, "tradeoff": 1.0}, "one of budget, tradeoff and damage_target"),
        ({"tradeoff": -1.0}, "'tradeoff' parameter of assign must be a number of at least 0"),
        ({"tradeoff": float("nan")}, "'tradeoff' parameter"),
        ({"budget": "yesterday"}, "'budget' parameter of assign must be 'today' or a finite"),
        ({"budget": float("inf")}, "'budget' parameter"),
        ({"damage_target": -1.0}, "'damage_target' parameter"),
        ({"least": "time"}, "'least' parameter"),
        ({"least": "material"}, "'bag' has no material_g"),
        ({"confidence": 1.0}, "'confidence' parameter"),
        ({"parcels": [1.0]}, "'parcels' parameter"),
        ({"parcels": "x"}, "'parcels' parameter"),
        ({"budget": [1.0]}, "'budget' parameter"),
        ({"tradeoff": "x"}, "'tradeoff' parameter"),
        ({"confidence": "x"}, "'confidence' parameter"),
    ],
)
def test_an_aim_outside_its_limits(arguments, said):
    with pytest.raises(InputError, match=said):
        learnt().assign(PRODUCTS, **arguments)


def test_parameters_outside_their_limits():
    below = ({"copies": 2}, {"volumetric_divisor": 0}, {"replicates": -1})
    odd = ({"copies": "x"}, {"volumetric_divisor": "x"}, {"replicates": 1.5}, {"seed": "x"})
    for given in (*below, *odd, {"seed": -1}):
        with pytest.raises(InputError, match=f"'{next(iter(given))}' parameter"):
            PackageRecommender(**given).fit(SENT, PRODUCTS, TYPES)


def test_asked_before_it_learned():
    with pytest.raises(NotFittedError):
        PackageRecommender().damage(PRODUCTS)


def test_a_wrong_type_names_the_column():
    with pytest.raises(SchemaError, match=r"products\.weight_g"):
        learnt().damage([{"product_id": "a", "weight_g": "heavy"}])
    with pytest.raises(ChowkError, match="takes a frame"):
        learnt().damage(7)


def test_frames_of_any_library_and_further_columns_are_taken():
    frame = pandas.DataFrame(PRODUCTS).assign(colour="red")
    assert np.array_equal(learnt(products=frame).damage(frame), learnt().damage(PRODUCTS))


def test_no_products_are_no_rows():
    frame = pandas.DataFrame(PRODUCTS).head(0)
    fitted = learnt()
    assert fitted.damage(frame).shape == (0, 2)
    assert len(fitted.assign(frame)) == 0
    assert fitted.assign(frame).totals["shipping_cost"] == 0


def test_times_without_a_zone_flags_as_numbers_and_nan_for_unknown_are_taken():
    plain = [{**row, "damage_cost": 9.0 if row["damaged"] else None} for row in SENT]
    stamped = pandas.DataFrame(plain).assign(
        ts=pandas.date_range("2025-01-01", periods=len(SENT), freq="h"),
        damaged=lambda frame: frame["damaged"].astype(int),
        shipping_cost=float("nan"),
    )
    wanted = learnt(plain).damage(PRODUCTS)
    texts = stamped.assign(ts=stamped["ts"].astype(str))
    for frame in (stamped, texts, stamped.to_dict("records")):
        fitted = learnt(frame)
        assert np.array_equal(fitted.damage(PRODUCTS), wanted)
        assert fitted.assign(PRODUCTS).totals["damage_cost"] > 0


@pytest.mark.parametrize(("products", "types", "sent"), [(1, 1, 12), (1, 3, 30), (5, 2, 8)])
def test_a_handful_of_parcels_is_enough_for_an_answer(products, types, sent):
    goods = [{"product_id": f"p{i}", "price": 5.0, "weight_g": 50.0} for i in range(products)]
    kinds = [
        {"package_type": f"t{j}", "rank": j + 1, "material_cost": 0.1 * j} for j in range(types)
    ]
    shipments = [
        {"product_id": f"p{k % products}", "package_type": f"t{k % types}", "damaged": k == 3}
        for k in range(sent)
    ]
    fitted = PackageRecommender(replicates=4).fit(shipments, goods, kinds)
    p = fitted.damage([*goods, {"product_id": "new"}])
    assert p.shape == (products + 1, types) and ((p > 0) & (p < 1)).all()
    assert (np.diff(p, axis=1) <= 0).all()
    assert fitted.frontier(goods).num_rows >= 1
    assert len(list(fitted.assign(goods))) == products


def test_more_points_than_the_curve_has_steps_are_all_its_steps():
    whole = learnt().frontier(PRODUCTS, points=10**12)
    assert whole.num_rows <= 1 + len(PRODUCTS) * (len(TYPES) - 1)
    assert whole.equals(learnt().frontier(PRODUCTS, points=10_000))
    for points in (1, 2.5, "x", None):
        with pytest.raises(InputError, match="'points' parameter"):
            learnt().frontier(PRODUCTS, points=points)


@pytest.mark.parametrize("name", ["liquid", "hazardous"])
def test_a_flag_of_an_order_is_yes_or_no_and_nothing_else(name):
    cup = {"product_id": "cup", "length_cm": 5, "width_cm": 5, "height_cm": 5}
    box = {"package_type": "box", "inner_length_cm": 9, "inner_width_cm": 9, "inner_height_cm": 9}
    for unknown in (None, float("nan"), False, 0):
        assert len(pack_order([{**cup, name: unknown}], [box]).parcels) == 1
    assert pack_order([{**cup, name: True}], [box]).parcels == ()
    with pytest.raises(SchemaError, match=f"items.{name} must be bool"):
        pack_order([{**cup, name: "no"}], [box])
