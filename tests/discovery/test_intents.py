"""Page intents: each on a case whose answer is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chowk.discovery import Journey, RelatedProducts, Substitutes
from chowk.discovery.intents import (
    INTENTS,
    BuyAgain,
    Pages,
    cart_completion,
    live_now,
    popular_here,
    recently_viewed,
)
from chowk.discovery.streams import usual_words
from chowk.errors import InputError, ParameterError

START = datetime(2024, 1, 1, tzinfo=UTC)


def at(day):
    return START + timedelta(days=day)


def orders():
    """Tea is bought every thirty days, bread every week; a lamp once."""
    rows = []
    for customer in range(10):
        for product, gap in (("tea", 30), ("bread", 7)):
            rows += [{"customer_id": customer, "product_id": product, "ts": at(day)}
                     for day in range(0, 120, gap)]  # fmt: skip
        rows.append({"customer_id": customer, "product_id": "lamp", "ts": at(0)})
    return rows


def test_buying_again_is_timed_by_the_product():
    model = BuyAgain().fit(orders())
    assert model.gap("tea") == pytest.approx(30, rel=0.2)
    assert model.gap("bread") == pytest.approx(7, rel=0.2)
    history = [{"product_id": "tea", "ts": at(0)}, {"product_id": "bread", "ts": at(0)},
               {"product_id": "lamp", "ts": at(0)}]  # fmt: skip
    week, month = (model.due(history, now=at(day)) for day in (7, 30))
    assert week[0][0] == "bread" and month[0][0] == "tea"
    assert week[-1][0] == month[-1][0] == "lamp"
    assert model.due([], now=at(3)) == []
    # What happened after the moment asked about does not count.
    assert model.due([{"product_id": "tea", "ts": at(9)}], now=at(3)) == []
    with pytest.raises(ParameterError, match="'now'"):
        model.due(history, now=None)


def test_recently_viewed_is_in_order_of_time():
    rows = [{"product_id": p, "ts": at(d)} for p, d in (("a", 3), ("b", 1), ("c", 2), ("b", 4))]
    assert [one for one, _ in recently_viewed(rows, 2)] == ["b", "a"]


def test_popular_here_listens_to_the_region():
    events = [{"product_id": "coat", "region": "north"}] * 50 + [
        {"product_id": "hat", "region": "south"}] * 40  # fmt: skip
    assert popular_here(events, "south", 1)[0][0] == "hat"
    assert popular_here(events, "north", 1)[0][0] == popular_here(events, "nowhere", 1)[0][0]


def test_live_streams_exist_only_while_they_are_on_air():
    streams = [
        {"channel_id": "ended", "start": at(0), "end": at(1), "viewers": 10_000},
        {"channel_id": "coming", "start": at(5), "viewers": 10_000},
        {"channel_id": "big", "start": at(0), "end": None, "viewers": 500, "title": "Cooking"},
        {"channel_id": "mine", "start": at(2), "viewers": 350, "title": "Vintage cameras",
         "tags": ["camera"]},
    ]  # fmt: skip
    assert [one for one, _ in live_now(streams, now=at(3))] == ["big", "mine"]
    assert live_now(streams, now=at(3), taste=["camera strap", "camera"])[0][0] == "mine"
    assert [one for one, _ in live_now(streams, now=at(1.5))] == ["big"]


def test_a_cart_is_completed_by_what_goes_with_most_of_it():
    edges = [{"source": "phone", "target": "case", "weight": 6},
             {"source": "phone", "target": "charger", "weight": 4},
             {"source": "watch", "target": "charger", "weight": 4},
             {"source": "watch", "target": "strap", "weight": 6}]  # fmt: skip
    model = RelatedProducts().fit(edges)
    assert cart_completion(model, ["phone", "watch"], 1)[0][0] == "charger"
    done = [one for one, _ in cart_completion(model, ["phone", "watch", "charger"], 9)]
    assert set(done) == {"case", "strap"}


def test_every_intent_is_one_call():
    shelf = [{"product_id": p, "title": f"{p} thing", "category": "x"} for p in ("a", "b", "c")]
    pages = Pages(
        related=RelatedProducts().fit([{"source": "a", "target": "b"}]),
        substitutes=Substitutes().fit(features=shelf),
        journey=Journey().fit([["a", "c"], ["a", "c"], ["b", "c"]]),
        again=BuyAgain().fit(orders()),
    )
    history = [{"product_id": "tea", "ts": at(0), "title": "green tea"}]
    asked = {"product_id": "a", "cart": ["a"], "history": history, "now": at(20),
             "events": history, "streams": [{"channel_id": "s", "start": at(0)}]}  # fmt: skip
    first = {intent: pages.ask(intent, **asked)[0][0] for intent in INTENTS}
    assert first == {"RELATED": first["RELATED"], "COMPLEMENTARY": "b", "CART_COMPLETION": "b",
                     "BUY_IT_AGAIN": "tea", "RECENTLY_VIEWED": "tea", "POPULAR_HERE": "tea",
                     "NEXT": "c", "LIVE": "s"}  # fmt: skip
    assert first["RELATED"] in ("b", "c")
    with pytest.raises(ParameterError, match="'intent'"):
        pages.ask("SOMETHING")
    with pytest.raises(InputError, match="was not given"):
        Pages().ask("COMPLEMENTARY", product_id="a")


def test_what_a_country_turns_to_decides_where_the_customer_s_own_looks_are_few():
    looks = [{"product_id": one, "region": where, "count": count} for one, where, count in
             [("tea", "IN/Goa", 900), ("wine", "IN/Goa", 100), ("wine", "FR", 1_000)]]  # fmt: skip
    texts = {"tea": "Black tea", "wine": "Red wine"}
    india, france = (usual_words(looks, texts, where) for where in ("IN", "FR"))
    assert india["tea"] == pytest.approx((900 + 100 * 0.45) / 1_100)
    assert india["tea"] + india["wine"] == pytest.approx(1.0)
    streams = [{"channel_id": "t", "start": at(1), "viewers": 50, "tags": ["tea"]},
               {"channel_id": "w", "start": at(1), "viewers": 50, "tags": ["wine"]}]  # fmt: skip

    def first(usual, taste):
        return live_now(streams, now=at(2), taste=taste, usual=usual)[0][0]

    assert first(india, ["a lamp"]) == "t" and first(france, ["a lamp"]) == "w"
    assert first(india, ["red wine"] * 50) == "w"
    # A kind that nobody turns to is not told by a word that is unknown.
    streams[1]["tags"] = ["zithers"]
    assert first(france, ["a lamp"]) == "t"


def test_what_is_overdue_falls_more_slowly_than_what_is_early():
    orders = [{"customer_id": "c", "product_id": "tea", "ts": d * 86_400} for d in (0, 30)]
    model = BuyAgain().fit(orders)

    def score(times):
        return model.due([orders[0]], now=times * model.gap("tea") * 86_400)[0][1]

    assert score(1) > score(2) > score(0.5)
