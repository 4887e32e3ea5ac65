"""One building under many spellings: mentions joined within a PIN code.

In go building names with their PIN; out comes one group number a mention. Names are compared by
shared letter triples, as written and as they sound (Dice coefficient); pairs are found one PIN at a
time by a sparse product, in slices, so memory does not grow with the file; groups are the
components of the graph (union-find). Numbers and kinds of building (`Heights`, `Residency`) must
not contradict each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from chowk.errors import parameter

from .evidence import latin
from .script import skeleton
from .tokens import folded, tokenize

#: Kinds of building by the words that name them; a kind may be left out, not exchanged.
_KINDS = {
    word: kind
    for kind, words in {
        "apartments": "apartments apartment "
        "apts apt appt appts aptt appartment apartmnt apartmnts अपार्टमेंट",
        "society": "society "
        "soc socity chs chsl cooperative housing co op ltd limited coop सोसायटी सोसाइटी",
        "residency": "residency residenc residensy residences residence रेजिडेंसी",
        "heights": "heights height hts hights हाइट्स",
        "towers": "towers tower twr twrs टावर",
        "complex": "complex cmplx complx कॉम्प्लेक्स",
        "enclave": "enclave encl enclv enclve",
        "bhavan": "bhavan bhawan bhuvan भवन",
        "nivas": "niwas nivas niwaas निवास",
        "villa": "villa villas",
        "plaza": "plaza", "arcade": "arcade", "mansion": "mansion", "palace": "palace",
        "court": "court", "greens": "greens", "gardens": "gardens garden", "kunj": "kunj",
        "sadan": "sadan सदन", "homes": "homes", "chambers": "chambers", "centre": "centre center",
        "house": "house", "hostel": "hostel", "hospital": "hospital", "school": "school",
        "estate": "estate estates", "park": "park", "chawl": "chawl", "ashray": "ashray",
        "pride": "pride",
        "nilayam": "nilayam nilaya", "city": "city", "square": "square", "woods": "woods",
        "castle": "castle", "manor": "manor", "meadows": "meadows", "hotel": "hotel",
        "springs": "springs", "vista": "vista", "valley": "valley", "retreat": "retreat",
    }.items()
    for word in words.split()
}  # fmt: skip
_EMPTY = frozenset("building bldg bld bldng the of no near".split())
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
#: Rows of a PIN that are multiplied at once: 2,000 by a PIN's names is a few megabytes.
_SLICE = 2_000
#: How much likelier a pair has to be of which only one says what kind of building it is.
_BARE = 0.1


#: A wing is a part of a building, with a letter or number of its own: `B Wing`, `Wing-2`, `विंग A`.
_WING = re.compile(
    r"(?<![^\W_])(?:(?:wing|wg|विंग)[\s.:'\"-]*([a-z]|\d{1,2})|([a-z]|\d{1,2})[\s.'\"-]*(?:wing|wg|विंग))"
    r"(?![^\W_])",
    re.IGNORECASE,
)


def wing_of(text: str) -> str:
    """The wing that a text names, in capitals; empty for none.

    >>> wing_of("Flat 3, B-wing, Sai Krupa"), wing_of("Wing 2, Sai Krupa"), wing_of("Red Wing Apts")
    ('B', '2', '')
    """
    found = _WING.search(text)
    return (found[1] or found[2]).upper() if found else ""


class Name(NamedTuple):
    """A building's name as it is compared: its own words, kinds, numbers, letter triples."""

    core: str
    kinds: frozenset[str]
    numbers: frozenset[str]
    written: frozenset[int]
    sounding: frozenset[int]


