"""The choice: best by brute force, within the budget, never a package that does not fit."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chowk.delivery.packaging.assignment import REASONS
from chowk.delivery.packaging.costs import billed_kilograms, damage_costs
from chowk.delivery.packaging.fitting import NO_SIZE, TOO_SMALL, obstacles
from chowk.delivery.packaging.goods import read_goods
from chowk.delivery.packaging.packages import disagreements, read_packages
from chowk.delivery.packaging.tradeoff import Exchange
from chowk.errors import InputError

whole = st.integers(0, 8)


@st.composite
def exchanges(draw):
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    cells = st.lists(st.lists(whole, min_size=m, max_size=m), min_size=n, max_size=n)
    allowed = np.array(
        draw(st.lists(st.lists(st.booleans(), min_size=m, max_size=m), min_size=n, max_size=n))
    ).reshape(n, m)
    current = np.array(draw(st.lists(st.integers(-1, m - 1), min_size=n, max_size=n)))
    cost, harm = (np.array(draw(cells), dtype=float).reshape(n, m) for _ in range(2))
    return Exchange(cost, harm, allowed, current)


def every(exchange):
    """Cost and harm of each assignment there is."""
    n, m = exchange.cost.shape
    rows = [i for i in range(n) if exchange.allowed[i].any()]
    options = [[j for j in range(m) if exchange.allowed[i, j]] for i in rows]
    for picked in itertools.product(*options):
        yield (
            sum(exchange.cost[i, j] for i, j in zip(rows, picked, strict=True)),
            sum(exchange.harm[i, j] for i, j in zip(rows, picked, strict=True)),
        )


def legal(exchange, choice):
    for i, j in enumerate(choice.picked):
        assert (j >= 0) == exchange.allowed[i].any()
        assert j < 0 or exchange.allowed[i, j]


@given(exchanges(), st.sampled_from([0.0, 0.25, 1.0, 3.0]))
@settings(max_examples=150, deadline=None)
def test_a_tradeoff_gives_the_least_sum_of_all_assignments(exchange, tradeoff):
    choice = exchange.at(tradeoff)
    legal(exchange, choice)
    assert choice.cost + tradeoff * choice.harm == min(c + tradeoff * h for c, h in every(exchange))
    # Everett: nothing that costs no more does less harm.
    assert choice.harm <= min(h for c, h in every(exchange) if c <= choice.cost) or tradeoff == 0


@given(exchanges(), st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_a_budget_is_kept_and_the_harm_is_within_one_jump_of_the_least(exchange, budget):
    least = min(c for c, _ in every(exchange))
    if budget < least:
        with pytest.raises(InputError, match="not enough: the cheapest packages that fit come to"):
            exchange.within_budget(budget)
        return
    choice = exchange.within_budget(budget)
    legal(exchange, choice)
    assert choice.cost <= budget
    best = min(h for c, h in every(exchange) if c <= budget)
    jumps = [
        np.ptp(exchange.harm[i, exchange.allowed[i]])
        for i in range(len(exchange.harm))
        if exchange.allowed[i].any()
    ]
    assert choice.harm <= best + max(jumps, default=0.0)
    if budget >= exchange.at(np.inf).cost:
        assert choice.harm == best


@given(exchanges(), st.integers(0, 40))
@settings(max_examples=100, deadline=None)
def test_a_target_is_met(exchange, target):
    if target < min(h for _, h in every(exchange)):
        with pytest.raises(InputError, match="cannot be met: the strongest packages that fit"):
            exchange.within_harm(target)
        return
    choice = exchange.within_harm(target)
    legal(exchange, choice)
    assert choice.harm <= target
    # On the hull: nothing that harms no more costs less.
    assert choice.cost == min(c for c, h in every(exchange) if h <= choice.harm)


@given(exchanges())
@settings(max_examples=150, deadline=None)
def test_the_steps_are_the_lower_hull_of_all_assignments(exchange):
    start, rows, leave, take, price = exchange.steps()
    here = start.picked.copy()
    points = [(start.cost, start.harm)]
    assert (np.diff(price) >= 0).all()
    for i, old, new in zip(rows, leave, take, strict=True):
        assert here[i] == old
        here[i] = new
        cost, harm = points[-1]
        points.append(
            (
                cost + exchange.cost[i, new] - exchange.cost[i, old],
                harm + exchange.harm[i, new] - exchange.harm[i, old],
            )
        )
    assert points[-1][1] == min(h for _, h in every(exchange))
    # No assignment lies below a line through two neighbours.
    for (c0, h0), (c1, h1) in itertools.pairwise(points):
        slope = Fraction(int(h1 - h0), int(c1 - c0))
        assert all(Fraction(int(h - h0)) >= slope * int(c - c0) for c, h in every(exchange))


def test_ties_stay_with_today_and_then_go_to_the_cheaper():
    cost, harm = np.array([[2.0, 1.0, 3.0]]), np.array([[1.0, 2.0, 0.0]])
    allowed = np.ones((1, 3), bool)
    assert Exchange(cost, harm, allowed, np.array([2])).at(1.0).picked == [2]
    assert Exchange(cost, harm, allowed).at(1.0).picked == [1]


# -- what fits -------------------------------------------------------------------------------------

side = st.integers(1, 6)


@given(st.tuples(side, side, side), st.tuples(side, side, side), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_fit_is_one_of_the_rotations(product, box, upright):
    goods = read_goods(
        [
            {
                "product_id": "p",
                **dict(zip(("length_cm", "width_cm", "height_cm"), product, strict=True)),
                "this_side_up": upright,
            }
        ],
        "test",
    )
    inner = ("inner_length_cm", "inner_width_cm", "inner_height_cm")
    packages = read_packages(
        [{"package_type": "b", "rank": 1, **dict(zip(inner, box, strict=True))}], "test"
    )
    length, width, height = product
    turns = (
        [(length, width, height), (width, length, height)]
        if upright
        else itertools.permutations(product)
    )
    fits = any(all(a <= b for a, b in zip(turn, box, strict=True)) for turn in turns)
    assert bool(obstacles(goods, packages)[0, 0] == 0) is fits


def test_a_tenth_of_a_millimetre_too_large_does_not_fit_and_exactly_as_large_does():
    box = read_packages(
        [
            {
                "package_type": "b",
                "rank": 1,
                "inner_length_cm": 30.1,
                "inner_width_cm": 20.0,
                "inner_height_cm": 10.0,
            }
        ],
        "",
    )
    for length, code in ((30.1, 0), (30.11, TOO_SMALL), (0.1 + 30.0, 0)):
        row = {"product_id": "p", "length_cm": length, "width_cm": 20.0, "height_cm": 10.0}
        assert obstacles(read_goods([row], ""), box)[0, 0] == code


def test_what_has_no_measures_stays_where_it_was_sent():
    packages = read_packages(
        [
            {
                "package_type": name,
                "rank": rank,
                "inner_length_cm": 9,
                "inner_width_cm": 9,
                "inner_height_cm": 9,
            }
            for name, rank in (("bag", 1), ("box", 2))
        ],
        "",
    )
    goods = read_goods([{"product_id": "p", "length_cm": 0, "width_cm": 5, "height_cm": 5}], "")
    assert obstacles(goods, packages).tolist() == [[NO_SIZE, NO_SIZE]]
    assert obstacles(goods, packages, np.array([[True, False]])).tolist() == [[0, NO_SIZE]]


def check_fits(assignment, made):
    """Nothing is assigned that does not fit, spelled out from the tables."""
    types = {row["package_type"]: row for row in made.package_types.to_pylist()}
    for product, row in zip(made.products.to_pylist(), assignment.to_pylist(), strict=True):
        kind = types[row["package_type"]]
        assert product["weight_g"] <= kind["max_weight_g"]
        assert kind["allows_liquid"] or not product["liquid"]
        assert kind["allows_hazardous"] or not product["hazardous"]
        if kind["inner_length_cm"] is not None:
            sides = sorted(product[f"{s}_cm"] for s in ("length", "width", "height"))
            inner = sorted(kind[f"inner_{s}_cm"] for s in ("length", "width", "height"))
            assert all(a <= b + 1e-9 for a, b in zip(sides, inner, strict=True))


@pytest.mark.parametrize("aim", [{}, {"budget": "today"}, {"tradeoff": 0}, {"tradeoff": 50}])
def test_every_assignment_fits(fitted, made, aim):
    check_fits(fitted.assign(made.products, **aim), made)


# -- the aims --------------------------------------------------------------------------------------


def test_a_budget_is_met_in_money_and_more_money_means_less_damage(fitted, made):
    lowest = fitted.assign(made.products, tradeoff=0, confidence=None).totals["shipping_cost"]
    damage = []
    for budget in (lowest * 1.0001, lowest * 1.1, lowest * 1.5, lowest * 3):
        totals = fitted.assign(made.products, budget=budget, confidence=None).totals
        assert totals["shipping_cost"] <= budget * (1 + 1e-9)
        damage.append(totals["damage_cost"])
    assert damage == sorted(damage, reverse=True)
    with pytest.raises(InputError, match="Give at least that"):
        fitted.assign(made.products, budget=lowest * 0.99)


def test_todays_budget_costs_no_more_and_breaks_less(fitted, made):
    totals = fitted.assign(made.products, budget="today").totals
    assert totals["shipping_cost"] <= totals["shipping_cost_today"] * (1 + 1e-9)
    assert totals["damages"] < totals["damages_today"]


def test_same_damage_least_waste(fitted, made):
    today = fitted.assign(made.products, confidence=None).totals
    found = fitted.assign(made.products, damage_target="today", least="material", confidence=None)
    assert found.totals["damage_cost"] <= found.totals["damage_cost_today"] * (1 + 1e-9)
    assert found.totals["material_g"] < today["material_g_today"]
    check_fits(found, made)


def test_a_change_is_proposed_only_when_its_lower_bound_is_above_zero(fitted, made):
    sure, plain = fitted.assign(made.products, confidence=0.95), fitted.assign(made.products)
    proposed = plain.changes.to_pylist()
    assert 0 < len(proposed) < sum(plain["changed"].to_pylist())
    assert all(r["saving_low"] > 0 and r["changed"] for r in proposed if r["reason"] != REASONS[1])
    rows = sure.to_pylist()
    forced = REASONS[1]
    assert all(r["saving_low"] > 0 for r in rows if r["changed"] and r["reason"] != forced)
    assert sure.totals["changed"] < plain.totals["changed"]
    kept = [r for r in rows if "not sure enough" in r["reason"]]
    assert kept and not any(r["changed"] for r in kept)


def test_the_reasons_are_true(fitted, made):
    found = fitted.assign(made.products)
    ranks = {t: j for j, t in enumerate(fitted.package_types_)}
    seen = set()
    for row in found.to_pylist():
        reason = row["reason"]
        seen.add(reason.split(":")[0].split(",")[0])
        total = row["shipping_cost"] + row["damage"] * row["damage_cost"]
        if row["today"] is None:
            assert reason.startswith("Not sent before")
            continue
        before = row["shipping_cost_today"] + row["damage_today"] * row["damage_cost"]
        assert reason.startswith("Kept") is not row["changed"]
        if reason.startswith("Weaker"):
            assert ranks[row["package_type"]] < ranks[row["today"]] and total < before
        if reason.startswith("Stronger:"):
            assert ranks[row["package_type"]] > ranks[row["today"]] and total < before
            assert row["shipping_cost"] > row["shipping_cost_today"]
        if reason.startswith("Stronger, and"):
            assert row["shipping_cost"] <= row["shipping_cost_today"]
    assert {"Weaker", "Stronger", "Kept"} <= seen


def test_explain_says_what_stands_against_each_package(fitted, made):
    liquid = made.products["liquid"].to_pylist().index(True)
    product = made.products["product_id"][liquid].as_py()
    found = fitted.assign(made.products)
    said = found.explain(product)
    assert len(said) == 1 + 8
    assert "not marked as allowed for liquids" in said[1]
    assert sum("chosen" in line for line in said) == 1
    with pytest.raises(InputError, match="'nobody' is not among those"):
        found.explain("nobody")


def test_the_frontier_falls_and_agrees_with_the_assignments(fitted, made):
    curve = fitted.frontier(made.products, points=50)
    shipping, damage = curve["shipping_cost"].to_numpy(), curve["damage_cost"].to_numpy()
    assert len(curve) > 10
    assert (np.diff(shipping) > 0).all() and (np.diff(damage) < 0).all()
    slopes = np.diff(damage) / np.diff(shipping)
    assert (np.diff(slopes) >= -1e-9).all()  # convex
    for row in curve.to_pylist()[:: len(curve) // 5]:
        at = fitted.assign(made.products, budget=row["shipping_cost"], confidence=None).totals
        assert at["damage_cost"] == pytest.approx(row["damage_cost"], rel=1e-6)
    ends = fitted.assign(made.products, tradeoff=0, confidence=None).totals
    first = curve.slice(0, 1).to_pylist()[0]
    for name in ("shipping_cost", "damage_cost", "damages", "material_g", "co2e_g"):
        assert ends[name] == pytest.approx(first[name])


def test_what_nothing_fits_is_said(fitted):
    found = fitted.assign([{"product_id": "piano", "weight_g": 400_000.0, "price": 9000.0}])
    assert found.to_pylist()[0]["package_type"] is None
    assert found.totals["unassigned"] == 1
    assert all("not strong enough" in line for line in found.explain("piano")[1:])


def test_an_assignment_is_a_table_to_any_library(fitted, made):
    polars = pytest.importorskip("polars")
    found = fitted.assign(made.products)
    frame = polars.DataFrame(found)
    assert frame["package_type"].to_list() == found["package_type"].to_pylist()
    assert pa.table(found).num_rows == len(found)


# -- costs -----------------------------------------------------------------------------------------


def test_freight_is_billed_by_the_heavier_of_scales_and_volume():
    goods = read_goods(
        [
            {
                "product_id": "feathers",
                "weight_g": 400.0,
                "length_cm": 10.0,
                "width_cm": 20.0,
                "height_cm": 30.0,
            }
        ],
        "",
    )
    inner = {"inner_length_cm": 40, "inner_width_cm": 50, "inner_height_cm": 60}
    packages = read_packages(
        [
            {"package_type": "bag", "rank": 1, "material_g": 100.0, "rigid": False, **inner},
            {"package_type": "box", "rank": 2, **inner},
            {"package_type": "any size", "rank": 3},
        ],
        "",
    )
    # 6 litres are 1.2 kg at 5000; the box's 120 litres are 24 kg; by the scales 0.5 and 0.4.
    assert billed_kilograms(goods, packages, 5000, 0.0).tolist() == [[1.2, 24.0, 1.2]]
    assert billed_kilograms(goods, packages, None, 0.0).tolist() == [[0.5, 0.4, 0.4]]


def test_damage_costs_lie_between_the_products_own_and_the_usual():
    goods = read_goods([{"product_id": "a", "price": 10.0}, {"product_id": "b"}], "")
    got = damage_costs(goods, np.array([40.0, 0.0]), np.array([2.0, 0.0]), 1.5, 7.0)
    assert got.tolist() == [(40 + 2 * 15) / 4, 7.0]
    with pytest.raises(InputError, match="'b'"):
        damage_costs(goods, np.zeros(2), np.zeros(2), 1.0, float("nan"))


def test_grams_that_nobody_gave_are_estimated_and_said():
    sizes = {"inner_length_cm": 30.0, "inner_width_cm": 20.0, "inner_height_cm": 10.0}
    types = read_packages(
        [
            {"package_type": "poly bag", "rank": 1, "rigid": False, **sizes},
            {"package_type": "carton", "rank": 2, **sizes},
            {"package_type": "own", "rank": 3, "material_g": 200.0, "co2e_g": 50.0},
            {"package_type": "unmeasured", "rank": 4},
        ],
        "fit",
    )
    grams, co2e = types.footprint
    # Two sheets of film around the content, and a slotted case: by hand.
    assert grams[0] == pytest.approx(2 * 0.4 * 0.3 * 55) and co2e[0] == pytest.approx(
        grams[0] * 2.601
    )
    assert grams[1] == pytest.approx(0.3 * 451) and co2e[1] == pytest.approx(grams[1] * 0.821)
    assert (grams[2], co2e[2]) == (200.0, 50.0)
    assert np.isnan(grams[3]) and np.isnan(co2e[3])
    said = " ".join(disagreements(types))
    assert "material_g is not given for 'poly bag', 'carton': it is estimated" in said


def test_what_nobody_weighed_goes_only_where_it_went_before_or_where_weight_is_no_matter():
    goods = read_goods([{"product_id": "a"}, {"product_id": "b", "weight_g": 90.0}], "")
    types = read_packages([{"package_type": "bag", "rank": 1, "max_weight_g": 100.0},
                           {"package_type": "box", "rank": 2}], "")  # fmt: skip
    assert (obstacles(goods, types) == 0).tolist() == [[False, True], [True, True]]
    sent = np.array([[True, False], [False, False]])
    assert (obstacles(goods, types, sent) == 0).all()
