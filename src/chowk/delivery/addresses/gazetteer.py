"""What is where in India: PIN codes with their place and state, cities with their other names.

In go the shipped files beside this module (`india/places.tsv.gz` from the public PIN table, and
`india/cities.txt`, `india/localities.txt` and `india/states.txt`, gathered by hand); out come
look-ups by PIN and by name.
Places: datameet / GeoNames, CC BY 3.0.
"""

from __future__ import annotations

import gzip
import math
import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from .tokens import folded, tokenize


class Place(NamedTuple):
    """What one PIN code serves: its post office, state, and where it roughly lies (degrees)."""

    pin: str
    name: str
    state: str
    latitude: float | None
    longitude: float | None


class City(NamedTuple):
    """A city: its present name, state code, and the first three digits of its PIN codes."""

    name: str
    state: str
    prefixes: tuple[str, ...]


class Gazetteer:
    """Look-ups by PIN, city, state and place. Use `india()`: it reads the files once."""

    def __init__(self) -> None:
        folder = files(__package__) / "india"
        self.states: dict[str, str] = {}
        self.state_names: dict[str, str] = {}
        self._state_prefixes: dict[str, set[str]] = {}
        for line in (folder / "states.txt").read_text("utf-8").splitlines():
            code, name, others, prefixes = line.split("|")
            self.states[code] = name
            for other in (name, *filter(None, others.split(";"))):
                self.state_names.setdefault(key(other), code)
            for part in prefixes.split(","):
                low, _, high = part.partition("-")
                for number in range(int(low), int(high or low) + 1):
                    self._state_prefixes.setdefault(str(number), set()).add(code)
        self.cities: dict[str, City] = {}
        for line in (folder / "cities.txt").read_text("utf-8").splitlines():
            name, others, code, prefixes = line.split("|")
            city = City(name, code, tuple(prefixes.split(",")))
            for other in (name, *filter(None, others.split(";"))):
                self.cities.setdefault(key(other), city)
        self.pins: dict[str, Place] = {}
        self.places: dict[str, list[str]] = {}
        packed = (folder / "places.tsv.gz").read_bytes()
        for line in gzip.decompress(packed).decode().splitlines():
            pin, name, code, latitude, longitude = line.split("\t")
            self.pins[pin] = Place(
                pin, name, code, *(float(at) if at else None for at in (latitude, longitude))
            )
            self.places.setdefault(key(name), []).append(pin)
        #: Well-known localities of the larger cities, by the city's present name.
        self.localities: dict[str, list[str]] = {}
        for line in (folder / "localities.txt").read_text("utf-8").splitlines():
            name, known_names = line.split("|")
            self.localities[name] = known_names.split(";")
        self._prefixes = {pin[:3] for pin in self.pins}
        self._phrases = self._index()

    def states_of(self, pin: str) -> frozenset[str]:
        """Codes of the states that a PIN may lie in, by its first digits; empty if none has it.

        A state that was parted from another is still written by the other's name: Raipur is in
        Madhya Pradesh for many who live there, Ranchi in Bihar.

        >>> sorted(india().states_of("560038")), sorted(india().states_of("492001"))
        (['KA'], ['CG', 'MP'])
        """
        found: set[str] = set()
        for length in (2, 3):
            found |= self._state_prefixes.get(pin[:length], set())
        known = self.pins.get(pin)
        if known is not None:
            found.add(known.state)
        return frozenset(found)

    def exists(self, pin: str) -> bool:
        """Whether the sorting district (first three digits) of a PIN is a real one."""
        return pin[:3] in self._prefixes or bool(self.states_of(pin) and pin[:3] in self._prefixes)

    def near(self, pin: str) -> Place | None:
        """The place of a PIN; of one that is not in the table, the next one that is beside it."""
        known = self.pins.get(pin)
        if known is not None or not pin.isdigit():
            return known
        for step in range(1, 6):
            for other in (int(pin) - step, int(pin) + step):
                found = self.pins.get(str(other))
                if found is not None and found.pin[:4] == pin[:4]:
                    return found
        return None

    def matches(self, words: list[str]) -> list[tuple[int, int, frozenset[str]]]:
        """Longest names that begin at each word: (first, past the last, kinds), kinds of
        `city`, `state`, `place`, `locality`. `words` are folded."""
        found = []
        at, count = 0, len(words)
        while at < count:
            best = None
            for rest, kinds in self._phrases.get(words[at], ()):
                stop = at + 1 + len(rest)
                if (
                    stop <= count
                    and (best is None or stop > best[1])
                    and tuple(words[at + 1 : stop]) == rest
                ):
                    best = (at, stop, kinds)
            if best is None:
                at += 1
            else:
                found.append(best)
                at = best[1]
        return found

    def all_matches(self, words: list[str]) -> list[tuple[int, int, frozenset[str]]]:
        """Every name at every word, also inside a longer one; `matches` gives the longest only."""
        found = []
        for at, word in enumerate(words):
            for rest, kinds in self._phrases.get(word, ()):
                stop = at + 1 + len(rest)
                if stop <= len(words) and tuple(words[at + 1 : stop]) == rest:
                    found.append((at, stop, kinds))
        return found

    def _index(self) -> dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]:
        kinds: dict[tuple[str, ...], set[str]] = {}
        for names, kind in (
            (self.state_names, "state"),
            (self.cities, "city"),
            (self.places, "place"),
            ((key(name) for some in self.localities.values() for name in some), "locality"),
        ):
            for name in names:
                words = tuple(name.split())
                if words and not (kind == "place" and len(words) == 1 and len(words[0]) < 4):
                    kinds.setdefault(words, set()).add(kind)
        index: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
        for words, held in kinds.items():
            index.setdefault(words[0], []).append((words[1:], frozenset(held)))
        return index


def key(name: str) -> str:
    """A name as its words, folded and without punctuation: `U.P.` is `u p`, `N. Delhi` `n delhi`.

    >>> key("Andaman & Nicobar"), key("New  DELHI")
    ('andaman nicobar', 'new delhi')
    """
    if _PLAIN.fullmatch(name):
        return " ".join(name.lower().split())
    return " ".join(folded(t.text) for t in tokenize(name) if t.text[0].isalnum())


_PLAIN = re.compile(r"[A-Za-z0-9 ]*")


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two points in degrees (latitude, longitude); haversine.

    >>> round(kilometres((28.63, 77.22), (19.08, 72.88)))
    1150
    """
    (lat_a, lon_a), (lat_b, lon_b) = ((math.radians(x), math.radians(y)) for x, y in (a, b))
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(half)))


@lru_cache(maxsize=1)
def india() -> Gazetteer:
    """The gazetteer of India, read once."""
    return Gazetteer()
