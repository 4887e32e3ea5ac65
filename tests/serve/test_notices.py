"""Pick-up notices over HTTP, in the console, and in Chromium: looked at, sent once, reported."""

from __future__ import annotations

import http.server
import json
import re
import threading

import pytest
from litestar.testing import TestClient

import chowk
from chowk.desk import Desk
from chowk.serve.app import create_app
from serve.browser import looking
from serve.processes import make_keys
from serve.test_browser import CONTRAST
from serve.test_console import csrf_of, log_in

ROUND = {"zone": ["411045"], "until": "2099-01-01", "quiet_from": "3:00", "quiet_to": "3:00",
         "hold_back": 0.2}  # fmt: skip
TEXT = "Flat {}, Sai Krupa Apartments, Baner, Pune 411045"


class _Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *what):
        pass


@pytest.fixture(scope="module")
def hook():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def shop(path, hook):
    rows = [{"address_id": f"a{n}", "text": TEXT.format(n), "language": ("hi", None)[n % 2]}
            for n in range(30)]  # fmt: skip
    with chowk.create(path, {
        "time_zone": "Asia/Kolkata",
        "notices.hook": f"http://127.0.0.1:{hook.server_address[1]}/n",
        "notices.secret": "s3cret", "notices.allow_hosts": "127.0.0.1",
    }) as store, store.transaction() as change:  # fmt: skip
        change.replace("addresses", rows)
        change.replace("pickup_points", [
            {"point_id": "p", "name": "Corner Shop", "postcode": "411045"}
        ])  # fmt: skip
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory, hook):
    return shop(tmp_path_factory.mktemp("notices") / "shop", hook)


@pytest.fixture(scope="module")
def keys(place):
    return make_keys(place)


@pytest.fixture(scope="module")
def client(place, keys):
    with TestClient(create_app(place)) as made:
        yield made


def test_only_staff_who_may_send_do(client, keys):
    used = {"outcomes": [{"notice_id": "n", "outcome": "used"}]}
    bodies = {"preview": ROUND, "send": ROUND, "opt-out": {"address_id": "a"}, "outcomes": used}
    for path, body in bodies.items():
        assert client.post(f"/v1/notices/{path}", json=body).status_code == 401
        refused = client.post(f"/v1/notices/{path}", json=body, headers=keys.shop)
        assert refused.status_code == 403, path
    assert client.get("/v1/notices/report", headers=keys.shop).status_code == 403


def test_a_round_from_the_look_to_the_report(client, keys, hook, place):
    def said(path, body):
        answer = client.post(f"/v1/notices/{path}", json=body, headers=keys.admin)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert said("opt-out", {"address_id": "a7"}) == {
        "opted_out": True, "changed": True, "known": True}  # fmt: skip
    assert not said("opt-out", {"address_id": "nobody's", "opted_out": False})["known"]
    people = [{"address_id": "a4", "language": "mr", "consented": True}]
    found = said("preview", {**ROUND, "people": people})
    counts = found["counts"]
    assert (counts["concerned"], counts["opted_out"]) == (30, 1) and counts["held_back"] > 0
    assert {one["language"] for one in found["texts"]} >= {"hi", "en"}
    assert "Sai Krupa" not in json.dumps(found) and not hook.seen
    sent = said("send", {**ROUND, "people": people})
    assert sent["sent"]["sent"] == len(hook.seen) == counts["to_send"] and sent["left"] == 0
    assert "a7" not in {one["to"] for one in hook.seen}
    assert said("send", ROUND)["sent"] == {} and len(hook.seen) == counts["to_send"]
    with chowk.open(place) as store:
        rows = store.arrow("notices").to_pylist()
    used = [row["notice_id"] for row in rows if not row["held_back"]][:5]
    kept = said("outcomes", {"outcomes": [
        *({"notice_id": one, "outcome": "used", "at": "2026-11-08T18:30:00+05:30"} for one in used),
        {"notice_id": "nobody's", "outcome": "refused"},
    ]})  # fmt: skip
    assert (kept["kept"], kept["unknown"]) == (5, 1)
    report = client.get("/v1/notices/report", headers=keys.admin).json()
    assert report["states"] == {
        "sent": counts["to_send"] - 5, "used": 5, "held_back": counts["held_back"]}  # fmt: skip
    assert report["rates"]["used"]["hits"] == 5 and report["opted_out"] == 1
    low, high = report["effect"][1:]
    assert low < report["effect"][0] < high
    with Desk.open(place / "desk.db") as desk:
        steps = [row for row in desk.audit(limit=1000) if row.action.startswith("notices.")]
        assert desk.verify_audit()
    assert [row.action for row in steps] == [
        "notices.declined", "notices.sent", "notices.sent", "notices.recorded"]  # fmt: skip
    # Whole words: the hex digits of a remark's id may well hold these two.
    assert not any(re.search(r"\ba7\b", f"{row.after} {row.subject}") for row in steps)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"zone": []}, "'zone'"),
        ({"zone": "411045"}, "a list"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "2026-02-30"}, "a day"),
        ({"until": "2020-01-01"}, "is over before"),
        ({"quiet_from": "25:00"}, "time of the day"),
        ({"hold_back": 1}, "hold_back"),
        ({"stage": "soon"}, "stage"),
        ({"colour": "red"}, "no such field"),
        ({"people": [{"to": "x@example.com"}]}, "address_id"),
    ],
)
def test_a_body_that_breaks_a_rule_is_told_which(client, keys, change, says):
    answer = client.post("/v1/notices/preview", json={**ROUND, **change}, headers=keys.admin)
    assert answer.status_code == 400 and says in answer.json()["detail"], answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_every_body_stands_in_the_openapi_document(client):
    paths = client.get("/schema/openapi.json").json()["paths"]
    for name in ("preview", "send", "outcomes", "opt-out"):
        body = paths[f"/v1/notices/{name}"]["post"]["requestBody"]["content"]["application/json"]
        assert body["schema"]["properties"] and body["schema"]["additionalProperties"] is False


