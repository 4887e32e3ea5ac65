"""Grams of material and of CO2e of a package, where the owner's table does not say.

In go the kind of package and its inner sides; out come estimates, used for the third axis of the
frontier and for nothing else. What the owner gives always stands. Sources: primary production in
the UK Government's greenhouse gas conversion factors for company reporting, 2021, sheet "Material
use" (board 821 and LDPE 2,601 kg CO2e a tonne, paper 919); grammages from the common grades of
liner and fluting (150/150-112, B flute takes up 1.35 of its length), film from its density.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .goods import UNKNOWN, Flags, Floats, Ints


class Material(NamedTuple):
    """What one square metre of a wall weighs, and what a gram of it emits (grams CO2e)."""

    name: str
    grams_per_m2: float
    co2e_per_g: float


#: Two liners of 150 g and a B flute of 112 g: 150 + 150 + 1.35 x 112.
CORRUGATED = Material("single-wall corrugated board", 451.0, 0.821)
#: 60 micrometres of low-density polyethylene at 0.92 g/cm3.
FILM = Material("polyethylene film", 55.0, 2.601)
#: Kraft paper of 90 g over bubble film of 45 g; the footprint is the two parts' mean by weight.
PADDED = Material("padded paper", 135.0, (90 * 0.919 + 45 * 2.601) / 135)


def material_of(package_type: str, rigid: bool) -> Material:
    """What a package is taken to be made of, from its name and whether it keeps its shape.

    >>> material_of("padded mailer M", False).name, material_of("carton 3", True).name
    ('padded paper', 'single-wall corrugated board')
    """
    name = package_type.lower()
    if any(word in name for word in ("pad", "bubble")):
        return PADDED
    if any(word in name for word in ("bag", "poly", "mailer", "envelope")) or not rigid:
        return FILM
    return CORRUGATED


def surface(sides: Ints, rigid: bool) -> float:
    """Square metres of wall; `sides` in millimetres. NaN where they are not known.

    A box is a regular slotted case: four walls, and flaps that cover top and bottom twice over half
    the width, 2 (l + w)(h + w). A bag is two sheets that reach around what is in it,
    2 (l + h)(w + h).

    >>> round(surface(np.array([300, 200, 100]), True), 6)
    0.3
    """
    if (sides == UNKNOWN).any():
        return float("nan")
    length, width, height = (float(side) / 1000 for side in sides)
    if rigid:
        return 2 * (length + width) * (height + width)
    return 2 * (length + height) * (width + height)


def footprint(
    ids: tuple[str, ...], inner: Ints, rigid: Flags, material_g: Floats, co2e_g: Floats
) -> tuple[Floats, Floats]:
    """Grams of material and of CO2e [types]: as given, else estimated, else NaN.

    >>> grams, co2e = footprint(("box",), np.array([[300, 200, 100]]), np.array([True]),
    ...                         np.array([np.nan]), np.array([np.nan]))
    >>> grams.round(1), co2e.round(1)
    (array([135.3]), array([111.1]))
    """
    kinds = [material_of(name, bool(keeps)) for name, keeps in zip(ids, rigid, strict=True)]
    walls = np.array(
        [surface(sides, bool(keeps)) for sides, keeps in zip(inner, rigid, strict=True)]
    )
    weight = walls * np.array([kind.grams_per_m2 for kind in kinds])
    grams = np.where(np.isnan(material_g), weight, material_g)
    emitted = grams * np.array([kind.co2e_per_g for kind in kinds])
    return np.asarray(grams), np.asarray(np.where(np.isnan(co2e_g), emitted, co2e_g))


def estimates(ids: tuple[str, ...], given: Floats, found: Floats, column: str) -> list[str]:
    """One sentence on which types' grams are estimates."""
    guessed = [
        name for name, a, b in zip(ids, given, found, strict=True) if np.isnan(a) > np.isnan(b)
    ]
    if not guessed:
        return []
    return [
        f"package_types.{column} is not given for {', '.join(map(repr, guessed))}: it is estimated "
        "from size and material. Weigh one and fill it in."
    ]
