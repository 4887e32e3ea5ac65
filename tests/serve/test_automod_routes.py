"""Checks, settings, terms, and Perspective's shapes, over HTTP."""

from __future__ import annotations

from importlib.resources import files
from types import SimpleNamespace

import pytest
from litestar.datastructures import State
from litestar.testing import TestClient

from chowk.errors import ArtifactError
from chowk.serve.app import create_app
from chowk.serve.judging import home

ANALYZE, SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
HARM = "All immigrants should be killed"


def test_one_message_and_many(client, keys):
    found = client.post("/v1/moderation/check", json={"text": HARM}, headers=keys.shop)
    assert found.status_code == 200, found.text
    body = found.json()
    assert body["decision"] == "hold" and body["category"] == "race-ethnicity-religion"
    assert [HARM[s["start"] : s["end"]] for s in body["spans"]] == [
        s["text"] for s in body["spans"]
    ]
    many = client.post("/v1/moderation/check", json={"texts": ["hello", HARM]}, headers=keys.shop)
    assert [v["decision"] for v in many.json()["verdicts"]] == ["allow", "hold"]


@pytest.mark.parametrize(
    "body", [{}, {"text": 5}, {"texts": "x"}, {"texts": [1]}, [1], {"text": "x", "context": 3}]
)
def test_bodies_that_are_refused(client, keys, body):
    found = client.post("/v1/moderation/check", json=body, headers=keys.shop)
    assert found.status_code == 400
    assert found.headers["content-type"].startswith("application/problem+json")


def test_settings_merge_and_outlive_the_server(client, keys, shop):
    staff = keys.admin
    where = "/v1/moderation/settings?channel=chess"
    client.patch(where, json={"swearing": 2}, headers=staff)
    found = client.patch(where, json={"bullying": 4}, headers=staff)
    assert found.status_code == 200, found.text
    assert found.json()["levels"]["swearing"] == 2 and found.json()["levels"]["bullying"] == 4
    assert client.patch(where, json={"bullying": 9}, headers=staff).status_code == 400
    assert client.patch(where, json={"levels": 5}, headers=staff).status_code == 400
    for method, path, body in (
        ("PATCH", "settings", {"bullying": 1}),
        ("POST", "terms", {"terms": ["x"]}),
        ("POST", "trials", {}),
        ("DELETE", "terms?term=x", None),
    ):  # a channel that was forgotten is no channel
        told = client.request(method, f"/v1/moderation/{path}", json=body, headers=staff)
        assert told.status_code == 400 and told.json()["errors"][0]["field"] == "channel"
    with TestClient(create_app(shop)) as other:
        assert other.get(where, headers=staff).json() == client.get(where, headers=staff).json()


def test_one_server_sees_what_another_wrote(client, keys, shop):
    staff = keys.admin
    text = {"text": "a kumquat", "channel": "chess"}
    assert (
        client.post("/v1/moderation/check", json=text, headers=staff).json()["decision"] == "allow"
    )
    with TestClient(create_app(shop)) as other:
        added = other.post(
            "/v1/moderation/terms?channel=chess",
            json={"terms": ["kumquat", {"text": "hidden", "private": True}]},
            headers=staff,
        )
        assert added.status_code == 200, added.text
    found = client.post("/v1/moderation/check", json=text, headers=staff).json()
    assert (found["decision"], found["category"]) == ("hold", "term")
    shown = client.get("/v1/moderation/terms?channel=chess", headers=staff).json()
    assert [t["text"] for t in shown["terms"]] == ["kumquat"] and shown["private"] == 1
    gone = client.delete("/v1/moderation/terms?channel=chess&term=kumquat", headers=staff)
    assert gone.status_code == 200
    assert (
        client.post("/v1/moderation/check", json=text, headers=staff).json()["decision"] == "allow"
    )


def test_a_term_that_would_hold_all_is_refused(client, keys):
    found = client.post(
        "/v1/moderation/terms?channel=c", json={"terms": ["fine", "*"]}, headers=keys.admin
    )
    assert found.status_code == 400 and "every message" in found.text
    shown = client.get("/v1/moderation/terms?channel=c", headers=keys.admin).json()
    assert shown["terms"] == []


def test_a_shop_key_cannot_change_settings(client, keys):
    found = client.patch(
        "/v1/moderation/settings?channel=c", json={"swearing": 0}, headers=keys.shop
    )
    assert found.status_code == 403


# -- Perspective's shapes --------------------------------------------------------------------------


def asked(text: str, **more: object) -> dict[str, object]:
    return {
        "comment": {"text": text},
        "requestedAttributes": {"TOXICITY": {}, "IDENTITY_ATTACK": {}},
        "languages": ["en"],
        **more,
    }