def test_the_page_works_without_javascript(client, keys, place):
    assert client.get("/console/notices", follow_redirects=False).status_code == 303
    log_in(client, keys.secrets["admin"])
    shown = client.get("/console/notices").text
    token = csrf_of(shown)
    form = {"csrf": token, "zone": "", "buildings": "Sai Kripa Apts, 411045\nNilgiri",
            "stage": "reminder", "until": "2099-01-01", "language": "es", "quiet_from": "3:00",
            "quiet_to": "3:00", "hold_back": "20",
            "people": "address_id,language\na1,mr\n"}  # fmt: skip
    seen = client.post("/console/notices/preview", data=form).text
    assert "No address names the building <b>Nilgiri</b>" in seen and "Su paquete" in seen
    assert "मराठी" in seen and "Sai Krupa Apartments, Baner" not in seen
    for name, value, says in (
        ("hold_back", "all", "a share in percent"),
        ("until", "", "last day"),
        ("buildings", "", "&#39;zone&#39;"),
        ("people", "x\n1", "address_id"),
    ):
        answer = client.post("/console/notices/preview", data={**form, name: value})
        assert answer.status_code == 400 and says in answer.text
    act = {"csrf": token, "address_id": "<b>a9", "act": "out"}
    assert "gets no notices any more" in client.post("/console/notices/opt-out", data=act).text
    shown = client.get("/console/notices").text
    assert "&lt;b&gt;a9" in shown and "<b>a9" not in shown
    back = client.post("/console/notices/opt-out", data={**act, "act": "back"}).text
    assert "gets notices again" in back and "&lt;b&gt;a9" not in back
    assert client.post("/console/notices/send", data={**form, "csrf": "x"}).status_code == 403


@pytest.mark.chromium
def test_a_round_is_sent_in_a_browser(tmp_path_factory, hook):
    path = shop(tmp_path_factory.mktemp("browser") / "shop", hook)
    hook.seen.clear()
    with looking(path, make_keys(path).secrets["admin"]) as browser:
        browser.open("/console/delivery")
        browser.go("#tell")
        browser.one("[name=zone]").send_keys("411045")
        for name in ("quiet_from", "quiet_to"):
            browser.one(f"[name={name}]").clear()
            browser.one(f"[name={name}]").send_keys("3:00")
        browser.go("#asked button")
        asked = int(browser.one("#to-send").text)
        assert 15 < asked < 30 and int(browser.one("#held").text) == 30 - asked
        for width in (1280, 360):
            browser.wide(width)
            assert browser.overflow() <= 0
            assert browser.driver.execute_script(CONTRAST) == []
        browser.go("#asked .send")
        assert f"{asked} sent" in browser.one("#sent").text and len(hook.seen) == asked
        assert int(browser.one("#already").text) == 30
        assert not browser.one("#asked .send").is_enabled()
        assert browser.one("#report") and browser.overflow() <= 0
        assert browser.complaints() == []
