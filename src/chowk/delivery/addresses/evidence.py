"""What in an address speaks for its arriving, and what against it.

In goes a text; out comes a fixed set of facts, each worth more when there is more of it: which
parts are there, whether PIN, city, state and locality agree, and faults. The text is read as a bag
of words without case, punctuation, script or spacing, so that none of these can move a score; and
no fact that speaks for an address is lost when a part is added.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from .cues import CLASSES, classes_of
from .gazetteer import City, Gazetteer, Place, india, key, kilometres
from .personal import EMAIL as _EMAIL
from .plausible import mashed
from .script import romanised, skeleton
from .tokens import LONGEST, folded, tokenize

#: Facts that speak for an address, in the order of the model's weights.
FOR = (
    *("house", "building", "street", "area", "landmark", "city", "state", "pin"),
    *("pin_known", "pin_city", "pin_state", "pin_area", "precise", "placed", "history"),
    "familiar",
)
#: Facts that speak against it.
AGAINST = (
    *("pin_not_city", "pin_not_state", "city_not_state", "pin_malformed", "mashed", "filler"),
    *("empty", "person_only", "history_failed", "nowhere"),
)
NAMES = (*FOR, *AGAINST)

_FILLER = re.compile(
    r"same as (?:before|above|earlier|last|previous|billing|shipping)|as above|same address|ditto|"
    r"not applicable|dont know|do not know|no address|your choice|call me|will tell|test address|"
    r"lorem ipsum|select .* from|drop table|\bunion select\b|<script",
    re.IGNORECASE,
)
_PLACEHOLDERS = frozenset("na nil none null test xyz abc xxx dummy unknown tbd asdf abcd".split())
_ORDINAL = re.compile(r"(?<=\d)(?=(?:st|nd|rd|th)\b)")
_RUNS = re.compile(r"\d+|[^\d]+")
#: Cities whose name is also a plain word, a surname or half of other names: they can agree with a
#: PIN code, but never contradict it. So can a district, which is wider than its city.
_COMMON = frozenset(
    "basti kalyan mau pali puri sagar anand salem vasco aurangabad rampur bilaspur panvel virar "
    "miraj chapra hassan hapur ara mandya rewa srinagar bharatpur gandhinagar kashi".split()
)
#: Words after which a number is not the house's.
_NOT_HOUSE = frozenset("street sector floor block pole landmark pin phone post".split())
_STOREYS = frozenset("floor flr flor manzil मंजिल तल फ्लोर".split())
#: Words whose name may be a town's: "Hotel Lucknow" stands anywhere.
_NAMES_AFTER = frozenset("hotel club bank iit nit iim aiims".split())
#: Words that make the words before them a name of something other than a town.
_NAMED_AFTER = frozenset("street building landmark block".split())


@dataclass(slots=True)
class Evidence:
    """The facts of one address, and what they were found in."""

    facts: dict[str, float]
    pins: list[str] = field(default_factory=list)
    cities: list[City] = field(default_factory=list)
    loose: list[City] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)
    namesakes: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    mashed: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    building: str = ""

    def vector(self) -> list[float]:
        """The facts in the order of `NAMES`."""
        return [self.facts.get(name, 0.0) for name in NAMES]


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, str]:
    """A Latin word for the sound of one: cue words, cities and states, then places."""
    found: dict[str, str] = {}
    gazetteer = india()
    for name in (*gazetteer.cities, *gazetteer.state_names, *CLASSES, *gazetteer.places):
        for word in name.split():
            if word.isascii() and len(word) > 3:
                found.setdefault(skeleton(word), word)
    return found


@lru_cache(maxsize=1)
def _heard() -> Counter[str]:
    """How many known names each word stands in, by its sound, so that spellings count together."""
    g = india()
    names = {*g.cities, *g.state_names, *g.places}
    names.update(key(name) for some in g.localities.values() for name in some)
    return Counter(skeleton(word) for name in names for word in name.split() if len(word) > 2)


@lru_cache(maxsize=50_000)
def familiarity(word: str) -> float:
    """How common a word is in names of places, in [0, 1]: 0 for a word of none, 1 from 20 on.

    A word of a script that has no sound here is not judged: it is as good as any.

    >>> familiarity("ram") > familiarity("koramangala") > familiarity("xkqjzv")
    True
    """
    if not romanised(word).isascii():
        return 1.0
    return min(1.0, math.log1p(_heard()[skeleton(word)]) / math.log(21.0))


@lru_cache(maxsize=50_000)
def latin(word: str) -> str:
    """A folded word as the Latin one that the gazetteer knows for its sound; cue words stay."""
    if word.isascii() or classes_of(word):
        return word
    sound = romanised(word)
    if not sound.isascii():
        return word
    known = _by_sound().get(skeleton(word), "") if len(sound) > 3 else ""
    return known if _alike(known, sound) else sound


def _alike(known: str, sound: str) -> bool:
    """Whether two words of one skeleton are of about the same letters."""
    if not known or abs(len(known) - len(sound)) > 2:
        return False
    pairs, others = ({w[at : at + 2] for at in range(len(w) - 1)} for w in (known, sound))
    return 2 * len(pairs & others) >= 0.8 * (len(pairs) + len(others)) / 2


def words_of(text: str) -> list[str]:
    """The words and numbers of an address, without case, punctuation, script or glue.

    >>> words_of("H-12/4, Laxmi  NAGAR;Delhi110092"), words_of("5th Cross")
    (['h', '12', '4', 'laxmi', 'nagar', 'delhi', '110092'], ['5th', 'cross'])
    """
    words: list[str] = []
    for token in tokenize(text):
        word = folded(token.text)
        if not word[:1].isalnum():
            continue
        if word.isdigit() or word.isalpha():
            words.append(latin(word))
            continue
        if not word.isascii():
            words += [latin(run) for run in _RUNS.findall(word)]
            continue
        if _ORDINAL.search(word) and re.fullmatch(r"\d{1,3}(st|nd|rd|th)", word):
            words.append(word)
            continue
        words += _RUNS.findall(word)
    out: list[str] = []
    for at, word in enumerate(words):  # "560 034" is a PIN typed in two; "690, 100 Feet" is none
        split = len(word) == 3 and word.isdigit() and out and re.fullmatch(r"[1-9]\d\d", out[-1])
        alone = len(out) < 2 or not out[-2].isdigit()
        glued = split and alone and words[at + 1 : at + 2] not in (["feet"], ["ft"])
        if glued or (word in ("op", "operative") and out[-1:] == ["co"]):  # "Ayodhya Co-op"
            out[-1] += word
        else:
            out.append(word)
    return out


def gather(
    text: str, *, history: dict[str, tuple[float, float]] | None = None,
    gazetteer: Gazetteer | None = None,
) -> Evidence:  # fmt: skip
    """The evidence in `text`. `history` holds delivered and failed counts by building key."""
    g = gazetteer or india()
    text = text[:LONGEST] if isinstance(text, str) else ""
    words = _without_phones(words_of(_EMAIL.sub(" ", text)))
    kinds = [frozenset(classes_of(word)) for word in words]
    found = Evidence(dict.fromkeys(NAMES, 0.0))
    facts = found.facts
    numbers = [at for at, word in enumerate(words) if word.isdigit()]
    found.pins = [words[at] for at in numbers if re.fullmatch(r"[1-9]\d{5}", words[at])]
    odd = [w for at in numbers if (w := words[at]) not in found.pins and 5 <= len(w) <= 9]
    found.malformed = odd[-1:]
    taken: set[int] = {at for at in numbers if words[at] in found.pins}
    for start, stop, name_kinds in g.all_matches(words):
        name = " ".join(words[start:stop])
        follows = kinds[stop] if stop < len(words) else frozenset()
        led = kinds[start - 1] if start else frozenset()
        wide = "ncr" in words[start : stop + 1]
        if "state" in name_kinds:
            # "Raj" is a name too: a short form can agree with a PIN code, but contradicts nothing.
            # So can "Bihar Nagar", "Delhi Road" and "near Hotel Delhi", in whatever state they lie.
            other = follows & {"locality", *_NAMED_AFTER} or "relation" in led
            hosted = start > 0 and words[start - 1] in _NAMES_AFTER
            brief = len(name.replace(" ", "")) < 5 and name != "goa"  # which is the whole name
            short = brief or bool(other) or hosted
            (found.short if short else found.states).append(g.state_names[name])
            if wide:  # "Delhi NCR" reaches into the states around: Noida and Gurugram lie in it
                found.states[:0] = ["HR", "UP"]
            taken.update(range(start, stop))
        if "city" in name_kinds and not follows & _NAMED_AFTER and "relation" not in led:
            wider = (led | follows) & {"district", "tehsil"}
            named = "locality" in follows or (start > 0 and words[start - 1] in _NAMES_AFTER)
            loose = name in _COMMON or wide or bool(wider or named)
            (found.loose if loose else found.cities).append(g.cities[name])
            found.namesakes.append(name)
            taken.update(range(start, stop))
        elif "state" not in name_kinds and (
            # "Fort" and "Camp" are localities, and plain words.
            "place" in name_kinds or ("locality" in name_kinds and not all(kinds[start:stop]))
        ):
            found.places.append(name)
    for at, kind in enumerate(kinds):  # "District Gaya" is no locality
        if kind & {"district", "tehsil", "post", "police"} and at + 1 < len(words):
            taken.add(at + 1)
    free = [at for at in range(len(words)) if at not in taken]
    facts["city"] = float(bool(found.cities or found.loose))
    facts["state"] = float(bool(found.states or found.short))
    facts["pin"] = float(bool(found.pins))
    facts["house"] = float(any(_is_house(words, kinds, at) for at in free if words[at].isdigit()))
    held = {kind for at in free for kind in kinds[at]}
    facts["street"] = float("street" in held or "ordinal" in held)
    facts["building"] = float("building" in held)
    facts["landmark"] = float(
        any("relation" in kinds[at] for at in free) and bool(_names(words, kinds, free))
    )
    strong = held & {"locality", "ending", "sector", "village"} or found.places
    facts["area"] = 1.0 if strong else 0.8 if _names(words, kinds, free) else 0.0
    _agreement(found, g)
    found.mashed = [words[at] for at in free if mashed(words[at])]
    facts["mashed"] = float(min(2, len(found.mashed)))
    shown = " ".join(words)
    facts["filler"] = float(
        bool(_FILLER.search(shown)) or (bool(words) and set(words) <= _PLACEHOLDERS)
    )
    facts["empty"] = float(not words)
    facts["person_only"] = float(bool(words) and not any(
        facts[name] for name in ("house", "building", "street", "city", "state", "pin", "landmark")
    ))  # fmt: skip
    # A name that is heard elsewhere too: the most familiar one counts, so no name takes it away.
    facts["familiar"] = max(map(familiarity, _names(words, kinds, range(len(words)))), default=0.0)
    facts["nowhere"] = 1.0 - max(facts["pin"], facts["city"])
    facts["precise"] = facts["house"] * max(facts["street"], facts["building"], facts["area"])
    facts["placed"] = max(facts["pin"], facts["city"]) * facts["area"]
    if history is not None and found.pins:
        found.building = found.pins[-1] + " " + " ".join(sorted(_names(words, kinds, free)))
        good, bad = history.get(found.building, (0.0, 0.0))
        facts["history"] = good / (good + 2.0)
        facts["history_failed"] = bad / (bad + 2.0)
    return found


def _without_phones(words: list[str]) -> list[str]:
    """The words without phone numbers, however these are spaced: `98450 12345`, `044 2491 1234`."""
    out: list[str] = []
    at = 0
    while at < len(words):
        taken = _of_a_phone(words[at : at + 3])
        if not taken:
            out.append(words[at])
            at += 1
            continue
        if out and out[-1] in ("91", "0", "091"):  # of the country, and no house
            out.pop()
        at += taken
    return out


def _of_a_phone(words: list[str]) -> int:
    """How many of these words, from the first on, are one phone number; 0 for none.

    >>> _of_a_phone(["98450", "12345"]), _of_a_phone(["044", "2491", "1234"])
    (2, 3)
    >>> _of_a_phone(["984501", "2345"]), _of_a_phone(["600034", "2345"])
    (2, 0)
    """
    sizes = [len(word) if word.isdigit() else 0 for word in (*words, "", "")]
    first, second, third = sizes[:3]
    if first >= 10:
        return 1
    if words[0][0] in "6789" and (first, second) == (5, 5):
        return 2
    # "984 501 2345" comes with its first two joined, as a PIN code that is typed in two.
    if words[0][0] in "6789" and (first, second) == (6, 4) and not india().exists(words[0]):
        return 2
    if words[0][0] in "6789" and (first, second, third) == (3, 3, 4):
        return 3
    if words[0][0] == "0" and 3 <= first <= 5:
        return 2 if 6 <= second <= 8 else 3 if 3 <= second <= 4 == third else 0
    return 0


def _is_house(words: list[str], kinds: list[frozenset[str]], at: int) -> bool:
    if len(words[at]) > 5:
        return False
    for back in (1, 2):
        if at >= back:
            before = kinds[at - back]
            if before & {"house", "unit", "plot", "khasra", "box"}:
                return True
            if before & _NOT_HOUSE or words[at - back] in ("phase", "stage", "part"):
                return False
            if len(words[at - 1]) == 1 and at > 1 and "pole" in kinds[at - 2]:  # "Pole C70"
                return False
            if "number" not in before:
                break
    return not _counts(words, kinds, at)


def _counts(words: list[str], kinds: list[frozenset[str]], at: int) -> bool:
    """Whether a number counts what comes after it: `3 floor`, `1 st floor`, `80 ft road`.

    >>> _counts(["12", "floor", "3"], [frozenset()] * 3, 0)  # the third floor of number 12
    False
    """
    after, then = (*words[at + 1 : at + 3], "", "")[:2]
    if after in _STOREYS:
        return not then.isdigit()
    if after in ("st", "nd", "rd", "th") and then:  # not "12 St Marks Road"
        return bool(kinds[at + 2] & {"floor", "block"}) or then in ("stage", "cross", "main")
    return after in ("ft", "feet")


def _names(words: list[str], kinds: list[frozenset[str]], free: Iterable[int]) -> list[str]:
    """Words that are names: of several letters, no cue, not mashed."""
    return [
        words[at]
        for at in free
        if not kinds[at] and len(words[at]) > 2 and not words[at][0].isdigit()
        and not mashed(words[at])
    ]  # fmt: skip


def _agreement(found: Evidence, g: Gazetteer) -> None:
    """Do PIN, city, state and locality lie in one place? Any one that agrees clears the fact."""
    facts = found.facts
    pin = next((p for p in reversed(found.pins) if g.exists(p)), "")
    facts["pin_known"] = float(bool(pin))
    wrong = found.pins[-1:] if found.pins and not pin else found.malformed
    if wrong and not pin:
        found.malformed = wrong
        facts["pin_malformed"] = 1.0
    states = g.states_of(pin) if pin else frozenset()
    if pin:
        named = (*found.states, *found.short)
        facts["pin_state"] = float(any(state in states for state in named))
        facts["pin_not_state"] = float(bool(found.states) and not facts["pin_state"])
        if found.cities or found.loose:
            near = any(_near(city, pin, g) for city in (*found.cities, *found.loose)) or any(
                p[:3] == pin[:3] for name in found.namesakes for p in g.places.get(name, ())
            )  # a village may have a city's name
            facts["pin_city"] = float(near)
            facts["pin_not_city"] = float(bool(found.cities) and not near and (
                not facts["pin_state"]
                or not any(city.state in states for city in found.cities)
                or all(_far(city, pin, g) for city in found.cities)
            ))  # fmt: skip
        facts["pin_area"] = float(
            any(p[:3] == pin[:3] for name in found.places for p in g.places.get(name, ()))
        )
    elif found.cities and found.states and not any(
        state in _lies_in(city, g) for city in (*found.cities, *found.loose)
        for state in (*found.states, *found.short)
    ):  # fmt: skip
        facts["city_not_state"] = 1.0


def _lies_in(city: City, g: Gazetteer) -> frozenset[str]:
    """The states a city lies or lay in: "Hyderabad, Andhra Pradesh" is still written."""
    return frozenset({city.state}).union(*(g.states_of(prefix) for prefix in city.prefixes))


def _near(city: City, pin: str, g: Gazetteer) -> bool:
    return pin[:3] in city.prefixes


def _far(city: City, pin: str, g: Gazetteer) -> bool:
    """Whether the post offices of a city and of a PIN lie over 120 km apart, as far as known."""
    here = g.near(pin)
    if here is None or here.latitude is None:
        return city.state not in g.states_of(pin)
    there = [p for p in _offices(city.prefixes) if p.latitude is not None]
    if not there:
        return False
    return min(kilometres(_point(here), _point(p)) for p in there) > 120.0


@lru_cache(maxsize=2_000)
def _offices(prefixes: tuple[str, ...]) -> tuple[Place, ...]:
    return tuple(p for p in india().pins.values() if p.pin[:3] in prefixes)[:40]


def _point(place: Place) -> tuple[float, float]:
    assert place.latitude is not None and place.longitude is not None
    return place.latitude, place.longitude
