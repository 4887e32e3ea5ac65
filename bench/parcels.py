"""Packaging on simulated histories with known truth, beside other models and the oracle.

Nobody publishes shipping damage, so the history is simulated (the parameters stand in
`chowk.delivery.packaging.simulation`); products, their sizes and weights are Olist's real ones.
Models learn from the first four fifths of the shipments in time and are judged on the last fifth;
what an assignment costs is reckoned with the true probabilities.

Packing in three dimensions stands beside py3dbp, on made-up orders of 100 items and more volume
than the box has; every arrangement of ours is verified by the separate checker.

    python bench/parcels.py [--data FOLDER] [--json FILE] [--difficulty middle] [--seeds 5]
                            [--products 3000] [--shipments 45000] [--only quality|speed|packing]
"""

from __future__ import annotations

import importlib.util
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from _report import Row, arguments, emit, lacking
from chowk.delivery import PackageRecommender
from chowk.delivery.packaging import damage as learning
from chowk.delivery.packaging.damage import Settings
from chowk.delivery.packaging.goods import read_goods
from chowk.delivery.packaging.plain import CategoryRates, cheapest
from chowk.delivery.packaging.simulation import DIFFICULTIES, Simulated, simulate
from chowk.delivery.packaging.tradeoff import Exchange

Predict = Callable[[], np.ndarray[Any, Any]]


def main() -> None:
    """Simulate, fit, judge, print."""
    parser = arguments(__doc__)
    parser.add_argument("--difficulty", choices=tuple(DIFFICULTIES), default="middle")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--products", type=int, default=3000)
    parser.add_argument("--shipments", type=int, default=45_000)
    parser.add_argument("--only", choices=("quality", "speed", "packing"))
    options = parser.parse_args()
    source = options.data / "olist_products" / "olist_products.parquet"
    if not source.is_file():
        lacking("parcels", f"{source} is not there. Name the folder of the data with --data.")
    for module in ("sklearn", "lightgbm", "mord", "py3dbp"):
        if importlib.util.find_spec(module) is None:
            lacking("parcels", "pip install scikit-learn lightgbm mord py3dbp, the peers, first.")
    rows: list[Row] = []
    if options.only in (None, "quality"):
        rows += quality(options, source)
    if options.only in (None, "speed"):
        rows += speed()
    if options.only in (None, "packing"):
        rows += packing()
    emit("parcels", rows, options.json)


def olist(source: Path, count: int, seed: int) -> dict[str, Any]:
    """A sample of Olist's products, with their real sizes and weights."""
    table = pq.read_table(source)
    sized = [c for c in table.column_names if c.endswith(("_cm", "_g"))]
    keep = np.ones(len(table), dtype=bool)
    for name in sized:
        keep &= np.nan_to_num(table[name].to_numpy()) > 0
    chosen = np.random.default_rng(seed).permutation(np.flatnonzero(keep))[:count]
    table = table.take(pa.array(chosen))
    return {
        "product_id": table["product_id"].to_pylist(),
        "category": [c or "other" for c in table["product_category_name"].to_pylist()],
        **{f"{s}_cm": table[f"product_{s}_cm"].to_numpy() for s in ("length", "width", "height")},
        "weight_g": table["product_weight_g"].to_numpy(),
    }


