"""Addresses over HTTP: judged while typed, insisted ones before staff, and the form in Chromium."""

from __future__ import annotations

import shutil

import pytest
from litestar.testing import TestClient

import chowk
from chowk.build import build
from chowk.delivery import AddressScorer
from chowk.desk import Desk
from chowk.serve.app import create_app
from serve.processes import make_keys, running
from servers.rule import chromium
from small_store import with_addresses

GOOD = "Flat 302, Sai Krupa Apartments, Baner Road, Baner, Pune 411045"
WRONG = "MG Road, Nashik 560003"


@pytest.fixture
def ask(client, keys):
    def ask(path, body, who="shop"):
        headers = {"authorization": f"Bearer {keys.secrets[who]}"} if who else {}
        answer = client.post(f"/v1/addresses/{path}", json=body, headers=headers)
        return answer.status_code, answer.json()

    return ask


def test_an_address_is_judged_and_nothing_is_kept(ask, client):
    status, body = ask("check", {"text": GOOD})
    assert status == 200
    assert (body["level"], body["verdict"]["possibleNextAction"]) == ("good", "ACCEPT")
    assert {part["label"] for part in body["parts"]} >= {"UNIT", "BUILDING", "CITY", "PINCODE"}
    status, body = ask("check", {"text": WRONG})
    assert body["reasons"][0]["code"] == "PIN_NOT_CITY"
    assert client.app.state.serving.desk.queue.counts() == {}


@pytest.mark.parametrize("body", [{}, [], {"text": 5}, {"text": "x" * 2_001}, "text"])
def test_a_body_that_is_none_is_refused(ask, body):
    status, problem = ask("check", body)
    assert status == 400
    assert "'text'" in problem["detail"]


@pytest.mark.parametrize("path", ["check", "insist"])
def test_a_key_is_needed(ask, path):
    assert ask(path, {"text": GOOD}, who=None)[0] == 401


def test_what_is_insisted_on_is_put_before_staff_once(ask, client):
    status, first = ask("insist", {"text": WRONG, "customer_id": "c1"})
    assert (status, first["queued"]) == (202, True)
    assert ask("insist", {"text": WRONG})[1]["item_id"] == first["item_id"]
    desk: Desk = client.app.state.serving.desk
    item = desk.queue.item(first["item_id"])
    assert (item.kind, item.payload["text"]) == ("address", WRONG)
    assert WRONG not in item.subject, "the subject stays in the audit log for good"
    desk.queue.forget("c1")
    assert WRONG not in str(desk.queue.item(first["item_id"]).payload)


def test_two_customers_who_insist_on_the_same_are_two(ask, client):
    desk: Desk = client.app.state.serving.desk
    text = "7 " + WRONG
    items = {one: ask("insist", {"text": text, "customer_id": one})[1]["item_id"]
             for one in ("d1", "d2", "d1", "d2")}  # fmt: skip
    assert len(set(items.values())) == 2
    desk.queue.forget("d1")
    assert desk.queue.item(items["d1"]).payload is None
    left = desk.queue.item(items["d2"])
    assert left.state == "waiting" and left.payload["text"] == text and left.party == "d2"
    desk.queue.forget("d2")
    assert desk.queue.item(items["d2"]).payload is None


def test_what_is_good_needs_nobody_and_what_is_empty_is_refused(ask, client):
    assert ask("insist", {"text": GOOD})[1]["queued"] is False
    assert ask("insist", {"text": "  "})[0] == 400
    assert ask("insist", {"text": "12\0, Baner"})[0] == 400
    for customer in (5, {"a": 1}, "c\0"):
        status, said = ask("insist", {"text": WRONG, "customer_id": customer})
        assert (status, said["errors"][0]["field"]) == (400, "customer_id")
    assert client.app.state.serving.desk.queue.counts() == {}


def test_the_stores_own_outcomes_judge_where_a_build_learned_them(shop, keys):
    houseless = "MG Road, Baner, Pune 411045"  # in this store none of these was found
    with chowk.open(shop) as store:
        build(with_addresses(store, count=150), only=["addresses"], insist=("addresses",))
    with TestClient(create_app(shop)) as client:
        models = client.app.state.serving.models
        answer = client.post("/v1/addresses/check", json={"text": houseless}, headers=keys.shop)
    expected = models.addresses.score(houseless).score
    assert answer.json()["score"] == pytest.approx(expected, abs=1e-4)
    assert expected < AddressScorer.load("in").score(houseless).score - 0.1


def test_the_form_may_be_framed_by_the_store_alone(client):
    answer = client.get("/embed/address")
    assert answer.status_code == 200
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


@pytest.mark.chromium
def test_the_form_advises_while_one_types_and_lets_one_insist(built, tmp_path):
    programs = chromium()
    from serve.browser import browsing

    store = tmp_path / "shop"
    shutil.copytree(built, store)
    secret = make_keys(store).secrets["shop"]
    with running(store) as server, browsing(server.url, programs) as browser:
        for width in (1280, 360):
            browser.wide(width)
            browser.open("/console/login")  # a new page: the fragment alone would not load it anew
            browser.open(f"/embed/address#{secret}")
            browser.one("#address").send_keys(WRONG)
            browser.until(lambda: "not Nashik" in browser.one("#advice").text)
            assert browser.overflow() == 0
        browser.one("#insist").click()
        browser.until(lambda: "staff" in browser.one("#done").text)
        browser.one("#address").clear()
        browser.one("#address").send_keys(GOOD)
        browser.until(lambda: "found" in browser.one("#advice").text)
        assert not browser.one("#insist").is_displayed()
        assert any("411045" in part for part in browser.texts("#parts li"))
        browser.one("#use").click()
        browser.until(lambda: browser.one("#done").text == "Thank you.")
        assert browser.complaints() == []
    with Desk.open(store / "desk.db") as desk:
        assert sum(desk.queue.counts().values()) == 1
