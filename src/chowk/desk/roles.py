"""Who may do what: the one matrix of permissions and roles.

A role is a set of permissions, the least that its work needs. One role is above another when it
may do something that the other may not; so "nobody grants a role above his own" needs no ranks
that could contradict the matrix. `docs/desk.md` prints it, and a test compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from chowk.errors import ParameterError, parameter

#: What a key may reach, each including the ones before it.
SCOPES: tuple[str, ...] = ("shop", "staff", "admin")

#: Every permission, with what it allows.
PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "shop.use": "Ask for search, suggestions and recommendations, as a shop's pages do",
        "events.write": "Send events",
        "events.read": "Query events and derived tables, with customers as ids",
        "store.read": "See tables, data quality and scorecards; no row about a customer",
        "store.import": "Import files",
        "store.build": "Start builds, and switch systems on or off",
        "store.configure": "Change settings, back up, restore, upgrade",
        "catalogue.read": "See products, offers and what is proposed for them",
        "catalogue.write": "Change products",
        "catalogue.decide": "Decide on attributes, categories, duplicates and image mismatches",
        "offers.write": "Change offers, prices and stock",
        "merchandising.write": "Change synonyms, pins and page plans",
        "collections.decide": "Decide which collections are published",
        "delivery.read": "See delivery addresses, notices and shipments",
        "addresses.decide": "Decide on address fixes",
        "packaging.decide": "Decide on package changes",
        "notices.send": "Send pick-up notices, and say who wants none",
        "messages.write": "Send messages, reviews and questions to be checked, and appeals",
        "moderation.read": "See held messages and reviews, without their authors' history",
        "moderation.decide": "Decide on held messages and reviews",
        "moderation.authors": "See an author's history",
        "moderation.configure": "Change a channel's categories and levels",
        "queue.assign": "Hand a claimed item to somebody else",
        "customers.read": "See rows about single customers",
        "customers.erase": "Erase a customer",
        "keys.read": "See keys, without their secrets",
        "keys.manage": "Make, rotate and revoke keys",
        "roles.read": "See who holds which role",
        "roles.grant": "Grant and withdraw roles, up to one's own",
        "audit.read": "Read and verify the audit log",
        "audit.export": "Export the audit log",
        "people.erase": "Erase a person who worked at the desk",
    }
)


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role: its name, what it is for, and what it may do.

    Parameters
    ----------
    scope : the smallest scope of a key that can act in this role.
    """

    name: str
    title: str
    scope: str
    permissions: frozenset[str]


def _role(name: str, title: str, permissions: Iterable[str], scope: str = "staff") -> Role:
    return Role(name=name, title=title, scope=scope, permissions=frozenset(permissions))


_LOOK = ("shop.use", "store.read", "catalogue.read")
_MODERATE = ("moderation.read", "moderation.decide")

#: Every role by name, the broadest first.
ROLES: Mapping[str, Role] = MappingProxyType(
    {
        role.name: role
        for role in (
            _role("owner", "Owns the store", PERMISSIONS, "admin"),
            _role(
                "admin",
                "Runs the store: everything but erasing people and exporting the audit log",
                PERMISSIONS.keys() - {"people.erase", "audit.export"},
                "admin",
            ),
            _role(
                "engineer",
                "Wires the store: imports, builds, settings, live changes; no customer rows",
                (
                    *_LOOK,
                    "events.write",
                    "store.import",
                    "store.build",
                    "store.configure",
                    "catalogue.write",
                    "offers.write",
                    "messages.write",
                    "keys.read",
                ),
            ),
            _role(
                "merchandiser",
                "Decides what the shop shows",
                (*_LOOK, "merchandising.write", "collections.decide"),
            ),
            _role(
                "catalogue_manager",
                "Keeps the products right",
                (*_LOOK, "catalogue.write", "catalogue.decide", "offers.write"),
            ),
            _role(
                "operations_lead",
                "Gets parcels to their doors whole",
                (
                    "store.read",
                    "catalogue.read",
                    "delivery.read",
                    "addresses.decide",
                    "packaging.decide",
                    "notices.send",
                ),
            ),
            _role(
                "moderation_lead",
                "Answers for what the community says, and for its moderators",
                (
                    "store.read",
                    *_MODERATE,
                    "moderation.authors",
                    "moderation.configure",
                    "queue.assign",
                ),
            ),
            _role(
                "moderator",
                "Decides on held messages and reviews",
                (*_MODERATE, "moderation.authors"),
            ),
            _role(
                "external_moderator",
                "Moderates for another company: the held text and nothing around it",
                _MODERATE,
            ),
            _role("analyst", "Reads figures and lists, changes nothing", (*_LOOK, "events.read")),
            _role("viewer", "Looks at the store and its products", _LOOK),
            _role(
                "shop",
                "The shop's own pages",
                ("shop.use", "events.write", "messages.write"),
                "shop",
            ),
        )
    }
)

#: The role of a key that was made without one.
DEFAULT_ROLE: Mapping[str, str] = MappingProxyType(
    {"shop": "shop", "staff": "viewer", "admin": "admin"}
)


def scope_covers(scope: str, needed: str) -> bool:
    """Whether a key of `scope` may do what needs `needed`.

    >>> scope_covers("admin", "shop"), scope_covers("shop", "staff")
    (True, False)
    """
    return SCOPES.index(scope) >= SCOPES.index(needed)


def checked_scope(caller: str, scope: object) -> str:
    """`scope`, when it is one."""
    if scope not in SCOPES:
        raise parameter(caller, "scope", f"one of {', '.join(SCOPES)}", scope)
    return str(scope)


def checked_role(caller: str, role: object) -> Role:
    """The role of that name."""
    if not isinstance(role, str) or role not in ROLES:
        raise parameter(caller, "role", f"one of {', '.join(ROLES)}", role)
    return ROLES[role]


def checked_permission(caller: str, permission: object) -> str:
    """`permission`, when it is one: a misspelt one must not look like one that is not held."""
    if not isinstance(permission, str) or permission not in PERMISSIONS:
        rule = "a permission of chowk.desk.PERMISSIONS"
        raise parameter(caller, "permission", rule, permission)
    return permission


def permissions(roles: Iterable[str]) -> frozenset[str]:
    """All that the holder of these roles may do.

    >>> sorted(permissions(["external_moderator"]))
    ['moderation.decide', 'moderation.read']
    """
    try:
        return frozenset().union(*(ROLES[role].permissions for role in roles))
    except KeyError as error:
        raise ParameterError(f"There is no role {error}. Roles are: {', '.join(ROLES)}.") from None


def by_breadth(roles: Iterable[str]) -> tuple[str, ...]:
    """The roles in the matrix' order, the broadest first, those that this Chowk does not know
    left out: a role that was dropped allows nothing."""
    held = set(roles)
    return tuple(name for name in ROLES if name in held)


def matrix() -> str:
    """The matrix as a Markdown table, a row a permission, a column a role."""
    names = list(ROLES)
    lines = [
        "| permission | " + " | ".join(name.replace("_", " ") for name in names) + " |",
        "|---|" + ":-:|" * len(names),
    ]
    lines += [
        f"| {permission} | "
        + " | ".join("✓" if permission in ROLES[name].permissions else "" for name in names)
        + " |"
        for permission in PERMISSIONS
    ]
    return "\n".join(lines)
