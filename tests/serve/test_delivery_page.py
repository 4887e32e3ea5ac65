"""The console's page on delivery: insisted addresses decided, and notices beside those not told."""

from __future__ import annotations

import re

import pytest
from litestar.testing import TestClient

import chowk
from chowk.desk import Desk
from chowk.serve.app import create_app
from serve.processes import make_keys
from serve.test_console import csrf_of, log_in

WRONG = "MG Road, Nashik 560003"


def told(number, used):
    return {"notice_id": f"n{number}", "address_id": f"a{number}", "point_id": "p",
            "state": "used" if used else "sent", "sent_at": "2026-05-01T10:00:00Z",
            "used_at": "2026-05-02T10:00:00Z" if used else None, "consented": number % 2 == 0,
            "opened_at": "2026-05-01T11:00:00Z" if number % 4 == 0 else None}  # fmt: skip


def held(number, used):
    return {"notice_id": f"h{number}", "address_id": f"b{number}", "point_id": "p",
            "state": "held_back", "held_back": True,
            "used_at": "2026-05-02T10:00:00Z" if used else None}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("delivery") / "shop"
    rows = [told(n, n < 60) for n in range(100)] + [held(n, n < 10) for n in range(50)]
    with chowk.create(path) as store, store.transaction() as change:
        change.replace("notices", rows)
    return path


@pytest.fixture(scope="module")
def keys(place):
    return make_keys(place)


@pytest.fixture(scope="module")
def client(place, keys):
    with TestClient(create_app(place)) as made:
        log_in(made, keys.secrets["admin"])
        yield made


def test_notices_are_reported_beside_those_who_were_not_told(client):
    shown = client.get("/console/delivery").text
    assert "No address waits." in shown
    assert "60 of 100" in shown and "10 of 50" in shown
    assert "25 of 50" in shown, "opened, only of those who consented"
    said = re.search(r'id="difference">(.*?)</p>', shown, re.S).group(1)
    assert "40.0 points" in said and "may be chance" not in said


def test_an_address_that_was_insisted_on_is_corrected_left_or_refused(client, keys, place):
    shop = {"authorization": f"Bearer {keys.secrets['shop']}"}
    ids = []
    for number in range(3):
        body = {"text": f"{number} {WRONG}", "customer_id": "c"}
        ids.append(client.post("/v1/addresses/insist", json=body, headers=shop).json()["item_id"])
    shown = client.get("/console/delivery").text
    assert all(item in shown for item in ids) and "PIN 560003 is" in shown
    token = csrf_of(shown)

    def decide(item, outcome, **more):
        data = {"csrf": token, "item": item, "outcome": outcome, "reason": "by phone", **more}
        return client.post("/console/delivery/decide", data=data)

    assert "needs the address" in decide(ids[0], "correct", text=" ").text
    assert decide("nobody's", "approve").status_code == 400
    assert decide(ids[0], "guess").status_code == 400
    right = "1 MG Road, Nashik 422001"
    assert "was decided" in decide(ids[0], "correct", text=right).text
    assert "was decided" in decide(ids[1], "approve").text
    assert "No address waits." in decide(ids[2], "deny").text
    with Desk.open(place / "desk.db") as desk:
        items = [desk.queue.item(item) for item in ids]
    assert [item.state for item in items] == ["corrected", "approved", "denied"]
    assert items[0].correction == {"text": right}


def test_a_form_without_its_token_is_refused(client):
    data = {"csrf": "x", "item": "i", "outcome": "approve", "reason": "r"}
    assert client.post("/console/delivery/decide", data=data).status_code == 403
