"""Explanations, analytics and experiments over HTTP, and queries that nobody should send."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from litestar.testing import TestClient

import chowk
from chowk.serve.app import create_app
from chowk.serve.routes.search_experiments import drawn
from serve.test_console import csrf_of, log_in

#: What people and programs type; none of it may end in a 500.
HOSTILE = {
    "empty": "",
    "long": "a" * 10_000,
    "long words": "red " * 2_500,
    "punctuation": "?!.,;:-_()[]{}",
    "emoji": "😀👨‍👩‍👧🪔",
    "control": "red\x00\x01\x1b[31mkettle",
    "field syntax": "title:",
    "field query": "title:red AND brand:*",
    "quotes": '"red kettle',
    "many quotes": "\"'`«»“”",
    "sql": "'; DROP TABLE products; --",
    "right to left": "\u202eساڑی אדום\u202c",
    "mixed scripts": "लाल kettle ساڑی 红色",
    "surrogates": "\ufffe\uffff",
    "percent": "%",
    "json": '{"$gt": ""}',
    "html": "<script>alert(1)</script>",
}
ROUTES = ("/v1/search", "/v1/suggest", "/v1/search/explain")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_query_is_an_error_of_ours(client, keys, name):
    for route in ROUTES:
        answer = client.get(route, params={"q": HOSTILE[name]}, headers=keys.admin)
        limit = 200 if route == "/v1/suggest" else 512
        if len(HOSTILE[name]) > 8_000:  # longer than an address may be
            assert answer.status_code == 414
        elif len(HOSTILE[name]) > limit or "\0" in HOSTILE[name]:
            assert answer.status_code == 400
            assert "'q'" in answer.json()["detail"]
        else:
            assert answer.status_code == 200, answer.text
    body = {"requests": [{"indexName": "products", "query": HOSTILE[name]}]}
    answer = client.post("/1/indexes/*/queries", json=body, headers=keys.shop)
    assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"region": "Atlantis/Deep"}, 200, None),
        ({"facets": "attributes.nothing"}, 200, None),
        ({"facets": "magic"}, 400, "magic"),
        ({"filter.magic": "x"}, 400, "magic"),
        ({"filter.brand": "nobody"}, 200, None),
        ({"filter.price": "500..100"}, 400, "Did you mean 100..500?"),
        ({"filter.price": "cheap"}, 400, "price"),
        ({"filters": "{"}, 400, "JSON"),
        ({"filters": '{"brand": {"min": 1}}'}, 400, "brand"),
        ({"filters": '{"brand": "A"}', "filter.brand": "B"}, 400, "given once"),
        ({"k": "0"}, 400, "k"),
        ({"k": "ten"}, 400, "k"),
        ({"offset": "-1"}, 400, "offset"),
        ({"sort": "magic"}, 400, "sort"),
        ({"magic": "1"}, 400, "magic"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(client, keys, asked, status, said):
    answer = client.get("/v1/search", params={"q": "kettle", **asked}, headers=keys.shop)
    assert answer.status_code == status, answer.text
    if said is not None:
        assert said in answer.json()["detail"]


def test_contradictory_filters_find_nothing(client, keys):
    asked = {"q": "kettle", "filter.category": "Home > Lamps", "facets": "brand,category"}
    answer = client.get("/v1/search", params=asked, headers=keys.shop).json()
    assert (answer["total"], answer["hits"], answer["facets"]["brand"]) == (0, [], {})
    # the facet of the filter itself still says where kettles are
    assert answer["facets"]["category"]["Home > Kettles"] == 3


def test_an_explanation_says_how_a_query_was_read_and_where_a_product_stands(client, keys):
    def explain(**asked):
        answer = client.get("/v1/search/explain", params=asked, headers=keys.admin)
        assert answer.status_code == 200, answer.text
        return answer.json()

    found = explain(q="red ketle", product_id="p0")
    assert [word["typed"] for word in found["words"]] == ["red", "ketle"]
    assert found["words"][1]["read_as"][0]["term"] == "kettle"
    standing = found["product"]
    assert standing["place"] == 1
    assert sum(p["value"] for p in standing["parts"]) == pytest.approx(standing["score"], abs=1e-6)
    assert explain(q="kettle", product_id="no")["product"]["why_not"].startswith("There is no")
    assert "bought" in explain(q="kettle", product_id="gone")["product"]["why_not"]
    assert "words" in explain(q="kettle", product_id="p6")["product"]["why_not"]
    rule = {"action": "hide", "product_ids": ["p0"]}
    client.put("/v1/search/rules/h", json=rule, headers=keys.admin)
    found = explain(q="kettle", product_id="p0")
    assert (found["rules"], found["product"]["why_not"]) == (["h"], "A rule hides it.")
    assert client.get("/v1/search/explain", headers=keys.shop).status_code == 403


START = datetime(2026, 6, 1, tzinfo=UTC)


def searched(rows):
    """Events of searches: (session, minute, query, shown, clicked place or 0, bought, variant)."""
    events = []
    for n, (session, minute, query, shown, place, bought, variant) in enumerate(rows):
        base = {
            "ts": START + timedelta(minutes=minute),
            "session_id": session,
            "customer_id": session,
            "query_id": f"q{n}",
            "query": query,
        }
        events.append({**base, "event_id": f"s{n}", "kind": "search"})
        if variant:
            events.append(
                {
                    **base,
                    "event_id": f"x{n}",
                    "kind": "experience_impression",
                    "experiment_id": f"lift/{variant}",
                }
            )
        for at in range(1, shown + 1):
            line = {**base, "product_id": f"p{at}", "position": at}
            events.append({**line, "event_id": f"v{n}-{at}", "kind": "view_item_list"})
        if place:
            line = {**base, "product_id": f"p{place}", "position": place}
            line["ts"] = base["ts"] + timedelta(seconds=5)
            line["experiment_id"] = f"lift/{variant}" if variant else None
            events.append({**line, "event_id": f"c{n}", "kind": "select_item"})
        if bought:
            line = {**base, "product_id": "p1", "order_id": f"o{n}", "quantity": 1, "price": 5}
            line["ts"] = base["ts"] + timedelta(seconds=9)
            events.append({**line, "event_id": f"b{n}", "kind": "purchase", "currency": "INR"})
    return events


@pytest.fixture
def told(shop, keys):
    """A server over a store whose searches are known."""
    rows = [(f"k{n}", 10 * n, "kettle", 3, 2, n % 2, "new") for n in range(10)]
    rows += [(f"l{n}", 10 * n, "lamp", 3, 0, 0, "old") for n in range(10)]
    # ten people look for what is not there and then for something else, three minutes later
    rows += [(f"n{n}", 20 * n, "rocket", 0, 0, 0, None) for n in range(10)]
    rows += [(f"n{n}", 20 * n + 3, "tent", 3, 1, 0, None) for n in range(10)]
    rows += [("one", 500, "my own words", 3, 1, 0, None)]
    with chowk.open(shop) as store:
        store.write("events", searched(rows), mode="append")
    with TestClient(create_app(shop)) as client:
        yield client


def test_analytics_are_counted_by_hand(told, keys):
    answer = told.get("/v1/search/analytics", headers=keys.admin)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["total"]["searches"] == 41
    assert found["total"]["nothing"] == pytest.approx(10 / 41)
    assert found["total"]["clicked"] == pytest.approx(21 / 41)
    assert found["total"]["position"] == pytest.approx((10 * 2 + 10 + 1) / 21)
    by_query = {row["query"]: row for row in found["queries"]}
    assert (by_query["rocket"]["nothing"], by_query["rocket"]["again"]) == (1.0, 1.0)
    assert (by_query["kettle"]["position"], by_query["kettle"]["bought"]) == (2.0, 0.5)
    assert (by_query["lamp"]["clicked"], by_query["lamp"]["again"]) == (0.0, 0.0)
    assert "my own words" not in by_query
    assert sum(day["searches"] for day in found["days"]) == 41
    assert found["why"] == {}
    assert told.get("/v1/search/analytics", headers=keys.shop).status_code == 403


def test_pages_do_not_wait_while_analytics_are_counted(told, keys, monkeypatch):
    from chowk.search import analytics

    serving, free = told.app.state.serving, []

    def counted(*args):
        free.append(serving._reading.acquire(timeout=1))
        serving._reading.release()
        return report(*args)

    report = analytics.report
    monkeypatch.setattr(analytics, "report", counted)
    assert told.get("/v1/search/analytics", headers=keys.admin).status_code == 200
    assert free == [True]


def test_analytics_without_linked_purchases_say_why_there_is_no_rate(shop, keys):
    rows = [(f"k{n}", 10 * n, "kettle", 0, 0, 0, None) for n in range(9)]
    with chowk.open(shop) as store:
        store.write("events", searched(rows), mode="append")  # the shop's purchases name no search
    with TestClient(create_app(shop)) as client:
        found = client.get("/v1/search/analytics", headers=keys.admin).json()
    assert found["total"]["bought"] is None and found["queries"][0]["bought"] is None
    assert found["total"]["clicked"] == 0.0
    assert set(found["why"]) == {"bought", "nothing", "position"}
    assert "No purchase in the log" in found["why"]["bought"]
    assert "attribution_token" in found["why"]["bought"]


def test_a_report_counts_sessions_by_variant(told, keys):
    body = {"variants": {"old": {"step": "text"}, "new": {}}}
    told.put("/v1/search/experiments/lift", json=body, headers=keys.admin)
    answer = told.get("/v1/search/experiment-reports/lift", headers=keys.admin)
    assert answer.status_code == 200, answer.text
    new, old = answer.json()["clicked"]
    assert (new["variant"], new["sessions"], new["share"]) == ("new", 10, 1.0)
    assert (old["sessions"], old["share"], old["difference"]) == (10, 0.0, -1.0)
    assert old["high"] < 0
    assert [row["share"] for row in answer.json()["bought"]] == [0.5, 0.0]
    assert told.get("/v1/search/experiment-reports/no", headers=keys.admin).status_code == 404


def journalled(client):
    rows = client.app.state.serving.journal.read(0, 10_000)
    return [row.body for row in rows if row.body.get("kind") == "experience_impression"]


def test_sessions_keep_their_variant_and_exposures_are_logged(client, keys):
    body = {"variants": {"plain": {"step": "text", "variety": False}, "full": {}}}
    made = client.put("/v1/search/experiments/steps", json=body, headers=keys.admin)
    assert made.status_code == 200, made.text
    listed = client.get("/v1/search/experiments", headers=keys.admin).json()
    assert listed["running"] == "steps"
    seen = {}
    for n in range(40):
        asked = {"q": "kettle", "session": f"s{n % 20}"}
        answer = client.get("/v1/search", params=asked, headers=keys.shop).json()
        seen.setdefault(asked["session"], set()).add(answer["experiment_id"])
        assert answer["step"] == (
            "text" if answer["experiment_id"].endswith("plain") else "popularity"
        )
    assert all(len(variants) == 1 for variants in seen.values())
    assert {one for variants in seen.values() for one in variants} == {"steps/plain", "steps/full"}
    logged = []
    for _ in range(200):  # nobody waits for the journal
        logged = journalled(client)
        if len(logged) == 40:
            break
        time.sleep(0.02)
    assert len(logged) == 40
    assert {(row["session_id"], row["experiment_id"]) for row in logged} == {
        (session, one) for session, variants in seen.items() for one in variants
    }
    # no session, another order, or the experiment's end: the usual answer
    for asked in ({"q": "kettle"}, {"q": "kettle", "session": "s1", "sort": "newest"}):
        answer = client.get("/v1/search", params=asked, headers=keys.shop).json()
        assert answer["experiment_id"] is None
    gone = client.delete("/v1/search/experiments/steps", headers=keys.admin)
    assert gone.json() == {"removed": "steps"}
    asked = {"q": "kettle", "session": "s1"}
    answer = client.get("/v1/search", params=asked, headers=keys.shop).json()
    assert answer["experiment_id"] is None
    rows = client.app.state.serving.desk.audit(limit=100, subject="search-experiment:steps")
    assert [row.action for row in rows] == ["search.experiment.put", "search.experiment.remove"]


def test_two_rankings_share_a_page(client, keys):
    body = {"mode": "interleave", "variants": {"a": {"step": "text"}, "b": {}}}
    client.put("/v1/search/experiments/both", json=body, headers=keys.admin)
    asked = {"q": "red", "session": "s1", "k": 4}
    first = client.get("/v1/search", params=asked, headers=keys.shop).json()
    again = client.get("/v1/search", params=asked, headers=keys.shop).json()
    ids = [hit["product_id"] for hit in first["hits"]]
    assert ids == [hit["product_id"] for hit in again["hits"]]
    assert len(set(ids)) == 4
    teams = [hit["experiment_id"] for hit in first["hits"]]
    assert sorted(teams) == ["both/a", "both/a", "both/b", "both/b"]
    assert first["experiment_id"] == "both/a+b"


def test_pages_after_an_interleaved_one_are_the_first_variants(client, keys):
    def pages(k, **more):
        found = []
        for offset in range(0, 20, k):
            asked = {"q": "red", "k": k, "offset": offset, **more}
            answer = client.get("/v1/search", params=asked, headers=keys.shop)
            assert answer.status_code == 200, answer.text
            found.append(answer.json())
        return found

    usual = [hit["product_id"] for page in pages(20) for hit in page["hits"]]
    body = {"mode": "interleave", "variants": {"a": {}, "b": {"step": "text", "variety": False}}}
    client.put("/v1/search/experiments/both", json=body, headers=keys.admin)
    for k in (1, 2, 3):
        for n in range(4):
            head, *later = pages(k, session=f"s{n}")
            ids = [hit["product_id"] for hit in head["hits"]]
            rest = [hit["product_id"] for page in later for hit in page["hits"]]
            assert len(ids) == k and head["experiment_id"] == "both/a+b"
            assert rest == [one for one in usual if one not in ids]
            for page in later:
                assert page["experiment_id"] is None
                assert not any(hit.get("experiment_id") for hit in page["hits"])


def test_an_interleaved_experiment_does_not_forbid_deep_pages(client, keys):
    body = {"mode": "interleave", "variants": {"a": {"step": "text"}, "b": {}}}
    client.put("/v1/search/experiments/both", json=body, headers=keys.admin)
    for offset in (5, 999, 1_000, 10_000):
        asked = {"q": "red", "session": "s1", "k": 20, "offset": offset}
        answer = client.get("/v1/search", params=asked, headers=keys.shop)
        assert answer.status_code == 200, answer.text


def test_sessions_whose_ids_end_alike_do_not_share_a_draft(client, keys):
    body = {"mode": "interleave", "variants": {"a": {"step": "text"}, "b": {}}}
    client.put("/v1/search/experiments/both", json=body, headers=keys.admin)
    begun = set()
    for n in range(12):  # the chance that all begin with one variant is 2 in 4096
        asked = {"q": "red", "session": f"visit-{n}-of-2026-11-21", "k": 4}
        hits = client.get("/v1/search", params=asked, headers=keys.shop).json()["hits"]
        begun.add(hits[0]["experiment_id"])
    assert begun == {"both/a", "both/b"}
    seeds = {drawn("both", s, q) for s in ("1-long-id", "2-long-id") for q in ("red", "blue")}
    assert len(seeds) == 4


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("x", {}),
        ("x", []),
        ("x", {"variants": {"a": {}}}),
        ("x", {"variants": {"a": {}, "b": {"step": "magic"}}}),
        ("x", {"variants": {"a": {}, "b": {"share": 0}}}),
        ("x", {"variants": {"a": {}, "b/c": {}}}),
        ("x", {"mode": "interleave", "variants": {"a": {}, "b": {}, "c": {}}}),
        ("x" * 61, {"variants": {"a": {}, "b": {}}}),
        ("x", {"variants": {"a": {}, "b": {}}, "start": "2026-01-01T00:00:00"}),
    ],
)
def test_an_experiment_that_cannot_be_is_refused(client, keys, name, body):
    answer = client.put(f"/v1/search/experiments/{name}", json=body, headers=keys.admin)
    assert answer.status_code in (400, 422), json.dumps(answer.json())
    assert client.get("/v1/search/experiments", headers=keys.admin).json()["experiments"] == []


def test_a_graded_query_stands_in_the_audit_log_without_its_words(client, keys):
    log_in(client, keys.secrets["admin"])
    typed = "kettle for mira@example.com"
    page = client.get("/console/search/grading", params={"q": typed}).text
    form = {"csrf": csrf_of(page), "q": typed, "grade:p0": "3"}
    for _ in range(2):
        kept = client.post("/console/search/grading", data=form, follow_redirects=False)
        assert kept.status_code == 303, kept.text
    desk = client.app.state.serving.desk
    graded = [row for row in desk.audit(limit=1_000) if row.action == "search.graded"]
    assert len(graded) == 2 and len({row.subject for row in graded}) == 1
    assert "mira" not in repr(graded) and "kettle" not in repr(graded)
