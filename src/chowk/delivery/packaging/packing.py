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
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chowk.errors import InputError, parameter

from .items import Box, Item, Packing, Placement, read_box, read_items

Array = NDArray[np.int64]

#: Bits for one number of a joined sort key; a side is below two kilometres in millimetres.
_ROOM = 21
_FARTHEST = (1 << _ROOM) - 1

#: Items beyond which only the first two passes are tried, and the passes that follow up to there.
_MANY = 60

#: Empty spaces that are kept when there are twice as many; a tight box has a few dozen.
_SPACES = 64

#: Spots that are looked at first.
_FEW = 8


def pack_box(items: Any, box: Any, *, support: float = 0.7, passes: int | None = None) -> Packing:
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
    if not isinstance(support, Real) or not 0 <= support <= 1:
        raise parameter("pack_box", "support", "a number in [0, 1]", support)
    if passes is not None and (not isinstance(passes, Integral) or passes < 1):
        raise parameter("pack_box", "passes", "None or an int of at least 1", passes)
    return filled(read_items(items, "pack_box"), read_box(box, "pack_box"), support, passes)


def filled(items: list[Item], box: Box, support: float = 0.7, passes: int | None = None) -> Packing:
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
    tries = passes or (1 if len(items) > _MANY else len(_PASSES))
    best: Packing | None = None
    ordered: dict[Any, list[Item]] = {}
    for order, rule, fixed in _PASSES[:tries]:
        if order not in ordered:
            ordered[order] = sorted(items, key=order)
        found = _Fill(box, support, rule, fixed).of(ordered[order])
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
        # An empty space is a column: minus its low corner, then its high one, so that the larger
        # of two is larger in every number.
        floor = [0, 0, 0, box.length, box.width, box.height]
        self.spaces: Array = np.array(floor, dtype=np.int64)[:, None]

    def of(self, items: list[Item]) -> Packing:
        count = len(items)
        self.start: Array = np.zeros((3, count), dtype=np.int64)
        self.stop: Array = np.zeros((3, count), dtype=np.int64)
        self.weight = np.zeros(count)
        self.fragile = np.zeros(count, dtype=bool)
        self.used, self.careful, total = 0, False, 0.0
        # A space that is narrower than every side still to come is of no more use.
        shortest = np.array([min(i.length, i.width, i.height) for i in items], dtype=np.int64)
        to_come = np.minimum.accumulate(shortest[::-1])[::-1]
        turns: dict[tuple[int, int, int, bool], Array] = {}
        hopeless: set[tuple[int, int, int, bool]] = set()
        placed, left = [], []
        for at, item in enumerate(items):
            shape = (item.length, item.width, item.height, item.upright)
            weight = item.grams
            if shape in hopeless or total + weight > self.box.max_weight * (1 + 1e-12):
                left.append(item)
                continue
            if shape not in turns:
                turns[shape] = _turns(item, self.box if self.alike else None)
            corner, sides, space = self._spots(turns[shape])
            if not space.shape[1]:
                hopeless.add(shape)  # space is only ever taken away
                left.append(item)
                continue
            best = self._best(corner, sides, space, weight, item.fragile)
            if best is None:
                # Against the other three sides of the spaces it may stand on more.
                corner, sides, space = _moved(corner, sides, space)
                best = self._best(corner, sides, space, weight, item.fragile)
            if best is None:
                left.append(item)
                continue
            corner, sides = corner[:, best], sides[:, best]
            k = self.used
            self.start[:, k], self.stop[:, k] = corner, corner + sides
            self.weight[k], self.fragile[k] = weight, item.fragile
            self.used, total = k + 1, total + weight
            self.careful |= item.fragile
            placed.append(Placement(item, *corner.tolist(), *sides.tolist()))
            if at + 1 < count:
                self._take(corner, corner + sides, int(to_come[at + 1]))
        placed.sort(key=lambda p: (p.z, p.x, p.y))
        return Packing(self.box, tuple(placed), tuple(left))

    def _spots(self, turns: Array) -> tuple[Array, Array, Array]:
        """Every corner and turn at which an item fits, and the size of the space [3, spots]."""
        size = self.spaces[:3] + self.spaces[3:]
        wide = turns <= size[:, None, :]
        turn, space = (wide[0] & wide[1] & wide[2]).nonzero()
        return -self.spaces[:3].take(space, 1), turns[:, :, 0].take(turn, 1), size.take(space, 1)

    def _best(
        self, corner: Array, sides: Array, space: Array, weight: float, fragile: bool
    ) -> int | None:
        """The spot that the rule likes best among those where the item stands well, or None."""
        key = self.rule(corner, sides, space)
        if not len(key):
            return None
        best = int(key.argmin())
        if not self.used or (corner[2, best] == 0 and not fragile):
            return best
        # Most often one of the few best will do, and only then are more of them looked at.
        count = len(key)
        for few in (_FEW, 8 * _FEW, count):
            if few >= count:
                some = np.arange(count)
            elif few * 2 < count:
                some = key.argpartition(few)[:few]
            else:
                continue
            good = self._rests(corner.take(some, 1), sides.take(some, 1), weight, fragile)
            if good.any():
                able = some[good]
                able.sort()  # argpartition gives them in no order; of equal keys the first is meant
                return int(able[key[able].argmin()])
            if few >= count:
                break
        return None

    def _rests(self, corner: Array, sides: Array, weight: float, fragile: bool) -> Any:
        """Which candidates stand well: enough below them, and nothing fragile is crushed."""
        k = self.used
        start, stop = self.start[:, None, :k], self.stop[:, None, :k]
        end = corner + sides
        shared = np.minimum(end[:2, :, None], stop[:2]) - np.maximum(corner[:2, :, None], start[:2])
        np.maximum(shared, 0, out=shared)
        over = shared[0] * shared[1]
        below = over * (stop[2] == corner[2][:, None])
        needed = self.support * (sides[0] * sides[1])
        good = (corner[2] == 0) | (below.sum(axis=1) >= needed)
        if self.careful:
            good &= ~((below > 0) & self.fragile[:k] & (self.weight[:k] < weight)).any(axis=1)
        if fragile:
            above = (start[2] == end[2][:, None]) & (over > 0) & (self.weight[:k] > weight)
            good &= ~above.any(axis=1)
        return good

    def _take(self, corner: Array, end: Array, least: int) -> None:
        """Take a placed item out of the empty spaces: each that it cuts becomes up to six."""
        spaces = self.spaces
        cuts = spaces > np.concatenate([-end, corner])[:, None]
        hit = cuts[0] & cuts[1] & cuts[2] & cuts[3] & cuts[4] & cuts[5]
        cut, spaces = spaces.compress(hit, 1), spaces.compress(~hit, 1)
        # Below, left and in front of the item ends at its corner; above, right and behind begins
        # where it ends.
        room = np.concatenate([cut[:3] + corner[:, None], cut[3:] - end[:, None]])
        side, piece = (room >= least).nonzero()
        if len(side):
            new = cut.take(piece, 1)
            opposite = (side + 3) % 6
            new[opposite, np.arange(len(side))] = np.concatenate([corner, -end])[side]
            spaces = np.concatenate([spaces, new], axis=1)
            inside = spaces[0] >= new[0][:, None]
            for axis in range(1, 6):
                inside &= spaces[axis] >= new[axis][:, None]
            # Drop what lies inside another; of two that are equal the first stays.
            old, many = spaces.shape[1] - len(side), len(side)
            among = inside[:, old:]
            among &= _earlier(many) | ~among.T
            keep = np.ones(spaces.shape[1], dtype=bool)
            keep[old:] = ~inside.any(axis=1)
            spaces = spaces.compress(keep, 1)
            if spaces.shape[1] > 2 * _SPACES:
                # In a roomy box crevices are not needed; the largest spaces are, oldest first.
                size = spaces[:3] + spaces[3:]
                largest = np.argsort(-(size[0] * size[1] * size[2]), kind="stable")[:_SPACES]
                spaces = spaces[:, np.sort(largest)]
        self.spaces = spaces


