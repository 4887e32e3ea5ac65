"""Contact risk over HTTP and in the console: scopes, pseudonyms, lists, the person's pictures."""

from __future__ import annotations

import json

import pytest
from litestar.testing import TestClient

import chowk
from chowk.build import build
from chowk.serve.app import create_app
from chowk.serve.risks import RiskPerson
from serve.processes import make_keys, running
from serve.test_console import log_in
from servers.rule import chromium
from small_store import with_contacts


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    path = tmp_path_factory.mktemp("risk") / "shop"
    with chowk.create(path, {"name": "Warehouse", "currency": "INR"}) as store:
        with_contacts(store)
        build(store, insist=("contact_risk",))
    return path


@pytest.fixture(scope="module")
def keys(place):
    return make_keys(place)


@pytest.fixture(scope="module")
def client(place, keys):
    with TestClient(create_app(place)) as made:
        yield made


@pytest.fixture
def ask(client, keys):
    def get(path, who="admin", **params):
        headers = {"Authorization": f"Bearer {keys.secrets[who]}"}
        return client.get(path, params=params, headers=headers)

    return get


def test_only_who_may_see_single_people_may_ask(client, ask):
    for path in ("/v1/risk", "/v1/risk/today", "/v1/risk/people/p_x"):
        assert client.get(path).status_code == 401
        assert ask(path, "shop").status_code == 403
        assert ask(path, "viewer").status_code == 403
    assert ask("/v1/risk/identities/p_x", "viewer").status_code == 403


def test_people_come_under_pseudonyms_the_riskiest_first(ask):
    answer = ask("/v1/risk", k=36)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["day"], found["people"], len(found["hits"])) == (19, 36, 36)
    risks = [hit["risk"] for hit in found["hits"]]
    assert risks == sorted(risks, reverse=True)
    for hit in found["hits"]:
        assert hit["person"].startswith("p_")
        stages = ("susceptible", "exposed", "infectious", "recovered")
        assert sum(hit[stage] for stage in stages) == pytest.approx(1, abs=1e-3)
    # Every other household was found infected; the riskiest are of those.
    top = ask(f"/v1/risk/identities/{found['hits'][0]['person']}").json()
    assert int(top["id"][1:-1]) % 2 == 0
    early = ask("/v1/risk", k=36, day=0).json()
    assert sum(hit["risk"] for hit in early["hits"]) < sum(risks)


def test_the_lists_keep_to_capacities_and_name_nobody(ask):
    found = ask("/v1/risk/today", tests=3, places=2, threshold=20).json()
    assert len(found["tests"]) == 3
    assert len(found["quarantine"]) == 2
    text = json.dumps(found)
    ids = [f"h{h}{one}" for h in range(12) for one in "abc"]
    assert not any(f'"{one}"' in text or f" {one} " in text for one in ids)
    inside = found["quarantine"][0]["person"]
    again = ask("/v1/risk/today", tests=0, places=1, threshold=20, quarantined=inside).json()
    assert again["tests"] == []
    assert inside not in {
        line["person"] for line in again["quarantine"] if line["action"] != "release"
    }


def test_one_person_has_a_course_sources_and_neighbours(ask):
    who = ask("/v1/risk", k=1).json()["hits"][0]["person"]
    found = ask(f"/v1/risk/people/{who}").json()
    assert len(found["course"]) == 20
    assert found["tests"]
    assert found["neighbours"][0]["meetings"] >= found["neighbours"][-1]["meetings"]
    assert 0 < sum(source["probability"] for source in found["sources"]) <= 1.001


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("/v1/risk", {"day": 20}, 400, "a day from 0 to 19"),
        ("/v1/risk", {"k": 0}, 400, "k"),
        ("/v1/risk/today", {"by": "luck"}, 400, "by"),
        ("/v1/risk/today", {"quarantined": "p_nobody"}, 404, "p_nobody"),
        ("/v1/risk/people/h0a", {}, 404, "pseudonym"),
        ("/v1/risk/identities/h0a", {}, 404, "pseudonym"),
    ],
)
def test_what_makes_no_sense_is_refused(ask, path, params, status, said):
    answer = ask(path, **params)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_the_page_is_whole_without_scripts(client, keys):
    log_in(client, keys.secrets["admin"])
    text = client.get("/console/risk", params={"tests": 2}).text
    assert text.count('badge warn">test') == 2
    assert 'class="policy-front"' in text
    assert "h0a" not in text
    person = client.get("/v1/risk", headers={"Authorization": f"Bearer {keys.secrets['admin']}"})
    who = person.json()["hits"][0]["person"]
    page = client.get("/console/risk", params={"person": who}).text
    assert 'class="contact-graph"' in page
    assert client.get("/console/risk", params={"person": "<b>"}).status_code == 404
    unknown = client.get("/console/risk", params={"quarantined": "p_nobody"})
    assert unknown.status_code == 404 and "p_nobody" in unknown.text
    assert client.get("/console/risk", params={"tests": "-1"}).status_code == 400


def test_a_store_without_it_says_what_it_lacks(tmp_path):
    with chowk.create(tmp_path / "bare") as store:
        store.write("contacts", [{"person_a": "a", "person_b": "b", "day": 1}])
    keys = make_keys(tmp_path / "bare")
    with TestClient(create_app(tmp_path / "bare")) as client:
        headers = {"Authorization": f"Bearer {keys.secrets['admin']}"}
        answer = client.get("/v1/risk", headers=headers)
        assert answer.status_code == 503
        assert "contact_risk" in answer.json()["detail"]
        log_in(client, keys.secrets["admin"])
        assert "does not serve yet" in client.get("/console/risk").text


def test_pictures_of_somebody_who_met_nobody():
    from chowk.serve.console.contagion import graph_picture, person_picture

    alone = RiskPerson("p_1", 3, [(1.0, 0.0, 0.0, 0.0)], [(3, True)], [], [])
    assert graph_picture(alone).count("<circle") == 1
    assert "positive on day 3" in person_picture(alone)
    away = RiskPerson("p_1", 3, [(float("nan"),) * 4], [], [], [])
    assert person_picture(away) == ""


@pytest.mark.chromium
def test_in_the_browser_lists_are_made_and_a_contact_is_followed(place, keys):
    programs = chromium()
    from serve.browser import browsing

    with running(place) as server, browsing(server.url, programs) as browser:
        browser.log_in(keys.secrets["admin"])
        browser.open("/console/risk")
        field = browser.one("#capacities input[name=tests]")
        field.clear()
        field.send_keys("3")
        browser.go("#capacities button")
        browser.until(lambda: len(browser.all("#tests li")) == 3)
        # Who went in is counted, and stays on the list of those inside from view to view.
        for mark in browser.all("#quarantine input[name=quarantined]")[:2]:
            mark.click()
        browser.go("#capacities button")
        browser.until(lambda: len(browser.all("#inside li")) == 2)
        browser.go("#tests li a")
        browser.until(lambda: len(browser.all("#inside li")) == 2)
        browser.until(lambda: browser.all(".contact-graph a"))
        before = browser.one("#person code").text
        browser.driver.execute_script(
            "document.querySelector('.contact-graph a').dispatchEvent("
            "new MouseEvent('click', {bubbles: true}))"
        )
        browser.until(lambda: browser.one("#person code").text != before)
        browser.wide(360)
        assert browser.overflow() <= 0
        assert browser.complaints() == []
