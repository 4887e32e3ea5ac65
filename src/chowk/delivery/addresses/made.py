"""Made addresses with known parts: what the shipped parser and scorer learn from.

In goes a seed; out come labelled Indian addresses in the styles of the country's regions, over real
PIN codes, places, cities and states. Names of buildings, streets, shops and people are drawn from
lists gathered by hand. Real wordings are messier: `augmentation` sees to that.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

from .gazetteer import Gazetteer, Place, india
from .labels import Example, Span


def _lists() -> dict[str, list[str]]:
    """The lists that names are drawn from; a value that stands twice is drawn twice as often."""
    text = (files(__package__) / "india" / "words.txt").read_text("utf-8")
    pairs = (line.split("=", 1) for line in text.splitlines() if line)
    return {name: values.split("|") for name, values in pairs}


_LISTS = _lists()
_FIRST = _LISTS["first"]
_ENDING = _LISTS["ending"]
_MODIFIER = _LISTS["modifier"]
_ESTATE = _LISTS["estate"]
_HOMES = _LISTS["homes"]
_ROADS = _LISTS["roads"]
_KNOWN_ROADS = _LISTS["known_roads"]
_MARKS = _LISTS["marks"]
_NEAR = _LISTS["near"]
_AFTER = _LISTS["after"]
_AFTER_HINDI = _LISTS["after_hindi"]
_PEOPLE = _LISTS["people"]
_SURNAMES = _LISTS["surnames"]
_SOUTH = frozenset("KA TN AP TG KL PY".split())
_CITY_STATES = frozenset("DL CH PY".split())


class Made(NamedTuple):
    """One made address: its text with labelled spans, and the place that it is in."""

    example: Example
    place: Place


class _Writer:
    """Builds one text with spans."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.text = ""
        self.spans: list[Span] = []

    def add(self, value: str, label: str = "", joint: str = ", ") -> None:
        if not value:
            return
        if self.text:
            self.text += joint
        start = len(self.text)
        self.text += value
        if label:
            self.spans.append(Span(label, start, len(self.text)))


