"""Keys: a secret opens what it should, for as long as it should, and is kept nowhere."""

from __future__ import annotations

import logging
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from chowk.desk import SCOPES, Desk, tables
from chowk.errors import KeyRefusedError, NotAllowedError, NotAtDeskError, ParameterError


def refused(desk: Desk, secret: str, **asked: str) -> str:
    with pytest.raises(KeyRefusedError) as caught:
        desk.check_key(secret, **asked)
    assert len(secret or "") < 40 or secret[-40:] not in str(caught.value)
    return caught.value.why


def other(secret: str) -> str:
    """A secret of the same form and id, with another last character."""
    return secret[:-1] + ("A" if secret[-1] != "A" else "B")


def test_a_secret_opens_its_own_key_and_no_other(desk):
    made = {scope: desk.create_key(f"for {scope}", scope, actor="cli") for scope in SCOPES}
    for scope, (key, secret) in made.items():
        assert re.fullmatch(rf"chowk_{scope}_{key.key_id}_[\w-]{{43}}", secret)
        assert desk.check_key(secret) == key
        assert (key.name, key.scope, key.version) == (f"for {scope}", scope, 1)
    assert len({secret for _, secret in made.values()}) == 3
    listed = desk.keys()
    assert sorted(made) == sorted(key.scope for key in listed)
    assert all(made[key.scope][0] == key for key in listed)


def test_scopes_are_ordered(desk):
    secrets = {scope: desk.create_key("x", scope, actor="cli")[1] for scope in SCOPES}
    for held, secret in secrets.items():
        for asked in SCOPES:
            if SCOPES.index(held) >= SCOPES.index(asked):
                assert desk.check_key(secret, scope=asked).scope == held
            else:
                assert refused(desk, secret, scope=asked) == "scope"


@pytest.mark.parametrize("cached", [True, False])
def test_a_wrong_secret_is_refused_whether_or_not_the_right_one_was_seen(desk, cached):
    _, secret = desk.create_key("x", "staff", actor="cli")
    if cached:
        desk.check_key(secret)
    assert refused(desk, other(secret)) == "unknown"
    assert refused(desk, secret.replace("chowk_staff", "chowk_admin")) == "unknown"
    assert desk.check_key(secret).scope == "staff"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "chowk_shop_",
        "chowk_shop_k000000000000_" + "a" * 42,
        "chowk_session_s000000000000_" + "a" * 43,
        "chowk_\x00",
        "\ud800" * 70,
        "चौक" * 30,
        "a" * 1_000_000,
    ],
    ids=range(9),
)
def test_what_has_no_key_s_form_is_refused_in_one_sentence(desk, text):
    assert refused(desk, text) == "unknown"
    assert refused(desk, None) == "unknown"  # type: ignore[arg-type]


def test_unknown_id_and_wrong_secret_read_the_same(desk):
    _, secret = desk.create_key("x", "shop", actor="cli")
    sentences = set()
    for wrong in (other(secret), "chowk_shop_k000000000000_" + "a" * 43):
        with pytest.raises(KeyRefusedError) as caught:
            desk.check_key(wrong)
        sentences.add(str(caught.value))
    assert len(sentences) == 1


def test_revoked_at_once_here_also_when_it_was_just_seen(desk):
    key, secret = desk.create_key("x", "shop", actor="cli")
    desk.check_key(secret)
    gone = desk.revoke_key(key.key_id, actor="cli")
    assert gone.revoked_at is not None and gone.roles == ()
    assert refused(desk, secret) == "revoked"
    assert desk.revoke_key(key.key_id, actor="cli") == gone
    assert [row.action for row in desk.audit()] == ["key.created", "key.revoked"]
    with pytest.raises(KeyRefusedError, match="revoked"):
        desk.rotate_key(key.key_id, actor="cli")


def test_revoked_elsewhere_within_the_time_that_answers_are_kept(place):
    with Desk.open(place, cache_seconds=0.2) as one, Desk.open(place, cache_seconds=0) as two:
        key, secret = one.create_key("x", "shop", actor="cli")
        assert one.check_key(secret) == two.check_key(secret)
        two.revoke_key(key.key_id, actor="cli")
        assert refused(two, secret) == "revoked"
        time.sleep(0.25)
        assert refused(one, secret) == "revoked"


def test_an_answer_read_before_a_change_is_not_kept_after_it(desk, monkeypatch):
    key, secret = desk.create_key("x", "shop", actor="cli")
    keep = desk._remembered.keep

    def revoked_meanwhile(*answer):
        monkeypatch.undo()
        desk.revoke_key(key.key_id, actor="cli")
        keep(*answer)

    monkeypatch.setattr(desk._remembered, "keep", revoked_meanwhile)
    desk.check_key(secret)
    assert refused(desk, secret) == "revoked"


def test_it_expires_also_when_it_was_just_seen(desk, clock):
    _, secret = desk.create_key("x", "shop", actor="cli", expires_at=clock() + timedelta(minutes=5))
    desk.check_key(secret)
    clock.forward(minutes=4, seconds=59)
    assert desk.check_key(secret).role == "shop"
    clock.forward(seconds=1)
    assert refused(desk, secret) == "expired"
    assert desk.keys()[0].roles == ()


@pytest.mark.parametrize(
    "moment", [datetime(2027, 1, 1), datetime(2020, 1, 1, tzinfo=UTC), "tomorrow"]
)
def test_an_end_needs_a_zone_and_a_future(desk, moment):
    with pytest.raises(ParameterError, match="'expires_at' parameter of create_key"):
        desk.create_key("x", "shop", actor="cli", expires_at=moment)
    assert desk.keys() == [] and desk.audit() == []


