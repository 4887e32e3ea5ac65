"""Packaging over HTTP and in the console: changes, the curve, packed orders, batches."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient

import chowk
from chowk.build import build
from chowk.desk import Desk
from chowk.sample import make
from chowk.serve.app import create_app
from serve.processes import make_keys, running
from serve.test_console import csrf_of, log_in
from servers.rule import chromium


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("parcels") / "shop"
    with make(path, seed=2, products=250, customers=20, events=300, images=False) as store:
        build(store, only=["packaging"], insist=("packaging",))
    return path


@pytest.fixture(scope="module")
def keys(place):
    return make_keys(place)


@pytest.fixture(scope="module")
def client(place, keys):
    with TestClient(create_app(place)) as made:
        yield made


def test_staff_see_what_would_change_and_nobody_else(client, keys):
    path = "/v1/packaging/changes"
    assert client.get(path).status_code == 401
    assert client.get(path, headers=keys.shop).status_code == 403
    found = client.get(path, headers=keys.admin, params={"k": 5}).json()
    assert found["aim"] == "cost" and 0 < len(found["changes"]) <= 5
    savings = [change["saving"] for change in found["changes"]]
    assert savings == sorted(savings, reverse=True)
    assert all(change["today"] != change["package_type"] for change in found["changes"])
    assert found["totals"]["saving_low"] <= found["totals"]["saving"]
    waste = client.get(path, headers=keys.admin, params={"aim": "waste", "k": 0}).json()
    assert waste["totals"]["material_g"] < waste["totals"]["material_g_today"]
    assert client.get(path, headers=keys.admin, params={"aim": "luck"}).status_code == 400


def test_the_curve_falls(client, keys):
    rows = client.get("/v1/packaging/frontier", headers=keys.admin).json()
    cost, harm = ([row[name] for row in rows] for name in ("shipping_cost", "damage_cost"))
    assert len(rows) > 10 and cost == sorted(cost) and harm == sorted(harm, reverse=True)


def test_an_order_is_packed_with_sizes_from_the_catalogue(client, keys, place):
    with chowk.open(place) as store:
        small = min(store.arrow("products").to_pylist(), key=lambda row: row["length_cm"])
    body = {"items": [{"product_id": small["product_id"], "quantity": 3}]}
    found = client.post("/v1/packaging/pack", json=body, headers=keys.admin).json()
    assert not found["left"] and len(found["parcels"][0]["items"]) == 3
    assert found["cost"] == pytest.approx(
        sum(p["shipping_cost"] + p["damage_cost"] for p in found["parcels"]), abs=1e-3
    )
    for wrong in ({}, {"items": []}, {"items": [{"quantity": 1}]}, {"items": "all"}):
        answer = client.post("/v1/packaging/pack", json=wrong, headers=keys.admin)
        assert answer.status_code == 400 and "'items' must be" in answer.json()["detail"]
    unknown = {"items": [{"product_id": "nobody's"}]}
    answer = client.post("/v1/packaging/pack", json=unknown, headers=keys.admin)
    assert answer.status_code == 400 and "has no size" in answer.json()["detail"]


def test_changes_go_to_the_desk_and_are_approved_in_a_batch(client, keys, place):
    log_in(client, keys.secrets["admin"])
    shown = client.get("/console/packaging").text
    assert 'id="frontier"' in shown and "Nothing waits." in shown
    token = csrf_of(shown)
    refused = client.post("/console/packaging/propose", data={"csrf": "x", "aim": "cost"})
    assert refused.status_code == 403
    given = {"csrf": token, "aim": "cost"}
    sent = client.post("/console/packaging/propose", data=given).text
    count = int(re.search(r"([\d,]+) changes went to the desk", sent).group(1).replace(",", ""))
    assert count > 1
    # Sent again, nothing is asked twice.
    again = client.post("/console/packaging/propose", data=given).text
    assert "0 changes went to the desk" in again
    ids = re.findall(r'name="item" value="(\w+)"', again)
    bare = client.post("/console/packaging/decide", data={"csrf": token, "outcome": "approve"})
    assert bare.status_code == 400 and "Tick at least one" in bare.text
    decided = client.post(
        "/console/packaging/decide",
        data={"csrf": token, "outcome": "approve", "reason": "tried it", "item": ids[:2]},
    )
    assert "2 changes were decided" in decided.text
    with Desk.open(place / "desk.db") as desk:
        done = desk.queue.items(state="approved", kinds=("packaging",))
        assert {item.item_id for item in done} == set(ids[:2])
        assert all(item.allowed and item.reason == "tried it" for item in done)
    # What was approved is told to the packing table, and is not asked again.
    rows = client.get("/v1/packaging/approved", headers=keys.admin).json()
    assert {(row["product_id"], row["package_type"]) for row in rows} == {
        (item.payload["product_id"], item.payload["package_type"]) for item in done
    }
    assert client.get("/v1/packaging/approved", headers=keys.shop).status_code == 403
    repeated = client.post("/console/packaging/propose", data=given).text
    assert "0 changes went to the desk" in repeated


def test_a_store_without_it_says_what_it_lacks(tmp_path):
    chowk.create(tmp_path / "bare").close()
    keys = make_keys(tmp_path / "bare")
    with TestClient(create_app(tmp_path / "bare")) as client:
        answer = client.get("/v1/packaging/frontier", headers=keys.admin)
        assert answer.status_code == 503 and "packaging" in answer.json()["detail"]
        log_in(client, keys.secrets["admin"])
        assert "does not serve yet" in client.get("/console/packaging").text


@pytest.mark.chromium
def test_a_person_approves_a_batch_in_the_browser(place, keys):
    programs = chromium()
    from serve.browser import browsing

    with running(place) as server, browsing(server.url, programs) as browser:
        browser.log_in(keys.secrets["admin"])
        browser.open("/console/packaging?aim=waste")
        browser.one("#frontier")
        browser.go("#propose button")
        browser.one("#batch input[name=reason]").send_keys("less waste")
        browser.go("#batch button[value=approve]")
        browser.until(lambda: any("were decided" in t for t in browser.texts("p.notice")))
        browser.wide(360)
        assert browser.overflow() <= 0
        assert browser.complaints() == []
