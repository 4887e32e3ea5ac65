"""The moderation routes: a message's whole way by HTTP, and what each key may see and do."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

import chowk
from chowk.desk import Desk
from chowk.serve import webhooks

HOLD = {"decision": "hold", "category": "bullying", "level": 3}
WHY = {"reason": "an insult", "norm": "respect"}


class Caller:
    """Calls with one key, and gives (status, body)."""

    def __init__(self, client, secret):
        self.client, self.headers = client, {"authorization": f"Bearer {secret}"}

    def __call__(self, method, path, body=None):
        answer = self.client.request(
            method, f"/v1/moderation/{path}", json=body, headers=self.headers
        )
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def desk(client):
    return client.app.state.serving.desk


@pytest.fixture
def calls(client, desk, keys):
    """Callers by name: the shop, two moderators, an outside one, a lead, and the owner."""
    found = {"shop": Caller(client, keys.secrets["shop"])}
    for name, role, scope in (
        ("asha", "moderator", "staff"),
        ("ravi", "moderator", "staff"),
        ("out", "external_moderator", "staff"),
        ("lead", "moderation_lead", "staff"),
        ("boss", "owner", "admin"),
    ):
        desk.grant(name, role, actor="cli")
        _, secret = desk.create_key(name, scope, actor="cli", member=name)
        found[name] = Caller(client, secret)
    desk.seats.give("out", "outside_reviewer", queue="bar", actor="cli")
    return found


def message(number=1, **more):
    return {
        "message_id": f"m{number}",
        "channel_id": "lobby",
        "author_id": "zoe",
        "text": "nobody likes you",
        "verdict": HOLD,
        **more,
    }


def test_a_message_is_held_claimed_approved_and_shown(calls):
    code, told = calls["shop"]("POST", "messages", message())
    assert (code, told["status"]) == (200, "held")
    assert calls["shop"]("POST", "messages", message())[1] == told
    code, seen = calls["shop"]("GET", "messages/message/m1")
    assert (seen["status"], seen["text"]) == ("held", None)
    code, item = calls["asha"]("POST", "claims", {})
    assert code == 200 and item["text"] == "nobody likes you" and item["blurred"] is True
    assert item["author"] is None  # a queue reviewer judges the text
    assert calls["ravi"]("POST", "claims", {})[0] == 204
    code, refused = calls["ravi"](
        "POST", f"items/{item['item_id']}/decision", {"outcome": "approve", **WHY}
    )
    assert code == 409 and refused["type"].endswith("item-claimed")
    body = {"outcome": "approve", "payload_version": item["payload_version"], **WHY}
    code, done = calls["asha"]("POST", f"items/{item['item_id']}/decision", body)
    assert (code, done["state"]) == (200, "approved")
    assert calls["asha"]("POST", f"items/{item['item_id']}/decision", body)[1] == done
    seen = calls["shop"]("GET", "messages/message/m1")[1]
    assert (seen["status"], seen["text"]) == ("approved", "nobody likes you")
    news = calls["shop"]("GET", "notices?author_id=zoe")[1]["notices"]
    assert [one["status"] for one in news] == ["held", "approved"]
    assert "asha" not in json.dumps(news)


def test_an_id_may_hold_any_character(calls):
    odd = message(message_id="a/b?c #")
    assert calls["shop"]("POST", "messages", odd)[1]["status"] == "held"
    status, seen = calls["shop"]("GET", "messages/message/a%2Fb%3Fc%20%23")
    assert (status, seen["message_id"], seen["status"]) == (200, "a/b?c #", "held")


def test_what_is_allowed_passes_and_what_is_not_checked_is_held(calls, client, keys, monkeypatch):
    allowed, staff = (
        message(2, verdict={"decision": "allow"}),
        Caller(client, keys.secrets["admin"]),
    )
    assert staff("POST", "messages", allowed)[1]["status"] == "shown"
    from chowk.serve import judging

    def broken(state):
        raise OSError("no disk")

    monkeypatch.setattr(judging, "home", broken)
    assert calls["shop"]("POST", "messages", message(3, verdict=None))[1]["status"] == "held"


def test_automod_checks_by_the_channel_s_own_terms_and_learns_from_its_decisions(calls, client):
    plain = message(1, verdict=None, text="has the parcel left already?")
    assert calls["shop"]("POST", "messages", plain)[1]["status"] == "shown"
    channels = client.app.state["channels"]
    channels.automod.block("lobby", "blorptastic")
    channels.write("lobby")
    banned = message(2, verdict=None, text="that is blorptastic")
    assert calls["shop"]("POST", "messages", banned)[1]["status"] == "held"
    elsewhere = message(3, verdict=None, text="that is blorptastic", channel_id="bar")
    assert calls["shop"]("POST", "messages", elsewhere)[1]["status"] == "shown"
    item = calls["asha"]("POST", "claims", {})[1]
    assert item["verdict"]["category"] == "term"
    taught = []
    channels.automod.learn = lambda *given: taught.append(given)
    body = {"outcome": "deny", **WHY}
    calls["asha"]("POST", f"items/{item['item_id']}/decision", body)
    assert taught == []  # a term is the channel's own word; there is nothing to learn
    calls["shop"]("POST", "messages", message(4))
    item = calls["asha"]("POST", "claims", {})[1]
    for _ in range(2):  # said twice, it teaches once
        calls["asha"]("POST", f"items/{item['item_id']}/decision", body)
    assert taught == [("nobody likes you", False, "lobby")]


def test_keys_reach_as_far_as_their_seats(calls):
    calls["shop"]("POST", "messages", message())
    calls["shop"]("POST", "messages", message(2, channel_id="bar"))
    assert calls["shop"]("GET", "queue")[0] == 403
    assert calls["shop"]("POST", "claims", {})[0] == 403
    assert len(calls["asha"]("GET", "queue")[1]["items"]) == 2
    own = calls["out"]("GET", "queue")[1]["items"]
    assert [one["queue"] for one in own] == ["bar"]
    lobby = calls["asha"]("GET", "queue?channel=lobby")[1]["items"][0]["item_id"]
    assert calls["out"]("GET", f"items/{lobby}")[0] == 403
    assert calls["out"]("GET", f"items/{lobby}/precedents")[0] == 403
    assert calls["out"]("POST", "claims", {"item_id": lobby})[0] == 403
    assert calls["asha"]("GET", "items/q000000000000")[0] == 404
    assert (
        calls["asha"]("PUT", "matrix", {"seat": "trainee", "right": "queue.alone", "held": True})[0]
        == 403
    )
    assert calls["boss"](
        "PUT", "matrix", {"seat": "trainee", "right": "queue.alone", "held": True}
    )[1] == {"changed": True}
    given = {"member": "ravi", "seat": "trainee", "channel_id": "lobby"}
    assert calls["asha"]("POST", "seats", given)[0] == 403
    assert calls["lead"]("POST", "seats", given)[1] == {"changed": True}
    assert calls["ravi"]("GET", "matrix")[1]["seats"] == [["trainee", "lobby"]]


def test_a_revoked_moderator_is_refused_at_once(calls, desk):
    calls["shop"]("POST", "messages", message())
    item = calls["asha"]("POST", "claims", {})[1]
    desk.withdraw("asha", "moderator", actor="cli")
    body = {"outcome": "approve", **WHY}
    assert calls["asha"]("POST", f"items/{item['item_id']}/decision", body)[0] == 403
    assert calls["ravi"]("POST", "claims", {})[1]["item_id"] == item["item_id"]


def test_many_at_once_and_an_appeal(calls):
    for number in range(3):
        calls["shop"]("POST", "messages", message(number))
    ids = [one["item_id"] for one in calls["lead"]("GET", "queue")[1]["items"]]
    many = {"item_ids": ids, "count": 2, "outcome": "deny", **WHY}
    assert calls["lead"]("POST", "decisions", many)[0] == 400
    code, told = calls["lead"]("POST", "decisions", {**many, "count": 3})
    assert code == 200 and len(told["decided"]) == 3 and told["left"] == {}
    code, appeal = calls["shop"]("POST", "appeals", {"message_id": "m1", "said": "a quotation"})
    assert (code, appeal["state"]) == (200, "waiting")
    assert calls["lead"]("POST", "claims", {"item_id": appeal["item_id"]})[0] == 409
    calls["boss"]("POST", "claims", {"item_id": appeal["item_id"]})
    calls["boss"]("POST", f"items/{appeal['item_id']}/decision", {"outcome": "approve", **WHY})
    assert calls["shop"]("GET", "messages/message/m1")[1]["text"] == "nobody likes you"
    # Granted, it is approved: a second appeal of its author would deny it.
    assert calls["shop"]("POST", "appeals", {"message_id": "m1", "said": "again"})[0] == 409
    assert calls["shop"]("GET", "messages/message/m1")[1]["text"] == "nobody likes you"
    assert calls["shop"]("POST", "appeals", {"message_id": "m9", "said": "x"})[0] == 404


def test_norms_notes_strikes_and_surveys(calls):
    norms = {"body": {"norms": [{"id": "kind", "text": "Be kind."}]}}
    assert calls["asha"]("PUT", "documents/norms/lobby", norms)[0] == 403
    assert calls["lead"]("PUT", "documents/norms/lobby", norms)[1]["version"] == 1
    assert (
        calls["lead"](
            "PUT",
            "documents/norms/lobby",
            {"body": {"norms": [{"id": "x", "text": "y"}]}, "version": 0},
        )[0]
        == 409
    )
    assert calls["asha"]("GET", "documents/norms/lobby")[1]["body"] == norms["body"]
    assert calls["out"]("GET", "documents/norms/lobby")[0] == 403  # not his channel
    guide = {"body": {"text": "Ask first."}}
    assert calls["lead"]("PUT", "documents/guide/lobby", guide)[0] == 200
    assert calls["out"]("GET", "documents/guide/lobby")[0] == 403
    consent = {"body": {"guides": True}}
    assert calls["lead"]("PUT", "documents/sharing/lobby", consent)[0] == 200
    assert calls["out"]("GET", "documents/guide/lobby")[1]["body"] == guide["body"]
    assert calls["lead"]("GET", "documents/norms/bar")[0] == 404
    note = {"kind": "note", "subject": "item:q1", "channel_id": "lobby", "body": {"text": "hm"}}
    code, made = calls["asha"]("POST", "remarks", note)
    assert code == 200 and calls["asha"]("GET", "remarks?kind=note")[1]["remarks"] == [made]
    assert calls["out"]("GET", "remarks?kind=note")[1]["remarks"] == []
    assert calls["asha"]("DELETE", f"remarks/{made['remark_id']}")[0] == 200
    strike = {**note, "kind": "strike", "subject": "author:zoe", "body": {"weight": 2}}
    assert calls["asha"]("POST", "remarks", strike)[0] == 403
    assert calls["lead"]("POST", "remarks", strike)[0] == 200
    stands = calls["lead"]("GET", "remarks?kind=strike&subject=author:zoe")[1]["standing"]
    assert stands["strikes"] == 2.0 and stands["step"] == "remind of the norms"
    survey = {"body": {"questions": [{"id": "load"}], "groups": "seat"}}
    assert calls["boss"]("PUT", "documents/survey/needs", survey)[0] == 200
    assert calls["asha"]("POST", "surveys/needs", {"body": {"load": 4}})[1] == {"kept": True}
    assert calls["asha"]("POST", "surveys/needs", {"body": {"load": 4}})[0] == 409
    assert calls["lead"]("GET", "surveys/needs")[1] == {"results": []}  # fewer than five
    assert calls["asha"]("GET", "surveys/needs")[0] == 403


def test_precedents_digest_and_health(calls):
    for number, outcome in ((1, "approve"), (2, "deny")):
        calls["shop"]("POST", "messages", message(number, text=f"you play like a potato {number}"))
        item = calls["asha"]("POST", "claims", {})[1]
        calls["asha"]("POST", f"items/{item['item_id']}/decision", {"outcome": outcome, **WHY})
    calls["shop"]("POST", "messages", message(3, text="you play like a potato"))
    item = calls["ravi"]("POST", "claims", {})[1]
    found = calls["ravi"]("GET", f"items/{item['item_id']}/precedents")[1]["precedents"]
    assert sorted(one["outcome"] for one in found) == ["approved", "denied"]
    mine = calls["asha"]("GET", "digest")[1]
    assert mine["decided"] == 2 and mine["by_norm"] == {"respect": 2}
    assert calls["asha"]("GET", "health/lobby")[0] == 403
    health = calls["lead"]("GET", "health/lobby")[1]
    assert health["weeks"][-1]["held"] == 3 and 0 < health["next"]["hold_rate"]["rate"] < 1


def test_the_store_s_own_messages_tell_of_weeks_and_regulars(calls, desk, shop):
    now = datetime.now(UTC)
    rows = [
        {
            "message_id": f"{author}{day}",
            "ts": now - timedelta(days=day),
            "channel_id": "lobby",
            "author_id": author,
            "text": "the parcel came",
            "reply_to": "x",
        }
        for author, days in (("helper", 30), ("rude", 30), ("new", 2))
        for day in range(1, days + 1)
    ]
    with chowk.open(shop) as store:
        store.write("messages", rows)
    calls["shop"]("POST", "messages", message("", message_id="rude5", author_id="rude"))
    item = calls["asha"]("POST", "claims", {})[1]
    calls["asha"]("POST", f"items/{item['item_id']}/decision", {"outcome": "deny", **WHY})
    kind = {"kind": "kind_act", "subject": "author:helper", "channel_id": "lobby"}
    assert calls["asha"]("POST", "remarks", kind)[0] == 200
    found = calls["boss"]("GET", "suggestions/lobby")[1]["suggestions"]
    assert [one["author_id"] for one in found] == ["helper"]
    assert "1 kind or helpful acts were marked" in found[0]["reasons"]
    assert calls["lead"]("GET", "suggestions/lobby")[0] == 403
    weeks = calls["lead"]("GET", "health/lobby")[1]["weeks"]
    assert sum(week["messages"] for week in weeks) == 62
    assert sum(week["held"] for week in weeks) == 1 and weeks[0]["newcomers"] == 2
    assert weeks[0]["return_rate"] == 1.0


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("messages", {"message_id": 5}, "message_id"),
        ("messages", message(1, kind="tweet"), "'kind'"),
        ("messages", {**message(), "sender": "x"}, "sender"),
        ("messages", message(1, text="x" * 300_000), "262144"),
        ("messages", message(1, verdict={"decision": "ban"}), "verdict"),
        ("messages", [], "object"),
        ("chats/irc", {}, "platform"),
        ("chats/discord", {"d": {"id": "1"}}, "channel_id"),
    ],
)
def test_bodies_that_are_refused(calls, path, body, said):
    code, told = calls["shop"]("POST", path, body)
    assert code in (400, 404) and said in json.dumps(told)


def test_chats_speak_their_own_words(calls, monkeypatch):
    from chowk.serve.routes import moderation_live

    monkeypatch.setattr(
        moderation_live, "verdict_of", lambda request, sent: {**HOLD, "spans": [[0, 3]]}
    )
    twitch = {
        "event": {
            "message_id": "t1",
            "broadcaster_user_id": "b",
            "chatter_user_id": "u",
            "message": {"text": "you there"},
        }
    }
    told = calls["shop"]("POST", "chats/twitch", twitch)[1]
    assert told["status"] == "held" and told["event"]["event"]["message_id"] == "t1"
    edit = {
        "type": "m.room.message",
        "event_id": "$2",
        "room_id": "!r:x",
        "sender": "@a:x",
        "content": {
            "m.new_content": {"body": "new"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"},
        },
    }
    told = calls["shop"]("POST", "chats/matrix", edit)[1]
    assert told["message_id"] == "$1" and told["event"]["type"] == "m.room.redaction"


def test_the_stream_tells_what_a_key_may_see(calls, client, monkeypatch):
    from chowk.serve.routes import moderation_live

    calls["shop"]("POST", "messages", message())
    calls["shop"]("POST", "messages", message(2, channel_id="bar"))
    monkeypatch.setattr(moderation_live, "LASTS", 0.5)
    seen = {}
    for name in ("asha", "out"):
        headers = {**calls[name].headers, "last-event-id": "0"}
        text = client.get("/v1/moderation/stream", headers=headers).text
        seen[name] = [
            json.loads(line.removeprefix("data: "))
            for line in text.splitlines()
            if line.startswith("data: ")
        ]
        assert "nobody likes you" not in text and "zoe" not in text
    assert [one["queue"] for one in seen["asha"]] == ["lobby", "bar"]
    assert [one["queue"] for one in seen["out"]] == ["bar"]
    bad = client.get("/v1/moderation/stream?after=x", headers=calls["asha"].headers)
    assert bad.status_code == 400


# -- webhooks --------------------------------------------------------------------------------------


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver():
    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def own(tmp_path):
    class Clock:
        now = datetime(2026, 3, 1, tzinfo=UTC)

        def __call__(self):
            return self.now

        def forward(self, seconds):
            self.now += timedelta(seconds=seconds)

    clock = Clock()
    with Desk.open(tmp_path / "own.db", clock=clock) as desk:
        yield desk, clock


def test_webhooks_are_signed_in_order_and_tried_again_with_the_same_key(own, receiver):
    desk, clock = own
    url = f"http://127.0.0.1:{receiver.server_port}/held?x=1"
    hook, secret = desk.webhooks.add(url, actor="cli", kinds=["message"])
    assert webhooks.tell(desk, private=True) == 0
    for number in (1, 2):
        desk.queue.propose(
            "message",
            f"message:m{number}",
            payload_version="1",
            payload={"text": "secret text"},
            party="author7",
        )
    desk.queue.propose("address", "address:1", payload_version="1")
    receiver.answers[:] = [500, 302]
    assert webhooks.tell(desk, private=True) == 0  # 500
    assert webhooks.tell(desk, private=True) == 0  # not before ten seconds are over
    clock.forward(10)
    assert webhooks.tell(desk, private=True) == 0  # 302 is no arrival, and is not followed
    clock.forward(20)
    assert webhooks.tell(desk, private=True) == 1
    assert webhooks.tell(desk, private=True) == 1
    assert webhooks.tell(desk, private=True) == 0
    subjects = [json.loads(body)["subject"] for _, body in receiver.got]
    assert subjects == ["message:m1"] * 3 + ["message:m2"]
    keys = [headers["Idempotency-Key"] for headers, _ in receiver.got]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    for headers, body in receiver.got:
        at, _, proof = headers["Chowk-Signature"].removeprefix("t=").partition(",v1=")
        wanted = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        assert proof == wanted
        assert b"secret text" not in body and b"author7" not in body
    assert desk.webhooks.end(hook.webhook_id, actor="cli").ended_at is not None
    desk.queue.propose("message", "message:m3", payload_version="1")
    assert webhooks.tell(desk, private=True) == 0
    assert secret not in str(desk.webhooks.all()) + str(desk.audit())


def test_a_step_that_never_arrives_is_given_up_and_the_next_is_told(own):
    desk, clock = own
    desk.webhooks.add("http://127.0.0.1:9/", actor="cli")
    desk.queue.propose("message", "message:m1", payload_version="1")
    for _ in range(8):
        webhooks.tell(desk)
        clock.forward(3600)
    (hook,) = desk.webhooks.all()
    assert hook.given_up == 1 and hook.told > 0
    assert hook.last_answer == "refused: the address 127.0.0.1 is not public"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "::ffff:10.0.0.1",
        "0.0.0.0",
        "192.168.0.1",
        "fd00::1",
        "224.0.0.1",
        "100.64.0.1",
        "2130706433",
    ],
)
def test_nothing_is_sent_to_a_private_address(host):
    url = f"http://[{host}]/" if ":" in host else f"http://{host}/"
    fine, answer = webhooks.send(url, "s", b"{}", "k")
    assert fine is False and answer.startswith("refused:")


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "http://", "http://u:p@x.example/", "x", "http://x.example:99999/"]
)
def test_urls_that_are_none(calls, url):
    assert calls["lead"]("POST", "webhooks", {"url": url})[0] == 400
    assert calls["asha"]("POST", "webhooks", {"url": "http://x.example/"})[0] == 403


def test_webhooks_by_http(calls):
    code, made = calls["lead"]("POST", "webhooks", {"url": "https://x.example/h"})
    assert code == 200 and len(made["secret"]) > 40
    listed = calls["lead"]("GET", "webhooks")[1]["webhooks"]
    assert len(listed) == 1 and "secret" not in listed[0]
    assert calls["lead"]("DELETE", f"webhooks/{made['webhook_id']}")[1]["ended_at"]
    assert calls["lead"]("DELETE", "webhooks/w0")[0] == 404


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"author_id": ""}, "author_id", "an id of 1 to 300 characters"),
        ({"author_id": "  "}, "author_id", "an id of 1 to 300 characters"),
        ({"message_id": "m" * 900}, "message_id", "an id of 1 to 280 characters"),
        ({"message_id": "m\n"}, "message_id", "without control characters"),
        ({"message_id": "ann@example.com"}, "message_id", "no mail address"),
        ({"channel_id": ""}, "channel_id", "an id of 1 to 128 characters"),
        ({"viewers": -5}, "viewers", "a number in [0, 1000000000]"),
        ({"viewers": 10**30}, "viewers", "a number in [0, 1000000000]"),
        ({"rating": 99}, "rating", "a number in [0, 10]"),
        ({"text": "bad\0word"}, "text", "text without null characters"),
        ({"text": ""}, "text", "not empty"),
        ({"text": " \n"}, "text", "not empty"),
        ({"text": "x" * 300_000}, "text", "text of at most 262144 characters"),
        ({"kind": "poem"}, "kind", "one of message, review, question"),
    ],
)
def test_a_message_that_breaks_a_rule_is_told_which(calls, change, field, rule):
    code, told = calls["shop"]("POST", "messages", message(**change))
    assert code == 400, told
    assert [fault["field"] for fault in told["errors"]] == [field]
    assert rule in told["errors"][0]["rule"] and told["errors"][0]["cure"]
    assert f"The field '{field}' must be" in told["detail"] and "Got" in told["detail"]
    _, told = calls["shop"]("POST", "messages", message(**{**change, "channel_id": "x" * 200}))
    assert {fault["field"] for fault in told["errors"]} == {field, "channel_id"}


def test_reading_on_behind_an_item_that_is_none_names_the_parameter(calls):
    code, told = calls["asha"]("GET", "queue?after=zz")
    assert code == 400 and told["errors"][0]["field"] == "after"
    assert "must be the item_id of an item. Got 'zz' instead." in told["detail"]