def quality(options: Any, source: Path) -> list[Row]:
    """Means over the seeds: every rival's figures, ours beside each."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    effect: dict[str, list[float]] = defaultdict(list)
    for seed in range(1, options.seeds + 1):
        made = simulate(
            olist(source, options.products, seed),
            options.shipments,
            difficulty=options.difficulty,
            seed=seed,
        )
        for name, figures in judge(made, effect):
            for metric, value in figures.items():
                found[name][metric].append(value)
        print(f"seed {seed} done", flush=True)
    rows = []
    ours = found["ours"]
    for metric, values in ours.items():
        better = "higher" if metric == "PR-AUC" else "lower"
        for name, figures in found.items():
            if name == "ours" or metric not in figures:
                continue
            rows.append(
                Row(
                    options.difficulty,
                    metric,
                    better,
                    float(np.mean(values)),
                    name,
                    float(np.mean(figures[metric])),
                )
            )
        spread = f"{min(values):.4g} to {max(values):.4g}"
        print(f"ours, {metric}: {np.mean(values):.4g} ({spread} over {len(values)} seeds)")
    for metric, values in effect.items():
        print(f"{metric}: {np.mean(values):.4g} ({min(values):.4g} to {max(values):.4g})")
        rows.append(Row(options.difficulty, metric, "lower", float(np.mean(values))))
    return rows


def judge(
    made: Simulated, effect: dict[str, list[float]]
) -> Iterator[tuple[str, dict[str, float]]]:
    """Every rival's figures on one history."""
    cut = int(0.8 * len(made.shipments))
    past, later = made.shipments.slice(0, cut), made.shipments.slice(cut)
    recommender = PackageRecommender().fit(past, made.products, made.package_types)
    costs = recommender.assign(made.products)._costs
    guard = 0.95
    rows, kinds = codes(later, made)
    broken = later["damaged"].to_numpy().astype(bool)
    harm = (costs.parcels * costs.damage_cost)[:, None] * made.truth
    outlay = costs.outlay("cost")
    truth = Exchange(outlay, harm, costs.allowed)
    plain_budget = costs.today(outlay)
    best_budget, best_sum = truth.within_budget(plain_budget), truth.at(1.0)

    for name, predict in rivals(made, past, recommender):
        p = predict()
        exchange = Exchange(
            outlay, (costs.parcels * costs.damage_cost)[:, None] * p, costs.allowed, costs.current
        )
        expected, bounded = exchange.at(1.0), exchange.within_budget(plain_budget)
        true_harm = [true(harm, choice.picked) for choice in (expected, bounded)]
        yield (
            name,
            {
                **scores(p[rows, kinds], broken),
                "order violations": float((np.diff(p, axis=1) > 1e-12).any(axis=1).mean()),
                "cost over the oracle's": (expected.cost + true_harm[0])
                / (best_sum.cost + best_sum.harm)
                - 1,
                "damage over the oracle's, today's budget": true_harm[1] / best_budget.harm - 1,
                "cost over the oracle's, along the frontier": along(exchange, truth, harm),
            },
        )
    took = cheapest(outlay, costs.allowed)
    before = costs.before
    spent, lost = true(outlay, before), true(harm, before)
    yield (
        "cheapest that fits",
        {
            "cost over the oracle's": (true(outlay, took) + true(harm, took))
            / (best_sum.cost + best_sum.harm)
            - 1
        },
    )
    yield (
        "today",
        {
            "cost over the oracle's": (spent + lost) / (best_sum.cost + best_sum.harm) - 1,
            "damage over the oracle's, today's budget": lost / best_budget.harm - 1,
        },
    )
    # As it is used: shipping is to cost less than today, and damage still to fall.
    for share in (0.01, 0.05):
        budget = (1 - share) * plain_budget
        for who, picked in (
            ("ours", recommender.assign(made.products, budget=budget).picked),
            (
                "ours, guarded",
                recommender.assign(made.products, budget=budget, confidence=guard).picked,
            ),
            ("oracle", truth.within_budget(budget).picked),
        ):
            assert true(outlay, picked) <= budget * (1 + 1e-9)
            effect[f"shipping -{share:.0%}, {who}: true damage cost, change"].append(
                true(harm, picked) / lost - 1
            )
    sure = recommender.assign(made.products)
    told = sure.totals["saving"] or 0.0
    saved = spent + lost - true(outlay, sure.picked) - true(harm, sure.picked)
    effect["saving that is told over the true one"].append(told / saved)
    inside = (sure.totals["saving_low"] or 0) <= saved <= (sure.totals["saving_high"] or 0)
    effect["true saving outside the told interval"].append(float(not inside))


def along(exchange: Exchange, truth: Exchange, harm: Any) -> float:
    """Mean over budgets of what an assignment costs in all beyond the oracle's at that budget."""
    low, high = truth.at(0.0).cost, truth.at(np.inf).cost
    found = []
    for share in (0.05, 0.1, 0.2, 0.3, 0.5):
        budget = low + share * (high - low)
        ours, best = exchange.within_budget(budget), truth.within_budget(budget)
        found.append((ours.cost + true(harm, ours.picked)) / (best.cost + best.harm) - 1)
    return float(np.mean(found))


def rivals(
    made: Simulated, past: pa.Table, recommender: PackageRecommender
) -> Iterator[tuple[str, Predict]]:
    """Ours, the ablations, the plain one, and the peers; each predicts [products, types]."""
    yield "ours", lambda: recommender.damage(made.products)
    goods = read_goods(made.products, "bench")
    features = recommender.features_
    x = features.transform(goods)
    for name, copies, constrained in (
        ("without signs", None, False),
        ("without copies", 0.0, True),
        ("without either", 0.0, False),
    ):
        yield name, lambda c=copies, s=constrained: ablated(x, made, past, recommender, c, s)
    rates = CategoryRates().fit(past, made.products, made.package_types)
    yield "rates by category", lambda: rates.damage(made.products)
    yield from peers(x, made, past)