def test_analyze_answers_in_perspectives_shapes(client, keys):
    body = asked(HARM, spanAnnotations=True, clientToken="abc")
    found = client.post(ANALYZE, json=body, headers=keys.shop)
    assert found.status_code == 200, found.text
    answer = found.json()
    assert answer["clientToken"] == "abc" and answer["languages"] == ["en"]
    score = answer["attributeScores"]["TOXICITY"]
    assert score["summaryScore"]["type"] == "PROBABILITY"
    assert 0.5 < score["summaryScore"]["value"] <= 1
    assert score["spanScores"][0]["begin"] == 0 and score["spanScores"][0]["end"] == len(HARM)
    kind = client.post(ANALYZE, json=asked("what a kind day"), headers=keys.shop).json()
    assert kind["attributeScores"]["TOXICITY"]["summaryScore"]["value"] < 0.2


def test_spans_are_sentences(client, keys):
    text = "Hello there. " + HARM + ". Bye!"
    body = asked(text, spanAnnotations=True)
    answer = client.post(ANALYZE, json=body, headers=keys.shop).json()
    spans = answer["attributeScores"]["IDENTITY_ATTACK"]["spanScores"]
    assert [text[s["begin"] : s["end"]] for s in spans] == ["Hello there.", HARM + ".", "Bye!"]
    values = [s["score"]["value"] for s in spans]
    assert values.index(max(values)) == 1


@pytest.mark.parametrize("before, behind", [(0, 500), (500, 0), (250, 250)])
def test_a_long_comment_is_read_to_its_end(client, keys, before, behind):
    calm = "we bought the kettle yesterday and it works well. "
    text = calm * (before // 9) + HARM + ". " + calm * (behind // 9)
    answer = client.post(ANALYZE, json=asked(text), headers=keys.shop).json()
    assert answer["attributeScores"]["IDENTITY_ATTACK"]["summaryScore"]["value"] > 0.5
    plain = client.post(ANALYZE, json=asked(calm * 60), headers=keys.shop).json()
    assert plain["attributeScores"]["TOXICITY"]["summaryScore"]["value"] < 0.2


def test_a_score_threshold_leaves_attributes_out(client, keys):
    body = asked("hello", requestedAttributes={"TOXICITY": {"scoreThreshold": 0.9}, "INSULT": {}})
    answer = client.post(ANALYZE, json=body, headers=keys.shop).json()
    assert list(answer["attributeScores"]) == ["INSULT"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"comment": {"text": ""}, "requestedAttributes": {"TOXICITY": {}}},
        {"comment": {"text": "x"}},
        asked("x", requestedAttributes={"WIT": {}}),
        asked("x", languages=["tlh"]),
        asked("x", languages="en"),
        asked("x", requestedAttributes={"TOXICITY": {"scoreThreshold": "high"}}),
        asked("x" * 30_000),
        asked("x", communityId=["chess"]),
        asked("x", communityId="c" * 201),
    ],
)
def test_refusals_have_perspectives_shape(client, keys, body):
    found = client.post(ANALYZE, json=body, headers=keys.shop)
    assert found.status_code == 400
    assert found.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert found.json()["error"]["message"]


@pytest.mark.parametrize("where", ["query", "header"])
def test_a_key_comes_as_clients_of_google_send_it(client, keys, where):
    secret = keys.shop["Authorization"].removeprefix("Bearer ")
    query = {"key": secret, "alt": "json"} if where == "query" else {"alt": "json"}
    headers = {} if where == "query" else {"X-Goog-Api-Key": secret}
    found = client.post(ANALYZE, json=asked("hello"), params=query, headers=headers)
    assert found.status_code == 200, found.text
    # No other route takes a key from its address.
    other = client.post("/v1/moderation/check", json={"text": "x"}, params={"key": secret})
    assert other.status_code == 401


def test_a_correction_takes_its_key_so_too(client, keys):
    secret = keys.admin["Authorization"].removeprefix("Bearer ")
    body = {**asked("x"), "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0.0}}}}
    assert client.post(SUGGEST, json=body, params={"key": secret}).status_code == 200
    assert client.post(SUGGEST, json=body).status_code == 401


def test_refused_keys_have_perspectives_shape(client, keys):
    found = client.post(ANALYZE, json=asked("hello"), params={"key": "wrong"})
    assert found.status_code == 401
    assert found.json()["error"]["status"] == "UNAUTHENTICATED"
    body = {**asked("x"), "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0.0}}}}
    denied = client.post(SUGGEST, json=body, headers=keys.shop)
    assert denied.status_code == 403
    assert denied.json()["error"]["status"] == "PERMISSION_DENIED"


def test_the_discovery_document_leads_to_the_methods(client, keys):
    found = client.get("/$discovery/rest?version=v1alpha1&key=any").json()
    methods = found["resources"]["comments"]["methods"]
    shapes = found["schemas"]
    for method in methods.values():
        assert client.post(found["rootUrl"] + method["path"], json={}).status_code == 401
        for side in ("request", "response"):
            assert method[side]["$ref"] in shapes
    # What is answered stands in the shapes, to the last field.
    body = asked(HARM, spanAnnotations=True, clientToken="abc")
    answer = client.post(ANALYZE, json=body, headers=keys.shop).json()
    assert set(answer) <= set(shapes["AnalyzeCommentResponse"]["properties"])
    score = answer["attributeScores"]["TOXICITY"]
    assert set(score) <= set(shapes["AttributeScores"]["properties"])
    assert set(score["spanScores"][0]) <= set(shapes["SpanScore"]["properties"])


def test_suggestions_teach_the_community_they_name(client, keys):
    text = "you are a queer"
    body = {
        "comment": {"text": text},
        "communityId": "pride",
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0.0}}},
    }
    for _ in range(30):
        assert client.post(SUGGEST, json=body, headers=keys.admin).status_code == 200

    def score(**more: object) -> float:
        answer = client.post(ANALYZE, json=asked(text, **more), headers=keys.shop).json()
        value: float = answer["attributeScores"]["IDENTITY_ATTACK"]["summaryScore"]["value"]
        return value

    assert score(communityId="pride") < score() - 0.1
    assert score(communityId="other") == score()
    for odd in ({"summaryScore": {"value": 3}}, {"summaryScore": [1]}, {"summaryScore": None}, 5):
        wrong = {**body, "attributeScores": {"TOXICITY": odd}}
        told = client.post(SUGGEST, json=wrong, headers=keys.admin)
        assert told.status_code == 400 and "from 0 to 1" in told.json()["error"]["message"]


