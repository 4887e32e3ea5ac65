"""Why a score is what it is: one sentence a fault, the worst first, each with its fix.

In go the evidence and a function that scores changed evidence; out come reasons, and the missing
part that would raise the score most. Faults stand before lacks: a wrong PIN misleads the courier,
a missing landmark only does not help him.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from .evidence import Evidence
from .gazetteer import india
from .verdict import FACT_COMPONENTS

Scored = Callable[[dict[str, float]], float]


class Reason(msgspec.Struct, frozen=True):
    """One thing that is wrong or missing: a code, the component, a sentence, and what to do."""

    code: str
    component: str
    message: str
    fix: str
    gain: float


#: What would be true if a part were there, by the part's name.
WANTED: dict[str, dict[str, float]] = {
    "house": {"house": 1.0, "precise": 1.0},
    "area": {"area": 1.0, "placed": 1.0},
    "city": {"city": 1.0, "placed": 1.0, "nowhere": 0.0},
    "pin": {"pin": 1.0, "pin_known": 1.0, "nowhere": 0.0},
    "building": {"building": 1.0},
    "street": {"street": 1.0},
    "landmark": {"landmark": 1.0},
    "state": {"state": 1.0},
}
_LACKS = {
    "house": ("No house or flat number.", "Ask for the house, flat or door number."),
    "area": ("No locality, village or sector.", "Ask for the area or locality."),
    "city": ("No city, town or district.", "Ask for the city or district."),
    "pin": ("No PIN code.", "Ask for the six-digit PIN code."),
    "building": ("No building or apartment name.", "Ask for the building's name, if it has one."),
    "street": ("No street, road or gali.", "Ask for the street."),
    "landmark": ("No landmark.", "Ask what it is near or opposite to."),
    "state": ("No state.", "Ask for the state."),
}
#: Names of post offices that say nothing without the town's.
_BARE = frozenset("extension bazar bazaar camp city colony town market station fort court".split())
#: Parts that an address cannot do without come before those that only help.
_NEEDED = ("house", "area", "city", "pin")


def most_wanted(evidence: Evidence, scored: Scored) -> tuple[str | None, float]:
    """The missing part that would raise the score most, and the score with it."""
    gains = [(scored(_with(evidence, part)), part) for part in WANTED if _lacks(evidence, part)]
    now = scored({})
    gains = [(after, part) for after, part in gains if after > now]
    if not gains:
        return None, now
    after, part = max(gains, key=lambda pair: (pair[0], -list(WANTED).index(pair[1])))
    return part, after


def missing_types(evidence: Evidence) -> tuple[str, ...]:
    """Google's types of the needed components that are not there."""
    return tuple(FACT_COMPONENTS[part] for part in _NEEDED if _lacks(evidence, part))


def _lacks(evidence: Evidence, part: str) -> bool:
    facts = evidence.facts
    if part == "city":
        return not facts["city"] and not facts["pin_known"] and not evidence.places
    if part == "area":
        return facts["area"] < 0.5
    return not facts[part]


def _with(evidence: Evidence, part: str) -> dict[str, float]:
    facts = dict(WANTED[part])
    if part == "pin" and evidence.facts["city"]:
        facts["pin_city"] = 1.0
    return facts


def reasons_of(evidence: Evidence, weights: dict[str, float], scored: Scored) -> tuple[Reason, ...]:
    """All reasons, faults first, then needed parts by what they would gain, then helpful ones."""
    now = scored({})
    if evidence.facts["empty"]:
        return (Reason("EMPTY", "text", "There is no address.", "Ask for the whole address.", 0.0),)
    faults = _faults(evidence, scored, now)
    lacks = []
    for part, (message, fix) in _LACKS.items():
        if _lacks(evidence, part):
            gain = max(0.0, scored(_with(evidence, part)) - now)
            lacks.append(
                (part not in _NEEDED, -gain, Reason(f"NO_{part.upper()}", part, message, fix, gain))
            )
    lacks.sort(key=lambda item: item[:2])
    return (*faults, *(reason for _, _, reason in lacks))


def _bare(name: str) -> bool:
    """Whether a place's name is one word that half of all names end with."""
    return name.casefold() in _BARE


def _short(word: str) -> str:
    return word if len(word) <= 24 else word[:23] + "…"


def _faults(evidence: Evidence, scored: Scored, now: float) -> list[Reason]:
    facts = evidence.facts
    found: list[Reason] = []

    def add(code: str, component: str, message: str, fix: str, cured: dict[str, float]) -> None:
        gain = max(0.0, scored(cured) - now)
        found.append(Reason(code, component, message, fix, gain))

    if facts["filler"]:
        add("FILLER", "text", "This refers to another address or is no address.",
            "Ask for the address itself.", {"filler": 0.0})  # fmt: skip
    if facts["mashed"]:
        add("GIBBERISH", "text", f"{_short(evidence.mashed[0])!r} is not a word or a name.",
            "Ask to type the address again.", {"mashed": 0.0})  # fmt: skip
    if facts["person_only"] and not facts["filler"] and not facts["mashed"]:
        add("NO_PLACE", "text", "No part of this says where it is.",
            "Ask for house, area, city and PIN.", {"person_only": 0.0})  # fmt: skip
    pin = evidence.pins[-1] if evidence.pins else ""
    if facts["pin_malformed"]:
        shown = evidence.malformed[-1]
        add("PIN_WRONG", "pin", f"{shown} is not a PIN code of India.",
            "Ask for the six-digit PIN code.", {"pin_malformed": 0.0})  # fmt: skip
    place = india().near(pin) if pin else None
    where = "elsewhere"
    if place is not None:
        towns = [c.name for c in india().cities.values() if pin[:3] in c.prefixes]
        # "Extension" alone, as the table has it, names nothing.
        told = () if _bare(place.name) and towns else (place.name,)
        parts = (*told, *towns[:1], india().states[place.state])
        where = ", ".join(dict.fromkeys(parts))
    if facts["pin_not_city"]:
        city = evidence.cities[-1].name
        add("PIN_NOT_CITY", "pin", f"PIN {pin} is {where}, not {city}.",
            "Ask which of the two is right.", {"pin_not_city": 0.0, "pin_city": 1.0})  # fmt: skip
    elif facts["pin_not_state"]:
        state = india().states[evidence.states[-1]]
        add("PIN_NOT_STATE", "pin", f"PIN {pin} is {where}, not {state}.",
            "Ask which of the two is right.", {"pin_not_state": 0.0, "pin_state": 1.0})  # fmt: skip
    if facts["city_not_state"]:
        city, state = evidence.cities[-1].name, india().states[evidence.states[-1]]
        add("CITY_NOT_STATE", "city", f"{city} is not in {state}.",
            "Ask which of the two is right.", {"city_not_state": 0.0})  # fmt: skip
    return found
