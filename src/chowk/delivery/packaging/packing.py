"""Three-dimensional packing of several items into one box, the same for any order of the items.

In go items and a box in whole millimetres; out comes an arrangement: nothing overlaps, nothing
sticks out, every base rests on at least a share of its area, the weight is kept, and nothing
heavier stands on what is fragile. A greedy fill of maximal empty spaces (Lai and Chan 1997; the
split into six is that of Parreño, Alvarez-Valdes, Tamarit and Oliveira 2008), in several orders and
by several rules, of which the fullest is kept. `checking` verifies it without this module.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError, parameter

from .items import Box, Item, Packing, Placement, read_box, read_items

Array = NDArray[np.int64]

#: Room for one number of a joined sort key: a side is below two metres times a thousand.
_ROOM = 21
_FARTHEST = (1 << _ROOM) - 1

#: Items beyond which only the first two passes are tried, and the passes that follow up to there.
_MANY = 60


def pack_box(
    items: Any, box: Any, *, support: float = 0.7, passes: int | None = None
) -> Packing:
    """Items into one box, as full as the heuristic gets it.

    The answer depends on the items alone, not on their order nor on which side was called length.

    Parameters
    ----------
    items : order lines with `product_id` or `item_id`, `length_cm`, `width_cm`, `height_cm`, and
        `weight_g`, `quantity`, `this_side_up`, `fragile` where they are known; any frame.
    box : three inner sides in centimetres, the height last, or a row of package_types.
    support : least share of an item's base that rests on the floor or on other items, in [0, 1].
    passes : how many orders and rules are tried at most, at least 1; by default 2 for more than
        60 items and 10 below. The first that packs everything is taken.

    Raises
    ------
    InputError when an item has no size, or no weight although the box has a limit.

    Examples
    --------
    >>> crate = {"item_id": "crate", "length_cm": 40, "width_cm": 30, "height_cm": 30}
    >>> packed = pack_box([{**crate, "quantity": 3}], (90, 40, 30))
    >>> packed.complete, packed.fill
    (True, 1.0)
    """
    if not 0 <= support <= 1:
        raise parameter("pack_box", "support", "a number in [0, 1]", support)
    if passes is not None and passes < 1:
        raise parameter("pack_box", "passes", "None or an int of at least 1", passes)
    return filled(read_items(items, "pack_box"), read_box(box, "pack_box"), support, passes)


def filled(
    items: list[Item], box: Box, support: float = 0.7, passes: int | None = None
) -> Packing:
    """The fullest arrangement over the passes; `items` as `read_items` gives them."""
    if max(box.length, box.width, box.height) > _FARTHEST:
        raise InputError(f"The box {box.name!r} is larger than {_FARTHEST / 1000:,.0f} metres.")
    if np.isfinite(box.max_weight):
        for item in items:
            if item.weight is None:
                raise InputError(
                    f"The item {item.item_id!r} has no weight, and the box {box.name!r} takes only "
                    f"{box.max_weight:,.0f} g. Give weight_g, or leave max_weight_g empty."
                )
    tries = passes or (2 if len(items) > _MANY else len(_PASSES))
    best: Packing | None = None
    for order, rule, fixed in _PASSES[:tries]:
        found = _Fill(box, support, rule, fixed).of(sorted(items, key=order))
        if best is None or found.fill > best.fill:
            best = found
        if best.complete:
            break
    assert best is not None
    return best


class _Fill:
    """One greedy pass: every item in turn into the empty space that the rule likes best."""

    def __init__(self, box: Box, support: float, rule: Callable[..., Array], alike: bool) -> None:
        self.box, self.support, self.rule, self.alike = box, support, rule, alike
        self.low: Array = np.zeros((3, 1), dtype=np.int64)
        self.high: Array = np.array([[box.length], [box.width], [box.height]], dtype=np.int64)

    def of(self, items: list[Item]) -> Packing:
        count = len(items)
        self.start: Array = np.zeros((3, count), dtype=np.int64)
        self.stop: Array = np.zeros((3, count), dtype=np.int64)
        self.weight = np.zeros(count)
        self.fragile = np.zeros(count, dtype=bool)
        self.used, total = 0, 0.0
        # A space that is narrower than every side still to come is of no more use.
        shortest = np.array([min(i.length, i.width, i.height) for i in items], dtype=np.int64)
        to_come = np.minimum.accumulate(shortest[::-1])[::-1]
        turns: dict[tuple[int, int, int, bool], Array] = {}
        hopeless: set[tuple[Any, ...]] = set()
        placed, left = [], []
        for at, item in enumerate(items):
            shape = (item.length, item.width, item.height, item.upright)
            what = (*shape, item.weight, item.fragile)
            weight = item.grams
            if what in hopeless or total + weight > self.box.max_weight * (1 + 1e-12):
                left.append(item)
                continue
            if shape not in turns:
                turns[shape] = _turns(item, self.box if self.alike else None)
            spot = self._spot(turns[shape], weight, item.fragile)
            if spot is None:
                # Space is only ever taken away, and support only added: it may fit later on, but
                # then on top of something smaller; that is left to the other passes.
                hopeless.add(what)
                left.append(item)
                continue
            corner, sides = spot
            k = self.used
            self.start[:, k], self.stop[:, k] = corner, corner + sides
            self.weight[k], self.fragile[k] = weight, item.fragile
            self.used, total = k + 1, total + weight
            placed.append(Placement(item, *corner.tolist(), *sides.tolist()))
            if at + 1 < count:
                self._take(corner, corner + sides, int(to_come[at + 1]))
        placed.sort(key=lambda p: (p.z, p.x, p.y))
        return Packing(self.box, tuple(placed), tuple(left))

    def _spot(self, turns: Array, weight: float, fragile: bool) -> tuple[Array, Array] | None:
        """The best corner and turn, or None."""
        size = self.high - self.low
        fits = (turns[0] <= size[0]) & (turns[1] <= size[1]) & (turns[2] <= size[2])
        turn, space = np.nonzero(fits)
        if not len(turn):
            return None
        sides, corner = turns[:, turn, 0], self.low[:, space]
        key = self.rule(corner, sides, size[:, space])
        best = int(key.argmin())
        if self.used and (fragile or corner[2, best] > 0):
            good = self._rests(corner, sides, weight, fragile)
            able = np.flatnonzero(good)
            if not len(able):
                return None
            best = int(able[key[able].argmin()])
        return corner[:, best], sides[:, best]

    def _rests(self, corner: Array, sides: Array, weight: float, fragile: bool) -> Any:
        """Which candidates stand well: enough below them, and nothing fragile is crushed."""
        k = self.used
        x0, y0, z0 = self.start[:, :k]
        x1, y1, z1 = self.stop[:, :k]
        end = corner + sides
        along = np.minimum(end[0][:, None], x1) - np.maximum(corner[0][:, None], x0)
        across = np.minimum(end[1][:, None], y1) - np.maximum(corner[1][:, None], y0)
        over = np.where((along > 0) & (across > 0), along * across, 0)
        below = np.where(z1 == corner[2][:, None], over, 0)
        needed = self.support * (sides[0] * sides[1])
        good = (corner[2] == 0) | (below.sum(axis=1) >= needed)
        if self.fragile[:k].any():
            good &= ~((below > 0) & self.fragile[:k] & (self.weight[:k] < weight)).any(axis=1)
        if fragile:
            above = (z0 == end[2][:, None]) & (over > 0) & (self.weight[:k] > weight)
            good &= ~above.any(axis=1)
        return good

    def _take(self, corner: Array, end: Array, least: int) -> None:
        """Take a placed item out of the empty spaces: each that it cuts becomes up to six."""
        low, high = self.low, self.high
        hit = ((low < end[:, None]) & (high > corner[:, None])).all(axis=0)
        cut_low, cut_high = low[:, hit], high[:, hit]
        pieces = cut_low.shape[1]
        new_low = np.repeat(cut_low, 6, axis=1).reshape(3, pieces, 6)
        new_high = np.repeat(cut_high, 6, axis=1).reshape(3, pieces, 6)
        for axis in range(3):
            new_high[axis, :, axis] = corner[axis]
            new_low[axis, :, 3 + axis] = end[axis]
        new_low, new_high = new_low.reshape(3, -1), new_high.reshape(3, -1)
        wide = ((new_high - new_low) >= least).all(axis=0)
        new_low, new_high = new_low[:, wide], new_high[:, wide]
        low, high = low[:, ~hit], high[:, ~hit]
        many = new_low.shape[1]
        if many:
            # Drop what lies inside another; of two that are equal the first stays.
            all_low = np.concatenate([low, new_low], axis=1)
            all_high = np.concatenate([high, new_high], axis=1)
            inside = np.ones((many, all_low.shape[1]), dtype=bool)
            for axis in range(3):
                inside &= all_low[axis] <= new_low[axis][:, None]
                inside &= all_high[axis] >= new_high[axis][:, None]
            old = low.shape[1]
            among = inside[:, old:]
            among = np.where(among & among.T, np.tri(many, many, -1, dtype=bool), among)
            keep = ~(inside[:, :old].any(axis=1) | among.any(axis=1))
            low = np.concatenate([low, new_low[:, keep]], axis=1)
            high = np.concatenate([high, new_high[:, keep]], axis=1)
        self.low, self.high = low, high


def _turns(item: Item, box: Box | None) -> Array:
    """The distinct ways an item may lie [3, ways, 1]; with a box only that which tiles it best."""
    a, b, c = item.length, item.width, item.height
    ways = {(a, b, c), (b, a, c)} if item.upright else set(permutations((a, b, c)))
    if box is not None:

        def tiles(way: tuple[int, int, int]) -> tuple[Any, ...]:
            whole = (box.length // way[0]) * (box.width // way[1]) * (box.height // way[2])
            return (-whole, *way)

        ways = {min(ways, key=tiles)}
    return np.array(sorted(ways), dtype=np.int64).T[:, :, None]


# -- rules: the least key wins; ties go to the first turn and the oldest space ---------------------


def _joined(first: Array, second: Array, third: Array) -> Array:
    return (first << (2 * _ROOM)) | (second << _ROOM) | third


def _low_top(corner: Array, sides: Array, size: Array) -> Array:
    return _joined(corner[2] + sides[2], corner[2], corner[0] + corner[1])


def _tight_corner(corner: Array, sides: Array, size: Array) -> Array:
    far = np.sort(corner + sides, axis=0)
    return _joined(far[2], far[1], far[0])


def _small_space(corner: Array, sides: Array, size: Array) -> Array:
    return (corner[2] << (2 * _ROOM)) + (size[0] * size[1] >> 10) * (size[2] >> 3)


def _from_the_back(corner: Array, sides: Array, size: Array) -> Array:
    return _joined(corner[0] + sides[0], corner[2], corner[1])


def _small_gap(corner: Array, sides: Array, size: Array) -> Array:
    gap = np.sort(size - sides, axis=0)
    return _joined(gap[0], gap[1], corner[2])


def _low_tight(corner: Array, sides: Array, size: Array) -> Array:
    gap = np.sort(size - sides, axis=0)
    return _joined(corner[2], gap[0], gap[1])


def _by_volume(item: Item) -> tuple[Any, ...]:
    return (-item.volume, -item.length, -item.width, *_rest(item))


def _by_base(item: Item) -> tuple[Any, ...]:
    return (-item.length * item.width, -item.height, *_rest(item))


def _by_length(item: Item) -> tuple[Any, ...]:
    return (-item.length, -item.width, -item.height, *_rest(item))


def _by_shortest(item: Item) -> tuple[Any, ...]:
    sides = sorted((item.length, item.width, item.height))
    return (*(-side for side in sides), *_rest(item))


def _by_weight(item: Item) -> tuple[Any, ...]:
    return (item.fragile, -item.grams, *_by_volume(item))


def _rest(item: Item) -> tuple[Any, ...]:
    """What tells apart items of one size: heavy and sturdy ones go in first."""
    return (item.length, item.upright, item.fragile, -item.grams, item.item_id)


#: Order, rule, and whether every item lies in the one way that tiles the box best.
_PASSES = (
    (_by_volume, _low_top, False),
    (_by_volume, _tight_corner, False),
    (_by_volume, _low_top, True),
    (_by_volume, _small_space, False),
    (_by_weight, _low_top, False),
    (_by_volume, _from_the_back, False),
    (_by_length, _small_gap, False),
    (_by_base, _low_tight, False),
    (_by_shortest, _tight_corner, False),
    (_by_base, _low_top, False),
)
