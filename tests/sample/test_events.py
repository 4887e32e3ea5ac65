"""The events: their laws, and that the truth can be read back from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from chowk.errors import ParameterError
from chowk.sample import stream
from chowk.sample.events import pieces
from chowk.sample.goods import COMPLEMENTS, GOODS, KEYS
from chowk.sample.market import Market
from chowk.sample.parameters import generator, parameters
from chowk.sample.places import NAMES
from chowk.sample.queries import Queries
from chowk.sample.sessions import LIST, Crowd, Memory
from chowk.sample.world import World, world
from chowk.store import schema
from chowk.store.frames import fitted

SMALL = {"products": 400, "customers": 300, "events": 6_000}


def drawn(seed: int = 0, **numbers: float) -> World:
    """A small world with some numbers changed."""
    made = world(seed=seed, products=400, customers=300)
    changed = dataclasses.replace(made.numbers, **numbers)  # type: ignore[arg-type]
    return dataclasses.replace(made, numbers=changed)


def table_of(made: World, events: int) -> pa.Table:
    return pa.Table.from_batches([piece.events for piece in pieces(made, events=events)])


@pytest.fixture(scope="module")
def events() -> pa.Table:
    return pa.Table.from_batches(list(stream(**SMALL)))


@pytest.fixture(scope="module")
def rows(events: pa.Table) -> list[dict[str, object]]:
    return events.to_pylist()


def of(rows: list[dict[str, object]], *kinds: str) -> Iterator[dict[str, object]]:
    return (row for row in rows if row["kind"] in kinds)


def test_they_fit_the_schema(events: pa.Table) -> None:
    declared = schema.TABLES["events"]
    assert events.schema == declared.arrow
    assert fitted(events, declared).num_rows == events.num_rows
    events.validate(full=True)
    assert pc.count_distinct(events["event_id"]).as_py() == events.num_rows
    assert set(events["kind"].unique().to_pylist()) <= set(schema.EVENT_KINDS)


def test_the_seed_decides(events: pa.Table) -> None:
    assert events.equals(pa.Table.from_batches(list(stream(**SMALL))))
    other = pa.Table.from_batches(list(stream(**SMALL, seed=2)))
    assert not events["ts"].equals(other["ts"])


def test_the_size_of_batches_changes_nothing_but_their_size(events: pa.Table) -> None:
    batches = list(stream(**SMALL, rows=700))
    assert max(batch.num_rows for batch in batches) == 700
    assert pa.Table.from_batches(batches).combine_chunks().equals(events.combine_chunks())


def test_about_as_many_as_asked(events: pa.Table) -> None:
    impressions = pc.sum(pc.equal(events["kind"], "view_item_list")).as_py()
    assert abs((events.num_rows - impressions) / SMALL["events"] - 1) < 0.15
    assert impressions > 2 * SMALL["events"]


@pytest.mark.parametrize("name", ["events", "rows", "products", "customers"])
def test_limits_are_named(name: str) -> None:
    with pytest.raises(ParameterError, match=f"'{name}' parameter of sample must be an int"):
        next(iter(stream(**{**SMALL, name: 0})))


@pytest.mark.parametrize(("products", "customers"), [(1, 1), (41, 1), (3, 50)])
def test_the_smallest_markets(products: int, customers: int) -> None:
    batches = list(stream(products=products, customers=customers, events=50))
    assert sum(batch.num_rows for batch in batches) > 0


def test_every_product_and_customer_is_known(rows: list[dict[str, object]]) -> None:
    made = world(products=400, customers=300)
    assert {row["product_id"] for row in rows} - {None} <= set(made.shelf.ids)
    assert {row["customer_id"] for row in rows} - {None} <= set(made.folk.ids)
    assert {row["region"] for row in rows} <= set(NAMES)
    for row in of(rows, "view_item_list", "select_item", "view_item", "add_to_cart", "purchase"):
        assert row["product_id"] is not None


def test_nothing_is_shown_before_it_was_there(events: pa.Table) -> None:
    made = world(products=400, customers=300)
    shown = events.filter(pc.equal(events["kind"], "view_item_list"))
    row = np.array([int(name[1:]) for name in shown["product_id"].to_pylist()])
    # an impression follows its list's start by less than a second
    moment = shown["ts"].cast(pa.int64()).to_numpy() - 1_000_000
    assert (made.shelf.created[row] - 1_000_000 <= moment).all()
    assert (moment < made.shelf.gone[row]).all()


def test_positions_run_from_one(rows: list[dict[str, object]]) -> None:
    lists: dict[object, list[object]] = {}
    for row in of(rows, "view_item_list"):
        lists.setdefault(row["list_id"], []).append((row["position"], row["product_id"]))
    assert len(lists) > 500
    for shown in lists.values():
        assert sorted(place for place, _ in shown) == list(range(1, len(shown) + 1))
        assert len({product for _, product in shown}) == len(shown)


def test_clicks_are_on_what_was_shown(rows: list[dict[str, object]]) -> None:
    shown = {
        (row["list_id"], row["position"], row["product_id"], row["query_id"], row["session_id"])
        for row in of(rows, "view_item_list")
    }
    clicks = list(of(rows, "select_item"))
    assert clicks
    for row in clicks:
        key = ("list_id", "position", "product_id", "query_id", "session_id")
        assert tuple(row[name] for name in key) in shown


def test_orders_hang_together(rows: list[dict[str, object]]) -> None:
    carted = {(row["session_id"], row["product_id"]) for row in of(rows, "add_to_cart")}
    bought = {}
    for row in of(rows, "purchase"):
        assert (row["session_id"], row["product_id"]) in carted
        assert row["currency"] == "EUR" and row["price"] > 0 and row["quantity"] >= 1
        bought[row["order_id"], row["product_id"]] = row
    refunds = list(of(rows, "refund"))
    assert refunds
    for row in refunds:
        order = bought[row["order_id"], row["product_id"]]
        assert row["ts"] > order["ts"] and row["customer_id"] == order["customer_id"]
        assert row["price"] == order["price"]
    assert any(row["customer_id"] is None for row in of(rows, "purchase"))


def test_a_session_belongs_to_one_shopper_and_one_ranker(rows: list[dict[str, object]]) -> None:
    sessions: dict[object, set[object]] = {}
    for row in rows:
        if row["kind"] == "refund":
            assert row["experiment_id"] is None
            continue
        ranker = str(row["experiment_id"]).partition("/")[0]
        sessions.setdefault(row["session_id"], set()).add(
            (row["customer_id"], row["region"], row["device"], ranker)
        )
    assert all(len(facts) == 1 for facts in sessions.values())
    rankers = [ranker for facts in sessions.values() for *_, ranker in facts]
    assert abs(rankers.count("ranker-a") / len(rankers) - 0.5) < 0.06


def test_a_session_takes_its_steps_in_order(rows: list[dict[str, object]]) -> None:
    first: dict[tuple[object, ...], object] = {}
    for row in rows:
        first.setdefault((row["session_id"], row["kind"], row["product_id"]), row["ts"])
    for row in of(rows, "add_to_cart"):
        assert first[row["session_id"], "view_item", row["product_id"]] < row["ts"]
    for row in of(rows, "purchase"):
        assert first[row["session_id"], "add_to_cart", row["product_id"]] < row["ts"]
        assert first[row["session_id"], "begin_checkout", None] < row["ts"]


def lists_of(events: pa.Table) -> dict[str, str]:
    """The experiment of each list."""
    shown = events.filter(pc.equal(events["kind"], "view_item_list"))
    return dict(zip(*(shown[n].to_pylist() for n in ("list_id", "experiment_id")), strict=True))


def test_a_fiftieth_of_the_lists_is_swapped_and_says_so() -> None:
    lists = lists_of(table_of(drawn(), 20_000))
    swapped = [name for name in lists.values() if "/swap-" in name]
    share, error = 0.02, np.sqrt(0.02 * 0.98 / len(lists))
    assert abs(len(swapped) / len(lists) - share) < 4 * error
    assert not any(
        "/swap-" in name for name in lists_of(table_of(drawn(swapped=0.0), 2_000)).values()
    )


def test_a_swap_is_of_the_pair_that_is_recorded() -> None:
    """The same visits with every list swapped and with none see the same but for the pairs."""

    def first_lists(swapped: float) -> tuple[dict[int, list[int]], dict[int, int]]:
        made = drawn(swapped=swapped)
        market = Market(made)
        crowd = Crowd(market, Queries(0, made.numbers, market.models))
        rng = generator(0, "test")
        visits = crowd.visits(rng, (np.arange(200) + 0.5) / 200)
        ledger = crowd.shop(rng, visits, Memory(np.full(300, -1)))
        at = (ledger.column("kind") == LIST) & (ledger.column("list") < 200)
        lists: dict[int, list[int]] = {}
        for name, product in zip(
            ledger.column("list")[at], ledger.column("product")[at], strict=True
        ):
            lists.setdefault(int(name), []).append(int(product))
        upper = dict(zip(ledger.column("list")[at], ledger.column("swap")[at], strict=True))
        return lists, upper

    before, none = first_lists(0.0)
    after, upper = first_lists(1.0)
    assert len(before) == 200 and before.keys() == after.keys()
    assert set(none.values()) == {0} and set(upper.values()) >= set(range(1, 8))
    for name, shown in before.items():
        k = upper[name]
        assert k > 0 or len(shown) == 1
        expected = [*shown[: k - 1], shown[k], shown[k - 1], *shown[k + 1 :]] if k else shown
        assert after[name] == expected


def test_the_position_curve_is_recovered_from_swapped_pairs() -> None:
    """With half of the lists swapped, pairs (a, b) and (b, a) give θ(k) / θ(k+1) without bias.

    clicks(k) ∝ θ(k)·a in one order and θ(k)·b in the other, so the ratio of products
    [c(k) c'(k)] / [c(k+1) c'(k+1)] is (θ(k) / θ(k+1))².
    """
    made = drawn(swapped=0.5)
    table = table_of(made, 60_000)
    lists = lists_of(table)
    positions = made.numbers.list_length_phone
    shown = np.zeros(positions + 1)
    for name in lists.values():
        if "/swap-" in name and int(name.partition("/swap-")[2]) < positions:
            shown[int(name.partition("/swap-")[2])] += 1
    plain_lists = sum("/swap-" not in name for name in lists.values())
    clicks = table.filter(pc.equal(table["kind"], "select_item"))
    plain = np.zeros(made.numbers.list_length + 2)
    swapped = np.zeros((made.numbers.list_length + 2, 2))
    for name, place in zip(
        *(clicks[n].to_pylist() for n in ("experiment_id", "position")), strict=True
    ):
        upper = int(name.partition("/swap-")[2] or 0)
        if not upper:
            plain[place] += 1
        elif place in (upper, upper + 1):
            swapped[upper, place - upper] += 1
    truth = made.numbers.examination(positions)
    for k in (1, 2, 3):
        share = plain[k : k + 2] / plain_lists
        other = swapped[k] / shown[k]
        ratio = np.sqrt(share[0] * other[0] / (share[1] * other[1]))
        # four counts of clicks: the error of half of the log of their ratio
        error = 0.5 * np.sqrt((1 / plain[k : k + 2]).sum() + (1 / swapped[k]).sum())
        assert error < 0.1
        assert abs(np.log(ratio) - np.log(truth[k - 1] / truth[k])) < 4 * error
        # and the naive ratio is off: better products stand higher
    naive = plain[1] / plain[4]
    assert naive > 1.1 * truth[0] / truth[3]


def bought_with_kind(made: World, events: int) -> tuple[np.ndarray, np.ndarray, pa.Table]:
    table = table_of(made, events)
    table = table.filter(pc.equal(table["kind"], "purchase"))
    row = np.array([int(name[1:]) for name in table["product_id"].to_pylist()])
    return row, made.shelf.kind[row], table


def test_regional_taste_shows_in_sales() -> None:
    made = world(seed=0, products=1500, customers=1500)
    row, kind, sales = bought_with_kind(made, 60_000)
    region = np.array(sales["region"].to_pylist())
    goods = GOODS[KEYS.index("saree")]
    sarees = kind == KEYS.index("saree")
    for style, state in (("Bandhani", "IN/Gujarat"), ("Mysore", "IN/Karnataka")):
        of_style = made.shelf.style[row] == goods.facets["style"].index(style)
        here = sarees & (region == state)
        elsewhere = sarees & (region != state)
        assert here.sum() > 10
        assert of_style[here].mean() > 2 * of_style[elsewhere].mean()
    none = bought_with_kind(
        dataclasses.replace(made, numbers=dataclasses.replace(made.numbers, regional=0.0)), 60_000
    )
    sarees = none[1] == KEYS.index("saree")
    mysore = made.shelf.style[none[0]] == goods.facets["style"].index("Mysore")
    state = np.array(none[2]["region"].to_pylist()) == "IN/Karnataka"
    lift = mysore[sarees & state].mean() / mysore[sarees].mean()
    assert lift < 2


def test_complements_are_bought_together_and_directed() -> None:
    made = world(seed=0, products=1500, customers=1500)
    _, kind, sales = bought_with_kind(made, 40_000)
    orders: dict[str, set[int]] = {}
    for order, k in zip(sales["order_id"].to_pylist(), kind.tolist(), strict=True):
        orders.setdefault(order, set()).add(k)
    stronger = 0
    for source, target, chance, _ in COMPLEMENTS:
        if chance < 0.35:
            continue
        s, t = KEYS.index(source), KEYS.index(target)
        with_source = [kinds for kinds in orders.values() if s in kinds]
        together = sum(t in kinds for kinds in with_source) / len(with_source)
        anyway = sum(t in kinds for kinds in orders.values()) / len(orders)
        assert together > 1.5 * anyway, (source, target)
        with_target = [kinds for kinds in orders.values() if t in kinds]
        stronger += together > sum(s in kinds for kinds in with_target) / len(with_target)
    assert stronger >= 5


def test_seasons_show_where_they_are_kept() -> None:
    made = world(seed=0, products=400, customers=4000)
    market = Market(made)
    rng = generator(0, "test")
    india = np.flatnonzero(np.char.startswith(np.array(NAMES)[made.folk.region], "IN/"))
    europe = np.setdiff1d(np.arange(4000), india)

    def wanted(key: str, who: np.ndarray, day: int) -> float:
        who = np.repeat(who, 10)
        kind = market.needed(rng, who, made.folk.region[who], np.full(len(who), day))
        return float((kind == KEYS.index(key)).mean())

    january, may, july, october = 10, 140, 195, 290
    assert wanted("jacket", europe, january) > 1.3 * wanted("jacket", europe, july)
    assert wanted("sunglasses", europe, july) > 1.3 * wanted("sunglasses", europe, january)
    diwali = wanted("lamp", india, october) / wanted("lamp", india, may)
    assert diwali > 1.5
    assert wanted("lamp", europe, october) / wanted("lamp", europe, may) < diwali / 1.2


def test_queries_mean_what_the_truth_says() -> None:
    made = drawn(misspelt=0.0, code_mixed=0.0, own_language=0.0)
    found = list(pieces(made, events=3_000))
    table = pa.Table.from_batches([piece.events for piece in found])
    meant = pa.concat_tables([piece.intents for piece in found])
    typed = table.filter(pc.equal(table["kind"], "search"))
    assert sorted(typed["query"].to_pylist()) == sorted(meant["query"].to_pylist())
    for row in meant.to_pylist():
        for part in ("colour", "style", "fits"):
            if row[part] is not None:
                assert row[part].lower() in row["query"]


def test_misspellings_come_at_their_rate() -> None:
    right = {
        query
        for piece in pieces(drawn(misspelt=0.0), events=20_000)
        for query in piece.intents["query"].to_pylist()
    }
    words = {word for query in right for word in query.split()}
    typed = [
        query
        for piece in pieces(drawn(misspelt=0.4), events=3_000)
        for query in piece.intents["query"].to_pylist()
    ]
    wrong = sum(not set(query.split()) <= words for query in typed) / len(typed)
    assert 0.2 < wrong < 0.6
    assert parameters().misspelt < 0.1


def test_the_stream_never_holds_more_than_a_block() -> None:
    """Ten times the events, the same largest batch: nothing grows with the length of the stream."""
    sizes = []
    for events in (3_000, 30_000):
        batches = stream(products=80, customers=50, events=events)
        sizes.append(max(batch.num_rows for batch in batches))
    assert sizes[1] < 1.3 * sizes[0]


def test_queries_stay_few_however_many_are_typed() -> None:
    made = drawn()
    seen: set[str] = set()
    growth = []
    for piece in pieces(made, events=40_000):
        seen |= set(piece.intents["query"].to_pylist())
        growth.append(len(seen))
    assert growth[-1] < 60 * len(KEYS) * 4
    assert growth[-1] - growth[len(growth) // 2] < growth[len(growth) // 2]
