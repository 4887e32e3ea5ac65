"""GET /v1/parse and POST /v1/assistant: with the shipped model, and with the store's own."""

from __future__ import annotations

import re

import chowk
from chowk.build import build
from serve.test_console import csrf_of, log_in
from small_store import with_utterances


def test_a_text_is_understood_in_the_catalogues_words(client, keys):
    answer = client.get(
        "/v1/parse", params={"text": "😀 mujhe lal meena kettle dikhao under 200",
                             "index": "utf-16"}, headers=keys.shop,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["intent"], found["in_scope"], found["model"]) == ("search", True, "shop")
    assert found["search"]["filters"] == {
        "price": {"max": 200.0}, "attributes.colour": ["red"], "brand": ["Meena"],
        "category": ["Home > Kettles"],
    }  # fmt: skip
    colour = next(slot for slot in found["slots"] if slot["value"] == "lal")
    assert colour["start"] == 9  # the face counts two
    assert client.get("/v1/parse", headers=keys.shop).status_code == 400
    assert client.get("/v1/parse?text=x").status_code == 401


def test_a_conversation_goes_on_by_its_history(client, keys):
    def say(text, history=()):
        body = {"text": text, "history": list(history)}
        answer = client.post("/v1/assistant", json=body, headers=keys.shop)
        assert answer.status_code == 200, answer.text
        return answer.json()

    first = say("show me kettles")
    assert {product["product_id"] for product in first["products"]} >= {"p0", "p1", "p2"}
    second = say("only red", first["history"])
    assert [product["product_id"] for product in second["products"]] == ["p0"]
    assert say("undo", second["history"])["intent"] == "undo"
    skill = {"request": {"type": "LaunchRequest"}, "session": {}}
    spoken = client.post("/v1/assistant", json=skill, headers=keys.shop).json()
    assert spoken["response"]["outputSpeech"]["text"]
    for bad in ([1], {"text": 3}, {"request": {"type": "Odd"}}):
        answer = client.post("/v1/assistant", json=bad, headers=keys.shop)
        assert answer.status_code == 400 and answer.json()["errors"]


def test_what_a_rule_hides_is_not_talked_about(client, keys):
    def told():
        said = client.post("/v1/assistant", json={"text": "show me kettles"}, headers=keys.shop)
        page = client.get("/console/language?text=show me kettles").text
        return "p0" in [one["product_id"] for one in said.json()["products"]], "Red kettle" in page

    log_in(client, keys.secrets["staff"])
    assert told() == (True, True)
    rule = {"action": "hide", "product_ids": ["p0"]}
    assert client.put("/v1/search/rules/hush", json=rule, headers=keys.admin).status_code == 200
    assert told() == (False, False)


def test_the_stores_own_model_takes_over(shop, keys, monkeypatch):
    from litestar.testing import TestClient

    from chowk.serve.app import create_app

    with chowk.open(shop) as store:
        with_utterances(store)
        build(store, only=["language"])
    with TestClient(create_app(shop)) as client:
        found = client.get("/v1/parse?text=track my lamp", headers=keys.shop).json()
        assert (found["model"], found["intent"]) == ("own", "track")
        page = client.get("/console/language?text=find red lamp", headers=keys.staff)
        assert page.status_code in (200, 303)


def test_recognised_speech_is_weighed_together(client, keys):
    heard = [{"text": "shoe me red kettles", "confidence": 0.3},
             {"text": "show me red kettles", "confidence": 0.6}]  # fmt: skip
    answer = client.post("/v1/parse", json={"hypotheses": heard}, headers=keys.shop)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["intent"], answer.json()["text"]) == ("search", "show me red kettles")
    bad = [
        [], {}, {"hypotheses": []}, {"hypotheses": [{"text": "a"}]}, {"text": 3},
        {"hypotheses": [{"text": "a", "confidence": True}]}, {"text": "a", "n_best": 0},
        {"text": "a", "index": "bytes"}, {"text": "a", "odd": 1}, {"text": "x" * 2_001},
        {"text": "a", "hypotheses": heard},
    ]  # fmt: skip
    for body in bad:
        answer = client.post("/v1/parse", json=body, headers=keys.shop)
        assert answer.status_code == 400 and answer.json()["errors"], body