def ablated(
    x: sparse.csr_array,
    made: Simulated,
    past: pa.Table,
    recommender: PackageRecommender,
    copies: float | None,
    constrained: bool,
) -> np.ndarray[Any, Any]:
    """Our own learning with a part of it switched off."""
    from scipy.special import expit

    from chowk.delivery.packaging.history import read_history

    goods = read_goods(made.products, "bench")
    packages = recommender.packages_
    history = read_history(past, goods, packages, "bench")
    found = learning.learn(x, goods, packages, history, Settings(copies, constrained, 0))
    # Without the running minimum, which would hide what the signs are for.
    habit = found.packers.habit(x, found.chosen)
    z = found.model.logits(x, habit) + found.effects[:, None]
    return np.asarray(expit(found.slope * z + found.shift)[:, packages.level])


def peers(x: sparse.csr_array, made: Simulated, past: pa.Table) -> Iterator[tuple[str, Predict]]:
    """scikit-learn, mord and LightGBM on the same features, with the rank beside them."""
    import lightgbm
    import mord
    from sklearn.linear_model import LogisticRegression

    rows, kinds = codes(past, made)
    y = past["damaged"].to_numpy().astype(int)
    m = len(made.package_types)

    def thermometer(i: Any, j: Any) -> sparse.csr_array:
        steps = (j[:, None] <= np.arange(m - 1)[None, :]).astype(float)
        mine = x[i]
        crossed = [mine.multiply(steps[:, [k]]) for k in range(m - 1)]
        return sparse.csr_array(sparse.hstack([mine, sparse.csr_array(steps), *crossed]))

    def dense(i: Any, j: Any) -> np.ndarray[Any, Any]:
        return np.hstack([x[i].toarray(), j[:, None]])

    def everywhere(shape: Any, predict: Any) -> Predict:
        def told() -> np.ndarray[Any, Any]:
            cells = [
                predict(shape(np.arange(len(made.products)), np.full(len(made.products), j)))
                for j in range(m)
            ]
            return np.column_stack(cells)

        return told

    logistic = LogisticRegression(C=0.1, max_iter=300).fit(thermometer(rows, kinds), y)
    yield (
        "scikit-learn logistic",
        everywhere(thermometer, lambda a: logistic.predict_proba(a)[:, 1]),
    )
    ordinal = mord.LogisticAT(alpha=1.0).fit(dense(rows, kinds), y)
    yield "mord LogisticAT", everywhere(dense, lambda a: ordinal.predict_proba(a)[:, 1])
    boosted = lightgbm.train(
        {
            "objective": "binary",
            "monotone_constraints": [0] * x.shape[1] + [-1],
            "learning_rate": 0.05,
            "num_leaves": 31,
            "min_data_in_leaf": 100,
            "verbosity": -1,
            "num_threads": 1,
            "seed": 0,
        },
        lightgbm.Dataset(dense(rows, kinds), y),
        150,
    )
    yield "LightGBM monotone", everywhere(dense, boosted.predict)


def codes(shipments: pa.Table, made: Simulated) -> tuple[Any, Any]:
    """Product and type indices of each shipment."""
    at = {p: i for i, p in enumerate(made.products["product_id"].to_pylist())}
    kind = {t: j for j, t in enumerate(made.package_types["package_type"].to_pylist())}
    rows = np.array([at[p] for p in shipments["product_id"].to_pylist()])
    return rows, np.array([kind[t] for t in shipments["package_type"].to_pylist()])


def scores(p: Any, broken: Any) -> dict[str, float]:
    """Log-loss, PR-AUC and calibration error of predictions for real, held-out rows."""
    from sklearn.metrics import average_precision_score, log_loss

    order = np.argsort(p)
    error = sum(
        len(part) / len(p) * abs(p[part].mean() - broken[part].mean())
        for part in np.array_split(order, 10)
    )
    return {
        "log-loss": float(log_loss(broken, np.clip(p, 1e-9, 1 - 1e-9))),
        "PR-AUC": float(average_precision_score(broken, p)),
        "calibration error": float(error),
    }


def true(cells: Any, picked: Any) -> float:
    """A total of cells at the picked types."""
    rows = np.flatnonzero(picked >= 0)
    return float(cells[rows, picked[rows]].sum())


