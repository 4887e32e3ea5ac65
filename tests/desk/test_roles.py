"""Roles: the matrix says what it should, is documented, and nobody climbs above himself."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from chowk.desk import PERMISSIONS, ROLES, SCOPES, Desk, roles
from chowk.errors import NotAllowedError, NotAtDeskError, ParameterError


def test_the_matrix_is_closed():
    assert all(name == role.name for name, role in ROLES.items())
    assert all(role.permissions <= PERMISSIONS.keys() for role in ROLES.values())
    assert all(role.scope in SCOPES for role in ROLES.values())
    assert ROLES["owner"].permissions == PERMISSIONS.keys()
    used = frozenset().union(*(r.permissions for n, r in ROLES.items() if n != "owner"))
    assert PERMISSIONS.keys() - used == {"people.erase", "audit.export"}
    assert set(roles.DEFAULT_ROLE) == set(SCOPES)
    assert all(
        ROLES[role].scope == scope or role == "viewer" for scope, role in roles.DEFAULT_ROLE.items()
    )


def test_broader_roles_come_first():
    names = list(ROLES)
    for i, j in product(range(len(names)), repeat=2):
        if ROLES[names[i]].permissions > ROLES[names[j]].permissions:
            assert i < j, (names[i], names[j])


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        ("external_moderator", "moderation.decide", True),
        ("external_moderator", "moderation.authors", False),
        ("external_moderator", "store.read", False),
        ("moderator", "moderation.configure", False),
        ("moderation_lead", "queue.assign", True),
        ("merchandiser", "collections.decide", True),
        ("merchandiser", "catalogue.write", False),
        ("catalogue_manager", "catalogue.decide", True),
        ("catalogue_manager", "customers.read", False),
        ("operations_lead", "packaging.decide", True),
        ("analyst", "catalogue.write", False),
        ("analyst", "delivery.read", False),
        ("analyst", "events.read", True),
        ("engineer", "customers.read", False),
        ("engineer", "keys.manage", False),
        ("viewer", "store.build", False),
        ("shop", "shop.use", True),
        ("shop", "store.read", False),
    ],
)
def test_least_privilege(desk, role, permission, allowed):
    assert desk.allows(role, permission) is allowed
    desk.grant("asha", role, actor="cli")
    assert desk.allows("asha", permission) is allowed
    key, secret = desk.create_key("k", "staff", actor="cli", role=role)
    assert desk.allows(key.key_id, permission) is allowed
    assert desk.check_key(secret).allows(permission) is allowed


def test_only_owner_and_admin_grant_or_manage():
    for permission in ("roles.grant", "keys.manage", "customers.erase"):
        able = {name for name, role in ROLES.items() if permission in role.permissions}
        assert able == {"owner", "admin"}


def test_the_documentation_shows_this_matrix():
    page = Path(__file__).parents[2] / "docs" / "desk.md"
    assert roles.matrix() in page.read_text("utf-8")


def test_roles_come_and_go_and_each_time_it_is_written_down(desk):
    assert desk.grant("asha", "moderator", actor="cli", reason="joined") is True
    assert desk.grant("asha", "moderator", actor="cli") is False
    assert desk.grant("asha", "analyst", actor="cli") is True
    assert desk.roles("asha") == ("moderator", "analyst") == desk.roles(desk.pseudonym("asha"))
    assert desk.withdraw("asha", "moderator", actor="cli", reason="left the team") is True
    assert desk.withdraw("asha", "moderator", actor="cli") is False
    assert desk.roles("asha") == ("analyst",)
    asha = f"member:{desk.pseudonym('asha')}"
    told = [(row.action, row.subject, row.before, row.after, row.reason) for row in desk.audit()]
    assert told == [
        ("role.granted", asha, {"roles": []}, {"roles": ["moderator"]}, "joined"),
        ("role.granted", asha, {"roles": ["moderator"]}, {"roles": ["analyst", "moderator"]}, ""),
        (
            "role.withdrawn",
            asha,
            {"roles": ["analyst", "moderator"]},
            {"roles": ["analyst"]},
            "left the team",
        ),
    ]


def _stand_in(desk: Desk, role: str) -> str:
    """Somebody who holds `role` alone."""
    name = f"the {role}"
    desk.grant(name, role, actor="cli")
    return name


def test_nobody_grants_or_withdraws_above_himself(desk):
    """Every pair of roles, against the rule spelt out."""
    for own, wanted in product(ROLES, repeat=2):
        actor = _stand_in(desk, own)
        ranks = {"owner": 2, "admin": 1}
        may = own in ranks and ranks[own] >= ranks.get(wanted, 0)
        target = f"target of {own} {wanted}"
        if may:
            assert desk.grant(target, wanted, actor=actor) is True
            assert desk.withdraw(target, wanted, actor=actor) is True
        else:
            with pytest.raises(NotAllowedError, match=r"may not grant (the|a) role"):
                desk.grant(target, wanted, actor=actor)
            desk.grant(target, wanted, actor="cli")
            with pytest.raises(NotAllowedError, match="may not withdraw"):
                desk.withdraw(target, wanted, actor=actor)
            assert desk.roles(target) == (wanted,)
    assert desk.verify_audit() > len(ROLES)


def test_nobody_grants_himself(desk):
    owner = _stand_in(desk, "owner")
    with pytest.raises(NotAllowedError, match="a role comes from somebody else"):
        desk.grant(owner, "moderator", actor=owner)
    assert desk.withdraw(owner, "owner", actor=owner) is True
    assert desk.roles(owner) == ()
    assert desk.grant(owner, "owner", actor="cli") is True  # never locked out


def test_a_refused_grant_adds_nobody(desk):
    for actor in ("a stranger", _stand_in(desk, "analyst")):
        with pytest.raises(NotAllowedError):
            desk.grant("somebody new", "viewer", actor=actor)
    assert [member.name for member in desk.members()] == ["the analyst"]


def test_a_person_s_key_acts_in_the_person_s_roles_as_they_are_now(place):
    with Desk.open(place, cache_seconds=0) as desk:
        desk.grant("asha", "moderator", actor="cli")
        key, secret = desk.create_key("asha's", "staff", actor="cli", member="asha")
        assert key.member == desk.pseudonym("asha") and key.roles == ("moderator",)
        desk.grant("asha", "merchandiser", actor="cli")
        assert desk.check_key(secret).roles == ("merchandiser", "moderator")
        assert desk.roles(key.key_id) == ("merchandiser", "moderator")
        desk.withdraw("asha", "moderator", actor="cli")
        assert desk.check_key(secret).roles == ("merchandiser",)
        # An admin's role does not reach through a key of smaller scope.
        desk.grant("asha", "admin", actor="cli")
        assert desk.check_key(secret).roles == ("merchandiser",)
        assert not desk.allows(key.key_id, "keys.manage")
        assert desk.allows("asha", "keys.manage")


def test_a_role_change_is_seen_at_once_by_whoever_made_it(desk):
    key, secret = desk.create_key("x", "staff", actor="cli")
    assert desk.check_key(secret).roles == ("viewer",)
    desk.grant(key.key_id, "moderator", actor="cli")
    assert desk.check_key(secret).roles == ("moderator", "viewer")
    desk.withdraw(key.key_id, "viewer", actor="cli")
    assert desk.check_key(secret).roles == ("moderator",)


def test_a_key_for_a_person_above_oneself_cannot_be_made(desk):
    desk.grant("boss", "owner", actor="cli")
    admin = _stand_in(desk, "admin")
    with pytest.raises(NotAllowedError, match="above"):
        desk.create_key("mine now", "admin", actor=admin, member="boss")
    with pytest.raises(ParameterError, match="not a key's"):
        key, _ = desk.create_key("x", "shop", actor="cli")
        desk.create_key("y", "shop", actor="cli", member=key.key_id)


def test_a_key_s_scope_limits_what_can_be_granted_to_it(desk):
    key, _ = desk.create_key("x", "shop", actor="cli")
    with pytest.raises(ParameterError, match="scope shop can act in"):
        desk.grant(key.key_id, "moderator", actor="cli")


def test_names_that_would_mislead_are_refused(desk):
    for name in ("cli", "system", "owner", "Admin", "none"):
        with pytest.raises(ParameterError, match="no role and no part of Chowk"):
            desk.grant(name, "viewer", actor="cli")
    with pytest.raises(NotAtDeskError):
        desk.grant("m0123456789ab", "viewer", actor="cli")


def test_one_name_in_two_spellings_is_one_person(desk):
    desk.grant("José", "viewer", actor="cli")
    assert desk.roles("José ") == ("viewer",)
    assert len(desk.members()) == 1


def test_unknown_roles_permissions_and_people(desk):
    with pytest.raises(ParameterError, match=r"'role' parameter of grant must be one of owner"):
        desk.grant("asha", "king", actor="cli")
    with pytest.raises(ParameterError, match="'permission' parameter of allows"):
        desk.allows("owner", "store.reed")
    with pytest.raises(NotAtDeskError, match="withdraw knows nobody"):
        desk.withdraw("nobody", "viewer", actor="cli")
    assert desk.roles("nobody") == ()
    assert desk.allows("nobody", "store.read") is False
    assert desk.allows("cli", "people.erase") is True
