"""Simulated deliveries: made addresses, some with one fault of a known kind, and what came of them.

Nobody publishes which addresses failed, so the default scorer learns from these. The chances below
were set before a scorer was fitted and are not changed to meet a figure. Kinds of faults are split:
a model learns from `TRAINING` kinds and is judged on `TESTING` kinds, which it has not seen.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

from .augmentation import changed
from .labels import Example, Span
from .made import AddressMaker, Made

#: Chance that a first attempt fails: of a good address, and of one with each fault.
BASE = 0.03
FAILS = {
    "no_house": 0.55, "no_area": 0.65, "no_pin": 0.30, "pin_other_state": 0.75,
    "mashed_area": 0.85, "filler": 0.97, "cut_short": 0.80,
    "no_city_nor_pin": 0.90, "pin_short": 0.45, "city_swapped": 0.75, "mashed_all": 0.98,
    "no_house_nor_street": 0.65, "person_only": 0.98, "pin_other_city": 0.70,
    "no_city": 0.12, "pin_unknown": 0.40, "state_wrong": 0.35, "mashed_house": 0.80,
    "town_only": 0.93, "no_house_no_pin": 0.685, "no_house_no_area": 0.84, "no_area_no_pin": 0.755,
}  # fmt: skip
#: Of two faults at once either alone would have been enough: 1 - (1 - a)(1 - b).
TRAINING = (
    *("no_house", "no_area", "no_pin", "pin_other_state", "mashed_area", "filler", "cut_short"),
    *("no_city", "pin_unknown", "state_wrong", "mashed_house", "town_only"),
    *("no_house_no_pin", "no_house_no_area", "no_area_no_pin"),
)
TESTING = (
    *("no_city_nor_pin", "pin_short", "city_swapped", "mashed_all", "no_house_nor_street"),
    *("person_only", "pin_other_city"),
)
#: The component that each fault is about, as a reason names it.
ABOUT = {
    "no_house": ("house",), "no_area": ("area",), "no_pin": ("pin",), "pin_other_state": ("pin",),
    "mashed_area": ("text",), "filler": ("text",),
    "cut_short": ("area", "city", "pin", "house", "text"),
    "no_city_nor_pin": ("city", "pin"), "pin_short": ("pin",), "city_swapped": ("pin", "city"),
    "mashed_all": ("text",), "no_house_nor_street": ("house",),
    "person_only": ("text", "area", "house", "city"), "pin_other_city": ("pin", "city"),
    "no_city": ("city",), "pin_unknown": ("pin",), "state_wrong": ("pin", "city", "state"),
    "mashed_house": ("text",), "town_only": ("house", "area"),
    "no_house_no_pin": ("house", "pin"), "no_house_no_area": ("house", "area"),
    "no_area_no_pin": ("area", "pin"),
}  # fmt: skip

_HOUSES = frozenset("HOUSE_NUMBER UNIT PLOT KHASRA POBOX".split())
_AREAS = frozenset("LOCALITY SUBLOCALITY VILLAGE SECTOR BUILDING LANDMARK".split())
_TOWN = frozenset("CITY STATE PINCODE".split())
#: What each fault of leaving out leaves out.
_LACKS = {
    "no_house": _HOUSES,
    "no_house_nor_street": _HOUSES | {"STREET", "FLOOR", "BLOCK", "BUILDING"},
    "no_area": _AREAS | {"STREET"},
    "no_pin": frozenset({"PINCODE"}),
    "no_city": frozenset({"CITY", "DISTRICT"}),
    "no_city_nor_pin": frozenset({"PINCODE", "CITY", "DISTRICT", "STATE"}),
    "no_house_no_pin": _HOUSES | {"PINCODE"},
    "no_house_no_area": _HOUSES | _AREAS | {"STREET"},
    "no_area_no_pin": _AREAS | {"STREET", "PINCODE"},
}


class Delivery(NamedTuple):
    """One simulated delivery: what was written, the fault put in ("" for none), the outcome."""

    text: str
    fault: str
    delivered: bool


def deliveries(
    count: int, *, kinds: tuple[str, ...], share: float = 0.3, seed: int = 0
) -> Iterator[Delivery]:
    """So many deliveries; a `share` of the addresses has one fault of the `kinds`."""
    rng = random.Random(seed)
    maker = AddressMaker(seed=seed + 1)
    for _ in range(count):
        made = _complete(maker)
        fault = rng.choice(kinds) if rng.random() < share else ""
        text = faulty(made, fault, maker, rng) if fault else made.example.text
        if not fault and rng.random() < 0.5:
            text = changed(made.example, rng).text
        fails = FAILS[fault] if fault else BASE
        yield Delivery(text, fault, rng.random() >= fails)


def _complete(maker: AddressMaker) -> Made:
    """A made address that names house, area, city and PIN."""
    while True:
        made = maker.town()
        held = {span.label for span in made.example.spans}
        if held >= {"CITY", "PINCODE", "LOCALITY"} and held & _HOUSES and "PERSON" not in held:
            return made


def faulty(made: Made, fault: str, maker: AddressMaker, rng: random.Random) -> str:
    """The made address with one fault put in."""
    example = made.example
    if fault == "filler":
        return rng.choice(
            ("same as before", "as above", "same address", "call me for address", "test", "na",
             "same as billing address", "not applicable", "will tell on phone call me")
        )  # fmt: skip
    if fault == "mashed_all":
        return " ".join(_mash(rng) for _ in range(rng.randrange(1, 4)))
    if fault == "person_only":
        return maker.person() + rng.choice((" ", ", ")) + maker.phone()
    if fault in _LACKS:
        return without(example, _LACKS[fault])
    if fault == "town_only":
        named = [example.text[s.start : s.end] for s in example.spans if s.label in _TOWN]
        return ", ".join(named)
    if fault == "state_wrong":
        mine = maker.gazetteer.states_of(made.place.pin)
        others = [s for code, s in maker.gazetteer.states.items() if code not in mine]
        cut = without_parts(example, {"STATE"}).text.rstrip(" ,-.")
        return f"{cut}, {rng.choice(others)}"
    if fault == "mashed_house":
        held = next(s for s in example.spans if s.label in _HOUSES)
        return example.text[: held.start] + _mash(rng) + example.text[held.end :]
    if fault == "cut_short":
        return example.text[: rng.randrange(4, 14)]
    if fault == "mashed_area":
        return replaced(example, {"LOCALITY": _mash(rng)})
    pin = made.place.pin
    if fault == "pin_short":
        return replaced(example, {"PINCODE": pin[: rng.choice((4, 5))]})
    g = maker.gazetteer
    if fault == "pin_unknown":
        while g.exists(pin):
            pin = str(rng.randrange(100_000, 1_000_000))
        return replaced(example, {"PINCODE": pin})
    while True:
        other = rng.choice(maker._places)
        apart = not g.states_of(other.pin) & g.states_of(pin)
        if fault == "pin_other_state" and apart:
            return replaced(example, {"PINCODE": other.pin})
        if fault == "pin_other_city" and other.pin[:2] != pin[:2]:
            return replaced(example, {"PINCODE": other.pin})
        if fault == "city_swapped":
            name, state, _ = rng.choice(maker._cities)
            if state not in g.states_of(pin):
                return replaced(
                    without_parts(example, {"STATE", "DISTRICT"}), {"CITY": name.title()}
                )


def _mash(rng: random.Random) -> str:
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    kind = rng.random()
    if kind < 0.4:
        row = rng.choice(rows)
        at = rng.randrange(len(row) - 4)
        return row[at : at + rng.randrange(4, 7)]
    if kind < 0.6:
        return rng.choice("abcdefghijk") * rng.randrange(4, 9)
    return "".join(rng.choice("qwrtypsdfghjklzxcvbnmaei") for _ in range(rng.randrange(6, 11)))


def without_parts(example: Example, labels: set[str] | frozenset[str]) -> Example:
    """The example without the parts of these labels, and the relation words before a landmark."""
    text, spans, at = "", [], 0
    for span in example.spans:
        gap = example.text[at : span.start]
        if span.label in labels:
            if span.label == "LANDMARK":
                gap = ", "
            at = span.end
            text += gap if not text.rstrip().endswith(",") else " "
            continue
        text += gap
        spans.append(Span(span.label, len(text), len(text) + span.end - span.start))
        text += example.text[span.start : span.end]
        at = span.end
    text += example.text[at:]
    return Example(text, tuple(spans))


def without(example: Example, labels: set[str] | frozenset[str]) -> str:
    """The text without the parts of these labels."""
    text = without_parts(example, labels).text
    while ", ," in text or ",," in text:
        text = text.replace(", ,", ",").replace(",,", ",")
    return text.strip(" ,-")


def replaced(example: Example, values: dict[str, str]) -> str:
    """The text with the parts of some labels changed to other values."""
    text = example.text
    for span in reversed(example.spans):
        if span.label in values:
            text = text[: span.start] + values[span.label] + text[span.end :]
    return text
