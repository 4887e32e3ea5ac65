"""What the server knows of packaging: the served model, the catalogue it is asked about, the aims.

In go a build's `packaging` system and the store's products; out come proposals with their totals,
the frontier, and packed orders. Each aim is worked out once a build and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from chowk.delivery import pack_order
from chowk.delivery.packaging.orders import PackedOrder

if TYPE_CHECKING:
    from chowk.delivery import Assignment, PackageRecommender
    from chowk.desk import Batch, Desk, Key

#: What may be aimed at, by name: what `assign` is called with.
AIMS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "cost": {},
        "budget": {"budget": "today"},
        "damage": {"damage_target": "today"},
        "waste": {"damage_target": "today", "least": "material"},
    }
)
#: The same in words.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "cost": "Least freight and damage together",
        "budget": "Least damage for what shipping costs today",
        "damage": "Cheapest shipping at today's damage",
        "waste": "Same damage, least waste",
    }
)
#: Most changes that are sent to the desk at once.
BATCH = 200


class Change(msgspec.Struct, frozen=True):
    """One product that would travel in another package."""

    product_id: str
    today: str
    package_type: str
    parcels: float
    saving: float
    saving_low: float | None
    damage_today: float
    damage: float
    reason: str


class Chosen(msgspec.Struct, frozen=True):
    """The package that people approved for a product, the latest word on it."""

    product_id: str
    package_type: str
    today: str
    approved_at: str


class Parcels:
    """Packaging as it is served.

    Parameters
    ----------
    model : the served recommender.
    products : the catalogue, with the columns that it reads.
    """

    def __init__(self, model: PackageRecommender, products: pa.Table) -> None:
        self.model = model
        self.products = products
        self._found: dict[str, Assignment] = {}
        self._frontier: list[dict[str, Any]] | None = None
        self._working = threading.Lock()

    def proposal(self, aim: str) -> Assignment:
        """The assignment for an aim of `AIMS`; a change is in it only when it is sure to save."""
        with self._working:
            if aim not in self._found:
                given: Any = dict(AIMS[aim])
                self._found[aim] = self.model.assign(self.products, confidence=0.95, **given)
            return self._found[aim]

    def changes(self, aim: str) -> list[Change]:
        """What would change, the largest saving first."""
        names = Change.__struct_fields__
        rows = self.proposal(aim).changes.select(list(names)).to_pylist()
        return [Change(**row) for row in rows]

    def frontier(self, points: int = 120) -> list[dict[str, Any]]:
        """The curve of cost against damage, as rows."""
        with self._working:
            if self._frontier is None:
                self._frontier = self.model.frontier(self.products, points=200).to_pylist()
            step = max(1, len(self._frontier) // points)
            kept = self._frontier[::step]
            return kept if kept[-1] is self._frontier[-1] else [*kept, self._frontier[-1]]

    def pack(self, items: list[dict[str, Any]]) -> PackedOrder:
        """An order in its cheapest boxes; what a line does not say, the catalogue may."""
        ids = self.products["product_id"]
        lines = []
        for line in items:
            at = ids.index(str(line.get("product_id"))).as_py()
            known = self.products.slice(at, 1).to_pylist()[0] if at >= 0 else {}
            lines.append({**known, **{k: v for k, v in line.items() if v is not None}})
        return pack_order(lines, recommender=self.model)


def propose(desk: Desk, key: Key, build: str, changes: list[Change]) -> int:
    """Put changes before the people at the desk; how many wait there now for the first time.

    The same change of the same build is asked once, and one that was approved is not asked again.
    """
    from chowk.desk.queue_steps import Proposal

    before = {item.item_id for item in waiting(desk, key)}
    settled = {(row.product_id, row.package_type) for row in chosen(desk)}
    changes = [one for one in changes if (one.product_id, one.package_type) not in settled]
    given = [
        Proposal(
            kind="packaging",
            subject=f"product:{change.product_id}",
            payload_version=f"{build}:{change.package_type}"[:128],
            payload=msgspec.to_builtins(change),
            priority=min(int(change.saving), 1_000_000),
        )
        for change in changes[:BATCH]
    ]
    desk.queue.propose_many(given, actor=key.key_id)
    return len({item.item_id for item in waiting(desk, key)} - before)


def waiting(desk: Desk, key: Key) -> list[Any]:
    """The package changes that wait for a decision, the most urgent first."""
    return desk.queue.items(state="open", kinds=("packaging",), limit=1_000, actor=key.key_id)


def chosen(desk: Desk) -> list[Chosen]:
    """What was approved: one row a product, the latest decision on it, by product_id."""
    latest: dict[str, Chosen] = {}
    after: str | None = None
    while items := desk.queue.items(
        state="approved", kinds=("packaging",), limit=1_000, after=after
    ):
        for item in items:
            given = item.payload or {}
            if "product_id" not in given or item.decided_at is None:
                continue
            row = Chosen(
                given["product_id"],
                given["package_type"],
                given.get("today", ""),
                item.decided_at.isoformat(),
            )
            held = latest.get(row.product_id)
            if held is None or row.approved_at >= held.approved_at:
                latest[row.product_id] = row
        after = items[-1].item_id
    return [latest[product_id] for product_id in sorted(latest)]


def decide(desk: Desk, key: Key, ids: list[str], outcome: str, count: int, reason: str) -> Batch:
    """Approve or deny a batch."""
    return desk.queue.decide_many(ids, outcome, count=count, actor=key.key_id, reason=reason)
