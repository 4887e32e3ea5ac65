"""The order of the packages: damage never rises with strength, for anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse, special

from chowk.delivery import PackageRecommender
from chowk.delivery.packaging.ordinal import (
    Ordinal,
    augmented,
    fit_calibration,
    fit_ordinal,
    product_effects,
)
from chowk.delivery.packaging.packers import Packers
from chowk.delivery.packaging.simulation import simulate


def test_no_product_and_no_package_is_out_of_order(fitted, made):
    p = fitted.damage(made.products)
    assert p.shape == (len(made.products), 8)
    assert ((p > 0) & (p < 1)).all()
    assert (np.diff(p, axis=1) <= 0).all()
    assert (np.diff(p, axis=1) < 0).any()


def test_products_that_were_never_seen_keep_the_order(fitted):
    strangers = simulate(3000, 10, seed=99, difficulty="hard").products
    strangers = strangers.drop_columns(["title"])
    assert (np.diff(fitted.damage(strangers), axis=1) <= 0).all()


#: Null characters are refused by every table, with the row and the rule.
_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "weight_g": st.none() | st.floats(0, 1e12),
                "length_cm": st.none() | st.floats(0, 1e6),
                "width_cm": st.none() | st.floats(0, 1e6),
                "height_cm": st.none() | st.floats(0, 1e6),
                "fragile": st.none() | st.booleans(),
                "liquid": st.none() | st.booleans(),
                "title": st.none() | _TEXTS,
                "category": st.none() | _TEXTS,
            }
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=30, deadline=None)
def test_any_product_keeps_the_order(fitted, rows):
    p = fitted.damage([{"product_id": str(i), **row} for i, row in enumerate(rows)])
    assert np.isfinite(p).all() and (np.diff(p, axis=1) <= 0).all()


def test_a_history_that_says_the_opposite_does_not_turn_the_order():
    # Fragile goods were boxed: the box looks worse than the bag. The model may not believe it.
    products = [{"product_id": "vase", "price": 9.0}, {"product_id": "sock", "price": 9.0}]
    types = [{"package_type": "bag", "rank": 1}, {"package_type": "box", "rank": 2}]
    sent = [
        {"product_id": p, "package_type": t, "damaged": k < broken}
        for p, t, broken in (("vase", "box", 60), ("sock", "bag", 2))
        for k in range(300)
    ]
    p = PackageRecommender(replicates=0).fit(sent, products, types).damage(products)
    assert (p[:, 0] >= p[:, 1]).all()


def test_types_of_equal_rank_are_equally_strong():
    products = [{"product_id": f"p{i}", "price": 9.0} for i in range(20)]
    types = [
        {"package_type": "large box", "rank": 7, "material_cost": 2},
        {"package_type": "bag", "rank": 1, "material_cost": 1},
        {"package_type": "small box", "rank": 7, "material_cost": 1},
    ]
    names = [t["package_type"] for t in types]
    sent = [
        {"product_id": f"p{k % 20}", "package_type": names[k % 3], "damaged": k % 7 == 0}
        for k in range(600)
    ]
    fitted = PackageRecommender(replicates=0).fit(sent, products, types)
    assert fitted.package_types_ == ("bag", "large box", "small box")
    p = fitted.damage(products)
    assert (p[:, 1] == p[:, 2]).all() and (p[:, 0] >= p[:, 1]).all()


def test_the_order_of_length_width_and_height_does_not_matter(fitted, made):
    turned = made.products.rename_columns(
        [
            {"length_cm": "height_cm", "height_cm": "width_cm", "width_cm": "length_cm"}.get(c, c)
            for c in made.products.column_names
        ]
    )
    assert (fitted.damage(made.products) == fitted.damage(turned)).all()
    first, second = fitted.assign(made.products), fitted.assign(turned)
    assert first["package_type"].to_pylist() == second["package_type"].to_pylist()


def test_the_order_of_the_rows_does_not_matter(made):
    # Times are given, so the order of the rows says nothing; sums differ in their last bits.
    rng = np.random.default_rng(0)
    first = PackageRecommender(replicates=0).fit(made.shipments, made.products, made.package_types)
    shuffled = PackageRecommender(replicates=0).fit(
        made.shipments.take(rng.permutation(len(made.shipments))),
        made.products,
        made.package_types.take(rng.permutation(8)),
    )
    assert np.allclose(first.damage(made.products), shuffled.damage(made.products), atol=1e-6)


def test_the_same_seed_gives_the_same_model(made, fitted):
    again = PackageRecommender(replicates=5).fit(made.shipments, made.products, made.package_types)
    assert (again.damage(made.products) == fitted.damage(made.products)).all()
    assert again.assign(made.products).table.equals(fitted.assign(made.products).table)


def test_as_many_are_expected_broken_as_broke(made, fitted):
    rows = {p: i for i, p in enumerate(made.products["product_id"].to_pylist())}
    kinds = {t: j for j, t in enumerate(fitted.package_types_)}
    i = np.array([rows[p] for p in made.shipments["product_id"].to_pylist()])
    j = np.array([kinds[t] for t in made.shipments["package_type"].to_pylist()])
    told, true = fitted.damage(made.products)[i, j], made.truth[i, j]
    broken = made.shipments["damaged"].to_numpy().mean()
    assert told.mean() == pytest.approx(broken, rel=1e-6)
    # Which ones break is known here: those of the higher half do so much oftener.
    high = told > np.median(told)
    assert true[high].mean() > 1.5 * true[~high].mean()


# -- the model itself ------------------------------------------------------------------------------


def test_the_fit_is_the_minimum_that_a_general_solver_finds():
    rng = np.random.default_rng(3)
    x, habit = rng.random((40, 2)), rng.random((40, 1))
    whole, damaged = rng.integers(0, 9, (40, 3)) * 1.0, rng.integers(0, 4, (40, 3)) * 1.0
    found = fit_ordinal(
        sparse.csr_array(x), whole, damaged, ridge=0.7, hold=0.4, habit=habit, iterations=2000
    )
    every = np.hstack([x, habit])

    def loss(v):
        a, beta, step, steps, slope = v[0], v[1:4], v[4], v[5:7], v[7:10]
        slopes = v[10:].reshape(3, 2)
        z = np.empty((40, 3))
        for level in range(3):  # spelled out, level by level
            z[:, level] = a + every @ beta
            for k in range(level, 2):
                z[:, level] += step + steps[k] + every @ slope + every @ slopes[:, k]
        fit = -(damaged * np.log(special.expit(z)) + whole * np.log(special.expit(-z))).sum()
        held = 0.4 * (slope[:2] ** 2).sum() + 4 * slope[2] ** 2
        apart = 80 * ((slopes**2).sum() + (steps**2).sum())
        return fit + (0.7 * (beta[:2] ** 2).sum() + beta[2] ** 2 + held + apart) / 2

    bounds = [(None, None)] * 4 + [(0, None)] * 12
    best = optimize.minimize(loss, np.full(16, 0.1), method="SLSQP", bounds=bounds, tol=1e-12)
    assert loss(found.packed()) == pytest.approx(best.fun, rel=1e-5)
    assert (found.packed()[4:] >= 0).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_coefficients_with_the_right_signs_cannot_break_the_order(seed):
    rng = np.random.default_rng(seed)
    model = Ordinal(
        intercept=rng.normal(0, 5),
        free=rng.normal(0, 9, 6),
        step=rng.exponential(1),
        steps=rng.exponential(2, 6) * (rng.random(6) < 0.7),
        slope=rng.exponential(2, 6) * (rng.random(6) < 0.5),
        slopes=rng.exponential(2, (6, 6)) * (rng.random((6, 6)) < 0.5),
    )
    z = model.logits(sparse.csr_array(rng.random((50, 4))), rng.random((50, 2)))
    assert (np.diff(z, axis=1) <= 0).all()


def test_a_damaged_parcel_counts_for_weaker_packages_and_a_whole_one_for_stronger():
    shipments = [(0, 1, True), (0, 2, False), (1, 0, True)]  # product, level, damaged
    whole, damaged = np.zeros((2, 3)), np.zeros((2, 3))
    by_hand = {True: np.zeros((2, 3)), False: np.zeros((2, 3))}
    for i, level, broken in shipments:
        (damaged if broken else whole)[i, level] += 1
        by_hand[broken][i, level] += 1
        for other in range(3):
            if (broken and other < level) or (not broken and other > level):
                by_hand[broken][i, other] += 0.25
    got = augmented(whole, damaged, 0.25)
    assert (got[0] == by_hand[False]).all() and (got[1] == by_hand[True]).all()


def test_the_packers_choice_is_what_a_regression_leaves_over():
    rng = np.random.default_rng(1)
    x = rng.random((60, 2))
    sent = rng.integers(0, 5, (60, 3)) * 1.0
    sent[7] = 0
    features = sparse.csr_array(x)
    packers = Packers.of(features, sent)
    got = packers.choice(features, sent)
    rows = np.flatnonzero(sent.sum(axis=1) > 0)
    level = (sent[rows] @ np.arange(3)) / sent[rows].sum(axis=1)
    plain = np.hstack([np.ones((len(rows), 1)), x[rows]])
    solved = np.linalg.solve(plain.T @ plain + np.diag([0.0, 5.0, 5.0]), plain.T @ level)
    assert np.allclose(got[rows], level - plain @ solved) and got[7] == 0
    habit = packers.habit(features, got)
    assert ((habit >= 0) & (habit <= 1)).all()
    assert np.allclose(habit[rows, 0] * 2, plain @ solved)
    assert np.allclose(habit[:, 1::2], 1 - habit[:, ::2])


def test_a_products_own_history_moves_all_packages_together_and_is_the_mode():
    z, whole, damaged = np.array([[0.3, -0.4]]), np.array([[4.0, 9.0]]), np.array([[3.0, 1.0]])
    grid = np.linspace(-3, 3, 60_001)
    p = special.expit(z[0][:, None] + grid)
    value = (damaged[0] @ np.log(p)) + (whole[0] @ np.log(1 - p)) - grid**2 / 2 / 0.5
    assert product_effects(z, whole, damaged, 0.5)[0] == pytest.approx(
        grid[value.argmax()], abs=1e-3
    )


def test_what_packers_boxed_because_it_breaks_does_not_speak_against_the_box():
    # Packers see what no column says: they box it. By the rows alone boxes break more than bags;
    # of the products that went out in both, the box spares half.
    rng = np.random.default_rng(4)
    brittle = np.repeat([False, True], 60)
    products = [{"product_id": f"p{i}", "price": 9.0} for i in range(120)]
    types = [{"package_type": "bag", "rank": 1}, {"package_type": "box", "rank": 2}]
    boxed = np.where(brittle, 0.8, 0.2)[:, None] > rng.random((120, 200))
    chance = np.where(brittle, 0.3, 0.03)[:, None] * np.where(boxed, 0.5, 1.0)
    broken = chance > rng.random((120, 200))
    assert broken[boxed].mean() > broken[~boxed].mean()
    sent = [
        {
            "product_id": f"p{i}",
            "package_type": "box" if boxed[i, k] else "bag",
            "damaged": bool(broken[i, k]),
        }
        for i in range(120)
        for k in range(200)
    ]
    p = PackageRecommender(replicates=0).fit(sent, products, types).damage(products)
    assert (p[:, 1] / p[:, 0]).mean() == pytest.approx(0.5, abs=0.1)


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_calibration_never_turns_the_order(seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, (30, 2))
    damaged = rng.integers(0, 3, (30, 2)) * 1.0  # no relation to z, or the opposite of one
    slope, _ = fit_calibration(z, (z > 0) * 1.0, damaged)
    assert slope > 0


TYPES = [
    {"package_type": name, "rank": rank, "material_cost": cost, "freight_per_kg": 1.0}
    for name, rank, cost in (("bag", 1, 0.1), ("box", 2, 0.6), ("crate", 3, 1.5))
]


def learnt(parcels, **how):
    """Forty alike products, each sent so often in each type, a tenth of the parcels broken."""
    products = [{"product_id": f"p{n}", "price": 30.0, "weight_g": 200.0} for n in range(40)]
    sent = [
        {"product_id": f"p{n}", "package_type": name, "damaged": (n + number) % 10 == 0}
        for name, count in parcels.items()
        for n in range(40)
        for number in range(count)
    ]
    return PackageRecommender(replicates=6, **how).fit(sent, products, TYPES), products


@pytest.mark.parametrize("only", ["bag", "box", "crate"])
def test_what_was_never_tried_is_an_assumption_and_never_sure(only):
    recommender, products = learnt({only: 20})
    p = recommender.damage(products)
    known = recommender.package_types_.index(only)
    assert p[:, known] == pytest.approx(0.1, abs=0.02)
    odds = p / (1 - p)
    # A step is worth about what was assumed: neither nothing breaks there, nor everything.
    assert (odds[:, :-1] / odds[:, 1:] < 3).all()
    assert (odds[:, :-1] / odds[:, 1:] > 1.2).all()
    found = recommender.assign(products, confidence=0.95)
    assert set(found["package_type"].to_pylist()) == {only}
    assert recommender.assign(products).changes.num_rows == 0
    said = " ".join(recommender.notes_)
    assert all((repr(name) in said) == (name != only) for name in ("bag", "box", "crate"))


def test_what_was_tried_on_all_sides_is_left_to_the_history():
    recommender, _ = learnt({"bag": 20, "box": 20, "crate": 20})
    assert not any("No parcel went in" in note for note in recommender.notes_)


def test_a_handful_of_whole_parcels_does_not_make_a_package_unbreakable():
    products = [{"product_id": f"p{n}", "price": 30.0, "weight_g": 200.0} for n in range(40)]
    few = [{"product_id": f"p{n}", "package_type": "crate", "damaged": False} for n in range(5)]
    sent = [
        {"product_id": f"p{n}", "package_type": "bag", "damaged": (n + number) % 10 == 0}
        for n in range(40)
        for number in range(20)
    ]
    found = PackageRecommender(replicates=0).fit(sent + few, products, TYPES).damage(products)
    assert (found[:, -1] > 0.01).all()