@lru_cache(maxsize=200_000)
def name_of(text: str) -> Name:
    """A name read for comparison. Wings are parts of one building, so no wing is part of its name.

    >>> name_of("Sai Krupa, B Wing").core
    'saikrupa'
    >>> name_of("Sai Krupa Apts.").core, sorted(name_of("Sai Krupa Apts.").kinds)
    ('saikrupa', ['apartments'])
    """
    words: list[str] = []
    kinds: set[str] = set()
    numbers: set[str] = set()
    whole = _WING.sub(" ", text)
    if not any(map(str.isalnum, whole)):  # a wing of a building that is not named: itself only
        numbers.add(wing_of(text))
        whole = text
    for token in tokenize(whole):
        for word in re.findall(r"\d+|[^\d]+", latin(folded(token.text))):
            if word.isdigit():
                numbers.add(word.lstrip("0"))
            elif word in _ROMAN and (words or kinds):
                numbers.add(_ROMAN[word])
            elif word in _KINDS:
                kinds.add(_KINDS[word])
            elif word in _EMPTY:
                continue
            elif found := _kind_in(word):
                rest, kind = found
                kinds.add(kind)
                if rest:
                    words.append(rest)
            elif word not in _EMPTY and word[:1].isalpha():
                words.append("shri" if word in ("sri", "shree", "shri", "sree") else word)
    if not words:
        words = sorted(kinds)
    core = "".join(words)
    sound = "".join(skeleton(word) for word in words)
    return Name(core, frozenset(kinds), frozenset(numbers), _pieces(core), _pieces(sound))


