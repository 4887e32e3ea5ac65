"""Opt-outs of pick-up notices: kept once, taken back, and in the audit log without the address."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from chowk.desk import tables
from chowk.errors import NotAllowedError, NotAtDeskError, ParameterError


def test_an_opt_out_is_kept_until_it_is_taken_back(desk):
    assert desk.declined.add("a-7", actor="cli", reason="asked by phone")
    assert not desk.declined.add("a-7", actor="cli")
    assert desk.declined.add("a-8", actor="cli")
    assert desk.declined.all() == {"a-7", "a-8"}
    assert desk.declined.remove("a-7", actor="cli")
    assert not desk.declined.remove("a-7", actor="cli")
    assert desk.declined.all() == {"a-8"}
    with desk._database.read() as connection:
        kept = connection.execute(sa.select(tables.remarks.c.subject)).scalars().all()
    assert sorted(map(str, kept)) == ["None", "a-8"], "what was taken back is known no more"
    rows = desk.audit()
    assert [row.action for row in rows] == [
        "notices.declined", "notices.declined", "notices.accepted"]  # fmt: skip
    assert rows[0].subject == rows[2].subject != rows[1].subject
    assert not any("a-7" in str(row) for row in rows)
    assert desk.verify_audit() == 3


def test_only_who_may_send_notices_notes_an_opt_out(desk):
    desk.grant("ravi", "operations_lead", actor="cli")
    desk.grant("asha", "moderation_lead", actor="cli")
    assert desk.declined.add("a-7", actor="ravi")
    for step in (desk.declined.add, desk.declined.remove):
        with pytest.raises(NotAllowedError, match=r"notices\.send"):
            step("a-7", actor="asha")
    remark = next(row.subject for row in desk.audit() if row.action == "notices.declined")
    with pytest.raises(NotAtDeskError):
        desk.records.withdraw(remark.removeprefix("remark:"), actor="asha")
    assert desk.declined.all() == {"a-7"}


@pytest.mark.parametrize("wrong", ["", "a\0b", 5, "x" * 301])
def test_an_address_id_that_is_none_is_named(desk, wrong):
    with pytest.raises(ParameterError, match="'address_id'"):
        desk.declined.add(wrong, actor="cli")
