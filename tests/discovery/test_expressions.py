"""Baskets and pairs against plain Python over the same events."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import chowk
from chowk.discovery import expressions as made
from chowk.store.store import Store

START = datetime(2024, 1, 1, 23, 59, 59, 999_999, tzinfo=UTC)
Rows = list[dict[str, Any]]


def some_events(seed: int = 3) -> Rows:
    """Orders of up to eight lines, with fees, refunds, repeated products and guests' sessions."""
    rng = random.Random(seed)
    rows: Rows = []
    for order in range(60):
        day = START + timedelta(days=rng.randrange(90))
        for _ in range(rng.randint(1, 8)):
            line: dict[str, Any] = {
                "session_id": f"s{order // 2}",
                "order_id": None if order % 7 == 0 else f"o{order}",
                "kind": rng.choice(["purchase"] * 8 + ["refund", "view_item"]),
                "product_id": rng.choice([*"abcdeABéस", None]),
                "quantity": rng.choice([1.0, 2.0, None]),
                "fee": rng.choice([None, False, False, True]),
                "ts": day + timedelta(minutes=rng.randrange(5)),
            }
            rows.append(line)
            if rng.random() < 0.2:  # and back it goes, whole or in part
                rows.append({**line, "kind": "refund", "quantity": 1.0})
    return [{"event_id": f"e{n}", **row} for n, row in enumerate(rows)]


EVENTS = some_events()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with chowk.create(tmp_path_factory.mktemp("pairs") / "shop") as shop:
        shop.write("events", EVENTS)
        shop.write("products", [{"product_id": p, "title": p} for p in "abcd"])
        yield shop


def lines_by_hand(events: Rows) -> dict[tuple[str, str], int]:
    units: Counter[tuple[str, str]] = Counter()
    back: Counter[tuple[str, str]] = Counter()
    when: dict[tuple[str, str], int] = {}
    for row in events:
        if row["product_id"] is None or row["fee"]:
            continue
        given = 1.0 if row["quantity"] is None else row["quantity"]
        if row["kind"] == "purchase":
            key = (row["order_id"] or row["session_id"], row["product_id"])
            units[key] += given
            second = math.floor(row["ts"].timestamp())
            when[key] = min(when.get(key, second), second)
        elif row["kind"] == "refund" and row["order_id"]:
            back[row["order_id"], row["product_id"]] += given
    return {key: when[key] for key in units if key not in back or back[key] < units[key]}


def lines_of(store: Store) -> dict[tuple[str, str], int]:
    rows = store.arrow(made.basket_lines(store["events"])).to_pylist()
    found = {(row["basket"], row["product_id"]): row["second"] for row in rows}
    assert len(found) == len(rows), "a product stands twice in a basket"
    return found


def test_lines_are_what_was_bought_and_kept(store: Store) -> None:
    expected = lines_by_hand(EVENTS)
    assert lines_of(store) == expected
    # The events hold a line that was given back whole, and one that was given back in part.
    bought = lines_by_hand([row for row in EVENTS if row["kind"] != "refund"])
    assert len(bought) > len(expected)


def test_only_the_catalogue_s_products_stay(store: Store) -> None:
    lines = made.catalogue_lines(made.basket_lines(store["events"]), store["products"])
    found = {row["product_id"] for row in store.arrow(lines).to_pylist()}
    assert found == set("abcd")


def counted(store: Store) -> tuple[Any, Any, Any]:
    lines = made.weighted_lines(
        made.basket_lines(store["events"]),
        now=int(START.timestamp()) + 90 * 86_400,
        half_life=30.0,
        power=0.5,
        largest=5,
    )
    items = made.item_counts(lines)
    return lines, items, made.pair_counts(lines, items)


def baskets_by_hand() -> dict[str, tuple[set[str], int]]:
    """Basket to products and weight."""
    lines = lines_by_hand(EVENTS)
    now = int(START.timestamp()) + 90 * 86_400
    found = {}
    for basket in {basket for basket, _ in lines}:
        products = {p for b, p in lines if b == basket}
        latest = max(second for (b, _), second in lines.items() if b == basket)
        if len(products) <= 5:
            age = (now - latest) // 86_400
            share = 2 ** (-age / 30) * len(products) ** -0.5
            found[basket] = (products, max(1, math.floor(made.UNIT * share + 0.5)))
    return found


def test_weights_follow_their_formula(store: Store) -> None:
    lines, _, _ = counted(store)
    found = {(r["basket"], r["product_id"]): r["weight"] for r in store.arrow(lines).to_pylist()}
    assert found == {
        (basket, product): weight
        for basket, (products, weight) in baskets_by_hand().items()
        for product in products
    }


def test_counts_scores_and_lifts(store: Store) -> None:
    lines, items, pairs = counted(store)
    baskets = baskets_by_hand()
    single, single_weight = Counter(), Counter()
    double, double_weight = Counter(), Counter()
    for products, weight in baskets.values():
        single.update(products)
        single_weight.update(dict.fromkeys(products, weight))
        for pair in itertools.permutations(sorted(products), 2):
            double[pair] += 1
            double_weight[pair] += weight

    table = store.arrow(items).to_pylist()
    name = {row["item"]: row["product_id"] for row in table}
    assert [name[code] for code in range(len(name))] == sorted(single)
    assert {r["product_id"]: (r["baskets"], r["weight"]) for r in table} == {
        p: (single[p], single_weight[p]) for p in single
    }
    assert {
        (name[r["low"]], name[r["high"]]): (r["baskets"], r["weight"])
        for r in store.arrow(pairs).to_pylist()
    } == {pair: (double[pair], double_weight[pair]) for pair in double if pair[0] < pair[1]}

    directed = made.directed_pairs(pairs, items, least=2, target_power=0.25)
    rows = store.arrow(directed).to_pylist()
    assert {(name[r["source"]], name[r["target"]]) for r in rows} == {
        pair for pair in double if double[pair] >= 2
    }
    for r in rows:
        s, t = name[r["source"]], name[r["target"]]
        assert r["conditional"] == pytest.approx(double[s, t] / single[s])
        assert r["cosine"] == pytest.approx(double[s, t] / math.sqrt(single[s] * single[t]))
        assert r["weighted"] == pytest.approx(
            double_weight[s, t] / (single_weight[s] ** 0.75 * single_weight[t] ** 0.25)
        )

    total = len(baskets)
    for r in store.arrow(made.pair_lifts(directed, items, lines, shrinkage=2.0)).to_pylist():
        s, t = name[r["source"]], name[r["target"]]
        chance = single[s] * single[t] / total
        assert r["lift"] == pytest.approx(double[s, t] / chance)
        assert r["shrunk"] == pytest.approx((double[s, t] + 2) / (chance + 2))

    heavy = sorted(single, key=lambda p: (-single_weight[p], p))[:4]
    chosen = store.arrow(made.heaviest_pairs(pairs, items, most=4)).to_pylist()
    assert {(name[r["low"]], name[r["high"]]) for r in chosen} == {
        pair for pair in double if pair[0] < pair[1] and {*pair} <= set(heavy)
    }
