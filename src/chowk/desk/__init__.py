"""The desk: keys, roles, the queue of what people decide, and the log of all that they did."""

from __future__ import annotations

from .audit import AuditRow, Checked
from .desk import Desk
from .exports import verify_export
from .keys import Key
from .people import Member
from .queue import Queue
from .queue_items import KINDS, STATES, Batch, Item, Kind
from .queue_looking import Decided
from .queue_rights import RIGHTS, SEATS
from .queue_seats import Seats
from .queue_steps import Proposal
from .queue_told import Step
from .records import Document, Records, Remark
from .roles import PERMISSIONS, ROLES, SCOPES, Role
from .webhooks import Webhook, Webhooks

__all__ = [
    "KINDS",
    "PERMISSIONS",
    "RIGHTS",
    "ROLES",
    "SCOPES",
    "SEATS",
    "STATES",
    "AuditRow",
    "Batch",
    "Checked",
    "Decided",
    "Desk",
    "Document",
    "Item",
    "Key",
    "Kind",
    "Member",
    "Proposal",
    "Queue",
    "Records",
    "Remark",
    "Role",
    "Seats",
    "Step",
    "Webhook",
    "Webhooks",
    "verify_export",
]
