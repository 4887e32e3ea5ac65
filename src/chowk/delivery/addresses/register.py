"""The building register: from addresses to buildings, and who lives in each.

In go address ids with their texts; the parser finds building and PIN, the join brings spellings
together; out come buildings with the ids of the addresses that name them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from chowk.errors import parameter

from .joining import Building, join_buildings, name_of
from .parser import AddressParser, Part
from .tokens import folded


class BuildingRegister:
    """Buildings by id, and a look-up by name and PIN.

    Examples
    --------
    >>> register = BuildingRegister.of(
    ...     ["a", "b"], ["Flat 2, Sai Krupa Apartments, Baner, Pune 411045",
    ...                  "Flat 9, SAI KRUPA APTS, Baner, Pune 411045"])
    >>> [(building.name, building.address_ids) for building in register.buildings]
    [('Sai Krupa Apartments', ('a', 'b'))]
    """

    def __init__(self, buildings: Iterable[Building]) -> None:
        self.buildings = tuple(buildings)
        self._by_id = {building.building_id: building for building in self.buildings}

    @classmethod
    def of(
        cls,
        address_ids: Sequence[str],
        texts: Sequence[str],
        *,
        parser: AddressParser | None = None,
        parsed: Sequence[Sequence[Part]] | None = None,
    ) -> BuildingRegister:
        """The register of some addresses; those that name no building or no PIN are left out."""
        if len(address_ids) != len(texts):
            rule = f"as many as 'address_ids', {len(address_ids)}"
            raise parameter("BuildingRegister.of", "texts", rule, len(texts))
        if parsed is None:
            parsed = (parser or AddressParser.load("in")).parse_many(texts)
        found: list[tuple[str, str, str]] = []
        for address_id, parts in zip(address_ids, parsed, strict=True):
            name = next((part.value for part in parts if part.label == "BUILDING"), "")
            pin = next((part.value for part in parts if part.label == "PINCODE"), "")
            pin = "".join(folded(pin).split())
            if name and pin:
                found.append((str(address_id), name, pin))
        groups = join_buildings([name for _, name, _ in found], [pin for _, _, pin in found])
        members: dict[int, list[tuple[str, str, str]]] = {}
        for row, group in zip(found, groups.tolist(), strict=True):
            members.setdefault(group, []).append(row)
        return cls(_building(rows) for rows in members.values())

    def find(self, name: str, postcode: str | None = None) -> list[Building]:
        """Buildings of that id or name (in any spelling), in one PIN or in all."""
        known = self._by_id.get(name)
        if known is not None:
            return [known]
        out = []
        for building in self.buildings:
            if postcode is not None and building.postcode != postcode:
                continue
            groups = join_buildings([building.name, name], [building.postcode] * 2)
            if groups[0] == groups[1]:
                out.append(building)
        return out


def _building(rows: Sequence[tuple[str, str, str]]) -> Building:
    spellings = Counter(name for _, name, _ in rows)
    name = max(spellings, key=lambda spelling: (spellings[spelling], len(spelling), spelling))
    pin = rows[0][2]
    key = f"{pin} {min(name_of(spelling).core for spelling in spellings)}"
    kinds = sorted({kind for spelling in spellings for kind in name_of(spelling).kinds})
    numbers = sorted(name_of(name).numbers)
    digest = hashlib.sha256(" ".join([key, *kinds, *numbers]).encode()).hexdigest()[:16]
    ids = tuple(dict.fromkeys(address_id for address_id, _, _ in rows))
    return Building(digest, pin, name, tuple(sorted(spellings)), ids)
