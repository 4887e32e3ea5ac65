"""Weights, lengths and durations as feeds write them, in grams, centimetres and hours.

Units are the words of Google's feeds ("3 kg", "8 in") and the UN/CEFACT codes of schema.org
("KGM", "INH", "DAY").
"""

from __future__ import annotations

import re
from typing import Any

from .money import number

_GRAMS = {
    "g": 1.0, "gram": 1.0, "grams": 1.0, "grm": 1.0, "gms": 1.0, "mg": 0.001, "mgm": 0.001,
    "kg": 1000.0, "kgs": 1000.0, "kgm": 1000.0, "kilogram": 1000.0, "kilograms": 1000.0,
    "oz": 28.349523125, "onz": 28.349523125, "ounce": 28.349523125, "ounces": 28.349523125,
    "lb": 453.59237, "lbs": 453.59237, "lbr": 453.59237, "pound": 453.59237, "pounds": 453.59237,
}  # fmt: skip
_CENTIMETRES = {
    "cm": 1.0, "cmt": 1.0, "centimeter": 1.0, "centimetre": 1.0, "centimeters": 1.0,
    "mm": 0.1, "mmt": 0.1, "m": 100.0, "mtr": 100.0, "meter": 100.0, "metre": 100.0,
    "in": 2.54, "inh": 2.54, "inch": 2.54, "inches": 2.54, '"': 2.54,
    "ft": 30.48, "fot": 30.48, "foot": 30.48, "feet": 30.48, "yd": 91.44, "yrd": 91.44,
}  # fmt: skip
_HOURS = {
    "d": 24.0, "day": 24.0, "days": 24.0, "businessday": 24.0, "businessdays": 24.0,
    "h": 1.0, "hur": 1.0, "hour": 1.0, "hours": 1.0, "min": 1 / 60, "minute": 1 / 60,
    "wee": 168.0, "w": 168.0, "week": 168.0, "weeks": 168.0,
}  # fmt: skip
_MEASURE = re.compile(r"\s*([-+]?[\d.,]+)\s*([A-Za-z\"]*)\.?\s*")


def grams(text: Any, unit: str | None = None) -> float | str | None:
    """A weight in grams; None for nothing or no unit; the text itself when it is neither.

    >>> grams("3 kg"), grams("12 oz"), grams("heavy"), grams("12")
    (3000.0, 340.1942775, 'heavy', None)
    """
    return _measure(text, unit, _GRAMS)


def centimetres(text: Any, unit: str | None = None) -> float | str | None:
    """A length in centimetres; None for nothing or no unit; the text itself when it is neither.

    >>> centimetres("20 cm"), centimetres("8 in"), centimetres(2, "MTR")
    (20.0, 20.32, 200.0)
    """
    return _measure(text, unit, _CENTIMETRES)


def hours(value: Any, unit: str | None = None) -> float | None:
    """A duration in hours; days when no unit is named; None when it is no number.

    >>> hours("3"), hours(2, "HUR"), hours("P2D"), hours("soon")
    (72.0, 2.0, 48.0, None)
    """
    if isinstance(value, str) and (
        iso := re.fullmatch(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?", value.strip())
    ):
        parts = [int(part or 0) for part in iso.groups()]
        return 168.0 * parts[0] + 24.0 * parts[1] + parts[2] + parts[3] / 60
    found = _measure(value, (unit or "d").replace(" ", ""), _HOURS)
    return found if isinstance(found, float) and found >= 0 else None


def _measure(text: Any, unit: str | None, units: dict[str, float]) -> float | str | None:
    if text is None or isinstance(text, bool) or (isinstance(text, str) and not text.strip()):
        return None
    found = _MEASURE.fullmatch(str(text))
    value = number(found[1]) if found else None
    if found is None or value is None:
        return str(text)
    word = (found[2] or unit or "").strip().lower()
    if not word:
        return None
    factor = units.get(word)
    return str(text) + (f" {unit}" if unit else "") if factor is None else float(value) * factor
