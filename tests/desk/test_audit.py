"""The audit log: what was written stays, what was changed is found, what was erased is gone."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import UTC

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chowk.desk import Checked, Desk, verify_export
from chowk.errors import AuditChainError, DeskError, NotAtDeskError, ParameterError


def write(desk: Desk, rows: int = 5) -> None:
    for i in range(rows):
        desk.record(
            actor=f"person {i % 2}",
            role="moderator",
            action="message.held",
            subject=f"message:{i}",
            before={"state": "shown", "version": i},
            after={"state": "held", "version": i + 1},
            reason=f"because {i}" if i % 2 else "",
        )


def tamper(desk: Desk, *statements: str) -> None:
    """Change the database as one who owns it can: without the triggers."""
    with desk._database.write() as connection:
        if desk._database.dialect == "sqlite":
            names = connection.execute(
                sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            for name in list(names):
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(sa.text(statement))


def test_a_row_says_what_was_given(desk, clock):
    row = desk.record(
        actor="asha",
        role="merchandiser",
        action="collection.published",
        subject="collection:diwali",
        before={"version": 3, "members": ["p1", "p2"], "pinned": None},
        after={"version": 4, "members": ["p1"], "pinned": True},
        reason="sold out — पूरी तरह\nsee stock",
    )
    assert desk.audit() == [row]
    assert (row.seq, row.at, row.actor_name, row.role) == (1, clock(), "asha", "merchandiser")
    assert row.at.tzinfo is not None and row.at.utcoffset() == UTC.utcoffset(None)
    assert row.actor == desk.pseudonym("asha") and "asha" not in row.actor
    assert row.before == {"version": 3, "members": ["p1", "p2"], "pinned": None}
    assert row.after == {"version": 4, "members": ["p1"], "pinned": True}
    assert row.reason == "sold out — पूरी तरह\nsee stock"
    assert row.previous == "0" * 64


def test_the_hash_is_the_documented_one(desk):
    """Recomputed from what a reader of the documentation knows, not by the module."""
    write(desk, 3)
    previous = "0" * 64
    exported = io.StringIO()
    desk.export_audit(exported)
    for line in exported.getvalue().splitlines():
        row = json.loads(line)
        own = {
            name: row[name]
            for name in "seq at actor role action subject before after reason_digest".split()
        }
        text = json.dumps(own, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row["previous"] == previous
        previous = hashlib.sha256((previous + "\n" + text).encode()).hexdigest()
        assert row["hash"] == previous
        if "reason" in row:
            salted = (row["salt"] + row["reason"]).encode()
            assert hashlib.sha256(salted).hexdigest() == row["reason_digest"]
    assert desk.audit_end() == Checked(rows=3, hash=previous)


def test_pages_and_filters(desk):
    write(desk, 10)
    assert [row.seq for row in desk.audit(limit=4)] == [1, 2, 3, 4]
    assert [row.seq for row in desk.audit(after=8)] == [9, 10]
    assert [row.seq for row in desk.audit(subject="message:3")] == [4]
    assert [row.seq for row in desk.audit(actor="person 1", after=4)] == [6, 8, 10]
    by_id = desk.audit(actor=desk.pseudonym("person 1"), limit=2)
    assert [row.seq for row in by_id] == [2, 4]
    assert desk.audit(actor="nobody") == [] == desk.audit(actor="cli") == desk.audit(after=10)
    assert {member.name for member in desk.members()} == {"person 0", "person 1"}


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1_000_000}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"after": -1}, "after"),
        ({"after": 2**64}, "after"),
    ],
)
def test_limits(desk, asked, rule):
    with pytest.raises(ParameterError, match=f"'{rule}' parameter of audit"):
        desk.audit(**asked)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE desk_audit SET subject = 'x' WHERE seq = 2",
        "UPDATE desk_audit SET seq = 9 WHERE seq = 5",
        "DELETE FROM desk_audit WHERE seq = 5",
        "DELETE FROM desk_audit",
        "UPDATE desk_audit_reasons SET text = 'x'",
        "INSERT INTO desk_audit SELECT seq + 9, at, actor, role, action, subject, before, after,"
        " reason_digest, previous, hash FROM desk_audit WHERE seq = 1",
    ],
)
def test_the_database_refuses_changes_and_removals(desk, statement):
    write(desk)
    before = desk.audit()
    with (
        pytest.raises(DeskError, match="audit log"),
        desk._database.write() as connection,
    ):
        connection.execute(sa.text(statement))
    assert desk.audit() == before
    assert desk.verify_audit() == 5


def test_the_database_refuses_what_only_one_engine_has(desk):
    write(desk)
    statements = {
        "sqlite": "INSERT OR REPLACE INTO desk_audit SELECT seq, at, actor, role, action, 'x',"
        " before, after, reason_digest, previous, hash FROM desk_audit WHERE seq = 2",
        "postgresql": "TRUNCATE desk_audit CASCADE",
    }
    with pytest.raises(DeskError, match="audit log"), desk._database.write() as connection:
        connection.execute(sa.text(statements[desk._database.dialect]))
    assert desk.verify_audit() == 5


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["UPDATE desk_audit SET subject = 'message:9' WHERE seq = 3"], "Row 3 .* changed"),
        (["UPDATE desk_audit SET role = 'owner' WHERE seq = 1"], "Row 1 .* changed"),
        (["UPDATE desk_audit SET at = '2020' WHERE seq = 5"], "Row 5 .* changed"),
        (["UPDATE desk_audit SET after = NULL WHERE seq = 2"], "Row 2 .* changed"),
        (["UPDATE desk_audit SET previous = hash WHERE seq = 2"], "Row 2 .* follow"),
        (["DELETE FROM desk_audit WHERE seq = 3"], "Row 3 .* missing: row 4 comes"),
        (["DELETE FROM desk_audit WHERE seq = 1"], "Row 1 .* missing: row 2 comes"),
        (["DELETE FROM desk_audit WHERE seq = 5"], "ends with row 4, and its head says row 5"),
        (["UPDATE desk_audit_reasons SET text = 'x' WHERE seq = 4"], "Row 4 .* reason that was"),
        (["DELETE FROM desk_audit_reasons WHERE seq = 2"], "Row 2 .* lost its reason"),
        (["UPDATE desk_audit_head SET hash = 'x'"], "ends with row 5"),
    ],
)
def test_what_got_round_the_triggers_is_found(desk, statements, said):
    write(desk)
    assert desk.verify_audit() == 5
    tamper(desk, *statements)
    with pytest.raises(AuditChainError, match=said):
        desk.verify_audit()


def test_a_log_that_was_cut_and_whose_head_was_set_back_is_found_by_an_anchor(desk):
    write(desk)
    end = desk.audit_end()
    write(desk, 2)
    assert desk.verify_audit(anchor=end) == 7
    row = desk.audit(after=3, limit=1)[0]
    tamper(
        desk,
        "DELETE FROM desk_audit_reasons WHERE seq > 4",
        "DELETE FROM desk_audit WHERE seq > 4",
        f"UPDATE desk_audit_head SET seq = 4, hash = '{row.hash}'",
    )
    assert desk.verify_audit() == 4  # the chain alone cannot tell
    with pytest.raises(AuditChainError, match=r"Row 5 .* missing: the log had 5 rows"):
        desk.verify_audit(anchor=end)
    write(desk, 3)
    with pytest.raises(AuditChainError, match=r"Row 5 .* not the one that was written down"):
        desk.verify_audit(anchor=end)


def test_a_row_and_what_it_tells_of_are_one_transaction(desk, monkeypatch):
    """When the row cannot be written, the key is not made, revoked, nor the role given."""
    key, secret = desk.create_key("x", "shop", actor="cli")
    tamper(desk, "UPDATE desk_audit_head SET seq = 0")  # the next row's number is taken
    for change in (
        lambda: desk.create_key("y", "shop", actor="cli"),
        lambda: desk.revoke_key(key.key_id, actor="cli"),
        lambda: desk.rotate_key(key.key_id, actor="cli"),
        lambda: desk.grant("asha", "viewer", actor="cli"),
        lambda: desk.create_ticket(key.key_id),
    ):
        with pytest.raises(DeskError):
            change()
    assert desk.keys() == [key]
    assert desk.check_key(secret).version == 1
    assert desk.roles("asha") == () and desk.members() == []


@pytest.mark.parametrize(
    ("given_", "named"),
    [
        ({"action": "Held"}, "action"),
        ({"action": ""}, "action"),
        ({"action": "a" * 65}, "action"),
        ({"action": "person.erased"}, "action"),
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 301}, "subject"),
        ({"subject": "a\x00b"}, "subject"),
        ({"subject": "customer:asha@example.org"}, "subject"),
        ({"after": {"email": "asha@example.org"}}, "after"),
        ({"after": {"score": 0.5}}, "after"),
        ({"after": {"n": 2**53}}, "after"),
        ({"after": {1: "x"}}, "after"),
        ({"after": ["x"]}, "after"),
        ({"before": {"x": b"bytes"}}, "before"),
        ({"before": {"x": "y" * 1025}}, "before"),
        ({"before": {str(i): "y" * 1000 for i in range(17)}}, "before"),
        ({"reason": "x" * 2001}, "reason"),
        ({"reason": "a\x00"}, "reason"),
        ({"reason": "\ud800"}, "reason"),
        ({"role": "king"}, "role"),
        ({"actor": ""}, "actor"),
        ({"actor": "moderator"}, "actor"),
        ({"actor": "System"}, "actor"),
    ],
)
def test_what_does_not_belong_in_the_log_is_refused_by_name(desk, given_, named):
    row = {"actor": "asha", "action": "message.held", "subject": "message:1"} | given_
    with pytest.raises(ParameterError, match=f"The '{named}' parameter of record must be"):
        desk.record(**row)
    assert desk.audit() == [] and desk.members() == []


def test_ids_of_nobody_are_refused(desk):
    for actor in ("k000000000000", "m000000000000"):
        with pytest.raises(NotAtDeskError, match=actor):
            desk.record(actor=actor, action="message.held", subject="message:1")


def test_without_a_role_the_broadest_held_is_recorded(desk):
    desk.grant("asha", "moderator", actor="cli")
    desk.grant("asha", "admin", actor="cli")
    assert desk.record(actor="asha", action="a", subject="b").role == "admin"
    assert desk.record(actor="ravi", action="a", subject="b").role == "none"
    assert desk.record(actor="system", action="a", subject="b").role == "system"
    assert desk.audit()[-1].actor_name is None


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs"]), min_size=1)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20).filter(
        lambda text: "@" not in text
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    before=st.none() | st.dictionaries(names, plain, max_size=3),
    after=st.dictionaries(names, plain, max_size=3),
    reason=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=40),
)
def test_any_record_comes_back_as_it_went_in_and_verifies(desk, before, after, reason):
    row = desk.record(
        actor="asha", action="x", subject="y:1", before=before, after=after, reason=reason
    )
    assert (row.before, row.after, row.reason) == (before, after, reason)
    assert desk.verify_audit() == row.seq


def test_the_export_stands_on_its_own(desk, tmp_path):
    write(desk, 6)
    file = tmp_path / "audit.jsonl"
    assert desk.export_audit(file) == 6 == verify_export(file)
    end = desk.audit_end().hash
    assert verify_export(file, end=end) == 6
    lines = file.read_text("utf-8").splitlines(keepends=True)
    assert "person 0" not in "".join(lines)  # ids, no names

    def check(*kept: str, said: str) -> None:
        with pytest.raises(AuditChainError, match=said):
            verify_export(io.StringIO("".join(kept)), end=end)

    check(*lines[:-1], said="ends with row 5")
    check(*lines[:2], *lines[3:], said="Row 3 .* missing")
    check(lines[0].replace("message:0", "message:9"), *lines[1:], said="Row 1 .* changed")
    check(lines[0], lines[1].replace("because", "why"), said="Row 2 .* reason")
    check(lines[0], "[]\n", said="Line 2 .* no")
    check(lines[0], lines[1][:40], said="Line 2 .* no JSON")


def test_an_export_is_whole_or_not_there(desk, tmp_path, monkeypatch):
    write(desk, 3)
    file = tmp_path / "audit.jsonl"
    desk.export_audit(file)
    assert file.stat().st_mode & 0o777 == 0o600
    whole = file.read_bytes()
    write(desk, 3)

    def die(*_, **__):
        yield "half a li"
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("chowk.desk.exports.lines", die)
        with pytest.raises(OSError, match="No space"):
            desk.export_audit(file)
    assert [path for path in tmp_path.iterdir() if "audit" in path.name] == [file]
    assert file.read_bytes() == whole
    with pytest.raises(DeskError, match=r"cannot be exported to .*nowhere"):
        desk.export_audit(tmp_path / "nowhere" / "audit.jsonl")
    with pytest.raises(DeskError, match="cannot be read"):
        verify_export(tmp_path / "missing.jsonl")


def test_an_export_without_reasons_verifies_and_holds_none(desk):
    write(desk, 6)
    out = io.StringIO()
    assert desk.export_audit(out, reasons=False) == 6
    assert "because" not in out.getvalue()
    assert verify_export(io.StringIO(out.getvalue())) == 6


def test_a_long_log_is_verified_and_exported_in_pieces(desk, tmp_path):
    write(desk, 60)
    many = 2500
    with desk._database.write() as connection:
        from chowk.desk import audit

        for i in range(many):
            audit.append(
                connection, desk._now(), actor="cli", role="system", action="x", subject=f"y:{i}"
            )
    assert desk.verify_audit() == many + 60
    assert desk.export_audit(tmp_path / "a") == many + 60 == verify_export(tmp_path / "a")


def test_a_reason_is_erased_and_the_chain_holds(desk):
    write(desk)
    desk.erase_reason(2, actor="cli")
    rows = desk.audit()
    assert (rows[1].reason, rows[0].reason, rows[3].reason) == (None, "", "because 3")
    assert (rows[5].action, rows[5].after) == ("reason.erased", {"reasons": [2]})
    assert desk.verify_audit() == 6
    with pytest.raises(NotAtDeskError, match=r"Row 2 .* was erased"):
        desk.erase_reason(2, actor="cli")
    with pytest.raises(NotAtDeskError, match=r"Row 99"):
        desk.erase_reason(99, actor="cli")