class AddressMaker:
    """Draws made addresses; the same seed draws the same ones."""

    def __init__(self, seed: int = 0, gazetteer: Gazetteer | None = None) -> None:
        self.rng = random.Random(seed)
        self.gazetteer = gazetteer or india()
        self._places = list(self.gazetteer.pins.values())
        by_prefix: dict[str, list[Place]] = {}
        for place in self._places:
            by_prefix.setdefault(place.pin[:3], []).append(place)
        self._cities = [
            (name, city.state, [p for prefix in city.prefixes for p in by_prefix.get(prefix, ())])
            for name, city in self.gazetteer.cities.items()
        ]
        self._cities = [city for city in self._cities if city[2] and city[0].isascii()]
        # Names of well-known localities by any name of their city; those cities are drawn oftener.
        self._known = {
            name: self.gazetteer.localities[city.name]
            for name, city in self.gazetteer.cities.items()
            if city.name in self.gazetteer.localities
        }
        self._large = [city for city in self._cities if city[0] in self._known]

    def draw(self, count: int) -> Iterator[Made]:
        """So many addresses."""
        for _ in range(count):
            yield self.village() if self.rng.random() < 0.15 else self.town()

    # -- pieces ------------------------------------------------------------------------------------

    def number(self) -> str:
        r = self.rng
        n = r.randrange(1, 10 ** r.choice((1, 2, 2, 3, 3, 4)))
        letter = r.choice("ABCDEFGHJK")
        return r.choice(
            (
                f"{n}",
                f"{n}",
                f"{n}",
                f"{letter}-{n}",
                f"{letter}{n}",
                f"{n}/{r.randrange(1, 99)}",
                f"{n}{letter}",
                f"{n}-{letter}",
                f"{letter}/{n}",
                f"{letter}-{r.randrange(1, 9)}/{n}",
                f"{letter} {n}",
                f"{n}/{letter}",
                f"{letter}{r.randrange(1, 9)}-{n}",
            )
        )

    def house(self, state: str) -> str:
        r, n = self.rng, self.number()
        if state in ("AP", "TG") and r.random() < 0.6:
            n = "-".join(
                str(r.randrange(1, k))
                for k in r.choice(((20, 99), (20, 20, 999), (12, 9, 400, 30)))
            )
            return r.choice(_LISTS["house_leads_3"]) + n
        if state == "DL" and r.random() < 0.4:
            n = r.choice(_LISTS["house_leads_2"]) + n
            return n
        if state == "KL" and r.random() < 0.4:
            return (
                r.choice(("", "TC ", "House No ")) + f"{r.randrange(1, 60)}/{r.randrange(10, 2999)}"
            )
        lead = r.choice(_LISTS["house_leads"])
        return lead + n

    def unit(self) -> str:
        r, n = self.rng, self.number()
        lead = r.choice(_LISTS["unit_leads"])
        return lead + n

    def floor(self) -> str:
        return self.rng.choice(_LISTS["floors"])

    def name(self) -> str:
        r = self.rng
        if r.random() < 0.35:
            return r.choice(self._places).name
        return f"{r.choice(_FIRST)} {r.choice(_ENDING)}"

    def area(self) -> str:
        r, name = self.rng, self.name()
        if r.random() < 0.03:  # "Maharashtra Nagar" is in no state of that name
            names = (*self.gazetteer.states.values(), *(city[0].title() for city in self._large))
            name = f"{r.choice(names)} {r.choice(_ENDING)}"
        return f"{name} {r.choice(_MODIFIER)}" if r.random() < 0.2 else name

    def locality(self, city: str, place: Place) -> str:
        """A locality of a city: a known one if there are any, the post office's, or a made one."""
        r = self.rng
        known = self._known.get(city.lower())
        if known and r.random() < 0.6:
            name = r.choice(known)
            return f"{name} {r.choice(_MODIFIER)}" if r.random() < 0.08 else name
        return place.name if r.random() < 0.4 else self.area()

    def building(self) -> str:
        r = self.rng
        name = f"{r.choice(_ESTATE)} {r.choice(_HOMES)}".replace("_", " ")
        if r.random() < 0.4:
            name = f"{r.choice(_ESTATE + _FIRST)} {name}"
        elif r.random() < 0.25:
            name = f"{r.choice(_ESTATE)} {r.choice(_ESTATE)}"
        if r.random() < 0.03:
            city = r.choice(self._large)[0].title()
            return f"{r.choice(('IIT', 'NIT', 'AIIMS', 'IIM', 'Hotel', 'Club'))} {city}"
        if r.random() < 0.05:
            name += r.choice((" 1", " 2", " II", " Phase 2", " Ltd"))
        return name

    def block(self) -> str:
        r = self.rng
        letter = r.choice("ABCDEFGHT123456789")
        return r.choice(
            (
                f"Block {letter}",
                f"{letter} Block",
                f"Wing {letter}",
                f"{letter} Wing",
                f"Tower {letter}",
                f"Block-{letter}",
                f"Blk {letter}",
                f"T-{r.randrange(1, 20)}",
                f"Tower-{letter}",
                f"Pocket {letter}",
                f"Pocket-{r.randrange(1, 9)}",
                f"Cluster {letter}",
                f"Bldg No {r.randrange(1, 30)}",
                f"Phase {letter}",
            )
        )

    def street(self, state: str) -> str:
        r = self.rng
        kind = r.random()
        if state in ("KA", "TN") and kind < 0.45:
            n = r.randrange(1, 24)
            suffix = {1: "st", 2: "nd", 3: "rd"}.get(n if n < 20 else n % 10, "th")
            return f"{n}{suffix} {r.choice(('', '', 'A ', 'B '))}" + r.choice(_LISTS["street_2"])
        if kind < 0.25:
            return r.choice(_KNOWN_ROADS)
        if kind < 0.5:
            return r.choice(_LISTS["street"]) + str(r.randrange(1, 40))
        lead = (
            r.choice(_FIRST)
            if r.random() < 0.6
            else f"{r.choice(_FIRST)} {r.choice(_SURNAMES + _FIRST)}"
        )
        if r.random() < 0.2:
            lead = self.name()
        return f"{lead} {r.choice(_ROADS)}".replace("_", " ")

    def landmark(self) -> str:
        r = self.rng
        kind = r.random()
        if kind < 0.6:
            return r.choice(_MARKS)
        if kind < 0.75:
            return f"{r.choice(_FIRST)} {r.choice(_MARKS)}"
        if kind < 0.85:
            return self.building()
        if kind < 0.93:
            return f"{self.name()} {r.choice(_LISTS['landmark_2'])}"
        return f"{r.choice(_PEOPLE)} {r.choice(_LISTS['landmark'])}"

    def person(self) -> str:
        r = self.rng
        name = f"{r.choice(_PEOPLE)} {r.choice(_SURNAMES)}"
        return r.choice(_LISTS["person"]) + name

    def phone(self) -> str:
        n = "".join(str(self.rng.randrange(10)) for _ in range(9))
        return self.rng.choice(("", "+91 ", "+91-", "0")) + str(self.rng.randrange(6, 10)) + n

    # -- whole addresses ---------------------------------------------------------------------------

    def town(self) -> Made:
        """An address in a town or city."""
        r = self.rng
        if r.random() < 0.85:
            city, state, places = r.choice(self._large if r.random() < 0.4 else self._cities)
            place = r.choice(places)
            city = " ".join(word if len(word) < 2 else word.capitalize() for word in city.split())
        else:
            place = r.choice(self._places)
            city, state = place.name, place.state
        w = _Writer(r)
        self._person(w)
        flat = r.random() < 0.45
        parts: list[tuple[str, str]] = []
        if flat:
            parts.append((self.unit(), "UNIT"))
            if r.random() < 0.3:
                parts.append((self.floor(), "FLOOR"))
            block = (self.block(), "BLOCK")
            building = (self.building(), "BUILDING")
            if r.random() < 0.3:
                parts += [block, building] if r.random() < 0.7 else [building, block]
            else:
                parts.append(building)
            if r.random() < 0.15:
                r.shuffle(parts)
        else:
            if r.random() < 0.85:
                parts.append((self.house(state), "HOUSE_NUMBER"))
            if r.random() < 0.2:
                parts.append((self.floor(), "FLOOR"))
            if r.random() < 0.12:
                parts.append(
                    (
                        r.choice(("Plot No ", "Plot No. ", "Plot ", "PLOT NO-", "P.No "))
                        + self.number(),
                        "PLOT",
                    )
                )
            if r.random() < 0.06:
                parts.append(
                    (
                        r.choice(("Khasra No ", "Kh No ", "KH.NO-", "Khasra ")) + self.number(),
                        "KHASRA",
                    )
                )
            if r.random() < 0.02:
                parts.append(
                    (
                        r.choice(("Pole No ", "Electric Pole ", "Elec Pole No ")) + self.number(),
                        "POLE",
                    )
                )
            if r.random() < 0.15:
                parts.append((self.building(), "BUILDING"))
            if r.random() < 0.12:
                parts.append((self.block(), "BLOCK"))
        if r.random() < 0.55:
            parts.append((self.street(state), "STREET"))
            if state in ("KA", "TN") and r.random() < 0.4:
                parts.append((self.street(state), "STREET"))
        if r.random() < 0.12:
            parts.append(
                (
                    r.choice(("Sector ", "Sector-", "Sec ", "Sec-", "SECTOR "))
                    + str(r.randrange(1, 90))
                    + r.choice(("", "", "A", "-B")),
                    "SECTOR",
                )
            )
        mark: tuple[str, str] | None = None
        if r.random() < 0.33:
            mark = (self.landmark(), "LANDMARK")
        areas = []
        if r.random() < 0.9:
            if r.random() < 0.33:
                near = self.locality(city, place) if r.random() < 0.35 else self.area()
                areas.append((near, "SUBLOCALITY"))
            areas.append((self.locality(city, place), "LOCALITY"))
        if r.random() < 0.03:
            parts = [
                (
                    r.choice(("P.O. Box ", "PO Box No ", "P O Box ", "Post Box No "))
                    + str(r.randrange(10, 9999)),
                    "POBOX",
                )
            ]
        where = r.choice(("before", "after", "after", "end"))
        if r.random() < 0.06:  # the area first, as one says it
            parts, areas = areas, parts
        for value, label in parts:
            w.add(value, label, r.choice((", ", ", ", ", ", " ", ",")))
        if mark and where == "before":
            self._mark(w, mark[0])
        for value, label in areas:
            w.add(value, label, r.choice((", ", ", ", ", ", " ", ",")))
        if mark and where == "after":
            self._mark(w, mark[0])
        self._tail(w, city, state, place, mark[0] if mark and where == "end" else "")
        return Made(Example(w.text, tuple(w.spans)), place)

    def village(self) -> Made:
        """An address in a village: post office, tehsil, district."""
        r = self.rng
        place = r.choice(self._places)
        w = _Writer(r)
        self._person(w)
        if r.random() < 0.35:
            w.add(self.house(place.state), "HOUSE_NUMBER")
        if r.random() < 0.2:
            w.add(self.street(place.state), "STREET")
        name = place.name if r.random() < 0.5 else self.name()
        w.add(self._named("village_4", name, (" Village", " Gram", " Gaon")), "VILLAGE")
        if r.random() < 0.2:
            self._mark(w, self.landmark())
        if r.random() < 0.6:
            w.add(
                r.choice(_LISTS["village_3"]) + r.choice((name, place.name)),
                "POST_OFFICE",
            )
        if r.random() < 0.15:
            w.add(r.choice(("P.S. ", "PS ", "Thana ", "P.S- ")) + self.name(), "POLICE_STATION")
        if r.random() < 0.35:
            seat = r.choice((self.name(), place.name))
            ends = (" Taluk", " Taluka", " Mandal", " Tehsil", " Tq")
            w.add(self._named("village_2", seat, ends), "TEHSIL")
        nearby = [city for city in self._cities if place in city[2]]
        nearby = nearby or [city for city in self._cities if city[2][0].pin[:2] == place.pin[:2]]
        town = r.choice(nearby)[0].title() if nearby else place.name
        lead = r.choice(_LISTS["village"])
        if lead or r.random() < 0.5:
            w.add(
                lead + town + ("" if lead else r.choice((" Dist", " District", " Dt"))), "DISTRICT"
            )
        self._tail(w, "", place.state, place, "")
        return Made(Example(w.text, tuple(w.spans)), place)

    def _named(self, leads: str, name: str, ends: tuple[str, ...]) -> str:
        """A name with the word for what it is before it or, less often, behind it."""
        if self.rng.random() < 0.3:
            return name + self.rng.choice(ends)
        return self.rng.choice(_LISTS[leads]) + name

    def _person(self, w: _Writer) -> None:
        r = self.rng
        if r.random() < 0.12:
            w.add(self.person(), "PERSON")
            if r.random() < 0.5:
                w.add(
                    r.choice(_LISTS["_person"]) + self.person(),
                    "PERSON",
                    r.choice((" ", ", ")),
                )
        elif r.random() < 0.03:
            w.add("C/o")
            w.add(self.person(), "PERSON", " ")
        if r.random() < 0.03:
            w.add(self.phone(), "PHONE")

    def _mark(self, w: _Writer, mark: str) -> None:
        r = self.rng
        kind = r.random()
        joint = r.choice((", ", ", ", " "))
        if kind < 0.86:
            relation = r.choice(_NEAR).replace("_", " ")
            w.add(relation, "", joint)
            w.add(mark, "LANDMARK", " ")
        elif kind < 0.97:
            w.add(mark, "LANDMARK", joint)
            w.add(r.choice(_AFTER if r.random() < 0.6 else _AFTER_HINDI), "", " ")
        else:
            w.add("(", "", " ")
            w.add("near", "", "")
            w.add(mark, "LANDMARK", " ")
            w.text += ")"

    def _tail(self, w: _Writer, city: str, state: str, place: Place, mark: str) -> None:
        """City, district, state, country and PIN, in the orders that people use."""
        r = self.rng
        names = [name for name, code in self.gazetteer.state_names.items() if code == state]
        written = r.choice([self.gazetteer.states[state], r.choice(names).title()])
        if len(written.replace(" ", "")) <= 3:
            written = written.upper().replace(" ", r.choice((".", ""))) + r.choice(("", "."))
        pin = place.pin if r.random() < 0.93 else place.pin[:3] + " " + place.pin[3:]
        tail: list[tuple[str, str]] = []
        if city:
            tail.append((city, "CITY"))
        if city and r.random() < 0.1:
            lead = r.choice(("Dist ", "Distt ", "District ", ""))
            others = [name for name, code, _ in self._cities if code == state] or [city]
            name = self.name() if lead and r.random() < 0.4 else r.choice(others).title()
            tail.append((lead + r.choice((city, name)), "DISTRICT"))
        if r.random() < 0.5:
            # A city that is a state too, alone, is taken for the city.
            alone = not city and state in _CITY_STATES
            tail.append((written, "CITY" if alone else "STATE"))
        if r.random() < 0.9:
            at = len(tail) if r.random() < 0.75 else r.randrange(len(tail) + 1)
            tail.insert(at, (pin, "PINCODE"))
        if r.random() < 0.07:
            tail.append(("India", "COUNTRY"))
        for value, label in tail:
            joint = r.choice((", ", ", ", " "))
            if label == "PINCODE":
                joint = r.choice(_LISTS["_tail"])
                if not joint.strip() and not joint and not w.text[-1:].isalpha():
                    joint = " "
            w.add(value, label, joint)
        if mark:
            self._mark(w, mark)
        if r.random() < 0.05:
            w.add(
                r.choice(("Ph ", "Mob: ", "Phone no ", "M- ", "Contact ")).rstrip(),
                "",
                r.choice((", ", " ")),
            )
            w.add(self.phone(), "PHONE", " ")
        if r.random() < 0.01:
            w.add(f"{r.choice(_PEOPLE).lower()}{r.randrange(99)}@example.com", "EMAIL")