def test_numbers_too_large_and_odd_shapes_are_refused(client, keys):
    vast = [{"text": "show me kettles", "confidence": 10**400}]
    assert client.post("/v1/parse", json={"hypotheses": vast}, headers=keys.shop).status_code == 400
    intent = {"type": "IntentRequest"}
    bad = [
        {"hypotheses": vast}, {"text": "hi", "history": [5]}, {"text": "hi", "history": [{"a": 1}]},
        {"text": "hi", "history": [[["hi", 10**400]]]}, {"text": "hi", "history": [[["hi"]]]},
        {"text": "hi", "history": [[]]}, {"request": intent, "session": [5]},
        {"request": {**intent, "intent": "x"}}, {"request": intent, "session": {"attributes": "x"}},
        {"request": {**intent, "intent": {"name": ["x"], "slots": [1]}}},
        {"request": intent, "session": {"attributes": {"history": [5]}}},
    ]  # fmt: skip
    for body in bad:
        answer = client.post("/v1/assistant", json=body, headers=keys.shop)
        assert answer.status_code == 400 and answer.json()["errors"], body
    # the largest numbers that are numbers are weighed, not added up to infinity
    heard = [{"text": text, "confidence": 1.7e308} for text in ("show me kettles", "red kettles")]
    answer = client.post("/v1/parse", json={"hypotheses": heard}, headers=keys.shop)
    assert answer.status_code == 200 and 0 < answer.json()["confidence"] <= 1


def test_labels_reach_the_next_build_and_the_audit_log(shop, keys):
    from litestar.testing import TestClient

    from chowk.serve.app import create_app

    with chowk.open(shop) as store:
        with_utterances(store)
        typed = [
            {"event_id": f"s{n}{word}", "ts": "2026-01-01T00:00:00Z", "session_id": f"v{n}",
             "kind": "search", "query": word}
            for n in range(3)
            for word in ("umbrella thing", "find red lamp")
        ]  # fmt: skip
        store.write("events", [*typed, {**typed[0], "event_id": "once", "query": "my name is x"}])
        build(store, only=["language"])
    row = {"text": "odd lamp", "locale": "en", "intent": "search", "slots": ["O", "B-item"]}
    with TestClient(create_app(shop)) as client:
        log_in(client, keys.secrets["staff"])
        tried = client.get("/console/language?text=is umbrella me kya hai").text
        tags = re.findall(r"<td>(\w+)</td><td>(hi|en|name|other)</td>", tried)
        assert tags == [
            ("is", "hi"),
            ("umbrella", "en"),
            ("me", "hi"),
            ("kya", "hi"),
            ("hai", "hi"),
        ]
        page = client.get("/console/language").text
        assert "umbrella thing" in page and "my name is x" not in page
        assert "find red lamp" not in page.partition("Where it goes wrong")[0]  # it is labelled
        assert '<input name="intent" list="intents"' in page and "<option>oos</option>" in page
        given = {"csrf": csrf_of(page), "text": "umbrella thing", "locale": "en"}
        bare = client.post("/console/language/label", data={**given, "csrf": "x", "intent": "a"})
        assert bare.status_code == 403
        short = client.post("/console/language/label", data=given)
        assert short.status_code == 400 and "intent" in short.text
        kept = client.post(
            "/console/language/label",
            data={**given, "intent": "search", "slots": "B-item O"},
        )
        assert kept.status_code == 200 and "The next build learns from it" in kept.text
        assert "umbrella thing" not in kept.text.partition("Where it goes wrong")[0]
        answer = client.post("/v1/utterances", json=[row], headers=keys.staff)
        assert answer.status_code == 202, answer.text
        for bad in (
            {**row, "slots": ["O"]}, {"text": "a"}, {**row, "text": "?"}, [], "x",
            {**row, "intent": "  "}, {**row, "locale": "zz-!!"}, {**row, "languages": ["en"]},
        ):  # fmt: skip
            answer = client.post("/v1/utterances", json=bad, headers=keys.staff)
            assert answer.status_code == 400 and answer.json()["errors"], bad
        assert client.post("/v1/utterances", json=row, headers=keys.shop).status_code == 403
    with chowk.open(shop) as store:
        build(store, only=["language"])
        held = {one["text"]: one["intent"] for one in store.arrow("utterances").to_pylist()}
    assert held["odd lamp"] == held["umbrella thing"] == "search"


def test_the_owners_answers_lie_in_the_stores_folder(shop, keys):
    from litestar.testing import TestClient

    from chowk.serve.app import create_app

    def said(text, **more):
        with TestClient(create_app(shop)) as client:
            body = {"text": text, **more}
            return client.post("/v1/assistant", json=body, headers=keys.shop).json()

    (shop / "answers.csv").write_text("question,answer\nDo you gift wrap?,Yes and for free.\n")
    assert said("do you gift wrap?")["text"] == "Yes and for free."
    tour = said("hello", skill="onboarding")
    assert "Shall I go on?" in tour["text"] and tour["history"] == ["hello"]
    assert said("do you gift wrap?", skill="onboarding", history=tour["history"])[
        "text"
    ].startswith("Yes and for free.")
    (shop / "answers.csv").write_text("nothing of use\n")
    assert said("show me kettles")["action"] == "show"  # told in the log and in the console
