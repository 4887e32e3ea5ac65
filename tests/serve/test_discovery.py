"""GET /v1/substitutes and GET /v1/next: what they answer, leave out and refuse."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import chowk


def ask(client, keys, path, **params):
    return client.get(path, params=params, headers=keys.shop)


def test_substitutes_are_of_the_category_and_say_why(client, keys):
    answer = ask(client, keys, "/v1/substitutes", product_id="p0", k=5).json()
    assert [hit["product_id"] for hit in answer["hits"]] == ["p2", "p1"]
    assert all("both are Kettles" in hit["reasons"] for hit in answer["hits"])
    assert answer["hits"][0]["product"]["title"] and len(answer["attribution_token"]) == 32
    capped = ask(client, keys, "/v1/substitutes", product_id="p0", per_brand=1, exclude="p2")
    assert [hit["product_id"] for hit in capped.json()["hits"]] == ["p1"]


def test_what_comes_next_follows_the_visit(client, keys):
    for colour in range(3):
        hits = ask(client, keys, "/v1/next", product_id=f"p{colour}", k=3).json()["hits"]
        assert hits[0]["product_id"] == f"p{6 + colour}"
        title = f"{('Red', 'Blue', 'Green')[colour]} kettle"  # shoppers know no ids
        assert any(reason.endswith(title) for reason in hits[0]["reasons"]), hits[0]["reasons"]
        assert f"p{colour}" not in [hit["product_id"] for hit in hits]
    guest = ask(client, keys, "/v1/next", k=4).json()["hits"]
    assert len(guest) == 4 and guest[0]["reasons"][0].startswith("popular")


def test_a_product_that_was_put_a_moment_ago_stands_in_and_comes_next(client, keys):
    new = {"title": "Green kettle", "category": "Home > Kettles", "price": "115", "currency": "INR"}
    assert ask(client, keys, "/v1/substitutes", product_id="brandnew").status_code == 404
    assert client.put("/v1/products/brandnew", json=new, headers=keys.staff).status_code == 200
    until = time.monotonic() + 10
    while not (hits := ask(client, keys, "/v1/substitutes", product_id="brandnew").json()["hits"]):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert {hit["product_id"] for hit in hits} == {"p0", "p1", "p2"}
    found = ask(client, keys, "/v1/substitutes", product_id="p0").json()["hits"]
    assert "brandnew" in [hit["product_id"] for hit in found]
    # It is like p2, which is bought with p8; both models take it in, one after the other.
    while ask(client, keys, "/v1/next", product_id="brandnew", k=1).json()["hits"][0][
        "product_id"
    ] not in ("p2", "p8"):
        assert time.monotonic() < until
        time.sleep(0.05)
    # Nobody took anything after it: what stands in for it lends what goes with it, and says so.
    body = {"intent": "COMPLEMENTARY", "product_ids": ["brandnew"], "k": 3}
    hits = client.post("/v1/recommendations", json=body, headers=keys.shop).json()["hits"]
    assert "p8" in [hit["product_id"] for hit in hits]
    assert "brandnew" not in [hit["product_id"] for hit in hits]
    assert all(hit["reasons"] for hit in hits)
    # It goes where the kettles go, too.
    body = {"intent": "COMPLEMENTARY", "product_ids": ["p8"], "k": 12}
    hits = client.post("/v1/recommendations", json=body, headers=keys.shop).json()["hits"]
    [new] = [hit for hit in hits if hit["product_id"] == "brandnew"]
    assert new["reasons"][0].startswith("what is like it: ")
    # And what is bought together knows it both ways.
    for one, other in (("p8", "brandnew"), ("brandnew", "p8")):
        hits = ask(client, keys, "/v1/related", product_id=one, k=12).json()["hits"]
        [found] = [hit for hit in hits if hit["product_id"] == other]
        assert found["reasons"][0].startswith("what is like ")


def test_bad_requests_name_the_parameter(client, keys):
    assert ask(client, keys, "/v1/substitutes").status_code == 400
    assert ask(client, keys, "/v1/substitutes", product_id="nope").status_code == 404
    assert ask(client, keys, "/v1/next", k=0).status_code == 400
    assert ask(client, keys, "/v1/next", product_id="nope").status_code == 200
    assert client.get("/v1/next").status_code in (401, 403)


def stream(channel, hours, *, lasts=None, **more):
    start = datetime.now(UTC) + timedelta(hours=hours)
    end = None if lasts is None else start + timedelta(hours=lasts)
    return {"channel_id": channel, "start": start, "end": end, **more}


def test_streams_are_served_while_they_are_on_air_and_new_ones_at_once(shop, client, keys):
    assert ask(client, keys, "/v1/live").json()["hits"] == []
    rows = [
        stream("lamps", -1, viewers=40, title="Lamps with Mira", tags=["lamps"]),
        stream("tents", -1, viewers=60, title="Tents", tags=["tents"], language="de"),
        stream("ended", -3, lasts=2, viewers=9_000, title="Lamps"),
        stream("coming", 2, viewers=9_000, title="Lamps"),
    ]
    with chowk.open(shop) as store:
        store.write("live", rows)
    hits = ask(client, keys, "/v1/live").json()["hits"]
    assert [hit["channel_id"] for hit in hits] == ["tents", "lamps"]
    visit = ["p6", "p7", "p8"]
    hits = ask(client, keys, "/v1/live", product_id=visit).json()["hits"]
    assert [hit["channel_id"] for hit in hits] == ["lamps", "tents"]
    assert hits[0]["viewers"] == 40 and hits[0]["tags"] == ["lamps"]
    with chowk.open(shop) as store:
        store.write("live", [stream("new", -0.1, viewers=500)], mode="append")
    hits = ask(client, keys, "/v1/live").json()["hits"]
    assert hits[0]["channel_id"] == "new"


def test_what_is_popular_without_a_region_is_what_most_turn_to(client, keys):
    hits = ask(client, keys, "/v1/popular", k=4).json()["hits"]
    assert {hit["product_id"] for hit in hits} <= {"p0", "p1", "p2", "p6", "p7", "p8"}
    assert hits[0]["reasons"] == ["popular everywhere"]
    here = ask(client, keys, "/v1/popular", region="IN/Goa", per_brand=1).json()["hits"]
    assert len(here) == 2  # nobody was seen there, so nothing is said to be popular there
    assert here[0]["reasons"] == ["popular everywhere"]
    assert ask(client, keys, "/v1/popular", k=0).status_code == 400


def test_the_shop_waits_for_no_page_and_rows_are_read_once(shop, client, keys, monkeypatch):
    from chowk.serve.routes import live

    read, ranked = [], []
    look, rank = live.Rows._look, live.popular_here
    monkeypatch.setattr(live.Rows, "_look", lambda rows: (read.append(rows), look(rows))[1])
    monkeypatch.setattr(live, "popular_here", lambda *a: (ranked.append(a[1]), rank(*a))[1])
    serving = client.app.state.serving
    bought = {"kind": "purchase", "product_id": "p11", "region": "IN/Pune", "quantity": 1,
              "price": 5.0, "currency": "INR", "session_id": "z"}  # fmt: skip
    with serving.reading():  # as a slow page of the console does
        for region in ("", "IN/Goa", *map(str, range(20))):
            assert ask(client, keys, "/v1/popular", region=region).status_code == 200
            assert ask(client, keys, "/v1/live").status_code == 200
        assert len(read) == 2 and ranked == [None]
        with chowk.open(shop) as store:
            rows = [{**bought, "event_id": f"z{n}", "order_id": f"z{n}",
                     "ts": datetime.now(UTC)} for n in range(40)]  # fmt: skip
            store.write("events", rows, mode="append")
        for _ in range(3):
            hits = ask(client, keys, "/v1/popular", region="IN/Pune").json()["hits"]
            assert hits[0]["product_id"] == "p11"
            assert hits[0]["reasons"] == ["popular in IN/Pune"]
            assert all(hit["reasons"] == ["popular everywhere"] for hit in hits[1:])
            hits = ask(client, keys, "/v1/popular", region="nowhere").json()["hits"]
            assert hits[0]["product_id"] != "p11"
        assert len(read) == 3 and ranked == [None, "IN/Pune", None]


def want(client, keys, intent, **body):
    return client.post("/v1/recommendations", json={"intent": intent, **body}, headers=keys.shop)


def wanted(client, keys, intent, **body):
    answer = want(client, keys, intent, **body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["intent"] == intent and answer.json()["attribution_token"]
    return answer.json()["hits"]


def test_a_page_names_its_intent(client, keys):
    like = wanted(client, keys, "RELATED", product_ids=["p0"], k=2)
    assert [hit["product_id"] for hit in like] == ["p2", "p1"]
    # Kettles are bought with lamps of their colour.
    goes = wanted(client, keys, "COMPLEMENTARY", product_ids=["p0"], k=1)
    assert goes[0]["product_id"] == "p6" and any(
        reason.startswith("taken after Red kettle ") for reason in goes[0]["reasons"]
    )
    cart = wanted(client, keys, "CART_COMPLETION", product_ids=["p0", "p1"], k=2)
    assert {hit["product_id"] for hit in cart} == {"p6", "p7"} and cart[0]["reasons"]
    left = wanted(client, keys, "CART_COMPLETION", product_ids=["p0", "p1"], exclude=["p6"])
    assert "p6" not in [hit["product_id"] for hit in left]
    following = wanted(client, keys, "NEXT", history=[{"product_id": "p1"}], k=1)
    assert following[0]["product_id"] == "p7"
    seen = wanted(client, keys, "RECENTLY_VIEWED", product_ids=["p3", "gone", "p4"])
    assert [hit["product_id"] for hit in seen] == ["p4", "p3"]  # what is sold out is left out
    here = wanted(client, keys, "POPULAR_HERE", region="IN/Goa", per_category=1)
    assert len({hit["product"]["category"] for hit in here}) == len(here)


def test_what_is_due_to_be_bought_again_comes_first(client, keys):
    """Each kettle is bought again by the same customer after a week."""
    now = datetime.now(UTC)
    history = [
        {"product_id": "p0", "kind": "purchase", "ts": (now - timedelta(days=7)).isoformat()},
        {"product_id": "p1", "kind": "purchase", "ts": (now - timedelta(hours=5)).isoformat()},
        {"product_id": "p2", "kind": "view_item", "ts": now.isoformat()},
    ]
    hits = wanted(client, keys, "BUY_IT_AGAIN", history=history)
    assert [hit["product_id"] for hit in hits] == ["p0", "p1"]
    assert hits[0]["reasons"] == ["usually bought again after 7 days", "last bought 7 days ago"]


def test_a_page_that_asks_badly_is_told_the_field(client, keys):
    bad = [
        ({"intent": "LIVE"}, "GET /v1/live"),
        ({"intent": "SIMILAR"}, "'intent'"),
        ({"intent": "RELATED"}, "'product_ids'"),
        ({"intent": "CART_COMPLETION"}, "'product_ids'"),
        ({"intent": "NEXT", "k": 0}, "'k'"),
        ({"intent": "NEXT", "serendipity": 2}, "'serendipity'"),
        ({"intent": "NEXT", "fields": ["secret"]}, "'fields'"),
        ({"intent": "NEXT", "history": [{"product_id": "p0"}] * 1001}, "'history'"),
        ({"intent": "NEXT", "history": [{"product_id": "p0", "kind": "stare"}]}, "'history'"),
        ({"intent": "NEXT", "history": [{"product_id": 7}]}, "history"),
        ({"intent": "NEXT", "history": [{"product_id": "p0", "ts": "soon"}]}, "ISO 8601"),
        ({"intent": "BUY_IT_AGAIN", "history": [{"product_id": "p0", "kind": "purchase"}]}, "'ts'"),
        ({"intent": "NEXT", "customer_id": "c1"}, "customer_id"),
        ({}, "intent"),
    ]
    for body, told in bad:
        answer = client.post("/v1/recommendations", json=body, headers=keys.shop)
        assert answer.status_code in (400, 422) and told in answer.json()["detail"], answer.text
    assert want(client, keys, "RELATED", product_ids=["nope"]).status_code == 404
    assert wanted(client, keys, "NEXT", history=[{"product_id": "nope"}])
    assert wanted(client, keys, "BUY_IT_AGAIN") == [] == wanted(client, keys, "RECENTLY_VIEWED")
    assert client.post("/v1/recommendations", json={"intent": "NEXT"}).status_code in (401, 403)


def test_a_region_holds_what_lies_in_it_and_lies_in_what_holds_it():
    from chowk.serve.routes.live import Popular

    rows = [
        {"product_id": "a", "region": "IN/KA", "count": 30},
        {"product_id": "b", "region": "DE", "count": 90},
        {"product_id": "c", "region": "IN/KA", "count": 1},
        {"product_id": "c", "region": "DE", "count": 50},
        {"product_id": "d", "region": None, "count": 5},
    ]
    popular = Popular(rows)
    assert popular.of("IN")[0][0] == "a" and popular.why("IN", "a") == ["popular in IN"]
    assert popular.of("IN/KA/Mysuru") == popular.of("IN/KA") == popular.of("IN")
    assert popular.why("IN/KA/Mysuru", "a") == ["popular in IN/KA"]
    assert popular.why("IN/KA", "c") == popular.why("IN/KA", "b") == ["popular everywhere"]
    for region in ("", "Mars", "I", "INX", "IN2/KA"):
        assert popular.of(region)[0][0] == "b", region
        assert popular.why(region, "b") == ["popular everywhere"], region


def test_a_reason_calls_products_by_their_titles_and_leaves_counts_alone(client, keys):
    from chowk.discovery.reasons import Reason
    from chowk.serve.routes.discovery import told

    class Models:
        class catalogue:
            field = staticmethod(lambda one, name: {"5": "Oil", "7": "Clay lamp"}.get(one))

    for text, said in [
        ("taken after 5 5 times", "taken after Oil 5 times"),
        ("bought together in 5 orders with 5", "bought together in 5 orders with Oil"),
        ("5 leads to 7", "Oil leads to Clay lamp"),
        ("bought with 5: 5 % of what 5 leads to", "bought with Oil: 5 % of what Oil leads to"),
        ("popular: in 5 histories", "popular: in 5 histories"),
    ]:
        assert told(Models, Reason(text, kind="with", product_id="5"), "7") == said
    assert told(Models, "last bought 5 days ago", "7") == "last bought 5 days ago"


ANSWERS = [
    ("GET", "/v1/search", {"q": "lamp", "k": 100}),
    ("GET", "/v1/suggest", {"q": "red l", "k": 50}),
    ("GET", "/v1/related", {"product_id": "p0", "k": 100}),
    ("GET", "/v1/related", {"product_id": ["p0", "p1"], "k": 100}),
    ("GET", "/v1/substitutes", {"product_id": "p7", "k": 100}),
    ("GET", "/v1/next", {"product_id": "p0", "k": 100}),
    ("GET", "/v1/next", {"k": 100}),
    ("GET", "/v1/popular", {"k": 100}),
    ("POST", "/v1/recommendations", {"intent": "RELATED", "product_ids": ["p7"]}),
    ("POST", "/v1/recommendations", {"intent": "COMPLEMENTARY", "product_ids": ["p0"]}),
    ("POST", "/v1/recommendations", {"intent": "CART_COMPLETION", "product_ids": ["p0", "p1"]}),
    ("POST", "/v1/recommendations", {"intent": "NEXT", "product_ids": ["p0"]}),
    ("POST", "/v1/recommendations", {"intent": "RECENTLY_VIEWED", "product_ids": ["p6", "p7"]}),
    ("POST", "/v1/recommendations", {"intent": "POPULAR_HERE"}),
    ("POST", "/1/indexes/x/query", {"query": "lamp"}),
]


def answers_with(client, keys, one, **more):
    """Which of the answers hold the product."""
    held = []
    for method, path, asked in ANSWERS:
        body = {**asked, **more}
        given = {"params": body} if method == "GET" else {"json": body}
        answer = client.request(method, path, headers=keys.shop, **given)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        found = found["suggestions"] if path == "/v1/suggest" else found["hits"]
        if one in [hit.get("product_id") for hit in found]:
            held.append((path, asked.get("intent")))
    return held


def test_what_is_hidden_or_sold_out_is_in_no_answer(client, keys):
    """The red lamp is in all answers, until a rule hides it, or its last offer is out of stock."""
    whole = [(path, asked.get("intent")) for _, path, asked in ANSWERS]
    assert answers_with(client, keys, "p6") == whole
    rule = {"action": "hide", "product_ids": ["p6"], "region": "IN"}
    put = client.put("/v1/search/rules/away", json=rule, headers=keys.admin)
    assert put.status_code == 200, put.text
    assert answers_with(client, keys, "p6", region="IN/KA") == []
    assert answers_with(client, keys, "p6", region="DE") == whole
    assert client.delete("/v1/search/rules/away", headers=keys.admin).status_code == 200
    assert answers_with(client, keys, "p6", region="IN/KA") == whole

    def offer(offer_id, region, stock):
        body = {"product_id": "p6", "region": region, "stock": stock, "price": "5"}
        answer = client.put(f"/v1/offers/{offer_id}", json=body, headers=keys.staff)
        assert answer.status_code == 200, answer.text
        until = time.monotonic() + 10
        engine = client.app.state.serving.models
        while engine.catalogue.offer(offer_id) != {**body, "offer_id": offer_id, "price": 5.0}:
            assert time.monotonic() < until
            time.sleep(0.02)

    offer("l1", "DE", 3)
    offer("l2", "IN", 0)
    until = time.monotonic() + 10
    while answers_with(client, keys, "p6", region="IN/KA") and time.monotonic() < until:
        time.sleep(0.05)
    assert answers_with(client, keys, "p6", region="IN/KA") == []
    assert answers_with(client, keys, "p6", region="DE") == whole
    assert answers_with(client, keys, "p6") == whole
    offer("l1", "DE", 0)
    while answers_with(client, keys, "p6") and time.monotonic() < until:
        time.sleep(0.05)
    assert answers_with(client, keys, "p6") == []
