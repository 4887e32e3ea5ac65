"""The verdict of an address in the terms of Google's Address Validation, so that code can move.

In go the evidence and the labelled parts; out come granularity, completeness, missing components
and the next action. Missing booleans mean false there, so only true ones need be read.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from .evidence import Evidence

Granularity = Literal[
    "SUB_PREMISE", "PREMISE", "PREMISE_PROXIMITY", "BLOCK", "ROUTE", "OTHER"
]  # fmt: skip
Action = Literal["FIX", "CONFIRM_ADD_SUBPREMISES", "CONFIRM", "ACCEPT"]

#: Google's component types by ours.
COMPONENTS = {
    "HOUSE_NUMBER": "street_number", "UNIT": "subpremise", "FLOOR": "floor",
    "BUILDING": "premise", "BLOCK": "sublocality_level_3", "STREET": "route",
    "LANDMARK": "landmark", "SUBLOCALITY": "sublocality_level_2",
    "LOCALITY": "sublocality_level_1", "VILLAGE": "sublocality_level_1", "CITY": "locality",
    "DISTRICT": "administrative_area_level_3", "STATE": "administrative_area_level_1",
    "PINCODE": "postal_code", "POBOX": "post_box", "COUNTRY": "country", "PLOT": "street_number",
    "KHASRA": "street_number", "SECTOR": "sublocality_level_2", "POST_OFFICE": "postal_town",
    "TEHSIL": "administrative_area_level_4", "POLE": "landmark",
    "POLICE_STATION": "neighborhood",
}  # fmt: skip
#: The same for the facts of the evidence.
FACT_COMPONENTS = {
    "house": "street_number", "building": "premise", "street": "route", "landmark": "landmark",
    "area": "sublocality_level_1", "city": "locality", "state": "administrative_area_level_1",
    "pin": "postal_code",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of an address as a whole."""

    input_granularity: Granularity
    validation_granularity: Granularity
    address_complete: bool
    has_unconfirmed_components: bool
    has_inferred_components: bool
    has_replaced_components: bool
    has_spell_corrected_components: bool
    possible_next_action: Action

    def google(self) -> dict[str, Any]:
        """With Google's own key names."""
        return {
            "".join(w if not at else w.title() for at, w in enumerate(name.split("_"))): value
            for name, value in asdict(self).items()
        }


def verdict_of(evidence: Evidence, labels: set[str], score: float) -> Verdict:
    """The verdict from evidence, the labels that the parser found, and the score."""
    facts = evidence.facts
    given = _granularity(facts, labels)
    conflict = any(
        facts[name]
        for name in ("pin_not_city", "pin_not_state", "city_not_state", "pin_malformed", "mashed")
    )
    complete = bool(
        facts["house"] and facts["area"] and facts["city"] and facts["pin_known"]
        and not facts["filler"]
    )  # fmt: skip
    confirmed = given if complete and not conflict else "OTHER" if conflict else _coarser(given)
    action: Action
    if conflict or facts["filler"] or facts["empty"] or facts["person_only"] or score < 0.5:
        action = "FIX"
    elif facts["building"] and "UNIT" not in labels and not facts["house"]:
        action = "CONFIRM_ADD_SUBPREMISES"
    elif complete and score >= 0.8:
        action = "ACCEPT"
    else:
        action = "CONFIRM"
    return Verdict(given, confirmed, complete and not conflict, conflict or not complete,
                   False, False, False, action)  # fmt: skip


def _granularity(facts: dict[str, float], labels: set[str]) -> Granularity:
    if "UNIT" in labels and facts["building"]:
        return "SUB_PREMISE"
    if facts["house"] and (facts["street"] or facts["area"]):
        return "PREMISE"
    if facts["building"]:
        return "PREMISE"
    if facts["landmark"] and facts["area"]:
        return "PREMISE_PROXIMITY"
    if labels & {"BLOCK", "SECTOR"}:
        return "BLOCK"
    return "ROUTE" if facts["street"] else "OTHER"


def _coarser(given: Granularity) -> Granularity:
    return "PREMISE_PROXIMITY" if given in ("SUB_PREMISE", "PREMISE") else given
