"""Seats and rights: every cell of the matrix, its edits, and what each seat can really do."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from chowk.desk import RIGHTS, SEATS, Desk, queue_rights
from chowk.errors import ItemConflictError, NotAllowedError, NotAtDeskError, ParameterError

WHY = {"reason": "as the norm says", "norm": "kind"}

#: The matrix of a new store, written out apart from the module: a letter a right, in its order.
CELLS = {
    #                    see claim decide alone second many assign authors give lift
    #                    nread nwrite kind norms settings raids appeals pread share health
    "queue_reviewer": "11111 00 0 00 111 00 0 0 10 0",
    "conversation_host": "11111 00 1 00 111 00 0 0 10 1",
    "incident_responder": "11111 11 1 11 110 00 1 0 10 1",
    "norm_keeper": "10000 00 1 00 110 11 0 0 11 1",
    "trainee": "11100 00 0 00 101 00 0 0 10 0",
    "appeals_judge": "10000 00 1 01 110 00 0 1 10 1",
    "outside_reviewer": "11110 00 0 00 000 00 0 0 00 0",
}


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """A desk where everybody has one seat, in the queue 'lobby'."""
    with Desk.open(tmp_path_factory.mktemp("seats") / "desk.db") as desk:
        for seat in SEATS:
            role = "external_moderator" if seat == "outside_reviewer" else "moderator"
            desk.grant(f"the {seat}", role, actor="cli")
            desk.seats.give(f"the {seat}", seat, queue="lobby", actor="cli")
        yield desk


@pytest.mark.parametrize("seat", SEATS)
def test_every_cell(settled, seat):
    cells = CELLS[seat].replace(" ", "")
    assert len(cells) == len(RIGHTS)
    for right, cell in zip(RIGHTS, cells, strict=True):
        assert settled.seats.may(f"the {seat}", right, "lobby") is (cell == "1"), right
        assert settled.seats.may(f"the {seat}", right, "another") is False, right


@pytest.mark.parametrize(("seat", "right"), [*product(SEATS, RIGHTS)])
def test_every_cell_can_be_edited_and_is_back_again(settled, seat, right):
    before = settled.seats.matrix()
    was = right in before[seat]
    assert settled.seats.set_right(seat, right, not was, actor="cli", reason="try") is True
    after = settled.seats.matrix()
    assert (right in after[seat]) is not was
    assert settled.seats.may(f"the {seat}", right, "lobby") is not was
    changed = [(s, r) for s, r in product(SEATS, RIGHTS) if (r in after[s]) != (r in before[s])]
    assert changed == [(seat, right)]
    assert settled.seats.set_right(seat, right, not was, actor="cli") is False
    assert settled.seats.set_right(seat, right, was, actor="cli") is True
    assert settled.seats.matrix() == before
    row = settled.audit(subject=f"seat:{seat}", limit=10_000)[-2]
    assert (row.action, row.before, row.after) == (
        "right.changed",
        {right: was},
        {right: not was},
    )
    assert row.reason == "try"


def acts(desk: Desk, item_id: str, who: str, queue: str) -> dict[str, object]:
    """What happens when somebody uses each right that the desk itself guards, on a fresh item."""
    write, remark = desk.records.write, desk.records.remark
    kept = {"actor": who, "queue": queue}
    stamp = item_id[-6:]
    norms = {"norms": [{"id": stamp, "text": "x"}, {"id": "kind", "text": "y"}]}
    return {
        "queue.see": lambda: desk.queue.item(item_id, actor=who),
        "queue.claim": lambda: desk.queue.claim(item_id, actor=who),
        "queue.decide": lambda: desk.queue.decide(item_id, "deny", actor=who, **WHY),
        "queue.many": lambda: desk.queue.decide_many(
            [item_id], "approve", count=1, actor=who, **WHY
        ),
        "queue.assign": lambda: desk.queue.assign(item_id, "the queue_reviewer", actor=who),
        "strikes.give": lambda: remark("strike", f"author:{stamp}", {"weight": 1}, **kept),
        "strikes.lift": lambda: desk.records.withdraw(
            remark("strike", f"author:{stamp}", {}, queue=queue, actor="cli").remark_id, actor=who
        ),
        "notes.write": lambda: remark("note", f"item:{item_id}", {"text": "x"}, **kept),
        "kindness.mark": lambda: remark("kind_act", f"author:{stamp}", {}, **kept),
        "norms.edit": lambda: write("norms", queue, norms, actor=who),
        "raids.act": lambda: write("guard", queue, {"accounts": int(stamp, 16)}, actor=who),
        "precedents.share": lambda: write("sharing", queue, {"x": stamp}, actor=who),
    }


#: Rights that the desk guards by other ways than an error, or that the server asks it about; they
#: have tests of their own.
ELSEWHERE = {
    "queue.alone", "queue.second", "authors.see", "notes.read", "appeals.decide",
    "precedents.read", "health.see",
    "settings.edit",  # tests/serve/test_moderation_rules.py, seat by seat
}  # fmt: skip


def test_no_right_is_without_its_act(settled):
    assert set(acts(settled, "q000000000000", "", "")) | ELSEWHERE == set(RIGHTS)


@pytest.mark.parametrize(("seat", "right"), [*product(SEATS, sorted(set(RIGHTS) - ELSEWHERE))])
def test_the_desk_does_what_the_matrix_says(settled, seat, right):
    item = settled.queue.propose(
        "message", f"message:{seat}.{right}", payload_version="1", queue="lobby"
    )
    elsewhere = settled.queue.propose(
        "message", f"message:{seat}.{right}.2", payload_version="1", queue="bar"
    )
    who = f"the {seat}"
    with pytest.raises(NotAllowedError):
        acts(settled, elsewhere.item_id, who, "bar")[right]()
    if settled.seats.may(who, right, "lobby"):
        if right == "queue.decide":
            settled.queue.claim(item.item_id, actor=who)
        acts(settled, item.item_id, who, "lobby")[right]()
    else:
        with pytest.raises(NotAllowedError, match=right.replace(".", r"\.")):
            acts(settled, item.item_id, who, "lobby")[right]()


@pytest.mark.parametrize("seat", SEATS)
def test_rights_that_show_or_hide(settled, seat):
    """Notes, strikes and watches are read, and appeals decided, where the matrix says so."""
    who, records = f"the {seat}", settled.records
    for queue in ("lobby", "bar"):
        records.remark("note", "item:q1", {"text": seat}, queue=queue, actor="cli")
        records.remark("watch", "author:a1", {"verdict": "possible"}, queue=queue, actor="cli")
    for kind, right in (("note", "notes.read"), ("watch", "authors.see")):
        seen = {one.queue for one in records.remarks(kind, actor=who)}
        assert seen == ({"lobby"} if settled.seats.may(who, right, "lobby") else set()), right
    item = settled.queue.propose(
        "message", f"message:ap-{seat}", payload_version="1", queue="lobby"
    )
    settled.queue.claim(item.item_id, actor="cli")
    settled.queue.decide(item.item_id, "deny", actor="cli", **WHY)
    appeal = settled.queue.appeal(item.item_id, "look again", actor="system")
    if settled.seats.may(who, "appeals.decide", "lobby"):
        settled.queue.claim(appeal.item_id, actor=who)
        settled.queue.decide(appeal.item_id, "approve", actor=who, **WHY)
        assert settled.queue.item(item.item_id).state == "approved"
    else:
        with pytest.raises(NotAllowedError, match=r"appeals\.decide"):
            settled.queue.claim(appeal.item_id, actor=who)
        assert appeal.item_id not in {one.item_id for one in settled.queue.items(actor=who)}


def test_an_outside_reviewer_sees_his_queue_alone(settled):
    who = "the outside_reviewer"
    for queue in ("lobby", "bar", "backroom"):
        settled.queue.propose("review", f"review:{queue}", payload_version="1", queue=queue)
    seen = settled.queue.items(actor=who, limit=1000)
    assert {item.queue for item in seen} == {"lobby"}
    assert settled.queue.items(actor=who, queues=["bar"]) == []
    claimed = settled.queue.claim(actor=who, kinds=["review"])
    assert claimed.subject == "review:lobby"
    assert settled.queue.claim(actor=who, kinds=["review"]) is None


def test_an_outside_reviewer_without_a_queue_sees_nothing(desk):
    desk.grant("temp", "external_moderator", actor="cli")
    desk.queue.propose("message", "message:1", payload_version="1")
    assert desk.queue.items(actor="temp") == [] and desk.queue.claim(actor="temp") is None
    assert desk.seats.of("temp") == []


def test_a_trainee_is_seconded(desk):
    for name, seat in (("new", "trainee"), ("old", "queue_reviewer")):
        desk.grant(name, "moderator", actor="cli")
        desk.seats.give(name, seat, actor="cli")
    desk.grant("out", "moderator", actor="cli")
    desk.seats.give("out", "outside_reviewer", actor="cli")
    item = desk.queue.propose("message", "message:1", payload_version="1")
    desk.queue.claim(actor="new")
    with pytest.raises(ParameterError, match="for a trainee"):
        desk.queue.decide(item.item_id, "correct", actor="new", correction={"a": 1}, **WHY)
    said = desk.queue.decide(item.item_id, "approve", actor="new", **WHY)
    assert (said.state, said.advice, said.advice_norm, said.allowed) == (
        "waiting",
        "approve",
        "kind",
        False,
    )
    assert desk.queue.decide(item.item_id, "approve", actor="new", **WHY) == said
    assert desk.queue.claim(actor="new") is None  # not his own
    assert desk.queue.claim(actor="out") is None  # who may not second
    for who in ("new", "out"):
        with pytest.raises(ItemConflictError) as caught:
            desk.queue.claim(item.item_id, actor=who)
        assert caught.value.why == "own"
    assert desk.queue.claim(actor="old").item_id == item.item_id
    done = desk.queue.decide(item.item_id, "deny", actor="old", **WHY)
    assert done.state == "denied" and done.advice == "approve"  # kept, to learn from
    told = [row.action for row in desk.queue.history(item.item_id)]
    assert told[1:] == ["item.claimed", "item.advised", "item.claimed", "item.decided"]


def test_a_moderator_without_a_seat_reviews_and_a_seat_narrows(desk):
    desk.grant("asha", "moderator", actor="cli")
    assert desk.seats.of("asha") == [("queue_reviewer", "*")]
    assert desk.seats.give("asha", "norm_keeper", actor="cli", queue="lobby") is True
    assert desk.seats.give("asha", "norm_keeper", actor="cli", queue="lobby") is False
    assert desk.seats.of("asha") == [("norm_keeper", "lobby")]
    assert not desk.seats.may("asha", "queue.claim", "lobby")
    assert desk.seats.take("asha", "norm_keeper", actor="cli", queue="lobby") is True
    assert desk.seats.take("asha", "norm_keeper", actor="cli", queue="lobby") is False
    assert desk.seats.may("asha", "queue.claim", "lobby")


def test_a_slip_of_the_pen_gives_nobody_a_seat(desk):
    for act in (desk.seats.give, desk.seats.take):
        with pytest.raises(NotAtDeskError, match="knows nobody of that name"):
            act("merra", "incident_responder", actor="cli")
    assert desk.members() == []


def test_a_seat_gives_nothing_without_a_role(desk):
    desk.pseudonym("meera")
    desk.seats.give("meera", "incident_responder", actor="cli")
    assert not desk.seats.may("meera", "queue.see", "lobby")
    item = desk.queue.propose("message", "message:1", payload_version="1")
    with pytest.raises(NotAllowedError):
        desk.queue.claim(item.item_id, actor="meera")


def test_only_owners_edit_the_matrix_and_only_leads_seat(desk):
    for name, role in (("boss", "owner"), ("lead", "moderation_lead"), ("asha", "moderator")):
        desk.grant(name, role, actor="cli")
    for name in ("lead", "asha", "nobody"):
        with pytest.raises(NotAllowedError):
            desk.seats.set_right("trainee", "queue.alone", True, actor=name)
    assert desk.seats.set_right("trainee", "queue.alone", True, actor="boss") is True
    with pytest.raises(NotAllowedError):
        desk.seats.give("lead", "norm_keeper", actor="asha")
    with pytest.raises(NotAllowedError, match="comes from somebody else"):
        desk.seats.give("lead", "norm_keeper", actor="lead")
    assert desk.seats.give("asha", "norm_keeper", actor="lead") is True


def test_an_edited_matrix_is_there_again(place):
    with Desk.open(place) as desk:
        desk.seats.set_right("trainee", "queue.alone", True, actor="cli")
        edited = desk.seats.matrix()
    with Desk.open(place) as desk:
        assert desk.seats.matrix() == edited != dict(queue_rights.DEFAULT_MATRIX)


def test_what_is_no_seat_or_right(desk):
    with pytest.raises(ParameterError, match="'seat' parameter of set_right"):
        desk.seats.set_right("king", "queue.see", True, actor="cli")
    with pytest.raises(ParameterError, match="'right' parameter of set_right"):
        desk.seats.set_right("trainee", "queue.se", True, actor="cli")
    with pytest.raises(ParameterError, match="'held' parameter"):
        desk.seats.set_right("trainee", "queue.see", 1, actor="cli")
    with pytest.raises(ParameterError, match="'right' parameter of may"):
        desk.seats.may("cli", "queue.se", "lobby")


def test_the_documentation_shows_this_matrix():
    page = Path(__file__).parents[2] / "docs" / "moderator.md"
    assert queue_rights.table(queue_rights.DEFAULT_MATRIX) in page.read_text("utf-8")