def _less_one(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


@lru_cache(maxsize=1)
def _slipped() -> dict[str, str]:
    """Kinds by their words with any one letter left out, of words of five letters and more."""
    return {
        short: kind
        for word, kind in _KINDS.items()
        if len(word) > 4
        for short in _less_one(word)
        if len(short) > 3
    }


@lru_cache(maxsize=200_000)
def _kind_in(word: str) -> tuple[str, str] | None:
    """The kind that a word means in spite of one slip, or that is glued to its end, and the rest.

    >>> _kind_in("residancy"), _kind_in("tataheights"), _kind_in("gokul")
    (('', 'residency'), ('tata', 'heights'), None)
    """
    if len(word) < 4 or not word.isascii():
        return None
    slipped = _slipped()
    for short in _less_one(word):
        if short in slipped:
            return "", slipped[short]
    for length in range(min(10, len(word) - 3), 3, -1):
        if word[-length:] in _KINDS:
            return word[:-length], _KINDS[word[-length:]]
    for length in range(min(10, len(word) - 3), 5, -1):
        kind = next((slipped[s] for s in _less_one(word[-length:]) if s in slipped), None)
        if kind is not None:
            return word[:-length], kind
    return None


def _pieces(text: str) -> frozenset[int]:
    marked = f"^{text}$"
    pairs = (marked[at : at + 2] for at in range(len(marked) - 1))
    threes = (marked[at : at + 3] for at in range(len(marked) - 2))
    skips = (marked[at] + "_" + marked[at + 2] for at in range(len(marked) - 2))
    counts: dict[str, int] = {}
    letters = []
    for letter in text:  # each letter with its number: two that changed places still count
        counts[letter] = counts.get(letter, 0) + 1
        letters.append(f"{counts[letter]}{letter}")
    return frozenset(_number(part) for part in (*pairs, *threes, *skips, *letters))


@lru_cache(maxsize=200_000)
def _number(part: str) -> int:
    """A number for two or three letters, the same in every process."""
    value = 0
    for letter in part:
        value = (value * 257 + ord(letter)) & 0xFFFFF
    return value


def join_buildings(
    names: Sequence[str], postcodes: Sequence[str], *, threshold: float = 0.63
) -> NDArray[np.int64]:
    """The group of every mention; mentions of one building share a number, numbered from 0.

    Parameters
    ----------
    names, postcodes : one a mention, equally many. Mentions in different PIN codes never join.
    threshold : least similarity of a pair, in (0, 1].

    Examples
    --------
    >>> join_buildings(["Sai Krupa Apts", "SAI KRIPA APARTMENT", "Sai Heights"], ["411001"] * 3)
    array([0, 0, 1])
    """
    names, postcodes = list(names), list(postcodes)
    if len(names) != len(postcodes):
        raise parameter(
            "join_buildings", "postcodes", f"as many as 'names', {len(names)}", len(postcodes)
        )
    if not isinstance(threshold, Real) or not 0 < threshold <= 1:
        raise parameter("join_buildings", "threshold", "a number in (0, 1]", threshold)
    groups = np.full(len(names), -1, dtype=np.int64)
    order = sorted(range(len(names)), key=lambda at: (str(postcodes[at]), at))
    start, made = 0, 0
    while start < len(order):
        stop = start
        pin = str(postcodes[order[start]])
        while stop < len(order) and str(postcodes[order[stop]]) == pin:
            stop += 1
        mentions = [str(names[at]) for at in order[start:stop]]
        numbers = _joined(mentions, threshold)
        groups[np.array(order[start:stop])] = numbers + made
        made += int(numbers.max()) + 1
        start = stop
    return groups


def _joined(mentions: list[str], threshold: float) -> NDArray[np.int64]:
    """Groups of the mentions of one PIN, numbered from 0 in the order of first mention."""
    counts = Counter(name_of(mention)[:3] for mention in mentions)
    read = {name[:3]: name for name in map(name_of, mentions)}
    distinct = list(counts)
    full = [read[key] for key in distinct]
    parents = list(range(len(distinct)))

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    pairs = sorted(_similar(full, threshold), key=lambda pair: -pair[0])
    bare = [not name.kinds for name in full]
    members: dict[int, set[str]] = {at: set(name.kinds) for at, name in enumerate(full)}
    # Named kinds first; a name without one then joins the likest group, and never bridges two.
    for with_bare in (False, True):
        for _, a, b in pairs:
            if (bare[a] or bare[b]) != with_bare:
                continue
            first, second = root(a), root(b)
            if first == second:
                continue
            kinds_a, kinds_b = members[first], members[second]
            if kinds_a and kinds_b and not kinds_a & kinds_b:
                continue
            parents[max(first, second)] = min(first, second)
            members[min(first, second)] = kinds_a | kinds_b
    place = {key: at for at, key in enumerate(distinct)}
    seen: dict[int, int] = {}
    out = np.empty(len(mentions), dtype=np.int64)
    for at, mention in enumerate(mentions):
        out[at] = seen.setdefault(root(place[name_of(mention)[:3]]), len(seen))
    return out


def _similar(names: list[Name], threshold: float) -> Iterable[tuple[float, int, int]]:
    """Pairs (similarity, a, b), a < b, at or above the threshold that may be one building."""
    written, sizes_w = _matrix([name.written for name in names])
    sounding, sizes_s = _matrix([name.sounding for name in names])
    for low in range(0, len(names), _SLICE):
        high = min(low + _SLICE, len(names))
        shared_w = (written[low:high] @ written.T).tocoo()
        heard = (sounding[low:high] @ sounding.T).tocsr()
        rows, columns = shared_w.row + low, shared_w.col
        keep = rows < columns
        rows, columns, common = rows[keep], columns[keep], shared_w.data[keep]
        as_written = 2 * common / (sizes_w[rows] + sizes_w[columns])
        near = as_written >= threshold - 0.35
        rows, columns, as_written = rows[near], columns[near], as_written[near]
        if not len(rows):
            continue
        both = np.asarray(heard[rows - low, columns]).ravel()
        as_heard = 2 * both / (sizes_s[rows] + sizes_s[columns])
        likeness = 0.5 * as_written + 0.5 * as_heard
        for at in np.flatnonzero(likeness >= threshold):
            a, b = int(rows[at]), int(columns[at])
            if names[a].numbers != names[b].numbers:
                continue
            if names[a].kinds and names[b].kinds and not names[a].kinds & names[b].kinds:
                continue
            if likeness[at] < threshold + _BARE and bool(names[a].kinds) != bool(names[b].kinds):
                continue
            yield float(likeness[at]), a, b


def _matrix(sets: list[frozenset[int]]) -> tuple[sparse.csr_matrix, NDArray[np.float64]]:
    sizes = np.array([len(items) for items in sets], dtype=np.float64)
    columns = np.fromiter((item for items in sets for item in items), dtype=np.int64)
    rows = np.repeat(np.arange(len(sets)), sizes.astype(np.int64))
    _, columns = np.unique(columns, return_inverse=True)
    width = int(columns.max()) + 1 if len(columns) else 1
    data = np.ones(len(columns), dtype=np.float32)
    return sparse.csr_matrix((data, (rows, columns)), shape=(len(sets), width)), sizes


@dataclass(frozen=True, slots=True)
class Building:
    """One building of the register: its PIN, commonest name, other spellings, and who names it."""

    building_id: str
    postcode: str
    name: str
    spellings: tuple[str, ...]
    address_ids: tuple[str, ...]
