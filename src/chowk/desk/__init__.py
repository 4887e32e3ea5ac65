"""The desk: keys, roles, and the audit log of what people decide (SQLite, or PostgreSQL by URL)."""

from __future__ import annotations

from .audit import AuditRow, Checked
from .desk import Desk
from .exports import verify_export
from .keys import Key
from .people import Member
from .roles import PERMISSIONS, ROLES, SCOPES, Role

__all__ = [
    "PERMISSIONS",
    "ROLES",
    "SCOPES",
    "AuditRow",
    "Checked",
    "Desk",
    "Key",
    "Member",
    "Role",
    "verify_export",
]