def correction(
    channel: str, text: str = "you are a queer", value: float = 0.0
) -> dict[str, object]:
    return {
        "comment": {"text": text},
        "communityId": channel,
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": value}}},
    }


def test_a_correction_needs_a_seat_that_decides_alone_in_that_channel(client, keys):
    desk = client.app.state.serving.desk
    secrets = {}
    for name, role in (("out", "external_moderator"), ("tara", "moderator"), ("asha", "moderator")):
        desk.grant(name, role, actor="cli")
        secrets[name] = {"X-API-Key": desk.create_key(name, "staff", actor="cli", member=name)[1]}
    desk.seats.give("out", "outside_reviewer", queue="bar", actor="cli")
    desk.seats.give("tara", "trainee", queue="lobby", actor="cli")
    taught = []
    home(client.app.state).automod.learn = lambda *given: taught.append(given)
    for name, channel, code in (
        ("out", "lobby", 403),
        ("out", "bar", 200),
        ("tara", "lobby", 403),  # what a trainee says teaches nothing until somebody seconds it
        ("tara", "bar", 403),
        ("asha", "lobby", 200),
    ):
        told = client.post(SUGGEST, json=correction(channel), headers=secrets[name])
        assert told.status_code == code, (name, channel)
        if code == 403:
            error = told.json()["error"]
            assert error["status"] == "PERMISSION_DENIED" and repr(channel) in error["message"]
    assert [channel for *_, channel in taught] == ["bar", "lobby"]


def test_a_correction_is_a_row_of_the_audit_log(client, keys):
    desk = client.app.state.serving.desk
    for value in (0.0, 0.9):
        body = correction("pride", value=value)
        assert client.post(SUGGEST, json=body, headers=keys.admin).status_code == 200
    rows = [row for row in desk.audit() if row.action == "automod.taught"]
    assert [row.subject for row in rows] == ["channel:pride"] * 2
    assert [row.after["outcome"] for row in rows] == ["allowed", "denied"]
    assert {row.actor for row in rows} == {desk.check_key(keys.secrets["admin"]).key_id}
    assert "queer" not in str(rows) and desk.verify_audit() > 0


@pytest.mark.parametrize(
    "change, words",
    [
        ({"spanAnnotations": "yes"}, "spanAnnotations must be true or false. Got 'yes'"),
        ({"doNotStore": 1}, "doNotStore must be true or false. Got 1"),
        ({"clientToken": 5}, "clientToken must be a string. Got 5"),
        ({"sessionId": []}, "sessionId must be a string"),
        ({"comment": {"text": 5}}, "comment.text must be a string. Got 5"),
        ({"comment": {"text": "x", "type": 5}}, "comment.type must be a string"),
        ({"comment": "x"}, "comment must be an object with 'text'. Got 'x'"),
        ({"requestedAttributes": {"TOXICITY": {"scoreType": 5}}}, "TOXICITY must be a string"),
    ],
)
def test_values_of_the_wrong_type_are_told(client, keys, change, words):
    told = client.post(ANALYZE, json={**asked("x"), **change}, headers=keys.shop)
    assert told.status_code == 400 and told.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert words in told.json()["error"]["message"]


def test_fields_that_are_not_known_are_passed_over(client, keys):
    found = client.post(ANALYZE, json=asked("x", foo=1, spanAnnotations=None), headers=keys.shop)
    assert found.status_code == 200, found.text


def test_a_model_of_the_owner_s_own_is_taken_by_a_setting(tmp_path):
    said = {"moderation.model": "own.npz"}
    serving = SimpleNamespace(
        store=SimpleNamespace(path=tmp_path),
        settings=SimpleNamespace(text=said.__getitem__),
        models=SimpleNamespace(moderation=None),
    )
    with pytest.raises(ArtifactError, match=r"own\.npz is no severity model"):
        home(State({"serving": serving}))
    packaged = files("chowk.community") / "data" / "automod_en.npz"
    (tmp_path / "own.npz").write_bytes(packaged.read_bytes())
    automod = home(State({"serving": serving})).automod
    assert automod.check("All muslims should be k1lled").decision == "hold"
