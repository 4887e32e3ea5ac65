"""Documents, remarks and surveys: versions, rights, and no answer that leads to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from chowk.errors import ItemConflictError, NotAllowedError, NotAtDeskError, ParameterError

NORMS = {"norms": [{"id": "kind", "text": "Disagree with ideas, not with people."}]}


@pytest.fixture
def asha(desk):
    desk.grant("asha", "moderator", actor="cli")
    return desk.pseudonym("asha")


def test_documents_have_versions(desk):
    first = desk.records.write("norms", "lobby", NORMS, actor="cli")
    assert desk.records.write("norms", "lobby", NORMS, actor="cli") == first
    more = {"norms": [*NORMS["norms"], {"id": "quoting", "text": "Quoting is fine."}]}
    with pytest.raises(ItemConflictError, match="at version 1") as caught:
        desk.records.write("norms", "lobby", more, actor="cli", version=0)
    assert caught.value.why == "version"
    second = desk.records.write("norms", "lobby", more, actor="cli", version=1, reason="a quarrel")
    assert second.version == 2 and desk.records.read("norms", "lobby") == second
    assert desk.records.read("norms", "lobby", version=1) == first
    assert desk.records.read("norms", "bar") is None
    assert desk.records.documents("norms") == [second]
    row = desk.audit()[-1]
    assert (row.subject, row.before) == ("norms:lobby", {"version": 1})
    assert "ideas" not in str(desk.audit())


def test_a_decision_stands_on_a_norm_of_its_channel(desk, asha):
    desk.records.write("norms", "lobby", NORMS, actor="cli")
    desk.queue.propose("message", "message:1", payload_version="1", queue="lobby")
    item = desk.queue.claim(actor="asha")
    with pytest.raises(ParameterError, match="must be one of the norms of 'lobby': kind"):
        desk.queue.decide(item.item_id, "deny", actor="asha", reason="x", norm="rude")
    done = desk.queue.decide(item.item_id, "deny", actor="asha", reason="x", norm="kind")
    assert done.norm == "kind"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"norms": []},
        {"norms": ["kind"]},
        {"norms": [{"id": "a", "text": "x"}] * 2},
        {"norms": [{"id": "a", "text": ""}]},
    ],
)
def test_norms_that_are_none(desk, body):
    with pytest.raises(ParameterError):
        desk.records.write("norms", "lobby", body, actor="cli")


def test_who_may_write_what(desk, asha):
    with pytest.raises(NotAllowedError, match=r"norms\.edit"):
        desk.records.write("norms", "lobby", NORMS, actor="asha")
    desk.seats.give("asha", "norm_keeper", queue="lobby", actor="cli")
    assert desk.records.write("norms", "lobby", NORMS, actor="asha").version == 1
    with pytest.raises(NotAllowedError):
        desk.records.write("norms", "bar", NORMS, actor="asha")
    with pytest.raises(NotAllowedError):
        desk.records.write("survey", "needs", {}, actor="asha")
    with pytest.raises(NotAllowedError):
        desk.records.remark("strike", "author:a", {}, queue="lobby", actor="asha")
    with pytest.raises(NotAllowedError):
        desk.records.remarks("note", actor="a stranger")
    with pytest.raises(ParameterError, match="'kind' parameter of remark "):
        desk.records.remark("gossip", "author:a", {}, queue="lobby", actor="cli")


def test_remarks_are_written_read_and_withdrawn(desk, asha, clock):
    note = desk.records.remark("note", "item:q1", {"text": "again"}, queue="lobby", actor="asha")
    clock.forward(days=1)
    desk.records.remark("note", "item:q2", {"text": "x"}, queue="bar", actor="cli")
    assert note.written_by == asha and note.body == {"text": "again"}
    assert desk.records.remarks("note", subject="item:q1") == [note]
    assert len(desk.records.remarks("note")) == 2
    assert len(desk.records.remarks("note", since=clock() - timedelta(hours=1))) == 1
    desk.seats.give("asha", "queue_reviewer", queue="bar", actor="cli")
    assert [one.queue for one in desk.records.remarks("note", actor="asha")] == ["bar"]
    assert desk.records.withdraw(note.remark_id, actor="asha").withdrawn_at == clock()
    assert len(desk.records.remarks("note")) == 1
    assert len(desk.records.remarks("note", withdrawn=True)) == 2
    strike = desk.records.remark("strike", "author:a", {"w": 1}, queue="bar", actor="cli")
    with pytest.raises(NotAllowedError, match=r"strikes\.lift"):
        desk.records.withdraw(strike.remark_id, actor="asha")
    with pytest.raises(NotAtDeskError):
        desk.records.withdraw("r0", actor="cli")
    assert desk.records.forget("author:a") == 1
    assert desk.records.remarks("strike", subject="author:a") == []
    assert desk.verify_audit() > 0


def test_of_many_remarks_the_oldest_or_the_newest_are_read(desk, clock):
    for number in range(5):
        desk.records.remark("note", "item:q1", {"n": number}, queue="lobby", actor="cli")
        clock.forward(minutes=1)
    read = desk.records.remarks
    assert [one.body["n"] for one in read("note", limit=2)] == [0, 1]
    assert [one.body["n"] for one in read("note", limit=2, newest=True)] == [3, 4]
    assert read("note", newest=True) == read("note")


def test_a_survey_is_answered_once_and_by_nobody_in_particular(desk, asha):
    with pytest.raises(NotAtDeskError, match="no survey"):
        desk.records.answer("needs", {"q1": 3}, actor="asha")
    desk.records.write("survey", "needs", {"questions": [{"id": "q1"}]}, actor="cli")
    rows = len(desk.audit())
    desk.records.answer("needs", {"q1": 3}, actor="asha")
    assert len(desk.audit()) == rows  # a row would say when
    with pytest.raises(ItemConflictError, match="answered"):
        desk.records.answer("needs", {"q1": 5}, actor="asha")
    with pytest.raises(NotAllowedError):
        desk.records.answer("needs", {"q1": 5}, actor="a stranger")
    assert desk.records.answers("needs") == [{"q1": 3}] and desk.records.answers("x") == []
    with desk._database.read() as connection:
        kept = str(connection.execute(sa.text("SELECT * FROM desk_answers")).all())
        who = str(connection.execute(sa.text("SELECT * FROM desk_respondents")).all())
    assert asha not in kept + who and "2026" not in kept


@pytest.mark.parametrize("weight", [-5, "x", 11, True, float("nan"), None])
def test_a_strike_that_cannot_be_counted_is_refused(desk, weight):
    with pytest.raises(ParameterError, match="weight"):
        desk.records.remark("strike", "author:a7", {"weight": weight}, queue="lobby", actor="cli")
    assert desk.records.remarks("strike", subject="author:a7") == []
