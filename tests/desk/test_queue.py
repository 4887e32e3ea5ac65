"""The queue: one person an item, one decision an item, and a row of the audit log for each step."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chowk.desk import KINDS, PERMISSIONS, Desk, Proposal, migrations
from chowk.errors import (
    ItemConflictError,
    NotAllowedError,
    NotAtDeskError,
    ParameterError,
)

WHY = {"reason": "an insult", "norm": "kind"}


@pytest.fixture
def people(desk):
    """Two moderators, a lead, and somebody of another trade."""
    for name, role in (
        ("asha", "moderator"),
        ("ravi", "moderator"),
        ("lead", "moderation_lead"),
        ("meera", "merchandiser"),
    ):
        desk.grant(name, role, actor="cli")
    return {name: desk.pseudonym(name) for name in ("asha", "ravi", "lead", "meera")}


def hold(desk: Desk, number: int = 1, **more):
    return desk.queue.propose(
        "message",
        f"message:m{number}",
        payload_version="1",
        payload={"text": f"text {number}"},
        queue="lobby",
        party="author7",
        **more,
    )


def told(desk: Desk, item_id: str) -> list[str]:
    return [row.action.removeprefix("item.") for row in desk.queue.history(item_id)]


def test_every_kind_asks_for_permissions_that_there_are():
    for kind in KINDS.values():
        assert {kind.permission, kind.proposes} <= PERMISSIONS.keys()


def test_the_whole_way(desk, people, clock):
    item = hold(desk, priority=3)
    assert (item.state, item.version, item.allowed, item.open) == ("waiting", 1, False, True)
    assert item.payload == {"text": "text 1"} and item.party == "author7"
    assert item.expires_at == clock() + timedelta(hours=1)
    mine = desk.queue.claim(actor="asha")
    assert (mine.item_id, mine.claimed_by) == (item.item_id, people["asha"])
    assert mine.claimed_until == clock() + timedelta(minutes=10)
    clock.forward(minutes=2)
    done = desk.queue.decide(item.item_id, "deny", actor="asha", **WHY)
    assert (done.state, done.norm, done.reason, done.allowed) == (
        "denied",
        "kind",
        "an insult",
        False,
    )
    assert (done.decided_by, done.decided_at) == (people["asha"], clock())
    assert done.claimed_by is None and done.version == 3
    rows = desk.queue.history(item.item_id)
    assert [row.action for row in rows] == ["item.proposed", "item.claimed", "item.decided"]
    assert rows[2].before == {"state": "claimed", "version": 2}
    assert rows[2].after["state"] == "denied" and rows[2].reason == "an insult"
    assert "text 1" not in str(rows) and "author7" not in str(rows)  # no personal data
    assert desk.verify_audit() > 3


def test_what_was_proposed_is_proposed_once(desk, people):
    first = hold(desk, idempotency_key="k1")
    assert hold(desk, idempotency_key="k1") == first == hold(desk) == hold(desk, 1)
    with pytest.raises(ItemConflictError, match="used for another proposal") as caught:
        hold(desk, 2, idempotency_key="k1")
    assert caught.value.why == "key"
    desk.queue.claim(first.item_id, actor="asha")
    done = desk.queue.decide(first.item_id, "approve", actor="asha", **WHY)
    assert hold(desk) == done  # it was decided so already
    assert len(desk.queue.items()) == 1
    assert told(desk, first.item_id) == ["proposed", "claimed", "decided"]


def test_a_newer_version_takes_an_open_one_s_place(desk):
    desk.grant("ravi", "operations_lead", actor="cli")
    propose = desk.queue.propose
    old = propose("packaging", "product:p1", payload_version="b1", payload={"to": "bag"})
    mine = desk.queue.claim(actor="ravi")
    new = propose("packaging", "product:p1", payload_version="b2", payload={"to": "box"})
    assert new.item_id != old.item_id
    assert desk.queue.item(old.item_id).state == "superseded"
    with pytest.raises(ItemConflictError, match="replaced by a newer") as caught:
        desk.queue.decide(mine.item_id, "approve", actor="ravi", reason="fits")
    assert caught.value.why == "superseded"
    desk.queue.claim(new.item_id, actor="ravi")
    with pytest.raises(ItemConflictError, match="version 'b2'") as caught:
        desk.queue.decide(new.item_id, "approve", actor="ravi", reason="fits", payload_version="b1")
    assert caught.value.why == "version"
    done = desk.queue.decide(
        new.item_id, "correct", actor="ravi", reason="fits", correction={"to": "bag 2"}
    )
    assert done.allowed and done.correction == {"to": "bag 2"}
    # What was decided stays decided when the next build proposes the same.
    assert propose("packaging", "product:p1", payload_version="b2") == done


def test_two_people_never_have_the_same_item(desk, people):
    items = [hold(desk, number) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        actors = ["asha", "ravi"] * 3
        claimed = list(pool.map(lambda who: desk.queue.claim(actor=who), actors))
    assert sorted(item.item_id for item in claimed) == sorted(item.item_id for item in items)
    assert desk.queue.claim(actor="lead") is None
    asha = [item for item in claimed if item.claimed_by == people["asha"]]
    assert len(asha) == 3
    with pytest.raises(ItemConflictError, match="is claimed by m") as caught:
        desk.queue.claim(asha[0].item_id, actor="ravi")
    assert caught.value.why == "claimed"
    with pytest.raises(ItemConflictError, match="Claim it before deciding"):
        desk.queue.decide(asha[0].item_id, "approve", actor="ravi", **WHY)


def test_two_keys_of_one_person_are_one_person(desk, people):
    laptop, _ = desk.create_key("laptop", "staff", actor="cli", member="asha")
    phone, _ = desk.create_key("phone", "staff", actor="cli", member="asha")
    hold(desk)
    mine = desk.queue.claim(actor=laptop.key_id)
    assert mine.claimed_by == people["asha"]
    done = desk.queue.decide(mine.item_id, "approve", actor=phone.key_id, **WHY)
    assert done.decided_by == people["asha"]
    assert desk.queue.history(mine.item_id)[-1].actor == phone.key_id


def test_the_most_urgent_comes_first_and_then_the_oldest(desk, people, clock):
    for number, priority in ((1, 0), (2, 9), (3, 0), (4, 9)):
        clock.forward(seconds=1)
        hold(desk, number, priority=priority)
    order = [desk.queue.claim(actor="asha").subject for _ in range(4)]
    assert order == ["message:m2", "message:m4", "message:m1", "message:m3"]


def test_a_claim_ends_and_then_it_is_somebody_else_s_turn(desk, people, clock):
    item = hold(desk)
    desk.queue.claim(actor="asha", minutes=10)
    clock.forward(minutes=9)
    desk.queue.claim(item.item_id, actor="asha", minutes=10)  # longer
    clock.forward(minutes=9)
    assert desk.queue.claim(actor="ravi") is None
    clock.forward(minutes=1)
    assert desk.queue.claim(actor="ravi").claimed_by == people["ravi"]
    with pytest.raises(ItemConflictError, match="claimed by m"):
        desk.queue.decide(item.item_id, "approve", actor="asha", **WHY)
    assert told(desk, item.item_id) == ["proposed", "claimed", "claimed", "lapsed", "claimed"]
    assert desk.queue.release(item.item_id, actor="ravi").state == "waiting"
    with pytest.raises(ItemConflictError, match="not claimed") as caught:
        desk.queue.decide(item.item_id, "approve", actor="ravi", **WHY)
    assert caught.value.why == "unclaimed"


def test_an_item_expires_to_nothing(desk, people, clock):
    item = hold(desk)
    desk.queue.claim(actor="asha", minutes=1000)
    clock.forward(minutes=60)
    for step in (
        lambda: desk.queue.decide(item.item_id, "approve", actor="asha", **WHY),
        lambda: desk.queue.claim(item.item_id, actor="asha"),
    ):
        with pytest.raises(ItemConflictError, match="has expired") as caught:
            step()
        assert caught.value.why == "expired"
    assert desk.queue.item(item.item_id).state == "expired"  # before anybody swept
    assert not desk.queue.item(item.item_id).allowed
    assert desk.queue.expire() == []
    assert hold(desk).state == "expired"  # sent again, it does not come to life
    later = hold(desk, 2)
    clock.forward(hours=2)
    assert [one.item_id for one in desk.queue.expire()] == [later.item_id]
    assert told(desk, later.item_id) == ["proposed", "expired"]


def test_a_decision_said_again_counts_once(desk, people):
    item = hold(desk)
    desk.queue.claim(actor="asha")
    done = desk.queue.decide(item.item_id, "approve", actor="asha", **WHY)
    assert desk.queue.decide(item.item_id, "approve", actor="asha", **WHY) == done
    assert desk.queue.decide(item.item_id, "approve", actor="ravi", **WHY) == done
    with pytest.raises(ItemConflictError, match="was approved by") as caught:
        desk.queue.decide(item.item_id, "deny", actor="asha", **WHY)
    assert caught.value.why == "decided"
    assert told(desk, item.item_id) == ["proposed", "claimed", "decided"]


def test_a_clock_that_goes_back_brings_no_claim_to_life(desk, people, clock):
    item = hold(desk)
    desk.queue.claim(actor="asha", minutes=10)
    clock.forward(minutes=10)
    desk.queue.claim(actor="ravi", minutes=10)
    clock.forward(minutes=-8)  # a server's clock is set right
    with pytest.raises(ItemConflictError, match="claimed by"):
        desk.queue.decide(item.item_id, "approve", actor="asha", **WHY)
    assert desk.queue.decide(item.item_id, "approve", actor="ravi", **WHY).allowed
    rows = desk.queue.history(item.item_id)
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    clock.forward(days=-900)  # it was wrong before, by years
    assert hold(desk, 2).expires_at == clock() + timedelta(hours=1)


def test_another_part_of_the_desk_does_not_set_the_time_back(desk, people, clock):
    item = hold(desk)
    clock.forward(minutes=60)
    assert [one.item_id for one in desk.queue.expire()] == [item.item_id]
    other = hold(desk, 2, expires_at=clock() + timedelta(minutes=5))
    desk.queue.claim(other.item_id, actor="asha", minutes=2)
    clock.forward(minutes=2)
    desk.queue.expire()
    clock.forward(minutes=-3)
    desk.withdraw("meera", "merchandiser", actor="cli")  # a row of its own, by the same clock
    third = hold(desk, 3)
    assert third.proposed_at == clock() + timedelta(minutes=3)
    assert [row.at for row in desk.audit()] == sorted(row.at for row in desk.audit())


def test_a_revoked_moderator_decides_on_nothing_and_keeps_nothing(desk, people):
    item = hold(desk)
    desk.queue.claim(actor="asha", minutes=600)
    desk.withdraw("asha", "moderator", actor="cli")
    with pytest.raises(NotAllowedError, match=r"needs the permission 'moderation.decide'"):
        desk.queue.decide(item.item_id, "approve", actor="asha", **WHY)
    assert desk.queue.claim(actor="ravi").item_id == item.item_id
    assert desk.queue.history(item.item_id)[-2].after["because"] == "rights"
    key, _ = desk.create_key("k", "staff", actor="cli", role="moderator")
    other = hold(desk, 2)
    desk.queue.claim(other.item_id, actor=key.key_id)
    desk.revoke_key(key.key_id, actor="cli")
    with pytest.raises(NotAllowedError):
        desk.queue.decide(other.item_id, "approve", actor=key.key_id, **WHY)
    desk.queue.expire()
    assert desk.queue.item(other.item_id).state == "waiting"


def test_who_was_erased_holds_nothing(desk, people):
    item = hold(desk)
    desk.queue.claim(actor="asha")
    desk.erase("asha")
    assert desk.queue.claim(actor="ravi").item_id == item.item_id
    assert desk.verify_audit() > 0


def test_roles_are_asked_for_each_kind(desk, people):
    hold(desk)
    for call in (
        lambda: desk.queue.claim(desk.queue.items()[0].item_id, actor="meera"),
        lambda: desk.queue.item(desk.queue.items()[0].item_id, actor="meera"),
        lambda: desk.queue.propose("message", "message:x", payload_version="1", actor="meera"),
        lambda: desk.queue.propose("packaging", "product:x", payload_version="1", actor="asha"),
    ):
        with pytest.raises(NotAllowedError):
            call()
    assert desk.queue.claim(actor="meera") is None
    assert desk.queue.items(actor="meera") == [] == desk.queue.items(actor="a stranger")
    assert len(desk.queue.items(actor="asha")) == 1
    assert {member.name for member in desk.members()} == {"asha", "ravi", "lead", "meera"}


def test_hand_overs(desk, people):
    item = hold(desk)
    desk.queue.claim(actor="asha")
    with pytest.raises(NotAllowedError, match=r"needs the right 'queue.assign'"):
        desk.queue.assign(item.item_id, "ravi", actor="asha")
    with pytest.raises(NotAllowedError):
        desk.queue.assign(item.item_id, "meera", actor="lead")
    with pytest.raises(NotAtDeskError, match="nobody of that name"):
        desk.queue.assign(item.item_id, "nobody", actor="lead")
    given = desk.queue.assign(item.item_id, "ravi", actor="lead", reason="speaks Tamil")
    assert given.claimed_by == people["ravi"]
    assert desk.queue.decide(item.item_id, "approve", actor="ravi", **WHY).allowed


def test_many_at_once_are_counted_first_and_leave_what_others_have(desk, people):
    items = [hold(desk, number).item_id for number in range(5)]
    desk.queue.claim(items[0], actor="asha")
    desk.queue.claim(items[1], actor="lead")
    with pytest.raises(ParameterError, match="'count' parameter of decide_many"):
        desk.queue.decide_many(items, "deny", count=4, actor="lead", **WHY)
    with pytest.raises(NotAllowedError, match=r"queue.many"):
        desk.queue.decide_many(items, "deny", count=5, actor="asha", **WHY)
    batch = desk.queue.decide_many([*items, items[2]], "deny", count=5, actor="lead", **WHY)
    assert [one.item_id for one in batch.decided] == items[1:]
    assert batch.left == {items[0]: "claimed"}
    for item_id in items[1:]:  # and undone
        done = desk.queue.overturn(item_id, "approve", actor="lead", reason="no raid", norm="kind")
        assert done.allowed
    again = desk.queue.decide_many(items[1:], "approve", count=4, actor="lead", **WHY)
    assert len(again.decided) == 4 and again.left == {}


def test_lists(desk, people, clock):
    for number in range(7):
        clock.forward(seconds=1)
        hold(desk, number, priority=number % 2)
    first = desk.queue.items(limit=3)
    rest = desk.queue.items(limit=100, after=first[-1].item_id)
    whole = desk.queue.items()
    assert first + rest == whole and len(whole) == 7
    mine = desk.queue.claim(actor="asha")
    assert desk.queue.items(claimed_by="asha") == [mine]
    assert desk.queue.items(claimed_by="nobody at all") == []
    assert desk.queue.items(state="claimed") == [mine]
    assert len(desk.queue.items(state="open", queues=["lobby"], kinds=["message"])) == 7
    assert desk.queue.items(queues=["bar"]) == [] == desk.queue.items(kinds=["review"])
    assert desk.queue.items(subject="message:m2")[0].subject == "message:m2"
    assert len(desk.queue.items(party="author7")) == 7
    assert desk.queue.counts() == {
        ("message", "lobby", "waiting"): 6,
        ("message", "lobby", "claimed"): 1,
    }


def test_proposals_in_a_batch_are_all_or_none(desk):
    many = [
        Proposal(kind="address", subject=f"address:{n}", payload_version="1") for n in range(50)
    ]
    items = desk.queue.propose_many(many)
    assert [item.subject for item in items] == [one.subject for one in many]
    assert desk.queue.propose_many(many) == items
    bad = [*many, Proposal(kind="address", subject="", payload_version="1")]
    with pytest.raises(ParameterError, match="'subject' parameter"):
        desk.queue.propose_many([bad[-1], *many])
    assert len(desk.queue.items()) == 50


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "nothing"}, "'kind' parameter of propose"),
        ({"subject": "asha@example.org"}, "'subject' parameter"),
        ({"subject": "x" * 301}, "'subject' parameter"),
        ({"payload": {"x": float("nan")}}, "'payload' parameter"),
        ({"payload": {"x": "y" * 300_000}}, "at most 262144 characters"),
        ({"payload": ["x"]}, "'payload' parameter"),
        ({"priority": 1.5}, "'priority' parameter"),
        ({"priority": True}, "'priority' parameter"),
        ({"payload_version": ""}, "'payload_version' parameter"),
        ({"expires_at": "soon"}, "'expires_at' parameter"),
        ({"idempotency_key": "x" * 129}, "'idempotency_key' parameter"),
    ],
)
def test_proposals_that_are_refused(desk, change, said):
    given = {"kind": "message", "subject": "message:1", "payload_version": "1", **change}
    with pytest.raises(ParameterError, match=said):
        desk.queue.propose(given.pop("kind"), given.pop("subject"), **given)
    assert desk.queue.items() == []


@pytest.mark.parametrize("kind", ["message", "review", "question"])
def test_a_message_stays_its_party_s(desk, kind):
    first = desk.queue.propose(kind, f"{kind}:1", payload_version="1", party="a")
    for party in ("b", None):
        for version in ("1", "2"):
            with pytest.raises(ItemConflictError, match="somebody else's") as told:
                desk.queue.propose(kind, f"{kind}:1", payload_version=version, party=party)
            assert told.value.why == "party"
    assert [item.item_id for item in desk.queue.items()] == [first.item_id]
    second = desk.queue.propose(kind, f"{kind}:1", payload_version="2", party="a")
    assert [i.item_id for i in desk.queue.items(state="open")] == [second.item_id]
    desk.queue.forget("a")  # erased, it is nobody's
    desk.queue.propose(kind, f"{kind}:1", payload_version="3", party="b")
    # Other kinds are about things, which change hands.
    desk.queue.propose("address", "address:1", payload_version="1", party="a")
    desk.queue.propose("address", "address:1", payload_version="2", party="b")


def test_any_text_comes_back_from_a_payload_as_it_was(desk):
    text = "\x00 \ud800 नमस्ते \u202e 👩\u200d👩 " + "\u0301" * 50
    item = desk.queue.propose("message", "message:1", payload_version="1", payload={"text": text})
    assert desk.queue.item(item.item_id).payload == {"text": text}


def test_questions_that_are_refused(desk, people):
    item = hold(desk)
    with pytest.raises(NotAtDeskError, match="knows no item 'q000000000000'"):
        desk.queue.claim("q000000000000", actor="asha")
    with pytest.raises(NotAtDeskError):
        desk.queue.decide("हहह", "deny", actor="asha", **WHY)
    desk.queue.claim(item.item_id, actor="asha")
    for more, said in (
        ({"outcome": "ban"}, "'outcome' parameter of decide must be one of approve, deny"),
        ({"reason": " "}, "'reason' parameter"),
        ({"norm": None}, "'norm' parameter of decide must be the id of a norm"),
        ({"correction": {"a": 1}}, "'correction' parameter"),
        ({"outcome": "correct"}, "'correction' parameter"),
    ):
        given = {"outcome": "deny", **WHY, **more}
        with pytest.raises(ParameterError, match=said):
            desk.queue.decide(item.item_id, given.pop("outcome"), actor="asha", **given)
    with pytest.raises(ParameterError, match="'minutes' parameter"):
        desk.queue.claim(actor="asha", minutes=0)
    with pytest.raises(ParameterError, match="'limit' parameter"):
        desk.queue.items(limit=0)
    with pytest.raises(ParameterError, match="'state' parameter"):
        desk.queue.items(state="held")
    assert desk.queue.item(item.item_id).state == "claimed"


def test_appeals_go_to_somebody_else_and_turn_the_decision_over(desk, people):
    item = hold(desk)
    desk.grant("judge", "moderator", actor="cli")
    desk.seats.give("judge", "appeals_judge", actor="cli")
    with pytest.raises(ItemConflictError, match="no decision"):
        desk.queue.appeal(item.item_id, "please", actor="system")
    desk.queue.claim(actor="lead")
    desk.queue.decide(item.item_id, "deny", actor="lead", **WHY)
    appeal = desk.queue.appeal(item.item_id, "it was a quotation", actor="system")
    assert desk.queue.appeal(item.item_id, "it was a quotation!", actor="system") == appeal
    assert desk.queue.claim(actor="asha") is None  # no judge
    with pytest.raises(ItemConflictError) as caught:
        desk.queue.claim(appeal.item_id, actor="lead")  # who decided does not judge
    assert caught.value.why == "own"
    mine = desk.queue.claim(actor="judge")
    assert mine.item_id == appeal.item_id and mine.payload["said"] == "it was a quotation"
    desk.queue.decide(appeal.item_id, "approve", actor="judge", reason="it was", norm="quoting")
    assert desk.queue.item(item.item_id).state == "approved"
    assert told(desk, item.item_id)[-1] == "overturned"
    with pytest.raises(NotAllowedError):
        desk.queue.overturn(item.item_id, "deny", actor="asha", **WHY)


def test_a_desk_of_the_first_schema_is_brought_up(place, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "NEWEST", "0001")
        with Desk.open(place) as desk:
            desk.grant("asha", "moderator", actor="cli")
            with desk._database.read() as connection:
                assert not sa.inspect(connection).has_table("desk_items")
    with Desk.open(place) as desk:
        assert desk.queue.items() == []
        assert desk.roles("asha") == ("moderator",) and desk.verify_audit() == 1


def test_processes_that_claim_at_once_share_the_items(place):
    with Desk.open(place) as desk:
        for name in ("p0", "p1", "p2"):
            desk.grant(name, "moderator", actor="cli")
        for number in range(30):
            hold(desk, number)
    script = (
        "import sys; from chowk.desk import Desk\n"
        "with Desk.open(sys.argv[1]) as d:\n"
        "    sys.stdin.readline()\n"
        "    while (item := d.queue.claim(actor=sys.argv[2])) is not None:\n"
        "        print(item.item_id)\n"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", script, place, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("p0", "p1", "p2")
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    got = [racer.communicate(timeout=60)[0].split() for racer in racers]
    assert len({item for own in got for item in own}) == 30 == sum(map(len, got))
    with Desk.open(place) as desk:
        assert desk.verify_audit() == 3 + 30 + 30
