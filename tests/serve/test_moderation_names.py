"""Channels with odd ids, people by the names of their keys, and files that nobody else reads."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from chowk.serve.guard_log import GuardLog
from chowk.serve.tally import Tally
from serve.test_moderation import WHY, Caller, calls, desk, message  # noqa: F401 (fixtures)

CHANNEL = "twitch/lo bby"
HERE = quote(CHANNEL, safe="")


def test_a_channel_with_a_slash_is_managed_like_any(calls):  # noqa: F811
    boss = calls["boss"]
    sent = message(channel_id=CHANNEL)
    assert calls["shop"]("POST", "messages", sent)[1]["status"] == "held"
    assert boss("GET", f"channels/{HERE}")[1] == {"channel_id": CHANNEL, "open": 1}
    code, guard = boss("PUT", f"guard/{HERE}", {"accounts": 7})
    assert (code, guard["channel_id"], guard["guard"]["accounts"]) == (200, CHANNEL, 7)
    assert boss("GET", f"guard/{HERE}")[1]["version"] == 1
    assert boss("POST", f"guard/{HERE}/trial", {"accounts": 9})[0] == 200
    assert boss("GET", f"guard/{HERE}")[1]["guard"]["accounts"] == 7
    assert boss("GET", f"health/{HERE}")[0] == 200
    assert boss("GET", f"suggestions/{HERE}") == (200, {"suggestions": []})
    norms = {"norms": [{"id": "calm", "text": "Stay calm."}]}
    assert boss("PUT", f"documents/norms/{HERE}", {"body": norms})[0] == 200
    assert boss("GET", f"documents/norms/{HERE}")[1]["body"] == norms
    (item,) = boss("GET", f"queue?channel={HERE}")[1]["items"]
    item = boss("GET", f"items/{item['item_id']}")[1]
    assert [one["id"] for one in item["norms"]] == ["calm"]
    assert boss("DELETE", f"channels/{HERE}?count=1") == (200, {"expired": 1})


def test_the_end_of_a_guard_s_path_is_no_part_of_a_channel(calls):  # noqa: F811
    boss = calls["boss"]
    for method, path in (("POST", "guard/lobby"), ("GET", "guard/lobby/trial"),
                         ("PUT", "guard/lobby/trial")):  # fmt: skip
        assert boss(method, path, {} if method != "GET" else None)[0] == 405
    assert boss("GET", "guard/lobby/")[1]["channel_id"] == "lobby"
    assert boss("GET", "guard/lobby%2F")[1]["channel_id"] == "lobby/"
    assert boss("PUT", "guard/a%2Ftrial", {"accounts": 7})[1]["channel_id"] == "a/trial"
    assert boss("POST", "guard/a%2Ftrial/trial", {"accounts": 7})[0] == 200


def test_openapi_names_the_paths_as_before(client):
    paths = client.get("/schema/openapi.json").json()["paths"]
    assert set(paths["/v1/moderation/guard/{channel_id}"]) == {"get", "put"}
    assert set(paths["/v1/moderation/guard/{channel_id}/trial"]) == {"post"}
    for name in ("channels/{channel_id}", "health/{channel_id}", "suggestions/{channel_id}",
                 "documents/{kind}/{name}"):  # fmt: skip
        told = paths[f"/v1/moderation/{name}"]["get"]["parameters"]
        assert any("%2F" in one.get("description", "") for one in told), name


def test_people_are_named_by_the_name_of_their_key(client, calls, desk):  # noqa: F811
    meera, secret = desk.create_key("meera", "staff", actor="cli", role="moderator")
    given = {"member": "meera", "seat": "incident_responder", "channel_id": "lobby"}
    assert calls["lead"]("POST", "seats", given) == (200, {"changed": True})
    mine = Caller(client, secret)
    assert mine("GET", "matrix")[1]["seats"] == [["incident_responder", "lobby"]]
    item = calls["shop"]("POST", "messages", message())[1]["item_id"]
    code, held = calls["lead"]("POST", f"items/{item}/assign", {"to": "meera"})
    assert (code, held["claimed_by"]) == (200, meera.key_id)
    other, _ = desk.create_key("meera", "staff", actor="cli", role="moderator")
    code, told = calls["lead"]("POST", "seats", {**given, "seat": "trainee"})
    assert code == 400 and meera.key_id in told["detail"] and other.key_id in told["detail"]
    assert mine("GET", "matrix")[1]["seats"] == [["incident_responder", "lobby"]]
    by_id = {**given, "member": other.key_id, "seat": "trainee"}
    assert calls["lead"]("POST", "seats", by_id)[0] == 200
    desk.revoke_key(other.key_id, actor="cli")
    assert calls["lead"]("POST", "seats", {**given, "given": False})[1] == {"changed": True}
    for nobody in ("mera", "the shop"):
        code, told = calls["lead"]("POST", "seats", {**given, "member": nobody})
        assert code == 404 and "chowk key list" in told["detail"]
    # Who is known by a role and by keys is one person.
    assert calls["lead"]("POST", "seats", {**given, "member": "asha"})[0] == 200


def test_a_person_and_another_s_key_of_one_name_are_two(calls, desk):  # noqa: F811
    key, _ = desk.create_key("asha", "staff", actor="cli", role="moderator")
    given = {"member": "asha", "seat": "trainee", "channel_id": "lobby"}
    code, told = calls["lead"]("POST", "seats", given)
    assert code == 400 and key.key_id in told["detail"]


def test_a_batch_is_shown_in_all_its_channels(calls, client, desk):  # noqa: F811
    ids = []
    for number, channel in enumerate(["a", "a", "a b"]):
        sent = message(number, channel_id=channel)
        ids.append(calls["shop"]("POST", "messages", sent)[1]["item_id"])
    body = {"item_ids": ids, "count": 3, "outcome": "deny", **WHY, "norm": "respect"}
    assert len(calls["boss"]("POST", "decisions", body)[1]["decided"]) == 3
    (batch,) = calls["boss"]("GET", "batches")[1]["batches"]
    assert sorted(batch["item_ids"]) == sorted(ids)
    assert (batch["queues"], batch["queue"], batch["kind"]) == (["a", "a b"], None, "message")
    desk.seats.give("ravi", "incident_responder", queue="a b", actor="cli")
    (mine,) = calls["ravi"]("GET", "batches")[1]["batches"]
    assert (mine["item_ids"], mine["queue"]) == ([ids[2]], "a b")  # the rest is not his to see
    undo = {"item_ids": batch["item_ids"], "count": 3, "reason": "too fast"}
    assert len(calls["boss"]("POST", "undo", undo)[1]["reopened"]) == 3
    assert calls["boss"]("GET", "batches")[1]["batches"] == []


@pytest.mark.parametrize("kind", ["guard", "shown"])
def test_what_is_counted_beside_the_store_is_the_server_s_alone(tmp_path, kind):
    file = tmp_path / f".{kind}.db"
    file.touch(0o644)  # as an earlier version left it
    for _ in range(2):
        made = GuardLog(file) if kind == "guard" else Tally(file)
        if isinstance(made, Tally):
            made.add("lobby", datetime.now(UTC))
            made._write()
        found = sorted(tmp_path.glob(f".{kind}.db*"))
        assert len(found) == 3, found
        assert [stat.S_IMODE(one.stat().st_mode) for one in found] == [0o600] * 3
