"""The checker of packings: says what is wrong with an arrangement, and shares no code with packing.

In go an arrangement and the items that it was made from; out comes one sentence a fault. It looks
at every pair in plain whole numbers, so that it is slow, simple, and right.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations
from typing import Any

from .items import Packing, Placement, read_items


def packing_faults(packing: Packing, items: Any = None, *, support: float = 0.7) -> list[str]:
    """One sentence for each promise that a packing breaks; an empty list when it keeps them all.

    Parameters
    ----------
    packing : what `pack_box` or `pack_order` gave.
    items : the order lines that it was made from; they must all be placed or left, none twice.
        None does not ask.
    support : least share of a base that rests on something.

    Examples
    --------
    >>> from chowk.delivery import pack_box
    >>> vase = {"item_id": "vase", "length_cm": 10, "width_cm": 10, "height_cm": 30}
    >>> packed = pack_box([vase], (40, 30, 20))
    >>> packing_faults(packed, [vase])
    []
    """
    faults = []
    box, places = packing.box, packing.placements
    for place in places:
        faults += _own_faults(place, packing)
    for one, other in combinations(places, 2):
        deep = [
            min(
                getattr(one, axis) + getattr(one, side), getattr(other, axis) + getattr(other, side)
            )
            - max(getattr(one, axis), getattr(other, axis))
            for axis, side in (("x", "length"), ("y", "width"), ("z", "height"))
        ]
        if min(deep) > 0:
            faults.append(
                f"{_name(one)} and {_name(other)} overlap by {deep[0]} x {deep[1]} x {deep[2]} mm."
            )
    for place in places:
        under = [(other, _shared(place, other)) for other in places]
        under = [(o, area) for o, area in under if area > 0 and o.z + o.height == place.z]
        base, held = place.length * place.width, sum(area for _, area in under)
        if place.z > 0 and held < support * base * (1 - 1e-12):
            faults.append(f"{_name(place)} rests on {held / base:.0%} of its base only.")
        for other, _ in under:
            if other.item.fragile and _grams(place) > _grams(other):
                faults.append(f"{_name(place)} is heavier than {_name(other)}, and stands on it.")
    total = math.fsum(_grams(place) for place in places)
    if total > box.max_weight * (1 + 1e-9):
        faults.append(f"It weighs {total:,.0f} g; the box takes {box.max_weight:,.0f} g.")
    if items is not None:
        wanted = Counter(read_items(items, "packing_faults"))
        got = Counter([*(place.item for place in places), *packing.left])
        for item in (wanted - got) | (got - wanted):
            faults.append(
                f"The item {item.item_id!r} is there {got[item]} times, and was given "
                f"{wanted[item]} times."
            )
    return faults


def _own_faults(place: Placement, packing: Packing) -> list[str]:
    item, box, faults = place.item, packing.box, []
    lies = (place.length, place.width, place.height)
    if sorted(lies) != sorted((item.length, item.width, item.height)):
        faults.append(f"{_name(place)} lies as {lies} mm, which are not its sides.")
    elif item.upright and place.height != item.height:
        faults.append(f"{_name(place)} must stand upright, and lies on a side.")
    inside = (
        min(place.x, place.y, place.z) >= 0
        and place.x + place.length <= box.length
        and place.y + place.width <= box.width
        and place.z + place.height <= box.height
    )
    if not inside:
        faults.append(f"{_name(place)} sticks out of the box.")
    return faults


def _shared(one: Placement, other: Placement) -> int:
    """Square millimetres that two placements share when seen from above; 0 for one and itself."""
    if one is other:
        return 0
    along = min(one.x + one.length, other.x + other.length) - max(one.x, other.x)
    across = min(one.y + one.width, other.y + other.width) - max(one.y, other.y)
    return max(along, 0) * max(across, 0)


def _grams(place: Placement) -> float:
    return place.item.weight or 0.0


def _name(place: Placement) -> str:
    return f"{place.item.item_id!r} at ({place.x}, {place.y}, {place.z})"
