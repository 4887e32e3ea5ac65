"""GET /v1/substitutes and GET /v1/next: what they answer, leave out and refuse."""

from __future__ import annotations

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
        assert any(f"p{colour}" in reason for reason in hits[0]["reasons"])
        assert f"p{colour}" not in [hit["product_id"] for hit in hits]
    guest = ask(client, keys, "/v1/next", k=4).json()["hits"]
    assert len(guest) == 4 and guest[0]["reasons"][0].startswith("popular")


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
    assert len(here) == 2 and here[0]["reasons"] == ["popular in IN/Goa"]
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
            hits = ask(client, keys, "/v1/popular", region="nowhere").json()["hits"]
            assert hits[0]["product_id"] != "p11"
        assert len(read) == 3 and ranked == [None, "IN/Pune", None]
