"""Parcels that arrive, whole: addresses, pick-up points, packages, and how items fill one."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_PUBLIC = {
    "Score": "chowk.delivery.addresses.scorer",
    "Part": "chowk.delivery.addresses.parser",
    "notice_report": "chowk.delivery.pickup.reporting",
    "notices_table": "chowk.delivery.pickup.reporting",
    "outcomes_of": "chowk.delivery.pickup.reporting",
    "WebhookSender": "chowk.delivery.pickup.sending",
    "SmtpSender": "chowk.delivery.pickup.sending",
    "send_all": "chowk.delivery.pickup.sending",
    "pickup_notices": "chowk.delivery.pickup.notices",
    "join_buildings": "chowk.delivery.addresses.joining",
    "BuildingRegister": "chowk.delivery.addresses.register",
    "AddressParser": "chowk.delivery.addresses.parser",
    "AddressScorer": "chowk.delivery.addresses.scorer",
    "weak_labels": "chowk.delivery.addresses.weak",
    "Assignment": "chowk.delivery.packaging.assignment",
    "PackageRecommender": "chowk.delivery.packaging.recommender",
    "Packing": "chowk.delivery.packaging.items",
    "pack_box": "chowk.delivery.packaging.packing",
    "pack_order": "chowk.delivery.packaging.orders",
    "packing_faults": "chowk.delivery.packaging.checking",
}

__all__ = [
    "AddressParser",
    "AddressScorer",
    "Assignment",
    "BuildingRegister",
    "PackageRecommender",
    "Packing",
    "Part",
    "Score",
    "SmtpSender",
    "WebhookSender",
    "join_buildings",
    "notice_report",
    "notices_table",
    "outcomes_of",
    "pack_box",
    "pack_order",
    "packing_faults",
    "pickup_notices",
    "send_all",
    "weak_labels",
]

if TYPE_CHECKING:
    from .addresses.joining import join_buildings
    from .addresses.parser import AddressParser, Part
    from .addresses.register import BuildingRegister
    from .addresses.scorer import AddressScorer, Score
    from .addresses.weak import weak_labels
    from .packaging.assignment import Assignment
    from .packaging.checking import packing_faults
    from .packaging.items import Packing
    from .packaging.orders import pack_order
    from .packaging.packing import pack_box
    from .packaging.recommender import PackageRecommender
    from .pickup.notices import pickup_notices
    from .pickup.reporting import notice_report, notices_table, outcomes_of
    from .pickup.sending import SmtpSender, WebhookSender, send_all


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'chowk.delivery' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
