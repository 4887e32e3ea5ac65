"""Every route under /v1: what it answers, who may ask, and what it says of bad input."""

from __future__ import annotations

import time
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from chowk.serve.routes.related import related_to
from chowk.system import system_names

PROBLEM = "application/problem+json"


def eventually(check, seconds=5.0):
    """Wait until `check()` is true: a change takes a moment from the journal to the answers."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def found(client, keys, query, **more):
    answer = client.get("/v1/search", params={"q": query, **more}, headers=keys.shop)
    assert answer.status_code == 200, answer.text
    return [hit["product_id"] for hit in answer.json()["hits"]]


# -- search, suggest, related ---------------------------------------------------------------------


def test_search_gives_hits_facets_reasons_and_a_token(client, keys):
    answer = client.get(
        "/v1/search",
        params={"q": "kettle", "facets": "brand,attributes.colour", "explain": "true"},
        headers=keys.shop,
    ).json()
    assert {hit["product_id"] for hit in answer["hits"]} == {"p0", "p1", "p2"}
    assert [hit["position"] for hit in answer["hits"]] == [1, 2, 3]
    assert answer["total"] == 3
    assert answer["facets"]["brand"] == {"Meena": 2, "Agni": 1}
    assert answer["facets"]["attributes.colour"] == {"blue": 1, "green": 1, "red": 1}
    assert all("matches in title: kettle" in hit["reasons"] for hit in answer["hits"])
    assert all(hit["parts"] for hit in answer["hits"])
    assert len(answer["attribution_token"]) == 32


def test_search_filters_and_pages(client, keys):
    assert found(client, keys, "", **{"filter.price": "100..110", "sort": "price_desc"}) == [
        "p1",
        "p0",
    ]
    both = found(client, keys, "", **{"filter.brand": ["Meena", "Agni"], "k": 100})
    assert len(both) == 12
    assert found(client, keys, "", filters='{"category": "Home > Tents"}') == found(
        client, keys, "", **{"filter.category": "Home > Tents"}
    )
    page = found(client, keys, "", sort="price_asc", k=2, offset=3)
    assert page == found(client, keys, "", sort="price_asc", k=5)[3:]


def test_what_cannot_be_bought_is_left_out_unless_asked_for(client, keys):
    assert "gone" not in found(client, keys, "kettle")
    assert "gone" in found(client, keys, "kettle", **{"filter.available": "any"})
    assert found(client, keys, "kettle", **{"filter.available": "false"}) == ["gone"]


def test_the_reason_that_it_is_available_is_said_to_who_asked_for_it(client, keys):
    def said(**ask):
        answer = client.get("/v1/search", params={"q": "red kettle", **ask}, headers=keys.shop)
        return "available" in answer.json()["hits"][0]["reasons"]

    assert said(filters='{"available": true}') and said(**{"filter.available": "true"})
    assert not said(filters='{"brand": ["Meena", "available"]}')
    assert not said(filters='{"category": "Home", "brand": ["available", "Meena", "Agni"]}')


def test_suggest(client, keys):
    answer = client.get("/v1/suggest", params={"q": "ket"}, headers=keys.shop).json()
    assert "Kettles" in [one["text"] for one in answer["suggestions"]]


def test_related_gives_what_was_bought_together_and_why(client, keys):
    answer = client.get("/v1/related", params={"product_id": "p0"}, headers=keys.shop).json()
    assert [hit["product_id"] for hit in answer["hits"]] == ["p6"]
    assert "with Red kettle" in answer["hits"][0]["reasons"][0]
    basket = client.get(
        "/v1/related", params={"product_id": ["p0", "p1"]}, headers=keys.shop
    ).json()
    assert {hit["product_id"] for hit in basket["hits"]} == {"p6", "p7"}


def test_related_leaves_out_what_cannot_be_bought(client, keys):
    body = {"product_id": "p6", "available": False}
    assert client.put("/v1/availability", json=body, headers=keys.staff).status_code == 200
    ask = lambda: client.get("/v1/related?product_id=p0", headers=keys.shop).json()["hits"]  # noqa: E731
    eventually(lambda: ask() == [])


@pytest.mark.parametrize(
    ("lost", "k", "given"), [(0, 5, 5), (90, 5, 5), (3_000, 5, 5), (3_998, 5, 2)]
)
def test_related_looks_on_until_there_are_enough(lost, k, given):
    ranked = [(f"r{n}", 1.0 - n / 5_000) for n in range(4_000)]

    def for_basket(ids, k, exclude):
        assert 1 <= k <= 1_000
        return [one for one in ranked if one[0] not in exclude][:k]

    models = SimpleNamespace(
        related=SimpleNamespace(for_basket=for_basket, explain=lambda a, b: []),
        catalogue=SimpleNamespace(
            available=lambda p, region: int(p[1:]) >= lost,
            product=lambda p: {},
            field=lambda p, n: None,
        ),
    )
    hits = related_to(models, ["x"], k)
    assert [hit.product_id for hit in hits] == [f"r{lost + n}" for n in range(given)]
    assert [hit.position for hit in hits] == list(range(1, given + 1))


# -- products, offers, availability ---------------------------------------------------------------


def test_a_product_is_put_patched_and_deleted(client, keys):
    whole = {"title": "Golden samovar", "price": 30, "attributes": {"colour": "gold"}}
    answer = client.put("/v1/products/new", json=whole, headers=keys.staff)
    assert answer.status_code == 200 and answer.json()["product_ids"] == ["new"]
    eventually(lambda: found(client, keys, "samovar") == ["new"])
    read = client.get("/v1/products/new", headers=keys.shop).json()
    assert read == {"product_id": "new", **whole, "price": 30.0}

    client.patch("/v1/products/new", json={"price": "31.5", "attributes": None}, headers=keys.staff)
    eventually(
        lambda: (
            client.get("/v1/products/new", headers=keys.shop).json()
            == {"product_id": "new", "title": "Golden samovar", "price": 31.5}
        )
    )
    client.put("/v1/products/new", json={"title": "Golden samovar"}, headers=keys.staff)
    eventually(lambda: "price" not in client.get("/v1/products/new", headers=keys.shop).json())

    assert client.delete("/v1/products/new", headers=keys.staff).status_code == 200
    eventually(lambda: found(client, keys, "samovar") == [])
    assert client.get("/v1/products/new", headers=keys.shop).status_code == 404
    assert client.delete("/v1/products/new", headers=keys.staff).status_code == 404


def test_html_becomes_plain_text_as_in_an_import(client, keys):
    whole = {"title": "<b>Brass</b> theremin &amp; case", "description": "<p>Loud<br>fine</p>"}
    answer = client.put("/v1/products/new", json=whole, headers=keys.staff)
    assert answer.status_code == 200
    read = client.get("/v1/products/new", headers=keys.shop).json()
    assert (read["title"], read["description"]) == ("Brass theremin & case", "Loud fine")
    change = {"title": "<i>Nickel</i> theremin"}
    client.patch("/v1/products/new", json=change, headers=keys.staff)
    assert client.get("/v1/products/new", headers=keys.shop).json()["title"] == "Nickel theremin"
    for nothing in ("<b></b>", "<script>alert(1)</script>"):
        answer = client.put("/v1/products/x", json={"title": nothing}, headers=keys.staff)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["rule"] == "not empty"


def test_an_attribute_that_is_no_text_is_named(client, keys):
    for attributes in ({"colour": {"a": 1}}, {"size": "L", "colour": ["red"]}):
        body = {"attributes": attributes}
        told = client.patch("/v1/products/p0", json=body, headers=keys.staff).json()
        assert "'attributes' must be an object of texts, and 'colour' is none" in told["detail"]


@pytest.mark.parametrize("path", ["/v1/search", "/v1/products/p0", "/v1/moderation/queue"])
def test_what_methods_a_route_has_needs_no_key(client, path):
    answer = client.options(path)
    assert answer.status_code == 204 and "GET" in answer.headers["allow"]


def test_what_was_acknowledged_is_there_at_once(client, keys):
    staff = {"headers": keys.staff}
    for n in range(50):
        product, offer = f"/v1/products/n{n}", f"/v1/offers/n{n}"
        row = {"product_id": f"n{n}", "region": "IN", "seller": "A", "price": 5}
        calls = [
            client.put(product, json={"title": f"Bodhran {n}"}, **staff),
            client.patch(product, json={"price": n + 1}, **staff),
            client.put(offer, json=row, **staff),
            client.patch(offer, json={"price": 6}, **staff),
        ]
        assert [call.status_code for call in calls] == [200] * 4, [call.text for call in calls]
        assert client.get(product, headers=keys.shop).json()["price"] == n + 1
        assert client.get(offer, headers=keys.shop).json()["price"] == 6
        calls = [
            client.put("/v1/availability", json={"offer_id": f"n{n}", "stock": 0}, **staff),
            client.put(
                "/v1/availability", json={"product_id": f"n{n}", "available": True}, **staff
            ),
            client.delete(offer, **staff),
            client.delete(product, **staff),
        ]
        assert [call.status_code for call in calls] == [200] * 4, [call.text for call in calls]
        assert client.get(product, headers=keys.shop).status_code == 404
        assert client.get(offer, headers=keys.shop).status_code == 404
        assert client.delete(product, **staff).status_code == 404


def test_positions_that_hold_nothing_do_not_hold_up_the_checks(client, keys):
    serving = client.app.state.serving
    serving.journal._home.lift(1_000)  # as after a journal that was lost
    assert client.patch("/v1/products/p0", json={"price": 1}, headers=keys.staff).status_code == 200
    assert client.get("/v1/products/nope", headers=keys.shop).status_code == 404


def test_a_worker_that_is_behind_says_so_instead_of_calling_it_unknown(client, keys):
    serving = client.app.state.serving
    with serving._applying:
        answer = client.put("/v1/products/late", json={"title": "Shawm"}, headers=keys.staff)
        assert answer.status_code == 200
        for call in (client.get, client.delete):
            answer = call("/v1/products/late", headers=keys.staff)
            assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
            assert answer.json()["type"].endswith("behind")
    eventually(lambda: client.get("/v1/products/late", headers=keys.shop).status_code == 200)


def test_products_come_in_batches_all_or_none(client, keys):
    rows = [{"product_id": f"b{n}", "title": f"Zither {n}"} for n in range(5)]
    assert client.post("/v1/products", json=rows, headers=keys.staff).status_code == 200
    eventually(lambda: len(found(client, keys, "zither")) == 5)
    bad = [*({"product_id": f"c{n}", "title": "Lute"} for n in range(3)), {"product_id": "c9"}]
    answer = client.post("/v1/products", json=bad, headers=keys.staff)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "products[3].title"
    time.sleep(0.3)
    assert found(client, keys, "lute") == []


def test_offers_are_read_and_changed(client, keys):
    ask = lambda: client.get("/v1/offers?product_id=p0", headers=keys.shop).json()["offers"]  # noqa: E731
    assert [offer["offer_id"] for offer in ask()] == ["o2", "o1"]
    new = {"product_id": "p0", "region": "IN", "seller": "C", "price": "90.50", "stock": 4}
    assert client.put("/v1/offers/o3", json=new, headers=keys.staff).status_code == 200
    eventually(lambda: [offer["offer_id"] for offer in ask()] == ["o3", "o2", "o1"])
    assert client.get("/v1/offers/o3", headers=keys.shop).json()["price"] == 90.5
    client.put("/v1/availability", json={"offer_id": "o3", "price": 120}, headers=keys.staff)
    eventually(lambda: [offer["offer_id"] for offer in ask()] == ["o2", "o1", "o3"])
    assert client.delete("/v1/offers/o3", headers=keys.staff).status_code == 200
    eventually(lambda: [offer["offer_id"] for offer in ask()] == ["o2", "o1"])


def test_the_offer_that_wins_now_is_shown_with_its_reason(client, keys):
    def first():
        ask = {"q": "red kettle", "region": "IN/KA", "k": 1}
        hit = client.get("/v1/search", params=ask, headers=keys.shop).json()["hits"][0]
        told = [reason for reason in hit["reasons"] if reason.startswith("offered")]
        return (hit.get("offer") or {}).get("offer_id"), told

    assert first() == ("o2", ["offered in IN by B for 95"])
    new = {"product_id": "p0", "region": "IN", "seller": "C", "price": 90, "delivery_hours": 48}
    client.put("/v1/offers/o3", json=new, headers=keys.staff)
    eventually(lambda: first() == ("o3", ["offered in IN by C for 90, arrives within 48 hours"]))
    client.put("/v1/availability", json={"offer_id": "o3", "stock": 0}, headers=keys.staff)
    eventually(lambda: first() == ("o2", ["offered in IN by B for 95"]))
    for offer in ("o1", "o2", "o3"):
        client.delete(f"/v1/offers/{offer}", headers=keys.staff)
    eventually(lambda: first() == (None, []))


@pytest.mark.parametrize("name", ["a/b", "a//b", "/a", "a b/é?#%2F", "..", "a/../b", "a/"])
def test_any_id_can_stand_in_a_path(client, keys, name):
    path = quote(name, safe="").replace(".", "%2E")
    answer = client.put(f"/v1/products/{path}", json={"title": "Rebec"}, headers=keys.staff)
    assert answer.status_code == 200 and answer.json()["product_ids"] == [name]
    read = client.get(f"/v1/products/{path}", headers=keys.shop).json()
    assert read == {"product_id": name, "title": "Rebec"}
    row = {"product_id": name, "region": "IN"}
    assert client.put(f"/v1/offers/{path}", json=row, headers=keys.staff).status_code == 200
    assert client.get(f"/v1/offers/{path}", headers=keys.shop).json()["offer_id"] == name
    for kind in ("offers", "products"):
        assert client.delete(f"/v1/{kind}/{path}", headers=keys.staff).status_code == 200


def test_availability_of_what_is_unknown_is_refused(client, keys):
    answer = client.put(
        "/v1/availability", json={"product_id": "nope", "available": True}, headers=keys.staff
    )
    assert answer.status_code == 404 and "'nope'" in answer.json()["detail"]


# -- events ---------------------------------------------------------------------------------------

VIEW = {"session_id": "s1", "kind": "view_item", "product_id": "p0"}


def kept(client):
    return client.app.state.serving.journal.read(0, 1000)


def test_events_are_in_the_journal_when_they_are_acknowledged(client, keys):
    answer = client.post("/v1/events", json=[VIEW, VIEW], headers=keys.shop)
    assert answer.status_code == 202
    ids = answer.json()["event_ids"]
    assert len(set(ids)) == 2
    rows = kept(client)
    assert [row.key for row in rows] == ids
    assert [row.position for row in rows] == answer.json()["positions"]
    assert rows[0].body["ts"].endswith("+00:00")


@pytest.mark.parametrize("form", ["one", "list", "object", "lines"])
def test_events_come_in_four_forms(client, keys, form):
    if form == "lines":
        line = b'{"session_id": "s1", "kind": "view_item"}'
        answer = client.post(
            "/v1/events",
            content=line + b"\n\n" + line + b"\n",
            headers={**keys.shop, "Content-Type": "application/x-ndjson"},
        )
    else:
        body = {"one": VIEW, "list": [VIEW, VIEW], "object": {"events": [VIEW, VIEW]}}[form]
        answer = client.post("/v1/events", json=body, headers=keys.shop)
    assert answer.status_code == 202
    assert answer.json()["accepted"] == (1 if form == "one" else 2)


def test_a_retry_with_an_idempotency_key_is_kept_once(client, keys):
    headers = {**keys.shop, "Idempotency-Key": "order-7"}
    first = client.post("/v1/events", json=[VIEW, VIEW], headers=headers).json()
    again = client.post("/v1/events", json=[VIEW, VIEW], headers=headers).json()
    assert again["event_ids"] == first["event_ids"]
    assert again["positions"] == first["positions"]
    assert (again["accepted"], again["repeated"]) == (0, 2)
    # The same words of another shop are another call.
    other = client.post("/v1/events", json=[VIEW], headers={**keys.staff, **headers, **keys.staff})
    assert other.json()["accepted"] == 1
    assert len(kept(client)) == 3


def test_an_idempotency_key_is_for_one_body(client, keys):
    headers = {**keys.shop, "Idempotency-Key": "order-8"}
    other = {**VIEW, "product_id": "p1"}
    assert client.post("/v1/events", json=[VIEW, VIEW], headers=headers).json()["accepted"] == 2
    for body in ([VIEW, other], [other, VIEW], [VIEW], [VIEW, VIEW, VIEW], [{**VIEW, "fee": None}]):
        answer = client.post("/v1/events", json=body, headers=headers)
        assert answer.status_code == 409 and answer.json()["type"].endswith("idempotency")
    named = {**other, "event_id": "mine"}
    assert client.post("/v1/events", json=[named, VIEW], headers=headers).status_code == 409
    assert len(kept(client)) == 2
    # The same body in another form and order of fields is the same call.
    turned = {"events": [dict(reversed(VIEW.items()))] * 2}
    again = client.post("/v1/events", json=turned, headers=headers).json()
    assert (again["accepted"], again["repeated"]) == (0, 2)


def test_an_idempotency_key_is_for_one_body_also_when_events_have_ids(client, keys):
    headers = {**keys.shop, "Idempotency-Key": "order-9"}
    named = [{**VIEW, "event_id": f"own-{n}", "ts": "2026-05-01T09:00:00Z"} for n in range(2)]
    first = client.post("/v1/events", json=named, headers=headers).json()
    assert first["accepted"] == 2
    for body in ([{**named[0], "product_id": "p1"}], named[:1], [{**VIEW, "event_id": "x"}], VIEW):
        answer = client.post("/v1/events", json=body, headers=headers)
        assert answer.status_code == 409 and answer.json()["type"].endswith("idempotency")
    assert len(kept(client)) == 2
    again = client.post("/v1/events", json={"events": named}, headers=headers).json()
    assert (again["event_ids"], again["positions"]) == (first["event_ids"], first["positions"])
    assert client.post("/v1/events", json=VIEW, headers=keys.shop).json()["accepted"] == 1


def test_what_the_server_owns_is_not_the_shops_to_say(client, keys):
    for field, value in (("fee", True), ("fee", False), ("source", "journal")):
        answer = client.post("/v1/events", json={**VIEW, field: value}, headers=keys.shop)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == f"events[0].{field}"
    assert kept(client) == []
    fee = {**VIEW, "fee": True}
    assert client.post("/v1/events", json=fee, headers=keys.staff).status_code == 202
    assert kept(client)[0].body["fee"] is True
    answer = client.post("/v1/events", json={**VIEW, "source": "x"}, headers=keys.staff)
    assert answer.status_code == 400


def test_a_token_says_which_answer_an_event_follows(client, keys):
    answer = client.get("/v1/search?q=kettle", headers=keys.shop).json()
    event = {**VIEW, "attribution_token": answer["attribution_token"]}
    assert client.post("/v1/events", json=event, headers=keys.shop).status_code == 202
    body = kept(client)[-1].body
    assert (body["query_id"], body["surface"]) == (answer["query_id"], "search")
    forged = {**VIEW, "attribution_token": "A" * 32}
    answer = client.post("/v1/events", json=forged, headers=keys.shop)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "events[0].attribution_token"


def test_one_bad_event_keeps_all_out_and_every_bad_one_is_named(client, keys):
    rows = [VIEW, {"kind": "view_item"}, VIEW, {**VIEW, "price": -1}, {**VIEW, "prize": 3}]
    answer = client.post("/v1/events", json=rows, headers=keys.shop)
    assert answer.status_code == 400
    named = [error["field"] for error in answer.json()["errors"]]
    assert named == ["events[1].session_id", "events[3].price", "events[4].prize"]
    assert kept(client) == []


# -- who may ask ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "who", "status"),
    [
        ("GET", "/v1/search", None, 401),
        ("GET", "/v1/search", "shop", 200),
        ("GET", "/v1/search", "viewer", 200),
        ("GET", "/v1/status", "shop", 403),
        ("GET", "/v1/status", "viewer", 200),
        ("GET", "/v1/status", "admin", 200),
        ("PUT", "/v1/products/x", "shop", 403),
        ("PUT", "/v1/products/x", "viewer", 403),
        ("PUT", "/v1/products/x", "staff", 400),
        ("DELETE", "/v1/offers/x", "shop", 403),
        ("PUT", "/v1/availability", "viewer", 403),
        ("POST", "/v1/events", "viewer", 403),
        ("POST", "/v1/products", None, 401),
    ],
)
def test_scopes_and_roles(client, keys, method, path, who, status):
    headers = getattr(keys, who) if who else {}
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["status"] == status


def test_every_route_of_v1_says_what_it_needs(client):
    paths = [route for route in client.app.routes if route.path.startswith("/v1/")]
    assert len(paths) >= 9
    for route in paths:
        for handler in route.route_handlers:
            if handler.http_methods != {"OPTIONS"}:
                assert {"scope", "permission"} <= set(handler.opt), route.path


def test_a_key_may_come_in_its_own_header(client, keys):
    secret = keys.secrets["shop"]
    assert client.get("/v1/search", headers={"X-API-Key": secret}).status_code == 200
    assert client.get("/v1/search", headers={"X-API-Key": secret[:-1]}).status_code == 401
    wrong = client.get("/v1/search", headers={"Authorization": "Basic abc"})
    assert wrong.status_code == 401 and wrong.headers["www-authenticate"].startswith("Bearer")


def test_a_wrong_key_is_not_repeated(client):
    secret = "chowk_shop_k000000000000_" + "x" * 43
    answer = client.get("/v1/search", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401 and "xxx" not in answer.text


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (
            "/v1/search?k=0",
            400,
            "'k' of GET /v1/search must be a whole number in [1, 100]. Got '0'",
        ),
        ("/v1/search?k=1000000", 400, "Got '1000000'"),
        ("/v1/search?k=ten", 400, "Got 'ten'"),
        ("/v1/search?k=5&k=6", 400, "given once"),
        ("/v1/search?offset=-1", 400, "[0, 10000]"),
        ("/v1/search?sort=prise", 400, "one of relevance"),
        ("/v1/search?limt=3", 400, "no parameter 'limt'"),
        ("/v1/search?facet=brand", 400, "Did you mean 'facets'?"),
        ("/v1/search?facets=shoe_size", 400, "shoe_size"),
        ("/v1/search?filter.price=cheap", 400, "100..500"),
        ("/v1/search?filter.price=nan..nan", 400, "100..500"),
        ("/v1/search?filter.available=maybe", 400, "true, false or any"),
        ("/v1/search?filter.size=3", 400, "size"),
        ("/v1/search?filters={", 400, "a JSON object"),
        ("/v1/search?offset=5001&facets=brand,category", 400, "at most 1 names at the offset 5001"),
        ('/v1/search?filters={"brand":[' + '"a",' * 100 + '"b"]}', 400, "at most 100 values"),
        ("/v1/search?q=" + "a" * 513, 400, "at most 512"),
        ("/v1/search?q=a%00b", 400, "null characters"),
        ("/v1/search?" + "x" * 9000, 414, "8192 bytes"),
        ("/v1/search?" + "q=a&" * 120, 400, "at most 100 names"),
        ("/v1/related", 400, "'product_id' of GET /v1/related must be given"),
        ("/v1/related?product_id=nope", 404, "no product 'nope'"),
        ("/v1/related?product_id=p0&intent=magic", 400, "one of bought_together"),
        ("/v1/products/nope", 404, "no product 'nope'"),
        ("/v1/offers/nope", 404, "no offer 'nope'"),
        ("/v1/serch", 404, "Did you mean /v1/search?"),
        ("/nothing/here", 404, "GET /schema"),
    ],
)
def test_bad_requests_get_one_sentence(client, keys, path, status, said):
    answer = client.get(path, headers=keys.shop)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    body = answer.json()
    assert said in body["detail"]
    assert body["type"].startswith("urn:chowk:problem:") and body["title"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text and "\n" not in body["detail"]


@pytest.mark.parametrize(
    "path",
    [
        '/v1/search?filters={"brand":[' + '"a",' * 99 + '"b"]}',
        "/v1/search?offset=5000&facets=brand,category",
        "/v1/search?offset=10000&facets=brand",
    ],
)
def test_a_search_at_its_limits_is_answered(client, keys, path):
    assert client.get(path, headers=keys.shop).status_code == 200


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"{nope", 400, "not JSON"),
        (b"", 400, "empty"),
        (b"[]", 400, "empty"),
        (b"\xff\xfe", 400, "not JSON"),
        (b"[" * 20000, 400, "not JSON"),
        (b"3", 400, "an object"),
        (b"[" + b"{}," * 1000 + b"{}]", 400, "at most 1000"),
        (b'"' + b"x" * 5_000_000 + b'"', 413, "4096 KiB"),
    ],
)
def test_bad_bodies_get_one_sentence(client, keys, content, status, said):
    answer = client.post(
        "/v1/events",
        content=content,
        headers={**keys.shop, "Content-Type": "application/json"},
    )
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert kept(client) == []


def test_other_media_types_are_refused(client, keys):
    answer = client.post(
        "/v1/events", content=b"<a/>", headers={**keys.shop, "Content-Type": "application/xml"}
    )
    assert answer.status_code == 415 and "application/x-ndjson" in answer.json()["detail"]


def test_a_wrong_method_names_the_right_ones(client, keys):
    answer = client.post("/v1/search", headers=keys.shop)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"] and "GET" in answer.json()["detail"]


def test_an_error_that_was_not_foreseen_tells_only_its_id(client, keys, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret inner state")

    monkeypatch.setattr(client.app.state.serving.models.search, "search", broken, raising=False)
    answer = client.get("/v1/search?q=x", headers={**keys.shop, "X-Request-Id": "mine-1"})
    assert answer.status_code == 500
    assert "secret inner state" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine-1"


# -- the server about itself ----------------------------------------------------------------------


def test_status_health_and_documentation(client, keys):
    status = client.get("/v1/status", headers=keys.staff).json()
    assert status["tables"]["products"]["rows"] == 14
    serves = {s["name"]: s["serves"] for s in status["systems"]}
    assert list(serves) == system_names() and serves["search"] and serves["related"]
    assert status["journal"]["lag"] == 0 and status["ready"]
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").status_code == 200
    schema = client.get("/schema").json()
    assert "/v1/search" in schema["paths"]
    names = [p["name"] for p in schema["paths"]["/v1/search"]["get"]["parameters"]]
    assert names[:3] == ["q", "k", "offset"]
    assert "/console" not in schema["paths"]


def test_metrics_count_by_route_and_not_by_what_was_asked(client, keys):
    client.get("/v1/products/p0", headers=keys.shop)
    client.get("/v1/products/p1", headers=keys.shop)
    client.get("/wp-login.php")
    text = client.get("/metrics").text
    route = 'method="GET",route="/v1/products/{product_id}",status="200"'
    assert f"chowk_requests_total{{{route}}} 2.0" in text
    assert 'route="none",status="404"} 1.0' in text
    assert "p0" not in text and "wp-login" not in text
    assert "chowk_journal_applied 0.0" in text


def test_metrics_are_not_for_strangers(client, keys):
    behind = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", headers=behind).status_code == 401
    assert client.get("/metrics", headers={**behind, **keys.shop}).status_code == 403
    assert client.get("/metrics", headers={**behind, **keys.viewer}).status_code == 200


def test_every_answer_carries_the_security_headers(client, keys):
    for path in ("/v1/search", "/nope", "/console/login", "/healthz"):
        headers = client.get(path, headers=keys.shop).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-request-id"]
