"""GET /v1/parse and POST /v1/assistant: with the shipped model, and with the store's own."""

from __future__ import annotations

import chowk
from chowk.build import build
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
