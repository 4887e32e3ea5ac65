"""Erasing a person: no byte of the name is left, and the audit log still verifies."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from chowk.desk import Desk, tables
from chowk.errors import KeyRefusedError, NotAllowedError, NotAtDeskError, ParameterError

NAME = "Anasuya Venkataraghavan"


def everything(desk: Desk) -> str:
    with desk._database.read() as connection:
        return "".join(
            str(connection.execute(sa.select(table)).all())
            for table in tables.metadata.sorted_tables
        )


def lives(desk: Desk) -> tuple[str, str, str]:
    """A person who does things; gives the id, a secret and a session token."""
    desk.grant(NAME, "moderator", actor="cli", reason=f"{NAME} joined")
    key, secret = desk.create_key(f"{NAME}'s phone", "staff", actor="cli", member=NAME)
    token = desk.redeem_ticket(desk.create_ticket(key.key_id))
    for actor in (NAME, key.key_id, "ravi"):
        desk.record(actor=actor, action="message.held", subject="message:1", reason=f"by {NAME}")
    return desk.pseudonym(NAME), secret, token


def test_the_name_goes_the_chain_stays(desk, clock):
    member, secret, token = lives(desk)
    rows = desk.verify_audit()
    desk.check_key(secret)
    clock.forward(days=1)
    # What somebody else typed about another matter is not found by an id; it has its own call.
    desk.erase_reason(rows, actor="cli")
    desk.erase(NAME)
    assert NAME not in everything(desk)
    told = desk.audit()
    assert desk.verify_audit() == len(told) == rows + 3
    assert [row.seq for row in told if row.actor == member] == [rows - 2]
    assert told[rows - 3].actor_name is None and told[rows - 3].reason is None
    assert told[-1].action == "person.erased" and told[-1].subject == f"member:{member}"
    assert told[-2].action == "key.revoked"
    with pytest.raises(KeyRefusedError, match="revoked"):
        desk.check_key(secret)
    with pytest.raises(KeyRefusedError):
        desk.check_session(token)
    assert desk.roles(NAME) == ()
    assert [(m.name, m.roles, m.erased_at) for m in desk.members() if m.member_id == member] == [
        (None, (), clock())
    ]


def test_no_byte_of_the_name_is_left_on_disk(tmp_path):
    with Desk.open(tmp_path / "desk.db") as desk:
        lives(desk)
        desk.erase_reason(desk.verify_audit(), actor="cli")
        assert any(NAME.encode() in path.read_bytes() for path in tmp_path.iterdir())
        desk.erase(NAME)
        assert not any(NAME.encode() in path.read_bytes() for path in tmp_path.iterdir())


def test_a_later_namesake_is_somebody_else(desk):
    member, _, _ = lives(desk)
    desk.erase(member)
    assert desk.pseudonym(NAME) != member
    for call in (lambda: desk.erase(member), lambda: desk.roles(member)):
        with pytest.raises(NotAtDeskError, match="or it was erased"):
            call()
    with pytest.raises(NotAtDeskError):
        desk.record(actor=member, action="x", subject="y")


def test_who_may_erase_whom(desk):
    lives(desk)
    desk.grant("boss", "owner", actor="cli")
    desk.grant("admin one", "admin", actor="cli")
    key, _ = desk.create_key("x", "shop", actor="cli")
    for actor in ("admin one", NAME, key.key_id):
        with pytest.raises(NotAllowedError, match=r"people\.erase"):
            desk.erase("boss", actor=actor)
    with pytest.raises(NotAtDeskError, match="erase knows nobody"):
        desk.erase("nobody")
    with pytest.raises(ParameterError, match="a key is revoked"):
        desk.erase(key.key_id)
    desk.erase(NAME, actor="boss")
    assert desk.audit()[-1].actor_name == "boss"


def test_many_reasons_are_erased_at_once(desk):
    for i in range(30):
        desk.record(actor="asha", action="x", subject=f"y:{i}", reason=f"reason {i}")
    desk.erase("asha")
    rows = desk.audit()
    assert all(row.reason is None for row in rows[:30])
    assert rows[30].after == {"keys": [], "reasons": list(range(1, 31))}
    assert desk.verify_audit() == 31


def test_the_files_are_their_owner_s_alone(tmp_path):
    with Desk.open(tmp_path / "desk.db") as desk:
        desk.pseudonym("asha")
        modes = {Path(path).stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {0o600}
