"""Which packages a product may go into, and what stands against the others.

Sizes are compared in whole millimetres over every rotation, or with the height kept where this
side is up; then weight, liquid and dangerous goods. What is not known of a product is not taken as
a fit: it may stay in packages that it has been sent in, and nothing else is proposed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .goods import UNKNOWN, Flags, Goods, Ints
from .packages import Packages

Codes = NDArray[np.uint8]

#: What can stand against a package; the bits of `obstacles`.
TOO_SMALL, TOO_WEAK, NO_LIQUID, NO_HAZARDOUS, NO_SIZE, NO_WEIGHT = 1, 2, 4, 8, 16, 32

#: What each of them means, for the sentence that a person reads.
WORDS = {
    TOO_SMALL: "too small",
    TOO_WEAK: "not strong enough for the weight",
    NO_LIQUID: "not marked as allowed for liquids",
    NO_HAZARDOUS: "not marked as allowed for dangerous goods",
    NO_SIZE: "its fit is not known, because the product has no measures",
    NO_WEIGHT: "its strength is not known, because the product has no weight",
}


def obstacles(goods: Goods, packages: Packages, sent: Flags | None = None) -> Codes:
    """What stands against each package, as bits [products, types]; 0 where it may be used.

    A box of sides A >= B >= C takes one of sides a >= b >= c in some rotation along the axes
    exactly when a <= A, b <= B and c <= C.

    Parameters
    ----------
    goods, packages : what is packed, and in what.
    sent : [products, types], whether the product has been sent in the package; that settles an
        unknown size or weight, and nothing else.

    Examples
    --------
    >>> from chowk.delivery.packaging.goods import read_goods
    >>> from chowk.delivery.packaging.packages import read_packages
    >>> tube = read_goods([{"product_id": "t", "length_cm": 5, "width_cm": 60, "height_cm": 5}], "")
    >>> box = read_packages([{"package_type": "b", "rank": 1, "inner_length_cm": 30,
    ...                       "inner_width_cm": 30, "inner_height_cm": 60}], "")
    >>> obstacles(tube, box)
    array([[0]], dtype=uint8)
    """
    found = np.zeros((len(goods), len(packages)), dtype=np.uint8)
    seen = np.zeros(found.shape, dtype=bool) if sent is None else sent
    unmeasured, unweighed = ~goods.sized, np.isnan(goods.weight)
    for j in range(len(packages)):
        column = found[:, j]
        if packages.inner[j, 0] != UNKNOWN:
            column[goods.sized & ~_goes_in(goods, packages.inner[j])] |= TOO_SMALL
            column[unmeasured & ~seen[:, j]] |= NO_SIZE
        if np.isfinite(packages.max_weight[j]):
            column[goods.weight > packages.max_weight[j]] |= TOO_WEAK
            column[unweighed & ~seen[:, j]] |= NO_WEIGHT
        if not packages.allows_liquid[j]:
            column[goods.liquid] |= NO_LIQUID
        if not packages.allows_hazardous[j]:
            column[goods.hazardous] |= NO_HAZARDOUS
    return found


def _goes_in(goods: Goods, inner: Ints) -> Flags:
    free = (goods.sides <= -np.sort(-inner)).all(axis=1)
    floor = -np.sort(-inner[:2])
    standing = (goods.sides[:, :2] <= floor).all(axis=1) & (goods.sides[:, 2] <= inner[2])
    fits: Flags = np.where(goods.upright, standing, free)
    return fits


def against(code: int) -> str:
    """What the bits of one cell say, in words.

    >>> against(TOO_SMALL | NO_LIQUID)
    'too small, not marked as allowed for liquids'
    """
    return ", ".join(words for bit, words in WORDS.items() if code & bit)
