"""Decisions on many are undone with the count first; a queue that is no more is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chowk.errors import ItemConflictError, NotAllowedError, ParameterError

WHY = {"reason": "a raid", "norm": "kind"}


@pytest.fixture
def ids(desk):
    """A responder and a reviewer in the lobby, and four held messages."""
    for name, seat in (("resa", "incident_responder"), ("asha", "queue_reviewer")):
        desk.grant(name, "moderator", actor="cli")
        desk.seats.give(name, seat, queue="lobby", actor="cli")
    return [
        desk.queue.propose(
            "message", f"message:{n}", payload_version="1", queue="lobby", payload={"text": "x"}
        ).item_id
        for n in range(4)
    ]


def test_a_batch_is_found_and_undone_with_the_count_first(desk, ids, clock):
    single = desk.queue.claim(ids[3], actor="asha")
    desk.queue.decide(single.item_id, "approve", actor="asha", **WHY)
    clock.forward(seconds=1)
    done = desk.queue.decide_many(ids[:3], "approve", count=3, actor="resa", **WHY)
    assert all(item.allowed for item in done.decided)
    (batch,) = desk.queue.batches(since=clock.now - timedelta(days=1), actor="resa")
    assert (batch.kind, batch.queue, batch.state) == ("message", "lobby", "approved")
    assert sorted(batch.item_ids) == sorted(ids[:3])
    assert desk.queue.batches(since=clock.now - timedelta(days=1), actor="asha") == []
    assert desk.queue.batches(since=clock.now + timedelta(days=1), actor="resa") == []
    with pytest.raises(ParameterError, match="'count' parameter"):
        desk.queue.reopen_many(batch.item_ids, count=2, actor="resa", reason="too fast")
    with pytest.raises(NotAllowedError, match=r"queue\.many"):
        desk.queue.reopen_many(batch.item_ids, count=3, actor="asha", reason="too fast")
    clock.forward(minutes=50)
    undone = desk.queue.reopen_many(batch.item_ids, count=3, actor="resa", reason="too fast")
    assert [item.state for item in undone.decided] == ["waiting"] * 3
    for item in undone.decided:
        assert not item.allowed and item.decided_by is None and item.norm is None
        assert item.expires_at == clock.now + timedelta(hours=1)  # anew
    again = desk.queue.reopen_many(batch.item_ids, count=3, actor="resa", reason="too fast")
    assert [item.version for item in again.decided] == [item.version for item in undone.decided]
    assert desk.queue.history(ids[0])[-1].action == "item.reopened"
    assert desk.queue.batches(since=clock.now - timedelta(days=1), actor="resa") == []
    # It is decided anew, by anybody, as if it had never been.
    mine = desk.queue.claim(ids[0], actor="asha")
    assert desk.queue.decide(mine.item_id, "deny", actor="asha", **WHY).state == "denied"
    desk.verify_audit()


def test_what_has_no_decision_is_left(desk, ids, clock):
    clock.forward(hours=2)
    desk.queue.expire()
    left = desk.queue.reopen_many(ids, count=4, actor="resa", reason="?").left
    assert left == dict.fromkeys(ids, "unclaimed")
    assert desk.queue.reopen_many([], count=0, actor="resa", reason="?").decided == []


def test_a_deleted_channel_s_items_end_and_release_nothing(desk, ids, clock):
    other = desk.queue.propose("message", "message:b", payload_version="1", queue="bar")
    mine = desk.queue.claim(ids[0], actor="asha")
    with pytest.raises(NotAllowedError):
        desk.queue.close("lobby", actor="asha")
    assert desk.queue.close("lobby", actor="resa", reason="the channel was deleted") == 4
    assert desk.queue.close("lobby", actor="resa") == 0
    assert desk.queue.close("never was", actor="resa") == 0
    states = {item.state for item in desk.queue.items(queues=["lobby"])}
    assert states == {"expired"} and desk.queue.item(other.item_id).state == "waiting"
    with pytest.raises(ItemConflictError, match="has expired"):
        desk.queue.decide(mine.item_id, "approve", actor="asha", **WHY)
    desk.verify_audit()


def test_the_latest_come_first_whatever_their_urgency(desk, ids, clock):
    for number, outcome in ((2, "deny"), (0, "approve"), (1, "deny")):
        clock.forward(minutes=1)
        item = desk.queue.claim(ids[number], actor="asha")
        desk.queue.decide(item.item_id, outcome, actor="asha", **WHY)
    states = ("approved", "denied")
    assert [one.item_id for one in desk.queue.latest(states)] == [ids[1], ids[0], ids[2]]
    assert [one.item_id for one in desk.queue.latest(states, limit=1)] == [ids[1]]
    since = clock.now - timedelta(seconds=30)
    assert [one.item_id for one in desk.queue.latest(states, since=since)] == [ids[1]]
    assert desk.queue.latest(["waiting"], queues=["bar"]) == []
    assert [one.item_id for one in desk.queue.latest(["waiting"], kinds=["message"])] == [ids[3]]
    for bad in ({"states": ["lost"]}, {"states": states, "limit": 0}):
        with pytest.raises(ParameterError):
            desk.queue.latest(**bad)


def test_two_looks_at_one_item(desk, ids, clock):
    start = clock.now
    desk.grant("tara", "moderator", actor="cli")
    desk.seats.give("tara", "trainee", queue="lobby", actor="cli")
    desk.grant("judy", "moderation_lead", actor="cli")
    desk.queue.claim(ids[0], actor="tara")
    desk.queue.decide(ids[0], "deny", actor="tara", **WHY)
    desk.queue.claim(ids[0], actor="asha")
    desk.queue.decide(ids[0], "approve", actor="asha", **WHY)
    desk.queue.claim(ids[1], actor="asha")
    desk.queue.decide(ids[1], "deny", actor="asha", **WHY)
    (look,) = desk.queue.looks(since=start)
    names = {member.member_id: member.name for member in desk.members()}
    assert (names[look.first_by], look.first) == ("tara", "denied")
    assert (names[look.final_by], look.final) == ("asha", "approved")
    assert look.overturned is False
    desk.queue.overturn(ids[1], "approve", actor="judy", **WHY)
    look = next(one for one in desk.queue.looks(since=start) if one.item_id == ids[1])
    assert (names[look.first_by], look.first, look.final, look.overturned) == (
        "asha", "denied", "approved", True,
    )  # fmt: skip
    desk.queue.reopen_many([ids[1]], count=1, actor="judy", reason="look anew")
    assert [one.item_id for one in desk.queue.looks(since=start)] == [ids[0]]
    assert desk.queue.looks(since=clock.now + timedelta(seconds=1)) == []


def test_an_appeal_turns_over_only_the_decision_that_it_is_about(desk, ids):
    desk.grant("judy", "moderation_lead", actor="cli")
    desk.seats.give("judy", "appeals_judge", actor="cli")
    desk.queue.decide_many(ids[:2], "deny", count=2, actor="resa", **WHY)
    first, second = (desk.queue.appeal(one, "a quotation", actor="system") for one in ids[:2])
    # Undone while the appeal waits, then approved: there is nothing left to appeal against.
    desk.queue.reopen_many([ids[0]], count=1, actor="resa", reason="too fast")
    assert desk.queue.item(first.item_id).state == "expired"
    assert desk.queue.history(first.item_id)[-1].after["because"] == "reopened"
    desk.queue.claim(ids[0], actor="asha")
    desk.queue.decide(ids[0], "approve", actor="asha", **WHY)
    with pytest.raises(ItemConflictError, match="has expired"):
        desk.queue.claim(first.item_id, actor="judy")
    assert desk.queue.item(ids[0]).state == "approved"
    # Turned over by hand while the appeal waits: granting it then does not turn it back.
    desk.queue.overturn(ids[1], "approve", actor="judy", **WHY)
    desk.queue.claim(second.item_id, actor="judy")
    granted = desk.queue.decide(second.item_id, "approve", actor="judy", **WHY)
    assert granted.state == "approved" and desk.queue.item(ids[1]).state == "approved"
    # What is decided anew can be appealed anew.
    desk.queue.reopen_many([ids[0]], count=1, actor="resa", reason="once more")
    desk.queue.claim(ids[0], actor="asha")
    desk.queue.decide(ids[0], "deny", actor="asha", **WHY)
    anew = desk.queue.appeal(ids[0], "again", actor="system")
    assert anew.item_id != first.item_id
    desk.queue.claim(anew.item_id, actor="judy")
    desk.queue.decide(anew.item_id, "approve", actor="judy", **WHY)
    assert desk.queue.item(ids[0]).state == "approved"
    desk.verify_audit()


def test_what_waits_undecided_is_not_told_as_undone(desk, ids):
    desk.queue.decide_many(ids[:1], "deny", count=1, actor="resa", **WHY)
    done = desk.queue.reopen_many(ids[:2], count=2, actor="resa", reason="too fast")
    assert [one.item_id for one in done.decided] == ids[:1]
    assert done.left == {ids[1]: "unclaimed"}
    again = desk.queue.reopen_many(ids[:2], count=2, actor="resa", reason="too fast")
    assert (again.decided, again.left) == (done.decided, done.left)