def speed(products: int = 1_000_000) -> list[Row]:
    """A million products by eight packages: the choice alone, and from table to table."""
    made = simulate(2000, 20_000, seed=1)
    recommender = PackageRecommender(replicates=20).fit(
        made.shipments, made.products, made.package_types
    )
    many = made.products.take(pa.array(np.arange(products) % len(made.products)))
    many = many.set_column(0, "product_id", pa.array(np.arange(products)).cast(pa.string()))
    costs = recommender._costs(read_goods(many, "bench"), None, None)
    exchange = Exchange(costs.outlay("cost"), costs.harm(), costs.allowed)
    middle = (exchange.at(0.0).cost + exchange.at(np.inf).cost) / 2
    case, rows = f"{products:,} products x 8", []
    for metric, act in (
        ("the choice at a trade-off", lambda: exchange.at(1.0)),
        ("the choice within a budget", lambda: exchange.within_budget(middle)),
        ("every step of the frontier", exchange.steps),
        ("damage() of a table", lambda: recommender.damage(many)),
        ("assign() of a table", lambda: recommender.assign(many).table),
        ("assign() within a budget", lambda: recommender.assign(many, budget=middle).table),
    ):
        started, own = time.perf_counter(), time.process_time()
        act()
        rows.append(Row(case, f"{metric}, processor s", "lower", time.process_time() - own))
        rows.append(Row(case, f"{metric}, s", "lower", time.perf_counter() - started))
    return rows


def packing(orders: int = 32, items: int = 100) -> list[Row]:
    """Fill and time beside py3dbp, and the two failures that its users report."""
    from chowk.delivery import pack_box, packing_faults

    rng = np.random.default_rng(7)
    fills: dict[str, list[float]] = defaultdict(list)
    seconds: dict[str, float] = defaultdict(float)
    faults = changed = 0
    for number in range(orders):
        lines, box = order(rng, number % 4, items)
        started = time.process_time()
        packed = pack_box(lines, box)
        seconds["ours"] += time.process_time() - started
        fills["ours"].append(packed.fill)
        faults += len(packing_faults(packed, lines))
        shuffled = [lines[k] for k in rng.permutation(items)]
        changed += pack_box(shuffled, box) != packed
        fill, spent, _ = py3dbp(lines, box)
        fills["py3dbp"].append(fill)
        seconds["py3dbp"] += spent
    case = f"packing {items} items, {orders} orders"
    crates = [
        {"item_id": "c", "length_cm": a, "width_cm": b, "height_cm": c, "quantity": 3}
        for a, b, c in ((40, 30, 30), (30, 40, 30), (30, 30, 40))
    ]
    ours = [len(pack_box([crate], (90, 40, 30)).placements) for crate in crates]
    theirs = [py3dbp([crate] * 3, (90, 40, 30))[2] for crate in crates]
    return [
        Row(case, "fill", "higher", float(np.mean(fills["ours"])), "py3dbp",
            float(np.mean(fills["py3dbp"]))),
        Row(case, "processor seconds an order", "lower", seconds["ours"] / orders, "py3dbp",
            seconds["py3dbp"] / orders),
        Row(case, "faults that the checker finds", "lower", float(faults)),
        Row(case, "orders that pack otherwise when shuffled", "lower", float(changed)),
        Row("three 40x30x30 in 90x40x30", "fewest packed, sides permuted", "higher",
            float(min(ours)), "py3dbp", float(min(theirs))),
    ]  # fmt: skip


def order(rng: Any, kind: int, items: int) -> tuple[list[dict[str, Any]], Any]:
    """An order: alike in size, very unlike, of eight kinds, or small in a roomy box."""
    if kind == 2:
        kinds = np.column_stack([rng.integers(5, high, 8) for high in (26, 21, 16)])
        sides, box = kinds[rng.integers(0, 8, items)], (60, 50, 40)
    else:
        low, high, box = {
            0: (5, 21, (60, 40, 50)),
            1: (3, 31, (80, 60, 60)),
            3: (5, 16, (60, 50, 50)),
        }[kind]
        sides = rng.integers(low, high, (items, 3))
    names = ("length_cm", "width_cm", "height_cm")
    lines = [
        {"item_id": f"i{k}", **dict(zip(names, row, strict=True))}
        for k, row in enumerate(sides.tolist())
    ]
    return lines, box


def py3dbp(lines: list[dict[str, Any]], box: Any) -> tuple[float, float, int]:
    """Share filled, processor seconds, and how many it packed, the largest first."""
    from py3dbp import Bin, Item, Packer

    packer = Packer()
    packer.add_bin(Bin("box", *box, 1e9))
    for line in lines:
        sides = (line["length_cm"], line["width_cm"], line["height_cm"])
        packer.add_item(Item(line["item_id"], *sides, 1))
    started = time.process_time()
    packer.pack(bigger_first=True)
    spent = time.process_time() - started
    inside = packer.bins[0].items
    return sum(float(i.get_volume()) for i in inside) / float(np.prod(box)), spent, len(inside)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    main()