def _moved(corner: Array, sides: Array, space: Array) -> tuple[Array, Array, Array]:
    """The same spots, pushed against the far side of their space along x, y and both."""
    gap = space - sides
    along, across = np.zeros_like(gap), np.zeros_like(gap)
    along[0], across[1] = gap[0], gap[1]
    corners = [corner + along, corner + across, corner + along + across]
    moves = [gap[0] > 0, gap[1] > 0, (gap[0] > 0) & (gap[1] > 0)]
    pushed = [c.compress(m, 1) for c, m in zip(corners, moves, strict=True)]
    return (
        np.concatenate(pushed, axis=1),
        np.concatenate([sides.compress(m, 1) for m in moves], axis=1),
        np.concatenate([space.compress(m, 1) for m in moves], axis=1),
    )


def _earlier(count: int) -> NDArray[np.bool_]:
    """Whether the column stands before the row [count, count]."""
    if count > len(_BEFORE):
        return np.tri(count, count, -1, dtype=bool)
    return _BEFORE[:count, :count]


_BEFORE = np.tri(256, 256, -1, dtype=bool)


def _turns(item: Item, box: Box | None) -> Array:
    """The distinct ways an item may lie [3, ways, 1]; with a box only that which tiles it best."""
    a, b, c = item.length, item.width, item.height
    ways: set[tuple[int, ...]] = set(permutations((a, b, c)))
    if item.upright:
        ways = {(a, b, c), (b, a, c)}
    if box is not None:

        def tiles(way: tuple[int, ...]) -> Any:
            whole = (box.length // way[0]) * (box.width // way[1]) * (box.height // way[2])
            return (-whole, *way)

        ways = {min(sorted(ways), key=tiles)}
    return np.array(sorted(ways), dtype=np.int64).T[:, :, None]


# -- rules: the least key wins; ties go to the first turn and the oldest space ---------------------


def _weights(*numbers: int) -> Array:
    """What joins numbers of up to two kilometres into one key: rooms of the first, the second …"""
    return np.array([1 << (_ROOM * room) if room >= 0 else 0 for room in numbers], dtype=np.int64)


_LOW = _weights(0, 0, 1)
_TOP = _weights(-1, -1, 2)
_FAR = _weights(0, 1, 2)
_GAP = _weights(2, 1, 0)
_BACK = _weights(2, 0, 1)
_FRONT = _weights(2, -1, -1)


def _low_top(corner: Array, sides: Array, size: Array) -> Array:
    key: Array = _LOW @ corner + _TOP @ (corner + sides)
    return key


def _tight_corner(corner: Array, sides: Array, size: Array) -> Array:
    key: Array = _FAR @ np.sort(corner + sides, axis=0)
    return key


def _small_space(corner: Array, sides: Array, size: Array) -> Array:
    key: Array = (corner[2] << (2 * _ROOM)) + (size[0] * size[1] >> 10) * (size[2] >> 3)
    return key


def _from_the_back(corner: Array, sides: Array, size: Array) -> Array:
    key: Array = _BACK @ corner + _FRONT @ sides
    return key


def _small_gap(corner: Array, sides: Array, size: Array) -> Array:
    gap = np.sort(size - sides, axis=0)
    key: Array = _GAP @ np.concatenate([gap[:2], corner[2:]])
    return key


def _low_tight(corner: Array, sides: Array, size: Array) -> Array:
    gap = np.sort(size - sides, axis=0)
    key: Array = _GAP @ np.concatenate([corner[2:], gap[:2]])
    return key


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
