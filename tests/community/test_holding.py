"""Held text reaches nobody before approval, whatever happens, in whatever order."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chowk.community.holding import Holding, urgency, version_of
from chowk.desk import Desk
from chowk.errors import NotAllowedError, ParameterError
from community.fleet import rounds
from community.schedules import Clock, world

HOLD = {"decision": "hold", "category": "bullying", "level": 3, "reasons": ["model"]}


class Ticking(Clock):
    def __call__(self):
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def desk(tmp_path):
    with Desk.open(tmp_path / "desk.db", clock=Ticking()) as opened:
        opened.grant("asha", "moderator", actor="cli")
        yield opened


def decided(desk, outcome, **more):
    item = desk.queue.claim(actor="asha")
    given = {"reason": "because", "norm": "kind", **more}
    return desk.queue.decide(item.item_id, outcome, actor="asha", **given)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_schedules_with_crashes(tmp_path, seed):
    """A short run of what bench/holds.py plays 10,000 times."""
    with world(tmp_path, seed) as played:
        for _ in range(12):
            played.schedule()
    assert played.count["crashes"] > 12 and played.count["refused"] > 5
    assert min(played.count[end] for end in ("approved", "denied", "expired")) > 1


def test_the_schedules_find_a_hold_that_leaks(tmp_path, monkeypatch):
    monkeypatch.setattr(Holding, "shown", lambda self, name: f"text {name[1:]}")
    with pytest.raises(AssertionError, match="is Message"), world(tmp_path, 1) as played:
        played.schedule()


def test_the_schedules_find_a_claim_that_two_have(tmp_path, monkeypatch):
    from chowk.desk import queue_steps

    def careless(connection, now, row, by, minutes):
        row = type("Row", (), {**row._mapping, "state": "waiting"})
        return claim(connection, now, row, by, minutes)

    claim = queue_steps.claim
    monkeypatch.setattr(queue_steps, "claim", careless)
    with pytest.raises(AssertionError), world(tmp_path, 1) as played:
        for _ in range(25):
            played.schedule()


def test_a_harmless_edit_takes_the_place_of_what_waits(desk):
    holding = Holding(desk.queue)
    harmless = {"decision": "allow"}
    holding.send("m1", "lobby", "a", "all muslims should die", HOLD)
    with pytest.raises(ParameterError, match="author's own"):
        holding.send("m1", "lobby", "b", "hijacked", harmless)
    assert holding.send("m1", "lobby", "a", "nice goal", harmless).status == "held"
    desk.grant("asha", "moderator", actor="cli")
    item = desk.queue.claim(actor="asha")
    assert item.payload["text"] == "nice goal"
    desk.queue.decide(item.item_id, "approve", actor="asha", reason="fine", norm="kind")
    assert holding.shown("m1") == "nice goal"
    assert desk.queue.claim(actor="asha") is None
    # Sent again, what was decided stands.
    assert holding.send("m1", "lobby", "a", "nice goal", harmless).status == "approved"


def test_what_is_allowed_is_shown_without_anybody(desk):
    holding = Holding(desk.queue)
    assert holding.send("m1", "lobby", "a", "hi", {"decision": "allow"}).status == "shown"
    assert desk.queue.items() == []
    with pytest.raises(ParameterError, match="'verdict' parameter"):
        holding.send("m1", "lobby", "a", "hi", {"decision": "ban"})


def test_an_edit_is_held_anew_and_what_was_approved_stays(desk):
    holding = Holding(desk.queue)
    holding.send("m1", "lobby", "a", "first", HOLD)
    decided(desk, "approve")
    assert holding.send("m1", "lobby", "a", "second", HOLD).status == "held"
    assert holding.shown("m1") == "first" and holding.status("m1").status == "held"
    holding.send("m1", "lobby", "a", "third", HOLD)  # before anybody looked
    assert [item.payload["text"] for item in desk.queue.items(state="open")] == ["third"]
    decided(desk, "deny")
    assert holding.shown("m1") == "first" and holding.status("m1").status == "denied"
    assert [n.status for n in holding.notices("a")] == [
        "held",
        "approved",
        "held",
        "replaced",
        "held",
        "denied",
    ]


@pytest.mark.parametrize("outcome", [None, "approve", "deny"])
def test_nobody_edits_another_s_message(desk, outcome):
    holding = Holding(desk.queue)
    holding.send("m1", "lobby", "asha", "mine", HOLD)
    if outcome:
        decided(desk, outcome)
    before = holding.status("m1"), holding.shown("m1"), holding.notices("asha")
    with pytest.raises(ParameterError, match="the author's own"):
        holding.send("m1", "lobby", "eve", "not mine", HOLD)
    assert (holding.status("m1"), holding.shown("m1"), holding.notices("asha")) == before
    assert holding.notices("eve") == []


def test_a_decision_that_is_turned_over_takes_the_text_away(desk):
    holding = Holding(desk.queue)
    holding.send("m1", "lobby", "a", "text", HOLD)
    item = decided(desk, "approve")
    desk.queue.overturn(item.item_id, "deny", actor="cli", reason="a code word", norm="kind")
    assert holding.shown("m1") is None and holding.status("m1").appealable


def test_a_correction_shows_its_own_text_and_nothing_else(desk):
    holding = Holding(desk.queue)
    holding.send("m1", "lobby", "a", "my number is 12345", HOLD)
    decided(desk, "correct", correction={"text": "my number is …"})
    assert holding.shown("m1") == "my number is …"
    holding.send("m2", "lobby", "a", "my number is 12345", HOLD)
    decided(desk, "correct", correction={"label": "private"})
    assert holding.shown("m2") is None


def test_the_urgent_come_first(desk):
    holding = Holding(desk.queue)
    for name, level, viewers in (("m1", 1, 5), ("m2", 4, 5), ("m3", 4, 5000), ("m4", 0, 9)):
        holding.send(name, "lobby", "a", name, {**HOLD, "level": level}, viewers=viewers)
    order = [desk.queue.claim(actor="asha").subject for _ in range(4)]
    assert order == ["message:m3", "message:m2", "message:m1", "message:m4"]


def test_an_erased_author_s_messages_are_gone_and_the_log_holds(desk):
    holding = Holding(desk.queue)
    holding.send("m1", "lobby", "a", "text of a", HOLD)
    decided(desk, "approve")
    holding.send("m2", "lobby", "a", "more of a", HOLD)
    holding.send("m3", "lobby", "b", "text of b", HOLD)
    assert desk.queue.forget("a") == 2
    assert holding.shown("m1") is None and holding.status("m2").status == "expired"
    assert [item.subject for item in desk.queue.items(state="open")] == ["message:m3"]
    assert holding.notices("a") == []
    assert b"text of a" not in Path(desk.place).read_bytes()
    desk.verify_audit()


class AllAtOnce:
    """A queue of which all look before anybody proposes."""

    def __init__(self, queue, many):
        self.queue, self.barrier = queue, threading.Barrier(many)
        self.propose, self.steps = queue.propose, queue.steps

    def items(self, **asked):
        found = self.queue.items(**asked)
        self.barrier.wait()
        return found


@pytest.mark.parametrize("desks", [1, 3])
@pytest.mark.parametrize("same_text", [False, True])
def test_of_many_who_send_one_id_at_once_one_is_its_author(tmp_path, desks, same_text):
    many = 12
    opened = [Desk.open(tmp_path / "desk.db") for _ in range(desks)]
    for round_ in range(3):
        together = AllAtOnce(opened[0].queue, many)
        queues = [together]
        for desk in opened[1:]:  # another worker's, at the same file
            other = AllAtOnce(desk.queue, many)
            other.barrier = together.barrier
            queues.append(other)

        def send(number, name=f"race{round_}", queues=queues):
            text = "nobody likes you" + ("" if same_text else f" {number}")
            try:
                holding = Holding(queues[number % desks])
                return holding.send(name, "lobby", f"a{number}", text, HOLD)
            except ParameterError as error:
                return str(error)

        with ThreadPoolExecutor(many) as threads:
            told = list(threads.map(send, range(many)))
        won = [number for number, one in enumerate(told) if not isinstance(one, str)]
        assert len(won) == 1
        assert sum("must be the author's own" in one for one in told if isinstance(one, str)) == 11
        items = opened[0].queue.items(subject=f"message:race{round_}")
        assert [(i.state, i.party, i.item_id) for i in items] == [
            ("waiting", f"a{won[0]}", told[won[0]].item_id)
        ]
        holding = Holding(opened[0].queue)
        for number in range(many):
            mine = [n for n in holding.notices(f"a{number}") if n.message_id == f"race{round_}"]
            assert [one.status for one in mine] == (["held"] if number in won else [])
    opened[0].verify_audit()
    for desk in opened:
        desk.close()


def test_bad_input_is_answered(desk):
    holding = Holding(desk.queue)
    for text in ("x" * 100_000, "\ud800", "\u0301" * 1000, "@a " * 10_000, "<b>&amp;\x00"):
        assert holding.send(f"m-{len(text)}", "lobby", "a", text, HOLD).status == "held"
        assert holding.shown(f"m-{len(text)}") is None
    texts = {item.payload["text"] for item in desk.queue.items(state="open")}
    assert "\ud800" in texts and "<b>&amp;\x00" in texts
    with pytest.raises(ParameterError, match=r"'text' parameter of send.* at most 262144"):
        holding.send("m1", "lobby", "a", "x" * 1_000_000, HOLD)
    for name in ("", None, "x" * 400, "\x00"):
        with pytest.raises(ParameterError):
            holding.send(name, "lobby", "a", "x", HOLD)
    with pytest.raises(ParameterError, match="'kind' parameter"):
        Holding(desk.queue, kind="appeal")
    with pytest.raises(ParameterError):
        urgency(5)
    with pytest.raises(NotAllowedError):
        holding.send("m9", "lobby", "a", "x", HOLD, actor="asha's cousin")
    assert holding.status("nothing").status == "unknown" and holding.shown("nothing") is None
    assert len(version_of("\ud800")) == 32
    assert holding.send(
        "m8", "lobby", "a", "x", HOLD, expires_at=datetime(2020, 1, 1, tzinfo=UTC)
    ).status in ("held", "expired")
    desk.queue.expire()
    assert holding.status("m8").status == "expired"


@pytest.mark.kill
def test_real_processes_that_are_killed(tmp_path):
    assert rounds(str(tmp_path / "desk.db"), 2, seed=5) > 0