def test_rotation_changes_the_secret_and_nothing_else(desk):
    key, secret = desk.create_key("x", "staff", actor="cli", role="analyst")
    desk.check_key(secret)
    turned, fresh = desk.rotate_key(key.key_id, actor="cli")
    assert (turned.key_id, turned.roles, turned.version) == (key.key_id, ("analyst",), 2)
    assert desk.check_key(fresh) == turned
    assert refused(desk, secret) == "unknown"
    row = desk.audit()[-1]
    assert (row.action, row.before, row.after) == (
        "key.rotated",
        {"version": 1},
        {"version": 2, "old_until": None},
    )


def test_rotation_with_an_overlap_keeps_both_for_a_while(desk, clock):
    key, old = desk.create_key("x", "shop", actor="cli")
    _, fresh = desk.rotate_key(key.key_id, actor="cli", overlap_minutes=30)
    assert desk.check_key(old) == desk.check_key(fresh)
    clock.forward(minutes=30)
    assert refused(desk, old) == "unknown"
    assert desk.check_key(fresh).version == 2


def test_revoking_within_the_overlap_ends_both(desk):
    key, old = desk.create_key("x", "shop", actor="cli")
    _, fresh = desk.rotate_key(key.key_id, actor="cli", overlap_minutes=30)
    desk.revoke_key(key.key_id, actor="cli")
    assert refused(desk, fresh) == "revoked"
    assert refused(desk, old) == "unknown"


def test_without_a_role_a_key_gets_the_least_of_its_scope(desk):
    roles = {scope: desk.create_key("x", scope, actor="cli")[0].role for scope in SCOPES}
    assert roles == {"shop": "shop", "staff": "viewer", "admin": "admin"}


def test_a_scope_too_small_for_the_role_is_refused(desk):
    with pytest.raises(ParameterError, match=r"scope shop can act in\. Got 'moderator'"):
        desk.create_key("x", "shop", actor="cli", role="moderator")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x00b", "\ud800", "x" * 81, None, 7])
def test_a_name_is_short_plain_text(desk, name):
    with pytest.raises(ParameterError, match="'name' parameter of create_key"):
        desk.create_key(name, "shop", actor="cli")


def test_unknown_scopes_and_ids_are_named(desk):
    with pytest.raises(ParameterError, match=r"one of shop, staff, admin\. Got 'root'"):
        desk.create_key("x", "root", actor="cli")
    with pytest.raises(NotAtDeskError, match="knows no key k000000000000"):
        desk.revoke_key("k000000000000", actor="cli")
    _, secret = desk.create_key("x", "shop", actor="cli")
    with pytest.raises(ParameterError, match="'scope' parameter of check_key"):
        desk.check_key(secret, scope="everything")
    with pytest.raises(NotAtDeskError) as caught:  # a whole secret where an id belongs
        desk.revoke_key(secret, actor="cli")
    assert secret not in str(caught.value)


def test_only_who_manages_keys_makes_them_and_none_above_himself(desk):
    admin, _ = desk.create_key("a", "admin", actor="cli")
    staff, _ = desk.create_key("s", "staff", actor="cli", role="engineer")
    owner, _ = desk.create_key("o", "admin", actor="cli", role="owner")
    made, _ = desk.create_key("m", "staff", actor=admin.key_id, role="moderator")
    assert made.created_by == admin.key_id
    with pytest.raises(NotAllowedError, match=r"needs the permission 'keys.manage'.*engineer"):
        desk.create_key("x", "shop", actor=staff.key_id)
    with pytest.raises(NotAllowedError, match="nobody gives, takes or touches a role above"):
        desk.create_key("x", "admin", actor=admin.key_id, role="owner")
    # A new secret of a key above one's own would be that key.
    for handle in (desk.rotate_key, desk.revoke_key):
        with pytest.raises(NotAllowedError, match="above"):
            handle(owner.key_id, actor=admin.key_id)
    with pytest.raises(NotAllowedError):
        desk.create_key("x", "shop", actor="a stranger")
    assert len(desk.keys()) == 4
    assert [member.name for member in desk.members()] == []


def test_a_key_may_rotate_and_revoke_itself(desk):
    key, _ = desk.create_key("x", "shop", actor="cli")
    turned, secret = desk.rotate_key(key.key_id, actor=key.key_id)
    assert turned.version == 2
    desk.revoke_key(key.key_id, actor=key.key_id)
    assert refused(desk, secret) == "revoked"


def test_a_revoked_key_acts_in_nothing(desk):
    admin, _ = desk.create_key("a", "admin", actor="cli")
    desk.revoke_key(admin.key_id, actor="cli")
    with pytest.raises(NotAllowedError, match="it holds no role"):
        desk.create_key("x", "shop", actor=admin.key_id)


def test_the_secret_is_in_no_table_no_log_no_error_no_repr(desk, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy.engine")
    key, secret = desk.create_key("x", "admin", actor="cli")
    desk.check_key(secret)
    _, fresh = desk.rotate_key(key.key_id, actor="cli", overlap_minutes=1)
    ticket = desk.create_ticket(key.key_id)
    token = desk.redeem_ticket(ticket)
    desk.check_session(token)
    ends = [text[-43:] for text in (secret, fresh, ticket, token)]
    with desk._database.read() as connection:
        for table in tables.metadata.sorted_tables:
            stored = str(connection.execute(sa.select(table)).all())
            assert not any(end in stored for end in ends), table.name
    logged = caplog.text
    assert not any(end in logged for end in ends)
    assert not any(end in repr(key) + repr(desk.keys()) for end in ends)
    assert "desk_keys" in logged  # statements were indeed logged


def test_many_keys_each_open_their_own(desk):
    made = [desk.create_key(f"key {i}", "shop", actor="cli") for i in range(25)]
    for key, secret in reversed(made):
        assert desk.check_key(secret).key_id == key.key_id
