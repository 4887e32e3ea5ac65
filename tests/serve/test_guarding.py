"""Guards by HTTP: raids are held, evaders watched, rules tried first, and mass decisions undone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

import chowk
from chowk.community.proactive import Trace
from chowk.community.shouts import MARKS
from chowk.desk import tables
from chowk.desk.texts import stamp
from chowk.errors import ParameterError
from chowk.serve import guard_log, guarding
from chowk.serve.console.moderators.queue import in_hand
from chowk.serve.guard_log import GuardLog
from chowk.serve.guard_rows import Joined, Said
from chowk.serve.guarding import Guard, Guards, account_of, guard_of, past_messages
from serve.test_moderation import WHY, calls, desk, message  # noqa: F401 (fixtures)

RAID = "this streamer sells old stock, come to the channel of evilstream for free coins now"
ALLOWED = "what a lovely goal that was, well played by all of them"


@pytest.fixture
def resa(calls, desk, client):  # noqa: F811
    """An incident responder of the lobby."""
    from serve.test_moderation import Caller

    desk.grant("resa", "moderator", actor="cli")
    desk.seats.give("resa", "incident_responder", queue="lobby", actor="cli")
    return Caller(client, desk.create_key("resa", "staff", actor="cli", member="resa")[1])


def say(calls, number, text, **more):  # noqa: F811
    sent = message(number, verdict=None, text=text, author_id=f"u{number}", **more)
    return calls["shop"]("POST", "messages", sent)[1]["status"]


def test_a_raid_is_held_within_twenty_messages_and_a_celebration_is_not(calls, resa):  # noqa: F811
    seen = [say(calls, n, f"{RAID} {n}") for n in range(25)]
    assert seen[0] == "shown" and seen.index("held") < 20 and set(seen[20:]) == {"held"}
    assert [say(calls, 100 + n, "GOOOAL " * (2 + n % 3)) for n in range(25)] == ["shown"] * 25
    assert say(calls, 200, f"{RAID} 200", channel_id="bar") == "shown"  # a channel of its own
    state = resa("GET", "guard/lobby")[1]
    ids = state["waiting"]["flood"]
    assert len(ids) == seen.count("held")
    item = resa("GET", f"items/{ids[0]}")[1]
    assert item["verdict"]["category"] == "flood" and "u1" not in str(item["verdict"])
    many = {"item_ids": ids, "count": len(ids), "outcome": "deny", **WHY}
    assert resa("POST", "decisions", many)[0] == 200
    batch = resa("GET", "batches")[1]["batches"][0]
    assert sorted(batch["item_ids"]) == sorted(ids)
    undone = {"item_ids": ids, "count": len(ids) - 1, "reason": "too fast"}
    assert resa("POST", "undo", undone)[0] == 400
    assert calls["asha"]("GET", "batches")[1]["batches"] == []
    assert calls["asha"]("POST", "undo", {**undone, "count": len(ids)})[0] == 403
    back = resa("POST", "undo", {**undone, "count": len(ids)})[1]
    assert sorted(back["reopened"]) == sorted(ids) and back["left"] == {}
    one = {"outcome": "approve", **WHY}
    assert resa("POST", f"items/{ids[0]}/overturn", one)[0] == 409  # it waits again
    given = resa("POST", f"items/{ids[0]}/assign", {"to": "asha"})[1]
    assert given["state"] == "claimed"
    assert calls["asha"]("POST", f"items/{ids[0]}/assign", {"to": "ravi"})[0] == 403
    assert calls["asha"]("DELETE", "channels/lobby")[0] == 403
    assert resa("GET", "channels/lobby")[1] == {"channel_id": "lobby", "open": len(ids)}
    for shown in ("", f"?count={len(ids) - 1}"):  # not shown, or fewer than there are by now
        code, told = resa("DELETE", f"channels/lobby{shown}")
        assert code == 400 and f"the number of open items, {len(ids)}" in told["detail"]
    assert resa("GET", "channels/lobby")[1]["open"] == len(ids)
    assert resa("DELETE", f"channels/lobby?count={len(ids)}")[1] == {"expired": len(ids)}
    assert resa("DELETE", "channels/lobby")[1] == {"expired": 0}
    assert resa("POST", f"items/{ids[1]}/overturn", one)[1]["state"] == "approved"


def test_answers_to_the_host_are_shown(calls, resa):  # noqa: F811
    answer = "i think it was the salt march of nineteen thirty"
    asked = message(0, text="which march was it?", author_id="anna", verdict=None)
    # Anybody who reads a shop's page has its key: that it says so makes nobody a host.
    code, told = calls["shop"]("POST", "messages", {**asked, "context": {"host": True}})
    assert code == 403 and told["errors"][0]["field"] == "context.host"
    assert resa("PUT", "guard/lobby", {"hosts": ["anna"]})[0] == 200
    assert calls["shop"]("POST", "messages", asked)[1]["status"] == "shown"
    assert [say(calls, 1 + n, answer) for n in range(12)] == ["shown"] * 12
    elsewhere = [say(calls, 100 + n, answer, channel_id="bar") for n in range(12)]
    assert elsewhere[-1] == "held"


def test_rows_of_the_log_keep_what_a_guard_needs_and_no_word():
    log, trace = GuardLog(None), Trace.of("zoe", "@ana join fr\u200bee coins at evil.gg xkqjwprt")
    kept = log.keyed(trace, True)
    log.add("lobby", 1.0, 2.0, Said.of(kept, host=True))
    row = log.since("lobby", 0)[0][2]
    assert row.host and row.trace().words == kept.words and row.trace().names == kept.names
    assert row.trace().hidden and row.trace().harmful and row.trace().links == 1
    assert not set(kept.words) & set(trace.words) and kept.names != trace.names
    assert [w & MARKS for w in kept.words] == [w & MARKS for w in trace.words]
    log.close()


def test_a_question_is_one_to_every_worker():
    log = GuardLog(None)
    for text in ("is the site down?", "when does the copper sale start?", "type 1 if you hear"):
        kept = log.keyed(Trace.of("zoe", text), None)
        read = Said.of(kept).trace()
        for name in ("asks", "invites", "fails", "own", "owned", "words"):
            assert getattr(read, name) == getattr(kept, name), (text, name)
    asked, owned = Trace.of("a", "is the site down?"), Trace.of("a", "when does copper start?")
    assert Said.of(asked).trace().asks and asked.fails and len(owned.owned) == 1
    log.close()


def test_a_guard_is_set_tried_and_switched_off(calls, resa):  # noqa: F811
    state = resa("PUT", "guard/lobby", {"accounts": 3})[1]
    assert state["guard"] == {
        "on": True, "window": 60, "accounts": 3, "joins": 30, "mentions": 12, "links": 6,
        "hosts": [],
    }  # fmt: skip
    assert resa("PUT", "guard/lobby", {"mentions": 5})[1]["guard"]["accounts"] == 3
    assert calls["asha"]("PUT", "guard/lobby", {"on": False})[0] == 403
    assert resa("PUT", "guard/bar", {"on": False})[0] == 403
    seen = [say(calls, n, f"{RAID} {n}") for n in range(6)]
    assert seen == ["shown"] * 2 + ["held"] * 4
    tried = resa("POST", "guard/lobby/trial", {"accounts": 20})[1]
    assert (tried["messages"], tried["held"], tried["held_now"], tried["freed"]) == (4, 0, 4, 4)
    assert resa("POST", "guard/lobby/trial", {"accounts": 3})[1]["held"] == 2
    for bad in ({"accounts": 1}, {"accounts": True}, {"on": "no"}, {"colour": "red"}, []):
        assert resa("PUT", "guard/lobby", bad)[0] == 400
    resa("PUT", "guard/lobby", {"on": False})
    calls["shop"].client.app.state["guards"]._channels.clear()
    assert say(calls, 50, f"{RAID} 50") == "shown"
    bad = {"body": {"accounts": 1}}
    assert calls["lead"]("PUT", "documents/guard/lobby", bad)[0] == 400
    assert guarding.FRESH > 0


def test_levels_and_terms_are_tried_on_past_messages(calls, resa, desk, shop):  # noqa: F811
    now = datetime.now(UTC)
    rows = [
        {
            "message_id": f"s{n}",
            "ts": now - timedelta(hours=n),
            "channel_id": "lobby",
            "author_id": f"a{n}",
            "text": ALLOWED if n % 2 else "free blorp for all",
        }
        for n in range(1, 11)
    ]
    with chowk.open(shop) as store:
        store.write("messages", rows)
    desk.seats.give("resa", "norm_keeper", queue="lobby", actor="cli")
    tried = resa("POST", "trials?channel=lobby", {"terms": ["blorp"], "levels": {"bullying": 4}})
    assert tried[0] == 200
    assert (tried[1]["messages"], tried[1]["held"], tried[1]["new"]) == (10, 5, 5)
    assert tried[1]["by_category"] == {"term": 5}
    assert resa("GET", "terms?channel=lobby")[1]["terms"] == []  # nothing was changed
    assert resa("POST", "trials?channel=bar", {})[0] == 403
    assert resa("POST", "trials?channel=lobby", {"levels": {"bullying": 9}})[0] == 400
    assert resa("POST", "trials?channel=lobby", {"colour": 1})[0] == 400
    # A seat with the right changes its own channel, and it is a row of the log.
    assert resa("PATCH", "settings?channel=lobby", {"bullying": 4})[0] == 200
    assert resa("PATCH", "settings?channel=bar", {"bullying": 4})[0] == 403
    assert calls["asha"]("POST", "terms?channel=lobby", ["x1"])[0] == 403
    row = desk.audit(subject="channel:lobby")[-1]
    assert row.action == "settings.changed" and row.after["levels"]["bullying"] == 4


def test_a_trial_takes_the_last_messages_of_the_last_days(client, desk, monkeypatch):  # noqa: F811
    monkeypatch.setattr(guarding, "PAST", 3)
    now = datetime.now(UTC)
    rows = [
        {
            "item_id": f"q{number:012}", "kind": "message", "queue": "lobby",
            "subject": f"message:{number}", "payload_version": "1", "priority": 1000 - number,
            "payload": json.dumps({"text": f"said {number}", "verdict": {"category": "flood"}}),
            "party": "zoe", "state": "denied", "version": 2, "proposed_by": "system",
            "proposed_at": stamp(now - timedelta(days=40) + timedelta(hours=number)),
            "decided_at": stamp(now - timedelta(days=40) + timedelta(hours=number + 1)),
            "digest": f"{number:064}",
        }
        for number in range(960)
    ]  # fmt: skip
    with desk._database.write() as connection:
        connection.execute(tables.items.insert(), rows)
    seen = past_messages(client.app.state.serving, "lobby")
    assert [row["text"] for row in seen] == ["said 957", "said 958", "said 959"]
    assert {(row["author"], row["state"], row["held_by"]) for row in seen} == {
        ("zoe", "denied", "flood")
    }
    monkeypatch.setattr(guarding, "PAST", 5_000)
    read = past_messages(client.app.state.serving, "lobby")
    assert len(read) == 30 * 24 - 1  # what was said 30 days ago to the hour is a moment too old


def test_who_was_banned_is_known_again_and_who_may_be_is_only_watched(calls, resa, desk):  # noqa: F811
    words = ["u all SUCK!!! this GAME is TRASH!!!", "lol u SUCK so BAD!!!", "TRASH team!!!"] * 5
    ban = {
        "channel_id": "lobby", "author_id": "b1", "name": "trollking", "messages": words,
        "hours": [2, 3, 3] * 5,
    }  # fmt: skip
    assert calls["asha"]("POST", "bans", ban)[0] == 403
    assert resa("POST", "bans", ban)[0] == 200
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    back = {**ban, "author_id": "n1", "name": "Tr0llK1ng2", "created_at": soon}
    told = calls["shop"]("POST", "joins", back)[1]
    assert told == {"wave": False, "evader": "likely", "held": True}
    sent = message(1, verdict=None, text=ALLOWED, author_id="n1")
    assert calls["shop"]("POST", "messages", sent)[1]["status"] == "held"
    other = {**ban, "author_id": "n2", "name": "trollking7", "messages": [], "hours": []}
    told = calls["shop"]("POST", "joins", {**other, "created_at": soon})[1]
    assert told["evader"] in ("possible", "likely")
    stranger = {"channel_id": "lobby", "author_id": "n3", "name": "meena"}
    assert calls["shop"]("POST", "joins", stranger)[1]["evader"] == "unknown"
    sent = message(2, verdict=None, text=ALLOWED, author_id="n3")
    assert calls["shop"]("POST", "messages", sent)[1]["status"] == "shown"
    watched = resa("GET", "guard/lobby")[1]["watched"]
    assert {one["subject"] for one in watched} == {"author:n1", "author:n2"}
    assert calls["asha"]("GET", "guard/lobby")[1]["watched"] == []  # she does not see authors
    calls["shop"]("POST", "joins", back)
    assert len(resa("GET", "guard/lobby")[1]["watched"]) == 2  # told once
    desk.records.forget("author:n1")
    assert len(resa("GET", "guard/lobby")[1]["watched"]) == 2


def test_a_possible_evader_is_held_for_nothing(desk):  # noqa: F811
    guards = Guards(desk)
    desk.records.remark("ban", "author:b1", {"name": "trollking"}, queue="lobby", actor="cli")
    now = datetime.now(UTC)
    account = account_of("n1", {"name": "trollking99"})
    seen = guards.join("lobby", account, now)[1]
    assert seen.verdict == "possible"
    assert guards.message("lobby", "n1", ALLOWED, now) is None


def test_a_ban_that_is_taken_back_holds_nobody_any_more(desk):  # noqa: F811
    words = ["u all SUCK!!! this GAME is TRASH!!!", "lol u SUCK so BAD!!!", "TRASH team!!!"] * 5
    own = {"name": "trollking", "messages": words, "hours": [2, 3, 3] * 5}
    ban = desk.records.remark("ban", "author:b1", own, queue="lobby", actor="cli")
    guards, now = Guards(desk), datetime.now(UTC)
    made = (now + timedelta(minutes=5)).isoformat()
    back = {**own, "name": "Tr0llK1ng2", "created_at": made}
    assert guards.join("lobby", account_of("n1", back), now)[1].verdict == "likely"
    assert guards.message("lobby", "n1", ALLOWED, now)["category"] == "evader"
    desk.records.withdraw(ban.remark_id, actor="cli")
    assert guards.message("lobby", "n1", ALLOWED, now) is None  # who waited is free at once
    assert guards.join("lobby", account_of("n2", back), now)[1] is None
    assert guards.message("lobby", "n2", ALLOWED, now) is None


def old(desk, kind, count=1_001, subject="author:old"):  # noqa: F811
    """More remarks than are read at once, all of them an hour old."""
    at = datetime.now(UTC) - timedelta(hours=1)
    rows = [
        {
            "remark_id": f"r{kind[:4]}{number:08}", "kind": kind, "queue": "lobby",
            "subject": subject, "body": json.dumps({"text": f"old {number}"}),
            "written_at": stamp(at + timedelta(seconds=number)), "written_by": "system",
        }
        for number in range(count)
    ]  # fmt: skip
    with desk._database.write() as connection:
        connection.execute(tables.remarks.insert(), rows)


def test_behind_a_thousand_bans_the_last_is_known(desk):  # noqa: F811
    old(desk, "ban")
    desk.records.remark("ban", "author:b1", {"name": "trollking"}, queue="lobby", actor="cli")
    seen = Guards(desk).join("lobby", account_of("n1", {"name": "trollking99"}), datetime.now(UTC))
    assert (seen[1].verdict, seen[1].of) == ("possible", "b1")


def test_behind_a_thousand_old_remarks_the_newest_are_seen(calls, resa, desk):  # noqa: F811
    for kind in ("watch", "hand_over", "note"):
        old(desk, kind)
        desk.records.remark(
            kind, "author:new", {"text": f"the newest {kind}"}, queue="lobby", actor="system"
        )
    watched = resa("GET", "guard/lobby")[1]["watched"]
    assert len(watched) == 50 and watched[-1]["subject"] == "author:new"
    notes = resa("GET", "remarks?kind=note&channel=lobby")[1]["remarks"]
    assert len(notes) == 1_000 and notes[-1]["body"] == {"text": "the newest note"}
    calls["shop"]("POST", "messages", message())
    assert calls["asha"]("POST", "claims", {})[0] == 200
    (item,) = desk.queue.items(state="claimed")
    keys = desk.keys()
    key = next(one for one in keys if one.name == "asha")
    told = in_hand(desk, key, item)["remarks"]
    assert len(told) == 3 and told[-1].body == {"text": "the newest hand_over"}


def test_a_wave_of_joins_waits_for_a_while(desk):  # noqa: F811
    desk.records.write("guard", "lobby", {"joins": 10}, actor="cli")
    guards, now = Guards(desk), datetime.now(UTC)
    waves = [guards.join("lobby", account_of(f"w{n}", {}), now)[0] for n in range(12)]
    assert waves[9] is None and waves[10] is not None
    held = guards.message("lobby", "w3", ALLOWED, now)
    assert held["category"] == "join wave" and held["decision"] == "hold"
    assert guards.message("lobby", "regular", ALLOWED, now) is None
    assert guards.message("lobby", "w3", ALLOWED, now + timedelta(minutes=11)) is None
    # A clock that goes back releases nothing.
    assert guards.message("lobby", "w4", ALLOWED, now - timedelta(hours=1)) is not None


def test_guards_that_share_a_log_count_as_one(desk, tmp_path):  # noqa: F811
    now, file = datetime.now(UTC), tmp_path / "guard.db"
    alone, shared = Guards(desk), [Guards(desk, file) for _ in range(4)]
    raid = [(f"u{n}", f"{RAID} {n}", now + timedelta(seconds=n / 10)) for n in range(40)]
    one = [alone.message("lobby", *said) for said in raid]
    many = [shared[n % 4].message("lobby", *said) for n, said in enumerate(raid)]
    assert many == one and many.count(None) == 7
    # A worker that is started later knows what the others saw, and so does one after a restart.
    late = Guards(desk, file)
    assert late.message("lobby", "u90", RAID, now + timedelta(seconds=5))["category"] == "flood"
    assert late.message("bar", "u91", RAID, now + timedelta(seconds=5)) is None
    desk.records.write("guard", "lobby", {"joins": 10}, actor="cli")
    waves = [Guards(desk, file).join("lobby", account_of(f"w{n}", {}), now)[0] for n in range(11)]
    assert waves[9] is None and waves[10] is not None
    held = Guards(desk, file).message("lobby", "w3", ALLOWED, now)
    assert held["category"] == "join wave"
    # Nobody's name and nobody's words are in the file.
    kept = b"".join(one.read_bytes() for one in tmp_path.glob("guard.db*"))
    assert b"evilstream" not in kept and b"u90" not in kept and b"lobby" in kept


def test_bans_that_one_worker_heard_of_are_known_to_all(desk, tmp_path):  # noqa: F811
    words = ["u all SUCK!!! this GAME is TRASH!!!", "lol u SUCK so BAD!!!", "TRASH team!!!"] * 5
    own = {"name": "trollking", "messages": words, "hours": [2, 3, 3] * 5}
    ban = desk.records.remark("ban", "author:b1", own, queue="lobby", actor="cli")
    now, file = datetime.now(UTC), tmp_path / "guard.db"
    first, second = Guards(desk, file), Guards(desk, file)
    back = {**own, "name": "Tr0llK1ng2", "created_at": (now + timedelta(minutes=5)).isoformat()}
    assert first.join("lobby", account_of("n1", back), now)[1].verdict == "likely"
    assert second.message("lobby", "n1", ALLOWED, now)["category"] == "evader"
    desk.records.withdraw(ban.remark_id, actor="cli")
    assert second.message("lobby", "n1", ALLOWED, now) is None


def test_links_of_an_account_made_today_count_twice(desk):  # noqa: F811
    now = datetime.now(UTC)
    for author, days, shown in (("old", 30, 6), ("new", 0, 3)):
        guards = Guards(desk)
        made = (now - timedelta(days=days, minutes=5)).isoformat()
        guards.join("lobby", account_of(author, {"created_at": made}), now)
        seen = [guards.message("lobby", author, f"look at a{n}.example.com", now) for n in range(7)]
        assert seen.index(next(filter(None, seen))) == shown
        assert seen[-1]["category"] == "links"


def test_many_threads_of_many_guards_lose_no_message(desk, tmp_path):  # noqa: F811
    desk.records.write("guard", "lobby", {"accounts": 1000, "window": 3600}, actor="cli")
    now, file = datetime.now(UTC), tmp_path / "guard.db"
    shared = [Guards(desk, file) for _ in range(3)]

    def say(worker, part):
        for n in range(40):
            shared[worker].message("lobby", f"u{worker}-{part}-{n}", RAID, now)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(say, [0, 1, 2, 0, 1, 2], range(6)))
    for guards in shared:
        guards.message("lobby", "last", RAID, now)
    members = [
        next(iter(guards._channels["lobby"].detector._window._clusters.values())).authors
        for guards in shared
    ]
    assert [len(who) for who in members] == [241] * 3


def test_a_damaged_log_is_begun_anew_and_one_that_cannot_be_made_is_done_without(desk, tmp_path):  # noqa: F811
    file, now = tmp_path / "guard.db", datetime.now(UTC)
    file.write_bytes(b"this is no database, and long enough to be taken for one" * 100)
    assert [Guards(desk, file).message("lobby", f"u{n}", RAID, now) for n in range(8)][-1]
    nowhere = Guards(desk, tmp_path / "nowhere" / "guard.db")
    assert [nowhere.message("lobby", f"u{n}", RAID, now) for n in range(8)][-1]


def test_rows_that_no_guard_counts_any_more_are_deleted(tmp_path):
    log = GuardLog(tmp_path / "guard.db")
    for n in range(guard_log.SWEEP):
        log.add("lobby", float(n), float(n), Joined("x", None))
    assert log.since("lobby", 0) == []
    log.close()


def test_a_guard_s_settings_that_were_written_by_hand_do_not_stop_it(desk):  # noqa: F811
    desk.records.write("guard", "lobby", {"accounts": "many"}, actor="cli")
    guards, now = Guards(desk), datetime.now(UTC)
    assert guards.message("lobby", "a", ALLOWED, now) is None
    assert guards._channels["lobby"].guard == Guard()


@pytest.mark.parametrize(
    "change",
    [{"window": 1}, {"joins": 2}, {"links": 0}, {"on": 1}, {"hosts": "anna"}, {"hosts": [""]}],
)
def test_guards_that_are_none(change):
    with pytest.raises(ParameterError, match="parameter of guard"):
        guard_of(change)


def test_odd_facts_about_an_account_are_left_out():
    seen = account_of("a", {"name": 5, "created_at": "soon", "hours": [25, "x", 3], "messages": 9})
    assert (seen.name, seen.created, list(seen.hours), list(seen.messages)) == ("", None, [3], [])
    assert account_of("a", {"created_at": "2026-01-01"}).created is not None


def test_reviews_are_sorted_and_what_tells_of_a_danger_waits(calls):  # noqa: F811
    danger = "The plug sparked and caught fire"
    body = {"reviews": [danger, {"text": "Great fabric, but delivery was slow", "rating": 4}]}
    first, second = calls["shop"]("POST", "reviews", body)[1]["verdicts"]
    assert "safety" in first["labels"] and first["decision"] == "hold"
    assert {one["name"] for one in second["aspects"]} == {"product", "delivery"}
    sent = message(1, kind="review", verdict=None, text=danger)
    assert calls["shop"]("POST", "messages", sent)[1]["status"] == "held"
    item = calls["asha"]("POST", "claims", {"kinds": ["review"]})[1]
    assert item["verdict"]["category"] == "safety" and item["level"] == 2
    for bad in (
        {},
        {"reviews": "x"},
        {"reviews": [5]},
        {"reviews": [{"text": "x", "rating": "y"}]},
    ):
        assert calls["shop"]("POST", "reviews", bad)[0] == 400
