"""Odd input over HTTP: each is answered in words, below 500, and nothing that is held is shown."""

from __future__ import annotations

import json

from serve.test_moderation import calls, desk  # noqa: F401

ODD = {
    "a megabyte": "word " * 200_000,
    "surrogates": "kill \ud800\udfff all muslims",
    "marks alone": "\u0301" * 5_000,
    "mentions": " ".join(f"@user{i}" for i in range(10_000)),
    "html": "<script>alert(1)</script> <b>kill</b> all muslims",
    "unknown language": "สวัสดีครับ мама мыла раму 你好世界",
    "null": "a\0b",
    "turned": "\u202e" * 3_000,
    "empty": "",
}


def post(client, headers, path, body):
    # Lone surrogates go as JSON escapes, which every client can send.
    answer = client.post(
        path,
        content=json.dumps(body).encode(),
        headers={**headers, "content-type": "application/json"},
    )
    return answer.status_code, answer.json()


def test_odd_texts_are_answered_everywhere(client, keys):
    for number, (name, text) in enumerate(ODD.items()):
        code, told = post(client, keys.shop, "/v1/moderation/check", {"text": text})
        assert answered(code, told), name
        if name in ("html", "surrogates"):
            assert told["decision"] == "hold", name
        key = f"m{number}"
        message = {"message_id": key, "channel_id": "c", "author_id": "a", "text": text}
        code, told = post(client, keys.shop, "/v1/moderation/messages", message)
        assert answered(code, told), name
        if code == 200 and told["status"] == "held":
            where = f"/v1/moderation/messages/message/{key}"
            shown = client.get(where, headers=keys.shop).json()
            assert shown["text"] is None and shown["status"] == "held", name
        code, told = post(client, keys.shop, "/v1/moderation/reviews", {"reviews": [text]})
        assert answered(code, told), name
        body = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}
        code, told = post(client, keys.shop, "/v1alpha1/comments:analyze", body)
        assert code == 200 or (code in (400, 413) and told["error"]["message"]), name
        event = {"d": {"id": key, "channel_id": "c", "author": {"id": "a"}, "content": text}}
        code, told = post(client, keys.shop, "/v1/moderation/chats/discord", event)
        assert answered(code, told), name


def answered(code, told):
    return code == 200 or (code in (400, 413) and bool(told["detail"]))


def test_what_is_no_event_is_told(client, keys):
    for platform in ("twitch", "discord", "matrix"):
        for event in ({"event": 5}, {"event": None}, {"d": []}, {"content": 5}, {}):
            code, told = post(client, keys.shop, f"/v1/moderation/chats/{platform}", event)
            assert code == 400, (platform, event)
            assert "Send the event as the platform sent it." in told["detail"]


def test_another_s_message_is_not_edited(calls):  # noqa: F811
    hold = {"decision": "hold", "category": "bullying", "level": 3}
    sent = {"message_id": "m1", "channel_id": "c", "text": "mine", "verdict": hold}
    assert calls["shop"]("POST", "messages", {**sent, "author_id": "zoe"})[0] == 200
    code, told = calls["shop"]("POST", "messages", {**sent, "author_id": "eve", "text": "hers"})
    assert code == 400 and "the author's own" in told["detail"]
    assert calls["shop"]("GET", "messages/message/m1")[1]["status"] == "held"


def test_a_list_of_a_hundred_thousand_terms_is_taken_and_one_more_is_not(client, keys):
    where = "/v1/moderation/terms?channel=c"
    terms = [f"spoiler{i}*" for i in range(20_000)]
    for first in range(5):
        part = [f"{first}x{term}" for term in terms]
        code, told = post(client, keys.admin, where, {"terms": part})
        assert code < 300, told
    code, told = post(client, keys.admin, where, {"terms": ["onemore"]})
    assert code == 400 and "100,000 terms" in told["detail"]
    code, told = post(
        client, keys.shop, "/v1/moderation/check", {"text": "4xspoiler19999s", "channel": "c"}
    )
    assert code == 200 and told["category"] == "term"
